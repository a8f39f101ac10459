import ParleyModel

extension IssueCompiler {
    // MARK: People

    func person(_ roles: Set<PersonRole>, _ target: PersonTarget<Resolved>, _ alias: String) throws -> String {
        if target == .nobody { return try nobody(roles, alias) }
        let people = wanted(target)
        guard !people.isEmpty else { return "FALSE" }
        let numbers = people.map(\.rawValue)
        var terms: [String] = []
        if roles.contains(.author) { terms.append("\(column(alias, "author_id")) \(try writer.among(numbers))") }
        if roles.contains(.assignee) { terms.append("\(column(alias, "assignee_id")) \(try writer.among(numbers))") }
        if roles.contains(.updatedBy) { terms.append("\(column(alias, "updated_by")) \(try writer.among(numbers))") }
        let participants = participantRoles(roles)
        if !participants.isEmpty {
            let list = participants.map { String($0.rawValue) }.joined(separator: ", ")
            terms.append(
                "EXISTS (SELECT 1 FROM participant WHERE issue_id = \(column(alias, "id")) AND role IN (\(list)) "
                    + "AND principal_id \(try writer.among(numbers)))")
        }
        for role in ParticipantRole.allCases where roles.contains(.projectParticipant(role)) {
            let trackers = catalog.trackers(whereParticipant: role, isIn: people)
            if !trackers.isEmpty { terms.append("\(column(alias, "tracker_id")) \(try writer.among(trackers))") }
        }
        return terms.isEmpty ? "FALSE" : StatementWriter.joined(terms, "OR")
    }

    private func nobody(_ roles: Set<PersonRole>, _ alias: String) throws -> String {
        if roles.contains(.author) || roles.contains(.updatedBy) { return "FALSE" }
        var terms: [String] = []
        if roles.contains(.assignee) { terms.append("\(column(alias, "assignee_id")) IS NULL") }
        let participants = participantRoles(roles)
        if !participants.isEmpty {
            let list = participants.map { String($0.rawValue) }.joined(separator: ", ")
            terms.append(
                "NOT EXISTS (SELECT 1 FROM participant WHERE issue_id = \(column(alias, "id")) AND role IN (\(list)))")
        }
        for role in ParticipantRole.allCases where roles.contains(.projectParticipant(role)) {
            let trackers = catalog.trackers(whereParticipant: role, isIn: nil)
            terms.append(trackers.isEmpty ? "FALSE" : "\(column(alias, "tracker_id")) \(try writer.among(trackers))")
        }
        return terms.isEmpty ? "TRUE" : StatementWriter.joined(terms, "AND")
    }

    private func participantRoles(_ roles: Set<PersonRole>) -> [ParticipantRole] {
        ParticipantRole.allCases.filter { roles.contains(.participant($0)) }
    }

    func wanted(_ target: PersonTarget<Resolved>) -> Set<PrincipalID> { preparation.people(target) }

    // MARK: Posts and files

    /// Whether an audience includes the actor.
    func isVisible(audience: String, author: String, issue alias: String) throws -> String {
        if scope.seesAllPosts { return "TRUE" }
        var terms = ["\(audience) IS NULL"]
        if scope.user != .anonymous { terms.append("\(author) = \(try bind(scope.user.rawValue))") }
        var cases: [String] = []
        let restricted = preparation.bare(scope.restrictedPosts)
        if restricted != .none {
            cases.append("WHEN \(audience) = 'restricted' THEN \(try writer.nested { try sql(restricted, alias) })")
        }
        if !scope.identities.isEmpty {
            let identities = try writer.among(scope.identities.map(\.rawValue))
            cases.append(
                "WHEN substr(\(audience), 1, 1) = '[' THEN EXISTS (SELECT 1 FROM "
                    + "\(capabilities.listSubquery(audience)) WHERE value \(identities))")
        }
        if !cases.isEmpty { terms.append("CASE \(cases.joined(separator: " ")) ELSE 0 END") }
        return "(" + terms.joined(separator: " OR ") + ")"
    }

    /// Whether some visible comment meets a condition on its row.
    func comments(_ alias: String, _ condition: (String) throws -> String?) throws -> String {
        let (place, post) = (writer.alias("pl"), writer.alias("p"))
        guard let condition = try condition(post) else { return "FALSE" }
        let visible = try isVisible(audience: "\(place).audience", author: "\(post).author_id", issue: alias)
        return "EXISTS (SELECT 1 FROM post_link \(place) CROSS JOIN post \(post) ON \(post).id = \(place).post_id "
            + "WHERE \(place).container_kind = 1 AND \(place).container_id = \(column(alias, "id")) "
            + "AND \(place).is_opening = 0 AND \(post).retired IS NULL AND \(post).state = 'ok' "
            + "AND \(visible) AND \(condition))"
    }

    /// Whether some visible file meets a condition on its row.
    func files(_ alias: String, _ condition: (String) throws -> String?) throws -> String {
        let (place, file) = (writer.alias("fl"), writer.alias("f"))
        guard let condition = try condition(file) else { return "FALSE" }
        let visible = try isVisible(audience: "\(place).audience", author: "\(file).author_id", issue: alias)
        return "EXISTS (SELECT 1 FROM file_link \(place) CROSS JOIN file \(file) ON \(file).id = \(place).file_id "
            + "WHERE \(place).container_kind = 1 AND \(place).container_id = \(column(alias, "id")) "
            + "AND \(file).retired IS NULL AND \(visible) AND \(condition))"
    }

    func posted(_ match: TextMatch, _ patterns: [String], _ alias: String) throws -> String {
        try comments(alias) { post in
            let parts = try patterns.map { try text("\(post).text", match, $0, caseSensitive: false) }
            return parts.isEmpty ? "TRUE" : StatementWriter.joined(parts, "AND")
        }
    }

    /// What is asked of the file of that alias. Null stands for false.
    func file(_ condition: FileCondition, _ file: String) throws -> String {
        switch condition {
        case .text(let column, let match, let pattern):
            let name = "\(file).\(column.columnName)"
            let match = try text(name, match, pattern, caseSensitive: false)
            return column == .description ? "(\(name) IS NOT NULL AND \(match))" : match
        case .isSet(let column): return "\(file).\(column.columnName) <> ''"
        case .not(let part): return try writer.nested { "(\(try self.file(part, file))) IS NOT TRUE" }
        case .and(let parts):
            if parts.isEmpty { return "TRUE" }
            return try writer.nested { StatementWriter.joined(try parts.map { try self.file($0, file) }, "AND") }
        }
    }

    // MARK: Search

    /// Which documents a search looks into, and by what expression.
    struct SearchPlan {
        /// For an issue's own document; nil: not searched.
        var issue: String?
        /// For comments; nil: not searched.
        var comment: String?
        /// Whether there are so many words that one question for all documents costs less than some for single ones.
        var isWide = false
    }

    /// How many words may each be a condition of their own, or stand in one phrase.
    static let conditionLimit = 64

    /// The conditions that must all hold: one for each word, or a single one.
    func searchPlans(_ words: [String], _ mode: SearchMode, _ columns: Set<SearchColumn>) -> [SearchPlan] {
        let columns = columns.isEmpty ? Set(SearchColumn.allCases) : columns
        let limit = mode == .any ? SearchWords.limit : Self.conditionLimit
        let words = Array(words.filter { capabilities.matchExpression(SearchWords([$0])) != nil }.prefix(limit))
        guard !words.isEmpty else { return [] }
        let whole = !columns.isDisjoint(with: [.description, .labels, .fields, .number])
        func plan(_ words: [String], _ combination: SearchWords.Combination) -> SearchPlan {
            let everywhere = capabilities.matchExpression(SearchWords(words, combination))
            let titles = capabilities.matchExpression(SearchWords(words, combination, onlyTitles: true))
            var plan = SearchPlan(
                issue: whole ? everywhere : (columns.contains(.title) ? titles : nil),
                comment: columns.contains(.comments) ? everywhere : nil)
            plan.isWide = words.count > 4
            return plan
        }
        switch mode {
        // Parts of words have become words before, see `PartialWords`.
        case .all, .parts: return words.map { plan([$0], .all) }
        case .any: return [plan(words, .any)]
        case .phrase: return [plan(words, .phrase)]
        }
    }

    func search(
        _ words: [String], _ mode: SearchMode, _ columns: Set<SearchColumn>, _ alias: String
    ) throws -> String {
        let plans = searchPlans(words, mode, columns)
        guard !plans.isEmpty else { return "FALSE" }
        return StatementWriter.joined(try plans.map { try probe($0, alias) }, "AND")
    }

    private func probe(_ plan: SearchPlan, _ alias: String) throws -> String {
        var terms: [String] = []
        if let issue = plan.issue {
            terms.append(matches(try bind(issue), "\(column(alias, "id")) * 8", plan))
        }
        if let comment = plan.comment {
            let parameter = try bind(comment)
            terms.append(try comments(alias) { matches(parameter, "\($0).id * 8 + 1", plan) })
        }
        return terms.isEmpty ? "FALSE" : "(" + terms.joined(separator: " OR ") + ")"
    }

    private func matches(_ parameter: String, _ document: String, _ plan: SearchPlan) -> String {
        plan.isWide
            ? "\(document) IN (SELECT document FROM \(capabilities.searchSubquery(parameter)))"
            : capabilities.searchProbe(parameter, document)
    }

    /// The numbers of the issues that a search finds, full-text index first.
    func searchSubquery(_ plan: SearchPlan) throws -> String {
        var parts: [String] = []
        if let issue = plan.issue {
            let found = capabilities.searchSubquery(try bind(issue))
            parts.append("SELECT d.document >> 3 AS id FROM \(found) d WHERE d.document & 7 = 0")
        }
        if let comment = plan.comment {
            let found = capabilities.searchSubquery(try bind(comment))
            // Rows of posts and issues are large: they are looked at only where an audience asks for them.
            parts.append(
                "SELECT pl.container_id AS id FROM \(found) d CROSS JOIN post_link pl ON pl.post_id = d.document >> 3 "
                    + "WHERE d.document & 7 = 1 AND pl.container_kind = 1 AND pl.is_opening = 0 "
                    + "AND \(Self.isShown("pl.post_id")) AND \(try visiblePlace())")
        }
        return parts.joined(separator: " UNION ALL ")
    }

    private func visiblePlace() throws -> String {
        if scope.seesAllPosts { return "TRUE" }
        let (post, issue) = (writer.alias("p"), writer.alias("s"))
        let visible = try isVisible(audience: "pl.audience", author: "\(post).author_id", issue: issue)
        let join = visible.contains("\(issue).") ? " CROSS JOIN issue \(issue) ON \(issue).id = pl.container_id" : ""
        return "(pl.audience IS NULL OR EXISTS (SELECT 1 FROM post \(post)\(join) WHERE \(post).id = pl.post_id "
            + "AND \(visible)))"
    }

    /// Whether a post is neither retired nor waiting for a moderator: asked of an index that has only the few that are.
    private static func isShown(_ id: String) -> String {
        "NOT EXISTS (SELECT 1 FROM post u INDEXED BY post_unshown WHERE u.id = \(id) "
            + "AND (u.retired IS NOT NULL OR u.state <> 'ok'))"
    }
}

extension FileColumn {
    /// Of the table of files.
    fileprivate var columnName: String {
        switch self {
        case .name: "name"
        case .description: "description"
        case .contentType: "content_type"
        }
    }
}
