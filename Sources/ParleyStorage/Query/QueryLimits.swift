import ParleyModel

/// Why a query is not asked.
public enum QueryFault: Error, Equatable {
    /// Too deep, too many parts, or too many values.
    case tooComplex
}

/// How large a query may be. What comes from clients is held against it before anything recurses into it.
public enum QueryLimits {
    /// Levels of predicates in one another.
    public static let depth = 200
    /// Predicates in all.
    public static let nodes = 10_000
    /// Values in all.
    public static let values = 20_000
    /// Parameters of a statement: SQLite takes time that grows with the square of them.
    static let parameters = 5_000
    /// Predicates about what is linked with what is linked.
    public static let links = 6
    /// Keys of an order.
    public static let sortKeys = 16
    /// Levels that are left when what can be flattened is flat; the SQL parser's own stack allows no more.
    static let nesting = 20
    /// Octets of a statement.
    static let statementLength = 900_000
    /// Octets of a pattern with wildcards.
    static let patternLength = 10_000
    /// Issues that a chain of links leads to, and descendants that are summed up.
    static let reach = 10_000

    /// Parents above one another that an order looks at.
    static let treeDepth = 65

    /// Throws `QueryFault.tooComplex` for a query that is too large.
    public static func check(_ query: Query<Resolved>) throws(QueryFault) {
        guard query.order.count <= sortKeys else { throw .tooComplex }
        try check(query.predicate)
    }

    /// Throws `QueryFault.tooComplex` for a predicate that is too large.
    public static func check(_ predicate: Predicate<Resolved>) throws(QueryFault) {
        var measure = Measure()
        try measure.add(predicate, depth: 1)
    }

    private struct Measure {
        var nodes = 0
        var values = 0
        var links = 0

        mutating func add(_ predicate: Predicate<Resolved>, depth: Int) throws(QueryFault) {
            nodes += 1
            guard depth <= QueryLimits.depth, nodes <= QueryLimits.nodes else { throw .tooComplex }
            switch predicate {
            case .and(let parts), .or(let parts):
                for part in parts { try add(part, depth: depth + 1) }
            case .not(let part): try add(part, depth: depth + 1)
            case .linked(let types, _, .matching(let part), _):
                try count(types.count)
                links += 1
                guard links <= QueryLimits.links else { throw .tooComplex }
                try add(part, depth: depth + 1)
                links -= 1
            case .linked(let types, _, _, _): try count(types.count)
            case .among(_, let values): try count(values.count)
            case .search(let words, _, _): try count(words.count)
            case .person(_, .anyOf(let people)): try count(people.count)
            case .inProject(let numbers, _), .tracker(let numbers): try count(numbers.count)
            default: break
            }
        }

        private mutating func count(_ more: Int) throws(QueryFault) {
            values += more
            guard values <= QueryLimits.values else { throw .tooComplex }
        }
    }
}
