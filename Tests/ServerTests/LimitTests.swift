import ParleyHTTP
import Testing

@testable import ParleyServer

@Suite("Bounds on what clients send", .serialized)
struct LimitTests {
    @Test(
        "messages that are no HTTP are refused and the connection ends",
        arguments: [
            ("GARBAGE\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
            ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501),
            ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a/b\"<>\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nBad Header: x\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400),
            ("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", 405),
            ("GET / HTTP/2.0\r\nHost: a\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nExpect: magic\r\n\r\n", 417),
            ("GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ])
    func malformed(_ message: String, _ status: Int) async throws {
        try await withServer { port in
            let client = try TestClient(port: port)
            try await client.send(message)
            let response = try await client.response()
            #expect(response.status == status)
            #expect(response["Connection"] == "close")
            #expect(response["Content-Type"] == "text/plain; charset=utf-8")
            #expect(try await client.rest().isEmpty)
        }
    }

    @Test(
        "odd targets are taken as they are",
        arguments: [
            ("/a<b>\"|{}^`?<x>", "/a<b>\"|{}^`|<x>"), ("//x/../y", "//x/../y|-"), ("/%zz%00", "/%zz%00|-"),
            ("/a?b?c", "/a|b?c"), ("/a#b", "/a|-"), ("http://b.example:81/x?y", "/x|y|http|b.example:81"),
            ("HTTP://b.example", "/|-|http|b.example"), ("/\u{e9}", "/\u{e9}|-"), ("/?", "/|"),
        ])
    func oddTargets(_ target: String, _ expected: String) async throws {
        try await withServer { port in
            let client = try TestClient(port: port)
            try await client.send("GET \(target) HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            let response = try await client.response()
            // The decoder refuses some of these; what it lets through must arrive unchanged.
            if response.status == 200 {
                #expect(response.text.contains("|\(expected)"))
            } else {
                #expect(response.status == 400)
            }
        }
    }

    @Test("heads that are too long in any way are refused")
    func heads() async throws {
        var limits = Limits()
        limits.headerFields = 20
        limits.headerFieldBytes = 2000
        limits.headerBytes = 5000
        limits.targetBytes = 500
        let field = String(repeating: "x", count: 1500)
        let messages: [(String, Int)] = [
            ("GET /\(String(repeating: "a", count: 600)) HTTP/1.1\r\nHost: a\r\n\r\n", 414),
            ("GET /\(String(repeating: "a", count: 3000)) HTTP/1.1\r\nHost: a\r\n\r\n", 431),
            ("GET / HTTP/1.1\r\nHost: a\r\nX: \(field)\(field)\r\n\r\n", 431),
            ("GET / HTTP/1.1\r\nHost: a\r\nA: \(field)\r\nB: \(field)\r\nC: \(field)\r\nD: \(field)\r\n\r\n", 431),
            ("GET / HTTP/1.1\r\nHost: a\r\n\((0..<30).map { "A\($0): b\r\n" }.joined())\r\n", 431),
        ]
        try await withServer(limits: limits) { port in
            for (message, status) in messages {
                let client = try TestClient(port: port)
                try await client.send(message)
                #expect(try await client.response().status == status)
                #expect(try await client.rest().isEmpty)
            }
        }
    }

    @Test("content that is too long is refused by its length, or by the front end where it has none")
    func bodies() async throws {
        var limits = Limits()
        limits.bodyBytes = 200_000
        try await withServer(limits: limits) { port in
            let announced = try TestClient(port: port)
            try await announced.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 200001\r\n\r\n")
            #expect(try await announced.response().status == 413)
            let chunked = try TestClient(port: port)
            try await chunked.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
            let chunk = "8000\r\n" + String(repeating: "x", count: 0x8000) + "\r\n"
            for _ in 0..<7 { try await chunked.send(chunk) }
            let response = try await chunked.response()
            #expect(response.status == 413)
            #expect(response.text == "BodyTooLarge(limit: 200000)")
            #expect(response["Connection"] == "close")
        }
    }

    @Test("too many connections are turned away")
    func connections() async throws {
        var limits = Limits()
        limits.connections = 2
        try await withServer(limits: limits) { port in
            let first = try TestClient(port: port), second = try TestClient(port: port)
            for client in [first, second] {
                try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try await client.response().status == 200)
            }
            let third = try TestClient(port: port)
            let response = try await third.response()
            #expect(response.status == 503)
            #expect(response["Retry-After"] == "1")
            #expect(try await third.rest().isEmpty)
        }
    }

    @Test("too many requests at once are turned away")
    func requests() async throws {
        var limits = Limits()
        limits.requests = 1
        let begun = Event(), gate = Event()
        let probe = Probe { _ in
            begun.happen()
            await gate.wait()
            return Probe.text("")
        }
        try await withServer([Mount(probe)], limits: limits) { port in
            let first = try TestClient(port: port), second = try TestClient(port: port)
            try await first.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            await begun.wait()
            try await second.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await second.response().status == 503)
            gate.happen()
            #expect(try await first.response().status == 200)
        }
    }

    @Test("a head that trickles in ends with 408")
    func slowHead() async throws {
        var limits = Limits()
        limits.headerSeconds = 0.2
        try await withServer(limits: limits) { port in
            let client = try TestClient(port: port)
            try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await client.response().status == 200)
            try await client.send("GET / HT")
            #expect(try await client.response().status == 408)
            #expect(try await client.rest().isEmpty)
        }
    }

    @Test("short and long bodies that do not come end with 408")
    func slowBody() async throws {
        var limits = Limits()
        limits.bodySeconds = 0.2
        try await withServer(limits: limits) { port in
            for length in [10, 1_000_000] {
                let client = try TestClient(port: port)
                try await client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(length)\r\n\r\nabc")
                #expect(try await client.response().status == 408)
                #expect(try await client.rest().isEmpty)
            }
        }
    }

    @Test("a connection without requests is closed without a word")
    func idle() async throws {
        var limits = Limits()
        limits.idleSeconds = 0.2
        try await withServer(limits: limits) { port in
            let silent = try TestClient(port: port), used = try TestClient(port: port)
            try await used.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await used.response().status == 200)
            #expect(try await used.rest().isEmpty)
            #expect(try await silent.rest().isEmpty)
        }
    }

    @Test("what is left of a request nobody wants is thrown away, or the connection ends")
    func unreadRest() async throws {
        let probe = Probe { _ in Probe.text("early") }
        try await withServer([Mount(probe)]) { port in
            let client = try TestClient(port: port)
            try await client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n")
            try await client.send([UInt8](repeating: 1, count: 60_000))
            let first = try await client.response()
            #expect(first.text == "early")
            if first["Connection"] == nil {
                try await client.send([UInt8](repeating: 1, count: 40_000))
                try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try await client.response().text == "early")
            }
            let other = try TestClient(port: port)
            try await other.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000\r\n\r\n")
            #expect(try await other.response()["Connection"] == "close")
        }
    }
}
