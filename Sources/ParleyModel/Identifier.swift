/// The number of one entity. The type parameter keeps numbers of different classes apart: a field's number given
/// where an
/// issue's is wanted does not compile (`reliability`: two trackers lost data by mixing them up).
public struct Identifier<Entity>: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    /// Positive; numbers of one class are never used twice.
    public let rawValue: Int64

    @inlinable
    public init(_ rawValue: Int64) { self.rawValue = rawValue }

    public init(from decoder: any Decoder) throws {
        rawValue = try decoder.singleValueContainer().decode(Int64.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }

    @inlinable
    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    public var description: String { String(rawValue) }
}

/// Users and groups share one sequence.
public enum Principal: Sendable {}

public typealias PrincipalID = Identifier<Principal>
public typealias ProjectID = Identifier<Project>
public typealias ToolID = Identifier<Tool>
public typealias IssueID = Identifier<Issue>
public typealias IssueTypeID = Identifier<IssueType>
public typealias StatusID = Identifier<Status>
public typealias PriorityID = Identifier<Priority>
public typealias WorkflowID = Identifier<Workflow>
public typealias TransitionID = Identifier<Transition>
public typealias RoleID = Identifier<Role>
public typealias MembershipID = Identifier<Membership>
public typealias FieldID = Identifier<Field>
public typealias FormElementID = Identifier<FormElement>
public typealias ListValueID = Identifier<ListValue>
public typealias VersionID = Identifier<Version>
public typealias CategoryID = Identifier<Category>
public typealias LabelID = Identifier<Label>
public typealias EnumerationID = Identifier<Enumeration>
public typealias LinkTypeID = Identifier<LinkType>
public typealias LinkID = Identifier<Link>
public typealias SavedQueryID = Identifier<SavedQuery>
public typealias PostID = Identifier<Post>
public typealias FileID = Identifier<File>
public typealias FileLinkID = Identifier<FileLink>
public typealias ChangesetID = Identifier<Changeset>
public typealias EntryID = Identifier<Entry>
public typealias TimeEntryID = Identifier<TimeEntry>
public typealias CredentialID = Identifier<Credential>
public typealias PageID = Identifier<Page>
public typealias ArticleID = Identifier<Article>
public typealias ForumID = Identifier<Forum>
public typealias TopicID = Identifier<Topic>
public typealias ClassifierID = Identifier<Classifier>

extension Identifier where Entity == Principal {
    /// The first administrator, made when the workspace is.
    public static let firstAdministrator = PrincipalID(1)
    /// A visitor who has not signed in.
    public static let anonymous = PrincipalID(2)
    /// Owner of what nobody owns; never listed.
    public static let nobody = PrincipalID(3)
    /// Author of what the server does by itself; never listed.
    public static let system = PrincipalID(4)
    /// The first number that is given out: Tuleap writes 100 for None, so list values and people stay above it.
    public static let firstOrdinary: Int64 = 101
}
