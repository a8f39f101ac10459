import ParleyModel

/// What may be done with pages and articles.
extension Action {
    public static let viewPages: Action = "view_wiki_pages"
    /// Older versions of pages.
    public static let viewPageVersions: Action = "view_wiki_edits"
    public static let editPages: Action = "edit_wiki_pages"
    public static let renamePages: Action = "rename_wiki_pages"
    public static let deletePages: Action = "delete_wiki_pages"
    /// Editing protected pages.
    public static let protectPages: Action = "protect_wiki_pages"
    /// Settings of a wiki, such as the page it begins with.
    public static let manageWiki: Action = "manage_wiki"
    public static let viewArticles: Action = "view_news"
    public static let manageArticles: Action = "manage_news"
}

extension Tool {
    private static let startPageOption = "startPage"

    /// Title of the page that a wiki begins with.
    public internal(set) var startPage: String {
        get { options[Tool.startPageOption] ?? "Wiki" }
        set { options[Tool.startPageOption] = newValue }
    }
}

extension Transaction {
    /// A tool in use, and its project, where the actor may do something.
    /// - Throws: `Fault.notFound`, `.forbidden`, `.unauthenticated`.
    func usable(_ tool: ToolID, _ kind: Tool.Kind, _ action: Action) throws -> (tool: Tool, project: Project) {
        guard let tool = records.tools[tool], tool.stamp.retired == nil, tool.kind == kind,
            let project = records.projects[tool.project], project.stamp.retired == nil
        else { throw Fault.notFound }
        guard access.sees(project), access.allows(action, in: project) else { throw reader.refusal }
        return (tool, project)
    }

    /// Marks a content as changed by the actor, now.
    func touched(_ stamp: Stamp) -> Stamp {
        var stamp = stamp
        stamp.revision &+= 1
        stamp.modified = now
        stamp.modifier = actor.user
        return stamp
    }

    /// Hangs uploaded files on a content. References that name nothing the actor may use are passed over.
    func attach(_ references: [FileReference], to container: Container, of project: ProjectID) throws {
        for reference in references.prefix(100) {
            do {
                try attach(reference, to: container, in: project)
            } catch Fault.notFound {
                continue
            }
        }
    }
}
