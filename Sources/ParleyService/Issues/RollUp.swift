import ParleyModel
import ParleyStorage

/// What other issues take from a changed one: parents their dates, priority and progress; duplicates their closing;
/// those that
/// follow it their dates. Each gets a changeset of its own with derived entries, in a fixed order and to a bounded
/// depth.
struct RollUp {
    let transaction: Transaction
    let now: Instant
    let author: PrincipalID
    let cause: ChangesetID

    /// How many levels of parents are brought up to date.
    static let depthLimit = 64

    private var connection: any SQLConnection { transaction.connection }
    private var catalog: Catalog { transaction.catalog }

    func run(from edit: IssueEdit) throws {
        if let former = edit.formerParent { try climb(from: former) }
        if let parent = edit.issue.parent, edit.before.map({ changesParent($0, edit) }) ?? true {
            try climb(from: parent)
        }
        if let before = edit.before { try closeDuplicates(before, edit.issue) }
    }

    /// Whether anything that a parent derives from has changed.
    private func changesParent(_ before: Issue, _ edit: IssueEdit) -> Bool {
        let after = edit.issue
        return edit.parentChanged || before.status != after.status || before.priorityNumber != after.priorityNumber
            || before.startDate != after.startDate || before.dueDate != after.dueDate
            || before.progress != after.progress
            || before.estimate != after.estimate || before.retired != after.retired || before.parent != after.parent
    }

    /// Brings an issue and those above it up to date with their children.
    func climb(from issue: IssueID) throws {
        var next: IssueID? = issue
        var depth = 0
        while let id = next, depth < RollUp.depthLimit, let row = try IssueRows.issue(id, on: connection) {
            guard try derive(row) else { return }
            next = row.parent
            depth += 1
        }
    }

    /// Brings one parent up to date.
    /// - Returns: whether something changed.
    private func derive(_ parent: Issue) throws -> Bool {
        guard let tracker = catalog.records.tools[parent.tracker] else { return false }
        let rules = catalog.rules(in: tracker)
        let children = try IssueRows.children(of: parent.id, on: connection).compactMap {
            try IssueRows.issue($0, on: connection)
        }
        guard !children.isEmpty else { return false }
        var after = parent
        if rules.parentDatesFromChildren { deriveDates(&after, children) }
        if rules.parentPriorityFromChildren { derivePriority(&after, children) }
        if rules.parentProgressFromChildren { after.progress = try progress(of: children) }
        return try store(parent, after)
    }

    private func deriveDates(_ parent: inout Issue, _ children: [Issue]) {
        var start = children.compactMap(\.startDate).min()
        var due = children.compactMap(\.dueDate).max()
        if let first = start, let last = due, last < first { swap(&start, &due) }
        parent.startDate = start
        parent.dueDate = due
    }

    private func derivePriority(_ parent: inout Issue, _ children: [Issue]) {
        let open = children.filter { !catalog.isClosed($0.status) }
        if let highest = open.max(by: { $0.priorityNumber < $1.priorityNumber }) {
            parent.priority = highest.priority
            parent.priorityNumber = highest.priorityNumber
        } else if let standard = catalog.priorities.first(where: \.isDefault) {
            parent.priority = standard.id
            parent.priorityNumber = standard.number
        }
    }

    /// The children's progress weighted by their estimates; closed ones count as done.
    private func progress(of children: [Issue]) throws -> Int64 {
        var weights: [Double] = []
        for child in children { weights.append(Double(try totalEstimate(child))) }
        let known = weights.filter { $0 > 0 }
        let average = known.isEmpty ? 1 : known.reduce(0, +) / Double(known.count)
        var done = 0.0
        for (child, weight) in zip(children, weights) {
            done += (weight > 0 ? weight : average) * Double(catalog.isClosed(child.status) ? 100 : child.progress)
        }
        let whole = average * Double(children.count)
        guard whole > 0, done.isFinite else { return 0 }
        return Int64(min(max((done / whole + 1e-9).rounded(.down), 0), 100))
    }

    private func totalEstimate(_ issue: Issue, depth: Int = 32) throws -> Int64 {
        var sum = issue.estimate ?? 0
        guard depth > 0 else { return sum }
        for child in try IssueRows.children(of: issue.id, on: connection) {
            guard let row = try IssueRows.issue(child, on: connection) else { continue }
            sum = sum &+ (try totalEstimate(row, depth: depth - 1))
        }
        return sum
    }

    /// Writes a derived change.
    /// - Returns: whether there was one.
    private func store(_ before: Issue, _ after: Issue) throws -> Bool {
        try transaction.follow(
            before, after, derived: true, cause: cause, attribution: Attribution(author: author, time: now))
    }

    /// Closing an issue closes those that duplicate it, where the workspace says so.
    private func closeDuplicates(_ before: Issue, _ after: Issue) throws {
        guard catalog.isClosed(after.status), !catalog.isClosed(before.status),
            let tracker = catalog.records.tools[after.tracker], catalog.rules(in: tracker).closingClosesDuplicates
        else { return }
        for link in try IssueRows.links(of: after.id, on: connection) where link.target == .issue(after.id) {
            guard catalog.records.linkTypes[link.type]?.effect == .duplicates,
                let duplicate = try IssueRows.issue(link.from, on: connection), duplicate.retired == nil,
                !catalog.isClosed(duplicate.status)
            else { continue }
            var closed = duplicate
            closed.status = after.status
            closed.closedAt = now
            _ = try store(duplicate, closed)
        }
    }
}
