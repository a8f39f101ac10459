import CSQLite
import ParleyStorage

/// One write that waits for its turn.
private protocol WriteJob: AnyObject {
    /// Runs the write's closure and keeps its value.
    func run(_ connection: SQLiteConnection) throws
    /// Tells that the value is durable.
    func announce()
    /// Lets the caller go on.
    func finish(_ error: (any Error)?)
}

private final class TypedWriteJob<R: Sendable>: WriteJob {
    private let body: @Sendable (any SQLConnection) throws -> R
    private let committed: @Sendable (R) -> Void
    private let continuation: CheckedContinuation<R, any Error>
    private var value: R?

    init(
        _ body: @escaping @Sendable (any SQLConnection) throws -> R, _ committed: @escaping @Sendable (R) -> Void,
        _ continuation: CheckedContinuation<R, any Error>
    ) {
        self.body = body
        self.committed = committed
        self.continuation = continuation
    }

    func run(_ connection: SQLiteConnection) throws { value = try body(connection) }

    func announce() {
        if let value { committed(value) }
    }

    func finish(_ error: (any Error)?) {
        if let error {
            continuation.resume(throwing: error)
        } else if let value {
            continuation.resume(returning: value)
        } else {
            continuation.resume(throwing: StorageFault.closed)
        }
    }
}

/// The only connection that writes, on a thread of its own, with group commit.
final class Writer: @unchecked Sendable {
    // Sendable: `waiting`, `closing` and the two flags change only inside the monitor. A job is made by its caller,
    // put into `waiting` there, taken out by the writer's thread and never looked at by the caller again. The
    // connection and the checkpoint counters are used by `init` before the thread starts, and then by that thread only.
    private let monitor = Monitor()
    private let connection: SQLiteConnection
    private let options: SQLiteOptions
    private let whenDrained: @Sendable () -> Void
    private var waiting: [any WriteJob] = []
    private var closing: [CheckedContinuation<Void, Never>] = []
    private var isClosing = false
    private var isClosed = false
    private var checkpointedPages = 0
    private var truncatePages: Int

    /// Opens the connection and starts the thread.
    /// - Parameter whenDrained: runs after the last write, before the connection is closed.
    init(
        path: String, _ options: SQLiteOptions, _ faults: FaultPlan?, whenDrained: @escaping @Sendable () -> Void
    ) throws(StorageFault) {
        self.options = options
        self.whenDrained = whenDrained
        truncatePages = options.truncatePages
        connection = try SQLiteConnection(path: path, .writer, options, faults)
        try DedicatedThread.start { self.work() }
    }

    /// Queues a write and returns when it is durable or has failed.
    func write<R: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> R, _ committed: @escaping @Sendable (R) -> Void
    ) async throws -> R {
        try await withCheckedThrowingContinuation { continuation in
            let job = TypedWriteJob(body, committed, continuation)
            let refusal = monitor.locked { () -> StorageFault? in
                if isClosing { return .closed }
                if waiting.count >= options.waitingWrites {
                    return .engine(code: Int(SQLITE_BUSY), message: "too many writes wait")
                }
                waiting.append(job)
                if waiting.count == 1 { monitor.signal() }
                return nil
            }
            if let refusal { job.finish(refusal) }
        }
    }

    /// Lets the thread end after what waits, without waiting for it.
    func beginClosing() {
        monitor.locked {
            isClosing = true
            monitor.signal()
        }
    }

    /// Returns when everything that waited is done and the connection is closed.
    func close() async {
        await withCheckedContinuation { continuation in
            let isOver = monitor.locked { () -> Bool in
                isClosing = true
                if !isClosed { closing.append(continuation) }
                monitor.signal()
                return isClosed
            }
            if isOver { continuation.resume() }
        }
    }

    // MARK: The writer's thread

    private func work() {
        while let jobs = nextJobs() {
            var rest = jobs[...]
            while !rest.isEmpty { rest = rest.dropFirst(perform(rest.prefix(max(1, options.batchWrites)))) }
        }
        whenDrained()
        connection.close()
        let callers = monitor.locked { () -> [CheckedContinuation<Void, Never>] in
            isClosed = true
            defer { closing = [] }
            return closing
        }
        for caller in callers { caller.resume() }
    }

    private func nextJobs() -> [any WriteJob]? {
        monitor.locked {
            while waiting.isEmpty {
                if isClosing { return nil }
                monitor.wait()
            }
            defer { waiting = [] }
            return waiting
        }
    }

    private enum Outcome {
        /// Its changes are part of the transaction.
        case kept
        /// It changed nothing.
        case refused(any Error)
        /// The transaction is over, and with it what earlier writes of it did.
        case lost(any Error)
    }

    /// Runs some of the writes in one transaction and lets their callers go on.
    /// - Returns: how many.
    private func perform(_ jobs: ArraySlice<any WriteJob>) -> Int {
        do {
            try connection.run("BEGIN IMMEDIATE")
        } catch {
            connection.rollBack()
            for job in jobs { job.finish(error) }
            return jobs.count
        }
        var kept: [any WriteJob] = []
        var failed: [(job: any WriteJob, error: any Error)] = []
        let end = monotonicNanoseconds() &+ UInt64(clamping: options.batchMilliseconds) &* 1_000_000
        for job in jobs {
            switch attempt(job, alone: jobs.count == 1) {
            case .kept: kept.append(job)
            case .refused(let error): failed.append((job, error))
            case .lost(let error):
                failed += kept.map { ($0, Self.shared(error)) }
                failed.append((job, error))
                kept = []
            }
            if connection.isOutsideTransaction || monotonicNanoseconds() >= end { break }
        }
        do {
            if !kept.isEmpty { try connection.run("COMMIT") }
        } catch {
            connection.forgetSearchWords()
            failed += kept.map { ($0, error) }
            kept = []
        }
        connection.rollBack()
        for job in kept { job.announce() }
        for job in kept { job.finish(nil) }
        for (job, error) in failed { job.finish(error) }
        checkpointWhenDue()
        return kept.count + failed.count
    }

    /// What a write is told whose transaction was ended by a later one's fault.
    private static func shared(_ error: any Error) -> StorageFault {
        if let fault = error as? StorageFault, case .unwritable = fault { return fault }
        return .unwritable("the transaction was ended by the fault of another write")
    }

    private func attempt(_ job: any WriteJob, alone: Bool) -> Outcome {
        var hasSavepoint = false
        do {
            if !alone {
                try connection.run("SAVEPOINT one_write")
                hasSavepoint = true
            }
            try job.run(connection)
            guard !connection.isOutsideTransaction else {
                return .lost(StorageFault.unwritable("the database ended the transaction"))
            }
            if connection.hasOpenForeignKeys { throw StorageFault.constraint("FOREIGN KEY constraint failed") }
            if hasSavepoint { try connection.run("RELEASE one_write") }
            return .kept
        } catch {
            return takeBack(error, alone: alone, hasSavepoint: hasSavepoint)
        }
    }

    private func takeBack(_ error: any Error, alone: Bool, hasSavepoint: Bool) -> Outcome {
        connection.forgetSearchWords()
        if connection.isOutsideTransaction { return .lost(error) }
        if hasSavepoint {
            do {
                try connection.run("ROLLBACK TO one_write")
                try connection.run("RELEASE one_write")
            } catch {
                connection.rollBack()
            }
        } else if alone {
            connection.rollBack()
        }
        return connection.isOutsideTransaction && !alone ? .lost(error) : .refused(error)
    }

    /// Keeps the write-ahead log short: by moving pages behind the readers' backs, and when it has grown all the same,
    /// by waiting a moment for old snapshots to end. A failure leaves the log as it is; the next commit tells of a bad
    /// disk.
    private func checkpointWhenDue() {
        let pages = connection.logPages
        if pages < checkpointedPages { checkpointedPages = 0 }
        if pages >= truncatePages {
            sqlite3_busy_timeout(connection.handle, 100)
            let code = sqlite3_wal_checkpoint_v2(connection.handle, nil, SQLITE_CHECKPOINT_TRUNCATE, nil, nil)
            sqlite3_busy_timeout(connection.handle, Int32(clamping: options.busyTimeoutMilliseconds))
            if code == SQLITE_OK {
                connection.logPages = 0
                checkpointedPages = 0
                truncatePages = options.truncatePages
            } else {
                checkpointedPages = pages
                truncatePages = pages &+ max(1, options.truncatePages)
            }
        } else if pages &- checkpointedPages >= max(1, options.checkpointPages) {
            sqlite3_wal_checkpoint_v2(connection.handle, nil, SQLITE_CHECKPOINT_PASSIVE, nil, nil)
            checkpointedPages = pages
        }
    }
}
