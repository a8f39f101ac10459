import ParleyModel
import ParleyService

/// Reads `sort=col[:desc][,col...]`.
enum SortParser {
    /// How many columns count.
    private static let limit = 3

    /// The order; unknown columns are passed over, newest first breaks ties.
    static func order(_ text: String?, _ catalog: Catalog) -> [SortKey<Parsed>] {
        var keys: [SortKey<Parsed>] = []
        for part in (text ?? "").split(separator: ",").prefix(limit) {
            let words = part.split(separator: ":", omittingEmptySubsequences: false)
            guard let name = words.first.flatMap({ field(Spelling.trimmed(String($0)), catalog) }) else { continue }
            keys.append(SortKey(name, descending: words.count > 1 && words[1] == "desc"))
        }
        if !keys.contains(where: { $0.reference == .builtin(.id) }) {
            keys.append(SortKey(.builtin(.id), descending: true))
        }
        return keys
    }

    private static func field(_ column: String, _ catalog: Catalog) -> FieldName? {
        if let builtin = builtins[column] { return .builtin(builtin) }
        switch column {
        case "total_estimated_hours": return .aggregate(.totalEstimate)
        case "spent_hours": return .aggregate(.spent)
        case "total_spent_hours": return .aggregate(.totalSpent)
        default:
            guard column.hasPrefix("cf_"), let number = Int64(column.dropFirst(3)),
                let field = catalog.records.fields[FieldID(number)], field.object == .issue, field.stamp.retired == nil,
                !field.multiple
            else { return nil }
            return .custom(number)
        }
    }

    private static let builtins: [String: BuiltinField] = [
        "id": .id, "project": .project, "tracker": .type, "status": .status, "priority": .priority, "subject": .title,
        "author": .author, "assigned_to": .assignee, "updated_on": .updated, "created_on": .created,
        "closed_on": .closedAt,
        "category": .category, "fixed_version": .version, "start_date": .startDate, "due_date": .dueDate,
        "estimated_hours": .estimate, "done_ratio": .progress, "parent": .parent, "is_private": .isPrivate,
        "last_updated_by": .updatedBy,
    ]
}
