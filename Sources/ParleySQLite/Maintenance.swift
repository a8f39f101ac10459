import CSQLite
import Glibc
import ParleyStorage

/// Copies of a database in use.
enum Backup {
    /// Pages between two moments at which the copy's connection lets go of its locks.
    private static let pagesPerStep: Int32 = 1024

    /// Copies one snapshot. The copy appears under its name only when it is whole and durable.
    static func copy(_ path: String, to target: String, _ options: SQLiteOptions) throws {
        try DatabaseFile.refuseNUL(target)
        guard !DatabaseFile.exists(target) else { throw StorageFault.unwritable("\(target) exists already") }
        let partial = target + ".partial"
        unlink(partial)
        try DatabaseFile.makeIfMissing(partial)
        do {
            let source = try SQLiteConnection(path: path, .reader, options)
            defer { source.close() }
            try source.snapshot(deadlineMilliseconds: 0) { connection in
                // The first statement fixes the snapshot; without it every commit would start the copy again.
                _ = try connection.first("SELECT count(*) FROM sqlite_schema") { $0.integer(0) }
                try fill(partial, from: source.handle)
            }
            try DatabaseFile.publish(partial, as: target)
        } catch {
            unlink(partial)
            throw error
        }
    }

    private static func fill(_ path: String, from source: OpaquePointer) throws(StorageFault) {
        var opened: OpaquePointer?
        let code = sqlite3_open_v2(
            path, &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
        defer { sqlite3_close_v2(opened) }
        guard code == SQLITE_OK, let target = opened else { throw .of(code, opened) }
        // A copy that breaks off is thrown away, and a whole one is synced once at its end.
        sqlite3_exec(target, "PRAGMA synchronous=OFF; PRAGMA journal_mode=OFF", nil, nil, nil)
        guard let backup = sqlite3_backup_init(target, "main", source, "main") else {
            throw .of(sqlite3_extended_errcode(target), target)
        }
        var step = sqlite3_backup_step(backup, pagesPerStep)
        var pauses = 0
        while step == SQLITE_OK || ((step == SQLITE_BUSY || step == SQLITE_LOCKED) && pauses < 5000) {
            if step != SQLITE_OK {
                pauses += 1
                usleep(1000)
            }
            step = sqlite3_backup_step(backup, pagesPerStep)
        }
        let finished = sqlite3_backup_finish(backup)
        guard step == SQLITE_DONE, finished == SQLITE_OK else {
            throw .of(finished == SQLITE_OK ? step : finished, target)
        }
    }
}

/// What SQLite can find out about a database's health.
enum Integrity {
    private static let reportLimit = 100

    /// Pages, indexes and foreign keys, in a snapshot of their own connection.
    static func problems(_ path: String, _ options: SQLiteOptions) throws -> [String] {
        do {
            let connection = try SQLiteConnection(path: path, .reader, options)
            defer { connection.close() }
            return try connection.snapshot(deadlineMilliseconds: 0) { try pageProblems($0) + keyProblems($0) }
        } catch StorageFault.corrupt(let message) {
            return ["database: \(message)"]
        }
    }

    private static func pageProblems(_ connection: any SQLConnection) throws -> [String] {
        try connection.all("PRAGMA integrity_check(\(reportLimit))") { $0.text(0) }.filter { $0 != "ok" }
    }

    private static func keyProblems(_ connection: any SQLConnection) throws -> [String] {
        var problems: [String] = []
        try connection.query("PRAGMA foreign_key_check", []) { row in
            problems.append("\(row.text(0)) row \(row.integer(1)) refers to a missing row of \(row.text(2))")
            return problems.count < reportLimit
        }
        return problems
    }

    /// The full-text index, in a write.
    static func searchProblems(_ connection: any SQLConnection) throws -> [String] {
        let exists = "SELECT count(*) FROM sqlite_schema WHERE name = 'search_index'"
        guard try connection.first(exists, [], { $0.integer(0) }) == 1 else { return [] }
        try connection.execute("INSERT INTO search_index (search_index) VALUES ('integrity-check')", [])
        let lost = try connection.all(
            "SELECT term FROM search_vocabulary WHERE length(CAST(term AS BLOB)) <= ?1 "
                + "EXCEPT SELECT word FROM search_word LIMIT \(reportLimit)",
            [.integer(Int64(SearchVocabulary.lengthLimit))]
        ) { $0.text(0) }
        return lost.map { "the word \($0) of the full-text index is not in search_word" }
    }
}
