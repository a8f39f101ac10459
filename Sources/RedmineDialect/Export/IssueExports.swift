import ParleyHTTP
import ParleyMarkup
import ParleyModel
import ParleyService

extension Call {
    /// Issues that one table holds.
    private static var issueLimit: Int { 500 }
    /// Issues that are read at once.
    private static var pageLength: Int { 100 }

    /// The first issues of a list: as a table, as a table on pages, or as a feed of the newest.
    func exportIssues() async throws -> Response {
        var listing = try issueListing()
        listing.query.wantsTotal = false
        switch export {
        case .atom?: return try await issueFeed(listing)
        case .pdf?: return try await issuePages(listing)
        default: return try await issueTable(listing)
        }
    }

    private func columns(_ listing: IssueListing, _ reader: Reader) -> [ExportColumn<IssueView>] {
        let names = listing.saved.map(\.columns) ?? columnNames
        return IssueColumns(reader: reader, place: listing.place).chosen(names)
    }

    private func issueTable(_ listing: IssueListing) async throws -> Response {
        var query = listing.query
        query.page = QueryPage(offset: 0, limit: Call.issueLimit)
        let (numbers, names, heads) = try await workspace.readAtLength(as: actor) { [query] reader in
            let columns = columns(listing, reader)
            return (try reader.numbers(of: query), columns.map(\.name), columns.map(\.head))
        }
        let projection = Call.projection(listing, names)
        let place = listing.place
        let portions = TablePortions(self, heads, numbers) { reader in
            let columns = ExportColumn.aligned(IssueColumns(reader: reader, place: place).chosen(names), to: names)
            return { number in
                let view = try reader.issue(number, projection)
                return try view.issue.id == number ? columns.map { try $0?.cell(view) } : nil
            }
        }
        return handed(try await portions.body(), .csv, filename: "issues.csv")
    }

    /// What of an issue is read for some columns.
    private static func projection(_ listing: IssueListing, _ names: [String]) -> Projection {
        var projection = listing.query.projection
        if names.contains("relations") { projection.insert(.links) }
        if names.contains("attachments") { projection.insert(.files) }
        return projection
    }

    private func issuePages(_ listing: IssueListing) async throws -> Response {
        let name = listing.saved?.name ?? "Issues"
        let title = listing.place.map { "\($0.name) - \(name)" } ?? name
        let octets = try await workspace.readAtLength(as: actor) { reader in
            let document = try PDFDocument(title: title, wide: true)
            try document.heading(title, level: 2)
            var table = PDFTable(document)
            try write(listing, reader, into: &table)
            return try document.finish(foot: CellText.day(reader.today))
        }
        return handed(octets, .pdf, filename: "issues.pdf")
    }

    /// Reads page by page.
    private func write(_ listing: IssueListing, _ reader: Reader, into writer: inout some ListingWriter) throws {
        let columns = columns(listing, reader)
        var query = listing.query
        query.projection = Call.projection(listing, columns.map(\.name))
        try writer.begin(columns.map(\.head))
        for offset in stride(from: 0, to: Call.issueLimit, by: Call.pageLength) {
            query.page = QueryPage(offset: offset, limit: Call.pageLength)
            let found = try reader.issues(query).issues
            try ExportColumn.write(found, columns, into: &writer)
            if found.count < Call.pageLength { break }
        }
    }

    // MARK: feeds

    private func issueFeed(_ listing: IssueListing) async throws -> Response {
        var query = listing.query
        query.projection = [.description]
        query.page = QueryPage(offset: 0, limit: Call.feedLimit)
        let octets = try await workspace.readAtLength(as: actor) { [query] reader in
            let texts = TextRendering(reader, baseURL: request.baseURL)
            let items = try reader.issues(query).issues.map { try item($0, texts) }
            return feed(feedTitle(listing.place, listing.saved?.name ?? "Issues"), listing.place, items)
        }
        return handed(octets, .atom)
    }

    /// A new issue as a feed tells of it.
    func item(_ view: IssueView, _ texts: TextRendering) throws -> FeedItem {
        let issue = view.issue
        let project = catalog.records.projects[issue.project]
        return FeedItem(
            title: texts.title(of: issue), project: project, path: "issues/\(issue.id)", time: issue.created,
            author: issue.author, content: try texts.html(view.description ?? "", view.descriptionFormat, in: project))
    }

    /// What happened to an issue, or the issue on pages.
    func exportIssue() async throws -> Response {
        let id = IssueID(try number(1))
        let isFeed = export == .atom
        let result = try await workspace.readAtLength(as: actor) { reader in
            let view = try reader.issue(id, [.description, .values, .totals, .files, .links])
            guard view.issue.retired == nil else { throw Refusal.status(404) }
            let changes = try ChangeTexts(reader, view, baseURL: request.baseURL)
            let project = catalog.records.projects[view.issue.project]
            guard isFeed else {
                let octets = try IssuePages(reader, view, changes, baseURL: request.baseURL).octets()
                return (octets, "\(project?.identifier ?? "")-\(view.issue.id).pdf")
            }
            let texts = TextRendering(reader, baseURL: request.baseURL)
            let title = "\(project?.name ?? "") - \(texts.shortTitle(of: view.issue))"
            let entries = try changes.journals.map { try changeEntry($0, changes, texts) }
            return (feed(title, entries: entries, page: "issues/\(view.issue.id)"), "")
        }
        return handed(result.0, isFeed ? .atom : .pdf, filename: isFeed ? nil : result.1)
    }

    private func changeEntry(_ journal: Journal, _ changes: ChangeTexts, _ texts: TextRendering) throws -> FeedEntry {
        let issue = changes.view.issue
        let project = catalog.records.projects[issue.project]
        let address = "\(request.baseURL)/issues/\(issue.id)"
        var entry = FeedEntry(
            title: "\(project?.name ?? "") - \(texts.shortTitle(of: issue))", address: address,
            updated: journal.created)
        entry.id = "\(address)?journal_id=\(journal.id)"
        entry.author = catalog.name(of: journal.author)
        entry.mail = mail(of: journal.author)
        let lines = changes.sentences(journal, asHTML: true).map { "<li>\($0)</li>" }.joined()
        entry.content = "<ul>\(lines)</ul>" + (try texts.html(journal.notes ?? "", .plain, in: project))
        return entry
    }

    /// The newest changes of the issues of a list.
    func exportChanges() async throws -> Response {
        let place = try contextProject(position: nil)
        let listing = try issueListing()
        let title = feedTitle(place, listing.saved?.name ?? "Details of all changes")
        let octets = try await workspace.readAtLength(as: actor) { reader in
            let texts = TextRendering(reader, baseURL: request.baseURL)
            let changes = RecentChanges(reader, baseURL: request.baseURL)
            let found = try changes.newest(25, of: listing.query.predicate) { _, _ in true }
            return feed(title, entries: try found.map { try changeEntry($0.journal, $0.texts, texts) }, page: "")
        }
        return handed(octets, .atom)
    }
}
