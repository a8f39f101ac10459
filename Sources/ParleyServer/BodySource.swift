import NIOCore
import ParleyHTTP

/// The content of one request on its way from the channel to the front end.
final class BodySource: @unchecked Sendable {
    // Every field but `loop` is touched only on `loop`'s thread: `next` hops there when it is called from elsewhere,
    // all else is called by the connection, which lives on that loop.

    /// Octets that may wait before the connection stops reading.
    static let highWater = 256 << 10

    private let loop: any EventLoop
    private weak var connection: Connection?
    private var chunks = CircularBuffer<ByteBuffer>()
    private(set) var waitingBytes = 0
    private var isEnded = false
    private var failure: (any Error)?
    private var reader: CheckedContinuation<[UInt8]?, any Error>?
    /// Whether a reader waits for octets that the client has not sent.
    var isAwaited: Bool { reader != nil }

    init(loop: any EventLoop, connection: Connection) {
        self.loop = loop
        self.connection = connection
    }

    /// Whether the connection should wait with reading.
    var isFull: Bool { waitingBytes >= BodySource.highWater }

    /// The front end's side: the next octets, nil at the end.
    func next() async throws -> [UInt8]? {
        if loop.inEventLoop, let ready = takeReady() { return try ready.get() }
        return try await withCheckedThrowingContinuation { continuation in
            if loop.inEventLoop {
                wait(continuation)
            } else {
                loop.execute { self.wait(continuation) }
            }
        }
    }

    /// More octets have come.
    func push(_ buffer: ByteBuffer) {
        guard failure == nil, buffer.readableBytes > 0 else { return }
        if let reader {
            self.reader = nil
            reader.resume(returning: Array(buffer.readableBytesView))
            return
        }
        chunks.append(buffer)
        waitingBytes += buffer.readableBytes
    }

    /// All octets have come.
    func finish() {
        isEnded = true
        if let reader {
            self.reader = nil
            reader.resume(returning: nil)
        }
    }

    /// No more will come; what waits is forgotten.
    func fail(_ error: any Error) {
        guard failure == nil, !(isEnded && chunks.isEmpty) else { return }
        failure = error
        chunks.removeAll()
        waitingBytes = 0
        if let reader {
            self.reader = nil
            reader.resume(throwing: error)
        }
    }

    private func takeReady() -> Result<[UInt8]?, any Error>? {
        if let failure { return .failure(failure) }
        if let chunk = chunks.popFirst() {
            waitingBytes -= chunk.readableBytes
            connection?.bodyTaken()
            return .success(Array(chunk.readableBytesView))
        }
        return isEnded ? .success(nil) : nil
    }

    private func wait(_ continuation: CheckedContinuation<[UInt8]?, any Error>) {
        if let ready = takeReady() {
            continuation.resume(with: ready)
        } else if reader != nil {
            // A second reader at the same time: the type's contract is broken, and waiting for ever would be worse.
            continuation.resume(throwing: BodyBroken())
        } else {
            reader = continuation
            connection?.bodyAwaited()
        }
    }
}
