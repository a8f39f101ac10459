import Glibc
import Metrics
import Synchronization

/// What the listener counts. The counters of every mount are made at the start, so that a request only adds to them.
final class ServerMetrics: Sendable {
    /// Requests of one front end by class of method and of status.
    struct Series: Sendable {
        fileprivate let counters: [Counter]
        fileprivate let duration: Timer

        /// Counts an answer.
        func record(method: String, status: Int, nanoseconds: Int64) {
            let statusClass = min(max(status / 100, 1), 5) - 1
            counters[ServerMetrics.methodClass(method) * 5 + statusClass].increment()
            duration.recordNanoseconds(nanoseconds)
        }
    }

    let connections = Atomic<Int>(0)
    let requestsInFlight = Atomic<Int>(0)
    /// Connections turned away because there were too many.
    let connectionsRefused = Atomic<Int>(0)
    private let accepted: Counter
    private let factory: any MetricsFactory

    private static let methodClasses = ["read", "write", "delete", "other"]

    init(factory: any MetricsFactory) {
        self.factory = factory
        accepted = Counter(label: "parley_http_connections_total", factory: factory)
    }

    /// The counters of one front end.
    func series(dialect: String) -> Series {
        var counters: [Counter] = []
        for method in ServerMetrics.methodClasses {
            for status in 1...5 {
                let labels = [("dialect", dialect), ("method", method), ("status", "\(status)xx")]
                counters.append(Counter(label: "parley_http_requests_total", dimensions: labels, factory: factory))
            }
        }
        let duration = Timer(
            label: "parley_http_request_duration_seconds", dimensions: [("dialect", dialect)],
            preferredDisplayUnit: .seconds, factory: factory)
        return Series(counters: counters, duration: duration)
    }

    func connectionAccepted() { accepted.increment() }

    fileprivate static func methodClass(_ method: String) -> Int {
        switch method {
        case "GET", "HEAD": 0
        case "POST", "PUT", "PATCH": 1
        case "DELETE": 2
        default: 3
        }
    }

    /// Adds the values that are read when somebody looks.
    func describe(in registry: PrometheusRegistry, log: LogSink?) {
        registry.describe("parley_http_requests_total", "Requests answered.")
        registry.describe("parley_http_request_duration_seconds", "From a request's head to the end of its answer.")
        registry.describe("parley_http_connections_total", "Connections accepted.")
        registry.collect { [self] in
            var samples = [
                PrometheusRegistry.Sample(
                    "parley_http_requests_in_flight", help: "Requests being worked on.",
                    value: Double(requestsInFlight.load(ordering: .relaxed))),
                PrometheusRegistry.Sample(
                    "parley_http_connections", help: "Connections open.",
                    value: Double(connections.load(ordering: .relaxed))),
                PrometheusRegistry.Sample(
                    "parley_http_connections_refused_total", help: "Connections turned away: too many.",
                    isCounter: true, value: Double(connectionsRefused.load(ordering: .relaxed))),
            ]
            if let log {
                samples.append(PrometheusRegistry.Sample(
                    "parley_log_lines_dropped_total", help: "Log lines that did not fit into the buffer.",
                    isCounter: true, value: Double(log.dropped)))
            }
            return samples + ProcessStatistics.samples()
        }
    }
}

/// What the kernel says about this process.
enum ProcessStatistics {
    static func samples() -> [PrometheusRegistry.Sample] {
        var samples: [PrometheusRegistry.Sample] = []
        let pages = read("/proc/self/statm").split(separator: " ")
        if pages.count > 1, let resident = Double(pages[1]) {
            samples.append(PrometheusRegistry.Sample(
                "process_resident_memory_bytes", help: "Resident memory.", value: resident * Double(getpagesize())))
        }
        var usage = rusage()
        if getrusage(Int32(RUSAGE_SELF.rawValue), &usage) == 0 {
            let seconds = Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
            let fraction = Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
            samples.append(PrometheusRegistry.Sample(
                "process_cpu_seconds_total", help: "Processor time, user and system.", isCounter: true,
                value: seconds + fraction))
        }
        return samples
    }

    /// The beginning of a small file of the kernel's.
    private static func read(_ path: String) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 512)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : ""
    }
}
