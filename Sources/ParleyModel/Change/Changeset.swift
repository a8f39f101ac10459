/// The immutable record of what one request did to one issue. State is the replay of history.
public struct Changeset: Sendable, Equatable {
    public let id: ChangesetID
    public var issue: IssueID
    public var author: PrincipalID
    public var time: Instant
    public var audience: Audience
    /// The changeset on another issue that brought this one about.
    public var cause: ChangesetID?
    public var entries: [Entry]

    public init(id: ChangesetID, issue: IssueID, author: PrincipalID, time: Instant, audience: Audience = .everyone) {
        self.id = id
        self.issue = issue
        self.author = author
        self.time = time
        self.audience = audience
        entries = []
    }
}

/// What an entry tells of. Raw values are stored.
public enum EntryKind: Int64, Sendable, Codable, CaseIterable {
    case created = 1
    case set, added, removed, posted, attached, detached, linked, unlinked, moved, time, retired, restored, merged
    case rewritten, foreign, voted

    /// Kinds that tell what somebody did to an issue that was there.
    public static let contributions: Set<EntryKind> = [
        .set, .added, .removed, .posted, .attached, .detached, .linked, .unlinked, .moved, .merged,
    ]
}

/// One thing that a changeset did. Old and new are typed values: numbers of entities, never labels; absent, empty and
/// filled differ.
public struct Entry: Sendable, Equatable {
    public let id: EntryID
    public var changeset: ChangesetID
    /// From 0.
    public var position: Int64
    public var kind: EntryKind
    public var detail: EntryDetail
    /// Brought about by a roll-up rather than asked for.
    public var derived: Bool

    public init(
        id: EntryID, changeset: ChangesetID, position: Int64, kind: EntryKind, detail: EntryDetail,
        derived: Bool = false
    ) {
        self.id = id
        self.changeset = changeset
        self.position = position
        self.kind = kind
        self.detail = detail
        self.derived = derived
    }
}

/// What an entry's kind stores. Stored as JSON; keys are never renamed.
public struct EntryDetail: Sendable, Codable, Equatable {
    public var field: FieldID?
    /// Nil: absent; empty: emptied.
    public var old: [Value]?
    public var new: [Value]?
    /// For `description`, whose text is a post's: the texts.
    public var post: PostID?
    public var file: FileLinkID?
    public var fileName: String?
    public var link: Link?
    /// Read from this issue.
    public var direction: LinkDirection?
    /// The parent or child in a hierarchy, and the other issue of a merge.
    public var other: IssueID?
    public var timeEntry: TimeEntryID?
    /// `created`: every initial value by field.
    public var initial: [InitialValue]?
    /// `created`: everything that has no field of its own.
    public var base: IssueBase?
    public var format: TextFormat?
    public var audienceBefore: Audience?
    public var audienceAfter: Audience?
    public var foreign: [String: String]?
    /// True where a rule of the tracker did it, as when a comment opens an issue; nobody asked for it.
    public var automatic: Bool?
    /// True where the entry leaves the issue's own revision and time alone.
    public var quiet: Bool?

    public init() {}
}

/// A field's first values.
public struct InitialValue: Sendable, Codable, Equatable {
    public var field: FieldID
    public var values: [Value]
    public init(field: FieldID, values: [Value]) {
        self.field = field
        self.values = values
    }
}

/// Where an issue was when it was made.
public struct IssueBase: Sendable, Codable, Equatable {
    public var tracker: ToolID
    public var project: ProjectID
    public var number: Int64
    public init(tracker: ToolID, project: ProjectID, number: Int64) {
        self.tracker = tracker
        self.project = project
        self.number = number
    }
}
