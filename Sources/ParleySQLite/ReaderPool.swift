import Glibc
import ParleyStorage

/// Connections that read, taken and given back by whatever thread reads.
///
/// A read is synchronous and never takes a second connection, so a waiting thread always waits for one that runs.
final class ReaderPool: @unchecked Sendable {
    // Sendable: the stack and the counters change only inside the monitor; a connection is in the stack or with the one
    // thread that took it, never both.
    private let monitor = Monitor()
    private let path: String
    private let options: SQLiteOptions
    private let vocabulary = SearchVocabulary()
    private var idle: [SQLiteConnection] = []
    private var count = 0
    private var isClosed = false

    init(path: String, _ options: SQLiteOptions) {
        self.path = path
        self.options = options
    }

    /// The connection used last, or a new one; waits when all are in use.
    func take() throws(StorageFault) -> SQLiteConnection {
        var found: SQLiteConnection?
        let mayOpen = monitor.locked { () -> Bool in
            while !isClosed {
                found = idle.popLast()
                if found != nil { return false }
                if count < max(1, options.readers) {
                    count += 1
                    return true
                }
                monitor.wait()
            }
            return false
        }
        if let found { return found }
        guard mayOpen else { throw .closed }
        do {
            return try SQLiteConnection(path: path, .reader, options, vocabulary: vocabulary)
        } catch {
            monitor.locked {
                count -= 1
                monitor.broadcast()
            }
            throw error
        }
    }

    /// Takes a connection back.
    func giveBack(_ connection: SQLiteConnection) {
        let isKept = monitor.locked { () -> Bool in
            let isKept = !isClosed && idle.count < max(1, options.idleReaders) && connection.isOutsideTransaction
            if isKept {
                idle.append(connection)
                monitor.signal()
            } else {
                count -= 1
                monitor.broadcast()
            }
            return isKept
        }
        if !isKept { connection.close() }
    }

    /// Closes what is idle, and waits some seconds for what is in use.
    func close() {
        var ended: [SQLiteConnection] = []
        monitor.locked {
            isClosed = true
            ended = idle
            count -= idle.count
            idle = []
            monitor.broadcast()
            let end = time(nil) + 10
            while count > 0, monitor.wait(untilSecond: end) {}
        }
        for connection in ended { connection.close() }
    }
}
