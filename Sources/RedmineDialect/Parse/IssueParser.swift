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
        return Names.project(text, in: catalog)
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
            if let value = input[name], let change = make(value) { changes.append(change) }
        }
        add("status_id") { Spelling.number($0).map { .set(.builtin(.status), [.name(.number($0))]) } }
        add("subject") { value in
            value.isStructure ? nil : .set(.builtin(.title), [.text(Words.ofText(value) ?? "")])
        }
        add("description") { value in
            value.isStructure
                ? nil : .set(.builtin(.description), Words.ofText(value).map { [.text(LineEnds.plain($0))] } ?? [])
        }
        add("priority_id") { reference(.priority, $0) }
        add("category_id") { reference(.category, $0) }
        add("fixed_version_id") { reference(.version, $0) }
        add("assigned_to_id") { value in
            // To be nobody's takes an empty text: null and false say nothing here.
            if value.isNull || value == .boolean(false) { return nil }
            return value.text == "me" ? .set(.builtin(.assignee), [.name(.me)]) : reference(.assignee, value)
        }
        add("start_date") { date(.startDate, $0) }
        add("due_date") { date(.dueDate, $0) }
        add("done_ratio") { value in
            let isNone = Spelling.isBlank(value) || value.isStructure
            return .set(.builtin(.progress), isNone ? [] : [.integer(IssueParser.ratio(value))])
        }
        add("estimated_hours") { hours($0) }
        add("is_private") { Spelling.flag($0).map { .set(.builtin(.isPrivate), [.boolean($0)]) } }
        add("parent_issue_id") { parent($0) }
        return changes + customChanges
    }

    /// A reference: blank clears it, a number that nothing has is for the middle to refuse.
    private func reference(_ field: BuiltinField, _ value: ParameterTree) -> Change {
        if Spelling.isBlank(value) || value.isStructure { return .set(.builtin(field), []) }
        return .set(.builtin(field), [.name(.number(Spelling.number(value) ?? 0))])
    }

    /// A day, or what stands there instead, with the day that it likely means behind it.
    private func date(_ field: BuiltinField, _ value: ParameterTree) -> Change? {
        if value.list != nil { return nil }
        if Spelling.isBlank(value) || value.object != nil { return .set(.builtin(field), []) }
        let text = value.scalarText ?? ""
        if let day = Days.plain(text) { return .set(.builtin(field), [.date(DateValue(day))]) }
        let guess = value.text.flatMap(Days.guess).map { [ParsedOperand.date(DateValue($0))] }
        return .set(.builtin(field), [.unreadable(text)] + (guess ?? []))
    }

    private static func ratio(_ value: ParameterTree) -> Int64 {
        switch value {
        case .number(let digits): Double(digits).flatMap { $0.magnitude < 1e9 ? Int64($0) : nil } ?? -1
        case .boolean(let flag): flag ? 1 : 0
        default: value.scalarText.flatMap(Quirks.leadingNumber) ?? 0
        }
    }

    private func hours(_ value: ParameterTree) -> Change {
        if Spelling.isBlank(value) || value.isStructure { return .set(.builtin(.estimate), []) }
        if value == .boolean(false) { return .set(.builtin(.estimate), [.duration(0)]) }
        let made = Hours.milliseconds(value).map { ParsedOperand.duration($0) }
        return .set(.builtin(.estimate), [made ?? .unreadable(value.scalarText ?? "")])
    }

    /// `12` or `#12`; what is no number names no issue, and what is empty none at all.
    private func parent(_ value: ParameterTree) -> Change {
        let isNone = Spelling.isBlank(value) || value == .boolean(false) || value.list?.allSatisfy(\.isNull) ?? false
        if isNone || value.object?.isEmpty ?? false { return .setParent(nil) }
        let text = value.scalarText ?? ""
        let digits = text.hasPrefix("#") ? text.dropFirst() : text[...]
        return .setParent(digits.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 } ? Int64(digits) ?? 0 : 0)
    }

    // MARK: custom fields

    /// From `custom_fields`, a list, and `custom_field_values`, a map; what is neither is passed over.
    private var customChanges: [Change] {
        CustomValues.given(in: input, of: .issue, catalog).map { .set(.custom($0.field), $0.operands) }
    }

    // MARK: people, notes and files

    /// Watchers of a new issue, blanks left out.
    /// - Throws: `Refusal.unknownReference` for a number that nobody has.
    func watchers() throws -> Change? {
        guard let value = input["watcher_user_ids"] else { return nil }
        let items = (value.list ?? [value]).prefix(IssueParser.listLimit).filter { item in
            !Spelling.isBlank(item) && item != .boolean(false) && !(item.object?.isEmpty ?? false)
        }
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
        guard let text = input["notes"].flatMap(Words.ofText), !text.utf8.allSatisfy({ $0 <= 0x20 }) else { return nil }
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
