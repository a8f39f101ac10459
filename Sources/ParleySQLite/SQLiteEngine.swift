import CSQLite
import Glibc
import ParleyStorage

/// The embedded engine: one file, many readers on their own threads, one writer with group commit.
public final class SQLiteEngine: SQLEngine {
    /// SQLite's SQL, and its full-text index.
    public let capabilities = SearchIndex.capabilities

    private let path: String
    private let options: SQLiteOptions
    private let readers: ReaderPool
    private let writer: Writer

    /// Opens a database file, or makes one that only its owner can read.
    /// - Throws: `StorageFault.corrupt` for a file that is not Parley's, `StorageFault.unwritable` where none can be.
    public convenience init(path: String, options: SQLiteOptions = SQLiteOptions()) throws(StorageFault) {
        try self.init(path: path, options: options, faults: nil)
    }

    /// Opens a database whose writer fails where the plan says, for tests.
    package init(path: String, options: SQLiteOptions = SQLiteOptions(), faults: FaultPlan?) throws(StorageFault) {
        self.path = path
        self.options = options
        try DatabaseFile.makeIfMissing(path)
        let readers = ReaderPool(path: path, options)
        self.readers = readers
        writer = try Writer(path: path, options, faults, whenDrained: { readers.close() })
    }

    deinit { writer.beginClosing() }

    /// Reads on the calling thread; it waits only when all connections are in use.
    public func read<R: Sendable>(
        deadlineMilliseconds: Int, _ body: @Sendable (any SQLConnection) throws -> R
    ) async throws -> R {
        let connection = try readers.take()
        defer { readers.giveBack(connection) }
        return try connection.snapshot(deadlineMilliseconds: deadlineMilliseconds, body)
    }

    /// Queues a write for the writer's thread, which commits it together with the others that wait.
    public func write<R: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> R, committed: @escaping @Sendable (R) -> Void
    ) async throws -> R {
        try await writer.write(body, committed)
    }

    /// Copies through a snapshot, so that writers do not wait; their log grows until the copy is done.
    public func backup(toPath target: String) async throws {
        let path = path
        let options = options
        try await DedicatedThread.result { try Backup.copy(path, to: target, options) }
    }

    /// Looks at pages, indexes and foreign keys in a snapshot, then at the full-text index in a write.
    public func integrityProblems() async throws -> [String] {
        let path = path
        let options = options
        let problems = try await DedicatedThread.result { try Integrity.problems(path, options) }
        return try await problems + searchProblems()
    }

    /// Asks the full-text index to check itself, which SQLite takes for a write.
    private func searchProblems() async throws -> [String] {
        do {
            return try await writer.write({ try Integrity.searchProblems($0) }, { _ in })
        } catch StorageFault.corrupt(let message) {
            return ["full-text index: \(message)"]
        }
    }

    /// Ends the writer after what waits, and closes all connections; the write-ahead log is then part of the file.
    public func close() async { await writer.close() }
}
