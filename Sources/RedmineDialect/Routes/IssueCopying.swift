import ParleyHTTP
import ParleyModel
import ParleyService

/// A copy that a client asks for with parameters beside the issue: `copy_from`, `link_copy`, `copy_attachments`,
/// `copy_subtasks`. Watchers are copied where the request's address or parameters name the project.
struct WantedCopy: Sendable {
    let copying: Copying
    /// The original's place in its tree, which the copy takes unless the request names another one.
    let parent: IssueID?

    /// Nil where nothing is to be copied.
    /// - Throws: 404 for what is not there or hidden; 401 or 403 where copying is not allowed.
    /// - Parameter context: the project that the whole request is about.
    init?(_ call: Call, into project: Project, context: Project?, _ reader: Reader) throws {
        guard let value = call.parameters["copy_from"], value != .null, value != .boolean(false) else { return nil }
        guard let number = Spelling.number(value), try reader.sees(number: IssueID(number)) else {
            throw Refusal.status(404)
        }
        let original = try reader.issue(IssueID(number)).issue
        guard original.retired == nil else { throw Refusal.status(404) }
        guard try reader.allows(.copyIssues, on: original) else { throw call.denied }
        copying = Copying(
            original.id, links: call.parameters["link_copy"] == .text("1") && original.project == project.id,
            files: WantedCopy.isGiven(call.parameters["copy_attachments"]),
            watchers: context.map { call.allows(.addIssueWatchers, .tickets, in: $0) } ?? false,
            subtasks: WantedCopy.isGiven(call.parameters["copy_subtasks"]))
        parent = try original.parent.flatMap { try reader.sees(number: $0) ? $0 : nil }
    }

    /// Anything but nothing will do, `0` too.
    private static func isGiven(_ value: ParameterTree?) -> Bool {
        guard let value, value != .boolean(false), !Spelling.isBlank(value) else { return false }
        return !(value.list?.isEmpty ?? value.object?.members.isEmpty ?? false)
    }
}
