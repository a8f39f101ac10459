/// The fields that every issue has, numbered as `FieldID` 1 to 99; custom fields begin at 101.
public enum BuiltinField: Int64, Sendable, Codable, CaseIterable {
    case title = 1
    case description, status, type, priority, priorityNumber, initialPriority, finalPriority
    case assignee, category, version, startDate, dueDate, progress, estimate, remaining
    case isPrivate, restrictedTo, commentsClosed, rank, parent, labels
    case requestors, watchers, adminWatchers
    case author, created, updated, updatedBy, startedAt, closedAt, contactedAt
    case id, number, project, tracker, mergedInto, files, links, timeSpent
    /// Clock reading of the last post in either direction; kept for queries on comments.
    case posts

    /// The field's number.
    public var id: FieldID { FieldID(rawValue) }

    /// The builtin of a number; nil for custom fields.
    public init?(_ id: FieldID) { self.init(rawValue: id.rawValue) }

    /// What its values are.
    public var type: FieldType {
        switch self {
        case .title: .text
        case .description: .longText
        case .status: .status
        case .type: .type
        case .priority: .priority
        case .priorityNumber, .initialPriority, .finalPriority, .progress, .id, .number: .integer
        case .assignee, .author, .updatedBy, .requestors, .watchers, .adminWatchers, .restrictedTo: .principal
        case .category: .category
        case .version: .version
        case .startDate, .dueDate: .date
        case .estimate, .remaining, .timeSpent: .duration
        case .isPrivate, .commentsClosed: .boolean
        case .rank: .number
        case .parent, .mergedInto, .links: .issue
        case .labels: .label
        case .created, .updated, .startedAt, .closedAt, .contactedAt: .instant
        case .project: .project
        case .tracker: .tracker
        case .files: .file
        case .posts: .longText
        }
    }

    /// Whether an issue may have several values.
    public var isMultiple: Bool {
        switch self {
        case .restrictedTo, .labels, .requestors, .watchers, .adminWatchers, .files, .links, .posts: true
        default: false
        }
    }

    /// Whether only the server sets it.
    public var isReadOnly: Bool {
        switch self {
        case .author, .created, .updated, .updatedBy, .id, .number, .mergedInto, .timeSpent, .posts: true
        default: false
        }
    }

    /// The people's role, for a field that holds participants.
    public var participantRole: ParticipantRole? {
        switch self {
        case .requestors: .requestor
        case .watchers: .watcher
        case .adminWatchers: .adminWatcher
        default: nil
        }
    }
}

/// What a person is to an issue beyond author and assignee.
public enum ParticipantRole: Int64, Sendable, Codable, CaseIterable {
    case requestor = 1, watcher, adminWatcher

    /// The field that holds them.
    public var field: BuiltinField {
        switch self {
        case .requestor: .requestors
        case .watcher: .watchers
        case .adminWatcher: .adminWatchers
        }
    }
}
