import ParleyModel

/// Work that was logged.
public enum TimeEntryRows {
    private static let columns = """
        id, project_id, issue_id, user_id, author_id, activity_id, spent_on, duration, comment, \
        created, creator_id, modified, modifier_id, revision, retired
        """

    static func read(_ row: any SQLRow) -> TimeEntry {
        var reader = RowReader(row, from: 9)
        let stamp = reader.stamp()
        reader.column = 0
        let id: TimeEntryID = reader.id()
        let project: ProjectID = reader.id()
        let issue: IssueID? = reader.optionalID()
        let user: PrincipalID = reader.id()
        let author: PrincipalID = reader.id()
        let activity: EnumerationID? = reader.optionalID()
        let day = reader.integer()
        var entry = TimeEntry(
            id: id, stamp: stamp, project: project, issue: issue, user: user, author: author,
            spentOn: CivilDate(daysSince1970: day), duration: reader.integer())
        entry.activity = activity
        entry.comment = reader.optionalText()
        return entry
    }

    /// One entry with its custom values, retired ones too.
    public static func timeEntry(_ id: TimeEntryID, on connection: any SQLConnection) throws -> TimeEntry? {
        guard var entry = try connection.first("SELECT \(columns) FROM time_entry WHERE id = ?1", [.id(id)], read)
        else {
            return nil
        }
        entry.values = try FieldValueRows.values(of: .timeEntry, id.rawValue, on: connection)
        return entry
    }

    /// Stores an entry, new or changed, with its custom values.
    public static func put(_ entry: TimeEntry, on connection: any SQLConnection) throws {
        let names = columns.split(separator: ", ").dropFirst()
        try connection.execute(
            """
            INSERT INTO time_entry (\(columns)) VALUES (\(SQLValue.placeholders(15)))
            ON CONFLICT (id) DO UPDATE SET \(names.map { "\($0) = excluded.\($0)" }.joined(separator: ", "))
            """,
            [
                .id(entry.id), .id(entry.project), .id(entry.issue), .id(entry.user), .id(entry.author),
                .id(entry.activity),
                .integer(entry.spentOn.daysSince1970), .integer(entry.duration), .optional(entry.comment),
            ] + SQLValue.stamp(entry.stamp))
        try FieldValueRows.deleteAll(of: .timeEntry, entry.id.rawValue, on: connection)
        for (field, values) in entry.values {
            try FieldValueRows.set(values, field: field, of: .timeEntry, entry.id.rawValue, on: connection)
        }
    }

    /// Removes an entry.
    public static func delete(_ id: TimeEntryID, on connection: any SQLConnection) throws {
        try FieldValueRows.deleteAll(of: .timeEntry, id.rawValue, on: connection)
        try connection.execute("DELETE FROM time_entry WHERE id = ?1", [.id(id)])
    }

    /// Work on an issue belongs to the issue's project.
    public static func move(
        entriesOf issue: IssueID, to project: ProjectID, on connection: any SQLConnection
    ) throws {
        try connection.execute("UPDATE time_entry SET project_id = ?2 WHERE issue_id = ?1", [.id(issue), .id(project)])
    }

    /// Work on an issue becomes work on another one of the same project, or on the project at large.
    public static func move(
        entriesOf issue: IssueID, to other: IssueID?, on connection: any SQLConnection
    ) throws {
        try connection.execute("UPDATE time_entry SET issue_id = ?2 WHERE issue_id = ?1", [.id(issue), .id(other)])
    }

    /// Whether more than no time at all was logged on an issue.
    public static func hasTime(on issue: IssueID, on connection: any SQLConnection) throws -> Bool {
        try connection.first(
            "SELECT 1 FROM time_entry WHERE issue_id = ?1 AND duration > 0 LIMIT 1", [.id(issue)]
        ) { $0.integer(0) } != nil
    }

    /// What a user has logged on a day, one entry left out; in milliseconds.
    public static func logged(
        by user: PrincipalID, on day: CivilDate, besides entry: TimeEntryID, on connection: any SQLConnection
    ) throws -> Int64 {
        try connection.first(
            """
            SELECT CAST(total(duration) AS INTEGER) FROM time_entry
            WHERE user_id = ?1 AND spent_on = ?2 AND id <> ?3 AND retired IS NULL
            """, [.id(user), .integer(day.daysSince1970), .id(entry)]
        ) { $0.integer(0) } ?? 0
    }
}
