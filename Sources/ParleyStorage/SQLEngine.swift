/// A value that a statement takes or gives. Booleans are 0 and 1, times are microseconds since 1970 UTC.
public enum SQLValue: Sendable, Hashable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case blob([UInt8])
}

/// The current row of a running statement. Columns count from 0; a row is valid until its closure returns.
public protocol SQLRow: AnyObject {
    func isNull(_ column: Int) -> Bool
    /// 0 for null.
    func integer(_ column: Int) -> Int64
    /// 0 for null.
    func real(_ column: Int) -> Double
    /// Empty for null.
    func text(_ column: Int) -> String
    /// Empty for null.
    func blob(_ column: Int) -> [UInt8]
}

extension SQLRow {
    /// The integer, or nil for null.
    public func optionalInteger(_ column: Int) -> Int64? { isNull(column) ? nil : integer(column) }
    /// The text, or nil for null.
    public func optionalText(_ column: Int) -> String? { isNull(column) ? nil : text(column) }
    /// The number, or nil for null.
    public func optionalReal(_ column: Int) -> Double? { isNull(column) ? nil : real(column) }
}

/// One connection inside a snapshot or a transaction. Never leaves the closure that got it.
///
/// A text holds exactly one statement; its parameters are `?1`, `?2`, ... and an argument is given for each of them:
/// too few or too many is a fault. Statements can be nested, the same text in itself too. Texts are cached, so values
/// belong into arguments. A text may hold NUL and is stored whole.
public protocol SQLConnection: AnyObject {
    /// Rows that this connection has inserted, changed or deleted so far.
    var changeCount: Int64 { get }
    /// Runs a cached statement and hands over each row; the closure returns false to stop early.
    /// - Throws: `StorageFault`, and what the closure throws.
    func query(_ sql: String, _ arguments: [SQLValue], _ row: (any SQLRow) throws -> Bool) throws
    /// Runs a cached statement whose rows, if any, do not matter.
    /// - Returns: how many rows it changed, without those that triggers and foreign keys changed.
    @discardableResult
    func execute(_ sql: String, _ arguments: [SQLValue]) throws -> Int
}

extension SQLConnection {
    /// The first row's value, or nil when there is no row.
    public func first<R>(_ sql: String, _ arguments: [SQLValue] = [], _ read: (any SQLRow) throws -> R) throws -> R? {
        var result: R?
        try query(sql, arguments) { row in
            result = try read(row)
            return false
        }
        return result
    }

    /// All rows.
    public func all<R>(_ sql: String, _ arguments: [SQLValue] = [], _ read: (any SQLRow) throws -> R) throws -> [R] {
        var result: [R] = []
        try query(sql, arguments) { row in
            result.append(try read(row))
            return true
        }
        return result
    }
}

/// What went wrong below the model.
public enum StorageFault: Error, Equatable {
    /// A unique or foreign key, or a check, says no. The text is the engine's, for logs.
    case constraint(String)
    /// The disk is full or cannot be read or written; nothing was stored.
    case unwritable(String)
    /// A time limit (`deadlineMilliseconds`) was reached.
    case interrupted
    /// The file is damaged, too new, or no database of Parley's.
    case corrupt(String)
    /// Anything else the engine said.
    case engine(code: Int, message: String)
}

/// A database engine: snapshots for reading, durable transactions for writing.
/// There is one writer at a time; readers never wait for it.
public protocol SQLEngine: Sendable {
    /// How this engine's SQL differs where the common text does not do.
    var capabilities: SQLCapabilities { get }

    /// Runs the closure in one consistent snapshot. SQLite runs it on the calling thread.
    /// - Parameter deadlineMilliseconds: when it has passed, running statements fail with `StorageFault.interrupted`;
    ///   0 is none.
    func read<R: Sendable>(
        deadlineMilliseconds: Int, _ body: @Sendable (any SQLConnection) throws -> R
    ) async throws -> R

    /// Runs the closure in a savepoint of the writer's current transaction, which is committed and synced with other
    /// waiting writes; returns after that commit. A closure that throws changes nothing, and the others stand.
    /// The closure runs at most once, on the writer's thread, and never ends a transaction by itself. A deferred key
    /// that is still violated when it returns is its own fault (`StorageFault.constraint`), not the other writes'.
    /// - Parameter committed: runs on the writer after the commit is durable and before any waiting caller goes on;
    ///   gets the closure's value. Calls come in the order in which the closures ran. Not called when the closure
    /// threw or the commit failed.
    func write<R: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> R, committed: @escaping @Sendable (R) -> Void
    ) async throws -> R

    /// Copies a consistent database to a new file while reads and writes go on. An existing file is not touched.
    func backup(toPath path: String) async throws
    /// The engine's own integrity check, its foreign keys and its full-text index; empty when all is well. Reads go on
    /// meanwhile; writes wait while the full-text index is looked at.
    func integrityProblems() async throws -> [String]
    /// Ends the writer after what waits, then closes all connections. Later reads and writes throw.
    func close() async
}
