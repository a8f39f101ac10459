import ParleyHTTP
import ParleyModel
import ParleyService

/// A user as Redmine shows one: how much depends on who asks.
struct UserRendering {
    let workspace: Workspace
    let catalog: Catalog
    let access: Access
    let includes: Set<String>

    private func isFull(_ user: User) -> Bool { access.actor.admin || access.actor.user == user.id }

    /// Redmine's number of a user's status.
    static func status(_ status: User.Status) -> Int64 {
        switch status {
        case .active: 1
        case .registered: 2
        case .locked: 3
        }
    }

    /// The status of Redmine's number; nil for no such.
    static func status(_ number: Int64) -> User.Status? {
        [User.Status.active, .registered, .locked].first { status($0) == number }
    }

    /// - Parameters:
    ///   - key: the API key, for those who may see it.
    ///   - alone: with what only the single resource has.
    func write(_ user: User, key: String?, alone: Bool, into part: inout DocumentWriter) {
        part.member("id", user.id)
        part.member("login", user.login ?? "")
        if isFull(user) { part.member("admin", user.admin) }
        part.member("firstname", user.firstName)
        part.member("lastname", user.lastName)
        if isFull(user) || !user.preferences.hidesAddress { part.member("mail", user.addresses.first ?? "") }
        part.member("created_on", user.stamp.created)
        part.member("updated_on", user.stamp.modified)
        part.member("last_login_on", workspace.lastSignIn(of: user))
        part.member("passwd_changed_on", user.passwordChanged)
        if isFull(user) { part.member("twofa_scheme", DocumentScalar.null) }
        if alone, isFull(user), let key { part.member("api_key", key) }
        if alone, access.actor.admin { part.member("status", UserRendering.status(user.status)) }
        CustomFieldRendering(catalog: catalog).write(catalog.fields(of: .user), user.values, into: &part)
        guard alone, !includes.isEmpty else { return }
        if includes.contains("groups"), access.actor.admin { writeGroups(user, into: &part) }
        if includes.contains("memberships") { writeMemberships(user, into: &part) }
    }

    /// One's own account.
    func writeAccount(_ user: User, key: String?, into part: inout DocumentWriter) {
        part.member("id", user.id)
        part.member("login", user.login ?? "")
        part.member("admin", user.admin)
        part.member("firstname", user.firstName)
        part.member("lastname", user.lastName)
        part.member("mail", user.addresses.first ?? "")
        part.member("created_on", user.stamp.created)
        part.member("last_login_on", workspace.lastSignIn(of: user))
        part.member("api_key", key)
        CustomFieldRendering(catalog: catalog).write(catalog.fields(of: .user), user.values, into: &part)
    }

    private func writeGroups(_ user: User, into part: inout DocumentWriter) {
        let groups = catalog.groups(of: user.id).compactMap { catalog.records.groups[$0] }.sorted { $0.name < $1.name }
        part.array("groups", of: "group") { items in
            for group in groups { items.referenceItem(id: group.id, title: group.name) }
        }
    }

    /// Memberships in projects that the asking user sees; one through a group is shown as inherited.
    private func writeMemberships(_ user: User, into part: inout DocumentWriter) {
        let own = catalog.memberships(of: user.id)
        let held = Set(own.compactMap(\.project))
        let through = catalog.groups(of: user.id).flatMap { catalog.memberships(of: $0) }
            .filter { $0.project.map { !held.contains($0) } ?? false }
        part.array("memberships", of: "membership") { items in
            for membership in own { write(membership, isThroughGroup: false, into: &items) }
            for membership in through { write(membership, isThroughGroup: true, into: &items) }
        }
    }

    func write(_ membership: Membership, isThroughGroup: Bool, into items: inout DocumentWriter) {
        guard let project = membership.project.flatMap({ catalog.records.projects[$0] }), access.sees(project) else {
            return
        }
        items.item { part in
            part.member("id", membership.id)
            part.reference("project", id: project.id, title: project.name)
            part.array("roles", of: "role") { roles in
                for held in membership.roles {
                    guard let role = catalog.records.roles[held.role] else { continue }
                    roles.item { item in
                        item.attribute("id", role.id)
                        item.attribute("name", role.name)
                        if isThroughGroup || held.inheritedFrom != nil { item.attribute("inherited", true) }
                    }
                }
            }
        }
    }
}
