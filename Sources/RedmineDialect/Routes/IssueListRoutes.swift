import ParleyHTTP
import ParleyModel
import ParleyService

extension Call {
    func listIssues() async throws -> Response {
        let window = window
        let includes = includes
        var query = try issueListing().query
        query.page = QueryPage(offset: window.offset, limit: window.limit)
        if includes.contains("attachments") { query.projection.insert(.files) }
        if includes.contains("relations") { query.projection.insert(.links) }
        let octets = try await workspace.readAtLength(as: actor) { [query] reader in
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

    /// The issues that a list asks for, whatever form it is written in.
    struct IssueListing: Sendable {
        /// The project that the list is of; nil: all.
        var place: Project?
        /// With what is shown of each, and the first page.
        var query: Query<Parsed>
        var saved: SavedQuery?
    }

    /// - Throws: what those get who may not see issues, and what faulty filters give.
    func issueListing() throws -> IssueListing {
        let place = try contextProject(position: segments.first == "projects" ? 1 : nil)
        if let place {
            try require(.viewIssues, .tickets, in: place)
        } else if !access.allowsSomewhere(.viewIssues) {
            throw denied
        }
        let saved = try savedQuery(in: place)
        let source = try saved.map(Call.filters(of:)) ?? parameters
        let filters = FilterParser(catalog: catalog, access: access, project: place, today: workspace.now.date)
        let sort = saved.flatMap { $0.sort.isEmpty ? nil : $0.sort.joined(separator: ",") }
        let query = Query<Parsed>(
            try filters.predicate(filters.given(source)),
            order: SortParser.order(parameters.text("sort") ?? sort, catalog),
            projection: [.description, .values, .totals])
        return IssueListing(place: place, query: query, saved: saved)
    }

    /// The saved query that the request names; other filters of the request are passed over then.
    private func savedQuery(in place: Project?) throws -> SavedQuery? {
        guard let text = parameters.text("query_id"), !text.isEmpty else { return nil }
        guard let number = Quirks.leadingNumber(text), let query = catalog.records.savedQueries[SavedQueryID(number)],
            query.stamp.retired == nil, SavedQueries.isOfIssues(query),
            query.project == nil || query.project == place?.id
        else { throw Refusal.status(404) }
        guard SavedQueries.isVisible(query, to: access) else { throw denied }
        return query
    }

    private static func filters(of saved: SavedQuery) throws -> Parameters {
        Parameters(try ParameterTree(nestedForm: Array(saved.text.utf8)).object ?? ParameterObject())
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
