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
        default: text(filter, name)
        }
    }

    /// A time that is always there: `*` and `!*` ask whether it is later than the beginning.
    func updated(_ filter: GivenFilter) -> Predicate<Parsed> {
        let later = Predicate<Parsed>.compareFields(.builtin(.updated), .greater, .builtin(.created))
        return switch filter.comparison {
        case "*": later
        case "!*": .not(later)
        case "o", "c": .all
        default: value(filter, .builtin(.updated), .instant)
        }
    }

    func issueNumber(_ filter: GivenFilter) -> Predicate<Parsed> {
        switch filter.comparison {
        case "=":
            let numbers = filter.values.first.map(FilterParser.numbersWithin) ?? []
            return .among(.builtin(.id), numbers.map { .integer($0) })
        case "*", "o", "c": return .all
        case "!*": return .none
        default: return value(filter, .builtin(.id), .integer)
        }
    }

    /// Digits that stand together anywhere in a text.
    static func numbersWithin(_ text: String) -> [Int64] {
        text.split { !($0.isASCII && $0.isNumber) }.map { Int64($0) ?? .max }
    }

    func custom(_ filter: GivenFilter, _ id: FieldID) -> Predicate<Parsed> {
        let name = FieldName.custom(id.rawValue)
        guard let field = catalog.records.fields[id] else { return .none }
        if filter.comparison == "!*" { return .and([.not(.isSet(name))] + having(field)) }
        if filter.comparison == "!", [.integer, .decimal, .date, .pastDate].contains(filter.field.kind) {
            var equal = filter
            equal.comparison = "="
            return .not(value(equal, name, field.type))
        }
        guard filter.field.kind == .list || filter.field.kind == .optionalList else {
            return value(filter, name, field.type)
        }
        switch filter.comparison {
        case "=": return .among(name, filter.values.compactMap { operand($0, field) })
        case "!": return .not(.among(name, filter.values.compactMap { operand($0, field) }))
        case "*": return .isSet(name)
        default: return chosen(filter, field)
        }
    }

    /// Values of a list by their texts; where these are numbers, between bounds too.
    private func chosen(_ filter: GivenFilter, _ field: Field) -> Predicate<Parsed> {
        let name = FieldName.custom(field.id.rawValue)
        let all = choices(field)
        if let bounds = FilterBounds(filter) {
            let numbers = all.filter { choice in Double(choice).map { bounds.contain($0) } ?? false }
            let isList = field.type == .list || field.type == .openList
            return isList ? .none : .among(name, numbers.compactMap { operand($0, field) })
        }
        guard ["~", "!~", "^", "$"].contains(filter.comparison) else { return .none }
        let matching = all.filter { FilterParser.matches($0, filter) }
        let among = Predicate<Parsed>.among(name, matching.compactMap { operand($0, field) })
        var parts = [among]
        // What was emptied lacks every word.
        if filter.comparison == "!~" { parts.append(.and([.isGiven(name), .not(.isSet(name))])) }
        if field.type == .boolean {
            // A word that means neither yes nor no is a text.
            let isWord = Predicate<Parsed>.text(name, .prefix, "", caseSensitive: false)
            parts.append(.and([isWord, text(filter, name)]))
        }
        return parts.count == 1 ? among : .or(parts)
    }

    /// The values that a field can have, as they are written in filters.
    private func choices(_ field: Field) -> [String] {
        switch field.type {
        case .boolean: ["0", "1"]
        case .list, .openList: field.listValues.map(\.label)
        case .version: catalog.records.versions.keys.map { String($0.rawValue) }
        case .principal: principals().map { String($0) }
        default: []
        }
    }

    /// Whether a text meets `~`, `!~`, `^`, `$`, `=` or `!`.
    static func matches(_ text: String, _ filter: GivenFilter) -> Bool {
        let value = filter.values.first ?? ""
        func holds(_ match: TextMatch, _ pattern: String) -> Bool {
            TextRules.matches(text, match, pattern, caseSensitive: false)
        }
        switch filter.comparison {
        case "~": return words(value).allSatisfy { holds(.contains, $0) }
        case "!~": return words(value).allSatisfy { !holds(.contains, $0) }
        case "^": return holds(.prefix, value)
        case "$": return holds(.suffix, value)
        case "=": return filter.values.contains(text)
        case "!": return !filter.values.contains(text)
        default: return false
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
        case .boolean: value == "1" ? .boolean(true) : value == "0" ? .boolean(false) : .value(.text(value))
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
        // No moment is a day, so every one is another.
        case "!" where !ofDays: return .all
        case "!":
            let days = filter.values.compactMap { FilterSpan("=", [$0], today: today)?.days }
            return .not(.or(days.map { .within(name, from: $0.from, to: $0.to) }))
        default:
            guard let span = FilterSpan(filter.comparison, filter.values, today: today) else { return .none }
            let bounds = ofDays ? span.days : span.instants
            return .within(name, from: bounds.from, to: bounds.to)
        }
    }

    private func integer(_ filter: GivenFilter, _ name: FieldName) -> Predicate<Parsed> {
        switch filter.comparison {
        case "=":
            return .among(name, (GivenFilter.integers(filter.values.first ?? "") ?? []).map { .integer($0) })
        case "!":
            // Numbers one by one: several with commas between them are one value that no issue has.
            let single = filter.values.compactMap { GivenFilter.integers($0) }.filter { $0.count == 1 }
            return .not(.among(name, single.map { .integer($0[0]) }))
        case "!*": return .not(.isSet(name))
        case "*": return .isSet(name)
        default:
            // Without a second number the upper bound is 0.
            let ends = filter.values.map { ParsedOperand.integer(GivenFilter.integers($0)?.first ?? 0) }
            return bounds(filter.comparison, name, ends, .integer(0))
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
        case "!": return .not(.among(name, operands))
        case "!*": return .not(.isSet(name))
        case "*": return .isSet(name)
        default: return bounds(filter.comparison, name, operands, type == .duration ? .duration(0) : .number("0"))
        }
    }

    /// Hours as milliseconds, within what can be stored.
    private static func milliseconds(_ hours: Double) -> Int64 {
        Int64((min(max(hours, -1e12), 1e12) * 3_600_000).rounded())
    }

    private func bounds(
        _ comparison: String, _ name: FieldName, _ operands: [ParsedOperand], _ zero: ParsedOperand
    ) -> Predicate<Parsed> {
        guard let first = operands.first else { return .none }
        switch comparison {
        case ">=": return .compare(name, .greaterOrEqual, first)
        case "<=": return .compare(name, .lessOrEqual, first)
        case "><":
            let second = operands.count > 1 ? operands[1] : zero
            return .and([.compare(name, .greaterOrEqual, first), .compare(name, .lessOrEqual, second)])
        default: return .none
        }
    }

    /// No time at all counts as none. Hours are rounded to two decimals before they are compared; an operator that
    /// means nothing here is passed over.
    func spent(_ filter: GivenFilter) -> Predicate<Parsed> {
        let name = FieldName.aggregate(.spent)
        func hundredth(_ number: Double) -> ParsedOperand {
            .duration(Int64(min(max(number, -1e12), 1e12)) * 36_000 - 18_000)
        }
        func least(_ place: Int) -> ParsedOperand {
            hundredth((FilterParser.hundredths(filter.values, place) - 1e-6).rounded(.up))
        }
        func beyond(_ place: Int) -> ParsedOperand {
            hundredth((FilterParser.hundredths(filter.values, place) + 1e-6).rounded(.down) + 1)
        }
        switch filter.comparison {
        case "*": return .compare(name, .greaterOrEqual, hundredth(1))
        case "!*": return .not(.compare(name, .greaterOrEqual, hundredth(1)))
        case "=": return .and([.compare(name, .greaterOrEqual, least(0)), .compare(name, .less, beyond(0))])
        case ">=": return .compare(name, .greaterOrEqual, least(0))
        case "<=": return .compare(name, .less, beyond(0))
        case "><": return .and([.compare(name, .greaterOrEqual, least(0)), .compare(name, .less, beyond(1))])
        default: return .all
        }
    }

    private static func hundredths(_ values: [String], _ place: Int) -> Double {
        place < values.count ? Quirks.leadingDecimal(values[place]) * 100 : 0
    }

    // MARK: texts

    /// An empty text is there, and lacks every word; what is not there at all lacks none.
    private func text(_ filter: GivenFilter, _ name: FieldName) -> Predicate<Parsed> {
        let value = filter.values.first ?? ""
        func matching(_ match: TextMatch, _ word: String) -> Predicate<Parsed> {
            .text(name, match, word, caseSensitive: match == .equals)
        }
        let isCustom = if case .custom = name { true } else { false }
        switch filter.comparison {
        case "~": return all(FilterParser.words(value).map { matching(.contains, $0) })
        case "!~": return all([.isGiven(name)] + FilterParser.words(value).map { .not(matching(.contains, $0)) })
        case "^": return matching(.prefix, value)
        case "$": return matching(.suffix, value)
        case "=": return .or(filter.values.map { matching(.equals, $0) })
        case "!": return .not(.or(filter.values.map { matching(.equals, $0) }))
        case "*": return isCustom ? .isSet(name) : .isGiven(name)
        case "!*": return .not(.isSet(name))
        default: return .none
        }
    }

    /// Of one note. Every change has a note there, be it empty.
    func notes(_ filter: GivenFilter) -> Predicate<Parsed> {
        let value = filter.values.first ?? ""
        let found: Predicate<Parsed>
        switch filter.ownComparison {
        case "~": found = .comment(.contains, FilterParser.words(value))
        case "^": found = .posted(.prefix, value)
        case "$": found = .posted(.suffix, value)
        case "=": found = .or(filter.values.map { .posted(.equals, $0) })
        case "*":
            var history = HistoryPredicate<Parsed>()
            history.contributionsOnly = true
            found = .history(history)
        default: return .none
        }
        return filter.comparison.hasPrefix("!") ? .not(found) : found
    }

    /// Of one file. What is not described, or with nothing, lacks no words.
    func file(_ filter: GivenFilter, _ column: FileColumn) -> Predicate<Parsed> {
        let value = filter.values.first ?? ""
        let words = FilterParser.words(value).map { FileCondition.text(column, .contains, $0) }
        let isName = column == .name
        switch filter.comparison {
        case "*": return isName ? .isSet(.builtin(.files)) : .file(.isSet(column))
        case "!*": return isName ? .not(.isSet(.builtin(.files))) : .file(.not(.isSet(column)))
        case "~": return .file(.and(words))
        case "!~":
            return isName ? .not(.file(.and(words))) : .file(.and([.isSet(column)] + words.map { .not($0) }))
        case "^": return .hasFile(column, .prefix, value)
        case "$": return .hasFile(column, .suffix, value)
        default: return isName ? .all : .none
        }
    }

    private func all(_ parts: [Predicate<Parsed>]) -> Predicate<Parsed> { parts.count == 1 ? parts[0] : .and(parts) }

    /// The words that `contains` looks for, all of them, in any order; where there is none, the value as it is.
    static func words(_ value: String) -> [String] {
        let words = SearchQuestion.words(value)
        return words.isEmpty ? [value] : words
    }

    // MARK: links

    func link(_ filter: GivenFilter, _ type: String, _ direction: LinkDirection) -> Predicate<Parsed> {
        func linked(_ target: LinkTarget<Parsed>) -> Predicate<Parsed> {
            .linked([.text(type)], direction, target, .one)
        }
        let number = Quirks.leadingNumber(filter.values.first ?? "") ?? 0
        let open = Predicate<Parsed>.among(.property(.status, .category), [.text("initial"), .text("active")])
        let inProjects = Predicate<Parsed>.inProject([.number(number)], subtree: false)
        switch filter.comparison {
        case "=": return linked(.issue(number))
        case "!": return .not(linked(.issue(number)))
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

    /// Those below an issue. Which one is above is told to everybody, so it need not be seen.
    func children(_ filter: GivenFilter) -> Predicate<Parsed> {
        func below(_ number: Int64, _ depth: LinkDepth) -> Predicate<Parsed> {
            .linked([.text("hierarchy")], .reverse, .known(number), depth)
        }
        switch filter.comparison {
        case "=": return .or(FilterParser.numbersWithin(filter.values.first ?? "").map { below($0, .one) })
        case "~": return below(Quirks.leadingNumber(filter.values.first ?? "") ?? 0, .any)
        case "*": return .isSet(.builtin(.parent))
        case "!*": return .not(.isSet(.builtin(.parent)))
        default: return .all
        }
    }

    /// Those above an issue.
    func parents(_ filter: GivenFilter) -> Predicate<Parsed> {
        func above(_ target: LinkTarget<Parsed>, _ depth: LinkDepth) -> Predicate<Parsed> {
            .linked([.text("hierarchy")], .forward, target, depth)
        }
        switch filter.comparison {
        case "=": return .or(FilterParser.numbersWithin(filter.values.first ?? "").map { above(.issue($0), .one) })
        case "~": return above(.issue(Quirks.leadingNumber(filter.values.first ?? "") ?? 0), .any)
        case "*": return above(.any, .one)
        case "!*": return .not(above(.any, .one))
        default: return .all
        }
    }
}
