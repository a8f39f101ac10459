import ParleyHTTP
import ParleyModel
import ParleyService

extension RouteTable {
    static let groupRoutes = [
        Route(.get, "groups") { try $0.listGroups() },
        Route(.get, "groups/:") { try $0.showGroup() },
        Route(.post, "groups") { try await $0.createGroup() },
        Route(.put, "groups/:") { try await $0.updateGroup() },
        Route(.delete, "groups/:") { try await $0.deleteGroup() },
        Route(.post, "groups/:/users") { try await $0.addGroupMembers() },
        Route(.delete, "groups/:/users/:") { try await $0.removeGroupMember() },
    ]
}

extension Call {
    // MARK: reading

    func listGroups() throws -> Response {
        try requireAdministrator()
        let groups = catalog.records.groups.values.filter { $0.stamp.retired == nil && $0.project == nil }
            .sorted { ($0.name.lowercased(), $0.id) < ($1.name.lowercased(), $1.id) }
        let showsBuiltin = parameters.text("builtin") == "1"
        return found(
            list("groups", of: "group") { items in
                for group in groups { items.item { write(group, alone: false, into: &$0) } }
                guard showsBuiltin else { return }
                for (id, name, kind) in Quirks.builtinGroups {
                    items.item { part in
                        part.member("id", id)
                        part.member("name", name)
                        part.member("builtin", kind)
                    }
                }
            })
    }

    /// Open to all who may enter.
    func showGroup() throws -> Response {
        let group = try group()
        return found(document("group") { write(group, alone: true, into: &$0) })
    }

    /// The group that the path names.
    private func group() throws -> Group {
        let id = PrincipalID(try number(1))
        guard let group = catalog.records.groups[id], group.stamp.retired == nil, group.project == nil else {
            throw Refusal.status(404)
        }
        return group
    }

    private func write(_ group: Group, alone: Bool, into part: inout DocumentWriter) {
        part.member("id", group.id)
        part.member("name", group.name)
        CustomFieldRendering(catalog: catalog).write(catalog.fields(of: .group), group.values, into: &part)
        guard alone else { return }
        let includes = includes
        if includes.contains("users") {
            part.array("users", of: "user") { items in
                for user in group.members.sorted() {
                    items.referenceItem(id: user, title: catalog.name(of: user) ?? "")
                }
            }
        }
        if includes.contains("memberships") {
            let rendering = UserRendering(workspace: workspace, catalog: catalog, access: access, includes: includes)
            part.array("memberships", of: "membership") { items in
                for membership in catalog.memberships(of: group.id) {
                    rendering.write(membership, isThroughGroup: false, into: &items)
                }
            }
        }
    }

    // MARK: writing

    func createGroup() async throws -> Response {
        try requireAdministrator()
        let input = try parameters.resource("group")
        let name = Spelling.trimmed(input["name"].flatMap(Words.ofText) ?? "")
        let members = try members(input["user_ids"]) ?? []
        let made = try await workspace.write(as: actor) { transaction in
            var group = Group(id: try transaction.newPrincipalID(), stamp: transaction.stamp, name: name)
            group.members = members
            try GroupRules.check(group, in: transaction)
            try transaction.put(group)
            try transaction.inheritMemberships()
            return group
        }
        return created(
            document("group") { write(made, alone: true, into: &$0) }, location: "\(request.baseURL)/groups/\(made.id)")
    }

    func updateGroup() async throws -> Response {
        try requireAdministrator()
        let id = try group().id
        let input = try parameters.resource("group")
        let name = input["name"].map { Spelling.trimmed(Words.ofText($0) ?? "") }
        let members = try members(input["user_ids"])
        return try await change(id) { group in
            if let name { group.name = name }
            if let members { group.members = members }
        }
    }

    func addGroupMembers() async throws -> Response {
        try requireAdministrator()
        let group = try group()
        let given = (parameters["user_ids"]?.list ?? []) + (parameters["user_id"].map { $0.list ?? [$0] } ?? [])
        let people = users(.list(given)) ?? []
        guard !people.isEmpty, people.allSatisfy({ !group.members.contains($0) }) else {
            throw Fault.invalid([Problem(.property("user"), .invalid)])
        }
        return try await change(group.id) { group in
            group.members += people.filter { !group.members.contains($0) }
        }
    }

    func removeGroupMember() async throws -> Response {
        try requireAdministrator()
        let group = try group()
        let user = PrincipalID(try number(3))
        guard let known = catalog.user(user), People.isUser(known) else { throw Refusal.status(404) }
        guard group.members.contains(user) else { return done }
        return try await change(group.id) { $0.members.removeAll { $0 == user } }
    }

    func deleteGroup() async throws -> Response {
        try requireAdministrator()
        let id = try group().id
        try await workspace.write(as: actor) { transaction in
            guard var group = transaction.records.groups[id], group.stamp.retired == nil else { throw Fault.notFound }
            for membership in transaction.records.memberships.values
            where membership.principal == id && membership.stamp.retired == nil {
                try transaction.endMembership(membership)
            }
            group.stamp.retired = transaction.now
            group.members = []
            try transaction.put(group)
            try transaction.inheritMemberships()
        }
        return done
    }

    private func change(_ id: PrincipalID, _ edit: @escaping @Sendable (inout Group) -> Void) async throws -> Response {
        try await workspace.write(as: actor) { transaction in
            guard var group = transaction.records.groups[id], group.stamp.retired == nil else { throw Fault.notFound }
            edit(&group)
            try GroupRules.check(group, in: transaction)
            try transaction.put(group)
            try transaction.inheritMemberships()
        }
        return done
    }

    /// The users that a list names, blanks left out; nil where there is no list.
    /// - Throws: `Refusal.unknownReference` if one is not there.
    private func members(_ value: ParameterTree?) throws -> [PrincipalID]? {
        guard let value else { return nil }
        for item in (value.list ?? [value]).prefix(10_000) where !Spelling.isBlank(item) {
            let user = Spelling.number(item).flatMap { catalog.user(PrincipalID($0)) }
            guard user.map(People.isUser) ?? false else { throw Refusal.unknownReference }
        }
        return users(value)
    }

    /// The users that a list of numbers names, each once; nil where there is no list.
    private func users(_ value: ParameterTree?) -> [PrincipalID]? {
        guard let value else { return nil }
        var result: [PrincipalID] = []
        for item in (value.list ?? [value]).prefix(10_000) {
            guard let number = Spelling.number(item), let user = catalog.user(PrincipalID(number)), People.isUser(user),
                !result.contains(user.id)
            else { continue }
            result.append(user.id)
        }
        return result
    }
}

/// What a group must be.
private enum GroupRules {
    /// - Throws: `Fault.invalid`.
    static func check(_ group: Group, in transaction: Transaction) throws {
        let name = Problem.Subject.property("name")
        if group.name.isEmpty { throw Fault.invalid([Problem(name, .required)]) }
        if group.name.count > 255 { throw Fault.invalid([Problem(name, .tooLong(maximum: 255))]) }
        let wanted = group.name.lowercased()
        let isTaken = transaction.records.groups.values.contains { other in
            other.id != group.id && other.stamp.retired == nil && other.project == nil
                && other.name.lowercased() == wanted
        }
        if isTaken { throw Fault.invalid([Problem(name, .taken)]) }
    }
}
