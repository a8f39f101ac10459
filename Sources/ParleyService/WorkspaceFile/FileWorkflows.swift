import ParleyModel
import ParleyStorage

/// Workflows.
extension FileApplier {
    func applyWorkflows() throws {
        for row in names.declaredWorkflows {
            let node = row.node
            let known = records.workflows[row.id]
            var workflow = known ?? Workflow(id: row.id, stamp: transaction.stamp, name: node["name"]?.text ?? "")
            var edit = RowEdit()
            edit.set(&workflow.statuses, workflowStatuses(node), "statuses")
            let used = workflow.statuses
            edit.set(&workflow.defaultStatus, status(node["default"], among: used), "default")
            if let list = node["transitions"] {
                edit.set(&workflow.usesTransitions, true, "transitions")
                let old = workflow.transitions
                edit.set(&workflow.transitions, try transitions(list, row.id, used, old), "transitions")
            } else if known == nil {
                workflow.usesTransitions = false
            }
            if let list = node["fieldRules"] {
                edit.set(&workflow.fieldRules, fieldRules(list, row.id, used), "fieldRules")
            }
            if let list = node["dateRules"] { edit.set(&workflow.dateRules, dateRules(list, row.id), "dateRules") }
            if let list = node["listDependencies"] {
                edit.set(&workflow.listDependencies, dependencies(list, row.id), "listDependencies")
            }
            if let list = node["commentMoves"] {
                edit.set(&workflow.commentMoves, commentMoves(list, used), "commentMoves")
            }
            try store(workflow, isNew: known == nil, "workflow", workflow.name, edit)
        }
    }

    private func workflowStatuses(_ node: FileNode) -> [StatusID] {
        let statuses = (node["statuses"]?.items ?? []).compactMap { status($0) }
        var seen: [String: StatusID] = [:]
        for id in statuses {
            guard let name = records.statuses[id]?.name else { continue }
            if seen.updateValue(id, forKey: name) != nil {
                problems.add(node.line, "two statuses of this workflow are called `\(name)`")
            }
        }
        return statuses
    }

    /// A status of the workflow, by name or key.
    private func status(_ node: FileNode?, among used: [StatusID]) -> StatusID? {
        guard let node, let name = node.text else { return nil }
        if let id = names.statusKeys[name], used.contains(id) { return id }
        if let id = used.first(where: { records.statuses[$0]?.name == name }) { return id }
        problems.add(node.line, "`\(name)` is no status of this workflow")
        return nil
    }

    private func statuses(_ node: FileNode?, among used: [StatusID]) -> [StatusID] {
        node?.text == "all" ? used : (node?.items ?? []).compactMap { status($0, among: used) }
    }

    // MARK: transitions

    private func transitions(
        _ list: FileNode, _ workflow: WorkflowID, _ used: [StatusID], _ old: [Transition]
    ) throws -> [Transition] {
        var result: [Transition] = []
        var left = old
        for node in list.items {
            let from: [StatusID?] = node["from"]?.isNull ?? false ? [nil] : statuses(node["from"], among: used)
            let subjects = subjects(node["subjects"], in: nil)
            let filled = (node["fieldsRequired"]?.items ?? []).flatMap { workflowFields($0, workflow) }
            let targets = statuses(node["to"], among: used)
            for (source, target) in from.flatMap({ source in targets.map { (source, $0) } }) where source != target {
                var made = Transition(id: TransitionID(0), from: source, to: target, subjects: subjects)
                made.types = types(node["types"]).map { Set($0) }
                made.needsComment = node["commentRequired"]?.boolean ?? false
                made.filledFields = filled
                switch node["condition"]?.text {
                case "isAuthor"?: made.condition = .isAuthor
                case "isAssignee"?: made.condition = .isAssignee
                default: break
                }
                result.append(try numbered(made, &left))
            }
        }
        return result
    }

    /// The transition with the number it had, or a new one.
    private func numbered(_ made: Transition, _ left: inout [Transition]) throws -> Transition {
        let known =
            left.firstIndex { copy($0, made.id) == made }
            ?? left.firstIndex { $0.from == made.from && $0.to == made.to && $0.subjects == made.subjects }
        if let known { return copy(made, left.remove(at: known).id) }
        return copy(made, TransitionID(try RecordRows.next("transition", on: connection)))
    }

    private func copy(_ transition: Transition, _ id: TransitionID) -> Transition {
        var copy = Transition(id: id, from: transition.from, to: transition.to, subjects: transition.subjects)
        copy.types = transition.types
        copy.condition = transition.condition
        copy.needsComment = transition.needsComment
        copy.filledFields = transition.filledFields
        return copy
    }

    // MARK: rules

    private func fieldRules(_ list: FileNode, _ workflow: WorkflowID, _ used: [StatusID]) -> [FieldRule] {
        list.items.flatMap { node -> [FieldRule] in
            let kind: FieldRule.Kind = node["rule"]?.text == "required" ? .required : .readOnly
            let subjects = subjects(node["subjects"], in: nil)
            let types = types(node["types"]).map { Set($0) }
            let fields = node["field"].map { workflowFields($0, workflow) } ?? []
            return statuses(node["statuses"], among: used).flatMap { status in
                fields.map { field in
                    var rule = FieldRule(status: status, field: field, kind: kind)
                    rule.subjects = subjects
                    rule.types = types
                    return rule
                }
            }
        }
    }

    private func dateRules(_ list: FileNode, _ workflow: WorkflowID) -> [DateRule] {
        list.items.compactMap { node in
            guard let left = node["left"].flatMap({ workflowFields($0, workflow).first }),
                let right = node["right"].flatMap({ workflowFields($0, workflow).first }),
                let comparison = node["comparison"]?.text.flatMap(Comparison.init)
            else { return nil }
            return DateRule(left: left, comparison: comparison, right: right)
        }
    }

    private func dependencies(_ list: FileNode, _ workflow: WorkflowID) -> [ListDependency] {
        list.items.flatMap { node -> [ListDependency] in
            guard let source = node["source"].flatMap({ listField($0, workflow) }),
                let target = node["target"].flatMap({ listField($0, workflow) }),
                let value = node["sourceValue"].flatMap({ listValue($0, of: source) })
            else { return [] }
            return (node["targetValues"]?.items ?? []).compactMap { item in
                listValue(item, of: target).map {
                    ListDependency(source: source.id, sourceValue: value, target: target.id, targetValue: $0)
                }
            }
        }
    }

    private func listField(_ node: FileNode, _ workflow: WorkflowID) -> Field? {
        for id in workflowFields(node, workflow) {
            if let field = records.fields[id], field.type == .list || field.type == .openList { return field }
        }
        problems.add(node.line, "`\(node.scalarText)` is no list field")
        return nil
    }

    private func listValue(_ node: FileNode, of field: Field) -> Int64? {
        value(node, of: field, in: nil)?.referenceID
    }

    private func commentMoves(_ list: FileNode, _ used: [StatusID]) -> [CommentMove] {
        list.items.compactMap { node in
            guard let to = status(node["to"], among: used) else { return nil }
            return CommentMove(
                from: statuses(node["from"], among: used), to: to, repliesOnly: node["audience"]?.text == "everyone")
        }
    }
}
