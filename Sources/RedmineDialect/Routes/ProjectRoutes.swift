import ParleyHTTP
import ParleyModel
import ParleyService

extension RouteTable {
    static let projectRoutes = [
        Route(.get, "projects") { $0.listProjects() },
        Route(.get, "projects/:") { try $0.showProject() },
        Route(.post, "projects") { try await $0.createProject() },
        Route(.put, "projects/:") { try await $0.updateProject() },
        Route(.delete, "projects/:") { try await $0.deleteProject() },
        Route(.put, "projects/:/archive", isPutAlone: true) { try await $0.setProjectStatus(.archived) },
        Route(.post, "projects/:/archive") { try await $0.setProjectStatus(.archived) },
        Route(.put, "projects/:/unarchive", isPutAlone: true) { try await $0.unarchiveProject() },
        Route(.post, "projects/:/unarchive") { try await $0.unarchiveProject() },
        Route(.put, "projects/:/close", isPutAlone: true) { try await $0.setProjectStatus(.closed) },
        Route(.post, "projects/:/close") { try await $0.setProjectStatus(.closed) },
        Route(.put, "projects/:/reopen", isPutAlone: true) { try await $0.setProjectStatus(.active) },
        Route(.post, "projects/:/reopen") { try await $0.setProjectStatus(.active) },
    ]
}

extension Call {
    func listProjects() -> Response {
        let visible = listedProjects
        let rendering = ProjectRendering(catalog: catalog, access: access, includes: includes)
        return found(
            page("projects", of: "project", visible) { project, part in
                rendering.write(project, alone: false, into: &part)
            })
    }

    /// The projects that a list asks for, as a tree by name.
    var listedProjects: [Project] {
        let filters = ProjectFilters(parameters, catalog, today: workspace.now.date)
        let access = access
        return catalog.projectTree.filter { access.sees($0) && filters.matches($0) }
    }

    func showProject() throws -> Response {
        try found(projectDocument(project(segments[1]), catalog))
    }

    private func projectDocument(_ project: Project, _ catalog: Catalog) -> [UInt8] {
        let rendering = ProjectRendering(catalog: catalog, access: catalog.access(for: actor), includes: includes)
        return document("project") { rendering.write(project, alone: true, into: &$0) }
    }

    func createProject() async throws -> Response {
        let input = try parameters.resource("project")
        guard access.allowsSomewhere(.addProject) || access.allowsSomewhere(.addSubprojects) else { throw denied }
        var draft = try ProjectParser(catalog: catalog, input: input).draft(present: [])
        let wanted = draft.tools
        let known = Modules.names.map { ToolChoice($0.kind) }
        draft.tools = known.filter { wanted?.contains($0) ?? true } + (wanted ?? []).filter { !known.contains($0) }
        let made = try await workspace.createProject(draft, as: actor)
        return created(
            projectDocument(made, workspace.catalog), location: "\(request.baseURL)/projects/\(made.id)")
    }

    func updateProject() async throws -> Response {
        let project = try project(segments[1])
        try require(.editProject, nil, in: project)
        let input = try parameters.resource("project")
        let draft = try ProjectParser(catalog: catalog, input: input)
            .draft(present: catalog.tools(of: project.id).map { ToolChoice($0) })
        _ = try await workspace.updateProject(project.id, draft, as: actor)
        return done
    }

    func deleteProject() async throws -> Response {
        let project = try administered(.deleteProject)
        try await workspace.deleteProject(project.id, as: actor)
        return done
    }

    /// Archiving is for administrators, closing and opening again for those who may close.
    func setProjectStatus(_ status: Project.Status) async throws -> Response {
        let project = try administered(status == .archived ? nil : .closeProject)
        if status != .archived && project.status == .archived { throw Refusal.status(403) }
        try await workspace.setProjectStatus(project.id, status, as: actor)
        return done
    }

    func unarchiveProject() async throws -> Response {
        let project = try administered(nil)
        guard project.status == .archived else { return done }
        try await workspace.setProjectStatus(project.id, .active, as: actor)
        return done
    }

    /// A project that may be archived, for administrators and for those with a permission.
    private func administered(_ action: Action?) throws -> Project {
        guard !actor.isAnonymous else { throw denied }
        guard let project = Names.project(segments[1], in: catalog) else { throw Refusal.status(404) }
        if actor.admin { return project }
        guard let action, access.sees(project), access.allows(action, in: project) else { throw denied }
        return project
    }
}
