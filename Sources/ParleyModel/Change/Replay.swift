/// State is the replay of history: folding an issue's own changesets gives its fields, people, labels, values, links,
/// posts and
/// files, and must equal what is stored. Votes, counters, views and the texts of comments are outside of it.
public enum Replay {
    /// Why a history cannot be replayed.
    public enum Failure: Error, Equatable {
        /// It does not begin with the entry that makes the issue.
        case notCreated
        /// An entry lacks what its kind needs.
        case incomplete(EntryID)
    }

    /// The state that a history leads to.
    /// - Parameter changesets: of one issue, oldest first.
    public static func state(of issue: IssueID, _ changesets: [Changeset]) throws(Failure) -> IssueState {
        guard let first = changesets.first, let created = first.entries.first(where: { $0.kind == .created }),
            let base = created.detail.base
        else { throw .notCreated }
        var state = IssueState(
            issue: Issue(
                id: issue, tracker: base.tracker, project: base.project, number: base.number, type: IssueTypeID(0),
                status: StatusID(0), author: first.author, created: first.time))
        state.issue.updatedBy = first.author
        for initial in created.detail.initial ?? [] { set(initial.field, initial.values, in: &state) }
        for (index, changeset) in changesets.enumerated() {
            for entry in changeset.entries where entry.kind != .created {
                try apply(entry, at: changeset.time, to: &state)
            }
            guard index > 0, changeset.entries.contains(where: { !($0.detail.quiet ?? false) }) else { continue }
            state.issue.updated = changeset.time
            state.issue.updatedBy = changeset.author
            state.issue.revision += 1
        }
        return state
    }

    private static func apply(_ entry: Entry, at time: Instant, to state: inout IssueState) throws(Failure) {
        let detail = entry.detail
        switch entry.kind {
        case .set:
            guard let field = detail.field else { throw .incomplete(entry.id) }
            set(field, detail.new, in: &state)
        case .added, .removed:
            if entry.kind == .removed, let post = detail.post, detail.field == nil {
                state.posts.removeAll { $0 == post }
                return
            }
            guard let field = detail.field, let value = (entry.kind == .added ? detail.new : detail.old)?.first else {
                throw .incomplete(entry.id)
            }
            change(field, value, arrives: entry.kind == .added, in: &state)
        case .posted:
            guard let post = detail.post else { throw .incomplete(entry.id) }
            state.posts.append(post)
        case .attached:
            guard let file = detail.file else { throw .incomplete(entry.id) }
            state.files.append(file)
        case .detached: state.files.removeAll { $0 == detail.file }
        case .linked, .unlinked:
            guard let link = detail.link else { throw .incomplete(entry.id) }
            relink(link, arrives: entry.kind == .linked, in: &state)
        case .moved:
            guard let base = detail.base else { throw .incomplete(entry.id) }
            state.issue.tracker = base.tracker
            state.issue.project = base.project
            state.issue.number = base.number
        case .retired: state.issue.retired = time
        case .restored: state.issue.retired = nil
        case .merged: if detail.direction == .forward { state.issue.mergedInto = detail.other }
        case .created, .time, .rewritten, .foreign, .voted: break
        }
    }

    private static func set(_ field: FieldID, _ values: [Value]?, in state: inout IssueState) {
        guard let builtin = BuiltinField(field) else {
            state.values[field] = values
            return
        }
        let people = Set((values ?? []).compactMap { $0.referenceID.map { PrincipalID($0) } })
        if let role = builtin.participantRole {
            state.participants[role] = people
            return
        }
        switch builtin {
        case .description: state.description = values?.first?.string
        case .restrictedTo: state.issue.restrictedTo = people.sorted()
        case .labels: state.labels = Set((values ?? []).compactMap { $0.referenceID.map { LabelID($0) } })
        default: IssueFields.set(builtin, to: values?.first, in: &state.issue)
        }
    }

    private static func change(_ field: FieldID, _ value: Value, arrives: Bool, in state: inout IssueState) {
        guard let builtin = BuiltinField(field) else {
            var values = state.values[field] ?? []
            if arrives { values.append(value) } else { values.removeAll { $0 == value } }
            state.values[field] = values
            return
        }
        guard let number = value.referenceID else { return }
        if let role = builtin.participantRole {
            if arrives {
                state.participants[role, default: []].insert(PrincipalID(number))
            } else {
                state.participants[role]?.remove(PrincipalID(number))
            }
        } else if builtin == .labels {
            if arrives { state.labels.insert(LabelID(number)) } else { state.labels.remove(LabelID(number)) }
        }
    }

    private static func relink(_ link: Link, arrives: Bool, in state: inout IssueState) {
        let id = state.issue.id
        if arrives { state.links.append(link) } else { state.links.removeAll { $0.id == link.id } }
        guard link.type == .hierarchy, link.target == .issue(id) else { return }
        if arrives, state.issue.parent == nil || link.isPrimary {
            state.issue.parent = link.from
        } else if !arrives, state.issue.parent == link.from {
            let parents = state.links.filter { $0.type == .hierarchy && $0.target == .issue(id) }
            state.issue.parent = parents.min { $0.id < $1.id }?.from
        }
    }
}
