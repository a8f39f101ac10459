import ParleyHTTP
import ParleyModel
import ParleyService

/// What Redmine calls the tools of a project.
enum Modules {
    static let names: [(name: String, kind: Tool.Kind)] = [
        ("issue_tracking", .tickets), ("time_tracking", .time), ("news", .blog), ("documents", .documents),
        ("files", .files),
        ("wiki", .wiki), ("repository", .repository), ("boards", .forum), ("calendar", .calendar), ("gantt", .gantt),
    ]

    /// Nil for a kind that Redmine does not know.
    static func name(_ tool: ToolChoice) -> String? { tool.name ?? names.first { $0.kind == tool.kind }?.name }

    /// Characters that a name may have.
    private static let nameLimit = 255

    /// The tool of a name; nil for none, and for one that is too long. A name that stands for nothing is kept: it may
    /// be that of an extension.
    static func tool(_ name: String) -> ToolChoice? {
        if let known = names.first(where: { $0.name == name }) { return ToolChoice(known.kind) }
        let isBlank = name.allSatisfy(\.isWhitespace)
        return isBlank || name.count > nameLimit ? nil : ToolChoice(.other, name: name)
    }
}

/// Custom fields that were chosen for a project although every project has them: kept, since they are told with the
/// others that were chosen.
enum ChosenFields {
    private static let place = (namespace: "redmine", name: "issue_custom_field_ids")

    static func attribute(
        _ fields: [FieldID], _ catalog: Catalog
    ) -> (namespace: String, name: String, text: String) {
        let general = Set(fields).filter { catalog.records.fields[$0]?.projects == nil }.sorted()
        return (place.namespace, place.name, general.map { "\($0)" }.joined(separator: " "))
    }

    static func contains(_ field: Field, _ project: Project) -> Bool {
        if let projects = field.projects { return projects.contains(project.id) }
        let chosen = project.attributes[place.namespace]?[place.name] ?? ""
        return chosen.split(separator: " ").contains { $0 == "\(field.id)" }
    }
}

/// What a client wants of a project.
struct ProjectParser {
    let catalog: Catalog
    let input: ParameterObject

    private static let listLimit = 500

    /// - Parameter present: the tools that the project has; those without a word in Redmine stay.
    /// - Throws: `Refusal.unknownReference` where a list names what is not there.
    func draft(present: [ToolChoice]) throws -> ProjectDraft {
        var draft = ProjectDraft()
        draft.name = input["name"].map { Spelling.trimmed(Words.ofText($0) ?? "") }
        draft.identifier = input["identifier"].map { Words.ofText($0) ?? "" }
        draft.description = input["description"].map(Words.ofText)
        draft.homepage = input["homepage"].map(Words.ofText)
        draft.isPublic = input["is_public"].flatMap(Spelling.flag)
        draft.inheritsMembers = input["inherit_members"].flatMap(Spelling.flag)
        if let parent = input["parent_id"] { draft.parent = .some(self.parent(parent)) }
        if let version = input["default_version_id"] {
            draft.defaultVersion = .some(number(version).map { VersionID($0) })
        }
        if let assignee = input["default_assigned_to_id"] {
            draft.defaultAssignee = .some(number(assignee).map { PrincipalID($0) })
        }
        draft.types = try numbers("tracker_ids") { number in
            catalog.types.first { $0.id.rawValue == number }?.id
        }
        draft.issueFields = try numbers("issue_custom_field_ids") { number in
            catalog.fields(of: .issue).first { $0.id.rawValue == number }?.id
        }
        if let fields = draft.issueFields { draft.attributes.append(ChosenFields.attribute(fields, catalog)) }
        if let items = input["enabled_module_names"]?.list ?? (input["enabled_module_names"] != nil ? [] : nil) {
            let named = items.prefix(ProjectParser.listLimit).compactMap { Words.ofField($0).flatMap(Modules.tool) }
            let unnamed = present.filter { Modules.name($0) == nil }
            draft.tools = named + unnamed
        }
        draft.values = CustomValues.given(in: input, of: .project, catalog)
        return draft
    }

    /// A project's number or identifier; one that nothing has is kept, for the middle to refuse.
    private func parent(_ value: ParameterTree) -> ProjectID? {
        if Spelling.isBlank(value) { return nil }
        return Names.project(Spelling.trimmed(value.scalarText ?? ""), in: catalog)?.id ?? ProjectID(0)
    }

    private func number(_ value: ParameterTree) -> Int64? { Spelling.isBlank(value) ? nil : Spelling.number(value) }

    /// What a list names, blanks left out.
    private func numbers<Key>(_ name: String, _ find: (Int64) -> Key?) throws -> [Key]? {
        guard let value = input[name] else { return nil }
        let isNothing = value.object?.isEmpty ?? false
        let items = (value.list ?? (isNothing ? [] : [value])).prefix(ProjectParser.listLimit)
        return try items.filter { !Spelling.isBlank($0) }.map { item in
            guard let found = Spelling.number(item).flatMap(find) else { throw Refusal.unknownReference }
            return found
        }
    }
}

/// The filters of the list of projects, answered from the catalog.
struct ProjectFilters {
    let catalog: Catalog
    let today: CivilDate
    let filters: [GivenFilter]

    /// Faulty filters are none at all: then every project is shown.
    init(_ parameters: Parameters, _ catalog: Catalog, today: CivilDate) {
        self.catalog = catalog
        self.today = today
        let given = ProjectFilters.given(parameters, catalog)
        filters = given.contains { $0.fault != nil } ? [] : given
    }

    private static let fields = [
        FilterField("status", "Status", .list, .status), FilterField("id", "Project", .list, .project),
        FilterField("name", "Name", .string, .field(.title)),
        FilterField("description", "Description", .text, .field(.description)),
        FilterField("parent_id", "Subproject of", .subprojects, .subproject),
        FilterField("is_public", "Public", .list, .isPrivate),
        FilterField("created_on", "Created", .pastDate, .field(.created)),
    ]

    private static func given(_ parameters: Parameters, _ catalog: Catalog) -> [GivenFilter] {
        var result: [GivenFilter] = []
        if let named = (parameters["fields"] ?? parameters["f"])?.list {
            let operators = parameters["operators"] ?? parameters["op"]
            let values = parameters["values"] ?? parameters["v"]
            for name in named.prefix(50).compactMap(\.scalarText) {
                guard let field = field(name, catalog), let sign = operators?[name]?.scalarText else { continue }
                let items = values?[name]?.list?.map { $0.scalarText ?? "" } ?? [values?[name]?.scalarText ?? ""]
                result.append(GivenFilter(field, sign, Array(items.prefix(500))))
            }
            return result
        }
        for member in parameters.members.members.prefix(100) {
            guard let text = member.value.scalarText, let field = field(member.name, catalog) else { continue }
            result.append(GivenFilter(field, short: text))
        }
        if !result.contains(where: { $0.field.name == "status" }) {
            result.append(GivenFilter(fields[0], "=", ["1"]))
        }
        return result
    }

    private static func field(_ name: String, _ catalog: Catalog) -> FilterField? {
        if let field = fields.first(where: { $0.name == name }) { return field }
        guard name.hasPrefix("cf_"), let number = Int64(name.dropFirst(3)),
            let field = catalog.records.fields[FieldID(number)], field.object == .project, field.filter,
            field.stamp.retired == nil
        else { return nil }
        let isText = field.type.isText
        return FilterField(name, field.name, isText ? .string : .optionalList, .custom(field.id))
    }

    func matches(_ project: Project) -> Bool { filters.allSatisfy { matches(project, $0) } }

    private func matches(_ project: Project, _ filter: GivenFilter) -> Bool {
        switch filter.field.name {
        case "status": return among(filter, [ProjectRendering.status(project)])
        case "id": return among(filter, [String(project.id.rawValue)])
        case "parent_id": return among(filter, project.parent.map { [String($0.rawValue)] } ?? [])
        case "is_public": return among(filter, [project.isPublic ? "1" : "0"])
        case "name": return text(filter, [project.name])
        case "description": return text(filter, [project.description ?? ""])
        case "created_on":
            guard let span = FilterSpan(filter.comparison, filter.values, today: today) else {
                return filter.comparison == "*"
            }
            let created = project.stamp.created
            return (span.from.map { $0.start <= created } ?? true) && (span.through.map { created < $0.end } ?? true)
        default:
            guard case .custom(let id) = filter.field.subject else { return false }
            let field = catalog.records.fields[id]
            let rendering = CustomFieldRendering(catalog: catalog)
            let values = (project.values[id] ?? field?.defaultValues ?? []).map { rendering.text($0, field) }
            return filter.field.kind == .string ? text(filter, values) : among(filter, values)
        }
    }

    private func among(_ filter: GivenFilter, _ values: [String]) -> Bool {
        switch filter.comparison {
        case "=": filter.values.contains(where: values.contains)
        case "!": !filter.values.contains(where: values.contains)
        case "*": values.contains { !$0.isEmpty }
        case "!*": values.allSatisfy(\.isEmpty)
        default: false
        }
    }

    private func text(_ filter: GivenFilter, _ values: [String]) -> Bool {
        let lowered = values.map { $0.lowercased() }
        let value = filter.values.first ?? ""
        let words = FilterParser.words(value).map { $0.lowercased() }
        switch filter.comparison {
        case "~": return lowered.contains { text in words.allSatisfy { ProjectFilters.contains(text, $0) } }
        case "!~": return !lowered.contains { text in words.contains { ProjectFilters.contains(text, $0) } }
        case "^": return lowered.contains { $0.hasPrefix(value.lowercased()) }
        case "$": return lowered.contains { $0.hasSuffix(value.lowercased()) }
        default: return among(filter, values)
        }
    }

    private static func contains(_ text: String, _ word: String) -> Bool {
        guard !word.isEmpty else { return true }
        let octets = Array(text.utf8)
        let wanted = Array(word.utf8)
        guard octets.count >= wanted.count else { return false }
        return (0...(octets.count - wanted.count)).contains { octets[$0..<$0 + wanted.count].elementsEqual(wanted) }
    }
}
