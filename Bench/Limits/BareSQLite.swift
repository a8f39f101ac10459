import CSQLite

/// A connection with nothing around it.
final class Database {
    private let handle: OpaquePointer

    init(path: String, flags: Int32) throws {
        var opened: OpaquePointer?
        guard sqlite3_open_v2(path, &opened, flags, nil) == SQLITE_OK, let opened else {
            throw LimitsFault("cannot open \(path)")
        }
        handle = opened
    }

    deinit { sqlite3_close_v2(handle) }

    func run(_ statements: String) throws {
        guard sqlite3_exec(handle, statements, nil, nil, nil) == SQLITE_OK else { throw failure() }
    }

    func prepare(_ statement: String) throws -> Statement {
        var prepared: OpaquePointer?
        guard sqlite3_prepare_v2(handle, statement, -1, &prepared, nil) == SQLITE_OK, let prepared else {
            throw failure()
        }
        return Statement(prepared)
    }

    private func failure() -> LimitsFault { LimitsFault(String(cString: sqlite3_errmsg(handle))) }
}

final class Statement {
    private let handle: OpaquePointer

    init(_ handle: OpaquePointer) { self.handle = handle }

    deinit { sqlite3_finalize(handle) }

    /// Runs the statement with one number and reads every column of every row; the sum of the columns' sizes.
    @discardableResult
    func run(_ number: Int64) throws -> Int {
        sqlite3_bind_int64(handle, 1, number)
        defer { sqlite3_reset(handle) }
        var octets = 0
        while true {
            switch sqlite3_step(handle) {
            case SQLITE_ROW: octets &+= readColumns()
            case SQLITE_DONE: return octets
            case let code: throw LimitsFault("step: \(code)")
            }
        }
    }

    func value(_ number: Int64) throws -> Int64 {
        sqlite3_bind_int64(handle, 1, number)
        defer { sqlite3_reset(handle) }
        return sqlite3_step(handle) == SQLITE_ROW ? sqlite3_column_int64(handle, 0) : 0
    }

    private func readColumns() -> Int {
        var octets = 0
        for column in 0..<sqlite3_column_count(handle) {
            if sqlite3_column_type(handle, column) == SQLITE_TEXT {
                octets &+= sqlite3_column_text(handle, column).map { String(cString: $0).utf8.count } ?? 0
            } else {
                octets &+= Int(truncatingIfNeeded: sqlite3_column_int64(handle, column) & 7)
            }
        }
        return octets
    }
}

/// Reads what a show and a page of a list must read at least.
struct RowReader {
    private let database: Database

    init(path: String) throws {
        database = try Database(path: path, flags: SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX)
        try database.run("PRAGMA mmap_size = 268435456; PRAGMA query_only = ON")
    }

    func run(count: Int) throws {
        let highest = max(try database.prepare("SELECT max(id) FROM issue WHERE ?1 = 0").value(0), 1)
        let one = try database.prepare(
            "SELECT i.*, p.text FROM issue i LEFT JOIN post p ON p.id = i.opening_id WHERE i.id = ?1")
        // A multiplicative generator: the same ids in every run, spread over all of them.
        var state: UInt64 = 4711
        try Stopwatch.measure("row", count: count) { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            try one.run(Int64(state >> 33) % highest + 1)
        }
        let page = try database.prepare(
            """
            SELECT i.*, p.text FROM issue i LEFT JOIN post p ON p.id = i.opening_id
            WHERE i.id IN (SELECT id FROM issue WHERE id <= ?1 ORDER BY id DESC LIMIT 25) ORDER BY i.id DESC
            """)
        try Stopwatch.measure("page", count: max(count / 25, 1)) { _ in try page.run(highest) }
    }
}

/// Writes rows, each durable before the next begins: what a writer without group commit can do at most.
struct CommitWriter {
    private let database: Database

    init(path: String) throws {
        database = try Database(path: path, flags: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX)
        try database.run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (id INTEGER, text TEXT)")
    }

    func run(count: Int) throws {
        let insert = try database.prepare("INSERT INTO t VALUES (?1, 'a row of some length, as an issue or a note has it')")
        try Stopwatch.measure("commit", count: count) { index in try insert.run(Int64(index)) }
    }
}
