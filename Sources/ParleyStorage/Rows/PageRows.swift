import ParleyModel

/// Wiki pages, articles and topics.
public enum PageRows {
    static let pageColumns = """
        id, tool_id, title, title_key, parent_id, version, labels, is_protected, \
        created, creator_id, modified, modifier_id, revision, retired
        """

    /// What a title is found by when case does not count: folded, blanks as underscores.
    public static func titleKey(_ title: String) -> String {
        String(TextFolding.fold(title).map { $0 == " " ? "_" : $0 })
    }

    private static func lines(_ list: [String]) -> String { list.joined(separator: "\n") }
    private static func list(_ lines: String) -> [String] {
        lines.isEmpty ? [] : lines.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    static func readPage(_ row: any SQLRow) -> Page {
        var reader = RowReader(row, from: 8)
        var page = Page(
            id: PageID(row.integer(0)), stamp: reader.stamp(), tool: ToolID(row.integer(1)), title: row.text(2))
        page.parent = row.optionalInteger(4).map { PageID($0) }
        page.version = row.integer(5)
        page.labels = list(row.text(6))
        page.isProtected = row.integer(7) != 0
        return page
    }

    /// The pages of a wiki in use, by number.
    public static func pages(of tool: ToolID, on connection: any SQLConnection) throws -> [Page] {
        try connection.all(
            "SELECT \(pageColumns) FROM page WHERE tool_id = ?1 AND retired IS NULL ORDER BY id", [.id(tool)], readPage)
    }

    /// A page in use, by its exact title.
    public static func page(title: String, of tool: ToolID, on connection: any SQLConnection) throws -> Page? {
        try connection.first(
            "SELECT \(pageColumns) FROM page WHERE tool_id = ?1 AND title = ?2 AND retired IS NULL",
            [.id(tool), .text(title)],
            readPage)
    }

    /// Stores a page, new or changed.
    public static func put(_ page: Page, on connection: any SQLConnection) throws {
        let names = pageColumns.split(separator: ", ").dropFirst()
        try connection.execute(
            """
            INSERT INTO page (\(pageColumns)) VALUES (\(SQLValue.placeholders(14)))
            ON CONFLICT (id) DO UPDATE SET \(names.map { "\($0) = excluded.\($0)" }.joined(separator: ", "))
            """,
            [
                .id(page.id), .id(page.tool), .text(page.title), .text(titleKey(page.title)), .id(page.parent),
                .integer(page.version), .text(lines(page.labels)), .flag(page.isProtected),
            ] + SQLValue.stamp(page.stamp))
    }

    /// Stores a page's version; versions are never changed.
    public static func insert(_ version: PageVersion, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            INSERT INTO page_version (page_id, number, text, format, author_id, comment, created)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
            """,
            [
                .id(version.page), .integer(version.number), .text(version.text), .text(version.format.rawValue),
                .id(version.author), .optional(version.comment), .instant(version.created),
            ])
    }

    /// A page's version; nil where there is no such number.
    public static func version(
        _ number: Int64, of page: PageID, on connection: any SQLConnection
    ) throws -> PageVersion? {
        try connection.first(
            """
            SELECT text, format, author_id, comment, created FROM page_version WHERE page_id = ?1 AND number = ?2
            """, [.id(page), .integer(number)]
        ) { row in
            var version = PageVersion(
                page: page, number: number, text: row.text(0), format: TextFormat(rawValue: row.text(1)) ?? .plain,
                author: PrincipalID(row.integer(2)), created: Instant(microseconds: row.integer(4)))
            version.comment = row.optionalText(3)
            return version
        }
    }

    // MARK: articles

    static let articleColumns = """
        id, tool_id, slug, title, summary, text, format, state, author_id, labels, \
        created, creator_id, modified, modifier_id, revision, retired
        """

    static func readArticle(_ row: any SQLRow) -> Article {
        var reader = RowReader(row, from: 10)
        var article = Article(
            id: ArticleID(row.integer(0)), stamp: reader.stamp(), tool: ToolID(row.integer(1)), slug: row.text(2),
            title: row.text(3), author: PrincipalID(row.integer(8)))
        article.summary = row.optionalText(4)
        article.text = row.text(5)
        article.format = TextFormat(rawValue: row.text(6)) ?? .plain
        article.state = Article.State(rawValue: row.text(7)) ?? .published
        article.labels = list(row.text(9))
        return article
    }

    /// The articles of a tool in use, newest first.
    public static func articles(of tool: ToolID, on connection: any SQLConnection) throws -> [Article] {
        try connection.all(
            """
            SELECT \(articleColumns) FROM article WHERE tool_id = ?1 AND retired IS NULL ORDER BY created DESC, id DESC
            """, [.id(tool)], readArticle)
    }

    /// Stores an article, new or changed.
    public static func put(_ article: Article, on connection: any SQLConnection) throws {
        let names = articleColumns.split(separator: ", ").dropFirst()
        try connection.execute(
            """
            INSERT INTO article (\(articleColumns)) VALUES (\(SQLValue.placeholders(16)))
            ON CONFLICT (id) DO UPDATE SET \(names.map { "\($0) = excluded.\($0)" }.joined(separator: ", "))
            """,
            [
                .id(article.id), .id(article.tool), .text(article.slug), .text(article.title),
                .optional(article.summary),
                .text(article.text), .text(article.format.rawValue), .text(article.state.rawValue), .id(article.author),
                .text(lines(article.labels)),
            ] + SQLValue.stamp(article.stamp))
    }

    // MARK: topics

    private static let topicColumns = """
        id, forum_id, subject, author_id, is_sticky, is_locked, views, \
        created, creator_id, modified, modifier_id, revision, retired
        """

    /// The topics of a forum in use, by number.
    public static func topics(of forum: ForumID, on connection: any SQLConnection) throws -> [Topic] {
        try connection.all(
            "SELECT \(topicColumns) FROM topic WHERE forum_id = ?1 AND retired IS NULL ORDER BY id", [.id(forum)]
        ) { row in
            var reader = RowReader(row, from: 7)
            var topic = Topic(
                id: TopicID(row.integer(0)), stamp: reader.stamp(), forum: ForumID(row.integer(1)),
                subject: row.text(2),
                author: PrincipalID(row.integer(3)))
            topic.isSticky = row.integer(4) != 0
            topic.isLocked = row.integer(5) != 0
            topic.views = row.integer(6)
            return topic
        }
    }

    /// Stores a topic, new or changed.
    public static func put(_ topic: Topic, on connection: any SQLConnection) throws {
        let names = topicColumns.split(separator: ", ").dropFirst()
        try connection.execute(
            """
            INSERT INTO topic (\(topicColumns)) VALUES (\(SQLValue.placeholders(13)))
            ON CONFLICT (id) DO UPDATE SET \(names.map { "\($0) = excluded.\($0)" }.joined(separator: ", "))
            """,
            [
                .id(topic.id), .id(topic.forum), .text(topic.subject), .id(topic.author), .flag(topic.isSticky),
                .flag(topic.isLocked), .integer(topic.views),
            ] + SQLValue.stamp(topic.stamp))
    }
}
