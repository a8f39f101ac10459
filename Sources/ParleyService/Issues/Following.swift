import ParleyModel
import ParleyStorage

/// What an issue takes from others that it follows, duplicates or lies below.
extension ChangeEngine {
    private var schedule: Schedule { Schedule(connection: connection, catalog: catalog) }

    // MARK: orders

    /// An issue that is made to follow another one moves at once.
    mutating func followPredecessors() throws {
        guard rules.precedesMovesDates else { return }
        let id = edit.issue.id
        for link in pendingLinks where catalog.records.linkTypes[link.type]?.effect == .precedes {
            orders.append(link)
            guard link.target == .issue(id), try edit.isNew || !schedule.isDerived(edit.issue),
                let day = try schedule.start(by: link)
            else { continue }
            edit.issue = try schedule.moved(edit.issue, to: day)
        }
    }

    /// Moves an issue that this one was linked before, and tells it in the same changeset as the link.
    mutating func moveElsewhere(_ other: inout Issue, _ drafts: [EntryDraft]) throws -> [EntryDraft] {
        let before = other
        guard schedule.isMoved(other), try !schedule.isDerived(other) else { return [] }
        for draft in drafts where draft.kind == .linked {
            guard let link = draft.detail.link, link.target == .issue(other.id), let day = try schedule.start(by: link)
            else { continue }
            other = try schedule.moved(other, to: day)
        }
        var result: [EntryDraft] = []
        for (field, old, new) in [
            (BuiltinField.startDate, before.startDate, other.startDate),
            (BuiltinField.dueDate, before.dueDate, other.dueDate),
        ] where old != new {
            var detail = EntryDetail()
            detail.field = field.id
            detail.old = old.map { [.date($0)] }
            detail.new = new.map { [.date($0)] }
            result.append(EntryDraft(kind: .set, detail: detail))
        }
        if !result.isEmpty { movedElsewhere.append(other.id) }
        return result
    }

    /// A start is not set before what the issue follows has ended.
    mutating func validateStart() throws {
        guard rules.precedesMovesDates, let start = edit.issue.startDate,
            start.date != edit.recorded.issue?.startDate?.date
        else { return }
        // A parent that is refused holds the issue back all the same, and one that it leaves does until then.
        var issue = edit.issue
        issue.parent = edit.wantedParent ?? edit.recorded.issue?.parent
        guard let soonest = try schedule.soonestStart(of: issue), start.date < soonest else { return }
        reject(.startDate, .tooEarly(earliest: soonest))
    }

    // MARK: parents

    /// An open issue does not come below a closed one, and none below itself.
    mutating func validateParent() throws {
        guard edit.parentChanged || edit.wantsLoop else { return }
        let wanted = edit.wantsLoop ? edit.wantedParent : edit.issue.parent
        let parent = try wanted.flatMap { try IssueRows.issue($0, on: connection) }
        let isClosed = parent.map { catalog.isClosed($0.status) } ?? false
        if rules.openChildrenPreventClosing, isClosed, !catalog.isClosed(edit.issue.status) {
            reject(.parent, .closed)
        } else if edit.wantsLoop {
            reject(.parent, .invalid)
        }
    }

    // MARK: duplicates

    private static let duplicateLimit = 1000

    /// Closing an issue closes those that duplicate it, with the same comment.
    func closeDuplicates(cause: ChangesetID) throws {
        guard let before = edit.before, catalog.isClosed(edit.issue.status), !catalog.isClosed(before.status),
            rules.closingClosesDuplicates, depth < RollUp.depthLimit
        else { return }
        let links = try IssueRows.links(of: edit.issue.id, on: connection).filter {
            $0.target == .issue(edit.issue.id) && catalog.records.linkTypes[$0.type]?.effect == .duplicates
        }
        for link in links.prefix(ChangeEngine.duplicateLimit) {
            guard let duplicate = try IssueRows.issue(link.from, on: connection), duplicate.retired == nil,
                duplicate.mergedInto == nil, !catalog.isClosed(duplicate.status),
                let status = closing(duplicate, as: edit.issue.status)
            else { continue }
            var closing = ChangeRequest(.issues([duplicate.id]), parts: closingParts(status))
            closing.attribution = request.attribution
            var engine = ChangeEngine(transaction, closing, try IssueEdit(duplicate.id, on: connection))
            engine.depth = depth + 1
            engine.cause = cause
            _ = try engine.update()
        }
    }

    /// The status where the duplicate knows it, else one of the same name, else any that closes.
    private func closing(_ duplicate: Issue, as status: StatusID) -> StatusID? {
        let used = catalog.statuses(tracker: duplicate.tracker, type: duplicate.type).filter(\.isClosed)
        let name = catalog.records.statuses[status]?.name
        return (used.first { $0.id == status } ?? used.first { $0.name == name } ?? used.first)?.id
    }

    /// The request's own parts, of which comments and their audience stay.
    private func closingParts(_ status: StatusID) -> [ChangePart] {
        let close = Change.set(.builtin(.status), [.name(.number(status.rawValue))])
        var parts = request.parts.map { part in
            ChangePart(
                audience: part.audience,
                part.changes.filter { if case .post = $0 { true } else { false } })
        }.filter { !$0.changes.isEmpty }
        if let first = parts.first, first.audience == .everyone {
            parts[0].changes.insert(close, at: 0)
        } else {
            parts.insert(ChangePart([close]), at: 0)
        }
        return parts
    }
}
