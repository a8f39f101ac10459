import Glibc
import ParleyModel
import ParleySQLite
import ParleyStorage
import Synchronization
import Testing

@testable import ParleyService

/// A clock that a test moves.
final class HeldClock: Sendable {
    private let instant = Mutex(Instant(seconds: 1_700_000_000))

    var now: Instant { instant.withLock { $0 } }
    func advance(seconds: Int64) { instant.withLock { $0 = $0.adding(seconds: seconds) } }

    var environment: Environment {
        Environment(now: { self.now }, random: { count in (0..<count).map { _ in UInt8.random(in: 0...255) } })
    }
}

let cheapPasswords = PasswordCost(rounds: 16, blockSize: 1, parallelism: 1) ?? .standard
let testSecretKey = (0..<32).map { UInt8($0) }

/// A workspace in a folder of its own, with one user.
private final class World: Sendable {
    let clock = HeldClock()
    let folder: String
    let workspace: Workspace
    let user = PrincipalID(4101)

    init(_ change: (inout Identity.Limits) -> Void = { _ in }) async throws {
        var template = Array("/tmp/parley-test-XXXXXX".utf8CString)
        folder = try #require(mkdtemp(&template).map { String(cString: $0) })
        var limits = Identity.Limits()
        change(&limits)
        let environment = clock.environment
        workspace = try await Workspace.open(
            engine: SQLiteEngine(path: "\(folder)/data.db"), blobs: BlobStore(directory: folder),
            environment: environment,
            identity: Identity(
                secretKey: testSecretKey, environment: environment, limits: limits, cost: cheapPasswords))
        let user = self.user
        try await workspace.write(as: .system) { transaction in
            try transaction.put(User(id: user, stamp: transaction.stamp, login: "Ann"))
        }
        try await setPassword("first")
    }

    func setPassword(_ password: String) async throws {
        let user = self.user
        let hash = try await workspace.hash(password: password)
        try await workspace.write(as: .system) { try $0.setPassword(hash, of: user) }
    }

    func addKey(_ plain: String) async throws {
        let user = self.user
        try await workspace.write(as: .system) { _ = try $0.addCredential(kind: .key, plain: plain, of: user) }
    }

    func change(_ body: @escaping @Sendable (inout User) -> Void) async throws {
        let id = user
        try await workspace.write(as: .system) { transaction in
            var user = try #require(transaction.records.users[id])
            body(&user)
            try transaction.put(user)
        }
    }

    func signIn(_ password: String, login: String = "ann", from address: String = "192.0.2.1") async throws -> Bool {
        try await workspace.signIn(login: login, password: password, from: address) != nil
    }

    func holds(_ key: String, _ kind: Credential.Kind = .key, from address: String = "192.0.2.1") async throws -> Bool {
        try await workspace.actor(key: key, kinds: [kind], from: address) != nil
    }

    func close() async { await workspace.close() }

    deinit { rm(folder) }

    private func rm(_ path: String) {
        guard let listing = opendir(path) else { return }
        var names: [String] = []
        while let entry = readdir(listing) {
            names.append(
                withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                })
        }
        closedir(listing)
        for name in names where name != "." && name != ".." {
            if unlink("\(path)/\(name)") != 0 { rm("\(path)/\(name)") }
        }
        rmdir(path)
    }
}

@Suite struct SignInTests {
    @Test("a password signs in, without regard to the login's case, and a changed one does so no more")
    func passwords() async throws {
        let world = try await World()
        let actor = try await world.workspace.signIn(login: "ANN", password: "first", from: "192.0.2.1")
        #expect(actor == Actor(user: world.user, login: "Ann", admin: false))
        #expect(try await world.signIn("first"))
        #expect(try await !world.signIn("First"))
        #expect(try await !world.signIn("first", login: "nobody"))
        try await world.setPassword("second")
        #expect(try await !world.signIn("first"))
        #expect(try await world.signIn("second"))
        try await world.setPassword("third")
        #expect(try await !world.signIn("second"))
        let user = world.user
        #expect(try await world.signIn("third"))
        try await world.workspace.write(as: .system) { try $0.removeCredentials(of: user, kind: .password) }
        #expect(try await !world.signIn("third"))
        await world.close()
    }

    @Test("a password that was right is not verified again for five minutes")
    func remembered() async throws {
        let world = try await World()
        let user = world.user
        #expect(try await world.signIn("first"))
        try await world.workspace.write(as: .system) {
            try RecordRows.deleteCredentials(of: user, kind: .password, on: $0.connection)
        }
        #expect(try await !world.signIn("second"))
        world.clock.advance(seconds: 299)
        #expect(try await world.signIn("first"))
        world.clock.advance(seconds: 1)
        #expect(try await !world.signIn("first"))
        await world.close()
    }

    @Test("a write that is rolled back changes neither password nor key")
    func rollBack() async throws {
        let world = try await World()
        let user = world.user
        try await world.addKey("k1")
        #expect(try await world.signIn("first"))
        let hash = try await world.workspace.hash(password: "second")
        await #expect(throws: Fault.forbidden) {
            _ = try await world.workspace.write(as: .system) { transaction in
                try transaction.setPassword(hash, of: user)
                try transaction.removeCredentials(of: user, kind: .key)
                throw Fault.forbidden
            }
        }
        #expect(try await world.signIn("first"))
        #expect(try await !world.signIn("second"))
        #expect(try await world.holds("k1"))
        await world.close()
    }

    @Test("locking, retiring or renaming somebody is felt by the next request", arguments: [0, 1, 2, 3])
    func revocation(way: Int) async throws {
        let world = try await World()
        let key = try #require(try await world.workspace.plainKey(of: world.user))
        #expect(try await world.signIn("first"))
        #expect(try await world.holds(key))
        let now = world.clock.now
        try await world.change { user in
            switch way {
            case 0: user.status = .locked
            case 1: user.status = .registered
            case 2: user.stamp.retired = now
            default: user.login = "anna"
            }
        }
        #expect(try await !world.signIn("first"))
        #expect(try await world.holds(key) == (way == 3))
        #expect(try await world.signIn("first", login: "anna") == (way == 3))
        await world.close()
    }

    @Test("after ten wrong passwords the right one has to wait too, and works afterwards")
    func lockOut() async throws {
        let world = try await World()
        for number in 0..<10 { #expect(try await !world.signIn("wrong\(number)")) }
        let end = world.clock.now.adding(seconds: 30)
        await #expect(throws: Fault.rateLimited(until: end)) { try await world.signIn("first") }
        world.clock.advance(seconds: 30)
        #expect(try await world.signIn("first"))
        await world.close()
    }

    @Test("an unknown login is locked out like a known one")
    func unknownLockOut() async throws {
        let world = try await World()
        for number in 0..<10 { #expect(try await !world.signIn("wrong\(number)", login: "ghost")) }
        await #expect(throws: Fault.self) { try await world.signIn("first", login: "ghost") }
        await world.close()
    }

    @Test("the same try made many times at once is verified once")
    func together() async throws {
        let world = try await World { $0.waitingPasswords = 1 }
        let results = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<40 { group.addTask { try await world.signIn("first") } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(results == Array(repeating: true, count: 40))
        await world.close()
    }

    @Test("the last sign-in is noted, and not again within a minute")
    func lastSignIn() async throws {
        let world = try await World()
        let first = world.clock.now
        #expect(try await world.signIn("first"))
        try await wait { world.workspace.catalog.user(world.user)?.lastSignIn == first }
        world.clock.advance(seconds: 59)
        #expect(try await world.signIn("first"))
        world.clock.advance(seconds: 1)
        #expect(try await world.signIn("first"))
        try await wait { world.workspace.catalog.user(world.user)?.lastSignIn == first.adding(seconds: 60) }
        #expect(try await world.signIn("first"))
        await world.close()
    }

    private func wait(until condition: @Sendable () -> Bool) async throws {
        for _ in 0..<6000 where !condition() { try await Task.sleep(for: .milliseconds(10)) }
        #expect(condition())
    }
}

@Suite struct KeyTests {
    @Test("a user's key is made once, shown again, and replaced on demand")
    func ownKey() async throws {
        let world = try await World()
        let workspace = world.workspace
        let first = try #require(try await workspace.plainKey(of: world.user))
        #expect(first.count == 40)
        #expect(try await workspace.plainKey(of: world.user) == first)
        #expect(try await workspace.plainKey(of: PrincipalID(4999)) == nil)
        #expect(try await world.holds(first))
        let second = try await workspace.resetKey(of: world.user, as: .system)
        #expect(second != first)
        #expect(try await !world.holds(first))
        #expect(try await world.holds(second))
        #expect(try await workspace.plainKey(of: world.user) == second)
        await world.close()
    }

    @Test("a key is good for its kind, until it expires or is removed")
    func validity() async throws {
        let world = try await World()
        let user = world.user
        let expires = world.clock.now.adding(seconds: 100)
        _ = try await world.workspace.write(as: .system) { transaction in
            try transaction.addCredential(
                kind: .token, plain: "t1", of: user, scopes: ["read"], label: "robot", expires: expires)
        }
        #expect(try await world.holds("t1", .token))
        #expect(try await !world.holds("t1", .key))
        #expect(try await !world.holds("T1", .token))
        #expect(try await !world.holds("first", .password))
        #expect(try await !world.holds("", .token))
        world.clock.advance(seconds: 99)
        #expect(try await world.holds("t1", .token))
        world.clock.advance(seconds: 1)
        #expect(try await !world.holds("t1", .token))
        await world.close()
    }

    @Test("a session lasts until it is ended, its time is over or the password is another")
    func sessions() async throws {
        let world = try await World()
        let workspace = world.workspace
        let (first, second) = (workspace.openSession(of: world.user), workspace.openSession(of: world.user))
        #expect(first != second)
        #expect(try await workspace.actor(session: first)?.user == world.user)
        var forged = first
        forged.replaceSubrange(forged.startIndex...forged.startIndex, with: "1")
        #expect(try await workspace.actor(session: forged) == nil)
        try await workspace.endSession(first)
        #expect(try await workspace.actor(session: first) == nil)
        #expect(try await workspace.actor(session: second)?.user == world.user)
        let third = workspace.openSession(of: world.user)
        try await world.setPassword("second")
        #expect(try await workspace.actor(session: third) == nil)
        let fourth = workspace.openSession(of: world.user)
        world.clock.advance(seconds: Workspace.sessionSeconds - 1)
        #expect(try await workspace.actor(session: fourth)?.user == world.user)
        world.clock.advance(seconds: 1)
        #expect(try await workspace.actor(session: fourth) == nil)
        await world.close()
    }

    @Test("a value that somebody has already, or that cannot be, is not taken")
    func refused() async throws {
        let world = try await World()
        let user = world.user
        try await world.addKey("k")
        for (plain, scopes) in [("k", []), ("", []), (String(repeating: "x", count: 4097), []), ("n", ["a b"])] {
            await #expect(throws: Fault.self) {
                try await world.workspace.write(as: .system) {
                    try $0.addCredential(kind: .key, plain: plain, of: user, scopes: scopes)
                }
            }
        }
        await #expect(throws: Fault.notFound) {
            try await world.workspace.write(as: .system) {
                try $0.addCredential(kind: .key, plain: "z", of: PrincipalID(4999))
            }
        }
        await world.close()
    }

    @Test("wrong keys count against their address, and then the right one is refused there too")
    func lockOut() async throws {
        let world = try await World { $0.addressFailures = 5 }
        let key = try #require(try await world.workspace.plainKey(of: world.user))
        #expect(try await world.holds(key))
        for number in 0..<5 { #expect(try await !world.holds("wrong\(number)")) }
        await #expect(throws: Fault.self) { try await world.holds(key) }
        #expect(try await world.holds(key, from: "192.0.2.2"))
        #expect(try await world.signIn("first", from: "192.0.2.2"))
        await world.close()
    }
}
