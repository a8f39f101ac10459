import ParleyModel

/// What a value of the file may be. Checking gives every problem a line and a path such as `users[3].login`.
indirect enum FileRule: Sendable {
    /// Not looked at.
    case anything
    case nothing
    case boolean
    case number
    case integer(ClosedRange<Int64>)
    /// Characters.
    case text(ClosedRange<Int>)
    /// A text of a certain form, and what that is called.
    case form(String, @Sendable (String) -> Bool)
    case choice([String])
    /// Text, number or truth value.
    case scalar
    case list(FileRule, ClosedRange<Int>, distinct: Bool)
    case map(FileShape)
    /// Any keys of a form.
    case dictionary(key: FileRule, value: FileRule, limit: Int)
    /// The first that is meant for this kind of value.
    case either([FileRule])
    /// A rule that contains itself.
    case later(@Sendable () -> FileRule)

    static func list(_ rule: FileRule, _ limit: Int = 10_000) -> FileRule { .list(rule, 0...limit, distinct: false) }

    static func distinct(_ rule: FileRule, _ count: ClosedRange<Int> = 0...1000) -> FileRule {
        .list(rule, count, distinct: true)
    }

    /// Checks a value, and all in it.
    func check(_ node: FileNode, _ path: String, _ problems: inout FileProblems) {
        switch self {
        case .anything: break
        case .later(let rule): rule().check(node, path, &problems)
        case .either(let rules):
            if let rule = rules.first(where: { $0.suits(node) }) { return rule.check(node, path, &problems) }
            problems.add(node.line, "\(path): \(node.kindName) instead of \(words)")
        case _ where !suits(node):
            let hint =
                wantsText && node.text == nil && !node.isList && node.map == nil && !node.isNull
                ? "; put it in quotes" : ""
            problems.add(node.line, "\(path): \(node.kindName) instead of \(words)\(hint)")
        case .text, .form, .choice: checkText(node, path, &problems)
        case .integer(let range):
            if let number = node.integer, !range.contains(number) {
                problems.add(node.line, "\(path): \(number) is not within \(range.lowerBound) and \(range.upperBound)")
            }
        case .list(let rule, let count, let distinct): checkList(node, path, rule, count, distinct, &problems)
        case .map(let shape): shape.check(node, path, &problems)
        case .dictionary(let key, let value, let limit):
            if node.entries.count > limit { problems.add(node.line, "\(path): more than \(limit) keys") }
            for entry in node.entries {
                key.check(FileNode(line: entry.line, .text(entry.key)), "\(path), key `\(entry.key)`", &problems)
                value.check(entry.value, "\(path).\(entry.key)", &problems)
            }
        default: break
        }
    }

    private var wantsText: Bool {
        switch self {
        case .text, .form, .choice: true
        default: false
        }
    }

    /// Whether it is the right kind of value at all.
    private func suits(_ node: FileNode) -> Bool {
        switch self {
        case .anything: return true
        case .nothing: return node.isNull
        case .boolean: return node.boolean != nil
        case .number: return node.number != nil
        case .integer: return node.integer != nil
        case .text, .form, .choice: return node.text != nil
        case .scalar: return node.text != nil || node.number != nil || node.boolean != nil
        case .list: return node.isList
        case .map, .dictionary: return node.map != nil
        case .either(let rules): return rules.contains { $0.suits(node) }
        case .later(let rule): return rule().suits(node)
        }
    }

    /// What is expected, for messages.
    private var words: String {
        switch self {
        case .anything: "anything"
        case .nothing: "null"
        case .boolean: "true or false"
        case .number: "a number"
        case .integer: "a whole number"
        case .text: "a text"
        case .form(let name, _): name
        case .choice(let names): names.count > 8 ? "one of the words of the format" : names.joined(separator: ", ")
        case .scalar: "a single value"
        case .list: "a list"
        case .map, .dictionary: "a map"
        case .either(let rules): rules.map(\.words).joined(separator: ", or ")
        case .later(let rule): rule().words
        }
    }

    private func checkText(_ node: FileNode, _ path: String, _ problems: inout FileProblems) {
        guard let text = node.text else { return }
        switch self {
        case .text(let range):
            let count = text.unicodeScalars.count
            if count < range.lowerBound {
                problems.add(node.line, range.lowerBound == 1 ? "\(path): an empty text" : "\(path): too short")
            } else if count > range.upperBound {
                problems.add(node.line, "\(path): \(count) characters, \(range.upperBound) are allowed")
            }
        case .form(let name, let matches):
            if !matches(text) { problems.add(node.line, "\(path): `\(text.prefix(60))` is not \(name)") }
        case .choice(let names):
            if !names.contains(text) {
                problems.add(node.line, "\(path): `\(text.prefix(60))` is not \(names.count > 8 ? "known" : words)")
            }
        default: break
        }
    }

    private func checkList(
        _ node: FileNode, _ path: String, _ rule: FileRule, _ count: ClosedRange<Int>, _ distinct: Bool,
        _ problems: inout FileProblems
    ) {
        let items = node.items
        if items.count < count.lowerBound { problems.add(node.line, "\(path): an empty list") }
        if items.count > count.upperBound {
            problems.add(node.line, "\(path): \(items.count) elements, \(count.upperBound) are allowed")
        }
        var seen: Set<String> = []
        for (index, item) in items.enumerated() {
            rule.check(item, "\(path)[\(index)]", &problems)
            if distinct, !seen.insert(item.json).inserted {
                problems.add(item.line, "\(path): `\(item.scalarText)` twice")
            }
        }
    }
}

/// The keys of a map.
struct FileShape: Sendable {
    var keys: [String: FileRule]
    var required: [String]
    /// Keys of which exactly one is given.
    var exclusive: [String]
    /// Keys with this beginning are not looked at.
    var freePrefix: String?

    init(_ keys: [String: FileRule], required: [String] = [], exclusive: [String] = [], freePrefix: String? = nil) {
        self.keys = keys
        self.required = required
        self.exclusive = exclusive
        self.freePrefix = freePrefix
    }

    func check(_ node: FileNode, _ path: String, _ problems: inout FileProblems) {
        let prefix = path == "the file" ? "" : "\(path)."
        for entry in node.entries {
            if let rule = keys[entry.key] {
                rule.check(entry.value, prefix + entry.key, &problems)
            } else if !(freePrefix.map(entry.key.hasPrefix) ?? false) {
                problems.add(entry.line, "\(path): unknown key `\(entry.key.prefix(60))`")
            }
        }
        for key in required where node[key] == nil { problems.add(node.line, "\(path): the key `\(key)` is missing") }
        if !exclusive.isEmpty, exclusive.count(where: { node[$0] != nil }) != 1 {
            problems.add(node.line, "\(path): exactly one of \(exclusive.joined(separator: ", ")) is needed")
        }
    }
}
