import ParleyModel
import ParleyStorage

/// Roles and grants.
extension FileApplier {
    /// What grants of a place are about: fields are named as elements of a tool's form first.
    func grants(_ list: FileNode?, for role: RoleID?, in project: ProjectID?, tool: ToolID?) -> [Grant] {
        (list?.items ?? []).flatMap { grants($0, for: role, in: project, tool: tool) }
    }

    /// One for each condition, of which any suffices.
    private func grants(_ node: FileNode, for role: RoleID?, in project: ProjectID?, tool: ToolID?) -> [Grant] {
        guard let subject = role.map({ GrantSubject.role($0) }) ?? subject(node["subject"], in: project) else {
            return []
        }
        let fields = fieldSet(node["fields"], in: project, tool: tool)
        let classes = classes(node["classes"])
        let given = node["actions"]?.texts.map { Action(rawValue: $0) } ?? []
        let actions = node["actions"]?.text == "all" ? FileActions.all.map { Action(rawValue: $0) } : given
        let grant = Grant(
            subject: subject, actions: Set(actions), types: types(node["types"]).map { Set($0) }, fields: fields,
            classes: classes, publicOnly: node["scope"] != nil)
        return conditions(node["condition"], in: project, tool: tool).map { condition in
            var one = grant
            one.condition = condition
            return one
        }
    }

    func subject(_ node: FileNode?, in project: ProjectID?) -> GrantSubject? {
        guard let node else { return nil }
        switch node.text {
        case "everybody"?: return .everybody
        case "signedIn"?: return .signedIn
        case "privileged"?: return .privileged
        case "nonMember"?: return .nonMember
        case "anonymous"?: return .principal(.anonymous)
        default: break
        }
        if node["role"] != nil { return role(node["role"]).map { .role($0) } }
        if node["user"] != nil { return user(node["user"]).map { .principal($0) } }
        return group(node["group"], in: project).map { .principal($0) }
    }

    func subjects(_ list: FileNode?, in project: ProjectID?) -> [GrantSubject] {
        (list?.items ?? []).compactMap { subject($0, in: project) }
    }

    private func fieldSet(_ node: FileNode?, in project: ProjectID?, tool: ToolID?) -> FieldSet? {
        guard let node else { return nil }
        switch node.text {
        case "all"?: return .all
        case "builtin"?: return .builtin
        case "custom"?: return .custom
        default: return .only(Set(node.items.compactMap { grantField($0, in: project, tool: tool) }))
        }
    }

    private func grantField(_ node: FileNode, in project: ProjectID?, tool: ToolID?) -> FieldID? {
        if let tool, let project { return issueField(node, in: tool, of: project) }
        return issueField(node, in: project)
    }

    private func classes(_ node: FileNode?) -> [String: [String]]? {
        guard let node else { return nil }
        if node.isList { return Dictionary(node.texts.map { ($0, []) }, uniquingKeysWith: { first, _ in first }) }
        return Dictionary(node.entries.map { ($0.key, $0.value.texts) }, uniquingKeysWith: { first, _ in first })
    }

    private func conditions(_ node: FileNode?, in project: ProjectID?, tool: ToolID?) -> [Condition] {
        guard let node else { return [.always] }
        if node.isList { return node.items.compactMap { condition($0, in: project, tool: tool) } }
        return condition(node, in: project, tool: tool).map { [$0] } ?? []
    }

    private func condition(_ node: FileNode, in project: ProjectID?, tool: ToolID?) -> Condition? {
        switch node.text {
        case "always"?: return .always
        case "isAuthor"?: return .isAuthor
        case "isAssignee"?: return .isAssignee
        case "isSelf"?: return .isSelf
        case "isCreator"?: return .isCreator
        default: break
        }
        switch node["participates"]?.text {
        case "requestor"?: return .participates(.requestor)
        case "watcher"?: return .participates(.watcher)
        case "adminWatcher"?: return .participates(.adminWatcher)
        default: break
        }
        guard let attribute = node["attribute"], let name = attribute["field"],
            let field = grantField(name, in: project, tool: tool)
        else { return nil }
        let values = (attribute["in"]?.items ?? []).compactMap { item in
            if let builtin = BuiltinField(field) {
                return value(item, type: builtin.type, name: name.scalarText, in: project, tracker: tool)
            }
            return records.fields[field].flatMap { value(item, of: $0, in: project, tracker: tool) }
        }
        return .attribute(field, values)
    }

    // MARK: roles

    func applyRoles() throws {
        let before = records.roles.values.map(\.rank).max() ?? 0
        for row in names.declaredRoles {
            let node = row.node
            let known = records.roles[row.id]
            var role =
                known
                ?? Role(
                    id: row.id, stamp: transaction.stamp, name: node["name"]?.text ?? "",
                    rank: place(row.index, after: before))
            var edit = RowEdit()
            if let builtin = node["builtin"]?.text.flatMap(Role.Builtin.init) {
                if let other = records.roles.values.first(where: { $0.builtin == builtin && $0.id != row.id }) {
                    problems.add(node.line, "the role `\(other.name)` is \(builtin.rawValue) already")
                }
                edit.set(&role.builtin, builtin, "builtin")
            }
            edit.set(&role.includes, roles(node["includes"]), "includes")
            if node["actions"] != nil || node["grants"] != nil || known == nil {
                let new = roleGrants(node, row.id)
                edit.set(&role.grants, new, "grants")
                let owns = new.contains { $0.actions.contains(.ownIssues) && $0.isAboutIssues }
                edit.set(&role.assignable, owns, "assignable")
            }
            try store(role, isNew: known == nil, "role", role.name, edit)
        }
        checkIncludes()
    }

    private func roleGrants(_ node: FileNode, _ role: RoleID) -> [Grant] {
        var result: [Grant] = []
        let subject = GrantSubject.role(role)
        if node["actions"]?.text == "all" {
            let classActions = Set(FileSchema.classActions.map { Action(rawValue: $0) })
            let everyClass = Dictionary(uniqueKeysWithValues: FileSchema.classNames.map { ($0, [String]()) })
            result = [
                Grant(subject: subject, actions: Set(FileActions.all.map { Action(rawValue: $0) })),
                Grant(subject: subject, actions: [.read, .submit, .update, .search], fields: .all),
                Grant(subject: subject, actions: classActions, classes: everyClass),
            ]
        } else if let actions = node["actions"]?.texts, !actions.isEmpty {
            result = [Grant(subject: subject, actions: Set(actions.map { Action(rawValue: $0) }))]
        }
        return result + grants(node["grants"], for: role, in: nil, tool: nil)
    }

    /// A role that includes itself by way of others would have no end.
    private func checkIncludes() {
        for row in names.declaredRoles {
            var seen: Set<RoleID> = []
            var pending = records.roles[row.id]?.includes ?? []
            while let next = pending.popLast() {
                if next == row.id {
                    problems.add(row.node.line, "the role `\(row.node["name"]?.text ?? "")` includes itself")
                    break
                }
                if seen.insert(next).inserted { pending += records.roles[next]?.includes ?? [] }
            }
        }
    }
}
