/// Which statuses are in use, and who may move an issue from which to which.
public struct Workflow: Record {
    public typealias Key = Workflow
    public static let recordClass = RecordClass.workflow

    public let id: WorkflowID
    public var stamp: Stamp
    public var name: String
    /// In order. Empty: all of the workspace.
    public var statuses: [StatusID]
    /// What a new issue gets.
    public var defaultStatus: StatusID?
    /// Off: any status in use may follow any other.
    public var usesTransitions: Bool
    public var transitions: [Transition]
    public var fieldRules: [FieldRule]
    public var dateRules: [DateRule]
    public var listDependencies: [ListDependency]
    /// A comment moves an issue from these statuses to that one, unless the same request sets a status.
    public var commentMoves: [CommentMove]

    public init(id: WorkflowID, stamp: Stamp, name: String) {
        self.id = id
        self.stamp = stamp
        self.name = name
        statuses = []
        usesTransitions = true
        transitions = []
        fieldRules = []
        dateRules = []
        listDependencies = []
        commentMoves = []
    }

    public var sortRank: Double { Double(id.rawValue) }
    public var sortName: String { name }
}

/// One step that a workflow allows.
public struct Transition: Sendable, Codable, Equatable {
    public let id: TransitionID
    /// Nil: a new issue.
    public var from: StatusID?
    public var to: StatusID
    /// Nil: all types.
    public var types: Set<IssueTypeID>?
    /// Empty: everybody who may edit.
    public var subjects: [GrantSubject]
    /// Only the author, or only the assignee.
    public var condition: Condition
    public var needsComment: Bool
    /// Fields that must be filled afterwards.
    public var filledFields: [FieldID]

    public init(id: TransitionID, from: StatusID?, to: StatusID, subjects: [GrantSubject] = []) {
        self.id = id
        self.from = from
        self.to = to
        self.subjects = subjects
        condition = .always
        needsComment = false
        filledFields = []
    }
}

/// A field that is read-only or required in a status.
public struct FieldRule: Sendable, Codable, Equatable {
    /// What the field is in the status.
    public enum Kind: String, Sendable, Codable { case readOnly, required }
    public var status: StatusID
    public var field: FieldID
    public var types: Set<IssueTypeID>?
    /// Empty: everybody.
    public var subjects: [GrantSubject]
    public var kind: Kind

    public init(status: StatusID, field: FieldID, kind: Kind) {
        self.status = status
        self.field = field
        subjects = []
        self.kind = kind
    }
}

/// How two date fields must stand to each other.
public struct DateRule: Sendable, Codable, Equatable {
    public var left: FieldID
    public var comparison: Comparison
    public var right: FieldID

    public init(left: FieldID, comparison: Comparison, right: FieldID) {
        self.left = left
        self.comparison = comparison
        self.right = right
    }
}

/// Which values of one list go with a value of another.
public struct ListDependency: Sendable, Codable, Equatable {
    public var source: FieldID
    public var sourceValue: Int64
    public var target: FieldID
    public var targetValue: Int64

    public init(source: FieldID, sourceValue: Int64, target: FieldID, targetValue: Int64) {
        self.source = source
        self.sourceValue = sourceValue
        self.target = target
        self.targetValue = targetValue
    }
}

/// What a comment does to the status.
public struct CommentMove: Sendable, Codable, Equatable {
    public var from: [StatusID]
    public var to: StatusID
    /// Only a reply to the people outside does it, no remark among the team.
    public var repliesOnly: Bool

    public init(from: [StatusID], to: StatusID, repliesOnly: Bool = false) {
        self.from = from
        self.to = to
        self.repliesOnly = repliesOnly
    }
}
