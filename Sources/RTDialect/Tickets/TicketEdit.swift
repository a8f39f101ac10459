import ParleyModel
import ParleyService

/// An edit of one ticket: each field stands alone, and what cannot be set is told beside what was.
struct TicketEdit {
    /// One field's changes, which wait for the others.
    private struct Pending {
        /// As comments spell it.
        var key: String
        /// Which problems of the middle are about it.
        var subjects: Set<FieldName>
        var changes: [Change]
        /// In place of the usual words, where the middle refuses.
        var refusal: String?
        /// A part of it failed, so that it does not count as set.
        var isPartial: Bool

        func isAbout(_ problem: Problem) -> Bool {
            switch problem.subject {
            case .field(let name): subjects.contains(name)
            // Taking out of use and bringing back are about no field; here they are statuses.
            case .whole: subjects.contains(.builtin(.status))
            case .property: false
            }
        }
    }

    let transaction: Transaction
    let clock: UserClock
    private let view: IssueView
    /// The ticket in the queue where it will be.
    private var issue: Issue
    private var pending: [Pending] = []
    /// Comments that tell what was not done.
    private(set) var faults: [String] = []
    /// Some field was set, or taken without a word.
    private(set) var isUpdated = false

    init(_ transaction: Transaction, _ view: IssueView, _ clock: UserClock) {
        self.transaction = transaction
        self.clock = clock
        self.view = view
        issue = view.issue
    }

    private var reader: Reader { transaction.reader }
    private var catalog: Catalog { transaction.catalog }

    /// Sets the fields of a form; the queue first, since others are looked up there.
    mutating func apply(_ fields: [Form.Field]) throws {
        for field in fields where TicketKey(editing: field.key) == .queue { try read(field) }
        for field in fields where TicketKey(editing: field.key) != .queue { try read(field) }
        try write()
    }

    private mutating func fail(_ key: String, _ reason: String) { faults.append("# \(key): \(reason)") }

    private mutating func add(
        _ key: String, _ changes: [Change], _ subjects: Set<FieldName>, refusal: String? = nil, isPartial: Bool = false
    ) {
        pending.append(
            Pending(key: key, subjects: subjects, changes: changes, refusal: refusal, isPartial: isPartial))
    }

    // MARK: fields

    private mutating func read(_ field: Form.Field) throws {
        let folded = field.key.lowercased()
        let key = TicketKey(editing: field.key)
        if case .people(let people) = key { return readPeople(people, field.values) }
        guard field.values.count <= 1 else { return fail(folded, "\(folded) may have only one value.") }
        let text = field.values.first ?? ""
        switch key {
        case .queue: try readQueue(text)
        case .owner: try readOwner(text)
        case .status: try readStatus(text)
        case .subject: readSubject(text)
        case .number(let number): readNumber(number, text)
        case .date(let date): readDate(date, text)
        case .custom(let name): try readCustom(name, field.values)
        case .serviceLevel: readServiceLevel(text)
        case .ignored: isUpdated = true
        case .passedOver: break
        case .people, .unknown: fail(folded, "Unknown field.")
        }
    }

    private mutating func readQueue(_ text: String) throws {
        let name = catalog.records.projects[issue.project]?.name ?? ""
        if text == name { return }
        guard let project = Names.anyQueue(text, in: catalog) else {
            return fail("queue", "Queue \(text) does not exist")
        }
        guard project.status == .active else { return fail("queue", "Queue \(name) is disabled") }
        guard project.id != issue.project else { return fail("queue", "Queue is already set to \(name)") }
        guard let place = transaction.access.place(in: project, of: issue.type, transaction.catalog) else {
            return fail("queue", "Permission Denied")
        }
        let type = place.type.id == issue.type ? nil : ParsedName.number(place.type.id.rawValue)
        issue.project = project.id
        issue.tracker = place.tracker.id
        issue.type = place.type.id
        add(
            "queue", [.move(project: .number(project.id.rawValue), tracker: place.tracker.id, type: type)],
            [.builtin(.project), .builtin(.tracker), .builtin(.type)])
    }

    private mutating func readOwner(_ text: String) throws {
        if text == TicketForm.login(issue.assignee, in: catalog) { return }
        let owner = OwnerRules.owner(text, in: catalog)
        if let reason = try OwnerRules(reader: reader, issue: issue).refusal(of: owner, .set) {
            return fail("owner", reason)
        }
        let operands: [ParsedOperand] = owner.map { $0 == .nobody ? [] : [.name(.number($0.rawValue))] } ?? []
        add("owner", [.set(.builtin(.assignee), operands)], [.builtin(.assignee)])
    }

    private mutating func readStatus(_ text: String) throws {
        if text == TicketForm.status(of: issue, in: catalog) { return }
        switch try StatusRules(reader: reader, issue: issue).change(to: text) {
        case .refused(let reason): fail("Status", reason)
        case .changes(let changes, _): add("Status", changes, [.builtin(.status)])
        }
    }

    /// Octets; longer texts are no subjects.
    static let subjectLimit = 10_000

    private mutating func readSubject(_ text: String) {
        let current = issue.title ?? ""
        if text == current { return }
        guard text.utf8.count <= TicketEdit.subjectLimit else { return fail("Subject", "Illegal value for Subject") }
        let subject = TicketEdit.subject(text)
        if subject == current { return fail("Subject", TicketEdit.unchanged) }
        add("Subject", [.set(.builtin(.title), [.text(subject)])], [.builtin(.title)])
    }

    /// A subject has one line.
    static func subject(_ text: String) -> String { text.lines.joined() }

    private static let unchanged = "That is already the current value"

    private mutating func readNumber(_ key: NumberKey, _ text: String) {
        let current = key.value(in: issue, spent: view.spent)
        if text == String(current) || (NumberKey.isDigits(text) && Int64(text) == current) { return }
        if key.isTime, text == "\(current) minutes" {
            // As it is shown.
            isUpdated = true
            return
        }
        let number = key.read(text, catalog.priorities)
        if number == current { return fail(key.title, TicketEdit.unchanged) }
        let change: Change
        if key == .timeworked {
            guard let spent = view.spent else { return fail(key.title, "Permission Denied") }
            change = .logTime(NewTimeEntry(duration: number * 60_000 - spent))
        } else {
            change = .set(.builtin(key.field), [key.isTime ? .duration(number * 60_000) : .integer(number)])
        }
        add(key.title, [change], [.builtin(key.field)])
    }

    private mutating func readDate(_ key: DateKey, _ text: String) {
        let current = key.value(in: issue)
        if text.lowercased() == "not set" || text == clock.words(current) { return }
        guard key != .created else { return fail(key.title, "Immutable field") }
        let instant = RTDates.read(text, now: transaction.now, clock: clock)
        if instant?.seconds == current?.seconds { return fail(key.title, TicketEdit.unchanged) }
        add(key.title, [key.change(instant)], [.builtin(key.field)])
    }

    private mutating func readPeople(_ key: PeopleKey, _ values: [String]) {
        let people = PeopleReading(values, catalog)
        if !people.unknown.isEmpty {
            let reasons = people.unknown.map { "Could not find or create user '\($0)'" }
            fail(key.title, reasons.joined(separator: "\n# "))
        }
        // Those who have no address are never shown, so a list that was shown does not name them.
        let hidden = people.operands.isEmpty ? [] : (view.participants[key.role] ?? []).filter { person in
            catalog.user(person).map { $0.addresses.isEmpty } ?? false
        }
        let operands = people.operands + hidden.map { .name(.number($0.rawValue)) }
        add(
            key.title, [.set(.builtin(key.role.field), operands)], [.builtin(key.role.field)],
            refusal: "Permission denied", isPartial: !people.unknown.isEmpty)
    }

    private mutating func readServiceLevel(_ text: String) {
        guard let field = ServiceLevel.field(in: catalog) else {
            isUpdated = true
            return
        }
        if text == (view.values[field.id] ?? []).first?.string ?? "" { return }
        let name = FieldName.custom(field.id.rawValue)
        add("sla", [.set(name, text.isEmpty ? [] : [.text(text)])], [name])
    }

    private mutating func readCustom(_ name: String, _ values: [String]) throws {
        let fields = catalog.customFields(project: issue.project, type: issue.type)
        guard let field = fields.first(where: { $0.name.lowercased() == name }) else {
            return fail(name, "Unknown custom field.")
        }
        let reading = CustomFieldReading(field: field, now: transaction.now, clock: clock)
        var operands: [ParsedOperand]
        var isPartial = false
        if field.multiple {
            let several = reading.values(values, present: view.values[field.id] ?? [], catalog)
            operands = several.operands
            isPartial = several.isLastInvalid
            if isPartial { fail(name, TicketEdit.invalid) }
        } else {
            operands = reading.value(values.first ?? "").map { [$0] } ?? []
            if case .unreadable? = operands.first { return fail(name, TicketEdit.invalid) }
        }
        add(
            name, [.set(.custom(field.id.rawValue), operands)], [.custom(field.id.rawValue)], isPartial: isPartial)
    }

    private static let invalid = "Invalid value for custom field"

    // MARK: writing

    /// Does what waits, together. What the middle refuses as a whole is done without the fields that it names.
    private mutating func write() throws {
        while !pending.isEmpty {
            let request = ChangeRequest(
                .issues([view.issue.id]), parts: [ChangePart(pending.flatMap(\.changes))], skipping: .all)
            do {
                try report(transaction.change(request).skipped)
                return
            } catch Fault.invalid(let problems) {
                drop(problems)
            }
        }
    }

    private mutating func report(_ skipped: [Problem]) {
        for field in pending {
            if let problem = skipped.first(where: field.isAbout) {
                fail(field.key, field.refusal ?? reason(problem))
            } else if !field.isPartial {
                isUpdated = true
            }
        }
        pending = []
    }

    private mutating func drop(_ problems: [Problem]) {
        var kept: [Pending] = []
        for field in pending {
            if let problem = problems.first(where: field.isAbout) {
                fail(field.key, reason(problem))
            } else {
                kept.append(field)
            }
        }
        if kept.count == pending.count {
            // A rule about something that no field names: nothing can be done.
            for field in kept { fail(field.key, problems.first.map(reason) ?? TicketEdit.invalid) }
            kept = []
        }
        pending = kept
    }

    private func reason(_ problem: Problem) -> String {
        if case .field(.custom) = problem.subject, problem.rule == .notInList { return TicketEdit.invalid }
        return Sentences.reason(problem)
    }
}

extension Access {
    /// The tracker and the type that a ticket has which is made in a queue, or comes there.
    /// - Parameter type: the one it has; kept where the queue knows it.
    func place(in project: Project, of type: IssueTypeID?, _ catalog: Catalog) -> (tracker: Tool, type: IssueType)? {
        let usable = catalog.types(of: project.id).compactMap { type -> (tracker: Tool, type: IssueType)? in
            guard let tool = catalog.tracker(of: project.id, holding: type.id) else { return nil }
            let probe = Issue(
                id: IssueID(0), tracker: tool.id, project: project.id, number: 0, type: type.id, status: StatusID(0),
                author: actor.user, created: Instant(seconds: 0))
            return allows(.addIssues, on: probe) { _ in false } ? (tool, type) : nil
        }
        return usable.first { $0.type.id == type } ?? usable.first
    }
}
