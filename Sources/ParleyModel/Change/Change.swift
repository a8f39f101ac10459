/// What to do to issues. Parts commit together; each yields one changeset.
public struct ChangeRequest: Sendable, Equatable {
    /// Which issues.
    public enum Target: Sendable, Equatable {
        /// Existing issues, each changed alike.
        case issues([IssueID])
        /// A new one.
        case draft(Draft)
    }

    public var target: Target
    /// The revision that the client saw; another one is a conflict. Nil: not compared.
    public var expectedRevision: Int64?
    /// The time of the last update that the client saw, to the second.
    public var expectedUpdate: Instant?
    /// Which rules, violated, drop a change instead of refusing the request. The middle ignores nothing that is not
    /// named.
    public var skipping: Skipping
    public var parts: [ChangePart]
    /// For imports: who did it, and when.
    public var attribution: Attribution?
    /// What a dialect asks for beyond the workspace's rules: a title, of at most so many characters.
    public var titleMaximumLength: Int?

    public init(_ target: Target, parts: [ChangePart], skipping: Skipping = .nothing) {
        self.target = target
        self.parts = parts
        self.skipping = skipping
    }
}

/// Where a new issue goes.
public struct Draft: Sendable, Equatable {
    /// By project: its default tracker, or the one that has the type.
    public var project: ParsedName?
    public var tracker: ToolID?
    public var type: ParsedName?
    /// Of the text it opens with; nil: what the author prefers.
    public var textFormat: TextFormat?
    /// Begins as a copy.
    public var copying: Copying?

    public init(
        project: ParsedName? = nil, tracker: ToolID? = nil, type: ParsedName? = nil, copying: Copying? = nil
    ) {
        self.project = project
        self.tracker = tracker
        self.type = type
        self.copying = copying
    }
}

/// What a new issue takes from another one: its fields, and what is said here. The status and the history begin anew.
public struct Copying: Sendable, Equatable {
    public var original: IssueID
    /// The original is linked to its copy.
    public var links: Bool
    public var files: Bool
    /// Those who watch the original, as far as the actor may add watchers.
    public var watchers: Bool
    /// All that the actor sees below the original is copied along.
    public var subtasks: Bool

    public init(
        _ original: IssueID, links: Bool = false, files: Bool = false, watchers: Bool = false, subtasks: Bool = false
    ) {
        self.original = original
        self.links = links
        self.files = files
        self.watchers = watchers
        self.subtasks = subtasks
    }
}

/// Who did something imported, and when.
public struct Attribution: Sendable, Equatable {
    public var author: PrincipalID
    public var time: Instant
    public init(author: PrincipalID, time: Instant) {
        self.author = author
        self.time = time
    }
}

/// Rules whose violation a dialect passes over in silence.
public struct Skipping: OptionSet, Sendable, Hashable {
    public let rawValue: Int
    public init(rawValue: Int) { self.rawValue = rawValue }

    public static let nothing: Skipping = []
    public static let notPermitted = Skipping(rawValue: 1)
    public static let transition = Skipping(rawValue: 2)
    public static let derived = Skipping(rawValue: 4)
    public static let unknownChoice = Skipping(rawValue: 8)
    /// Each change stands alone; failures are reported beside what was done.
    public static let all = Skipping(rawValue: 255)
}

/// Changes that belong into one changeset, and who sees it.
public struct ChangePart: Sendable, Equatable {
    public var audience: Audience
    public var changes: [Change]

    public init(audience: Audience = .everyone, _ changes: [Change]) {
        self.audience = audience
        self.changes = changes
    }
}

/// Who sees a changeset's posts and files.
public enum Audience: Sendable, Hashable, Codable {
    case everyone
    /// Holders of `view_private_notes`, and its author.
    case restricted
    case groups([PrincipalID])
}

/// One edit, as parsed. Names are resolved against the issue it is applied to.
public enum Change: Sendable, Equatable {
    /// Any single field, and a multiple one as a whole; the middle takes the difference. `[]` or `.null` clears.
    case set(FieldName, [ParsedOperand])
    case add(FieldName, [ParsedOperand])
    case remove(FieldName, [ParsedOperand])
    /// The primary parent; nil takes it away.
    case setParent(Int64?)
    case post(NewPost)
    /// Joins a post that exists.
    case join(PostID)
    case rewrite(PostID, text: String?, audience: Audience?)
    /// Gives a changeset without a comment one, if the text is not empty, and says who reads the changeset.
    case annotate(ChangesetID, text: String, audience: Audience?)
    case moderate(PostID, Post.State)
    case unpost(PostID)
    case attach(FileReference)
    case detach(FileLinkID)
    case link(type: ParsedName, LinkDirection, Link.Target, delay: Int64?)
    case unlink(LinkID)
    /// All links of a type and direction.
    case setLinks(type: ParsedName, LinkDirection, [Link.Target])
    /// To another tracker; what it lacks is mapped by name or cleared.
    case move(project: ParsedName?, tracker: ToolID?, type: ParsedName?)
    case logTime(NewTimeEntry)
    /// Says the whole entry anew. One of another issue, or of none, comes to this one.
    case changeTime(TimeEntryID, NewTimeEntry)
    case removeTime(TimeEntryID)
    case retire
    case restore
    /// With all its subtasks. Leaves a tombstone.
    case destroy
    case merge(into: IssueID)
    case vote(Int64)
}

/// A comment, or the text a new issue opens with.
public struct NewPost: Sendable, Equatable {
    public var text: String
    public var format: TextFormat
    /// Nil: the actor, now.
    public var author: PrincipalID?
    public var date: Instant?
    public var messageID: String?
    public var inReplyTo: String?
    public var recipients: [PrincipalID]
    /// More people who get this one post, by login or address; a new address becomes a user, what is neither is left
    /// out.
    public var copies: [ParsedName]
    /// The same, whom the other recipients do not see.
    public var blindCopies: [ParsedName]
    /// Stands for a reply to the people outside rather than a remark among the team.
    public var isReply: Bool

    public init(text: String, format: TextFormat = .plain, isReply: Bool = false) {
        self.text = text
        self.format = format
        recipients = []
        copies = []
        blindCopies = []
        self.isReply = isReply
    }
}

/// A file that was uploaded before.
public struct FileReference: Sendable, Equatable {
    /// What its uploader was given; nil where the number is enough.
    public var token: String?
    public var file: FileID?
    public var name: String?
    public var description: String?
    public var contentType: String?
    public var field: FieldID?

    public init(token: String? = nil, file: FileID? = nil) {
        self.token = token
        self.file = file
    }
}

/// Work to be recorded with a change.
public struct NewTimeEntry: Sendable, Equatable {
    /// Milliseconds.
    public var duration: Int64
    public var activity: ParsedName?
    public var comment: String?
    public var spentOn: CivilDate?
    public var user: PrincipalID?
    /// A number that was taken for it before; nil: the next one.
    public var id: TimeEntryID?
    /// Custom values, checked before.
    public var values: FieldValues
    /// Where an entry that leaves the issue goes; nil: it belongs to the issue.
    public var leavesTo: ProjectID?

    public init(duration: Int64) {
        self.duration = duration
        values = [:]
    }
}

/// What a change request did.
public struct ChangeOutcome: Sendable, Equatable {
    /// One for each issue that was made or changed, in the order of the request.
    public var issues: [IssueID]
    /// The changesets on the addressed issues.
    public var changesets: [ChangesetID]
    public var changed: Bool
    /// Of the last issue.
    public var revision: Int64
    public var updated: Instant?
    /// What `skipping` dropped.
    public var skipped: [Problem]

    public init() {
        issues = []
        changesets = []
        changed = false
        revision = 0
        skipped = []
    }
}
