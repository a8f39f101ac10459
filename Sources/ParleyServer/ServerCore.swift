import Glibc
import Logging
import NIOCore
import NIOPosix
import ParleyHTTP
import Synchronization

/// What all connections of a server share; never changes but for counters.
final class ServerCore: Sendable {
    /// Content up to this many octets is there before the front end is asked; longer content streams.
    static let collectLimit = 64 << 10

    let limits: Limits
    let table: MountTable
    let trustedProxies: AddressRanges
    let forwardedHeader: ForwardedHeader
    let metrics: ServerMetrics
    let accessLog: AccessLog?
    /// For what goes wrong on the server's side.
    let log = Logger(label: "parley.server")
    /// Opens files for answers.
    let files: NIOThreadPool

    init(_ options: ServerOptions, metrics: ServerMetrics, files: NIOThreadPool) {
        limits = options.limits
        table = MountTable(options.mounts, metrics: metrics)
        trustedProxies = options.trustedProxies
        forwardedHeader = options.forwardedHeader
        accessLog = options.accessLog
        self.metrics = metrics
        self.files = files
    }
}

/// What the connections of one event loop share.
final class LoopState: @unchecked Sendable {
    // Made before the loop has connections; afterwards touched only on `loop`'s thread, from channel handlers, from
    // tasks that prefer `executor`, and from `loop.execute`. `loop` and `executor` never change.
    let loop: any EventLoop
    let executor: LoopExecutor
    var clock = ClockText()
    var connections: [ObjectIdentifier: Connection] = [:]
    /// Set when the server stops; connections made after that close after their first answer.
    var isDraining = false
    /// Storage for the next line of the log.
    var lineMemory: [UInt8] = []
    private let idStart: [UInt8]
    private var idCount: UInt64

    init(loop: any EventLoop, index: Int) {
        self.loop = loop
        executor = LoopExecutor(loop)
        idStart = LoopState.processMark
        idCount = UInt64(truncatingIfNeeded: index) << 35
    }

    func takeLineMemory() -> [UInt8] {
        var taken: [UInt8] = []
        swap(&taken, &lineMemory)
        return taken
    }

    private static let letters = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)
    private static let processMark = (0..<6).map { _ in letters[Int.random(in: 0..<32)] }

    /// A name for a request: six letters that tell this process, nine that count. Fits into a String without
    /// allocation.
    func nextRequestID() -> String {
        idCount &+= 1
        let count = idCount
        return String(unsafeUninitializedCapacity: 15) { buffer in
            for index in 0..<6 { buffer[index] = idStart[index] }
            for index in 0..<9 {
                let shift = UInt64(40 - index * 5)
                buffer[6 + index] = LoopState.letters[Int(truncatingIfNeeded: count >> shift & 31)]
            }
            return 15
        }
    }
}
