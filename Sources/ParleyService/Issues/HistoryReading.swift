import ParleyModel
import ParleyStorage

extension Reader {
    /// The issue's history as the actor may see it, oldest first, with that of all that was merged into it.
    /// - Parameter textLimit: characters of each post's text; longer ones are cut there.
    public func history(of issue: Issue, textLimit: Int = .max) throws -> [ChangesetView] {
        let filter = HistoryFilter(self, issue)
        let merged = try IssueRows.merged(into: issue.id, on: connection)
        var all: [ChangesetView] = []
        for id in [issue.id] + merged {
            let changesets = try HistoryRows.changesets(of: id, on: connection)
            let posts = try ContentRows.posts(inHistoryOf: id, textLimit: textLimit, on: connection)
            let restricted = Set(
                changesets.filter { $0.audience != .everyone }.map { Moment(author: $0.author, time: $0.time) })
            for changeset in changesets {
                guard var view = try filter.visible(changeset, posts) else { continue }
                view.hasRestrictedSequel = changeset.audience == .everyone
                    && restricted.contains(Moment(author: changeset.author, time: changeset.time))
                all.append(view)
            }
        }
        if !merged.isEmpty {
            all.sort { ($0.changeset.time, $0.changeset.id) < ($1.changeset.time, $1.changeset.id) }
        }
        return all
    }

    /// Changesets of one request share author and time.
    private struct Moment: Hashable {
        var author: PrincipalID
        var time: Instant
    }

    /// One changeset as the actor may see it, with the issue that answers for it: its own, or the one that it was
    /// merged into.
    /// - Throws: `Fault.notFound`, `Fault.forbidden`, `Fault.unauthenticated`.
    public func changeset(_ id: ChangesetID) throws -> (issue: Issue, view: ChangesetView) {
        guard let changeset = try HistoryRows.changeset(id, on: connection),
            var issue = try IssueRows.issue(changeset.issue, on: connection)
        else { throw Fault.notFound }
        if let target = issue.mergedInto, let found = try IssueRows.issue(target, on: connection) { issue = found }
        guard try sees(issue) else { throw refusal }
        var posts: [PostID: Post] = [:]
        for entry in changeset.entries where entry.kind == .posted {
            guard let number = entry.detail.post else { continue }
            posts[number] = try ContentRows.post(number, on: connection)
        }
        guard let view = try HistoryFilter(self, issue).visible(changeset, posts) else { throw Fault.notFound }
        return (issue, view)
    }

    /// A post that an entry of an issue's history tells of, as it is now; nil where it has gone meanwhile, or is not
    /// for the actor any more.
    public func post(_ id: PostID, of entry: EntryID, in issue: Issue) throws -> Post? {
        guard let (audience, author) = try HistoryRows.audience(of: entry, on: connection),
            try hears(audience, author: author, in: issue), let post = try ContentRows.post(id, on: connection),
            post.stamp.retired == nil
        else { return nil }
        return post
    }

    /// The changeset that an entry belongs to.
    /// - Throws: `Fault.notFound` where there is no such entry; `Fault.forbidden` or `.unauthenticated` where it is
    ///   there and the actor may not see it.
    public func changeset(of entry: EntryID) throws -> (issue: Issue, view: ChangesetView) {
        guard let id = try HistoryRows.changeset(of: entry, on: connection) else { throw Fault.notFound }
        return try seen(id) { $0.changeset.entries.contains { $0.id == entry } }
    }

    /// The changeset that hung a file on an issue.
    /// - Throws: as `changeset(of:)` for an entry.
    public func changeset(of file: FileLinkID) throws -> (issue: Issue, view: ChangesetView) {
        guard let place = try ContentRows.filePlacement(file, on: connection), case .issue = place.link.container,
            let id = place.link.changeset
        else { throw Fault.notFound }
        return try seen(id) { $0.changeset.entries.contains { $0.detail.file == file } }
    }

    private func seen(
        _ id: ChangesetID, where isShown: (ChangesetView) -> Bool
    ) throws -> (issue: Issue, view: ChangesetView) {
        do {
            let found = try changeset(id)
            guard isShown(found.view) else { throw refusal }
            return found
        } catch Fault.notFound {
            throw refusal
        }
    }

    /// The files that an issue's history tells of and that are still there, those of a hidden audience left out.
    public func filesOfHistory(of issue: Issue) throws -> [FileView] {
        var files = try visibleFiles(of: issue)
        for id in try IssueRows.merged(into: issue.id, on: connection) {
            files += try visibleFiles(at: id, for: issue)
        }
        return files
    }

    /// An issue's number and what it is called, or those of the one it was merged into; without a title where the actor
    /// may not see it, and nil where it is gone.
    public func title(of id: IssueID) throws -> (id: IssueID, title: String?)? {
        guard var issue = try IssueRows.issue(id, on: connection) else { return nil }
        if let target = issue.mergedInto, let found = try IssueRows.issue(target, on: connection) { issue = found }
        return (issue.id, try sees(issue) ? issue.title ?? "" : nil)
    }

    /// Whether an issue's history, or that of one merged into it, has an entry. Who asks must see the issue, and learns
    /// nothing else.
    public func hasEntry(_ entry: EntryID, in issue: Issue) throws -> Bool {
        guard let id = try HistoryRows.changeset(of: entry, on: connection),
            let changeset = try HistoryRows.changeset(id, on: connection)
        else { return false }
        return try changeset.issue == issue.id
            || IssueRows.issue(changeset.issue, on: connection)?.mergedInto == issue.id
    }
}

/// What of an issue's history an actor may see; answers that many entries ask for are found once.
private final class HistoryFilter {
    private let reader: Reader
    private let issue: Issue
    private var hearsRestricted: Bool?
    private var others: [IssueID: Bool] = [:]
    private var fields: [FieldID: Bool] = [:]

    init(_ reader: Reader, _ issue: Issue) {
        self.reader = reader
        self.issue = issue
    }

    /// The changeset without what is hidden; nil where nothing is left of it.
    /// - Parameter posts: those that it tells of.
    func visible(_ changeset: Changeset, _ posts: [PostID: Post]) throws -> ChangesetView? {
        let hears = try hears(changeset)
        var shown = changeset
        shown.entries = try changeset.entries.filter { try visible($0, hears: hears) }
        var told: [Post] = []
        var hidesPost = false
        for entry in changeset.entries where entry.kind == .posted {
            guard let post = entry.detail.post.flatMap({ posts[$0] }) else { continue }
            if hears && post.stamp.retired == nil { told.append(post) } else { hidesPost = true }
        }
        if shown.entries.isEmpty && hidesPost { return nil }
        return ChangesetView(changeset: shown, posts: told, hidesPost: hidesPost, isHeard: hears)
    }

    private func hears(_ changeset: Changeset) throws -> Bool {
        guard changeset.audience == .restricted else {
            return try reader.hears(changeset.audience, author: changeset.author, in: issue)
        }
        if changeset.author == reader.actor.user { return true }
        if let hearsRestricted { return hearsRestricted }
        let answer = try reader.allows(.viewPrivateNotes, on: issue)
        hearsRestricted = answer
        return answer
    }

    private func visible(_ entry: Entry, hears: Bool) throws -> Bool {
        switch entry.kind {
        case .posted, .attached, .detached, .rewritten: return hears
        case .linked, .unlinked, .merged:
            // A parent is told by its number in any case, as it is of the issue itself.
            guard let other = entry.detail.other, entry.detail.link?.type != .hierarchy else { return true }
            return try sees(other)
        case .set, .added, .removed: return entry.detail.field.map { reads($0) } ?? true
        default: return true
        }
    }

    /// What was destroyed is no secret, and what was merged into another issue is that one.
    private func sees(_ id: IssueID) throws -> Bool {
        if let known = others[id] { return known }
        var other = try IssueRows.issue(id, on: reader.connection)
        if let target = other?.mergedInto { other = try IssueRows.issue(target, on: reader.connection) }
        let answer = try other.map { try $0.id == issue.id || reader.sees($0) } ?? true
        others[id] = answer
        return answer
    }

    private func reads(_ id: FieldID) -> Bool {
        if let known = fields[id] { return known }
        let answer = reader.catalog.records.fields[id].map { reader.access.reads($0, in: issue.project) } ?? true
        fields[id] = answer
        return answer
    }
}
