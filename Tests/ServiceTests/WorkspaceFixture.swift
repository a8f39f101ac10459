import Foundation
import ParleyModel
import ParleySQLite
import ParleyService
import ParleyStorage
import Synchronization

/// A workspace on a real engine in a folder of its own, with a clock that stands still until it is told to go on.
final class WorkspaceFixture: Sendable {
    let workspace: Workspace
    private let folder: String
    private let clock: Clock

    final class Clock: Sendable {
        private let time = Mutex(Instant(seconds: 1_795_000_000))
        var now: Instant { time.withLock { $0 } }
        func advance(seconds: Int64) { time.withLock { $0 = $0.adding(seconds: seconds) } }
    }

    /// - Parameter world: the name of a folder in `Conformance`; nil leaves the workspace empty.
    /// - Parameter switchedOff: a rule that the world has on and that is off here.
    init(world: String? = nil, without switchedOff: String? = nil) async throws {
        folder = NSTemporaryDirectory() + "parley-service-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let clock = Clock()
        self.clock = clock
        let environment = Environment(
            now: { clock.now },
            random: { count in
                var generator = SystemRandomNumberGenerator()
                return (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            })
        let cheap = PasswordCost(rounds: 2, blockSize: 8, parallelism: 1) ?? .standard
        let identity = Identity(secretKey: [UInt8](repeating: 7, count: 32), environment: environment, cost: cheap)
        workspace = try await Workspace.open(
            engine: try SQLiteEngine(path: folder + "/parley.sqlite"), blobs: try BlobStore(directory: folder),
            environment: environment, identity: identity)
        if let world {
            let path = WorkspaceFixture.conformance + "/\(world)/world.yaml"
            var text = String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
            if let switchedOff { text = text.replacing("\(switchedOff): true", with: "\(switchedOff): false") }
            _ = try await WorkspaceFile(yaml: [UInt8](text.utf8)).apply(to: workspace, dryRun: false)
        }
    }

    /// The project's folder of worlds and scenarios.
    static var conformance: String {
        let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        return parts.dropLast(3).joined(separator: "/") + "/Conformance"
    }

    func advance(seconds: Int64) { clock.advance(seconds: seconds) }

    func actor(_ login: String) throws -> Actor {
        guard let user = workspace.catalog.user(login: login) else { throw Fault.notFound }
        return workspace.actor(for: user)
    }

    func close() async {
        await workspace.close()
        try? FileManager.default.removeItem(atPath: folder)
    }
}
