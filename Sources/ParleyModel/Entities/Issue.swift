/// One issue's own columns. People beyond author and assignee, links, posts, files and custom values are kept beside
/// it.
public struct Issue: Sendable, Equatable {
    public let id: IssueID
    public var tracker: ToolID
    public var project: ProjectID
    /// In its tracker, from 1 without gaps.
    public var number: Int64
    public var type: IssueTypeID
    /// Nil where a dialect made an issue without one.
    public var title: String?
    /// The post it starts with.
    public var opening: PostID?
    public var status: StatusID
    public var priority: PriorityID?
    public var priorityNumber: Int64
    public var initialPriority: Int64?
    public var finalPriority: Int64?
    public var author: PrincipalID
    public var assignee: PrincipalID?
    public var category: CategoryID?
    public var version: VersionID?
    public var startDate: DateValue?
    public var dueDate: DateValue?
    public var startedAt: Instant?
    public var closedAt: Instant?
    public var contactedAt: Instant?
    /// Percent, 0 to 100.
    public var progress: Int64
    /// Milliseconds.
    public var estimate: Int64?
    /// Milliseconds.
    public var remaining: Int64?
    public var isPrivate: Bool
    /// Groups; empty: no restriction.
    public var restrictedTo: [PrincipalID]
    public var commentsClosed: Bool
    /// Place in its backlog.
    public var rank: Double
    /// The primary parent; the hierarchy links hold all of them.
    public var parent: IssueID?
    public var mergedInto: IssueID?
    public var created: Instant
    public var updated: Instant
    public var updatedBy: PrincipalID
    /// 1 when fresh, one more with each changeset.
    public var revision: Int64
    public var retired: Instant?

    public init(
        id: IssueID, tracker: ToolID, project: ProjectID, number: Int64, type: IssueTypeID, status: StatusID,
        author: PrincipalID, created: Instant
    ) {
        self.id = id
        self.tracker = tracker
        self.project = project
        self.number = number
        self.type = type
        self.status = status
        priorityNumber = 0
        self.author = author
        progress = 0
        isPrivate = false
        restrictedTo = []
        commentsClosed = false
        rank = Double(id.rawValue)
        self.created = created
        updated = created
        updatedBy = author
        revision = 1
    }
}

/// An issue with everything that replay restores.
public struct IssueState: Sendable, Equatable {
    public var issue: Issue
    /// The opening's text; nil where there is none.
    public var description: String?
    public var descriptionFormat: TextFormat
    public var participants: [ParticipantRole: Set<PrincipalID>]
    public var labels: Set<LabelID>
    public var values: FieldValues
    public var links: [Link]
    /// Comments, in order, without the opening.
    public var posts: [PostID]
    public var files: [FileLinkID]

    public init(issue: Issue) {
        self.issue = issue
        descriptionFormat = .plain
        participants = [:]
        labels = []
        values = [:]
        links = []
        posts = []
        files = []
    }
}

/// A connection of an issue with another one, or with something named by a URI.
public struct Link: Sendable, Equatable, Codable {
    /// The other end.
    public enum Target: Sendable, Equatable, Hashable, Codable {
        case issue(IssueID)
        case uri(String)
    }

    public let id: LinkID
    public var type: LinkTypeID
    public var from: IssueID
    public var target: Target
    /// Days between the end of one and the start of the other, for `precedes`.
    public var delay: Int64?
    /// In a hierarchy: the parent that counts for roll-ups.
    public var isPrimary: Bool
    /// With a URI: it is the source, and `from` the issue that the link leads to.
    public var isInward: Bool
    public var created: Instant
    public var creator: PrincipalID

    public init(id: LinkID, type: LinkTypeID, from: IssueID, target: Target, created: Instant, creator: PrincipalID) {
        self.id = id
        self.type = type
        self.from = from
        self.target = target
        isPrimary = false
        isInward = false
        self.created = created
        self.creator = creator
    }

    /// How the link reads from one of its issues: `reverse` where it leads there.
    public func direction(from issue: IssueID) -> LinkDirection { from == issue && !isInward ? .forward : .reverse }

    /// What stands at the other end, seen from one of its issues.
    public func other(than issue: IssueID) -> Target { from == issue ? target : .issue(from) }
}

/// Work done, in an issue or in a project at large.
public struct TimeEntry: Sendable, Equatable {
    public let id: TimeEntryID
    public var stamp: Stamp
    public var project: ProjectID
    public var issue: IssueID?
    public var user: PrincipalID
    public var author: PrincipalID
    public var activity: EnumerationID?
    public var spentOn: CivilDate
    /// Milliseconds; negative where a sum was corrected downwards.
    public var duration: Int64
    /// Nil where nobody gave one.
    public var comment: String?
    public var values: FieldValues

    public init(
        id: TimeEntryID, stamp: Stamp, project: ProjectID, issue: IssueID?, user: PrincipalID, author: PrincipalID,
        spentOn: CivilDate, duration: Int64
    ) {
        self.id = id
        self.stamp = stamp
        self.project = project
        self.issue = issue
        self.user = user
        self.author = author
        self.spentOn = spentOn
        self.duration = duration
        values = [:]
    }
}
