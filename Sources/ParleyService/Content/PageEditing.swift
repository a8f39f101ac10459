import ParleyModel
import ParleyStorage

/// What a request says of a wiki page; nil leaves a part as it is.
public struct PageDraft: Sendable {
    /// Names the page, without regard to case, by a title that it has or had; a new one gets it as its title.
    public var title: String
    /// Another title than the one that names it.
    public var newTitle: String?
    /// A new page may do without: it has no version then.
    public var text: String?
    public var comment: String?
    /// By title; `.some(nil)` takes the parent away.
    public var parent: String??
    /// The version that the client saw. Another one is a conflict, unless the text is what it was. A first text takes
    /// it for its own number.
    public var expectedVersion: Int64?
    /// Whether a page that gets another title is still found by the one it had.
    public var keepsFormerTitle: Bool
    /// Whether the wiki is to begin with it. Nil: it does if it did, whatever its title is.
    public var isStartPage: Bool?
    /// Uploaded files; those that do not exist are passed over.
    public var files: [FileReference]
    /// Characters of a title, and of what is said about a version.
    public static let titleLimit = 255
    public static let commentLimit = 1024

    public init(title: String) {
        self.title = title
        keepsFormerTitle = true
        files = []
    }
}

/// What becomes of the pages below one that is deleted.
public enum PagesBelow: Sendable, Equatable {
    /// They have no parent then.
    case freed
    case deleted
    /// They come below another page of the wiki.
    case moved(to: PageID)
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
    public func deletePage(_ id: PageID, below: PagesBelow = .freed, as actor: Actor) async throws {
        try await write(as: actor) { try $0.deletePage(id, below: below) }
    }
}

extension Transaction {
    /// Makes a page or a new version of one. A text that is what it was makes no version. Parent and title of a page
    /// that is there change only with `rename_wiki_pages`, the start page with `manage_wiki`; without them they are
    /// passed over.
    /// - Throws: `Fault.forbidden` or `.unauthenticated` without `edit_wiki_pages`, or `protect_wiki_pages` where the
    ///   page is protected; `Fault.conflict`; `Fault.invalid` with properties `title`, `pageText`, `comment`,
    ///   `parentPage`.
    public func savePage(_ draft: PageDraft, in tool: ToolID) throws -> SavedPage {
        let place = try usable(tool, .wiki, .editPages)
        let known = try PageRows.page(titled: draft.title, of: tool, on: connection)
            ?? PageRows.page(onceTitled: draft.title, of: tool, on: connection)
        if let known {
            return SavedPage(page: try change(known, draft, in: place), isNew: false)
        }
        let title = draft.newTitle ?? draft.title
        var problems = try titleProblems(title, of: tool, except: nil) + textProblems(draft)
        var page = Page(id: try next("page"), stamp: stamp, tool: tool, title: title)
        try setParent(draft.parent, of: &page, &problems)
        if !problems.isEmpty { throw Fault.invalid(problems) }
        if draft.text != nil { page.version = draft.expectedVersion ?? 1 }
        try PageRows.put(page, on: connection)
        if let text = draft.text { try write(text, draft.comment, as: page.version, of: page.id) }
        try index(page.id, from: nil, to: SearchText(title: page.title, body: draft.text ?? ""))
        try setStart(of: place, draft, from: nil, to: page)
        try attach(draft.files, to: .page(page.id), of: place.project.id)
        return SavedPage(page: page, isNew: true)
    }

    /// Takes a page out of use, with its versions.
    /// - Throws: `Fault.notFound`, `.forbidden`, `.unauthenticated`; `.invalid` with `parentPage` where those below it
    ///   cannot be moved to where they are to be.
    public func deletePage(_ id: PageID, below: PagesBelow = .freed) throws {
        guard let page = try PageRows.page(id, on: connection), page.stamp.retired == nil else { throw Fault.notFound }
        let place = try usable(page.tool, .wiki, .deletePages)
        try requireOpen(page, in: place.project)
        var leaving = [page]
        var children = try PageRows.children(of: id, in: page.tool, on: connection)
        var parent: PageID?
        switch below {
        case .freed: break
        case .moved(let target):
            guard !children.isEmpty else { break }
            guard let above = try PageRows.page(target, on: connection), above.stamp.retired == nil,
                above.tool == page.tool, try !isBelow(above, id)
            else { throw Fault.invalid([Problem(.property("parentPage"), .invalid)]) }
            parent = target
        case .deleted:
            var seen: Set<PageID> = [id]
            while let child = children.popLast() {
                guard seen.insert(child.id).inserted else { continue }
                leaving.append(child)
                children += try PageRows.children(of: child.id, in: page.tool, on: connection)
            }
        }
        for var child in children {
            child.parent = parent
            child.stamp = touched(child.stamp)
            try PageRows.put(child, on: connection)
        }
        for page in leaving { try retire(page) }
    }

    private func retire(_ known: Page) throws {
        var page = known
        try index(page.id, from: try indexed(page).text, to: nil)
        try PageRows.forgetTitles(of: page.id, on: connection)
        page.stamp = touched(page.stamp)
        page.stamp.retired = now
        try PageRows.put(page, on: connection)
        try RecordRows.audit(
            time: now, actor: actor.user, recordClass: "page", entity: page.id.rawValue, action: "retire",
            detail: page.title, on: connection)
    }

    private func change(_ known: Page, _ draft: PageDraft, in place: (tool: Tool, project: Project)) throws -> Page {
        try requireOpen(known, in: place.project)
        var page = known
        let before = try indexed(known)
        var problems = textProblems(draft)
        if !problems.isEmpty { throw Fault.invalid(problems) }
        let text = draft.text.flatMap { before.hasText && $0 == before.text.body ? nil : $0 }
        if text != nil {
            if before.hasText, let expected = draft.expectedVersion, expected != page.version {
                throw Fault.conflict(current: page.version)
            }
            page.version = before.hasText ? page.version &+ 1 : draft.expectedVersion ?? 1
        }
        if access.allows(.renamePages, in: place.project) {
            if let title = draft.newTitle, title != page.title {
                problems += try titleProblems(title, of: page.tool, except: page.id)
                page.title = title
            }
            try setParent(draft.parent, of: &page, &problems)
        }
        if !problems.isEmpty { throw Fault.invalid(problems) }
        if page != known {
            page.stamp = touched(page.stamp)
            try PageRows.put(page, on: connection)
        }
        if page.title != known.title {
            try PageRows.noteTitles(of: page, former: draft.keepsFormerTitle ? known.title : nil, on: connection)
        }
        if let text { try write(text, draft.comment, as: page.version, of: page.id) }
        try index(page.id, from: before.text, to: SearchText(title: page.title, body: text ?? before.text.body))
        try setStart(of: place, draft, from: known, to: page)
        try attach(draft.files, to: .page(page.id), of: place.project.id)
        return page
    }

    /// The wiki's option that names the page it begins with.
    private func setStart(
        of place: (tool: Tool, project: Project), _ draft: PageDraft, from known: Page?, to page: Page
    ) throws {
        var tool = place.tool
        let wasStart = known.map { PageRows.titleKey($0.title) } == PageRows.titleKey(tool.startPage)
        let begins = access.allows(.manageWiki, in: place.project) ? draft.isStartPage ?? wasStart : wasStart
        guard begins, tool.startPage != page.title else { return }
        tool.startPage = page.title
        try put(tool)
    }

    // MARK: parts

    private func requireOpen(_ page: Page, in project: Project) throws {
        if page.isProtected, !access.allows(.protectPages, in: project) { throw reader.refusal }
    }

    private func isBlank(_ text: String) -> Bool { text.allSatisfy(\.isWhitespace) }

    private func textProblems(_ draft: PageDraft) -> [Problem] {
        guard let text = draft.text else { return [] }
        var problems: [Problem] = []
        if isBlank(text) { problems.append(Problem(.property("pageText"), .required)) }
        if let comment = draft.comment, comment.count > PageDraft.commentLimit {
            problems.append(Problem(.property("comment"), .tooLong(maximum: PageDraft.commentLimit)))
        }
        return problems
    }

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
        let found = try PageRows.page(titled: parent, of: page.tool, on: connection)
            ?? PageRows.page(onceTitled: parent, of: page.tool, on: connection)
        guard let above = found, try !isBelow(above, page.id)
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

    private func write(_ text: String, _ comment: String?, as number: Int64, of page: PageID) throws {
        var version = PageVersion(
            page: page, number: number, text: text, format: catalog.settings.textFormat, author: actor.user,
            created: now)
        version.comment = comment
        try PageRows.insert(version, on: connection)
    }

    /// The texts by which a page is found now, and whether it has a text at all.
    private func indexed(_ page: Page) throws -> (text: SearchText, hasText: Bool) {
        let version = try PageRows.version(page.version, of: page.id, on: connection)
        return (SearchText(title: page.title, body: version?.text ?? ""), version != nil)
    }

    private func index(_ page: PageID, from old: SearchText?, to new: SearchText?) throws {
        try capabilities.indexDocument(connection, SearchDocuments.page(page), old, new)
    }
}
