import ParleyHTTP
import ParleyModel
import ParleyService

extension RouteTable {
    static let journalRoutes = [
        Route(.put, "journals/:") { try await $0.updateJournal() }
    ]
}

extension Call {
    /// Changes a note's text and who reads it. One that is emptied and told no change is gone.
    func updateJournal() async throws -> Response {
        let id = ChangesetID(try number(1))
        let input = try parameters.resource("journal")
        let target = try await workspace.read(as: actor) { reader in
            guard let found = try? reader.changeset(id), JournalRendering(reader.catalog).journal(found.view) != nil
            else {
                throw Refusal.status(404)
            }
            return EditedNote(
                issue: found.issue, post: found.view.posts.first,
                mayEdit: try EditedNote.mayEdit(found.view, of: found.issue, reader))
        }
        guard target.mayEdit else { throw denied }
        let text = input["notes"].map { Words.ofText($0) ?? "" }
        let audience = input["private_notes"].flatMap(Spelling.flag).map { $0 ? Audience.restricted : .everyone }
        let change = target.post.map { Change.rewrite($0.id, text: text, audience: audience) }
            ?? .annotate(id, text: text ?? "", audience: audience)
        let request = ChangeRequest(
            .issues([target.issue.id]), parts: [ChangePart([change])], skipping: IssueParser.skipping)
        _ = try await workspace.change(request, as: actor)
        return done
    }
}

/// A note that is to be changed.
private struct EditedNote: Sendable {
    var issue: Issue
    var post: Post?
    var mayEdit: Bool

    static func mayEdit(_ view: ChangesetView, of issue: Issue, _ reader: Reader) throws -> Bool {
        guard !reader.actor.isAnonymous else { return false }
        if try reader.allows(.editIssueNotes, on: issue) { return true }
        let author = view.posts.first?.author ?? view.changeset.author
        return try author == reader.actor.user && reader.allows(.editOwnIssueNotes, on: issue)
    }
}
