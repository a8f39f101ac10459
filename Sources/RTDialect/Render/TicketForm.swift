import ParleyModel
import ParleyService

/// Tickets as forms: of views that were read with this type's projection. With a list of fields, what is not asked
/// for is left out; the order stays, and is the business of the form's own projection. The texts of custom values and
/// of logins are here for others, too.
struct TicketForm {
    /// What must have been read of an issue.
    static let projection: Projection = [.values, .participants, .spent]

    private let reader: Reader
    private let clock: UserClock
    private let wanted: Set<String>?
    /// What many tickets of a list have in common, found once.
    private var queues: [ProjectID: String] = [:]
    private var fields: [Kind: [(key: String, field: Field)]] = [:]

    private struct Kind: Hashable {
        var project: ProjectID
        var type: IssueTypeID
    }

    /// - Parameter fields: in lower case; nil for all.
    init(_ reader: Reader, _ clock: UserClock, fields: [String]? = nil) {
        self.reader = reader
        self.clock = clock
        wanted = fields.map { Set($0) }
    }

    private var catalog: Catalog { reader.catalog }

    private func wants(_ key: String) -> Bool { wanted.map { $0.contains(key.lowercased()) } ?? true }

    /// The fields as a form of their own.
    mutating func form(of view: IssueView) -> Form {
        var form = Form()
        write(view, to: &form)
        return form
    }

    /// The fields in RT's order.
    mutating func write<Sink: FieldSink & ~Copyable>(_ view: IssueView, to sink: inout Sink) {
        let issue = view.issue
        sink.add("id", "ticket/\(issue.id)")
        if wants("Queue") { sink.add("Queue", queue(issue.project)) }
        if wants("Owner") { sink.add("Owner", TicketForm.login(issue.assignee, in: catalog)) }
        if wants("Creator") { sink.add("Creator", TicketForm.login(issue.author, in: catalog)) }
        if wants("Subject") { sink.add("Subject", issue.title ?? "") }
        if wants("Status") { sink.add("Status", TicketForm.status(of: issue, in: catalog)) }
        if wants("Priority") { sink.add("Priority", number: issue.priorityNumber) }
        if wants("InitialPriority") { sink.add("InitialPriority", number: issue.initialPriority ?? 0) }
        if wants("FinalPriority") { sink.add("FinalPriority", number: issue.finalPriority ?? 0) }
        writePeople(view, to: &sink)
        writeTimes(view, to: &sink)
        if wants(ServiceLevel.title) { writeServiceLevel(view, to: &sink) }
        for (key, field) in customFields(of: issue) where wants(key) {
            sink.add(key, TicketForm.customText(view.values[field.id] ?? [], of: field, in: catalog))
        }
    }

    private func writePeople<Sink: FieldSink & ~Copyable>(_ view: IssueView, to sink: inout Sink) {
        for (key, role) in [("Requestors", ParticipantRole.requestor), ("Cc", .watcher), ("AdminCc", .adminWatcher)]
        where wants(key) {
            sink.add(key, list: TicketForm.addresses(view.participants[role] ?? [], in: catalog))
        }
    }

    private func writeTimes<Sink: FieldSink & ~Copyable>(_ view: IssueView, to sink: inout Sink) {
        let issue = view.issue
        let moments: [(String, Instant?)] = [
            ("Created", issue.created), ("Starts", issue.startDate?.instant), ("Started", issue.startedAt),
            ("Due", issue.dueDate?.instant), ("Resolved", issue.closedAt), ("Told", issue.contactedAt),
            ("LastUpdated", issue.updated),
        ]
        for (key, moment) in moments where wants(key) { sink.add(key, moment: moment, clock) }
        let times = [("TimeEstimated", issue.estimate), ("TimeWorked", view.spent), ("TimeLeft", issue.remaining)]
        for (key, milliseconds) in times where wants(key) { sink.add(key, TicketForm.minutesWords(milliseconds)) }
    }

    private mutating func writeServiceLevel<Sink: FieldSink & ~Copyable>(_ view: IssueView, to sink: inout Sink) {
        let project = view.issue.project
        let isSeen = !queue(project).isEmpty
        guard ServiceLevel.isTold(in: catalog.records.projects[project], seen: isSeen) else { return }
        let field = ServiceLevel.field(in: catalog)
        sink.add(ServiceLevel.title, field.flatMap { view.values[$0.id]?.first?.string } ?? "")
    }

    /// A queue's name, as far as the actor may see the queue.
    private mutating func queue(_ id: ProjectID) -> String {
        if let known = queues[id] { return known }
        let queue = catalog.records.projects[id].flatMap { Names.isSeen($0, reader.access) ? $0 : nil }
        let name = queue?.name ?? ""
        queues[id] = name
        return name
    }

    private mutating func customFields(of issue: Issue) -> [(key: String, field: Field)] {
        let kind = Kind(project: issue.project, type: issue.type)
        if let known = fields[kind] { return known }
        let found = catalog.customFields(project: issue.project, type: issue.type).map { ("CF.{\($0.name)}", $0) }
        fields[kind] = found
        return found
    }

    // MARK: parts that others use

    /// Whole minutes of milliseconds, cut toward zero.
    static func minutes(_ milliseconds: Int64?) -> Int64 { (milliseconds ?? 0) / 60_000 }

    private static func minutesWords(_ milliseconds: Int64?) -> String {
        let minutes = minutes(milliseconds)
        return minutes == 0 ? "0" : "\(minutes) minutes"
    }

    /// What RT calls an issue's status; a retired one is deleted.
    static func status(of issue: Issue, in catalog: Catalog) -> String {
        issue.retired != nil ? deleted : catalog.records.statuses[issue.status]?.name ?? ""
    }

    /// The status that a retired issue has.
    static let deleted = "deleted"

    /// How a user is named in fields: the login, else an address.
    static func login(_ principal: PrincipalID?, in catalog: Catalog) -> String {
        guard let principal, principal != .nobody else { return "Nobody" }
        if principal == .system { return "RT_System" }
        if let user = catalog.user(principal) { return user.login ?? user.addresses.first ?? user.realName }
        return catalog.name(of: principal) ?? ""
    }

    /// The addresses of people, and of the members of groups among them, in their order.
    static func addresses(_ people: Set<PrincipalID>, in catalog: Catalog) -> [String] {
        var users: Set<PrincipalID> = []
        for person in people {
            users.formUnion(catalog.records.groups[person]?.members ?? [person])
        }
        // Those who are locked out are still there, but not shown.
        let shown = users.compactMap { catalog.user($0) }.filter { $0.status != .locked }
        return shown.compactMap(\.addresses.first).filter { !$0.isEmpty }.sorted(by: byScalars)
    }

    private static func byScalars(_ left: String, _ right: String) -> Bool {
        left.utf8.lexicographicallyPrecedes(right.utf8)
    }

    /// A custom field's values as one text: several are joined by commas, those with a comma are quoted.
    static func customText(_ values: [Value], of field: Field, in catalog: Catalog) -> String {
        let texts = values.map { text(of: $0, in: field, catalog) }
        guard field.multiple else { return texts.first ?? "" }
        return texts.map { text in
            guard text.utf8.contains(0x2C) else { return text }
            return "'\(text.replacing("\\", with: "\\\\").replacing("'", with: "\\'"))'"
        }.joined(separator: ",")
    }

    /// One value of a custom field.
    static func text(of value: Value, in field: Field, _ catalog: Catalog) -> String {
        switch value {
        case .text(let text), .spelled(let text, _): return text
        case .integer(let number): return String(number)
        case .number(let number):
            return number == number.rounded() && abs(number) < 1e15 ? String(Int64(number)) : String(number)
        case .boolean(let flag): return flag ? "1" : "0"
        case .date(let date): return date.secondOfDay == nil ? date.date.iso8601 : UserClock.sql(date.instant)
        case .instant(let instant): return UserClock.sql(instant)
        case .duration(let milliseconds): return String(minutes(milliseconds))
        case .reference(let id): return reference(id, in: field, catalog)
        }
    }

    private static func reference(_ id: Int64, in field: Field, _ catalog: Catalog) -> String {
        let records = catalog.records
        switch field.type {
        case .list, .openList: return field.listValues.first { $0.id.rawValue == id }?.label ?? ""
        case .status: return records.statuses[StatusID(id)]?.name ?? ""
        case .priority: return records.priorities[PriorityID(id)]?.name ?? ""
        case .type: return records.types[IssueTypeID(id)]?.name ?? ""
        case .category: return records.categories[CategoryID(id)]?.name ?? ""
        case .version: return records.versions[VersionID(id)]?.name ?? ""
        case .label: return records.labels[LabelID(id)]?.name ?? ""
        case .project: return records.projects[ProjectID(id)]?.name ?? ""
        case .principal: return login(PrincipalID(id), in: catalog)
        default: return String(id)
        }
    }
}
