import ParleyModel

/// Counts exactly, by the cheapest way that is known.
///
/// Public and private issues are counted apart, so that rules about private ones leave the others to the counters.
/// Where a predicate asks for something that the counters do not know, and few issues have it, the counters answer as
/// if none had it, and those few are corrected.
struct IssueTotals {
    let planner: IssuePlanner
    let best: AccessEstimate?

    /// How many issues a prepared predicate has.
    func total(_ predicate: Predicate<Resolved>) throws -> Int {
        if predicate == .none { return 0 }
        if planner.hidden { return try withHidden(predicate) }
        let counting = planner.options.counting
        let fewEnough = counting == .byCounters ? -1 : 2_000
        if let best, best.count <= fewEnough { return try planner.count(predicate, by: best.path) }
        if counting != .directly, let total = try byCounters(predicate) { return total }
        return try planner.count(predicate, by: try path(predicate))
    }

    /// Retired issues are few and have an index; the others are counted as ever.
    private func withHidden(_ predicate: Predicate<Resolved>) throws -> Int {
        let retired = Predicate<Resolved>.retired(.only)
        func assuming(_ isRetired: Bool) -> Predicate<Resolved> {
            PredicateSimplifier.replacing(predicate) { leaf in
                leaf == retired ? (isRetired ? Predicate<Resolved>.all : Predicate<Resolved>.none) : nil
            }
        }
        let shown = assuming(false)
        let others = planner.withoutHidden
        var total = 0
        if shown != .none { total = try IssueTotals(planner: others, best: others.best(shown)).total(shown) }
        let hidden = PredicateSimplifier.simplified(.and([retired, assuming(true)]))
        return hidden == .none ? total : try total + planner.count(hidden, by: .leaf(retired))
    }

    /// The path, unless looking at everything is cheaper.
    private func path(_ predicate: Predicate<Resolved>) throws -> AccessPath? {
        guard let best else { return nil }
        switch planner.options.strategy {
        case .path: return best.path
        case .scan: return nil
        case .cheapest: break
        }
        if case .leaf(.search) = best.path { return best.path }
        let size = try planner.size()
        let found = best.isCapped ? min(size, best.count * 5) : best.count
        return found < size / 3 ? best.path : nil
    }

    // MARK: Counters

    private func byCounters(_ predicate: Predicate<Resolved>) throws -> Int? {
        var total = 0
        for isPrivate in [false, true] {
            let part = Self.assuming(isPrivate: isPrivate, predicate)
            guard let count = try byCounters(part, isPrivate: isPrivate) else { return nil }
            total += count
        }
        return total
    }

    /// What is left of a predicate for issues that are private, or are not.
    static func assuming(isPrivate: Bool, _ predicate: Predicate<Resolved>) -> Predicate<Resolved> {
        let field = FieldRef.builtin(.isPrivate)
        let evaluator = PredicateEvaluator(values: { $0 == field ? [.boolean(isPrivate)] : [] })
        return PredicateSimplifier.replacing(predicate) { leaf in
            switch leaf {
            case .isSet(field), .compare(field, _, _), .among(field, _), .within(field, _, _), .text(field, _, _, _):
                evaluator.matches(leaf) ? Predicate<Resolved>.all : Predicate<Resolved>.none
            default: nil
            }
        }
    }

    private func byCounters(_ predicate: Predicate<Resolved>, isPrivate: Bool) throws -> Int? {
        let others = PredicateSimplifier.leaves(predicate).filter { !Self.isCounted($0) }
        if others.isEmpty { return try planner.counter(predicate, isPrivate: isPrivate) }
        let base = Predicate<Resolved>.among(.builtin(.isPrivate), [.boolean(isPrivate)])
        if let total = try byCorrection(predicate, others, base, isPrivate) { return total }
        guard isPrivate else { return nil }
        let conjunction = PredicateSimplifier.simplified(.and([base, predicate]))
        return try planner.count(conjunction, by: try planner.best(conjunction)?.path)
    }

    private func byCorrection(
        _ predicate: Predicate<Resolved>, _ others: [Predicate<Resolved>], _ base: Predicate<Resolved>,
        _ isPrivate: Bool
    ) throws -> Int? {
        guard let few = try planner.best(.or(others)), !few.isCapped, few.count < planner.options.estimateLimit,
            planner.options.counting == .byCounters || few.count * 2 < best?.count ?? .max
        else { return nil }
        let unknown = Set(others)
        let simple = PredicateSimplifier.replacing(predicate) { unknown.contains($0) ? Predicate<Resolved>.none : nil }
        guard let correction = try planner.difference(predicate, simple, among: base, by: few.path) else { return nil }
        return try planner.counter(simple, isPrivate: isPrivate) + correction
    }

    /// Whether the counters know what a leaf asks for.
    static func isCounted(_ leaf: Predicate<Resolved>) -> Bool {
        func isKnown(_ field: FieldRef) -> Bool {
            field == .builtin(.status) || field == .builtin(.type) || field == .builtin(.tracker)
        }
        switch leaf {
        case .tracker, .inProject: return true
        case .isSet(let field), .compare(let field, _, _), .among(let field, _), .within(let field, _, _),
            .text(let field, _, _, _):
            return isKnown(field)
        case .compareFields(let left, _, let right): return isKnown(left) && isKnown(right)
        default: return false
        }
    }
}
