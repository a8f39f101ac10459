import ParleyModel
import ParleyService

/// A ticket as a form: of a view that was read with this type's projection. With a list of fields, what is not asked
/// for is left out; the order stays, and is the business of the form's own projection. The texts of custom values and
/// of logins are here for others, too.
struct TicketForm {
    /// What must have been read of an issue.
    static let projection: Projection = [.values, .participants, .spent]

    private let reader: Reader
    private let clock: UserClock
    private let wanted: Set<String>?

    /// - Parameter fields: in lower case; nil for all.
    init(_ reader: Reader, _ clock: UserClock, fields: [String]? = nil) {
        self.reader = reader
        self.clock = clock
        wanted = fields.map { Set($0) }
    }

    private var catalog: Catalog { reader.catalog }

    private func wants(_ key: String) -> Bool { wanted?.contains(key.lowercased()) ?? true }

    /// The fields in RT's order.
    func form(of view: IssueView) -> Form {
        let issue = view.issue
        var form = Form()
        form.add("id", "ticket/\(issue.id)")
        func add(_ key: String, _ value: @autoclosure () -> String) {
            if wants(key) { form.add(key, value()) }
        }
        let queue = catalog.records.projects[issue.project].flatMap { Names.isSeen($0, reader.access) ? $0 : nil }
        add("Queue", queue?.name ?? "")
        add("Owner", TicketForm.login(issue.assignee, in: catalog))
        add("Creator", TicketForm.login(issue.author, in: catalog))
        add("Subject", issue.title ?? "")
        add("Status", TicketForm.status(of: issue, in: catalog))
        add("Priority", String(issue.priorityNumber))
        add("InitialPriority", String(issue.initialPriority ?? 0))
        add("FinalPriority", String(issue.finalPriority ?? 0))
        for (key, role) in [("Requestors", ParticipantRole.requestor), ("Cc", .watcher), ("AdminCc", .adminWatcher)]
        where wants(key) {
            form.add(key, list: TicketForm.addresses(view.participants[role] ?? [], in: catalog))
        }
        add("Created", clock.words(issue.created))
        add("Starts", clock.words(issue.startDate?.instant))
        add("Started", clock.words(issue.startedAt))
        add("Due", clock.words(issue.dueDate?.instant))
        add("Resolved", clock.words(issue.closedAt))
        add("Told", clock.words(issue.contactedAt))
        add("LastUpdated", clock.words(issue.updated))
        add("TimeEstimated", TicketForm.minutesWords(issue.estimate))
        add("TimeWorked", TicketForm.minutesWords(view.spent))
        add("TimeLeft", TicketForm.minutesWords(issue.remaining))
        for field in catalog.issueFields(project: issue.project, type: issue.type) {
            add("CF.{\(field.name)}", TicketForm.customText(view.values[field.id] ?? [], of: field, in: catalog))
        }
        return form
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
            guard text.contains(",") else { return text }
            return "'\(text.replacing("\\", with: "\\\\").replacing("'", with: "\\'"))'"
        }.joined(separator: ",")
    }

    /// One value of a custom field.
    static func text(of value: Value, in field: Field, _ catalog: Catalog) -> String {
        switch value {
        case .text(let text): return text
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
