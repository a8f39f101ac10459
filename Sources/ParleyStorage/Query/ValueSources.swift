import ParleyModel

/// Where a field's values are.
extension IssueCompiler {
    /// Whether some value of the field meets a condition. The closure gives the condition on one value, or nil where it
    /// cannot hold.
    func withCells(
        _ field: FieldRef, _ alias: String, _ condition: (ValueCell) throws -> String?
    ) throws -> String {
        switch field {
        case .aggregate(let aggregate):
            var cell = ValueCell(.integral, number: try sum(aggregate, alias))
            cell.isSum = true
            return try condition(cell) ?? "FALSE"
        case .attribute(let namespace, let name):
            let row = writer.alias("a")
            guard let condition = try condition(ValueCell(text: "\(row).text")) else { return "FALSE" }
            return "EXISTS (SELECT 1 FROM attribute \(row) WHERE \(row).class = 'issue' AND \(row).entity_id = "
                + "\(column(alias, "id")) AND \(row).namespace = \(try bind(namespace)) AND "
                + "\(row).name = \(try bind(name)) AND \(condition))"
        case .field(let id):
            guard let builtin = BuiltinField(id) else { return try custom(id, alias, condition) }
            if let cell = single(builtin, alias) { return try condition(cell) ?? "FALSE" }
            return try several(builtin, alias, condition)
        }
    }

    /// Whether there is a value, be it empty. What is emptied of custom values stands before the first place.
    func isGiven(_ field: FieldRef, _ alias: String) throws -> String {
        guard case .field(let id) = field, BuiltinField(id) == nil else {
            return try withCells(field, alias) { $0.isThere }
        }
        return "EXISTS (SELECT 1 FROM field_value WHERE object = 'issue' AND entity_id = \(column(alias, "id")) "
            + "AND field_id = \(try bind(id.rawValue)))"
    }

    private func custom(
        _ field: FieldID, _ alias: String, _ condition: (ValueCell) throws -> String?
    ) throws -> String {
        let row = writer.alias("v")
        guard let condition = try condition(ValueCell(row: row)) else { return "FALSE" }
        return "EXISTS (SELECT 1 FROM field_value \(row) WHERE \(row).object = 'issue' AND "
            + "\(row).entity_id = \(column(alias, "id")) AND \(row).field_id = \(try bind(field.rawValue)) AND "
            + "\(row).position >= 0 AND \(condition))"
    }

    /// A builtin that is a column of the issue.
    func single(_ field: BuiltinField, _ alias: String) -> ValueCell? {
        switch field {
        case .title: ValueCell(text: column(alias, "title"))
        case .startDate: ValueCell(day: column(alias, "start_date"), second: column(alias, "start_second"))
        case .dueDate: ValueCell(day: column(alias, "due_date"), second: column(alias, "due_second"))
        case .rank: ValueCell(real: column(alias, "rank"))
        default:
            Self.columnNames[field].map { name in
                let lane: ValueLane =
                    switch field.type {
                    case .instant: .instant
                    case .integer, .duration, .boolean: .integral
                    default: .reference
                    }
                return ValueCell(lane, number: column(alias, name))
            }
        }
    }

    static let columnNames: [BuiltinField: String] = [
        .status: "status_id", .type: "type_id", .priority: "priority_id", .priorityNumber: "priority_number",
        .initialPriority: "initial_priority", .finalPriority: "final_priority", .assignee: "assignee_id",
        .category: "category_id", .version: "version_id", .progress: "progress", .estimate: "estimate",
        .remaining: "remaining", .isPrivate: "is_private", .commentsClosed: "comments_closed", .parent: "parent_id",
        .author: "author_id", .created: "created", .updated: "updated", .updatedBy: "updated_by",
        .startedAt: "started_at", .closedAt: "closed_at", .contactedAt: "contacted_at", .id: "id", .number: "number",
        .project: "project_id", .tracker: "tracker_id", .mergedInto: "merged_into",
    ]

    private func several(
        _ field: BuiltinField, _ alias: String, _ condition: (ValueCell) throws -> String?
    ) throws -> String {
        let row = writer.alias("v")
        let id = column(alias, "id")
        func exists(_ from: String, _ cell: ValueCell) throws -> String {
            guard let condition = try condition(cell) else { return "FALSE" }
            return "EXISTS (SELECT 1 FROM \(from) AND \(condition))"
        }
        switch field {
        case .timeSpent:
            var cell = ValueCell(.integral, number: try sum(.spent, alias))
            cell.isSum = true
            return try condition(cell) ?? "FALSE"
        case .description:
            return try exists(
                "post \(row) WHERE \(row).id = \(column(alias, "opening_id"))", ValueCell(text: "\(row).text"))
        case .labels:
            return try exists(
                "issue_label \(row) WHERE \(row).issue_id = \(id)", ValueCell(.reference, number: "\(row).label_id"))
        case .restrictedTo:
            let inner = try exists(
                "issue_restriction \(row) WHERE \(row).issue_id = \(id)",
                ValueCell(.reference, number: "\(row).group_id"))
            return "(\(column(alias, "is_restricted")) = 1 AND \(inner))"
        case .requestors, .watchers, .adminWatchers:
            let role = field.participantRole?.rawValue ?? 0
            return try exists(
                "participant \(row) WHERE \(row).issue_id = \(id) AND \(row).role = \(role)",
                ValueCell(.reference, number: "\(row).principal_id"))
        case .files: return try files(alias) { try condition(ValueCell(.reference, number: "\($0).id")) }
        case .posts: return try comments(alias) { try condition(ValueCell(text: "\($0).text")) }
        case .links: return try neighbours(alias) { try condition(ValueCell(.reference, number: "\($0).id")) }
        default: return "FALSE"
        }
    }

    // MARK: Sums

    /// A number for each issue; 0 where there is nothing to add up.
    func sum(_ aggregate: Aggregate, _ alias: String) throws -> String {
        let id = column(alias, "id")
        switch aggregate {
        case .votesUp: return "(SELECT count(*) FROM vote WHERE issue_id = \(id) AND direction > 0)"
        case .votesDown: return "(SELECT count(*) FROM vote WHERE issue_id = \(id) AND direction < 0)"
        case .votesTotal: return "(SELECT coalesce(sum(direction), 0) FROM vote WHERE issue_id = \(id))"
        case .spent: return try spent(alias)
        case .totalSpent: return try family(alias) { try spent($0) }
        case .totalEstimate:
            return try family(alias) { member in
                guard let condition = preparation.condition(BuiltinField.estimate.id) else {
                    return "\(member).estimate"
                }
                return "CASE WHEN \(try sql(condition, member)) THEN \(member).estimate END"
            }
        }
    }

    /// Added as a floating number, which is exact as long as it matters and cannot overflow.
    private func spent(_ alias: String) throws -> String {
        let total =
            "(SELECT CAST(total(duration) AS INTEGER) FROM time_entry WHERE issue_id = \(column(alias, "id")) "
            + "AND retired IS NULL)"
        let conditions = [
            preparation.bare(scope.timeEntries), preparation.condition(BuiltinField.timeSpent.id) ?? .all,
        ]
        let condition = PredicateSimplifier.simplified(.and(conditions))
        switch condition {
        case .all: return total
        // A bare number in an order would mean a column.
        case .none: return "CAST(0 AS INTEGER)"
        default: return "(CASE WHEN \(try sql(condition, alias)) THEN \(total) ELSE 0 END)"
        }
    }

    /// A sum over an issue and its visible descendants.
    private func family(_ alias: String, _ term: (String) throws -> String) throws -> String {
        let below = writer.alias("below")
        let member = writer.alias("m")
        let id = column(alias, "id")
        return try writer.nested(levels: 3) {
            """
            (WITH RECURSIVE \(below) (id) AS (SELECT \(id) UNION SELECT c.id FROM \(below) CROSS JOIN issue c \
            INDEXED BY issue_by_parent ON c.parent_id = \(below).id LIMIT \(QueryLimits.reach)) \
            SELECT CAST(total(\(try term(member))) AS INTEGER) FROM \(below) CROSS JOIN issue \(member) \
            ON \(member).id = \(below).id WHERE \(member).id = \(id) OR \(try visible(member)))
            """
        }
    }

    /// Whether another issue is visible and neither retired nor merged.
    func visible(_ alias: String) throws -> String {
        let condition = preparation.bare(scope.issues)
        if condition == .all { return "\(alias).hidden = 0" }
        return try writer.nested { "(\(alias).hidden = 0 AND \(try sql(condition, alias)))" }
    }
}
