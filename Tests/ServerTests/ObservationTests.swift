import Logging
import Metrics
import ParleyHTTP
import Synchronization
import Testing

@testable import ParleyServer

@Suite("Logs, metrics and health", .serialized)
struct ObservationTests {
    /// Gathers what a sink writes.
    final class Gathered: Sendable {
        private let bytes = Mutex<[UInt8]>([])
        var text: String { String(decoding: bytes.withLock { $0 }, as: UTF8.self) }
        func add(_ more: [UInt8]) { bytes.withLock { $0 += more } }
    }

    @Test("a request is one line, with actor, without its query, in both formats", arguments: LogFormat.allCases)
    func accessLine(_ format: LogFormat) async throws {
        let gathered = Gathered()
        let sink = LogSink { gathered.add($0) }
        let mounts = [Mount(InternalFrontEnd(isReady: { true }, registry: nil)), Mount(Probe.echo, prefix: "/p")]
        try await withServer(mounts, change: { $0.requestLog = (sink, format) }) { port in
            let client = try TestClient(port: port)
            try await client.send("GET /p/a%0Ab\"=c?key=SECRET HTTP/1.1\r\nHost: a\r\nX-Api-Key: SECRET\r\n\r\n")
            _ = try await client.response()
            try await client.send("GET /-/health HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try await client.response()
        }
        sink.flush()
        let lines = gathered.text.split(separator: "\n")
        #expect(lines.count == 1)
        let line = String(try #require(lines.first))
        #expect(!line.contains("SECRET"))
        #expect(!line.contains("?"))
        switch format {
        case .text:
            #expect(line.contains(" info request id="))
            #expect(line.contains(" dialect=probe actor=jsmith remote=127.0.0.1 method=GET "))
            #expect(line.contains(" path=/p/a%0Ab%22%3Dc status=200 bytes="))
        case .json:
            #expect(line.hasPrefix("{\"time\":\"20"))
            #expect(line.contains("\"actor\":\"jsmith\",\"remote\":\"127.0.0.1\",\"method\":\"GET\""))
            #expect(line.contains("\"path\":\"/p/a%0Ab%22%3Dc\",\"status\":200,"))
            #expect(line.hasSuffix("}"))
        }
    }

    @Test("nothing that is logged can end its line or obey a terminal")
    func forging() {
        let gathered = Gathered()
        let sink = LogSink { gathered.add($0) }
        var log = Logger(label: "test") { ServerLogHandler(label: $0, level: .info, format: .text, sink: sink) }
        log[metadataKey: "a b"] = "x=\"y\"\n2026 error fake"
        log.info("first\nsecond \u{1b}[31m \u{9b} \u{202e}")
        log.debug("not shown")
        sink.flush()
        #expect(gathered.text.split(separator: "\n").count == 1)
        #expect(gathered.text.contains(" info first\\nsecond \\u001B[31m \\u009B \\u202E logger=test "))
        #expect(gathered.text.contains(" a_b=\"x=\\\"y\\\"\\n2026 error fake\""))
    }

    @Test("a full buffer drops lines and counts them")
    func dropping() {
        let gate = Mutex(0)
        let sink = LogSink { bytes in gate.withLock { $0 += bytes.count } }
        let line = [UInt8](repeating: 65, count: LogSink.capacity / 2 + 1)
        sink.append(line)
        sink.append(line)
        sink.flush()
        #expect(gate.withLock { $0 } + Int(sink.dropped) * line.count == 2 * line.count)
    }

    @Test("health, readiness and metrics answer under their addresses")
    func internalPages() async throws {
        let ready = Mutex(false)
        let registry = PrometheusRegistry()
        let own = InternalFrontEnd(isReady: { ready.withLock { $0 } }, registry: registry)
        let options = { (options: inout ServerOptions) in
            options.metrics = registry
            options.registry = registry
        }
        try await withServer([Mount(own), Mount(Probe.echo)], change: options) { port in
            let client = try TestClient(port: port)
            func get(_ path: String, _ method: String = "GET") async throws -> WireResponse {
                try await client.send("\(method) \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
                return try await client.response()
            }
            #expect(try await get("/-/health").text == "alive\n")
            #expect(try await get("/-/ready").status == 503)
            ready.withLock { $0 = true }
            #expect(try await get("/-/ready").status == 200)
            #expect(try await get("/-/ready", "DELETE").status == 405)
            #expect(try await get("/issues.json").status == 200)
            let metrics = try await get("/-/metrics")
            #expect(metrics["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8")
            let lines = Set(metrics.text.split(separator: "\n").map(String.init))
            #expect(lines.contains("parley_http_requests_total{dialect=\"probe\",method=\"read\",status=\"2xx\"} 1"))
            #expect(lines.contains("parley_http_requests_total{dialect=\"internal\",method=\"read\",status=\"5xx\"} 1"))
            #expect(lines.contains("parley_http_request_duration_seconds_count{dialect=\"probe\"} 1"))
            #expect(lines.contains("parley_http_requests_in_flight 1"))
            #expect(lines.contains("parley_http_connections 1"))
            #expect(lines.contains("# TYPE parley_http_request_duration_seconds histogram"))
            #expect(metrics.text.contains("process_resident_memory_bytes "))
            #expect(metrics.text.contains("process_cpu_seconds_total "))
        }
    }

    @Test("metric names and labels are made legal, and labels cannot grow without bound")
    func registry() {
        let registry = PrometheusRegistry()
        Counter(label: "a.b-c", dimensions: [("x y", "q\"\\\n")], factory: registry).increment(by: 3)
        Gauge(label: "level", factory: registry).record(2.5)
        let timer = Timer(label: "time_seconds", factory: registry)
        timer.recordNanoseconds(3_000_000)
        timer.recordNanoseconds(30_000_000_000)
        let text = String(decoding: registry.render(), as: UTF8.self)
        #expect(text.contains("a_b_c{x_y=\"q\\\"\\\\\\n\"} 3\n"))
        #expect(text.contains("level 2.5\n"))
        #expect(text.contains("time_seconds_bucket{le=\"0.0025\"} 0\ntime_seconds_bucket{le=\"0.005\"} 1\n"))
        #expect(text.contains("time_seconds_bucket{le=\"10\"} 1\ntime_seconds_bucket{le=\"+Inf\"} 2\n"))
        #expect(text.contains("time_seconds_sum 30.003\ntime_seconds_count 2\n"))
        for number in 0..<(PrometheusRegistry.seriesLimit + 50) {
            Counter(label: "many", dimensions: [("n", String(number))], factory: registry).increment()
        }
        let lines = String(decoding: registry.render(), as: UTF8.self).split(separator: "\n")
        let many = lines.filter { $0.hasPrefix("many{") }
        #expect(many.count == PrometheusRegistry.seriesLimit + 1)
        #expect(many.last == "many{n=\"other\"} 50")
    }
}
