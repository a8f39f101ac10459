import ParleyHTTP
import ParleyModel
import ParleyService

extension RouteTable {
    static let wikiRoutes = [
        Route(.get, "projects/:/wiki/index") { try await $0.listPages() },
        Route(.get, "projects/:/wiki", isRaw: true) { try await $0.showPage() },
        Route(.get, "projects/:/wiki/:", isRaw: true) { try await $0.showPage() },
        Route(.get, "projects/:/wiki/:/:", isRaw: true) { try await $0.showPage() },
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
}

extension Call {
    /// The project's wiki, where the actor may do something in it.
    func wiki(_ action: Action) throws -> (tool: Tool, project: Project) {
        let project = try project(segments[1])
        try require(action, .wiki, in: project)
        guard let tool = catalog.tools(of: project.id).first(where: { $0.kind == .wiki }) else {
            throw Refusal.status(403)
        }
        return (tool, project)
    }

    /// The title in the path; without one that of the start page.
    private func askedTitle(of tool: Tool) -> String {
        segments.count > 3 && !Spelling.trimmed(segments[3]).isEmpty ? segments[3] : tool.startPage
    }

    /// The page of the path: its title as it stands there, or as Redmine would write it.
    func outline(_ reader: Reader, of tool: Tool) throws -> PageListing? {
        let given = askedTitle(of: tool)
        return try reader.outline(ofPageTitled: given, of: tool.id)
            ?? reader.outline(ofPageTitled: PageTitles.titled(given), of: tool.id)
    }

    /// What those get who ask for a title that a page had before: its address for people.
    func moved(_ reader: Reader, of tool: Tool, _ project: Project) throws -> Response {
        let page = try reader.page(onceTitled: askedTitle(of: tool), of: tool.id)
        let version = segments.count > 4 ? "/\(segments[4])" : ""
        let name = PercentEncoding.encode(PageTitles.shown(page.title))
        let address = "\(request.baseURL)/projects/\(project.identifier)/wiki/\(name)\(version)"
        let headers = Headers([
            ("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-cache"), ("Location", address),
        ])
        let link = "<html><body>You are being <a href=\"\(address)\">redirected</a>.</body></html>"
        return Response(status: 302, headers: headers, body: .bytes(Array(link.utf8)))
    }

    /// An address has no dot in a title, and digits alone for a version.
    func requireAddress() throws {
        var parts = request.path.split(separator: "/").map(String.init)
        if let last = parts.last, let dot = last.lastIndex(of: ".") { parts[parts.count - 1] = String(last[..<dot]) }
        let isVersion = parts.count < 5 || parts[4].utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
        guard isVersion, !(parts.count > 3 && parts[3].contains(".")) else { throw Refusal.unknownRoute }
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
                        part.member("version", listing.written == nil ? nil : listing.page.version)
                        part.member("created_on", listing.page.stamp.created)
                        part.member("updated_on", listing.written)
                    }
                }
            }
        }
        return found(octets)
    }

    func showPage() async throws -> Response {
        if let path = RoutePath(request.path), path.format == nil {
            if path.hasOtherExtension { return Answers.empty(406, nil) }
            return await showPageForPeople()
        }
        try requireAddress()
        let (tool, project) = try wiki(.viewPages)
        let wanted = segments.count > 4 ? segments[4] : parameters.text("version")
        if wanted != nil { try require(.viewPageVersions, .wiki, in: project) }
        let octets = try await workspace.read(as: actor) { reader -> [UInt8]? in
            guard let listing = try outline(reader, of: tool) else { return nil }
            let number = wanted.map { Quirks.leadingNumber($0) ?? 0 }
            return try pageDocument(reader.page(titled: listing.page.title, of: tool.id, version: number), reader)
        }
        if let octets { return found(octets) }
        return try await workspace.read(as: actor) { try moved($0, of: tool, project) }
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

    /// A page without a text, as its maker is told of it ("a page may be made without a text").
    private func draftDocument(_ draft: PageDraft, _ listing: PageListing) -> [UInt8] {
        document("wiki_page") { part in
            part.member("title", PageTitles.shown(listing.page.title))
            writeParent(listing.parentTitle, into: &part)
            part.member("text", nil as String?)
            part.member("version", draft.expectedVersion ?? 1)
            part.reference("author", id: actor.user, title: catalog.name(of: actor.user) ?? "")
            part.member("comments", draft.comment)
            part.member("created_on", listing.page.stamp.created)
            part.member("updated_on", nil as Instant?)
        }
    }

    // MARK: writing

    /// 201 for a page that was made, 204 for one that was changed.
    func savePage() async throws -> Response {
        try requireAddress()
        let (tool, project) = try wiki(.editPages)
        let input = try parameters.resource("wiki_page")
        let known = try await workspace.read(as: actor) { reader -> PageListing? in
            if let found = try outline(reader, of: tool) { return found }
            guard let former = try? reader.page(onceTitled: askedTitle(of: tool), of: tool.id) else { return nil }
            return try reader.outline(ofPage: former.id)
        }
        let draft = pageDraft(input, title: known?.page.title ?? PageTitles.titled(askedTitle(of: tool)), known)
        let saved: SavedPage
        do {
            saved = try await workspace.savePage(draft, in: tool.id, as: actor)
        } catch Fault.invalid(let problems) {
            throw refusal(problems, isNew: known == nil)
        }
        guard saved.isNew else { return done }
        let octets = try await workspace.read(as: actor) { reader in
            guard draft.text == nil else { return try pageDocument(reader.page(saved.page.id), reader) }
            return draftDocument(draft, try reader.outline(ofPage: saved.page.id))
        }
        let title = PercentEncoding.encode(PageTitles.shown(saved.page.title))
        return created(octets, location: "\(request.prefix)/projects/\(project.identifier)/wiki/\(title)")
    }

    /// Only what is wrong with a text is told, and that only where nothing else is wrong with a new page ("a wiki page
    /// says only what is wrong with its text").
    private func refusal(_ problems: [Problem], isNew: Bool) -> Refusal {
        let ofPage: Set<Problem.Subject> = [.property("title"), .property("parentPage")]
        let ofText = problems.filter { !ofPage.contains($0.subject) }
        return .messages(isNew && ofText.count < problems.count ? [] : Messages(catalog).sentences(ofText))
    }

    /// - Parameter known: the page that is there.
    private func pageDraft(_ input: ParameterObject, title: String, _ known: PageListing?) -> PageDraft {
        let ofText = parameters["content"]?.object ?? input
        var draft = PageDraft(title: title)
        draft.newTitle = input["title"].map { PageTitles.titled($0.scalarText ?? "") }
        draft.text = ofText["text"].flatMap(Words.ofText) ?? (known?.written == nil ? nil : "")
        draft.comment = ofText["comments"].flatMap(Words.ofText)
        if let version = ofText["version"], version != .null {
            draft.expectedVersion = version.scalarText.flatMap(Quirks.leadingNumber) ?? 0
        }
        if let parent = input["parent_title"] { draft.parent = .some(parent.scalarText.map(PageTitles.titled)) }
        draft.keepsFormerTitle = input["redirect_existing_links"] != .text("0")
        draft.isStartPage = input["is_start_page"].map { $0 == .boolean(true) || $0 == .text("1") }
        draft.files = Uploads.references(input)
        return draft
    }

    /// What is below goes as `todo` says: it stays without a parent, goes too, or comes below another page.
    func deletePage() async throws -> Response {
        try requireAddress()
        let (tool, project) = try wiki(.deletePages)
        let found = try await workspace.read(as: actor) { try outline($0, of: tool)?.page.id }
        guard let found else { return try await workspace.read(as: actor) { try moved($0, of: tool, project) } }
        let below: PagesBelow =
            switch parameters.text("todo") {
            case "destroy": .deleted
            case "reassign": .moved(to: PageID(parameters.text("reassign_to_id").flatMap(Quirks.leadingNumber) ?? 0))
            default: .freed
            }
        do {
            try await workspace.deletePage(found, below: below, as: actor)
        } catch Fault.invalid {
            return Answers.notAcceptable(format)
        }
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
