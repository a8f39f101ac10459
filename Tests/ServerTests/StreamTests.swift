import Foundation
import ParleyHTTP
import Synchronization
import Testing

@testable import ParleyServer

/// Says when the last copy of a producer is gone, and counts what it made.
private final class Trace: Sendable {
    let ended = Event()
    private let made = Mutex(0)

    var octets: Int { made.withLock { $0 } }

    func add(_ count: Int) { made.withLock { $0 += count } }

    /// Held by the producer alone.
    final class Token: Sendable {
        private let trace: Trace
        init(_ trace: Trace) { self.trace = trace }
        deinit { trace.ended.happen() }
    }
}

/// Pieces of letters, each piece of one letter; may stop before a piece until it is told to go on.
private struct Letters: BodyProducer {
    struct Broken: Error {}

    var left: Int
    var length = ResponseBody.pieceLength
    var made = 0
    let trace: Trace
    let token: Trace.Token
    /// Before which piece to stop.
    var stop: Int?
    let reached: Event
    let gate: Event
    var breaksAt: Int?

    init(
        _ count: Int, _ trace: Trace = Trace(), stop: Int? = nil, reached: Event = Event(), gate: Event = Event(),
        breaksAt: Int? = nil
    ) {
        left = count
        self.trace = trace
        self.stop = stop
        self.reached = reached
        self.gate = gate
        self.breaksAt = breaksAt
        token = Trace.Token(trace)
    }

    static func letter(_ piece: Int) -> UInt8 { UInt8(ascii: "a") + UInt8(piece % 26) }

    static func all(_ count: Int) -> [UInt8] {
        (0..<count).flatMap { [UInt8](repeating: letter($0), count: ResponseBody.pieceLength) }
    }

    mutating func next() async throws -> [UInt8]? {
        guard left > 0 else { return nil }
        if made == stop {
            let gate = gate
            reached.happen()
            await withTaskCancellationHandler { await gate.wait() } onCancel: { gate.happen() }
            try Task.checkCancellation()
        }
        if made == breaksAt { throw Broken() }
        left -= 1
        made += 1
        trace.add(length)
        return [UInt8](repeating: Letters.letter(made - 1), count: length)
    }
}

@Suite("Answers in the making", .serialized)
struct StreamTests {
    private func mounts(_ letters: @escaping @Sendable (Request) -> Letters) -> [Mount] {
        [
            Mount(
                Probe { request in
                    if request.path == "/short" { return Probe.text("short") }
                    var response = Probe.text("")
                    response.body = .stream(letters(request))
                    return response
                })
        ]
    }

    @Test("a long answer leaves in chunks, and requests behind it on the connection are answered after it")
    func pipelined() async throws {
        try await withServer(mounts { _ in Letters(5) }) { port in
            let client = try TestClient(port: port)
            try await client.send(
                "GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /short HTTP/1.1\r\nHost: a\r\n\r\n"
                    + "GET /b HTTP/1.1\r\nHost: a\r\n\r\n")
            let first = try await client.response()
            #expect(first["Transfer-Encoding"] == "chunked")
            #expect(first["Content-Length"] == nil)
            #expect(first.body == Letters.all(5))
            #expect(try await client.response().text == "short")
            #expect(try await client.response().body == Letters.all(5))
        }
    }

    @Test("HEAD of it has no content, and the connection goes on")
    func head() async throws {
        let trace = Trace()
        try await withServer(mounts { _ in Letters(5, trace) }) { port in
            let client = try TestClient(port: port)
            try await client.send("HEAD /a HTTP/1.1\r\nHost: a\r\n\r\nGET /short HTTP/1.1\r\nHost: a\r\n\r\n")
            let head = try await client.response(toHead: true)
            #expect(head["Transfer-Encoding"] == "chunked")
            #expect(head["Content-Length"] == nil)
            #expect(try await client.response().text == "short")
        }
        await trace.ended.wait()
        #expect(trace.octets == 0)
    }

    @Test("to a client of HTTP/1.0 the end of the connection is the end of it")
    func version10() async throws {
        try await withServer(mounts { _ in Letters(5) }) { port in
            let client = try TestClient(port: port)
            try await client.send("GET /a HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n")
            let all = try await client.rest()
            let text = String(decoding: all, as: UTF8.self)
            let parts = text.split(separator: "\r\n\r\n", maxSplits: 1)
            #expect(parts.count == 2 && Array(parts[1].utf8) == Letters.all(5))
            #expect(!text.contains("Transfer-Encoding") && text.contains("Connection: close"))
        }
    }

    @Test("a client that reads slowly gets all of it")
    func slowReader() async throws {
        let count = 320
        try await withServer(mounts { _ in Letters(count) }) { port in
            let client = try TestClient(port: port, receiveBuffer: 4096)
            try await client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await client.response().body == Letters.all(count))
        }
    }

    @Test("for a client that does not read no more is made than fits the system's buffers, and its time ends")
    func stalledReader() async throws {
        let trace = Trace()
        var limits = Limits.patient
        limits.writeSeconds = 0.5
        try await withServer(mounts { _ in Letters(4096, trace) }, limits: limits) { port in
            let client = try TestClient(port: port, receiveBuffer: 4096)
            try await client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
            await trace.ended.wait()
            #expect(trace.octets > 0)
            #expect(trace.octets < 32 << 20)
            client.abandon()
        }
    }

    @Test("when the client goes away, the producer is told and ends")
    func clientGone() async throws {
        let trace = Trace()
        let reached = Event()
        try await withServer(mounts { _ in Letters(100, trace, stop: 2, reached: reached) }) { port in
            let client = try TestClient(port: port)
            try await client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
            await reached.wait()
            client.abandon()
            await trace.ended.wait()
            #expect(trace.octets == 2 * ResponseBody.pieceLength)
            let other = try TestClient(port: port)
            try await other.send("GET /short HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await other.response().text == "short")
        }
    }

    @Test("an answer that breaks off is seen to be broken")
    func broken() async throws {
        try await withServer(mounts { _ in Letters(5, breaksAt: 2) }) { port in
            for version in ["1.1", "1.0"] {
                let client = try TestClient(port: port)
                try await client.send("GET /a HTTP/\(version)\r\nHost: a\r\n\r\n")
                await #expect(throws: ClientError.self) {
                    if version == "1.1" { _ = try await client.response() } else { try await client.restOrReset() }
                }
            }
        }
    }

    @Test("a server that stops lets it come to its end, and closes the connection then")
    func stopping() async throws {
        let reached = Event(), gate = Event()
        var options = ServerOptions(mounts: mounts { _ in Letters(4, stop: 2, reached: reached, gate: gate) })
        options.loops = 1
        options.limits = .patient
        options.limits.graceSeconds = 60
        let server = Server(options)
        let port = try await server.start().port
        let client = try TestClient(port: port)
        try await client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
        await reached.wait()
        async let stopped: Void = server.stop()
        while (try? TestClient(port: port)) != nil { await Task.yield() }
        gate.happen()
        #expect(try await client.response().body == Letters.all(4))
        #expect(try await client.rest().isEmpty)
        client.finish()
        await stopped
    }

    @Test("a server that has waited long enough ends it")
    func stoppedAtOnce() async throws {
        let reached = Event(), trace = Trace()
        var options = ServerOptions(mounts: mounts { _ in Letters(4, trace, stop: 2, reached: reached) })
        options.loops = 1
        options.limits = .patient
        options.limits.graceSeconds = 0
        let server = Server(options)
        let client = try TestClient(port: try await server.start().port)
        try await client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
        await reached.wait()
        await server.stop()
        await trace.ended.wait()
        await #expect(throws: ClientError.self) { try await client.response() }
    }

    @Test("what comes together at once stays plain octets, and what fails before that fails at once")
    func whole() async throws {
        guard case .bytes(let octets) = try await ResponseBody.made(by: Letters(1)) else {
            Issue.record("a stream")
            return
        }
        #expect(octets == Letters.all(1))
        guard case .stream(var producer) = try await ResponseBody.made(by: Letters(3)).preceded(by: [1]) else {
            Issue.record("no stream")
            return
        }
        var all: [UInt8] = []
        while let piece = try await producer.next() { all += piece }
        #expect(all == [1] + Letters.all(3))
        await #expect(throws: Letters.Broken.self) { try await ResponseBody.made(by: Letters(3, breaksAt: 1)) }
    }
}
