import ParleyHTTP
import ParleyModel
import ParleyService

extension RouteTable {
    static let membershipRoutes = [
        Route(.get, "projects/:/memberships") { try $0.listMemberships() },
        Route(.post, "projects/:/memberships") { try await $0.createMembership() },
        Route(.get, "memberships/:") { try $0.showMembership() },
        Route(.put, "memberships/:") { try await $0.updateMembership() },
        Route(.delete, "memberships/:") { try await $0.deleteMembership() },
    ]
}

extension Call {
    /// Open to those who see the project.
    func listMemberships() throws -> Response {
        let project = try project(segments[1])
        let members = catalog.memberships(in: project.id).filter { catalog.name(of: $0.principal) != nil }
        return found(page("memberships", of: "membership", members) { write($0, in: project, catalog, into: &$1) })
    }

    func showMembership() throws -> Response {
        let (membership, project) = try membership()
        return found(document("membership") { write(membership, in: project, catalog, into: &$0) })
    }

    /// The membership that the path names, in a project that the actor may enter.
    private func membership() throws -> (Membership, Project) {
        guard let membership = catalog.records.memberships[MembershipID(try number(1))],
            membership.stamp.retired == nil,
            let project = membership.project.flatMap({ catalog.records.projects[$0] }), project.stamp.retired == nil
        else { throw Refusal.status(404) }
        return (membership, try entered(project))
    }

    private func write(
        _ membership: Membership, in project: Project, _ catalog: Catalog, into part: inout DocumentWriter
    ) {
        part.member("id", membership.id)
        part.reference("project", id: project.id, title: project.name)
        let isGroup = catalog.records.groups[membership.principal] != nil
        part.reference(
            isGroup ? "group" : "user", id: membership.principal, title: catalog.name(of: membership.principal) ?? "")
        part.array("roles", of: "role") { items in
            for held in membership.roles {
                guard let role = catalog.records.roles[held.role] else { continue }
                items.item { item in
                    item.attribute("id", role.id)
                    item.attribute("name", role.name)
                    if held.inheritedFrom != nil { item.attribute("inherited", true) }
                }
            }
        }
    }

    // MARK: writing

    func createMembership() async throws -> Response {
        let project = try project(segments[1])
        try require(.manageMembers, nil, in: project)
        let input = try parameters.resource("membership")
        let people = Call.numbers(input["user_ids"]) ?? Call.numbers(input["user_id"]) ?? []
        let roles = (Call.numbers(input["role_ids"]) ?? []).map { RoleID($0) }
        let made = try await workspace.write(as: actor) { transaction in
            try transaction.createMemberships(in: project.id, of: people.map { PrincipalID($0) }, roles: roles)
        }
        guard let first = made.first else { throw Fault.unavailable }
        let catalog = workspace.catalog
        return created(
            document("membership") { write(first, in: project, catalog, into: &$0) },
            location: "\(request.baseURL)/memberships/\(first.id)")
    }

    func updateMembership() async throws -> Response {
        let (membership, project) = try membership()
        try require(.manageMembers, nil, in: project)
        let input = try parameters.resource("membership")
        let roles = Call.numbers(input["role_ids"]) ?? []
        try await workspace.write(as: actor) { transaction in
            try transaction.updateMembership(membership.id, roles: roles.map { RoleID($0) })
        }
        return done
    }

    func deleteMembership() async throws -> Response {
        let (membership, project) = try membership()
        try require(.manageMembers, nil, in: project)
        guard membership.roles.allSatisfy({ $0.inheritedFrom == nil }) else {
            throw Refusal.status(422)
        }
        try await workspace.write(as: actor) { try $0.deleteMembership(membership.id) }
        return done
    }

    /// How many numbers a list may have.
    private static let numberLimit = 500

    /// The numbers of a list, or of a single value, each once; nil where there is nothing at all.
    private static func numbers(_ value: ParameterTree?) -> [Int64]? {
        guard let value else { return nil }
        var result: [Int64] = []
        for number in (value.list ?? [value]).prefix(numberLimit).compactMap(Spelling.number)
        where !result.contains(number) {
            result.append(number)
        }
        return result
    }
}
