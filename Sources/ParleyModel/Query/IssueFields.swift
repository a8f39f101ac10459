/// The values of an issue's own columns by field.
public enum IssueFields {
    /// The column's value as a list: empty when unset. Custom fields, people, labels, links and files are none of its
    /// columns.
    public static func values(of field: FieldID, in issue: Issue) -> [Value] {
        guard let builtin = BuiltinField(field) else { return [] }
        return value(of: builtin, in: issue).map { [$0] } ?? []
    }

    /// The column's value; nil when unset, or when the field is no column.
    public static func value(of field: BuiltinField, in issue: Issue) -> Value? {
        switch field {
        case .title: issue.title.map { .text($0) }
        case .status: .reference(issue.status.rawValue)
        case .type: .reference(issue.type.rawValue)
        case .priority: issue.priority.map { .reference($0.rawValue) }
        case .priorityNumber: .integer(issue.priorityNumber)
        case .initialPriority: issue.initialPriority.map { .integer($0) }
        case .finalPriority: issue.finalPriority.map { .integer($0) }
        case .assignee: issue.assignee.map { .reference($0.rawValue) }
        case .category: issue.category.map { .reference($0.rawValue) }
        case .version: issue.version.map { .reference($0.rawValue) }
        case .startDate: issue.startDate.map { .date($0) }
        case .dueDate: issue.dueDate.map { .date($0) }
        case .progress: .integer(issue.progress)
        case .estimate: issue.estimate.map { .duration($0) }
        case .remaining: issue.remaining.map { .duration($0) }
        case .isPrivate: .boolean(issue.isPrivate)
        case .commentsClosed: .boolean(issue.commentsClosed)
        case .rank: .number(issue.rank)
        case .parent: issue.parent.map { .reference($0.rawValue) }
        case .author: .reference(issue.author.rawValue)
        case .created: .instant(issue.created)
        case .updated: .instant(issue.updated)
        case .updatedBy: .reference(issue.updatedBy.rawValue)
        case .startedAt: issue.startedAt.map { .instant($0) }
        case .closedAt: issue.closedAt.map { .instant($0) }
        case .contactedAt: issue.contactedAt.map { .instant($0) }
        case .id: .integer(issue.id.rawValue)
        case .number: .integer(issue.number)
        case .project: .reference(issue.project.rawValue)
        case .tracker: .reference(issue.tracker.rawValue)
        case .mergedInto: issue.mergedInto.map { .reference($0.rawValue) }
        case .description, .restrictedTo, .labels, .requestors, .watchers, .adminWatchers, .files, .links, .timeSpent,
            .posts:
            nil
        }
    }

    /// Sets a column. Nil clears it where it can be clear.
    /// - Returns: false where the field is no column, or the value is not of its type.
    @discardableResult
    public static func set(_ field: BuiltinField, to value: Value?, in issue: inout Issue) -> Bool {
        switch (field, value) {
        case (.title, .text(let text)?): issue.title = text
        case (.title, nil): issue.title = nil
        case (.status, .reference(let id)?): issue.status = StatusID(id)
        case (.type, .reference(let id)?): issue.type = IssueTypeID(id)
        case (.priority, _): issue.priority = value?.referenceID.map { PriorityID($0) }
        case (.priorityNumber, .integer(let number)?): issue.priorityNumber = number
        case (.priorityNumber, nil): issue.priorityNumber = 0
        case (.assignee, _): issue.assignee = value?.referenceID.map { PrincipalID($0) }
        case (.category, _): issue.category = value?.referenceID.map { CategoryID($0) }
        case (.version, _): issue.version = value?.referenceID.map { VersionID($0) }
        case (.parent, _): issue.parent = value?.referenceID.map { IssueID($0) }
        case (.author, .reference(let id)?): issue.author = PrincipalID(id)
        case (.project, .reference(let id)?): issue.project = ProjectID(id)
        case (.tracker, .reference(let id)?): issue.tracker = ToolID(id)
        case (.mergedInto, _): issue.mergedInto = value?.referenceID.map { IssueID($0) }
        default: return setScalar(field, to: value, in: &issue)
        }
        return true
    }

    private static func setScalar(_ field: BuiltinField, to value: Value?, in issue: inout Issue) -> Bool {
        switch (field, value) {
        case (.initialPriority, .integer(let number)?): issue.initialPriority = number
        case (.initialPriority, nil): issue.initialPriority = nil
        case (.finalPriority, .integer(let number)?): issue.finalPriority = number
        case (.finalPriority, nil): issue.finalPriority = nil
        case (.startDate, .date(let date)?): issue.startDate = date
        case (.startDate, nil): issue.startDate = nil
        case (.dueDate, .date(let date)?): issue.dueDate = date
        case (.dueDate, nil): issue.dueDate = nil
        case (.progress, .integer(let number)?): issue.progress = number
        case (.progress, nil): issue.progress = 0
        case (.estimate, .duration(let milliseconds)?): issue.estimate = milliseconds
        case (.estimate, nil): issue.estimate = nil
        case (.remaining, .duration(let milliseconds)?): issue.remaining = milliseconds
        case (.remaining, nil): issue.remaining = nil
        case (.isPrivate, .boolean(let flag)?): issue.isPrivate = flag
        case (.commentsClosed, .boolean(let flag)?): issue.commentsClosed = flag
        case (.rank, .number(let number)?): issue.rank = number
        case (.startedAt, .instant(let instant)?): issue.startedAt = instant
        case (.startedAt, nil): issue.startedAt = nil
        case (.closedAt, .instant(let instant)?): issue.closedAt = instant
        case (.closedAt, nil): issue.closedAt = nil
        case (.contactedAt, .instant(let instant)?): issue.contactedAt = instant
        case (.contactedAt, nil): issue.contactedAt = nil
        default: return false
        }
        return true
    }
}
