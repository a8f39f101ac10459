import FoundationEssentials
import ParleyModel

/// Reference data, number sequences, audit, aliases and credentials.
public enum RecordRows {
    /// A stored record, still as text.
    public struct Stored: Sendable {
        public let recordClass: RecordClass
        public let id: Int64
        public let body: String
    }

    /// All records of all classes.
    public static func all(on connection: any SQLConnection) throws -> [Stored] {
        try connection.all("SELECT class, id, body FROM record ORDER BY class, id") { row in
            guard let recordClass = RecordClass(rawValue: row.text(0)) else {
                throw StorageFault.corrupt("record class \(row.text(0))")
            }
            return Stored(recordClass: recordClass, id: row.integer(1), body: row.text(2))
        }
    }

    /// A record's value.
    /// - Throws: `StorageFault.corrupt`.
    public static func decode<R: Record>(_ type: R.Type = R.self, _ stored: Stored) throws -> R {
        do {
            return try JSONDecoder().decode(R.self, from: Data(stored.body.utf8))
        } catch {
            throw StorageFault.corrupt("\(stored.recordClass.rawValue) \(stored.id): \(error)")
        }
    }

    /// Stores a record, new or changed.
    public static func put<R: Record>(_ record: R, on connection: any SQLConnection) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let body = String(decoding: try encoder.encode(record), as: UTF8.self)
        try connection.execute(
            """
            INSERT INTO record (class, id, sort_rank, sort_name, revision, retired, body) VALUES (?1, ?2, ?3, ?4,
              ?5, ?6, ?7)
            ON CONFLICT (class, id) DO UPDATE SET sort_rank = excluded.sort_rank, sort_name = excluded.sort_name,
              revision = excluded.revision, retired = excluded.retired, body = excluded.body
            """,
            [
                .text(R.recordClass.rawValue), .id(record.id), .real(record.sortRank),
                .text(TextFolding.fold(record.sortName)),
                .integer(record.stamp.revision), .instant(record.stamp.retired), .text(body),
            ])
    }

    /// The next number of a sequence: 1 the first time. A number is never given twice, save to a write that fails.
    public static func next(_ sequence: String, from first: Int64 = 1, on connection: any SQLConnection) throws -> Int64
    {
        let number = try connection.first(
            """
            INSERT INTO sequence (class, next) VALUES (?1, ?2) ON CONFLICT (class) DO UPDATE SET next = next + 1
            RETURNING next
            """, [.text(sequence), .integer(first)]
        ) { $0.integer(0) }
        guard let number else { throw StorageFault.engine(code: 0, message: "no number from \(sequence)") }
        return number
    }

    /// The last number given, or nil.
    public static func last(_ sequence: String, on connection: any SQLConnection) throws -> Int64? {
        try connection.first("SELECT next FROM sequence WHERE class = ?1", [.text(sequence)]) { $0.integer(0) }
    }

    /// Makes sure that the sequence goes on above a number that was given by other means.
    public static func raise(_ sequence: String, to number: Int64, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            INSERT INTO sequence (class, next) VALUES (?1, ?2)
            ON CONFLICT (class) DO UPDATE SET next = MAX(next, excluded.next)
            """, [.text(sequence), .integer(number)])
    }

    /// Tells who did what to reference data.
    public static func audit(
        time: Instant, actor: PrincipalID, recordClass: String, entity: Int64, action: String, detail: String,
        on connection: any SQLConnection
    ) throws {
        try connection.execute(
            "INSERT INTO audit (time, actor_id, class, entity_id, action, detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            [.instant(time), .id(actor), .text(recordClass), .integer(entity), .text(action), .text(detail)])
    }

    /// Remembers a destroyed entity's number.
    public static func bury(
        _ recordClass: String, _ id: Int64, time: Instant, actor: PrincipalID, on connection: any SQLConnection
    ) throws {
        try connection.execute(
            "INSERT INTO tombstone (class, id, time, actor_id) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
            [.text(recordClass), .integer(id), .instant(time), .id(actor)])
    }

    // MARK: credentials

    private static let credentialColumns =
        "id, user_id, kind, lookup, secret, scopes, label, created, expires, last_used"

    private static func readCredential(_ row: any SQLRow) -> Credential? {
        guard let kind = Credential.Kind(rawValue: row.text(2)) else { return nil }
        var credential = Credential(
            id: CredentialID(row.integer(0)), user: PrincipalID(row.integer(1)), kind: kind, lookup: row.blob(3),
            secret: row.blob(4), created: Instant(microseconds: row.integer(7)))
        credential.scopes = row.text(5).split(separator: " ").map(String.init)
        credential.label = row.text(6)
        credential.expires = row.optionalInteger(8).map { Instant(microseconds: $0) }
        credential.lastUsed = row.optionalInteger(9).map { Instant(microseconds: $0) }
        return credential
    }

    /// The credential that a presented secret's keyed hash belongs to.
    public static func credential(lookup: [UInt8], on connection: any SQLConnection) throws -> Credential? {
        try connection.first(
            "SELECT \(credentialColumns) FROM credential WHERE lookup = ?1 AND kind <> 'password'", [.blob(lookup)],
            readCredential) ?? nil
    }

    /// A user's credentials of a kind, oldest first.
    public static func credentials(
        of user: PrincipalID, kind: Credential.Kind, on connection: any SQLConnection
    ) throws -> [Credential] {
        try connection.all(
            "SELECT \(credentialColumns) FROM credential WHERE user_id = ?1 AND kind = ?2 ORDER BY id",
            [.id(user), .text(kind.rawValue)], readCredential
        ).compactMap { $0 }
    }

    /// Stores a new credential.
    public static func insert(_ credential: Credential, on connection: any SQLConnection) throws {
        try connection.execute(
            "INSERT INTO credential (\(credentialColumns)) VALUES (\(SQLValue.placeholders(10)))",
            [
                .id(credential.id), .id(credential.user), .text(credential.kind.rawValue), .blob(credential.lookup),
                .blob(credential.secret), .text(credential.scopes.joined(separator: " ")), .text(credential.label),
                .instant(credential.created), .instant(credential.expires), .instant(credential.lastUsed),
            ])
    }

    /// Removes a user's credentials of a kind.
    public static func deleteCredentials(
        of user: PrincipalID, kind: Credential.Kind, on connection: any SQLConnection
    ) throws {
        try connection.execute(
            "DELETE FROM credential WHERE user_id = ?1 AND kind = ?2", [.id(user), .text(kind.rawValue)])
    }

    /// Removes credentials of a kind that have expired.
    public static func deleteExpiredCredentials(
        _ kind: Credential.Kind, before moment: Instant, on connection: any SQLConnection
    ) throws {
        try connection.execute(
            "DELETE FROM credential WHERE kind = ?1 AND expires < ?2",
            [.text(kind.rawValue), .integer(moment.microseconds)])
    }
}
