import ParleyModel
import ParleyStorage
import Synchronization

/// One immutable picture of all reference data, with the look-ups that requests need. Swapped whole after each change.
public final class Catalog: Sendable {
    public let records: CatalogRecords
    /// Roots first, each followed by its descendants, by name.
    public let projectTree: [Project]
    public let statuses: [Status]
    public let types: [IssueType]
    public let priorities: [Priority]
    public let roles: [Role]
    /// Custom fields in use, in their order.
    public let fields: [Field]
    public let linkTypes: [LinkType]
    /// What queries need of reference data.
    public let queryCatalog: QueryCatalog

    /// Trackers whose form can restrict an issue to groups; elsewhere none is, and queries need not ask.
    public let restrictableTrackers: [ToolID]

    private let logins: [String: PrincipalID]
    private let addresses: [String: PrincipalID]
    private let identifiers: [String: ProjectID]
    private let projectNames: [String: [ProjectID]]
    private let childProjects: [ProjectID: [ProjectID]]
    private let projectTools: [ProjectID: [Tool]]
    private let groupsByMember: [PrincipalID: [PrincipalID]]
    private let membershipsByProject: [ProjectID: [Membership]]
    private let membershipsByPrincipal: [PrincipalID: [Membership]]
    private let projectVersions: [ProjectID: [Version]]
    private let projectCategories: [ProjectID: [Category]]
    private let cache = Mutex(Cache())

    private struct Cache {
        /// Off once the catalog is out of use: what is kept refers back to it, and both would stay for ever.
        var isKeeping = true
        var access: [AccessKey: Access] = [:]
        var fields: [FieldScope: [Field]] = [:]
    }

    private struct FieldScope: Hashable {
        var project: ProjectID
        var type: IssueTypeID
    }

    struct AccessKey: Hashable {
        var user: PrincipalID
        var narrowedTo: Set<RoleID>?
    }

    /// How many actors' compiled rights are kept; beyond it they start over.
    private static let accessLimit = 4096

    init(_ records: CatalogRecords) {
        self.records = records
        statuses = Catalog.inUse(records.statuses)
        types = Catalog.inUse(records.types)
        priorities = Catalog.inUse(records.priorities).sorted { ($0.rank, $0.id) < ($1.rank, $1.id) }
        roles = Catalog.inUse(records.roles)
        fields = Catalog.inUse(records.fields)
        linkTypes = Catalog.inUse(records.linkTypes)
        let users = records.users.values.filter { $0.stamp.retired == nil }
        logins = Dictionary(
            users.compactMap { user in user.login.map { (TextFolding.fold($0), user.id) } },
            uniquingKeysWith: { a, _ in a })
        addresses = Dictionary(
            users.flatMap { user in user.addresses.map { (TextFolding.fold($0), user.id) } },
            uniquingKeysWith: { a, _ in a })
        let projects = records.projects.values.filter { $0.stamp.retired == nil }
        identifiers = Dictionary(
            projects.flatMap { project in ([project.identifier] + project.aliases).map { ($0, project.id) } },
            uniquingKeysWith: { a, _ in a })
        projectNames = Dictionary(grouping: projects, by: { TextFolding.fold($0.name) }).mapValues {
            $0.map(\.id).sorted()
        }
        childProjects = Dictionary(grouping: projects.filter { $0.parent != nil }, by: { $0.parent ?? $0.id })
            .mapValues { $0.sorted(by: Catalog.byName).map(\.id) }
        projectTree = Catalog.tree(projects, childProjects)
        projectTools = Dictionary(grouping: records.tools.values.filter { $0.stamp.retired == nil }, by: \.project)
            .mapValues { $0.sorted { ($0.position, $0.id) < ($1.position, $1.id) } }
        var byMember: [PrincipalID: [PrincipalID]] = [:]
        for group in records.groups.values where group.stamp.retired == nil {
            for member in group.members { byMember[member, default: []].append(group.id) }
        }
        groupsByMember = byMember
        let memberships = records.memberships.values.filter { $0.stamp.retired == nil }.sorted { $0.id < $1.id }
        membershipsByPrincipal = Dictionary(grouping: memberships, by: \.principal)
        membershipsByProject = Dictionary(
            grouping: memberships.filter { $0.project != nil }, by: { $0.project ?? ProjectID(0) })
        projectVersions = Dictionary(
            grouping: records.versions.values.filter { $0.stamp.retired == nil }, by: \.project
        )
        .mapValues { $0.sorted { ($0.position, $0.id) < ($1.position, $1.id) } }
        queryCatalog = Catalog.queryCatalog(records)
        restrictableTrackers = records.tools.values.filter { tool in
            tool.tracker?.form.contains { $0.field == BuiltinField.restrictedTo.id } ?? false
        }.map(\.id).sorted()
        projectCategories = Dictionary(
            grouping: records.categories.values.filter { $0.stamp.retired == nil }, by: \.project
        )
        .mapValues { $0.sorted { (TextFolding.fold($0.name), $0.id) < (TextFolding.fold($1.name), $1.id) } }
    }

    private static func inUse<R: Record>(_ table: [Identifier<R.Key>: R]) -> [R] {
        table.values.filter { $0.stamp.retired == nil }.sorted { ($0.sortRank, $0.id) < ($1.sortRank, $1.id) }
    }

    private static func queryCatalog(_ records: CatalogRecords) -> QueryCatalog {
        let trackers = records.tools.values.filter { $0.tracker != nil }
        let projects = records.projects.values
        return QueryCatalog(
            trackerProjects: Dictionary(uniqueKeysWithValues: trackers.map { ($0.id, $0.project) }),
            projectParents: Dictionary(
                uniqueKeysWithValues: projects.compactMap { project in
                    project.parent.map { (project.id, $0) }
                }),
            projectParticipants: Dictionary(
                uniqueKeysWithValues: projects.map { project in
                    (
                        project.id,
                        Dictionary(grouping: project.participants, by: \.role).mapValues { Set($0.map(\.principal)) }
                    )
                }),
            listOrder: records.fields.mapValues { field in
                field.listValues.sorted { ($0.rank, $0.id) < ($1.rank, $1.id) }.map(\.id)
            },
            fieldTypes: records.fields.mapValues(\.type))
    }

    private static func byName(_ left: Project, _ right: Project) -> Bool {
        (TextFolding.fold(left.name), left.id) < (TextFolding.fold(right.name), right.id)
    }

    private static func tree(_ projects: [Project], _ children: [ProjectID: [ProjectID]]) -> [Project] {
        let byID = Dictionary(uniqueKeysWithValues: projects.map { ($0.id, $0) })
        var result: [Project] = []
        var pending = projects.filter { project in project.parent.map { byID[$0] == nil } ?? true }
            .sorted(by: byName).reversed().map(\.id)
        while let id = pending.popLast() {
            guard let project = byID[id] else { continue }
            result.append(project)
            pending.append(contentsOf: (children[id] ?? []).reversed())
        }
        return result
    }

    /// The workspace's settings.
    public var settings: WorkspaceSettings { records.settings }

    // MARK: people

    /// A user by login, without regard to case.
    public func user(login: String) -> User? { logins[TextFolding.fold(login)].flatMap { records.users[$0] } }
    /// A user by one of their addresses, without regard to case.
    public func user(address: String) -> User? { addresses[TextFolding.fold(address)].flatMap { records.users[$0] } }
    /// A user by number, retired ones too.
    public func user(_ id: PrincipalID) -> User? { records.users[id] }

    /// The name that a user or group is shown by; nil where there is none.
    public func name(of principal: PrincipalID) -> String? {
        records.users[principal]?.displayName ?? records.groups[principal]?.name
    }

    /// The groups that somebody is a member of.
    public func groups(of user: PrincipalID) -> [PrincipalID] { groupsByMember[user] ?? [] }

    /// Memberships in a project, by number.
    public func memberships(in project: ProjectID) -> [Membership] { membershipsByProject[project] ?? [] }
    /// Memberships of a user or group, by number.
    public func memberships(of principal: PrincipalID) -> [Membership] { membershipsByPrincipal[principal] ?? [] }

    // MARK: projects

    /// A project by identifier or another spelling of it.
    public func project(identifier: String) -> Project? { identifiers[identifier].flatMap { records.projects[$0] } }

    /// A project in use by number, identifier, or a name that only one has.
    public func project(_ name: ParsedName) -> Project? {
        switch name {
        case .number(let number):
            let project = records.projects[ProjectID(number)]
            return project?.stamp.retired == nil ? project : nil
        case .text(let text):
            if let project = project(identifier: text) { return project }
            let named = projectNames[TextFolding.fold(text)] ?? []
            return named.count == 1 ? records.projects[named[0]] : nil
        case .me, .nobody: return nil
        }
    }

    /// Sub-projects one level down, by name.
    public func children(of project: ProjectID) -> [ProjectID] { childProjects[project] ?? [] }

    /// A project and all below it.
    public func subtree(of project: ProjectID) -> Set<ProjectID> {
        var result: Set<ProjectID> = []
        var pending = [project]
        while let id = pending.popLast() {
            guard result.insert(id).inserted else { continue }
            pending.append(contentsOf: children(of: id))
        }
        return result
    }

    /// The projects above, nearest first.
    public func ancestors(of project: ProjectID) -> [ProjectID] {
        var result: [ProjectID] = []
        var next = records.projects[project]?.parent
        while let id = next, !result.contains(id), id != project {
            result.append(id)
            next = records.projects[id]?.parent
        }
        return result
    }

    /// Whether two projects have the same one at the top.
    public func shareTree(_ one: ProjectID, _ other: ProjectID) -> Bool {
        (ancestors(of: one).last ?? one) == (ancestors(of: other).last ?? other)
    }

    /// Tools in use, in their order.
    public func tools(of project: ProjectID) -> [Tool] { projectTools[project] ?? [] }

    /// The trackers of a project, in their order.
    public func trackers(of project: ProjectID) -> [Tool] { tools(of: project).filter { $0.tracker != nil } }

    /// The issue types of a project's trackers, in the workspace's order.
    public func types(of project: ProjectID) -> [IssueType] {
        let used = Set(trackers(of: project).flatMap { $0.tracker?.types ?? [] })
        return types.filter { used.contains($0.id) }
    }

    /// The tracker that holds a type within a project.
    public func tracker(of project: ProjectID, holding type: IssueTypeID) -> Tool? {
        trackers(of: project).first { $0.tracker?.types.contains(type) ?? false }
    }

    /// A project's own versions, in their order.
    public func versions(of project: ProjectID) -> [Version] { projectVersions[project] ?? [] }

    /// A project's categories, by name.
    public func categories(of project: ProjectID) -> [Category] { projectCategories[project] ?? [] }

    /// Own versions and those that other projects share with this one.
    public func versionsShared(with project: ProjectID) -> [Version] {
        let above = ancestors(of: project)
        let root = above.last ?? project
        return records.versions.values.filter { version in
            guard version.stamp.retired == nil, let owner = records.projects[version.project] else { return false }
            if version.project == project { return true }
            guard owner.status != .archived else { return false }
            switch version.sharing {
            case .none: return false
            case .system: return true
            case .descendants: return above.contains(version.project)
            case .hierarchy: return above.contains(version.project) || ancestors(of: version.project).contains(project)
            case .tree: return (ancestors(of: version.project).last ?? version.project) == root
            }
        }.sorted {
            ($0.due ?? .latest, TextFolding.fold($0.name), $0.id) < (
                $1.due ?? .latest, TextFolding.fold($1.name), $1.id
            )
        }
    }

    // MARK: fields and rules

    /// The custom fields that issues of a type in a project have, in order.
    public func issueFields(project: ProjectID, type: IssueTypeID) -> [Field] {
        cache.withLock { cache in
            let scope = FieldScope(project: project, type: type)
            if let known = cache.fields[scope] { return known }
            let found = fields.filter { field in
                field.object == .issue && (field.types?.contains(type) ?? true)
                    && (field.projects?.contains(project) ?? true)
            }
            cache.fields[scope] = found
            return found
        }
    }

    /// The custom fields of another class, in order.
    public func fields(of object: Field.Object) -> [Field] { fields.filter { $0.object == object } }

    /// The rules about data that hold in a tracker.
    public func rules(in tracker: Tool) -> DataRules {
        let project = records.projects[tracker.project]?.rules ?? RuleOverrides()
        return tracker.rules.applied(to: project.applied(to: settings.rules))
    }

    /// The workflow that an issue of a type follows in a tracker.
    public func workflow(tracker: ToolID, type: IssueTypeID) -> Workflow? {
        let id = records.tools[tracker]?.tracker?.workflow ?? records.types[type]?.workflow ?? settings.defaultWorkflow
        return id.flatMap { records.workflows[$0] }
    }

    /// The statuses in use in a tracker for a type, in order.
    public func statuses(tracker: ToolID, type: IssueTypeID) -> [Status] {
        guard let workflow = workflow(tracker: tracker, type: type), !workflow.statuses.isEmpty else { return statuses }
        return workflow.statuses.compactMap { records.statuses[$0] }.filter { $0.stamp.retired == nil }
    }

    /// Whether a status ends the work.
    public func isClosed(_ status: StatusID) -> Bool { records.statuses[status]?.isClosed ?? false }

    /// The priority whose band holds a number.
    public func priority(for number: Int64) -> Priority? {
        priorities.first { $0.low <= number && number <= $0.high }
    }

    /// Entries of an enumeration for a project: its own variants, else the workspace's.
    public func enumerations(_ kind: Enumeration.Kind, project: ProjectID? = nil) -> [Enumeration] {
        let all = records.enumerations.values.filter { $0.kind == kind && $0.stamp.retired == nil }
            .sorted { ($0.rank, $0.id) < ($1.rank, $1.id) }
        let own = all.filter { project != nil && $0.project == project }
        return own.isEmpty ? all.filter { $0.project == nil } : own
    }

    // MARK: access

    /// What an actor may do, compiled once for this catalog.
    public func access(for actor: Actor) -> Access {
        let key = AccessKey(user: actor.user, narrowedTo: actor.narrowedTo)
        if let known = cache.withLock({ $0.access[key] }), known.actor == actor { return known }
        let access = Access(actor: actor, catalog: self)
        cache.withLock { cache in
            guard cache.isKeeping else { return }
            if cache.access.count >= Catalog.accessLimit { cache.access.removeAll(keepingCapacity: true) }
            cache.access[key] = access
        }
        return access
    }

    /// Lets go of the compiled rights: another catalog has taken this one's place. Who still reads with it can.
    func leaveUse() {
        cache.withLock { cache in
            cache.isKeeping = false
            cache.access.removeAll()
        }
    }
}
