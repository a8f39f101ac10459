import Foundation
import ParleyHTTP
import ParleyModel
import ParleySQLite
import ParleyService
import ParleyStorage
import Synchronization
import Testing

@testable import RTDialect

/// The workspace of RT's scenarios in a folder of its own, behind the front end; its clock stands still until it is
/// told to go on.
struct RTFixture: Sendable {
    let workspace: Workspace
    let frontEnd: RTFrontEnd
    private let folder: String
    private let clock = Clock()

    private final class Clock: Sendable {
        let time = Mutex(Instant(seconds: 1_795_000_000))
    }

    init() async throws {
        folder = NSTemporaryDirectory() + "parley-rt-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let clock = clock
        let environment = Environment(
            now: { clock.time.withLock { $0 } },
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
        let path = parts.dropLast(3).joined(separator: "/") + "/Conformance/rt/world.yaml"
        let octets = [UInt8](FileManager.default.contents(atPath: path) ?? Data())
        _ = try await WorkspaceFile(yaml: octets).apply(to: workspace, dryRun: false)
        frontEnd = RTFrontEnd(workspace)
    }

    /// Runs a body with a fixture and clears up after it.
    static func with(_ body: (RTFixture) async throws -> Void) async throws {
        let fixture = try await RTFixture()
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

    func advance(seconds: Int64) { clock.time.withLock { $0 = $0.adding(seconds: seconds) } }

    func actor(_ login: String) throws -> Actor {
        guard let user = workspace.catalog.user(login: login) else { throw Fault.notFound }
        return workspace.actor(for: user)
    }

    /// Changes an issue, or makes one, through the shared door.
    @discardableResult
    func change(
        _ target: ChangeRequest.Target, as login: String = "ana", audience: Audience = .everyone, _ changes: [Change]
    ) async throws -> ChangeOutcome {
        advance(seconds: 1)
        let request = ChangeRequest(target, parts: [ChangePart(audience: audience, changes)])
        return try await workspace.change(request, as: actor(login))
    }

    /// A new ticket in the queue General.
    func ticket(_ title: String, text: String? = nil, _ more: [Change] = []) async throws -> IssueID {
        var changes: [Change] = [.set(.builtin(.title), [.text(title)])]
        if let text { changes.append(.set(.builtin(.description), [.text(text)])) }
        let draft = Draft(project: .text("General"))
        return try #require(try await change(.draft(draft), changes + more).issues.first)
    }

    /// A stored file that nothing refers to yet.
    func file(_ name: String, _ type: String, _ octets: [UInt8], as login: String = "ana") async throws -> Change {
        let rest = Mutex<[UInt8]?>(octets)
        let file = try await workspace.receive(NewFile(name: name, contentType: type), as: actor(login)) {
            rest.withLock { rest in
                defer { rest = nil }
                return rest.flatMap { $0.isEmpty ? nil : $0 }
            }
        }
        return .attach(FileReference(file: file.id))
    }

    /// Asks the interface; `path` may have a query.
    func get(_ path: String, as login: String = "ana") async -> Response {
        let parts = path.split(separator: "?", maxSplits: 1).map(String.init)
        let sign = "user=\(login)&pass=\(login)-secret-1"
        let query = parts.count > 1 ? "\(parts[1])&\(sign)" : sign
        return await frontEnd.respond(to: Request(path: "/REST/1.0/\(parts[0])", query: query))
    }

    /// The body of an answer as a text, without the first line.
    func text(_ path: String, as login: String = "ana") async -> String {
        guard let octets = try? await RTFixture.octets(of: get(path, as: login).body) else { return "(broken)" }
        let text = String(decoding: octets, as: UTF8.self)
        return String(text.drop { $0 != "\n" }.dropFirst(2))
    }

    /// What a body comes to.
    static func octets(of body: ResponseBody) async throws -> [UInt8] {
        switch body {
        case .bytes(let octets): return octets
        case .file: return Array("(a file)".utf8)
        case .stream(var producer):
            var octets: [UInt8] = []
            while let piece = try await producer.next() { octets += piece }
            return octets
        }
    }

    /// The descriptions of a ticket's history.
    func history(_ id: IssueID, as login: String = "ana") async -> [String] {
        await text("ticket/\(id)/history", as: login).split(separator: "\n").dropFirst()
            .map { String($0.drop { $0 != " " }.dropFirst()) }
    }
}
