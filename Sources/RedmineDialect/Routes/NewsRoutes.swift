import ParleyHTTP
import ParleyModel
import ParleyService

extension RouteTable {
    static let newsRoutes = [
        Route(.get, "news") { try await $0.listNews() },
        Route(.get, "projects/:/news") { try await $0.listNews() },
    ]
}

extension Call {
    /// Of one project, or of all that the actor may read news of; newest first.
    func listNews() async throws -> Response {
        let place = try contextProject(position: segments.first == "projects" ? 1 : nil)
        if let place {
            try require("view_news", .blog, in: place)
        } else if !access.allowsSomewhere("view_news") {
            throw denied
        }
        let access = access
        let projects = place.map { [$0] } ?? catalog.projectTree.filter { access.sees($0) && allows("view_news", .blog, in: $0) }
        let tools = projects.flatMap { project in
            catalog.tools(of: project.id).filter { $0.kind == .blog }.prefix(1).map { (project, $0.id) }
        }
        let octets = try await workspace.read(as: actor) { reader in
            let found = try tools.flatMap { project, tool in
                try reader.articles(of: tool).filter { $0.state == .published && $0.stamp.retired == nil }.map { (project, $0) }
            }.sorted { ($0.1.stamp.created, $0.1.id) > ($1.1.stamp.created, $1.1.id) }
            return page("news", of: "news", found) { entry, part in
                let (project, article) = entry
                part.member("id", article.id)
                part.reference("project", id: project.id, title: project.name)
                part.reference("author", id: article.author, title: catalog.name(of: article.author) ?? "")
                part.member("title", article.title)
                part.member("summary", article.summary)
                part.member("description", article.text)
                part.member("created_on", article.stamp.created)
            }
        }
        return found(octets)
    }
}
