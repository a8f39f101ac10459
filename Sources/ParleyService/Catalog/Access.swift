import ParleyModel
import Synchronization

/// What one actor may do: their roles in each project, and each action's authority, compiled on first use.
///
/// Sources of rights: grants of the workspace, of roles (which hold where the actor has the role), of projects and
/// tools. They
/// only allow, and add up. A tool that does not inherit counts its own alone. An administrator passes everything but
/// archived
/// projects; a closed project lets everybody only view.
public final class Access: Sendable {
    public let actor: Actor
    /// The actor and their groups.
    public let identities: Set<PrincipalID>
    private let catalog: Catalog
    private let rolesByProject: [ProjectID: Set<RoleID>]
    private let everywhere: Set<RoleID>
    private let authorities = Mutex<[Action: Authority]>([:])
    private let readScopes = Mutex<ReadScope?>(nil)
    private let fieldRights = Mutex<[FieldRight: [FieldSet]]>([:])

    init(actor: Actor, catalog: Catalog) {
        self.actor = actor
        self.catalog = catalog
        identities = Set(catalog.groups(of: actor.user) + [actor.user])
        var own: [ProjectID: Set<RoleID>] = [:]
        var everywhere: Set<RoleID> = []
        for membership in identities.flatMap({ catalog.memberships(of: $0) }) {
            let roles = membership.roles.map(\.role).filter { actor.narrowedTo?.contains($0) ?? true }
            if let project = membership.project {
                own[project, default: []].formUnion(roles)
            } else {
                everywhere.formUnion(roles)
            }
        }
        if let narrowed = actor.narrowedTo { everywhere.formUnion(narrowed) }
        self.everywhere = Access.including(everywhere, catalog)
        rolesByProject = Access.inherited(own, catalog).mapValues { Access.including($0, catalog) }
    }

    /// Roles with those that they include.
    private static func including(_ roles: Set<RoleID>, _ catalog: Catalog) -> Set<RoleID> {
        var result: Set<RoleID> = []
        var pending = Array(roles)
        while let role = pending.popLast() {
            guard result.insert(role).inserted else { continue }
            pending.append(contentsOf: catalog.records.roles[role]?.includes ?? [])
        }
        return result
    }

    /// Roles handed down to sub-projects that inherit their members.
    private static func inherited(_ own: [ProjectID: Set<RoleID>], _ catalog: Catalog) -> [ProjectID: Set<RoleID>] {
        guard !own.isEmpty else { return own }
        var result = own
        for project in catalog.projectTree where project.inheritsMembers {
            if let parent = project.parent, let roles = result[parent] {
                result[project.id, default: []].formUnion(roles)
            }
        }
        return result
    }

    /// The actor's roles in a project, builtin ones left out.
    public func roles(in project: ProjectID) -> Set<RoleID> {
        everywhere.union(rolesByProject[project] ?? [])
    }

    /// The projects in which the actor has a role of their own.
    public var memberProjects: Set<ProjectID> { Set(rolesByProject.keys) }

    /// Whether the actor may know of a project.
    public func sees(_ project: Project) -> Bool {
        guard project.stamp.retired == nil, project.status != .archived else { return false }
        if actor.admin { return true }
        if catalog.settings.signInRequired && actor.isAnonymous { return false }
        return project.isPublic || !roles(in: project.id).isEmpty || allows(.viewProject, in: project)
    }

    /// Whether the actor may do something in a project at all, for some type of issue and under some condition.
    public func allows(_ action: Action, in project: Project) -> Bool {
        guard isOpen(project, for: action) else { return false }
        if actor.admin { return true }
        return grants(in: project, tool: nil).contains { $0.actions.contains(action) && $0.isAboutIssues }
    }

    /// Whether the actor may do something in some project.
    public func allowsSomewhere(_ action: Action) -> Bool {
        actor.admin || catalog.projectTree.contains { sees($0) && allows(action, in: $0) }
    }

    /// Whether the actor may do something with an issue.
    /// - Parameter participates: whether the actor is a participant in a role; asked only where a grant depends on it.
    public func allows(
        _ action: Action, on issue: Issue, participates: (ParticipantRole) throws -> Bool = { _ in false }
    ) rethrows -> Bool {
        let authority = authority(for: action)
        if authority.isUnlimited { return true }
        for rule in authority.rules where rule.trackers.contains(issue.tracker) {
            guard rule.types?.contains(issue.type) ?? true else { continue }
            for condition in rule.conditions where try holds(condition, issue, participates) { return true }
        }
        return false
    }

    /// Whether the actor may do something with entities of another class than issues, somewhere.
    /// - Parameters:
    ///   - entityClass: `user`, `group`, ..., as grants call it.
    ///   - isSelf: the entity is the actor's own record.
    public func allows(_ action: Action, onClass entityClass: String, isSelf: Bool = false) -> Bool {
        if actor.admin { return true }
        let held = rolesByProject.values.reduce(everywhere) { $0.union($1) }
        let grants = held.flatMap { catalog.records.roles[$0]?.grants ?? [] }
            + catalog.settings.grants.filter { covers($0.subject, held: held) } + (builtinRole?.grants ?? [])
        return grants.contains { grant in
            grant.actions.contains(action) && grant.classes?[entityClass] != nil
                && (grant.condition == .always || (grant.condition == .isSelf && isSelf))
        }
    }

    private func holds(
        _ condition: Condition, _ issue: Issue, _ participates: (ParticipantRole) throws -> Bool
    ) rethrows -> Bool {
        switch condition {
        case .always: return true
        case .isAuthor, .isCreator: return issue.author == actor.user && !actor.isAnonymous
        case .isAssignee: return !actor.isAnonymous && (issue.assignee.map { identities.contains($0) } ?? false)
        case .participates(let role): return try participates(role)
        case .isSelf: return false
        case .attribute(let field, let values):
            return IssueFields.values(of: field, in: issue).contains { values.contains($0) }
        }
    }

    /// Whether the actor may see an issue: `view_issues`, and for a private one `view_private_issues`, and a shared
    /// group where
    /// it is restricted to groups.
    public func sees(_ issue: Issue, participates: (ParticipantRole) throws -> Bool = { _ in false }) rethrows -> Bool {
        guard try allows(.viewIssues, on: issue, participates: participates) else { return false }
        if issue.isPrivate, !(try allows(.viewPrivateIssues, on: issue, participates: participates)) { return false }
        return actor.admin || issue.restrictedTo.isEmpty || !identities.isDisjoint(with: issue.restrictedTo)
    }

    /// Where and when the actor may do something with issues.
    public func authority(for action: Action) -> Authority {
        if let known = authorities.withLock({ $0[action] }) { return known }
        let made = compile(action)
        authorities.withLock { $0[action] = made }
        return made
    }

    private func isOpen(_ project: Project, for action: Action) -> Bool {
        switch project.status {
        case .active: true
        case .closed: action.isViewing || action == .closeProject
        case .archived: false
        }
    }

    /// Whether what lies in a project can be seen as far as the project itself is asked.
    private func isInside(_ project: Project) -> Bool {
        !project.rules.applied(to: catalog.settings.rules).projectGuardsContents || sees(project)
    }

    private struct Terms: Hashable {
        var types: Set<IssueTypeID>?
        var conditions: Set<Condition>
    }

    private func compile(_ action: Action) -> Authority {
        var byTerms: [[Terms]: Set<ToolID>] = [:]
        for project in catalog.projectTree where isOpen(project, for: action) && isInside(project) {
            for tool in catalog.trackers(of: project.id) {
                let terms =
                    actor.admin
                    ? [Terms(types: nil, conditions: [.always])] : terms(for: action, project: project, tool: tool)
                if !terms.isEmpty { byTerms[terms, default: []].insert(tool.id) }
            }
        }
        let rules = byTerms.flatMap { terms, trackers in
            terms.map { term in
                Authority.Rule(
                    trackers: trackers, types: term.types,
                    conditions: term.conditions.contains(.always)
                        ? [.always] : term.conditions.sorted { "\($0)" < "\($1)" })
            }
        }
        return Authority(rules: rules, identities: identities)
    }

    /// What the grants for an action say in one tracker, equal types joined, in a fixed order.
    private func terms(for action: Action, project: Project, tool: Tool) -> [Terms] {
        var byTypes: [Set<IssueTypeID>?: Set<Condition>] = [:]
        for grant in grants(in: project, tool: tool) where grant.actions.contains(action) && grant.isAboutIssues {
            byTypes[grant.types, default: []].insert(grant.condition)
        }
        if byTypes[nil]?.contains(.always) ?? false { return [Terms(types: nil, conditions: [.always])] }
        return byTypes.map { Terms(types: $0.key, conditions: $0.value) }
            .sorted { "\($0.types?.map(\.rawValue).sorted() ?? [])" < "\($1.types?.map(\.rawValue).sorted() ?? [])" }
    }

    /// The grants that are for the actor in a project, or in one of its tools.
    public func grants(in project: Project, tool: Tool?) -> [Grant] {
        let held = roles(in: project.id)
        var result: [Grant] = []
        if tool?.inheritsAccess ?? true {
            result += catalog.settings.grants + project.grants
            for role in held { result += catalog.records.roles[role]?.grants ?? [] }
            if held.isEmpty, project.isPublic, let builtin = builtinRole { result += builtin.grants }
        }
        if let tool { result += tool.grants }
        return result.filter { ($0.publicOnly ? project.isPublic : true) && covers($0.subject, held, project) }
    }

    /// The role of those who have none: signed in, or visitors.
    private var builtinRole: Role? {
        let kind: Role.Builtin = actor.isAnonymous ? .anonymous : .nonMember
        if actor.isAnonymous && catalog.settings.signInRequired { return nil }
        return catalog.roles.first { $0.builtin == kind }
    }

    /// Whether a grant's subject is the actor.
    public func covers(_ subject: GrantSubject, _ held: Set<RoleID>, _ project: Project) -> Bool {
        if case .role(let role) = subject, held.isEmpty, project.isPublic, builtinRole?.id == role { return true }
        return covers(subject, held: held)
    }

    private func covers(_ subject: GrantSubject, held: Set<RoleID>) -> Bool {
        switch subject {
        case .everybody: !(actor.isAnonymous && catalog.settings.signInRequired)
        case .signedIn: !actor.isAnonymous
        case .privileged: !actor.isAnonymous && (catalog.user(actor.user)?.privileged ?? false)
        case .nonMember: !actor.isAnonymous && held.isEmpty
        case .principal(let principal): identities.contains(principal)
        case .role(let role): held.contains(role)
        }
    }

    /// What the actor sees, as the predicates that are conjoined with every query.
    public var readScope: ReadScope {
        if let known = readScopes.withLock({ $0 }) { return known }
        let made = compileReadScope()
        readScopes.withLock { $0 = made }
        return made
    }

    private func compileReadScope() -> ReadScope {
        let seen = authority(for: .viewIssues)
        let privately = authority(for: .viewPrivateIssues)
        var issues = predicate(seen)
        if privately != seen || !actor.admin {
            issues = .and([
                issues,
                .or([.compare(.builtin(.isPrivate), .equal, .boolean(false)), predicate(privately)]),
            ])
        }
        let restrictable = catalog.restrictableTrackers
        if !actor.admin && !restrictable.isEmpty {
            issues = .and([
                issues,
                .or([
                    .not(.tracker(restrictable.map(\.rawValue))),
                    .not(.isSet(.builtin(.restrictedTo))),
                    .among(.builtin(.restrictedTo), identities.sorted().map { .reference($0.rawValue) }),
                ]),
            ])
        }
        return ReadScope(
            user: actor.user, identities: identities, issues: issues,
            restrictedPosts: predicate(authority(for: .viewPrivateNotes)),
            timeEntries: predicate(authority(for: .viewTimeEntries)), unreadableFields: hiddenFields(),
            seesAllPosts: actor.admin)
    }

    /// Whether there is no custom field of issues that the actor may not read somewhere.
    public var readsAllFields: Bool {
        if let known = readScopes.withLock({ $0?.unreadableFields.isEmpty }) { return known }
        return readScope.unreadableFields.isEmpty
    }

    /// Custom fields that are not readable in every project: where they are.
    private func hiddenFields() -> [FieldID: Predicate<Resolved>] {
        guard !actor.admin else { return [:] }
        var result: [FieldID: Predicate<Resolved>] = [:]
        let rights = catalog.projectTree.map { (project: $0, fields: fieldSets(.read, in: $0)) }
        for field in catalog.fields where field.object == .issue {
            let readable = rights.filter { reads(field, $0.fields, in: $0.project.id) }
            guard readable.count < rights.count else { continue }
            let trackers = readable.flatMap { catalog.trackers(of: $0.project.id).map(\.id.rawValue) }
            result[field.id] = trackers.isEmpty ? Predicate.none : .tracker(trackers)
        }
        return result
    }

    /// The fields that the actor may do something with in a project.
    private func fieldSets(_ action: Action, in project: Project) -> [FieldSet] {
        let key = FieldRight(project: project.id, action: action)
        if let known = fieldRights.withLock({ $0[key] }) { return known }
        let made = grants(in: project, tool: nil).filter { $0.actions.contains(action) }.compactMap(\.fields)
        fieldRights.withLock { $0[key] = made }
        return made
    }

    private struct FieldRight: Hashable {
        var project: ProjectID
        var action: Action
    }

    private func reads(_ field: Field, _ sets: [FieldSet], in project: ProjectID) -> Bool {
        guard sets.contains(where: { $0.contains(field.id) }) else { return false }
        return field.visibleTo.map { !roles(in: project).isDisjoint(with: $0) } ?? true
    }

    /// Whether the actor may read a custom field in a project.
    public func reads(_ field: Field, in project: ProjectID) -> Bool {
        guard !actor.admin, let project = catalog.records.projects[project] else { return true }
        return reads(field, fieldSets(.read, in: project), in: project.id)
    }

    /// Whether the actor may set a field in a new issue (`submit`) or change it (`update`), as far as fields are
    /// concerned.
    public func writes(_ field: FieldID, _ action: Action, in project: ProjectID) -> Bool {
        guard !actor.admin, let project = catalog.records.projects[project] else { return true }
        guard fieldSets(action, in: project).contains(where: { $0.contains(field) }) else { return false }
        guard let visible = catalog.records.fields[field]?.visibleTo else { return true }
        return !roles(in: project.id).isDisjoint(with: visible)
    }

    /// An authority as a predicate over issues.
    public func predicate(_ authority: Authority) -> Predicate<Resolved> {
        if authority.isUnlimited { return .all }
        return .or(
            authority.rules.map { rule in
                var parts: [Predicate<Resolved>] = [.tracker(rule.trackers.map(\.rawValue).sorted())]
                if let types = rule.types {
                    parts.append(.among(.builtin(.type), types.sorted().map { .reference($0.rawValue) }))
                }
                if !rule.conditions.contains(.always) { parts.append(.or(rule.conditions.map(predicate))) }
                return .and(parts)
            })
    }

    private func predicate(_ condition: Condition) -> Predicate<Resolved> {
        switch condition {
        case .always: .all
        case .isAuthor, .isCreator, .isAssignee, .participates:
            actor.isAnonymous ? .none : personal(condition)
        case .isSelf: .none
        case .attribute(let field, let values): .among(.field(field), values)
        }
    }

    private func personal(_ condition: Condition) -> Predicate<Resolved> {
        switch condition {
        case .isAuthor, .isCreator: .person([.author], .anyOf([actor.user]))
        case .isAssignee: .person([.assignee], .anyOf(identities))
        case .participates(let role): .person([.participant(role)], .anyOf(identities))
        default: .none
        }
    }
}
