import NIOCore
import NIOHTTP1
import NIOPosix
import ParleyHTTP
import Synchronization

/// One connection: takes requests from the decoder one at a time, hands them to a front end, writes the answer, and
/// sees that the client keeps its times and sizes. Confined to its event loop.
final class Connection: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = Never
    typealias OutboundOut = HTTPServerResponsePart

    /// Where the connection stands.
    enum Phase {
        /// Between requests.
        case idle
        /// Some octets of a head have come.
        case partialHead
        /// The head is there, the content is being gathered.
        case collecting
        /// A front end is at work; long content may still stream to it.
        case working
        /// The answer is on its way.
        case writing
        /// The answer is out, the rest of the request is thrown away.
        case discarding
        /// The last answer is out; the client's end is awaited so that the answer reaches it.
        case lingering
        case closed
    }

    let core: ServerCore
    let loop: LoopState
    var phase = Phase.idle
    var context: ChannelHandlerContext?
    var exchange: Exchange?
    /// Whether the request at hand has come to its end.
    var requestEnded = false
    /// Answer octets that do not go out in one piece.
    var pump: ResponsePump?

    private var peer = Peer(nil, trusted: AddressRanges())
    private var local = "localhost"
    private var isSurplus = false
    private var sawPart = false
    private var collected = ByteBuffer()
    private var readIsHeld = false
    private var discarded = 0
    /// Until when the next octets of the content must have come.
    private var bodyAllowance = NIODeadline.distantFuture
    private var deadline: NIODeadline?
    private var timer: Scheduled<Void>?
    private var timerDeadline = NIODeadline.distantFuture

    /// Octets of an unwanted rest of a request that are read for the connection's sake.
    private static let discardLimit = 1 << 20
    private static let lingerTime = TimeAmount.seconds(2)

    init(core: ServerCore, loop: LoopState) {
        self.core = core
        self.loop = loop
    }

    // MARK: The channel's life

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        peer = Peer(context.remoteAddress, trusted: core.trustedProxies)
        if let address = context.localAddress, let port = address.port {
            local = ListenAddress(host: address.ipAddress ?? "localhost", port: port).description
        }
        loop.connections[ObjectIdentifier(self)] = self
        core.metrics.connectionAccepted()
        let open = core.metrics.connections.wrappingAdd(1, ordering: .relaxed).newValue
        isSurplus = open > core.limits.connections
        setDeadline(.now() + .lasting(min(core.limits.headerSeconds, core.limits.idleSeconds)))
    }

    func channelActive(context: ChannelHandlerContext) {
        if isSurplus {
            core.metrics.connectionsRefused.wrappingAdd(1, ordering: .relaxed)
            refuse(Refusal(status: 503, message: "There are too many connections."), method: "-", path: "-")
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        ended()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        ended()
        self.context = nil
    }

    private func ended() {
        guard loop.connections.removeValue(forKey: ObjectIdentifier(self)) != nil else { return }
        core.metrics.connections.wrappingSubtract(1, ordering: .relaxed)
        setDeadline(nil)
        timer?.cancel()
        timer = nil
        let before = phase
        phase = .closed
        guard let exchange else { return }
        if before == .working || exchange.forcedStatus != nil {
            // The front end goes on to its end; `answer` tells the log.
            loop.executor.run { exchange.source?.fail(BodyBroken()) }
            exchange.task?.cancel()
        } else if before == .writing, pump?.isMade ?? false {
            // The producer is told; `stream` tells the log.
            exchange.task?.cancel()
        } else {
            finish(status: before == .writing ? pump?.status ?? 499 : 499, bytes: pump?.sent ?? 0, actor: pump?.actor)
        }
    }

    /// The server stops: a connection between requests closes, the others after their answer.
    func drain() {
        switch phase {
        case .idle, .partialHead, .discarding: close()
        default: break
        }
    }

    func close() {
        context?.close(promise: nil)
    }

    // MARK: What the client sends

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        sawPart = true
        switch Connection.unwrapInboundIn(data) {
        case .head(let head): begin(head)
        case .body(let buffer): receive(buffer)
        case .end: endOfRequest()
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if phase == .idle && !sawPart {
            phase = .partialHead
            setDeadline(.now() + .lasting(core.limits.headerSeconds))
        } else if phase == .collecting && deadline == nil {
            setDeadline(bodyAllowance)
        }
        sawPart = false
    }

    /// Asked for by the channel after each read: not passed on while the front end has enough to do.
    func read(context: ChannelHandlerContext) {
        if phase == .working, let exchange, let source = exchange.source,
            source.isFull || exchange.received > core.limits.bodyBytes {
            readIsHeld = true
        } else {
            context.read()
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        let parserError = error as? HTTPParserError
        guard parserError != nil || error is ByteToMessageDecoderError else { return close() }
        if parserError == .invalidEOFState || parserError == .closedConnection { return close() }
        switch phase {
        case .idle, .partialHead, .collecting, .working:
            let isOverflow = parserError == nil || parserError == .headerOverflow
            refuse(
                isOverflow
                    ? Refusal(status: 431, message: "The header fields are too many or too long.")
                    : Refusal(status: 400, message: "The request is malformed."),
                method: "-", path: "-")
        default: close()
        }
    }

    private func begin(_ head: HTTPRequestHead) {
        guard phase == .idle || phase == .partialHead else { return }
        setDeadline(nil)
        requestEnded = false
        let started = NIODeadline.now()
        let parsed: RequestHead
        do throws(Refusal) {
            parsed = try RequestHead(head, peer: peer, core: core, loop: loop, local: local)
            let inFlight = core.metrics.requestsInFlight.wrappingAdd(1, ordering: .relaxed).newValue
            guard inFlight <= core.limits.requests else {
                core.metrics.requestsInFlight.wrappingSubtract(1, ordering: .relaxed)
                throw Refusal(status: 503, message: "There are too many requests at once.")
            }
        } catch {
            let path = head.uri.prefix { $0 != "?" }
            refuse(error, method: head.method.rawValue, path: String(path), withBody: head.method != .HEAD)
            return
        }
        let path = parsed.request.path
        let found = core.table.find(path: path, method: parsed.request.method, authority: parsed.request.authority)
        let length = parsed.length
        let next = Exchange(parsed, entry: found.entry, started: started)
        next.request?.prefix = found.entry.mount.prefix
        next.request?.path = found.path
        exchange = next
        phase = .collecting
        collected.clear()
        discarded = 0
        if length != 0 { bodyAllowance = started + .lasting(core.limits.bodySeconds) }
        if let length, length > ServerCore.collectLimit {
            startStream()
        } else if next.continueDue {
            sendContinue()
        }
    }

    private func receive(_ buffer: ByteBuffer) {
        let count = buffer.readableBytes
        switch phase {
        case .collecting:
            exchange?.received += count
            extendAllowance(count)
            if collected.readableBytes == 0 {
                collected = buffer
            } else {
                collected.writeImmutableBuffer(buffer)
            }
            if collected.readableBytes > ServerCore.collectLimit { startStream() }
        case .working:
            guard let source = exchange?.source else { return }
            exchange?.received += count
            extendAllowance(count)
            setDeadline(nil)
            let isTooLarge = (exchange?.received ?? 0) > core.limits.bodyBytes
            loop.executor.run {
                if isTooLarge { source.fail(BodyTooLarge(limit: core.limits.bodyBytes)) } else { source.push(buffer) }
            }
        case .writing, .discarding:
            discarded += count
            if discarded > Connection.discardLimit { close() }
        case .idle, .partialHead, .lingering, .closed: break
        }
    }

    private func endOfRequest() {
        requestEnded = true
        switch phase {
        case .collecting:
            setDeadline(nil)
            let bytes = collected.readableBytes == 0 ? [] : Array(collected.readableBytesView)
            collected = ByteBuffer()
            dispatch(.bytes(bytes))
        case .working:
            setDeadline(nil)
            if let source = exchange?.source { loop.executor.run { source.finish() } }
        case .discarding:
            if loop.isDraining { return close() }
            phase = .idle
            setDeadline(.now() + .lasting(core.limits.idleSeconds))
        case .idle, .partialHead, .writing, .lingering, .closed: break
        }
    }

    // MARK: Content that streams

    private func startStream() {
        let source = BodySource(loop: loop.loop, connection: self)
        let length = exchange?.length
        exchange?.source = source
        setDeadline(nil)
        source.push(collected)
        collected = ByteBuffer()
        dispatch(.stream(BodyStream(length: length) { try await source.next() }))
    }

    /// Each octet buys its share of a second, but never more than the whole time.
    private func extendAllowance(_ count: Int) {
        let share = Double(count) / Double(core.limits.bodyBytesPerSecond)
        let most = NIODeadline.now() + .lasting(core.limits.bodySeconds)
        bodyAllowance = min(most, bodyAllowance + .lasting(min(share, core.limits.bodySeconds)))
        if phase == .collecting && deadline != nil { setDeadline(bodyAllowance) }
    }

    /// The front end waits for octets that have not come.
    func bodyAwaited() {
        guard phase == .working else { return }
        if exchange?.continueDue == true { sendContinue() }
        setDeadline(bodyAllowance)
    }

    /// The front end has taken octets.
    func bodyTaken() {
        if let source = exchange?.source, source.waitingBytes < BodySource.highWater / 2 { releaseRead() }
    }

    /// Lets the channel read again.
    func releaseRead() {
        guard readIsHeld else { return }
        readIsHeld = false
        bodyAllowance = .now() + .lasting(core.limits.bodySeconds)
        context?.read()
    }

    private func sendContinue() {
        exchange?.continueDue = false
        // Past the pipeline: it is no answer yet.
        let raw = try? context?.pipeline.syncOperations.context(handlerType: OctetEncoder.self)
        let octets = ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n")
        raw?.writeAndFlush(NIOAny(IOData.byteBuffer(octets)), promise: nil)
    }

    // MARK: The front end

    private func dispatch(_ body: RequestBody) {
        guard let exchange, var request = exchange.request.take() else { return }
        phase = .working
        request.body = body
        let frontEnd = exchange.entry.mount.frontEnd
        let executor = loop.executor
        let bound = NIOLoopBound((self, exchange), eventLoop: loop.loop)
        executor.run {
            exchange.task = Task(executorPreference: executor) { [request] in
                let response = await frontEnd.respond(to: request)
                let (connection, exchange) = bound.value
                connection.answer(response, exchange)
                if case .stream(let producer) = response.body { await Connection.stream(producer, to: bound) }
            }
        }
    }

    // MARK: Time

    /// Sets when the connection's patience ends. The timer is armed anew only for an earlier time than it has.
    func setDeadline(_ new: NIODeadline?) {
        deadline = new
        guard let new, new < timerDeadline else { return }
        timer?.cancel()
        arm(new)
    }

    private func arm(_ time: NIODeadline) {
        timerDeadline = time
        let connection = NIOLoopBound(self, eventLoop: loop.loop)
        timer = loop.loop.scheduleTask(deadline: time) { connection.value.timerFired() }
    }

    private func timerFired() {
        timer = nil
        timerDeadline = .distantFuture
        guard let deadline else { return }
        if deadline > .now() {
            arm(deadline)
        } else {
            self.deadline = nil
            expired()
        }
    }

    private func expired() {
        let tooSlow = Refusal(status: 408, message: "The request took too long to come.")
        switch phase {
        case .partialHead, .collecting, .working: refuse(tooSlow, method: "-", path: "-")
        case .idle, .writing, .discarding, .lingering: close()
        case .closed: break
        }
    }

    /// After the last answer: shuts the writing side and waits a little for the client's end, since closing at once
    /// with unread octets would make the kernel throw the answer away.
    func linger() {
        guard phase == .lingering, let context else { return }
        if isSurplus { return close() }
        context.close(mode: .output, promise: nil)
        setDeadline(.now() + Connection.lingerTime)
    }

    /// Names a refused message for the log.
    func recordRefusal(_ status: Int, method: String, path: String) {
        let id = loop.nextRequestID()
        core.table.fallback.series.record(method: method, status: status, nanoseconds: 0)
        core.accessLog?.write(
            AccessRecord(
                id: id, dialect: core.table.fallback.name, actor: nil, method: method, path: path,
                remoteAddress: peer.address, status: status, bytes: 0, microseconds: 0),
            loop: loop)
    }
}

extension TimeAmount {
    /// A span of seconds with a fraction; the settings' own bounds keep it from overflowing.
    static func lasting(_ amount: Double) -> TimeAmount { .nanoseconds(Int64(min(max(amount, 0), 1e9) * 1e9)) }
}
