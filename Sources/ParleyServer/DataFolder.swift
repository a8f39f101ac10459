import Foundation
import Glibc
import ParleyModel
import ParleySQLite
import ParleyService
import ParleyStorage

/// A workspace's folder: the database, the blobs, the secret key, and a lock that keeps a second server out.
struct DataFolder {
    let path: String

    var database: String { path + "/parley.sqlite" }
    private var secretKey: String { path + "/secret.key" }
    private var lock: String { path + "/parley.lock" }

    /// Whether there is a workspace in it.
    var hasWorkspace: Bool { access(database, F_OK) == 0 }

    /// Makes the folder, for its owner alone.
    func create() throws {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw CommandError("the folder \(path) cannot be made: \(error.localizedDescription)")
        }
    }

    /// Takes the folder for this process; given back when the process ends or the descriptor is closed.
    func takeLock() throws -> Int32 {
        let descriptor = Glibc.open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw CommandError("\(lock) cannot be opened: \(String(cString: strerror(errno)))")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            Glibc.close(descriptor)
            throw CommandError("\(path) is in use by another process")
        }
        return descriptor
    }

    /// The secret key, made at the first start.
    func readSecretKey(_ environment: Environment) throws -> [UInt8] {
        if let known = FileManager.default.contents(atPath: secretKey) {
            guard known.count >= Identity.secretKeyOctets else { throw CommandError("\(secretKey) is damaged") }
            return [UInt8](known)
        }
        guard !hasWorkspace else {
            throw CommandError("\(secretKey) is missing; without it no stored key can be checked")
        }
        let made = environment.random(Identity.secretKeyOctets)
        let descriptor = Glibc.open(secretKey, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0, write(descriptor, made, made.count) == made.count, fsync(descriptor) == 0 else {
            throw CommandError("\(secretKey) cannot be written: \(String(cString: strerror(errno)))")
        }
        Glibc.close(descriptor)
        return made
    }

    /// The real clock and the system's randomness.
    static var environment: Environment {
        Environment(
            now: {
                var time = timespec()
                clock_gettime(CLOCK_REALTIME, &time)
                return Instant(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
            },
            random: { count in
                var generator = SystemRandomNumberGenerator()
                return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
            })
    }
}

/// An open workspace and the folder it lies in.
struct OpenFolder {
    let workspace: Workspace
    let engine: SQLiteEngine
    private let lock: Int32

    /// Opens a workspace, or makes one where the folder has none and `create` says so.
    init(_ configuration: Configuration, create: Bool) async throws {
        let folder = DataFolder(path: configuration.data)
        if !folder.hasWorkspace {
            guard create else { throw CommandError("there is no workspace in \(configuration.data)") }
            try folder.create()
        }
        lock = try folder.takeLock()
        let environment = DataFolder.environment
        let key = try folder.readSecretKey(environment)
        engine = try SQLiteEngine(path: folder.database)
        let blobs = try BlobStore(directory: folder.path)
        workspace = try await Workspace.open(
            engine: engine, blobs: blobs, environment: environment,
            identity: Identity(secretKey: key, environment: environment))
    }

    func close() async {
        await workspace.close()
        Glibc.close(lock)
    }
}
