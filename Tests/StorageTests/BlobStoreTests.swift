import Glibc
import ParleyStorage
import Testing

@Suite("Blob store")
struct BlobStoreTests {
    private func path(_ folder: Scratch, _ hash: BlobHash) -> String {
        "\(folder.path)/blobs/\(hash.hex.prefix(2))/\(hash.hex.dropFirst(2).prefix(2))/\(hash.hex)"
    }

    private func temporaryFiles(_ folder: Scratch) -> [String] { folder.names("blobs/tmp") }

    @Test("a content comes back with its known hashes")
    func knownHashes() throws {
        let folder = try Scratch()
        let store = try BlobStore(directory: folder.path)
        let writer = try store.makeWriter(limitBytes: 3, wantsMD5: true)
        try writer.append([0x61])
        try writer.append([0x62, 0x63])
        let blob = try writer.finish()
        #expect(blob.hash.hex == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(blob.md5 == "900150983cd24fb0d6963f7d28e17f72")
        #expect(blob.size == 3)
        #expect(try store.open(blob.hash).read(at: 1, count: 100) == [0x62, 0x63])
        #expect(try store.size(blob.hash) == 3)
        #expect(try store.verify(blob.hash))
        #expect(temporaryFiles(folder).isEmpty)
    }

    @Test("an empty content can be stored")
    func empty() throws {
        let folder = try Scratch()
        let store = try BlobStore(directory: folder.path)
        let blob = try store.store([])
        #expect(blob.size == 0 && blob.md5 == nil)
        #expect(try store.open(blob.hash).read(at: 0, count: 10).isEmpty)
        #expect(try store.verify(blob.hash))
    }

    @Test("the same content is kept once")
    func sameContent() throws {
        let folder = try Scratch()
        let store = try BlobStore(directory: folder.path)
        let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let first = try store.store(bytes)
        let second = try store.store(bytes)
        let other = try store.store(bytes + [0])
        #expect(first == second && first != other)
        var names: [BlobHash] = []
        try store.forEach { names.append($0); return true }
        #expect(names == [first.hash, other.hash].sorted { $0.hex < $1.hex })
        #expect(temporaryFiles(folder).isEmpty)
    }

    @Test("a content over the limit is refused and leaves nothing")
    func overLimit() throws {
        let folder = try Scratch()
        let store = try BlobStore(directory: folder.path)
        do {
            let writer = try store.makeWriter(limitBytes: 10)
            try writer.append([UInt8](repeating: 1, count: 10))
            #expect(throws: BlobFault.tooLarge(limit: 10)) { try writer.append([1]) }
            #expect(throws: BlobFault.tooLarge(limit: 10)) { try writer.finish() }
        }
        #expect(temporaryFiles(folder).isEmpty)
        try store.forEach { _ in Issue.record("a refused content was stored"); return true }
    }

    @Test("an upload that breaks off leaves nothing")
    func brokenUpload() throws {
        let folder = try Scratch()
        let store = try BlobStore(directory: folder.path)
        do {
            let writer = try store.makeWriter(limitBytes: 10)
            try writer.append([1, 2, 3])
            #expect(temporaryFiles(folder).count == 1)
        }
        #expect(temporaryFiles(folder).isEmpty)
    }

    @Test("opening the store removes what a crash left, and no running upload")
    func sweep() throws {
        let folder = try Scratch()
        let store = try BlobStore(directory: folder.path)
        let writer = try store.makeWriter(limitBytes: 10)
        try writer.append([1])
        folder.write([9, 9], to: "blobs/tmp/left")
        _ = try BlobStore(directory: folder.path)
        #expect(temporaryFiles(folder).count == 1)
        let blob = try writer.finish()
        #expect(try store.verify(blob.hash))
        #expect(temporaryFiles(folder).isEmpty)
    }

    @Test("only a hash names a content")
    func names() throws {
        let zeros = String(repeating: "0", count: 64)
        #expect(BlobHash(zeros)?.hex == zeros)
        let wrong = [
            "", "..", "../../etc/passwd", String(zeros.dropLast()), zeros + "0", zeros.dropLast() + "G",
            zeros.dropLast() + "A", zeros.dropLast() + "/", zeros.dropLast() + "é",
        ]
        for text in wrong { #expect(BlobHash(String(text)) == nil) }
    }

    @Test("a missing content is told")
    func missing() throws {
        let folder = try Scratch()
        let store = try BlobStore(directory: folder.path)
        let hash = try #require(BlobHash(String(repeating: "7", count: 64)))
        #expect(throws: BlobFault.missing(hash)) { _ = try store.open(hash) }
        #expect(throws: BlobFault.missing(hash)) { _ = try store.verify(hash) }
        #expect(try store.size(hash) == nil)
        #expect(try store.delete(hash, unusedSeconds: 0) == false)
    }

    @Test("a damaged content is found, and storing it again heals it")
    func damaged() throws {
        let folder = try Scratch()
        let store = try BlobStore(directory: folder.path)
        let blob = try store.store([1, 2, 3])
        folder.write([1, 2, 4], toPath: path(folder, blob.hash))
        #expect(try store.verify(blob.hash) == false)
        #expect(try store.store([1, 2, 3]) == blob)
        #expect(try store.verify(blob.hash))
    }

    @Test("a content without rows goes only when it is old enough")
    func deletion() throws {
        let folder = try Scratch()
        let store = try BlobStore(directory: folder.path)
        let blob = try store.store([1, 2, 3])
        #expect(try store.delete(blob.hash, unusedSeconds: 3600) == false)
        let reader = try store.open(blob.hash)
        #expect(try store.delete(blob.hash, unusedSeconds: 0))
        #expect(try store.size(blob.hash) == nil)
        #expect(try reader.read(at: 0, count: 3) == [1, 2, 3])
    }

    @Test("reading beyond the end and from nowhere gives nothing")
    func ranges() throws {
        let folder = try Scratch()
        let store = try BlobStore(directory: folder.path)
        let reader = try store.open(store.store([1, 2, 3]).hash)
        #expect(reader.size == 3)
        #expect(try reader.read(at: 3, count: 1).isEmpty)
        #expect(try reader.read(at: .max, count: .max).isEmpty)
        #expect(try reader.read(at: -5, count: 2) == [1, 2])
        #expect(try reader.read(at: .min, count: -1).isEmpty)
    }

    @Test("many uploads of the same and of different contents at once")
    func concurrent() async throws {
        let folder = try Scratch()
        let store = try BlobStore(directory: folder.path)
        let hashes = try await withThrowingTaskGroup(of: BlobHash.self) { group in
            for number in 0..<64 {
                group.addTask { try store.store([UInt8(number % 8)]).hash }
            }
            return try await group.reduce(into: Set<BlobHash>()) { $0.insert($1) }
        }
        #expect(hashes.count == 8)
        for hash in hashes { #expect(try store.verify(hash)) }
        #expect(temporaryFiles(folder).isEmpty)
    }

    @Test("a folder that is none is told")
    func noFolder() {
        #expect(throws: StorageFault.self) { _ = try BlobStore(directory: "/dev/null/nowhere") }
        #expect(throws: StorageFault.self) { _ = try BlobStore(directory: "") }
    }
}
