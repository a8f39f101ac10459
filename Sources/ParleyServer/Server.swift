import Metrics
import NIOCore
import NIOHTTP1
import NIOPosix
import ParleyHTTP
import Synchronization

/// What a listener is made of.
public struct ServerOptions: Sendable {
    /// Where to listen; port 0 lets the system choose.
    public var listen = ListenAddress(host: "127.0.0.1", port: 0)
    /// Event loops; 0 means one for each processor.
    public var loops = 0
    /// Bounds on what clients may send.
    public var limits = Limits()
    /// The front ends in their places.
    public var mounts: [Mount]
    /// Peers whose forwarded headers are believed.
    public var trustedProxies = AddressRanges()
    /// The header that such peers write.
    public var forwardedHeader = ForwardedHeader.xForwarded
    /// Where counters are made.
    public var metrics: any MetricsFactory
    /// Shows the counters; nil where somebody else does.
    public var registry: PrometheusRegistry?
    /// Takes a line for each request; nil for none.
    public var requestLog: (sink: LogSink, format: LogFormat)?

    public init(mounts: [Mount], metrics: any MetricsFactory = NOOPMetricsHandler.instance) {
        self.mounts = mounts
        self.metrics = metrics
    }

    /// Takes over the parts of a configuration that concern the listener.
    public init(_ configuration: Configuration, mounts: [Mount], registry: PrometheusRegistry, sink: LogSink) {
        self.init(mounts: mounts, metrics: registry)
        self.registry = registry
        listen = configuration.listen
        loops = configuration.loops
        limits = configuration.limits
        trustedProxies = configuration.trustedProxies
        forwardedHeader = configuration.forwardedHeader
        if configuration.log.requests { requestLog = (sink, configuration.log.format) }
    }

    var accessLog: AccessLog? { requestLog.map { AccessLog(format: $0.format, sink: $0.sink) } }
}

/// An HTTP/1.1 listener: parsing, pipelining and framing are SwiftNIO's, limits, mounts and answers are here.
public final class Server: Sendable {
    private struct Running {
        let group: MultiThreadedEventLoopGroup
        let channel: any Channel
        let loops: [LoopState]
        let files: NIOThreadPool
    }

    private let options: ServerOptions
    private let metrics: ServerMetrics
    private let running = Mutex<Running?>(nil)
    /// How long requests may take to notice that their connections are gone.
    private static let lastWait = Duration.seconds(2)

    public init(_ options: ServerOptions) {
        self.options = options
        metrics = ServerMetrics(factory: options.metrics)
        if let registry = options.registry { metrics.describe(in: registry, log: options.requestLog?.sink) }
    }

    /// Begins to listen.
    /// - Returns: the address, with the port that the system chose where 0 was asked for.
    /// - Throws: an `IOError` where the address cannot be had.
    public func start() async throws -> ListenAddress {
        let count = options.loops > 0 ? options.loops : System.coreCount
        let group = MultiThreadedEventLoopGroup(numberOfThreads: count)
        let files = NIOThreadPool(numberOfThreads: 2)
        files.start()
        let core = ServerCore(options, metrics: metrics, files: files)
        var loops: [LoopState] = []
        for loop in group.makeIterator() { loops.append(LoopState(loop: loop, index: loops.count)) }
        let byLoop = Dictionary(uniqueKeysWithValues: loops.map { (ObjectIdentifier($0.loop), $0) })
        do {
            let channel = try await bootstrap(group, core, byLoop)
                .bind(host: options.listen.host, port: options.listen.port).get()
            running.withLock { $0 = Running(group: group, channel: channel, loops: loops, files: files) }
            return ListenAddress(host: options.listen.host, port: channel.localAddress?.port ?? options.listen.port)
        } catch {
            try? await group.shutdownGracefully()
            try? await files.shutdownGracefully()
            throw error
        }
    }

    private func bootstrap(
        _ group: MultiThreadedEventLoopGroup, _ core: ServerCore, _ loops: [ObjectIdentifier: LoopState]
    ) -> ServerBootstrap {
        var decoderLimits = NIOHTTPDecoderLimitConfiguration()
        decoderLimits.maxHeaderFieldSize = options.limits.headerFieldBytes
        decoderLimits.maxHeaderListSize = options.limits.headerBytes
        decoderLimits.maxHeaderFieldCount = options.limits.headerFields
        let limits = decoderLimits
        return ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: Int32(clamping: options.limits.backlog))
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                guard let loop = loops[ObjectIdentifier(channel.eventLoop)] else {
                    return channel.eventLoop.makeFailedFuture(ChannelError.operationUnsupported)
                }
                return channel.eventLoop.makeCompletedFuture {
                    // The decoder refuses messages with both Content-Length and Transfer-Encoding and all that is not
                    // strictly HTTP.
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(OctetEncoder())
                    try pipeline.addHandler(ByteToMessageHandler(HTTPRequestDecoder(limitConfiguration: limits)))
                    try pipeline.addHandler(HTTPServerPipelineHandler())
                    try pipeline.addHandler(Connection(core: core, loop: loop))
                }
            }
    }

    /// Stops to accept, lets requests in flight end, then closes what is left.
    public func stop() async {
        guard let running = running.withLock({ running in
            let taken = running
            running = nil
            return taken
        }) else { return }
        try? await running.channel.close()
        for state in running.loops {
            try? await state.loop.submit {
                state.isDraining = true
                for connection in Array(state.connections.values) { connection.drain() }
            }.get()
        }
        let end = ContinuousClock.now + .seconds(options.limits.graceSeconds)
        while isBusy, ContinuousClock.now < end {
            try? await Task.sleep(for: .milliseconds(10))
        }
        for state in running.loops {
            try? await state.loop.submit {
                for connection in Array(state.connections.values) { connection.close() }
            }.get()
        }
        // What was still at work has been told, and comes back to its loop once more.
        let last = ContinuousClock.now + Server.lastWait
        while metrics.requestsInFlight.load(ordering: .relaxed) > 0, ContinuousClock.now < last {
            try? await Task.sleep(for: .milliseconds(5))
        }
        try? await running.group.shutdownGracefully()
        try? await running.files.shutdownGracefully()
    }

    private var isBusy: Bool {
        metrics.requestsInFlight.load(ordering: .relaxed) > 0 || metrics.connections.load(ordering: .relaxed) > 0
    }
}
