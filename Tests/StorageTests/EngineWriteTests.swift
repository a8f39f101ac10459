import Glibc
import ParleySQLite
import ParleyStorage
import Synchronization
import Testing

private struct Refusal: Error {}

/// What happened, in order.
private final class Journal: Sendable {
    private let lines = Mutex<[String]>([])

    func add(_ line: String) { lines.withLock { $0.append(line) } }

    var all: [String] { lines.withLock { $0 } }
}

@Suite("Engine: writes")
struct EngineWriteTests {
    @Test("a write that throws changes nothing, and the 63 others beside it stand")
    func isolation() async throws {
        let database = try await TestDatabase()
        let bodies = (0..<64).map { number -> @Sendable (any SQLConnection) throws -> Int in
            { connection in
                try connection.execute("INSERT INTO anything (id, value) VALUES (?1, 'x')", [.integer(Int64(number))])
                if number == 17 { throw Refusal() }
                return number
            }
        }
        let results = await database.together(bodies)
        for (number, result) in results.enumerated() {
            if number == 17 {
                #expect(throws: Refusal.self) { try result.get() }
            } else {
                #expect(try result.get() == number)
            }
        }
        #expect(try await database.number("SELECT count(*) FROM anything") == 63)
        #expect(try await database.number("SELECT count(*) FROM anything WHERE id = 17") == 0)
    }

    @Test("a deferred key that stays violated is the fault of its own write")
    func deferredKeys() async throws {
        let database = try await TestDatabase()
        let bodies = (0..<8).map { number -> @Sendable (any SQLConnection) throws -> Void in
            { connection in
                try connection.execute("INSERT INTO late (account) VALUES (?1)", [.integer(Int64(number))])
                if number == 3 { return }
                try connection.execute("INSERT INTO account (id, amount) VALUES (?1, 0)", [.integer(Int64(number))])
            }
        }
        for (number, result) in await database.together(bodies).enumerated() {
            if number == 3 {
                #expect(throws: StorageFault.constraint("FOREIGN KEY constraint failed")) { try result.get() }
            } else {
                try result.get()
            }
        }
        #expect(try await database.number("SELECT count(*) FROM late") == 7)
    }

    @Test("constraints are told as such, alone and among others")
    func constraints() async throws {
        let database = try await TestDatabase()
        let insert = "INSERT INTO account (amount, note) VALUES (1, 'same')"
        try await database.write { _ = try $0.execute(insert, []) }
        await #expect(throws: StorageFault.constraint("UNIQUE constraint failed: account.note")) {
            try await database.write { try $0.execute(insert, []) }
        }
        let body: @Sendable (any SQLConnection) throws -> Int = { try $0.execute(insert, []) }
        for result in await database.together([body, body]) {
            #expect(throws: StorageFault.constraint("UNIQUE constraint failed: account.note")) { try result.get() }
        }
        #expect(try await database.number("SELECT count(*) FROM account") == 1)
    }

    @Test("what follows a commit runs in order, when all can see it and before any caller goes on")
    func announcements() async throws {
        let database = try await TestDatabase()
        let journal = Journal()
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<40 {
                group.addTask {
                    _ = try? await database.engine.write(
                        { connection -> Int64? in
                            let sql = "INSERT INTO anything (value) VALUES (?1) RETURNING id"
                            let id = try connection.first(sql, [.integer(Int64(number))]) { $0.integer(0) }
                            if number % 5 == 0 { throw Refusal() }
                            journal.add("run \(number)")
                            return id
                        }, committed: { _ in journal.add("committed \(number)") })
                    if number % 5 != 0 { journal.add("resumed \(number)") }
                }
            }
        }
        func order(_ kind: String) -> [Substring] {
            journal.all.filter { $0.hasPrefix(kind) }.map { $0.dropFirst(kind.count) }
        }
        #expect(order("run").count == 32)
        #expect(order("run") == order("committed"))
        let lines = journal.all
        for number in 0..<40 where number % 5 != 0 {
            let committed = try #require(lines.firstIndex(of: "committed \(number)"))
            let resumed = try #require(lines.firstIndex(of: "resumed \(number)"))
            #expect(committed < resumed)
        }
    }

    @Test("a committed write is visible to whoever is told of it")
    func visibility() async throws {
        let database = try await TestDatabase()
        for number in 1...100 {
            try await database.write { _ = try $0.execute("INSERT INTO anything (value) VALUES (1)", []) }
            #expect(try await database.number("SELECT count(*) FROM anything") == Int64(number))
        }
    }

    @Test("readers never see half a write")
    func stress() async throws {
        let database = try await TestDatabase()
        try await database.write { connection in
            for id in 1...10 {
                try connection.execute("INSERT INTO account (id, amount) VALUES (?1, 100)", [.integer(Int64(id))])
            }
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<32 {
                group.addTask {
                    for round in 0..<20 {
                        let source = Int64((worker + round) % 10 + 1)
                        let target = Int64((worker &* 7 + round &* 3) % 10 + 1)
                        try await database.write { connection in
                            try Self.move(connection, from: source, to: target, fails: round % 4 == 0)
                        }
                    }
                }
                group.addTask {
                    for _ in 0..<20 {
                        let sums = try await database.read { connection in
                            try connection.first("SELECT sum(amount) FROM account") { $0.integer(0) }
                        }
                        #expect(sums == 1000)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await database.number("SELECT count(*) FROM entry") == 32 * 15)
        #expect(try await database.engine.integrityProblems() == [])
    }

    /// Moves 1 from account to account and notes it; or takes and gives at one account.
    private static func move(
        _ connection: any SQLConnection, from source: Int64, to target: Int64, fails: Bool
    ) throws {
        if fails {
            try connection.execute("UPDATE account SET amount = amount + 5 WHERE id = ?1", [.integer(target)])
            try connection.execute("UPDATE account SET amount = amount - 5 WHERE id = ?1", [.integer(target)])
            return
        }
        try connection.execute("UPDATE account SET amount = amount + 1 WHERE id = ?1", [.integer(target)])
        try connection.execute("UPDATE account SET amount = amount - 1 WHERE id = ?1", [.integer(source)])
        try connection.execute("INSERT INTO entry (account) VALUES (?1)", [.integer(target)])
    }

    @Test("wherever a call fails, a write is stored wholly or not at all, as told", arguments: [false, true], [1, 4])
    func everyFault(rollsBack: Bool, writes: Int) async throws {
        let plan = FaultPlan()
        let database = try await TestDatabase(faults: plan)
        var round = 0
        var fired = true
        while fired {
            round += 1
            #expect(round < 200)
            let base = Int64(round * 100)
            let bodies = (0..<writes).map { number -> @Sendable (any SQLConnection) throws -> Void in
                { connection in
                    let id = base + Int64(number)
                    try connection.execute("INSERT INTO account (id, amount) VALUES (?1, 1)", [.integer(id)])
                    try connection.execute("INSERT INTO entry (id, account) VALUES (?1, ?1)", [.integer(id)])
                }
            }
            plan.arm(call: round, rollsBack ? .rollBack : .refuse)
            let results = await database.together(bodies)
            fired = plan.disarm()
            for (number, result) in results.enumerated() {
                let id = base + Int64(number)
                let rows = try await database.number("SELECT count(*) FROM account WHERE id = \(id)")
                let entries = try await database.number("SELECT count(*) FROM entry WHERE id = \(id)")
                switch result {
                case .success: #expect(rows == 1 && entries == 1)
                case .failure(let error):
                    #expect(rows == 0 && entries == 0)
                    #expect(error as? StorageFault == .unwritable("a fault was planned here"))
                }
            }
            if !fired { #expect(results.allSatisfy { (try? $0.get()) != nil }) }
        }
        #expect(round > writes * 3)
        #expect(try await database.engine.integrityProblems() == [])
    }

    @Test("a full disk fails the write that meets it, loses nothing that was told, and ends when there is space")
    func fullDisk() async throws {
        let database = try await TestDatabase()
        try await database.write { _ = try $0.first("PRAGMA max_page_count = 40") { $0.integer(0) } }
        let insert = "INSERT INTO anything (value) VALUES (?1)"
        let bodies = (0..<8).map { number -> @Sendable (any SQLConnection) throws -> Void in
            { try $0.execute(insert, [.blob([UInt8](repeating: 1, count: number == 4 ? 500_000 : 100))]) }
        }
        let results = await database.together(bodies)
        let stored = results.filter { (try? $0.get()) != nil }.count
        #expect(try await database.number("SELECT count(*) FROM anything") == Int64(stored))
        #expect(throws: StorageFault.unwritable("database or disk is full")) { try results[4].get() }
        try await database.write { _ = try $0.first("PRAGMA max_page_count = 100000") { $0.integer(0) } }
        try await database.write { _ = try $0.execute(insert, [.blob([UInt8](repeating: 1, count: 500_000))]) }
        #expect(try await database.number("SELECT count(*) FROM anything") == Int64(stored) + 1)
    }

    @Test("a write that goes on after the database ended its transaction stores nothing")
    func goingOn() async throws {
        let database = try await TestDatabase()
        let careless: @Sendable (any SQLConnection) throws -> Void = { connection in
            _ = try? connection.execute("ROLLBACK", [])
            _ = try? connection.execute("INSERT INTO anything (value) VALUES (1)", [])
        }
        let plain: @Sendable (any SQLConnection) throws -> Void = {
            try $0.execute("INSERT INTO anything (value) VALUES (2)", [])
        }
        let results = await database.together([plain, careless, plain])
        let stored = results.filter { (try? $0.get()) != nil }.count
        #expect(try await database.number("SELECT count(*) FROM anything WHERE value = 2") == Int64(stored))
        #expect(try await database.number("SELECT count(*) FROM anything WHERE value = 1") == 0)
    }

    @Test("the write-ahead log stays short")
    func shortLog() async throws {
        var options = SQLiteOptions()
        options.checkpointPages = 50
        options.truncatePages = 200
        let database = try await TestDatabase(options: options)
        for _ in 0..<300 {
            let bytes = SQLValue.blob([UInt8](repeating: 7, count: 20_000))
            _ = try await database.write { try $0.execute("INSERT INTO anything (value) VALUES (?1)", [bytes]) }
        }
        var status = stat()
        #expect(lstat(database.folder.file("parley.db-wal"), &status) == 0)
        #expect(status.st_size < 2_000_000)
    }

    @Test("closing waits for what was asked before, and then nothing works")
    func closing() async throws {
        let database = try await TestDatabase()
        let results = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<50 {
                group.addTask {
                    let sql = "INSERT INTO anything (id, value) VALUES (?1, 1)"
                    return (try? await database.write { try $0.execute(sql, [.integer(Int64(number))]) }) != nil
                }
            }
            group.addTask {
                await database.engine.close()
                return false
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        await database.engine.close()
        await #expect(throws: StorageFault.self) { try await database.number("SELECT 1") }
        await #expect(throws: StorageFault.self) { try await database.write { _ in } }
        #expect(!database.folder.names("").contains("parley.db-wal"))
        let again = try SQLiteEngine(path: database.folder.file("parley.db"))
        let count = try await again.read(deadlineMilliseconds: 0) { connection in
            try connection.first("SELECT count(*) FROM anything") { $0.integer(0) }
        }
        #expect(count == Int64(results))
        await again.close()
    }

    @Test("a copy taken while others write is whole and consistent")
    func backup() async throws {
        let database = try await TestDatabase()
        try await database.write { connection in
            for _ in 0..<200 {
                try connection.execute(
                    "INSERT INTO anything (value) VALUES (?1)", [.blob([UInt8](repeating: 1, count: 20_000))])
            }
        }
        let done = Flag()
        let writer = Task {
            var number = 0
            while !done.isSet {
                number += 1
                let id = SQLValue.integer(Int64(number))
                try await database.write { connection in
                    try connection.execute("INSERT INTO account (id, amount) VALUES (?1, 1)", [id])
                    try connection.execute("INSERT INTO entry (account) VALUES (?1)", [id])
                }
            }
            return number
        }
        try await database.engine.backup(toPath: database.folder.file("copy.db"))
        done.set()
        #expect(try await writer.value > 0)
        await #expect(throws: StorageFault.self) {
            try await database.engine.backup(toPath: database.folder.file("copy.db"))
        }
        let copy = try SQLiteEngine(path: database.folder.file("copy.db"))
        #expect(try await copy.integrityProblems() == [])
        let counts = try await copy.read(deadlineMilliseconds: 0) { connection in
            try connection.first(
                "SELECT (SELECT count(*) FROM account), (SELECT count(*) FROM entry), (SELECT count(*) FROM anything)"
            ) { row in [row.integer(0), row.integer(1), row.integer(2)] }
        }
        #expect(counts?[0] == counts?[1] && counts?[2] == 200)
        #expect(!database.folder.names("").contains { $0.hasSuffix(".partial") })
        await copy.close()
    }

    @Test("a damaged file is found")
    func damage() async throws {
        let database = try await TestDatabase()
        try await database.write { connection in
            for number in 0..<2000 {
                try connection.execute(
                    "INSERT INTO account (amount, note) VALUES (1, ?1)", [.text("note \(number)")])
            }
        }
        #expect(try await database.engine.integrityProblems() == [])
        await database.engine.close()
        database.folder.damage("parley.db", at: 4096 * 12, with: [UInt8](repeating: 0xa5, count: 4096))
        let again = try SQLiteEngine(path: database.folder.file("parley.db"))
        #expect(try await !again.integrityProblems().isEmpty)
        await again.close()
    }
}
