import ParleyModel

/// A page with the time at which its newest version was written.
public struct PageSummary: Sendable, Equatable {
    public var page: Page
    /// Nil where there is no version.
    public var written: Instant?
}

/// Single pages and articles, and lists of a part of them.
extension PageRows {
    /// How many pages of a wiki are listed at most.
    public static let listLimit = 100_000

    /// A page by number, retired ones too.
    public static func page(_ id: PageID, on connection: any SQLConnection) throws -> Page? {
        try connection.first("SELECT \(pageColumns) FROM page WHERE id = ?1", [.id(id)], readPage)
    }

    /// A page in use, by its title without regard to case; blanks and underscores are the same. Of several the oldest.
    public static func page(titled title: String, of tool: ToolID, on connection: any SQLConnection) throws -> Page? {
        try connection.first(
            """
            SELECT \(pageColumns) FROM page WHERE tool_id = ?1 AND title_key = ?2 AND retired IS NULL
            ORDER BY id LIMIT 1
            """, [.id(tool), .text(titleKey(title))], readPage)
    }

    /// The page in use that had a title before, without regard to case.
    public static func page(
        onceTitled title: String, of tool: ToolID, on connection: any SQLConnection
    ) throws -> Page? {
        let columns = pageColumns.split(separator: ", ").map { "p.\($0)" }.joined(separator: ", ")
        return try connection.first(
            """
            SELECT \(columns) FROM former_title t JOIN page p ON p.id = t.page_id
            WHERE t.tool_id = ?1 AND t.title_key = ?2 AND p.retired IS NULL
            """, [.id(tool), .text(titleKey(title))], readPage)
    }

    /// Notes that a page has another title now.
    /// - Parameter former: the title that is to lead to it from now on.
    public static func noteTitles(of page: Page, former: String?, on connection: any SQLConnection) throws {
        try connection.execute(
            "DELETE FROM former_title WHERE tool_id = ?1 AND title_key = ?2",
            [.id(page.tool), .text(titleKey(page.title))])
        guard let key = former.map(titleKey), key != titleKey(page.title) else { return }
        try connection.execute(
            "INSERT INTO former_title (tool_id, title_key, page_id) VALUES (?1, ?2, ?3) "
                + "ON CONFLICT (tool_id, title_key) DO UPDATE SET page_id = excluded.page_id",
            [.id(page.tool), .text(key), .id(page.id)])
    }

    /// No former title leads to a page any more.
    public static func forgetTitles(of page: PageID, on connection: any SQLConnection) throws {
        try connection.execute("DELETE FROM former_title WHERE page_id = ?1", [.id(page)])
    }

    /// The pages of a wiki in use, by title without regard to case.
    public static func summaries(of tool: ToolID, on connection: any SQLConnection) throws -> [PageSummary] {
        let columns = pageColumns.split(separator: ", ").map { "p.\($0)" }.joined(separator: ", ")
        return try connection.all(
            """
            SELECT \(columns), v.created FROM page p
              LEFT JOIN page_version v ON v.page_id = p.id AND v.number = p.version
            WHERE p.tool_id = ?1 AND p.retired IS NULL ORDER BY p.title_key, p.id LIMIT ?2
            """, [.id(tool), .integer(Int64(listLimit))]
        ) { row in
            PageSummary(page: readPage(row), written: row.optionalInteger(14).map { Instant(microseconds: $0) })
        }
    }

    /// The pages in use that name a page as their parent.
    public static func children(of page: PageID, in tool: ToolID, on connection: any SQLConnection) throws -> [Page] {
        try connection.all(
            "SELECT \(pageColumns) FROM page WHERE tool_id = ?1 AND parent_id = ?2 AND retired IS NULL ORDER BY id",
            [.id(tool), .id(page)], readPage)
    }

    // MARK: articles

    /// An article by number, retired ones too.
    public static func article(_ id: ArticleID, on connection: any SQLConnection) throws -> Article? {
        try connection.first("SELECT \(articleColumns) FROM article WHERE id = ?1", [.id(id)], readArticle)
    }

    /// Published articles of several tools, newest first: one page, and how many there are.
    public static func published(
        of tools: [ToolID], offset: Int, limit: Int, _ capabilities: SQLCapabilities, on connection: any SQLConnection
    ) throws -> (articles: [Article], total: Int) {
        guard !tools.isEmpty else { return ([], 0) }
        let condition =
            "tool_id IN \(capabilities.listSubquery("?1")) AND retired IS NULL AND state = 'published'"
        let list = SQLValue.text(ContentRows.list(tools.map(\.rawValue)))
        let total = try connection.first("SELECT count(*) FROM article WHERE \(condition)", [list]) { $0.integer(0) }
        let articles = try connection.all(
            """
            SELECT \(articleColumns) FROM article WHERE \(condition) ORDER BY created DESC, id DESC LIMIT ?2 OFFSET ?3
            """, [list, .integer(Int64(limit)), .integer(Int64(offset))], readArticle)
        return (articles, Int(clamping: total ?? 0))
    }

    /// Slugs of a tool's articles in use that begin with a text.
    public static func slugs(
        of tool: ToolID, beginning start: String, on connection: any SQLConnection
    ) throws -> Set<String> {
        Set(
            try connection.all(
                "SELECT slug FROM article WHERE tool_id = ?1 AND retired IS NULL AND substr(slug, 1, length(?2)) = ?2",
                [.id(tool), .text(start)]
            ) { $0.text(0) })
    }
}
