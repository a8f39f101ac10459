import ParleyModel
import ParleyStorage

/// What other issues take from a changed one: parents their dates, priority and progress; those that follow it their
/// dates. Each gets a changeset of its own, in a fixed order and to a bounded depth.
struct RollUp {
    let transaction: Transaction
    let now: Instant
    let author: PrincipalID
    let cause: ChangesetID
    /// Whether the author becomes a watcher of an issue whose history tells that they moved it.
    var watches: (Issue) throws -> Bool = { _ in false }
    /// Issues whose dates changed. Those that follow them are yet to move: told in the history, or derived.
    private var shifted: [(issue: IssueID, isTold: Bool)] = []
    private var moves: [IssueID: Int] = [:]

    /// How many levels of parents are brought up to date.
    static let depthLimit = 64
    /// How often one issue moves: by each of what it follows, but not round a loop of orders and parents for ever.
    private static let moveLimit = 16
    /// How many issues move for one change.
    private static let shiftLimit = 10_000

    init(transaction: Transaction, now: Instant, author: PrincipalID, cause: ChangesetID) {
        self.transaction = transaction
        self.now = now
        self.author = author
        self.cause = cause
    }

    private var connection: any SQLConnection { transaction.connection }
    private var catalog: Catalog { transaction.catalog }
    private var schedule: Schedule { Schedule(connection: connection, catalog: catalog) }

    /// - Parameters:
    ///   - orders: links that the request made and that order issues.
    ///   - moved: issues that such a link has moved already.
    mutating func run(from edit: IssueEdit, orders: [Link] = [], moved: [IssueID] = []) throws {
        if let former = edit.formerParent { try climb(toward: former) }
        if let parent = edit.issue.parent, edit.before.map({ changesParent($0, edit) }) ?? true {
            try climb(toward: parent)
        }
        if edit.childrenChanged { try climb(toward: edit.issue.id) }
        if let before = edit.before, RollUp.hasShifted(before, edit.issue) { shifted.append((edit.issue.id, true)) }
        for id in moved {
            shifted.append((id, true))
            if let parent = try IssueRows.issue(id, on: connection)?.parent { try climb(toward: parent) }
        }
        for link in orders {
            guard let follower = link.target.issueID, let day = try schedule.start(by: link) else { continue }
            try move(follower, to: day, isTold: true)
        }
        try moveFollowers()
    }

    private static func hasShifted(_ before: Issue, _ after: Issue) -> Bool {
        before.startDate != after.startDate || before.dueDate != after.dueDate
    }

    // MARK: orders

    private mutating func moveFollowers() throws {
        var next = 0
        while next < shifted.count, next < RollUp.shiftLimit {
            let (issue, isTold) = shifted[next]
            next += 1
            for link in try schedule.following(issue) {
                guard let follower = link.target.issueID, let day = try schedule.start(by: link) else { continue }
                try move(follower, to: day, isTold: isTold)
            }
        }
        shifted = []
    }

    /// Moves an issue, or where its dates are its children's, those below it that began with it or too early.
    private mutating func move(_ id: IssueID, to day: CivilDate, isTold: Bool) throws {
        guard let issue = try IssueRows.issue(id, on: connection), issue.retired == nil, issue.mergedInto == nil,
            schedule.isMoved(issue)
        else { return }
        guard try schedule.isDerived(issue) else { return try shift(issue, to: day, isTold: isTold) }
        for id in try schedule.leaves(below: id) {
            guard let leaf = try IssueRows.issue(id, on: connection) else { continue }
            guard let start = leaf.startDate, start != issue.startDate, start.date >= day else {
                try shift(leaf, to: day, isTold: false)
                continue
            }
        }
    }

    private mutating func shift(_ issue: Issue, to day: CivilDate, isTold: Bool) throws {
        guard moves[issue.id, default: 0] < RollUp.moveLimit else { return }
        let after = try schedule.moved(issue, to: day)
        let watcher = try isTold && watches(issue) ? author : nil
        guard try store(issue, after, isTold: isTold, watcher: watcher) else { return }
        moves[issue.id, default: 0] += 1
        shifted.append((issue.id, isTold))
        if let parent = issue.parent { try climb(toward: parent) }
    }

    // MARK: parents

    /// Whether anything that a parent derives from has changed.
    private func changesParent(_ before: Issue, _ edit: IssueEdit) -> Bool {
        let after = edit.issue
        return edit.parentChanged || before.status != after.status || before.priorityNumber != after.priorityNumber
            || before.startDate != after.startDate || before.dueDate != after.dueDate
            || before.progress != after.progress
            || before.estimate != after.estimate || before.retired != after.retired || before.parent != after.parent
    }

    /// Brings an issue and those above it up to date with their children, and moves what follows them.
    mutating func climb(from issue: IssueID) throws {
        try climb(toward: issue)
        try moveFollowers()
    }

    private mutating func climb(toward issue: IssueID) throws {
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
    private mutating func derive(_ parent: Issue) throws -> Bool {
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
        if RollUp.hasShifted(parent, after) { shifted.append((parent.id, false)) }
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

    /// Writes what follows from the change.
    /// - Returns: whether anything differed.
    private func store(
        _ before: Issue, _ after: Issue, isTold: Bool = false, watcher: PrincipalID? = nil
    ) throws -> Bool {
        try transaction.follow(
            before, after, derived: !isTold, cause: cause, attribution: Attribution(author: author, time: now),
            watcher: watcher)
    }
}
