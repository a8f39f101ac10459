extension IssueEvaluator {
    // MARK: Links

    func isLinked(
        _ record: IssueRecord, _ types: [Int64], _ direction: LinkDirection, _ target: LinkTarget<Resolved>,
        _ depth: LinkDepth
    ) -> Bool {
        let start = record.issue.id
        switch target {
        case .any:
            return hasURI(start, types, direction, nil)
                || neighbours(start, types, direction).contains { isTarget($0) }
        case .uri(let uri):
            if depth == .one { return hasURI(start, types, direction, uri) }
            return reached(start, types, direction).union([start]).contains { hasURI($0, types, direction, uri) }
        case .issue(let number):
            let others = depth == .one ? neighbours(start, types, direction) : reached(start, types, direction)
            return others.contains(IssueID(number)) && isTarget(IssueID(number))
        case .known(let number):
            let others = depth == .one ? neighbours(start, types, direction) : reached(start, types, direction)
            return others.contains(IssueID(number))
        case .matching(let predicate):
            let others = depth == .one ? neighbours(start, types, direction) : reached(start, types, direction)
            return others.contains { id in world.issues[id].map { isFound($0, predicate) } ?? false }
        }
    }

    private func isTarget(_ id: IssueID) -> Bool { world.issues[id].map { isFound($0, .all) } ?? false }

    private func hasURI(_ id: IssueID, _ types: [Int64], _ direction: LinkDirection, _ uri: String?) -> Bool {
        return links(types).contains { link in
            guard link.from == id, case .uri(let text) = link.target else { return false }
            if direction != .either, direction != link.direction(from: id) { return false }
            return uri == nil || text.utf8.elementsEqual((uri ?? "").utf8)
        }
    }

    private func links(_ types: [Int64]) -> [Link] {
        world.links.filter { types.isEmpty || types.contains($0.type.rawValue) }
    }

    func neighbours(_ id: IssueID, _ types: [Int64], _ direction: LinkDirection) -> Set<IssueID> {
        var found: Set<IssueID> = []
        for link in links(types) {
            guard case .issue(let to) = link.target else { continue }
            if direction != .reverse && link.from == id { found.insert(to) }
            if direction != .forward && to == id { found.insert(link.from) }
        }
        return found
    }

    /// Everything at the end of a chain of one or more links; where a chain leads back, the issue itself too.
    private func reached(_ id: IssueID, _ types: [Int64], _ direction: LinkDirection) -> Set<IssueID> {
        var found = neighbours(id, types, direction)
        while true {
            let more = found.reduce(into: found) { $0.formUnion(neighbours($1, types, direction)) }
            if more == found { return found }
            found = more
        }
    }

    // MARK: History

    func happened(_ record: IssueRecord, _ history: HistoryPredicate<Resolved>) -> Bool {
        var candidates = record.history.filter { changeset in
            changeset.entries.contains {
                isVisible($0, changeset, record)
                    && (!history.contributionsOnly || isContribution($0, changeset, record))
            }
        }
        if history.lastOnly {
            let newest = candidates.map(\.id).max()
            candidates = candidates.filter { $0.id == newest }
        }
        return candidates.contains { changeset in
            guard isMeant(changeset, history) else { return false }
            return changeset.entries.contains {
                isVisible($0, changeset, record) && isMeant($0, history)
                    && (!history.contributionsOnly || isContribution($0, changeset, record))
            }
        }
    }

    private func isContribution(_ entry: Entry, _ changeset: Changeset, _ record: IssueRecord) -> Bool {
        guard !entry.derived, EntryKind.contributions.contains(entry.kind),
            entry.detail.field != BuiltinField.watchers.id,
            !changeset.entries.contains(where: { $0.kind == .created }),
            isVisible(changeset.audience, author: changeset.author, record)
        else { return false }
        if entry.kind == .set { return !isEmpty(entry.detail.old) || !isEmpty(entry.detail.new) }
        guard entry.kind == .posted else { return true }
        return record.posts.contains { $0.id == entry.detail.post && !$0.text.isEmpty }
    }

    private func isEmpty(_ values: [Value]?) -> Bool {
        guard let first = values?.first else { return true }
        if case .reference = first { return false }
        return first.historyText?.isEmpty ?? true
    }

    private func isMeant(_ changeset: Changeset, _ history: HistoryPredicate<Resolved>) -> Bool {
        if let by = history.by, !wanted(by).contains(changeset.author) { return false }
        let time = Value.instant(changeset.time)
        if let since = history.since, !ValueRules.holds(time, .greaterOrEqual, since) { return false }
        if let before = history.before, !ValueRules.holds(time, .less, before) { return false }
        return true
    }

    private func isMeant(_ entry: Entry, _ history: HistoryPredicate<Resolved>) -> Bool {
        if let kinds = history.kinds, !kinds.contains(entry.kind) { return false }
        if let field = history.field {
            guard case .field(let id) = field, entry.detail.field == id else { return false }
        }
        return isMeant(entry.detail.old, history.from) && isMeant(entry.detail.new, history.to)
    }

    /// The first value counts.
    private func isMeant(_ values: [Value]?, _ wanted: Value?) -> Bool {
        guard let wanted else { return true }
        guard let first = values?.first else { return false }
        if case .reference = wanted { return first == wanted }
        guard let text = wanted.historyText, let other = first.historyText else { return false }
        return text.utf8.elementsEqual(other.utf8)
    }

    private func isVisible(_ entry: Entry, _ changeset: Changeset, _ record: IssueRecord) -> Bool {
        if let field = entry.detail.field, !isReadable(field, record) { return false }
        switch entry.kind {
        case .posted, .attached, .detached, .rewritten:
            return isVisible(changeset.audience, author: changeset.author, record)
        case .time: return holds(record, scope.timeEntries)
        default: return true
        }
    }

    // MARK: Values

    /// The values of a field as far as they are readable.
    func values(of reference: FieldRef, _ record: IssueRecord) -> [Value] {
        switch reference {
        case .aggregate(let aggregate): return [sum(aggregate, record)]
        case .attribute(let namespace, let name):
            return [record.attributes[namespace]?[name]].compactMap { $0 }.map { .text($0) }
        case .field(let id):
            guard isReadable(id, record) else { return [] }
            guard let builtin = BuiltinField(id) else { return record.state.values[id] ?? [] }
            return several(builtin, record) ?? IssueFields.values(of: id, in: record.issue)
        }
    }

    /// Nil for what is a column of the issue.
    private func several(_ field: BuiltinField, _ record: IssueRecord) -> [Value]? {
        func people(_ role: ParticipantRole) -> [Value] {
            (record.state.participants[role] ?? []).map { .reference($0.rawValue) }
        }
        switch field {
        case .description: return [record.state.description].compactMap { $0 }.map { .text($0) }
        case .timeSpent: return [sum(.spent, record)]
        case .restrictedTo: return record.issue.restrictedTo.map { .reference($0.rawValue) }
        case .labels: return record.state.labels.map { .reference($0.rawValue) }
        case .requestors: return people(.requestor)
        case .watchers: return people(.watcher)
        case .adminWatchers: return people(.adminWatcher)
        case .files: return files(record).map { .reference($0.file.rawValue) }
        case .posts: return comments(record).map { .text($0.text) }
        case .links:
            return neighbours(record.issue.id, [], .either).filter(isTarget).map { .reference($0.rawValue) }
        default: return nil
        }
    }

    // MARK: Sums

    private func sum(_ aggregate: Aggregate, _ record: IssueRecord) -> Value {
        switch aggregate {
        case .votesUp: .integer(Int64(record.votes.count { $0.direction > 0 }))
        case .votesDown: .integer(Int64(record.votes.count { $0.direction < 0 }))
        case .votesTotal: .integer(record.votes.reduce(0) { $0 + $1.direction })
        case .spent: .duration(spent(record))
        case .totalSpent: .duration(family(record).reduce(0) { $0 + spent($1) })
        case .totalEstimate:
            .duration(
                family(record).reduce(0) { sum, member in
                    sum + (isReadable(BuiltinField.estimate.id, member) ? member.issue.estimate ?? 0 : 0)
                })
        }
    }

    private func spent(_ record: IssueRecord) -> Int64 {
        guard isReadable(BuiltinField.timeSpent.id, record), holds(record, scope.timeEntries) else { return 0 }
        return record.timeEntries.reduce(0) { $0 + $1.duration }
    }

    /// The issue and its visible descendants by the primary parent.
    private func family(_ record: IssueRecord) -> [IssueRecord] {
        var found: Set<IssueID> = [record.issue.id]
        while true {
            let more = Set(world.issues.values.filter { $0.issue.parent.map(found.contains) ?? false }.map(\.issue.id))
            if more.isSubset(of: found) { break }
            found.formUnion(more)
        }
        return found.compactMap { world.issues[$0] }.filter { $0.issue.id == record.issue.id || isFound($0, .all) }
    }
}
