import Yams

/// One value of a workspace file, with the line where it stands.
struct FileNode: Sendable {
    indirect enum Content: Sendable {
        case null
        case boolean(Bool)
        case integer(Int64)
        /// Finite.
        case number(Double)
        case text(String)
        case list([FileNode])
        case map(FileMap)
    }

    /// From 1; 0 for what was not read from a file.
    var line: Int
    var content: Content

    init(line: Int = 0, _ content: Content) {
        self.line = line
        self.content = content
    }

    var text: String? {
        if case .text(let text) = content { return text }
        return nil
    }

    var boolean: Bool? {
        if case .boolean(let flag) = content { return flag }
        return nil
    }

    var integer: Int64? {
        switch content {
        case .integer(let number): number
        case .number(let number): Int64(exactly: number)
        default: nil
        }
    }

    var number: Double? {
        switch content {
        case .integer(let number): Double(number)
        case .number(let number): number
        default: nil
        }
    }

    var isNull: Bool {
        if case .null = content { return true }
        return false
    }

    /// The elements of a list; none for anything else.
    var items: [FileNode] {
        if case .list(let items) = content { return items }
        return []
    }

    var isList: Bool {
        if case .list = content { return true }
        return false
    }

    var map: FileMap? {
        if case .map(let map) = content { return map }
        return nil
    }

    /// The entries of a map; none for anything else.
    var entries: [FileMap.Entry] { map?.entries ?? [] }

    /// The value of a key.
    subscript(_ key: String) -> FileNode? { map?[key] }

    /// The texts of a list of texts.
    var texts: [String] { items.compactMap(\.text) }

    /// What kind of value it is, for messages.
    var kindName: String {
        switch content {
        case .null: "nothing"
        case .boolean(let flag): "the truth value \(flag)"
        case .integer(let number): "the number \(number)"
        case .number(let number): "the number \(number)"
        case .text: "a text"
        case .list: "a list"
        case .map: "a map"
        }
    }

    /// A scalar as text: as an option is kept.
    var scalarText: String {
        switch content {
        case .text(let text): text
        case .boolean(let flag): flag ? "true" : "false"
        case .integer(let number): String(number)
        case .number(let number): FileNode.shortest(number)
        default: ""
        }
    }

    /// A number without a useless fraction.
    static func shortest(_ number: Double) -> String {
        if let whole = Int64(exactly: number) { return String(whole) }
        return String(number)
    }

    /// The value as JSON text.
    var json: String {
        switch content {
        case .null: return "null"
        case .text(let text): return FileNode.quoted(text)
        case .list(let items): return "[" + items.map(\.json).joined(separator: ",") + "]"
        case .map(let map):
            return "{" + map.entries.map { "\(FileNode.quoted($0.key)):\($0.value.json)" }.joined(separator: ",") + "}"
        default: return scalarText
        }
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

/// Keys with their values, in the order of the file.
struct FileMap: Sendable {
    struct Entry: Sendable {
        var key: String
        var line: Int
        var value: FileNode
    }

    let entries: [Entry]
    private let places: [String: Int]

    init(_ entries: [Entry]) {
        self.entries = entries
        places = Dictionary(entries.enumerated().map { ($1.key, $0) }, uniquingKeysWith: { first, _ in first })
    }

    subscript(_ key: String) -> FileNode? { places[key].map { entries[$0].value } }
}

/// Makes nodes of YAML, within bounds.
enum FileReader {
    static let depthLimit = 64
    /// Nodes, counted after aliases are followed.
    static let nodeLimit = 500_000

    static func read(_ text: String) throws -> FileNode {
        try FileKeyGuard(text).check()
        let root: Node?
        do {
            root = try Parser(yaml: text, resolver: .basic, encoding: .utf8).singleRoot()
        } catch let error as YamlError {
            throw fault(error)
        }
        guard let root else { throw WorkspaceFileFault(line: 1, "the file is empty") }
        var builder = Builder()
        let node = try builder.node(root, depth: 1)
        if !builder.problems.list.isEmpty { throw WorkspaceFileFault(builder.problems.list) }
        return node
    }

    private static func fault(_ error: YamlError) -> WorkspaceFileFault {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let words = [context?.text, problem].compactMap { $0 }.joined(separator: ": ")
            return WorkspaceFileFault(line: mark.line, "this is not YAML: \(words)")
        case .reader(let problem, let offset, _, let yaml):
            let line = offset.map { yaml.prefix($0).count { $0.isNewline } + 1 } ?? 0
            return WorkspaceFileFault(line: line, "this is not YAML: \(problem)")
        case .duplicatedKeysInMapping(let duplicates, let context):
            let names = duplicates.prefix(5).map { "`\($0)`" }.joined(separator: ", ")
            return WorkspaceFileFault(line: context.mark.line, "the key \(names) is given twice")
        default:
            return WorkspaceFileFault(line: 0, "this is not YAML")
        }
    }

    private struct Builder {
        var problems = FileProblems()
        var count = 0

        mutating func node(_ node: Node, depth: Int) throws -> FileNode {
            let line = node.mark?.line ?? 0
            count += 1
            guard count <= FileReader.nodeLimit else {
                throw WorkspaceFileFault(
                    line: line, "more than \(FileReader.nodeLimit) values, counted with their aliases")
            }
            guard depth <= FileReader.depthLimit else {
                throw WorkspaceFileFault(line: line, "nested more than \(FileReader.depthLimit) deep")
            }
            switch node {
            case .scalar(let scalar): return FileNode(line: line, content(scalar, line))
            case .sequence(let sequence):
                refuseTag(sequence.tag, line)
                var items: [FileNode] = []
                items.reserveCapacity(sequence.count)
                for item in sequence { items.append(try self.node(item, depth: depth + 1)) }
                return FileNode(line: line, .list(items))
            case .mapping(let mapping):
                refuseTag(mapping.tag, line)
                return FileNode(line: line, .map(FileMap(try entries(mapping, depth))))
            case .alias: throw WorkspaceFileFault(line: line, "an alias that names nothing")
            }
        }

        private mutating func entries(_ mapping: Node.Mapping, _ depth: Int) throws -> [FileMap.Entry] {
            var entries: [FileMap.Entry] = []
            var seen: Set<String> = []
            for (key, value) in mapping {
                let line = key.mark?.line ?? 0
                guard case .scalar(let scalar) = key else {
                    problems.add(line, "a key is a single word")
                    continue
                }
                if scalar.string == "<<" { problems.add(line, "merge keys are not allowed") }
                if !seen.insert(scalar.string).inserted {
                    problems.add(line, "the key `\(scalar.string)` is given twice")
                }
                entries.append(FileMap.Entry(key: scalar.string, line: line, value: try node(value, depth: depth + 1)))
            }
            return entries
        }

        private mutating func refuseTag(_ tag: Tag, _ line: Int) {
            if !tag.rawValue.isEmpty { problems.add(line, "tags are not allowed: \(tag.rawValue)") }
        }

        private mutating func content(_ scalar: Node.Scalar, _ line: Int) -> FileNode.Content {
            let tag = scalar.tag.rawValue
            guard scalar.style == .plain || scalar.style == .any else {
                if !tag.isEmpty, tag != Tag.Name.str.rawValue { problems.add(line, "tags are not allowed: \(tag)") }
                return .text(scalar.string)
            }
            if !tag.isEmpty { problems.add(line, "tags are not allowed: \(tag)") }
            return plain(scalar.string, line)
        }

        /// What a word without quotes stands for, after the core schema of YAML 1.2.
        private mutating func plain(_ word: String, _ line: Int) -> FileNode.Content {
            switch word {
            case "", "~", "null", "Null", "NULL": return .null
            case "true", "True", "TRUE": return .boolean(true)
            case "false", "False", "FALSE": return .boolean(false)
            default: break
            }
            guard let first = word.utf8.first, "+-.0123456789".utf8.contains(first) else { return .text(word) }
            if let number = integer(word) { return .integer(number) }
            if word.wholeMatch(of: /[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?/) != nil {
                guard let number = Double(word), number.isFinite else {
                    problems.add(line, "the number \(word.prefix(40)) is too large")
                    return .null
                }
                return .number(number)
            }
            return .text(word)
        }

        private func integer(_ word: String) -> Int64? {
            if word.hasPrefix("0x") { return Int64(word.dropFirst(2), radix: 16) }
            if word.hasPrefix("0o") { return Int64(word.dropFirst(2), radix: 8) }
            return Int64(word)
        }
    }
}
