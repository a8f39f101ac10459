import ParleyHTTP
import ParleyModel
import ParleyService

extension RouteTable {
    static let fileRoutes = [
        Route(.get, "projects/:/files") { try await $0.listFiles() },
        Route(.post, "projects/:/files") { try await $0.addFile() },
    ]
}

extension Call {
    private static let viewFiles: Action = "view_files"
    private static let manageFiles: Action = "manage_files"

    /// The project's own files by name, then those of its versions, the latest version first.
    func listFiles() async throws -> Response {
        let project = try project(segments[1])
        try require(Call.viewFiles, .files, in: project)
        let versions = catalog.versions(of: project.id).sorted { Call.precedes($1, $0) }
        let octets = try await workspace.read(as: actor) { reader in
            let own = try Call.named(reader.files(in: .project(project.id)).filter { $0.link.part == nil })
            let others = try versions.flatMap { version in
                try Call.named(reader.files(in: .version(version.id))).map { (file: $0, version: version) }
            }
            return list("files", of: "file") { items in
                for file in own { items.item { write(file.file, nil, into: &$0) } }
                for (file, version) in others { items.item { write(file.file, version, into: &$0) } }
            }
        }
        return found(octets)
    }

    /// Hangs a file that was uploaded on the project or one of its versions.
    func addFile() async throws -> Response {
        let project = try project(segments[1])
        try require(Call.manageFiles, .files, in: project)
        let input = try parameters.resource("file")
        guard let reference = IssueParser.file(input) else { throw Refusal.status(404) }
        var container = Container.project(project.id)
        if let value = input["version_id"], !Spelling.isBlank(value) {
            let number = Spelling.number(value)
            guard let version = catalog.versions(of: project.id).first(where: { $0.id.rawValue == number }) else {
                throw Refusal.status(404)
            }
            container = .version(version.id)
        }
        try await workspace.attach(reference, to: container, in: project.id, as: actor)
        return done
    }

    /// By day, those without a day last; then by name.
    private static func precedes(_ left: Version, _ right: Version) -> Bool {
        switch (left.due, right.due) {
        case (let a?, let b?) where a != b: a < b
        case (.some, nil): true
        case (nil, .some): false
        default: (left.name, left.id) < (right.name, right.id)
        }
    }

    private static func named(_ files: [FileView]) -> [FileView] {
        files.sorted { ($0.file.name, $0.file.id) < ($1.file.name, $1.file.id) }
    }

    private func write(_ file: File, _ version: Version?, into part: inout DocumentWriter) {
        AttachmentRendering(catalog: catalog, baseURL: request.baseURL).write(file, into: &part)
        if let version { part.reference("version", id: version.id, title: version.name) }
        part.member("digest", file.blob ?? "")
        part.member("downloads", file.downloads)
    }
}
