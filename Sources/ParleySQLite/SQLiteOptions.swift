/// What can be chosen about a database of SQLite's.
public struct SQLiteOptions: Sendable {
    /// Most connections that read at one time; further readers wait for one of them.
    public var readers = 32
    /// Readers that stay open while nobody uses them.
    public var idleReaders = 8
    /// Page cache of a reader.
    public var readerCacheKibibytes = 8192
    /// Page cache of the writer.
    public var writerCacheKibibytes = 16384
    /// How much of the file is mapped into memory; 0 is none. A mapped file's I/O error kills the process.
    public var mapBytes: Int64 = 0
    /// How long to wait for another process that holds the database.
    public var busyTimeoutMilliseconds = 5000
    /// Most writes that share one commit.
    public var batchWrites = 256
    /// A commit takes no further writes after this time.
    public var batchMilliseconds = 50
    /// Most writes that wait; further ones fail at once.
    public var waitingWrites = 100_000
    /// Pages of the write-ahead log after which its content is moved to the database without stopping anybody.
    public var checkpointPages = 1000
    /// Pages of the write-ahead log after which writes wait a moment for old readers, so that it can be emptied.
    public var truncatePages = 16384
    /// Prepared statements that a connection keeps.
    public var cachedStatements = 256

    /// Defaults for a server: with a million issues all caches together stay under 100 MB.
    public init() {}
}
