import ParleyModel
import ParleyStorage

/// What a request says of a category; nil leaves a part as it is.
public struct CategoryDraft: Sendable {
    public var name: String?
    /// `.some(nil)` takes it away; somebody unknown is nobody.
    public var assignee: PrincipalID??
    /// What a dialect asks for beyond the workspace's rules, in characters.
    public var nameMaximumLength: Int?

    public init() {}
}

extension Transaction {
    /// Makes a category of issues in a project.
    /// - Throws: `Fault.forbidden`, `.unauthenticated` without `manage_categories`; `.invalid` with property `name`.
    public func createCategory(in project: ProjectID, _ draft: CategoryDraft) throws -> Category {
        try manage(.manageCategories, in: project)
        var category = Category(id: try newID(Category.self), stamp: stamp, project: project, name: "")
        try apply(draft, to: &category, isNew: true)
        try put(category)
        return records.categories[category.id] ?? category
    }

    /// Changes a category.
    /// - Throws: as `createCategory`; `Fault.notFound`.
    public func updateCategory(_ id: CategoryID, _ draft: CategoryDraft) throws {
        var category = try managed(id)
        try apply(draft, to: &category, isNew: false)
        try put(category)
    }

    /// Takes a category out of use. Its issues go to another one of the project, or to none.
    /// - Throws: as `createCategory`; `Fault.notFound`.
    public func deleteCategory(_ id: CategoryID, reassignTo other: CategoryID?) throws {
        let category = try managed(id)
        let heir = other.flatMap { records.categories[$0] }
            .flatMap { $0.project == category.project && $0.stamp.retired == nil && $0.id != id ? $0.id : nil }
        let issues = try connection.all("SELECT id FROM issue WHERE category_id = ?1 ORDER BY id", [.id(id)]) {
            IssueID($0.integer(0))
        }
        for issue in issues {
            guard let before = try IssueRows.issue(issue, on: connection) else { continue }
            var after = before
            after.category = heir
            try follow(before, after, derived: true)
        }
        try retire(category)
    }

    private func managed(_ id: CategoryID) throws -> Category {
        guard let category = records.categories[id], category.stamp.retired == nil else { throw Fault.notFound }
        try manage(.manageCategories, in: category.project)
        return category
    }

    private func apply(_ draft: CategoryDraft, to category: inout Category, isNew: Bool) throws {
        if let name = draft.name ?? (isNew ? "" : nil) {
            let subject = Problem.Subject.property("name")
            if name.allSatisfy(\.isWhitespace) { throw Fault.invalid([Problem(subject, .required)]) }
            if let limit = draft.nameMaximumLength, name.count > limit {
                throw Fault.invalid([Problem(subject, .tooLong(maximum: limit))])
            }
            let isTaken = catalog.categories(of: category.project).contains { $0.id != category.id && $0.name == name }
            if isTaken { throw Fault.invalid([Problem(subject, .taken)]) }
            category.name = name
        }
        if let assignee = draft.assignee {
            category.assignee = assignee.flatMap { catalog.name(of: $0) == nil ? nil : $0 }
        }
    }
}
