import ParleyModel
import ParleyStorage

/// Custom fields.
extension FileApplier {
    func applyFields() throws {
        let before = records.fields.values.map(\.rank).max() ?? 0
        for row in names.declaredFields { try applyField(row, before) }
        let between = records.fields.values.map(\.rank).max() ?? 0
        for (row, tool, project) in names.formFields { try applyFormField(row, tool, project, between) }
    }

    private func applyField(_ row: FileNames.Row<Field>, _ before: Double) throws {
        let node = row.node
        let known = records.fields[row.id]
        let type = node["type"]?.text.flatMap(FieldType.init) ?? .text
        var field =
            known
            ?? Field(
                id: row.id, stamp: transaction.stamp, name: node["name"]?.text ?? "", type: type,
                object: node["object"]?.text.flatMap(Field.Object.init) ?? .issue, rank: place(row.index, after: before)
            )
        var edit = RowEdit()
        try setField(&field, node, type, in: nil, &edit)
        edit.set(&field.projects, node["projects"]?.items.compactMap { project($0) }, "projects")
        edit.set(&field.types, types(node["types"]), "types")
        edit.set(&field.visibleTo, roles(node["visibleTo"]), "visibleTo")
        if let access = node["access"] { edit.set(&field.access, accessGrants(access, in: nil), "access") }
        setRetired(&field.stamp, node, &edit)
        try store(field, isNew: known == nil, "field", field.name, edit)
    }

    /// A field that belongs to one tracker: to its project and its types.
    private func applyFormField(
        _ row: FileNames.Row<Field>, _ tool: FileNames.DeclaredTool, _ project: ProjectID, _ before: Double
    ) throws {
        let node = row.node
        let known = records.fields[row.id]
        let type = node["type"]?.text.flatMap(FieldType.init) ?? .text
        var field =
            known
            ?? Field(
                id: row.id, stamp: transaction.stamp, name: node["name"]?.text ?? "", type: type, object: .issue,
                rank: place(row.index, after: before))
        var edit = RowEdit()
        try setField(&field, node, type, in: project, &edit)
        edit.set(&field.projects, [project], "projects")
        edit.set(&field.types, types(node["types"]) ?? names.toolTypes[tool.id], "types")
        edit.set(&field.options["element"], tool.id.description, "element")
        try store(field, isNew: known == nil, "field", field.name, edit)
    }

    private func setField(
        _ field: inout Field, _ node: FileNode, _ type: FieldType, in project: ProjectID?, _ edit: inout RowEdit
    ) throws {
        if field.type != type {
            problems.add(
                node.line, "the field `\(field.name)` is of type \(field.type.rawValue), which cannot be changed")
            return
        }
        edit.set(&field.label, node["label"]?.text, "label")
        edit.set(&field.description, node["description"]?.text, "description")
        edit.set(&field.multiple, node["multiple"]?.boolean, "multiple")
        edit.set(&field.required, node["required"]?.boolean, "required")
        edit.set(&field.filter, node["filter"]?.boolean, "filter")
        edit.set(&field.searchable, node["searchable"]?.boolean, "searchable")
        if let time = node["time"]?.boolean { edit.set(&field.options["time"], time ? "true" : "false", "time") }
        setLimits(&field.limits, node["limits"], &edit)
        if let given = node["values"] {
            edit.set(&field.listValues, try listValues(given, field.listValues), "values")
        }
        try setChoices(&field, node, in: project, &edit)
        if let given = node["default"] {
            let nodes = given.isList ? given.items : [given]
            if type == .openList { try addValues(nodes.map(\.scalarText), to: &field, &edit) }
            let current = field
            edit.set(&field.defaultValues, nodes.compactMap { value($0, of: current, in: project) }, "default")
        }
    }

    private func addValues(_ labels: [String], to field: inout Field, _ edit: inout RowEdit) throws {
        for label in labels where !field.listValues.contains(where: { $0.label == label }) {
            field.listValues.append(
                ListValue(id: try nextOrdinary("list_value"), label: label, rank: Double(field.listValues.count + 1)))
            edit.changed.append("values")
        }
    }

    func setLimits(_ limits: inout Field.Limits, _ node: FileNode?, _ edit: inout RowEdit) {
        edit.set(&limits.minimumLength, node?["minimumLength"]?.integer.map { Int(clamping: $0) }, "minimumLength")
        edit.set(&limits.maximumLength, node?["maximumLength"]?.integer.map { Int(clamping: $0) }, "maximumLength")
        edit.set(&limits.pattern, node?["pattern"]?.text, "pattern")
    }

    /// The choices of a list; those that are there keep their numbers, by label.
    private func listValues(_ list: FileNode, _ old: [ListValue]) throws -> [ListValue] {
        try list.items.enumerated().map { index, node in
            let label = node.text ?? node["label"]?.text ?? ""
            let known = old.first { $0.label == label }
            var value = try known ?? ListValue(id: nextOrdinary("list_value"), label: label, rank: 0)
            value.rank = Double(index + 1)
            value.hidden = node["hidden"]?.boolean ?? known?.hidden ?? false
            value.color = node["color"]?.text ?? known?.color ?? ""
            return value
        }
    }

    /// Values that stand for other entities; those that are there keep their numbers, by entity.
    func listValues(of entities: [(id: Int64, label: String)], _ old: [ListValue]) throws -> [ListValue] {
        try entities.enumerated().map { index, entity in
            var value =
                try old.first { $0.refers == entity.id && $0.label == entity.label }
                ?? old.first { $0.refers == entity.id }
                ?? ListValue(id: nextOrdinary("list_value"), label: entity.label, rank: 0)
            value.label = entity.label
            value.rank = Double(index + 1)
            value.refers = entity.id
            return value
        }
    }

    /// Who can be chosen, kept as the option `choices`: `members`, `users`, or `role:N` and `group:N` with blanks
    /// between. In a list field the values then stand for these roles and groups, in the same order.
    private func setChoices(
        _ field: inout Field, _ node: FileNode, in project: ProjectID?, _ edit: inout RowEdit
    ) throws {
        guard let choices = node["choices"] else {
            if field.type == .principal, field.options["choices"] == nil { field.options["choices"] = "members" }
            return
        }
        if let word = choices.text {
            if field.type != .principal { problems.add(choices.line, "`\(word)` are choices for people only") }
            return edit.set(&field.options["choices"], word, "choices")
        }
        var words: [String] = []
        var entities: [(id: Int64, label: String)] = []
        for choice in choices.items {
            if let id = role(choice["role"]) {
                words.append("role:\(id)")
                entities.append((id.rawValue, choice["role"]?.text ?? ""))
            } else if choice["group"] != nil, let id = group(choice["group"], in: project) {
                words.append("group:\(id)")
                entities.append((id.rawValue, choice["group"]?.text ?? ""))
            }
        }
        edit.set(&field.options["choices"], words.joined(separator: " "), "choices")
        guard field.type == .list || field.type == .openList else { return }
        edit.set(&field.listValues, try listValues(of: entities, field.listValues), "values")
    }

    /// Who may read, submit and update a field: a missing key is nobody.
    func accessGrants(_ node: FileNode, in project: ProjectID?) -> [Grant] {
        [Action.read, .submit, .update].flatMap { action in
            subjects(node[action.rawValue], in: project).map { Grant(subject: $0, actions: [action], fields: .all) }
        }
    }
}
