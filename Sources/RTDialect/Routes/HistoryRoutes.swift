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
            for transaction in chosen { form.add(String(transaction.id), description(of: transaction)) }
            return ObjectAnswer(form)
        }
        return several(try await forms(of: chosen) { "# 1/\(total) (id/\($0)/total)" })
    }

    private func several(_ forms: [Form]) -> ObjectAnswer {
        var answer = ObjectAnswer(forms.first ?? Form())
        answer.more = Array(forms.dropFirst())
        return answer
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
        let found = selection.ids.compactMap { Int64($0).flatMap { known[$0] } }
        let shown = try await forms(of: found) { "# 1/\(total) (id/\($0)/total)" }
        var byID = Dictionary(zip(found.map(\.id), shown), uniquingKeysWith: { first, _ in first })
        for id in history.hidden {
            var form = Call.hiddenTransaction(id, history.ticket)
            form.comment = "# 0/\(total) (id/\(id)/total)"
            byID[id] = form
        }
        let forms = selection.ids.map { spelling in
            Int64(spelling).flatMap { byID[$0] }
                ?? Form(comment: "# Transaction \(spelling) is not related to Ticket \(address.name)")
        }
        var answer = several(forms)
        answer.isFailure = forms.allSatisfy { $0.fields.isEmpty }
        return answer
    }

    private func read(_ id: IssueID, isLong: Bool, _ wanted: [String]) async throws -> ReadHistory {
        let clock = clock, options = options
        return try await workspace.read(as: actor) { reader in
            let issue = try reader.issue(id).issue
            var builder = try TransactionBuilder(reader, clock, options, of: issue)
            let told = try builder.transactions(reader.history(of: issue, withTexts: isLong))
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
        let isLong = try format == "l" || fieldNames() != nil
        let clock = clock, options = options
        let found: TicketTransaction?
        do {
            found = try await workspace.read(as: actor) { reader in
                let (issue, view) = try reader.changeset(of: TicketTransaction.entry(id))
                var builder = try TransactionBuilder(reader, clock, options, of: issue)
                let needsAll = TransactionBuilder.needsWholeHistory(view)
                let history = try needsAll ? reader.history(of: issue, withTexts: isLong) : [view]
                return try builder.transactions(history).first { $0.id == id }
            }
        } catch Fault.notFound {
            found = nil
        } catch Fault.forbidden {
            return ObjectAnswer(isLong ? Call.hiddenTransaction(id, nil) : Call.brief(id, "Permission Denied"))
        }
        guard let found else { return .failed("Transaction \(address.name) does not exist.") }
        guard isLong else { return ObjectAnswer(Call.brief(id, description(of: found))) }
        return several(try await forms(of: [found]) { _ in "" })
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

    // MARK: forms

    private func description(of transaction: TicketTransaction) -> String {
        "\(transaction.brief) by \(TicketForm.login(transaction.author, in: catalog))"
    }

    private func forms(of transactions: [TicketTransaction], comment: (Int64) -> String) async throws -> [Form] {
        let names = try fieldNames()
        let needsSizes = names?.contains("attachments") ?? true
        let sizes = try await PartSizes(needsSizes ? transactions.compactMap(\.message) : [], texts, in: workspace)
        return transactions.map { transaction in
            var form = Form(comment: comment(transaction.id))
            form.add("id", String(transaction.id))
            form.add("Ticket", "\(transaction.ticket)")
            form.add("TimeTaken", String(transaction.timeTaken))
            form.add("Type", transaction.type)
            form.add("Field", transaction.field)
            form.add("OldValue", transaction.old)
            form.add("NewValue", transaction.new)
            form.add("Data", transaction.data)
            form.add("Description", description(of: transaction))
            form.add("Content", Call.content(of: transaction.message))
            form.add("Creator", TicketForm.login(transaction.author, in: catalog))
            form.add("Created", UserClock.sql(transaction.time))
            form.add("Attachments", needsSizes ? attachments(of: transaction.message, sizes) : "")
            return form
        }
    }

    /// The words of a message; its files are not shown for them.
    private static func content(of message: TicketMessage?) -> String {
        guard let message, !message.text.isEmpty else { return HistoryWords.noContent }
        return message.format == .html ? PlainText.text(ofHTML: message.text) : message.text
    }

    /// A line for each part, below the key.
    private func attachments(of message: TicketMessage?, _ sizes: PartSizes) -> String {
        guard let message else { return "" }
        return message.parts.map { part in
            let name = part.filename.isEmpty ? "untitled" : part.filename
            return "\n\(part.id): \(name) (\(PartSizes.words(sizes.size(of: part, in: message))))"
        }.joined()
    }
}
