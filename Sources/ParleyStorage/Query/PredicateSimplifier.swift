import ParleyModel

/// Makes predicates smaller without changing what they mean: constants are folded, `not` moves down to the leaves,
/// nested conjunctions and disjunctions become flat, and sets of one thing are united or intersected.
public enum PredicateSimplifier {
    /// The same in fewer words.
    public static func simplified(_ predicate: Predicate<Resolved>) -> Predicate<Resolved> {
        simplified(predicate, negated: false)
    }

    private static func simplified(_ predicate: Predicate<Resolved>, negated: Bool) -> Predicate<Resolved> {
        switch predicate {
        case .not(let part): return simplified(part, negated: !negated)
        case .and(let parts), .or(let parts):
            let isConjunction = if case .and = predicate { true } else { false }
            let parts = parts.map { simplified($0, negated: negated) }
            return isConjunction != negated ? conjunction(parts) : disjunction(parts)
        default:
            let leaf = normalized(predicate)
            guard negated else { return leaf }
            switch leaf {
            case .all: return .none
            case .none: return .all
            default: return .not(leaf)
            }
        }
    }

    /// Replaces leaves; where the closure gives nil, the leaf stays. The result is simplified.
    public static func replacing(
        _ predicate: Predicate<Resolved>, _ replacement: (Predicate<Resolved>) -> Predicate<Resolved>?
    ) -> Predicate<Resolved> {
        simplified(mapped(predicate, replacement))
    }

    private static func mapped(
        _ predicate: Predicate<Resolved>, _ replacement: (Predicate<Resolved>) -> Predicate<Resolved>?
    ) -> Predicate<Resolved> {
        switch predicate {
        case .not(let part): .not(mapped(part, replacement))
        case .and(let parts): .and(parts.map { mapped($0, replacement) })
        case .or(let parts): .or(parts.map { mapped($0, replacement) })
        default: replacement(predicate) ?? predicate
        }
    }

    /// The leaves, each once, without the `not` before them.
    static func leaves(_ predicate: Predicate<Resolved>) -> [Predicate<Resolved>] {
        var found: [Predicate<Resolved>] = []
        var seen: Set<Predicate<Resolved>> = []
        collect(predicate, &found, &seen)
        return found
    }

    private static func collect(
        _ predicate: Predicate<Resolved>, _ found: inout [Predicate<Resolved>], _ seen: inout Set<Predicate<Resolved>>
    ) {
        switch predicate {
        case .not(let part): collect(part, &found, &seen)
        case .and(let parts), .or(let parts): for part in parts { collect(part, &found, &seen) }
        case .all, .none: break
        default: if seen.insert(predicate).inserted { found.append(predicate) }
        }
    }

    // MARK: Leaves

    private static func normalized(_ leaf: Predicate<Resolved>) -> Predicate<Resolved> {
        switch leaf {
        case .isSet(let field): return isAlwaysSet(field) ? .all : leaf
        case .compare(let field, .equal, let operand): return normalized(.among(field, [operand]))
        case .compare(let field, let comparison, let operand):
            return .compare(field, comparison, operand.fitted(to: field))
        case .within(let field, let from, let to):
            return .within(field, from: from?.fitted(to: field), to: to?.fitted(to: field))
        case .among(let field, let operands):
            let operands = unique(operands.map { $0.fitted(to: field) })
            if field == .builtin(.tracker) { return normalized(.tracker(operands.compactMap(\.referenceID))) }
            if field == .builtin(.project) {
                return normalized(.inProject(operands.compactMap(\.referenceID), subtree: false))
            }
            return operands.isEmpty ? .none : .among(field, operands)
        case .tracker(let numbers): return numbers.isEmpty ? .none : .tracker(Set(numbers).sorted())
        case .inProject(let numbers, let subtree):
            return numbers.isEmpty ? .none : .inProject(Set(numbers).sorted(), subtree: subtree)
        case .search(let words, _, _): return words.isEmpty ? .none : leaf
        case .person(let roles, let target): return person(roles, target)
        case .linked(let types, let direction, .matching(let predicate), let depth):
            return .linked(types, direction, .matching(simplified(predicate)), depth)
        case .retired(.included): return .all
        default: return leaf
        }
    }

    private static func person(_ roles: Set<PersonRole>, _ target: PersonTarget<Resolved>) -> Predicate<Resolved> {
        if target == .nobody {
            if roles.isEmpty { return .all }
            return roles.contains(.author) || roles.contains(.updatedBy) ? .none : .person(roles, target)
        }
        if roles.isEmpty { return .none }
        if case .anyOf(let people) = target, people.isEmpty { return .none }
        if case .principal(let number) = target { return .person(roles, .anyOf([PrincipalID(number)])) }
        return .person(roles, target)
    }

    private static func isAlwaysSet(_ field: FieldRef) -> Bool {
        guard case .field(let id) = field, let builtin = BuiltinField(id) else { return false }
        switch builtin {
        case .status, .type, .priorityNumber, .progress, .isPrivate, .commentsClosed, .rank, .author, .created,
            .updated,
            .updatedBy, .id, .number, .project, .tracker:
            return true
        default: return false
        }
    }

    private static func unique<T: Hashable>(_ values: [T]) -> [T] {
        var seen: Set<T> = []
        return values.filter { seen.insert($0).inserted }
    }

    // MARK: Conjunctions and disjunctions

    private static func conjunction(_ parts: [Predicate<Resolved>]) -> Predicate<Resolved> {
        var flat: [Predicate<Resolved>] = []
        for part in parts {
            if case .and(let inner) = part { flat += inner } else { flat.append(part) }
        }
        flat = intersected(unique(flat.filter { $0 != .all }))
        let all = Set(flat)
        for part in flat {
            if part == .none { return .none }
            if case .not(let inner) = part, all.contains(inner) { return .none }
        }
        return flat.count == 1 ? flat[0] : (flat.isEmpty ? .all : .and(flat))
    }

    private static func disjunction(_ parts: [Predicate<Resolved>]) -> Predicate<Resolved> {
        var flat: [Predicate<Resolved>] = []
        for part in parts {
            if case .or(let inner) = part { flat += inner } else { flat.append(part) }
        }
        flat = united(unique(flat.filter { $0 != .none }))
        let all = Set(flat)
        for part in flat {
            if part == .all { return .all }
            if case .not(let inner) = part, all.contains(inner) { return .all }
        }
        return flat.count == 1 ? flat[0] : (flat.isEmpty ? .none : .or(flat))
    }

    /// What a leaf about one thing chooses from, where such leaves can be joined.
    private enum Choice: Hashable {
        case tracker
        case field(FieldID)
    }

    private static func choice(_ predicate: Predicate<Resolved>) -> (Choice, Set<Int64>)? {
        switch predicate {
        case .tracker(let numbers): return (.tracker, Set(numbers))
        case .among(.field(let id), let operands):
            guard let builtin = BuiltinField(id), builtin.type.isReference, !builtin.isMultiple else { return nil }
            let numbers = operands.compactMap(\.referenceID)
            return numbers.count == operands.count ? (.field(id), Set(numbers)) : nil
        default: return nil
        }
    }

    private static func predicate(_ choice: Choice, _ numbers: Set<Int64>) -> Predicate<Resolved> {
        if numbers.isEmpty { return .none }
        switch choice {
        case .tracker: return .tracker(numbers.sorted())
        case .field(let id): return .among(.field(id), numbers.sorted().map { .reference($0) })
        }
    }

    private static func intersected(_ parts: [Predicate<Resolved>]) -> [Predicate<Resolved>] {
        var kept: [Choice: Set<Int64>] = [:]
        var order: [Choice] = []
        for part in parts {
            guard let (choice, numbers) = choice(part) else { continue }
            if let present = kept[choice] {
                kept[choice] = present.intersection(numbers)
            } else {
                kept[choice] = numbers
                order.append(choice)
            }
        }
        let others = parts.filter { part in
            if choice(part) != nil { return false }
            guard case .not(let inner) = part, let (choice, numbers) = choice(inner), let present = kept[choice] else {
                return true
            }
            kept[choice] = present.subtracting(numbers)
            return false
        }
        return order.compactMap { choice in kept[choice].map { predicate(choice, $0) } } + others
    }

    private static func united(_ parts: [Predicate<Resolved>]) -> [Predicate<Resolved>] {
        var kept: [Choice: Set<Int64>] = [:]
        var order: [Choice] = []
        var others: [Predicate<Resolved>] = []
        for part in parts {
            guard let (choice, numbers) = choice(part) else {
                others.append(part)
                continue
            }
            if kept[choice] == nil { order.append(choice) }
            kept[choice, default: []].formUnion(numbers)
        }
        return order.compactMap { choice in kept[choice].map { predicate(choice, $0) } } + others
    }
}
