import ParleyHTTP
import ParleyModel
import ParleyService

extension RouteTable {
    static let wikiRoutes = [
        Route(.get, "projects/:/wiki/index") { try await $0.listPages() },
        Route(.get, "projects/:/wiki") { try await $0.showPage() },
        Route(.get, "projects/:/wiki/:") { try await $0.showPage() },
        Route(.get, "projects/:/wiki/:/:") { try await $0.showPage() },
        Route(.put, "projects/:/wiki/:") { try await $0.savePage() },
        Route(.delete, "projects/:/wiki/:") { try await $0.deletePage() },
    ]
}

/// Titles of pages as Redmine writes them.
enum PageTitles {
    private static let dropped = Set(",./?;|:")

    /// Blanks become underscores, some signs are dropped, the first letter is a capital one.
    static func titled(_ text: String) -> String {
        var title = ""
        var wasBlank = false
        for character in text {
            let isBlank = character.isWhitespace
            if isBlank && !wasBlank { title.append("_") }
            if !isBlank && !dropped.contains(character) { title.append(character) }
            wasBlank = isBlank
        }
        return title.prefix(1).uppercased() + title.dropFirst()
    }

    /// A title that was given elsewhere: blanks are underscores.
    static func shown(_ title: String) -> String { String(title.map { $0 == " " ? "_" : $0 }) }

    /// The page that a wiki without a word of it begins with.
    static let start = "Wiki"
}

extension Call {
    /// The project's wiki, where the actor may do something in it.
    private func wiki(_ action: Action) throws -> (tool: Tool, project: Project) {
        let project = try project(segments[1])
        try require(action, .wiki, in: project)
        guard let tool = catalog.tools(of: project.id).first(where: { $0.kind == .wiki }) else {
            throw Refusal.status(403)
        }
        return (tool, project)
    }

    /// The page of the path: its title as it stands there, or as Redmine would write it; without one the start page.
    private func page(_ reader: Reader, of tool: Tool, version: Int64?) throws -> PageView {
        let given = segments.count > 3 ? segments[3] : tool.options["startPage"] ?? PageTitles.start
        if let found = try? reader.page(titled: given, of: tool.id, version: version) { return found }
        return try reader.page(titled: PageTitles.titled(given), of: tool.id, version: version)
    }

    func listPages() async throws -> Response {
        let (tool, _) = try wiki(.viewPages)
        let octets = try await workspace.readAtLength(as: actor) { reader in
            let pages = try reader.pages(of: tool.id)
            return list("wiki_pages", of: "wiki_page") { items in
                for listing in pages {
                    items.item { part in
                        part.member("title", PageTitles.shown(listing.page.title))
                        writeParent(listing.parentTitle, into: &part)
                        part.member("version", listing.page.version)
                        part.member("created_on", listing.page.stamp.created)
                        part.member("updated_on", listing.written)
                    }
                }
            }
        }
        return found(octets)
    }

    func showPage() async throws -> Response {
        let (tool, project) = try wiki(.viewPages)
        var version: Int64?
        if segments.count > 4 {
            try require(.viewPageVersions, .wiki, in: project)
            version = try number(4)
        }
        let octets = try await workspace.read(as: actor) { [version] reader in
            try pageDocument(page(reader, of: tool, version: version), reader)
        }
        return found(octets)
    }

    private func writeParent(_ title: String?, into part: inout DocumentWriter) {
        guard let title else { return }
        part.object("parent") { $0.attribute("title", PageTitles.shown(title)) }
    }

    private func pageDocument(_ view: PageView, _ reader: Reader) throws -> [UInt8] {
        let files = includes.contains("attachments") ? try reader.files(in: .page(view.page.id)) : nil
        return document("wiki_page") { part in
            part.member("title", PageTitles.shown(view.page.title))
            writeParent(view.parentTitle, into: &part)
            part.member("text", view.version.text)
            part.member("version", view.version.number)
            part.reference("author", id: view.version.author, title: catalog.name(of: view.version.author) ?? "")
            part.member("comments", view.version.comment)
            part.member("created_on", view.page.stamp.created)
            part.member("updated_on", view.version.created)
            if let files { IssueRendering(reader, baseURL: request.baseURL).writeAttachments(files, into: &part) }
        }
    }

    /// 201 for a page that was made, 204 for one that was changed.
    func savePage() async throws -> Response {
        let (tool, project) = try wiki(.editPages)
        let input = try parameters.resource("wiki_page")
        let known = try await workspace.read(as: actor) { reader in
            try? page(reader, of: tool, version: nil).page.title
        }
        let draft = pageDraft(input, title: known ?? PageTitles.titled(segments[3]))
        let saved = try await workspace.savePage(draft, in: tool.id, as: actor)
        guard saved.isNew else { return done }
        let octets = try await workspace.read(as: actor) { reader in
            try pageDocument(reader.page(saved.page.id), reader)
        }
        let title = PercentEncoding.encode(PageTitles.shown(saved.page.title))
        return created(octets, location: "\(request.prefix)/projects/\(project.identifier)/wiki/\(title)")
    }

    private func pageDraft(_ input: ParameterObject, title: String) -> PageDraft {
        var draft = PageDraft(title: title)
        draft.newTitle = input["title"]?.scalarText.map(PageTitles.titled)
        draft.text = input["text"]?.scalarText ?? ""
        draft.comment = input["comments"]?.scalarText ?? ""
        draft.expectedVersion = input["version"].flatMap { Spelling.isBlank($0) ? nil : Spelling.number($0) ?? 0 }
        if let parent = input["parent_title"] { draft.parent = .some(parent.scalarText.map(PageTitles.titled)) }
        draft.files = Uploads.references(input)
        return draft
    }

    func deletePage() async throws -> Response {
        let (tool, _) = try wiki(.deletePages)
        let id = try await workspace.read(as: actor) { reader in try page(reader, of: tool, version: nil).page.id }
        try await workspace.deletePage(id, as: actor)
        return done
    }
}

/// Files that were uploaded before, as requests name them.
enum Uploads {
    /// How many files one request may name.
    private static let limit = 100

    static func references(_ input: ParameterObject) -> [FileReference] {
        let items = input["uploads"]?.list ?? input["uploads"]?.object?.members.map(\.value) ?? []
        return items.prefix(limit).compactMap { item in
            guard let upload = item.object, let token = upload["token"]?.scalarText else { return nil }
            var reference = FileReference(token: token)
            reference.name = upload["filename"]?.scalarText
            reference.description = upload["description"]?.scalarText
            reference.contentType = upload["content_type"]?.scalarText
            return reference
        }
    }
}
