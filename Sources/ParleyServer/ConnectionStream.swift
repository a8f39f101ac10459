import Glibc
import Logging
import NIOCore
import NIOHTTP1
import ParleyHTTP

/// Answers that are made while they leave: the producer is asked for a piece when the one before has gone to the
/// system's own buffer, so that a client that does not read holds one piece and is closed by the time for writing.
extension Connection {
    /// Sends what a producer makes, from the task of the request, which the connection cancels when it ends.
    static func stream(_ producer: any BodyProducer, to bound: NIOLoopBound<(Connection, Exchange)>) async {
        var producer = producer
        do {
            while bound.value.0.isStreaming, let piece = try await producer.next() {
                guard let written = bound.value.0.send(piece) else { break }
                try await written.get()
                bound.value.0.setDeadline(nil)
            }
            bound.value.0.streamEnded(nil)
        } catch {
            bound.value.0.streamEnded(error)
        }
    }

    private var isStreaming: Bool { phase == .writing && context != nil && pump?.isMade ?? false }

    /// Writes a piece in the form that the head has announced; nil where nobody takes it any more.
    private func send(_ piece: [UInt8]) -> EventLoopFuture<Void>? {
        guard isStreaming, let context, let isChunked = pump?.isChunked else { return nil }
        let promise = loop.loop.makePromise(of: Void.self)
        guard !piece.isEmpty else {
            promise.succeed()
            return promise.futureResult
        }
        pump?.sent += Int64(piece.count)
        setDeadline(.now() + .lasting(core.limits.writeSeconds))
        var buffer = context.channel.allocator.buffer(capacity: piece.count + 20)
        if isChunked { buffer.writeString(String(piece.count, radix: 16) + "\r\n") }
        buffer.writeBytes(piece)
        if isChunked { buffer.writeString("\r\n") }
        context.writeAndFlush(Connection.wrapOutboundOut(.body(.byteBuffer(buffer))), promise: promise)
        return promise.futureResult
    }

    /// - Parameter error: what kept the producer from going on.
    private func streamEnded(_ error: (any Error)?) {
        guard let pump, pump.isMade else { return }
        guard isStreaming, let context else { return pumpEnded(isBroken: true) }
        if let error {
            let id = exchange?.id ?? "", path = exchange?.path ?? ""
            core.log.error("an answer broke off", metadata: ["id": "\(id)", "path": "\(path)", "error": "\(error)"])
            // Where the end of the connection is the end of the body, a reset tells that this is not it.
            _ = (context.channel as? any SocketOptionProvider)?.setSoLinger(Glibc.linger(l_onoff: 1, l_linger: 0))
            return pumpEnded(isBroken: true)
        }
        if pump.isChunked {
            let last = ByteBuffer(string: "0\r\n\r\n")
            context.write(Connection.wrapOutboundOut(.body(.byteBuffer(last))), promise: nil)
        }
        pumpEnded()
    }
}
