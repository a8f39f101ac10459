import ParleyModel

/// Which statuses an actor may choose: the workflow narrows what grants allow, and never widens it.
struct WorkflowRules {
    let catalog: Catalog
    let access: Access

    /// The transitions that are the actor's to make from a status (nil: for a new issue).
    func transitions(from status: StatusID?, in issue: Issue) -> [Transition] {
        guard let workflow = catalog.workflow(tracker: issue.tracker, type: issue.type) else { return [] }
        return workflow.transitions.filter { transition in
            transition.from == status && (transition.types?.contains(issue.type) ?? true) && covers(transition, issue)
        }
    }

    private func covers(_ transition: Transition, _ issue: Issue) -> Bool {
        switch transition.condition {
        case .isAuthor, .isCreator: if issue.author != access.actor.user { return false }
        case .isAssignee: if !(issue.assignee.map { access.identities.contains($0) } ?? false) { return false }
        default: break
        }
        if access.actor.admin || transition.subjects.isEmpty { return true }
        guard let project = catalog.records.projects[issue.project] else { return false }
        let held = access.roles(in: project.id)
        return transition.subjects.contains { access.covers($0, held, project) }
    }

    /// Whether a status may follow another one; staying is no step.
    func allows(from: StatusID?, to: StatusID, in issue: Issue) -> Bool {
        if from == to { return true }
        let used = catalog.statuses(tracker: issue.tracker, type: issue.type)
        guard used.contains(where: { $0.id == to }) else { return false }
        guard let workflow = catalog.workflow(tracker: issue.tracker, type: issue.type), workflow.usesTransitions else {
            return true
        }
        if from == nil, to == startStatus(of: issue) { return true }
        return transitions(from: from, in: issue).contains { $0.to == to }
    }

    /// The status a new issue gets.
    func startStatus(of issue: Issue) -> StatusID? {
        startStatus(tracker: issue.tracker, type: issue.type)
    }

    func startStatus(tracker: ToolID, type: IssueTypeID) -> StatusID? {
        let used = catalog.statuses(tracker: tracker, type: type)
        if let status = catalog.records.types[type]?.defaultStatus, used.contains(where: { $0.id == status }) {
            return status
        }
        if let status = catalog.workflow(tracker: tracker, type: type)?.defaultStatus { return status }
        return used.first?.id
    }
}

extension Reader {
    /// The statuses that the actor may give an issue now, the present one included, in the workspace's order.
    /// Statuses that
    /// the rules about blocking and open children exclude are left out.
    public func allowedStatuses(for issue: Issue) throws -> [Status] {
        let rules = WorkflowRules(catalog: catalog, access: access)
        let steps = catalog.statuses(tracker: issue.tracker, type: issue.type).filter {
            $0.id != issue.status && rules.allows(from: issue.status, to: $0.id, in: issue)
        }
        guard !steps.isEmpty else { return [] }
        let closable = try !isKeptOpen(issue)
        let openable = try !isKeptClosed(issue)
        let present = catalog.records.statuses[issue.status]
        return (steps + (present.map { [$0] } ?? [])).filter { $0.isClosed ? closable : openable }
            .sorted { ($0.rank, $0.id) < ($1.rank, $1.id) }
    }

    /// The statuses that a new issue of a type may start with.
    public func startStatuses(tracker: ToolID, type: IssueTypeID) -> [Status] {
        let rules = WorkflowRules(catalog: catalog, access: access)
        let draft = Issue(
            id: IssueID(0), tracker: tracker, project: catalog.records.tools[tracker]?.project ?? ProjectID(0),
            number: 0,
            type: type, status: StatusID(0), author: actor.user, created: now)
        return catalog.statuses(tracker: tracker, type: type).filter { rules.allows(from: nil, to: $0.id, in: draft) }
    }

    /// Whether an open blocker or an open child keeps an issue from being closed.
    public func isKeptOpen(_ issue: Issue) throws -> Bool {
        guard let tracker = catalog.records.tools[issue.tracker] else { return false }
        return try isKeptOpen(issue, by: catalog.rules(in: tracker))
    }

    private func isKeptClosed(_ issue: Issue) throws -> Bool {
        guard let tracker = catalog.records.tools[issue.tracker] else { return false }
        return try isKeptClosed(issue, by: catalog.rules(in: tracker))
    }
}
