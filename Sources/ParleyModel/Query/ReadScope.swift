/// What an actor sees, as predicates. It is conjoined with every query, total and history, never applied to a fetched
/// page.
///
/// The predicates in it are taken as they are: fields in them count whoever may read them, and retired issues are not
/// left out by themselves.
public struct ReadScope: Sendable, Equatable {
    /// Whom `me` means.
    public var user: PrincipalID
    /// The user and their groups.
    public var identities: Set<PrincipalID>
    /// Which issues are visible; `.all` for administrators.
    public var issues: Predicate<Resolved>
    /// Issues whose posts and files for a restricted audience are visible. Authors always see their own.
    public var restrictedPosts: Predicate<Resolved>
    /// Issues whose time entries are visible.
    public var timeEntries: Predicate<Resolved>
    /// Fields that are not readable everywhere, and the issues where they are. Elsewhere a filter, sort or search takes
    /// the field as unset.
    public var unreadableFields: [FieldID: Predicate<Resolved>]
    /// Posts and files for any audience are visible: for administrators.
    public var seesAllPosts: Bool

    /// A scope in which everything is readable that is visible.
    public init(
        user: PrincipalID, identities: Set<PrincipalID>, issues: Predicate<Resolved> = .all,
        restrictedPosts: Predicate<Resolved> = .none, timeEntries: Predicate<Resolved> = .all,
        unreadableFields: [FieldID: Predicate<Resolved>] = [:], seesAllPosts: Bool = false
    ) {
        self.user = user
        self.identities = identities
        self.issues = issues
        self.restrictedPosts = restrictedPosts
        self.timeEntries = timeEntries
        self.unreadableFields = unreadableFields
        self.seesAllPosts = seesAllPosts
    }

    /// Everything, for the server itself and for administrators.
    public static func unlimited(_ user: PrincipalID, identities: Set<PrincipalID> = []) -> ReadScope {
        ReadScope(
            user: user, identities: identities.union([user]), restrictedPosts: .all, seesAllPosts: true)
    }
}

/// What of the catalog queries depend on: made once for each state of the catalog.
public struct QueryCatalog: Sendable {
    /// Every tracker's project, retired ones too.
    public let trackerProjects: [ToolID: ProjectID]
    /// People with a part in every issue of a project.
    public let projectParticipants: [ProjectID: [ParticipantRole: Set<PrincipalID>]]
    /// The values of list fields in the order shown.
    public let listOrder: [FieldID: [ListValueID]]
    /// Types of the custom fields.
    public let fieldTypes: [FieldID: FieldType]
    private let children: [ProjectID: [ProjectID]]
    private let trackersByProject: [ProjectID: [ToolID]]

    /// Parents are given for projects that have one.
    public init(
        trackerProjects: [ToolID: ProjectID], projectParents: [ProjectID: ProjectID] = [:],
        projectParticipants: [ProjectID: [ParticipantRole: Set<PrincipalID>]] = [:],
        listOrder: [FieldID: [ListValueID]] = [:], fieldTypes: [FieldID: FieldType] = [:]
    ) {
        self.trackerProjects = trackerProjects
        self.projectParticipants = projectParticipants
        self.listOrder = listOrder
        self.fieldTypes = fieldTypes
        var children: [ProjectID: [ProjectID]] = [:]
        for (child, parent) in projectParents { children[parent, default: []].append(child) }
        self.children = children
        var trackers: [ProjectID: [ToolID]] = [:]
        for (tracker, project) in trackerProjects { trackers[project, default: []].append(tracker) }
        trackersByProject = trackers
    }

    /// The projects and, where wanted, all below them.
    public func projects(_ numbers: [Int64], subtree: Bool) -> Set<ProjectID> {
        var found = Set(numbers.map { ProjectID($0) })
        guard subtree else { return found }
        var waiting = Array(found)
        while let project = waiting.popLast() {
            for child in children[project] ?? [] where found.insert(child).inserted { waiting.append(child) }
        }
        return found
    }

    /// The trackers of projects, by number.
    public func trackers(of projects: Set<ProjectID>) -> [Int64] {
        projects.flatMap { trackersByProject[$0] ?? [] }.map(\.rawValue).sorted()
    }

    /// The trackers in whose projects one of these people plays the part; with nil, in whose projects nobody does.
    public func trackers(whereParticipant role: ParticipantRole, isIn people: Set<PrincipalID>?) -> [Int64] {
        let chosen = trackerProjects.filter { _, project in
            let present = projectParticipants[project]?[role] ?? []
            guard let people else { return present.isEmpty }
            return !present.isDisjoint(with: people)
        }
        return chosen.keys.map(\.rawValue).sorted()
    }
}

extension Predicate {
    /// Whether it says anything about retired issues, so that they are not left out by themselves. What is said about
    /// the other end of a link does not count.
    public var mentionsRetired: Bool {
        switch self {
        case .retired: true
        case .and(let parts), .or(let parts): parts.contains(where: \.mentionsRetired)
        case .not(let part): part.mentionsRetired
        default: false
        }
    }
}
