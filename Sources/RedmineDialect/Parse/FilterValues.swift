import ParleyModel
import ParleyService

/// Filters on dates, numbers, texts and links.
extension FilterParser {
    /// A builtin field by the kind of its filter.
    func value(_ filter: GivenFilter, _ name: FieldName, _ type: FieldType) -> Predicate<Parsed> {
        switch filter.field.kind {
        case .date: date(filter, name, any: .isSet(name), ofDays: true)
        case .pastDate: date(filter, name, any: .isSet(name), ofDays: false)
        case .integer: integer(filter, name)
        case .decimal: decimal(filter, name, type)
        default:
            text(filter, isSet: .isSet(name), unsetLacksNothing: false) { match, word in
                .text(name, match, word, caseSensitive: match == .equals)
            }
        }
    }

    func custom(_ filter: GivenFilter, _ id: FieldID) -> Predicate<Parsed> {
        let name = FieldName.custom(id.rawValue)
        guard let field = catalog.records.fields[id] else { return .none }
        if filter.comparison == "!*" { return .and([.not(.isSet(name))] + having(field)) }
        guard filter.field.kind == .list || filter.field.kind == .optionalList else {
            return value(filter, name, field.type)
        }
        let operands = filter.values.compactMap { operand($0, field) }
        switch filter.comparison {
        case "=": return .among(name, operands)
        case "!": return .not(.among(name, operands))
        case "*": return .isSet(name)
        case "!*": return .not(.isSet(name))
        default: return .none
        }
    }

    /// Issues that have a field at all: without it they count neither as filled nor as empty.
    private func having(_ field: Field) -> [Predicate<Parsed>] {
        var parts: [Predicate<Parsed>] = []
        if let types = field.types { parts.append(.among(.builtin(.type), types.map { .name(.number($0.rawValue)) })) }
        if let projects = field.projects {
            parts.append(.inProject(projects.map { .number($0.rawValue) }, subtree: false))
        }
        return parts
    }

    private func operand(_ value: String, _ field: Field) -> ParsedOperand? {
        switch field.type {
        case .boolean: value == "1" ? .boolean(true) : value == "0" ? .boolean(false) : nil
        case .list, .openList: field.listValues.contains { $0.label == value } ? .name(.text(value)) : nil
        case .principal where value == "me":
            access.actor.isAnonymous ? nil : .name(.number(access.actor.user.rawValue))
        default: Int64(Spelling.trimmed(value)).map { .name(.number($0)) }
        }
    }

    // MARK: dates and numbers

    func date(_ filter: GivenFilter, _ name: FieldName, any: Predicate<Parsed>, ofDays: Bool) -> Predicate<Parsed> {
        switch filter.comparison {
        case "*": return any
        case "!*": return .not(any)
        default:
            guard let span = FilterSpan(filter.comparison, filter.values, today: today) else { return .none }
            let bounds = ofDays ? span.days : span.instants
            return .within(name, from: bounds.from, to: bounds.to)
        }
    }

    private func integer(_ filter: GivenFilter, _ name: FieldName) -> Predicate<Parsed> {
        let values = filter.values.map { GivenFilter.integers($0)?.first ?? 0 }
        switch filter.comparison {
        case "=":
            return .among(name, (GivenFilter.integers(filter.values.first ?? "") ?? []).map { .integer($0) })
        case "!*": return .not(.isSet(name))
        case "*": return .isSet(name)
        default: return bounds(filter.comparison, name, values.map { .integer($0) })
        }
    }

    private func decimal(_ filter: GivenFilter, _ name: FieldName, _ type: FieldType) -> Predicate<Parsed> {
        let operands = filter.values.map { text -> ParsedOperand in
            let number = GivenFilter.decimal(text) ?? 0
            guard type == .duration else { return .number(number.description) }
            return .duration(FilterParser.milliseconds(number))
        }
        switch filter.comparison {
        case "=": return operands.first.map { .compare(name, .equal, $0) } ?? .none
        case "!*": return .not(.isSet(name))
        case "*": return .isSet(name)
        default: return bounds(filter.comparison, name, operands)
        }
    }

    /// Hours as milliseconds, within what can be stored.
    private static func milliseconds(_ hours: Double) -> Int64 {
        Int64((min(max(hours, -1e12), 1e12) * 3_600_000).rounded())
    }

    private func bounds(_ comparison: String, _ name: FieldName, _ operands: [ParsedOperand]) -> Predicate<Parsed> {
        guard let first = operands.first else { return .none }
        switch comparison {
        case ">=": return .compare(name, .greaterOrEqual, first)
        case "<=": return .compare(name, .lessOrEqual, first)
        case "><":
            guard operands.count > 1 else { return .compare(name, .greaterOrEqual, first) }
            return .and([.compare(name, .greaterOrEqual, first), .compare(name, .lessOrEqual, operands[1])])
        default: return .none
        }
    }

    /// No time at all counts as none.
    func spent(_ filter: GivenFilter) -> Predicate<Parsed> {
        let name = FieldName.aggregate(.spent)
        switch filter.comparison {
        case "*": return .compare(name, .greater, .duration(0))
        case "!*": return .not(.compare(name, .greater, .duration(0)))
        default: return decimal(filter, name, .duration)
        }
    }

    // MARK: texts

    /// - Parameter unsetLacksNothing: whether `!~` finds what has no text at all; Redmine's columns do not, its notes
    ///   do.
    func text(
        _ filter: GivenFilter, isSet: Predicate<Parsed>, unsetLacksNothing: Bool = true,
        _ make: (TextMatch, String) -> Predicate<Parsed>
    ) -> Predicate<Parsed> {
        let value = filter.values.first ?? ""
        switch filter.comparison {
        case "~": return all(FilterParser.words(value).map { make(.contains, $0) })
        case "!~":
            let lacking = FilterParser.words(value).map { Predicate<Parsed>.not(make(.contains, $0)) }
            return all(unsetLacksNothing ? lacking : [isSet] + lacking)
        case "^": return make(.prefix, value)
        case "$": return make(.suffix, value)
        case "=": return .or(filter.values.map { make(.equals, $0) })
        case "!": return .not(.or(filter.values.map { make(.equals, $0) }))
        case "*": return isSet
        case "!*": return .not(isSet)
        default: return .none
        }
    }

    private func all(_ parts: [Predicate<Parsed>]) -> Predicate<Parsed> { parts.count == 1 ? parts[0] : .and(parts) }

    /// The words that `contains` looks for, all of them, in any order: at most five of two letters or more, phrases in
    /// quotes whole; where there is none, the value as it is.
    static func words(_ value: String) -> [String] {
        var result: [String] = []
        for (index, part) in value.split(separator: "\"", omittingEmptySubsequences: false).enumerated() {
            let pieces = index % 2 == 1 ? [part] : part.split(whereSeparator: \.isWhitespace)
            for piece in pieces where piece.utf8.count > 1 && !result.contains(String(piece)) {
                result.append(String(piece))
            }
        }
        return result.isEmpty ? [value] : Array(result.prefix(5))
    }

    // MARK: links

    func link(_ filter: GivenFilter, _ type: String, _ direction: LinkDirection) -> Predicate<Parsed> {
        func linked(_ target: LinkTarget<Parsed>) -> Predicate<Parsed> {
            .linked([.text(type)], direction, target, .one)
        }
        let numbers = filter.values.flatMap { GivenFilter.integers($0) ?? [] }
        let open = Predicate<Parsed>.among(.property(.status, .category), [.text("initial"), .text("active")])
        let inProjects = Predicate<Parsed>.inProject(numbers.map { .number($0) }, subtree: false)
        switch filter.comparison {
        case "=": return .or(numbers.map { linked(.issue($0)) })
        case "!": return .not(.or(numbers.map { linked(.issue($0)) }))
        case "*": return linked(.any)
        case "!*": return .not(linked(.any))
        case "*o": return linked(.matching(open))
        case "!o": return .not(linked(.matching(open)))
        case "=p": return linked(.matching(inProjects))
        case "=!p": return linked(.matching(.not(inProjects)))
        case "!p": return .not(linked(.matching(inProjects)))
        default: return .none
        }
    }

    /// Above or below an issue: one step, or any number of them.
    func tree(_ filter: GivenFilter, _ direction: LinkDirection, isSet: Predicate<Parsed>) -> Predicate<Parsed> {
        func linked(_ depth: LinkDepth) -> Predicate<Parsed> {
            let numbers = filter.values.flatMap { GivenFilter.integers($0) ?? [] }
            return .or(numbers.map { .linked([.text("hierarchy")], direction, .issue($0), depth) })
        }
        switch filter.comparison {
        case "=": return linked(.one)
        case "~": return linked(.any)
        case "*": return isSet
        case "!*": return .not(isSet)
        default: return .none
        }
    }
}
