import ParleyModel
import ParleyStorage

extension Transaction {
    /// Makes members of a project of users and groups, all of them or none.
    /// - Throws: `Fault.forbidden`, `.unauthenticated` without `manage_members`; `.invalid` with properties
    ///   `principal`, `user`, `role`.
    public func createMemberships(
        in project: ProjectID, of principals: [PrincipalID], roles: [RoleID]
    ) throws -> [Membership] {
        try manage(.manageMembers, in: project)
        var problems: [Problem] = []
        let known = principals.filter { isPrincipal($0, in: project) }
        if known.isEmpty || known.count < principals.count {
            problems.append(Problem(.property("principal"), .required))
        }
        let present = Set(records.memberships.values.filter { $0.project == project && $0.stamp.retired == nil }
            .map(\.principal))
        if known.contains(where: present.contains) { problems.append(Problem(.property("user"), .taken)) }
        let given = givable(roles)
        if given.isEmpty { problems.append(Problem(.property("role"), .required)) }
        if !problems.isEmpty { throw Fault.invalid(problems) }
        let made = try known.map { principal in
            let membership = Membership(
                id: try newID(Membership.self), stamp: stamp, project: project, principal: principal,
                roles: given.map { Membership.Held(role: $0) })
            try put(membership)
            return membership
        }
        try inheritMemberships()
        return made.map { records.memberships[$0.id] ?? $0 }
    }

    /// Changes the roles that a member holds by themselves; inherited ones stay, and what is inherited need not be
    /// held twice.
    /// - Throws: as `createMemberships`; `Fault.notFound`.
    public func updateMembership(_ id: MembershipID, roles: [RoleID]) throws {
        var membership = try managed(id)
        let inherited = membership.roles.filter { $0.inheritedFrom != nil }
        let given = givable(roles)
        guard !given.isEmpty || !inherited.isEmpty else {
            throw Fault.invalid([Problem(.property("role"), .required)])
        }
        let held = Set(membership.roles.map(\.role))
        membership.roles.removeAll { $0.inheritedFrom == nil && !given.contains($0.role) }
        membership.roles += given.filter { !held.contains($0) }.map { Membership.Held(role: $0) }
        try put(membership)
        try inheritMemberships()
    }

    /// Ends a membership. What comes from a group or a project above cannot be taken from the member alone.
    /// - Throws: as `createMemberships`; `Fault.notFound`; `.invalid` with the rule `derived`.
    public func deleteMembership(_ id: MembershipID) throws {
        let membership = try managed(id)
        guard membership.roles.allSatisfy({ $0.inheritedFrom == nil }) else {
            throw Fault.invalid([Problem(.whole, .derived)])
        }
        try endMembership(membership)
        try inheritMemberships()
    }

    /// Ends a membership: whoever was in it gets no issue of the project by rule any more.
    public func endMembership(_ membership: Membership) throws {
        try retire(membership)
        guard let project = membership.project else { return }
        for var category in records.categories.values
        where category.project == project && category.assignee == membership.principal {
            category.assignee = nil
            try put(category)
        }
        if var owner = records.projects[project], owner.defaults.assignee == membership.principal {
            owner.defaults.assignee = nil
            try put(owner)
        }
    }

    private func managed(_ id: MembershipID) throws -> Membership {
        guard let membership = records.memberships[id], membership.stamp.retired == nil,
            let project = membership.project
        else { throw Fault.notFound }
        try manage(.manageMembers, in: project)
        return membership
    }

    /// Goes no further unless the actor may do something with a project they see.
    func manage(_ action: Action, in id: ProjectID) throws {
        guard let project = records.projects[id], project.stamp.retired == nil else { throw Fault.notFound }
        guard access.sees(project), access.allows(action, in: project) else { throw reader.refusal }
    }

    private func isPrincipal(_ id: PrincipalID, in project: ProjectID) -> Bool {
        if let user = records.users[id] {
            return user.stamp.retired == nil && user.login != nil
        }
        guard let group = records.groups[id], group.stamp.retired == nil else { return false }
        return group.project == nil || group.project == project
    }

    /// Roles that are in use and can be given, each once.
    private func givable(_ roles: [RoleID]) -> [RoleID] {
        var result: [RoleID] = []
        for id in roles where !result.contains(id) {
            guard let role = records.roles[id], role.stamp.retired == nil, role.builtin == nil else { continue }
            result.append(id)
        }
        return result
    }

    // MARK: inheritance

    /// Roles held by way of a group or of the project above are rows too, each naming where it comes from. Brings them
    /// up to date with groups, memberships and the tree of projects.
    public func inheritMemberships() throws {
        settle()
        var present = Dictionary(
            grouping: records.memberships.values.filter { $0.stamp.retired == nil && $0.project != nil },
            by: { $0.project ?? ProjectID(0) }
        ).mapValues { $0.sorted { $0.id < $1.id } }
        for project in catalog.projectTree {
            var due: [PrincipalID: [Membership.Held]] = [:]
            if project.inheritsMembers, let parent = project.parent { due = handedDown(present[parent] ?? []) }
            // Groups come first: what their members hold follows from what they hold themselves.
            let own = present[project.id] ?? []
            let ofGroups = own.filter { isGroup($0.principal) }
            let groups = try inherit(due.filter { isGroup($0.key) }, in: project.id, ofGroups)
            for membership in groups {
                let held = membership.roles.map { Membership.Held(role: $0.role, inheritedFrom: membership.id) }
                for member in records.groups[membership.principal]?.members ?? [] { due[member, default: []] += held }
            }
            let ofPeople = own.filter { !isGroup($0.principal) }
            let people = try inherit(due.filter { !isGroup($0.key) }, in: project.id, ofPeople)
            present[project.id] = (groups + people).sorted { $0.id < $1.id }
        }
    }

    private func isGroup(_ id: PrincipalID) -> Bool {
        records.groups[id].map { $0.stamp.retired == nil } ?? false
    }

    /// What a project's members hold in a sub-project that inherits them. What they hold by way of a group comes with
    /// the group.
    private func handedDown(_ above: [Membership]) -> [PrincipalID: [Membership.Held]] {
        let groups = Set(above.filter { records.groups[$0.principal] != nil }.map(\.id))
        var due: [PrincipalID: [Membership.Held]] = [:]
        for membership in above {
            for held in membership.roles where !(held.inheritedFrom.map(groups.contains) ?? false) {
                due[membership.principal, default: []].append(
                    Membership.Held(role: held.role, inheritedFrom: membership.id))
            }
        }
        return due
    }

    /// - Returns: the memberships as they are then.
    private func inherit(
        _ due: [PrincipalID: [Membership.Held]], in project: ProjectID, _ own: [Membership]
    ) throws -> [Membership] {
        let before = Dictionary(own.map { ($0.principal, $0) }, uniquingKeysWith: { first, _ in first })
        var result: [Membership] = []
        for principal in Set(due.keys).union(before.keys).sorted() {
            var wanted: [Membership.Held] = []
            for held in due[principal] ?? [] where !wanted.contains(held) { wanted.append(held) }
            if var membership = before[principal] {
                let roles = membership.roles.filter { $0.inheritedFrom == nil || wanted.contains($0) }
                    + wanted.filter { !membership.roles.contains($0) }
                if roles != membership.roles {
                    membership.roles = roles
                    if roles.isEmpty { try endMembership(membership) } else { try put(membership) }
                }
                if !roles.isEmpty { result.append(membership) }
            } else if !wanted.isEmpty {
                let membership = Membership(
                    id: try newID(Membership.self), stamp: stamp, project: project, principal: principal,
                    roles: wanted)
                try put(membership)
                result.append(membership)
            }
        }
        return result
    }
}
