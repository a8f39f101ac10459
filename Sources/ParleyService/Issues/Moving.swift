import ParleyModel
import ParleyStorage

/// Making an issue, and moving one to another type, tracker or project.
extension ChangeEngine {
    /// Begins a new issue: finds its tracker and type, asks whether the actor may add one there.
    static func creating(
        _ draft: Draft, _ request: ChangeRequest, in transaction: Transaction, isPart: Bool = false
    ) throws -> ChangeEngine {
        var copy = try draft.copying.map { try source($0, in: transaction) }
        copy?.isPart = isPart
        let place = try DraftPlace(draft, request, transaction, preferred: copy?.original.issue.type)
        var faults = place.problems
        faults.insert(contentsOf: titleProblems(request), at: 0)
        guard let tracker = place.tracker, let type = place.type, place.problems.isEmpty else {
            throw transaction.actor.isAnonymous && !transaction.access.allowsSomewhere(.addIssues)
                ? Fault.unauthenticated : Fault.invalid(faults)
        }
        let actor = transaction.actor
        let author = request.attribution?.author ?? actor.user
        let now = request.attribution?.time ?? transaction.now
        let rules = WorkflowRules(catalog: transaction.catalog, access: transaction.access)
        guard let status = rules.startStatus(tracker: tracker.id, type: type.id) else {
            throw Fault.invalid([Problem(.status, .required)])
        }
        let id: IssueID = try transaction.next("issue")
        let number = try RecordRows.next("issue_number.\(tracker.id)", on: transaction.connection)
        let issue = Issue(
            id: id, tracker: tracker.id, project: tracker.project, number: number, type: type.id, status: status,
            author: author, created: now)
        let user = transaction.catalog.user(author)
        let format =
            draft.textFormat ?? user?.preferences.textFormat ?? transaction.catalog.settings.textFormat
        var engine = ChangeEngine(transaction, request, IssueEdit(new: issue, format: format))
        engine.outcome.skipped += place.skipped
        engine.applyDefaults()
        engine.copy = copy
        try engine.takeFields()
        return engine
    }

    /// Faults of the title, for a request that fails before there is an issue to hold it against.
    private static func titleProblems(_ request: ChangeRequest) -> [Problem] {
        guard request.titleMaximumLength != nil else { return [] }
        let titles = request.parts.flatMap(\.changes).compactMap { change -> String? in
            if case .set(.builtin(.title), let operands) = change, case .text(let text)? = operands.first {
                return text
            }
            return nil
        }
        return titles.last?.isEmpty ?? true ? [Problem(.title, .required)] : []
    }

    /// What a new issue gets before the request says more.
    private mutating func applyDefaults() {
        let project = catalog.records.projects[edit.issue.project]
        let defaults = project?.defaults ?? Project.Defaults()
        if let priority = catalog.priorities.first(where: { $0.isDefault && $0.active }) {
            edit.issue.priority = priority.id
            edit.issue.priorityNumber = priority.number
        }
        if let number = defaults.initialPriority {
            edit.issue.initialPriority = number
            edit.issue.priorityNumber = number
            edit.issue.priority = catalog.priority(for: number)?.id
        }
        edit.issue.finalPriority = defaults.finalPriority
        let version = defaults.version.flatMap { catalog.records.versions[$0] }
        let isOpen = version.map { $0.status == .open && catalog.versionsShared(with: edit.issue.project).contains($0) }
        edit.issue.version = isOpen ?? false ? version?.id : nil
        edit.issue.assignee = defaults.assignee
        if let days = defaults.duePeriodDays {
            edit.issue.dueDate = DateValue(now.date.adding(days: days), secondOfDay: Int32(now.secondOfDay))
        }
        if rules.startDateDefaultsToToday { edit.issue.startDate = DateValue(now.date) }
        for field in catalog.issueFields(project: edit.issue.project, type: edit.issue.type)
        where !field.defaultValues.isEmpty {
            edit.values[field.id] = field.defaultValues
        }
        for participant in project?.participants ?? [] where participant.role == .watcher {
            edit.participants[.watcher, default: []].insert(participant.principal)
        }
    }

    /// To another project, tracker or type. A change of type that stays in the tracker is a field; one that leaves
    /// it, a move.
    mutating func move(project name: ParsedName?, tracker wanted: ToolID?, type typeName: ParsedName?) throws {
        var project = catalog.records.projects[edit.issue.project]
        if let name {
            guard let found = catalog.project(name), try mayReach(found) else {
                return reject(.project, request.skipping.contains(.notPermitted) ? .notPermitted : .notInList)
            }
            project = found
        }
        guard let project else { return }
        var type = catalog.records.types[edit.issue.type]
        if let typeName {
            guard let found = namedType(typeName), catalog.types(of: project.id).contains(where: { $0.id == found.id })
            else {
                return reject(.type, .unknown)
            }
            type = found
        }
        guard var type else { return }
        var target = wanted.flatMap { catalog.records.tools[$0] } ?? catalog.tracker(of: project.id, holding: type.id)
        if target == nil {
            target = catalog.trackers(of: project.id).first
            guard let first = target?.tracker?.types.first.flatMap({ catalog.records.types[$0] }) else {
                return reject(.type, .notInList)
            }
            type = first
        }
        guard let target else { return reject(.tracker, .notInList) }
        if target.id == edit.issue.tracker && type.id == edit.issue.type { return }
        guard try mayEdit() else { return reject(.tracker, .notPermitted) }
        guard try isTrusted || addable(target, type) else { return reject(.tracker, .notPermitted) }
        if type.id != edit.issue.type, !(try maySetType(in: target)) {
            reject(.type, .notPermitted)
            // Who goes to another project sees then what they may do there.
            return project.id == edit.issue.project ? () : try move(project: name, tracker: wanted, type: nil)
        }
        try relocate(to: target, type: type)
    }

    /// Whether the actor may choose a type, in the tracker where the issue is to be.
    private func maySetType(in target: Tool) throws -> Bool {
        var moved = self
        moved.edit.issue.project = target.project
        moved.edit.issue.tracker = target.id
        return try maySet(BuiltinField.type.id) && moved.maySet(BuiltinField.type.id)
    }

    private func mayReach(_ project: Project) throws -> Bool {
        if isTrusted || project.id == edit.issue.project { return true }
        guard access.sees(project) else { return false }
        return try catalog.trackers(of: project.id).contains { tool in
            try (tool.tracker?.types ?? []).contains { id in
                guard let type = catalog.records.types[id] else { return false }
                return try addable(tool, type)
            }
        }
    }

    private func addable(_ tool: Tool, _ type: IssueType) throws -> Bool {
        if tool.id == edit.issue.tracker { return true }
        var probe = edit.issue
        probe.tracker = tool.id
        probe.project = tool.project
        probe.type = type.id
        return access.allows(.addIssues, on: probe) { _ in false }
    }

    private func namedType(_ name: ParsedName) -> IssueType? {
        switch name {
        case .number(let number):
            catalog.records.types[IssueTypeID(number)].flatMap { $0.stamp.retired == nil ? $0 : nil }
        case .text(let text): catalog.types.first { $0.name == text }
        default: nil
        }
    }

    /// Puts the issue into its new place; what that place lacks is mapped by name or cleared.
    private mutating func relocate(to target: Tool, type: IssueType) throws {
        edit.asked.formUnion([BuiltinField.type.id, BuiltinField.project.id])
        let former = Set(catalog.issueFields(project: edit.issue.project, type: edit.issue.type).map(\.id))
        edit.issue.type = type.id
        if target.project != edit.issue.project { try leaveProject(for: target) }
        if target.id != edit.issue.tracker {
            edit.issue.tracker = target.id
            if !catalog.restrictableTrackers.contains(target.id) { edit.issue.restrictedTo = [] }
            if !edit.isNew {
                edit.issue.number = try RecordRows.next("issue_number.\(target.id)", on: connection)
            }
        }
        let used = catalog.statuses(tracker: target.id, type: type.id)
        if !used.contains(where: { $0.id == edit.issue.status }) {
            let name = catalog.records.statuses[edit.issue.status]?.name
            let rules = WorkflowRules(catalog: catalog, access: access)
            edit.issue.status =
                used.first { $0.name == name }?.id
                ?? rules.startStatus(tracker: target.id, type: type.id) ?? edit.issue.status
        }
        let fields = Set(catalog.issueFields(project: edit.issue.project, type: edit.issue.type).map(\.id))
        for field in edit.values.keys where !fields.contains(field) { edit.values[field] = nil }
        for field in catalog.issueFields(project: edit.issue.project, type: edit.issue.type)
        where edit.values[field.id] == nil {
            if !field.defaultValues.isEmpty {
                edit.values[field.id] = field.defaultValues
            } else if former.contains(field.id), !edit.isNew, !isConsequence {
                // Who moves an issue confirms its fields: what was never filled is empty from then on.
                edit.values[field.id] = []
            }
        }
    }

    /// What goes with an issue to another project, and what is left behind.
    mutating func moveTree(from old: ProjectID, depth: Int = 32) throws {
        guard rules.treesStayTogether, depth > 0, old != edit.issue.project else { return }
        for id in try IssueRows.children(of: edit.issue.id, on: connection) {
            guard let child = try IssueRows.issue(id, on: connection), child.project == old else { continue }
            var engine = ChangeEngine(transaction, request, try IssueEdit(id, on: connection))
            engine.isConsequence = true
            guard
                let target = catalog.tracker(of: edit.issue.project, holding: child.type)
                    ?? catalog.trackers(of: edit.issue.project).first,
                let types = target.tracker?.types,
                let type = (types.contains(child.type) ? child.type : types.first)
                    .flatMap({ catalog.records.types[$0] })
            else { continue }
            try engine.relocate(to: target, type: type)
            try engine.dropLostLinks()
            try engine.record()
            try engine.moveTree(from: old, depth: depth - 1)
        }
    }

    private mutating func leaveProject(for target: Tool) throws {
        let project = target.project
        if !edit.isNew { try leaveLinks(for: project) }
        edit.issue.project = project
        if let category = edit.issue.category.flatMap({ catalog.records.categories[$0] }) {
            edit.issue.category = catalog.categories(of: project).first { $0.name == category.name }?.id
        }
        if let version = edit.issue.version,
            !catalog.versionsShared(with: project).contains(where: { $0.id == version })
        {
            edit.issue.version = nil
        }
        if let assignee = edit.issue.assignee, !catalog.mayOwn(assignee, in: target, author: edit.issue.author) {
            edit.issue.assignee = nil
            edit.losesAssignee = true
        }
        let foreign = edit.labels.filter { label in
            guard let owner = catalog.records.labels[label]?.project else { return false }
            return owner != project
        }
        edit.labels.subtract(foreign)
    }
}

/// Where a new issue goes.
private struct DraftPlace {
    var tracker: Tool?
    var type: IssueType?
    var problems: [Problem] = []
    var skipped: [Problem] = []

    /// - Parameter preferred: the type of what is copied.
    init(
        _ draft: Draft, _ request: ChangeRequest, _ transaction: Transaction, preferred: IssueTypeID?
    ) throws {
        let catalog = transaction.catalog
        var project: Project?
        if let id = draft.tracker {
            tracker = catalog.records.tools[id]
            project = tracker.flatMap { catalog.records.projects[$0.project] }
        } else {
            project = draft.project.flatMap { catalog.project($0) }
        }
        guard let project else {
            problems = [Problem(.project, draft.project == nil && draft.tracker == nil ? .required : .notInList)]
            appendFollowing()
            return
        }
        let types = tracker?.tracker?.types.compactMap { catalog.records.types[$0] } ?? catalog.types(of: project.id)
        let usable = types.filter { type in
            guard let tool = tracker ?? catalog.tracker(of: project.id, holding: type.id) else { return false }
            return transaction.actor.user == .system || DraftPlace.mayAdd(type, in: tool, transaction)
        }
        guard !usable.isEmpty else {
            problems = [Problem(.project, .notPermitted)]
            appendFollowing()
            return
        }
        choose(draft, request, usable: usable, preferred, catalog)
        if let type, tracker == nil { tracker = catalog.tracker(of: project.id, holding: type.id) }
    }

    /// Without a place there is neither type nor status.
    private mutating func appendFollowing() {
        problems += [Problem(.type, .required), Problem(.status, .required)]
    }

    private mutating func choose(
        _ draft: Draft, _ request: ChangeRequest, usable: [IssueType], _ preferred: IssueTypeID?, _ catalog: Catalog
    ) {
        let original = usable.first { $0.id == preferred }
        let first = tracker?.tracker?.types.first
        let standard = original ?? usable.first { $0.id == first } ?? usable.first
        guard let name = draft.type else {
            type = standard
            return
        }
        let found: IssueType? =
            switch name {
            case .number(let number): usable.first { $0.id.rawValue == number }
            case .text(let text): usable.first { $0.name == text }
            default: nil
            }
        if found == nil {
            let problem = Problem(.type, .unknown)
            if request.skipping.contains(.unknownChoice) { skipped.append(problem) } else { problems.append(problem) }
        }
        type = found ?? standard
    }

    private static func mayAdd(_ type: IssueType, in tool: Tool, _ transaction: Transaction) -> Bool {
        let probe = Issue(
            id: IssueID(0), tracker: tool.id, project: tool.project, number: 0, type: type.id, status: StatusID(0),
            author: transaction.actor.user, created: transaction.now)
        return transaction.access.allows(.addIssues, on: probe) { _ in false }
    }
}
