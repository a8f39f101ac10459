import Glibc
import ParleySQLite
import ParleyStorage
import Testing

/// An engine in a folder of its own, with a small schema.
final class TestDatabase: Sendable {
    let folder: Scratch
    let engine: SQLiteEngine

    init(options: SQLiteOptions = SQLiteOptions(), faults: FaultPlan? = nil, search: Bool = false) async throws {
        folder = try Scratch()
        engine = try SQLiteEngine(path: folder.file("parley.db"), options: options, faults: faults)
        var schema = [
            "CREATE TABLE account (id INTEGER PRIMARY KEY, amount INTEGER NOT NULL, note TEXT UNIQUE)",
            "CREATE TABLE entry (id INTEGER PRIMARY KEY, account INTEGER NOT NULL REFERENCES account)",
            "CREATE TABLE late (account INTEGER REFERENCES account DEFERRABLE INITIALLY DEFERRED)",
            "CREATE TABLE anything (id INTEGER PRIMARY KEY, value)",
        ]
        if search { schema += engine.capabilities.searchSchema }
        let statements = schema
        try await write { for statement in statements { try $0.execute(statement, []) } }
    }

    func read<R: Sendable>(_ body: @Sendable (any SQLConnection) throws -> R) async throws -> R {
        try await engine.read(deadlineMilliseconds: 0, body)
    }

    func write<R: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> R) async throws -> R {
        try await engine.write(body, committed: { _ in })
    }

    func number(_ sql: String) async throws -> Int64? {
        try await read { try $0.first(sql) { $0.integer(0) } }
    }

    /// Runs writes that are all waiting when the first of them begins.
    func together<R: Sendable>(
        _ bodies: [@Sendable (any SQLConnection) throws -> R]
    ) async -> [Result<R, any Error>] {
        await withTaskGroup(of: (Int, Result<R, any Error>)?.self) { group in
            group.addTask {
                _ = try? await self.write { _ in usleep(50_000) }
                return nil
            }
            try? await Task.sleep(nanoseconds: 10_000_000)
            for (index, body) in bodies.enumerated() {
                group.addTask {
                    do {
                        return (index, .success(try await self.write(body)))
                    } catch {
                        return (index, .failure(error))
                    }
                }
            }
            var results: [(Int, Result<R, any Error>)] = []
            for await case let result? in group { results.append(result) }
            return results.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }
}

private struct Refusal: Error {}

@Suite("Engine: statements and reads")
struct EngineTests {
    @Test("values come back as they went in")
    func values() async throws {
        let database = try await TestDatabase()
        let values: [SQLValue] = [
            .null, .integer(.min), .integer(.max), .real(-0.5), .text(""), .text("a\0b"), .text("Zażółć 🦊"),
            .blob([]), .blob([0, 255, 1]), .text(String(repeating: "x", count: 1_000_000)),
        ]
        try await database.write { connection in
            for value in values { try connection.execute("INSERT INTO anything (value) VALUES (?1)", [value]) }
        }
        let found = try await database.read { connection in
            try connection.all("SELECT value, typeof(value) FROM anything ORDER BY id") { row -> SQLValue in
                switch row.text(1) {
                case "null": row.isNull(0) ? .null : .text("not null")
                case "integer": .integer(row.integer(0))
                case "real": .real(row.real(0))
                case "text": .text(row.text(0))
                default: .blob(row.blob(0))
                }
            }
        }
        #expect(found == values)
    }

    @Test("a column that is null or not there reads as nothing")
    func nothing() async throws {
        let database = try await TestDatabase()
        try await database.read { connection in
            try connection.query("SELECT NULL", []) { row in
                for column in [0, 1, -1, Int.max] {
                    #expect(row.isNull(column) && row.integer(column) == 0 && row.real(column) == 0)
                    #expect(row.text(column).isEmpty && row.blob(column).isEmpty)
                    #expect(row.optionalInteger(column) == nil && row.optionalText(column) == nil)
                }
                return true
            }
        }
    }

    @Test("a text with two statements, and a wrong number of arguments, are refused")
    func misuse() async throws {
        let database = try await TestDatabase()
        await #expect(throws: StorageFault.self) {
            try await database.read { try $0.execute("SELECT 1; SELECT 2", []) }
        }
        await #expect(throws: StorageFault.self) { try await database.read { try $0.execute("", []) } }
        await #expect(throws: StorageFault.self) { try await database.read { try $0.execute("SELECT ?1", []) } }
        await #expect(throws: StorageFault.self) {
            try await database.read { try $0.execute("SELECT ?1", [.null, .null]) }
        }
        #expect(try await database.number("SELECT 1 ; ") == 1)
    }

    @Test("a reader cannot write")
    func readOnly() async throws {
        let database = try await TestDatabase()
        await #expect(throws: StorageFault.self) {
            try await database.read { try $0.execute("INSERT INTO anything (value) VALUES (1)", []) }
        }
    }

    @Test("a statement can run inside itself")
    func reentrancy() async throws {
        let database = try await TestDatabase()
        let sql = "SELECT value FROM json_each('[1,2,3]')"
        let pairs = try await database.read { connection in
            var pairs: [[Int64]] = []
            try connection.query(sql, []) { outer in
                try connection.query(sql, []) { inner in
                    pairs.append([outer.integer(0), inner.integer(0)])
                    return true
                }
                return true
            }
            return pairs
        }
        #expect(pairs == [[1, 1], [1, 2], [1, 3], [2, 1], [2, 2], [2, 3], [3, 1], [3, 2], [3, 3]])
    }

    @Test("a statement can be run again after its closure threw")
    func afterThrow() async throws {
        let database = try await TestDatabase()
        try await database.read { connection in
            for _ in 0..<3 {
                #expect(throws: Refusal.self) { try connection.query("SELECT 1", []) { _ in throw Refusal() } }
            }
            let number = try connection.first("SELECT 1") { $0.integer(0) }
            #expect(number == 1)
        }
    }

    @Test("more statements than the cache holds")
    func manyStatements() async throws {
        var options = SQLiteOptions()
        options.cachedStatements = 4
        let database = try await TestDatabase(options: options)
        for round in 0..<20 {
            #expect(try await database.number("SELECT \(round % 7)") == Int64(round % 7))
        }
    }

    @Test("changed rows are counted")
    func changes() async throws {
        let database = try await TestDatabase()
        let counts = try await database.write { connection in
            [
                try connection.execute("INSERT INTO anything (value) VALUES (1), (2), (3)", []),
                try connection.execute("SELECT * FROM anything", []),
                try connection.execute("CREATE TABLE more (id INTEGER)", []),
                try connection.execute("UPDATE anything SET value = 7 WHERE value > 9", []),
                try connection.execute("DELETE FROM anything WHERE value > 1", []),
            ]
        }
        #expect(counts == [3, 0, 0, 0, 2])
    }

    @Test("a write that gives rows is checked although only its first row is read")
    func returning() async throws {
        let database = try await TestDatabase()
        let sql = "INSERT INTO entry (account) VALUES (?1) RETURNING id"
        await #expect(throws: StorageFault.self) {
            try await database.write { try $0.first(sql, [.integer(5)]) { $0.integer(0) } }
        }
        #expect(try await database.number("SELECT count(*) FROM entry") == 0)
        let id = try await database.write { connection in
            try connection.execute("INSERT INTO account (id, amount) VALUES (5, 1)", [])
            return try connection.first(sql, [.integer(5)]) { $0.integer(0) }
        }
        #expect(id == 1)
    }

    @Test("a long query is interrupted at its deadline, and the connection works on")
    func deadline() async throws {
        let database = try await TestDatabase()
        let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
        let start = ContinuousClock.now
        await #expect(throws: StorageFault.interrupted) {
            try await database.engine.read(deadlineMilliseconds: 50) { try $0.first(endless) { $0.integer(0) } }
        }
        #expect(ContinuousClock.now - start < .seconds(5))
        #expect(try await database.number("SELECT 1") == 1)
        let many = try await database.engine.read(deadlineMilliseconds: .max) { connection in
            try connection.first("SELECT count(*) FROM json_each('[1,2]')") { $0.integer(0) }
        }
        #expect(many == 2)
    }

    @Test("the deadline ends a chain of short queries too")
    func deadlineOfMany() async throws {
        let database = try await TestDatabase()
        await #expect(throws: StorageFault.interrupted) {
            try await database.engine.read(deadlineMilliseconds: 20) { connection in
                while true { _ = try connection.first("SELECT 1") { $0.integer(0) } }
            }
        }
    }

    @Test("a snapshot stays as it is while others write")
    func snapshot() async throws {
        let database = try await TestDatabase()
        let counts = try await database.read { connection in
            let sql = "SELECT count(*) FROM anything"
            let before = try connection.first(sql) { $0.integer(0) }
            let written = Flag()
            Task.detached {
                _ = try await database.write { try $0.execute("INSERT INTO anything (value) VALUES (1)", []) }
                written.set()
            }
            while !written.isSet { usleep(1000) }
            return [before, try connection.first(sql) { $0.integer(0) }]
        }
        #expect(counts == [0, 0])
        #expect(try await database.number("SELECT count(*) FROM anything") == 1)
    }

    @Test("more readers than connections take turns")
    func fewConnections() async throws {
        var options = SQLiteOptions()
        options.readers = 1
        let database = try await TestDatabase(options: options)
        let sum = try await withThrowingTaskGroup(of: Int64?.self) { group in
            for number in 0..<200 { group.addTask { try await database.number("SELECT \(number % 3)") } }
            return try await group.reduce(0) { $0 + ($1 ?? 0) }
        }
        #expect(sum == 199)
    }

    @Test("text is folded in all scripts")
    func folding() async throws {
        let database = try await TestDatabase()
        let texts = ["", "plain", "MiXed 123", "ÄÖÜ É", "ΣΊΣΥΦΟΣ ς", "ПРИВЕТ", "a\0B", "[@Z`{]"]
        for text in texts {
            let found = try await database.read { connection in
                try connection.first("SELECT fold(?1)", [.text(text)]) { $0.text(0) }
            }
            #expect(found == TextFolding.fold(text))
        }
        #expect(TextFolding.fold("ÄÖÜ ΣΊΣΥΦΟΣ [@Z`{]") == "äöü σίσυφοσ [@z`{]")
        #expect(try await database.number("SELECT fold(NULL) IS NULL AND fold(12) = '12'") == 1)
        let contains = database.engine.capabilities.foldedContains("'Große ÄRGER'", "?1")
        let found = try await database.read { connection in
            try connection.first("SELECT \(contains)", [.text(TextFolding.fold("ärg"))]) { $0.integer(0) }
        }
        #expect(found == 1)
    }

    @Test("lists are given as one parameter")
    func lists() async throws {
        let database = try await TestDatabase()
        let list = database.engine.capabilities.listSubquery("?1")
        let found = try await database.read { connection in
            try connection.all("SELECT value FROM json_each('[1,2,3,4]') WHERE value IN \(list)", [.text("[2,4,9]")]) {
                $0.integer(0)
            }
        }
        #expect(found == [2, 4])
    }

    @Test("a file that is not Parley's is left alone")
    func foreignFiles() async throws {
        let folder = try Scratch()
        folder.write(Array("this is a text, and by no means a database of any kind".utf8), to: "text")
        #expect(throws: StorageFault.self) { _ = try SQLiteEngine(path: folder.file("text")) }
        #expect(throws: StorageFault.self) { _ = try SQLiteEngine(path: folder.file("no/such/folder")) }
        #expect(throws: StorageFault.self) { _ = try SQLiteEngine(path: "") }
        let engine = try SQLiteEngine(path: folder.file("parley.db"))
        _ = try await engine.write({ try $0.execute("CREATE TABLE a (b)", []) }, committed: { _ in })
        await engine.close()
        // Without the mark in its header (bytes 68 to 71) it could be any database.
        folder.damage("parley.db", at: 68, with: [0, 0, 0, 0])
        #expect(throws: StorageFault.corrupt("the file is a database, but not Parley's")) {
            _ = try SQLiteEngine(path: folder.file("parley.db"))
        }
    }

    @Test("only the owner can read a new database")
    func rights() async throws {
        let database = try await TestDatabase()
        for name in ["parley.db", "parley.db-wal"] {
            var status = stat()
            #expect(lstat(database.folder.file(name), &status) == 0)
            #expect(status.st_mode & 0o077 == 0)
        }
    }
}

/// Something that happened, told across threads.
final class Flag: @unchecked Sendable {
    // Sendable: the one value is read and written with the lock held.
    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private var value = false

    init() { pthread_mutex_init(lock, nil) }

    deinit {
        pthread_mutex_destroy(lock)
        lock.deallocate()
    }

    var isSet: Bool {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        return value
    }

    func set() {
        pthread_mutex_lock(lock)
        value = true
        pthread_mutex_unlock(lock)
    }
}
