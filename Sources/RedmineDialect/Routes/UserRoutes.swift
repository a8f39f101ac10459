import ParleyHTTP
import ParleyModel
import ParleyService

extension RouteTable {
    static let userRoutes = [
        Route(.get, "users") { try $0.listUsers() },
        Route(.get, "users/current") { try await $0.showCurrentUser() },
        Route(.get, "users/:") { try await $0.showUser() },
        Route(.post, "users") { try await $0.createUser() },
        Route(.put, "users/:") { try await $0.updateUser() },
        Route(.delete, "users/:") { try await $0.deleteUser() },
        Route(.get, "my/account", isRaw: true) { try await $0.showAccountOrPage() },
        Route(.put, "my/account", isPutAlone: true) { try await $0.updateAccount() },
    ]
}

/// People as Redmine knows them: those with a login.
enum People {
    static func isUser(_ user: User) -> Bool { user.login != nil && user.stamp.retired == nil }

    /// Whether somebody may be shown to the actor: an active user, whom a role lets see everybody or who shares a
    /// project.
    static func isVisible(_ user: User, _ catalog: Catalog, _ access: Access) -> Bool {
        if access.actor.admin || user.id == access.actor.user { return true }
        guard user.status == .active else { return false }
        if seesEverybody(catalog, access) { return true }
        return catalog.memberships(of: user.id).contains { membership in
            membership.project.flatMap { catalog.records.projects[$0] }.map { access.sees($0) } ?? false
        }
    }

    private static func seesEverybody(_ catalog: Catalog, _ access: Access) -> Bool {
        let held = access.memberProjects.reduce(into: Set<RoleID>()) { $0.formUnion(access.roles(in: $1)) }
        let builtin: Role.Builtin = access.actor.isAnonymous ? .anonymous : .nonMember
        let grants = catalog.roles.filter { held.contains($0.id) || $0.builtin == builtin }.flatMap(\.grants)
        return (grants + catalog.settings.grants).contains { showsUsers($0) }
    }

    /// Whether a grant lets its holders see users.
    static func showsUsers(_ grant: Grant) -> Bool {
        grant.actions.contains("view") && grant.classes?["user"] != nil
    }
}

extension Call {
    // MARK: reading

    func listUsers() throws -> Response {
        let users = try listedUsers()
        let rendering = UserRendering(workspace: workspace, catalog: catalog, access: access, includes: includes)
        return found(
            page("users", of: "user", users) { user, part in
                rendering.write(user, key: nil, alone: false, into: &part)
            })
    }

    /// The users that a list asks for, by login.
    func listedUsers() throws -> [User] {
        try requireAdministrator()
        let status = parameters.text("status") ?? "1"
        let name = parameters.text("name").map { Spelling.trimmed($0).lowercased() } ?? ""
        let group = parameters.text("group_id").flatMap(Quirks.leadingNumber).flatMap {
            catalog.records.groups[PrincipalID($0)]
        }
        return catalog.records.users.values.filter { user in
            guard People.isUser(user) else { return false }
            if !status.isEmpty, status != "*", String(UserRendering.status(user.status)) != status { return false }
            if let group, !group.members.contains(user.id) { return false }
            return name.isEmpty || Call.texts(of: user).contains { Call.contains($0.lowercased(), name) }
        }.sorted { ($0.login?.lowercased() ?? "", $0.id) < ($1.login?.lowercased() ?? "", $1.id) }
    }

    private static func texts(of user: User) -> [String] {
        [user.login ?? "", user.firstName, user.lastName, "\(user.firstName) \(user.lastName)"] + user.addresses
    }

    private static func contains(_ text: String, _ part: String) -> Bool {
        let octets = Array(text.utf8)
        let wanted = Array(part.utf8)
        guard !wanted.isEmpty, octets.count >= wanted.count else { return wanted.isEmpty }
        return (0...(octets.count - wanted.count)).contains { octets[$0..<$0 + wanted.count].elementsEqual(wanted) }
    }

    func showCurrentUser() async throws -> Response {
        try requireSignIn()
        guard let user = catalog.user(actor.user) else { throw Refusal.status(404) }
        return try await shown(user, catalog)
    }

    func showUser() async throws -> Response {
        guard let user = catalog.user(PrincipalID(try number(1))), People.isUser(user),
            People.isVisible(user, catalog, access)
        else { throw Refusal.status(404) }
        return try await shown(user, catalog)
    }

    private func shown(_ user: User, _ catalog: Catalog) async throws -> Response {
        found(try await userDocument(user, catalog))
    }

    private func userDocument(_ user: User, _ catalog: Catalog) async throws -> [UInt8] {
        let access = catalog.access(for: actor)
        let isFull = actor.admin || actor.user == user.id
        let key = isFull ? try await workspace.plainKey(of: user.id) : nil
        let rendering = UserRendering(workspace: workspace, catalog: catalog, access: access, includes: includes)
        return document("user") { rendering.write(user, key: key, alone: true, into: &$0) }
    }

    func showAccount() async throws -> Response {
        try requireSignIn()
        guard let user = catalog.user(actor.user) else { throw Refusal.status(404) }
        let key = try await workspace.plainKey(of: user.id)
        let rendering = UserRendering(workspace: workspace, catalog: catalog, access: access, includes: [])
        return found(document("user") { rendering.writeAccount(user, key: key, into: &$0) })
    }

    // MARK: writing

    func createUser() async throws -> Response {
        try requireAdministrator()
        let input = UserParser(catalog: catalog, input: try parameters.resource("user"))
        var draft = input.draft
        draft.hidesAddress = hidesAddress ?? true
        let made = try await workspace.createUser(draft, password: try input.password(self, isNew: true), as: actor)
        return created(
            try await userDocument(made, workspace.catalog), location: "\(request.baseURL)/users/\(made.id)")
    }

    func updateUser() async throws -> Response {
        if segments[1] == "current" { return try await updateAccount() }
        try requireAdministrator()
        guard let user = catalog.user(PrincipalID(try number(1))), People.isUser(user) else {
            throw Refusal.status(404)
        }
        let input = UserParser(catalog: catalog, input: try parameters.resource("user"))
        var draft = input.draft
        draft.hidesAddress = hidesAddress
        _ = try await workspace.updateUser(user.id, draft, password: try input.password(self), as: actor)
        return done
    }

    /// What the content says beside the user of whether others see the address.
    private var hidesAddress: Bool? { parameters["pref"]?.object?["hide_mail"].flatMap(Spelling.flag) }

    func deleteUser() async throws -> Response {
        try requireAdministrator()
        guard let user = catalog.user(PrincipalID(try number(1))), People.isUser(user) else {
            throw Refusal.status(404)
        }
        try await workspace.deleteUser(user.id, as: actor)
        return done
    }

    /// What one may change of oneself.
    func updateAccount() async throws -> Response {
        try requireSignIn()
        let given = UserParser(catalog: catalog, input: try parameters.resource("user")).draft
        var draft = UserDraft()
        draft.firstName = given.firstName
        draft.lastName = given.lastName
        draft.address = given.address
        draft.language = given.language
        draft.mailNotification = given.mailNotification
        draft.lastNameMaximumLength = given.lastNameMaximumLength
        draft.problems = given.problems.filter { $0.subject != .property("userStatus") }
        draft.values = given.values
        draft.hidesAddress = hidesAddress
        _ = try await workspace.updateUser(actor.user, draft, password: nil, as: actor)
        return done
    }
}
