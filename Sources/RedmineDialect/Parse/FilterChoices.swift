import ParleyModel
import ParleyService

/// Filters that choose from what there is: people, projects, versions and the like.
extension FilterParser {
    /// `=` and `!`, `*` and `!*`, and the numbers of what can be chosen between bounds. Nothing named is found nowhere;
    /// the rest of the operators depends on a database, or is an error there.
    func choice(
        _ filter: GivenFilter, any: Predicate<Parsed>, numbered: () -> [Int64],
        _ make: ([String]) -> Predicate<Parsed>
    ) -> Predicate<Parsed> {
        switch filter.comparison {
        case "=": return make(filter.values)
        case "!": return .not(make(filter.values))
        case "*": return any
        case "!*": return .not(any)
        default:
            guard let bounds = FilterBounds(filter) else { return .none }
            return make(numbered().filter { bounds.contain(Double($0)) }.map { String($0) })
        }
    }

    func status(_ filter: GivenFilter) -> Predicate<Parsed> {
        let category = FieldName.property(.status, .category)
        return switch filter.comparison {
        case "o": .among(category, [.text("initial"), .text("active")])
        case "c": .among(category, [.text("closed")])
        default:
            choice(filter, any: .all, numbered: { catalog.statuses.map(\.id.rawValue) }) {
                .among(.builtin(.status), numbers($0))
            }
        }
    }

    func reference(_ filter: GivenFilter, _ field: BuiltinField) -> Predicate<Parsed> {
        let records = catalog.records
        if field == .priority && catalog.priorities.isEmpty {
            let only = [Quirks.onlyPriority.id]
            return choice(filter, any: .all, numbered: { only }) { $0.contains(String(only[0])) ? .all : .none }
        }
        let isAlways = field == .type || field == .priority
        return choice(
            filter, any: isAlways ? .all : .isSet(.builtin(field)),
            numbered: {
                switch field {
                case .type: records.types.keys.map(\.rawValue)
                case .priority: records.priorities.keys.map(\.rawValue)
                case .category: records.categories.keys.map(\.rawValue)
                case .version: records.versions.keys.map(\.rawValue)
                default: []
                }
            }, { .among(.builtin(field), numbers($0)) })
    }

    /// Of versions that the project has.
    func version(_ filter: GivenFilter, _ property: ReferenceProperty) -> Predicate<Parsed> {
        let name = FieldName.property(.version, property)
        let shared = project.map { catalog.versionsShared(with: $0.id).map(\.id) }
        let known = shared.map { versions in
            Predicate<Parsed>.among(.builtin(.version), versions.map { .name(.number($0.rawValue)) })
        }
        let isAny = ["o", "c"].contains(filter.comparison) || (property == .status && filter.comparison == "*")
        let wanted: Predicate<Parsed>
        if isAny {
            wanted = .all
        } else if property == .status {
            let words = Version.Status.allCases.map(\.rawValue).filter { FilterParser.matches($0, filter) }
            wanted = filter.comparison == "!*" ? .none : .among(name, words.map { .text($0) })
        } else {
            wanted = date(filter, name, any: .within(name, from: nil, to: nil), ofDays: true)
        }
        let meant = Predicate.and([.isSet(.builtin(.version)), known ?? .all, wanted])
        let takesNone = filter.comparison == (property == .status ? "!" : "!*")
        return takesNone ? .or([.not(.isSet(.builtin(.version))), meant]) : meant
    }

    func numbers(_ values: [String]) -> [ParsedOperand] {
        values.compactMap { Int64(Spelling.trimmed($0)).map { .name(.number($0)) } }
    }

    func projectStatus(_ filter: GivenFilter, _ field: BuiltinField) -> Predicate<Parsed> {
        if ["o", "c"].contains(filter.comparison) { return .all }
        let numbers = { Project.Status.allWords.compactMap { Int64($0.number) } }
        return choice(filter, any: .all, numbered: numbers) {
            .among(
                .property(field, .status),
                $0.compactMap { number in
                    Project.Status.allWords.first { $0.number == number }.map { .text($0.word) }
                })
        }
    }

    func flags(_ values: [String]) -> [ParsedOperand] { values.map { .boolean($0 != "0") } }

    // MARK: projects

    func project(_ filter: GivenFilter) -> Predicate<Parsed> {
        choice(filter, any: .all, numbered: { catalog.records.projects.keys.map(\.rawValue) }) {
            .inProject(projects($0), subtree: false)
        }
    }

    private func projects(_ values: [String]) -> [ParsedName] {
        values.flatMap { value -> [ParsedName] in
            if value == "mine" { return access.memberProjects.map { .number($0.rawValue) } }
            return Int64(value).map { [.number($0)] } ?? []
        }
    }

    /// With what is chosen, which need not be below it, the project itself counts; it can be left out by name.
    func subproject(_ filter: GivenFilter) -> Predicate<Parsed> {
        guard let project else { return .none }
        let own = ParsedName.number(project.id.rawValue)
        let named = Set(filter.values.map { Quirks.leadingNumber($0) ?? 0 })
        let below = catalog.subtree(of: project.id).filter { $0 != project.id }.map(\.rawValue)
        return switch filter.comparison {
        case "!*": .inProject([own], subtree: false)
        case "=": .inProject([own] + named.sorted().map { .number($0) }, subtree: false)
        case "!":
            .inProject(
                ([project.id.rawValue] + below).filter { !named.contains($0) }.map { .number($0) }, subtree: false)
        default: .inProject([own], subtree: true)
        }
    }

    // MARK: people

    /// Everybody, in order.
    func principals() -> [Int64] {
        (catalog.records.users.keys.map(\.rawValue) + catalog.records.groups.keys.map(\.rawValue)).sorted()
    }

    /// `me` is the asking user, as assignee or watcher their groups too; a visitor is nobody.
    func people(_ values: [String], _ role: PersonRole) -> Set<PrincipalID> {
        var result: Set<PrincipalID> = []
        for value in values {
            if value == "me" {
                guard !access.actor.isAnonymous else { continue }
                result.insert(access.actor.user)
                if role == .assignee || role == .participant(.watcher) { result.formUnion(access.identities) }
            } else if let number = Int64(Spelling.trimmed(value)), number > 0 {
                result.insert(PrincipalID(number))
            }
        }
        return result
    }

    /// Others than oneself are found where the asking user may see who watches.
    func watching(_ values: [String], _ role: ParticipantRole) -> Predicate<Parsed> {
        let wanted = people(values, .participant(role))
        let own = wanted.intersection([access.actor.user])
        let others = wanted.subtracting(own)
        var parts: [Predicate<Parsed>] = own.isEmpty ? [] : [.person([.participant(role)], .anyOf(own))]
        if !others.isEmpty {
            let open = catalog.projectTree.filter { access.allows(.viewIssueWatchers, in: $0) }
            parts.append(
                .and([
                    .person([.participant(role)], .anyOf(others)),
                    .inProject(open.map { .number($0.id.rawValue) }, subtree: false),
                ]))
        }
        return .or(parts)
    }

    func updated(by people: Set<PrincipalID>, _ lastOnly: Bool) -> Predicate<Parsed> {
        var history = HistoryPredicate<Parsed>()
        history.contributionsOnly = true
        history.by = .anyOf(people)
        history.lastOnly = lastOnly
        return .history(history)
    }

    /// Bounds are the first and second of the groups' members.
    func assigneeGroup(_ filter: GivenFilter) -> Predicate<Parsed> {
        let all = catalog.records.groups.values.filter { $0.stamp.retired == nil }
        func members(_ groups: some Sequence<Group>) -> Set<PrincipalID> {
            groups.reduce(into: Set<PrincipalID>()) { people, group in
                people.insert(group.id)
                people.formUnion(group.members)
            }
        }
        let named = members(all.filter { filter.values.contains(String($0.id.rawValue)) })
        switch filter.comparison {
        case "=": return .person([.assignee], .anyOf(named))
        case "!": return .not(.person([.assignee], .anyOf(named)))
        case "*": return .person([.assignee], .anyOf(members(all)))
        case "!*": return .not(.person([.assignee], .anyOf(members(all))))
        default:
            var bounded = filter
            bounded.values = named.map(\.rawValue).sorted().map { String($0) }
            guard let bounds = FilterBounds(bounded) else { return .none }
            let chosen = principals().filter { bounds.contain(Double($0)) }.map { PrincipalID($0) }
            return .person([.assignee], .anyOf(Set(chosen)))
        }
    }

    func assigneeRole(_ filter: GivenFilter) -> Predicate<Parsed> {
        func holders(_ roles: [Role]) -> Predicate<Parsed> {
            .or(roles.map { .person([.assignee], .hasRole(.number($0.id.rawValue))) })
        }
        let all = catalog.roles.filter { $0.builtin == nil }
        let named = all.filter { filter.values.contains(String($0.id.rawValue)) }
        return switch filter.comparison {
        case "=": holders(named)
        case "!": .not(holders(named))
        case "*": holders(all)
        case "!*": .not(holders(all))
        default: .all
        }
    }
}

/// What lies between two numbers, as a filter's operator and values say it.
struct FilterBounds: Sendable {
    private let low: Double
    private let high: Double

    /// Nil for an operator that means no bounds. What is no number is 0, and so is an upper bound that is missing.
    init?(_ filter: GivenFilter) {
        let first = Quirks.leadingDecimal(filter.values.first ?? "")
        switch filter.comparison {
        case ">=": (low, high) = (first, .infinity)
        case "<=": (low, high) = (-.infinity, first)
        case "><": (low, high) = (first, filter.values.count > 1 ? Quirks.leadingDecimal(filter.values[1]) : 0)
        default: return nil
        }
    }

    /// Both ends count.
    func contain(_ number: Double) -> Bool { number >= low && number <= high }
}
