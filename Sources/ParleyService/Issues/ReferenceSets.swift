import ParleyModel
import ParleyStorage

/// Predicates over reference data, answered from the catalog: a path such as `version.dueDate < today` becomes the
/// set of
/// versions that it holds for.
extension QueryResolver {
    /// The numbers of a field's possible references whose property satisfies a test.
    func catalogSet(_ target: Target, _ property: ReferenceProperty, _ test: (Value) -> Bool) -> [Int64] {
        candidates(target).filter { candidate in
            properties(candidate, property).contains(where: test)
        }.map(\.number).sorted()
    }

    struct Candidate {
        var number: Int64
        var name: String
        var status: Status?
        var version: Version?
        var project: Project?
        var user: User?
        var rank: Double
    }

    private func candidates(_ target: Target) -> [Candidate] {
        let records = catalog.records
        switch target.type {
        case .status:
            return records.statuses.values.map {
                Candidate(number: $0.id.rawValue, name: $0.name, status: $0, rank: $0.rank)
            }
        case .type: return records.types.values.map { Candidate(number: $0.id.rawValue, name: $0.name, rank: $0.rank) }
        case .priority:
            return records.priorities.values.map { Candidate(number: $0.id.rawValue, name: $0.name, rank: $0.rank) }
        case .version:
            return records.versions.values.map {
                Candidate(number: $0.id.rawValue, name: $0.name, version: $0, rank: 0)
            }
        case .category:
            return records.categories.values.map { Candidate(number: $0.id.rawValue, name: $0.name, rank: 0) }
        case .label: return records.labels.values.map { Candidate(number: $0.id.rawValue, name: $0.name, rank: 0) }
        case .project:
            return records.projects.values.map {
                Candidate(number: $0.id.rawValue, name: $0.name, project: $0, rank: 0)
            }
        case .principal:
            return records.users.values.map {
                Candidate(number: $0.id.rawValue, name: $0.displayName, user: $0, rank: 0)
            }
                + records.groups.values.map { Candidate(number: $0.id.rawValue, name: $0.name, rank: 0) }
        case .list, .openList:
            return (target.custom?.listValues ?? []).map {
                Candidate(number: $0.id.rawValue, name: $0.label, rank: $0.rank)
            }
        default: return []
        }
    }

    private func properties(_ candidate: Candidate, _ property: ReferenceProperty) -> [Value] {
        switch property {
        case .name: return [.text(candidate.name)]
        case .rank: return [.number(candidate.rank)]
        case .category: return candidate.status.map { [.text($0.category.rawValue)] } ?? []
        case .status:
            return
                (candidate.version?.status.rawValue ?? candidate.project?.status.rawValue
                ?? candidate.user?.status.rawValue).map { [.text($0)] } ?? []
        case .dueDate: return candidate.version?.due.map { [.date(DateValue($0))] } ?? []
        case .realName: return candidate.user.map { [.text($0.realName)] } ?? []
        case .login: return candidate.user?.login.map { [.text($0)] } ?? []
        case .address: return candidate.user?.addresses.map { .text($0) } ?? []
        case .isPublic: return candidate.project.map { [.boolean($0.isPublic)] } ?? []
        }
    }

    /// Whether a property's value stands so to an operand.
    func compares(_ value: Value, _ comparison: Comparison, _ operand: ParsedOperand, _ target: Target) -> Bool {
        let type: FieldType =
            switch value {
            case .text: .text
            case .number: .number
            case .boolean: .boolean
            case .date: .date
            default: .integer
            }
        let converter = ValueConverter(catalog: catalog, actor: reader.actor, now: reader.now)
        guard case .success(let other) = converter.value(operand, type: type, custom: nil) else { return false }
        switch comparison {
        case .equal: return value == other
        case .less: return Value.ordered(value, other)
        case .lessOrEqual: return !Value.ordered(other, value)
        case .greater: return Value.ordered(other, value)
        case .greaterOrEqual: return !Value.ordered(value, other)
        }
    }
}
