import Glibc
import ParleyStorage

/// Database files as the file system sees them.
enum DatabaseFile {
    /// Makes an empty file that only its owner can read; SQLite gives its side files the same rights.
    static func makeIfMissing(_ path: String) throws(StorageFault) {
        try refuseNUL(path)
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        if descriptor < 0 {
            guard errno == EEXIST else { throw failure("cannot make \(path)") }
            return
        }
        close(descriptor)
        try sync(directory(of: path))
    }

    /// Whether something is at the path.
    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Makes a file's or a folder's content durable.
    static func sync(_ path: String) throws(StorageFault) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("cannot open \(path)") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("cannot sync \(path)") }
    }

    /// Gives a file its final name, durably; fails when the name is taken.
    static func publish(_ path: String, as target: String) throws(StorageFault) {
        try sync(path)
        guard !exists(target) else { throw .unwritable("\(target) exists already") }
        guard rename(path, target) == 0 else { throw failure("cannot rename \(path)") }
        try sync(directory(of: target))
    }

    /// A path with NUL would be cut off.
    static func refuseNUL(_ path: String) throws(StorageFault) {
        guard !path.isEmpty, !path.utf8.contains(0) else { throw .unwritable("not a path") }
    }

    private static func directory(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: 0x2f) else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    private static func failure(_ what: String) -> StorageFault {
        .unwritable("\(what): \(String(cString: strerror(errno)))")
    }
}
