import ParleyModel

/// A page of a query's issues.
public struct IssuePage: Sendable, Equatable {
    /// In the query's order.
    public var ids: [IssueID]
    /// All matches, whatever the page; nil where the query did not ask for it.
    public var total: Int?
}

/// Finds issues: the numbers of a page in order, and how many there are. Rows are read afterwards, by number.
public struct IssueFinder: Sendable {
    /// Where the engine differs.
    public let capabilities: SQLCapabilities
    private let options: PlannerOptions

    public init(capabilities: SQLCapabilities) {
        self.init(capabilities: capabilities, options: PlannerOptions())
    }

    init(capabilities: SQLCapabilities, options: PlannerOptions) {
        self.capabilities = capabilities
        self.options = options
    }

    /// The page, as far as the actor sees issues.
    /// - Throws: `QueryFault.tooComplex`, `StorageFault`.
    public func find(
        _ query: Query<Resolved>, scope: ReadScope, catalog: QueryCatalog, on connection: any SQLConnection
    ) throws -> IssuePage {
        try find(query, scope: scope, catalog: catalog, on: connection, note: { _ in })
    }

    /// How many issues the actor sees for whom the predicate holds.
    /// - Throws: `QueryFault.tooComplex`, `StorageFault`.
    public func total(
        _ predicate: Predicate<Resolved>, scope: ReadScope, catalog: QueryCatalog, on connection: any SQLConnection
    ) throws -> Int {
        let query = Query<Resolved>(predicate, page: QueryPage(limit: 0))
        return try find(query, scope: scope, catalog: catalog, on: connection).total ?? 0
    }

    /// Which of these issues the actor sees and the predicate holds for.
    /// - Throws: `QueryFault.tooComplex`, `StorageFault`.
    public func matching(
        _ issues: [IssueID], _ predicate: Predicate<Resolved>, scope: ReadScope, catalog: QueryCatalog,
        on connection: any SQLConnection
    ) throws -> Set<IssueID> {
        guard !issues.isEmpty else { return [] }
        try QueryLimits.check(predicate)
        let preparation = PredicatePreparation(scope: scope, catalog: catalog)
        let prepared = preparation.visible(try PartialWords(capabilities, connection).widened(predicate))
        if prepared == .none { return [] }
        let compiler = IssueCompiler(capabilities, preparation)
        let shown = predicate.mentionsRetired ? "i.merged_into IS NULL" : "i.hidden = 0"
        let list = try compiler.writer.among(issues.map(\.rawValue))
        let statement = try compiler.writer.statement(
            "SELECT i.id FROM issue i NOT INDEXED WHERE i.id \(list) AND \(shown) "
                + "AND \(try compiler.sql(prepared, IssueCompiler.root))")
        return Set(try connection.all(statement.text, statement.arguments) { IssueID($0.integer(0)) })
    }

    /// Whether the actor sees the issue and the predicate holds for it.
    /// - Throws: `QueryFault.tooComplex`, `StorageFault`.
    public func matches(
        _ issue: IssueID, _ predicate: Predicate<Resolved>, scope: ReadScope, catalog: QueryCatalog,
        on connection: any SQLConnection
    ) throws -> Bool {
        try !matching([issue], predicate, scope: scope, catalog: catalog, on: connection).isEmpty
    }

    /// The statements that answer a query, for tests and for whoever asks why one is slow. Runs them.
    public func statements(
        _ query: Query<Resolved>, scope: ReadScope, catalog: QueryCatalog, on connection: any SQLConnection
    ) throws -> [SQLStatement] {
        var statements: [SQLStatement] = []
        _ = try find(query, scope: scope, catalog: catalog, on: connection, note: { statements.append($0) })
        return statements
    }

    private func find(
        _ query: Query<Resolved>, scope: ReadScope, catalog: QueryCatalog, on connection: any SQLConnection,
        note: (SQLStatement) -> Void
    ) throws -> IssuePage {
        try QueryLimits.check(query)
        let preparation = PredicatePreparation(scope: scope, catalog: catalog)
        let predicate = preparation.visible(try PartialWords(capabilities, connection).widened(query.predicate))
        if predicate == .none { return IssuePage(ids: [], total: query.wantsTotal ? 0 : nil) }
        return try withoutActuallyEscaping(note) { note in
            let planner = IssuePlanner(
                capabilities: capabilities, preparation: preparation, options: options, connection: connection,
                hidden: query.predicate.mentionsRetired, note: note)
            let best = try planner.best(predicate)
            var page = IssuePage(ids: [], total: nil)
            if query.wantsTotal { page.total = try IssueTotals(planner: planner, best: best).total(predicate) }
            guard query.page.limit > 0, page.total.map({ query.page.offset < $0 }) ?? true else { return page }
            let statement = try planner.page(predicate, query, total: page.total, best)
            note(statement)
            page.ids = try connection.all(statement.text, statement.arguments) { IssueID($0.integer(0)) }
            return page
        }
    }
}
