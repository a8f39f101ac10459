import Dispatch
import Foundation
import Glibc
import ParleyHTTP
import Synchronization

@testable import ParleyServer

/// An answer as it stood on the wire.
struct WireResponse: Sendable {
    var status = 0
    var headers: [(name: String, value: String)] = []
    var body: [UInt8] = []

    subscript(name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    var text: String { String(decoding: body, as: UTF8.self) }
}

struct ClientError: Error, CustomStringConvertible {
    let description: String
}

/// A client over a bare socket. Its blocking calls run on a queue of its own; reads give up after ten seconds.
final class TestClient: @unchecked Sendable {
    // `waiting` is touched only on `queue`; the descriptor never changes.
    private let descriptor: Int32
    private let queue = DispatchQueue(label: "test.client")
    private var waiting: [UInt8] = []

    init(port: Int, sendBuffer: Int32? = nil, receiveBuffer: Int32? = nil) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw ClientError(description: "socket") }
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        if var sendBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &sendBuffer, socklen_t(MemoryLayout<Int32>.size))
        }
        if var receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, socklen_t(MemoryLayout<Int32>.size))
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port)).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            Glibc.close(descriptor)
            throw ClientError(description: "connect: \(errno)")
        }
    }

    deinit { Glibc.close(descriptor) }

    private func perform<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Swift.Result { try work() }) }
        }
    }

    func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) async throws {
        try await perform { [self] in
            var sent = 0
            while sent < bytes.count {
                let count = bytes[sent...].withUnsafeBytes {
                    Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(Glibc.MSG_NOSIGNAL))
                }
                guard count > 0 else { throw ClientError(description: "send: \(errno)") }
                sent += count
            }
        }
    }

    /// Sends as much as the system takes until it has taken nothing for a while; returns how much that was.
    func sendUntilStalled(_ bytes: [UInt8], milliseconds: Int32) async throws -> Int {
        try await perform { [self] in
            var sent = 0
            while sent < bytes.count {
                var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                guard poll(&request, 1, milliseconds) > 0 else { break }
                let flags = Int32(Glibc.MSG_NOSIGNAL) | Int32(Glibc.MSG_DONTWAIT)
                let count = bytes[sent...].withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, flags) }
                guard count > 0 else { throw ClientError(description: "send: \(errno)") }
                sent += count
            }
            return sent
        }
    }

    /// Reads one answer.
    func response(toHead: Bool = false) async throws -> WireResponse {
        try await perform { [self] in
            var response = WireResponse()
            response.status = Int(try line().split(separator: " ").dropFirst().first ?? "") ?? 0
            while true {
                let line = try line()
                if line.isEmpty { break }
                guard let colon = line.firstIndex(of: ":") else { throw ClientError(description: "header: \(line)") }
                let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
                response.headers.append((String(line[..<colon]), value))
            }
            let length = Int(response["Content-Length"] ?? "0") ?? 0
            guard !toHead && response.status != 100 else { return response }
            response.body = response["Transfer-Encoding"] == "chunked" ? try takeChunks() : try take(length)
            return response
        }
    }

    /// Reads to the connection's end.
    func rest() async throws -> [UInt8] {
        try await perform { [self] in
            while try fill() {}
            defer { waiting = [] }
            return waiting
        }
    }

    /// Reads to the connection's end.
    /// - Throws: `ClientError` where it is no orderly one.
    func restOrReset() async throws {
        try await perform { [self] in
            var buffer = [UInt8](repeating: 0, count: 65_536)
            var count = 1
            while count > 0 { count = recv(descriptor, &buffer, buffer.count, 0) }
            if count < 0 { throw ClientError(description: "recv: \(errno)") }
        }
    }

    /// Ends the writing side.
    func finish() { shutdown(descriptor, Int32(SHUT_WR)) }

    func abandon() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    private func line() throws -> String {
        while true {
            if let end = waiting.firstIndex(of: 0x0A) {
                let line = String(decoding: waiting[..<end], as: UTF8.self)
                waiting.removeSubrange(...end)
                return line.hasSuffix("\r") ? String(line.dropLast()) : line.replacing("\r", with: "")
            }
            guard try fill() else { throw ClientError(description: "the connection has ended") }
        }
    }

    private func take(_ count: Int) throws -> [UInt8] {
        while waiting.count < count {
            guard try fill() else { throw ClientError(description: "the connection has ended within a body") }
        }
        defer { waiting.removeFirst(count) }
        return Array(waiting[..<count])
    }

    private func takeChunks() throws -> [UInt8] {
        var body: [UInt8] = []
        while let length = Int(try line(), radix: 16) {
            body += try take(length)
            guard try line().isEmpty else { break }
            if length == 0 { return body }
        }
        throw ClientError(description: "a chunk is malformed")
    }

    private func fill() throws -> Bool {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        if count < 0 && errno == ECONNRESET { return false }
        guard count >= 0 else { throw ClientError(description: "recv: \(errno)") }
        waiting.append(contentsOf: buffer[..<count])
        return count > 0
    }
}

/// A front end made of closures.
struct Probe: FrontEnd {
    var name = "probe"
    var claimed: @Sendable (String) -> Bool = { _ in true }
    let answer: @Sendable (Request) async -> Response

    func claims(path: String, method: String) -> Bool { claimed(path) }
    func respond(to request: Request) async -> Response { await answer(request) }

    /// Answers what a request was.
    static let echo = Probe { request in
        do {
            let body = try await request.body.collect(upTo: 100_000_000)
            let text = """
                \(request.method) \(request.prefix)|\(request.path)|\(request.query ?? "-")|\(request.scheme)|\
                \(request.authority)|\(request.remoteAddress)|\(String(decoding: body, as: UTF8.self))
                """
            return Probe.text(text)
        } catch {
            return Probe.text("\(error)", status: error is BodyTooLarge ? 413 : 400)
        }
    }

    static func text(_ text: String, status: Int = 200) -> Response {
        let headers = Headers([("Content-Type", "text/plain; charset=utf-8")])
        return Response(status: status, headers: headers, body: .bytes(Array(text.utf8)), actor: "jsmith")
    }
}

/// Something that happens once and can be waited for.
final class Event: Sendable {
    private struct State {
        var hasHappened = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    func happen() {
        let waiters = state.withLock { state in
            state.hasHappened = true
            let waiters = state.waiters
            state.waiters = []
            return waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    func wait() async {
        await withCheckedContinuation { continuation in
            let hasHappened = state.withLock { state in
                if !state.hasHappened { state.waiters.append(continuation) }
                return state.hasHappened
            }
            if hasHappened { continuation.resume() }
        }
    }
}

extension Limits {
    /// For tests that are not about time: on a busy machine all else may be slow.
    static var patient: Limits {
        var limits = Limits()
        (limits.idleSeconds, limits.headerSeconds, limits.bodySeconds, limits.writeSeconds) = (900, 900, 900, 900)
        return limits
    }
}

/// Starts a server on a free port, runs the body, stops the server.
func withServer(
    _ mounts: [Mount] = [Mount(Probe.echo)], limits: Limits = .patient,
    change: (inout ServerOptions) throws -> Void = { _ in }, _ body: (Int) async throws -> Void
) async throws {
    var options = ServerOptions(mounts: mounts)
    options.loops = 1
    options.limits = limits
    options.limits.graceSeconds = min(limits.graceSeconds, 5)
    try change(&options)
    let server = Server(options)
    let address = try await server.start()
    do {
        try await body(address.port)
    } catch {
        await server.stop()
        throw error
    }
    await server.stop()
}
