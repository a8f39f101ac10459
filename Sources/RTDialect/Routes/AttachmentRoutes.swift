import ParleyHTTP
import ParleyModel
import ParleyService

extension ObjectTable {
    static let attachmentHandlers: [String: ObjectHandler] = [
        "ticket/attachments": { call, address, form in
            form == nil ? try await call.showAttachments(address) : ObjectAnswer(Form())
        },
        "attachment": { call, address, form in
            form == nil ? try await call.showAttachment(address) : ObjectAnswer(Form())
        },
    ]
}

/// An attachment with the step of the history that it belongs to.
private struct FoundAttachment: Sendable {
    var transaction: TicketTransaction
    var message: TicketMessage
    var part: TicketMessage.Part
}

/// What a number turned out to be.
private enum AttachmentFinding: Sendable {
    case nothing
    /// It is there, but not for the actor.
    case hidden
    case found(FoundAttachment)
}

extension Call {
    // MARK: lists

    /// `/ticket/N/attachments`, and below it one of them: RT does not ask whether it is one of this ticket's.
    fileprivate func showAttachments(_ address: ObjectAddress) async throws -> ObjectAnswer {
        let id = IssueID(address.id ?? 0)
        let arguments = address.arguments
        let clock = clock, options = options
        let listed: (IssueID, [TicketMessage])?
        do {
            listed = try await workspace.read(as: actor) { reader in
                let issue = try reader.issue(id).issue
                guard arguments.first ?? "" == "" || arguments.first == "0" else { return (issue.id, []) }
                var builder = try TransactionBuilder(reader, clock, options, of: issue)
                let told = try builder.transactions(reader.history(of: issue))
                return (issue.id, told.compactMap(\.message))
            }
        } catch Fault.notFound {
            return .failed("Ticket \(address.name) does not exist.")
        } catch Fault.forbidden {
            listed = nil
        }
        if let number = arguments.first, !number.isEmpty, number != "0" {
            return try await show(number, content: arguments.dropFirst().first == "content", asObject: false) {
                "Invalid attachment id: \(number)"
            }
        }
        guard let (ticket, messages) = listed else { return ObjectAnswer(Form()) }
        let sizes = try await PartSizes(messages, texts, in: workspace)
        let lines = messages.flatMap { message in
            message.parts.map { part in
                let name = part.filename.isEmpty ? "(Unnamed)" : part.filename
                let size = PartSizes.words(sizes.size(of: part, in: message))
                return "\(part.id): \(name) (\(type(of: part, in: message)) / \(size))"
            }
        }
        guard !lines.isEmpty else { return ObjectAnswer(Form()) }
        var form = Form()
        form.add("id", "ticket/\(ticket)/attachments")
        form.add("Attachments", list: lines)
        return ObjectAnswer(form)
    }

    private func type(of part: TicketMessage.Part, in message: TicketMessage) -> String {
        switch part.content {
        case .container: "multipart/mixed"
        case .text: message.textType
        case .file(let view, _): TextMemory.essence(of: view.file)
        }
    }

    // MARK: one

    /// `/attachment/A`.
    fileprivate func showAttachment(_ address: ObjectAddress) async throws -> ObjectAnswer {
        let name = address.name
        let isPlain = name == "0" || !name.hasPrefix("0")
        return try await show(name, content: address.arguments.first == "content", asObject: true) {
            isPlain ? "Attachment \(name) does not exist." : "Invalid attachment id: \(name)"
        }
    }

    private func show(
        _ spelling: String, content: Bool, asObject: Bool, absent: () -> String
    ) async throws -> ObjectAnswer {
        guard let id = Int64(spelling), String(id) == spelling, let number = AttachmentNumber(id) else {
            return .failed(absent())
        }
        switch try await find(id, number) {
        case .nothing: return .failed(absent())
        case .hidden:
            if content { return raw(.none) }
            var transaction: Int64?
            if case .message(let entry) = number { transaction = TicketTransaction.number(of: entry) }
            return ObjectAnswer(AttachmentForm.hidden(id, transaction: transaction, asObject: asObject))
        case .found(let found):
            return content ? try await self.content(of: found) : try await form(of: found, asObject: asObject)
        }
    }

    private func raw(_ body: Answer.Body) -> ObjectAnswer {
        var answer = ObjectAnswer(Form())
        answer.raw = Answer(body: body)
        return answer
    }

    private func find(_ id: Int64, _ number: AttachmentNumber) async throws -> AttachmentFinding {
        let clock = clock, options = options
        do {
            return try await workspace.read(as: actor) { reader in
                let (issue, view) = switch number {
                case .message(let entry): try reader.changeset(of: entry)
                case .file(let link): try reader.changeset(of: link)
                }
                var builder = try TransactionBuilder(reader, clock, options, of: issue)
                for transaction in try builder.transactions([view]) {
                    guard let message = transaction.message, let part = message.parts.first(where: { $0.id == id })
                    else { continue }
                    return .found(FoundAttachment(transaction: transaction, message: message, part: part))
                }
                return .nothing
            }
        } catch Fault.notFound {
            return .nothing
        } catch Fault.forbidden {
            return .hidden
        }
    }

    /// The octets that came, unchanged.
    private func content(of found: FoundAttachment) async throws -> ObjectAnswer {
        switch found.part.content {
        case .container: return raw(.octets([], type: "multipart/mixed"))
        case .text: return raw(.octets(Array(found.message.text.utf8), type: found.message.textType))
        case .file(let view, _):
            let file = view.file
            let type = FileAnswer.safeType(file.contentType ?? "")
            guard file.size > FileAnswer.wholeLimit else {
                let octets = try await workspace.octets(of: file, count: Int(file.size))
                return raw(.octets(octets, type: type))
            }
            return raw(.file(try workspace.path(of: file), length: file.size, type: type))
        }
    }

    private func form(of found: FoundAttachment, asObject: Bool) async throws -> ObjectAnswer {
        var facts: TextFacts?
        if case .file(let view, _) = found.part.content {
            facts = try await texts.facts(of: view.file, in: workspace)
        }
        let shown = AttachmentForm(
            transaction: found.transaction, message: found.message, part: found.part, facts: facts, catalog: catalog,
            options: options)
        var form = shown.form(asObject: asObject)
        guard case .file(let view, _) = found.part.content else {
            var content = found.message.text
            if case .container = found.part.content { content = asObject ? AttachmentForm.isNotText : "" }
            form.add("Content", content)
            return ObjectAnswer(form)
        }
        let file = view.file
        let isText = shown.type.hasPrefix("text/")
        guard file.size <= TextMemory.wholeLimit, isText || !asObject else {
            form.add("Content", AttachmentForm.isNotText)
            return ObjectAnswer(form)
        }
        let wanted = try fieldNames()
        if let wanted, !wanted.contains("content") { return ObjectAnswer(form) }
        let octets = try await workspace.octets(of: file, count: Int(file.size))
        if let text = text(octets, of: file) {
            form.add("Content", text)
            return ObjectAnswer(form)
        }
        return withOctets(wanted.map { form.projected(on: $0) } ?? form, octets)
    }

    /// The content as characters; nil for what is none.
    private func text(_ octets: [UInt8], of file: File) -> String? {
        guard TextMemory.isText(TextMemory.essence(of: file)) else {
            return String(validating: octets, as: UTF8.self)
        }
        return (TextMemory.encoding(of: file) ?? .utf8).text(octets)
    }

    /// A form whose last field is raw octets, each line after the first below the beginning of the first.
    private func withOctets(_ form: Form, _ octets: [UInt8]) -> ObjectAnswer {
        var body = Array(Form.compose([form]).utf8)
        let isLong = octets.contains(0x0A)
        if isLong, !body.suffix(2).elementsEqual([0x0A, 0x0A]) { body.append(0x0A) }
        body += Array("Content: ".utf8)
        let indent = [UInt8](repeating: 0x20, count: "Content: ".utf8.count)
        for (index, line) in octets.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            if index > 0 {
                body.append(0x0A)
                // An end of line at the very end begins no other line.
                if line.startIndex < octets.endIndex { body += indent }
            }
            body += line
        }
        body += isLong ? [0x0A, 0x0A, 0x0A] : [0x0A, 0x0A]
        return raw(.octets(body, type: "text/plain"))
    }
}
