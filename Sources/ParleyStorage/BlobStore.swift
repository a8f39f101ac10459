import Crypto
import Glibc
import Synchronization

/// The name of a file's content: its SHA-256. Two contents with one name do not exist.
public struct BlobHash: Hashable, Sendable, CustomStringConvertible {
    /// 64 hexadecimal digits in lower case.
    public let hex: String

    /// Nil unless the text is 64 hexadecimal digits in lower case.
    public init?(_ hex: String) {
        let isDigits = hex.utf8.allSatisfy { ($0 >= 0x30 && $0 <= 0x39) || ($0 >= 0x61 && $0 <= 0x66) }
        guard isDigits, hex.utf8.count == 64 else { return nil }
        self.hex = hex
    }

    init(_ digest: SHA256.Digest) { hex = BlobHash.hexadecimal(digest) }

    /// The digits.
    public var description: String { hex }

    static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        var text: [UInt8] = []
        for byte in bytes {
            for digit in [byte >> 4, byte & 15] { text.append(digit < 10 ? 0x30 + digit : 0x57 + digit) }
        }
        return String(decoding: text, as: UTF8.self)
    }
}

/// What is known of a content after it was stored.
public struct StoredBlob: Hashable, Sendable {
    /// Its name in the store.
    public let hash: BlobHash
    /// Hexadecimal MD5, when it was asked for.
    public let md5: String?
    /// Bytes.
    public let size: Int64
}

/// What goes wrong with a content; a bad disk is `StorageFault.unwritable`.
public enum BlobFault: Error, Equatable {
    /// More bytes came than allowed.
    case tooLarge(limit: Int64)
    /// There is no such content.
    case missing(BlobHash)
}

/// Contents of files, in one folder, each under the hash of its bytes: `blobs/ab/cd/abcd...`.
///
/// No name from outside becomes a path. A content is durable when `BlobWriter.finish` returns, and appears only whole.
/// The same content is kept once. All calls block: never make them on an event loop's thread.
public final class BlobStore: Sendable {
    private let root: String
    private let temporary: String
    /// Held while names appear or vanish, so that no content is removed which another upload counts on.
    private let naming = Mutex(())

    /// Opens or makes the store `directory/blobs`, and removes what broken uploads left.
    /// - Throws: `StorageFault.unwritable`
    public init(directory: String) throws(StorageFault) {
        guard !directory.isEmpty, !directory.utf8.contains(0) else { throw .unwritable("not a path") }
        root = directory + "/blobs"
        temporary = root + "/tmp"
        try BlobFiles.makeFolder(root, in: directory)
        try BlobFiles.makeFolder(temporary, in: root)
        try sweepTemporaryFiles()
    }

    /// Begins to store a content.
    /// - Parameters:
    ///   - limitBytes: most bytes it may have.
    ///   - wantsMD5: whether its MD5 is wanted too.
    public func makeWriter(limitBytes: Int64, wantsMD5: Bool = false) throws(StorageFault) -> BlobWriter {
        for _ in 0..<100 {
            let path = temporary + "/" + BlobHash.hexadecimal((0..<16).map { _ in UInt8.random(in: .min ... .max) })
            guard let descriptor = try BlobFiles.create(path) else { continue }
            // The lock tells a sweep, of another process too, that the file is in use. A sweep that came first
            // unlinked it.
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0, try BlobFiles.status(descriptor).names > 0 {
                return BlobWriter(self, path: path, descriptor: descriptor, limitBytes, wantsMD5: wantsMD5)
            }
            close(descriptor)
        }
        throw .unwritable("cannot make a temporary file")
    }

    /// Stores bytes that are in memory.
    public func store(_ bytes: [UInt8], wantsMD5: Bool = false) throws -> StoredBlob {
        let writer = try makeWriter(limitBytes: Int64(bytes.count), wantsMD5: wantsMD5)
        try bytes.withUnsafeBytes { try writer.append($0) }
        return try writer.finish()
    }

    /// Opens a content for reading.
    /// - Throws: `BlobFault.missing`, `StorageFault.unwritable`
    public func open(_ hash: BlobHash) throws -> BlobReader {
        guard let descriptor = try BlobFiles.openExisting(path(hash)) else { throw BlobFault.missing(hash) }
        return try BlobReader(descriptor: descriptor)
    }

    /// The size in bytes, nil when there is no such content.
    public func size(_ hash: BlobHash) throws(StorageFault) -> Int64? { try BlobFiles.status(path(hash))?.size }

    /// Reads the whole content again.
    /// - Returns: whether it still has its hash.
    /// - Throws: `BlobFault.missing`, `StorageFault.unwritable`
    public func verify(_ hash: BlobHash) throws -> Bool {
        let reader = try open(hash)
        var digest = SHA256()
        var offset: Int64 = 0
        while true {
            let bytes = try reader.read(at: offset, count: 1 << 18)
            if bytes.isEmpty { return BlobHash(digest.finalize()) == hash }
            digest.update(data: bytes)
            offset += Int64(bytes.count)
        }
    }

    /// All names in the store, in order; the closure returns false to stop.
    public func forEach(_ body: (BlobHash) throws -> Bool) throws {
        for first in try BlobFiles.names(in: root) where first.utf8.count == 2 {
            for second in try BlobFiles.names(in: "\(root)/\(first)") {
                for name in try BlobFiles.names(in: "\(root)/\(first)/\(second)") {
                    let found = "\(root)/\(first)/\(second)/\(name)"
                    guard let hash = BlobHash(name), path(hash) == found else { continue }
                    guard try body(hash) else { return }
                }
            }
        }
    }

    /// Removes a content to which no row refers.
    /// - Parameter unusedSeconds: it stays when it was stored, or stored again, within this time: the row that will
    ///   refer to it may not be written yet.
    /// - Returns: whether it is gone now and was there before.
    public func delete(_ hash: BlobHash, unusedSeconds: Int64) throws(StorageFault) -> Bool {
        let path = path(hash)
        return try naming.withLock { _ throws(StorageFault) -> Bool in
            guard let status = try BlobFiles.status(path) else { return false }
            guard Int64(time(nil)) - status.second >= unusedSeconds else { return false }
            guard unlink(path) == 0 else { throw BlobFiles.failure("remove", path) }
            return true
        }
    }

    /// Removes temporary files that nobody is writing. Runs when the store is opened.
    public func sweepTemporaryFiles() throws(StorageFault) {
        for name in try BlobFiles.names(in: temporary) {
            let path = "\(temporary)/\(name)"
            guard let descriptor = try BlobFiles.openExisting(path) else { continue }
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { unlink(path) }
            close(descriptor)
        }
    }

    /// Where a content lies, or would lie.
    public func path(_ hash: BlobHash) -> String {
        "\(folder(hash))/\(hash.hex)"
    }

    private func folder(_ hash: BlobHash) -> String {
        "\(root)/\(hash.hex.prefix(2))/\(hash.hex.dropFirst(2).prefix(2))"
    }

    /// Gives a durable temporary file its final name. A content that is there already gives way to its equal, so that
    /// its age starts anew and a damaged one is whole again; who reads the old file reads on.
    fileprivate func publish(_ temporaryPath: String, _ hash: BlobHash) throws(StorageFault) {
        let path = path(hash)
        let folder = folder(hash)
        try naming.withLock { _ throws(StorageFault) in
            let outer = "\(root)/\(hash.hex.prefix(2))"
            try BlobFiles.makeFolder(outer, in: root)
            try BlobFiles.makeFolder(folder, in: outer)
            guard rename(temporaryPath, path) == 0 else { throw BlobFiles.failure("name", path) }
            try BlobFiles.syncFolder(folder)
        }
    }
}

/// A content on its way into the store. It leaves nothing behind unless `finish` returns.
public final class BlobWriter: Sendable {
    private struct State {
        var descriptor: Int32
        var digest = SHA256()
        var md5: Insecure.MD5?
        var size: Int64 = 0
        var fault: (any Error)?
    }

    private let store: BlobStore
    private let path: String
    private let limitBytes: Int64
    private let state: Mutex<State>

    fileprivate init(_ store: BlobStore, path: String, descriptor: Int32, _ limitBytes: Int64, wantsMD5: Bool) {
        self.store = store
        self.path = path
        self.limitBytes = limitBytes
        state = Mutex(State(descriptor: descriptor, md5: wantsMD5 ? Insecure.MD5() : nil))
    }

    deinit { discard() }

    /// Bytes taken so far.
    public var size: Int64 { state.withLock { $0.size } }

    /// Takes the next bytes. After a failure every further call fails alike.
    /// - Throws: `BlobFault.tooLarge`, `StorageFault.unwritable`
    public func append(_ bytes: UnsafeRawBufferPointer) throws {
        try state.withLock { state in
            if let fault = state.fault { throw fault }
            do {
                guard state.descriptor >= 0 else { throw StorageFault.unwritable("the upload has ended") }
                guard Int64(bytes.count) <= limitBytes - state.size else { throw BlobFault.tooLarge(limit: limitBytes) }
                try BlobFiles.write(state.descriptor, bytes)
                state.digest.update(bufferPointer: bytes)
                state.md5?.update(bufferPointer: bytes)
                state.size += Int64(bytes.count)
            } catch {
                state.fault = error
                throw error
            }
        }
    }

    /// Takes the next bytes.
    /// - Throws: `BlobFault.tooLarge`, `StorageFault.unwritable`
    public func append(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { try append($0) }
    }

    /// Makes the content durable and gives it its name. Call it once.
    /// - Throws: what an earlier `append` threw, `StorageFault.unwritable`
    public func finish() throws -> StoredBlob {
        try state.withLock { state in
            if let fault = state.fault { throw fault }
            guard state.descriptor >= 0 else { throw StorageFault.unwritable("the upload has ended") }
            do {
                let blob = StoredBlob(
                    hash: BlobHash(state.digest.finalize()),
                    md5: state.md5.map { BlobHash.hexadecimal($0.finalize()) }, size: state.size)
                guard futimens(state.descriptor, nil) == 0 else { throw BlobFiles.failure("date", path) }
                try BlobFiles.sync(state.descriptor)
                try store.publish(path, blob.hash)
                close(state.descriptor)
                state.descriptor = -1
                return blob
            } catch {
                state.fault = error
                throw error
            }
        }
    }

    /// Gives up; harmless after `finish`.
    public func discard() {
        state.withLock { state in
            guard state.descriptor >= 0 else { return }
            unlink(path)
            close(state.descriptor)
            state.descriptor = -1
        }
    }
}

/// An open content. It can be read on after its name was removed.
public final class BlobReader: Sendable {
    /// For handing the file to a socket; valid as long as the reader is.
    public let descriptor: Int32
    /// Bytes.
    public let size: Int64

    fileprivate init(descriptor: Int32) throws(StorageFault) {
        self.descriptor = descriptor
        do {
            size = try BlobFiles.status(descriptor).size
        } catch {
            close(descriptor)
            throw error
        }
    }

    deinit { close(descriptor) }

    /// Up to `count` bytes from a position, at most 16 MiB; fewer only at the end, none beyond it.
    public func read(at offset: Int64, count: Int) throws(StorageFault) -> [UInt8] {
        let left = max(0, size - max(0, offset))
        return try BlobFiles.read(
            descriptor, at: max(0, offset), count: max(0, min(count, 1 << 24, Int(clamping: left))))
    }
}
