import ParleyHTTP
import ParleyModel
import ParleyService

/// Reads the filters of a list of issues into a predicate. Pure: what depends on the time or the asking user is handed
/// in.
struct FilterParser {
    let catalog: Catalog
    let access: Access
    /// The context of the whole request.
    let project: Project?
    let today: CivilDate

    /// The filters that a request gives, in either form, the hidden one too.
    func given(_ parameters: Parameters) -> [GivenFilter] {
        if let given = GivenFilter.long(parameters, available) { return given }
        var result: [GivenFilter] = []
        for member in parameters.members.members.prefix(GivenFilter.countLimit * 2) {
            guard let field = available(member.name) else { continue }
            // What is no single value names nothing.
            result.append(
                member.value.scalarText.map { GivenFilter(field, short: $0) } ?? GivenFilter(field, "=", ["[]"]))
        }
        if !result.contains(where: { $0.field.name == Quirks.hiddenFilter.field }),
            let field = FilterField.byName[Quirks.hiddenFilter.field]
        {
            result.append(GivenFilter(field, Quirks.hiddenFilter.operator, [""]))
        }
        guard result.count > 1 else { return result }
        return result.map { ($0, $0.field.place(in: catalog)) }.sorted { $0.1 < $1.1 }.map(\.0)
    }

    /// A filter by name, as far as it makes sense for the asking user and the project.
    private func available(_ name: String) -> FilterField? {
        guard let field = FilterField.byName[name] else { return FilterField.custom(name, in: catalog) }
        switch field.subject {
        case .project: return project == nil ? field : nil
        case .reference(.category): return project == nil ? nil : field
        case .property(.project, _): return project.map { !catalog.children(of: $0.id).isEmpty } ?? true ? field : nil
        case .subproject: return project.map { catalog.children(of: $0.id).isEmpty } ?? true ? nil : field
        case .isPrivate:
            return access.allowsSomewhere(.setIssuesPrivate) || access.allowsSomewhere(.setOwnIssuesPrivate)
                ? field : nil
        case .person(.participant): return access.actor.isAnonymous ? nil : field
        case .spent: return access.allowsSomewhere(.viewTimeEntries) ? field : nil
        default: return field
        }
    }

    /// What all filters say together, within the project.
    /// - Throws: `Refusal.messages` with each faulty filter; 404 for an operator that nothing has.
    func predicate(_ filters: [GivenFilter]) throws -> Predicate<Parsed> {
        let faults = filters.compactMap(\.fault)
        if !faults.isEmpty { throw Refusal.messages(faults) }
        var parts: [Predicate<Parsed>] = []
        if let project, !filters.contains(where: { $0.field.subject == .subproject }) {
            parts.append(.inProject([.number(project.id.rawValue)], subtree: true))
        }
        for filter in filters {
            try filter.requireKnownComparison()
            parts.append(predicate(filter))
        }
        return parts.count == 1 ? parts[0] : .and(parts)
    }

    private func predicate(_ filter: GivenFilter) -> Predicate<Parsed> {
        switch filter.field.subject {
        case .status: return status(filter)
        case .project: return project(filter)
        case .subproject: return subproject(filter)
        case .isPrivate:
            // What is not 0 is yes, and what is not "is" is "is not".
            let chosen = Predicate<Parsed>.among(.builtin(.isPrivate), flags(filter.values))
            return filter.comparison == "=" ? chosen : .not(chosen)
        case .reference(let field): return reference(filter, field)
        case .property(.version, let property): return version(filter, property)
        case .property(let field, .status): return projectStatus(filter, field)
        case .property(let field, let property):
            let name = FieldName.property(field, property)
            return date(filter, name, any: .within(name, from: nil, to: nil), ofDays: true)
        case .person(.participant(let role)):
            let watched = watching(filter.values, role)
            return filter.comparison == "=" ? watched : .not(watched)
        case .person(let role):
            return choice(
                filter, any: role == .author ? .all : .not(.person([role], .nobody)), numbered: principals,
                { .person([role], .anyOf(people($0, role))) })
        case .updatedBy(let lastOnly):
            let updated = updated(by: people(filter.values, .author), lastOnly)
            return filter.comparison == "!" ? .not(updated) : updated
        case .assigneeGroup: return assigneeGroup(filter)
        case .assigneeRole: return assigneeRole(filter)
        default: return valuePredicate(filter)
        }
    }

    private func valuePredicate(_ filter: GivenFilter) -> Predicate<Parsed> {
        switch filter.field.subject {
        case .field(.updated): return updated(filter)
        case .field(let field): return value(filter, .builtin(field), field.type)
        case .custom(let id): return custom(filter, id)
        case .associated(let field, _): return associated(filter, field)
        case .spent: return spent(filter)
        case .issueNumber: return issueNumber(filter)
        case .notes: return notes(filter)
        case .file(let column): return file(filter, column)
        case .link(let type, let direction): return link(filter, type, direction)
        case .children: return children(filter)
        case .parents: return parents(filter)
        default: return .none
        }
    }
}

extension Project.Status {
    /// Redmine's numbers and the model's words.
    static let allWords: [(number: String, word: String)] = [
        ("1", Project.Status.active.rawValue), ("5", Project.Status.closed.rawValue),
        ("9", Project.Status.archived.rawValue),
    ]
}
