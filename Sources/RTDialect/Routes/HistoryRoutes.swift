import ParleyHTTP
import ParleyModel
import ParleyService

extension ObjectTable {
    static let historyHandlers: [String: ObjectHandler] = [
        "ticket/history": { call, address, _ in try await call.showHistory(address) },
        "transaction": { call, address, form in
            form == nil ? try await call.showTransaction(address) : ObjectAnswer(Form())
        },
    ]
}

/// What part of a history is asked for: `type/Set`, `Set`, `links`, `watchers`, `id/7`, or all.
struct HistorySelection: Sendable, Equatable {
    /// As the answer repeats it.
    let spelling: String
    private let type: String
    /// The numbers of single steps, as the client spelled them.
    let ids: [String]

    init(_ arguments: [String]) {
        spelling = arguments.joined(separator: "/")
        let parts = spelling.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let named = parts.count > 1 ? parts[1] : ""
        ids = parts.first == "id" && !named.isEmpty ? HistorySelection.numbers(named) : []
        switch parts.first {
        case "type": type = named
        case "id": type = ""
        default: type = spelling
        }
    }

    /// How many steps one request may name.
    private static let limit = 10_000

    /// `3,5-7` as single numbers; what is no such list stays whole.
    private static func numbers(_ text: String) -> [String] {
        var result: [String] = []
        for item in text.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = item.split(separator: "-", omittingEmptySubsequences: false).map { Int64($0) }
            switch ends.count {
            case 1: result.append(String(item))
            case 2:
                guard let first = ends[0], let last = ends[1], first <= last, last &- first < Int64(limit) else {
                    return [text]
                }
                result += (first...last).map(String.init)
            default: return [text]
            }
            guard result.count <= limit else { return [text] }
        }
        return result
    }

    var isAll: Bool { type.isEmpty && ids.isEmpty }

    func contains(_ transaction: TicketTransaction) -> Bool {
        if type.isEmpty { return true }
        switch spelling {
        case "link", "links": return transaction.type.hasSuffix("Link")
        case "watcher", "watchers": return transaction.type.hasSuffix("Watcher")
        default: return transaction.type.lowercased() == type.lowercased()
        }
    }
}

/// A ticket's history as it was read.
private struct ReadHistory: Sendable {
    var ticket: IssueID
    var transactions: [TicketTransaction]
    /// Of the numbers asked for, those that are there and that the actor may not see.
    var hidden: Set<Int64> = []
}

extension Call {
    // MARK: histories

    /// `/ticket/N/history` in all its forms.
    fileprivate func showHistory(_ address: ObjectAddress) async throws -> ObjectAnswer {
        let selection = HistorySelection(address.arguments)
        let isLong = try format == "l" || fieldNames() != nil || !selection.ids.isEmpty
        let history: ReadHistory
        do {
            history = try await read(IssueID(address.id ?? 0), isLong: isLong, selection.ids)
        } catch Fault.notFound {
            return .failed("Ticket \(address.name) does not exist.")
        } catch Fault.forbidden {
            if let id = selection.ids.first {
                return .failed("Transaction \(id) is not related to Ticket \(address.name)")
            }
            return .failed("0/0 (\(selection.spelling)/total)")
        }
        let total = history.transactions.count
        if !selection.ids.isEmpty { return try await single(selection, history, address) }
        var chosen = history.transactions.filter(selection.contains)
        // Where nothing is of the type asked for, RT's long form gives everything.
        if chosen.isEmpty, isLong { chosen = history.transactions }
        guard !chosen.isEmpty else { return .failed("\(chosen.count)/\(total) (\(selection.spelling)/total)") }
        if !isLong {
            var form = Form(comment: "# \(chosen.count)/\(total) (\(selection.spelling)/total)")
            for step in chosen { form.add(String(step.id), HistoryForms.description(of: step, in: catalog)) }
            return ObjectAnswer(form)
        }
        return ObjectAnswer(try HistoryForms(self, of: history.ticket, chosen.map { .step($0) }, total: total))
    }

    /// `/history/id/ID`, also with several numbers.
    private func single(
        _ selection: HistorySelection, _ history: ReadHistory, _ address: ObjectAddress
    ) async throws -> ObjectAnswer {
        let total = history.transactions.count
        var known: [Int64: TicketTransaction] = [:]
        let wanted = Set(selection.ids.compactMap { Int64($0) })
        for transaction in history.transactions where wanted.contains(transaction.id) {
            known[transaction.id] = transaction
        }
        let items = selection.ids.map { spelling -> HistoryForms.Item in
            guard let id = Int64(spelling), known[id] != nil || history.hidden.contains(id) else {
                return .other(Form(comment: "# Transaction \(spelling) is not related to Ticket \(address.name)"))
            }
            if let step = known[id] { return .step(step) }
            var form = Call.hiddenTransaction(id, history.ticket)
            form.comment = "# 0/\(total) (id/\(id)/total)"
            return .other(form)
        }
        return ObjectAnswer(try HistoryForms(self, of: history.ticket, items, total: total))
    }

    private func read(_ id: IssueID, isLong: Bool, _ wanted: [String]) async throws -> ReadHistory {
        let clock = clock, options = options
        return try await workspace.readAtLength(as: actor) { reader in
            let issue = try reader.issue(id).issue
            var builder = try TransactionBuilder(reader, clock, options, of: issue)
            let limit = isLong ? HistoryForms.textLimit : 1
            let told = try builder.transactions(reader.history(of: issue, textLimit: limit))
            var history = ReadHistory(ticket: issue.id, transactions: told)
            guard !wanted.isEmpty else { return history }
            let seen = Set(told.map(\.id))
            for number in wanted.compactMap({ Int64($0) }) {
                guard number > 0, number % 2 == 0, !seen.contains(number) else { continue }
                if try reader.hasEntry(TicketTransaction.entry(number), in: issue) { history.hidden.insert(number) }
            }
            return history
        }
    }

    // MARK: one step

    /// `/transaction/ID`.
    fileprivate func showTransaction(_ address: ObjectAddress) async throws -> ObjectAnswer {
        let id = address.id ?? 0
        guard id > 0 else { return .failed("Transaction \(address.name) does not exist.") }
        let isLong = format == "l"
        let clock = clock, options = options
        let found: (step: TicketTransaction, ticket: IssueID)?
        do {
            found = try await workspace.read(as: actor) { reader in
                let (issue, view) = try reader.changeset(of: TicketTransaction.entry(id))
                var builder = try TransactionBuilder(reader, clock, options, of: issue)
                let needsAll = TransactionBuilder.needsWholeHistory(view)
                let history = try needsAll ? reader.history(of: issue, textLimit: HistoryForms.textLimit) : [view]
                return try builder.transactions(history).first { $0.id == id }.map { ($0, issue.id) }
            }
        } catch Fault.notFound {
            found = nil
        } catch Fault.forbidden {
            return ObjectAnswer(isLong ? Call.hiddenTransaction(id, nil) : Call.brief(id, "Permission Denied"))
        }
        guard let found else { return .failed("Transaction \(address.name) does not exist.") }
        guard isLong else {
            return ObjectAnswer(Call.brief(id, HistoryForms.description(of: found.step, in: catalog)))
        }
        return ObjectAnswer(try HistoryForms(self, of: found.ticket, [.step(found.step)]))
    }

    private static func brief(_ id: Int64, _ description: String) -> Form {
        Form([Form.Field("id", [String(id)]), Form.Field("Description", [description])])
    }

    private static func hiddenTransaction(_ id: Int64, _ ticket: IssueID?) -> Form {
        var form = Form()
        form.add("id", String(id))
        form.add("Ticket", ticket.map { "\($0)" } ?? "")
        for key in ["TimeTaken", "Type", "Field", "OldValue", "NewValue", "Data"] { form.add(key, "") }
        form.add("Description", "Permission Denied")
        form.add("Content", HistoryWords.noContent)
        for key in ["Creator", "Created", "Attachments"] { form.add(key, "") }
        return form
    }
}
