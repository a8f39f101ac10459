import ParleyHTTP
import ParleyModel
import ParleyService
import Testing

@testable import RTDialect

@Suite("Signing in to RT's interface")
struct SignInTests {
    @Test("an API key is a token, as often as it is shown; what is none is refused")
    func tokens() async throws {
        try await RTFixture.with { fixture in
            let ana = try #require(fixture.workspace.catalog.user(login: "ana"))
            let key = try #require(try await fixture.workspace.plainKey(of: ana.id))
            for _ in 0..<200 {
                #expect(await first(fixture, "token \(key)") == "RT/5.0.3 200 Ok")
            }
            #expect(await first(fixture, "token \(key)0") == "RT/5.0.3 401 Credentials required")
            #expect(await first(fixture, "Basic YW5hOmFuYS1zZWNyZXQtMQ==") == "RT/5.0.3 401 Credentials required")
        }
    }

    private func first(_ fixture: RTFixture, _ authorization: String) async -> String {
        let request = Request(path: "/REST/1.0/", headers: Headers([("Authorization", authorization)]))
        guard case .bytes(let octets) = await fixture.frontEnd.respond(to: request).body else { return "" }
        return String(String(decoding: octets, as: UTF8.self).prefix { $0 != "\n" })
    }
}
