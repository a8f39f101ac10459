import ParleyModel
import ParleyStorage

/// When an issue may start, by what it follows, and where it goes when that moves.
struct Schedule {
    let connection: any SQLConnection
    let catalog: Catalog

    /// How many levels of parents hold an issue back.
    private static let depthLimit = 64
    /// Working days, more than there are from the first year to the last; a delay beyond them counts as that many.
    private static let delayLimit: Int64 = 4_000_000

    private func rules(of issue: Issue) -> DataRules? {
        catalog.records.tools[issue.tracker].map { catalog.rules(in: $0) }
    }

    func isMoved(_ issue: Issue) -> Bool { rules(of: issue)?.precedesMovesDates ?? false }

    private func orders(_ link: Link) -> Bool { catalog.records.linkTypes[link.type]?.effect == .precedes }

    /// Links to those that follow an issue.
    func following(_ id: IssueID) throws -> [Link] {
        try IssueRows.links(of: id, on: connection).filter { $0.from == id && orders($0) }
    }

    /// The first day on which the target of a link may start; nil where the link orders nothing or its source has no
    /// dates.
    func start(by link: Link) throws -> CivilDate? {
        guard orders(link), let before = try IssueRows.issue(link.from, on: connection), before.retired == nil,
            let end = before.dueDate ?? before.startDate
        else { return nil }
        let delay = min(max(link.delay ?? 0, -Schedule.delayLimit), Schedule.delayLimit)
        return WorkingDays.adding(1 + delay, to: end.date)
    }

    /// The first day on which an issue may start, by all that it and, where they have their dates from their children,
    /// its parents follow.
    func soonestStart(of issue: Issue) throws -> CivilDate? {
        var soonest: CivilDate?
        var next: Issue? = issue
        for _ in 0..<Schedule.depthLimit {
            guard let issue = next else { break }
            for link in try IssueRows.links(of: issue.id, on: connection) where link.target == .issue(issue.id) {
                if let day = try start(by: link) { soonest = max(soonest ?? day, day) }
            }
            guard rules(of: issue)?.parentDatesFromChildren ?? false else { break }
            next = try issue.parent.flatMap { try IssueRows.issue($0, on: connection) }
        }
        return soonest
    }

    /// Whether an issue has its dates from its children.
    func isDerived(_ issue: Issue) throws -> Bool {
        guard rules(of: issue)?.parentDatesFromChildren ?? false else { return false }
        return try !IssueRows.children(of: issue.id, on: connection).isEmpty
    }

    /// The issue as it starts on a day, or as early after it as all that it follows lets it, with as many days of work
    /// as before. One that starts on that day already stays.
    func moved(_ issue: Issue, to day: CivilDate) throws -> Issue {
        guard issue.startDate?.date != day else { return issue }
        let earliest = max(day, try soonestStart(of: issue) ?? day)
        var length: Int64 = 0
        if let start = issue.startDate, let due = issue.dueDate {
            length = WorkingDays.count(from: start.date, to: due.date)
        }
        let start = WorkingDays.onOrAfter(earliest)
        var result = issue
        result.startDate = DateValue(start)
        result.dueDate = DateValue(WorkingDays.adding(length, to: start))
        return result
    }

    // MARK: loops

    /// How far a search goes before a loop is taken for granted.
    private static let searchLimit = 10_000

    /// Whether a change of an issue's dates may come to move another one: what follows it, what follows those above
    /// it, and the lowest below any of these.
    func moves(_ issue: IssueID, _ goal: IssueID) throws -> Bool {
        var seen: Set<IssueID> = [issue]
        var pending = [issue]
        while let next = pending.popLast() {
            for one in try within(reach: next) where seen.insert(one).inserted {
                if one == goal || seen.count > Schedule.searchLimit { return true }
                pending.append(one)
            }
        }
        return false
    }

    private func within(reach id: IssueID) throws -> [IssueID] {
        var result = try leaves(below: id)
        for one in [id] + (try above(id)) { result += try following(one).compactMap(\.target.issueID) }
        return result
    }

    /// Issues below another one that have nothing below themselves, by number.
    func leaves(below id: IssueID) throws -> [IssueID] {
        var result: [IssueID] = []
        var seen: Set<IssueID> = [id]
        var pending = try IssueRows.children(of: id, on: connection)
        while let next = pending.popLast(), seen.count < Schedule.searchLimit {
            guard seen.insert(next).inserted else { continue }
            let children = try IssueRows.children(of: next, on: connection)
            if children.isEmpty { result.append(next) } else { pending += children }
        }
        return result.sorted()
    }

    /// All below an issue.
    func below(_ id: IssueID) throws -> Set<IssueID> {
        var result: Set<IssueID> = []
        var pending = [id]
        while let next = pending.popLast(), result.count < Schedule.searchLimit {
            for child in try IssueRows.children(of: next, on: connection) where result.insert(child).inserted {
                pending.append(child)
            }
        }
        return result
    }

    /// Those above an issue, the nearest first.
    func above(_ id: IssueID) throws -> [IssueID] {
        var result: [IssueID] = []
        var next = try IssueRows.issue(id, on: connection)?.parent
        while let parent = next, result.count < Schedule.depthLimit {
            result.append(parent)
            next = try IssueRows.issue(parent, on: connection)?.parent
        }
        return result
    }
}
