import Dispatch
import Glibc
import Logging
import Metrics
import ParleyHTTP
import Synchronization

/// The running of a server from its start to its end: logs, metrics, workspace, listeners, signals.
public struct ServerProcess: Sendable {
    private let configuration: Configuration
    private let operations: Operations
    private let opening: OpeningOptions
    private let remarks: [String]

    /// - Parameter remarks: what was odd about the configuration; becomes warnings in the log.
    public init(
        _ configuration: Configuration, operations: Operations, opening: OpeningOptions, remarks: [String] = []
    ) {
        self.configuration = configuration
        self.operations = operations
        self.opening = opening
        self.remarks = remarks
    }

    /// Serves until the process is told to end (SIGTERM, SIGINT).
    /// - Parameter say: takes lines for whoever started the server.
    public func run(say: @Sendable (String) -> Void) async throws {
        let problems = configuration.problems(knownDialects: operations.dialects)
        guard problems.isEmpty else { throw ConfigurationError(problems) }
        let stop = StopSignal()
        let sink = LogSink()
        let registry = PrometheusRegistry()
        let level = Logger.Level(rawValue: configuration.log.level) ?? .info, format = configuration.log.format
        LoggingSystem.bootstrap { ServerLogHandler(label: $0, level: level, format: format, sink: sink) }
        MetricsSystem.bootstrap(registry)
        defer { sink.flush() }
        let log = Logger(label: "parley.server")
        for remark in remarks { log.warning("\(remark)") }
        ServerProcess.raiseDescriptorLimit()
        let workspace = try await operations.open(configuration, opening)
        for notice in workspace.notices { say(notice) }
        do {
            let servers = try await start(workspace, registry, sink, log, say)
            await stop.wait()
            log.notice("stopping")
            for server in servers.reversed() { await server.stop() }
        } catch {
            await workspace.close()
            throw error
        }
        await workspace.close()
        log.notice("stopped")
    }

    private func start(
        _ workspace: OpenWorkspace, _ registry: PrometheusRegistry, _ sink: LogSink, _ log: Logger,
        _ say: @Sendable (String) -> Void
    ) async throws -> [Server] {
        var servers: [Server] = []
        let ownListen = configuration.metrics.listen
        let isShown = configuration.metrics.enabled && ownListen == nil
        let own = InternalFrontEnd(isReady: workspace.isReady, registry: isShown ? registry : nil)
        let options = ServerOptions(
            configuration, mounts: [Mount(own)] + workspace.mounts, registry: registry, sink: sink)
        let main = Server(options)
        let address = try await ServerProcess.listen(main, configuration.listen)
        servers.append(main)
        if configuration.metrics.enabled, let ownListen {
            var options = ServerOptions(mounts: [Mount(InternalFrontEnd(isReady: nil, registry: registry))])
            options.listen = ownListen
            options.loops = 1
            options.limits = configuration.limits
            let metrics = Server(options)
            do {
                let address = try await ServerProcess.listen(metrics, ownListen)
                log.notice("metrics are shown", metadata: ["address": "\(address)"])
                servers.append(metrics)
            } catch {
                await main.stop()
                throw error
            }
        }
        log.notice("listening", metadata: ["address": "\(address)"])
        say("Parley listens on http://\(address)/")
        return servers
    }

    private static func listen(_ server: Server, _ address: ListenAddress) async throws -> ListenAddress {
        do {
            return try await server.start()
        } catch {
            throw CommandError("cannot listen on \(address): \(error)")
        }
    }

    /// Lets the process have as many connections as the system allows without further rights.
    private static func raiseDescriptorLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}

/// Waits for the first SIGTERM or SIGINT. A second one ends the process at once.
final class StopSignal: @unchecked Sendable {
    // `sources` is set once and then only kept alive; everything else is Sendable by itself.
    private struct State {
        var isRaised = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private final class Shared: Sendable {
        let state = Mutex(State())

        func raised() {
            let (waiter, isSecond) = state.withLock { state in
                let before = state.isRaised
                state.isRaised = true
                let waiter = state.waiter
                state.waiter = nil
                return (waiter, before)
            }
            if isSecond { _exit(1) }
            waiter?.resume()
        }
    }

    private let shared = Shared()
    private let sources: [any DispatchSourceSignal]

    /// Takes over the signals from now on.
    init() {
        let queue = DispatchQueue(label: "parley.signals")
        signal(SIGPIPE, SIG_IGN)
        sources = [SIGTERM, SIGINT].map { [shared] number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { shared.raised() }
            source.resume()
            return source
        }
    }

    func wait() async {
        await withCheckedContinuation { continuation in
            let isRaised = shared.state.withLock { state in
                if !state.isRaised { state.waiter = continuation }
                return state.isRaised
            }
            if isRaised { continuation.resume() }
        }
    }
}
