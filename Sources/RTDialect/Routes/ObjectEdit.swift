import ParleyModel

/// One field of a form that makes or changes a queue, a user or a group.
struct GivenField: Sendable {
    /// As RT spells it; nil for an unknown one.
    let name: String?
    /// As it was sent, in lower case.
    let key: String
    let values: [String]

    /// What the field is to be; nil where a list came for it.
    var text: String? { values.count > 1 ? nil : values.first ?? "" }

    /// How answers call it.
    var shown: String { name ?? key }

    /// The fields of a form, without its id.
    /// - Parameter names: RT's names by the keys that stand for them, in lower case.
    static func all(in form: Form, _ names: [String: String]) -> [GivenField] {
        form.fields.compactMap { field in
            let key = field.key.lowercased()
            return key == "id" ? nil : GivenField(name: names[key], key: key, values: field.values)
        }
    }

    /// What Perl takes for true, and so RT for a set flag.
    static func isTrue(_ text: String) -> Bool { !text.isEmpty && text != "0" }
}

/// What became of a queue, a user or a group, as it is gathered for the answer.
struct ObjectEdit: Sendable {
    /// `User`, and what the client called this one.
    let title: String
    let name: String
    /// Fields that an answer about faults shows besides those that were sent.
    let shownFields: [String]
    /// The number of an object that was made.
    var created: String?
    var isUpdated = false
    private(set) var faults: [(field: String, sentence: String)] = []

    init(_ title: String, name: String, shownFields: [String]) {
        self.title = title
        self.name = name
        self.shownFields = shownFields
    }

    mutating func refuse(_ field: GivenField, _ sentence: String) { faults.append((field.shown, sentence)) }

    func answer(_ form: Form) -> ObjectAnswer {
        var lines: [String] = []
        if let created { lines.append("# \(title) \(created) created.") }
        lines += faults.map { "# \($0.field): \($0.sentence)" }
        // A form's own `id` counts as updated, as in a ticket's.
        let namesItself = created == nil && name != "new" && form.fields.contains { $0.key.lowercased() == "id" }
        if isUpdated || namesItself { lines.append("# \(title) \(created ?? name) updated.") }
        let comment = lines.joined(separator: "\n")
        guard !faults.isEmpty else { return ObjectAnswer(Form(comment: comment)) }
        let shown = ["id"] + shownFields
        var fields = shown.map { key in form.fields.first { $0.key == key } ?? Form.Field(key, [""]) }
        fields += form.fields.filter { !shown.contains($0.key) }
        return ObjectAnswer(Form(comment: comment, fields), isFailure: true)
    }
}

/// How RT describes custom fields.
enum FieldKinds {
    /// The custom fields of objects of a class as a form: names alone, or with what they hold.
    static func form(_ id: String, _ fields: [Field], isLong: Bool) -> Form {
        var form = Form()
        form.add("id", id)
        for field in fields.sorted(by: { ($0.name.lowercased(), $0.id) < ($1.name.lowercased(), $1.id) }) {
            if isLong {
                form.add("\(field.name) (\(field.description))", words(field))
            } else {
                form.add(field.name, "")
            }
        }
        return form
    }

    private static func words(_ field: Field) -> String {
        let words = (field.multiple ? "MultiValue" : "SingleValue") + kind(field.type)
        if let pattern = field.limits.pattern, !pattern.isEmpty { return "\(words) \(pattern)" }
        return field.required ? "\(words) [Mandatory]" : words
    }

    private static func kind(_ type: FieldType) -> String {
        switch type {
        case .longText: "Text"
        case .date: "Date"
        case .instant: "DateTime"
        case .list, .status, .priority, .type, .category, .version, .label, .principal, .boolean: "Select"
        case .openList: "Combobox"
        default: "Freeform"
        }
    }
}
