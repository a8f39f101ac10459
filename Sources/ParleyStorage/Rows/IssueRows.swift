import ParleyModel

/// Issues' own rows and what hangs on them. Functions are for use inside a snapshot or transaction.
public enum IssueRows {
    static let columns = """
        id, tracker_id, project_id, number, type_id, title, opening_id, status_id, priority_id, priority_number, \
        initial_priority, final_priority, author_id, assignee_id, category_id, version_id, start_date, \
        start_second, due_date, \
        due_second, started_at, closed_at, contacted_at, progress, estimate, remaining, is_private, is_restricted, \
        comments_closed, rank, parent_id, merged_into, created, updated, updated_by, revision, retired
        """
    private static let selectOne = "SELECT \(columns) FROM issue WHERE id = ?1"
    private static let selectWithText = """
        SELECT \(columns.split(separator: ", ").map { "i.\($0)" }.joined(separator: ", ")), p.text, p.format
        FROM issue i LEFT JOIN post p ON p.id = i.opening_id WHERE i.id = ?1
        """
    private static let insertSQL = """
        INSERT INTO issue (\(columns), hidden) VALUES (\(SQLValue.placeholders(38)))
        """
    private static let updateSQL = """
        UPDATE issue SET (\(columns.split(separator: ", ").dropFirst().joined(separator: ", ")), hidden) = \
        (\((2...38).map { "?\($0)" }.joined(separator: ", "))) WHERE id = ?1
        """

    /// An issue's row, hidden ones too; nil where there is none.
    public static func issue(_ id: IssueID, on connection: any SQLConnection) throws -> Issue? {
        guard var issue = try connection.first(selectOne, [.id(id)], { read($0) }) else { return nil }
        try addRestrictions(&issue.value, issue.restricted, on: connection)
        return issue.value
    }

    /// An issue's row with the text of its opening.
    public static func issueWithText(
        _ id: IssueID, on connection: any SQLConnection
    ) throws -> (issue: Issue, description: String?, format: TextFormat)? {
        let found = try connection.first(selectWithText, [.id(id)]) { row in
            let issue = read(row)
            let format = TextFormat(rawValue: row.text(38)) ?? .plain
            return (issue.value, issue.restricted, row.optionalText(37), format)
        }
        guard var (issue, restricted, text, format) = found else { return nil }
        try addRestrictions(&issue, restricted, on: connection)
        return (issue, text, format)
    }

    /// The issues that were merged into another one.
    public static func merged(into id: IssueID, on connection: any SQLConnection) throws -> [IssueID] {
        try connection.all("SELECT id FROM issue WHERE merged_into = ?1 ORDER BY id", [.id(id)]) {
            IssueID($0.integer(0))
        }
    }

    private static func addRestrictions(
        _ issue: inout Issue, _ restricted: Bool, on connection: any SQLConnection
    ) throws {
        guard restricted else { return }
        issue.restrictedTo = try connection.all(
            "SELECT group_id FROM issue_restriction WHERE issue_id = ?1 ORDER BY group_id", [.id(issue.id)]
        ) { PrincipalID($0.integer(0)) }
    }

    private static func read(_ row: any SQLRow) -> (value: Issue, restricted: Bool) {
        var reader = RowReader(row)
        let id: IssueID = reader.id()
        let tracker: ToolID = reader.id()
        let project: ProjectID = reader.id()
        let number = reader.integer()
        let type: IssueTypeID = reader.id()
        let title = reader.optionalText()
        let opening: PostID? = reader.optionalID()
        let status: StatusID = reader.id()
        var issue = Issue(
            id: id, tracker: tracker, project: project, number: number, type: type, status: status, author: .nobody,
            created: Instant(microseconds: 0))
        issue.title = title
        issue.opening = opening
        issue.priority = reader.optionalID()
        issue.priorityNumber = reader.integer()
        issue.initialPriority = reader.optionalInteger()
        issue.finalPriority = reader.optionalInteger()
        issue.author = reader.id()
        issue.assignee = reader.optionalID()
        issue.category = reader.optionalID()
        issue.version = reader.optionalID()
        issue.startDate = reader.dateValue()
        issue.dueDate = reader.dateValue()
        issue.startedAt = reader.optionalInstant()
        issue.closedAt = reader.optionalInstant()
        issue.contactedAt = reader.optionalInstant()
        issue.progress = reader.integer()
        issue.estimate = reader.optionalInteger()
        issue.remaining = reader.optionalInteger()
        issue.isPrivate = reader.boolean()
        let restricted = reader.boolean()
        issue.commentsClosed = reader.boolean()
        issue.rank = reader.real()
        issue.parent = reader.optionalID()
        issue.mergedInto = reader.optionalID()
        issue.created = reader.instant()
        issue.updated = reader.instant()
        issue.updatedBy = reader.id()
        issue.revision = reader.integer()
        issue.retired = reader.optionalInstant()
        return (issue, restricted)
    }

    private static func arguments(_ issue: Issue) -> [SQLValue] {
        func day(_ date: DateValue?) -> [SQLValue] {
            [.optional(date?.date.daysSince1970), .optional(date?.secondOfDay.map { Int64($0) })]
        }
        var values: [SQLValue] = [
            .id(issue.id), .id(issue.tracker), .id(issue.project), .integer(issue.number), .id(issue.type),
            .optional(issue.title), .id(issue.opening), .id(issue.status), .id(issue.priority),
            .integer(issue.priorityNumber),
            .optional(issue.initialPriority), .optional(issue.finalPriority), .id(issue.author), .id(issue.assignee),
            .id(issue.category), .id(issue.version),
        ]
        values += day(issue.startDate) + day(issue.dueDate)
        values += [
            .instant(issue.startedAt), .instant(issue.closedAt), .instant(issue.contactedAt), .integer(issue.progress),
            .optional(issue.estimate), .optional(issue.remaining), .flag(issue.isPrivate),
            .flag(!issue.restrictedTo.isEmpty),
            .flag(issue.commentsClosed), .real(issue.rank), .id(issue.parent), .id(issue.mergedInto),
            .instant(issue.created),
            .instant(issue.updated), .id(issue.updatedBy), .integer(issue.revision), .instant(issue.retired),
            .flag(isHidden(issue)),
        ]
        return values
    }

    private static func isHidden(_ issue: Issue) -> Bool { issue.retired != nil || issue.mergedInto != nil }

    /// Stores a new issue's row and counts it.
    public static func insert(_ issue: Issue, on connection: any SQLConnection) throws {
        try connection.execute(insertSQL, arguments(issue))
        try storeRestrictions(issue, on: connection)
        if !isHidden(issue) { try count(issue, by: 1, on: connection) }
    }

    /// Stores an issue's changed row, and moves it from one counter to the other.
    public static func update(from old: Issue, to new: Issue, on connection: any SQLConnection) throws {
        try connection.execute(updateSQL, arguments(new))
        if old.restrictedTo != new.restrictedTo { try storeRestrictions(new, on: connection) }
        let same =
            old.tracker == new.tracker && old.type == new.type && old.status == new.status
            && old.isPrivate == new.isPrivate && isHidden(old) == isHidden(new)
        guard !same else { return }
        if !isHidden(old) { try count(old, by: -1, on: connection) }
        if !isHidden(new) { try count(new, by: 1, on: connection) }
    }

    /// Removes an issue's row; everything that refers to it must be gone.
    public static func delete(_ issue: Issue, on connection: any SQLConnection) throws {
        try connection.execute("DELETE FROM issue_restriction WHERE issue_id = ?1", [.id(issue.id)])
        try connection.execute("DELETE FROM issue WHERE id = ?1", [.id(issue.id)])
        if !isHidden(issue) { try count(issue, by: -1, on: connection) }
    }

    private static func storeRestrictions(_ issue: Issue, on connection: any SQLConnection) throws {
        try connection.execute("DELETE FROM issue_restriction WHERE issue_id = ?1", [.id(issue.id)])
        for group in issue.restrictedTo {
            try connection.execute(
                "INSERT INTO issue_restriction (issue_id, group_id) VALUES (?1, ?2)", [.id(issue.id), .id(group)])
        }
    }

    private static func count(_ issue: Issue, by difference: Int64, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            INSERT INTO issue_counter (tracker_id, type_id, status_id, is_private, count) VALUES (?1, ?2, ?3, ?4, ?5)
            ON CONFLICT (tracker_id, type_id, status_id, is_private) DO UPDATE SET count = count + excluded.count
            """,
            [.id(issue.tracker), .id(issue.type), .id(issue.status), .flag(issue.isPrivate), .integer(difference)])
    }

    // MARK: people, labels, votes

    /// The issue's participants by role.
    public static func participants(
        of id: IssueID, on connection: any SQLConnection
    ) throws -> [ParticipantRole: Set<PrincipalID>] {
        var result: [ParticipantRole: Set<PrincipalID>] = [:]
        try connection.query("SELECT role, principal_id FROM participant WHERE issue_id = ?1", [.id(id)]) { row in
            if let role = ParticipantRole(rawValue: row.integer(0)) {
                result[role, default: []].insert(PrincipalID(row.integer(1)))
            }
            return true
        }
        return result
    }

    /// Adds or removes a participant; what is so already stays.
    public static func setParticipant(
        _ principal: PrincipalID, role: ParticipantRole, of id: IssueID, present: Bool, on connection: any SQLConnection
    ) throws {
        let sql =
            present
            ? "INSERT INTO participant (issue_id, role, principal_id) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING"
            : "DELETE FROM participant WHERE issue_id = ?1 AND role = ?2 AND principal_id = ?3"
        try connection.execute(sql, [.id(id), .integer(role.rawValue), .id(principal)])
    }

    /// The issue's labels.
    public static func labels(of id: IssueID, on connection: any SQLConnection) throws -> Set<LabelID> {
        Set(
            try connection.all("SELECT label_id FROM issue_label WHERE issue_id = ?1", [.id(id)]) {
                LabelID($0.integer(0))
            })
    }

    /// Adds or removes a label.
    public static func setLabel(
        _ label: LabelID, of id: IssueID, present: Bool, on connection: any SQLConnection
    ) throws {
        let sql =
            present
            ? "INSERT INTO issue_label (issue_id, label_id) VALUES (?1, ?2) ON CONFLICT DO NOTHING"
            : "DELETE FROM issue_label WHERE issue_id = ?1 AND label_id = ?2"
        try connection.execute(sql, [.id(id), .id(label)])
    }

    /// Sets or takes back a user's vote.
    public static func setVote(
        _ vote: Vote?, user: PrincipalID, of id: IssueID, on connection: any SQLConnection
    ) throws {
        try connection.execute("DELETE FROM vote WHERE issue_id = ?1 AND user_id = ?2", [.id(id), .id(user)])
        guard let vote else { return }
        try connection.execute(
            "INSERT INTO vote (issue_id, user_id, direction) VALUES (?1, ?2, ?3)",
            [.id(id), .id(user), .integer(vote.direction)])
    }

    // MARK: links and time

    private static let linkColumns =
        "id, type_id, from_id, to_id, uri, delay, is_primary, created, creator_id, is_inward"

    static func readLink(_ row: any SQLRow) -> Link {
        var reader = RowReader(row)
        let id: LinkID = reader.id()
        let type: LinkTypeID = reader.id()
        let from: IssueID = reader.id()
        let to: IssueID? = reader.optionalID()
        let uri = reader.text()
        let delay = reader.optionalInteger()
        let primary = reader.boolean()
        let created = reader.instant()
        var link = Link(
            id: id, type: type, from: from, target: to.map { .issue($0) } ?? .uri(uri), created: created,
            creator: reader.id())
        link.delay = delay
        link.isPrimary = primary
        link.isInward = reader.boolean()
        return link
    }

    /// Links from and to an issue, by number.
    public static func links(of id: IssueID, on connection: any SQLConnection) throws -> [Link] {
        try connection.all(
            """
            SELECT \(linkColumns) FROM link WHERE from_id = ?1
            UNION SELECT \(linkColumns) FROM link WHERE to_id = ?1 ORDER BY 1
            """, [.id(id)], readLink)
    }

    /// One link.
    public static func link(_ id: LinkID, on connection: any SQLConnection) throws -> Link? {
        try connection.first("SELECT \(linkColumns) FROM link WHERE id = ?1", [.id(id)], readLink)
    }

    /// Stores a new link.
    public static func insert(_ link: Link, on connection: any SQLConnection) throws {
        var to: SQLValue = .null
        var uri: SQLValue = .null
        switch link.target {
        case .issue(let id): to = .id(id)
        case .uri(let text): uri = .text(text)
        }
        try connection.execute(
            "INSERT INTO link (\(linkColumns)) VALUES (\(SQLValue.placeholders(10)))",
            [
                .id(link.id), .id(link.type), .id(link.from), to, uri, .optional(link.delay), .flag(link.isPrimary),
                .instant(link.created), .id(link.creator), .flag(link.isInward),
            ])
    }

    /// Removes a link.
    public static func deleteLink(_ id: LinkID, on connection: any SQLConnection) throws {
        try connection.execute("DELETE FROM link WHERE id = ?1", [.id(id)])
    }

    /// Marks which of a child's parents counts for roll-ups.
    public static func setPrimary(_ id: LinkID, _ primary: Bool, on connection: any SQLConnection) throws {
        try connection.execute("UPDATE link SET is_primary = ?2 WHERE id = ?1", [.id(id), .flag(primary)])
    }

    /// Numbers of the issues whose primary parent this is, hidden ones left out.
    public static func children(of id: IssueID, on connection: any SQLConnection) throws -> [IssueID] {
        try connection.all("SELECT id FROM issue WHERE parent_id = ?1 AND hidden = 0 ORDER BY id", [.id(id)]) {
            IssueID($0.integer(0))
        }
    }

    /// Milliseconds logged on an issue.
    public static func spent(on id: IssueID, connection: any SQLConnection) throws -> Int64 {
        try connection.first(
            "SELECT COALESCE(SUM(duration), 0) FROM time_entry WHERE issue_id = ?1 AND retired IS NULL", [.id(id)]
        ) { $0.integer(0) } ?? 0
    }
}
