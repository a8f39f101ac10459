import ParleyHTTP
import ParleyMarkup
import ParleyModel
import ParleyService

extension Call {
    private static let exportPages: Action = "export_wiki_pages"
    /// Pages that one document holds.
    private static var pageLimit: Int { 10_000 }
    /// What stands in the place of a title and is none.
    private static let otherAddresses: Set<String> = ["index", "date_index", "export", "new"]

    /// A wiki page, in its newest version or another: its text as written, as HTML, or on pages.
    func exportPage() async throws -> Response {
        if Call.otherAddresses.contains(segments.last ?? "") { throw Refusal.status(406) }
        try requireAddress()
        let (tool, project) = try wiki(.viewPages)
        let wanted = segments.count > 4 ? segments[4] : parameters.text("version")
        if wanted != nil { try require(.viewPageVersions, .wiki, in: project) }
        let mayExport = allows(Call.exportPages, .wiki, in: project)
        let format = export ?? .txt
        let result = try await workspace.readAtLength(as: actor) { reader -> (octets: [UInt8], title: String)? in
            guard let listing = try outline(reader, of: tool) else { return nil }
            let number = wanted.map { Quirks.leadingNumber($0) ?? 0 }
            let view = try reader.page(titled: listing.page.title, of: tool.id, version: number)
            guard mayExport else { throw Refusal.status(406) }
            return (try octets(view, format, project, reader), PageTitles.shown(view.page.title))
        }
        guard let result else {
            return try await workspace.read(as: actor) { try moved($0, of: tool, project) }
        }
        return handed(result.octets, format, filename: "\(result.title).\(format.rawValue)")
    }

    /// All pages of a wiki in one document, by title.
    func exportWiki() async throws -> Response {
        let (tool, project) = try wiki(.viewPages)
        guard allows(Call.exportPages, .wiki, in: project) else { throw denied }
        let format = export ?? .html
        let octets = try await workspace.readAtLength(as: actor) { reader in
            let listings = try reader.pages(of: tool.id)
            guard listings.count <= Call.pageLimit else { throw ListingTooLarge() }
            return format == .pdf ? try pages(listings, tool, project, reader)
                : try wholePage(listings, tool, project, reader)
        }
        let name = format == .pdf ? "\(project.identifier).pdf" : "wiki.html"
        return handed(octets, format, filename: name)
    }

    private func wholePage(
        _ listings: [PageListing], _ tool: Tool, _ project: Project, _ reader: Reader
    ) throws -> [UInt8] {
        var texts = TextRendering(reader, baseURL: request.baseURL)
        texts.linksFiles = true
        var index = "<strong>Index by title</strong>\n<ul>\n"
        var content = ""
        for listing in listings {
            let title = MarkupHTML.escaped(PageTitles.shown(listing.page.title))
            let view = try reader.page(titled: listing.page.title, of: tool.id, version: nil)
            index += "<li><a href=\"#\(title)\">\(title)</a></li>\n"
            content += "<hr />\n<a id=\"\(title)\"></a>\n"
            content += try texts.html(view.version.text, view.version.format, in: project) + "\n"
            guard content.utf8.count <= CSVWriter.limit else { throw ListingTooLarge() }
        }
        return Array(Call.page(project.name, index + "</ul>\n" + content).utf8)
    }

    private func pages(
        _ listings: [PageListing], _ tool: Tool, _ project: Project, _ reader: Reader
    ) throws -> [UInt8] {
        let texts = TextRendering(reader, baseURL: request.baseURL)
        let document = try PDFDocument(title: project.name)
        try document.heading(project.name, level: 1)
        for listing in listings {
            let view = try reader.page(titled: listing.page.title, of: tool.id, version: nil)
            try document.heading(PageTitles.shown(listing.page.title), level: 2)
            try document.add(texts.document(view.version.text, view.version.format))
        }
        return try document.finish(foot: CellText.day(reader.today))
    }

    /// A wiki page for people: what an address without a format shows. Whoever may not see it is sent to the login.
    func showPageForPeople() async -> Response {
        do {
            let isVersion = segments.count < 5 || segments[4].utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
            if !isVersion || Call.otherAddresses.contains(segments.last ?? "") { throw Refusal.status(406) }
            let (tool, project) = try wiki(.viewPages)
            let wanted = segments.count > 4 ? segments[4] : parameters.text("version")
            if wanted != nil { try require(.viewPageVersions, .wiki, in: project) }
            let content = try await workspace.readAtLength(as: actor) { reader -> [UInt8]? in
                guard let listing = try outline(reader, of: tool) else { return nil }
                let number = wanted.map { Quirks.leadingNumber($0) ?? 0 }
                let view = try reader.page(titled: listing.page.title, of: tool.id, version: number)
                return try octets(view, .html, project, reader)
            }
            guard let content else {
                return try await workspace.read(as: actor) { try moved($0, of: tool, project) }
            }
            var response = handed(content, .html)
            response.headers.set(
                "Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; sandbox")
            return response
        } catch {
            return exportRefusal(to: error, .html)
        }
    }

    private func octets(
        _ view: PageView, _ format: ExportFormat, _ project: Project, _ reader: Reader
    ) throws -> [UInt8] {
        let text = view.version.text
        if format == .txt { return Array(text.utf8) }
        var texts = TextRendering(reader, baseURL: request.baseURL)
        texts.linksFiles = true
        let title = PageTitles.shown(view.page.title)
        if format == .html {
            return Array(Call.page(title, try texts.html(text, view.version.format, in: project)).utf8)
        }
        let document = try PDFDocument(title: "\(project.name) - \(title)")
        try document.heading("\(project.name) - \(title) - # \(view.version.number)", level: 4)
        try document.add(texts.document(text, view.version.format))
        return try document.finish(foot: CellText.day(reader.today))
    }

    /// A page that stands by itself and asks for nothing else.
    private static func page(_ title: String, _ content: String) -> String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8" />
        <title>\(MarkupHTML.escaped(title))</title>
        <style>
        body { font: 90% sans-serif; max-width: 60em; margin: 2em auto; }
        table { border-collapse: collapse; } td, th { border: 1px solid #bbb; padding: 4px; }
        pre { background: #f4f4f4; padding: 8px; } ul.toc { list-style-type: none; padding: 4px; }
        ul.toc li.heading2 { margin-left: 1em; } ul.toc li.heading3 { margin-left: 2em; }
        </style>
        </head>
        <body>
        \(content)
        </body>
        </html>

        """
    }
}
