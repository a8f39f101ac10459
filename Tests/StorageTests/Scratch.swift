import Glibc
import Testing

/// A folder of a test's own, gone with it.
final class Scratch: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/parley-test-XXXXXX".utf8CString)
        path = try #require(mkdtemp(&template).map { String(cString: $0) })
    }

    deinit { remove(path) }

    /// A path in the folder.
    func file(_ name: String) -> String { "\(path)/\(name)" }

    /// The names in one of its folders, without hidden ones.
    func names(_ folder: String) -> [String] { Self.names(file(folder)) }

    /// Replaces a file's content.
    func write(_ bytes: [UInt8], to name: String) { write(bytes, toPath: file(name)) }

    /// Replaces a file's content.
    func write(_ bytes: [UInt8], toPath path: String) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        #expect(descriptor >= 0)
        #expect(Glibc.write(descriptor, bytes, bytes.count) == bytes.count)
        close(descriptor)
    }

    /// Overwrites some bytes in the middle of a file.
    func damage(_ name: String, at offset: Int, with bytes: [UInt8]) {
        let descriptor = open(file(name), O_WRONLY)
        #expect(descriptor >= 0)
        #expect(pwrite(descriptor, bytes, bytes.count, offset) == bytes.count)
        close(descriptor)
    }

    private static func names(_ path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }

    private func remove(_ path: String) {
        for name in Self.names(path) {
            let inner = "\(path)/\(name)"
            if unlink(inner) != 0 { remove(inner) }
        }
        rmdir(path)
    }
}
