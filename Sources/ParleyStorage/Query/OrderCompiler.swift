import ParleyModel

extension IssueCompiler {
    /// What follows `ORDER BY`; columns stand as they are, so that an index's order is known as one. References to
    /// catalog classes need tables before the statement (`tables`).
    func order(_ keys: [SortKey<Resolved>]) throws -> String {
        let present = shielded
        shielded = []
        defer { shielded = present }
        var terms: [String] = []
        for key in keys {
            let isThere = IssueIndexes.isNeverUnset(key.reference) && !isLimited(key.reference)
            if key.reference == .builtin(.parent) {
                terms += try treeTerms(key)
                continue
            }
            for expression in try sortExpressions(key) { terms.append(Self.term(expression, key, isThere)) }
        }
        terms.append("\(column(Self.root, "id")) \(Self.isDescending(keys) ? "DESC" : "ASC")")
        return terms.joined(separator: ", ")
    }

    /// Which way equals are ordered by number.
    static func isDescending(_ keys: [SortKey<Resolved>]) -> Bool { keys.last?.descending ?? true }

    /// Whether a field is not readable everywhere.
    func isLimited(_ field: FieldRef) -> Bool {
        if case .field(let id) = field { return preparation.condition(id) != nil }
        return false
    }

    private static func term(_ expression: String, _ key: SortKey<Resolved>, _ isThere: Bool) -> String {
        let direction = key.descending ? "DESC" : "ASC"
        guard !isThere, let unsetFirst = key.unsetFirst, unsetFirst == key.descending else {
            return "\(expression) \(direction)"
        }
        return "\(expression) \(direction) NULLS \(unsetFirst ? "FIRST" : "LAST")"
    }

    /// By the tree's root; within a tree always from the top, children as they came.
    private func treeTerms(_ key: SortKey<Resolved>) throws -> [String] {
        let (up, id) = (writer.alias("up"), column(Self.root, "id"))
        var isChild = "\(column(Self.root, "parent_id")) IS NOT NULL"
        if let condition = preparation.condition(BuiltinField.parent.id) {
            isChild += " AND \(try sql(condition, Self.root))"
        }
        let hierarchy = LinkTypeID.hierarchy.rawValue
        func place(_ child: String, _ parent: String) -> String {
            let number =
                "coalesce((SELECT max(tl.id) FROM link tl WHERE tl.to_id = \(child) "
                + "AND tl.from_id = \(parent) AND tl.type_id = \(hierarchy)), 0)"
            return "(SELECT substr('0000000000000000000' || n, length(n) + 1) "
                + "FROM (SELECT CAST(\(number) AS TEXT) AS n))"
        }
        func climb(_ shown: String, _ first: String, _ next: String) -> String {
            "CASE WHEN \(isChild) THEN (WITH RECURSIVE \(up) (id, parent, path) AS (SELECT t.id, t.parent_id, \(first) "
                + "FROM issue t WHERE t.id = \(id) UNION ALL SELECT t.id, t.parent_id, \(next) FROM \(up) "
                + "CROSS JOIN issue t ON t.id = \(up).parent LIMIT \(QueryLimits.treeDepth)) "
                + "SELECT \(shown) FROM \(up) WHERE parent IS NULL)"
        }
        let root = climb("id", "''", "''") + " ELSE \(id) END"
        let path =
            climb("path", place("t.id", "t.parent_id"), "\(place("t.id", "t.parent_id")) || \(up).path")
            + " ELSE '' END"
        return ["\(root) \(key.descending ? "DESC" : "ASC")", "\(path) ASC"]
    }

    private func sortExpressions(_ key: SortKey<Resolved>) throws -> [String] {
        guard let places = key.places else { return try ownExpressions(key) }
        var expression = try placed(key, places)
        if case .field(let id) = key.reference, let condition = preparation.condition(id) {
            expression = "CASE WHEN \(try sql(condition, Self.root)) THEN \(expression) END"
        }
        guard let unset = places.ofUnset else { return [expression] }
        return ["coalesce(\(expression), \(try bind(unset)))"]
    }

    /// The place of a reference, the least or the greatest of several.
    private func placed(_ key: SortKey<Resolved>, _ places: SortPlaces) throws -> String {
        guard case .field(let id) = key.reference else { return "NULL" }
        let values = places.places.filter { $0.value >= 0 && $0.value < SortPlaces.limit && $0.key >> 42 == 0 }
            .map { String($0.key << 20 | $0.value) }
        let list = try writer.list("[" + values.sorted().joined(separator: ",") + "]")
        let name = "order_by_place_\(tables.count)"
        tables.append("\(name) (id, position) AS MATERIALIZED (SELECT value >> 20, value & 1048575 FROM \(list))")
        let most = key.descending ? "max" : "min"
        let own = column(Self.root, "id")
        guard let builtin = BuiltinField(id) else {
            return "(SELECT \(most)(k.position) FROM field_value v CROSS JOIN \(name) k ON k.id = v.number "
                + "WHERE v.object = 'issue' AND v.entity_id = \(own) AND v.field_id = \(try bind(id.rawValue)) "
                + "AND v.position >= 0 AND v.kind = 8)"
        }
        if let role = builtin.participantRole {
            return "(SELECT \(most)(k.position) FROM participant v CROSS JOIN \(name) k ON k.id = v.principal_id "
                + "WHERE v.issue_id = \(own) AND v.role = \(role.rawValue))"
        }
        guard builtin.type.isReference, let column = Self.columnNames[builtin] else { return "NULL" }
        return "(SELECT k.position FROM \(name) k WHERE k.id = \(self.column(Self.root, column)))"
    }

    private func ownExpressions(_ key: SortKey<Resolved>) throws -> [String] {
        let alias = Self.root
        switch key.reference {
        case .aggregate(let aggregate): return [try sum(aggregate, alias)]
        case .attribute(let namespace, let name):
            let text =
                "(SELECT a.text FROM attribute a WHERE a.class = 'issue' AND a.entity_id = \(column(alias, "id")) "
                + "AND a.namespace = \(try bind(namespace)) AND a.name = \(try bind(name)))"
            return [capabilities.folded("nullif(\(text), '')")]
        case .field(let id):
            let isVersion = id == BuiltinField.version.id && key.unsetFirst == nil
            let version = column(alias, "version_id")
            guard let condition = preparation.condition(id) else {
                return isVersion ? [try versionKey(version)] : try fieldKeys(id, key.descending)
            }
            let readable = try sql(condition, alias)
            if isVersion { return [try versionKey("CASE WHEN \(readable) THEN \(version) END")] }
            return try fieldKeys(id, key.descending).map { "CASE WHEN \(readable) THEN \($0) END" }
        }
    }

    private func fieldKeys(_ id: FieldID, _ descending: Bool) throws -> [String] {
        guard let builtin = BuiltinField(id) else { return [try customKey(id, descending)] }
        let alias = Self.root
        let most = descending ? "max" : "min"
        switch builtin {
        case .priority: return [column(alias, "priority_number")]
        case .title: return [capabilities.folded("nullif(\(column(alias, "title")), '')")]
        case .description:
            let opening = column(alias, "opening_id")
            return [capabilities.folded("(SELECT nullif(p.text, '') FROM post p WHERE p.id = \(opening))")]
        case .startDate: return dayKeys("start")
        case .dueDate: return dayKeys("due")
        case .rank: return [column(alias, "rank")]
        case .timeSpent: return [try sum(.spent, alias)]
        case .labels:
            return [several(most, "issue_label", "label_id", "", try positions(.label))]
        case .restrictedTo:
            return [several(most, "issue_restriction", "group_id", "", try positions(.principal))]
        case .requestors, .watchers, .adminWatchers:
            let role = " AND v.role = \(builtin.participantRole?.rawValue ?? 0)"
            return [several(most, "participant", "principal_id", role, try positions(.principal))]
        case .files, .links, .posts: return []
        default:
            guard let name = Self.columnNames[builtin] else { return [] }
            guard let recordClass = builtin.type.recordClass else { return [column(alias, name)] }
            let table = try positions(recordClass)
            return ["(SELECT k.position FROM \(table) k WHERE k.id = \(column(alias, name)))"]
        }
    }

    /// No version is as one without a day and without a name: behind those with a day.
    private func versionKey(_ version: String) throws -> String {
        let table = try positions(.version)
        return "coalesce((SELECT k.position FROM \(table) k WHERE k.id = \(version)), "
            + "(SELECT coalesce(max(k.position), 0) + 0.5 FROM \(table) k CROSS JOIN record r ON r.class = "
            + "'\(RecordClass.version.rawValue)' AND r.id = k.id WHERE r.sort_rank < \(Version.undatedRank)))"
    }

    private func dayKeys(_ name: String) -> [String] {
        let day = column(Self.root, "\(name)_date")
        let second = column(Self.root, "\(name)_second")
        return [day, "CASE WHEN \(day) IS NOT NULL THEN coalesce(\(second), 0) END"]
    }

    private func several(_ most: String, _ table: String, _ name: String, _ more: String, _ keys: String) -> String {
        "(SELECT \(most)(k.position) FROM \(table) v CROSS JOIN \(keys) k ON k.id = v.\(name) "
            + "WHERE v.issue_id = \(column(Self.root, "id"))\(more))"
    }

    private func customKey(_ field: FieldID, _ descending: Bool) throws -> String {
        guard let type = catalog.fieldTypes[field] else { return "NULL" }
        let most = descending ? "max" : "min"
        let condition =
            "v.object = 'issue' AND v.entity_id = \(column(Self.root, "id")) "
            + "AND v.field_id = \(try bind(field.rawValue)) AND v.position >= 0"
        func value(_ expression: String, _ kinds: String) -> String {
            "(SELECT \(most)(\(expression)) FROM field_value v WHERE \(condition) AND v.kind \(kinds))"
        }
        switch type {
        case .text, .longText, .uri: return value(capabilities.folded("nullif(v.text, '')"), "= 1")
        // Words that mean neither yes nor no have their place among the numbers of those that do.
        case .boolean: return value("coalesce(nullif(v.text, ''), CAST(v.number AS TEXT))", "IN (1, 4)")
        case .integer, .number, .duration:
            return value("coalesce(v.number, v.real)", "IN (2, 3, 4, 7, 9)")
        case .date: return value("v.number * 86400 + coalesce(CAST(v.real AS INTEGER), 0)", "= 5")
        case .instant: return value("v.number", "= 6")
        case .issue: return value("v.number", "= 8")
        case .list, .openList:
            return "(SELECT \(most)(k.position) FROM field_value v CROSS JOIN \(try listPositions(field)) k "
                + "ON k.id = v.number WHERE \(condition) AND v.kind = 8)"
        case .file, .computed: return "NULL"
        case .status, .priority, .type, .category, .version, .label, .principal, .project, .tracker:
            guard let recordClass = type.recordClass else { return "NULL" }
            return "(SELECT \(most)(k.position) FROM field_value v CROSS JOIN \(try positions(recordClass)) k "
                + "ON k.id = v.number WHERE \(condition) AND v.kind = 8)"
        }
    }

    // MARK: Tables of positions

    /// A table (id, position) of a class in its order: equal ones share a position.
    private func positions(_ recordClass: RecordClass) throws -> String {
        let name = "order_of_\(recordClass.rawValue)"
        let table =
            "\(name) (id, position) AS MATERIALIZED (SELECT id, dense_rank() OVER (ORDER BY sort_rank, "
            + "\(capabilities.folded("sort_name"))) FROM record WHERE class = '\(recordClass.rawValue)')"
        if !tables.contains(table) { tables.append(table) }
        return name
    }

    /// A table (id, position) of a list's values. Each item of the list is a number and its place in one integer.
    private func listPositions(_ field: FieldID) throws -> String {
        let name = "order_of_list_\(field.rawValue)"
        if tables.contains(where: { $0.hasPrefix("\(name) ") }) { return name }
        let values = (catalog.listOrder[field] ?? []).prefix(1 << 20).enumerated().map { place, value in
            String(value.rawValue << 20 | Int64(place))
        }
        let list = try writer.list("[" + values.joined(separator: ",") + "]")
        tables.append(
            "\(name) (id, position) AS MATERIALIZED (SELECT value >> 20, value & 1048575 FROM \(list))")
        return name
    }
}
