/// Answers predicates over anything whose fields can be told: the part of the naive evaluator that no class is
/// special in.
public struct PredicateEvaluator {
    /// The filled values of a field; none where it is unset.
    public var values: (FieldRef) -> [Value]
    /// Answers a predicate that is about one class only.
    public var special: (Predicate<Resolved>) -> Bool

    /// Special predicates hold for nothing unless told otherwise.
    public init(
        values: @escaping (FieldRef) -> [Value], special: @escaping (Predicate<Resolved>) -> Bool = { _ in false }
    ) {
        self.values = values
        self.special = special
    }

    /// Whether the predicate holds. The depth of predicates is the caller's to bound.
    public func matches(_ predicate: Predicate<Resolved>) -> Bool {
        switch predicate {
        case .all: return true
        case .none: return false
        case .and(let parts): return parts.allSatisfy(matches)
        case .or(let parts): return parts.contains(where: matches)
        case .not(let part): return !matches(part)
        case .isSet(let field): return !filled(field).isEmpty
        case .isGiven(let field): return !values(field).isEmpty || special(predicate)
        case .compare(let field, let comparison, let operand):
            let operand = operand.fitted(to: field)
            return values(field).contains { ValueRules.holds($0, comparison, operand) }
        case .compareFields(let left, let comparison, let right):
            let operands = values(right)
            return values(left).contains { value in
                operands.contains { ValueRules.isFilled($0) && ValueRules.holds(value, comparison, $0) }
            }
        case .among(let field, let operands):
            let operands = operands.map { $0.fitted(to: field) }
            return values(field).contains { value in operands.contains { ValueRules.holds(value, .equal, $0) } }
        case .within(let field, let from, let to):
            return values(field).contains { value in
                guard ValueRules.isFilled(value) else { return false }
                if let from, !ValueRules.holds(value, .greaterOrEqual, from.fitted(to: field)) { return false }
                if let to, !ValueRules.holds(value, .less, to.fitted(to: field)) { return false }
                return true
            }
        case .text(let field, let match, let pattern, let caseSensitive):
            return values(field).contains { value in
                guard case .text(let text) = value, !text.isEmpty else { return false }
                return TextRules.matches(text, match, pattern, caseSensitive: caseSensitive)
            }
        case .textOrder(let field, let comparison, let text):
            return values(field).contains { value in
                guard case .text(let own) = value, !own.isEmpty else { return false }
                return ValueRules.holds(.text(TextRules.fold(own)), comparison, .text(TextRules.fold(text)))
            }
        default: return special(predicate)
        }
    }

    /// A sum of nothing can be compared, but is not filled.
    private func filled(_ field: FieldRef) -> [Value] {
        let isSum =
            switch field {
            case .aggregate: true
            case .field(let id): id == BuiltinField.timeSpent.id
            case .attribute: false
            }
        return values(field).filter { ValueRules.isFilled($0) && !(isSum && $0.magnitude == 0) }
    }
}
