import ParleyModel
import ParleyStorage

/// Statuses, priorities, types, enumerations, link types, classifiers, labels; the settings.
extension FileApplier {
    func applyWords() throws {
        try applyStatuses()
        try applyPriorities()
        try applyTypes()
        try applyEnumerations(root["activities"], .activity, "activity")
        try applyEnumerations(root["documentCategories"], .documentCategory, "document category")
        try applyLinkTypes()
        try applyClassifiers()
    }

    private func applyStatuses() throws {
        let before = records.statuses.values.map(\.rank).max() ?? 0
        for row in names.declaredStatuses {
            let node = row.node
            let known = records.statuses[row.id]
            let category = node["category"]?.text.flatMap(Status.Category.init) ?? .active
            var status =
                known
                ?? Status(
                    id: row.id, stamp: transaction.stamp, name: node["name"]?.text ?? "",
                    rank: place(row.index, after: before),
                    category: category)
            var edit = RowEdit()
            edit.set(&status.category, category, "category")
            edit.set(&status.rank, node["rank"]?.number, "rank")
            edit.set(&status.description, node["description"]?.text, "description")
            edit.set(&status.defaultProgress, node["defaultProgress"]?.integer.map { Int($0) }, "defaultProgress")
            edit.set(&status.aliases, node["aliases"]?.texts, "aliases")
            setRetired(&status.stamp, node, &edit)
            try store(status, isNew: known == nil, "status", status.name, edit)
        }
    }

    private func applyPriorities() throws {
        let before = records.priorities.values.map(\.rank).max() ?? 0
        for row in names.declaredPriorities {
            let node = row.node
            let known = records.priorities[row.id]
            var priority =
                known
                ?? Priority(
                    id: row.id, stamp: transaction.stamp, name: node["name"]?.text ?? "",
                    rank: place(row.index, after: before),
                    low: .min, high: .max, number: node["number"]?.integer ?? 0)
            var edit = RowEdit()
            edit.set(&priority.rank, node["rank"]?.number, "rank")
            edit.set(&priority.number, node["number"]?.integer, "number")
            edit.set(&priority.low, node["low"]?.integer, "low")
            edit.set(&priority.high, node["high"]?.integer, "high")
            edit.set(&priority.isDefault, node["default"]?.boolean, "default")
            edit.set(&priority.active, node["active"]?.boolean, "active")
            setRetired(&priority.stamp, node, &edit)
            try store(priority, isNew: known == nil, "priority", priority.name, edit)
        }
        checkBands()
    }

    /// The bands cover all numbers, each once.
    private func checkBands() {
        guard !names.declaredPriorities.isEmpty else { return }
        let line = root["priorities"]?.line ?? 0
        let bands = records.priorities.values.filter { $0.stamp.retired == nil }.sorted { $0.low < $1.low }
        for band in bands where band.number < band.low || band.number > band.high {
            problems.add(line, "priority `\(band.name)`: the number \(band.number) is outside its band")
        }
        if let first = bands.first, first.low != .min {
            problems.add(line, "priority `\(first.name)`: the lowest has no `low`")
        }
        if let last = bands.last, last.high != .max {
            problems.add(line, "priority `\(last.name)`: the highest has no `high`")
        }
        for (below, above) in zip(bands, bands.dropFirst()) where below.high == .max || below.high + 1 != above.low {
            problems.add(line, "priority `\(above.name)` does not begin one above the end of `\(below.name)`")
        }
    }

    private func applyTypes() throws {
        let before = records.types.values.map(\.rank).max() ?? 0
        for row in names.declaredTypes {
            let node = row.node
            let known = records.types[row.id]
            var type =
                known
                ?? IssueType(
                    id: row.id, stamp: transaction.stamp, name: node["name"]?.text ?? "",
                    rank: place(row.index, after: before))
            var edit = RowEdit()
            edit.set(&type.description, node["description"]?.text, "description")
            edit.set(&type.defaultStatus, status(node["defaultStatus"]), "defaultStatus")
            edit.set(&type.workflow, workflow(node["workflow"]), "workflow")
            edit.set(
                &type.disabledFields,
                node["disabledFields"].map { Set($0.texts.compactMap { FileApplier.builtins[$0] }) }, "disabledFields")
            edit.set(&type.isInRoadmap, node["inRoadmap"]?.boolean, "inRoadmap")
            setRetired(&type.stamp, node, &edit)
            try store(type, isNew: known == nil, "type", type.name, edit)
        }
    }

    private func applyEnumerations(_ list: FileNode?, _ kind: Enumeration.Kind, _ subject: String) throws {
        let before = records.enumerations.values.filter { $0.kind == kind }.map(\.rank).max() ?? 0
        for (index, node) in (list?.items ?? []).enumerated() {
            let name = node["name"]?.text ?? ""
            let known = names.enumerations["\(kind.rawValue) \(name)"].flatMap { records.enumerations[$0] }
            var entry =
                try known
                ?? Enumeration(
                    id: transaction.newID(Enumeration.self), stamp: transaction.stamp, kind: kind, name: name,
                    rank: place(index, after: before))
            var edit = RowEdit()
            edit.set(&entry.isDefault, node["default"]?.boolean, "default")
            edit.set(&entry.active, node["active"]?.boolean, "active")
            names.enumerations["\(kind.rawValue) \(name)"] = entry.id
            try store(entry, isNew: known == nil, subject, name, edit)
        }
    }

    private func applyLinkTypes() throws {
        for node in root["linkTypes"]?.items ?? [] {
            let name = node["name"]?.text ?? ""
            let known = names.linkTypes[name].flatMap { records.linkTypes[$0] }
            let effect = node["effect"]?.text.flatMap(LinkType.Effect.init)
            var type =
                try known
                ?? LinkType(
                    id: transaction.newID(LinkType.self), stamp: transaction.stamp, name: name,
                    forward: node["forward"]?.text ?? name, reverse: node["reverse"]?.text ?? name,
                    effect: effect ?? .none)
            if let known, known.id.rawValue < LinkType.firstNumber, let effect, effect != known.effect {
                problems.add(node.line, "the effect of `\(name)` cannot be changed")
            }
            var edit = RowEdit()
            edit.set(&type.forwardLabel, node["forward"]?.text, "forward")
            edit.set(&type.reverseLabel, node["reverse"]?.text, "reverse")
            edit.set(&type.symmetric, node["symmetric"]?.boolean, "symmetric")
            edit.set(&type.effect, effect, "effect")
            edit.set(&type.isSystem, node["system"]?.boolean, "system")
            names.linkTypes[name] = type.id
            try store(type, isNew: known == nil, "link type", name, edit)
        }
    }

    private func applyClassifiers() throws {
        let list = root["classifiers"]?.items ?? []
        let declared = Set(list.compactMap { $0["id"]?.integer })
        for node in list {
            let id = ClassifierID(node["id"]?.integer ?? 0)
            let known = records.classifiers[id]
            var classifier =
                known
                ?? Classifier(
                    id: id, stamp: transaction.stamp, kind: node["kind"]?.text ?? "",
                    shortName: node["shortName"]?.text ?? "",
                    fullName: node["fullName"]?.text ?? "", fullPath: node["fullPath"]?.text ?? "")
            var edit = RowEdit()
            edit.set(&classifier.kind, node["kind"]?.text, "kind")
            edit.set(&classifier.shortName, node["shortName"]?.text, "shortName")
            edit.set(&classifier.fullName, node["fullName"]?.text, "fullName")
            edit.set(&classifier.fullPath, node["fullPath"]?.text, "fullPath")
            if let parent = node["parent"], let number = parent.integer {
                if !declared.contains(number), records.classifiers[ClassifierID(number)] == nil {
                    problems.add(parent.line, "there is no classifier `\(number)`")
                }
                edit.set(&classifier.parent, ClassifierID(number), "parent")
            }
            try store(classifier, isNew: known == nil, "classifier", classifier.fullPath, edit)
            if known == nil { try RecordRows.raise(RecordClass.classifier.rawValue, to: id.rawValue, on: connection) }
        }
    }

    func applyLabels() throws {
        for (key, id) in names.labels.sorted(by: { $0.value < $1.value }) where records.labels[id] == nil {
            try store(
                Label(id: id, stamp: transaction.stamp, project: key.project, name: key.name), isNew: true, "label",
                key.name,
                RowEdit())
        }
    }

    // MARK: settings

    func applySettings() throws {
        guard let node = root["settings"] else { return }
        var settings = records.settings
        var edit = RowEdit()
        edit.set(&settings.name, node["name"]?.text, "name")
        edit.set(&settings.language, node["language"]?.text, "language")
        edit.set(&settings.timeZone, node["timeZone"]?.text, "timeZone")
        edit.set(&settings.textFormat, node["textFormat"]?.text.flatMap(TextFormat.init), "textFormat")
        edit.set(&settings.apiEnabled, node["apiEnabled"]?.boolean, "apiEnabled")
        edit.set(&settings.signInRequired, node["signInRequired"]?.boolean, "signInRequired")
        edit.set(&settings.fileSizeLimit, node["fileSizeLimit"]?.integer, "fileSizeLimit")
        edit.set(&settings.temporaryFileQuota, node["temporaryFileQuota"]?.integer, "temporaryFileQuota")
        edit.set(
            &settings.passwordMinimumLength, node["passwordMinimumLength"]?.integer.map { Int($0) },
            "passwordMinimumLength")
        edit.set(&settings.loginPattern, node["loginPattern"]?.text, "loginPattern")
        edit.set(&settings.defaultWorkflow, workflow(node["workflow"]), "workflow")
        setRules(&settings.rules, node["rules"], &edit)
        for mount in node["dialectOptions"]?.entries ?? [] {
            var options = settings.frontEndOptions[mount.key] ?? [:]
            setOptions(&options, mount.value, &edit, mount.key)
            settings.frontEndOptions[mount.key] = options
        }
        if root["grants"] != nil {
            edit.set(&settings.grants, grants(root["grants"], for: nil, in: nil, tool: nil), "grants")
        }
        guard !edit.changed.isEmpty else { return }
        try transaction.put(settings)
        note(.change, "settings", settings.name, edit.changed)
    }

    private func setRules(_ rules: inout DataRules, _ node: FileNode?, _ edit: inout RowEdit) {
        for (name, path) in DataRules.switchPaths { edit.set(&rules[keyPath: path], node?[name]?.boolean, name) }
        edit.set(&rules.assignable, node?["assignable"]?.text.flatMap(DataRules.Assignable.init), "assignable")
        for (name, path) in [
            ("deletionsPerDay", \DataRules.deletionsPerDay), ("titleMaximumLength", \.titleMaximumLength),
        ] {
            guard let given = node?[name] else { continue }
            edit.replace(&rules[keyPath: path], given.integer.map { Int(clamping: $0) }, name)
        }
    }

    /// Words of a tool's kind or of a front end; a list is joined by blanks.
    func setOptions(_ options: inout [String: String], _ node: FileNode?, _ edit: inout RowEdit, _ key: String) {
        for entry in node?.entries ?? [] {
            let text =
                entry.value.isList
                ? entry.value.items.map(\.scalarText).joined(separator: " ") : entry.value.scalarText
            guard options[entry.key] != text else { continue }
            options[entry.key] = text
            edit.changed.append("\(key).\(entry.key)")
        }
    }

    /// What a project or tool says differently from the workspace's rules.
    func setOverrides(_ rules: inout RuleOverrides, _ node: FileNode, _ edit: inout RowEdit) {
        for entry in node["rules"]?.entries ?? [] {
            guard let flag = entry.value.boolean, rules.switches[entry.key] != flag else { continue }
            rules.switches[entry.key] = flag
            edit.changed.append(entry.key)
        }
    }
}
