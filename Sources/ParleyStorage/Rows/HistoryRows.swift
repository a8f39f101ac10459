import FoundationEssentials
import ParleyModel

/// Changesets and their entries: written once, read in order, never changed.
public enum HistoryRows {
    /// Stores a changeset with its entries.
    /// - Throws: `StorageFault`.
    public static func insert(_ changeset: Changeset, on connection: any SQLConnection) throws {
        try connection.execute(
            "INSERT INTO changeset (id, issue_id, author_id, time, audience, cause_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            [
                .id(changeset.id), .id(changeset.issue), .id(changeset.author), .instant(changeset.time),
                .optional(ContentRows.text(changeset.audience)), .id(changeset.cause),
            ])
        for entry in changeset.entries { try insert(entry, on: connection) }
    }

    /// Adds an entry to a changeset: a comment that was given to it later.
    public static func append(_ entry: Entry, on connection: any SQLConnection) throws {
        try insert(entry, on: connection)
    }

    private static func insert(_ entry: Entry, on connection: any SQLConnection) throws {
        let detail = entry.detail
        try connection.execute(
            """
            INSERT INTO entry (id, changeset_id, position, kind, field_id, old_reference, new_reference, old_text,
              new_text,
              post_id, derived, detail) VALUES (\(SQLValue.placeholders(12)))
            """,
            [
                .id(entry.id), .id(entry.changeset), .integer(entry.position), .integer(entry.kind.rawValue),
                .id(detail.field), .optional(detail.old?.first?.referenceID), .optional(detail.new?.first?.referenceID),
                .optional(scalarText(detail.old?.first)), .optional(scalarText(detail.new?.first)),
                .id(detail.post), .flag(entry.derived), .text(EntryDetailText.text(detail)),
            ])
    }

    /// A value that is no reference in one canonical text, by which history is searched; nil for references and for
    /// nothing.
    public static func scalarText(_ value: Value?) -> String? {
        switch value {
        case nil, .reference: nil
        case .text(let text): text
        case .integer(let number), .duration(let number): String(number)
        case .number(let number): String(number)
        case .spelled(let text, _): text
        case .boolean(let flag): flag ? "1" : "0"
        case .date(let date): date.date.iso8601
        case .instant(let instant): String(instant.microseconds)
        }
    }

    static func decode(_ text: String) throws -> EntryDetail {
        if let detail = EntryDetailReader.detail(text) { return detail }
        do {
            return try JSONDecoder().decode(EntryDetail.self, from: Data(text.utf8))
        } catch {
            throw StorageFault.corrupt("entry detail: \(error)")
        }
    }

    private static let changesetColumns = "id, issue_id, author_id, time, audience, cause_id"

    /// The changesets of an issue, oldest first, with their entries.
    public static func changesets(of issue: IssueID, on connection: any SQLConnection) throws -> [Changeset] {
        var result: [Changeset] = try connection.all(
            "SELECT \(changesetColumns) FROM changeset WHERE issue_id = ?1 ORDER BY id", [.id(issue)], readChangeset)
        var index = 0
        try connection.query(
            """
            SELECT e.id, e.position, e.kind, e.derived, e.detail, e.changeset_id
            FROM changeset c JOIN entry e ON e.changeset_id = c.id WHERE c.issue_id = ?1 ORDER BY c.id, e.position
            """, [.id(issue)]
        ) { row in
            let changeset = ChangesetID(row.integer(5))
            while index < result.count, result[index].id < changeset { index += 1 }
            guard index < result.count, result[index].id == changeset else { return true }
            result[index].entries.append(try readEntry(row, of: changeset))
            return true
        }
        return result
    }

    /// One changeset with its entries.
    public static func changeset(_ id: ChangesetID, on connection: any SQLConnection) throws -> Changeset? {
        let found = try connection.first(
            "SELECT \(changesetColumns) FROM changeset WHERE id = ?1", [.id(id)], readChangeset)
        guard var changeset = found else { return nil }
        changeset.entries = try entries(of: id, on: connection)
        return changeset
    }

    /// The changeset that an entry belongs to.
    public static func changeset(of entry: EntryID, on connection: any SQLConnection) throws -> ChangesetID? {
        try connection.first("SELECT changeset_id FROM entry WHERE id = ?1", [.id(entry)]) {
            ChangesetID($0.integer(0))
        }
    }

    /// Whom the changeset of an entry is for, and who made it.
    public static func audience(
        of entry: EntryID, on connection: any SQLConnection
    ) throws -> (audience: Audience, author: PrincipalID)? {
        try connection.first(
            """
            SELECT c.audience, c.author_id FROM entry e JOIN changeset c ON c.id = e.changeset_id WHERE e.id = ?1
            """, [.id(entry)]
        ) { (ContentRows.audience($0.optionalText(0)), PrincipalID($0.integer(1))) }
    }

    private static func readChangeset(_ row: any SQLRow) -> Changeset {
        var changeset = Changeset(
            id: ChangesetID(row.integer(0)), issue: IssueID(row.integer(1)), author: PrincipalID(row.integer(2)),
            time: Instant(microseconds: row.integer(3)), audience: ContentRows.audience(row.optionalText(4)))
        changeset.cause = row.optionalInteger(5).map { ChangesetID($0) }
        return changeset
    }

    private static func entries(of id: ChangesetID, on connection: any SQLConnection) throws -> [Entry] {
        try connection.all(
            "SELECT id, position, kind, derived, detail FROM entry WHERE changeset_id = ?1 ORDER BY position", [.id(id)]
        ) { try readEntry($0, of: id) }
    }

    private static func readEntry(_ row: any SQLRow, of id: ChangesetID) throws -> Entry {
        guard let kind = EntryKind(rawValue: row.integer(2)) else {
            throw StorageFault.corrupt("entry \(row.integer(0)): kind \(row.integer(2))")
        }
        return Entry(
            id: EntryID(row.integer(0)), changeset: id, position: row.integer(1), kind: kind,
            detail: try decode(row.text(4)), derived: row.integer(3) != 0)
    }

    /// Changes who sees a changeset; its entries stay.
    public static func setAudience(
        _ audience: Audience, of id: ChangesetID, on connection: any SQLConnection
    ) throws {
        try connection.execute(
            "UPDATE changeset SET audience = ?2 WHERE id = ?1", [.id(id), .optional(ContentRows.text(audience))])
    }

    /// Removes an issue's whole history; for destroying the issue only.
    public static func deleteAll(of issue: IssueID, on connection: any SQLConnection) throws {
        try connection.execute(
            "DELETE FROM entry WHERE changeset_id IN (SELECT id FROM changeset WHERE issue_id = ?1)", [.id(issue)])
        try connection.execute("DELETE FROM changeset WHERE issue_id = ?1", [.id(issue)])
    }
}
