import ParleyModel
import ParleyService

/// The form of a new ticket, read.
struct TicketCreation {
    private static let keys: Set<String> = [
        "queue", "requestor", "subject", "cc", "admincc", "owner", "status", "priority", "initialpriority",
        "finalpriority", "timeestimated", "timeworked", "timeleft", "starts", "started", "due", "resolved",
        "content-type", "sla",
    ]

    /// By key in lower case.
    private var values: [String: [String]] = [:]
    private var custom: [(field: Field, values: [String])] = []
    /// The names of files.
    private(set) var attachments: [String] = []
    /// What a ticket cannot be made with, as sent.
    private(set) var unknown: [Form.Field] = []
    /// What is set once the ticket is there.
    private(set) var later: [Form.Field] = []
    private(set) var comments: [String] = []
    private let clock: UserClock
    private let now: Instant

    init(_ form: Form, _ catalog: Catalog, _ clock: UserClock, now: Instant) {
        self.clock = clock
        self.now = now
        let queue = form.fields.last { $0.key.lowercased() == "queue" && $0.values.count == 1 }?.values.first
        let project = queue.flatMap { Names.anyQueue($0, in: catalog) }
        let isAnywhere = !form.fields.contains { $0.key.lowercased() == "queue" }
        for field in form.fields {
            let key = field.key.lowercased()
            if TicketCreation.keys.contains(key) {
                values[key] = field.values
            } else if let name = FieldKey.customName(of: field.key[...]) {
                read(String(name), field.values, project, isAnywhere: isAnywhere, catalog)
            } else if key == "text" {
                values[key] = field.values
            } else if key == "attachment" {
                attachments += field.values
            } else if key == "requestors" {
                later.append(field)
            } else if key != "id" {
                comments.append("# \(field.key): Unknown field")
                unknown.append(shown(field))
            }
        }
    }

    /// - Parameter isAnywhere: the form names no queue, so that any queue's fields are known.
    private mutating func read(
        _ name: String, _ texts: [String], _ project: Project?, isAnywhere: Bool, _ catalog: Catalog
    ) {
        let folded = name.lowercased()
        let fields = catalog.customFields.filter { field in
            isAnywhere || field.projects.map { projects in project.map { projects.contains($0.id) } ?? false } ?? true
        }
        guard let field = fields.first(where: { $0.name.lowercased() == folded }) else {
            return comments.append("# Invalid custom field name (\(name))")
        }
        custom.append((field, texts))
    }

    /// A field that is shown again; dates as they were read.
    private func shown(_ field: Form.Field) -> Form.Field {
        let isDate = DateKey(rawValue: field.key.lowercased()) != nil || field.key.lowercased() == "lastupdated"
        guard isDate else { return field }
        let instant = field.values.first.flatMap { RTDates.read($0, now: now, clock: clock) }
        return Form.Field(field.key, [UserClock.sql(instant ?? Instant(seconds: 0))])
    }

    private func text(_ key: String) -> String? {
        values[key].map { $0.joined(separator: ", ") }
    }

    // MARK: the request

    /// What makes the ticket.
    /// - Throws: `TicketRefusal`.
    func request(_ transaction: Transaction, files: [Change]) throws -> ChangeRequest {
        let catalog = transaction.catalog
        guard let name = values["queue"], name.count == 1, let queue = Names.anyQueue(name[0], in: catalog) else {
            throw TicketRefusal("Could not create ticket. Queue not set")
        }
        guard queue.status == .active, let place = transaction.access.place(in: queue, of: nil, catalog) else {
            throw TicketRefusal("No permission to create tickets in the queue '\(queue.name)'")
        }
        var changes = try start(place.tracker, place.type, transaction.reader)
        changes += columns(place.tracker, author: transaction.actor.user, catalog) + numbers(queue, catalog) + dates()
        changes += people(place.tracker, transaction.access, catalog) + customFields(catalog)
        var draft = Draft(
            project: .number(queue.id.rawValue), tracker: place.tracker.id, type: .number(place.type.id.rawValue))
        draft.textFormat = TicketCreation.format(text("content-type"))
        return ChangeRequest(.draft(draft), parts: [ChangePart(changes + files)], skipping: .all)
    }

    /// What a `Content-Type` makes of a text.
    static func format(_ contentType: String?) -> TextFormat {
        (contentType ?? "").lowercased().hasPrefix("text/html") ? .html : .plain
    }

    private func start(_ tracker: Tool, _ type: IssueType, _ reader: Reader) throws -> [Change] {
        let wanted = StatusRules.start(text("status") ?? "", tracker: tracker.id, type: type.id, reader)
        switch wanted {
        case .failure(let refusal)?: throw refusal
        case .success(let status)?: return [.set(.builtin(.status), [.name(.number(status.id.rawValue))])]
        case nil: return []
        }
    }

    private func columns(_ tracker: Tool, author: PrincipalID, _ catalog: Catalog) -> [Change] {
        var changes: [Change] = []
        if let subject = text("subject") {
            let line = String(decoding: TicketEdit.subject(subject).utf8.prefix(TicketEdit.subjectLimit), as: UTF8.self)
            changes.append(.set(.builtin(.title), [.text(line)]))
        }
        if let text = text("text"), !text.isEmpty, text != "0" {
            changes.append(.set(.builtin(.description), [.text(text)]))
        }
        let name = text("owner") ?? ""
        if let owner = OwnerRules.owner(name, in: catalog) ?? catalog.user(address: name)?.id {
            // One who may not own it is left out, as is one who does not exist.
            if owner == .nobody {
                changes.append(.set(.builtin(.assignee), []))
            } else if catalog.mayOwn(owner, in: tracker, author: author) {
                changes.append(.set(.builtin(.assignee), [.name(.number(owner.rawValue))]))
            }
        }
        return changes
    }

    /// A priority that neither the form nor the queue tells is zero, which is more than a negative one.
    private func numbers(_ queue: Project, _ catalog: Catalog) -> [Change] {
        var changes: [Change] = []
        func number(_ key: NumberKey) -> Int64? {
            text(key.rawValue).map { text in
                // What begins like a number is one here, where an edit takes it for an unknown name.
                let isNumber = text.utf8.first.map { $0 == 0x2D || DateCursor.isDigit($0) } ?? false
                return (key == .priority && isNumber ? .finalpriority : key).read(text, catalog.priorities)
            }
        }
        let initial = number(.initialpriority)
        if let number = initial ?? (queue.defaults.initialPriority == nil ? 0 : nil) {
            changes.append(.set(.builtin(.initialPriority), [.integer(number)]))
        }
        if let priority = number(.priority) ?? initial {
            changes.append(.set(.builtin(.priorityNumber), [.integer(priority)]))
        }
        if let final = number(.finalpriority) ?? (queue.defaults.finalPriority == nil ? 0 : nil) {
            changes.append(.set(.builtin(.finalPriority), [.integer(final)]))
        }
        for key in [NumberKey.timeestimated, .timeleft] {
            if let minutes = number(key), minutes != 0 {
                changes.append(.set(.builtin(key.field), [.duration(minutes * 60_000)]))
            }
        }
        if let minutes = number(.timeworked), minutes != 0 {
            changes.append(.logTime(NewTimeEntry(duration: minutes * 60_000)))
        }
        return changes
    }

    /// One that is named and cannot be read is not set, whatever the queue would have given.
    private func dates() -> [Change] {
        [DateKey.starts, .started, .due, .resolved].compactMap { key in
            text(key.rawValue).map { key.change(RTDates.read($0, now: now, clock: clock)) }
        }
    }

    private func people(_ tracker: Tool, _ access: Access, _ catalog: Catalog) -> [Change] {
        var changes: [Change] = []
        for (key, role) in [("requestor", ParticipantRole.requestor), ("cc", .watcher), ("admincc", .adminWatcher)] {
            guard let texts = values[key] else { continue }
            var operands = PeopleReading(texts, catalog).operands
            if role == .adminWatcher, let project = catalog.records.projects[tracker.project],
                !access.allows(.editIssues, in: project)
            {
                let isAllowed = access.allows(.watchAsAdmin, in: project)
                operands.removeAll { !isAllowed || $0 != .name(.number(access.actor.user.rawValue)) }
            }
            if !operands.isEmpty { changes.append(.add(.builtin(role.field), operands)) }
        }
        return changes
    }

    private func customFields(_ catalog: Catalog) -> [Change] {
        var level: [Change] = []
        if let text = text("sla"), !text.isEmpty, let field = ServiceLevel.field(in: catalog) {
            level = [.set(.custom(field.id.rawValue), [.text(text)])]
        }
        return level + custom.compactMap { field, texts in
            let reading = CustomFieldReading(field: field, now: now, clock: clock)
            if field.multiple {
                let operands = reading.values(texts, present: [], catalog).operands
                return operands.isEmpty ? nil : .set(.custom(field.id.rawValue), operands)
            }
            guard let text = texts.last(where: { !$0.isEmpty }), let operand = reading.value(text) else { return nil }
            if case .unreadable = operand { return nil }
            return .set(.custom(field.id.rawValue), [operand])
        }
    }
}
