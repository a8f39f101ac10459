import ParleyModel
import ParleyStorage

/// A file in the first of its places that an actor sees, with what the actor may do there.
public struct FileAccess: Sendable {
    public var file: File
    /// Nil: it belongs to nothing yet.
    public var link: FileLink?
    public var rights: FileRights
}

/// What an actor may do with files in a place.
public struct FileRights: Sendable, Equatable {
    public var sees = false
    /// Rename and describe those that are there, add others.
    public var changes = false
    public var removes = false
    /// The place is there at all: it has not been taken out of use.
    var exists = true

    static let none = FileRights()
    static let gone = FileRights(exists: false)
    static let all = FileRights(sees: true, changes: true, removes: true)
}

extension Reader {
    /// A file by number, from whatever it belongs to; one that belongs to nothing yet is its author's alone.
    /// - Throws: `Fault.notFound`; `Fault.forbidden` or `.unauthenticated` where it is there and the actor may not
    ///   see it.
    public func file(_ id: FileID) throws -> FileAccess {
        guard let file = try ContentRows.file(id, on: connection), file.stamp.retired == nil else {
            throw Fault.notFound
        }
        let places = try ContentRows.places(of: id, on: connection)
        if places.isEmpty {
            guard file.author == actor.user, !actor.isAnonymous else { throw refusal }
            return FileAccess(file: file, link: nil, rights: .all)
        }
        var exists = false
        for place in places {
            let rights = try rights(in: place, of: file.author)
            if rights.sees { return FileAccess(file: file, link: place.link, rights: rights) }
            exists = exists || rights.exists
        }
        throw exists ? refusal : Fault.notFound
    }

    /// The files of a project or a version, page, article or topic as they were added. Empty where the actor may not
    /// see them.
    public func files(in container: Container) throws -> [FileView] {
        try ContentRows.files(in: container, on: connection).compactMap { place in
            guard let file = try ContentRows.file(place.link.file, on: connection), file.stamp.retired == nil,
                try rights(in: place, of: file.author).sees
            else { return nil }
            return FileView(file: file, link: place.link)
        }
    }

    /// What the actor may do with the files of a container.
    public func fileRights(in container: Container) throws -> FileRights {
        switch container {
        case .issue(let id): return try issueRights(id, nil, author: nil)
        case .page(let id):
            return toolRights(
                try owner("page", id.rawValue, "tool_id"), see: "view_wiki_pages", change: "edit_wiki_pages",
                remove: "delete_wiki_pages_attachments")
        case .article(let id): return try articleRights(id)
        case .topic(let id): return try topicRights(id)
        case .post(let id): return try postRights(id)
        case .project(let id): return projectRights(id)
        case .version(let id):
            guard let version = catalog.records.versions[id], version.stamp.retired == nil else { return .gone }
            return projectRights(version.project)
        }
    }

    private func rights(in place: ContentRows.FilePlacement, of author: PrincipalID) throws -> FileRights {
        switch place.link.container {
        case .issue(let id): return try issueRights(id, place, author: author)
        case .project(let id) where place.link.part != nil:
            // A picture of the project's own, such as its icon.
            guard let project = catalog.records.projects[id], access.sees(project) else { return .none }
            let mayEdit = access.allows(.editProject, in: project)
            return FileRights(sees: true, changes: mayEdit, removes: mayEdit)
        default: return try fileRights(in: place.link.container)
        }
    }

    private func issueRights(
        _ id: IssueID, _ place: ContentRows.FilePlacement?, author: PrincipalID?
    ) throws -> FileRights {
        guard let issue = try IssueRows.issue(id, on: connection) else { return .gone }
        guard try sees(issue) else { return .none }
        if let place, let author {
            guard try hears(place.audience, author: author, in: issue) else { return .none }
            if let field = place.link.field.flatMap({ catalog.records.fields[$0] }),
                !access.reads(field, in: issue.project)
            {
                return .none
            }
        }
        let isOwn = issue.author == actor.user && !actor.isAnonymous
        let mayEdit = try allows(.editIssues, on: issue) || (isOwn && allows(.editOwnIssues, on: issue))
        return FileRights(sees: true, changes: mayEdit, removes: mayEdit)
    }

    /// The number in a column of a row that is in use.
    private func owner(_ table: StaticString, _ id: Int64, _ column: StaticString) throws -> ToolID? {
        try connection.first("SELECT \(column) FROM \(table) WHERE id = ?1 AND retired IS NULL", [.integer(id)]) {
            ToolID($0.integer(0))
        }
    }

    private func articleRights(_ id: ArticleID) throws -> FileRights {
        let rights = toolRights(
            try owner("article", id.rawValue, "tool_id"), see: "view_news", change: "manage_news",
            remove: "manage_news")
        let isDraft = try connection.first("SELECT state FROM article WHERE id = ?1", [.id(id)]) { $0.text(0) }
        return isDraft == Article.State.published.rawValue || rights.changes ? rights : .none
    }

    private func topicRights(_ id: TopicID) throws -> FileRights {
        let forum = try connection.first("SELECT forum_id FROM topic WHERE id = ?1 AND retired IS NULL", [.id(id)]) {
            ForumID($0.integer(0))
        }
        guard let forum = forum.flatMap({ catalog.records.forums[$0] }), forum.stamp.retired == nil else {
            return .gone
        }
        return toolRights(forum.tool, see: "view_messages", change: "edit_messages", remove: "edit_messages")
    }

    /// A post's files are seen where the post is seen; its author may change them.
    private func postRights(_ id: PostID) throws -> FileRights {
        guard let post = try ContentRows.post(id, on: connection), post.stamp.retired == nil else { return .gone }
        for (container, placement) in try ContentRows.containers(of: id, on: connection) {
            if case .post = container { continue }
            if case .issue(let number) = container {
                guard let issue = try IssueRows.issue(number, on: connection),
                    try hears(placement.audience, author: post.author, in: issue)
                else { continue }
            } else if placement.audience != .everyone, post.author != actor.user, !actor.admin {
                continue
            }
            var rights = try fileRights(in: container)
            guard rights.sees else { continue }
            guard post.state == .ok || rights.changes || post.author == actor.user else { continue }
            let isOwn = post.author == actor.user && !actor.isAnonymous
            rights.changes = rights.changes || isOwn
            rights.removes = rights.removes || isOwn
            return rights
        }
        return .none
    }

    private func projectRights(_ id: ProjectID) -> FileRights {
        guard let tool = catalog.tools(of: id).first(where: { $0.kind == .files }) else { return .none }
        return toolRights(tool.id, see: "view_files", change: "manage_files", remove: "manage_files")
    }

    private func toolRights(_ id: ToolID?, see: Action, change: Action, remove: Action) -> FileRights {
        guard let tool = id.flatMap({ catalog.records.tools[$0] }), tool.stamp.retired == nil,
            let project = catalog.records.projects[tool.project], project.stamp.retired == nil
        else { return .gone }
        guard access.sees(project), allows(see, in: project, tool) else { return .none }
        return FileRights(
            sees: true, changes: allows(change, in: project, tool), removes: allows(remove, in: project, tool))
    }

    /// Whether the actor may do something in one tool of a project.
    private func allows(_ action: Action, in project: Project, _ tool: Tool) -> Bool {
        guard project.status == .active || (project.status == .closed && action.isViewing) else { return false }
        return actor.admin
            || access.grants(in: project, tool: tool).contains { $0.actions.contains(action) && $0.isAboutIssues }
    }
}
