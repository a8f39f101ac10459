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

    /// Words of at least two letters or of one Chinese one, each once; what stands between quotation marks is one.
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
            let counts = trimmed.unicodeScalars.count > 1 || trimmed.unicodeScalars.contains(where: isHan)
            if counts, !words.contains(trimmed) { words.append(trimmed) }
        }
        return words
    }

    private static func isHan(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x2E80...0x2FD5, 0x3005, 0x3007, 0x3021...0x3029, 0x3038...0x303B, 0x3400...0x4DBF, 0x4E00...0x9FFF,
            0xF900...0xFAD9, 0x20000...0x323AF:
            true
        default: false
        }
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
            words, kinds: searchKinds(within: hasScope ? nil : place),
            offset: window.offset, limit: window.limit)
        query.projects = scope
        query.matchesAll = says("all_words", otherwise: true)
        query.onlyTitles = says("titles_only", otherwise: false)
        // With titles alone, files count alone or not at all.
        switch parameters.text("attachments") ?? "" {
        case "", "0": break
        case "only": query.files = .alone
        default: query.files = query.onlyTitles ? .passedOver : .included
        }
        if says("open_issues", otherwise: false) {
            query.issues = .among(.property(.status, .category), [.text("initial"), .text("active")])
        }
        return query
    }

    private var hasScope: Bool {
        ["all", "my_projects", "subprojects"].contains(parameters.text("scope") ?? "")
    }

    /// The projects that are searched; nil: all.
    private func searchScope(_ place: Project?) -> Set<ProjectID>? {
        switch parameters.text("scope") {
        case "all": nil
        case "my_projects": access.memberProjects
        case "subprojects": place.map { catalog.subtree(of: $0.id) }
        default: place.map { [$0.id] }
        }
    }

    /// The kinds that are asked for; all where none is named. Within one project those are known that its modules have
    /// and the user may see, and projects are not searched.
    private func searchKinds(within place: Project?) -> Set<ContentQuery.Kind> {
        let names: [(String, ContentQuery.Kind?)] = [
            ("issues", .issues), ("news", .articles), ("documents", nil), ("changesets", nil),
            ("wiki_pages", .pages), ("messages", nil), ("projects", .projects),
        ]
        let usable = names.filter { name in place.map { isSearched(name.0, in: $0) } ?? true }
        let wanted = usable.filter { parameters.text($0.0).map { !$0.isEmpty } ?? (parameters[$0.0] != nil) }
        return Set((wanted.isEmpty ? usable : wanted).compactMap(\.1))
    }

    private func isSearched(_ name: String, in place: Project) -> Bool {
        let modules = Set(catalog.tools(of: place.id).map(\.kind))
        switch name {
        case "issues": return modules.contains(.tickets) && access.allows(.viewIssues, in: place)
        case "news": return modules.contains(.blog) && access.allows(.viewArticles, in: place)
        case "wiki_pages": return modules.contains(.wiki) && access.allows(.viewPages, in: place)
        case "messages": return modules.contains(.forum)
        case "documents": return modules.contains(.documents)
        case "changesets": return modules.contains(.repository)
        default: return false
        }
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
