import ParleyHTTP
import ParleyModel
import ParleyService

extension Call {
    func listIssues() async throws -> Response {
        let place = try contextProject(position: segments.first == "projects" ? 1 : nil)
        if let place {
            try require(.viewIssues, .tickets, in: place)
        } else if !access.allowsSomewhere(.viewIssues) {
            throw denied
        }
        let saved = try savedQuery(in: place)
        let source = saved?.parameters ?? parameters
        let filters = FilterParser(catalog: catalog, access: access, project: place, today: workspace.now.date)
        let predicate = try filters.predicate(filters.given(source))
        let window = window
        let includes = includes
        var projection: Projection = [.description, .values, .totals]
        if includes.contains("attachments") { projection.insert(.files) }
        if includes.contains("relations") { projection.insert(.links) }
        let query = Query<Parsed>(
            predicate, order: SortParser.order(parameters.text("sort") ?? saved?.sort, catalog),
            page: QueryPage(offset: window.offset, limit: window.limit), projection: projection)
        let octets = try await workspace.readAtLength(as: actor) { reader in
            let found = try reader.issues(query)
            return list("issues", of: "issue", totals: Paging.totals(found.total ?? found.issues.count, window)) {
                items in
                let rendering = IssueRendering(reader, baseURL: request.baseURL)
                for view in found.issues {
                    items.item { part in
                        rendering.write(view, into: &part)
                        if includes.contains("attachments") { rendering.writeAttachments(view.files, into: &part) }
                        if includes.contains("relations") {
                            rendering.writeRelations(view.links, always: true, into: &part)
                        }
                    }
                }
            }
        }
        return found(octets)
    }

    /// A saved query's filters and order; other filters of the request are passed over then.
    private struct Saved {
        var parameters: Parameters
        var sort: String?
    }

    private func savedQuery(in place: Project?) throws -> Saved? {
        guard let text = parameters.text("query_id"), !text.isEmpty else { return nil }
        guard let number = Quirks.leadingNumber(text), let query = catalog.records.savedQueries[SavedQueryID(number)],
            query.stamp.retired == nil, SavedQueries.isOfIssues(query),
            query.project == nil || query.project == place?.id
        else { throw Refusal.status(404) }
        guard SavedQueries.isVisible(query, to: access) else { throw denied }
        let tree = try ParameterTree(nestedForm: Array(query.text.utf8))
        return Saved(
            parameters: Parameters(tree.object ?? ParameterObject()),
            sort: query.sort.isEmpty ? nil : query.sort.joined(separator: ","))
    }
}

/// Saved queries that this front end can run.
enum SavedQueries {
    /// Whether it finds issues and is written as filters of this interface.
    static func isOfIssues(_ query: SavedQuery) -> Bool { query.namespace == "redmine" && query.object == "issue" }

    static func isVisible(_ query: SavedQuery, to access: Access) -> Bool {
        if query.owner == access.actor.user && !access.actor.isAnonymous { return true }
        switch query.visibility {
        case .owner: return false
        case .all: return true
        case .roles(let roles):
            if access.actor.admin { return true }
            let projects = query.project.map { [$0] } ?? Array(access.memberProjects)
            return projects.contains { !access.roles(in: $0).isDisjoint(with: roles) }
        }
    }
}
