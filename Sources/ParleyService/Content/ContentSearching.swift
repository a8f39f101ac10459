import ParleyModel
import ParleyStorage

/// What a search through all kinds of content looks for.
public struct ContentQuery: Sendable {
    /// Classes of content.
    public enum Kind: Sendable, CaseIterable { case issues, pages, articles, projects }

    /// Words or parts of them, or several side by side in one text. Case and accents do not count.
    public var words: [String]
    /// Whether every word must be there; else one suffices.
    public var matchesAll: Bool
    /// Whether only titles and names are searched.
    public var onlyTitles: Bool
    /// Whether the names and descriptions of files count.
    public var files = Files.passedOver

    /// What counts of files.
    public enum Files: Sendable { case passedOver, included, alone }

    public var kinds: Set<Kind>
    /// Only what is in these; nil: everywhere.
    public var projects: Set<ProjectID>?
    /// What else must hold for an issue.
    public var issues: Predicate<Parsed>
    /// Not negative.
    public var offset: Int
    /// Not negative.
    public var limit: Int

    public init(_ words: [String], kinds: Set<Kind> = Set(Kind.allCases), offset: Int = 0, limit: Int = 25) {
        self.words = words
        self.kinds = kinds
        self.offset = max(0, offset)
        self.limit = max(0, limit)
        matchesAll = true
        onlyTitles = false
        issues = .all
    }
}

/// Something that a search found.
public enum FoundContent: Sendable {
    case issue(IssueView)
    case page(PageView)
    case article(Article)
    case project(Project)
}

extension Reader {
    /// One page of what the actor may see and the words are in, newest first, and exactly how much there is. Issues,
    /// articles and projects are as old as they are, a page is as old as its newest version.
    public func search(_ query: ContentQuery) throws -> (found: [FoundContent], total: Int) {
        let others = try otherHits(query).sorted()
        guard query.kinds.contains(.issues) else {
            let page = others.dropFirst(query.offset).prefix(query.limit)
            return (try page.compactMap(load), others.count)
        }
        let predicate = issuePredicate(query)
        let before = try othersBefore(query.offset, others, predicate)
        let issues = try issues(
            Query<Parsed>(
                predicate, order: [SortKey(.builtin(.created), descending: true)],
                page: QueryPage(offset: query.offset - before, limit: query.limit)))
        let total = (issues.total ?? issues.issues.count) + others.count
        return (try merged(issues.issues, others.dropFirst(before), limit: query.limit), total)
    }

    /// Something that is no issue.
    private struct Hit: Comparable {
        var time: Instant
        var kind: ContentQuery.Kind
        var number: Int64

        /// Newest first.
        static func < (left: Hit, right: Hit) -> Bool {
            (left.time, left.number, rank(left.kind)) > (right.time, right.number, rank(right.kind))
        }

        private static func rank(_ kind: ContentQuery.Kind) -> Int {
            switch kind {
            case .issues: 3
            case .articles: 2
            case .pages: 1
            case .projects: 0
            }
        }
    }

    // MARK: issues

    private func issuePredicate(_ query: ContentQuery) -> Predicate<Parsed> {
        var parts: [Predicate<Parsed>]
        switch query.files {
        case .passedOver: parts = [textPredicate(query)]
        case .included: parts = [.or([textPredicate(query), .file(fileCondition(query))])]
        case .alone: parts = [.file(fileCondition(query))]
        }
        if let projects = query.projects {
            parts.append(.inProject(projects.sorted().map { .number($0.rawValue) }, subtree: false))
        }
        if query.issues != .all { parts.append(query.issues) }
        return parts.count == 1 ? parts[0] : .and(parts)
    }

    /// Several words stand in one text: the issue's own, or one comment.
    private func textPredicate(_ query: ContentQuery) -> Predicate<Parsed> {
        let columns: Set<SearchColumn> = query.onlyTitles ? [.title] : []
        guard query.matchesAll else { return .or(query.words.map { .search([$0], .parts, columns) }) }
        let anywhere = Predicate<Parsed>.search(query.words, .parts, columns)
        guard !query.onlyTitles, query.words.count > 1 else { return anywhere }
        let own = Set(SearchColumn.allCases).subtracting([.comments])
        return .and([anywhere, .or([.search(query.words, .parts, own), .comment(.contains, query.words)])])
    }

    /// The words in the name or the description of one file.
    private func fileCondition(_ query: ContentQuery) -> FileCondition {
        let lacking = query.words.map { word in
            FileCondition.and([
                .not(.text(.name, .contains, word)), .not(.text(.description, .contains, word)),
            ])
        }
        return query.matchesAll ? .and(lacking.map { .not($0) }) : .not(.and(lacking))
    }

    /// How many of the others stand among the first of everything. Each question is one count.
    private func othersBefore(_ offset: Int, _ others: [Hit], _ issues: Predicate<Parsed>) throws -> Int {
        guard offset > 0 else { return 0 }
        var low = 0
        var high = min(others.count, offset)
        while low < high {
            let middle = (low + high) / 2
            let newer = Predicate<Parsed>.compare(
                .builtin(.created), .greaterOrEqual, .instant(others[middle].time))
            if try middle + count(.and([issues, newer])) < offset { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Issues come before what is as old as they are.
    private func merged(_ issues: [IssueView], _ others: ArraySlice<Hit>, limit: Int) throws -> [FoundContent] {
        var result: [FoundContent] = []
        var issues = issues[...]
        var others = others
        while result.count < limit {
            if let issue = issues.first, others.first.map({ $0.time <= issue.issue.created }) ?? true {
                result.append(.issue(issue))
                issues.removeFirst()
            } else if let other = others.popFirst() {
                if let content = try load(other) { result.append(content) }
            } else {
                break
            }
        }
        return result
    }

    // MARK: the others

    private func otherHits(_ query: ContentQuery) throws -> [Hit] {
        var hits: [Hit] = []
        if query.kinds.contains(.projects), query.files != .alone { hits += projectHits(query) }
        let pages = query.kinds.contains(.pages) ? tools(.wiki, .viewPages, query) : []
        let articles = query.kinds.contains(.articles) ? tools(.blog, .viewArticles, query) : []
        guard !(pages.isEmpty && articles.isEmpty) else { return hits }
        var found: Set<ContentHit> = []
        if query.files != .alone {
            let search = try ContentSearch(
                query.words, matchesAll: query.matchesAll, onlyTitles: query.onlyTitles, finder.capabilities,
                on: connection)
            found.formUnion(try search.hits(.page, of: pages))
            found.formUnion(try search.hits(.article, of: articles))
        }
        if query.files != .passedOver {
            let files = ContentFileSearch(query.words, matchesAll: query.matchesAll, finder.capabilities)
            found.formUnion(try files.hits(.page, of: pages, on: connection))
            found.formUnion(try files.hits(.article, of: articles, on: connection))
        }
        hits += found.map { Hit(time: $0.time, kind: $0.kind == .page ? .pages : .articles, number: $0.number) }
        return hits
    }

    /// The tools of a kind that the actor may look into.
    private func tools(_ kind: Tool.Kind, _ action: Action, _ query: ContentQuery) -> [ToolID] {
        let access = access
        return catalog.projectTree.flatMap { project -> [ToolID] in
            guard query.projects?.contains(project.id) ?? true else { return [] }
            let tools = catalog.tools(of: project.id).filter { $0.kind == kind }
            guard !tools.isEmpty, access.sees(project), access.allows(action, in: project) else { return [] }
            return tools.map(\.id)
        }
    }

    /// Projects are reference data: their words are looked at here.
    private func projectHits(_ query: ContentQuery) -> [Hit] {
        let terms = query.words.map(TextRules.words).filter { !$0.isEmpty }
        guard !terms.isEmpty else { return [] }
        let access = access
        return catalog.projectTree.filter { project in
            guard query.projects?.contains(project.id) ?? true, access.sees(project) else { return false }
            let own = query.onlyTitles ? [project.name] : [project.name, project.identifier, project.description ?? ""]
            let texts = own.map(TextRules.words)
            func isThere(_ term: [String]) -> Bool { texts.contains { TextRules.holds($0, part: term) } }
            return query.matchesAll ? terms.allSatisfy(isThere) : terms.contains(where: isThere)
        }.map { Hit(time: $0.stamp.created, kind: .projects, number: $0.id.rawValue) }
    }

    private func load(_ hit: Hit) throws -> FoundContent? {
        switch hit.kind {
        case .issues: nil
        case .pages: .page(try page(PageID(hit.number)))
        case .articles: .article(try article(ArticleID(hit.number)))
        case .projects: catalog.records.projects[ProjectID(hit.number)].map { .project($0) }
        }
    }
}
