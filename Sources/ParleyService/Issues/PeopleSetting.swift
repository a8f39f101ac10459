import ParleyModel
import ParleyStorage

/// Participants: requestors, watchers, admin watchers.
extension ChangeEngine {
    mutating func setPeople(_ role: ParticipantRole, _ operands: [ParsedOperand]) throws {
        guard let people = try people(operands, role) else { return }
        let old = edit.participants[role] ?? []
        try changePeople(role, adding: people.subtracting(old), removing: old.subtracting(people))
    }

    mutating func modifyPeople(_ role: ParticipantRole, _ operands: [ParsedOperand], adding: Bool) throws {
        guard let people = try people(operands, role) else { return }
        let old = edit.participants[role] ?? []
        if adding {
            try changePeople(role, adding: people.subtracting(old), removing: [])
        } else {
            try changePeople(role, adding: [], removing: people.intersection(old))
        }
    }

    private mutating func changePeople(
        _ role: ParticipantRole, adding: Set<PrincipalID>, removing: Set<PrincipalID>
    ) throws {
        for principal in adding.union(removing).sorted() {
            let arrives = adding.contains(principal)
            guard try mayChangePerson(role, principal, arrives: arrives) else {
                reject(role.field, .notPermitted)
                continue
            }
            if arrives {
                edit.participants[role, default: []].insert(principal)
            } else {
                edit.participants[role]?.remove(principal)
            }
        }
        edit.asked.insert(role.field.id)
    }

    /// One's own place needs `watch`; that of others `add_issue_watchers` and `delete_issue_watchers`, or the right
    /// to edit for
    /// those who are no mere watchers.
    private func mayChangePerson(_ role: ParticipantRole, _ principal: PrincipalID, arrives: Bool) throws -> Bool {
        if isTrusted { return true }
        if principal == actor.user && !actor.isAnonymous {
            if allows(role == .adminWatcher ? .watchAsAdmin : .watch) { return true }
        }
        if role == .watcher, allows(arrives ? .addIssueWatchers : .deleteIssueWatchers) { return true }
        guard role != .watcher else { return false }
        return try mayEdit()
    }

    /// The people that operands name; a new address becomes a user without login. Unknown numbers are left out.
    private mutating func people(_ operands: [ParsedOperand], _ role: ParticipantRole) throws -> Set<PrincipalID>? {
        var result: Set<PrincipalID> = []
        for operand in operands {
            guard let id = try person(operand) else {
                reject(role.field, .notInList, value: "\(operand)")
                if problems.isEmpty { continue }
                return nil
            }
            result.insert(id)
        }
        return result
    }

    /// The person that an operand means; nil where it is neither anybody's number or name nor an address.
    func person(_ operand: ParsedOperand) throws -> PrincipalID? {
        switch operand {
        case .name(.number(let number)), .integer(let number):
            let id = PrincipalID(number)
            return catalog.name(of: id) == nil ? nil : id
        case .name(.me): return actor.isAnonymous ? nil : actor.user
        case .name(.text(let text)), .text(let text):
            if let user = catalog.user(login: text) ?? catalog.user(address: text) { return user.id }
            let (name, address) = ChangeEngine.mailbox(text)
            guard ChangeEngine.isAddress(address) else { return nil }
            if let user = catalog.user(address: address) { return user.id }
            let folded = TextFolding.fold(address)
            if let made = transaction.records.users.values.first(where: { user in
                user.stamp.retired == nil && user.addresses.contains { TextFolding.fold($0) == folded }
            }) {
                return made.id
            }
            var user = User(id: try transaction.newPrincipalID(), stamp: transaction.stamp, login: nil)
            user.addresses = [address]
            user.realName = name
            let words = name.split(separator: " ", maxSplits: 1).map(String.init)
            user.firstName = words.first ?? ""
            user.lastName = words.count > 1 ? words[1] : ""
            try transaction.put(user)
            return user.id
        default: return nil
        }
    }

    /// `Rita Requestor <rita@example.net>` as name and address; any other text is taken for an address.
    static func mailbox(_ text: String) -> (name: String, address: String) {
        guard text.last == ">", let open = text.lastIndex(of: "<") else { return ("", text) }
        let trimmed = text[..<open].drop(while: \.isWhitespace).filter { $0 != "\"" }
        let name = trimmed.prefix(200).split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return (name, String(text[text.index(after: open)...].dropLast()))
    }

    /// Something, an `@`, a host; no blanks or angle brackets.
    static func isAddress(_ text: String) -> Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty, text.utf8.count <= 254 else { return false }
        return !text.contains { $0.isWhitespace || "<>,;\"".contains($0) }
    }
}
