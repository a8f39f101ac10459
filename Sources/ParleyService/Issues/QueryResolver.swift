import ParleyModel
import ParleyStorage

/// Turns a parsed query into a resolved one: names become numbers, relative times become instants, paths through
/// reference data
/// become sets of numbers. A name that nothing has matches nothing and is told in `unknown`; a value that cannot be
/// read at all
/// is a fault.
public struct QueryResolver {
    let reader: Reader
    let catalog: Catalog
    /// Names that nothing has.
    public private(set) var unknown: [Problem] = []
    private var problems: [Problem] = []

    public init(_ reader: Reader) {
        self.reader = reader
        catalog = reader.catalog
    }

    /// - Throws: `Fault.invalid` with every unreadable value and unknown field.
    public mutating func resolved(_ query: Query<Parsed>) throws -> Query<Resolved> {
        let predicate = resolve(query.predicate)
        let order = query.order.compactMap { key -> SortKey<Resolved>? in
            guard let target = reference(key.reference) else { return nil }
            var sorted = SortKey<Resolved>(
                target.reference, descending: key.descending, unsetFirst: key.unsetFirst)
            sorted.places = key.places
            return sorted
        }
        if !problems.isEmpty { throw Fault.invalid(problems) }
        return Query(
            predicate, order: order, page: query.page, projection: query.projection, wantsTotal: query.wantsTotal)
    }

    /// - Throws: `Fault.invalid`.
    public func resolve(_ query: Query<Parsed>) throws -> Query<Resolved> {
        var copy = self
        return try copy.resolved(query)
    }

    /// A field that exists, and the property of what it refers to that is meant.
    struct Target {
        var reference: FieldRef
        var type: FieldType
        var field: FieldName
        var property: ReferenceProperty?
        var custom: Field?
    }

    private mutating func reference(_ name: FieldName) -> Target? {
        switch name {
        case .builtin(let field): return Target(reference: .builtin(field), type: field.type, field: name)
        case .property(let field, let property):
            return Target(reference: .builtin(field), type: field.type, field: name, property: property)
        case .custom(let number):
            let field = catalog.records.fields[FieldID(number)]
            guard let field, field.object == .issue, field.stamp.retired == nil else { return missing(name) }
            return Target(reference: .field(field.id), type: field.type, field: name, custom: field)
        case .customNamed(let text):
            let folded = TextFolding.fold(text)
            guard
                let field = catalog.fields.first(where: { $0.object == .issue && TextFolding.fold($0.name) == folded })
            else { return missing(name) }
            return Target(reference: .field(field.id), type: field.type, field: name, custom: field)
        case .aggregate(let aggregate):
            let type: FieldType =
                switch aggregate {
                case .spent, .totalSpent, .totalEstimate: .duration
                case .votesUp, .votesDown, .votesTotal: .integer
                }
            return Target(reference: .aggregate(aggregate), type: type, field: name)
        case .attribute(let namespace, let text):
            return Target(reference: .attribute(namespace: namespace, name: text), type: .text, field: name)
        }
    }

    private mutating func missing(_ name: FieldName) -> Target? {
        problems.append(Problem(.field(name), .unknown))
        return nil
    }

    private mutating func resolve(_ predicate: Predicate<Parsed>) -> Predicate<Resolved> {
        switch predicate {
        case .all: return .all
        case .none: return .none
        case .and(let parts): return .and(parts.map { resolve($0) })
        case .or(let parts): return .or(parts.map { resolve($0) })
        case .not(let part): return .not(resolve(part))
        case .isSet(let name): return reference(name).map { .isSet($0.reference) } ?? .none
        case .isGiven(let name): return reference(name).map { .isGiven($0.reference) } ?? .none
        case .compare(let name, let comparison, let operand):
            guard let target = reference(name) else { return .none }
            if let property = target.property {
                return among(target, catalogSet(target, property) { compares($0, comparison, operand, target) })
            }
            return value(operand, for: target).map { .compare(target.reference, comparison, $0) } ?? .none
        case .compareFields(let left, let comparison, let right):
            guard let a = reference(left), let b = reference(right) else { return .none }
            return .compareFields(a.reference, comparison, b.reference)
        case .among(let name, let operands):
            guard let target = reference(name) else { return .none }
            if let property = target.property {
                return among(
                    target,
                    catalogSet(target, property) { value in
                        operands.contains { compares(value, .equal, $0, target) }
                    })
            }
            return .among(target.reference, operands.compactMap { value($0, for: target) })
        case .within(let name, let from, let to):
            guard let target = reference(name) else { return .none }
            return within(target, from, to)
        default: return resolveSpecial(predicate)
        }
    }

    private mutating func resolveSpecial(_ predicate: Predicate<Parsed>) -> Predicate<Resolved> {
        switch predicate {
        case .text(let name, let match, let text, let caseSensitive):
            guard let target = reference(name) else { return .none }
            if target.type.isReference || target.property != nil {
                let property = target.property ?? .name
                return among(
                    target,
                    catalogSet(target, property) {
                        $0.string.map { TextMatcher(match, text, caseSensitive: caseSensitive).matches($0) } ?? false
                    })
            }
            return .text(target.reference, match, text, caseSensitive: caseSensitive)
        case .textOrder(let name, let comparison, let text):
            return reference(name).map { .textOrder($0.reference, comparison, text) } ?? .none
        case .search(let words, let mode, let columns): return .search(words, mode, columns)
        case .person(let roles, let target): return person(roles, target)
        case .linked(let names, let direction, let target, let depth):
            let types = names.compactMap { linkType($0) }
            if types.isEmpty && !names.isEmpty { return .none }
            return .linked(types.map(\.rawValue), direction, linkTarget(target), depth)
        case .history(let history): return resolve(history)
        case .comment(let match, let texts): return .comment(match, texts)
        case .file(let condition): return .file(condition)
        case .inProject(let names, let subtree): return trackers(ofProjects: names, subtree: subtree)
        case .tracker(let names): return .tracker(names.compactMap { if case .number(let n) = $0 { n } else { nil } })
        case .retired(let filter): return .retired(filter)
        default: return .none
        }
    }

    private func linkTarget(_ target: LinkTarget<Parsed>) -> LinkTarget<Resolved> {
        switch target {
        case .any: return .any
        case .issue(let number): return .issue(number)
        case .known(let number): return .known(number)
        case .uri(let text): return .uri(text)
        case .matching(let predicate):
            var copy = self
            return .matching(copy.resolve(predicate))
        }
    }

    private mutating func within(
        _ target: Target, _ from: ParsedOperand?, _ to: ParsedOperand?
    ) -> Predicate<Resolved> {
        if let property = target.property {
            return among(
                target,
                catalogSet(target, property) { value in
                    (from.map { compares(value, .greaterOrEqual, $0, target) } ?? true)
                        && (to.map { compares(value, .less, $0, target) } ?? true)
                })
        }
        let low = from.flatMap { value($0, for: target) }
        let high = to.flatMap { value($0, for: target) }
        if from != nil && low == nil || to != nil && high == nil { return .none }
        return .within(target.reference, from: low, to: high)
    }

    private mutating func resolve(_ history: HistoryPredicate<Parsed>) -> Predicate<Resolved> {
        var result = HistoryPredicate<Resolved>(kinds: history.kinds)
        result.contributionsOnly = history.contributionsOnly
        if let name = history.field {
            guard let target = reference(name) else { return .none }
            result.field = target.reference
            result.from = history.from.flatMap { value($0, for: target) }
            result.to = history.to.flatMap { value($0, for: target) }
            if history.from != nil && result.from == nil || history.to != nil && result.to == nil { return .none }
        }
        if let by = history.by {
            guard let people = people(by) else { return .none }
            result.by = .anyOf(people)
        }
        let clock = Target(reference: .builtin(.updated), type: .instant, field: .builtin(.updated))
        result.since = history.since.flatMap { value($0, for: clock) }
        result.before = history.before.flatMap { value($0, for: clock) }
        result.lastOnly = history.lastOnly
        return .history(result)
    }

    private func trackers(ofProjects names: [ParsedName], subtree: Bool) -> Predicate<Resolved> {
        let projects = names.compactMap { catalog.project($0)?.id }
        let all = subtree ? projects.reduce(into: Set()) { $0.formUnion(catalog.subtree(of: $1)) } : Set(projects)
        return .tracker(all.flatMap { catalog.trackers(of: $0).map(\.id.rawValue) }.sorted())
    }

    // MARK: people

    private mutating func person(_ roles: Set<PersonRole>, _ target: PersonTarget<Parsed>) -> Predicate<Resolved> {
        switch target {
        case .nobody: return .person(roles, .nobody)
        case .hasRole(let name):
            guard let role = role(name) else { return .none }
            return .or(
                catalog.projectTree.map { project in
                    let holders = catalog.memberships(in: project.id).filter { $0.roles.contains { $0.role == role } }
                    let people = holders.reduce(into: Set<PrincipalID>()) { people, membership in
                        people.insert(membership.principal)
                        people.formUnion(catalog.records.groups[membership.principal]?.members ?? [])
                    }
                    let trackers = catalog.trackers(of: project.id).map(\.id.rawValue)
                    return .and([.tracker(trackers), .person(roles, .anyOf(people))])
                })
        default: return people(target).map { .person(roles, .anyOf($0)) } ?? .none
        }
    }

    private mutating func people(_ target: PersonTarget<Parsed>) -> Set<PrincipalID>? {
        switch target {
        case .me: return reader.actor.isAnonymous ? nil : [reader.actor.user]
        case .anyOf(let people): return people
        case .principal(let name):
            if case .me = name { return reader.actor.isAnonymous ? nil : [reader.actor.user] }
            return principal(name).map { [$0] }
        case .inGroup(let name):
            guard let id = principal(name), let group = catalog.records.groups[id] else { return nil }
            return Set(group.members + [id])
        case .property(let property, let match, let text):
            let matcher = TextMatcher(match, text, caseSensitive: false)
            return Set(
                catalog.records.users.values.filter { user in
                    switch property {
                    case .login: user.login.map(matcher.matches) ?? false
                    case .address: user.addresses.contains(where: matcher.matches)
                    default: matcher.matches(user.displayName)
                    }
                }.map(\.id))
        case .nobody, .hasRole: return nil
        }
    }

    func principal(_ name: ParsedName) -> PrincipalID? {
        switch name {
        case .number(let number): PrincipalID(number)
        case .me: reader.actor.user
        case .nobody: .nobody
        case .text(let text):
            catalog.user(login: text)?.id ?? catalog.user(address: text)?.id
                ?? catalog.records.groups.values.first { $0.name == text && $0.stamp.retired == nil }?.id
        }
    }

    private func role(_ name: ParsedName) -> RoleID? {
        switch name {
        case .number(let number): RoleID(number)
        case .text(let text): catalog.roles.first { $0.name == text }?.id
        default: nil
        }
    }

    func linkType(_ name: ParsedName) -> LinkTypeID? {
        switch name {
        case .number(let number): LinkTypeID(number)
        case .text(let text): catalog.linkTypes.first { $0.name == text }?.id
        default: nil
        }
    }

    // MARK: values

    private func among(_ target: Target, _ ids: [Int64]) -> Predicate<Resolved> {
        .among(target.reference, ids.map { .reference($0) })
    }

    /// The value that an operand stands for in a field; nil where it names nothing.
    private mutating func value(_ operand: ParsedOperand, for target: Target) -> Value? {
        if case .unreadable(let text) = operand {
            problems.append(Problem(.field(target.field), .invalid, value: text))
            return nil
        }
        let converter = ValueConverter(catalog: catalog, actor: reader.actor, now: reader.now)
        switch converter.value(operand, type: target.type, custom: target.custom) {
        case .success(let value): return value
        case .failure(let rule):
            if target.type.isReference || rule == .required {
                unknown.append(Problem(.field(target.field), rule))
            } else {
                problems.append(Problem(.field(target.field), rule))
            }
            return nil
        }
    }
}
