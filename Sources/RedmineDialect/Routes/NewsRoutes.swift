import ParleyHTTP
import ParleyModel
import ParleyService

extension RouteTable {
    static let newsRoutes = [
        Route(.get, "news") { try await $0.listNews() },
        Route(.get, "projects/:/news") { try await $0.listNews() },
        Route(.post, "projects/:/news") { try await $0.createNews() },
        Route(.get, "news/:") { try await $0.showNews() },
        Route(.put, "news/:") { try await $0.updateNews() },
        Route(.delete, "news/:") { try await $0.deleteNews() },
    ]
}

extension Call {
    /// Where the news are that a list asks for, and the project that it is of; nil: all.
    func newsTools() throws -> (place: Project?, tools: [Tool]) {
        let place = try contextProject(position: segments.first == "projects" ? 1 : nil)
        if let place {
            try require(.viewArticles, .blog, in: place)
        } else if !access.allowsSomewhere(.viewArticles) {
            throw denied
        }
        let access = access
        let projects =
            place.map { [$0] }
            ?? catalog.projectTree.filter { access.sees($0) && allows(.viewArticles, .blog, in: $0) }
        let tools = projects.flatMap { project in catalog.tools(of: project.id).filter { $0.kind == .blog } }
        return (place, tools)
    }

    /// Of one project, or of all that the actor may read news of; newest first.
    func listNews() async throws -> Response {
        let tools = try newsTools().tools
        let window = window
        let octets = try await workspace.read(as: actor) { reader in
            let page = try reader.articles(of: tools.map(\.id), offset: window.offset, limit: window.limit)
            return list("news", of: "news", totals: Paging.totals(page.total, window)) { items in
                for article in page.articles { items.item { write(article, alone: false, into: &$0) } }
            }
        }
        return found(octets)
    }

    private func write(_ article: Article, alone: Bool, into part: inout DocumentWriter) {
        part.member("id", article.id)
        if let project = project(of: article) { part.reference("project", id: project.id, title: project.name) }
        part.reference("author", id: article.author, title: catalog.name(of: article.author) ?? "")
        part.member("title", article.title)
        let isBlank = article.summary?.allSatisfy(\.isWhitespace) ?? true
        if !(alone && isBlank) { part.member("summary", article.summary) }
        part.member("description", article.text)
        part.member("created_on", article.stamp.created)
    }

    func project(of article: Article) -> Project? {
        catalog.records.tools[article.tool].flatMap { catalog.records.projects[$0.project] }
    }

    /// The news of the path, where the actor may do something with it.
    private func news(_ action: Action) async throws -> Article {
        let id = ArticleID(try number(1))
        let article = try await workspace.read(as: actor) { try $0.article(id) }
        guard let project = project(of: article), project.stamp.retired == nil else { throw Refusal.status(404) }
        try require(action, .blog, in: entered(project))
        return article
    }

    func showNews() async throws -> Response {
        let article = try await news(.viewArticles)
        let octets = try await workspace.read(as: actor) { reader in
            let files = includes.contains("attachments") ? try reader.files(in: .article(article.id)) : nil
            let remarks = includes.contains("comments") ? try reader.remarks(on: .article(article.id)) : nil
            return document("news") { part in
                write(article, alone: true, into: &part)
                if let files { IssueRendering(reader, baseURL: request.baseURL).writeAttachments(files, into: &part) }
                if let remarks { write(remarks, into: &part) }
            }
        }
        return found(octets)
    }

    private func write(_ remarks: [Post], into part: inout DocumentWriter) {
        part.array("comments", of: "comment") { items in
            for post in remarks {
                items.item { comment in
                    comment.attribute("id", post.id)
                    comment.reference("author", id: post.author, title: catalog.name(of: post.author) ?? "")
                    comment.member("content", post.text)
                }
            }
        }
    }

    private func newsDraft() throws -> ArticleDraft {
        let input = try parameters.resource("news")
        var draft = ArticleDraft()
        draft.title = input["title"].map { Words.ofText($0) ?? "" }
        draft.summary = input["summary"].map(Words.ofText)
        draft.text = input["description"].map { Words.ofText($0) ?? "" }
        draft.files = Uploads.references(input)
        draft.titleMaximumLength = 60
        draft.summaryMaximumLength = 255
        return draft
    }

    /// 204: what was made is not shown.
    func createNews() async throws -> Response {
        let project = try project(segments[1])
        try require(.manageArticles, .blog, in: project)
        guard let tool = catalog.tools(of: project.id).first(where: { $0.kind == .blog }) else {
            throw Refusal.status(403)
        }
        _ = try await workspace.createArticle(newsDraft(), in: tool.id, as: actor)
        return done
    }

    func updateNews() async throws -> Response {
        let article = try await news(.manageArticles)
        _ = try await workspace.updateArticle(article.id, newsDraft(), as: actor)
        return done
    }

    func deleteNews() async throws -> Response {
        let article = try await news(.manageArticles)
        try await workspace.deleteArticle(article.id, as: actor)
        return done
    }
}
