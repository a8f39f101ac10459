import ParleyHTTP
import ParleyModel
import ParleyService

extension RouteTable {
    static let versionRoutes = [
        Route(.get, "projects/:/versions") { try $0.listVersions() },
        Route(.post, "projects/:/versions") { try await $0.createVersion() },
        Route(.get, "versions/:") { try await $0.showVersion() },
        Route(.put, "versions/:") { try await $0.updateVersion() },
        Route(.delete, "versions/:") { try await $0.deleteVersion() },
    ]
}

extension Call {
    /// The project's own versions and those that others share with it, in the order in which they were made.
    func listVersions() throws -> Response {
        let project = try project(segments[1])
        try require(.viewIssues, .tickets, in: project)
        let versions = catalog.versionsShared(with: project.id).sorted { $0.id < $1.id }
        return found(
            list("versions", of: "version", totals: [("total_count", .integer(Int64(versions.count)))]) { items in
                for version in versions { items.item { write(version, work: nil, into: &$0) } }
            })
    }

    func showVersion() async throws -> Response {
        let (version, project) = try version()
        try require(.viewIssues, .tickets, in: project)
        return found(try await versionDocument(version, in: project))
    }

    /// The version that the path names, in a project that the actor may enter.
    private func version() throws -> (Version, Project) {
        guard let version = catalog.records.versions[VersionID(try number(1))], version.stamp.retired == nil,
            let owner = catalog.records.projects[version.project], owner.stamp.retired == nil
        else { throw Refusal.status(404) }
        return (version, try entered(owner))
    }

    /// With sums over the issues that are planned for it, for those who may see time.
    private func versionDocument(_ version: Version, in project: Project) async throws -> [UInt8] {
        guard allows(.viewTimeEntries, .time, in: project) else {
            return document("version") { write(version, work: nil, into: &$0) }
        }
        let work = try await workspace.readAtLength(as: actor) { reader in
            try reader.work(on: .among(.builtin(.version), [.name(.number(version.id.rawValue))]))
        }
        return document("version") { write(version, work: work, into: &$0) }
    }

    private func write(_ version: Version, work: WorkTotal?, into part: inout DocumentWriter) {
        part.member("id", version.id)
        part.reference("project", id: version.project, title: catalog.records.projects[version.project]?.name ?? "")
        part.member("name", version.name)
        part.member("description", version.description)
        part.member("status", version.status.rawValue)
        part.member("due_date", version.due)
        part.member("sharing", version.sharing.rawValue)
        part.member("wiki_page_title", version.page)
        if let work {
            part.member("estimated_hours", Hours.number(work.estimated))
            part.member("spent_hours", Hours.number(work.spent))
        }
        CustomFieldRendering(catalog: catalog).write(catalog.fields(of: .version), version.values, into: &part)
        part.member("created_on", version.stamp.created)
        part.member("updated_on", version.stamp.modified)
    }

    // MARK: writing

    private func versionDraft() throws -> VersionDraft {
        let input = try parameters.resource("version")
        var draft = VersionDraft()
        draft.name = input["name"].map { Words.ofText($0) ?? "" }
        draft.description = input["description"].map(Words.ofText)
        draft.status = input["status"].map { value in
            value.scalarText.flatMap { Version.Status(rawValue: $0) }.map { .value($0) } ?? .unreadable
        } ?? .absent
        draft.sharing = input["sharing"]?.scalarText.flatMap { Version.Sharing(rawValue: $0) }
        draft.due = (input["due_date"] ?? input["effective_date"]).map { value in
            if Spelling.isBlank(value) || value.object != nil { return .cleared }
            return value.scalarText.flatMap(Days.plain).map { .value($0) } ?? .unreadable
        } ?? .absent
        draft.page = input["wiki_page_title"].map(Words.ofText)
        draft.values = CustomValues.given(in: input, of: .version, catalog)
        draft.nameMaximumLength = 60
        draft.descriptionMaximumLength = 255
        return draft
    }

    func createVersion() async throws -> Response {
        let project = try project(segments[1])
        try require(.manageVersions, nil, in: project)
        let draft = try versionDraft()
        let made = try await workspace.write(as: actor) { try $0.createVersion(in: project.id, draft) }
        return created(
            try await versionDocument(made, in: project), location: "\(request.baseURL)/versions/\(made.id)")
    }

    func updateVersion() async throws -> Response {
        let (version, project) = try version()
        try require(.manageVersions, nil, in: project)
        let draft = try versionDraft()
        _ = try await workspace.write(as: actor) { try $0.updateVersion(version.id, draft) }
        return done
    }

    func deleteVersion() async throws -> Response {
        let (version, project) = try version()
        try require(.manageVersions, nil, in: project)
        let hasFiles = try await workspace.read(as: actor) { try !$0.files(in: .version(version.id)).isEmpty }
        if hasFiles { throw Refusal.status(422) }
        do {
            try await workspace.write(as: actor) { try $0.deleteVersion(version.id) }
        } catch Fault.invalid(let problems) where problems == [Problem(.whole, .inUse)] {
            throw Refusal.status(422)
        }
        return done
    }
}
