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
    static func octets(_ forms: [Form]) -> [UInt8] {
        var writer = FormWriter()
        for form in forms { writer.write(form) }
        return writer.finish()
    }

    /// The same as a text.
    static func compose(_ forms: [Form]) -> String { String(decoding: octets(forms), as: UTF8.self) }
}
