/// Which time entries an actor sees: one rule suffices, and an entry on an issue is seen with the issue only.
public struct TimeEntryScope: Sendable, Equatable {
    /// Where entries are seen.
    public struct Rule: Sendable, Equatable {
        public var projects: Set<ProjectID>
        /// Of issues of these types only; nil: all entries.
        public var types: Set<IssueTypeID>?
        /// Only the actor's own work.
        public var ownOnly: Bool

        public init(projects: Set<ProjectID>, types: Set<IssueTypeID>?, ownOnly: Bool) {
            self.projects = projects
            self.types = types
            self.ownOnly = ownOnly
        }
    }

    public var user: PrincipalID
    public var rules: [Rule]

    public init(user: PrincipalID, rules: [Rule]) {
        self.user = user
        self.rules = rules
    }
}

/// A number that a time entry has.
public enum TimeEntryColumn: Sendable, Hashable {
    case id, project, issue, user, author, activity, day, duration, created
}

/// What is asked of time entries. Numbers are as stored: days since 1970, milliseconds, microseconds.
public indirect enum TimeEntryCondition<Stage: QueryStage>: Sendable, Equatable {
    case all, none
    case and([TimeEntryCondition])
    case or([TimeEntryCondition])
    case not(TimeEntryCondition)
    case among(TimeEntryColumn, [Int64])
    /// From the first number, up to and without the second.
    case within(TimeEntryColumn, from: Int64?, to: Int64?)
    case isSet(TimeEntryColumn)
    case hasComment
    /// There is a comment, be it empty.
    case commentIsGiven
    /// The comment is one of these, letter by letter.
    case commentAmong([String])
    case comment(TextMatch, String)
    /// The issue is seen by the actor, and the predicate holds for it.
    case issue(Predicate<Stage>)
    case valueIsSet(FieldID)
    case value(FieldID, [Value])
    case valueText(FieldID, TextMatch, String)
    /// From the first value, up to and with the second.
    case valueWithin(FieldID, from: Double?, through: Double?)
}

/// One key of an order of time entries.
public struct TimeEntryOrder: Sendable, Equatable {
    /// What is compared.
    public enum Key: Sendable, Equatable {
        case column(TimeEntryColumn)
        /// By the name of what the column names.
        case name(TimeEntryColumn)
        case field(FieldID)
    }

    public var key: Key
    public var descending: Bool

    public init(_ key: Key, descending: Bool = false) {
        self.key = key
        self.descending = descending
    }
}

/// How many time entries there are, and what they come to.
public struct TimeEntryTotal: Sendable, Equatable {
    public var count: Int
    /// Milliseconds.
    public var duration: Int64

    public init(count: Int, duration: Int64) {
        self.count = count
        self.duration = duration
    }
}
