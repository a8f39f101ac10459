import ParleyModel
import ParleyStorage

/// What is to be said of a file from now on; nil leaves a thing as it is.
public struct FileEdit: Sendable, Equatable {
    public var name: String?
    /// `.some(nil)` takes it away.
    public var description: String??
    /// `.some(nil)` takes it away.
    public var contentType: String??

    public init() {}
}

extension Workspace {
    /// Renames or describes a file.
    /// - Throws: `Fault`.
    public func change(file id: FileID, _ edit: FileEdit, as actor: Actor) async throws {
        try await write(as: actor) { try $0.change(file: id, edit) }
    }

    /// Takes a file out of the place where the actor sees it; in an issue that is a change of the issue.
    /// - Throws: `Fault`.
    public func remove(file id: FileID, as actor: Actor) async throws {
        try await write(as: actor) { try $0.remove(file: id) }
    }

    /// Hangs a file that was sent before on something that is no issue.
    /// - Throws: as `Transaction.attach`.
    public func attach(
        _ reference: FileReference, to container: Container, in project: ProjectID?, as actor: Actor
    ) async throws {
        try await write(as: actor) { _ = try $0.attach(reference, to: container, in: project) }
    }

    /// Counts one more download.
    public func noteDownload(of id: FileID) async throws {
        _ = try await write(as: .system) { transaction in
            try transaction.connection.execute(
                "UPDATE file SET downloads = downloads + 1 WHERE id = ?1 AND retired IS NULL", [.id(id)])
        }
    }
}

extension Transaction {
    func change(file id: FileID, _ edit: FileEdit) throws {
        let reader = self.reader
        let access = try reader.file(id)
        guard access.rights.changes else { throw reader.refusal }
        var file = access.file
        var problems: [Problem] = []
        if let name = edit.name.map(FileNaming.clean) {
            if let problem = FileNaming.problem(name) { problems.append(problem) }
            file.name = name
        }
        if let description = edit.description {
            if let problem = FileNaming.tooLong(description ?? "", "description") { problems.append(problem) }
            file.description = description
        }
        if let type = edit.contentType {
            if let problem = FileNaming.tooLong(type ?? "", "contentType") { problems.append(problem) }
            file.contentType = type
        }
        guard problems.isEmpty else { throw Fault.invalid(problems) }
        guard file != access.file else { return }
        file.stamp.modified = now
        file.stamp.modifier = actor.user
        file.stamp.revision += 1
        try ContentRows.update(file, on: connection)
        try audit(file, "change")
    }

    func remove(file id: FileID) throws {
        let reader = self.reader
        let access = try reader.file(id)
        guard access.rights.removes else { throw reader.refusal }
        if let link = access.link {
            if case .issue(let issue) = link.container {
                _ = try change(ChangeRequest(.issues([issue]), parts: [ChangePart([.detach(link.id)])]))
            } else {
                try ContentRows.deleteFileLink(link.id, on: connection)
            }
        }
        try retireIfUnused(file: id)
        try audit(access.file, "remove")
    }

    /// Takes a file out of use that belongs to nothing any more; its octets go with the next sweep.
    func retireIfUnused(file id: FileID) throws {
        guard try ContentRows.places(of: id, on: connection).isEmpty,
            var file = try ContentRows.file(id, on: connection), file.stamp.retired == nil
        else { return }
        file.stamp.retired = now
        file.stamp.modified = now
        file.stamp.modifier = actor.user
        file.token = nil
        file.expires = nil
        try ContentRows.update(file, on: connection)
    }

    private func audit(_ file: File, _ action: String) throws {
        try RecordRows.audit(
            time: now, actor: actor.user, recordClass: "file", entity: file.id.rawValue, action: action,
            detail: file.name, on: connection)
    }
}
