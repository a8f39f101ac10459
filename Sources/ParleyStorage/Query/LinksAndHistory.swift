import ParleyModel

extension IssueCompiler {
    // MARK: Links

    /// One way to read a link: the column of the issue at hand, and that of the other one.
    private struct Way {
        let here: String
        let there: String
    }

    private func ways(_ direction: LinkDirection) -> [Way] {
        let forward = Way(here: "from_id", there: "to_id")
        let reverse = Way(here: "to_id", there: "from_id")
        switch direction {
        case .forward: return [forward]
        case .reverse: return [reverse]
        case .either: return [forward, reverse]
        }
    }

    private func types(_ types: [Int64], _ link: String) throws -> String {
        types.isEmpty ? "" : " AND \(link).type_id \(try writer.among(types))"
    }

    func linked(
        _ types: [Int64], _ direction: LinkDirection, _ target: LinkTarget<Resolved>, _ depth: LinkDepth,
        _ alias: String
    ) throws -> String {
        switch target {
        case .uri(let uri):
            if depth == .any {
                return "\(column(alias, "id")) IN (\(try chain(toURI: uri, types, direction)))"
            }
            return try hasURI(types, direction, alias, uri)
        case .any:
            var terms = try ways(direction).map { way in try link(way, types, alias) { try visible($0) } }
            terms.append(try hasURI(types, direction, alias, nil))
            return StatementWriter.joined(terms, "OR")
        case .issue(let number):
            let other = writer.alias("t")
            let number = try bind(number)
            let exists = "EXISTS (SELECT 1 FROM issue \(other) WHERE \(other).id = \(number) AND \(try visible(other)))"
            let id = column(alias, "id")
            let path =
                depth == .any
                ? try chain(toIssue: number, types, direction) : try neighbours(of: number, types, direction)
            return "(\(id) IN (\(path)) AND \(exists))"
        case .known(let number):
            let number = try bind(number)
            let path =
                depth == .any
                ? try chain(toIssue: number, types, direction) : try neighbours(of: number, types, direction)
            return "\(column(alias, "id")) IN (\(path))"
        case .matching(let predicate):
            if depth == .any { return try chain(toMatching: predicate, types, direction, alias) }
            let terms = try ways(direction).map { way in
                try link(way, types, alias) { try meant($0, predicate) }
            }
            return StatementWriter.joined(terms, "OR")
        }
    }

    private func meant(_ alias: String, _ predicate: Predicate<Resolved>) throws -> String {
        let scope = preparation.bare(scope.issues)
        let condition = PredicateSimplifier.simplified(.and([predicate, scope]))
        return "(\(alias).merged_into IS NULL AND \(try writer.nested { try sql(condition, alias) }))"
    }

    private func link(
        _ way: Way, _ types: [Int64], _ alias: String, _ condition: (String) throws -> String
    ) throws -> String {
        let (link, other) = (writer.alias("l"), writer.alias("t"))
        return "EXISTS (SELECT 1 FROM link \(link) CROSS JOIN issue \(other) ON \(other).id = \(link).\(way.there) "
            + "WHERE \(link).\(way.here) = \(column(alias, "id"))\(try self.types(types, link)) "
            + "AND \(try condition(other)))"
    }

    /// Of the links with a URI, those that are read in a direction.
    private func inward(_ direction: LinkDirection, _ link: String) -> String {
        switch direction {
        case .forward: " AND \(link).is_inward = 0"
        case .reverse: " AND \(link).is_inward = 1"
        case .either: ""
        }
    }

    private func hasURI(
        _ types: [Int64], _ direction: LinkDirection, _ alias: String, _ uri: String?
    ) throws -> String {
        let link = writer.alias("l")
        let condition = try uri.map { "= \(try bind($0))" } ?? "IS NOT NULL"
        return "EXISTS (SELECT 1 FROM link \(link) WHERE \(link).from_id = \(column(alias, "id"))"
            + "\(try self.types(types, link)) AND \(link).uri \(condition)\(inward(direction, link)))"
    }

    /// Whether some visible issue at the other end of any link meets a condition.
    func neighbours(_ alias: String, _ condition: (String) throws -> String?) throws -> String {
        let terms = try ways(.either).map { way in
            try link(way, [], alias) { other in
                guard let condition = try condition(other) else { return "FALSE" }
                return "\(try visible(other)) AND \(condition)"
            }
        }
        return StatementWriter.joined(terms, "OR")
    }

    /// The issues that have a link with one.
    func neighbours(of number: String, _ types: [Int64], _ direction: LinkDirection) throws -> String {
        try ways(direction).map { way in
            "SELECT l.\(way.here) AS id FROM link l WHERE l.\(way.there) = \(number)\(try self.types(types, "l")) "
                + "AND l.\(way.here) IS NOT NULL"
        }.joined(separator: " UNION ALL ")
    }

    /// The issues from which chains of links lead to one.
    func chain(toIssue number: String, _ types: [Int64], _ direction: LinkDirection) throws -> String {
        try chain(try neighbours(of: number, types, direction), types, direction)
    }

    private func chain(toURI uri: String, _ types: [Int64], _ direction: LinkDirection) throws -> String {
        try chain(
            "SELECT l.from_id AS id FROM link l WHERE l.uri = \(try bind(uri))\(try self.types(types, "l"))"
                + inward(direction, "l"), types, direction)
    }

    private func chain(_ seed: String, _ types: [Int64], _ direction: LinkDirection) throws -> String {
        let reach = writer.alias("reach")
        let steps = try ways(direction).map { way in
            "SELECT l.\(way.here) FROM \(reach) CROSS JOIN link l ON l.\(way.there) = \(reach).id "
                + "WHERE l.\(way.here) IS NOT NULL\(try self.types(types, "l"))"
        }
        return "WITH RECURSIVE \(reach) (id) AS (SELECT id FROM (\(seed)) UNION "
            + "\(steps.joined(separator: " UNION ")) LIMIT \(QueryLimits.reach * 10)) SELECT id FROM \(reach)"
    }

    /// Follows the links from the issue, and looks at what is reached.
    private func chain(
        toMatching predicate: Predicate<Resolved>, _ types: [Int64], _ direction: LinkDirection, _ alias: String
    ) throws -> String {
        let (reach, other) = (writer.alias("reach"), writer.alias("t"))
        let id = column(alias, "id")
        let seeds = try ways(direction).map { way in
            "SELECT l.\(way.there) FROM link l WHERE l.\(way.here) = \(id)\(try self.types(types, "l")) "
                + "AND l.\(way.there) IS NOT NULL"
        }
        let steps = try ways(direction).map { way in
            "SELECT l.\(way.there) FROM \(reach) CROSS JOIN link l ON l.\(way.here) = \(reach).id "
                + "WHERE l.\(way.there) IS NOT NULL\(try self.types(types, "l"))"
        }
        return "EXISTS (WITH RECURSIVE \(reach) (id) AS (\((seeds + steps).joined(separator: " UNION ")) "
            + "LIMIT \(QueryLimits.reach)) SELECT 1 FROM \(reach) CROSS JOIN issue \(other) "
            + "ON \(other).id = \(reach).id WHERE \(try meant(other, predicate)))"
    }

    // MARK: History

    func happened(_ history: HistoryPredicate<Resolved>, _ alias: String) throws -> String {
        let (changeset, entry) = (writer.alias("c"), writer.alias("e"))
        var conditions = ["\(changeset).issue_id = \(column(alias, "id"))"]
        if let by = history.by {
            let people = wanted(by)
            guard !people.isEmpty else { return "FALSE" }
            conditions.append("\(changeset).author_id \(try writer.among(people.map(\.rawValue)))")
        }
        let time = ValueCell(.instant, number: "\(changeset).time")
        if let since = history.since {
            guard let part = ValueCell.comparison(time, .greaterOrEqual, try ValueCell(since, writer)) else {
                return "FALSE"
            }
            conditions.append(part)
        }
        if let before = history.before {
            guard let part = ValueCell.comparison(time, .less, try ValueCell(before, writer)) else { return "FALSE" }
            conditions.append(part)
        }
        if let kinds = history.kinds {
            guard !kinds.isEmpty else { return "FALSE" }
            let list = kinds.map(\.rawValue).sorted().map { String($0) }.joined(separator: ", ")
            conditions.append("\(entry).kind IN (\(list))")
        }
        if let field = history.field {
            guard case .field(let id) = field else { return "FALSE" }
            conditions.append("\(entry).field_id = \(try bind(id.rawValue))")
        }
        if let from = history.from { conditions.append(try value(from, "\(entry).old")) }
        if let to = history.to { conditions.append(try value(to, "\(entry).new")) }
        conditions.append(try isVisible(entry, changeset, alias))
        if history.contributionsOnly { conditions.append(try isContribution(entry, changeset, alias)) }
        if history.lastOnly {
            let (last, other) = (writer.alias("c"), writer.alias("e"))
            conditions.append(
                "\(changeset).id = (SELECT max(\(last).id) FROM changeset \(last) CROSS JOIN entry \(other) "
                    + "ON \(other).changeset_id = \(last).id WHERE \(last).issue_id = \(column(alias, "id")) "
                    + "AND \(try isVisible(other, last, alias))"
                    + (history.contributionsOnly ? " AND \(try isContribution(other, last, alias)))" : ")"))
        }
        return "EXISTS (SELECT 1 FROM changeset \(changeset) CROSS JOIN entry \(entry) "
            + "ON \(entry).changeset_id = \(changeset).id WHERE \(conditions.joined(separator: " AND ")))"
    }

    private func value(_ value: Value, _ prefix: String) throws -> String {
        if case .reference(let number) = value { return "\(prefix)_reference = \(try bind(number))" }
        guard let text = HistoryRows.scalarText(value) else { return "FALSE" }
        return "\(prefix)_text = \(try bind(text))"
    }

    private func isContribution(_ entry: String, _ changeset: String, _ alias: String) throws -> String {
        let kinds = EntryKind.contributions.map(\.rawValue).sorted().map { String($0) }.joined(separator: ", ")
        var text =
            "\(entry).derived = 0 AND \(entry).kind IN (\(kinds)) AND (\(entry).field_id IS NULL "
            + "OR \(entry).field_id <> \(BuiltinField.watchers.id.rawValue)) "
            + "AND (\(entry).kind <> \(EntryKind.set.rawValue) OR \(entry).old_reference IS NOT NULL "
            + "OR \(entry).new_reference IS NOT NULL OR coalesce(\(entry).old_text, '') <> '' "
            + "OR coalesce(\(entry).new_text, '') <> '') "
            + "AND (\(entry).kind <> \(EntryKind.posted.rawValue) OR EXISTS (SELECT 1 FROM post ep "
            + "WHERE ep.id = \(entry).post_id AND ep.text <> '')) AND NOT EXISTS (SELECT 1 FROM entry ec "
            + "WHERE ec.changeset_id = \(changeset).id AND ec.kind = \(EntryKind.created.rawValue))"
        if !scope.seesAllPosts {
            text +=
                " AND "
                + (try isVisible(
                    audience: "\(changeset).audience", author: "\(changeset).author_id", issue: alias))
        }
        return text
    }

    /// What concerns posts and files follows their audience, times follow time entries, fields follow the fields.
    private func isVisible(_ entry: String, _ changeset: String, _ alias: String) throws -> String {
        var conditions: [String] = []
        if !scope.seesAllPosts {
            let kinds = [EntryKind.posted, .attached, .detached, .rewritten].map { String($0.rawValue) }
            let audience = try isVisible(
                audience: "\(changeset).audience", author: "\(changeset).author_id", issue: alias)
            conditions.append("(\(entry).kind NOT IN (\(kinds.joined(separator: ", "))) OR \(audience))")
        }
        let times = preparation.bare(scope.timeEntries)
        if times != .all {
            conditions.append(
                "(\(entry).kind <> \(EntryKind.time.rawValue) OR \(try writer.nested { try sql(times, alias) }))")
        }
        var fields: [Predicate<Resolved>: [Int64]] = [:]
        for field in scope.unreadableFields.keys {
            if let condition = preparation.condition(field) { fields[condition, default: []].append(field.rawValue) }
        }
        for (condition, numbers) in fields.sorted(by: { ($0.value.min() ?? 0) < ($1.value.min() ?? 0) }) {
            conditions.append(
                "(\(entry).field_id IS NULL OR (\(entry).field_id \(try writer.among(numbers))) IS NOT TRUE "
                    + "OR \(try writer.nested { try sql(condition, alias) }))")
        }
        return conditions.isEmpty ? "TRUE" : conditions.joined(separator: " AND ")
    }
}
