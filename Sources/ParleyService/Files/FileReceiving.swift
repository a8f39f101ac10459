import ParleyModel
import ParleyStorage

/// What a client says of a file that it sends.
public struct NewFile: Sendable {
    /// Nil: one is made up.
    public var name: String?
    /// Nil: what the name's extension stands for. One that is too long counts for nothing.
    public var contentType: String?
    public var description: String?
    /// Octets announced; nil where only the end will tell.
    public var length: Int64?

    public init(name: String? = nil, contentType: String? = nil, length: Int64? = nil) {
        self.name = name
        self.contentType = contentType
        self.length = length
    }
}

extension Workspace {
    /// How long a file may belong to nothing, in microseconds.
    static let temporaryFileLifetime: Int64 = 24 * 3600 * 1_000_000
    /// Octets that are collected before a piece of blocking work is done with them.
    private static let pieceSize = 256 << 10

    /// What lets somebody send files at all: they could hang them somewhere.
    private static let sendingActions: [Action] = [
        .addIssues, .editIssues, .editOwnIssues, .addIssueNotes, "manage_files", "manage_news", "edit_wiki_pages",
        "add_messages", "edit_messages", "add_documents", "edit_documents",
    ]

    /// Takes a file in, piece by piece, for its sender to hang somewhere within a day. Whatever goes wrong, nothing
    /// stays.
    /// - Parameter next: the next octets; nil at the end. What it throws ends the upload.
    /// - Throws: `Fault.tooLarge` beyond the workspace's limit, `Fault.invalid` with `limitReached` where the sender
    ///   has too much that belongs to nothing yet, `Fault.forbidden` or `.unauthenticated`.
    public func receive(
        _ new: NewFile, as actor: Actor, next: @Sendable () async throws -> [UInt8]?
    ) async throws -> File {
        let access = catalog.access(for: actor)
        guard Workspace.sendingActions.contains(where: { access.allowsSomewhere($0) }) else {
            throw actor.isAnonymous ? Fault.unauthenticated : Fault.forbidden
        }
        let name = new.name.map(FileNaming.clean) ?? hexadecimal(16)
        let problems = [
            FileNaming.problem(name), FileNaming.tooLong(new.description ?? "", "description"),
        ].compactMap { $0 }
        guard problems.isEmpty else { throw Fault.invalid(problems) }
        let limit = max(0, catalog.settings.fileSizeLimit)
        if let length = new.length, length > limit { throw Fault.tooLarge(limit: limit) }
        let stored = try await read(as: actor) { try $0.temporaryOctets }
        let quota = catalog.settings.temporaryFileQuota
        guard let granted = files.promise(
            actor.user, wanted: new.length ?? limit, isExact: new.length != nil, free: quota - stored)
        else { throw Workspace.quotaFault }
        defer { files.release(actor.user, granted) }
        let blob: StoredBlob
        do {
            blob = try await store(next, limit: granted)
        } catch BlobFault.tooLarge {
            throw granted < limit && new.length == nil ? Workspace.quotaFault : Fault.tooLarge(limit: limit)
        } catch let fault as StorageFault {
            throw Workspace.fault(fault)
        }
        return try await write(as: actor) { [self] transaction in
            guard try transaction.reader.temporaryOctets + blob.size <= quota else { throw Workspace.quotaFault }
            return try transaction.insert(new, name: name, blob, token: hexadecimal(32))
        }
    }

    private static let quotaFault = Fault.invalid([Problem(.property("filename"), .limitReached)])

    private func hexadecimal(_ count: Int) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: environment.random(count).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// Writes what comes into the blob store; only one piece of it is in memory.
    private func store(_ next: () async throws -> [UInt8]?, limit: Int64) async throws -> StoredBlob {
        let blobs = self.blobs
        let writer = try await files.run { try blobs.makeWriter(limitBytes: limit, wantsMD5: true) }
        do {
            var piece: [UInt8] = []
            while let chunk = try await next() {
                piece = piece.isEmpty ? chunk : piece + chunk
                if piece.count < Workspace.pieceSize { continue }
                let full = piece
                piece = []
                try await files.run { try writer.append(full) }
            }
            let rest = piece
            return try await files.run {
                try writer.append(rest)
                return try writer.finish()
            }
        } catch {
            _ = try? await files.run { writer.discard() }
            throw error
        }
    }
}

extension Reader {
    /// Octets of the files that the actor has sent and that belong to nothing yet.
    var temporaryOctets: Int64 {
        get throws {
            try connection.first(
                """
                SELECT COALESCE(SUM(size), 0) FROM file
                WHERE expires IS NOT NULL AND author_id = ?1 AND retired IS NULL
                """, [.id(actor.user)]
            ) { $0.integer(0) } ?? 0
        }
    }
}

extension Transaction {
    fileprivate func insert(_ new: NewFile, name: String, _ blob: StoredBlob, token: String) throws -> File {
        let given = new.contentType.flatMap { $0.isEmpty ? nil : $0 } ?? FileNaming.mediaType(of: name)
        let type = given.flatMap { FileNaming.tooLong($0, "contentType") == nil ? $0 : nil }
        let id: FileID = try next("file")
        var file = File(
            id: id, stamp: stamp, name: name, contentType: type, size: blob.size, author: actor.user)
        file.blob = blob.hash.hex
        file.md5 = blob.md5
        file.received = blob.size
        file.description = new.description
        file.token = "\(id).\(token)"
        file.expires = Instant(microseconds: now.microseconds + Workspace.temporaryFileLifetime)
        try ContentRows.insert(file, on: connection)
        return file
    }

    /// The file that a reference names, with what the reference says of it, belonging to something from now on; the
    /// link is for the caller to make. A token is good once, and for the one who sent the file, or for an
    /// administrator who sent it in order to act as another.
    /// - Returns: nil where the reference names nothing that the actor may use.
    func claim(_ reference: FileReference, for project: ProjectID?) throws -> File? {
        guard var file = try reader.claimable(reference) else { return nil }
        if let name = reference.name.map(FileNaming.clean), !name.isEmpty {
            guard FileNaming.problem(name) == nil else { return nil }
            file.name = name
        }
        if let description = reference.description { file.description = description }
        if let type = reference.contentType, !type.isEmpty { file.contentType = type }
        guard FileNaming.tooLong(file.description ?? "", "description") == nil,
            FileNaming.tooLong(file.contentType ?? "", "contentType") == nil
        else { return nil }
        file.token = nil
        file.expires = nil
        file.project = file.project ?? project
        try ContentRows.update(file, on: connection)
        return file
    }

    /// Hangs a file that was sent before on something that is no issue; issues have `Change.attach`.
    /// - Throws: `Fault.notFound` where the reference names nothing that the actor may use, `Fault.forbidden` or
    ///   `.unauthenticated` where files there are not theirs to add.
    @discardableResult
    public func attach(_ reference: FileReference, to container: Container, in project: ProjectID?) throws -> FileView {
        let reader = self.reader
        guard try actor.user == .system || reader.fileRights(in: container).changes else { throw reader.refusal }
        guard let file = try claim(reference, for: project) else { throw Fault.notFound }
        var link = FileLink(id: try next("file_link"), file: file.id, container: container)
        link.field = reference.field
        try ContentRows.insert(ContentRows.FilePlacement(link: link, audience: .everyone), on: connection)
        return FileView(file: file, link: link)
    }
}

extension FileReference {
    /// The file that is meant: its number stands before the point of a token, as in `12.4f...`.
    var number: FileID? { file ?? token.flatMap { Int64($0.prefix { $0 != "." }) }.map { FileID($0) } }
}

extension Workspace {
    /// Compares two secrets in a time that does not tell where they differ.
    static func isSame(_ left: String, _ right: String) -> Bool {
        let a = Array(left.utf8), b = Array(right.utf8)
        guard a.count == b.count else { return false }
        return zip(a, b).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}

extension Reader {
    /// The file that a reference names, if it is the actor's to be hung somewhere.
    func claimable(_ reference: FileReference) throws -> File? {
        guard let number = reference.number, let file = try ContentRows.file(number, on: connection),
            file.stamp.retired == nil, file.received == file.size
        else { return nil }
        if actor.user != .system, file.author != actor.user, file.author != actor.onBehalfOf { return nil }
        guard let token = reference.token else { return file }
        return file.token.map { Workspace.isSame($0, token) } ?? false ? file : nil
    }

    /// Whether a file that was sent before can be hung somewhere.
    public func isClaimable(_ reference: FileReference) throws -> Bool { try claimable(reference) != nil }
}
