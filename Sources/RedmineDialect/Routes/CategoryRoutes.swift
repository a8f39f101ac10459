import ParleyHTTP
import ParleyModel
import ParleyService

extension RouteTable {
    static let categoryRoutes = [
        Route(.get, "projects/:/issue_categories") { try $0.listCategories() },
        Route(.post, "projects/:/issue_categories") { try await $0.createCategory() },
        Route(.get, "issue_categories/:") { try $0.showCategory() },
        Route(.put, "issue_categories/:") { try await $0.updateCategory() },
        Route(.delete, "issue_categories/:") { try await $0.deleteCategory() },
    ]
}

extension Call {
    func listCategories() throws -> Response {
        let project = try project(segments[1])
        try require(.manageCategories, .tickets, in: project)
        let categories = catalog.categories(of: project.id)
        let totals: [(DocumentName, DocumentScalar)] = [("total_count", .integer(Int64(categories.count)))]
        return found(
            list("issue_categories", of: "issue_category", totals: totals) { items in
                for entry in categories { items.item { write(entry, catalog, into: &$0) } }
            })
    }

    func showCategory() throws -> Response {
        let category = try category()
        return found(document("issue_category") { write(category, catalog, into: &$0) })
    }

    /// The category that the path names, for those who manage categories.
    private func category() throws -> Category {
        guard let category = catalog.records.categories[CategoryID(try number(1))], category.stamp.retired == nil,
            let project = catalog.records.projects[category.project], project.stamp.retired == nil
        else { throw Refusal.status(404) }
        try require(.manageCategories, .tickets, in: try entered(project))
        return category
    }

    private func write(_ category: ParleyModel.Category, _ catalog: Catalog, into part: inout DocumentWriter) {
        part.member("id", category.id)
        part.reference("project", id: category.project, title: catalog.records.projects[category.project]?.name ?? "")
        part.member("name", category.name)
        if let assignee = category.assignee {
            part.reference("assigned_to", id: assignee, title: catalog.name(of: assignee) ?? "")
        }
    }

    // MARK: writing

    private func categoryDraft() throws -> CategoryDraft {
        let input = try parameters.resource("issue_category")
        var draft = CategoryDraft()
        draft.name = input["name"].map { Words.ofText($0) ?? "" }
        if let value = input["assigned_to_id"] {
            draft.assignee = .some(Spelling.number(value).map { PrincipalID($0) })
        }
        draft.nameMaximumLength = 60
        return draft
    }

    func createCategory() async throws -> Response {
        let project = try project(segments[1])
        try require(.manageCategories, .tickets, in: project)
        let draft = try categoryDraft()
        let made = try await workspace.write(as: actor) { try $0.createCategory(in: project.id, draft) }
        let catalog = workspace.catalog
        return created(
            document("issue_category") { write(made, catalog, into: &$0) },
            location: "\(basePath)/issue_categories/\(made.id)")
    }

    /// The path under which this interface is reached; empty at the root of a host.
    private var basePath: String {
        let parts = request.baseURL.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        return parts.count > 3 ? "/" + parts[3] : ""
    }

    func updateCategory() async throws -> Response {
        let id = try category().id
        let draft = try categoryDraft()
        try await workspace.write(as: actor) { try $0.updateCategory(id, draft) }
        return done
    }

    func deleteCategory() async throws -> Response {
        let id = try category().id
        let todo = parameters.text("todo") ?? ""
        let isPassedOn = todo == "reassign" || todo.allSatisfy(\.isWhitespace)
        let named = isPassedOn ? parameters.text("reassign_to_id") : nil
        let heir = named.flatMap(Quirks.leadingNumber).map { CategoryID($0) }
        try await workspace.write(as: actor) { try $0.deleteCategory(id, reassignTo: heir) }
        return done
    }
}
