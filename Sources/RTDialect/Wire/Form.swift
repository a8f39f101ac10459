/// The unit of RT's text protocol: comment lines, then fields in an order.
struct Form: Sendable, Equatable {
    /// A key and what stands after its colon.
    struct Field: Sendable, Equatable {
        var key: String
        /// None writes nothing after the colon; several are a list.
        var values: [String]

        init(_ key: String, _ values: [String]) {
            self.key = key
            self.values = values
        }
    }

    /// Without the final line end; each line begins with `#`, save in a few answers.
    var comment: String
    var fields: [Field]
    /// Text that stands instead of the fields.
    var verbatim: String?
    /// Fields belong to it even where there are none: the blank line that sets them off stands all the same.
    var isOfObject = false

    init(comment: String = "", _ fields: [Field] = [], verbatim: String? = nil) {
        self.comment = comment
        self.fields = fields
        self.verbatim = verbatim
    }

    /// The values of a key, compared without case; nil where there is no such key.
    subscript(key: String) -> [String]? {
        let folded = key.lowercased()
        return fields.first { $0.key.lowercased() == folded }?.values
    }

    /// The first value of a key, spelled exactly so.
    func exact(_ key: String) -> String? { fields.first { $0.key == key }.map { $0.values.first ?? "" } }

    /// Adds a field with one value.
    mutating func add(_ key: String, _ value: String) { fields.append(Field(key, [value])) }

    /// Adds a field with any number of values.
    mutating func add(_ key: String, list values: [String]) { fields.append(Field(key, values)) }

    /// Adds one more value to a key, in a new field where it is the first.
    mutating func append(_ key: String, _ value: String) {
        if let index = fields.firstIndex(where: { $0.key == key }) {
            fields[index].values.append(value)
        } else {
            add(key, value)
        }
    }

    /// Only the named fields, in the order named.
    /// - Parameter names: in lower case.
    func projected(on names: [String]) -> Form {
        var byName: [String: Field] = [:]
        for field in fields { byName[field.key.lowercased()] = field }
        return Form(comment: comment, names.compactMap { byName[$0] }, verbatim: verbatim)
    }

    // MARK: writing

    /// Forms as they stand in an answer's body.
    static func compose(_ forms: [Form]) -> String {
        var text = ""
        for (index, form) in forms.enumerated() {
            if index > 0 { text += "\n--\n\n" }
            form.write(to: &text)
        }
        return text
    }

    private func write(to text: inout String) {
        if !comment.isEmpty {
            var lines = comment[...]
            while lines.last == "\n" { lines.removeLast() }
            text += lines
            // A form of comments alone ends with its last line; one line end more sets fields off.
            text += fields.isEmpty && verbatim == nil && !isOfObject ? "\n" : "\n\n"
        }
        if let verbatim {
            text += verbatim
            return
        }
        var writer = FieldWriter(text: text)
        text = ""
        for field in fields { writer.write(field) }
        text = writer.text
    }
}

/// Writes fields: short lists on folded lines, long texts indented and set off by blank lines.
private struct FieldWriter {
    /// Where a list is folded, in characters.
    private static let width = 70
    /// The widest indent that follows a key.
    private static let widestIndent = 16

    private(set) var text: String
    private var endsBlank = true

    /// - Parameter text: what stands before the fields.
    init(text: String) { self.text = text }

    mutating func write(_ field: Form.Field) {
        guard field.values.count != 1 || field.values[0].hasLineFeed else {
            // Most fields are short.
            text += field.key
            text += ": "
            text += field.values[0]
            text += "\n"
            endsBlank = false
            return
        }
        guard !field.values.isEmpty else {
            put("\(field.key):\n")
            return
        }
        let own = field.key.unicodeScalars.count + 2
        let indent = String(repeating: " ", count: own > FieldWriter.widestIndent ? 4 : own)
        var line: String?
        for value in field.values {
            if value.hasLineFeed {
                if let started = line { put(folded: started) }
                line = nil
                putBlock("\(field.key): \(FieldWriter.indented(value, by: indent))")
            } else if var started = line.take() {
                started.append(FieldWriter.fits(value, on: started) ? ", " : ",\n\(indent)")
                started.append(value)
                line = consume started
            } else {
                line = "\(field.key): \(value)"
            }
        }
        if let line { put(folded: line) }
    }

    private static func indented(_ value: String, by indent: String) -> String {
        // An end of line at the very end begins no other line.
        let ends = value.utf8.last == 0x0A
        return value.lines.dropLast(ends ? 1 : 0).joined(separator: "\n\(indent)") + (ends ? "\n" : "")
    }

    /// Whether a value has room on the last line of a list.
    private static func fits(_ value: String, on line: String) -> Bool {
        let end = line.utf8.lastIndex(of: 0x0A)
        let last = line[(end.map { line.utf8.index(after: $0) } ?? line.startIndex)...]
        return last.unicodeScalars.count + 1 + value.unicodeScalars.count < width
    }

    private mutating func put(folded line: String) {
        if line.hasLineFeed { putBlock(line) } else { put("\(line)\n") }
    }

    /// A value of several lines, a blank line before and after.
    private mutating func putBlock(_ block: String) {
        if !endsBlank { text += "\n" }
        text += block
        text += "\n\n"
        endsBlank = true
    }

    private mutating func put(_ line: String) {
        text += line
        endsBlank = false
    }
}
