import ParleyHTTP
import ParleyModel
import ParleyService

/// The steps of a history as forms, written in portions. Which they are was settled at first, and so were short texts;
/// of each portion the longer ones are read afresh, as the actor may see them then, and a step whose text has gone
/// meanwhile is left out.
struct HistoryForms: Sendable {
    /// One form of the answer.
    enum Item: Sendable {
        case step(TicketTransaction)
        case other(Form)
    }

    /// Characters of a text that are kept until it is written.
    static let textLimit = 1000
    /// Forms of a portion, whatever their length.
    private static let portion = 250

    private let call: Call
    private let ticket: IssueID
    private let names: [String]?
    /// How many steps there are, by which each form's comment counts; nil for no comment.
    private let total: Int?
    private var rest: ArraySlice<Item>
    private var hasBegun = false

    init(_ call: Call, of ticket: IssueID, _ items: [Item], total: Int? = nil) throws {
        self.call = call
        self.ticket = ticket
        self.total = total
        names = try call.fieldNames()
        rest = items[...]
    }

    var isEmpty: Bool { rest.isEmpty }

    /// Writes the next portion.
    mutating func write(to writer: inout FormWriter) async throws {
        let items = try await portion()
        let needsSizes = names?.contains("attachments") ?? true
        let messages = items.compactMap { item -> TicketMessage? in
            guard case .step(let step) = item else { return nil }
            return step.message
        }
        let sizes = try await PartSizes(needsSizes ? messages : [], call.texts, in: call.workspace)
        for item in items {
            switch item {
            case .other(let form): write(form, to: &writer)
            case .step(let step):
                guard names != nil else {
                    writer.begin(comment: comment(of: step))
                    write(step, sizes, to: &writer)
                    continue
                }
                var form = Form(comment: comment(of: step))
                write(step, needsSizes ? sizes : nil, to: &form)
                write(form, to: &writer)
            }
        }
    }

    private func write(_ form: Form, to writer: inout FormWriter) {
        var form = form
        if !form.fields.isEmpty, let names { form = form.projected(on: names) }
        form.isOfObject = true
        writer.write(form)
    }

    private func comment(of step: TicketTransaction) -> String { total.map { "# 1/\($0) (id/\(step.id)/total)" } ?? "" }

    // MARK: reading

    /// Takes the next items, with the whole of their texts.
    private mutating func portion() async throws -> [Item] {
        let candidates = Array(rest.prefix(HistoryForms.portion))
        guard hasBegun || candidates.contains(where: { HistoryForms.cut($0) != nil }) else {
            hasBegun = true
            rest = rest.dropFirst(candidates.count)
            return candidates
        }
        hasBegun = true
        let ticket = ticket
        let (taken, items) = try await call.workspace.readAtLength(as: call.actor) { reader in
            guard let issue = try? reader.issue(ticket).issue else { return (candidates.count, [Item]()) }
            return try HistoryForms.whole(candidates, reader, issue)
        }
        rest = rest.dropFirst(taken)
        return items
    }

    /// Items with their texts, until these are a piece of the answer; how many were looked at.
    private static func whole(_ items: [Item], _ reader: Reader, _ issue: Issue) throws -> (Int, [Item]) {
        var result: [Item] = []
        var octets = 0
        for (index, item) in items.enumerated() {
            if octets > ResponseBody.pieceLength { return (index, result) }
            guard case .step(var step) = item, let (post, entry) = cut(item) else {
                result.append(item)
                continue
            }
            guard let whole = try reader.post(post, of: entry, in: issue) else { continue }
            step.message?.text = whole.text
            octets += whole.text.utf8.count
            result.append(.step(step))
        }
        return (items.count, result)
    }

    /// The post whose text may be longer than what is there of it.
    private static func cut(_ item: Item) -> (PostID, EntryID)? {
        guard case .step(let step) = item, let message = step.message, let post = message.post,
            message.text.utf8.count >= textLimit
        else { return nil }
        return (post, message.entry)
    }

    // MARK: one step

    /// - Parameter sizes: nil where nobody asks for the attachments.
    private func write<Sink: FieldSink & ~Copyable>(
        _ step: TicketTransaction, _ sizes: PartSizes?, to sink: inout Sink
    ) {
        sink.add("id", number: step.id)
        sink.add("Ticket", number: step.ticket.rawValue)
        sink.add("TimeTaken", number: step.timeTaken)
        sink.add("Type", step.type)
        sink.add("Field", step.field)
        sink.add("OldValue", step.old)
        sink.add("NewValue", step.new)
        sink.add("Data", step.data)
        sink.add("Description", HistoryForms.description(of: step, in: call.catalog))
        sink.add("Content", HistoryForms.content(of: step.message))
        sink.add("Creator", TicketForm.login(step.author, in: call.catalog))
        sink.add("Created", utc: step.time)
        sink.add("Attachments", sizes.map { HistoryForms.attachments(of: step.message, $0) } ?? "")
    }

    /// What happened, and who did it.
    static func description(of step: TicketTransaction, in catalog: Catalog) -> String {
        "\(step.brief) by \(TicketForm.login(step.author, in: catalog))"
    }

    /// The words of a message; its files are not shown for them.
    private static func content(of message: TicketMessage?) -> String {
        guard let message, !message.text.isEmpty else { return HistoryWords.noContent }
        return message.format == .html ? PlainText.text(ofHTML: message.text) : message.text
    }

    /// A line for each part, below the key.
    private static func attachments(of message: TicketMessage?, _ sizes: PartSizes) -> String {
        guard let message else { return "" }
        return message.parts.map { part in
            let name = part.filename.isEmpty ? "untitled" : part.filename
            return "\n\(part.id): \(name) (\(PartSizes.words(sizes.size(of: part, in: message))))"
        }.joined()
    }
}
