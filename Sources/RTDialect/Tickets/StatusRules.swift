import ParleyModel
import ParleyService

/// How a ticket gets another status, and why it does not, in RT's words.
struct StatusRules {
    let reader: Reader
    let issue: Issue

    /// What a text asks for.
    enum Result {
        case refused(String)
        /// The changes, and what they are called once they are done.
        case changes([Change], done: String)
    }

    private var catalog: Catalog { reader.catalog }
    private var present: String { TicketForm.status(of: issue, in: catalog) }

    /// A status of the ticket's workflow by name, without regard to case.
    private func named(_ text: String) -> Status? {
        let folded = text.lowercased()
        return catalog.statuses(tracker: issue.tracker, type: issue.type).first { status in
            status.name.lowercased() == folded || status.aliases.contains { $0.lowercased() == folded }
        }
    }

    func change(to text: String) throws -> Result {
        guard let status = named(text) else {
            return text.lowercased() == TicketForm.deleted
                ? try deletion(text) : .refused("Status '\(text)' isn't a valid status for this ticket.")
        }
        let impossible = "You can't change status from '\(present)' to '\(text)'."
        let done = "Status changed from '\(present)' to '\(status.name)'"
        let set = Change.set(.builtin(.status), [.name(.number(status.id.rawValue))])
        if issue.retired != nil {
            guard try reader.mayModify(issue), try reader.allows(.restoreIssues, on: issue) else {
                return .refused("Permission Denied")
            }
            return .changes(status.id == issue.status ? [.restore] : [.restore, set], done: done)
        }
        if status.id == issue.status { return .refused(impossible) }
        if try reader.allowedStatuses(for: issue).contains(where: { $0.id == status.id }) {
            return try reader.mayModify(issue) ? .changes([set], done: done) : .refused("Permission Denied")
        }
        return .refused(try status.isClosed && isKeptOpen() ? StatusRules.dependencies : impossible)
    }

    private func deletion(_ text: String) throws -> Result {
        if issue.retired != nil { return .refused("You can't change status from '\(present)' to '\(text)'.") }
        guard try reader.allows(.retireIssues, on: issue) else { return .refused("Permission Denied") }
        return try isKeptOpen() ? .refused(StatusRules.dependencies) : .changes([.retire], done: "Ticket deleted")
    }

    private static let dependencies = "That ticket has unresolved dependencies"

    private func isKeptOpen() throws -> Bool { try !catalog.isClosed(issue.status) && reader.isKeptOpen(issue) }

    // MARK: new tickets

    /// The status that a new ticket is to start with.
    /// - Returns: nil for a text that is empty; a reason where no ticket starts so.
    static func start(
        _ text: String, tracker: ToolID, type: IssueTypeID, _ reader: Reader
    ) -> Swift.Result<Status, TicketRefusal>? {
        let folded = text.lowercased()
        if folded.isEmpty { return nil }
        let all = reader.catalog.statuses(tracker: tracker, type: type)
        let found = all.first { status in
            status.name.lowercased() == folded || status.aliases.contains { $0.lowercased() == folded }
        }
        guard let found else {
            return .failure(
                TicketRefusal(
                    folded == TicketForm.deleted
                        ? "New tickets can not have status '\(folded)' in this queue."
                        : "Status '\(folded)' isn't a valid status for tickets in this queue."))
        }
        guard reader.startStatuses(tracker: tracker, type: type).contains(where: { $0.id == found.id }) else {
            return .failure(TicketRefusal("New tickets can not have status '\(folded)' in this queue."))
        }
        return .success(found)
    }
}

/// Why a ticket is not made; nothing of it stays.
struct TicketRefusal: Error, Equatable {
    var sentence: String

    init(_ sentence: String) { self.sentence = sentence }
}
