import ParleyHTTP
import Testing

@testable import ParleyServer
import ParleyWeb

@Suite("Mounts and forwarded headers", .serialized)
struct MountTests {
    private static func named(_ name: String, claimed: @escaping @Sendable (String) -> Bool = { _ in true }) -> Probe {
        Probe(name: name, claimed: claimed) { Probe.text("\(name):\($0.prefix):\($0.path):\($0.baseURL)") }
    }

    @Test(
        "hosts come before prefixes, long prefixes before short ones, then whoever claims the path",
        arguments: [
            ("/redmine/issues.json", "a", "redmine:/redmine:/issues.json:http://a/redmine"),
            ("/redmine", "a", "redmine:/redmine:/:http://a/redmine"),
            ("/redmines", "a", "root::/redmines:http://a"),
            ("/redmine/deep/x", "a", "deep:/redmine/deep:/x:http://a/redmine/deep"),
            ("/redmine/x", "RT.example.org:8080", "rt::/redmine/x:http://RT.example.org:8080"),
            ("/first/x", "a", "first::/first/x:http://a"),
            ("/-/health", "rt.example.org", "alive"),
        ])
    func order(_ path: String, _ host: String, _ expected: String) async throws {
        let mounts = [
            Mount(MountTests.named("first") { $0.hasPrefix("/first") }),
            Mount(MountTests.named("root") { $0 == "/redmines" }),
            Mount(MountTests.named("redmine"), prefix: "/redmine"),
            Mount(MountTests.named("deep"), prefix: "/redmine/deep"),
            Mount(MountTests.named("rt"), host: "rt.example.org"),
            Mount(InternalFrontEnd(isReady: { true }, registry: nil)),
        ]
        try await withServer(mounts) { port in
            let client = try TestClient(port: port)
            try await client.send("GET \(path) HTTP/1.1\r\nHost: \(host)\r\n\r\n")
            #expect(try await client.response().text.hasPrefix(expected))
        }
    }

    @Test("a path that nobody claims is 404 in plain text")
    func nothing() async throws {
        try await withServer([Mount(MountTests.named("none-of-it") { _ in false })]) { port in
            let client = try TestClient(port: port)
            try await client.send("GET /x HTTP/1.1\r\nHost: a\r\n\r\n")
            let response = try await client.response()
            #expect(response.status == 404)
            #expect(response["Content-Type"] == "text/plain; charset=utf-8")
        }
    }

    @Test("forwarded headers are believed from a trusted proxy only")
    func trust() async throws {
        let request = """
            GET / HTTP/1.1\r\nHost: inner\r\nX-Forwarded-For: 6.6.6.6, 203.0.113.9, 10.0.0.7\r
            X-Forwarded-Proto: https\r\nX-Forwarded-Host: outer.example\r\nX-Request-Id: abc-1\r\n\r\n
            """
        for (ranges, expected, id) in [
            ("127.0.0.0/8,10.0.0.0/8", "https|outer.example|203.0.113.9|", true),
            ("10.0.0.0/8", "http|inner|127.0.0.1|", false), ("", "http|inner|127.0.0.1|", false),
        ] {
            let change = { (options: inout ServerOptions) throws in
                options.trustedProxies = try AddressRanges(text: ranges)
            }
            try await withServer(change: change) { port in
                let client = try TestClient(port: port)
                try await client.send(request)
                let response = try await client.response()
                #expect(response.text.contains(expected))
                #expect((response["X-Request-Id"] == "abc-1") == id)
            }
        }
    }

    @Test(
        "Forwarded (RFC 7239) is read from the nearest proxy outwards",
        arguments: [
            ("for=203.0.113.9;proto=https;host=a.example", "203.0.113.9", "https", "a.example"),
            ("for=6.6.6.6, for=\"[2001:db8::7]:4711\";proto=HTTPS", "2001:db8::7", "https", nil),
            ("for=203.0.113.9, for=10.1.2.3:99;host=\"b.example:8443\"", "203.0.113.9", nil, "b.example:8443"),
            ("for=unknown", nil, nil, nil), ("for=_hidden, for=10.0.0.1", "10.0.0.1", nil, nil),
            ("proto=gopher;host=\"<script>\"", nil, nil, nil), (";;,,=;for=", nil, nil, nil), ("for=\"", nil, nil, nil),
        ])
    func standard(_ value: String, _ address: String?, _ scheme: String?, _ authority: String?) throws {
        let trusted = try AddressRanges(text: "10.0.0.0/8")
        let forwarded = Forwarded(Headers([("Forwarded", value)]), kind: .forwarded, trusted: trusted)
        #expect(forwarded.address == address)
        #expect(forwarded.scheme == scheme)
        #expect(forwarded.authority == authority)
    }

    @Test(
        "address ranges hold what they say",
        arguments: [
            ("10.0.0.0/8", "10.255.1.2", true), ("10.0.0.0/8", "11.0.0.1", false), ("10.1.0.0/15", "10.0.9.9", true),
            ("10.1.2.3", "10.1.2.3", true), ("10.1.2.3", "10.1.2.4", false), ("0.0.0.0/0", "1.2.3.4", true),
            ("::1", "::1", true), ("2001:db8::/33", "2001:db8:7fff::1", true),
            ("2001:db8::/33", "2001:db8:8000::1", false),
            ("10.0.0.0/8", "::ffff:10.1.1.1", true), ("::/0", "10.0.0.1", false), ("fe80::/10", "fe80::1%eth0", true),
        ])
    func ranges(_ text: String, _ address: String, _ isInside: Bool) throws {
        let parsed = try #require(Address(address))
        #expect(try AddressRanges(text: text).contains(parsed) == isInside)
    }

    @Test(
        "what is no range is refused",
        arguments: ["10.0.0.0/33", "10.0.0/8", "x", "::1/129", "1.2.3.4/-1", "1.2.3.4/8/8"])
    func wrongRanges(_ text: String) {
        #expect(throws: InvalidSetting.self) { try AddressRanges(text: text) }
    }

    @Test("the page for people names each dialect, its base URL and a line to try, escaped")
    func landing() async throws {
        let entry = LandingPage.Entry(
            title: "Red & mine", prefix: "/redmine", host: "a.example", example: "/issues.json")
        try await withServer([Mount(LandingPage([entry]))]) { port in
            let client = try TestClient(port: port)
            try await client.send("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n")
            let response = try await client.response()
            #expect(response["Content-Type"] == "text/html; charset=utf-8")
            #expect(response.text.contains("Red &amp; mine"))
            #expect(response.text.contains("curl &#39;http://a.example/redmine/issues.json&#39;"))
        }
    }
}
