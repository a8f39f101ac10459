import ParleyModel
import ParleyStorage

/// Work on an issue: what is logged, corrected and taken back stands in the issue's history as differences.
extension ChangeEngine {
    mutating func logTime(_ new: NewTimeEntry) throws {
        guard isTrusted || allows(.logTime) else { return reject(.timeSpent, .notPermitted) }
        let id: TimeEntryID = try new.id ?? transaction.next("time_entry")
        var entry = TimeEntry(
            id: id, stamp: Stamp(created: now, creator: author), project: edit.issue.project, issue: edit.issue.id,
            user: new.user ?? author, author: author, spentOn: new.spentOn ?? now.date, duration: new.duration)
        entry.comment = new.comment
        entry.activity = activity(new.activity)
        entry.values = new.values
        pendingTime.append(entry)
        entries.append(ChangeEngine.timeDraft(id, old: nil, new: new.duration))
    }

    mutating func changeTime(_ id: TimeEntryID, _ new: NewTimeEntry) throws {
        guard let before = try TimeEntryRows.timeEntry(id, on: connection), before.stamp.retired == nil else {
            throw Fault.notFound
        }
        guard try isTrusted || TimeEntryRights(transaction.reader).mayEdit(before) else {
            return reject(.timeSpent, .notPermitted)
        }
        let isHere = before.issue == edit.issue.id
        guard isHere || new.leavesTo == nil else { throw Fault.notFound }
        if !isHere, !(isTrusted || allows(.logTime)) { return reject(.timeSpent, .notPermitted) }
        var entry = before
        entry.project = new.leavesTo ?? edit.issue.project
        entry.issue = new.leavesTo == nil ? edit.issue.id : nil
        entry.user = new.user ?? before.user
        entry.activity = activity(new.activity)
        entry.comment = new.comment
        entry.spentOn = new.spentOn ?? before.spentOn
        entry.duration = new.duration
        entry.values = new.values
        guard entry != before else { return }
        entry.stamp.modified = now
        entry.stamp.modifier = author
        entry.stamp.revision += 1
        pendingTime.append(entry)
        if let former = before.issue, !isHere {
            elsewhere.append((issue: former, entry: ChangeEngine.timeDraft(id, old: before.duration, new: nil)))
        }
        entries.append(
            ChangeEngine.timeDraft(
                id, old: isHere ? before.duration : nil, new: new.leavesTo == nil ? new.duration : nil))
    }

    mutating func removeTime(_ id: TimeEntryID) throws {
        guard let entry = try TimeEntryRows.timeEntry(id, on: connection), entry.issue == edit.issue.id else {
            throw Fault.notFound
        }
        guard try isTrusted || TimeEntryRights(transaction.reader).mayEdit(entry) else {
            return reject(.timeSpent, .notPermitted)
        }
        try TimeEntryRows.delete(id, on: connection)
        entries.append(ChangeEngine.timeDraft(id, old: entry.duration, new: nil))
    }

    private static func timeDraft(_ id: TimeEntryID, old: Int64?, new: Int64?) -> EntryDraft {
        var detail = EntryDetail()
        detail.timeEntry = id
        detail.old = old.map { [.duration($0)] }
        detail.new = new.map { [.duration($0)] }
        return EntryDraft(kind: .time, detail: detail)
    }

    private func activity(_ name: ParsedName?) -> EnumerationID? {
        let all = catalog.enumerations(.activity, project: edit.issue.project)
        switch name {
        case .number(let number)?:
            let found = catalog.records.enumerations[EnumerationID(number)]
            return found?.kind == .activity ? found?.id : nil
        case .text(let text)?: return all.first { $0.name == text }?.id
        default: return all.first(where: \.isDefault)?.id
        }
    }
}

extension Transaction {
    /// Gives the time that was logged on issues, and on all below them, to another issue of their project, or to their
    /// projects at large: before they are destroyed. It stays as it was otherwise.
    /// - Parameter heir: nil for the projects.
    /// - Throws: `Fault.invalid` with property `issue` where there is time and the heir is none of the issues' one
    ///   project that the actor sees, or is about to go as well.
    public func handOver(timeOf issues: [IssueID], to heir: IssueID?) throws {
        let schedule = Schedule(connection: connection, catalog: catalog)
        var tree = Set(issues)
        for issue in issues { tree.formUnion(try schedule.below(issue)) }
        let ids = tree.sorted()
        guard try ids.contains(where: { try TimeEntryRows.hasTime(on: $0, on: connection) }) else { return }
        guard let heir else {
            for id in ids { try TimeEntryRows.move(entriesOf: id, to: nil, on: connection) }
            return
        }
        let fault = Fault.invalid([Problem(.property("issue"), .invalid)])
        let projects = Set(try issues.compactMap { try IssueRows.issue($0, on: connection)?.project })
        guard !tree.contains(heir), let target = try IssueRows.issue(heir, on: connection), target.retired == nil,
            projects == [target.project], try reader.sees(target)
        else { throw fault }
        for id in ids { try TimeEntryRows.move(entriesOf: id, to: heir, on: connection) }
    }
}
