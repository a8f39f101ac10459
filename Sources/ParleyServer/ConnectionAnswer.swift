import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import ParleyHTTP
import Synchronization

/// The octets of an answer that go out piece by piece, each when the one before has left.
struct ResponsePump {
    /// Octets of a piece.
    static let piece = 256 << 10

    enum Rest {
        case bytes(ByteBuffer)
        case file(NIOFileHandle, offset: Int, end: Int)
        /// Comes from a producer, which `Connection.stream` asks.
        case made(isChunked: Bool)
    }

    var rest: Rest
    let status: Int
    let actor: String?
    let isKeepAlive: Bool
    var sent: Int64 = 0

    /// The next piece; nil at the end.
    mutating func next() -> IOData? {
        switch rest {
        case .bytes(var buffer):
            guard let piece = buffer.readSlice(length: min(ResponsePump.piece, buffer.readableBytes)),
                piece.readableBytes > 0
            else { return nil }
            rest = .bytes(buffer)
            sent += Int64(piece.readableBytes)
            return .byteBuffer(piece)
        case .file(let handle, let offset, let end):
            guard offset < end else { return nil }
            let next = min(end, offset + ResponsePump.piece)
            rest = .file(handle, offset: next, end: end)
            sent += Int64(next - offset)
            return .fileRegion(FileRegion(fileHandle: handle, readerIndex: offset, endIndex: next))
        case .made: return nil
        }
    }

    /// Whether a producer makes the octets.
    var isMade: Bool {
        if case .made = rest { return true }
        return false
    }

    /// Whether each piece goes out as a chunk of its own (RFC 9112, 7.1).
    var isChunked: Bool {
        if case .made(let isChunked) = rest { return isChunked }
        return false
    }

    /// Gives the file back.
    func close() {
        if case .file(let handle, _, _) = rest { try? handle.close() }
    }
}

extension Connection {
    /// The front end has answered.
    func answer(_ response: Response, _ current: Exchange) {
        guard exchange === current else { return }
        guard phase == .working, context != nil else {
            finish(status: current.forcedStatus ?? response.status, bytes: 0, actor: response.actor)
            return
        }
        setDeadline(nil)
        let head = ResponseHead(response, to: current, keepAlive: mayKeepAlive(current))
        phase = .writing
        if let source = current.source {
            source.fail(BodyBroken())
            current.source = nil
            releaseRead()
        }
        if head.sendsBody, case .file(let path, let offset, let length, _) = head.body, length > 0 {
            openFile(path, offset, length, response, head)
            return
        }
        let hasBody = writeHead(head)
        if case .stream = head.body, head.sendsBody {
            pump = ResponsePump(
                rest: .made(isChunked: head.isChunked), status: head.status, actor: response.actor,
                isKeepAlive: head.isKeepAlive)
            return
        }
        if case .bytes(let bytes) = head.body, head.sendsBody, !hasBody {
            startPump(.bytes(ByteBuffer(bytes: bytes)), response, head)
        } else {
            let sent = hasBody ? head.body.count ?? 0 : 0
            complete(status: head.status, bytes: sent, actor: response.actor, keepAlive: head.isKeepAlive)
        }
    }

    /// Writes the head, and the body with it if that is short, or what goes before a file; says whether that is all.
    private func writeHead(_ head: ResponseHead) -> Bool {
        guard let context else { return false }
        let (buffer, hasBody) = head.encode(loop: loop, allocator: context.channel.allocator)
        context.write(Connection.wrapOutboundOut(OctetEncoder.start), promise: nil)
        context.write(Connection.wrapOutboundOut(.body(.byteBuffer(buffer))), promise: nil)
        return hasBody
    }

    /// Whether the connection can carry another request: the client wants it, and what is left of this one is little.
    private func mayKeepAlive(_ current: Exchange) -> Bool {
        guard current.isKeepAlive, !loop.isDraining else { return false }
        if requestEnded { return true }
        guard let length = current.length, !current.continueDue else { return false }
        return length - current.received <= ServerCore.collectLimit
    }

    /// The answer is handed over: the exchange is told to log and counters, and the next may begin.
    private func complete(status: Int, bytes: Int64, actor: String?, keepAlive: Bool) {
        let now = finish(status: status, bytes: bytes, actor: actor)
        let end = Connection.wrapOutboundOut(.end(nil))
        guard keepAlive else {
            endConnection { context, promise in context.writeAndFlush(end, promise: promise) }
            return
        }
        // The phase changes first: a pipelined request arrives from within this write.
        if requestEnded {
            phase = .idle
            setDeadline(now + .lasting(core.limits.idleSeconds))
        } else {
            phase = .discarding
            setDeadline(now + .lasting(core.limits.bodySeconds))
        }
        context?.writeAndFlush(end, promise: nil)
    }

    /// Does the last write and lingers when it has left.
    private func endConnection(_ write: (ChannelHandlerContext, EventLoopPromise<Void>) -> Void) {
        guard let context else { return }
        phase = .lingering
        setDeadline(.now() + .lasting(core.limits.writeSeconds))
        let connection = NIOLoopBound(self, eventLoop: loop.loop)
        let promise = loop.loop.makePromise(of: Void.self)
        promise.futureResult.whenSuccess { connection.value.linger() }
        write(context, promise)
    }

    /// Tells log and counters about the request at hand and forgets it.
    @discardableResult
    func finish(status: Int, bytes: Int64, actor: String?) -> NIODeadline {
        let now = NIODeadline.now()
        guard let done = exchange else { return now }
        exchange = nil
        core.metrics.requestsInFlight.wrappingSubtract(1, ordering: .relaxed)
        let nanoseconds = (now - done.started).nanoseconds
        done.entry.series.record(method: done.method, status: status, nanoseconds: nanoseconds)
        if done.entry.isLogged, let log = core.accessLog {
            log.write(
                AccessRecord(
                    id: done.id, dialect: done.entry.name, actor: actor, method: done.method, path: done.path,
                    remoteAddress: done.remoteAddress, status: status, bytes: bytes, microseconds: nanoseconds / 1000),
                loop: loop)
        }
        return now
    }

    // MARK: Long answers

    private func startPump(
        _ rest: ResponsePump.Rest, _ response: Response, _ head: ResponseHead, sent: Int64 = 0
    ) {
        pump = ResponsePump(
            rest: rest, status: head.status, actor: response.actor, isKeepAlive: head.isKeepAlive, sent: sent)
        pumpNext()
    }

    private func pumpNext() {
        guard phase == .writing, let context, let piece = pump?.next() else { return pumpEnded() }
        setDeadline(.now() + .lasting(core.limits.writeSeconds))
        let promise = loop.loop.makePromise(of: Void.self)
        let connection = NIOLoopBound(self, eventLoop: loop.loop)
        promise.futureResult.whenComplete { result in
            switch result {
            case .success: connection.value.pumpNext()
            case .failure: connection.value.pumpEnded(isBroken: true)
            }
        }
        context.writeAndFlush(Connection.wrapOutboundOut(.body(piece)), promise: promise)
    }

    func pumpEnded(isBroken: Bool = false) {
        guard let ended = pump else { return }
        pump = nil
        ended.close()
        if isBroken || phase != .writing {
            finish(status: ended.status, bytes: ended.sent, actor: ended.actor)
            close()
        } else {
            setDeadline(nil)
            let keepAlive = ended.isKeepAlive && !loop.isDraining
            complete(status: ended.status, bytes: ended.sent, actor: ended.actor, keepAlive: keepAlive)
        }
    }

    /// Opens a file away from the event loop, then writes head and file; a file that is gone or short is a broken
    /// answer.
    private func openFile(
        _ path: String, _ offset: Int64, _ length: Int64, _ response: Response, _ head: ResponseHead
    ) {
        let bound = NIOLoopBound((self, head), eventLoop: loop.loop)
        core.files.runIfActive(eventLoop: loop.loop) { () -> Int32 in
            let descriptor = open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { return -1 }
            var status = stat()
            let end = offset.addingReportingOverflow(length)
            let isWhole = fstat(descriptor, &status) == 0 && offset >= 0 && !end.overflow
                && Int64(status.st_size) >= end.partialValue
            if isWhole { return descriptor }
            Glibc.close(descriptor)
            return -1
        }.whenComplete { result in
            let descriptor = (try? result.get()) ?? -1
            let (connection, head) = bound.value
            connection.fileOpened(descriptor, Int(offset), Int(length), response, head)
        }
    }

    private func fileOpened(
        _ descriptor: Int32, _ offset: Int, _ length: Int, _ response: Response, _ head: ResponseHead
    ) {
        guard phase == .writing, context != nil, let current = exchange else {
            if descriptor >= 0 { Glibc.close(descriptor) }
            finish(status: response.status, bytes: 0, actor: response.actor)
            return
        }
        guard descriptor >= 0 else {
            phase = .working
            answer(ResponseHead.broken, current)
            return
        }
        let handle = NIOFileHandle(_deprecatedTakingOwnershipOfDescriptor: descriptor)
        _ = writeHead(head)
        // What goes before the file has left with the head.
        startPump(
            .file(handle, offset: offset, end: offset + length), response, head,
            sent: (head.body.count ?? 0) - Int64(length))
    }

    // MARK: Answers of the connection's own

    /// Says why a message is not taken and ends the connection. The text goes past the encoder: the message may not
    /// even have a head, and then there is nothing that could be answered in the ordinary way.
    func refuse(_ refusal: Refusal, method: String, path: String, withBody: Bool = true) {
        guard let context, phase != .lingering, phase != .closed else { return }
        let body = refusal.message + "\n"
        let reason = HTTPResponseStatus(statusCode: refusal.status).reasonPhrase
        let text = """
            HTTP/1.1 \(refusal.status) \(reason)\r
            Date: \(loop.clock.httpDate())\r
            Content-Type: text/plain; charset=utf-8\r
            X-Content-Type-Options: nosniff\r
            Content-Length: \(body.utf8.count)\r
            Connection: close\(refusal.status == 503 ? "\r\nRetry-After: 1" : "")\r
            \r\n
            """
        let wasWorking = phase == .working
        let raw = try? context.pipeline.syncOperations.context(handlerType: OctetEncoder.self)
        endConnection { _, promise in
            let buffer = ByteBuffer(string: withBody ? text + body : text)
            raw?.writeAndFlush(NIOAny(IOData.byteBuffer(buffer)), promise: promise)
        }
        if wasWorking {
            exchange?.forcedStatus = refusal.status
            let source = exchange?.source
            loop.executor.run { source?.fail(BodyBroken()) }
        } else if exchange != nil {
            finish(status: refusal.status, bytes: Int64(body.utf8.count), actor: nil)
        } else {
            recordRefusal(refusal.status, method: method, path: path)
        }
    }
}
