/// A person: with a login, or one known only by an address (so that every predicate about people knows one kind of
/// people).
public struct User: Record {
    public typealias Key = Principal
    public static let recordClass = RecordClass.principal

    /// Whether the user may sign in.
    public enum Status: String, Sendable, Codable { case active, registered, locked }

    public let id: PrincipalID
    public var stamp: Stamp
    /// Unique without case among users in use; nil for a person without an account.
    public var login: String?
    public var firstName: String
    public var lastName: String
    /// The whole name; follows first and last name, and they follow it.
    public var realName: String
    public var status: Status
    /// May act for the team rather than as a customer only.
    public var privileged: Bool
    /// Passes every permission but those of archived projects.
    public var admin: Bool
    /// The first is the primary one. Unique without case among users in use.
    public var addresses: [String]
    public var preferences: Preferences
    /// Saved queries that the user keeps at hand.
    public var queries: [SavedQueryID]
    public var values: FieldValues
    public var lastSignIn: Instant?
    public var passwordChanged: Instant?
    public var mustChangePassword: Bool
    /// Texts that nothing else depends on, by namespace and name: postal addresses, profile ornaments.
    public var attributes: [String: [String: String]]

    public init(id: PrincipalID, stamp: Stamp, login: String?) {
        self.id = id
        self.stamp = stamp
        self.login = login
        firstName = ""
        lastName = ""
        realName = ""
        status = .active
        privileged = false
        admin = false
        addresses = []
        preferences = Preferences()
        queries = []
        values = [:]
        mustChangePassword = false
        attributes = [:]
    }

    public var sortRank: Double { 0 }
    public var sortName: String { login ?? addresses.first ?? realName }

    /// The name shown to others: the real name, else the login, else the address.
    public var displayName: String {
        if !realName.isEmpty { return realName }
        return login ?? addresses.first ?? ""
    }
}

/// What a user has chosen for their own work.
public struct Preferences: Sendable, Codable, Equatable {
    /// What a bare text of theirs is taken for.
    public var textFormat: TextFormat = .plain
    /// IANA name or offset; UTC when empty.
    public var timeZone: String = ""
    /// ISO 639 code; the workspace's when empty.
    public var language: String = ""
    /// Whoever changes or comments an issue becomes its watcher.
    public var watchesWhatTheyChange: Bool = true
    /// Which mails they get; a word of the front end that set it.
    public var mailNotification: String = ""
    /// Whether others may see their addresses.
    public var hidesAddress: Bool = false
    /// Items on a page; 0 is the front end's default.
    public var pageSize: Int = 0

    public init() {}
}

/// A named set of users. Dynamic groups (members, everybody) are subjects of grants, not rows.
public struct Group: Record {
    public typealias Key = Principal
    public static let recordClass = RecordClass.principal

    public let id: PrincipalID
    public var stamp: Stamp
    /// Unique without case within its project, or among the groups of the workspace.
    public var name: String
    public var description: String
    public var members: [PrincipalID]
    /// The project it belongs to; nil for the whole workspace.
    public var project: ProjectID?
    public var values: FieldValues

    public init(id: PrincipalID, stamp: Stamp, name: String) {
        self.id = id
        self.stamp = stamp
        self.name = name
        description = ""
        members = []
        values = [:]
    }

    public var sortRank: Double { 0 }
    public var sortName: String { name }
}

/// What its holders may do in the projects where they hold it.
public struct Role: Record {
    public typealias Key = Role
    public static let recordClass = RecordClass.role

    /// Roles that nobody is given: they hold for everybody of a kind, in public projects.
    public enum Builtin: String, Sendable, Codable {
        /// Signed in, no member of the project.
        case nonMember
        /// Not signed in.
        case anonymous
    }

    public let id: RoleID
    public var stamp: Stamp
    public var name: String
    public var rank: Double
    public var builtin: Builtin?
    /// Whether issues may be assigned to its holders.
    public var assignable: Bool
    /// Roles whose grants it has as well.
    public var includes: [RoleID]
    /// Grants whose subject is the role's holder; their own `subject` is `.role` of this role.
    public var grants: [Grant]

    public init(id: RoleID, stamp: Stamp, name: String, rank: Double) {
        self.id = id
        self.stamp = stamp
        self.name = name
        self.rank = rank
        assignable = true
        includes = []
        grants = []
    }

    public var sortRank: Double { rank }
    public var sortName: String { name }
}

/// A principal's roles in a project, or in the whole workspace.
public struct Membership: Record {
    public typealias Key = Membership
    public static let recordClass = RecordClass.membership

    /// One role, own or by way of a group's membership or a parent project's.
    public struct Held: Sendable, Codable, Equatable {
        public var role: RoleID
        public var inheritedFrom: MembershipID?
        public init(role: RoleID, inheritedFrom: MembershipID? = nil) {
            self.role = role
            self.inheritedFrom = inheritedFrom
        }
    }

    public let id: MembershipID
    public var stamp: Stamp
    /// Nil: in every project.
    public var project: ProjectID?
    public var principal: PrincipalID
    public var roles: [Held]

    public init(id: MembershipID, stamp: Stamp, project: ProjectID?, principal: PrincipalID, roles: [Held]) {
        self.id = id
        self.stamp = stamp
        self.project = project
        self.principal = principal
        self.roles = roles
    }

    public var sortRank: Double { Double(id.rawValue) }
    public var sortName: String { "" }
}

/// What proves who somebody is. Kept apart from the catalog: never cached with reference data, never in a list.
public struct Credential: Sendable, Equatable {
    /// What sort of proof.
    public enum Kind: String, Sendable, Codable, CaseIterable {
        case password, key, token, consumer, authorization
        /// A session that was ended before its time.
        case endedSession
    }

    public let id: CredentialID
    public var user: PrincipalID
    public var kind: Kind
    /// Keyed hash by which a presented secret is found; for a password empty.
    public var lookup: [UInt8]
    /// A password's hash in its own text form, or the sealed secret where it must come back in plain.
    public var secret: [UInt8]
    public var scopes: [String]
    public var label: String
    public var created: Instant
    public var expires: Instant?
    public var lastUsed: Instant?

    public init(id: CredentialID, user: PrincipalID, kind: Kind, lookup: [UInt8], secret: [UInt8], created: Instant) {
        self.id = id
        self.user = user
        self.kind = kind
        self.lookup = lookup
        self.secret = secret
        scopes = []
        label = ""
        self.created = created
    }
}
