import ParleyModel
import ParleyStorage

/// Projects with what belongs to them, tools, saved queries.
extension FileApplier {
    func applyProject(_ declared: FileNames.DeclaredProject) throws {
        let (id, node) = (declared.id, declared.node)
        try applyGroups(node["groups"], project: id)
        let known = records.projects[id]
        var project =
            known
            ?? Project(
                id: id, stamp: transaction.stamp, identifier: node["identifier"]?.text ?? "",
                name: node["name"]?.text ?? "")
        var edit = RowEdit()
        edit.set(&project.aliases, node["aliases"]?.texts, "aliases")
        edit.set(&project.name, node["name"]?.text, "name")
        edit.set(&project.description, node["description"]?.text, "description")
        edit.set(&project.summary, node["summary"]?.text, "summary")
        edit.set(&project.homepage, node["homepage"]?.text, "homepage")
        edit.replace(&project.parent, self.project(node["parent"]), "parent", given: node["parent"] != nil)
        edit.set(&project.isPublic, node["public"]?.boolean, "public")
        edit.set(&project.status, node["status"]?.text.flatMap(Project.Status.init), "status")
        edit.set(&project.inheritsMembers, node["inheritsMembers"]?.boolean, "inheritsMembers")
        edit.set(&project.participants, participants(node["participants"], project.participants), "participants")
        edit.set(&project.classifiers, classifiers(node["classifiers"]), "classifiers")
        edit.set(&project.labels, node["tags"]?.texts, "tags")
        if node["grants"] != nil {
            edit.set(&project.grants, grants(node["grants"], for: nil, in: id, tool: nil), "grants")
        }
        setOverrides(&project.rules, node, &edit)
        setValues(&project.values, node, .project, in: id, &edit)
        setAttributes(&project.attributes, node["attributes"], &edit)
        try store(project, isNew: known == nil, "project", project.identifier, edit)
        try applyMembers(node["members"], project: id)
        try applyCategories(node["categories"], id)
        try applyVersions(node["versions"], id, tracker: nil)
        for tool in declared.tools { try applyTool(tool, in: id, declared.tools) }
        try applyDefaults(node["defaults"], of: id)
        checkParents(of: id, node)
        try applyQueries(node["savedQueries"], project: id, tracker: nil)
        for tool in declared.tools { try applyQueries(tool.node["savedQueries"], project: id, tracker: tool.id) }
    }

    private func checkParents(of id: ProjectID, _ node: FileNode) {
        var seen: Set<ProjectID> = [id]
        var next = records.projects[id]?.parent
        while let parent = next {
            guard seen.insert(parent).inserted else {
                return problems.add(node["parent"]?.line ?? node.line, "the project would lie in itself")
            }
            next = records.projects[parent]?.parent
        }
    }

    private func participants(_ node: FileNode?, _ old: [Project.Participant]) -> [Project.Participant]? {
        guard let node else { return nil }
        var result = old
        for (key, role) in [
            ("requestors", ParticipantRole.requestor), ("watchers", .watcher), ("adminWatchers", .adminWatcher),
        ] {
            guard let people = users(node[key]) else { continue }
            result.removeAll { $0.role == role }
            result += people.map { Project.Participant(role: role, principal: $0) }
        }
        return result
    }

    private func classifiers(_ node: FileNode?) -> [ClassifierID]? {
        node?.items.compactMap { item in
            let id = ClassifierID(item.integer ?? 0)
            if records.classifiers[id] == nil { problems.add(item.line, "there is no classifier `\(id)`") }
            return id
        }
    }

    private func applyDefaults(_ node: FileNode?, of id: ProjectID) throws {
        guard let node, var project = records.projects[id] else { return }
        var edit = RowEdit()
        edit.set(&project.defaults.tracker, tool(node["tracker"], in: id), "tracker")
        edit.set(&project.defaults.version, version(node["version"], in: id, tracker: nil), "version")
        edit.set(&project.defaults.assignee, user(node["assignee"]), "assignee")
        edit.set(&project.defaults.initialPriority, node["initialPriority"]?.integer, "initialPriority")
        edit.set(&project.defaults.finalPriority, node["finalPriority"]?.integer, "finalPriority")
        edit.set(&project.defaults.duePeriodDays, node["duePeriodDays"]?.integer, "duePeriodDays")
        guard !edit.changed.isEmpty else { return }
        try transaction.put(project)
        note(.change, "project", project.identifier, edit.changed.map { "defaults.\($0)" })
    }

    private func applyCategories(_ list: FileNode?, _ project: ProjectID) throws {
        for node in list?.items ?? [] {
            let name = node["name"]?.text ?? ""
            guard let id = names.categories[FileNames.Local(project: project, name: name)] else { continue }
            let known = records.categories[id]
            var category = known ?? Category(id: id, stamp: transaction.stamp, project: project, name: name)
            var edit = RowEdit()
            edit.set(&category.assignee, user(node["assignee"]), "assignee")
            try store(category, isNew: known == nil, "category", name, edit)
        }
    }

    private func applyVersions(_ list: FileNode?, _ project: ProjectID, tracker: ToolID?) throws {
        for (index, node) in (list?.items ?? []).enumerated() {
            let name = node["name"]?.text ?? ""
            guard let id = names.versions[FileNames.versionKey(project, tracker, name)]?.first else { continue }
            let known = records.versions[id]
            var version = known ?? Version(id: id, stamp: transaction.stamp, project: project, name: name)
            version.tracker = tracker
            var edit = RowEdit()
            edit.set(&version.position, Double(index + 1), "position")
            edit.set(&version.description, node["description"]?.text, "description")
            edit.set(&version.status, node["status"]?.text.flatMap(Version.Status.init), "status")
            edit.set(&version.due, node["due"]?.text.flatMap { CivilDate(iso8601: $0) }, "due")
            edit.set(&version.sharing, node["sharing"]?.text.flatMap(Version.Sharing.init), "sharing")
            edit.set(&version.isDefault, node["default"]?.boolean, "default")
            edit.set(&version.page, node["page"]?.text, "page")
            setValues(&version.values, node, .version, in: project, &edit)
            try store(version, isNew: known == nil, "version", name, edit)
        }
    }

    // MARK: tools

    private func applyTool(
        _ declared: FileNames.DeclaredTool, in project: ProjectID, _ all: [FileNames.DeclaredTool]
    ) throws {
        let node = declared.node
        let known = records.tools[declared.id]
        var tool =
            known
            ?? Tool(
                id: declared.id, stamp: transaction.stamp, project: project, kind: declared.kind,
                mountPoint: declared.mountPoint, label: declared.label)
        var edit = RowEdit()
        edit.set(&tool.position, Double(declared.index + 1), "position")
        edit.set(&tool.label, node["label"]?.text, "label")
        edit.set(&tool.inheritsAccess, node["inheritsAccess"]?.boolean, "inheritsAccess")
        if node["grants"] != nil {
            edit.set(&tool.grants, grants(node["grants"], for: nil, in: project, tool: declared.id), "grants")
        }
        setOptions(&tool.options, node["options"], &edit, "options")
        setOverrides(&tool.rules, node, &edit)
        if declared.kind == .tickets {
            try applyVersions(node["versions"], project, tracker: declared.id)
            try setTracker(&tool, declared, in: project, all, &edit)
        }
        try store(
            tool, isNew: known == nil, "tool", "\(records.projects[project]?.identifier ?? "")/\(tool.mountPoint)", edit
        )
        try applyForums(node["forums"], of: tool)
    }

    private func setTracker(
        _ tool: inout Tool, _ declared: FileNames.DeclaredTool, in project: ProjectID, _ all: [FileNames.DeclaredTool],
        _ edit: inout RowEdit
    ) throws {
        let node = declared.node
        let types = names.toolTypes[declared.id] ?? []
        var tracker = tool.tracker ?? Tracker(itemName: declared.mountPoint, types: types)
        edit.set(&tracker.itemName, node["itemName"]?.text, "itemName")
        edit.set(&tracker.description, node["description"]?.text, "description")
        edit.set(&tracker.color, node["color"]?.text, "color")
        edit.set(&tracker.types, types, "types")
        edit.set(&tracker.workflow, workflow(node["workflow"]), "workflow")
        for other in all where other.id != declared.id && other.kind == .tickets {
            for type in names.toolTypes[other.id] ?? [] where types.contains(type) && other.index < declared.index {
                let name = records.types[type]?.name ?? ""
                problems.add(node.line, "the type `\(name)` stands at the tool `\(other.mountPoint)` already")
            }
        }
        let workflow =
            tracker.workflow ?? types.first.flatMap { records.types[$0]?.workflow } ?? records.settings.defaultWorkflow
        if let form = try formElements(declared, in: project, workflow: workflow, old: tracker.form) {
            edit.set(&tracker.form, form, node["form"] != nil ? "form" : "fields")
            edit.set(&tracker.extendsDefaultForm, node["form"] == nil, "fields")
        }
        let before = tracker.semantics
        edit.set(&tracker.semantics, semantics(node["semantics"], tracker.form, before), "semantics")
        edit.set(
            &tracker.childTrackers, node["childTrackers"]?.items.compactMap { self.tool($0, in: project) },
            "childTrackers")
        tool.tracker = tracker
    }

    private func applyForums(_ list: FileNode?, of tool: Tool) throws {
        for (index, node) in (list?.items ?? []).enumerated() {
            let shortName = node["shortName"]?.text ?? ""
            let known = records.forums.values.first {
                $0.tool == tool.id && $0.shortName == shortName && $0.stamp.retired == nil
            }
            var forum =
                try known
                ?? Forum(
                    id: transaction.newID(Forum.self), stamp: transaction.stamp, tool: tool.id, shortName: shortName,
                    name: node["name"]?.text ?? shortName)
            var edit = RowEdit()
            edit.set(&forum.name, node["name"]?.text, "name")
            edit.set(&forum.description, node["description"]?.text, "description")
            edit.set(&forum.position, Double(index + 1), "position")
            try store(forum, isNew: known == nil, "forum", shortName, edit)
            names.declaredTopics += (node["topics"]?.items ?? []).map { (forum, $0) }
        }
    }

    // MARK: saved queries

    func applyQueries(_ list: FileNode?, project: ProjectID?, tracker: ToolID?) throws {
        for node in list?.items ?? [] {
            let name = node["name"]?.text ?? ""
            let owner = node["owner"] == nil ? PrincipalID.firstAdministrator : user(node["owner"])
            guard let owner, let id = names.queries[FileNames.queryKey(owner, name, project, tracker)]?.first else {
                continue
            }
            let known = records.savedQueries[id]
            var query =
                known
                ?? SavedQuery(
                    id: id, stamp: Stamp(created: transaction.now, creator: owner), owner: owner, name: name,
                    namespace: "",
                    text: "")
            query.project = project
            query.tracker = tracker
            var edit = RowEdit()
            edit.set(&query.namespace, node["namespace"]?.text, "namespace")
            edit.set(&query.text, node["text"].map { replacingNames(in: $0, project) }, "text")
            edit.set(&query.object, node["object"]?.text, "object")
            edit.set(&query.visibility, visibility(node["visibility"]), "visibility")
            edit.set(&query.columns, node["columns"]?.texts, "columns")
            edit.set(&query.sort, node["sort"]?.texts, "sort")
            edit.set(&query.isDefault, node["default"]?.boolean, "default")
            try store(query, isNew: known == nil, "saved query", name, edit)
        }
    }

    private func visibility(_ node: FileNode?) -> SavedQuery.Visibility? {
        switch node?.text {
        case "all"?: .all
        case "owner"?: .owner
        default: node.flatMap { roles($0["roles"]) }.map { .roles($0) }
        }
    }

    /// `${CLASS:NAME}` becomes the entity's number.
    private func replacingNames(in node: FileNode, _ project: ProjectID?) -> String {
        (node.text ?? "").replacing(/\$\{([a-z]+):([^}]*)\}/) { match in
            let name = FileNode(line: node.line, .text(String(match.2)))
            let number: Int64?
            switch match.1 {
            case "user": number = user(name)?.rawValue
            case "type": number = type(name)?.rawValue
            case "status": number = status(name)?.rawValue
            case "priority": number = priority(name)?.rawValue
            case "project": number = self.project(name)?.rawValue
            case "field": number = issueField(name, in: project)?.rawValue
            default:
                problems.add(node.line, "`\(match.1)` is no class that a query can name")
                number = nil
            }
            return number.map(String.init) ?? ""
        }
    }

    /// The queries that users keep at hand: their own of a name, else one that everybody sees.
    func applyQueriesAtHand() throws {
        for row in names.declaredUsers {
            guard let list = row.node["queries"], var user = records.users[row.id] else { continue }
            let chosen = list.items.compactMap { node -> SavedQueryID? in
                let named = records.savedQueries.values.filter { $0.name == node.text && $0.stamp.retired == nil }
                    .sorted { $0.id < $1.id }
                let found = named.first { $0.owner == row.id } ?? named.first { $0.visibility == .all }
                if found == nil { problems.add(node.line, "there is no saved query `\(node.scalarText)`") }
                return found?.id
            }
            guard chosen != user.queries else { continue }
            user.queries = chosen
            try transaction.put(user)
            note(.change, "user", user.login ?? "", ["queries"])
        }
    }
}
