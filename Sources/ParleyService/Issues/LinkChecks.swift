import ParleyModel
import ParleyStorage

extension Reader {
    /// How far a search for a loop goes before the link is refused.
    private static let loopLimit = 10_000

    /// What forbids a link between two issues that are there.
    /// - Parameters:
    ///   - pending: links of the same request that are not stored yet.
    public func problems(
        linking issue: Issue, _ direction: LinkDirection, to other: IssueID, as type: LinkType,
        beside pending: [Link] = []
    ) throws -> [Problem] {
        let id = issue.id
        guard id != other else { return [Problem(.links, .invalid)] }
        let ends = direction == .reverse ? (from: other, to: id) : (from: id, to: other)
        let present = try (IssueRows.links(of: id, on: connection) + pending).filter { Reader.joins($0, id, other) }
        let rules = type.effect == .hierarchy ? DataRules() : rules(of: issue)
        let scruples = rules.oneLinkPerPair
        var problems = scruples ? second(present, id, type) : []
        if rules.linksStayInProject, try IssueRows.issue(other, on: connection)?.project != issue.project {
            problems.insert(Problem(.links, .elsewhere), at: 0)
        }
        let isCircular = problems.contains { $0.rule == .circular }
        if !isCircular, try closesLoop(type, from: ends.from, to: ends.to) {
            problems.append(Problem(.links, .circular))
        }
        if scruples, try isAbove(id, other) || isAbove(other, id) { problems.append(Problem(.links, .withinTree)) }
        if problems.isEmpty, scruples, direction == .reverse, hasLink(present, from: ends.from) {
            problems.append(Problem(.whole, .taken))
        }
        return problems
    }

    private func rules(of issue: Issue) -> DataRules {
        catalog.records.tools[issue.tracker].map { catalog.rules(in: $0) } ?? catalog.settings.rules
    }

    static func joins(_ link: Link, _ a: IssueID, _ b: IssueID) -> Bool {
        (link.from == a && link.target == .issue(b)) || (link.from == b && link.target == .issue(a))
    }

    private func hasLink(_ links: [Link], from id: IssueID) -> Bool {
        links.contains { $0.from == id && catalog.records.linkTypes[$0.type]?.effect != .hierarchy }
    }

    /// A second link from this issue to the same one; of a type that reads the same both ways, one back as well.
    private func second(_ present: [Link], _ id: IssueID, _ type: LinkType) -> [Problem] {
        if hasLink(present, from: id) { return [Problem(.links, .taken)] }
        let others = present.filter { $0.from != id }
        return type.symmetric && others.contains { catalog.records.linkTypes[$0.type]?.effect != .hierarchy }
            ? [Problem(.links, .circular)] : []
    }

    private func isAbove(_ one: IssueID, _ other: IssueID) throws -> Bool {
        try Schedule(connection: connection, catalog: catalog).above(other).contains(one)
    }

    /// Whether a link of a type that has an order would close a loop.
    func closesLoop(_ type: LinkType, from: IssueID, to target: IssueID) throws -> Bool {
        switch type.effect {
        case .none, .duplicates: return false
        case .precedes: return try Schedule(connection: connection, catalog: catalog).moves(target, from)
        case .hierarchy, .blocks: break
        }
        var seen: Set<IssueID> = []
        var pending = [target]
        while let next = pending.popLast() {
            if next == from { return true }
            guard seen.insert(next).inserted else { continue }
            if seen.count > Reader.loopLimit { return true }
            for link in try IssueRows.links(of: next, on: connection) where link.type == type.id && link.from == next {
                if case .issue(let other) = link.target { pending.append(other) }
            }
        }
        return false
    }
}
