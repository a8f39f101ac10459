import ParleyModel

/// Makes of a query's predicate one that needs no scope: visibility and readability are written into it, and projects
/// become trackers, which the indexes know.
struct PredicatePreparation {
    let scope: ReadScope
    let catalog: QueryCatalog

    /// The predicate as far as its fields are readable, conjoined with what is visible.
    func visible(_ predicate: Predicate<Resolved>) -> Predicate<Resolved> {
        PredicateSimplifier.simplified(.and([readable(predicate), bare(scope.issues)]))
    }

    /// A predicate of the scope itself, which no readability limits.
    func bare(_ predicate: Predicate<Resolved>) -> Predicate<Resolved> {
        let resolved = PredicateSimplifier.simplified(predicate)
        return PredicateSimplifier.replacing(resolved) { leaf in
            switch leaf {
            case .inProject(let projects, let subtree):
                return .tracker(catalog.trackers(of: catalog.projects(projects, subtree: subtree)))
            case .person(let roles, let target) where target != .nobody: return .person(roles, .anyOf(people(target)))
            default: return nil
            }
        }
    }

    /// Whom a target means. Groups, roles and properties have been resolved to people before.
    func people(_ target: PersonTarget<Resolved>) -> Set<PrincipalID> {
        switch target {
        case .principal(let number): [PrincipalID(number)]
        case .me: scope.user == .anonymous ? [] : [scope.user]
        case .anyOf(let people): people
        case .nobody, .inGroup, .hasRole, .property: []
        }
    }

    /// Where a field is readable; nil: everywhere.
    func condition(_ field: FieldID) -> Predicate<Resolved>? {
        guard let condition = scope.unreadableFields[field] else { return nil }
        let prepared = bare(condition)
        return prepared == .all ? nil : prepared
    }

    /// The predicate with unreadable fields taken as unset.
    private func readable(_ predicate: Predicate<Resolved>) -> Predicate<Resolved> {
        switch predicate {
        case .and(let parts): return .and(parts.map(readable))
        case .or(let parts): return .or(parts.map(readable))
        case .not(let part): return .not(readable(part))
        case .linked(let types, let direction, .matching(let target), let depth):
            var inner = readable(target)
            if !target.mentionsRetired { inner = .and([inner, .not(.retired(.only))]) }
            return guarded(.linked(types, direction, .matching(bare(inner)), depth), [.links])
        case .person(let roles, let target): return person(roles, target)
        case .search(let words, let mode, let columns): return search(words, mode, columns)
        case .inProject: return bare(predicate)
        default: return guarded(bare(predicate), fields(predicate))
        }
    }

    private func guarded(_ leaf: Predicate<Resolved>, _ fields: [BuiltinField]) -> Predicate<Resolved> {
        guarded(leaf, fields.map(\.id))
    }

    private func guarded(_ leaf: Predicate<Resolved>, _ fields: [FieldID]) -> Predicate<Resolved> {
        let conditions = fields.compactMap(condition)
        return conditions.isEmpty ? leaf : .and(conditions + [leaf])
    }

    private func fields(_ leaf: Predicate<Resolved>) -> [FieldID] {
        switch leaf {
        case .isSet(let field), .isGiven(let field), .compare(let field, _, _), .among(let field, _),
            .within(let field, _, _), .text(let field, _, _, _), .textOrder(let field, _, _):
            return number(field)
        case .compareFields(let left, _, let right): return number(left) + number(right)
        case .history(let history): return history.field.map(number) ?? []
        case .comment: return [BuiltinField.posts.id]
        case .file: return [BuiltinField.files.id]
        case .linked: return [BuiltinField.links.id]
        default: return []
        }
    }

    private func number(_ field: FieldRef) -> [FieldID] {
        if case .field(let id) = field { return [id] }
        return []
    }

    // MARK: People

    private func person(_ roles: Set<PersonRole>, _ target: PersonTarget<Resolved>) -> Predicate<Resolved> {
        var open: Set<PersonRole> = []
        var parts: [Predicate<Resolved>] = []
        for role in roles {
            guard let field = field(role), let condition = condition(field.id) else {
                open.insert(role)
                continue
            }
            let leaf = bare(.person([role], target))
            parts.append(target == .nobody ? .or([.not(condition), leaf]) : .and([condition, leaf]))
        }
        let rest = bare(.person(open, target))
        return target == .nobody ? .and(parts + [rest]) : .or(parts + [rest])
    }

    private func field(_ role: PersonRole) -> BuiltinField? {
        switch role {
        case .author: .author
        case .assignee: .assignee
        case .updatedBy: .updatedBy
        case .participant(let role): role.field
        case .projectParticipant: nil
        }
    }

    // MARK: Search

    /// An issue's own text is one document: it is searched where all that stands in it is readable.
    private func search(
        _ words: [String], _ mode: SearchMode, _ columns: Set<SearchColumn>
    ) -> Predicate<Resolved> {
        let columns = columns.isEmpty ? Set(SearchColumn.allCases) : columns
        let groups: [(columns: Set<SearchColumn>, fields: [BuiltinField])] = [
            ([.description, .labels, .fields, .number], [.title, .description, .labels]),
            ([.title], [.title]),
            ([.comments], [.posts]),
        ]
        var variants: [(conditions: [Predicate<Resolved>], columns: Set<SearchColumn>)] = [([], columns)]
        for group in groups where !columns.isDisjoint(with: group.columns) {
            let conditions = group.fields.compactMap { condition($0.id) }
            guard !conditions.isEmpty else { continue }
            variants = variants.flatMap { variant in
                [
                    (variant.conditions + conditions, variant.columns),
                    (variant.conditions + [.not(.and(conditions))], variant.columns.subtracting(group.columns)),
                ]
            }
        }
        return .or(
            variants.map { variant in
                variant.columns.isEmpty ? .none : .and(variant.conditions + [.search(words, mode, variant.columns)])
            })
    }
}
