import ParleyModel

/// Finds time entries: one page in order, and totals of all that match, as far as an actor sees them.
public struct TimeEntryFinder {
    let capabilities: SQLCapabilities
    let scope: TimeEntryScope
    let issues: ReadScope
    let catalog: QueryCatalog

    public init(
        capabilities: SQLCapabilities, scope: TimeEntryScope, issues: ReadScope, catalog: QueryCatalog
    ) {
        self.capabilities = capabilities
        self.scope = scope
        self.issues = issues
        self.catalog = catalog
    }

    /// How many match, and the sum of their durations.
    /// - Throws: `QueryFault.tooComplex`, `StorageFault`.
    public func total(
        _ condition: TimeEntryCondition<Resolved>, on connection: any SQLConnection
    ) throws -> TimeEntryTotal {
        let writer = TimeEntryCompiler(self, connection)
        let text =
            try "SELECT count(*), CAST(total(t.duration) AS INTEGER) FROM time_entry t WHERE "
            + writer.visible(condition)
        let statement = try writer.issues.writer.statement(text)
        return try connection.first(statement.text, statement.arguments) { row in
            TimeEntryTotal(count: Int(clamping: row.integer(0)), duration: row.integer(1))
        } ?? TimeEntryTotal(count: 0, duration: 0)
    }

    /// The numbers of a page; the lowest first where the order leaves it open.
    /// - Throws: `QueryFault.tooComplex`, `StorageFault`.
    public func page(
        _ condition: TimeEntryCondition<Resolved>, order: [TimeEntryOrder], offset: Int, limit: Int,
        on connection: any SQLConnection
    ) throws -> [TimeEntryID] {
        let writer = TimeEntryCompiler(self, connection)
        let found = try writer.visible(condition)
        let keys = try order.prefix(8).map { try writer.key($0) } + ["t.id"]
        let limits = try "LIMIT \(writer.bind(Int64(limit))) OFFSET \(writer.bind(Int64(offset)))"
        let statement = try writer.issues.writer.statement(
            "SELECT t.id FROM time_entry t WHERE \(found) ORDER BY \(keys.joined(separator: ", ")) \(limits)")
        return try connection.all(statement.text, statement.arguments) { TimeEntryID($0.integer(0)) }
    }

    /// The sum of the estimates of visible issues for which the predicate holds, in milliseconds.
    /// - Throws: `QueryFault.tooComplex`, `StorageFault`.
    public func estimates(_ predicate: Predicate<Resolved>, on connection: any SQLConnection) throws -> Int64 {
        let writer = TimeEntryCompiler(self, connection)
        let condition = try writer.issue(predicate, IssueCompiler.root)
        let statement = try writer.issues.writer.statement(
            "SELECT CAST(total(i.estimate) AS INTEGER) FROM issue i WHERE \(condition)")
        return try connection.first(statement.text, statement.arguments) { $0.integer(0) } ?? 0
    }
}

/// Writes the conditions of one statement over time entries, whose alias is `t`.
private final class TimeEntryCompiler {
    let issues: IssueCompiler
    private let finder: TimeEntryFinder
    private let partialWords: PartialWords

    init(_ finder: TimeEntryFinder, _ connection: any SQLConnection) {
        self.finder = finder
        partialWords = PartialWords(finder.capabilities, connection)
        issues = IssueCompiler(
            finder.capabilities, PredicatePreparation(scope: finder.issues, catalog: finder.catalog))
    }

    func bind(_ number: Int64) throws -> String { try issues.bind(number) }

    /// The condition, and that the entry is in use and seen.
    func visible(_ condition: TimeEntryCondition<Resolved>) throws -> String {
        let rules = try finder.scope.rules.map { try rule($0) }
        guard !rules.isEmpty else { return "FALSE" }
        let asked = try sql(condition)
        var parts = ["t.retired IS NULL", StatementWriter.joined(rules, "OR"), asked]
        let seen = issues.preparation.bare(finder.issues.issues)
        if seen == .none {
            parts.append("t.issue_id IS NULL")
        } else {
            let condition = seen == .all ? "i.retired IS NULL" : "i.retired IS NULL AND \(try issues.sql(seen, "i"))"
            let open = "SELECT 1 FROM issue i WHERE i.id = t.issue_id AND \(condition)"
            parts.append("(t.issue_id IS NULL OR EXISTS (\(open)))")
        }
        return StatementWriter.joined(parts, "AND")
    }

    private func rule(_ rule: TimeEntryScope.Rule) throws -> String {
        var parts = ["t.project_id \(try issues.writer.among(rule.projects.map(\.rawValue)))"]
        if rule.ownOnly { parts.append("t.user_id = \(try bind(finder.scope.user.rawValue))") }
        if let types = rule.types {
            let list = try issues.writer.among(types.map(\.rawValue))
            parts.append("EXISTS (SELECT 1 FROM issue i WHERE i.id = t.issue_id AND i.type_id \(list))")
        }
        return "(" + parts.joined(separator: " AND ") + ")"
    }

    /// That an issue of an alias is in use and seen, and a predicate holds for it.
    func issue(_ predicate: Predicate<Resolved>, _ alias: String) throws -> String {
        try QueryLimits.check(predicate)
        let prepared = issues.preparation.visible(try partialWords.widened(predicate))
        switch prepared {
        case .none: return "FALSE"
        case .all: return "\(alias).retired IS NULL"
        default: return "\(alias).retired IS NULL AND (\(try issues.sql(prepared, alias)))"
        }
    }

    func sql(_ condition: TimeEntryCondition<Resolved>) throws -> String {
        switch condition {
        case .all: return "TRUE"
        case .none: return "FALSE"
        case .and(let parts):
            guard !parts.isEmpty else { return "TRUE" }
            return try issues.writer.nested { StatementWriter.joined(try parts.map { try sql($0) }, "AND") }
        case .or(let parts):
            guard !parts.isEmpty else { return "FALSE" }
            return try issues.writer.nested { StatementWriter.joined(try parts.map { try sql($0) }, "OR") }
        case .not(let part): return try issues.writer.nested { "(\(try sql(part))) IS NOT TRUE" }
        case .among(let column, let numbers):
            return numbers.isEmpty ? "FALSE" : "t.\(Self.name(column)) \(try issues.writer.among(numbers))"
        case .within(let column, let from, let to):
            let bounds = try [from.map { ">= \(try bind($0))" }, to.map { "< \(try bind($0))" }].compactMap { $0 }
            let parts = bounds.map { "t.\(Self.name(column)) \($0)" }
            return parts.isEmpty ? "TRUE" : "(" + parts.joined(separator: " AND ") + ")"
        case .isSet(let column): return "t.\(Self.name(column)) IS NOT NULL"
        case .hasComment: return "t.comment <> ''"
        case .commentIsGiven: return "t.comment IS NOT NULL"
        case .commentAmong(let texts):
            return texts.isEmpty ? "FALSE" : "t.comment \(try issues.writer.among(texts))"
        case .comment(let match, let pattern):
            return "(\(try issues.text("t.comment", match, pattern, caseSensitive: false)))"
        case .issue(let predicate):
            return try issues.writer.nested(levels: 3) {
                "EXISTS (SELECT 1 FROM issue i WHERE i.id = t.issue_id AND \(try issue(predicate, "i")))"
            }
        case .valueIsSet(let field): return try value(field, "v.text IS NULL OR v.text <> ''")
        case .value(let field, let values): return try among(field, values)
        case .valueText(let field, let match, let pattern):
            return try value(field, issues.text("v.text", match, pattern, caseSensitive: false))
        case .valueWithin(let field, let from, let through):
            let number = "CASE WHEN v.kind IN (3, 9) THEN v.real ELSE v.number END"
            let bounds = try [
                from.map { "\(number) >= \(try issues.writer.bind(.real($0)))" },
                through.map { "\(number) <= \(try issues.writer.bind(.real($0)))" },
            ].compactMap { $0 }
            return try value(field, bounds.isEmpty ? "TRUE" : bounds.joined(separator: " AND "))
        }
    }

    private func value(_ field: FieldID, _ condition: String) throws -> String {
        "EXISTS (SELECT 1 FROM field_value v WHERE \(try ofField(field)) AND (\(condition)))"
    }

    private func ofField(_ field: FieldID) throws -> String {
        "v.object = 'timeEntry' AND v.entity_id = t.id AND v.field_id = \(try bind(field.rawValue)) AND v.position >= 0"
    }

    private func among(_ field: FieldID, _ values: [Value]) throws -> String {
        let parts = try values.prefix(500).compactMap { value -> String? in
            switch value {
            case .text(let text): return "v.text = \(try issues.bind(text))"
            case .number(let number), .spelled(_, let number):
                return "v.real = \(try issues.writer.bind(.real(number)))"
            case .boolean(let flag): return "v.number = \(try bind(flag ? 1 : 0))"
            case .integer(let number), .duration(let number), .reference(let number):
                return "v.number = \(try bind(number))"
            case .date(let date): return "v.number = \(try bind(date.date.daysSince1970))"
            case .instant(let instant): return "v.number = \(try bind(instant.microseconds))"
            }
        }
        return parts.isEmpty ? "FALSE" : try value(field, StatementWriter.joined(parts, "OR"))
    }

    // MARK: order

    func key(_ order: TimeEntryOrder) throws -> String {
        let direction = order.descending ? " DESC" : ""
        switch order.key {
        case .column(let column): return "t.\(Self.name(column))\(direction)"
        case .name(let column):
            guard let name = Self.classes[column] else { return "t.\(Self.name(column))\(direction)" }
            let row = "FROM record r WHERE r.class = '\(name.rawValue)' AND r.id = t.\(Self.name(column)))"
            return "(SELECT r.sort_rank \(row)\(direction), "
                + "(SELECT \(finder.capabilities.folded("r.sort_name")) \(row)\(direction)"
        case .field(let field):
            let values = "FROM field_value v WHERE \(try ofField(field)) ORDER BY v.position LIMIT 1)"
            return "(SELECT CASE v.kind WHEN 3 THEN v.real ELSE v.number END \(values)\(direction), "
                + "(SELECT \(finder.capabilities.folded("v.text")) \(values)\(direction)"
        }
    }

    private static let classes: [TimeEntryColumn: RecordClass] = [
        .project: .project, .user: .principal, .author: .principal, .activity: .enumeration,
    ]

    private static func name(_ column: TimeEntryColumn) -> String {
        switch column {
        case .id: "id"
        case .project: "project_id"
        case .issue: "issue_id"
        case .user: "user_id"
        case .author: "author_id"
        case .activity: "activity_id"
        case .day: "spent_on"
        case .duration: "duration"
        case .created: "created"
        }
    }
}
