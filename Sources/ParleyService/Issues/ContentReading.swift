import ParleyModel
import ParleyStorage

extension Reader {
    /// The articles of a tool, newest first. Whether the actor may read the tool is for the caller to ask.
    public func articles(of tool: ToolID) throws -> [Article] {
        try PageRows.articles(of: tool, on: connection)
    }

    /// A link, where the actor sees both of its ends.
    public func link(_ id: LinkID) throws -> Link? {
        guard let link = try IssueRows.link(id, on: connection), try sees(number: link.from) else { return nil }
        guard case .issue(let target) = link.target else { return link }
        return try sees(number: target) ? link : nil
    }
}
