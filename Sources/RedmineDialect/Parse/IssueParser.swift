import ParleyHTTP
import ParleyModel
import ParleyService

/// What a client wants of an issue, read from the content; names are still the client's.
struct IssueParser {
    let catalog: Catalog
    let input: ParameterObject
    /// Of bare texts.
    let format: TextFormat

    init(_ input: ParameterObject, _ catalog: Catalog) {
        format = catalog.settings.textFormat
        self.input = input
        self.catalog = catalog
    }

    /// What Redmine passes over in silence.
    static let skipping: Skipping = [.notPermitted, .transition, .derived, .unknownChoice]

    /// How many values a list in the content may have.
    private static let listLimit = 1000

    /// The project that is named, if there is such.
    var project: Project? {
        guard let text = input["project_id"]?.scalarText else { return nil }
        return Names.project(Spelling.trimmed(text), in: catalog)
    }

    /// The number of the issue type that is named, if there is such.
    var type: IssueTypeID? {
        guard let number = input["tracker_id"].flatMap(Spelling.number) else { return nil }
        let type = catalog.records.types[IssueTypeID(number)]
        return type?.stamp.retired == nil ? type?.id : nil
    }

    /// The revision that the client saw.
    var revision: Int64? { input["lock_version"].flatMap(Spelling.number) }

    /// Edits of the issue's fields, in Redmine's order: the status comes before what depends on it.
    var fieldChanges: [Change] {
        var changes: [Change] = []
        func add(_ name: String, _ make: (ParameterTree) -> Change?) {
            if let value = input[name], value.list == nil, value.object == nil, let change = make(value) {
                changes.append(change)
            }
        }
        add("status_id") { Spelling.number($0).map { .set(.builtin(.status), [.name(.number($0))]) } }
        add("subject") {
            $0.scalarText.map { .set(.builtin(.title), [.text($0)]) } ?? .set(.builtin(.title), [.text("")])
        }
        add("description") { .set(.builtin(.description), $0.scalarText.map { [.text(LineEnds.plain($0))] } ?? []) }
        add("priority_id") { reference(.priority, $0) }
        add("category_id") { reference(.category, $0) }
        add("fixed_version_id") { reference(.version, $0) }
        add("assigned_to_id") { value in
            value.text == "me" ? .set(.builtin(.assignee), [.name(.me)]) : reference(.assignee, value)
        }
        add("start_date") { date(.startDate, $0) }
        add("due_date") { date(.dueDate, $0) }
        add("done_ratio") { .set(.builtin(.progress), Spelling.isBlank($0) ? [] : [.integer(IssueParser.ratio($0))]) }
        add("estimated_hours") { hours($0) }
        add("is_private") { Spelling.flag($0).map { .set(.builtin(.isPrivate), [.boolean($0)]) } }
        add("parent_issue_id") { parent($0) }
        return changes + customChanges
    }

    /// A reference: blank clears it, a number that nothing has is for the middle to refuse.
    private func reference(_ field: BuiltinField, _ value: ParameterTree) -> Change {
        if Spelling.isBlank(value) { return .set(.builtin(field), []) }
        return .set(.builtin(field), [.name(.number(Spelling.number(value) ?? 0))])
    }

    private func date(_ field: BuiltinField, _ value: ParameterTree) -> Change {
        .set(.builtin(field), Spelling.isBlank(value) ? [] : [IssueParser.date(value)])
    }

    /// A day, or what stands there instead.
    static func date(_ value: ParameterTree) -> ParsedOperand {
        let text = value.scalarText ?? ""
        let day = text.hasSuffix(" 00:00:00") ? String(text.dropLast(9)) : text
        return CivilDate(iso8601: day).map { .date(DateValue($0)) } ?? .unreadable(text)
    }

    private static func ratio(_ value: ParameterTree) -> Int64 {
        switch value {
        case .number(let digits): Double(digits).flatMap { $0.magnitude < 1e9 ? Int64($0) : nil } ?? -1
        default: value.scalarText.flatMap(Quirks.leadingNumber) ?? 0
        }
    }

    private func hours(_ value: ParameterTree) -> Change {
        if Spelling.isBlank(value) { return .set(.builtin(.estimate), []) }
        let made = Hours.milliseconds(value).map { ParsedOperand.duration($0) }
        return .set(.builtin(.estimate), [made ?? .unreadable(value.scalarText ?? "")])
    }

    /// `12` or `#12`; what is no number names no issue.
    private func parent(_ value: ParameterTree) -> Change {
        if Spelling.isBlank(value) { return .setParent(nil) }
        var text = Spelling.trimmed(value.scalarText ?? "")
        if text.hasPrefix("#") { text.removeFirst() }
        return .setParent(Int64(text) ?? 0)
    }

    // MARK: custom fields

    /// From `custom_fields`, a list, and `custom_field_values`, a map; what is neither is passed over.
    private var customChanges: [Change] {
        CustomValues.named(in: input).compactMap { number, value in
            guard let field = catalog.records.fields[FieldID(number)], field.object == .issue,
                let operands = CustomValues.operands(value, for: field)
            else { return nil }
            return .set(.custom(number), operands)
        }
    }

    // MARK: people, notes and files

    /// Watchers of a new issue, blanks left out.
    /// - Throws: `Refusal.unknownReference` for a number that nobody has.
    func watchers() throws -> Change? {
        guard let value = input["watcher_user_ids"] else { return nil }
        let items = (value.list ?? [value]).prefix(IssueParser.listLimit).filter { !Spelling.isBlank($0) }
        let people = try items.map { item -> ParsedOperand in
            guard let number = Spelling.number(item), let isActive = Watchers.isActive(number, catalog) else {
                throw Refusal.unknownReference
            }
            // Somebody who cannot watch is a fault of the issue.
            return isActive ? .name(.number(number)) : .unreadable(String(number))
        }
        return people.isEmpty ? nil : .set(.builtin(.watchers), people)
    }

    /// The note; nil where there is none, or nothing but blanks.
    var note: NewPost? {
        guard let text = input["notes"]?.scalarText, !text.utf8.allSatisfy({ $0 <= 0x20 }) else { return nil }
        return NewPost(text: text, format: format)
    }

    /// Whether the note is for some only.
    var isNotePrivate: Bool { input["private_notes"].flatMap(Spelling.flag) ?? false }

    /// Files that were uploaded before.
    var attachments: [Change] {
        let items = input["uploads"]?.list ?? input["uploads"]?.object?.members.map(\.value) ?? []
        return items.prefix(IssueParser.listLimit).compactMap { item in
            item.object.flatMap(IssueParser.file).map { .attach($0) }
        }
    }

    /// What is said of one uploaded file; nil without a token. A file that is not described has an empty description.
    static func file(_ upload: ParameterObject) -> FileReference? {
        guard let token = upload["token"]?.scalarText, !token.isEmpty else { return nil }
        var reference = FileReference(token: token)
        reference.name = upload["filename"]?.scalarText
        reference.description = upload["description"]?.scalarText ?? ""
        reference.contentType = upload["content_type"]?.scalarText
        return reference
    }
}

/// Who can watch: active users, and groups.
enum Watchers {
    /// Nil for a number that nobody has.
    static func isActive(_ number: Int64, _ catalog: Catalog) -> Bool? {
        let id = PrincipalID(number)
        if let user = catalog.user(id), People.isUser(user) { return user.status == .active }
        return catalog.records.groups[id].flatMap { $0.stamp.retired == nil ? true : nil }
    }
}

/// Values of custom fields, for every class that has them.
enum CustomValues {
    private static let limit = 500

    /// Numbers and values in the order given.
    static func named(in input: ParameterObject) -> [(Int64, ParameterTree)] {
        var result: [(Int64, ParameterTree)] = []
        for item in input["custom_fields"]?.list?.prefix(limit) ?? [] {
            guard let object = item.object, let number = object["id"].flatMap(Spelling.number) else { continue }
            // An element with an identifier and no value at all says nothing about the field.
            if let value = object["value"] { result.append((number, value)) }
        }
        for member in input["custom_field_values"]?.object?.members.prefix(limit) ?? [] {
            if let number = Int64(member.name) { result.append((number, member.value)) }
        }
        return result
    }

    /// What a value means in a field; nil to pass it over. An empty list empties the field.
    static func operands(_ value: ParameterTree, for field: Field) -> [ParsedOperand]? {
        // A list for a field with a single value is one value too many, however many it has.
        if value.list != nil, !field.multiple { return [.null, .null] }
        let given = value.list ?? value.object?.members.map(\.value) ?? [value]
        var operands: [ParsedOperand] = []
        for item in given.prefix(limit) where !Spelling.isBlank(item) {
            guard let text = item.scalarText else { continue }
            guard let operand = operand(text, item, for: field) else { return nil }
            operands.append(operand)
        }
        return operands
    }

    private static func operand(_ text: String, _ item: ParameterTree, for field: Field) -> ParsedOperand? {
        switch field.type {
        case .boolean: return Spelling.strictFlag(item).map { .boolean($0) }
        case .integer:
            let digits = Spelling.trimmed(text)
            return Int64(digits.hasPrefix("+") ? String(digits.dropFirst()) : digits).map { .integer($0) }
                ?? .unreadable(text)
        case .number:
            let digits = Spelling.trimmed(text)
            return Double(digits).flatMap { $0.isFinite ? $0 : nil }.map { _ in .number(digits) } ?? .unreadable(text)
        case .date: return IssueParser.date(item)
        case .duration: return Hours.milliseconds(item).map { .duration($0) } ?? .unreadable(text)
        case .list, .openList, .text, .longText, .uri: return .text(text)
        default: return .name(.number(Int64(Spelling.trimmed(text)) ?? 0))
        }
    }
}
