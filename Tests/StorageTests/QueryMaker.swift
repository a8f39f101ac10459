import ParleyModel

/// Makes random queries and scopes over a random workspace.
struct QueryMaker {
    var random: SeededGenerator
    /// Whether the engine knows regular expressions.
    var knowsPatterns = false

    init(seed: UInt64) { random = SeededGenerator(seed) }

    mutating func query() -> Query<Resolved> {
        var keys: [SortKey<Resolved>] = []
        for _ in 0..<random.one([0, 1, 1, 1, 2, 3]) {
            keys.append(
                SortKey(
                    sortField(), descending: random.chance(50), unsetFirst: random.chance(30) ? random.chance(50) : nil)
            )
            if random.chance(15) { keys[keys.count - 1] = placedKey() }
        }
        var page = QueryPage(
            offset: random.one([0, 0, 0, 3, 40]), limit: random.one([1, 5, 25, 1000, 1000]))
        if random.chance(10) { page.after = IssueID(100_000 + random.number(0...300) * 3) }
        return Query(predicate(depth: 3), order: keys, page: page)
    }

    /// People in an order of their own.
    private mutating func placedKey() -> SortKey<Resolved> {
        let people = random.some(FixtureIDs.people, atMost: 12)
        var places: [Int64: Int64] = [:]
        for person in people { places[person] = random.number(0...4) }
        return SortKey(
            .builtin(random.one([.assignee, .author, .requestors, .watchers, .title])),
            by: SortPlaces(places, ofUnset: random.chance(50) ? random.number(0...5) : nil),
            descending: random.chance(50))
    }

    /// Predicates about links that are being made.
    private var links = 0

    mutating func predicate(depth: Int) -> Predicate<Resolved> {
        guard depth > 0, random.chance(70) else { return leaf(depth) }
        switch random.number(0...4) {
        case 0, 1: return .and(parts(depth))
        case 2, 3: return .or(parts(depth))
        default: return .not(predicate(depth: depth - 1))
        }
    }

    private mutating func parts(_ depth: Int) -> [Predicate<Resolved>] {
        (0..<Int.random(in: 1...3, using: &random)).map { _ in predicate(depth: depth - 1) }
    }

    // MARK: Fields and operands

    private static let builtins = BuiltinField.allCases

    mutating func field() -> FieldRef {
        switch random.number(0...9) {
        case 0...5: return .builtin(random.one(Self.builtins))
        case 6...8: return .field(FieldID(random.one(FixtureIDs.fields).id))
        default:
            if random.chance(30) { return .attribute(namespace: "space", name: "key") }
            return .aggregate(random.one([.spent, .totalSpent, .totalEstimate, .votesUp, .votesDown, .votesTotal]))
        }
    }

    private mutating func sortField() -> FieldRef {
        random.chance(40)
            ? .builtin(random.one([.id, .updated, .created, .priority, .title, .dueDate, .assignee])) : field()
    }

    mutating func operand(_ field: FieldRef) -> Value {
        if random.chance(4) { return random.one([.text("x"), .integer(1), .boolean(true), .reference(101)]) }
        switch field {
        case .aggregate(let aggregate):
            let isTime = [.spent, .totalSpent, .totalEstimate].contains(aggregate)
            return isTime ? .duration(random.number(0...4) * 1_800_000) : .integer(random.number(-1...2))
        case .attribute: return .text(word())
        case .field(let id):
            guard let builtin = BuiltinField(id) else {
                return value(FixtureIDs.fields.first { $0.id == id.rawValue }?.type ?? .text)
            }
            switch builtin {
            case .id, .parent, .mergedInto, .links: return .reference(100_000 + random.number(0...90) * 3)
            case .progress: return .integer(random.number(0...4) * 25)
            case .number: return .integer(random.number(1...90))
            case .rank: return .number(Double(random.number(0...8)) / 2)
            default: return value(builtin.type)
            }
        }
    }

    private mutating func value(_ type: FieldType) -> Value {
        switch type {
        case .text, .longText, .uri: .text(random.chance(20) ? "" : word())
        case .integer: random.chance(20) ? .number(Double(random.number(-4...4)) / 2) : .integer(random.number(-3...4))
        case .number: random.chance(30) ? .integer(random.number(-2...2)) : .number(Double(random.number(-4...4)) / 2)
        case .boolean: .boolean(random.chance(50))
        case .date, .instant: random.chance(50) ? .date(date()) : .instant(instant())
        case .duration: .duration(random.number(0...5) * random.one([1000, 3_600_000]))
        case .list, .openList: .reference(random.one(FixtureIDs.listValues))
        case .status: .reference(random.one(FixtureIDs.statuses))
        case .priority: .reference(random.one(FixtureIDs.priorities))
        case .type: .reference(random.one(FixtureIDs.types))
        case .category: .reference(random.one(FixtureIDs.categories))
        case .version: .reference(random.one(FixtureIDs.versions))
        case .label: .reference(random.one(FixtureIDs.labels))
        case .principal: .reference(random.one(FixtureIDs.people))
        case .project: .reference(random.one(FixtureIDs.projects))
        case .tracker: .reference(random.one(FixtureIDs.trackers))
        case .issue: .reference(100_000 + random.number(0...50) * 3)
        case .file: .reference(30_000 + random.number(0...90))
        case .computed: .integer(0)
        }
    }

    private mutating func date() -> DateValue {
        DateValue(
            CivilDate(daysSince1970: random.number(0...20)),
            secondOfDay: random.chance(50) ? nil : random.one([0, 43_200]))
    }

    private mutating func instant() -> Instant { Instant(microseconds: random.number(0...40) * 43_200_000_000) }
    private mutating func word() -> String { random.one(FixtureIDs.words) }

    private mutating func pattern(_ match: TextMatch) -> String {
        switch match {
        case .wildcard:
            return random.one([
                "*", "cr*", "*o?in*", "?", "*r", "c*f?", "*[x]*", "*a*b*", "f*-b?r*", "", "*Login*", "**a**",
            ])
        case .regex:
            return random.one(["cr.sh", "^l", "o+", "(foo|bar)$", "[xX]", "\\d+", "caf[eé]", "\\bfoo\\b", "("])
        default: return random.one(FixtureIDs.words + ["", "og", "RIN", "é", "ΔΟς", "o b", "r "])
        }
    }

    private mutating func match() -> TextMatch {
        random.one([.equals, .contains, .contains, .prefix, .suffix, .wildcard] + (knowsPatterns ? [.regex] : []))
    }

    private mutating func people() -> PersonTarget<Resolved> {
        switch random.number(0...4) {
        case 0: .me
        case 1: .nobody
        case 2: .principal(random.one(FixtureIDs.people))
        default: .anyOf(Set(random.some(FixtureIDs.people, atMost: 3).map { PrincipalID($0) }))
        }
    }

    // MARK: Leaves

    private mutating func leaf(_ depth: Int) -> Predicate<Resolved> {
        switch random.number(0...29) {
        case 0: return random.chance(50) ? .all : .none
        case 1: return .isSet(field())
        case 2: return random.chance(50) ? .isSet(field()) : .isGiven(field())
        case 3...6:
            let field = field()
            return .compare(
                field, random.one([.equal, .equal, .less, .lessOrEqual, .greater, .greaterOrEqual]), operand(field))
        case 7:
            return .compareFields(field(), random.one([.equal, .less, .lessOrEqual, .greater]), field())
        case 8:
            return .compareFields(
                .builtin(.startDate), random.one([.equal, .less, .greaterOrEqual]), .builtin(.dueDate))
        case 9...11:
            let field = field()
            let count = random.chance(10) ? 20 : random.number(0...3)
            return .among(field, (0..<count).map { _ in operand(field) })
        case 12, 13:
            let field = random.chance(50) ? field() : .builtin(random.one([.updated, .created, .dueDate, .estimate]))
            return .within(
                field, from: random.chance(80) ? operand(field) : nil, to: random.chance(60) ? operand(field) : nil)
        case 14, 15: return text()
        case 16...18: return search()
        case 19, 20: return .person(roles(), people())
        case 21, 22: return linked(depth)
        case 23, 24: return history()
        case 25:
            let match = match()
            return .comment(match, random.chance(70) ? [pattern(match)] : [pattern(match), pattern(match)])
        case 26:
            let match = match()
            return random.chance(50) ? .file(files(3)) : .hasFile(random.one(Self.fileColumns), match, pattern(match))
        case 27: return .inProject(random.some(FixtureIDs.projects, atMost: 3), subtree: random.chance(50))
        case 28: return .tracker(random.some(FixtureIDs.trackers, atMost: 5))
        default: return .retired(random.chance(50) ? .only : .included)
        }
    }

    private static let fileColumns: [FileColumn] = [.name, .description, .contentType]

    private mutating func files(_ depth: Int) -> FileCondition {
        switch random.number(0...(depth > 0 ? 4 : 1)) {
        case 0: return .isSet(random.one(Self.fileColumns))
        case 1:
            let match = match()
            return .text(random.one(Self.fileColumns), match, pattern(match))
        case 2: return .not(files(depth - 1))
        default: return .and((0..<random.number(0...2)).map { _ in files(depth - 1) })
        }
    }

    private mutating func text() -> Predicate<Resolved> {
        let field: FieldRef =
            random.chance(40)
            ? .builtin(.title) : .field(FieldID(random.one([2, 9001, 9002, BuiltinField.posts.rawValue, 9003])))
        if random.chance(15) {
            return .textOrder(field, random.one([.equal, .less, .lessOrEqual, .greater, .greaterOrEqual]), word())
        }
        let match = match()
        return .text(field, match, pattern(match), caseSensitive: random.chance(40))
    }

    private mutating func search() -> Predicate<Resolved> {
        var words = (0..<Int.random(in: 1...3, using: &random)).map { _ in word() }
        let columns = random.chance(40) ? [] : random.some(SearchColumn.allCases, atMost: 3)
        let mode = random.one([SearchMode.all, .any, .phrase, .parts, .parts])
        if mode == .parts {
            words = words.map { word in
                let start = Int.random(in: 0...min(2, word.count), using: &random)
                return String(word.dropFirst(start).dropLast(Int.random(in: 0...2, using: &random)))
            }
        }
        return .search(words, mode, Set(columns))
    }

    private mutating func roles() -> Set<PersonRole> {
        var all: [PersonRole] = [.author, .assignee, .assignee, .updatedBy]
        all +=
            ParticipantRole.allCases.map { .participant($0) } + ParticipantRole.allCases.map { .projectParticipant($0) }
        return Set(random.some(all, atMost: 3))
    }

    /// Links of links at most: with the conditions around them, more nest deeper than the compiler takes.
    private mutating func linked(_ depth: Int) -> Predicate<Resolved> {
        links += 1
        defer { links -= 1 }
        let target: LinkTarget<Resolved> =
            switch random.number(0...(links > 1 ? 3 : 6)) {
            case 0: .any
            case 1: .uri("x:\(random.number(0...4))")
            case 2: .issue(100_000 + random.number(0...90) * 3)
            case 3: .known(100_000 + random.number(0...90) * 3)
            default: .matching(predicate(depth: min(1, depth - 1)))
            }
        return .linked(
            random.some(FixtureIDs.linkTypes, atMost: 2), random.one([.forward, .reverse, .either]), target,
            random.one([.one, .any]))
    }

    private mutating func history() -> Predicate<Resolved> {
        var history = HistoryPredicate<Resolved>(
            kinds: random.chance(50) ? Set(random.some(EntryKind.allCases, atMost: 6)) : nil)
        if random.chance(60) {
            let field: FieldRef =
                random.chance(50)
                ? .builtin(random.one([.status, .assignee, .labels]))
                : .field(FieldID(random.one(FixtureIDs.fields).id))
            history.field = field
            if random.chance(40) { history.from = operand(field) }
            if random.chance(40) { history.to = operand(field) }
        }
        if random.chance(40) { history.by = people() }
        if random.chance(30) { history.since = random.chance(50) ? .date(date()) : .instant(instant()) }
        if random.chance(30) { history.before = .instant(instant()) }
        history.lastOnly = random.chance(25)
        history.contributionsOnly = random.chance(25)
        return .history(history)
    }

    // MARK: Scopes

    mutating func scope() -> ReadScope {
        let user = PrincipalID(random.chance(8) ? 2 : random.one(FixtureIDs.users))
        let identities = Set([user] + random.some(FixtureIDs.groups, atMost: 2).map { PrincipalID($0) })
        if random.chance(15) { return .unlimited(user, identities: identities) }
        let me = PersonTarget<Resolved>.anyOf(identities)
        var rules: [Predicate<Resolved>] = []
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            var parts: [Predicate<Resolved>] = [.tracker(random.some(FixtureIDs.trackers, atMost: 8))]
            if random.chance(30) {
                parts.append(.among(.builtin(.type), random.some(FixtureIDs.types, atMost: 3).map { .reference($0) }))
            }
            if random.chance(20) { parts.append(.person([.author, .assignee], me)) }
            let own = Predicate<Resolved>.person(
                random.one([[.author], [.author, .assignee], [.participant(.watcher)]]), me)
            if random.chance(70) { parts.append(.or([.compare(.builtin(.isPrivate), .equal, .boolean(false)), own])) }
            rules.append(.and(parts))
        }
        var issues: [Predicate<Resolved>] = [.or(rules)]
        if random.chance(60) {
            issues.append(
                .or([
                    .not(.isSet(.builtin(.restrictedTo))),
                    .among(.builtin(.restrictedTo), identities.map { .reference($0.rawValue) }),
                ]))
        }
        var scope = ReadScope(user: user, identities: identities, issues: .and(issues))
        scope.restrictedPosts = random.one([.none, .all, .tracker(random.some(FixtureIDs.trackers, atMost: 6))])
        scope.timeEntries = random.one([
            .all, .none, .tracker(random.some(FixtureIDs.trackers, atMost: 6)), .person([.assignee], me),
        ])
        if random.chance(40) {
            let candidates = Self.builtins.map(\.id) + FixtureIDs.fields.map { FieldID($0.id) }
            for field in random.some(candidates, atMost: 10) {
                scope.unreadableFields[field] = random.one([
                    Predicate<Resolved>.none, .tracker(random.some(FixtureIDs.trackers, atMost: 6)),
                    .person([.author], me),
                ])
            }
        }
        return scope
    }
}
