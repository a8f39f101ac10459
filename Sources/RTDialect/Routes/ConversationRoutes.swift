import ParleyModel
import ParleyService

extension ObjectTable {
    static let conversationHandlers: [String: ObjectHandler] = [
        "ticket/comment": { call, address, form in
            guard let form else { throw Refusal.badRequest("No form was submitted.") }
            return try await call.comment(address, form)
        },
        "ticket/take": { call, address, form in
            guard let form else { throw Refusal.badRequest("No form was submitted.") }
            return try await call.take(address, form)
        },
        "ticket/merge": { call, address, _ in try await call.merge(address) },
    ]
}

/// What the form of a comment says.
private struct CommentForm {
    var isReply: Bool
    var text: String
    var attachments: [String]
    var copies: [String]
    var blindCopies: [String]
    var minutes: Int64
    var status: String
    var format: TextFormat

    /// The names of its fields are case sensitive.
    init(_ form: Form) throws {
        let action = Call.action(in: form)
        guard action == "Comment" || action == "Correspond" else {
            throw TicketRefusal("Invalid action: `\(action)'.")
        }
        func values(_ key: String) -> [String] { form.fields.first { $0.key == key }?.values ?? [] }
        func text(_ key: String) -> String {
            let text = values(key).joined(separator: ", ")
            return text == "0" ? "" : text
        }
        isReply = action == "Correspond"
        self.text = text("Text")
        attachments = values("Attachment")
        copies = ValueList.split(values("Cc"))
        blindCopies = ValueList.split(values("Bcc"))
        minutes = NumberKey.timeworked.read(text("TimeWorked"), [])
        status = text("Status")
        format = TicketCreation.format(text("Content-Type"))
        if self.text.isEmpty && ValueList.split(attachments).isEmpty {
            throw TicketRefusal("Empty comment with no attachments submitted.")
        }
    }

    /// The changes that are one transaction of the ticket.
    func changes(_ files: [Change]) -> [Change] {
        var post = NewPost(text: text, format: format, isReply: isReply)
        post.copies = copies.map { .text($0) }
        post.blindCopies = blindCopies.map { .text($0) }
        var changes = [Change.post(post)] + files
        if minutes != 0 { changes.append(.logTime(NewTimeEntry(duration: minutes * 60_000))) }
        return changes
    }
}

extension Call {
    /// `Action` as RT repeats it: the first letter large, the others small.
    fileprivate static func action(in form: Form) -> String {
        let text = form.fields.first { $0.key == "Action" }?.values.joined(separator: ", ") ?? ""
        return text.prefix(1).uppercased() + text.dropFirst().lowercased()
    }

    // MARK: comments

    fileprivate func comment(_ address: ObjectAddress, _ form: Form) async throws -> ObjectAnswer {
        let exists = try await workspace.read(as: actor) { reader in
            do {
                return try Call.ticket(address, reader) != nil
            } catch Fault.forbidden {
                return true
            }
        }
        guard exists, let id = address.id else { return .failed("Ticket \(address.name) does not exist.") }
        do {
            let said = try CommentForm(form)
            let files = try await attachments(said.attachments)
            let comments = try await workspace.write(as: actor) { transaction in
                let verb = said.isReply ? "Correspond" : "Comment"
                let refusal = TicketRefusal("You are not allowed to \(verb) on ticket \(address.name).")
                do {
                    return try Call.post(said, files, on: IssueID(id), transaction, refusal)
                } catch Fault.forbidden {
                    throw refusal
                }
            }
            return .done(comments.joined(separator: "\n# "))
        } catch let refusal as TicketRefusal {
            return .failed(refusal.sentence)
        }
    }

    /// Posts, then sets the status that was asked for: as in RT, the reply may have opened the ticket before.
    private static func post(
        _ said: CommentForm, _ files: [Change], on id: IssueID, _ transaction: Transaction, _ refusal: TicketRefusal
    ) throws -> [String] {
        var issue: Issue?
        do {
            issue = try transaction.reader.issue(id).issue
        } catch Fault.forbidden {
            issue = nil
        }
        var changes = said.changes(files)
        if said.isReply, let issue, issue.retired != nil, try transaction.reader.allows(.restoreIssues, on: issue) {
            changes.insert(.restore, at: 0)
        }
        let part = ChangePart(audience: said.isReply ? .everyone : .restricted, changes)
        let target = issue?.id ?? id
        let outcome = try transaction.change(ChangeRequest(.issues([target]), parts: [part], skipping: .all))
        guard !outcome.skipped.contains(where: { $0.subject == .field(.builtin(.posts)) }) else { throw refusal }
        var comments = [said.isReply ? "Correspondence added" : "Comments added"]
        if !said.status.isEmpty {
            comments.append(issue == nil ? "Permission Denied" : try setStatus(said.status, of: target, transaction))
        }
        return comments
    }

    private static func setStatus(_ text: String, of id: IssueID, _ transaction: Transaction) throws -> String {
        let reader = transaction.reader
        switch try StatusRules(reader: reader, issue: try reader.issue(id).issue).change(to: text) {
        case .refused(let reason): return reason
        case .changes(let changes, let done):
            do {
                let request = ChangeRequest(.issues([id]), parts: [ChangePart(changes)], skipping: .all)
                let skipped = try transaction.change(request).skipped
                return skipped.first.map { Sentences.reason($0) } ?? done
            } catch Fault.invalid(let problems) {
                return problems.first.map { Sentences.reason($0) } ?? "Permission Denied"
            }
        }
    }

    // MARK: owners

    fileprivate func take(_ address: ObjectAddress, _ form: Form) async throws -> ObjectAnswer {
        let action = Call.action(in: form)
        let ways: [String: OwnerRules.Way] = ["Take": .take, "Steal": .steal, "Untake": .untake]
        return try await workspace.write(as: actor) { transaction in
            do {
                guard let issue = try Call.ticket(address, transaction.reader)?.issue else {
                    return .failed("Ticket \(address.name) does not exist.")
                }
                guard let way = ways[action] else { return .failed("Invalid action: `\(action)'.") }
                return try Call.changeOwner(of: issue, way, transaction)
            } catch Fault.forbidden {
                guard let way = ways[action] else { return .failed("Invalid action: `\(action)'.") }
                return .failed(
                    way == .untake ? "Permission Denied" : "That user may not own tickets in that queue")
            }
        }
    }

    private static func changeOwner(
        of issue: Issue, _ way: OwnerRules.Way, _ transaction: Transaction
    ) throws -> ObjectAnswer {
        let owner = way == .untake ? PrincipalID.nobody : transaction.actor.user
        let reader = transaction.reader
        if let reason = try OwnerRules(reader: reader, issue: issue).refusal(of: owner, way) { return .failed(reason) }
        let operands: [ParsedOperand] = owner == .nobody ? [] : [.name(.number(owner.rawValue))]
        let change = Change.set(.builtin(.assignee), operands)
        let request = ChangeRequest(.issues([issue.id]), parts: [ChangePart([change])], skipping: .all)
        do {
            guard try transaction.change(request).skipped.isEmpty else { return .failed("Permission Denied") }
        } catch Fault.invalid(let problems) {
            return .failed(problems.first.map { Sentences.reason($0) } ?? "Permission Denied")
        }
        let names = [issue.assignee, owner].map { TicketForm.login($0, in: transaction.catalog) }
        return .done("Owner changed from \(names[0]) to \(names[1])")
    }

    // MARK: merging

    /// `ticket/N/merge/M`: N goes into M.
    fileprivate func merge(_ address: ObjectAddress) async throws -> ObjectAnswer {
        let into = address.arguments.first ?? ""
        return try await workspace.write(as: actor) { transaction in
            let reader = transaction.reader
            func found(_ number: Int64?) throws -> (issue: Issue?, exists: Bool) {
                guard let number else { return (nil, false) }
                do {
                    return (try reader.issue(IssueID(number)).issue, true)
                } catch Fault.notFound {
                    return (nil, false)
                } catch Fault.forbidden {
                    return (nil, true)
                }
            }
            let source = try found(address.id)
            guard source.exists else { return .failed("Ticket \(address.name) does not exist.") }
            let target = try found(NumberKey.isDigits(into) ? Int64(into) : nil)
            guard target.exists else { return .failed("Ticket \(into) does not exist.") }
            guard let issue = source.issue, try reader.mayModify(issue) else {
                return .failed("You are not allowed to modify ticket \(address.name).")
            }
            let incomplete = ObjectAnswer.failed("Could not complete the merge.")
            guard let goal = target.issue, goal.id != issue.id, try reader.mayModify(goal) else { return incomplete }
            let request = ChangeRequest(
                .issues([issue.id]), parts: [ChangePart([.merge(into: goal.id)])], skipping: .all)
            do {
                return try transaction.change(request).skipped.isEmpty ? .done("Merge completed.") : incomplete
            } catch Fault.invalid {
                return incomplete
            }
        }
    }
}
