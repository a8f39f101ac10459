import ParleyHTTP
import ParleyModel
import ParleyService

extension RouteTable {
    static let searchRoutes = [
        Route(.get, "search") { try await $0.search() },
        Route(.get, "projects/:/search") { try await $0.search() },
    ]
}

/// The words of a search's question.
enum SearchQuestion {
    /// How many words count.
    private static let limit = 5

    /// Words of at least two letters, each once; what stands between quotation marks is one.
    static func words(_ question: String) -> [String] {
        var words: [String] = []
        var rest = question.prefix(10_000)[...]
        while words.count < limit {
            rest = rest.drop { $0.isWhitespace }
            guard let first = rest.first else { break }
            let word: Substring
            if first == "\"", let end = closing(rest) {
                word = rest[rest.index(after: rest.startIndex)..<end]
                rest = rest[rest.index(after: end)...]
            } else {
                word = rest.prefix { !$0.isWhitespace }
                rest = rest[word.endIndex...]
            }
            let trimmed = Spelling.trimmed(String(word))
            if trimmed.count > 1, !words.contains(trimmed) { words.append(trimmed) }
        }
        return words
    }

    /// The quotation mark that ends what the first one begins: one before a blank or at the end.
    private static func closing(_ text: Substring) -> Substring.Index? {
        var index = text.index(after: text.startIndex)
        while index < text.endIndex {
            let next = text.index(after: index)
            if text[index] == "\"", next == text.endIndex || text[next].isWhitespace { return index }
            index = next
        }
        return nil
    }
}

extension Call {
    /// Searches issues with their notes, news, wiki pages and projects; newest first.
    func search() async throws -> Response {
        let place = try contextProject(position: segments.first == "projects" ? 1 : nil)
        let window = window
        let words = SearchQuestion.words(parameters.text("q") ?? "")
        guard !words.isEmpty else {
            return found(list("results", of: "result", totals: totals(nil, window)) { _ in })
        }
        let query = contentQuery(words, place, window)
        let octets = try await workspace.readAtLength(as: actor) { [query] reader in
            let page = try reader.search(query)
            return list("results", of: "result", totals: totals(page.total, window)) { items in
                for content in page.found { items.item { write(content, into: &$0) } }
            }
        }
        return found(octets)
    }

    private func totals(_ total: Int?, _ window: PageWindow) -> [(DocumentName, DocumentScalar)] {
        var totals = Paging.totals(total ?? 0, window)
        if total == nil { totals[0].1 = .null }
        return totals
    }

    /// A parameter that is there says yes unless it is empty: `0` too.
    private func says(_ name: String, otherwise: Bool) -> Bool {
        parameters.text(name).map { !Spelling.trimmed($0).isEmpty } ?? otherwise
    }

    private func contentQuery(_ words: [String], _ place: Project?, _ window: PageWindow) -> ContentQuery {
        let scope = searchScope(place)
        var query = ContentQuery(
            words, kinds: searchKinds(isWithinOne: scope != nil && scope?.count == 1 && place != nil && !hasScope),
            offset: window.offset, limit: window.limit)
        query.projects = scope
        query.matchesAll = says("all_words", otherwise: true)
        query.onlyTitles = says("titles_only", otherwise: false)
        if says("open_issues", otherwise: false) {
            query.issues = .among(.property(.status, .category), [.text("initial"), .text("active")])
        }
        return query
    }

    private var hasScope: Bool {
        ["all", "my_projects", "bookmarks", "subprojects"].contains(parameters.text("scope") ?? "")
    }

    /// The projects that are searched; nil: all.
    private func searchScope(_ place: Project?) -> Set<ProjectID>? {
        switch parameters.text("scope") {
        case "all": nil
        case "my_projects", "bookmarks": access.memberProjects
        case "subprojects": place.map { catalog.subtree(of: $0.id) }
        default: place.map { [$0.id] }
        }
    }

    /// The kinds that are asked for; all where none is named. Within one project projects are not searched.
    private func searchKinds(isWithinOne: Bool) -> Set<ContentQuery.Kind> {
        let names: [(String, ContentQuery.Kind?)] = [
            ("issues", .issues), ("news", .articles), ("documents", nil), ("changesets", nil),
            ("wiki_pages", .pages), ("messages", nil), ("projects", isWithinOne ? nil : .projects),
        ]
        let usable = names.filter { $0.0 != "projects" || !isWithinOne }
        let wanted = usable.filter { parameters.text($0.0).map { !$0.isEmpty } ?? (parameters[$0.0] != nil) }
        return Set((wanted.isEmpty ? usable : wanted).compactMap(\.1))
    }

    // MARK: what is shown

    private func write(_ content: FoundContent, into part: inout DocumentWriter) {
        switch content {
        case .issue(let view): write(view, into: &part)
        case .page(let view):
            let project = catalog.records.tools[view.page.tool].flatMap { catalog.records.projects[$0.project] }
            let title = PageTitles.shown(view.page.title)
            let path = "projects/\(project?.identifier ?? "")/wiki/\(PercentEncoding.encode(title))"
            write(
                Hit(id: view.page.id.rawValue, title: "Wiki: \(title)", type: "wiki-page", path: path),
                view.version.text, view.version.created, into: &part)
        case .article(let article):
            write(
                Hit(id: article.id.rawValue, title: article.title, type: "news", path: "news/\(article.id)"),
                article.text, article.stamp.created, into: &part)
        case .project(let project):
            write(
                Hit(
                    id: project.id.rawValue, title: "Project: \(project.name)", type: "project",
                    path: "projects/\(project.identifier)"),
                project.description ?? "", project.stamp.created, into: &part)
        }
    }

    /// `Bug #5 (New): subject`.
    private func write(_ view: IssueView, into part: inout DocumentWriter) {
        let issue = view.issue
        let type = catalog.records.types[issue.type]?.name ?? ""
        let status = catalog.records.statuses[issue.status]
        write(
            Hit(
                id: issue.id.rawValue, title: "\(type) #\(issue.id) (\(status?.name ?? "")): \(issue.title ?? "")",
                type: status?.isClosed ?? false ? "issue-closed" : "issue", path: "issues/\(issue.id)"),
            view.description.map(LineEnds.network), issue.created, into: &part)
    }

    private struct Hit {
        var id: Int64
        var title: String
        var type: String
        var path: String
    }

    private func write(_ hit: Hit, _ description: String?, _ time: Instant, into part: inout DocumentWriter) {
        part.member("id", hit.id)
        part.member("title", hit.title)
        part.member("type", hit.type)
        part.member("url", "\(request.baseURL)/\(hit.path)")
        part.member("description", description)
        part.member("datetime", time)
    }
}
