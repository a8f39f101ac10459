import ParleyModel
import ParleyStorage

/// A wiki page in one of its versions.
public struct PageView: Sendable {
    public var page: Page
    public var version: PageVersion
    /// Nil where there is no parent.
    public var parentTitle: String?

    public init(page: Page, version: PageVersion, parentTitle: String?) {
        self.page = page
        self.version = version
        self.parentTitle = parentTitle
    }
}

/// A wiki page in a list.
public struct PageListing: Sendable {
    public var page: Page
    /// When its newest version was written; nil where there is none.
    public var written: Instant?
    public var parentTitle: String?
}

/// Whether the actor may read a tool's pages is for the caller to ask.
extension Reader {
    /// The pages of a wiki, by title without regard to case; at most `PageRows.listLimit`.
    public func pages(of tool: ToolID) throws -> [PageListing] {
        let all = try PageRows.summaries(of: tool, on: connection)
        let titles = Dictionary(all.map { ($0.page.id, $0.page.title) }, uniquingKeysWith: { first, _ in first })
        return all.map { summary in
            PageListing(
                page: summary.page, written: summary.written, parentTitle: summary.page.parent.flatMap { titles[$0] })
        }
    }

    /// A page by title without regard to case, in its newest version or an older one.
    /// - Throws: `Fault.notFound`.
    public func page(titled title: String, of tool: ToolID, version: Int64? = nil) throws -> PageView {
        guard let page = try PageRows.page(titled: title, of: tool, on: connection) else { throw Fault.notFound }
        return try view(page, version: version)
    }

    /// A page by a title that it had before.
    /// - Throws: `Fault.notFound`.
    public func page(onceTitled title: String, of tool: ToolID) throws -> Page {
        guard let page = try PageRows.page(onceTitled: title, of: tool, on: connection) else { throw Fault.notFound }
        return page
    }

    /// A page by title, even one without a text; nil where there is none.
    public func outline(ofPageTitled title: String, of tool: ToolID) throws -> PageListing? {
        try PageRows.page(titled: title, of: tool, on: connection).map { try outline($0) }
    }

    /// A page by number, even one without a text.
    /// - Throws: `Fault.notFound`.
    public func outline(ofPage id: PageID) throws -> PageListing {
        guard let page = try PageRows.page(id, on: connection), page.stamp.retired == nil else { throw Fault.notFound }
        return try outline(page)
    }

    private func outline(_ page: Page) throws -> PageListing {
        let version = try PageRows.version(page.version, of: page.id, on: connection)
        return PageListing(page: page, written: version?.created, parentTitle: try parentTitle(of: page))
    }

    /// A page by number.
    /// - Throws: `Fault.notFound`.
    public func page(_ id: PageID) throws -> PageView {
        guard let page = try PageRows.page(id, on: connection), page.stamp.retired == nil else { throw Fault.notFound }
        return try view(page, version: nil)
    }

    private func view(_ page: Page, version: Int64?) throws -> PageView {
        guard let found = try PageRows.version(version ?? page.version, of: page.id, on: connection) else {
            throw Fault.notFound
        }
        return PageView(page: page, version: found, parentTitle: try parentTitle(of: page))
    }

    private func parentTitle(of page: Page) throws -> String? {
        let parent = try page.parent.flatMap { try PageRows.page($0, on: connection) }
        return parent?.stamp.retired == nil ? parent?.title : nil
    }

    /// A published article by number.
    /// - Throws: `Fault.notFound`.
    public func article(_ id: ArticleID) throws -> Article {
        guard let article = try PageRows.article(id, on: connection), article.stamp.retired == nil,
            article.state == .published
        else { throw Fault.notFound }
        return article
    }

    /// Published articles of several tools, newest first: one page, and how many there are.
    public func articles(of tools: [ToolID], offset: Int, limit: Int) throws -> (articles: [Article], total: Int) {
        try PageRows.published(of: tools, offset: offset, limit: limit, finder.capabilities, on: connection)
    }

    /// What was said about an article or another content, oldest first, as far as everybody may read it.
    public func remarks(on container: Container) throws -> [Post] {
        try ContentRows.placements(in: container, on: connection).compactMap { place in
            guard place.audience == .everyone, !place.isOpening,
                let post = try ContentRows.post(place.post, on: connection), post.stamp.retired == nil,
                post.state == .ok
            else { return nil }
            return post
        }
    }
}
