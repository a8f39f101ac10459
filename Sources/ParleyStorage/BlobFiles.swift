import Glibc

/// The file system's calls as the blob store needs them; each failure becomes a `StorageFault`.
enum BlobFiles {
    /// Opens for reading; nil when there is no such file.
    static func openExisting(_ path: String) throws(StorageFault) -> Int32? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        if descriptor >= 0 { return descriptor }
        guard errno == ENOENT || errno == ENOTDIR else { throw failure("open", path) }
        return nil
    }

    /// Makes a new file for writing; nil when the name is taken.
    static func create(_ path: String) throws(StorageFault) -> Int32? {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        if descriptor >= 0 { return descriptor }
        guard errno == EEXIST else { throw failure("make", path) }
        return nil
    }

    /// Writes all bytes at the file's end.
    static func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) throws(StorageFault) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let buffer = UnsafeRawBufferPointer(rebasing: rest)
            let count = Glibc.write(descriptor, buffer.baseAddress, buffer.count)
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if count == 0 || errno != EINTR {
                throw failure("write", "a file")
            }
        }
    }

    /// Reads up to `count` bytes from a position; fewer only at the file's end.
    static func read(_ descriptor: Int32, at offset: Int64, count: Int) throws(StorageFault) -> [UInt8] {
        var fault: StorageFault?
        let result = [UInt8](unsafeUninitializedCapacity: count) { target, filled in
            let raw = UnsafeMutableRawBufferPointer(target)
            while filled < count {
                let part = UnsafeMutableRawBufferPointer(rebasing: raw[filled...])
                let got = pread(descriptor, part.baseAddress, count - filled, off_t(offset &+ Int64(filled)))
                if got > 0 {
                    filled += got
                } else if got == 0 {
                    return
                } else if errno != EINTR {
                    fault = failure("read", "a file")
                    return
                }
            }
        }
        if let fault { throw fault }
        return result
    }

    /// Size in bytes and seconds since 1970 of the last use, nil when there is no such file.
    static func status(_ path: String) throws(StorageFault) -> (size: Int64, second: Int64)? {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            guard errno == ENOENT || errno == ENOTDIR else { throw failure("look at", path) }
            return nil
        }
        return (Int64(status.st_size), Int64(status.st_mtim.tv_sec))
    }

    /// Size in bytes and number of names of an open file.
    static func status(_ descriptor: Int32) throws(StorageFault) -> (size: Int64, names: Int) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure("look at", "an open file") }
        return (Int64(status.st_size), Int(status.st_nlink))
    }

    /// Makes a folder that only its owner can enter, durably; one that is there already is fine.
    static func makeFolder(_ path: String, in parent: String) throws(StorageFault) {
        if mkdir(path, 0o700) == 0 { return try syncFolder(parent) }
        guard errno == EEXIST else { throw failure("make", path) }
    }

    /// Makes a folder's entries durable.
    static func syncFolder(_ path: String) throws(StorageFault) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open", path) }
        defer { close(descriptor) }
        try sync(descriptor)
    }

    /// Makes an open file's content durable.
    static func sync(_ descriptor: Int32) throws(StorageFault) {
        guard fsync(descriptor) == 0 else { throw failure("sync", "a file") }
    }

    /// Names in a folder without the hidden ones, sorted; none when there is no such folder.
    static func names(in path: String) throws(StorageFault) -> [String] {
        guard let folder = opendir(path) else {
            guard errno == ENOENT || errno == ENOTDIR else { throw failure("list", path) }
            return []
        }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }

    /// The last call's error as a fault.
    static func failure(_ action: String, _ what: String) -> StorageFault {
        .unwritable("cannot \(action) \(what): \(String(cString: strerror(errno)))")
    }
}
