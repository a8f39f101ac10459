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

    private static let fields = [
        FilterField("spent_on", "Date", .pastDate, .field(.created)),
        FilterField("project_id", "Project", .list, .project),
        FilterField("subproject_id", "Subproject", .subprojects, .subproject),
        FilterField("issue_id", "Issue", .tree, .children),
        FilterField("user_id", "User", .optionalList, .person(.author)),
        FilterField("author_id", "Author", .optionalList, .person(.author)),
        FilterField("activity_id", "Activity", .list, .isPrivate),
        FilterField("project.status", "Project's Status", .list, .property(.project, .status)),
        FilterField("comments", "Comment", .text, .field(.description)),
        FilterField("hours", "Hours", .decimal, .field(.timeSpent)),
    ]

    private static let byName = Dictionary(uniqueKeysWithValues: fields.map { ($0.name, $0) })
    private static let ofIssues: Set<String> = [
        "tracker_id", "status_id", "fixed_version_id", "category_id",
    ]

    /// What all filters say together, within the project. One that is faulty makes all of them void.
    func condition(_ parameters: Parameters) throws -> TimeEntryCondition<Parsed> {
        var given = given(parameters)
        if let span = span(parameters) { given = given.filter { $0.field.name != span.field.name } + [span] }
        var parts = [place(given)]
        if given.allSatisfy({ $0.fault == nil }) {
            for filter in given {
                if filter.field.name != "issue.fixed_version_id" { try filter.requireKnownComparison() }
                parts.append(try condition(filter))
            }
        }
        return .and(parts.filter { $0 != .all })
    }

    // MARK: what is given

    private func given(_ parameters: Parameters) -> [GivenFilter] {
        if let given = GivenFilter.long(parameters, field) { return given }
        var result: [GivenFilter] = []
        for member in parameters.members.members.prefix(GivenFilter.countLimit * 2) {
            guard let field = field(member.name) else { continue }
            result.append(
                member.value.scalarText.map { GivenFilter(field, short: $0) } ?? GivenFilter(field, "=", ["[]"]))
        }
        return result
    }

    private func field(_ name: String) -> FilterField? {
        if let field = TimeEntryFilters.byName[name] { return name == "project_id" && project != nil ? nil : field }
        if name.hasPrefix("issue.") {
            let rest = String(name.dropFirst(6))
            let isKnown = TimeEntryFilters.ofIssues.contains(rest) && (rest != "category_id" || project != nil)
            let base = isKnown ? FilterField.byName[rest] : FilterField.custom(rest, in: catalog)
            return base.map { FilterField(name, "Issue's \($0.label)", $0.kind, $0.subject) }
        }
        if let associated = FilterField.associated(name, ["project", "user"], in: catalog) { return associated }
        guard name.hasPrefix("cf_"), let number = Int64(name.dropFirst(3)),
            let field = catalog.records.fields[FieldID(number)], field.object == .timeEntry, field.filter,
            field.stamp.retired == nil
        else { return nil }
        return FilterField(name, field.name, FilterField.kind(field), .custom(field.id))
    }

    // MARK: conditions

    /// The project of the request with all below it, or those of them that a filter names.
    private func place(_ given: [GivenFilter]) -> TimeEntryCondition<Parsed> {
        guard let project else { return .all }
        let below = catalog.subtree(of: project.id)
        guard let filter = given.first(where: { $0.field.name == "subproject_id" }), filter.fault == nil else {
            return .among(.project, below.map(\.rawValue).sorted())
        }
        let own = project.id.rawValue
        let named = Set(filter.values.map { Quirks.leadingNumber($0) ?? 0 })
        let numbers = Set(below.map(\.rawValue))
        let shown: Set<Int64> =
            switch filter.comparison {
            case "!*": [own]
            case "=": named.union([own])
            case "!": numbers.subtracting(named)
            default: numbers
            }
        return .among(.project, shown.sorted())
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
        case "project_id":
            return choice(filter, any: .all, numbered: { catalog.records.projects.keys.map(\.rawValue) }) {
                .among(.project, projects($0))
            }
        case "subproject_id": return .all
        case "issue_id": return issue(filter)
        case "user_id": return choice(filter, any: .all, numbered: principals) { .among(.user, people($0)) }
        case "author_id": return choice(filter, any: .all, numbered: principals) { .among(.author, people($0)) }
        case "activity_id":
            // What is not "is" is "is not".
            let chosen = TimeEntryCondition<Parsed>.among(.activity, numbers(filter.values))
            return filter.comparison == "=" ? chosen : .not(chosen)
        case "project.status":
            if ["o", "c"].contains(filter.comparison) { return .all }
            let numbers = { Project.Status.allWords.compactMap { Int64($0.number) } }
            return choice(filter, any: .all, numbered: numbers) { .among(.project, projects(ofStatus: $0)) }
        case "comments": return comment(filter)
        case "hours": return hours(filter)
        default: return try other(filter)
        }
    }

    private func choice(
        _ filter: GivenFilter, any: TimeEntryCondition<Parsed>, numbered: () -> [Int64] = { [] },
        _ make: ([String]) -> TimeEntryCondition<Parsed>
    ) -> TimeEntryCondition<Parsed> {
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

    private func principals() -> [Int64] {
        FilterParser(catalog: catalog, access: access, project: project, today: today).principals()
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
        case "!":
            .not(.or(filter.values.compactMap { FilterSpan("=", [$0], today: today).map { days($0) } }))
        default: FilterSpan(filter.comparison, filter.values, today: today).map { days($0) } ?? .none
        }
    }

    private func issue(_ filter: GivenFilter) -> TimeEntryCondition<Parsed> {
        let number = Quirks.leadingNumber(filter.values.first ?? "") ?? 0
        switch filter.comparison {
        case "=": return .among(.issue, [number])
        case "~":
            let below = Predicate<Parsed>.linked([.text("hierarchy")], .reverse, .known(number), .any)
            return .or([.among(.issue, [number]), .issue(below)])
        case "*": return .isSet(.issue)
        case "!*": return .not(.isSet(.issue))
        default: return .all
        }
    }

    private func comment(_ filter: GivenFilter) -> TimeEntryCondition<Parsed> {
        let words = FilterParser.words(filter.values.first ?? "")
        // An empty comment is one, and lacks every word.
        switch filter.comparison {
        case "*": return .commentIsGiven
        case "!~": return .and([.commentIsGiven] + words.map { .not(.comment(.contains, $0)) })
        case "=": return .commentAmong(filter.values)
        case "!": return .not(.commentAmong(filter.values))
        default: return text(filter, isSet: .hasComment) { .comment($0, $1) }
        }
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
            return .within(.duration, from: low - slack, to: (bounds.count > 1 ? bounds[1] : 0) + slack + 1)
        case "!": return .not(.or(bounds.map { .within(.duration, from: $0, to: $0 + 1) }))
        case "*": return .all
        default: return .none
        }
    }

    // MARK: issues and custom fields

    private func other(_ filter: GivenFilter) throws -> TimeEntryCondition<Parsed> {
        let parser = FilterParser(catalog: catalog, access: access, project: nil, today: today)
        if filter.field.name.hasPrefix("issue.") { return try ofIssue(filter, parser) }
        if case .associated(let reference, _) = filter.field.subject {
            let found = parser.associates(filter)
            let among = TimeEntryCondition<Parsed>.among(reference == .project ? .project : .user, found)
            return filter.comparison == "!" ? .not(among) : among
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

    /// An entry without an issue has one that differs, except from versions.
    private func ofIssue(_ filter: GivenFilter, _ parser: FilterParser) throws -> TimeEntryCondition<Parsed> {
        let isVersion = filter.field.subject == .reference(.version)
        let isOpenOrClosed = filter.comparison == "o" || filter.comparison == "c"
        if isVersion, filter.comparison != "=", filter.comparison != "!" { return .all }
        if case .reference = filter.field.subject, isOpenOrClosed { return .all }
        let condition = TimeEntryCondition<Parsed>.issue(try parser.predicate([filter]))
        let isCustom = if case .custom = filter.field.subject { true } else { false }
        let takesNone = filter.comparison == "!" && !isVersion || filter.comparison == "!*" && !isCustom
        return takesNone ? .or([.not(.isSet(.issue)), condition]) : condition
    }

    private func value(_ text: String, _ field: Field) -> Value? {
        switch field.type {
        case .boolean: return text == "1" ? .boolean(true) : text == "0" ? .boolean(false) : .text(text)
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
        case "!": return .not(.or(numbers.map { .valueWithin(id, from: $0, through: $0) }))
        case ">=": return .valueWithin(id, from: first, through: nil)
        case "<=": return .valueWithin(id, from: nil, through: first)
        case "><": return .valueWithin(id, from: first, through: numbers.count > 1 ? numbers[1] : 0)
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
