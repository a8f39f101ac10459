import ParleyModel
import ParleyStorage

/// Writing what a part of a request did: one changeset, the rows, the full-text entries.
extension ChangeEngine {
    /// Writes the changes since the last changeset, if there are any.
    mutating func record() throws {
        let differences = edit.differences()
        let isFirst = edit.recorded.issue == nil
        let said = entries.filter(ChangeEngine.isSaid)
        var drafts =
            (isFirst ? [createdDraft()] + said : said + moveDraft() + fieldDrafts(differences) + peopleDrafts())
            + entries.filter { !ChangeEngine.isSaid($0) }
        guard !drafts.isEmpty else { return }
        if isConsequence { drafts = drafts.map { EntryDraft(kind: $0.kind, detail: $0.detail, derived: true) } }
        let id: ChangesetID = try transaction.next("changeset")
        let touches = isFirst || drafts.contains { !isQuiet($0) }
        if touches && !isFirst {
            edit.issue.updated = now
            edit.issue.updatedBy = author
            edit.issue.revision += 1
        }
        try writeRows(isFirst: isFirst, differences)
        try write(drafts, as: id, of: edit.issue.id, audience: part.audience, cause: self.cause)
        try placePending(id)
        try recordElsewhere(cause: id)
        outcome.changesets.append(id)
        outcome.changed = true
        lastChangeset = id
        edit.markRecorded()
        entries = []
    }

    /// What somebody said, with the files that came along, stands before what was changed.
    private static func isSaid(_ draft: EntryDraft) -> Bool { draft.kind == .posted || draft.kind == .attached }

    /// Voting, and watching unless a rule says otherwise, are between a person and an issue: they leave the issue's own
    /// revision and time alone.
    private func isQuiet(_ draft: EntryDraft) -> Bool {
        let isWatching = (draft.kind == .added || draft.kind == .removed)
            && draft.detail.field == BuiltinField.watchers.id
        return draft.detail.quiet ?? false || draft.kind == .voted || isWatching && !rules.watchingTouchesIssues
    }

    private func createdDraft() -> EntryDraft {
        var detail = EntryDetail()
        detail.initial = edit.initialValues()
        detail.base = IssueBase(tracker: edit.issue.tracker, project: edit.issue.project, number: edit.issue.number)
        detail.format = edit.descriptionFormat
        return EntryDraft(kind: .created, detail: detail)
    }

    private func moveDraft() -> [EntryDraft] {
        guard let old = edit.recorded.issue, old.tracker != edit.issue.tracker else { return [] }
        var detail = EntryDetail()
        detail.old = [.reference(old.tracker.rawValue), .reference(old.project.rawValue), .integer(old.number)]
        detail.base = IssueBase(tracker: edit.issue.tracker, project: edit.issue.project, number: edit.issue.number)
        return [EntryDraft(kind: .moved, detail: detail)]
    }

    private func fieldDrafts(_ differences: [FieldDifference]) -> [EntryDraft] {
        differences.flatMap { difference -> [EntryDraft] in
            if difference.field != BuiltinField.restrictedTo.id,
                catalog.records.fields[difference.field]?.multiple ?? false, let new = difference.new
            {
                // From absent to empty, or another order of the same values: told as a whole.
                let drafts = valueDrafts(difference.field, difference.old ?? [], new)
                if !drafts.isEmpty { return drafts }
            }
            var detail = EntryDetail()
            detail.field = difference.field
            detail.old = difference.old
            detail.new = difference.new
            if difference.field == BuiltinField.status.id, edit.statusFollowsComment { detail.automatic = true }
            if difference.field == BuiltinField.assignee.id, edit.losesAssignee, edit.issue.assignee == nil,
                !edit.asked.contains(difference.field)
            {
                detail.automatic = true
            }
            let follows = IssueEdit.following.contains(difference.field) && !edit.asked.contains(difference.field)
            // From nothing to an empty text is no change that anybody would tell.
            return [EntryDraft(kind: .set, detail: detail, derived: follows || difference.isBlank)]
        }
    }

    /// One entry for each value that went or came.
    private func valueDrafts(_ field: FieldID, _ old: [Value], _ new: [Value]) -> [EntryDraft] {
        func draft(_ kind: EntryKind, _ value: Value) -> EntryDraft {
            var detail = EntryDetail()
            detail.field = field
            if kind == .added { detail.new = [value] } else { detail.old = [value] }
            return EntryDraft(kind: kind, detail: detail)
        }
        return old.filter { !new.contains($0) }.map { draft(.removed, $0) }
            + new.filter { !old.contains($0) }.map { draft(.added, $0) }
    }

    private func peopleDrafts() -> [EntryDraft] {
        guard edit.recorded.issue != nil else { return [] }
        func draft(_ kind: EntryKind, _ field: BuiltinField, _ number: Int64) -> EntryDraft {
            var detail = EntryDetail()
            detail.field = field.id
            if kind == .added { detail.new = [.reference(number)] } else { detail.old = [.reference(number)] }
            return EntryDraft(kind: kind, detail: detail)
        }
        var result: [EntryDraft] = []
        for role in ParticipantRole.allCases {
            let old = edit.recorded.participants[role] ?? []
            let new = edit.participants[role] ?? []
            result += old.subtracting(new).sorted().map { draft(.removed, role.field, $0.rawValue) }
            result += new.subtracting(old).sorted().map { draft(.added, role.field, $0.rawValue) }
        }
        result += edit.recorded.labels.subtracting(edit.labels).sorted().map { draft(.removed, .labels, $0.rawValue) }
        result += edit.labels.subtracting(edit.recorded.labels).sorted().map { draft(.added, .labels, $0.rawValue) }
        return result
    }

    // MARK: rows

    private mutating func writeRows(isFirst: Bool, _ differences: [FieldDifference]) throws {
        let id = edit.issue.id
        let indexed = IndexedText(transaction.records)
        let oldText = edit.recorded.issue.map {
            indexed.text(
                of: $0, description: edit.recorded.description, labels: edit.recorded.labels,
                values: edit.recorded.values)
        }
        try writeDescription(isFirst: isFirst)
        if isFirst {
            try IssueRows.insert(edit.issue, on: connection)
            try placeOpening()
        } else if let old = edit.recorded.issue {
            try IssueRows.update(from: old, to: edit.issue, on: connection)
            if old.project != edit.issue.project {
                try TimeEntryRows.move(entriesOf: id, to: edit.issue.project, on: connection)
            }
        }
        let changedFields = isFirst ? Array(edit.values.keys) : differences.map(\.field)
        for field in changedFields where BuiltinField(field) == nil {
            try FieldValueRows.set(edit.values[field], field: field, of: .issue, id.rawValue, on: connection)
        }
        try writePeople()
        let newText = indexed.text(
            of: edit.issue, description: edit.description, labels: edit.labels, values: edit.values)
        if oldText != newText {
            try transaction.capabilities.indexDocument(connection, SearchDocuments.issue(id), oldText, newText)
        }
    }

    private func writePeople() throws {
        let id = edit.issue.id
        for role in ParticipantRole.allCases {
            let old = edit.recorded.participants[role] ?? []
            let new = edit.participants[role] ?? []
            for person in old.subtracting(new) {
                try IssueRows.setParticipant(person, role: role, of: id, present: false, on: connection)
            }
            for person in new.subtracting(old) {
                try IssueRows.setParticipant(person, role: role, of: id, present: true, on: connection)
            }
        }
        for label in edit.recorded.labels.subtracting(edit.labels) {
            try IssueRows.setLabel(label, of: id, present: false, on: connection)
        }
        for label in edit.labels.subtracting(edit.recorded.labels) {
            try IssueRows.setLabel(label, of: id, present: true, on: connection)
        }
    }

    /// The opening: made with the first text, rewritten later, taken away when there is none.
    private mutating func writeDescription(isFirst: Bool) throws {
        guard edit.description != edit.recorded.description else { return }
        guard let text = edit.description else {
            if let opening = edit.issue.opening {
                try ContentRows.remove(opening, from: .issue(edit.issue.id), on: connection)
                edit.issue.opening = nil
            }
            return
        }
        if let opening = edit.issue.opening, var post = try ContentRows.post(opening, on: connection) {
            post.text = text
            post.summary = ChangeEngine.summary(of: text)
            post.edited = now
            post.stamp.modified = now
            post.stamp.modifier = author
            post.stamp.revision += 1
            return try ContentRows.update(post, on: connection)
        }
        let id: PostID = try transaction.next("post")
        var post = Post(
            id: id, stamp: Stamp(created: now, creator: author), author: author, date: now, text: text,
            format: edit.descriptionFormat)
        post.summary = ChangeEngine.summary(of: text)
        try ContentRows.insert(post, on: connection)
        edit.issue.opening = id
        if !isFirst { try placeOpening() }
    }

    private func placeOpening() throws {
        guard let opening = edit.issue.opening else { return }
        let place = ContentRows.Placement(post: opening, isOpening: true, changeset: nil, audience: .everyone)
        try ContentRows.place(place, in: .issue(edit.issue.id), on: connection)
    }

    // MARK: history

    private func write(
        _ drafts: [EntryDraft], as id: ChangesetID, of issue: IssueID, audience: Audience, cause: ChangesetID?
    ) throws {
        var changeset = Changeset(id: id, issue: issue, author: author, time: now, audience: audience)
        changeset.cause = cause
        for (position, draft) in drafts.enumerated() {
            var detail = draft.detail
            if isQuiet(draft) { detail.quiet = true }
            changeset.entries.append(
                Entry(
                    id: try transaction.next("entry"), changeset: id, position: Int64(position), kind: draft.kind,
                    detail: detail, derived: draft.derived))
        }
        try HistoryRows.insert(changeset, on: connection)
    }

    /// Posts, files, links and time of the part, now that their changeset has a number.
    private mutating func placePending(_ changeset: ChangesetID) throws {
        let container = Container.issue(edit.issue.id)
        for post in pendingPosts {
            let place = ContentRows.Placement(
                post: post, isOpening: false, changeset: changeset, audience: part.audience)
            try ContentRows.place(place, in: container, on: connection)
            guard let text = try ContentRows.post(post, on: connection)?.text, !text.isEmpty else { continue }
            try transaction.capabilities.indexDocument(
                connection, SearchDocuments.comment(post), nil, SearchText(title: "", body: text))
        }
        for var link in pendingFiles {
            link.changeset = changeset
            try ContentRows.insert(ContentRows.FilePlacement(link: link, audience: part.audience), on: connection)
        }
        for link in pendingLinks + adopted { try IssueRows.insert(link, on: connection) }
        for entry in pendingTime { try TimeEntryRows.put(entry, on: connection) }
        pendingPosts = []
        pendingFiles = []
        pendingLinks = []
        pendingTime = []
    }

    /// The other side of links and merges: one changeset on each issue concerned.
    private mutating func recordElsewhere(cause: ChangesetID) throws {
        var byIssue: [IssueID: [EntryDraft]] = [:]
        for (issue, draft) in elsewhere { byIssue[issue, default: []].append(draft) }
        elsewhere = []
        for link in adopted { addAdopted(link, to: &byIssue) }
        adopted = []
        let people = adoptedPeople
        adoptedPeople = []
        for issue in byIssue.keys.sorted() {
            guard var other = try IssueRows.issue(issue, on: connection) else { continue }
            var drafts = byIssue[issue] ?? []
            let old = other
            if drafts.contains(where: { $0.kind == .merged }) {
                drafts += try adopt(people, by: issue)
                drafts += addTimes(to: &other)
            }
            drafts += try moveElsewhere(&other, drafts)
            if drafts.contains(where: { !isQuiet($0) }) {
                other.updated = now
                other.updatedBy = author
                other.revision += 1
            }
            try IssueRows.update(from: old, to: other, on: connection)
            if drafts.contains(where: { !$0.derived }) { drafts += try watchElsewhere(other) }
            try write(drafts, as: try transaction.next("changeset"), of: issue, audience: .everyone, cause: cause)
        }
    }

    /// What was estimated for a merged issue, and what is left to do there, adds to the other's.
    private func addTimes(to other: inout Issue) -> [EntryDraft] {
        let columns: [(field: BuiltinField, path: WritableKeyPath<Issue, Int64?>)] = [
            (.estimate, \.estimate), (.remaining, \.remaining),
        ]
        return columns.compactMap { column in
            guard let own = edit.issue[keyPath: column.path], own != 0 else { return nil }
            let before = other[keyPath: column.path]
            let sum = (before ?? 0).addingReportingOverflow(own)
            if sum.overflow { return nil }
            other[keyPath: column.path] = sum.partialValue
            var detail = EntryDetail()
            detail.field = column.field.id
            detail.old = before.map { [.duration($0)] }
            detail.new = [.duration(sum.partialValue)]
            return EntryDraft(kind: .set, detail: detail, derived: true)
        }
    }

    /// Who changes an issue by way of another one watches it as well.
    private func watchElsewhere(_ issue: Issue) throws -> [EntryDraft] {
        guard try watchesChanges(to: issue) else { return [] }
        return try adopt([(.watcher, actor.user)], by: issue.id)
    }

    private func addAdopted(_ link: Link, to byIssue: inout [IssueID: [EntryDraft]]) {
        guard let target = edit.issue.mergedInto else { return }
        for issue in [link.from, link.target.issueID] {
            guard let issue else { continue }
            var detail = EntryDetail()
            detail.link = link
            detail.direction = link.direction(from: issue)
            detail.automatic = true
            detail.quiet = true
            if case .issue(let other) = link.other(than: issue) { detail.other = other }
            if issue == target || byIssue[issue] != nil {
                byIssue[issue, default: []].append(EntryDraft(kind: .linked, detail: detail))
            }
        }
    }

    private func adopt(_ people: [(ParticipantRole, PrincipalID)], by issue: IssueID) throws -> [EntryDraft] {
        let present = try IssueRows.participants(of: issue, on: connection)
        return try people.compactMap { role, person in
            guard !(present[role] ?? []).contains(person) else { return nil }
            try IssueRows.setParticipant(person, role: role, of: issue, present: true, on: connection)
            var detail = EntryDetail()
            detail.field = role.field.id
            detail.new = [.reference(person.rawValue)]
            detail.automatic = true
            return EntryDraft(kind: .added, detail: detail)
        }
    }

    /// Ends the request on this issue: roll-ups of what is above it, and the answer.
    mutating func finish() throws {
        if let old = edit.before?.project { try moveTree(from: old) }
        if let cause = lastChangeset {
            var rollUp = RollUp(transaction: transaction, now: now, author: author, cause: cause)
            let engine = self
            rollUp.watches = { try engine.watchesChanges(to: $0) }
            try rollUp.run(from: edit, orders: orders, moved: movedElsewhere)
            try closeDuplicates(cause: cause)
        }
        let row = try IssueRows.issue(edit.issue.id, on: connection) ?? edit.issue
        outcome.issues = [edit.issue.id]
        outcome.revision = row.revision
        outcome.updated = row.updated
    }
}

extension Link.Target {
    /// The issue, where it is one.
    var issueID: IssueID? {
        if case .issue(let id) = self { return id }
        return nil
    }
}
