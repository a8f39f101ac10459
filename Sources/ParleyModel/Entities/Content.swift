/// Something somebody said: the opening of an issue, a comment, a contribution to a topic. It may belong to several
/// containers
/// or to none yet.
public struct Post: Sendable, Equatable {
    /// What a moderator made of it.
    public enum State: String, Sendable, Codable { case ok, pending, spam }

    public let id: PostID
    public var stamp: Stamp
    public var author: PrincipalID
    public var date: Instant
    public var text: String
    public var format: TextFormat
    public var summary: String
    public var messageID: String?
    public var inReplyTo: String?
    public var recipients: [PrincipalID]
    /// Who got it without the others seeing.
    public var blindRecipients: [PrincipalID]
    public var parent: PostID?
    public var state: State
    public var edited: Instant?

    public init(id: PostID, stamp: Stamp, author: PrincipalID, date: Instant, text: String, format: TextFormat) {
        self.id = id
        self.stamp = stamp
        self.author = author
        self.date = date
        self.text = text
        self.format = format
        summary = ""
        recipients = []
        blindRecipients = []
        state = .ok
    }
}

/// What posts and files belong to.
public enum Container: Sendable, Hashable, Codable {
    case issue(IssueID)
    case page(PageID)
    case article(ArticleID)
    case topic(TopicID)
    case post(PostID)
    case project(ProjectID)
    case version(VersionID)

    /// The class as it is stored.
    public var kind: Int64 {
        switch self {
        case .issue: 1
        case .page: 2
        case .article: 3
        case .topic: 4
        case .post: 5
        case .project: 6
        case .version: 7
        }
    }

    /// The entity's number within its class.
    public var number: Int64 {
        switch self {
        case .issue(let id): id.rawValue
        case .page(let id): id.rawValue
        case .article(let id): id.rawValue
        case .topic(let id): id.rawValue
        case .post(let id): id.rawValue
        case .project(let id): id.rawValue
        case .version(let id): id.rawValue
        }
    }

    /// The container of a stored pair; nil for a kind that does not exist.
    public init?(kind: Int64, number: Int64) {
        switch kind {
        case 1: self = .issue(IssueID(number))
        case 2: self = .page(PageID(number))
        case 3: self = .article(ArticleID(number))
        case 4: self = .topic(TopicID(number))
        case 5: self = .post(PostID(number))
        case 6: self = .project(ProjectID(number))
        case 7: self = .version(VersionID(number))
        default: return nil
        }
    }
}

/// A file's description; its octets are a blob.
public struct File: Sendable, Equatable {
    public let id: FileID
    public var stamp: Stamp
    /// SHA-256 in lower-case hex; nil while octets are still missing.
    public var blob: String?
    /// MD5 in lower-case hex, which older clients check.
    public var md5: String?
    /// Octets announced.
    public var size: Int64
    /// Octets there.
    public var received: Int64
    public var name: String
    /// As its sender or its name said; nil where neither did.
    public var contentType: String?
    public var description: String?
    public var author: PrincipalID
    public var project: ProjectID?
    /// What somebody must show to use it before it belongs to anything.
    public var token: String?
    public var downloads: Int64
    /// When an unlinked file may be swept away.
    public var expires: Instant?

    public init(id: FileID, stamp: Stamp, name: String, contentType: String?, size: Int64, author: PrincipalID) {
        self.id = id
        self.stamp = stamp
        self.size = size
        received = 0
        self.name = name
        self.contentType = contentType
        self.author = author
        downloads = 0
    }
}

/// A file's place in a container.
public struct FileLink: Sendable, Equatable {
    public let id: FileLinkID
    public var file: FileID
    public var container: Container
    /// The file field it stands in, where a form has several.
    public var field: FieldID?
    public var changeset: ChangesetID?
    /// The part it plays there, such as `icon`; nil for an ordinary attachment.
    public var part: String?

    public init(id: FileLinkID, file: FileID, container: Container) {
        self.id = id
        self.file = file
        self.container = container
    }
}

/// A page of a wiki tool.
public struct Page: Sendable, Equatable {
    public let id: PageID
    public var stamp: Stamp
    public var tool: ToolID
    public var title: String
    public var parent: PageID?
    /// The number of its newest version, if it has one: a page may be without a text.
    public var version: Int64
    public var labels: [String]
    public var isProtected: Bool

    public init(id: PageID, stamp: Stamp, tool: ToolID, title: String) {
        self.id = id
        self.stamp = stamp
        self.tool = tool
        self.title = title
        version = 0
        labels = []
        isProtected = false
    }
}

/// A page's text as it was at one time.
public struct PageVersion: Sendable, Equatable {
    public var page: PageID
    /// One more than the one before; the first is commonly 1.
    public var number: Int64
    public var text: String
    public var format: TextFormat
    public var author: PrincipalID
    /// Nil where nobody gave one.
    public var comment: String?
    public var created: Instant

    public init(page: PageID, number: Int64, text: String, format: TextFormat, author: PrincipalID, created: Instant) {
        self.page = page
        self.number = number
        self.text = text
        self.format = format
        self.author = author
        self.created = created
    }
}

/// News, or a blog's post.
public struct Article: Sendable, Equatable {
    /// Whether others see it.
    public enum State: String, Sendable, Codable { case draft, published }

    public let id: ArticleID
    public var stamp: Stamp
    public var tool: ToolID
    /// Unique in its tool.
    public var slug: String
    public var title: String
    public var summary: String?
    public var text: String
    public var format: TextFormat
    public var state: State
    public var author: PrincipalID
    public var labels: [String]

    public init(id: ArticleID, stamp: Stamp, tool: ToolID, slug: String, title: String, author: PrincipalID) {
        self.id = id
        self.stamp = stamp
        self.tool = tool
        self.slug = slug
        self.title = title
        summary = ""
        text = ""
        format = .textile
        state = .published
        self.author = author
        labels = []
    }
}

/// A conversation in a forum.
public struct Topic: Sendable, Equatable {
    public let id: TopicID
    public var stamp: Stamp
    public var forum: ForumID
    public var subject: String
    public var author: PrincipalID
    public var isSticky: Bool
    public var isLocked: Bool
    public var views: Int64

    public init(id: TopicID, stamp: Stamp, forum: ForumID, subject: String, author: PrincipalID) {
        self.id = id
        self.stamp = stamp
        self.forum = forum
        self.subject = subject
        self.author = author
        isSticky = false
        isLocked = false
        views = 0
    }
}

/// One user's opinion of an issue.
public struct Vote: Sendable, Equatable {
    public var issue: IssueID
    public var user: PrincipalID
    /// 1 or -1.
    public var direction: Int64

    public init(issue: IssueID, user: PrincipalID, direction: Int64) {
        self.issue = issue
        self.user = user
        self.direction = direction < 0 ? -1 : 1
    }
}
