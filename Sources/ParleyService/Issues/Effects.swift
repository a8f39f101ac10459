import ParleyModel
import ParleyStorage

/// What follows from a part of a request, and what must hold in the end.
extension ChangeEngine {
    /// Lets the rules act, then checks the result.
    mutating func settle() throws {
        if edit.isNew { assignByCategory() }
        try watchers()
        try statusTimes()
        try followPredecessors()
        try validate()
        if problems.isEmpty { try dropLostLinks() }
    }

    /// A new issue for which nobody is named goes to its category's assignee, else to its project's: the issue is
    /// refused where they cannot be given issues.
    private mutating func assignByCategory() {
        let isNamed = edit.issue.assignee != nil && edit.asked.contains(BuiltinField.assignee.id)
        guard rules.categoryAssignsIssue, !isNamed else {
            if edit.namesUnknownAssignee { reject(.assignee, .invalid) }
            return
        }
        let category = (edit.refusedCategory ?? edit.issue.category).flatMap { catalog.records.categories[$0] }
        let standing = category?.assignee ?? catalog.records.projects[edit.issue.project]?.defaults.assignee
        edit.issue.assignee = nil
        guard let assignee = standing, catalog.name(of: assignee) != nil else {
            if edit.namesUnknownAssignee { reject(.assignee, .invalid) }
            return
        }
        guard mayOwn(assignee) else { return reject(.assignee, .invalid) }
        edit.issue.assignee = assignee
    }

    private mutating func watchers() throws {
        if rules.assigneeWatches, let assignee = edit.issue.assignee, edit.recorded.issue?.assignee != assignee {
            edit.participants[.watcher, default: []].insert(assignee)
        }
        if rules.firstPostPeopleWatch, edit.isNew {
            for id in pendingPosts {
                guard let post = try ContentRows.post(id, on: connection) else { continue }
                edit.participants[.watcher, default: []].formUnion([post.author] + post.recipients)
            }
        }
        guard !edit.isNew, hasChanges, try watchesChanges(to: edit.issue) else { return }
        edit.participants[.watcher, default: []].insert(actor.user)
    }

    /// Whether who changes an issue becomes its watcher.
    func watchesChanges(to issue: Issue) throws -> Bool {
        try transaction.watchesChanges(to: issue)
    }

    /// Correcting a note is no contribution of one's own, and from nothing to an empty text is no change.
    private var hasChanges: Bool {
        return entries.contains { $0.kind != .time && $0.kind != .rewritten }
            || edit.differences().contains { !$0.isBlank }
            || edit.recorded.issue?.tracker != edit.issue.tracker
    }

    private mutating func statusTimes() throws {
        let before = edit.recorded.issue?.status
        guard before != edit.issue.status else { return }
        let wasClosed = before.map { catalog.isClosed($0) } ?? false
        if catalog.isClosed(edit.issue.status), !wasClosed || rules.closingAgainSetsClosed,
            !edit.asked.contains(BuiltinField.closedAt.id) {
            edit.issue.closedAt = now
        }
        let leftInitial = before.map(isInitial) ?? true && !isInitial(edit.issue.status)
        if rules.leavingInitialSetsStarted, leftInitial, edit.issue.startedAt == nil,
            !edit.asked.contains(BuiltinField.startedAt.id)
        {
            edit.issue.startedAt = now
        }
    }

    func isInitial(_ status: StatusID) -> Bool { catalog.records.statuses[status]?.category ?? .initial == .initial }

    // MARK: what must hold

    /// Nothing here is skipped: what was set stands already, so the whole part would have to be undone.
    private mutating func validate() throws {
        if isTrusted { return }
        validateTitle()
        validateDates()
        try validateStart()
        try validateParent()
        validateRequired()
        validateTransition()
    }

    private mutating func validateTitle() {
        guard let maximum = request.titleMaximumLength ?? rules.titleMaximumLength else { return }
        guard edit.isNew || edit.asked.contains(BuiltinField.title.id) else { return }
        let title = edit.issue.title ?? ""
        if title.allSatisfy(\.isWhitespace) { problems.append(Problem(.title, .required)) }
        if title.unicodeScalars.count > maximum { problems.append(Problem(.title, .tooLong(maximum: maximum))) }
    }

    private mutating func validateDates() {
        let old = edit.recorded.issue
        if rules.dueNotBeforeStart, let start = edit.issue.startDate, let due = edit.issue.dueDate,
            due.date < start.date,
            old?.startDate != edit.issue.startDate || old?.dueDate != edit.issue.dueDate
        {
            problems.append(Problem(.dueDate, .notBeforeStart))
        }
        let workflow = catalog.workflow(tracker: edit.issue.tracker, type: edit.issue.type)
        for rule in workflow?.dateRules ?? [] where !holds(rule) {
            problems.append(Problem(.field(fieldName(rule.left)), .notBeforeStart))
        }
    }

    private func fieldName(_ field: FieldID) -> FieldName {
        BuiltinField(field).map { .builtin($0) } ?? .custom(field.rawValue)
    }

    private func values(of field: FieldID) -> [Value] {
        if let builtin = BuiltinField(field) {
            switch builtin {
            case .description: return edit.description.map { [.text($0)] } ?? []
            case .labels: return edit.labels.map { .reference($0.rawValue) }
            default:
                if let role = builtin.participantRole {
                    return (edit.participants[role] ?? []).map { .reference($0.rawValue) }
                }
                return IssueFields.values(of: field, in: edit.issue)
            }
        }
        return edit.values[field] ?? []
    }

    private func holds(_ rule: DateRule) -> Bool {
        guard let left = values(of: rule.left).first, let right = values(of: rule.right).first else { return true }
        switch rule.comparison {
        case .equal: return left == right
        case .less: return Value.ordered(left, right)
        case .lessOrEqual: return !Value.ordered(right, left)
        case .greater: return Value.ordered(right, left)
        case .greaterOrEqual: return !Value.ordered(left, right)
        }
    }

    private func isFilled(_ field: FieldID) -> Bool {
        values(of: field).contains { value in
            if case .text(let text) = value { return !text.allSatisfy(\.isWhitespace) }
            return true
        }
    }

    /// Fields that the form or the workflow asks for: in a new issue, in one that changed its place or status, and
    /// wherever
    /// the request itself emptied them.
    private mutating func validateRequired() {
        let moved = edit.recorded.issue.map { $0.type != edit.issue.type || $0.project != edit.issue.project } ?? true
        let stepped = edit.recorded.issue?.status != edit.issue.status
        for field in catalog.issueFields(project: edit.issue.project, type: edit.issue.type)
        where field.required && (moved || edit.asked.contains(field.id)) && !isFilled(field.id) {
            let subject = Problem.Subject.field(.custom(field.id.rawValue))
            // A wrong value is told, and not that there is none as well.
            if !problems.contains(where: { $0.subject == subject }) { problems.append(Problem(subject, .required)) }
        }
        for element in tracker?.tracker?.form ?? [] where element.required {
            guard let field = element.field, element.types?.contains(edit.issue.type) ?? true else { continue }
            if (moved || edit.asked.contains(field)) && !isFilled(field) {
                problems.append(Problem(.field(fieldName(field)), .required))
            }
        }
        let workflow = catalog.workflow(tracker: edit.issue.tracker, type: edit.issue.type)
        for rule in workflow?.fieldRules ?? []
        where rule.kind == .required && rule.status == edit.issue.status
            && (moved || stepped || edit.asked.contains(rule.field))
        {
            if fieldRule(rule.field) == .required, !isFilled(rule.field) {
                problems.append(Problem(.field(fieldName(rule.field)), .required))
            }
        }
    }

    /// What the step itself asks for: a comment, fields that are filled.
    private mutating func validateTransition() {
        let from = edit.recorded.issue?.status
        guard from != edit.issue.status, edit.notedStatus else { return }
        let rules = WorkflowRules(catalog: catalog, access: access)
        let steps = rules.transitions(from: from, in: edit.issue).filter { $0.to == edit.issue.status }
        guard !steps.isEmpty else { return }
        let commented = !pendingPosts.isEmpty
        if steps.allSatisfy({ $0.needsComment && !commented }) { problems.append(Problem(.status, .needsComment)) }
        let missing = steps.map { $0.filledFields.filter { !isFilled($0) } }
        if missing.allSatisfy({ !$0.isEmpty }) {
            for field in missing.first ?? [] { problems.append(Problem(.field(fieldName(field)), .mustBeFilled)) }
        }
    }
}

extension Reader {
    /// Whether an open blocker or an open child keeps an issue from being closed, under the rules of its tracker.
    func isKeptOpen(_ issue: Issue, by rules: DataRules) throws -> Bool {
        if rules.closedIgnoresOpenOnes, catalog.isClosed(issue.status) { return false }
        if rules.openChildrenPreventClosing {
            if try hasOpenDescendant(issue.id) { return true }
        }
        guard rules.blockedCannotClose else { return false }
        for link in try IssueRows.links(of: issue.id, on: connection) where link.target == .issue(issue.id) {
            guard catalog.records.linkTypes[link.type]?.effect == .blocks,
                let blocker = try IssueRows.issue(link.from, on: connection), blocker.retired == nil
            else { continue }
            if !catalog.isClosed(blocker.status) { return true }
        }
        return false
    }

    private func hasOpenDescendant(_ id: IssueID) throws -> Bool {
        var seen: Set<IssueID> = [id]
        var pending = try IssueRows.children(of: id, on: connection)
        while let next = pending.popLast(), seen.count <= Reader.descendantLimit {
            guard seen.insert(next).inserted, let row = try IssueRows.issue(next, on: connection) else { continue }
            if !catalog.isClosed(row.status) { return true }
            pending += try IssueRows.children(of: next, on: connection)
        }
        return false
    }

    /// Whether a closed issue above it keeps a closed issue from being opened, under the rules of its tracker.
    func isKeptClosed(_ issue: Issue, by rules: DataRules) throws -> Bool {
        guard rules.openChildrenPreventClosing, catalog.isClosed(issue.status) else { return false }
        for id in try Schedule(connection: connection, catalog: catalog).above(issue.id) {
            if let row = try IssueRows.issue(id, on: connection), catalog.isClosed(row.status) { return true }
        }
        return false
    }
}

extension Transaction {
    /// Whether the actor becomes a watcher of an issue by changing it.
    func watchesChanges(to issue: Issue) throws -> Bool {
        let rules = catalog.records.tools[issue.tracker].map { catalog.rules(in: $0) } ?? catalog.settings.rules
        guard rules.changerWatches, !actor.isAnonymous, actor.user != .system,
            catalog.user(actor.user)?.preferences.watchesWhatTheyChange ?? false
        else { return false }
        return try reader.allows(.addIssueWatchers, on: issue)
    }
}
