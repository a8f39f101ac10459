import ParleyHTTP
import ParleyModel
import ParleyService

/// How the values of a filter are compared, and so which operators it has.
enum FilterKind: Sendable {
    case status, list, optionalList, subprojects, date, pastDate, string, text, integer, decimal, relation, tree

    /// As they may begin a value; tried in this order.
    var operators: [String] {
        switch self {
        case .status: FilterKind.statusOperators
        case .list: FilterKind.listOperators
        case .optionalList, .subprojects: FilterKind.optionalOperators
        case .date: FilterKind.dateOperators
        case .pastDate: FilterKind.pastOperators
        case .string: FilterKind.stringOperators
        case .text: FilterKind.textOperators
        case .integer, .decimal: FilterKind.numberOperators
        case .relation: FilterKind.relationOperators
        case .tree: FilterKind.treeOperators
        }
    }

    private static let statusOperators = Quirks.operatorsInOrder(["o", "=", "!", "c", "*"])
    private static let listOperators = Quirks.operatorsInOrder(["=", "!"])
    private static let optionalOperators = Quirks.operatorsInOrder(["=", "!", "!*", "*"])
    private static let past = [
        "=", ">=", "<=", "><", ">t-", "<t-", "><t-", "t-", "t", "ld", "w", "lw", "l2w", "m", "lm", "y", "!*", "*",
    ]
    private static let dateOperators = Quirks.operatorsInOrder(past + ["<t+", ">t+", "><t+", "t+", "nd", "nw", "nm"])
    private static let pastOperators = Quirks.operatorsInOrder(past)
    private static let stringOperators = Quirks.operatorsInOrder(["~", "=", "!~", "!", "^", "$", "!*", "*"])
    private static let textOperators = Quirks.operatorsInOrder(["~", "!~", "^", "$", "!*", "*"])
    private static let numberOperators = Quirks.operatorsInOrder(["=", ">=", "<=", "><", "!*", "*"])
    private static let relationOperators = Quirks.operatorsInOrder(["=", "!", "=p", "=!p", "!p", "*o", "!o", "!*", "*"])
    private static let treeOperators = Quirks.operatorsInOrder(["=", "~", "!*", "*"])

    /// Operators of which a condition on a field can be made; any other is 404, where the filter looks at it at all.
    static let known: Set<String> = valueless.subtracting(["*o", "!o"]).union([
        "=", "!", ">=", "<=", "><", "<t+", ">t+", "><t+", "t+", ">t-", "<t-", "><t-", "t-", "~", "!~", "^", "$",
    ])

    /// Operators that need no value.
    static let valueless: Set<String> = [
        "o", "c", "!*", "*", "nd", "t", "ld", "nw", "w", "lw", "l2w", "nm", "m", "lm", "y", "*o", "!o",
    ]
}

/// What a filter is about.
enum FilterSubject: Sendable, Equatable {
    case status, project, subproject, isPrivate
    case reference(BuiltinField)
    case property(BuiltinField, ReferenceProperty)
    case person(PersonRole)
    case updatedBy(lastOnly: Bool)
    case assigneeGroup, assigneeRole
    case field(BuiltinField)
    case spent, issueNumber
    case notes
    case file(FileColumn)
    case link(String, LinkDirection)
    case children, parents
    case custom(FieldID)
    /// A custom field of what the issue's field refers to.
    case associated(BuiltinField, FieldID)

    /// Whether an operator that means nothing to it is passed over, or taken for one of its own.
    var takesAnyOperator: Bool {
        switch self {
        case .subproject, .isPrivate, .person(.participant), .updatedBy, .assigneeRole, .spent, .file, .link, .children,
            .parents:
            true
        default: false
        }
    }
}

/// A filter that lists of issues have.
struct FilterField: Sendable {
    let name: String
    let label: String
    let kind: FilterKind
    let subject: FilterSubject

    init(_ name: String, _ label: String, _ kind: FilterKind, _ subject: FilterSubject) {
        self.name = name
        self.label = label
        self.kind = kind
        self.subject = subject
    }

    /// In the order in which faults are told.
    static let all: [FilterField] = [
        FilterField("status_id", "Status", .status, .status),
        FilterField("project_id", "Project", .list, .project),
        FilterField("tracker_id", "Tracker", .list, .reference(.type)),
        FilterField("priority_id", "Priority", .list, .reference(.priority)),
        FilterField("author_id", "Author", .list, .person(.author)),
        FilterField("assigned_to_id", "Assignee", .optionalList, .person(.assignee)),
        FilterField("member_of_group", "Assignee's group", .optionalList, .assigneeGroup),
        FilterField("assigned_to_role", "Assignee's role", .optionalList, .assigneeRole),
        FilterField("fixed_version_id", "Target version", .optionalList, .reference(.version)),
        FilterField("fixed_version.due_date", "Target version's Due date", .date, .property(.version, .dueDate)),
        FilterField("fixed_version.status", "Target version's Status", .list, .property(.version, .status)),
        FilterField("category_id", "Category", .optionalList, .reference(.category)),
        FilterField("subject", "Subject", .text, .field(.title)),
        FilterField("description", "Description", .text, .field(.description)),
        FilterField("notes", "Notes", .text, .notes),
        FilterField("created_on", "Created", .pastDate, .field(.created)),
        FilterField("updated_on", "Updated", .pastDate, .field(.updated)),
        FilterField("closed_on", "Closed", .pastDate, .field(.closedAt)),
        FilterField("start_date", "Start date", .date, .field(.startDate)),
        FilterField("due_date", "Due date", .date, .field(.dueDate)),
        FilterField("estimated_hours", "Estimated time", .decimal, .field(.estimate)),
        FilterField("spent_time", "Spent time", .decimal, .spent),
        FilterField("done_ratio", "% Done", .integer, .field(.progress)),
        FilterField("is_private", "Private", .list, .isPrivate),
        FilterField("attachment", "File", .text, .file(.name)),
        FilterField("attachment_description", "File description", .text, .file(.description)),
        FilterField("watcher_id", "Watcher", .list, .person(.participant(.watcher))),
        FilterField("updated_by", "Updated by", .list, .updatedBy(lastOnly: false)),
        FilterField("last_updated_by", "Last updated by", .list, .updatedBy(lastOnly: true)),
        FilterField("subproject_id", "Subproject", .subprojects, .subproject),
        FilterField("project.status", "Project's Status", .list, .property(.project, .status)),
        FilterField("relates", "Related to", .relation, .link("relates", .either)),
        FilterField("duplicates", "Is duplicate of", .relation, .link("duplicates", .forward)),
        FilterField("duplicated", "Has duplicate", .relation, .link("duplicates", .reverse)),
        FilterField("blocks", "Blocks", .relation, .link("blocks", .forward)),
        FilterField("blocked", "Blocked by", .relation, .link("blocks", .reverse)),
        FilterField("precedes", "Precedes", .relation, .link("precedes", .forward)),
        FilterField("follows", "Follows", .relation, .link("precedes", .reverse)),
        FilterField("copied_to", "Copied to", .relation, .link("copied_to", .forward)),
        FilterField("copied_from", "Copied from", .relation, .link("copied_to", .reverse)),
        FilterField("parent_id", "Parent task", .tree, .children),
        FilterField("child_id", "Subtasks", .tree, .parents),
        FilterField("issue_id", "Issue", .integer, .issueNumber),
    ]

    /// Where it stands among all, custom fields in their order before the relations.
    func place(in catalog: Catalog) -> (Int, Int) {
        if let place = FilterField.all.firstIndex(where: { $0.name == name }) { return (place, 0) }
        let before = FilterField.all.firstIndex { $0.kind == .relation } ?? 0
        switch subject {
        case .custom(let id): return (before, -1_000_000 + (catalog.fields.firstIndex { $0.id == id } ?? 0))
        case .associated(_, let id): return (before, -500_000 + (catalog.fields.firstIndex { $0.id == id } ?? 0))
        default: return (before, -1)
        }
    }

    static let byName: [String: FilterField] = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

    /// The filter on a custom field that is marked as one.
    static func custom(_ name: String, in catalog: Catalog) -> FilterField? {
        if let field = field(name, of: .issue, in: catalog) {
            return FilterField(name, field.name, kind(field), .custom(field.id))
        }
        return associated(name, ["project", "author", "assigned_to", "fixed_version"], in: catalog)
    }

    /// The filter on a custom field of something that one of these names, such as `project.cf_10`.
    static func associated(_ name: String, _ owners: Set<String>, in catalog: Catalog) -> FilterField? {
        let parts = name.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, owners.contains(String(parts[0])),
            let associate = associates.first(where: { $0.name == parts[0] }),
            let field = field(String(parts[1]), of: associate.object, in: catalog)
        else { return nil }
        return FilterField(
            name, "\(associate.label)'s \(field.name)", kind(field), .associated(associate.field, field.id))
    }

    /// What an issue or a time entry refers to that has custom fields.
    private static let associates: [(name: String, label: String, field: BuiltinField, object: Field.Object)] = [
        ("project", "Project", .project, .project), ("author", "Author", .author, .user),
        ("user", "User", .author, .user), ("assigned_to", "Assignee", .assignee, .user),
        ("fixed_version", "Target version", .version, .version),
    ]

    private static func field(_ name: String, of object: Field.Object, in catalog: Catalog) -> Field? {
        guard name.hasPrefix("cf_"), let number = Int64(name.dropFirst(3)),
            let field = catalog.records.fields[FieldID(number)], field.object == object, field.filter,
            field.stamp.retired == nil
        else { return nil }
        return field
    }

    static func kind(_ field: Field) -> FilterKind {
        switch field.type {
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
}

/// One filter as it was given.
struct GivenFilter: Sendable, Equatable {
    var field: FilterField
    var comparison: String
    var values: [String]

    static func == (left: GivenFilter, right: GivenFilter) -> Bool {
        left.field.name == right.field.name && left.comparison == right.comparison && left.values == right.values
    }

    /// Reads the short form: an operator may begin the value, several values have bars between them.
    init(_ field: FilterField, short text: String) {
        self.field = field
        for sign in field.kind.operators where text.hasPrefix(sign) {
            let rest = text.dropFirst(sign.count)
            comparison = sign
            values = rest.isEmpty ? [""] : GivenFilter.split(rest)
            return
        }
        comparison = "="
        values = GivenFilter.split(text[...])
    }

    init(_ field: FilterField, _ comparison: String, _ values: [String]) {
        self.field = field
        self.comparison = comparison
        self.values = values
    }

    /// How many filters a request may have.
    static let countLimit = 100

    /// The filters in their long form; nil where the request is not written so. An operator that is missing is one that
    /// nothing has, and values that are no list make a filter that is passed over.
    static func long(_ parameters: Parameters, _ available: (String) -> FilterField?) -> [GivenFilter]? {
        guard let fields = parameters["fields"] ?? parameters["f"] else { return nil }
        guard let operators = parameters["operators"] ?? parameters["op"] else { return [] }
        let values = parameters["values"] ?? parameters["v"]
        var result: [GivenFilter] = []
        for name in (fields.list ?? []).prefix(countLimit).compactMap(\.scalarText) {
            guard let field = available(name), !result.contains(where: { $0.field.name == name }) else { continue }
            let given = values?[name]
            guard given == nil || given?.list != nil else { continue }
            let items = given?.list?.map { $0.scalarText ?? "" } ?? [""]
            result.append(GivenFilter(field, operators[name]?.scalarText ?? "", Array(items.prefix(limit))))
        }
        return result
    }

    /// - Throws: `Refusal.status(404)` for an operator of which no condition can be made.
    func requireKnownComparison() throws {
        guard field.subject.takesAnyOperator || FilterKind.known.contains(ownComparison) else {
            throw Refusal.status(404)
        }
    }

    /// What is asked of one note: a mark of exclamation before it only turns the answer round.
    var ownComparison: String {
        field.subject == .notes && comparison.hasPrefix("!") ? String(comparison.dropFirst()) : comparison
    }

    /// How many values a filter may have.
    private static let limit = 500

    private static func split(_ text: Substring) -> [String] {
        var parts = text.split(separator: "|", omittingEmptySubsequences: false).prefix(limit).map(String.init)
        while parts.last?.isEmpty ?? false { parts.removeLast() }
        return parts
    }

    /// What is wrong with it, in Redmine's words; nil when nothing is.
    var fault: String? {
        let filled = values.filter { !$0.isEmpty }
        if hasUnreadableValue(filled) { return "\(field.label) is invalid" }
        if FilterKind.valueless.contains(comparison) { return nil }
        guard let first = values.first, !first.utf8.allSatisfy({ $0 <= 0x20 }) else {
            return "\(field.label) cannot be blank"
        }
        return nil
    }

    private func hasUnreadableValue(_ filled: [String]) -> Bool {
        switch field.kind {
        case .integer: filled.contains { GivenFilter.integers($0) == nil }
        case .decimal: filled.contains { GivenFilter.decimal($0) == nil }
        case .date, .pastDate:
            switch comparison {
            case "=", ">=", "<=", "><": filled.contains { FilterDay($0) == nil }
            case ">t-", "<t-", "t-", ">t+", "<t+", "t+", "><t+", "><t-":
                filled.contains { text in !text.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 } }
            default: false
            }
        default: false
        }
    }

    /// `1`, `-2`, `1,2,3`; nil for anything else. What 64 bits do not hold is the largest.
    static func integers(_ text: String) -> [Int64]? {
        var result: [Int64] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let digits = part.first == "+" || part.first == "-" ? part.dropFirst() : part
            guard !digits.isEmpty, digits.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
            let magnitude = Int64(digits) ?? .max
            result.append(part.first == "-" ? -magnitude : magnitude)
        }
        return result.isEmpty ? nil : result
    }

    /// `1`, `-1.5`, `1.`; nil for anything else.
    static func decimal(_ text: String) -> Double? {
        let digits = text.first == "+" || text.first == "-" ? text.dropFirst() : text[...]
        let parts = digits.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = parts.first, !whole.isEmpty,
            parts.allSatisfy({ $0.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 } })
        else { return nil }
        let fraction = parts.count == 2 && !parts[1].isEmpty ? parts[1] : "0"
        let magnitude = Double("\(whole).\(fraction)") ?? .infinity
        guard magnitude.isFinite else { return nil }
        return text.first == "-" ? -magnitude : magnitude
    }
}
