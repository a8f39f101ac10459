/// Reads the forms that clients send in `content`.
struct FormReading {
    /// A form as read.
    struct Result: Sendable {
        var form: Form
        /// The form with `>> ` before the line that could not be read; nil where all could.
        var fault: String?
    }

    /// How many fields and values one content may have.
    private static let fieldLimit = 10_000

    private var lines: [Substring]
    private var position = 0
    private var results: [Result] = []
    private var current = Result(form: Form())
    private var isAtStart = true
    private var count = 0

    private init(_ text: String) {
        // By octets: a carriage return before the line's end is one character with it, but stays in the line.
        lines = text.lines
        while lines.last?.isEmpty ?? false { lines.removeLast() }
    }

    /// The forms of a text; empty ones are none.
    static func read(_ text: String) -> [Result] {
        var reading = FormReading(text)
        while reading.position < reading.lines.count { reading.readLine() }
        reading.close()
        return reading.results
    }

    private mutating func close() {
        if !current.form.comment.isEmpty || !current.form.fields.isEmpty || current.fault != nil {
            results.append(current)
        }
        current = Result(form: Form())
        isAtStart = true
    }

    private mutating func readLine() {
        let line = lines[position]
        position += 1
        if line == "--" { return close() }
        if current.fault != nil {
            current.fault?.append("\(line)\n")
            return
        }
        if line.isEmpty { return }
        if line.utf8.first == 0x23 { return readComments(line) }
        guard let (key, rest) = FieldKey.split(line), count < FormReading.fieldLimit else { return }
        isAtStart = false
        count += 1
        readField(key, rest)
    }

    /// Comments stand in one block before the first field.
    private mutating func readComments(_ line: Substring) {
        guard isAtStart else {
            current.fault = Form.compose([Form(current.form.fields)]) + ">> \(line)\n"
            return
        }
        isAtStart = false
        current.form.comment = String(line)
        while position < lines.count, lines[position].utf8.first == 0x23 {
            current.form.comment += "\n\(lines[position])"
            position += 1
        }
    }

    private mutating func readField(_ key: String, _ rest: Substring) {
        var value: [Substring] = rest.isEmpty ? [] : [rest]
        let hasFirst = !value.isEmpty
        while position < lines.count, let first = lines[position].first ?? "\n" as Character?,
            first.isWhitespace || lines[position].isEmpty
        {
            value.append(lines[position])
            position += 1
        }
        while value.last?.isEmpty == true { value.removeLast() }
        FormReading.cutIndent(&value, from: hasFirst ? 1 : 0)
        while value.first?.isEmpty == true { value.removeFirst() }
        current.form.append(key, value.joined(separator: "\n"))
    }

    /// Takes the white space away that all indented lines begin with.
    private static func cutIndent(_ lines: inout [Substring], from first: Int) {
        let indents = lines.dropFirst(first).compactMap { line -> Substring? in
            let indent = line.prefix { $0 == " " || $0 == "\t" }
            return indent.isEmpty ? nil : indent
        }
        guard let shortest = indents.min(by: { $0.count < $1.count }) else { return }
        for index in lines.indices.dropFirst(first) where lines[index].hasPrefix(shortest) {
            lines[index] = lines[index].dropFirst(shortest.count)
        }
    }
}

extension StringProtocol {
    /// The text between line feeds; carriage returns belong to it.
    var lines: [Substring] {
        Substring(self).utf8.split(separator: 0x0A, omittingEmptySubsequences: false).map { Substring($0) }
    }

    /// Whether there is a line feed; as characters, one after a carriage return is not seen.
    var hasLineFeed: Bool { utf8.withContiguousStorageIfAvailable { $0.contains(0x0A) } ?? utf8.contains(0x0A) }
}

/// How keys are spelled.
enum FieldKey {
    /// A line as key and value; nil where it begins with no key.
    static func split(_ line: Substring) -> (key: String, rest: Substring)? {
        guard let end = end(of: line), end > line.startIndex else { return nil }
        guard line[end...].first == ":" else { return nil }
        let rest = line[line.index(after: end)...]
        guard rest.first?.isWhitespace ?? true else { return nil }
        return (String(line[..<end]), rest.drop(while: \.isWhitespace))
    }

    /// Whether a text is a key as a whole, as in a list of fields.
    static func isWhole(_ text: Substring) -> Bool { !text.isEmpty && end(of: text) == text.endIndex }

    /// Where the key ends that a text begins with.
    private static func end(of text: Substring) -> Substring.Index? {
        if let name = customName(of: text) { return name.endIndex < text.endIndex && isBraced(text, name)
            ? text.index(after: name.endIndex) : name.endIndex }
        guard let first = text.first, first.isASCII, first.isLetter else { return nil }
        return text.firstIndex { !isWordCharacter($0) } ?? text.endIndex
    }

    private static func isBraced(_ text: Substring, _ name: Substring) -> Bool {
        text[name.endIndex] == "}" && name.startIndex > text.startIndex
            && text[text.index(before: name.startIndex)] == "{"
    }

    private static func isWordCharacter(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || character == "_" || character == "-")
    }

    /// The custom field's name that a key names: `CF.{Name}`, `CF-Name`, `CustomField-Name`.
    static func customName(of key: Substring) -> Substring? {
        if key.count > 4, key.prefix(4).lowercased() == "cf.{", let close = key.firstIndex(of: "}") {
            let name = key[key.index(key.startIndex, offsetBy: 4)..<close]
            return name.isEmpty || name.contains(",") ? nil : name
        }
        for prefix in ["cf-", "customfield-", "customf-", "cfield-"] {
            guard key.count > prefix.count, key.prefix(prefix.count).lowercased() == prefix else { continue }
            let name = key.dropFirst(prefix.count)
            let end = name.firstIndex { $0 == ":" || $0 == "," } ?? name.endIndex
            return name[..<end].isEmpty ? nil : name[..<end]
        }
        return nil
    }
}
