import ParleyModel
import ParleyService

/// Who may give a ticket to whom, in RT's words.
struct OwnerRules {
    /// What sort of change it is.
    enum Way: Sendable { case set, take, steal, untake }

    let reader: Reader
    let issue: Issue

    /// Why somebody may not become the owner; nil where they may.
    /// - Parameter owner: nil for a user who does not exist; `nobody` for no owner.
    func refusal(of owner: PrincipalID?, _ way: Way) throws -> String? {
        guard let owner else { return "That user does not exist" }
        let old = issue.assignee ?? .nobody
        if owner != .nobody, !mayOwn(owner) { return "That user may not own tickets in that queue" }
        if owner == old { return way == .steal ? "You already own this ticket" : "That user already owns that ticket" }
        let actor = reader.actor.user
        if old == .nobody { return try refusalUnowned(isSelf: owner == actor, way) }
        if old == actor {
            if way == .take || way == .steal { return "You already own this ticket" }
            return try mayModify ? nil : "Permission Denied"
        }
        guard try mayModify || reader.allows(.stealIssues, on: issue) else { return "Permission Denied" }
        if way == .steal || reader.actor.admin && way != .take { return nil }
        if way == .take || owner == actor { return "You can only take tickets that are unowned" }
        return "You can only reassign tickets that you own or that are unowned"
    }

    private func refusalUnowned(isSelf: Bool, _ way: Way) throws -> String? {
        if way == .steal { return "You can only steal a ticket owned by someone else" }
        if try mayModify { return nil }
        return try isSelf && reader.allows(.takeIssues, on: issue) ? nil : "Permission Denied"
    }

    private var mayModify: Bool { get throws { try reader.mayModify(issue) } }

    private func mayOwn(_ principal: PrincipalID) -> Bool {
        reader.catalog.records.tools[issue.tracker].map {
            reader.catalog.mayOwn(principal, in: $0, author: issue.author)
        } ?? false
    }

    /// The user that an edit names: by login, without regard to case, or by number.
    static func owner(_ text: String, in catalog: Catalog) -> PrincipalID? {
        if text.lowercased() == "nobody" { return .nobody }
        if NumberKey.isDigits(text) { return Int64(text).flatMap { catalog.user(PrincipalID($0))?.id } }
        return catalog.user(login: text)?.id
    }
}

extension Reader {
    /// RT's ModifyTicket.
    func mayModify(_ issue: Issue) throws -> Bool {
        if try allows(.editIssues, on: issue) { return true }
        return try issue.author == actor.user && !actor.isAnonymous && allows(.editOwnIssues, on: issue)
    }
}
