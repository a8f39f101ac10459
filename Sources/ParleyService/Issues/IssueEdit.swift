import ParleyModel
import ParleyStorage

/// One issue while it is being changed: what it was, what it is to be, and what a part of the request adds beside its
/// fields.
struct IssueEdit {
    /// Nil for one that is being made.
    let before: Issue?
    var issue: Issue
    var description: String?
    var descriptionFormat: TextFormat
    var values: FieldValues
    var participants: [ParticipantRole: Set<PrincipalID>]
    var labels: Set<LabelID>
    /// The state that the next changeset is compared with.
    var recorded: Recorded
    /// Fields that the request named, so that what follows from them is told apart.
    var asked: Set<FieldID> = []
    /// A category that the request named and that is not the project's.
    var refusedCategory: CategoryID?
    /// The assignee that the request named for a new issue is nobody: that is a fault unless a rule knows one.
    var namesUnknownAssignee = false
    var notedStatus = false
    /// A rule of the workflow moved the status because of a comment.
    var statusFollowsComment = false
    /// Nobody took the issue away from its assignee but the place where it went.
    var losesAssignee = false
    var parentChanged = false
    /// A child came or went, so that what is derived from the children may change.
    var childrenChanged = false
    /// The parent that was left, whose roll-ups change too.
    var formerParent: IssueID?
    /// The parent that the request names, whether or not the issue may come below it.
    var wantedParent: IssueID?
    /// Whether that is the issue itself, or one below it.
    var wantsLoop = false
    /// Links that the issue cannot keep; they hold until all has been checked.
    var lostLinks: [LostLink] = []

    /// A link that goes, and the issues at its ends.
    struct LostLink {
        var link: Link
        var here: IssueID
        var there: IssueID
    }

    /// What the newest changeset left.
    struct Recorded {
        var issue: Issue?
        var description: String?
        var values: FieldValues
        var participants: [ParticipantRole: Set<PrincipalID>]
        var labels: Set<LabelID>
    }

    /// An issue that is there.
    init(_ id: IssueID, on connection: any SQLConnection) throws {
        guard let found = try IssueRows.issueWithText(id, on: connection) else { throw Fault.notFound }
        before = found.issue
        issue = found.issue
        description = found.description
        descriptionFormat = found.format
        values = try FieldValueRows.values(of: .issue, id.rawValue, on: connection)
        participants = try IssueRows.participants(of: id, on: connection)
        labels = try IssueRows.labels(of: id, on: connection)
        recorded = Recorded(
            issue: issue, description: description, values: values, participants: participants, labels: labels)
    }

    /// A new one.
    init(new issue: Issue, format: TextFormat) {
        before = nil
        self.issue = issue
        descriptionFormat = format
        values = [:]
        participants = [:]
        labels = []
        recorded = Recorded(issue: nil, values: [:], participants: [:], labels: [])
    }

    var isNew: Bool { before == nil }

    /// The fields that tell what changed since the last changeset, with old and new values.
    func differences() -> [FieldDifference] {
        guard let old = recorded.issue else { return [] }
        var result: [FieldDifference] = []
        for field in BuiltinField.allCases where IssueEdit.tracked.contains(field) {
            let a = IssueFields.value(of: field, in: old).map { [$0] }
            let b = IssueFields.value(of: field, in: issue).map { [$0] }
            if a != b { result.append(FieldDifference(field: field.id, old: a, new: b)) }
        }
        if recorded.description != description {
            result.append(
                FieldDifference(
                    field: BuiltinField.description.id, old: recorded.description.map { [.text($0)] },
                    new: description.map { [.text($0)] }))
        }
        if old.restrictedTo != issue.restrictedTo {
            result.append(
                FieldDifference(
                    field: BuiltinField.restrictedTo.id, old: old.restrictedTo.map { .reference($0.rawValue) },
                    new: issue.restrictedTo.map { .reference($0.rawValue) }))
        }
        for field in Set(recorded.values.keys).union(values.keys).sorted() where recorded.values[field] != values[field]
        {
            result.append(FieldDifference(field: field, old: recorded.values[field], new: values[field]))
        }
        return result
    }

    /// Columns whose changes are entries of their own; the rest follows from others.
    static let tracked: Set<BuiltinField> = [
        .title, .status, .type, .priority, .priorityNumber, .initialPriority, .finalPriority, .assignee, .category,
        .version,
        .startDate, .dueDate, .progress, .estimate, .remaining, .isPrivate, .commentsClosed, .rank, .author, .startedAt,
        .closedAt, .contactedAt,
    ]

    /// Columns that follow from others unless the request named them.
    static let following: Set<FieldID> = [
        BuiltinField.priorityNumber.id, BuiltinField.startedAt.id, BuiltinField.closedAt.id,
        BuiltinField.contactedAt.id,
    ]

    /// Every value of a new issue, for the entry that makes it.
    func initialValues() -> [InitialValue] {
        var result: [InitialValue] = []
        for field in BuiltinField.allCases where IssueEdit.tracked.contains(field) {
            if let value = IssueFields.value(of: field, in: issue) {
                result.append(InitialValue(field: field.id, values: [value]))
            }
        }
        if let description {
            result.append(InitialValue(field: BuiltinField.description.id, values: [.text(description)]))
        }
        if !issue.restrictedTo.isEmpty {
            result.append(
                InitialValue(
                    field: BuiltinField.restrictedTo.id, values: issue.restrictedTo.map { .reference($0.rawValue) }))
        }
        for role in ParticipantRole.allCases {
            guard let people = participants[role], !people.isEmpty else { continue }
            result.append(
                InitialValue(field: role.field.id, values: people.sorted().map { .reference($0.rawValue) }))
        }
        if !labels.isEmpty {
            result.append(
                InitialValue(field: BuiltinField.labels.id, values: labels.sorted().map { .reference($0.rawValue) }))
        }
        for field in values.keys.sorted() { result.append(InitialValue(field: field, values: values[field] ?? [])) }
        return result
    }

    mutating func markRecorded() {
        recorded = Recorded(
            issue: issue, description: description, values: values, participants: participants, labels: labels)
        asked = []
        statusFollowsComment = false
    }
}

/// A field whose values changed. Nil is absent, empty is emptied.
struct FieldDifference {
    var field: FieldID
    var old: [Value]?
    var new: [Value]?

    /// Whether nothing but blanks was there and is there.
    var isBlank: Bool {
        [old, new].allSatisfy { values in
            values?.allSatisfy { $0.string?.allSatisfy(\.isWhitespace) ?? false } ?? true
        }
    }
}
