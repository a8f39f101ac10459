import Foundation
import ParleyHTTP
import ParleyModel
import ParleySQLite
import ParleyService
import ParleyStorage
import RedmineDialect
import Synchronization

/// A clock that stands still until it is put forward.
final class FixtureClock: Sendable {
    private let seconds = Atomic<Int64>(RedmineFixture.now.seconds)

    var now: Instant { Instant(seconds: seconds.load(ordering: .relaxed)) }

    func advance(seconds: Int64) { self.seconds.add(seconds, ordering: .relaxed) }
}

/// The workspace of the Redmine scenarios in a folder of its own, behind the front end; its clock stands still.
struct RedmineFixture: Sendable {
    let workspace: Workspace
    let frontEnd: RedmineFrontEnd
    let clock = FixtureClock()
    private let folder: String

    static let now = Instant(seconds: 1_795_000_000)

    init() async throws {
        folder = NSTemporaryDirectory() + "parley-redmine-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let environment = Environment(
            now: { [clock] in clock.now },
            random: { count in
                var generator = SystemRandomNumberGenerator()
                return (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            })
        let cheap = PasswordCost(rounds: 2, blockSize: 8, parallelism: 1) ?? .standard
        let identity = Identity(secretKey: [UInt8](repeating: 7, count: 32), environment: environment, cost: cheap)
        workspace = try await Workspace.open(
            engine: try SQLiteEngine(path: folder + "/parley.sqlite"), blobs: try BlobStore(directory: folder),
            environment: environment, identity: identity)
        let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        let path = parts.dropLast(3).joined(separator: "/") + "/Conformance/redmine/world.yaml"
        let octets = [UInt8](FileManager.default.contents(atPath: path) ?? Data())
        _ = try await WorkspaceFile(yaml: octets).apply(to: workspace, dryRun: false)
        frontEnd = RedmineFrontEnd(workspace)
    }

    /// Runs a body with a fixture and clears up after it.
    static func with(_ body: (RedmineFixture) async throws -> Void) async throws {
        let fixture = try await RedmineFixture()
        do {
            try await body(fixture)
        } catch {
            await fixture.close()
            throw error
        }
        await fixture.close()
    }

    private func close() async {
        await workspace.close()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Keys of the world's users.
    static let keys = [
        "admin": "a0000000000000000000000000000000000000a1", "maya": "b0000000000000000000000000000000000000b2",
        "devon": "c0000000000000000000000000000000000000c3", "rita": "d0000000000000000000000000000000000000d4",
        "nora": "e0000000000000000000000000000000000000e5",
    ]

    struct Answer {
        var response: Response
        var status: Int { response.status }
        var text: String {
            guard case .bytes(let octets) = response.body else { return "" }
            return String(decoding: octets, as: UTF8.self)
        }
        /// The number of the first `id` in the answer.
        var id: Int64 {
            let digits = text.components(separatedBy: "\"id\":").dropFirst().first?.prefix { $0.isNumber } ?? ""
            return Int64(digits) ?? 0
        }
    }

    /// Sends a request; `path` may have a query.
    func send(
        _ method: String, _ path: String, as login: String? = nil, _ content: String? = nil,
        type: String = "application/json", headers: [(String, String)] = []
    ) async -> Answer {
        let parts = path.split(separator: "?", maxSplits: 1).map(String.init)
        var request = Request(method: method, path: parts[0], query: parts.count > 1 ? parts[1] : nil)
        if let key = login.flatMap({ RedmineFixture.keys[$0] }) { request.headers.add("X-Redmine-API-Key", key) }
        for (name, value) in headers { request.headers.add(name, value) }
        if let content {
            request.headers.add("Content-Type", type)
            request.body = .bytes(Array(content.utf8))
        }
        return Answer(response: await frontEnd.respond(to: request))
    }

    /// Makes an issue in the project alpha and gives its number.
    func issue(_ subject: String, as login: String = "devon", _ more: String = "") async -> Int64 {
        let content =
            "{\"issue\":{\"project_id\":\"alpha\",\"subject\":\"\(subject)\"\(more.isEmpty ? "" : "," + more)}}"
        return await send("POST", "/issues.json", as: login, content).id
    }
}
