import ParleyModel
import ParleyStorage

/// What a request says of an article; nil leaves a part as it is.
public struct ArticleDraft: Sendable {
    public var title: String?
    /// `.some(nil)` takes it away.
    public var summary: String??
    public var text: String?
    /// Uploaded files; those that do not exist are passed over.
    public var files: [FileReference]
    /// Characters of a title and of a summary, where a dialect has such limits.
    public var titleMaximumLength: Int?
    public var summaryMaximumLength: Int?

    public init() { files = [] }
}

extension Workspace {
    /// See `Transaction.createArticle`.
    public func createArticle(_ draft: ArticleDraft, in tool: ToolID, as actor: Actor) async throws -> Article {
        try await write(as: actor) { try $0.createArticle(draft, in: tool) }
    }

    /// See `Transaction.updateArticle`.
    public func updateArticle(_ id: ArticleID, _ draft: ArticleDraft, as actor: Actor) async throws -> Article {
        try await write(as: actor) { try $0.updateArticle(id, draft) }
    }

    /// See `Transaction.deleteArticle`.
    public func deleteArticle(_ id: ArticleID, as actor: Actor) async throws {
        try await write(as: actor) { try $0.deleteArticle(id) }
    }
}

extension Transaction {
    /// Publishes an article.
    /// - Throws: `Fault.forbidden` or `.unauthenticated` without `manage_news`; `Fault.invalid` with properties
    ///   `title`, `summary`, `text`.
    public func createArticle(_ draft: ArticleDraft, in tool: ToolID) throws -> Article {
        let place = try usable(tool, .blog, .manageArticles)
        var article = Article(
            id: try next("article"), stamp: stamp, tool: tool, slug: "", title: "", author: actor.user)
        article.format = catalog.settings.textFormat
        try apply(draft, to: &article)
        let base = FileApplier.slug(article.title, avoiding: [])
        let taken = try PageRows.slugs(of: tool, beginning: base, on: connection)
        article.slug = FileApplier.slug(article.title, avoiding: taken)
        try PageRows.put(article, on: connection)
        try index(article.id, from: nil, to: Transaction.searchText(article))
        try attach(draft.files, to: .article(article.id), of: place.project.id)
        return article
    }

    /// Changes an article; its slug stays.
    /// - Throws: `Fault.notFound`, `.forbidden`, `.unauthenticated`, `.invalid`.
    public func updateArticle(_ id: ArticleID, _ draft: ArticleDraft) throws -> Article {
        let known = try article(id)
        let place = try usable(known.tool, .blog, .manageArticles)
        var article = known
        try apply(draft, to: &article)
        if article != known {
            article.stamp = touched(article.stamp)
            try PageRows.put(article, on: connection)
            try index(id, from: Transaction.searchText(known), to: Transaction.searchText(article))
        }
        try attach(draft.files, to: .article(id), of: place.project.id)
        return article
    }

    /// Takes an article out of use, with what was said about it.
    /// - Throws: `Fault.notFound`, `.forbidden`, `.unauthenticated`.
    public func deleteArticle(_ id: ArticleID) throws {
        var article = try article(id)
        _ = try usable(article.tool, .blog, .manageArticles)
        try index(id, from: Transaction.searchText(article), to: nil)
        article.stamp = touched(article.stamp)
        article.stamp.retired = now
        try PageRows.put(article, on: connection)
        try RecordRows.audit(
            time: now, actor: actor.user, recordClass: "article", entity: id.rawValue, action: "retire",
            detail: article.title, on: connection)
    }

    // MARK: parts

    private func article(_ id: ArticleID) throws -> Article {
        guard let article = try PageRows.article(id, on: connection), article.stamp.retired == nil else {
            throw Fault.notFound
        }
        return article
    }

    private func apply(_ draft: ArticleDraft, to article: inout Article) throws {
        if let title = draft.title { article.title = title }
        if let summary = draft.summary { article.summary = summary }
        if let text = draft.text { article.text = text }
        var problems: [Problem] = []
        func demand(_ property: String, _ text: String) {
            if text.allSatisfy(\.isWhitespace) { problems.append(Problem(.property(property), .required)) }
        }
        func limit(_ property: String, _ text: String, _ maximum: Int?) {
            guard let maximum, text.count > maximum else { return }
            problems.append(Problem(.property(property), .tooLong(maximum: maximum)))
        }
        demand("title", article.title)
        demand("text", article.text)
        limit("title", article.title, draft.titleMaximumLength)
        limit("summary", article.summary ?? "", draft.summaryMaximumLength)
        if !problems.isEmpty { throw Fault.invalid(problems) }
    }

    /// The texts by which an article is found.
    private static func searchText(_ article: Article) -> SearchText {
        SearchText(title: article.title, body: "\(article.summary ?? "")\n\(article.text)")
    }

    private func index(_ article: ArticleID, from old: SearchText?, to new: SearchText?) throws {
        try capabilities.indexDocument(connection, SearchDocuments.article(article), old, new)
    }
}
