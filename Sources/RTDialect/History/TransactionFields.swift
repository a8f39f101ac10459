import ParleyModel
import ParleyService

/// Changes of single fields and of lists.
extension TransactionBuilder {
    /// Tells of a field's change, in the words that RT has for the field; one that RT does not know reads like a custom
    /// field.
    mutating func addField(_ entry: Entry, _ changeset: Changeset) {
        guard let id = entry.detail.field else { return }
        guard let builtin = BuiltinField(id) else { return addCustom(entry, changeset, id) }
        let old = entry.detail.old?.first, new = entry.detail.new?.first
        switch builtin {
        case .status: addStatus(entry, changeset, old, new)
        case .assignee: addOwner(entry, changeset, old, new)
        case .contactedAt, .startedAt, .closedAt, .startDate, .dueDate: addDate(entry, changeset, builtin, old, new)
        case .title: addSet(entry, changeset, "Subject", old?.string ?? "", new?.string ?? "")
        case .description: addDescription(entry, changeset, old?.string ?? "", new?.string ?? "")
        case .estimate: addSet(entry, changeset, "TimeEstimated", number(old), number(new))
        case .remaining: addSet(entry, changeset, "TimeLeft", number(old), number(new))
        case .priorityNumber: addPriority(entry, changeset, "Priority", old, new)
        case .initialPriority: addPriority(entry, changeset, "InitialPriority", old, new)
        case .finalPriority: addPriority(entry, changeset, "FinalPriority", old, new)
        case .author: addSet(entry, changeset, "Creator", login(old), login(new))
        case .type, .category, .version, .progress, .isPrivate, .commentsClosed, .restrictedTo:
            addUnknown(entry, changeset, builtin)
        default: return
        }
    }

    private func login(_ value: Value?) -> String {
        TicketForm.login(value?.referenceID.map { PrincipalID($0) }, in: catalog)
    }

    private func number(_ value: Value?) -> String {
        switch value {
        case .integer(let number)?: String(number)
        case .duration(let milliseconds)?: String(TicketForm.minutes(milliseconds))
        default: "0"
        }
    }

    private mutating func addSet(
        _ entry: Entry, _ changeset: Changeset, _ field: String, _ old: String, _ new: String
    ) {
        guard old != new else { return }
        append(
            TicketTransaction(
                entry, of: changeset, "Set", field: field, old: old, new: new,
                brief: HistoryWords.changed(field, old, new)))
    }

    private mutating func addDescription(_ entry: Entry, _ changeset: Changeset, _ old: String, _ new: String) {
        guard old != new else { return }
        append(
            TicketTransaction(
                entry, of: changeset, "Set", field: "Description", old: old, new: new,
                brief: HistoryWords.custom("Description", old, new, isLong: true)))
    }

    private mutating func addPriority(
        _ entry: Entry, _ changeset: Changeset, _ field: String, _ old: Value?, _ new: Value?
    ) {
        let before = number(old), after = number(new)
        guard before != after else { return }
        let from = words.priority(Int64(before) ?? 0), to = words.priority(Int64(after) ?? 0)
        append(
            TicketTransaction(
                entry, of: changeset, "Set", field: field, old: before, new: after,
                brief: "\(field) changed from '\(from)' to '\(to)'"))
    }

    // MARK: status and owner

    private mutating func addStatus(_ entry: Entry, _ changeset: Changeset, _ old: Value?, _ new: Value?) {
        // Whoever restores a ticket sets its status with it: the restoring tells of both.
        guard !changeset.entries.contains(where: { $0.kind == .restored || $0.kind == .retired }) else { return }
        var told = statusChange(
            entry, changeset, status(old?.referenceID.map { StatusID($0) }),
            status(new?.referenceID.map { StatusID($0) }))
        if entry.detail.automatic ?? false { told.author = .system }
        append(told)
    }

    private mutating func addOwner(_ entry: Entry, _ changeset: Changeset, _ old: Value?, _ new: Value?) {
        let before = old?.referenceID.map { PrincipalID($0) }, after = new?.referenceID.map { PrincipalID($0) }
        guard before != after else { return }
        let numbers = (HistoryWords.number(before), HistoryWords.number(after))
        // Where a queue takes the ticket from its owner, the system does.
        let author = entry.detail.automatic ?? false ? .system : changeset.author
        var told = TicketTransaction(
            entry, of: changeset, "Set", field: "Owner", old: numbers.0, new: numbers.1,
            brief: words.owner(from: before, to: after, by: author))
        told.author = author
        append(told)
        var shadow = TicketTransaction(
            entry, of: changeset, "SetWatcher", field: "Owner", old: numbers.0, new: numbers.1,
            brief: "Owner set to \(words.person(after))")
        shadow.id &+= 1
        shadow.author = author
        append(shadow)
    }

    // MARK: dates

    private static let dateNames: [BuiltinField: String] = [
        .startDate: "Starts", .dueDate: "Due", .startedAt: "Started", .closedAt: "Resolved", .contactedAt: "Told",
    ]

    private mutating func addDate(
        _ entry: Entry, _ changeset: Changeset, _ field: BuiltinField, _ old: Value?, _ new: Value?
    ) {
        guard let name = TransactionBuilder.dateNames[field] else { return }
        let before = TransactionBuilder.instant(old), after = TransactionBuilder.instant(new)
        guard before != after else { return }
        let isTold = field == .contactedAt
        let from = isTold && before == nil ? "" : HistoryWords.sql(before), to = HistoryWords.sql(after)
        append(
            TicketTransaction(
                entry, of: changeset, isTold ? "Told" : "Set", field: name, old: from, new: to,
                brief: field == .closedAt ? "\(name) changed from '\(from)' to '\(to)'"
                    : words.changed(name, before, after)))
    }

    private static func instant(_ value: Value?) -> Instant? {
        switch value {
        case .instant(let instant)?: instant
        case .date(let date)?: date.instant
        default: nil
        }
    }

    // MARK: custom fields, and fields that RT has no word for

    private mutating func addCustom(_ entry: Entry, _ changeset: Changeset, _ id: FieldID) {
        guard let field = catalog.records.fields[id] else { return }
        let old = text(entry.detail.old, of: field), new = text(entry.detail.new, of: field)
        guard old != new else { return }
        if ServiceLevel.isKept(in: field) { return addSet(entry, changeset, ServiceLevel.title, old, new) }
        let isLong = field.type == .longText
        append(
            TicketTransaction(
                entry, of: changeset, "CustomField", field: String(id.rawValue), old: old, new: new,
                brief: HistoryWords.custom(
                    field.name, isLong ? old : shown(entry.detail.old, of: field),
                    isLong ? new : shown(entry.detail.new, of: field), isLong: isLong)))
    }

    private func text(_ values: [Value]?, of field: Field) -> String {
        (values ?? []).map { TicketForm.text(of: $0, in: field, catalog) }.joined(separator: ", ")
    }

    /// Dates are told as a calendar shows them.
    private func shown(_ values: [Value]?, of field: Field) -> String {
        (values ?? []).map { value in
            switch value {
            case .date(let date) where date.secondOfDay == nil: UserClock().dayWords(date.instant)
            case .date(let date): words.clock.words(date.instant)
            case .instant(let instant): words.clock.words(instant)
            default: TicketForm.text(of: value, in: field, catalog)
            }
        }.joined(separator: ", ")
    }

    private static let unknownNames: [BuiltinField: String] = [
        .type: "Type", .category: "Category", .version: "Version", .progress: "Progress", .isPrivate: "Private",
        .commentsClosed: "Comments Closed", .restrictedTo: "Restricted To", .labels: "Labels",
    ]

    private mutating func addUnknown(_ entry: Entry, _ changeset: Changeset, _ field: BuiltinField) {
        guard let name = TransactionBuilder.unknownNames[field] else { return }
        let old = label(entry.detail.old, field), new = label(entry.detail.new, field)
        guard old != new else { return }
        append(
            TicketTransaction(
                entry, of: changeset, "CustomField", field: String(field.rawValue), old: old, new: new,
                brief: HistoryWords.custom(name, old, new, isLong: false)))
    }

    private func label(_ values: [Value]?, _ field: BuiltinField) -> String {
        (values ?? []).map { value in
            switch value {
            case .reference(let id): label(id, field) ?? "#\(id)"
            case .boolean(let flag): flag ? "yes" : "no"
            case .integer(let number): String(number)
            case .text(let text): text
            default: ""
            }
        }.joined(separator: ", ")
    }

    private func label(_ id: Int64, _ field: BuiltinField) -> String? {
        let records = catalog.records
        switch field {
        case .type: return records.types[IssueTypeID(id)]?.name
        case .category: return records.categories[CategoryID(id)]?.name
        case .version: return records.versions[VersionID(id)]?.name
        case .labels: return records.labels[LabelID(id)]?.name
        default: return words.person(PrincipalID(id))
        }
    }

    // MARK: lists

    private static let roles: [BuiltinField: String] = [
        .requestors: "Requestor", .watchers: "Cc", .adminWatchers: "AdminCc",
    ]

    /// A person, or another value of a list, that came or went.
    mutating func addValue(_ entry: Entry, _ changeset: Changeset) {
        guard let id = entry.detail.field else { return }
        guard let builtin = BuiltinField(id) else { return addCustom(entry, changeset, id) }
        guard let role = TransactionBuilder.roles[builtin] else { return addUnknown(entry, changeset, builtin) }
        let isAdded = entry.kind == .added
        guard let person = (isAdded ? entry.detail.new : entry.detail.old)?.first?.referenceID else { return }
        append(
            TicketTransaction(
                entry, of: changeset, isAdded ? "AddWatcher" : "DelWatcher", field: role,
                old: isAdded ? "" : String(person), new: isAdded ? String(person) : "",
                brief: "\(role) \(words.person(PrincipalID(person))) \(isAdded ? "added" : "deleted")"))
    }
}
