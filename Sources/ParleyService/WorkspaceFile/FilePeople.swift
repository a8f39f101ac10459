import ParleyModel
import ParleyStorage

/// Users, groups, memberships.
extension FileApplier {
    func applyUsers() throws {
        for row in names.declaredUsers {
            let node = row.node
            let known = records.users[row.id]
            let isNew = known == nil || known?.login == nil
            var user = known ?? User(id: row.id, stamp: transaction.stamp, login: nil)
            var edit = RowEdit()
            if isNew { edit.set(&user.login, node["login"]?.text, "login") }
            if known?.login == nil, row.id != .anonymous { user.privileged = true }
            setNames(&user, node, &edit)
            setAddresses(&user, node, &edit)
            edit.set(&user.admin, node["admin"]?.boolean, "admin")
            edit.set(&user.privileged, node["privileged"]?.boolean, "privileged")
            edit.set(&user.status, node["status"]?.text.flatMap(User.Status.init), "status")
            edit.set(&user.mustChangePassword, node["mustChangePassword"]?.boolean, "mustChangePassword")
            setPreferences(&user.preferences, node["preferences"], &edit)
            setAttributes(&user.attributes, node["attributes"], &edit)
            setValues(&user.values, node, .user, in: nil, &edit)
            setRetired(&user.stamp, node, &edit)
            if isNew || !edit.changed.isEmpty {
                try transaction.put(user)
                note(isNew ? .create : .change, "user", user.login ?? "", isNew ? [] : edit.changed)
            }
            try applySecrets(node, of: row.id, isNew: isNew)
        }
        checkAddresses()
    }

    /// First and last name follow the whole name, and the other way round.
    private func setNames(_ user: inout User, _ node: FileNode, _ edit: inout RowEdit) {
        let (first, last, whole) = (node["first"]?.text, node["last"]?.text, node["realName"]?.text)
        if first != nil || last != nil || whole == nil {
            edit.set(&user.firstName, first, "first")
            edit.set(&user.lastName, last, "last")
        } else if let whole {
            let words = whole.split(separator: " ")
            edit.set(&user.firstName, words.dropLast().joined(separator: " "), "first")
            edit.set(&user.lastName, words.last.map(String.init) ?? "", "last")
        }
        if let whole {
            edit.set(&user.realName, whole, "realName")
        } else if first != nil || last != nil {
            let made = [user.firstName, user.lastName].filter { !$0.isEmpty }.joined(separator: " ")
            edit.set(&user.realName, made, "realName")
        }
    }

    private func setAddresses(_ user: inout User, _ node: FileNode, _ edit: inout RowEdit) {
        var addresses = user.addresses
        if let further = node["addresses"]?.texts { addresses = addresses.prefix(1) + further }
        if let email = node["email"] {
            let primary = email.text.flatMap { $0.isEmpty ? nil : $0 }
            let rest = node["addresses"]?.texts ?? Array(addresses.dropFirst())
            addresses = (primary.map { [$0] } ?? []) + rest.filter { $0 != primary }
        } else if user.addresses.isEmpty {
            addresses = node["addresses"]?.texts ?? []
        }
        edit.set(&user.addresses, addresses, "addresses")
    }

    /// An address belongs to one user in use.
    private func checkAddresses() {
        let declared = Dictionary(
            names.declaredUsers.map { ($0.id, $0.node.line) }, uniquingKeysWith: { first, _ in first })
        var owners: [String: PrincipalID] = [:]
        for user in records.users.values.sorted(by: { $0.id < $1.id }) where user.stamp.retired == nil {
            for address in user.addresses.map(TextFolding.fold) {
                if let owner = owners[address], owner != user.id {
                    problems.add(declared[user.id] ?? declared[owner] ?? 0, "two users have the address `\(address)`")
                }
                owners[address] = user.id
            }
        }
    }

    private func setPreferences(_ preferences: inout Preferences, _ node: FileNode?, _ edit: inout RowEdit) {
        edit.set(&preferences.textFormat, node?["textFormat"]?.text.flatMap(TextFormat.init), "textFormat")
        edit.set(&preferences.timeZone, node?["timeZone"]?.text, "timeZone")
        edit.set(&preferences.language, node?["language"]?.text, "language")
        edit.set(&preferences.watchesWhatTheyChange, node?["watchesWhatTheyChange"]?.boolean, "watchesWhatTheyChange")
        edit.set(&preferences.mailNotification, node?["mailNotification"]?.text, "mailNotification")
        edit.set(&preferences.hidesAddress, node?["hidesAddress"]?.boolean, "hidesAddress")
        edit.set(&preferences.pageSize, node?["pageSize"]?.integer.map { Int($0) }, "pageSize")
    }

    /// Text is kept as it is, anything else as its JSON text.
    func setAttributes(_ attributes: inout [String: [String: String]], _ node: FileNode?, _ edit: inout RowEdit) {
        for space in node?.entries ?? [] {
            for entry in space.value.entries {
                let text = entry.value.text ?? entry.value.json
                guard attributes[space.key]?[entry.key] != text else { continue }
                attributes[space.key, default: [:]][entry.key] = text
                edit.changed.append("\(space.key).\(entry.key)")
            }
        }
    }

    func applyGroups(_ list: FileNode?, project: ProjectID?) throws {
        for node in list?.items ?? [] {
            let name = node["name"]?.text ?? ""
            guard let id = names.groups[FileNames.Local(project: project, name: TextFolding.fold(name))] else {
                continue
            }
            let known = records.groups[id]
            var group = known ?? Group(id: id, stamp: transaction.stamp, name: name)
            group.project = project
            var edit = RowEdit()
            edit.set(&group.description, node["description"]?.text, "description")
            edit.set(&group.members, users(node["members"]), "members")
            setValues(&group.values, node, .group, in: project, &edit)
            guard known == nil || !edit.changed.isEmpty else { continue }
            try transaction.put(group)
            note(known == nil ? .create : .change, "group", name, known == nil ? [] : edit.changed)
        }
    }

    // MARK: memberships

    func applyMembers(_ list: FileNode?, project: ProjectID?) throws {
        for node in list?.items ?? [] {
            guard let principal = node["user"] != nil ? user(node["user"]) : group(node["group"], in: project) else {
                continue
            }
            let wanted = roles(node["roles"]) ?? []
            for role in wanted where records.roles[role]?.builtin != nil {
                problems.add(node.line, "the role `\(records.roles[role]?.name ?? "")` is given to nobody")
            }
            let known = membership(of: principal, in: project)
            var membership =
                try known
                ?? Membership(
                    id: transaction.newID(Membership.self), stamp: transaction.stamp, project: project,
                    principal: principal,
                    roles: [])
            let inherited = membership.roles.filter { $0.inheritedFrom != nil }
            var edit = RowEdit()
            edit.set(&membership.roles, wanted.map { Membership.Held(role: $0) } + inherited, "roles")
            let name = node["user"]?.text ?? node["group"]?.text ?? ""
            let place = project.flatMap { records.projects[$0]?.identifier }.map { " of \($0)" } ?? ""
            try store(membership, isNew: known == nil, "member", name + place, edit)
        }
    }

    private func membership(of principal: PrincipalID, in project: ProjectID?) -> Membership? {
        records.memberships.values.first {
            $0.principal == principal && $0.project == project && $0.stamp.retired == nil
        }
    }

    /// Brings inherited memberships up to date, where the file says something that they depend on.
    func inheritMemberships() throws {
        guard !names.declaredProjects.isEmpty || root["groups"] != nil || root["members"] != nil else { return }
        try transaction.inheritMemberships()
    }
}
