import Foundation
import ParleyHTTP
import Synchronization
import Testing

@testable import ParleyServer

@Suite("The listener", .serialized)
struct ListenerTests {
    @Test("two requests share a connection")
    func keepAlive() async throws {
        try await withServer { port in
            let client = try TestClient(port: port)
            for path in ["/a?x=1", "/b"] {
                try await client.send("GET \(path) HTTP/1.1\r\nHost: a.example\r\n\r\n")
                let response = try await client.response()
                #expect(response.status == 200)
                #expect(response["Connection"] == nil)
                #expect(response["X-Content-Type-Options"] == "nosniff")
                #expect(response["X-Request-Id"]?.count == 15)
                #expect(response["Date"]?.hasSuffix(" GMT") == true)
            }
        }
    }

    @Test("pipelined requests are answered in their order, also where the first takes longer")
    func pipelining() async throws {
        let probe = Probe { request in
            if request.path == "/1" { for _ in 0..<50 { await Task.yield() } }
            return Probe.text(request.path)
        }
        try await withServer([Mount(probe)]) { port in
            let client = try TestClient(port: port)
            let requests = (1...40).map { "GET /\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined()
            try await client.send(requests)
            for number in 1...40 {
                #expect(try await client.response().text == "/\(number)")
            }
        }
    }

    @Test("content with a length and chunked content both arrive whole")
    func shortBodies() async throws {
        let probe = Probe { request in
            guard case .bytes(let bytes) = request.body else { return Probe.text("stream", status: 500) }
            return Probe.text(String(decoding: bytes, as: UTF8.self))
        }
        try await withServer([Mount(probe)]) { port in
            let client = try TestClient(port: port)
            try await client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello")
            #expect(try await client.response().text == "hello")
            try await client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
            try await client.send("3\r\nabc\r\n4\r\ndefg\r\n0\r\nTrailer: x\r\n\r\n")
            #expect(try await client.response().text == "abcdefg")
            try await client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
            #expect(try await client.response().text == "")
        }
    }

    @Test("a long body streams, and the client is held back while nobody reads")
    func backPressure() async throws {
        let gate = Event()
        let probe = Probe { request in
            guard case .stream(let stream) = request.body else { return Probe.text("bytes", status: 500) }
            await gate.wait()
            var total = 0
            do {
                while let chunk = try await stream.next() { total += chunk.count }
            } catch {
                return Probe.text("\(error)", status: 400)
            }
            return Probe.text(String(total))
        }
        let length = 48 << 20
        try await withServer([Mount(probe)]) { port in
            let client = try TestClient(port: port, sendBuffer: 65_536)
            try await client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(length)\r\n\r\n")
            let body = [UInt8](repeating: 7, count: length)
            let sent = try await client.sendUntilStalled(body, milliseconds: 300)
            #expect(sent < length / 2)
            gate.happen()
            try await client.send(Array(body[sent...]))
            #expect(try await client.response().text == String(length))
            try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await client.response().status == 500)
        }
    }

    @Test("a long chunked body streams too, read from another thread")
    func chunkedStream() async throws {
        let probe = Probe { request in
            let count = Task.detached { try await request.body.collect(upTo: 1 << 20).count }
            return Probe.text("\((try? await count.value) ?? -1)")
        }
        try await withServer([Mount(probe)]) { port in
            let client = try TestClient(port: port)
            let chunk = "8000\r\n" + String(repeating: "x", count: 0x8000) + "\r\n"
            try await client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
            for _ in 0..<8 { try await client.send(chunk) }
            try await client.send("0\r\n\r\n")
            #expect(try await client.response().text == "\(8 * 0x8000)")
        }
    }

    @Test("HEAD has the length and no content, and the connection goes on")
    func head() async throws {
        try await withServer([Mount(Probe { _ in Probe.text("hello") })]) { port in
            let client = try TestClient(port: port)
            try await client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
            let response = try await client.response(toHead: true)
            #expect(response["Content-Length"] == "5")
            try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await client.response().text == "hello")
        }
    }

    @Test("204 has neither content nor length")
    func noContent() async throws {
        try await withServer([Mount(Probe { _ in Response(status: 204) })]) { port in
            let client = try TestClient(port: port)
            for _ in 0..<2 {
                try await client.send("PUT / HTTP/1.1\r\nHost: a\r\n\r\n")
                let response = try await client.response()
                #expect(response.status == 204)
                #expect(response["Content-Length"] == nil)
            }
        }
    }

    @Test("a client that expects 100 gets it, and a final answer at once where its content is not wanted")
    func expectContinue() async throws {
        let probe = Probe { request in
            if request.path == "/refuse" { return Probe.text("no", status: 403) }
            let body = try? await request.body.collect(upTo: 1 << 20)
            return Probe.text("\(body?.count ?? -1)")
        }
        try await withServer([Mount(probe)]) { port in
            let client = try TestClient(port: port)
            for length in [5, 100_000] {
                let head = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: \(length)\r\n\r\n"
                try await client.send(head)
                #expect(try await client.response().status == 100)
                try await client.send([UInt8](repeating: 65, count: length))
                #expect(try await client.response().text == "\(length)")
            }
            try await client.send(
                "POST /refuse HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 100000\r\n\r\n")
            let response = try await client.response()
            #expect(response.status == 403)
            #expect(response["Connection"] == "close")
            #expect(try await client.rest().isEmpty)
        }
    }

    @Test("HTTP/1.0 closes unless it asks otherwise")
    func version10() async throws {
        try await withServer { port in
            let client = try TestClient(port: port)
            try await client.send("GET /x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            let first = try await client.response()
            #expect(first["Connection"] == "keep-alive")
            #expect(first.text.contains("|127.0.0.1:\(port)|"))
            try await client.send("GET /x HTTP/1.0\r\n\r\n")
            #expect(try await client.response()["Connection"] == "close")
            #expect(try await client.rest().isEmpty)
        }
    }

    @Test("files are sent in whole and in part; one that is gone is a fault of the server's")
    func files() async throws {
        let name = "parley-\(UInt64.random(in: 0...UInt64.max))"
        let path = FileManager.default.temporaryDirectory.appending(path: name).path
        let content = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try Data(content).write(to: URL(filePath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        let whole = Int64(content.count)
        let probe = Probe { request in
            switch request.path {
            case "/whole": Response(status: 200, body: .file(path: path, offset: 0, length: whole))
            case "/part": Response(status: 206, body: .file(path: path, offset: 1000, length: 500_000))
            case "/after": Response(status: 200, body: .file(path: path, offset: 5, length: 300_000, after: [1, 2]))
            case "/nothing": Response(status: 200, body: .file(path: path, offset: 5, length: 0, after: [1, 2]))
            case "/bytes": Response(status: 200, body: .bytes(content))
            case "/long": Response(status: 200, body: .file(path: path, offset: whole, length: 1))
            default: Response(status: 200, body: .file(path: path + "x", offset: 0, length: 1))
            }
        }
        try await withServer([Mount(probe)]) { port in
            let client = try TestClient(port: port)
            func get(_ path: String) async throws -> WireResponse {
                try await client.send("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
                return try await client.response()
            }
            #expect(try await get("/whole").body == content)
            #expect(try await get("/part").body == Array(content[1000..<501_000]))
            #expect(try await get("/after").body == [1, 2] + content[5..<300_005])
            #expect(try await get("/nothing").body == [1, 2])
            #expect(try await get("/bytes").body == content)
            #expect(try await get("/long").status == 500)
            #expect(try await get("/gone").status == 500)
            #expect(try await get("/part").status == 206)
        }
    }

    @Test("a header's value cannot begin another header")
    func responseSplitting() async throws {
        let probe = Probe { _ in
            Response(status: 200, headers: Headers([
                ("Location", "/x\r\nSet-Cookie: a=b"), ("Bad Name", "1"), ("Transfer-Encoding", "chunked"),
                ("Content-Length", "99"),
            ]), body: .bytes([65]))
        }
        try await withServer([Mount(probe)]) { port in
            let client = try TestClient(port: port)
            try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            let response = try await client.response()
            #expect(response["Location"] == "/x  Set-Cookie: a=b")
            #expect(response["Set-Cookie"] == nil)
            #expect(response["Transfer-Encoding"] == nil)
            #expect(response["Bad Name"] == nil)
            #expect(response.text == "A")
        }
    }

    @Test("a client that goes away ends the body with an error")
    func brokenBody() async throws {
        let reported = Event()
        let result = Mutex("")
        let probe = Probe { request in
            do {
                _ = try await request.body.collect(upTo: 1 << 30)
            } catch {
                result.withLock { $0 = "\(type(of: error))" }
            }
            reported.happen()
            return Probe.text("")
        }
        try await withServer([Mount(probe)]) { port in
            let client = try TestClient(port: port)
            try await client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nabc")
            client.abandon()
            await reported.wait()
            #expect(result.withLock { $0 } == "BodyBroken")
        }
    }

    @Test("stopping lets a request in flight end, closes idle connections and accepts no more")
    func gracefulStop() async throws {
        let begun = Event(), gate = Event()
        let probe = Probe { _ in
            begun.happen()
            await gate.wait()
            return Probe.text("done")
        }
        var options = ServerOptions(mounts: [Mount(probe)])
        options.loops = 1
        let server = Server(options)
        let port = try await server.start().port
        let idle = try TestClient(port: port), busy = try TestClient(port: port)
        try await busy.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        await begun.wait()
        async let stopped: Void = server.stop()
        #expect(try await idle.rest().isEmpty)
        #expect(throws: ClientError.self) { try TestClient(port: port) }
        gate.happen()
        let response = try await busy.response()
        #expect(response.text == "done")
        #expect(response["Connection"] == "close")
        busy.finish()
        await stopped
    }

    @Test("a front end that yields without end does not keep others from being served")
    func busyWaiting() async throws {
        let isDone = Mutex(false)
        let probe = Probe { request in
            if request.path == "/end" { isDone.withLock { $0 = true } }
            while !isDone.withLock({ $0 }) { await Task.yield() }
            return Probe.text("")
        }
        try await withServer([Mount(probe)]) { port in
            let first = try TestClient(port: port), second = try TestClient(port: port)
            try await first.send("GET /begin HTTP/1.1\r\nHost: a\r\n\r\n")
            try await second.send("GET /end HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await second.response().status == 200)
            #expect(try await first.response().status == 200)
        }
    }

    @Test("a request that asks for another protocol is answered in this one, and the connection ends")
    func upgrade() async throws {
        try await withServer { port in
            let client = try TestClient(port: port)
            try await client.send(
                "POST /x HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\nhi")
            let response = try await client.response()
            #expect(response.text.hasSuffix("|hi"))
            #expect(response["Connection"] == "close")
            #expect(try await client.rest().isEmpty)
        }
    }

    @Test("a short answer is made on the event loop's own thread, without a change of thread")
    func sameThread() async throws {
        let threads = Mutex<Set<UInt>>([])
        let probe = Probe { _ in
            threads.withLock { _ = $0.insert(UInt(pthread_self())) }
            await Task.yield()
            threads.withLock { _ = $0.insert(UInt(pthread_self())) }
            return Probe.text("")
        }
        try await withServer([Mount(probe)]) { port in
            let client = try TestClient(port: port)
            for _ in 0..<20 {
                try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                _ = try await client.response()
            }
        }
        #expect(threads.withLock { $0.count } == 1)
    }
}
