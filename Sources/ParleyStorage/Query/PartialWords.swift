import ParleyModel

/// Finds parts of words by the words that hold them, which the full-text index knows.
struct PartialWords {
    private let capabilities: SQLCapabilities
    private let connection: any SQLConnection

    init(_ capabilities: SQLCapabilities, _ connection: any SQLConnection) {
        self.capabilities = capabilities
        self.connection = connection
    }

    /// Searches for parts of words become searches for the words that hold them. Where very many do
    /// (`SearchWords.limit`), those count that are most like the part.
    func widened(_ predicate: Predicate<Resolved>) throws -> Predicate<Resolved> {
        switch predicate {
        case .not(let part): return .not(try widened(part))
        case .and(let parts): return .and(try parts.map(widened))
        case .or(let parts): return .or(try parts.map(widened))
        case .linked(let types, let direction, .matching(let target), let depth):
            return .linked(types, direction, .matching(try widened(target)), depth)
        case .search(let words, .parts, let columns):
            let groups = try groups(words)
            return groups.isEmpty ? .none : .and(groups.map { .search($0, .any, columns) })
        default: return predicate
        }
    }

    /// For each word that has a letter or digit, those that hold it.
    func groups(_ words: [String]) throws -> [[String]] {
        let known = words.filter { capabilities.matchExpression(SearchWords([$0])) != nil }
        return try known.prefix(IssueCompiler.conditionLimit).map { try capabilities.wordsHolding(connection, $0) }
    }

    /// About how many documents some of these words are in: an upper bound, or, of many words, what the first tell.
    func frequency(_ words: [String]) throws -> Int {
        let sample = words.prefix(16)
        let sum = try sample.reduce(0) { $0 &+ (try capabilities.documentFrequency(connection, $1)) }
        return sample.isEmpty ? 0 : sum &* words.count / sample.count
    }

    /// Words one of which is in every title for which the leaf can hold; nil where there is no telling.
    func candidates(_ leaf: Predicate<Resolved>) throws -> [String]? {
        guard case .text(let field, let match, let pattern, _) = leaf, field == .builtin(.title), match != .regex,
            match != .wildcard,
            // Of other letters the index and `TextFolding` may think differently.
            pattern.utf8.allSatisfy({ $0 < 0x80 }),
            let longest = pattern.split(whereSeparator: { !$0.isLetter && !$0.isNumber }).max(by: {
                $0.count < $1.count
            })
        else { return nil }
        let words = try capabilities.wordsHolding(connection, String(longest))
        return words.count < SearchWords.limit ? words : nil
    }
}
