import ParleyHTTP
import ParleyMarkup
import ParleyModel
import ParleyService

/// Texts of this front end with their structure and their links. Redmine has one markup for all texts, by default
/// Textile; the option `text_formatting` of the mount says otherwise.
struct TextRendering {
    let reader: Reader
    let baseURL: String
    /// Whether pages of the same project are files beside this one.
    var linksFiles = false

    init(_ reader: Reader, baseURL: String) {
        self.reader = reader
        self.baseURL = baseURL
    }

    private var catalog: Catalog { reader.catalog }

    /// A text with its structure.
    func document(_ text: String, _ format: TextFormat) -> MarkupDocument {
        switch format {
        case .html, .markdown: MarkupDocument(plain: text)
        case .plain, .textile:
            isTextile ? Textile.document(text) : MarkupDocument(plain: text)
        }
    }

    private var isTextile: Bool {
        (catalog.settings.frontEndOptions["redmine"]?["text_formatting"] ?? "textile") == "textile"
    }

    /// A text as HTML; nothing for nothing.
    func html(_ text: String, _ format: TextFormat, in project: Project?) throws -> String {
        guard !text.isEmpty else { return "" }
        let document = document(text, format)
        return MarkupHTML.html(document, try targets(document, in: project))
    }

    /// `Bug #5 (New): subject`.
    func title(of issue: Issue, status: StatusID? = nil) -> String {
        let name = catalog.records.statuses[status ?? issue.status]?.name ?? ""
        return "\(catalog.records.types[issue.type]?.name ?? "") #\(issue.id) (\(name)): \(issue.title ?? "")"
    }

    /// `Bug #5: subject`.
    func shortTitle(of issue: Issue) -> String {
        "\(catalog.records.types[issue.type]?.name ?? "") #\(issue.id): \(issue.title ?? "")"
    }

    // MARK: links

    private func targets(_ document: MarkupDocument, in project: Project?) throws -> MarkupTargets {
        let mentions = document.mentions()
        var targets = MarkupTargets()
        for number in mentions.issues where try reader.sees(number: IssueID(number)) {
            let issue = try reader.issue(IssueID(number)).issue
            guard issue.retired == nil else { continue }
            let status = catalog.records.statuses[issue.status]
            targets.issues[number] = MarkupTarget(
                "\(baseURL)/issues/\(issue.id)",
                title: "\(catalog.records.types[issue.type]?.name ?? ""): \(issue.title ?? "") (\(status?.name ?? ""))",
                isClosed: status?.isClosed ?? false)
        }
        for page in mentions.pages { targets.pages[page] = try target(page, in: project) }
        return targets
    }

    private func target(_ page: MarkupPage, in project: Project?) throws -> MarkupTarget? {
        let named = page.project.flatMap { name in
            catalog.project(identifier: name) ?? catalog.projectTree.first { $0.name == name }
        }
        guard let place = page.project == nil ? project : named, reader.access.sees(place),
            reader.access.allows(.viewPages, in: place),
            let tool = catalog.tools(of: place.id).first(where: { $0.kind == .wiki })
        else { return nil }
        let title = page.title.isEmpty ? tool.startPage : PageTitles.titled(page.title)
        let known = try reader.outline(ofPageTitled: title, of: tool.id)
        let name = PercentEncoding.encode(PageTitles.shown(known?.page.title ?? title))
        let anchor = page.anchor.map { "#\(PercentEncoding.encode(MarkupHTML.anchor($0)))" } ?? ""
        let isBeside = linksFiles && place.id == project?.id
        let address = isBeside ? "\(name).html" : "\(baseURL)/projects/\(place.identifier)/wiki/\(name)"
        return MarkupTarget(address + anchor, isMissing: known == nil)
    }
}
