import ParleyHTTP
import ParleyModel
import ParleyService

/// Projects and users as tables, projects and news as feeds.
extension Call {
    func exportProjects() async throws -> Response {
        if export == .atom { return try await projectFeed() }
        var table = table
        let columns = ExportColumn.chosen(
            projectColumns, columnNames, fixed: nil, standard: ["name", "identifier", "short_description"])
        try table.begin(columns.map(\.head))
        try ExportColumn.write(listedProjects, columns, into: &table)
        return handed(table.finish(), .csv, filename: "projects.csv")
    }

    private var projectColumns: [ExportColumn<Project>] {
        typealias Column = ExportColumn<Project>
        let catalog = catalog
        let access = access
        let cells = FieldCells(catalog: catalog)
        let own = [
            Column("name", "Name") { $0.name },
            Column("status", "Status") { project in
                project.status == .active ? "active" : project.status == .closed ? "closed" : nil
            },
            Column("short_description", "Description") { Call.beginning(of: $0.description ?? "") },
            Column("homepage", "Homepage") { $0.homepage },
            Column("identifier", "Identifier") { $0.identifier },
            Column("parent_id", "Subproject of") { project in
                project.parent.flatMap { catalog.records.projects[$0] }.flatMap { access.sees($0) ? $0.name : nil }
            },
            Column("is_public", "Public") { CellText.flag($0.isPublic) },
            Column("created_on", "Created") { CellText.time($0.stamp.created) },
        ]
        return own
            + catalog.fields(of: .project).map { field in
                Column("cf_\(field.id)", field.name) { cells.cell(field, $0.values[field.id]) }
            }
    }

    /// What a long description begins with, up to the end of a line.
    private static func beginning(of text: String) -> String {
        guard text.count > 255 else { return text }
        let kept = text.index(text.startIndex, offsetBy: 255)
        let rest = text[kept...].prefix { !$0.isNewline }
        return Spelling.trimmed(String(text[..<rest.endIndex])) + "..."
    }

    private func projectFeed() async throws -> Response {
        let newest = listedProjects.sorted { ($0.stamp.created, $0.id) > ($1.stamp.created, $1.id) }
            .prefix(Call.feedLimit)
        let octets = try await workspace.readAtLength(as: actor) { reader in
            let texts = TextRendering(reader, baseURL: request.baseURL)
            let items = try newest.map { project in
                FeedItem(
                    title: "Project: \(project.name)", project: project, path: "projects/\(project.identifier)",
                    time: project.stamp.created,
                    content: try texts.html(Call.beginning(of: project.description ?? ""), .plain, in: project))
            }
            return feed("Redmine: Latest projects", nil, items)
        }
        return handed(octets, .atom)
    }

    func exportUsers() async throws -> Response {
        let users = try listedUsers()
        var table = table
        let fields = catalog.fields(of: .user)
        let cells = FieldCells(catalog: catalog)
        let heads = [
            "Login", "First name", "Last name", "Email", "Administrator", "Status",
            "Two-factor authentication scheme", "Created", "Updated", "Last connection", "Password last changed",
        ]
        try table.begin((heads + fields.map(\.name)).map { ListingColumn($0) })
        for user in users {
            let own = [
                user.login ?? "", user.firstName, user.lastName, user.addresses.first ?? "", CellText.flag(user.admin),
                user.status.rawValue, "disabled", CellText.time(user.stamp.created),
                CellText.time(user.stamp.modified), CellText.time(workspace.lastSignIn(of: user)),
                CellText.time(user.passwordChanged),
            ]
            try table.row(own + fields.map { cells.cell($0, user.values[$0.id]) })
        }
        return handed(table.finish(), .csv, filename: "users.csv")
    }

    func exportNews() async throws -> Response {
        let asked = try newsTools()
        let octets = try await workspace.readAtLength(as: actor) { reader in
            let texts = TextRendering(reader, baseURL: request.baseURL)
            let found = try reader.articles(of: asked.tools.map(\.id), offset: 0, limit: Call.feedLimit)
            let items = try found.articles.map { try item($0, texts) }
            return feed(feedTitle(asked.place, "News"), asked.place, items)
        }
        return handed(octets, .atom)
    }

    private func item(_ article: Article, _ texts: TextRendering) throws -> FeedItem {
        let project = project(of: article)
        return FeedItem(
            title: article.title, project: project, path: "news/\(article.id)", time: article.stamp.created,
            author: article.author, content: try texts.html(article.text, article.format, in: project))
    }

    // MARK: activity

    /// New issues, their notes and changes of status, and news: of a project with those below it, or of all, of one
    /// user where `user_id` names one. `show_issues` and `show_news` choose.
    func exportActivity() async throws -> Response {
        let place = try contextProject(position: segments.first == "projects" ? 1 : nil)
        let author = try activityAuthor()
        let chosen = parameters.members.members.map(\.name).filter { $0.hasPrefix("show_") }
        let showsIssues = chosen.isEmpty || chosen.contains("show_issues")
        let showsNews = chosen.isEmpty || chosen.contains("show_news")
        let projects = projects(around: place)
        let octets = try await workspace.readAtLength(as: actor) { reader in
            let texts = TextRendering(reader, baseURL: request.baseURL)
            var items: [FeedItem] = []
            if showsIssues { items += try issueItems(projects, author, texts) }
            if showsNews {
                let tools = projects.filter { allows(.viewArticles, .blog, in: $0) }
                    .flatMap { catalog.tools(of: $0.id).filter { $0.kind == .blog } }
                let found = try reader.articles(
                    of: tools.map(\.id), offset: 0, limit: author == nil ? Call.feedLimit : 200)
                items += try found.articles.filter { author == nil || $0.author == author }
                    .prefix(Call.feedLimit).map { try item($0, texts) }
            }
            let kind = showsIssues == showsNews ? "Activity" : showsNews ? "News" : "Issues"
            let title = author.flatMap { catalog.name(of: $0) } ?? kind
            return feed(feedTitle(place, title), place, items)
        }
        return handed(octets, .atom)
    }

    private func projects(around place: Project?) -> [Project] {
        let access = access
        guard let place else { return catalog.projectTree.filter { access.sees($0) } }
        if parameters.text("with_subprojects") == "0" { return [place] }
        let tree = catalog.subtree(of: place.id)
        return catalog.projectTree.filter { tree.contains($0.id) && access.sees($0) }
    }

    private func activityAuthor() throws -> PrincipalID? {
        guard let text = parameters.text("user_id"), !text.isEmpty else { return nil }
        guard let user = catalog.user(PrincipalID(Quirks.leadingNumber(text) ?? 0)), user.status == .active,
            People.isUser(user), People.isVisible(user, catalog, access)
        else { throw Refusal.status(404) }
        return user.id
    }

    private func issueItems(
        _ projects: [Project], _ author: PrincipalID?, _ texts: TextRendering
    ) throws -> [FeedItem] {
        let tracked = projects.filter { allows(.viewIssues, .tickets, in: $0) }
        guard !tracked.isEmpty else { return [] }
        let within = Predicate<Parsed>.among(
            .builtin(.project), tracked.map { .name(.number($0.id.rawValue)) })
        let byAuthor = author.map {
            Predicate<Parsed>.among(.builtin(.author), [.name(.number($0.rawValue))])
        }
        var query = Query<Parsed>(
            byAuthor.map { .and([within, $0]) } ?? within,
            order: [SortKey(.builtin(.created), descending: true), SortKey(.builtin(.id), descending: true)],
            page: QueryPage(offset: 0, limit: Call.feedLimit), projection: [.description])
        query.wantsTotal = false
        let made = try texts.reader.issues(query).issues.map { try item($0, texts) }
        let changes = try RecentChanges(texts.reader, baseURL: request.baseURL)
            .newest(Call.feedLimit, of: within) { journal, _ in
                (author == nil || journal.author == author)
                    && (!(journal.notes ?? "").isEmpty || journal.details.contains { $0.name == "status_id" })
            }
        return try made + changes.map { try item($0, texts) }
    }

    private func item(_ found: RecentChanges.Found, _ texts: TextRendering) throws -> FeedItem {
        let issue = found.texts.view.issue
        let project = catalog.records.projects[issue.project]
        let status = found.journal.details.first { $0.property == "attr" && $0.name == "status_id" }?.new
        let title = status.flatMap(Int64.init).map { texts.title(of: issue, status: StatusID($0)) }
        return FeedItem(
            title: title ?? texts.shortTitle(of: issue), project: project,
            path: "issues/\(issue.id)#change-\(found.journal.id)", time: found.journal.created,
            author: found.journal.author, content: try texts.html(found.journal.notes ?? "", .plain, in: project))
    }
}
