import ParleyModel
import ParleyStorage

extension Transaction {
    /// Writes what an issue takes from a change of something else, such as its children or the category it was in.
    /// Columns only.
    /// - Parameters:
    ///   - derived: the history does not show it as a change of the issue.
    ///   - cause: the changeset that brought this one about.
    ///   - attribution: who did it, and when; nil is the actor, now.
    ///   - watcher: somebody who watches the issue from now on.
    /// - Returns: whether anything differed.
    @discardableResult
    func follow(
        _ before: Issue, _ after: Issue, derived: Bool, cause: ChangesetID? = nil, attribution: Attribution? = nil,
        watcher: PrincipalID? = nil
    ) throws -> Bool {
        let details = IssueEdit.tracked.sorted { $0.rawValue < $1.rawValue }.compactMap { field -> EntryDetail? in
            var detail = EntryDetail()
            detail.field = field.id
            detail.old = IssueFields.value(of: field, in: before).map { [$0] }
            detail.new = IssueFields.value(of: field, in: after).map { [$0] }
            return detail.old == detail.new ? nil : detail
        }
        guard !details.isEmpty else { return false }
        let who = attribution ?? Attribution(author: actor.user, time: now)
        let id: ChangesetID = try next("changeset")
        var changeset = Changeset(id: id, issue: after.id, author: who.author, time: who.time)
        changeset.cause = cause
        for (position, detail) in details.enumerated() {
            changeset.entries.append(
                Entry(
                    id: try next("entry"), changeset: id, position: Int64(position), kind: .set, detail: detail,
                    derived: derived))
        }
        if let watcher, try IssueRows.participants(of: after.id, on: connection)[.watcher]?.contains(watcher) != true {
            try IssueRows.setParticipant(watcher, role: .watcher, of: after.id, present: true, on: connection)
            var detail = EntryDetail()
            detail.field = BuiltinField.watchers.id
            detail.new = [.reference(watcher.rawValue)]
            changeset.entries.append(
                Entry(
                    id: try next("entry"), changeset: id, position: Int64(details.count), kind: .added,
                    detail: detail))
        }
        var stored = after
        stored.updated = who.time
        stored.updatedBy = who.author
        stored.revision += 1
        try IssueRows.update(from: before, to: stored, on: connection)
        try HistoryRows.insert(changeset, on: connection)
        return true
    }
}
