import ParleyModel
import ParleyStorage

/// What a sweep took away.
public struct FileSweep: Sendable, Equatable {
    /// Rows of files that nobody hung anywhere in time.
    public var expired = 0
    /// Contents that no file needs any more.
    public var blobs = 0
}

extension Workspace {
    /// Contents younger than this many seconds stay: the row that will need them may not be written yet.
    public static let youngBlobSeconds: Int64 = 3600
    private static let sweepSeconds: Int64 = 3600
    private static let sweepBatch = 500
    /// Contents that one whole sweep looks at.
    private static let sweepLimit = 1_000_000

    /// Sweeps now, looking at every content, and then once an hour at those whose files went. Ends when the task is
    /// cancelled; a sweep that fails is tried again with the next.
    public func startSweepingFiles() -> Task<Void, Never> {
        Task.detached(priority: .background) { [self] in
            var isWhole = true
            while !Task.isCancelled {
                if (try? await sweepFiles(whole: isWhole)) != nil { isWhole = false }
                try? await Task.sleep(for: .seconds(Workspace.sweepSeconds))
            }
        }
    }

    /// Removes files that have belonged to nothing for too long, and contents that no file needs.
    /// - Parameters:
    ///   - whole: looks at all contents in the store, not only at those whose files went.
    ///   - youngSeconds: contents stored within this time stay.
    @discardableResult
    public func sweepFiles(
        whole: Bool, youngSeconds: Int64 = Workspace.youngBlobSeconds
    ) async throws -> FileSweep {
        var sweep = FileSweep()
        while !Task.isCancelled {
            let gone = try await write(as: .system) { try $0.forgetFiles(youngSeconds, limit: Workspace.sweepBatch) }
            sweep.expired += gone.expired
            sweep.blobs += try await delete(unneeded: gone.blobs, youngSeconds)
            if gone.blobs.count < Workspace.sweepBatch { break }
        }
        guard whole, !Task.isCancelled else { return sweep }
        let blobs = self.blobs
        let all = try await files.run {
            var found: [String] = []
            try blobs.forEach { hash in
                found.append(hash.hex)
                return found.count < Workspace.sweepLimit
            }
            return found
        }
        for start in stride(from: 0, to: all.count, by: Workspace.sweepBatch) where !Task.isCancelled {
            let batch = Array(all[start..<min(start + Workspace.sweepBatch, all.count)])
            sweep.blobs += try await delete(unneeded: batch, youngSeconds)
        }
        return sweep
    }

    /// Deletes those contents that no row names. Between the look at the rows and the deletion a new row may come to
    /// name one: then the content was stored anew just before, and is too young.
    private func delete(unneeded hashes: [String], _ youngSeconds: Int64) async throws -> Int {
        guard !hashes.isEmpty else { return 0 }
        let unneeded = try await read(as: .system) { reader in
            try hashes.filter { hash in
                try reader.connection.first(
                    "SELECT 1 FROM file WHERE blob = ?1 AND retired IS NULL LIMIT 1", [.text(hash)]
                ) { $0.integer(0) } == nil
            }
        }
        let blobs = self.blobs
        return try await files.run {
            try unneeded.compactMap(BlobHash.init).count { try blobs.delete($0, unusedSeconds: youngSeconds) }
        }
    }
}

extension Transaction {
    /// Deletes rows of expired files, and takes the contents from those that were retired long enough ago.
    /// - Returns: the contents concerned, one for each row.
    fileprivate func forgetFiles(_ youngSeconds: Int64, limit: Int) throws -> (expired: Int, blobs: [String]) {
        let expired = try connection.all(
            """
            SELECT id, blob FROM file WHERE expires <= ?1
              AND NOT EXISTS (SELECT 1 FROM file_link WHERE file_link.file_id = file.id) ORDER BY id LIMIT ?2
            """, [.instant(now), .integer(Int64(limit))]
        ) { (id: $0.integer(0), blob: $0.optionalText(1)) }
        for file in expired { try connection.execute("DELETE FROM file WHERE id = ?1", [.integer(file.id)]) }
        var blobs = expired.compactMap(\.blob)
        guard blobs.count < limit else { return (expired.count, blobs) }
        let moment = Instant(microseconds: now.microseconds - youngSeconds * 1_000_000)
        let retired = try connection.all(
            "SELECT id, blob FROM file WHERE retired <= ?1 AND blob IS NOT NULL ORDER BY id LIMIT ?2",
            [.instant(moment), .integer(Int64(limit - blobs.count))]
        ) { (id: $0.integer(0), blob: $0.text(1)) }
        for file in retired {
            try connection.execute("UPDATE file SET blob = NULL WHERE id = ?1", [.integer(file.id)])
            blobs.append(file.blob)
        }
        return (expired.count, blobs)
    }
}
