/// Something that a grant allows. Names are those of the field; where one original names an action, its word is kept.
/// An action
/// is an open word, so a workspace file may carry one that nothing asks for yet.
public struct Action: RawRepresentable, Hashable, Sendable, Codable, ExpressibleByStringLiteral {
    public let rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }
    public init(stringLiteral value: String) { rawValue = value }
    public init(from decoder: any Decoder) throws { rawValue = try decoder.singleValueContainer().decode(String.self) }
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }

    public static let viewProject: Action = "view_project"
    public static let viewIssues: Action = "view_issues"
    public static let viewPrivateIssues: Action = "view_private_issues"
    public static let viewRetired: Action = "view_retired"
    public static let addIssues: Action = "add_issues"
    public static let editIssues: Action = "edit_issues"
    public static let editOwnIssues: Action = "edit_own_issues"
    public static let copyIssues: Action = "copy_issues"
    public static let manageIssueRelations: Action = "manage_issue_relations"
    public static let manageSubtasks: Action = "manage_subtasks"
    public static let setIssuesPrivate: Action = "set_issues_private"
    public static let setOwnIssuesPrivate: Action = "set_own_issues_private"
    public static let addIssueNotes: Action = "add_issue_notes"
    public static let editIssueNotes: Action = "edit_issue_notes"
    public static let editOwnIssueNotes: Action = "edit_own_issue_notes"
    public static let viewPrivateNotes: Action = "view_private_notes"
    public static let setNotesPrivate: Action = "set_notes_private"
    /// Internal notes only, without the right to add public ones.
    public static let addPrivateNotes: Action = "add_private_notes"
    /// Destroys them for good, with their subtasks.
    public static let deleteIssues: Action = "delete_issues"
    public static let viewIssueWatchers: Action = "view_issue_watchers"
    public static let addIssueWatchers: Action = "add_issue_watchers"
    public static let deleteIssueWatchers: Action = "delete_issue_watchers"
    public static let viewTimeEntries: Action = "view_time_entries"
    public static let logTime: Action = "log_time"
    public static let ownIssues: Action = "own_issues"
    public static let takeIssues: Action = "take_issues"
    public static let stealIssues: Action = "steal_issues"
    public static let watch: Action = "watch"
    public static let watchAsAdmin: Action = "watch_as_admin"
    public static let retireIssues: Action = "retire_issues"
    public static let restoreIssues: Action = "restore_issues"
    public static let moderatePosts: Action = "moderate_posts"
    public static let postUnmoderated: Action = "post_unmoderated"
    public static let viewUnattached: Action = "view_unattached"
    public static let configureTool: Action = "configure_tool"
    public static let useAPI: Action = "use_api"
    public static let manageMembers: Action = "manage_members"
    public static let manageVersions: Action = "manage_versions"
    public static let manageCategories: Action = "manage_categories"
    public static let addProject: Action = "add_project"
    public static let addSubprojects: Action = "add_subprojects"
    public static let editProject: Action = "edit_project"
    public static let closeProject: Action = "close_project"
    public static let deleteProject: Action = "delete_project"
    public static let selectProjectModules: Action = "select_project_modules"
    public static let managePublicQueries: Action = "manage_public_queries"
    public static let saveQueries: Action = "save_queries"
    /// On fields.
    public static let read: Action = "read"
    /// On fields: set in a new issue.
    public static let submit: Action = "submit"
    /// On fields: change later.
    public static let update: Action = "update"
    /// On fields: follows `read` where nothing is said.
    public static let search: Action = "search"

    /// What a closed project still lets everybody do.
    public var isViewing: Bool {
        rawValue.hasPrefix("view_") || self == .read || self == .search || self == .useAPI
    }
}

/// Whom a grant is for.
public enum GrantSubject: Hashable, Sendable, Codable {
    case principal(PrincipalID)
    /// Holders of a role in the project, own or through a group.
    case role(RoleID)
    case everybody
    case signedIn
    /// Signed in and without a role in the project.
    case nonMember
    /// Signed in, and working for the team rather than as a customer only.
    case privileged
}

/// Which fields a grant on fields is about.
public enum FieldSet: Hashable, Sendable, Codable {
    case all
    case builtin
    case custom
    case only(Set<FieldID>)

    /// Whether a field is among them.
    public func contains(_ field: FieldID) -> Bool {
        switch self {
        case .all: true
        case .builtin: BuiltinField(field) != nil
        case .custom: BuiltinField(field) == nil
        case .only(let fields): fields.contains(field)
        }
    }
}

/// When a grant holds, as a predicate over the object. A closed list, so that visibility compiles into every query.
public enum Condition: Hashable, Sendable, Codable {
    case always
    case isAuthor
    /// The actor, or a group of theirs.
    case isAssignee
    case participates(ParticipantRole)
    /// The object is the actor's own user record.
    case isSelf
    /// The actor made the object.
    case isCreator
    /// A field has one of these values.
    case attribute(FieldID, [Value])
}

/// One permission, given. Grants only allow; one that matches suffices. It lives on what it is about: a role, the
/// workspace, a
/// project, a tool or a form element; that is its scope.
public struct Grant: Sendable, Codable, Equatable {
    public var subject: GrantSubject
    public var actions: Set<Action>
    /// Nil: all issue types.
    public var types: Set<IssueTypeID>?
    /// For actions on fields; nil: the grant is not about fields.
    public var fields: FieldSet?
    /// For actions on other classes than issues (`user`, `query`, ...); nil: issues and their projects. With property
    /// names that
    /// the grant is limited to, or none for all.
    public var classes: [String: [String]]?
    public var condition: Condition
    /// Holds in public projects only.
    public var publicOnly: Bool

    public init(
        subject: GrantSubject, actions: Set<Action>, types: Set<IssueTypeID>? = nil, fields: FieldSet? = nil,
        classes: [String: [String]]? = nil, condition: Condition = .always, publicOnly: Bool = false
    ) {
        self.subject = subject
        self.actions = actions
        self.types = types
        self.fields = fields
        self.classes = classes
        self.condition = condition
        self.publicOnly = publicOnly
    }

    /// Whether it speaks of issues and their projects, rather than of fields or other classes.
    public var isAboutIssues: Bool { fields == nil && classes == nil }
}

/// In whose name a request is done.
public struct Actor: Sendable, Equatable {
    public var user: PrincipalID
    /// Nil for a visitor.
    public var login: String?
    public var admin: Bool
    /// Roles that replace the user's own for this request; nil: the user's own.
    public var narrowedTo: Set<RoleID>?
    /// Who really asked, where somebody acts as another.
    public var onBehalfOf: PrincipalID?

    public init(user: PrincipalID, login: String?, admin: Bool) {
        self.user = user
        self.login = login
        self.admin = admin
    }

    /// A visitor who has not signed in.
    public static let anonymous = Actor(user: .anonymous, login: nil, admin: false)
    /// The server itself.
    public static let system = Actor(user: .system, login: nil, admin: true)

    public var isAnonymous: Bool { user == .anonymous }
}

/// What an actor may do with issues by one action: a list of where and when, compiled from grants. It becomes a
/// predicate that
/// is conjoined with every query, and is asked for a single issue.
public struct Authority: Sendable, Equatable {
    /// One combination of where and when.
    public struct Rule: Sendable, Equatable {
        public var trackers: Set<ToolID>
        /// Nil: all types.
        public var types: Set<IssueTypeID>?
        /// One of them suffices; `.always` stands alone.
        public var conditions: [Condition]

        public init(trackers: Set<ToolID>, types: Set<IssueTypeID>?, conditions: [Condition]) {
            self.trackers = trackers
            self.types = types
            self.conditions = conditions
        }
    }

    /// Everything, whatever the rules say.
    public var isUnlimited: Bool
    public var rules: [Rule]
    /// The actor and their groups: whom `isAssignee` means.
    public var identities: Set<PrincipalID>

    public init(isUnlimited: Bool = false, rules: [Rule] = [], identities: Set<PrincipalID> = []) {
        self.isUnlimited = isUnlimited
        self.rules = rules
        self.identities = identities
    }
}
