import ParleyHTTP
import ParleyModel
import ParleyService

/// Reads the filters of a list of issues into a predicate. Pure: what depends on the time or the asking user is handed
/// in.
struct FilterParser {
    let catalog: Catalog
    let access: Access
    /// The context of the whole request.
    let project: Project?
    let today: CivilDate

    /// How many filters a request may have.
    private static let limit = 100

    /// The filters that a request gives, in either form, the hidden one too.
    func given(_ parameters: Parameters) -> [GivenFilter] {
        if let fields = parameters["fields"] ?? parameters["f"] { return long(fields, parameters) }
        var result: [GivenFilter] = []
        for member in parameters.members.members.prefix(FilterParser.limit * 2) {
            guard let text = member.value.scalarText, let field = available(member.name) else { continue }
            result.append(GivenFilter(field, short: text))
        }
        if !result.contains(where: { $0.field.name == Quirks.hiddenFilter.field }),
            let field = FilterField.byName[Quirks.hiddenFilter.field]
        {
            result.append(GivenFilter(field, Quirks.hiddenFilter.operator, [""]))
        }
        return result
    }

    private func long(_ fields: ParameterTree, _ parameters: Parameters) -> [GivenFilter] {
        let operators = parameters["operators"] ?? parameters["op"]
        let values = parameters["values"] ?? parameters["v"]
        let names = fields.list?.compactMap(\.scalarText) ?? fields.object?.members.compactMap(\.value.scalarText) ?? []
        var result: [GivenFilter] = []
        for name in names.prefix(FilterParser.limit) {
            guard let field = available(name), let sign = operators?[name]?.scalarText,
                !result.contains(where: { $0.field.name == name })
            else { continue }
            let given = values?[name]
            let items = given?.list?.map { $0.scalarText ?? "" } ?? [given?.scalarText ?? ""]
            result.append(GivenFilter(field, sign, Array(items.prefix(500))))
        }
        return result
    }

    /// A filter by name, as far as it makes sense for the asking user and the project.
    private func available(_ name: String) -> FilterField? {
        guard let field = FilterField.byName[name] else { return FilterField.custom(name, in: catalog) }
        switch field.subject {
        case .project: return project == nil ? field : nil
        case .reference(.category): return project == nil ? nil : field
        case .property(.project, _): return project.map { !catalog.children(of: $0.id).isEmpty } ?? true ? field : nil
        case .subproject: return project.map { catalog.children(of: $0.id).isEmpty } ?? true ? nil : field
        case .isPrivate:
            return access.allowsSomewhere(.setIssuesPrivate) || access.allowsSomewhere(.setOwnIssuesPrivate)
                ? field : nil
        case .person(.participant): return access.actor.isAnonymous ? nil : field
        case .spent: return access.allowsSomewhere(.viewTimeEntries) ? field : nil
        default: return field
        }
    }

    /// What all filters say together, within the project.
    /// - Throws: `Refusal.messages` with each faulty filter.
    func predicate(_ filters: [GivenFilter]) throws -> Predicate<Parsed> {
        let faults = filters.compactMap(\.fault)
        if !faults.isEmpty { throw Refusal.messages(faults) }
        var parts: [Predicate<Parsed>] = []
        if let project, !filters.contains(where: { $0.field.subject == .subproject }) {
            parts.append(.inProject([.number(project.id.rawValue)], subtree: true))
        }
        for filter in filters { parts.append(predicate(filter)) }
        return parts.count == 1 ? parts[0] : .and(parts)
    }

    private func predicate(_ filter: GivenFilter) -> Predicate<Parsed> {
        switch filter.field.subject {
        case .status: return status(filter)
        case .project: return choice(filter) { .inProject(projects($0), subtree: false) }
        case .subproject: return subproject(filter)
        case .isPrivate:
            // What is not 0 is yes.
            return choice(filter) { .among(.builtin(.isPrivate), flags($0)) }
        case .reference(let field):
            if field == .priority && catalog.priorities.isEmpty {
                return choice(filter) { $0.contains(String(Quirks.onlyPriority.id)) ? .all : .none }
            }
            return choice(filter, any: .isSet(.builtin(field))) { .among(.builtin(field), numbers($0)) }
        case .property(.version, let property):
            // Of versions that the project has.
            let name = FieldName.property(.version, property)
            let shared = project.map { catalog.versionsShared(with: $0.id).map(\.id) }
            let known = shared.map { versions in
                Predicate<Parsed>.among(.builtin(.version), versions.map { .name(.number($0.rawValue)) })
            }
            let wanted = property == .status
                ? choice(filter) { .among(name, statusWords(.version, $0)) }
                : date(filter, name, any: .within(name, from: nil, to: nil), ofDays: true)
            let meant = Predicate.and([known ?? .isSet(.builtin(.version)), wanted])
            let takesNone = filter.comparison == (property == .status ? "!" : "!*")
            return takesNone ? .or([.not(.isSet(.builtin(.version))), meant]) : meant
        case .property(let field, .status):
            return choice(filter) { .among(.property(field, .status), statusWords(field, $0)) }
        case .property(let field, let property):
            let name = FieldName.property(field, property)
            return date(filter, name, any: .within(name, from: nil, to: nil), ofDays: true)
        case .person(.participant(let role)): return choice(filter) { watching($0, role) }
        case .person(let role):
            return choice(filter, any: .not(.person([role], .nobody))) { .person([role], .anyOf(people($0, role))) }
        case .updatedBy(let lastOnly): return choice(filter) { updated(by: people($0, .author), lastOnly) }
        case .assigneeGroup: return assigneeGroup(filter)
        case .assigneeRole: return assigneeRole(filter)
        default: return valuePredicate(filter)
        }
    }

    private func valuePredicate(_ filter: GivenFilter) -> Predicate<Parsed> {
        switch filter.field.subject {
        case .field(let field): return value(filter, .builtin(field), field.type)
        case .custom(let id): return custom(filter, id)
        case .spent: return spent(filter)
        case .issueNumber:
            guard filter.comparison == "=" else { return value(filter, .builtin(.id), .integer) }
            return .among(.builtin(.id), (GivenFilter.integers(filter.values.first ?? "") ?? []).map { .integer($0) })
        case .notes:
            return text(filter, isSet: .isSet(.builtin(.posts))) { match, word in .posted(match, word) }
        case .file(let column):
            return text(filter, isSet: .isSet(.builtin(.files))) { match, word in .hasFile(column, match, word) }
        case .link(let type, let direction): return link(filter, type, direction)
        case .children: return tree(filter, .reverse, isSet: .isSet(.builtin(.parent)))
        case .parents: return tree(filter, .forward, isSet: .linked([.text("hierarchy")], .forward, .any, .one))
        default: return .none
        }
    }

    // MARK: lists

    /// `=` and `!`, and where the list may be empty `*` and `!*`. Nothing named is found nowhere.
    private func choice(
        _ filter: GivenFilter, any: Predicate<Parsed>? = nil, _ make: ([String]) -> Predicate<Parsed>
    ) -> Predicate<Parsed> {
        switch filter.comparison {
        case "=": make(filter.values)
        case "!": .not(make(filter.values))
        case "*": any ?? .none
        case "!*": any.map { .not($0) } ?? .none
        default: .none
        }
    }

    private func status(_ filter: GivenFilter) -> Predicate<Parsed> {
        let category = FieldName.property(.status, .category)
        return switch filter.comparison {
        case "o": .among(category, [.text("initial"), .text("active")])
        case "c": .among(category, [.text("closed")])
        case "*": .all
        default: choice(filter) { .among(.builtin(.status), numbers($0)) }
        }
    }

    private func numbers(_ values: [String]) -> [ParsedOperand] {
        values.compactMap { Int64(Spelling.trimmed($0)).map { .name(.number($0)) } }
    }

    private func flags(_ values: [String]) -> [ParsedOperand] {
        values.map { .boolean($0 != "0") }
    }

    private func projects(_ values: [String]) -> [ParsedName] {
        values.flatMap { value -> [ParsedName] in
            if value == "mine" { return access.memberProjects.map { .number($0.rawValue) } }
            return Int64(value).map { [.number($0)] } ?? []
        }
    }

    private func subproject(_ filter: GivenFilter) -> Predicate<Parsed> {
        guard let project else { return .none }
        let own = ParsedName.number(project.id.rawValue)
        let named = Set(filter.values.compactMap { Int64($0) })
        let below = catalog.subtree(of: project.id).filter { $0 != project.id }.map(\.rawValue)
        return switch filter.comparison {
        case "!*": .inProject([own], subtree: false)
        case "=": .inProject([own] + below.filter(named.contains).map { .number($0) }, subtree: false)
        case "!": .inProject([own] + below.filter { !named.contains($0) }.map { .number($0) }, subtree: false)
        default: .inProject([own], subtree: true)
        }
    }

    private func statusWords(_ field: BuiltinField, _ values: [String]) -> [ParsedOperand] {
        guard field == .project else { return values.map { .text($0) } }
        return values.compactMap { value in
            Project.Status.allWords.first { $0.number == value }.map { .text($0.word) }
        }
    }

    /// `me` is the asking user, as assignee their groups too; a visitor is nobody.
    private func people(_ values: [String], _ role: PersonRole) -> Set<PrincipalID> {
        var result: Set<PrincipalID> = []
        for value in values {
            if value == "me" {
                guard !access.actor.isAnonymous else { continue }
                result.insert(access.actor.user)
                if role == .assignee { result.formUnion(access.identities) }
            } else if let number = Int64(Spelling.trimmed(value)), number > 0 {
                result.insert(PrincipalID(number))
            }
        }
        return result
    }

    /// Others than oneself are found where the asking user may see who watches.
    private func watching(_ values: [String], _ role: ParticipantRole) -> Predicate<Parsed> {
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

    private func updated(by people: Set<PrincipalID>, _ lastOnly: Bool) -> Predicate<Parsed> {
        var history = HistoryPredicate<Parsed>()
        history.contributionsOnly = true
        history.by = .anyOf(people)
        history.lastOnly = lastOnly
        return .history(history)
    }

    private func assigneeGroup(_ filter: GivenFilter) -> Predicate<Parsed> {
        func members(_ groups: some Sequence<Group>) -> Predicate<Parsed> {
            let people = groups.reduce(into: Set<PrincipalID>()) { people, group in
                people.insert(group.id)
                people.formUnion(group.members)
            }
            return .person([.assignee], .anyOf(people))
        }
        let all = catalog.records.groups.values.filter { $0.stamp.retired == nil }
        return choice(filter, any: members(all)) { values in
            members(all.filter { values.contains(String($0.id.rawValue)) })
        }
    }

    private func assigneeRole(_ filter: GivenFilter) -> Predicate<Parsed> {
        func holders(_ roles: [Role]) -> Predicate<Parsed> {
            .or(roles.map { .person([.assignee], .hasRole(.number($0.id.rawValue))) })
        }
        let all = catalog.roles.filter { $0.builtin == nil }
        return choice(filter, any: holders(all)) { values in
            holders(all.filter { values.contains(String($0.id.rawValue)) })
        }
    }
}

extension Project.Status {
    /// Redmine's numbers and the model's words.
    static let allWords: [(number: String, word: String)] = [
        ("1", Project.Status.active.rawValue), ("5", Project.Status.closed.rawValue),
        ("9", Project.Status.archived.rawValue),
    ]
}
