import ParleyModel
import ParleyStorage

/// Comments, files and votes.
extension ChangeEngine {
    private var isInternal: Bool { part.audience != .everyone }

    private func mayPost() throws -> Bool {
        if isTrusted || edit.isNew { return true }
        if isInternal, allows(.addPrivateNotes) { return true }
        guard allows(.addIssueNotes) else { return false }
        if isInternal, !(allows(.setNotesPrivate)) { return false }
        return !edit.issue.commentsClosed
    }

    mutating func post(_ new: NewPost) throws {
        guard try mayPost() else { return reject(.posts, edit.issue.commentsClosed ? .closed : .notPermitted) }
        let id: PostID = try transaction.next("post")
        let time = new.date ?? now
        var post = Post(
            id: id, stamp: Stamp(created: now, creator: author), author: new.author ?? author, date: time,
            text: new.text,
            format: new.format)
        post.messageID = new.messageID
        post.inReplyTo = new.inReplyTo
        post.recipients = new.recipients + (try newRecipients(new.copies))
        post.blindRecipients = try newRecipients(new.blindCopies)
        post.summary = ChangeEngine.summary(of: new.text)
        if rules.moderation, !isTrusted, !(allows(.postUnmoderated)) { post.state = .pending }
        try ContentRows.insert(post, on: connection)
        try note(posted: post, isReply: new.isReply)
    }

    /// How many people one post may be sent to by name.
    private static let recipientLimit = 1000

    private func newRecipients(_ names: [ParsedName]) throws -> [PrincipalID] {
        try names.prefix(ChangeEngine.recipientLimit).compactMap { try person(.name($0)) }
    }

    /// The first line, cut to 80 characters.
    static func summary(of text: String) -> String {
        String((text.split(whereSeparator: \.isNewline).first ?? "").prefix(80))
    }

    private mutating func note(posted post: Post, isReply: Bool) throws {
        var detail = EntryDetail()
        detail.post = post.id
        entries.append(EntryDraft(kind: .posted, detail: detail))
        pendingPosts.append(post.id)
        let requestors = edit.participants[.requestor] ?? []
        if isReply, rules.replySetsContacted, !requestors.isEmpty, requestors.isDisjoint(with: access.identities) {
            edit.issue.contactedAt = now
        }
        try moveOnComment(isReply: isReply)
    }

    /// A comment moves an issue on, unless the request sets a status itself.
    private mutating func moveOnComment(isReply: Bool) throws {
        guard !edit.isNew, !edit.notedStatus,
            !request.parts.contains(where: { $0.changes.contains { ChangeEngine.setsStatus($0) } }),
            let workflow = catalog.workflow(tracker: edit.issue.tracker, type: edit.issue.type)
        else { return }
        let move = workflow.commentMoves.first { $0.from.contains(edit.issue.status) && (isReply || !$0.repliesOnly) }
        guard let move, move.to != edit.issue.status else { return }
        edit.issue.status = move.to
        edit.statusFollowsComment = true
    }

    private static func setsStatus(_ change: Change) -> Bool {
        if case .set(.builtin(.status), _) = change { return true }
        return false
    }

    mutating func join(_ id: PostID) throws {
        guard let post = try ContentRows.post(id, on: connection), post.stamp.retired == nil else {
            return reject(.posts, .notInList)
        }
        guard try mayPost() else { return reject(.posts, .notPermitted) }
        let here = try ContentRows.placements(in: .issue(edit.issue.id), on: connection)
        guard !here.contains(where: { $0.post == id }) else { return }
        try note(posted: post, isReply: false)
    }

    /// Changes a comment's text or who sees it: one's own with `edit_own_issue_notes`, any with `edit_issue_notes`.
    mutating func rewrite(_ id: PostID, text: String?, audience: Audience?) throws {
        let places = try ContentRows.placements(in: .issue(edit.issue.id), on: connection)
        guard let place = places.first(where: { $0.post == id && !$0.isOpening }),
            var post = try ContentRows.post(id, on: connection)
        else { throw Fault.notFound }
        let isOwn = post.author == actor.user && !actor.isAnonymous
        guard isTrusted || allows(.editIssueNotes) || (isOwn && allows(.editOwnIssueNotes)) else {
            throw transaction.reader.refusal
        }
        var detail = EntryDetail()
        detail.post = id
        if let text, text != post.text {
            detail.old = [.text(post.text)]
            detail.new = [.text(text)]
            try reindex(post, place.audience, to: text.isEmpty ? nil : text)
            post.text = text
            post.summary = ChangeEngine.summary(of: text)
            post.edited = now
            post.stamp.modified = now
            post.stamp.modifier = actor.user
            post.stamp.revision += 1
        }
        if let audience, audience != place.audience {
            guard isTrusted || allows(.setNotesPrivate) else { return reject(.posts, .notPermitted) }
            detail.audienceBefore = place.audience
            detail.audienceAfter = audience
            var moved = place
            moved.audience = audience
            try ContentRows.place(moved, in: .issue(edit.issue.id), on: connection)
            if let changeset = place.changeset { try HistoryRows.setAudience(audience, of: changeset, on: connection) }
        }
        guard detail.new != nil || detail.audienceAfter != nil else { return }
        try ContentRows.update(post, on: connection)
        entries.append(EntryDraft(kind: .rewritten, detail: detail))
    }

    /// Gives a changeset without a comment one, and says who reads it: one's own with `edit_own_issue_notes`, any with
    /// `edit_issue_notes`.
    mutating func annotate(_ id: ChangesetID, text: String, audience: Audience?) throws {
        guard let changeset = try HistoryRows.changeset(id, on: connection), changeset.issue == edit.issue.id else {
            throw Fault.notFound
        }
        let isOwn = changeset.author == actor.user && !actor.isAnonymous
        guard isTrusted || allows(.editIssueNotes) || (isOwn && allows(.editOwnIssueNotes)) else {
            throw transaction.reader.refusal
        }
        var detail = EntryDetail()
        var readers = changeset.audience
        if let audience, audience != changeset.audience {
            if isTrusted || allows(.setNotesPrivate) {
                detail.audienceBefore = changeset.audience
                detail.audienceAfter = audience
                readers = audience
                try HistoryRows.setAudience(audience, of: id, on: connection)
            } else {
                reject(.posts, .notPermitted)
            }
        }
        if !text.isEmpty { try comment(on: changeset, text, readers, &detail) }
        guard detail.post != nil || detail.audienceAfter != nil else { return }
        entries.append(EntryDraft(kind: .rewritten, detail: detail))
    }

    private func comment(
        on changeset: Changeset, _ text: String, _ audience: Audience, _ detail: inout EntryDetail
    ) throws {
        let number: PostID = try transaction.next("post")
        var post = Post(
            id: number, stamp: Stamp(created: now, creator: author), author: changeset.author, date: changeset.time,
            text: text, format: edit.descriptionFormat)
        post.summary = ChangeEngine.summary(of: text)
        try ContentRows.insert(post, on: connection)
        let place = ContentRows.Placement(
            post: number, isOpening: false, changeset: changeset.id, audience: audience)
        try ContentRows.place(place, in: .issue(edit.issue.id), on: connection)
        var posted = EntryDetail()
        posted.post = number
        try HistoryRows.append(
            Entry(
                id: try transaction.next("entry"), changeset: changeset.id,
                position: Int64(changeset.entries.count), kind: .posted, detail: posted), on: connection)
        try transaction.capabilities.indexDocument(
            connection, SearchDocuments.comment(number), nil, SearchText(title: "", body: text))
        detail.post = number
        detail.new = [.text(text)]
    }

    private func reindex(_ post: Post, _ audience: Audience, to text: String?) throws {
        let old = post.text.isEmpty ? nil : SearchText(title: "", body: post.text)
        try transaction.capabilities.indexDocument(
            connection, SearchDocuments.comment(post.id), old, text.map { SearchText(title: "", body: $0) })
    }

    mutating func moderate(_ id: PostID, _ state: Post.State) throws {
        guard var post = try ContentRows.post(id, on: connection) else { throw Fault.notFound }
        guard isTrusted || allows(.moderatePosts) else { return reject(.posts, .notPermitted) }
        guard post.state != state else { return }
        var detail = EntryDetail()
        detail.post = id
        detail.old = [.text(post.state.rawValue)]
        detail.new = [.text(state.rawValue)]
        post.state = state
        post.stamp.modified = now
        post.stamp.revision += 1
        try ContentRows.update(post, on: connection)
        entries.append(EntryDraft(kind: .rewritten, detail: detail))
    }

    /// Takes a comment out of the issue; the post stays.
    mutating func unpost(_ id: PostID) throws {
        let places = try ContentRows.placements(in: .issue(edit.issue.id), on: connection)
        guard let place = places.first(where: { $0.post == id && !$0.isOpening }),
            let post = try ContentRows.post(id, on: connection)
        else { return }
        guard try mayEdit() else { return reject(.posts, .notPermitted) }
        try reindex(post, place.audience, to: nil)
        try ContentRows.remove(id, from: .issue(edit.issue.id), on: connection)
        var detail = EntryDetail()
        detail.post = id
        entries.append(EntryDraft(kind: .removed, detail: detail))
    }

    // MARK: files

    mutating func attach(_ reference: FileReference) throws {
        if !edit.isNew {
            guard try isTrusted || mayEdit() || allows(.addIssueNotes) else { return reject(.files, .notPermitted) }
        }
        // The same file twice is that file.
        if let number = reference.number, pendingFiles.contains(where: { $0.file == number }) { return }
        guard let file = try transaction.claim(reference, for: edit.issue.project) else {
            return reject(.files, .notInList)
        }
        var link = FileLink(id: try transaction.next("file_link"), file: file.id, container: .issue(edit.issue.id))
        link.field = reference.field
        pendingFiles.append(link)
        var detail = EntryDetail()
        detail.file = link.id
        detail.fileName = file.name
        detail.new = [.reference(file.id.rawValue)]
        entries.append(EntryDraft(kind: .attached, detail: detail))
    }

    mutating func detach(_ id: FileLinkID) throws {
        let here = try ContentRows.files(in: .issue(edit.issue.id), on: connection)
        guard let place = here.first(where: { $0.link.id == id }),
            let file = try ContentRows.file(place.link.file, on: connection)
        else { throw Fault.notFound }
        guard try mayEdit() else { return reject(.files, .notPermitted) }
        try ContentRows.deleteFileLink(id, on: connection)
        try transaction.retireIfUnused(file: file.id)
        var detail = EntryDetail()
        detail.file = id
        detail.fileName = file.name
        detail.old = [.reference(file.id.rawValue)]
        entries.append(EntryDraft(kind: .detached, detail: detail))
    }

    // MARK: votes, retirement

    mutating func vote(_ direction: Int64) throws {
        guard rules.votes, !actor.isAnonymous else { return reject(Problem(.whole, .notPermitted)) }
        let vote = direction == 0 ? nil : Vote(issue: edit.issue.id, user: actor.user, direction: direction)
        try IssueRows.setVote(vote, user: actor.user, of: edit.issue.id, on: connection)
        var detail = EntryDetail()
        detail.new = [.integer(direction.signum())]
        entries.append(EntryDraft(kind: .voted, detail: detail))
    }

    mutating func setRetired(_ retired: Bool) throws {
        guard isTrusted || allows(retired ? .retireIssues : .restoreIssues) else {
            return reject(Problem(.whole, .notPermitted))
        }
        guard (edit.issue.retired != nil) != retired else { return }
        edit.issue.retired = retired ? now : nil
        if retired {
            // Taken out of use is closed, too; whoever restores it keeps the time, as whoever reopens does.
            if !catalog.isClosed(edit.issue.status) { edit.issue.closedAt = now }
            if rules.leavingInitialSetsStarted, edit.issue.startedAt == nil, isInitial(edit.issue.status) {
                edit.issue.startedAt = now
            }
        }
        entries.append(EntryDraft(kind: retired ? .retired : .restored, detail: EntryDetail()))
    }
}

/// Numbers of full-text documents: eight kinds share one sequence of numbers.
enum SearchDocuments {
    static func issue(_ id: IssueID) -> Int64 { id.rawValue &* 8 }
    static func comment(_ id: PostID) -> Int64 { id.rawValue &* 8 &+ 1 }
    static func page(_ id: PageID) -> Int64 { id.rawValue &* 8 &+ 2 }
    static func article(_ id: ArticleID) -> Int64 { id.rawValue &* 8 &+ 3 }
}
