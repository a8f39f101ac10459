import ParleyModel
import ParleySQLite
import Testing

@testable import ParleyStorage

@Suite("Simplifying predicates")
struct PredicateSimplifierTests {
    typealias P = Predicate<Resolved>

    private let status = P.among(.builtin(.status), [.reference(4001)])
    private let title = P.text(.builtin(.title), .contains, "x", caseSensitive: false)

    @Test("constants are folded")
    func constants() {
        #expect(PredicateSimplifier.simplified(.and([.all, .or([.none, title])])) == title)
        #expect(PredicateSimplifier.simplified(.and([title, .not(.all)])) == .none)
        #expect(PredicateSimplifier.simplified(.or([title, .not(.none)])) == .all)
        #expect(PredicateSimplifier.simplified(.and([])) == .all)
        #expect(PredicateSimplifier.simplified(.or([])) == .none)
        #expect(PredicateSimplifier.simplified(.isSet(.builtin(.status))) == .all)
        #expect(PredicateSimplifier.simplified(.and([title, .not(title)])) == .none)
        #expect(PredicateSimplifier.simplified(.or([.not(title), title])) == .all)
    }

    @Test("not moves to the leaves and nests vanish")
    func negation() {
        #expect(PredicateSimplifier.simplified(.not(.not(title))) == title)
        #expect(PredicateSimplifier.simplified(.not(.or([title, .not(status)]))) == .and([status, .not(title)]))
        #expect(
            PredicateSimplifier.simplified(.and([.and([title]), .and([status, title])])) == .and([status, title]))
    }

    @Test("sets of one thing are joined")
    func sets() {
        #expect(
            PredicateSimplifier.simplified(.and([.tracker([1, 2, 3]), .tracker([2, 3, 4])])) == .tracker([2, 3]))
        #expect(PredicateSimplifier.simplified(.or([.tracker([1]), .tracker([2])])) == .tracker([1, 2]))
        #expect(PredicateSimplifier.simplified(.and([.tracker([1, 2]), .not(.tracker([2]))])) == .tracker([1]))
        #expect(PredicateSimplifier.simplified(.and([.tracker([1]), .tracker([2])])) == .none)
        let equal = P.compare(.builtin(.status), .equal, .integer(4001))
        #expect(PredicateSimplifier.simplified(equal) == status)
    }

    @Test("what is left when privacy is known asks for it no more")
    func privacy() {
        let isPrivate = P.compare(.builtin(.isPrivate), .equal, .boolean(true))
        let rule = P.or([.and([.tracker([1]), .not(isPrivate)]), .and([isPrivate, status])])
        #expect(IssueTotals.assuming(isPrivate: false, rule) == .tracker([1]))
        #expect(IssueTotals.assuming(isPrivate: true, rule) == status)
    }

    @Test("random predicates mean the same when simplified")
    func random() {
        let fixture = QueryFixture(seed: 9, count: 40)
        var maker = QueryMaker(seed: 9)
        for _ in 0..<400 {
            let predicate = maker.predicate(depth: 4)
            let evaluator = IssueEvaluator(fixture.world, scope: .unlimited(PrincipalID(101)))
            let simple = PredicateSimplifier.simplified(predicate)
            for record in fixture.world.issues.values {
                #expect(
                    evaluator.matches(record, predicate) == evaluator.matches(record, simple), "\(predicate) \(simple)")
            }
        }
    }
}

@Suite("Compiling queries")
struct CompilerTests {
    typealias P = Predicate<Resolved>

    private func withConnection(
        _ body: @escaping @Sendable (any SQLConnection, SQLCapabilities) throws -> Void
    )
        async throws
    {
        let fixture = QueryFixture(seed: 3, count: 10)
        try await withQueryEngine { engine in
            let capabilities = engine.capabilities
            try await engine.write({ try fixture.write(on: $0, capabilities) }, committed: { _ in })
            try await engine.read(deadlineMilliseconds: 0) { try body($0, capabilities) }
        }
    }

    private static let scope = ReadScope.unlimited(PrincipalID(101))

    @Test("indexes have the columns that the planner believes")
    func indexes() async throws {
        try await withConnection { connection, _ in
            for (index, columns) in IssueIndexes.columns {
                let names = try connection.all("SELECT name FROM pragma_index_info(?1)", [.text(index)]) { $0.text(0) }
                var known = Set(names).union(["hidden"])
                if index == IssueIndexes.special { known.insert("is_private") }
                #expect(columns.isSubset(of: known), "\(index): \(names)")
            }
        }
    }

    @Test("no text of a client gets into a statement")
    func injection() async throws {
        try await withConnection { connection, capabilities in
            let evil = "x'; DROP TABLE issue; -- \" ?1 \u{0}"
            let finder = IssueFinder(capabilities: capabilities)
            let parts: [P] = [
                .text(.builtin(.title), .contains, evil, caseSensitive: true),
                .text(.builtin(.title), .wildcard, evil + "*a?", caseSensitive: false),
                .among(.field(FieldID(9001)), [.text(evil)]), .search([evil], .phrase, []),
                .linked([], .forward, .uri(evil), .any), .posted(.suffix, evil), .hasFile(.name, .prefix, evil),
                .isSet(.attribute(namespace: evil, name: evil)),
            ]
            let order: [SortKey<Resolved>] = [SortKey(.attribute(namespace: evil, name: evil))]
            let statements = try finder.statements(
                Query(.or(parts), order: order), scope: Self.scope, catalog: QueryWorld.catalog, on: connection)
            #expect(!statements.isEmpty)
            for statement in statements { #expect(!statement.text.contains("DROP")) }
        }
    }

    @Test("too much is a fault, and what is not too much is answered")
    func limits() async throws {
        try await withConnection { connection, capabilities in
            let finder = IssueFinder(capabilities: capabilities)
            func find(_ predicate: P) throws -> IssuePage {
                try finder.find(Query(predicate), scope: Self.scope, catalog: QueryWorld.catalog, on: connection)
            }
            func isTooComplex(_ predicate: P) -> Bool {
                do {
                    _ = try find(predicate)
                    return false
                } catch QueryFault.tooComplex {
                    return true
                } catch {
                    Issue.record("\(error)")
                    return false
                }
            }
            let leaf = P.text(.builtin(.title), .contains, "x", caseSensitive: false)
            #expect(isTooComplex((0..<201).reduce(leaf) { part, _ in .not(part) }))
            #expect(!isTooComplex((0..<199).reduce(leaf) { part, _ in .not(part) }))
            #expect(isTooComplex(.or((0..<10_001).map { .compare(.builtin(.number), .less, .integer(Int64($0))) })))
            _ = try find(.or((0..<3000).map { .compare(.builtin(.number), .less, .integer(Int64($0))) }))
            _ = try find(.among(.builtin(.id), (0..<19_000).map { .integer($0) }))
            #expect(isTooComplex(.among(.builtin(.id), (0..<20_001).map { .integer($0) })))
            for depth in 1..<60 {
                let deep = (0..<depth).reduce(leaf) { part, level in
                    let other = P.compare(.builtin(.number), .less, .integer(Int64(level)))
                    return level % 2 == 0 ? .and([other, part]) : .or([other, part])
                }
                #expect(isTooComplex(deep) == (depth > QueryLimits.nesting), "\(depth)")
                let linked = (0..<depth).reduce(leaf) { part, _ in .linked([], .either, .matching(part), .any) }
                _ = isTooComplex(linked)
                let both = (0..<depth).reduce(leaf) { part, level in
                    .or([
                        .isSet(.builtin(.version)),
                        .linked([1], .forward, .matching(.and([part, .tracker([1])])), .one),
                    ])
                }
                _ = isTooComplex(both)
            }
        }
    }

    @Test("first pages walk along an index in order")
    func plans() async throws {
        try await withConnection { connection, capabilities in
            var options = PlannerOptions()
            options.strategy = .scan
            let finder = IssueFinder(capabilities: capabilities, options: options)
            let orders: [(BuiltinField, String)] = [
                (.id, "issue_by_id"), (.updated, "issue_by_updated"), (.created, "issue_by_created"),
                (.priority, "issue_by_priority"),
            ]
            for (field, index) in orders {
                let query = Query<Resolved>(
                    .and([.tracker([2001, 2002]), .among(.builtin(.status), [.reference(4001)])]),
                    order: [SortKey(.builtin(field), descending: true)])
                let statements = try finder.statements(
                    query, scope: Self.scope, catalog: QueryWorld.catalog, on: connection)
                let page = try #require(statements.last)
                let plan = try connection.all("EXPLAIN QUERY PLAN \(page.text)", page.arguments) { $0.text(3) }
                #expect(plan.contains { $0.contains("USING INDEX \(index)") }, "\(plan)")
                #expect(!plan.contains { $0.contains("TEMP B-TREE") }, "\(plan)")
            }
        }
    }
}

@Suite("Linear patterns")
struct LinearPatternTests {
    @Test(
        "a pattern matches as it should",
        arguments: [
            ("abc", "xabcx", true), ("^abc$", "xabc", false), ("a.c", "a\nc", false), ("a*", "", true),
            ("^a+$", "aaa", true),
            ("(ab|cd)+e", "abcde", true), ("[^a-c]", "abc", false), ("[]a]", "]", true), ("\\d{2,3}x", "12x", true),
            ("^\\d{2}$", "123", false), ("a{x}", "a{x}", true), ("\\bcat\\b", "the cat.", true),
            ("\\bcat\\b", "cats", false),
            ("é+", "caféé", true), ("[\\d-]+", "-", true), ("(?:a|)b", "b", true), ("a??b", "b", true),
            ("^$", "", true),
            ("x{0}y", "y", true), ("\\.", "a", false), ("(a*)*b", "aaaaaaaaaaaaaaaaaaaaaaaac", false),
        ] as [(String, String, Bool)])
    func tables(pattern: String, text: String, matches: Bool) throws {
        let compiled = try #require(LinearPattern(pattern))
        #expect(compiled.matches(text) == matches)
    }

    @Test(
        "malformed and monstrous patterns are refused", arguments: ["(", ")", "[a", "*a", "a**{", "\\", "\\1", "[b-a]"])
    func malformed(pattern: String) {
        // `a**{` repeats a repetition and ends with a brace that stands for itself.
        #expect((LinearPattern(pattern) == nil) == (pattern != "a**{"))
    }

    @Test("size stays bounded")
    func size() {
        #expect(LinearPattern(String(repeating: "(", count: 500) + String(repeating: ")", count: 500)) == nil)
        #expect(LinearPattern("((a{255}){255}){255}") == nil)
        #expect(LinearPattern("(((){255}){255}){255}")?.matches("") == true)
        #expect(LinearPattern(String(repeating: "a", count: 1001)) == nil)
        let slow = LinearPattern("(a|a)*(a|a)*(a|a)*b")
        #expect(slow?.matches(String(repeating: "a", count: 20_000)) == false)
    }

    @Test("without case, capitals and small letters are one")
    func withoutCase() throws {
        let pattern = try #require(LinearPattern("^[A-C]É{2}ς$", ignoresCase: true))
        #expect(pattern.matches("bÉéΣ"))
        #expect(!pattern.matches("dÉéΣ"))
    }
}
