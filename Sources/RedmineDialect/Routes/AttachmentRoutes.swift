import ParleyHTTP
import ParleyModel
import ParleyService

extension RouteTable {
    static let attachmentRoutes = [
        Route(.get, "attachments/:") { try await $0.showAttachment() },
        Route(.put, "attachments/:") { try await $0.updateAttachment() },
        Route(.delete, "attachments/:") { try await $0.deleteAttachment() },
        Route(.get, "attachments/download/:", isRaw: true) { try await $0.downloadAttachment() },
        Route(.get, "attachments/download/:/:", isRaw: true) { try await $0.downloadAttachment() },
        Route(.get, "attachments/thumbnail/:", isRaw: true) { try await $0.thumbnail() },
        Route(.get, "attachments/thumbnail/:/:", isRaw: true) { try await $0.thumbnail() },
    ]
}

extension Call {
    func showAttachment() async throws -> Response {
        let file = try await attachment(position: 1).file
        return found(
            document("attachment") { part in
                AttachmentRendering(catalog: catalog, baseURL: request.baseURL).write(file, into: &part)
            })
    }

    func updateAttachment() async throws -> Response {
        let input = (try? parameters.resource("attachment")) ?? ParameterObject()
        var edit = FileEdit()
        if let name = input["filename"] { edit.name = Words.ofText(name) ?? "" }
        edit.description = input["description"].map(Words.ofText)
        edit.contentType = input["content_type"].map(Words.ofText)
        try await workspace.change(file: FileID(try number(1)), edit, as: actor)
        return done
    }

    func deleteAttachment() async throws -> Response {
        try await workspace.remove(file: FileID(try number(1)), as: actor)
        return done
    }

    /// The file itself; a name in the path must be its own.
    func downloadAttachment() async throws -> Response {
        let access = try await attachment(position: 2)
        if segments.count > 3 {
            let last = request.path.split(separator: "/").last ?? ""
            guard PercentEncoding.decode(last) == access.file.name else { throw Refusal.status(404) }
        }
        let response = try await FileAnswer(access.file, to: request, of: workspace).attachment()
        if request.method == "GET", FileAnswer.begins(response) {
            switch access.link?.container {
            // Only these count; a count that cannot be kept is no reason to withhold the file.
            case .project?, .version?: try? await workspace.noteDownload(of: access.file.id)
            default: break
            }
        }
        return response
    }

    /// A small raster image as it is, whatever size is asked for; see `docs/differences/thumbnails.md`.
    func thumbnail() async throws -> Response {
        let file = try await attachment(position: 2).file
        return try await FileAnswer(file, to: request, of: workspace).picture()
    }

    private func attachment(position: Int) async throws -> FileAccess {
        let id = FileID(try number(position))
        return try await workspace.read(as: actor) { try $0.file(id) }
    }
}
