import ParleyModel
import ParleyStorage

/// Reading in one snapshot, as one actor. Everything that it gives is visible to the actor; what is not does not exist.
public struct Reader {
    public let connection: any SQLConnection
    public let catalog: Catalog
    public let actor: Actor
    let finder: IssueFinder
    let lists: ListMemory?
    public let now: Instant

    init(
        connection: any SQLConnection, catalog: Catalog, actor: Actor, finder: IssueFinder, lists: ListMemory?,
        now: Instant
    ) {
        self.connection = connection
        self.catalog = catalog
        self.actor = actor
        self.finder = finder
        self.lists = lists
        self.now = now
    }

    /// What the actor may do.
    public var access: Access { catalog.access(for: actor) }

    /// Today, in UTC.
    public var today: CivilDate { now.date }
}

/// An issue as an actor sees it.
public struct IssueView: Sendable {
    public var issue: Issue
    public var description: String?
    public var descriptionFormat: TextFormat
    /// Readable custom values.
    public var values: FieldValues
    public var labels: Set<LabelID>
    public var participants: [ParticipantRole: Set<PrincipalID>]
    /// Links whose other end is visible.
    public var links: [Link]
    public var files: [FileView]
    /// Own time in milliseconds; nil where the actor may not see time.
    public var spent: Int64?
    /// With visible descendants.
    public var totalSpent: Int64?
    /// With visible descendants; nil where nobody has estimated.
    public var totalEstimate: Int64?
}

/// A file in its place.
public struct FileView: Sendable {
    public var file: File
    public var link: FileLink
    public init(file: File, link: FileLink) {
        self.file = file
        self.link = link
    }
}

/// One page of a list, with the number of all.
public struct IssueList: Sendable {
    public var issues: [IssueView]
    /// Exact, as the actor sees them; nil when not asked for.
    public var total: Int?
}

/// A child in an issue's tree.
public struct IssueNode: Sendable {
    public var issue: Issue
    public var children: [IssueNode]
}

/// A changeset as an actor sees it: entries of unreadable fields and invisible issues are left out, and so is a
/// hidden post.
public struct ChangesetView: Sendable {
    public var changeset: Changeset
    /// The posts it made, those the actor may see.
    public var posts: [Post]
    /// It made a post that the actor may not see.
    public var hidesPost: Bool
    /// Whether the actor belongs to those for whom the changeset is; where not, only its fields are shown.
    public var isHeard = true
    /// The same request also made a changeset for some only, whether the actor sees that or not.
    public var hasRestrictedSequel: Bool = false
}
