/// Finds issues by looking at every one: slow and plain, to hold the SQL compiler against.
public struct IssueEvaluator {
    let world: World
    let scope: ReadScope

    public init(_ world: World, scope: ReadScope) {
        self.world = world
        self.scope = scope
    }

    /// The page's issues in order, and how many there are in all.
    public func find(_ query: Query<Resolved>) -> (ids: [IssueID], total: Int) {
        let found = world.issues.values.filter { isFound($0, query.predicate) }
        let ordered = found.sorted { precedes($0, $1, query.order) }.map(\.issue.id)
        let descending = query.order.last?.descending ?? true
        let after = query.page.after
        let rest = ordered.filter { id in
            guard let after else { return true }
            return descending ? id < after : id > after
        }
        return (Array(rest.dropFirst(query.page.offset).prefix(query.page.limit)), found.count)
    }

    /// Whether the issue is visible and meant.
    public func isFound(_ record: IssueRecord, _ predicate: Predicate<Resolved>) -> Bool {
        guard record.issue.mergedInto == nil else { return false }
        if !predicate.mentionsRetired && record.issue.retired != nil { return false }
        return isVisible(record) && matches(record, predicate)
    }

    /// Whether the predicate holds for the issue, as far as the actor may read its fields.
    public func matches(_ record: IssueRecord, _ predicate: Predicate<Resolved>) -> Bool {
        PredicateEvaluator(
            values: { values(of: $0, record) }, special: { special(record, $0) }
        ).matches(predicate)
    }

    func isVisible(_ record: IssueRecord) -> Bool { holds(record, scope.issues) }

    /// Whether a predicate of the scope itself holds, which no readability limits.
    func holds(_ record: IssueRecord, _ predicate: Predicate<Resolved>) -> Bool {
        var bare = scope
        bare.unreadableFields = [:]
        return IssueEvaluator(world, scope: bare).matches(record, predicate)
    }

    func isReadable(_ field: FieldID, _ record: IssueRecord) -> Bool {
        guard let condition = scope.unreadableFields[field] else { return true }
        return holds(record, condition)
    }

    func isVisible(_ audience: Audience, author: PrincipalID, _ record: IssueRecord) -> Bool {
        if scope.seesAllPosts { return true }
        if author == scope.user && scope.user != .anonymous { return true }
        switch audience {
        case .everyone: return true
        case .restricted: return holds(record, scope.restrictedPosts)
        case .groups(let groups): return groups.contains { scope.identities.contains($0) }
        }
    }

    func comments(_ record: IssueRecord) -> [PostRecord] {
        guard isReadable(BuiltinField.posts.id, record) else { return [] }
        return record.posts.filter { !$0.isOpening && $0.isShown && isVisible($0.audience, author: $0.author, record) }
    }

    func files(_ record: IssueRecord) -> [FileRecord] {
        guard isReadable(BuiltinField.files.id, record) else { return [] }
        return record.files.filter { isVisible($0.audience, author: $0.author, record) }
    }

    // MARK: Predicates about issues only

    private func special(_ record: IssueRecord, _ predicate: Predicate<Resolved>) -> Bool {
        switch predicate {
        case .search(let words, let mode, let columns): return isSearched(record, words, mode, columns)
        case .isGiven(.field(let id)): return isReadable(id, record) && record.state.values[id] != nil
        case .person(let roles, let target): return plays(record, roles, target)
        case .linked(let types, let direction, let target, let depth):
            return isReadable(BuiltinField.links.id, record) && isLinked(record, types, direction, target, depth)
        case .history(let history): return happened(record, history)
        case .comment(let match, let patterns):
            return comments(record).contains { post in
                patterns.allSatisfy { TextRules.matches(post.text, match, $0, caseSensitive: false) }
            }
        case .file(let condition): return files(record).contains { condition.holds($0.text(of:)) }
        case .inProject(let projects, let subtree):
            return world.catalog.projects(projects, subtree: subtree).contains(record.issue.project)
        case .tracker(let trackers): return trackers.contains(record.issue.tracker.rawValue)
        case .retired(.only): return record.issue.retired != nil
        case .retired(.included): return true
        default: return false
        }
    }

    private func people(_ role: PersonRole, _ record: IssueRecord) -> Set<PrincipalID> {
        let issue = record.issue
        switch role {
        case .author: return isReadable(BuiltinField.author.id, record) ? [issue.author] : []
        case .updatedBy: return isReadable(BuiltinField.updatedBy.id, record) ? [issue.updatedBy] : []
        case .assignee:
            return isReadable(BuiltinField.assignee.id, record) ? Set([issue.assignee].compactMap { $0 }) : []
        case .participant(let role):
            return isReadable(role.field.id, record) ? record.state.participants[role] ?? [] : []
        case .projectParticipant(let role): return world.catalog.projectParticipants[issue.project]?[role] ?? []
        }
    }

    private func plays(_ record: IssueRecord, _ roles: Set<PersonRole>, _ target: PersonTarget<Resolved>) -> Bool {
        let present = roles.reduce(into: Set<PrincipalID>()) { $0.formUnion(people($1, record)) }
        if target == .nobody { return present.isEmpty }
        return !present.isDisjoint(with: wanted(target))
    }

    /// Groups, roles and properties are resolved to people before.
    func wanted(_ target: PersonTarget<Resolved>) -> Set<PrincipalID> {
        switch target {
        case .principal(let number): [PrincipalID(number)]
        case .me: scope.user == .anonymous ? [] : [scope.user]
        case .anyOf(let people): people
        case .nobody, .inGroup, .hasRole, .property: []
        }
    }

    // MARK: Search

    private func isSearched(
        _ record: IssueRecord, _ words: [String], _ mode: SearchMode, _ columns: Set<SearchColumn>
    ) -> Bool {
        let columns = columns.isEmpty ? Set(SearchColumn.allCases) : columns
        let terms = words.map(TextRules.words).filter { !$0.isEmpty }.prefix(64)
        guard !terms.isEmpty else { return false }
        let documents = documents(record, columns)
        switch mode {
        case .all: return terms.allSatisfy { term in documents.contains { holds($0, term) } }
        case .any: return terms.contains { term in documents.contains { holds($0, term) } }
        case .phrase: return documents.contains { holds($0, Array(terms.joined())) }
        case .parts:
            return terms.allSatisfy { term in documents.contains { $0.contains { TextRules.holds($0, part: term) } } }
        }
    }

    /// Each document is a list of texts, each of these a list of words.
    private func documents(_ record: IssueRecord, _ columns: Set<SearchColumn>) -> [[[String]]] {
        var documents: [[[String]]] = []
        let title = TextRules.words(record.issue.title ?? "")
        let indexed: [BuiltinField] = [.title, .description, .labels]
        if !columns.isDisjoint(with: [.description, .labels, .fields, .number]) {
            if indexed.allSatisfy({ isReadable($0.id, record) }) {
                documents.append([title, TextRules.words(record.searchBody)])
            }
        }
        if columns.contains(.title), isReadable(BuiltinField.title.id, record) { documents.append([title]) }
        if columns.contains(.comments) { documents += comments(record).map { [TextRules.words($0.text)] } }
        return documents
    }

    private func holds(_ document: [[String]], _ phrase: [String]) -> Bool {
        document.contains { words in (0...words.count).contains { words[$0...].starts(with: phrase) } }
    }
}
