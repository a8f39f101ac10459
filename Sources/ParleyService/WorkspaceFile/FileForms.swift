import ParleyModel
import ParleyStorage

/// The forms of trackers.
extension FileApplier {
    /// What an element belongs to.
    private struct FormPlace {
        var tool: FileNames.DeclaredTool
        var project: ProjectID
        var workflow: Workflow?
        var old: [String: FormElement]
    }

    /// The elements of a form, containers before their children; those that are there keep their numbers, by name.
    func formElements(
        _ tool: FileNames.DeclaredTool, in project: ProjectID, workflow: WorkflowID?, old: [FormElement]
    ) throws -> [FormElement]? {
        guard let list = tool.node["form"] ?? tool.node["fields"] else { return nil }
        let place = FormPlace(
            tool: tool, project: project, workflow: workflow.flatMap { records.workflows[$0] },
            old: Dictionary(old.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first }))
        var result: [FormElement] = []
        try add(list, under: nil, place, to: &result)
        return result
    }

    private func add(
        _ list: FileNode, under parent: FormElementID?, _ place: FormPlace, to result: inout [FormElement]
    ) throws {
        for node in list.items {
            var element = try self.element(node, place)
            element.parent = parent
            element.position = Double(result.count + 1)
            result.append(element)
            if let children = node["children"] { try add(children, under: element.id, place, to: &result) }
        }
    }

    private func element(_ node: FileNode, _ place: FormPlace) throws -> FormElement {
        let name = node["name"]?.text ?? ""
        let known = place.old[name]
        var field: FieldID?
        if node["field"] != nil || node["type"] != nil { field = names.elements[place.tool.id]?[name] }
        let multiple = field.map { isMultiple($0, node) } ?? false
        var element =
            try known
            ?? FormElement(
                id: nextOrdinary("form_element"), field: field, name: name, label: name, kind: "")
        element.field = field
        element.label = node["label"]?.text ?? known?.label ?? name
        element.kind = node["kind"]?.text ?? known?.kind ?? defaultKind(field, multiple: multiple)
        element.required = node["required"]?.boolean ?? known?.required ?? false
        element.types = types(node["types"]) ?? known?.types
        if let access = node["access"] { element.access = accessGrants(access, in: place.project) }
        var edit = RowEdit()
        setOptions(&element.options, node["options"], &edit, "options")
        if node["type"] == nil, let description = node["description"]?.text {
            element.options["description"] = description
        }
        if let field, let builtin = BuiltinField(field) {
            setLimits(&element.limits, node["limits"], &edit)
            try setBuiltin(&element, builtin, node, place)
        } else if let field, node["type"] == nil {
            setLimits(&element.limits, node["limits"], &edit)
            if let definition = records.fields[field], let given = node["default"] {
                let nodes = given.isList ? given.items : [given]
                element.defaultValues = nodes.compactMap { value($0, of: definition, in: place.project) }
            }
        }
        return element
    }

    private func isMultiple(_ field: FieldID, _ node: FileNode) -> Bool {
        BuiltinField(field)?.isMultiple ?? records.fields[field]?.multiple ?? node["multiple"]?.boolean ?? false
    }

    /// How lists are shown where the file does not say.
    private func defaultKind(_ field: FieldID?, multiple: Bool) -> String {
        guard let field, let type = BuiltinField(field)?.type ?? records.fields[field]?.type else { return "" }
        switch type {
        case .openList, .label: return "tbl"
        case .list, .principal, .status, .priority, .type, .category, .version: return multiple ? "msb" : "sb"
        default: return ""
        }
    }

    /// Builtin lists are shown with values of the tracker's own, each standing for an entity.
    private func setBuiltin(
        _ element: inout FormElement, _ builtin: BuiltinField, _ node: FileNode, _ place: FormPlace
    ) throws {
        if let given = node["default"] {
            let nodes = given.isList ? given.items : [given]
            element.defaultValues = nodes.compactMap {
                value($0, type: builtin.type, name: element.name, in: place.project, tracker: place.tool.id)
            }
        }
        let records = self.records
        switch builtin {
        case .labels:
            guard let given = node["values"] else { return }
            let labels = try given.items.compactMap { item -> (id: Int64, label: String)? in
                let name = item.text ?? item["label"]?.text ?? ""
                return (try offeredLabel(name, in: place.project).rawValue, name)
            }
            element.listValues = try listValues(of: labels, element.listValues)
        case .status:
            let used =
                place.workflow?.statuses.compactMap { records.statuses[$0] }
                ?? records.statuses.values.filter { $0.stamp.retired == nil }.sorted {
                    ($0.rank, $0.id) < ($1.rank, $1.id)
                }
            element.listValues = try listValues(of: used.map { ($0.id.rawValue, $0.name) }, element.listValues)
        case .priority:
            let used = records.priorities.values.filter { $0.stamp.retired == nil }
                .sorted { ($0.rank, $0.id) < ($1.rank, $1.id) }
            element.listValues = try listValues(of: used.map { ($0.id.rawValue, $0.name) }, element.listValues)
        case .type:
            let used = (names.toolTypes[place.tool.id] ?? []).compactMap { records.types[$0] }
            element.listValues = try listValues(of: used.map { ($0.id.rawValue, $0.name) }, element.listValues)
        case .category:
            let used = records.categories.values.filter { $0.project == place.project && $0.stamp.retired == nil }
                .sorted { $0.id < $1.id }
            element.listValues = try listValues(of: used.map { ($0.id.rawValue, $0.name) }, element.listValues)
        case .version:
            let used = records.versions.values.filter { $0.project == place.project && $0.stamp.retired == nil }
                .sorted { ($0.position, $0.id) < ($1.position, $1.id) }
            element.listValues = try listValues(of: used.map { ($0.id.rawValue, $0.name) }, element.listValues)
        default: break
        }
    }

    /// A label that a form offers; made in the project where there is none.
    private func offeredLabel(_ name: String, in project: ProjectID) throws -> LabelID {
        if let id = label(name, in: project) { return id }
        let id = try transaction.newID(Label.self)
        names.labels[FileNames.Local(project: project, name: name)] = id
        let label = Label(id: id, stamp: transaction.stamp, project: project, name: name)
        try store(label, isNew: true, "label", name, RowEdit())
        return id
    }

    /// Which elements play the parts that every tracker knows: those bound to the builtins, unless the file says
    /// otherwise.
    func semantics(_ node: FileNode?, _ form: [FormElement], _ old: Tracker.Semantics) -> Tracker.Semantics {
        var result = old
        func element(_ builtin: BuiltinField) -> FormElementID? { form.first { $0.field == builtin.id }?.id }
        result.title = result.title ?? element(.title)
        result.description = result.description ?? element(.description)
        result.status = result.status ?? element(.status)
        result.assignee = result.assignee ?? element(.assignee)
        for (key, path) in [
            ("title", \Tracker.Semantics.title), ("description", \.description), ("status", \.status),
            ("assignee", \.assignee),
        ] {
            guard let name = node?[key] else { continue }
            if let id = form.first(where: { $0.name == name.text })?.id {
                result[keyPath: path] = id
            } else {
                problems.add(name.line, "the form has no element `\(name.scalarText)`")
            }
        }
        return result
    }
}
