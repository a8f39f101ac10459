import ParleyModel
import ParleyStorage

/// Finding what a name in the file means; what is not there is a problem.
extension FileApplier {
    private func missing(_ node: FileNode, _ what: String) {
        problems.add(node.line, "there is no \(what) `\(node.scalarText)`")
    }

    func user(_ node: FileNode?) -> PrincipalID? {
        guard let node, let login = node.text else { return nil }
        if let id = names.users[TextFolding.fold(login)] { return id }
        missing(node, "user")
        return nil
    }

    func users(_ list: FileNode?) -> [PrincipalID]? { list.map { $0.items.compactMap { user($0) } } }

    /// A group of the project, else of the workspace.
    func group(_ node: FileNode?, in project: ProjectID?) -> PrincipalID? {
        guard let node, let text = node.text else { return nil }
        let name = TextFolding.fold(text)
        if let project, let id = names.groups[FileNames.Local(project: project, name: name)] { return id }
        if let id = names.groups[FileNames.Local(project: nil, name: name)] { return id }
        missing(node, "group")
        return nil
    }

    func role(_ node: FileNode?) -> RoleID? {
        guard let node, let name = node.text else { return nil }
        if let id = names.roles[name] { return id }
        missing(node, "role")
        return nil
    }

    func roles(_ list: FileNode?) -> [RoleID]? { list.map { $0.items.compactMap { role($0) } } }

    func status(_ node: FileNode?) -> StatusID? {
        guard let node, let name = node.text else { return nil }
        if let id = names.statusKeys[name] { return id }
        let found = names.statuses[name] ?? []
        if found.count > 1 { problems.add(node.line, "several statuses are called `\(name)`; name one by its key") }
        if found.isEmpty { missing(node, "status") }
        return found.first
    }

    func type(_ node: FileNode?) -> IssueTypeID? {
        guard let node, let name = node.text else { return nil }
        if let id = names.types[name] { return id }
        missing(node, "type")
        return nil
    }

    func types(_ list: FileNode?) -> [IssueTypeID]? { list.map { $0.items.compactMap { type($0) } } }

    func priority(_ node: FileNode?) -> PriorityID? {
        guard let node, let name = node.text else { return nil }
        if let id = names.priorities[name] { return id }
        missing(node, "priority")
        return nil
    }

    func workflow(_ node: FileNode?) -> WorkflowID? {
        guard let node, let name = node.text else { return nil }
        if let id = names.workflows[name] { return id }
        missing(node, "workflow")
        return nil
    }

    func project(_ node: FileNode?) -> ProjectID? {
        guard let node, let identifier = node.text else { return nil }
        if let id = names.projects[identifier] { return id }
        missing(node, "project")
        return nil
    }

    func tool(_ node: FileNode?, in project: ProjectID) -> ToolID? {
        guard let node, let mountPoint = node.text else { return nil }
        if let id = names.tools[FileNames.Local(project: project, name: mountPoint)] { return id }
        missing(node, "tool")
        return nil
    }

    func category(_ node: FileNode?, in project: ProjectID) -> CategoryID? {
        guard let node, let name = node.text else { return nil }
        if let id = names.categories[FileNames.Local(project: project, name: name)] { return id }
        missing(node, "category")
        return nil
    }

    /// A version of the tracker, of the project, or one that others share with it.
    func version(_ node: FileNode?, in project: ProjectID, tracker: ToolID?) -> VersionID? {
        guard let node, let name = node.text else { return nil }
        if let tracker, let id = names.versions[FileNames.versionKey(project, tracker, name)]?.first { return id }
        if let id = names.versions[FileNames.versionKey(project, nil, name)]?.first { return id }
        if tracker == nil {
            for tool in names.tools where tool.key.project == project {
                if let id = names.versions[FileNames.versionKey(project, tool.value, name)]?.first { return id }
            }
        }
        transaction.settle()
        if let shared = transaction.catalog.versionsShared(with: project).first(where: { $0.name == name }) {
            return shared.id
        }
        missing(node, "version")
        return nil
    }

    func label(_ name: String, in project: ProjectID) -> LabelID? {
        names.labels[FileNames.Local(project: project, name: name)]
            ?? names.labels[FileNames.Local(project: nil, name: name)]
    }

    // MARK: fields

    static let builtins = Dictionary(uniqueKeysWithValues: BuiltinField.allCases.map { ("\($0)", $0) })

    /// A builtin field, or a custom one that issues of the project have; of the workspace where there is no project.
    func issueField(_ node: FileNode?, in project: ProjectID?) -> FieldID? {
        guard let node, let name = node.text else { return nil }
        if let builtin = FileApplier.builtins[name] { return builtin.id }
        let found = names.fields[FileNames.FieldKey(object: .issue, name: name)] ?? []
        if let id = found.first(where: { isUsable($0, in: project) }) ?? found.first { return id }
        missing(node, "field")
        return nil
    }

    private func isUsable(_ id: FieldID, in project: ProjectID?) -> Bool {
        if let row = names.declaredFields.first(where: { $0.id == id }), let listed = row.node["projects"] {
            return listed.texts.contains { names.projects[$0] == project }
        }
        guard let projects = records.fields[id]?.projects else { return true }
        return project.map(projects.contains) ?? false
    }

    /// A field as an element of a tracker's form, else as a builtin or custom field.
    func issueField(_ node: FileNode?, in tool: ToolID, of project: ProjectID) -> FieldID? {
        if let name = node?.text, let id = names.elements[tool]?[name] { return id }
        return issueField(node, in: project)
    }

    /// The fields that a name means in a workflow: elements of the trackers that follow it, else a builtin or custom
    /// field.
    func workflowFields(_ node: FileNode, _ workflow: WorkflowID) -> [FieldID] {
        guard let name = node.text else { return [] }
        var found: [FieldID] = []
        for tool in trackers(following: workflow) {
            if let id = names.elements[tool]?[name], !found.contains(id) { found.append(id) }
        }
        if !found.isEmpty { return found }
        return issueField(node, in: nil).map { [$0] } ?? []
    }

    private func trackers(following workflow: WorkflowID) -> [ToolID] {
        let name = names.workflows.first { $0.value == workflow }?.key
        var result: [ToolID] = []
        var declared: Set<ToolID> = []
        for tool in names.declaredProjects.flatMap(\.tools) where tool.kind == .tickets {
            guard let named = tool.node["workflow"]?.text else { continue }
            declared.insert(tool.id)
            if named == name { result.append(tool.id) }
        }
        for tool in records.tools.values where tool.tracker?.workflow == workflow && !declared.contains(tool.id) {
            result.append(tool.id)
        }
        let isDefault =
            root["settings"]?["workflow"].map { $0.text == name } ?? (records.settings.defaultWorkflow == workflow)
        if isDefault {
            result += names.elements.keys.filter { id in
                !declared.contains(id) && records.tools[id]?.tracker?.workflow == nil
            }
        }
        return result.sorted()
    }
}
