import ParleyModel

/// A way to issues other than looking at all of them.
indirect enum AccessPath {
    /// Those for which one leaf holds.
    case leaf(Predicate<Resolved>)
    /// Those of any of these.
    case union([AccessPath])
}

/// An access path and how many issues it leads to.
struct AccessEstimate {
    let path: AccessPath
    /// Counted up to the planner's limit.
    let count: Int
    /// Whether there may be more than that.
    let isCapped: Bool
}

extension IssueCompiler {
    /// The numbers of a leaf's issues, and whether they are exactly those for which it holds, not some more; nil where
    /// no index finds them.
    /// - Parameter also: conditions that hold for all issues that are wanted; left out where they would need the row.
    func subquery(
        _ leaf: Predicate<Resolved>, hidden: Bool, also: [Predicate<Resolved>]
    ) throws -> (sql: String, isExact: Bool)? {
        if let index = IssueIndexes.finding(leaf, hidden: hidden) {
            let alias = writer.alias("x")
            var conditions = hidden ? [] : ["\(alias).hidden = 0"]
            conditions.append(try driving(leaf, alias))
            if let columns = IssueIndexes.columns[index] {
                shielded.insert(alias)
                for condition in also where IssueIndexes.answers(condition, columns) && condition != leaf {
                    conditions.append(try sql(condition, alias))
                }
                shielded.remove(alias)
            }
            return (
                "SELECT \(alias).id FROM issue \(alias) INDEXED BY \(index) "
                    + "WHERE \(conditions.joined(separator: " AND "))", true
            )
        }
        switch leaf {
        case .among(let field, let operands): return try among(field, operands).map { ($0, true) }
        case .person(let roles, let target):
            let participants = ParticipantRole.allCases.filter { roles.contains(.participant($0)) }
            let people = wanted(target).map(\.rawValue)
            guard participants.count == roles.count, target != .nobody, !people.isEmpty else { return nil }
            let list = participants.map { String($0.rawValue) }.joined(separator: ", ")
            return (
                "SELECT issue_id AS id FROM participant WHERE principal_id \(try writer.among(people)) "
                    + "AND role IN (\(list))", true
            )
        case .search(let words, let mode, let columns):
            let plans = searchPlans(words, mode, columns)
            guard let plan = plans.first else { return ("SELECT 0 AS id WHERE FALSE", true) }
            return (try searchSubquery(plan), plans.count == 1)
        case .linked(let types, let direction, .issue(let number), .one):
            let number = try bind(number)
            return (try neighbours(of: number, types, direction), false)
        case .linked(let types, let direction, .issue(let number), .any):
            let number = try bind(number)
            return ("SELECT id FROM (\(try chain(toIssue: number, types, direction)))", false)
        case .history(let history):
            guard let by = history.by else { return nil }
            let people = wanted(by).map(\.rawValue)
            guard !people.isEmpty else { return nil }
            return ("SELECT issue_id AS id FROM changeset WHERE author_id \(try writer.among(people))", false)
        case .retired(.only):
            return hidden ? ("SELECT id FROM issue INDEXED BY issue_hidden WHERE hidden = 1", false) : nil
        default: return nil
        }
    }

    private func among(_ field: FieldRef, _ operands: [Value]) throws -> String? {
        let numbers = operands.compactMap(\.referenceID)
        guard case .field(let id) = field else { return nil }
        if id == BuiltinField.id.id {
            let numbers = operands.compactMap { if case .integer(let number) = $0 { number } else { nil } }
            guard numbers.count == operands.count else { return nil }
            return "SELECT id FROM issue WHERE id \(try writer.among(numbers))"
        }
        if let builtin = BuiltinField(id) {
            guard numbers.count == operands.count else { return nil }
            switch builtin {
            case .labels: return "SELECT issue_id AS id FROM issue_label WHERE label_id \(try writer.among(numbers))"
            case .restrictedTo:
                return "SELECT issue_id AS id FROM issue_restriction WHERE group_id \(try writer.among(numbers))"
            case .requestors, .watchers, .adminWatchers:
                return "SELECT issue_id AS id FROM participant WHERE principal_id \(try writer.among(numbers)) "
                    + "AND role = \(builtin.participantRole?.rawValue ?? 0)"
            default: return nil
            }
        }
        let row =
            "SELECT entity_id AS id FROM field_value WHERE object = 'issue' AND field_id = \(try bind(id.rawValue)) "
            + "AND position >= 0 AND "
        if numbers.count == operands.count { return row + "kind = 8 AND number \(try writer.among(numbers))" }
        let texts = operands.compactMap(\.string).filter { !$0.isEmpty }
        guard texts.count == operands.count else { return nil }
        return row + "kind = 1 AND text \(try writer.among(texts))"
    }

    /// The numbers of a path's issues, perhaps some more, perhaps more than once.
    func subquery(
        _ path: AccessPath, hidden: Bool, also: [Predicate<Resolved>] = []
    ) throws -> (sql: String, isExact: Bool)? {
        switch path {
        case .leaf(let leaf): return try subquery(leaf, hidden: hidden, also: also)
        case .union(let paths):
            var parts: [String] = []
            for path in paths {
                guard let part = try subquery(path, hidden: hidden, also: also) else { return nil }
                parts.append(part.sql)
            }
            return (parts.joined(separator: " UNION ALL "), false)
        }
    }
}
