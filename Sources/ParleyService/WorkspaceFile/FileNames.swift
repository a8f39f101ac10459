import ParleyModel
import ParleyStorage

/// The numbers of rows by their natural names: of those in the workspace and of those that the file declares.
struct FileNames {
    struct Row<E: Sendable> {
        var id: Identifier<E>
        var node: FileNode
        /// Its place in the list.
        var index: Int
    }

    /// A name within a project, or within the workspace.
    struct Local: Hashable {
        var project: ProjectID?
        var name: String
    }

    struct FieldKey: Hashable {
        var object: Field.Object
        var name: String
    }

    struct DeclaredProject {
        var id: ProjectID
        var node: FileNode
        var tools: [DeclaredTool] = []
    }

    struct DeclaredTool {
        var id: ToolID
        var node: FileNode
        var index: Int

        var kind: Tool.Kind { Tool.Kind(rawValue: node.text ?? node["kind"]?.text ?? "") ?? .tickets }
        var mountPoint: String { node["mountPoint"]?.text ?? kind.rawValue }
        var label: String { node["label"]?.text ?? kind.rawValue.prefix(1).uppercased() + kind.rawValue.dropFirst() }
    }

    var users: [String: PrincipalID] = [:]
    var groups: [Local: PrincipalID] = [:]
    var roles: [String: RoleID] = [:]
    var statuses: [String: [StatusID]] = [:]
    var statusKeys: [String: StatusID] = [:]
    var priorities: [String: PriorityID] = [:]
    var types: [String: IssueTypeID] = [:]
    var workflows: [String: WorkflowID] = [:]
    var enumerations: [String: EnumerationID] = [:]
    var linkTypes: [String: LinkTypeID] = [:]
    var fields: [FieldKey: [FieldID]] = [:]
    var projects: [String: ProjectID] = [:]
    var tools: [Local: ToolID] = [:]
    var versions: [Local: [VersionID]] = [:]
    var categories: [Local: CategoryID] = [:]
    var labels: [Local: LabelID] = [:]
    var queries: [String: [SavedQueryID]] = [:]
    /// The fields that elements of a tracker's form are bound to.
    var elements: [ToolID: [String: FieldID]] = [:]
    /// The declarations of fields within forms, with the tool they are for.
    var formFields: [(row: Row<Field>, tool: DeclaredTool, project: ProjectID)] = []
    var toolTypes: [ToolID: [IssueTypeID]] = [:]

    var declaredStatuses: [Row<Status>] = []
    var declaredPriorities: [Row<Priority>] = []
    var declaredTypes: [Row<IssueType>] = []
    var declaredUsers: [Row<Principal>] = []
    var declaredRoles: [Row<Role>] = []
    var declaredFields: [Row<Field>] = []
    var declaredWorkflows: [Row<Workflow>] = []
    var declaredProjects: [DeclaredProject] = []
    var declaredTopics: [(Forum, FileNode)] = []

    static func versionKey(_ project: ProjectID, _ tracker: ToolID?, _ name: String) -> Local {
        Local(project: project, name: "\(tracker?.rawValue ?? 0) \(name)")
    }

    static func queryKey(_ owner: PrincipalID, _ name: String, _ project: ProjectID?, _ tracker: ToolID?) -> String {
        "\(owner) \(project?.rawValue ?? 0) \(tracker?.rawValue ?? 0) \(name)"
    }
}

/// The first pass.
extension FileApplier {
    func nameEverything() throws {
        nameExisting()
        try nameWords()
        try namePeople()
        for (index, node) in (root["fields"]?.items ?? []).enumerated() { try nameField(node, index) }
        names.declaredWorkflows = try declare(root["workflows"], Workflow.self) {
            names.workflows[$0.name]
        } named: {
            names.workflows[$0] = $1
        }
        for name in root["labels"]?.texts ?? [] { try nameLabel(name, project: nil) }
        for (index, node) in (root["projects"]?.items ?? []).enumerated() { try nameProject(node, index) }
        for index in names.declaredProjects.indices { try nameContents(of: index) }
        for node in root["savedQueries"]?.items ?? [] { try nameQuery(node, nil, nil) }
    }

    /// Rows in use first, so that they win over retired ones of the same name.
    private func inOrder<R: CatalogRecord>(_ table: [Identifier<R.Key>: R]) -> [R] {
        table.values.sorted { ($0.stamp.retired == nil ? 0 : 1, $0.id) < ($1.stamp.retired == nil ? 0 : 1, $1.id) }
    }

    private func index<K: Hashable, V>(_ pairs: [(K, V)]) -> [K: V] {
        Dictionary(pairs, uniquingKeysWith: { first, _ in first })
    }

    private func nameExisting() {
        let records = self.records
        let people = records.users.values.sorted {
            ($0.stamp.retired == nil ? 0 : 1, $0.id) < ($1.stamp.retired == nil ? 0 : 1, $1.id)
        }
        names.users = index(people.compactMap { user in user.login.map { (TextFolding.fold($0), user.id) } })
        names.groups = index(
            records.groups.values.filter { $0.stamp.retired == nil }.sorted { $0.id < $1.id }.map {
                (FileNames.Local(project: $0.project, name: TextFolding.fold($0.name)), $0.id)
            })
        names.roles = index(inOrder(records.roles).map { ($0.name, $0.id) })
        for status in inOrder(records.statuses) { names.statuses[status.name, default: []].append(status.id) }
        names.priorities = index(inOrder(records.priorities).map { ($0.name, $0.id) })
        names.types = index(inOrder(records.types).map { ($0.name, $0.id) })
        names.workflows = index(inOrder(records.workflows).map { ($0.name, $0.id) })
        names.enumerations = index(
            inOrder(records.enumerations).filter { $0.project == nil }.map {
                ("\($0.kind.rawValue) \($0.name)", $0.id)
            })
        names.linkTypes = index(inOrder(records.linkTypes).map { ($0.name, $0.id) })
        for field in inOrder(records.fields) {
            names.fields[FileNames.FieldKey(object: field.object, name: field.name), default: []].append(field.id)
        }
        let projects = inOrder(records.projects)
        names.projects = index(
            projects.map { ($0.identifier, $0.id) }
                + projects.flatMap { project in
                    project.aliases.map { ($0, project.id) }
                })
        nameExistingParts(records)
    }

    private func nameExistingParts(_ records: CatalogRecords) {
        for tool in inOrder(records.tools) where tool.stamp.retired == nil {
            names.tools[FileNames.Local(project: tool.project, name: tool.mountPoint)] = tool.id
            guard let tracker = tool.tracker else { continue }
            names.toolTypes[tool.id] = tracker.types
            for element in tracker.form {
                if let field = element.field { names.elements[tool.id, default: [:]][element.name] = field }
            }
        }
        for version in inOrder(records.versions) {
            names.versions[FileNames.versionKey(version.project, version.tracker, version.name), default: []]
                .append(version.id)
        }
        names.categories = index(
            inOrder(records.categories).map {
                (FileNames.Local(project: $0.project, name: $0.name), $0.id)
            })
        names.labels = index(
            inOrder(records.labels).map { (FileNames.Local(project: $0.project, name: $0.name), $0.id) })
        for query in inOrder(records.savedQueries) where query.stamp.retired == nil {
            names.queries[FileNames.queryKey(query.owner, query.name, query.project, query.tracker), default: []]
                .append(query.id)
        }
    }

    /// Finds or numbers the rows of a list that go by their name alone.
    private func declare<R: CatalogRecord>(
        _ list: FileNode?, _ type: R.Type, known: ((name: String, node: FileNode)) -> Identifier<R.Key>?,
        named: (String, Identifier<R.Key>) -> Void
    ) throws -> [FileNames.Row<R.Key>] {
        try (list?.items ?? []).enumerated().map { index, node in
            let name = node["name"]?.text ?? ""
            let id = try known((name, node)) ?? transaction.newID(R.self)
            named(name, id)
            return FileNames.Row(id: id, node: node, index: index)
        }
    }

    private func nameWords() throws {
        var taken: Set<StatusID> = []
        for (index, node) in (root["statuses"]?.items ?? []).enumerated() {
            let name = node["name"]?.text ?? ""
            let sameName = (names.statuses[name] ?? []).filter { !taken.contains($0) }
            let sameCategory = sameName.filter { records.statuses[$0]?.category.rawValue == node["category"]?.text }
            let shared = (root["statuses"]?.items ?? []).count { $0["name"]?.text == name } > 1 || sameName.count > 1
            let found = shared ? sameCategory.first : sameName.first
            let id = try found ?? transaction.newID(Status.self)
            taken.insert(id)
            if found == nil { names.statuses[name, default: []].append(id) }
            if let key = node["key"]?.text { names.statusKeys[key] = id }
            names.declaredStatuses.append(FileNames.Row(id: id, node: node, index: index))
        }
        names.declaredPriorities = try declare(root["priorities"], Priority.self) {
            names.priorities[$0.name]
        } named: {
            names.priorities[$0] = $1
        }
        names.declaredTypes = try declare(root["types"], IssueType.self) {
            names.types[$0.name]
        } named: {
            names.types[$0] = $1
        }
        names.declaredRoles = try declare(root["roles"], Role.self) {
            names.roles[$0.name]
        } named: {
            names.roles[$0] = $1
        }
    }

    private func namePeople() throws {
        var firstIsFree = records.users[.firstAdministrator].map { $0.login == nil } ?? false
        for (index, node) in (root["users"]?.items ?? []).enumerated() {
            let login = TextFolding.fold(node["login"]?.text ?? "")
            let id: PrincipalID
            if node["builtin"] != nil {
                id = .anonymous
                if let other = names.users[login], other != id {
                    problems.add(node.line, "the login `\(login)` belongs to somebody else")
                }
            } else if let known = names.users[login] {
                id = known
            } else if firstIsFree, node["admin"]?.boolean == true {
                id = .firstAdministrator
                firstIsFree = false
            } else {
                id = try transaction.newPrincipalID()
            }
            names.users[login] = id
            names.declaredUsers.append(FileNames.Row(id: id, node: node, index: index))
        }
        try nameGroups(root["groups"], project: nil)
    }

    private func nameGroups(_ list: FileNode?, project: ProjectID?) throws {
        for node in list?.items ?? [] {
            let key = FileNames.Local(project: project, name: TextFolding.fold(node["name"]?.text ?? ""))
            if names.groups[key] == nil { names.groups[key] = try transaction.newPrincipalID() }
        }
    }

    private func nameField(_ node: FileNode, _ index: Int) throws {
        let key = FileNames.FieldKey(
            object: node["object"]?.text.flatMap(Field.Object.init) ?? .issue, name: node["name"]?.text ?? "")
        let wanted = node["projects"].map { Set($0.texts) }
        let known = (names.fields[key] ?? []).first { id in
            guard let field = records.fields[id], field.options["element"] == nil else { return false }
            return field.projects.map { Set($0.compactMap { records.projects[$0]?.identifier }) } == wanted
        }
        let id = try known ?? transaction.newID(Field.self)
        if known == nil { names.fields[key, default: []].append(id) }
        names.declaredFields.append(FileNames.Row(id: id, node: node, index: index))
    }

    private func nameLabel(_ name: String, project: ProjectID?) throws {
        let key = FileNames.Local(project: project, name: name)
        if names.labels[key] == nil { names.labels[key] = try transaction.newID(Label.self) }
    }

    private func nameProject(_ node: FileNode, _ index: Int) throws {
        let identifier = node["identifier"]?.text ?? ""
        let id = try names.projects[identifier] ?? transaction.newID(Project.self)
        if let known = records.projects[id], known.identifier != identifier {
            problems.add(node.line, "`\(identifier)` is another spelling of the project `\(known.identifier)`")
        }
        names.projects[identifier] = id
        for alias in node["aliases"]?.texts ?? [] {
            if let other = names.projects[alias], other != id {
                problems.add(node.line, "`\(alias)` names another project already")
            }
            names.projects[alias] = id
        }
        var declared = FileNames.DeclaredProject(id: id, node: node)
        for (index, toolNode) in (node["tools"]?.items ?? []).enumerated() {
            var tool = FileNames.DeclaredTool(id: ToolID(0), node: toolNode, index: index)
            let key = FileNames.Local(project: id, name: tool.mountPoint)
            tool.id = try names.tools[key] ?? transaction.newID(Tool.self)
            if let known = records.tools[tool.id], known.kind != tool.kind {
                problems.add(
                    toolNode.line,
                    "`\(tool.mountPoint)` is a tool of kind \(known.kind.rawValue), not \(tool.kind.rawValue)")
            }
            names.tools[key] = tool.id
            declared.tools.append(tool)
        }
        names.declaredProjects.append(declared)
    }

    private func nameContents(of index: Int) throws {
        let declared = names.declaredProjects[index]
        let (id, node) = (declared.id, declared.node)
        try nameGroups(node["groups"], project: id)
        for category in node["categories"]?.items ?? [] {
            let key = FileNames.Local(project: id, name: category["name"]?.text ?? "")
            if names.categories[key] == nil { names.categories[key] = try transaction.newID(Category.self) }
        }
        try nameVersions(node["versions"], id, nil)
        for name in node["labels"]?.texts ?? [] { try nameLabel(name, project: id) }
        for query in node["savedQueries"]?.items ?? [] { try nameQuery(query, id, nil) }
        for tool in declared.tools {
            try nameVersions(tool.node["versions"], id, tool.id)
            for query in tool.node["savedQueries"]?.items ?? [] { try nameQuery(query, id, tool.id) }
            if tool.kind == .tickets {
                try nameTypes(of: tool)
                try nameElements(tool.node["form"] ?? tool.node["fields"], tool, id)
                for issue in tool.node["issues"]?.items ?? [] {
                    for label in issue["labels"]?.texts ?? []
                    where names.labels[FileNames.Local(project: nil, name: label)] == nil {
                        try nameLabel(label, project: id)
                    }
                }
            }
        }
    }

    private func nameVersions(_ list: FileNode?, _ project: ProjectID, _ tracker: ToolID?) throws {
        for version in list?.items ?? [] {
            let key = FileNames.versionKey(project, tracker, version["name"]?.text ?? "")
            if names.versions[key] == nil { names.versions[key] = [try transaction.newID(Version.self)] }
        }
    }

    private func nameQuery(_ node: FileNode, _ project: ProjectID?, _ tracker: ToolID?) throws {
        let owner = node["owner"]?.text.flatMap { names.users[TextFolding.fold($0)] } ?? .firstAdministrator
        let key = FileNames.queryKey(owner, node["name"]?.text ?? "", project, tracker)
        if names.queries[key] == nil { names.queries[key] = [try transaction.newID(SavedQuery.self)] }
    }

    /// A tracker that names no types has one that is called as itself.
    private func nameTypes(of tool: FileNames.DeclaredTool) throws {
        if let listed = tool.node["types"] {
            names.toolTypes[tool.id] = listed.items.compactMap { type($0) }
        } else if names.toolTypes[tool.id] == nil {
            let id = try names.types[tool.label] ?? transaction.newID(IssueType.self)
            if names.types[tool.label] == nil {
                names.types[tool.label] = id
                names.declaredTypes.append(
                    FileNames.Row(
                        id: id,
                        node: FileNode(
                            .map(FileMap([.init(key: "name", line: 0, value: FileNode(.text(tool.label)))]))),
                        index: names.declaredTypes.count))
            }
            names.toolTypes[tool.id] = [id]
        }
    }

    private func nameElements(_ list: FileNode?, _ tool: FileNames.DeclaredTool, _ project: ProjectID) throws {
        for node in list?.items ?? [] {
            let name = node["name"]?.text ?? ""
            if node["type"] != nil {
                let known = names.elements[tool.id]?[name].flatMap { BuiltinField($0) == nil ? $0 : nil }
                let id = try known ?? transaction.newID(Field.self)
                names.elements[tool.id, default: [:]][name] = id
                let row = FileNames.Row<Field>(id: id, node: node, index: names.formFields.count)
                names.formFields.append((row: row, tool: tool, project: project))
            } else if let field = node["field"] {
                if let id = issueField(field, in: project) { names.elements[tool.id, default: [:]][name] = id }
            }
            try nameElements(node["children"], tool, project)
        }
    }
}
