import ParleyHTTP
import ParleyModel
import ParleyService

/// The columns that a list of issues offers.
struct IssueColumns {
    let reader: Reader
    /// The project that the list is of; nil: all.
    let place: Project?

    private var catalog: Catalog { reader.catalog }
    typealias Column = ExportColumn<IssueView>

    static let standard = ["tracker", "status", "priority", "subject", "assigned_to", "updated_on"]

    /// The columns that are named, after the number; a list of all projects tells the project where none is named.
    func chosen(_ names: [String]) -> [Column] {
        let standard = place == nil ? ["project"] + IssueColumns.standard : IssueColumns.standard
        return Column.chosen(all, names, fixed: "id", standard: standard)
    }

    private var all: [Column] {
        var columns = IssueColumns.first(catalog) + middle
        columns += customFields
        let access = reader.access
        if access.allowsSomewhere(.setIssuesPrivate) || access.allowsSomewhere(.setOwnIssuesPrivate) {
            columns.append(Column("is_private", "Private", weight: 2) { CellText.flag($0.issue.isPrivate) })
        }
        var long = [
            Column("description", "Description", weight: 9) { $0.description ?? "" },
            Column("last_notes", "Last notes", weight: 9) { try reader.comments(of: $0.issue).last?.text ?? "" },
        ]
        for index in long.indices { long[index].isInline = false }
        return columns + long
    }

    private static func first(_ catalog: Catalog) -> [Column] {
        let records = catalog.records
        return [
            Column("id", "#", weight: 2) { String($0.issue.id.rawValue) },
            Column("project", "Project", weight: 4) { records.projects[$0.issue.project]?.name ?? "" },
            Column("tracker", "Tracker") { records.types[$0.issue.type]?.name ?? "" },
        ]
    }

    private var middle: [Column] {
        let catalog = catalog
        let records = catalog.records
        var columns = [
            Column("parent", "Parent task", weight: 2) { $0.issue.parent.map { String($0.rawValue) } ?? "" },
            Column("parent.subject", "Parent task subject", weight: 6) { view in
                guard let parent = view.issue.parent, try reader.sees(number: parent) else { return "" }
                return try reader.issue(parent).issue.title ?? ""
            },
            Column("status", "Status") { records.statuses[$0.issue.status]?.name ?? "" },
            Column("priority", "Priority") { IssueColumns.priority($0.issue, catalog) },
            Column("subject", "Subject", weight: 9) { $0.issue.title ?? "" },
            Column("author", "Author", weight: 4) { catalog.name(of: $0.issue.author) ?? "" },
            Column("assigned_to", "Assignee", weight: 4) { IssueColumns.assignee($0.issue, catalog) },
            Column("updated_on", "Updated", weight: 4) { CellText.time($0.issue.updated) },
            Column("category", "Category", weight: 4) {
                $0.issue.category.flatMap { records.categories[$0]?.name } ?? ""
            },
            Column("fixed_version", "Target version", weight: 4) {
                $0.issue.version.flatMap { records.versions[$0]?.name } ?? ""
            },
            Column("start_date", "Start date") { CellText.day($0.issue.startDate?.date) },
            Column("due_date", "Due date") { CellText.day($0.issue.dueDate?.date) },
            Column("estimated_hours", "Estimated time") { CellText.hours($0.issue.estimate) },
            Column("total_estimated_hours", "Total estimated time") { CellText.hours($0.totalEstimate) },
        ]
        if place.map({ reader.access.allows(.viewTimeEntries, in: $0) })
            ?? reader.access.allowsSomewhere(.viewTimeEntries)
        {
            columns.append(Column("spent_hours", "Spent time") { CellText.hours($0.spent ?? 0) })
            columns.append(Column("total_spent_hours", "Total spent time") { CellText.hours($0.totalSpent ?? 0) })
        }
        return columns + last
    }

    private var last: [Column] {
        let catalog = catalog
        let reader = reader
        return [
            Column("done_ratio", "% Done", weight: 2) { String($0.issue.progress) },
            Column("created_on", "Created", weight: 4) { CellText.time($0.issue.created) },
            Column("closed_on", "Closed", weight: 4) { CellText.time($0.issue.closedAt) },
            Column("last_updated_by", "Last updated by", weight: 4) { view in
                let journals = JournalRendering(catalog).journals(try reader.history(of: view.issue))
                return journals.last.flatMap { catalog.name(of: $0.author) } ?? ""
            },
            Column("relations", "Related issues", weight: 4) { view in
                RelationTexts(view, catalog).relations.map { "\($0.label) #\($0.other)" }.joined(separator: ", ")
            },
            Column("attachments", "Files", weight: 4) { $0.files.map(\.file.name).joined(separator: "\n") },
        ]
    }

    static func priority(_ issue: Issue, _ catalog: Catalog) -> String {
        let known = issue.priority.flatMap { catalog.records.priorities[$0] }
            ?? catalog.priority(for: issue.priorityNumber)
        return known?.name ?? Quirks.onlyPriority.name
    }

    static func assignee(_ issue: Issue, _ catalog: Catalog) -> String {
        issue.assignee.flatMap { $0 == .nobody ? nil : catalog.name(of: $0) } ?? ""
    }

    // MARK: custom fields

    private var customFields: [Column] {
        IssueColumns.fields(of: place, reader).map { field in
            Column("cf_\(field.id)", field.name, weight: 4) { IssueColumns.cell(field, $0.issue, $0.values, reader) }
        }
    }

    /// The fields of issues that the actor may see somewhere in a project, or anywhere.
    static func fields(of place: Project?, _ reader: Reader) -> [Field] {
        let catalog = reader.catalog
        let access = reader.access
        let among = place.map { catalog.subtree(of: $0.id) }
        return catalog.fields(of: .issue).filter { field in
            if let projects = field.projects, let among, among.isDisjoint(with: projects) { return false }
            if access.readsAllFields { return true }
            let places = among ?? Set(catalog.projectTree.filter { access.sees($0) }.map(\.id))
            return places.contains { access.reads(field, in: $0) }
        }
    }

    /// The empty text for an issue that has no such field, or not for the actor.
    static func cell(_ field: Field, _ issue: Issue, _ values: FieldValues, _ reader: Reader) -> String? {
        let catalog = reader.catalog
        let has = catalog.issueFields(project: issue.project, type: issue.type).contains { $0.id == field.id }
        guard has, reader.access.reads(field, in: issue.project) else { return "" }
        return FieldCells(catalog: catalog).cell(field, values[field.id])
    }
}

/// An issue's relations as people read them.
struct RelationTexts {
    struct Relation {
        /// `Precedes (2 days)`.
        var label: String
        var other: IssueID
        fileprivate var rank: Int
    }

    let relations: [Relation]

    static let labels: [(kind: String, label: String)] = [
        ("relates", "Related to"), ("duplicates", "Is duplicate of"), ("duplicated", "Has duplicate"),
        ("blocks", "Blocks"), ("blocked", "Blocked by"), ("precedes", "Precedes"), ("follows", "Follows"),
        ("copied_to", "Copied to"), ("copied_from", "Copied from"),
    ]

    init(_ view: IssueView, _ catalog: Catalog) {
        relations = view.links.compactMap { link -> Relation? in
            guard link.type != .hierarchy, case .issue(let target) = link.target,
                let type = catalog.records.linkTypes[link.type], type.effect != .hierarchy
            else { return nil }
            let isForward = link.from == view.issue.id
            let kind = RelationRendering.kind(type, isForward ? .forward : .reverse)
            let rank = RelationTexts.labels.firstIndex { $0.kind == kind }
            let label = rank.map { RelationTexts.labels[$0].label } ?? kind
            let days = link.delay ?? 0
            return Relation(
                label: days == 0 ? label : "\(label) (\(days) \(days == 1 ? "day" : "days"))",
                other: isForward ? target : link.from, rank: rank ?? RelationTexts.labels.count)
        }.sorted { $0.rank < $1.rank }
    }
}
