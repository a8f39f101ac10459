import Foundation
import ParleySQLite
import ParleyService
import ParleyStorage

/// Copies of a whole workspace: a folder with the database, the blobs and the secret key, made while the server runs.
enum Backup {
    private static let parts = ["parley.sqlite", "secret.key", "blobs"]

    /// Writes a copy to a folder that does not exist yet. The database's copy is one consistent picture; blobs are
    /// never changed
    /// once they are there, so those it names are in the copy too when they are copied after it.
    static func make(_ configuration: Configuration, to path: String) async throws -> [String] {
        let folder = DataFolder(path: configuration.data)
        guard folder.hasWorkspace else { throw CommandError("there is no workspace in \(configuration.data)") }
        guard !FileManager.default.fileExists(atPath: path) else { throw CommandError("\(path) exists already") }
        let copy = DataFolder(path: path)
        try copy.create()
        let engine = try SQLiteEngine(path: folder.database)
        do {
            try await engine.backup(toPath: copy.database)
        } catch {
            await engine.close()
            throw error
        }
        await engine.close()
        for part in parts.dropFirst() { try copyPart(part, from: configuration.data, to: path) }
        return ["the copy is in \(path)"]
    }

    /// Makes the workspace anew from a copy, where there is none.
    static func restore(_ configuration: Configuration, from path: String) async throws -> [String] {
        let folder = DataFolder(path: configuration.data)
        guard !folder.hasWorkspace else { throw CommandError("there is a workspace in \(configuration.data) already") }
        guard DataFolder(path: path).hasWorkspace else { throw CommandError("there is no copy in \(path)") }
        try folder.create()
        for part in parts { try copyPart(part, from: path, to: configuration.data) }
        let opened = try await OpenFolder(configuration, create: false)
        let problems = try await opened.workspace.check()
        await opened.close()
        guard problems.isEmpty else {
            throw CommandError("the copy is not sound:\n" + problems.joined(separator: "\n"))
        }
        return ["restored from \(path); the check found nothing"]
    }

    private static func copyPart(_ part: String, from source: String, to target: String) throws {
        let manager = FileManager.default
        guard manager.fileExists(atPath: "\(source)/\(part)") else { return }
        do {
            if manager.fileExists(atPath: "\(target)/\(part)") { try manager.removeItem(atPath: "\(target)/\(part)") }
            try manager.copyItem(atPath: "\(source)/\(part)", toPath: "\(target)/\(part)")
        } catch {
            throw CommandError("\(part) cannot be copied: \(error.localizedDescription)")
        }
    }
}
