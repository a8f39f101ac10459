import ParleyModel
import ParleyStorage

/// Removing an issue for good, with its subtasks: rows and history go, a tombstone and an audit line stay.
struct Destruction {
    let transaction: Transaction

    private var connection: any SQLConnection { transaction.connection }

    func destroy(_ issue: Issue) throws -> ChangeOutcome {
        let reader = transaction.reader
        guard try transaction.actor.user == .system || reader.allows(.deleteIssues, on: issue) else {
            throw reader.refusal
        }
        var outcome = ChangeOutcome()
        try remove(issue, into: &outcome, depth: 64)
        if let parent = issue.parent {
            let cause: ChangesetID = try transaction.next("changeset")
            var rollUp = RollUp(
                transaction: transaction, now: transaction.now, author: transaction.actor.user, cause: cause)
            try rollUp.climb(from: parent)
        }
        outcome.changed = true
        return outcome
    }

    /// Removes an issue without asking; for what contains it.
    func remove(_ issue: Issue, into outcome: inout ChangeOutcome, depth: Int) throws {
        if depth > 0 {
            let children = try connection.all(
                "SELECT id FROM issue WHERE parent_id = ?1 OR merged_into = ?1", [.id(issue.id)]
            ) { IssueID($0.integer(0)) }
            for child in children where child != issue.id {
                guard let row = try IssueRows.issue(child, on: connection) else { continue }
                try remove(row, into: &outcome, depth: depth - 1)
            }
        }
        let id = issue.id
        try removeLinks(of: id)
        try removeContent(of: issue)
        try connection.execute("UPDATE issue SET parent_id = NULL WHERE parent_id = ?1", [.id(id)])
        for table in ["participant", "issue_label", "vote"] {
            try connection.execute("DELETE FROM \(table) WHERE issue_id = ?1", [.id(id)])
        }
        try FieldValueRows.deleteAll(of: .issue, id.rawValue, on: connection)
        for entry in try connection.all("SELECT id FROM time_entry WHERE issue_id = ?1", [.id(id)], { $0.integer(0) }) {
            try TimeEntryRows.delete(TimeEntryID(entry), on: connection)
        }
        try HistoryRows.deleteAll(of: id, on: connection)
        try IssueRows.delete(issue, on: connection)
        try RecordRows.bury("issue", id.rawValue, time: transaction.now, actor: transaction.actor.user, on: connection)
        try RecordRows.audit(
            time: transaction.now, actor: transaction.actor.user, recordClass: "issue", entity: id.rawValue,
            action: "destroy", detail: issue.title ?? "", on: connection)
        outcome.issues.append(id)
    }

    private func removeLinks(of id: IssueID) throws {
        for link in try IssueRows.links(of: id, on: connection) {
            try IssueRows.deleteLink(link.id, on: connection)
            guard let other = link.from == id ? link.target.issueID : link.from,
                let before = try IssueRows.issue(other, on: connection)
            else { continue }
            var detail = EntryDetail()
            detail.link = link
            detail.direction = link.from == other ? .forward : .reverse
            detail.other = id
            let changeset: ChangesetID = try transaction.next("changeset")
            var record = Changeset(id: changeset, issue: other, author: transaction.actor.user, time: transaction.now)
            record.entries = [
                Entry(
                    id: try transaction.next("entry"), changeset: changeset, position: 0, kind: .unlinked,
                    detail: detail, derived: link.type != .hierarchy)
            ]
            var after = before
            if link.type == .hierarchy, after.parent == id { after.parent = nil }
            after.updated = transaction.now
            after.updatedBy = transaction.actor.user
            after.revision += 1
            try IssueRows.update(from: before, to: after, on: connection)
            if link.type == .hierarchy, link.from == other, try transaction.watchesChanges(to: before),
                try IssueRows.participants(of: other, on: connection)[.watcher]?.contains(record.author) != true
            {
                try IssueRows.setParticipant(record.author, role: .watcher, of: other, present: true, on: connection)
                var watcher = EntryDetail()
                watcher.field = BuiltinField.watchers.id
                watcher.new = [.reference(record.author.rawValue)]
                record.entries.append(
                    Entry(
                        id: try transaction.next("entry"), changeset: changeset, position: 1, kind: .added,
                        detail: watcher))
            }
            try HistoryRows.insert(record, on: connection)
        }
    }

    private func removeContent(of issue: Issue) throws {
        let container = Container.issue(issue.id)
        var description: String?
        for place in try ContentRows.placements(in: container, on: connection) {
            let post = try ContentRows.post(place.post, on: connection)
            if place.isOpening { description = post?.text }
            try ContentRows.remove(place.post, from: container, on: connection)
            guard try ContentRows.containers(of: place.post, on: connection).isEmpty else { continue }
            if !place.isOpening, let text = post?.text, !text.isEmpty {
                try transaction.capabilities.indexDocument(
                    connection, SearchDocuments.comment(place.post), SearchText(title: "", body: text), nil)
            }
            try connection.execute("UPDATE post SET parent_id = NULL WHERE parent_id = ?1", [.id(place.post)])
            try ContentRows.deletePost(place.post, on: connection)
        }
        for place in try ContentRows.files(in: container, on: connection) {
            try ContentRows.deleteFileLink(place.link.id, on: connection)
            try transaction.retireIfUnused(file: place.link.file)
        }
        try unindex(issue, description)
    }

    private func unindex(_ issue: Issue, _ description: String?) throws {
        let text = try IndexedText(transaction.records).text(
            of: issue, description: description, labels: IssueRows.labels(of: issue.id, on: connection),
            values: FieldValueRows.values(of: .issue, issue.id.rawValue, on: connection))
        try transaction.capabilities.indexDocument(connection, SearchDocuments.issue(issue.id), text, nil)
    }
}

/// What an issue is found by: title, description, labels, searchable fields, number. What was indexed must be given
/// again,
/// letter by letter, to take it out of the index.
struct IndexedText {
    let records: CatalogRecords

    init(_ records: CatalogRecords) { self.records = records }

    func text(of issue: Issue, description: String?, labels: Set<LabelID>, values: FieldValues) -> SearchText {
        var body = description ?? ""
        for label in labels.sorted() {
            if let name = records.labels[label]?.name { body += "\n" + name }
        }
        for field in values.keys.sorted() {
            guard let definition = records.fields[field], definition.searchable else { continue }
            for value in values[field] ?? [] {
                if let words = words(of: value, definition) { body += "\n" + words }
            }
        }
        body += "\n\(issue.number)"
        return SearchText(title: issue.title ?? "", body: body)
    }

    private func words(of value: Value, _ field: Field) -> String? {
        switch value {
        case .text(let text): text
        case .reference(let id): field.listValues.first { $0.id.rawValue == id }?.label
        case .integer(let number): String(number)
        default: nil
        }
    }
}
