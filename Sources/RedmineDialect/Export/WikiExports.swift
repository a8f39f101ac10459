import ParleyHTTP
import ParleyMarkup
import ParleyModel
import ParleyService

extension Call {
    private static let exportPages: Action = "export_wiki_pages"
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
