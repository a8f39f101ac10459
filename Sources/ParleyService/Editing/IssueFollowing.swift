import ParleyModel
import ParleyStorage

extension Transaction {
    /// Writes what an issue takes from a change of something else, such as the category it was in. Columns only.
    /// - Parameter derived: the history does not show it as a change of the issue.
    func follow(_ before: Issue, _ after: Issue, derived: Bool) throws {
        let id: ChangesetID = try next("changeset")
        var changeset = Changeset(id: id, issue: after.id, author: actor.user, time: now)
        for field in BuiltinField.allCases where IssueEdit.tracked.contains(field) {
            let old = IssueFields.value(of: field, in: before).map { [$0] }
            let new = IssueFields.value(of: field, in: after).map { [$0] }
            guard old != new else { continue }
            var detail = EntryDetail()
            detail.field = field.id
            detail.old = old
            detail.new = new
            changeset.entries.append(
                Entry(
                    id: try next("entry"), changeset: id, position: Int64(changeset.entries.count), kind: .set,
                    detail: detail, derived: derived))
        }
        guard !changeset.entries.isEmpty else { return }
        var stored = after
        stored.updated = now
        stored.updatedBy = actor.user
        stored.revision += 1
        try IssueRows.update(from: before, to: stored, on: connection)
        try HistoryRows.insert(changeset, on: connection)
    }
}
