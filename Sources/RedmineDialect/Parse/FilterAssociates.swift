import ParleyModel
import ParleyService

/// Filters by custom fields of what issues refer to: their project, author, assignee or version.
extension FilterParser {
    /// Which of the few that there are meet the filter is found out here, and the issues that refer to them are meant.
    func associated(_ filter: GivenFilter, _ reference: BuiltinField) -> Predicate<Parsed> {
        let found = associates(filter)
        let meant: Predicate<Parsed> =
            switch reference {
            case .project: .inProject(found.map { .number($0) }, subtree: false)
            case .version: .among(.builtin(.version), found.map { .name(.number($0)) })
            default:
                .person([reference == .author ? .author : .assignee], .anyOf(Set(found.map { PrincipalID($0) })))
            }
        return filter.comparison == "!" ? .not(meant) : meant
    }

    /// The numbers of those that meet a filter. For `!` those that do not: what refers to nothing has no other value.
    func associates(_ filter: GivenFilter) -> [Int64] {
        guard case .associated(let reference, let id) = filter.field.subject,
            let field = catalog.records.fields[id]
        else { return [] }
        var filter = filter
        if filter.comparison == "!" { filter.comparison = "=" }
        func numbers<Key>(_ all: some Sequence<(Identifier<Key>, FieldValues)>) -> [Int64] {
            all.filter { holds(filter, $0.1[id] ?? field.defaultValues, field) }.map(\.0.rawValue)
        }
        let records = catalog.records
        switch reference {
        case .project: return numbers(records.projects.values.map { ($0.id, $0.values) })
        case .version: return numbers(records.versions.values.map { ($0.id, $0.values) })
        default: return numbers(records.users.values.map { ($0.id, $0.values) })
        }
    }

    private func holds(_ filter: GivenFilter, _ values: [Value], _ field: Field) -> Bool {
        let texts = values.map { CustomFieldRendering(catalog: catalog).text($0, field) }.filter { !$0.isEmpty }
        switch filter.comparison {
        case "*": return !texts.isEmpty
        case "!*": return texts.isEmpty
        default: break
        }
        switch filter.field.kind {
        case .date, .pastDate:
            guard let span = FilterSpan(filter.comparison, filter.values, today: today) else { return false }
            return texts.compactMap { CivilDate(iso8601: $0) }.contains { day in
                (span.from.map { day >= $0.date } ?? true) && (span.through.map { day <= $0.date } ?? true)
            }
        case .integer where filter.comparison == "=", .decimal where filter.comparison == "=":
            let wanted = GivenFilter.integers(filter.values.first ?? "")?.map { Double($0) }
                ?? [Quirks.leadingDecimal(filter.values.first ?? "")]
            return texts.contains { text in Double(text).map { wanted.contains($0) } ?? false }
        default:
            if let bounds = FilterBounds(filter) {
                return texts.contains { text in Double(text).map { bounds.contain($0) } ?? false }
            }
            return texts.contains { FilterParser.matches($0, filter) }
        }
    }
}
