import ParleyModel

/// Searches the names and descriptions of the files of pages and articles. Parts of words count, case does not.
public struct ContentFileSearch {
    private let words: [String]
    private let matchesAll: Bool
    private let capabilities: SQLCapabilities

    /// How many words count.
    private static let limit = 16

    /// Prepares a search.
    /// - Parameter matchesAll: whether one file must have every word; else one word suffices.
    public init(_ words: [String], matchesAll: Bool, _ capabilities: SQLCapabilities) {
        self.words = words.prefix(Self.limit).map(TextFolding.fold)
        self.matchesAll = matchesAll
        self.capabilities = capabilities
    }

    /// The pages or articles of some tools that have such a file, in no order.
    public func hits(
        _ kind: ContentHit.Kind, of tools: [ToolID], on connection: any SQLConnection
    ) throws -> [ContentHit] {
        guard !tools.isEmpty, !words.isEmpty else { return [] }
        let parts = words.indices.map { index in
            let word = "?\(index + 3)"
            return "(\(capabilities.foldedContains("f.name", word)) "
                + "OR \(capabilities.foldedContains("coalesce(f.description, '')", word)))"
        }
        let source =
            kind == .page
            ? "SELECT c.id, v.created FROM page c CROSS JOIN page_version v ON v.page_id = c.id "
                + "AND v.number = c.version WHERE c.retired IS NULL"
            : "SELECT c.id, c.created FROM article c WHERE c.retired IS NULL AND c.state = 'published'"
        let found =
            "\(source) AND c.tool_id IN \(capabilities.listSubquery("?1")) AND EXISTS (SELECT 1 "
            + "FROM file_link l CROSS JOIN file f ON f.id = l.file_id WHERE l.container_kind = ?2 "
            + "AND l.container_id = c.id AND f.retired IS NULL "
            + "AND (\(parts.joined(separator: matchesAll ? " AND " : " OR "))))"
        let list = SQLValue.text(ContentRows.list(tools.map(\.rawValue)))
        let container = kind == .page ? Container.page(PageID(0)).kind : Container.article(ArticleID(0)).kind
        return try connection.all(found, [list, .integer(container)] + words.map { .text($0) }) { row in
            ContentHit(kind: kind, number: row.integer(0), time: Instant(microseconds: row.integer(1)))
        }
    }
}
