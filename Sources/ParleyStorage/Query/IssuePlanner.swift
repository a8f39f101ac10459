import ParleyModel

/// Numbers by which the planner chooses, and what tests force.
struct PlannerOptions: Sendable {
    enum Strategy: Sendable { case cheapest, scan, path }
    enum Counting: Sendable { case cheapest, directly, byCounters }

    /// How far matches of a leaf are counted to estimate it.
    var estimateLimit = 20_000
    /// Estimates made for one query.
    var estimates = 16
    var strategy = Strategy.cheapest
    var counting = Counting.cheapest
}

/// Chooses by which index a statement goes, and writes it.
///
/// SQLite is told the index (`INDEXED BY`), never asked: it has no statistics, and would take whatever equality comes
/// first.
struct IssuePlanner {
    let capabilities: SQLCapabilities
    let preparation: PredicatePreparation
    let options: PlannerOptions
    let connection: any SQLConnection
    /// Whether retired issues are looked at too.
    let hidden: Bool
    let note: (SQLStatement) -> Void
    private let known = Known()

    /// Estimates made already.
    private final class Known {
        var estimates: [Predicate<Resolved>: AccessEstimate] = [:]
        var size: Int?
    }

    init(
        capabilities: SQLCapabilities, preparation: PredicatePreparation, options: PlannerOptions,
        connection: any SQLConnection, hidden: Bool, note: @escaping (SQLStatement) -> Void
    ) {
        self.capabilities = capabilities
        self.preparation = preparation
        self.options = options
        self.connection = connection
        self.hidden = hidden
        self.note = note
    }

    /// The same for issues that are neither retired nor merged.
    var withoutHidden: IssuePlanner {
        IssuePlanner(
            capabilities: capabilities, preparation: preparation, options: options, connection: connection,
            hidden: false, note: note)
    }

    private var partialWords: PartialWords { PartialWords(capabilities, connection) }

    private func compiler() -> IssueCompiler { IssueCompiler(capabilities, preparation) }

    func run(_ statement: SQLStatement) throws -> Int {
        note(statement)
        return try connection.first(statement.text, statement.arguments) { Int(clamping: $0.integer(0)) } ?? 0
    }

    // MARK: Estimates

    /// How many issues there may be.
    func size() throws -> Int {
        if let size = known.size { return size }
        let size = try connection.first("SELECT max(id) FROM issue") { Int(clamping: $0.integer(0)) } ?? 0
        known.size = size
        return size
    }

    /// The best way to the issues of a conjunction; nil where there is none.
    func best(_ predicate: Predicate<Resolved>) throws -> AccessEstimate? {
        var budget = options.estimates
        return try best(predicate, &budget)
    }

    private func best(_ predicate: Predicate<Resolved>, _ budget: inout Int) throws -> AccessEstimate? {
        switch predicate {
        case .and(let parts):
            var best: AccessEstimate?
            for part in parts.sorted(by: { rank($0) < rank($1) }) {
                if case .and = part { continue }
                guard let found = try self.best(part, &budget) else { continue }
                if best.map({ found.count < $0.count }) ?? true { best = found }
                if let best, best.count < 50 { return best }
            }
            return best
        case .or(let parts): return try union(parts, &budget)
        case .person(let roles, let target) where roles.count > 1 && target != .nobody:
            return try union(roles.map { .person([$0], target) }, &budget)
        default: return try estimate(predicate, &budget)
        }
    }

    private func union(_ parts: [Predicate<Resolved>], _ budget: inout Int) throws -> AccessEstimate? {
        guard parts.count <= 12 else { return nil }
        var paths: [AccessPath] = []
        var count = 0
        var isCapped = false
        for part in parts {
            guard let found = try best(part, &budget) else { return nil }
            paths.append(found.path)
            count += found.count
            isCapped = isCapped || found.isCapped
        }
        return AccessEstimate(path: .union(paths), count: count, isCapped: isCapped)
    }

    /// Leaves that are likely to find little come first.
    private func rank(_ predicate: Predicate<Resolved>) -> Int {
        switch predicate {
        case .among(.builtin(.id), _): 0
        case .linked: 1
        case .tracker: 8
        case .compare, .within: 7
        case .or: 9
        default: 4
        }
    }

    private func estimate(_ leaf: Predicate<Resolved>, _ budget: inout Int) throws -> AccessEstimate? {
        if let known = known.estimates[leaf] { return known }
        let found = try counted(leaf, &budget)
        known.estimates[leaf] = found
        return found
    }

    private func counted(_ leaf: Predicate<Resolved>, _ budget: inout Int) throws -> AccessEstimate? {
        if case .search(let words, let mode, _) = leaf { return try estimateSearch(leaf, words, mode) }
        if let words = try partialWords.candidates(leaf) {
            let search = Predicate<Resolved>.search(words, .any, [.title])
            return AccessEstimate(path: .leaf(search), count: try partialWords.frequency(words), isCapped: false)
        }
        let compiler = compiler()
        guard budget > 0, let subquery = try compiler.subquery(.leaf(leaf), hidden: hidden) else { return nil }
        budget -= 1
        if case .tracker = leaf, !hidden {
            let counter = self.compiler()
            let text = "SELECT coalesce(sum(x.count), 0) FROM issue_counter x WHERE \(try counter.sql(leaf, "x"))"
            let count = try run(try counter.writer.statement(text))
            return AccessEstimate(path: .leaf(leaf), count: count, isCapped: false)
        }
        let text = "SELECT count(*) FROM (SELECT 1 FROM (\(subquery.sql)) LIMIT \(options.estimateLimit))"
        let count = try run(try compiler.writer.statement(text))
        return AccessEstimate(path: .leaf(leaf), count: count, isCapped: count >= options.estimateLimit)
    }

    /// The rarest word leads where all are wanted; the leaf is put so that it comes first.
    private func estimateSearch(
        _ leaf: Predicate<Resolved>, _ words: [String], _ mode: SearchMode
    ) throws -> AccessEstimate? {
        guard case .search(_, _, let columns) = leaf else { return nil }
        let known = words.filter { capabilities.matchExpression(SearchWords([$0])) != nil }.prefix(SearchWords.limit)
        if mode == .any, !known.isEmpty {
            return AccessEstimate(path: .leaf(leaf), count: try partialWords.frequency(Array(known)), isCapped: false)
        }
        let counted = try known.map { (word: $0, count: try capabilities.documentFrequency(connection, $0)) }
        let byCount = counted.sorted { $0.count < $1.count }
        guard let rarest = byCount.first else { return nil }
        switch mode {
        case .all, .parts:
            return AccessEstimate(
                path: .leaf(.search(byCount.map(\.word), mode, columns)), count: rarest.count, isCapped: false)
        case .any, .phrase: return AccessEstimate(path: .leaf(leaf), count: rarest.count, isCapped: false)
        }
    }

    // MARK: Statements

    /// Where the rows come from, and which conditions are left.
    private struct Source {
        var from: String
        var conditions: [String]
    }

    private func shown(_ compiler: IssueCompiler) -> String {
        hidden ? "i.merged_into IS NULL" : "i.hidden = 0"
    }

    /// Everything in the order of an index, or of the table where there is none to go by.
    private func scan(_ index: String?, _ predicate: Predicate<Resolved>, _ compiler: IssueCompiler) throws -> Source {
        var conditions = [shown(compiler), try compiler.sql(predicate, IssueCompiler.root)]
        guard !hidden else { return Source(from: "issue i NOT INDEXED", conditions: conditions) }
        let index = index ?? IssueIndexes.byID
        // What limits the index's own range is said once more, so that SQLite sees it.
        for part in Self.parts(predicate) where IssueIndexes.finding(part, hidden: false) == index {
            conditions.append(try compiler.driving(part, IssueCompiler.root))
        }
        return Source(from: "issue i INDEXED BY \(index)", conditions: conditions)
    }

    static func parts(_ predicate: Predicate<Resolved>) -> [Predicate<Resolved>] {
        if case .and(let parts) = predicate { return parts }
        return [predicate]
    }

    /// - Parameter also: conditions of all issues that are wanted, beside the predicate.
    private func follow(
        _ path: AccessPath, _ predicate: Predicate<Resolved>, also: [Predicate<Resolved>] = [],
        _ compiler: IssueCompiler
    ) throws -> Source? {
        if case .leaf(let leaf) = path, let index = IssueIndexes.finding(leaf, hidden: hidden) {
            let condition = try compiler.sql(without(leaf, predicate), IssueCompiler.root)
            let leaf = try compiler.driving(leaf, IssueCompiler.root)
            return Source(from: "issue i INDEXED BY \(index)", conditions: [shown(compiler), leaf, condition])
        }
        let also = also + Self.parts(predicate)
        guard let found = try compiler.subquery(path, hidden: hidden, also: also) else { return nil }
        var rest = predicate
        if found.isExact, case .leaf(let leaf) = path { rest = without(leaf, predicate) }
        let condition = try compiler.sql(rest, IssueCompiler.root)
        let isCovered = !hidden && compiler.columns.isSubset(of: IssueIndexes.columns[IssueIndexes.byID] ?? [])
        let from = isCovered ? "issue i INDEXED BY \(IssueIndexes.byID)" : "issue i NOT INDEXED"
        return Source(from: from, conditions: ["i.id IN (\(found.sql))", shown(compiler), condition])
    }

    private func without(_ leaf: Predicate<Resolved>, _ predicate: Predicate<Resolved>) -> Predicate<Resolved> {
        if predicate == leaf { return .all }
        guard case .and(let parts) = predicate else { return predicate }
        let rest = parts.filter { $0 != leaf }
        return rest.count == 1 ? rest[0] : (rest.isEmpty ? .all : .and(rest))
    }

    private func text(_ compiler: IssueCompiler, _ result: String, _ source: Source) -> String {
        let tables = compiler.tables.isEmpty ? "" : "WITH \(compiler.tables.joined(separator: ", ")) "
        let conditions = source.conditions.filter { $0 != "TRUE" }.joined(separator: " AND ")
        return "\(tables)SELECT \(result) FROM \(source.from) WHERE \(conditions)"
    }

    /// Counts the issues of a predicate, by a path or by looking at all.
    func count(_ predicate: Predicate<Resolved>, by path: AccessPath?) throws -> Int {
        let compiler = compiler()
        let source = try path.flatMap { try follow($0, predicate, compiler) } ?? scan(nil, predicate, compiler)
        return try run(try compiler.writer.statement(text(compiler, "count(*)", source)))
    }

    /// How many more issues of a path one predicate has than the other.
    func difference(
        _ predicate: Predicate<Resolved>, _ other: Predicate<Resolved>, among base: Predicate<Resolved>,
        by path: AccessPath
    ) throws -> Int? {
        let compiler = compiler()
        let first = try compiler.sql(predicate, IssueCompiler.root)
        let second = try compiler.sql(other, IssueCompiler.root)
        // Where what both ask for does not hold, neither has the issue.
        let shared =
            Self.parts(other) == [.none]
            ? Self.parts(predicate)
            : Self.parts(predicate).filter(Set(Self.parts(other)).contains)
        guard let source = try follow(path, base, also: shared, compiler) else { return nil }
        let result = "coalesce(sum((\(first)) IS TRUE), 0) - coalesce(sum((\(second)) IS TRUE), 0)"
        return try run(try compiler.writer.statement(text(compiler, result, source)))
    }

    /// Sums counters.
    func counter(_ predicate: Predicate<Resolved>, isPrivate: Bool) throws -> Int {
        if predicate == .none { return 0 }
        let compiler = compiler()
        let condition = try compiler.sql(predicate, IssueCompiler.root)
        return try run(
            try compiler.writer.statement(
                "SELECT coalesce(sum(i.count), 0) FROM issue_counter i WHERE i.is_private = \(isPrivate ? 1 : 0) "
                    + "AND \(condition)"))
    }

    // MARK: Pages

    /// The page's statement.
    /// - Parameter total: how many there are, if that is known.
    func page(
        _ predicate: Predicate<Resolved>, _ query: Query<Resolved>, total: Int?, _ best: AccessEstimate?
    ) throws -> SQLStatement {
        let compiler = compiler()
        let isLimited = query.order.contains { compiler.isLimited($0.reference) }
        let order = isLimited ? nil : IssueIndexes.ordered(by: query.order)
        let takesPath = try takesPath(
            predicate, query, total: total, best, order?.isWhole ?? false ? order?.index : nil)
        var source = try scanOrPath(takesPath ? best?.path : nil, order?.index, predicate, compiler)
        let isDescending = IssueCompiler.isDescending(query.order)
        if let after = query.page.after {
            source.conditions.append("i.id \(isDescending ? "<" : ">") \(try compiler.bind(after.rawValue))")
        }
        let keys = try compiler.order(query.order)
        let limit = try compiler.bind(Int64(query.page.limit))
        let offset = try compiler.bind(Int64(query.page.offset))
        let text = text(compiler, "i.id", source)
        return try compiler.writer.statement("\(text) ORDER BY \(keys) LIMIT \(limit) OFFSET \(offset)")
    }

    private func scanOrPath(
        _ path: AccessPath?, _ index: String?, _ predicate: Predicate<Resolved>, _ compiler: IssueCompiler
    ) throws -> Source {
        if let path, let source = try follow(path, predicate, compiler) { return source }
        return try scan(index, predicate, compiler)
    }

    /// Whether following the path is cheaper than walking through everything in order until the page is full.
    private func takesPath(
        _ predicate: Predicate<Resolved>, _ query: Query<Resolved>, total: Int?, _ best: AccessEstimate?,
        _ index: String?
    ) throws -> Bool {
        guard let best else { return false }
        switch options.strategy {
        case .path: return true
        case .scan: return false
        case .cheapest: break
        }
        let size = Double(max(try size(), 1))
        let cost = rowCost(predicate, index)
        let found = best.isCapped ? min(size, Double(best.count) * 5) : Double(best.count)
        let byPath = found * (8 + cost)
        guard index != nil else { return byPath < size * (4 + cost) }
        let matches = Double(max(total ?? Int(min(found, size) / 4), 1))
        let wanted = Double(query.page.offset) + Double(query.page.limit)
        return byPath < min(size, wanted * size / matches) * cost
    }

    /// What looking at one row costs, in rows of an index.
    private func rowCost(_ predicate: Predicate<Resolved>, _ index: String?) -> Double {
        let compiler = compiler()
        guard let text = try? compiler.sql(predicate, IssueCompiler.root) else { return 10 }
        var cost = 1.0
        if !compiler.columns.isSubset(of: index.flatMap { IssueIndexes.columns[$0] } ?? []) { cost += 5 }
        if text.contains("MATCH") { cost += 40 }
        if text.contains("EXISTS") { cost += 8 }
        return cost
    }
}
