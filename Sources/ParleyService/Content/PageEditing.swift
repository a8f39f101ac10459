import ParleyModel
import ParleyStorage

/// What a request says of a wiki page; nil leaves a part as it is.
public struct PageDraft: Sendable {
    /// Names the page, without regard to case; a new one gets it as its title.
    public var title: String
    /// Another title for a page that is there.
    public var newTitle: String?
    public var text: String?
    public var comment: String
    /// By title; `.some(nil)` takes the parent away.
    public var parent: String??
    /// The version that the client saw. Another one is a conflict, unless the text is what it was.
    public var expectedVersion: Int64?
    /// Uploaded files; those that do not exist are passed over.
    public var files: [FileReference]
    /// Characters of a title.
    public static let titleLimit = 255

    public init(title: String) {
        self.title = title
        comment = ""
        files = []
    }
}

/// A saved page, and whether it was made.
public struct SavedPage: Sendable {
    public var page: Page
    public var isNew: Bool
}

extension Workspace {
    /// See `Transaction.savePage`.
    public func savePage(_ draft: PageDraft, in tool: ToolID, as actor: Actor) async throws -> SavedPage {
        try await write(as: actor) { try $0.savePage(draft, in: tool) }
    }

    /// See `Transaction.deletePage`.
    public func deletePage(_ id: PageID, as actor: Actor) async throws {
        try await write(as: actor) { try $0.deletePage(id) }
    }
}

extension Transaction {
    /// Makes a page or a new version of one. A text that is what it was makes no version. Parent and title of a page
    /// that is there change only with `rename_wiki_pages`; without it they are passed over.
    /// - Throws: `Fault.forbidden` or `.unauthenticated` without `edit_wiki_pages`, or `protect_wiki_pages` where the
    ///   page is protected; `Fault.conflict`; `Fault.invalid` with properties `title`, `pageText`, `parentPage`.
    public func savePage(_ draft: PageDraft, in tool: ToolID) throws -> SavedPage {
        let place = try usable(tool, .wiki, .editPages)
        let known = try PageRows.page(titled: draft.title, of: tool, on: connection)
        if let known {
            return SavedPage(page: try change(known, draft, in: place.project), isNew: false)
        }
        var problems = try titleProblems(draft.title, of: tool, except: nil)
        if isBlank(draft.text ?? "") { problems.append(Problem(.property("pageText"), .required)) }
        var page = Page(id: try next("page"), stamp: stamp, tool: tool, title: draft.title)
        try setParent(draft.parent, of: &page, &problems)
        if !problems.isEmpty { throw Fault.invalid(problems) }
        page.version = 1
        try PageRows.put(page, on: connection)
        try write(draft.text ?? "", draft.comment, as: 1, of: page.id)
        try index(page.id, from: nil, to: SearchText(title: page.title, body: draft.text ?? ""))
        try attach(draft.files, to: .page(page.id), of: place.project.id)
        return SavedPage(page: page, isNew: true)
    }

    /// Takes a page out of use, with its versions. Pages below it lose their parent.
    /// - Throws: `Fault.notFound`, `.forbidden`, `.unauthenticated`.
    public func deletePage(_ id: PageID) throws {
        guard var page = try PageRows.page(id, on: connection), page.stamp.retired == nil else { throw Fault.notFound }
        let place = try usable(page.tool, .wiki, .deletePages)
        try requireOpen(page, in: place.project)
        for var child in try PageRows.children(of: id, in: page.tool, on: connection) {
            child.parent = nil
            child.stamp = touched(child.stamp)
            try PageRows.put(child, on: connection)
        }
        try index(id, from: try indexed(page), to: nil)
        page.stamp = touched(page.stamp)
        page.stamp.retired = now
        try PageRows.put(page, on: connection)
        try RecordRows.audit(
            time: now, actor: actor.user, recordClass: "page", entity: id.rawValue, action: "retire",
            detail: page.title, on: connection)
    }

    private func change(_ known: Page, _ draft: PageDraft, in project: Project) throws -> Page {
        try requireOpen(known, in: project)
        var page = known
        let before = try indexed(known)
        var problems: [Problem] = []
        if access.allows(.renamePages, in: project) {
            if let title = draft.newTitle, title != page.title {
                problems += try titleProblems(title, of: page.tool, except: page.id)
                page.title = title
            }
            try setParent(draft.parent, of: &page, &problems)
        }
        let text = draft.text.flatMap { $0 == before.body ? nil : $0 }
        if let text {
            if let expected = draft.expectedVersion, expected != page.version {
                throw Fault.conflict(current: page.version)
            }
            if isBlank(text) { problems.append(Problem(.property("pageText"), .required)) }
            page.version &+= 1
        }
        if !problems.isEmpty { throw Fault.invalid(problems) }
        if page != known {
            page.stamp = touched(page.stamp)
            try PageRows.put(page, on: connection)
        }
        if let text { try write(text, draft.comment, as: page.version, of: page.id) }
        try index(page.id, from: before, to: SearchText(title: page.title, body: text ?? before.body))
        try attach(draft.files, to: .page(page.id), of: project.id)
        return page
    }

    // MARK: parts

    private func requireOpen(_ page: Page, in project: Project) throws {
        if page.isProtected, !access.allows(.protectPages, in: project) { throw reader.refusal }
    }

    private func isBlank(_ text: String) -> Bool { text.allSatisfy(\.isWhitespace) }

    private func titleProblems(_ title: String, of tool: ToolID, except: PageID?) throws -> [Problem] {
        let subject = Problem.Subject.property("title")
        if isBlank(title) { return [Problem(subject, .required)] }
        if title.count > PageDraft.titleLimit {
            return [Problem(subject, .tooLong(maximum: PageDraft.titleLimit))]
        }
        let other = try PageRows.page(titled: title, of: tool, on: connection)
        return other == nil || other?.id == except ? [] : [Problem(subject, .taken)]
    }

    private func setParent(_ parent: String??, of page: inout Page, _ problems: inout [Problem]) throws {
        guard let parent else { return }
        guard let parent, !isBlank(parent) else {
            page.parent = nil
            return
        }
        guard let above = try PageRows.page(titled: parent, of: page.tool, on: connection),
            try !isBelow(above, page.id)
        else {
            problems.append(Problem(.property("parentPage"), .invalid))
            return
        }
        page.parent = above.id
    }

    /// Whether a page is another one or lies below it.
    private func isBelow(_ page: Page, _ top: PageID) throws -> Bool {
        var seen: Set<PageID> = []
        var next: Page? = page
        while let current = next, seen.insert(current.id).inserted {
            if current.id == top { return true }
            next = try current.parent.flatMap { try PageRows.page($0, on: connection) }
        }
        return false
    }

    private func write(_ text: String, _ comment: String, as number: Int64, of page: PageID) throws {
        var version = PageVersion(
            page: page, number: number, text: text, format: catalog.settings.textFormat, author: actor.user,
            created: now)
        version.comment = String(comment.prefix(1024))
        try PageRows.insert(version, on: connection)
    }

    /// The texts by which a page is found now.
    private func indexed(_ page: Page) throws -> SearchText {
        let version = try PageRows.version(page.version, of: page.id, on: connection)
        return SearchText(title: page.title, body: version?.text ?? "")
    }

    private func index(_ page: PageID, from old: SearchText?, to new: SearchText?) throws {
        try capabilities.indexDocument(connection, SearchDocuments.page(page), old, new)
    }
}
