import Glibc
import ParleyModel
import ParleySQLite
import Testing

@testable import ParleyStorage

/// The finder's answers over SQLite against the naive evaluator's in memory.
@Suite("Queries against the evaluator")
struct QueryOracleTests {
    /// PARLEY_QUERY_ROUNDS in the environment asks for more.
    static let rounds = getenv("PARLEY_QUERY_ROUNDS").flatMap { Int(String(cString: $0)) } ?? 250

    /// Each of them must find the same.
    static let plans: [(name: String, options: PlannerOptions)] = {
        var scan = PlannerOptions()
        scan.strategy = .scan
        scan.counting = .directly
        var path = PlannerOptions()
        path.strategy = .path
        path.counting = .directly
        var counters = PlannerOptions()
        counters.counting = .byCounters
        counters.strategy = .path
        var narrow = PlannerOptions()
        narrow.estimateLimit = 8
        narrow.counting = .byCounters
        return [
            ("as usual", PlannerOptions()), ("scan", scan), ("path", path), ("counters", counters), ("narrow", narrow),
        ]
    }()

    @Test("random queries find what the evaluator finds", arguments: [1, 2, 3, 4] as [UInt64])
    func randomQueries(seed: UInt64) async throws {
        let fixture = QueryFixture(seed: seed, count: 90)
        try await withQueryEngine { engine in
            let capabilities = engine.capabilities
            try await engine.write({ try fixture.write(on: $0, capabilities) }, committed: { _ in })
            try await engine.read(deadlineMilliseconds: 0) { connection in
                var maker = QueryMaker(seed: seed &* 1000)
                maker.knowsPatterns = Self.knowsPatterns(connection)
                for round in 0..<Self.rounds {
                    let scope = maker.scope()
                    let query = maker.query()
                    try Self.check(query, scope, fixture.world, connection, capabilities, "\(seed)/\(round)")
                }
            }
        }
    }

    /// Whether the engine registers `SQLFunctions`.
    static func knowsPatterns(_ connection: any SQLConnection) -> Bool {
        let found = try? connection.first("SELECT matches_pattern('a', 'a', 0)") { $0.integer(0) }
        return found == 1
    }

    private static func check(
        _ query: Query<Resolved>, _ scope: ReadScope, _ world: World, _ connection: any SQLConnection,
        _ capabilities: SQLCapabilities, _ name: String
    ) throws {
        let expected = IssueEvaluator(world, scope: scope).find(query)
        for plan in plans {
            let finder = IssueFinder(capabilities: capabilities, options: plan.options)
            do {
                let page = try finder.find(query, scope: scope, catalog: world.catalog, on: connection)
                guard page.ids != expected.ids || page.total != expected.total else { continue }
                let statements = try finder.statements(query, scope: scope, catalog: world.catalog, on: connection)
                Issue.record(
                    """
                    \(name) \(plan.name): total \(page.total ?? -1) instead of \(expected.total), \
                    \(page.ids) instead of \(expected.ids)
                    \(query)
                    \(scope)
                    \(statements)
                    """)
            } catch {
                Issue.record("\(name) \(plan.name): \(error)\n\(query)\n\(scope)")
            }
        }
    }

    @Test("matching says of single issues what the evaluator says")
    func matching() async throws {
        let fixture = QueryFixture(seed: 77, count: 60)
        try await withQueryEngine { engine in
            let capabilities = engine.capabilities
            try await engine.write({ try fixture.write(on: $0, capabilities) }, committed: { _ in })
            try await engine.read(deadlineMilliseconds: 0) { connection in
                var maker = QueryMaker(seed: 5)
                let finder = IssueFinder(capabilities: capabilities)
                for _ in 0..<200 {
                    let (scope, predicate) = (maker.scope(), maker.predicate(depth: 2))
                    let evaluator = IssueEvaluator(fixture.world, scope: scope)
                    let found = try finder.matching(
                        Array(fixture.world.issues.keys), predicate, scope: scope, catalog: fixture.world.catalog,
                        on: connection)
                    let expected = fixture.world.issues.values.filter { evaluator.isFound($0, predicate) }.map(
                        \.issue.id)
                    #expect(found == Set(expected), "\(predicate) \(scope)")
                }
            }
        }
    }
}

/// Opens an engine in a folder of its own.
func withQueryEngine(_ body: (SQLiteEngine) async throws -> Void) async throws {
    let scratch = try Scratch()
    let engine = try SQLiteEngine(path: scratch.file("parley.db"))
    do {
        try await body(engine)
    } catch {
        await engine.close()
        throw error
    }
    await engine.close()
}
