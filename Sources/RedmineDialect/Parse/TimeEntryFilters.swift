import ParleyHTTP
import ParleyModel
import ParleyService

/// Reads the filters and the order of a list of time entries. Filters on their issues are those of lists of issues,
/// with `issue.` before the name.
struct TimeEntryFilters {
    let catalog: Catalog
    let access: Access
    /// The context of the whole request.
    let project: Project?
    let today: CivilDate

    /// How many filters a request may have.
    private static let limit = 100

    private static let fields = [
        FilterField("spent_on", "Date", .pastDate, .field(.created)),
        FilterField("project_id", "Project", .list, .project),
        FilterField("subproject_id", "Subproject", .subprojects, .subproject),
        FilterField("issue_id", "Issue", .tree, .issueNumber),
        FilterField("user_id", "User", .optionalList, .person(.author)),
        FilterField("author_id", "Author", .optionalList, .person(.author)),
        FilterField("activity_id", "Activity", .list, .spent),
        FilterField("project.status", "Project's Status", .list, .property(.project, .status)),
        FilterField("comments", "Comment", .text, .notes),
        FilterField("hours", "Hours", .decimal, .spent),
    ]

    private static let byName = Dictionary(uniqueKeysWithValues: fields.map { ($0.name, $0) })
    private static let ofIssues: Set<String> = [
        "tracker_id", "status_id", "fixed_version_id", "category_id", "parent_id",
    ]

    /// What all filters say together, within the project. One that is faulty makes all of them void.
    func condition(_ parameters: Parameters) throws -> TimeEntryCondition<Parsed> {
        var given = given(parameters)
        if let span = span(parameters) { given = given.filter { $0.field.name != span.field.name } + [span] }
        var parts = [place(given)]
        if given.allSatisfy({ $0.fault == nil }) { parts += try given.map { try condition($0) } }
        return .and(parts.filter { $0 != .all })
    }

    // MARK: what is given

    private func given(_ parameters: Parameters) -> [GivenFilter] {
        var result: [GivenFilter] = []
        if let named = (parameters["fields"] ?? parameters["f"])?.list {
            let operators = parameters["operators"] ?? parameters["op"]
            let values = parameters["values"] ?? parameters["v"]
            for name in named.prefix(TimeEntryFilters.limit).compactMap(\.scalarText) {
                guard let field = field(name), let sign = operators?[name]?.scalarText else { continue }
                let items = values?[name]?.list?.map { $0.scalarText ?? "" } ?? [values?[name]?.scalarText ?? ""]
                result.append(GivenFilter(field, sign, Array(items.prefix(500))))
            }
            return result
        }
        for member in parameters.members.members.prefix(TimeEntryFilters.limit * 2) {
            guard let text = member.value.scalarText, let field = field(member.name) else { continue }
            result.append(GivenFilter(field, short: text))
        }
        return result
    }

    private func field(_ name: String) -> FilterField? {
        if let field = TimeEntryFilters.byName[name] { return name == "project_id" && project != nil ? nil : field }
        if name.hasPrefix("issue.") {
            let rest = String(name.dropFirst(6))
            let isKnown = TimeEntryFilters.ofIssues.contains(rest)
            let base = isKnown ? FilterField.byName[rest] : FilterField.custom(rest, in: catalog)
            return base.map { FilterField(name, "Issue's \($0.label)", $0.kind, $0.subject) }
        }
        guard name.hasPrefix("cf_"), let number = Int64(name.dropFirst(3)),
            let field = catalog.records.fields[FieldID(number)], field.object == .timeEntry, field.filter,
            field.stamp.retired == nil
        else { return nil }
        return FilterField(name, field.name, TimeEntryFilters.kind(field.type), .custom(field.id))
    }

    private static func kind(_ type: FieldType) -> FilterKind {
        switch type {
        case .text, .uri: .string
        case .longText: .text
        case .integer: .integer
        case .number, .duration: .decimal
        case .date: .date
        case .instant: .pastDate
        case .boolean: .list
        default: .optionalList
        }
    }

    // MARK: conditions

    /// The project of the request with all below it, or those of them that a filter names.
    private func place(_ given: [GivenFilter]) -> TimeEntryCondition<Parsed> {
        guard let project else { return .all }
        let below = catalog.subtree(of: project.id)
        guard let filter = given.first(where: { $0.field.name == "subproject_id" }), filter.fault == nil else {
            return .among(.project, below.map(\.rawValue).sorted())
        }
        let named = Set(filter.values.compactMap { Int64($0) })
        let shown = below.filter { id in
            if id == project.id { return true }
            switch filter.comparison {
            case "!*": return false
            case "=": return named.contains(id.rawValue)
            case "!": return !named.contains(id.rawValue)
            default: return true
            }
        }
        return .among(.project, shown.map(\.rawValue).sorted())
    }

    /// `from` and `to` are another way to filter by day.
    private func span(_ parameters: Parameters) -> GivenFilter? {
        let from = parameters.text("from") ?? ""
        let through = parameters.text("to") ?? ""
        let field = TimeEntryFilters.fields[0]
        if !from.isEmpty, !through.isEmpty { return GivenFilter(field, "><", [from, through]) }
        if !from.isEmpty { return GivenFilter(field, ">=", [from]) }
        return through.isEmpty ? nil : GivenFilter(field, "<=", [through])
    }

    private func days(_ span: FilterSpan) -> TimeEntryCondition<Parsed> {
        .within(
            .day, from: span.from?.date.daysSince1970, to: span.through.map { $0.date.adding(days: 1).daysSince1970 })
    }

    private func condition(_ filter: GivenFilter) throws -> TimeEntryCondition<Parsed> {
        switch filter.field.name {
        case "spent_on": return day(filter)
        case "project_id": return choice(filter) { .among(.project, projects($0)) }
        case "subproject_id": return .all
        case "issue_id": return issue(filter)
        case "user_id": return choice(filter, any: .all) { .among(.user, people($0)) }
        case "author_id": return choice(filter, any: .all) { .among(.author, people($0)) }
        case "activity_id": return choice(filter) { .among(.activity, numbers($0)) }
        case "project.status": return choice(filter) { .among(.project, projects(ofStatus: $0)) }
        case "comments": return comment(filter)
        case "hours": return hours(filter)
        default: return try other(filter)
        }
    }

    private func choice(
        _ filter: GivenFilter, any: TimeEntryCondition<Parsed> = .none,
        _ make: ([String]) -> TimeEntryCondition<Parsed>
    ) -> TimeEntryCondition<Parsed> {
        switch filter.comparison {
        case "=": make(filter.values)
        case "!": .not(make(filter.values))
        case "*": any
        case "!*": .not(any)
        default: .none
        }
    }

    private func numbers(_ values: [String]) -> [Int64] { values.compactMap { Int64(Spelling.trimmed($0)) } }

    private func projects(_ values: [String]) -> [Int64] {
        values.contains("mine") ? numbers(values) + access.memberProjects.map(\.rawValue).sorted() : numbers(values)
    }

    private func projects(ofStatus values: [String]) -> [Int64] {
        let statuses = values.compactMap { value in Project.Status.allWords.first { $0.number == value }?.word }
        return catalog.projectTree.filter { statuses.contains($0.status.rawValue) }.map(\.id.rawValue)
    }

    private func people(_ values: [String]) -> [Int64] {
        values.compactMap { value in
            guard value == "me" else { return Int64(Spelling.trimmed(value)) }
            return access.actor.isAnonymous ? nil : access.actor.user.rawValue
        }
    }

    private func day(_ filter: GivenFilter) -> TimeEntryCondition<Parsed> {
        switch filter.comparison {
        case "*": .all
        case "!*": .none
        default: FilterSpan(filter.comparison, filter.values, today: today).map { days($0) } ?? .none
        }
    }

    private func issue(_ filter: GivenFilter) -> TimeEntryCondition<Parsed> {
        let named = filter.values.flatMap { GivenFilter.integers($0) ?? [] }
        switch filter.comparison {
        case "=": return .among(.issue, named)
        case "~":
            let below = named.map { number in
                TimeEntryCondition<Parsed>.issue(.linked([.text("hierarchy")], .reverse, .issue(number), .any))
            }
            return .or([.among(.issue, named)] + below)
        case "*": return .isSet(.issue)
        case "!*": return .not(.isSet(.issue))
        default: return .none
        }
    }

    private func comment(_ filter: GivenFilter) -> TimeEntryCondition<Parsed> {
        text(filter, isSet: .hasComment) { .comment($0, $1) }
    }

    private func text(
        _ filter: GivenFilter, isSet: TimeEntryCondition<Parsed>,
        _ make: (TextMatch, String) -> TimeEntryCondition<Parsed>
    ) -> TimeEntryCondition<Parsed> {
        let value = filter.values.first ?? ""
        let words = FilterParser.words(value)
        switch filter.comparison {
        case "~": return .and(words.map { make(.contains, $0) })
        case "!~": return .and([isSet] + words.map { .not(make(.contains, $0)) })
        case "^": return make(.prefix, value)
        case "$": return make(.suffix, value)
        case "=": return .or(filter.values.map { make(.equals, $0) })
        case "!": return .not(.or(filter.values.map { make(.equals, $0) }))
        case "*": return isSet
        case "!*": return .not(isSet)
        default: return .none
        }
    }

    /// A hundredth of a second more or less does not count.
    private func hours(_ filter: GivenFilter) -> TimeEntryCondition<Parsed> {
        let bounds = filter.values.map { text -> Int64 in
            let hours = min(max(GivenFilter.decimal(text) ?? 0, -1e9), 1e9)
            return Int64((hours * 3_600_000).rounded())
        }
        guard let low = bounds.first else { return .none }
        let slack: Int64 = 36
        switch filter.comparison {
        case "=": return .within(.duration, from: low - slack, to: low + slack + 1)
        case ">=": return .within(.duration, from: low - slack, to: nil)
        case "<=": return .within(.duration, from: nil, to: low + slack + 1)
        case "><":
            return .within(.duration, from: low - slack, to: bounds.count > 1 ? bounds[1] + slack + 1 : nil)
        case "*": return .all
        default: return .none
        }
    }

    // MARK: issues and custom fields

    private func other(_ filter: GivenFilter) throws -> TimeEntryCondition<Parsed> {
        if filter.field.name.hasPrefix("issue.") {
            let parser = FilterParser(catalog: catalog, access: access, project: nil, today: today)
            return .issue(try parser.predicate([filter]))
        }
        guard case .custom(let id) = filter.field.subject, let field = catalog.records.fields[id] else { return .none }
        switch filter.field.kind {
        case .string, .text: return text(filter, isSet: .valueIsSet(id)) { .valueText(id, $0, $1) }
        case .integer, .decimal: return number(filter, id)
        case .date, .pastDate: return date(filter, field)
        default:
            let values = filter.values.compactMap { value($0, field) }
            return choice(filter, any: .valueIsSet(id)) { _ in .value(id, values) }
        }
    }

    private func value(_ text: String, _ field: Field) -> Value? {
        switch field.type {
        case .boolean: return text == "1" ? .boolean(true) : text == "0" ? .boolean(false) : nil
        case .list, .openList:
            return field.listValues.first { $0.label == text }.map { .reference($0.id.rawValue) }
        default:
            if text == "me" { return access.actor.isAnonymous ? nil : .reference(access.actor.user.rawValue) }
            return Int64(Spelling.trimmed(text)).map { .reference($0) }
        }
    }

    private func number(_ filter: GivenFilter, _ id: FieldID) -> TimeEntryCondition<Parsed> {
        let numbers = filter.values.map { GivenFilter.decimal($0) ?? 0 }
        guard let first = numbers.first else { return .none }
        switch filter.comparison {
        case "=": return .or(numbers.map { .valueWithin(id, from: $0, through: $0) })
        case ">=": return .valueWithin(id, from: first, through: nil)
        case "<=": return .valueWithin(id, from: nil, through: first)
        case "><": return .valueWithin(id, from: first, through: numbers.count > 1 ? numbers[1] : nil)
        case "*": return .valueIsSet(id)
        case "!*": return .not(.valueIsSet(id))
        default: return .none
        }
    }

    private func date(_ filter: GivenFilter, _ field: Field) -> TimeEntryCondition<Parsed> {
        if filter.comparison == "*" { return .valueIsSet(field.id) }
        if filter.comparison == "!*" { return .not(.valueIsSet(field.id)) }
        guard let span = FilterSpan(filter.comparison, filter.values, today: today) else { return .none }
        guard field.type == .instant else {
            return .valueWithin(
                field.id, from: span.from.map { Double($0.date.daysSince1970) },
                through: span.through.map { Double($0.date.daysSince1970) })
        }
        return .valueWithin(
            field.id, from: span.from.map { Double($0.start.microseconds) },
            through: span.through.map { Double($0.end.microseconds - 1) })
    }

    // MARK: order

    /// The order; unknown columns are passed over. The newest day comes first where nothing is said.
    static func order(_ text: String?, _ catalog: Catalog) -> [TimeEntryOrder] {
        var keys: [TimeEntryOrder] = []
        for part in (text ?? "").split(separator: ",").prefix(3) {
            let words = part.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard let key = words.first.flatMap({ key(Spelling.trimmed(String($0)), catalog) }) else { continue }
            keys += whole(key, descending: words.count > 1 && words[1] == "desc")
        }
        return keys.isEmpty ? whole(.column(.day), descending: true) : keys
    }

    /// Of one day, what was logged later is later.
    private static func whole(_ key: TimeEntryOrder.Key, descending: Bool) -> [TimeEntryOrder] {
        let keys = key == .column(.day) ? [key, .column(.created), .column(.id)] : [key]
        return keys.map { TimeEntryOrder($0, descending: descending) }
    }

    private static func key(_ column: String, _ catalog: Catalog) -> TimeEntryOrder.Key? {
        switch column {
        case "id": return .column(.id)
        case "spent_on", "tweek", "tyear", "tmonth": return .column(.day)
        case "hours": return .column(.duration)
        case "created_on": return .column(.created)
        case "issue": return .column(.issue)
        case "project": return .name(.project)
        case "user": return .name(.user)
        case "author": return .name(.author)
        case "activity": return .name(.activity)
        default:
            guard column.hasPrefix("cf_"), let number = Int64(column.dropFirst(3)),
                let field = catalog.records.fields[FieldID(number)], field.object == .timeEntry
            else { return nil }
            return .field(field.id)
        }
    }
}
