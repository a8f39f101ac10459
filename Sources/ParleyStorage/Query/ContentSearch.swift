import ParleyModel

/// A wiki page or article that a search found.
public struct ContentHit: Sendable, Hashable {
    /// The class, as numbers of full-text documents end.
    public enum Kind: Int64, Sendable {
        case page = 2
        case article = 3
    }

    public var kind: Kind
    public var number: Int64
    /// When a page was last written, or an article made.
    public var time: Instant
}

/// Searches pages and articles by their words. Which tools the actor may read is for the caller to say.
public struct ContentSearch {
    private let capabilities: SQLCapabilities
    private let connection: any SQLConnection
    /// Nil: nothing matches.
    private let expression: String?
    /// How many documents are found at most, whatever they are.
    private let frequency: Int
    /// Whether there are so many words that one question for all documents costs less than some for single ones.
    private let isWide: Bool

    /// Prepares a search for words, which may be parts of longer ones.
    public init(
        _ words: [String], matchesAll: Bool, onlyTitles: Bool, _ capabilities: SQLCapabilities,
        on connection: any SQLConnection
    ) throws {
        self.capabilities = capabilities
        self.connection = connection
        let partialWords = PartialWords(capabilities, connection)
        let groups = try partialWords.groups(words)
        let isHopeless = matchesAll && groups.contains { $0.isEmpty }
        let search = SearchWords(groups: groups, matchesAll ? .all : .any, onlyTitles: onlyTitles)
        expression = isHopeless ? nil : capabilities.matchExpression(search)
        let counts = try groups.map(partialWords.frequency)
        isWide = groups.contains { $0.count > 4 }
        frequency = matchesAll ? counts.min() ?? 0 : counts.reduce(0, &+)
    }

    /// Where pages or articles stand, and what of them counts.
    private struct Source {
        var kind: ContentHit.Kind
        var count: String
        var from: String
        var time: String

        static let pages = Source(
            kind: .page, count: "SELECT count(*) FROM page c WHERE c.tool_id IN %T",
            from: "page c CROSS JOIN page_version v ON v.page_id = c.id AND v.number = c.version "
                + "WHERE c.retired IS NULL AND c.tool_id IN %T",
            time: "v.created")
        static let articles = Source(
            kind: .article, count: "SELECT count(*) FROM article c WHERE c.tool_id IN %T",
            from: "article c WHERE c.retired IS NULL AND c.state = 'published' AND c.tool_id IN %T", time: "c.created")
    }

    /// The hits in some tools, in no order.
    public func hits(_ kind: ContentHit.Kind, of tools: [ToolID]) throws -> [ContentHit] {
        guard !tools.isEmpty, let expression else { return [] }
        let source = kind == .page ? Source.pages : Source.articles
        let list = SQLValue.text(ContentRows.list(tools.map(\.rawValue)))
        let place = capabilities.listSubquery("?2")
        let document = "c.id * 8 + \(kind.rawValue)"
        let rest = source.from.split(separator: "%T", omittingEmptySubsequences: false).joined(separator: place)
        let found =
            try !isWide && isCommon(source, list)
            ? "SELECT c.id, \(source.time) FROM \(rest) AND \(capabilities.searchProbe("?1", document))"
            : "SELECT c.id, \(source.time) FROM \(capabilities.searchSubquery("?1")) d CROSS JOIN \(rest) "
                + "AND d.document & 7 = \(kind.rawValue) AND c.id = d.document >> 3"
        return try connection.all(found, [.text(expression), list]) { row in
            ContentHit(kind: kind, number: row.integer(0), time: Instant(microseconds: row.integer(1)))
        }
    }

    /// Whether the words have many more documents than there are candidates: then each of these is looked at.
    private func isCommon(_ source: Source, _ list: SQLValue) throws -> Bool {
        let place = capabilities.listSubquery("?1")
        let count = source.count.split(separator: "%T", omittingEmptySubsequences: false).joined(separator: place)
        let candidates = try connection.first(count, [list]) { $0.integer(0) } ?? 0
        return Int64(frequency) / 10 > candidates
    }
}
