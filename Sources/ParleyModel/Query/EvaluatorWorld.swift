/// A post of an issue, as the evaluator sees it.
public struct PostRecord: Sendable, Equatable {
    public var id: PostID
    public var author: PrincipalID
    public var text: String
    public var audience: Audience
    public var isOpening: Bool
    /// Neither retired nor waiting for a moderator.
    public var isShown: Bool

    public init(id: PostID, author: PrincipalID, text: String, audience: Audience = .everyone, isOpening: Bool = false)
    {
        self.id = id
        self.author = author
        self.text = text
        self.audience = audience
        self.isOpening = isOpening
        isShown = true
    }
}

/// A file of an issue, as the evaluator sees it.
public struct FileRecord: Sendable, Equatable {
    public var file: FileID
    public var author: PrincipalID
    public var name: String
    public var description: String?
    public var audience: Audience
    public var contentType = "text/plain"

    func text(of column: FileColumn) -> String? {
        switch column {
        case .name: name
        case .description: description
        case .contentType: contentType
        }
    }

    public init(file: FileID, author: PrincipalID, name: String, description: String?, audience: Audience = .everyone) {
        self.file = file
        self.author = author
        self.name = name
        self.description = description
        self.audience = audience
    }
}

/// An issue with everything that predicates can ask about.
public struct IssueRecord: Sendable, Equatable {
    public var state: IssueState
    /// The opening and the comments.
    public var posts: [PostRecord]
    public var files: [FileRecord]
    /// Oldest first.
    public var history: [Changeset]
    /// Without retired ones.
    public var timeEntries: [TimeEntry]
    public var votes: [Vote]
    /// By namespace and name.
    public var attributes: [String: [String: String]]
    /// What the full-text index has of the issue beside its title.
    public var searchBody: String

    public init(_ state: IssueState) {
        self.state = state
        posts = []
        files = []
        history = []
        timeEntries = []
        votes = []
        attributes = [:]
        searchBody = ""
    }

    /// Its own columns.
    public var issue: Issue { state.issue }
}

/// Where reference data stands in the order of its class.
public struct SortPosition: Sendable, Equatable {
    public var rank: Double
    public var name: String

    public init(rank: Double, name: String) {
        self.rank = rank
        self.name = name
    }
}

/// Everything that queries over issues depend on, in memory.
public struct World: Sendable {
    public var issues: [IssueID: IssueRecord]
    public var links: [Link]
    public var positions: [RecordClass: [Int64: SortPosition]]
    public var catalog: QueryCatalog

    public init(
        issues: [IssueRecord], links: [Link], positions: [RecordClass: [Int64: SortPosition]], catalog: QueryCatalog
    ) {
        self.issues = [:]
        for record in issues { self.issues[record.issue.id] = record }
        self.links = links
        self.positions = positions
        self.catalog = catalog
    }
}
