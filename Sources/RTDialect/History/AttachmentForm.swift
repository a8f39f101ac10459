import ParleyHTTP
import ParleyModel
import ParleyService

/// One node of a message as a form, with headers like those of a mail.
struct AttachmentForm {
    let transaction: TicketTransaction
    let message: TicketMessage
    let part: TicketMessage.Part
    /// Of a file.
    let facts: TextFacts?
    let catalog: Catalog
    let options: RTOptions

    static let isNotText = """
        Content is not text and will not be displayed!
        Use "rt show attachment/<id>/content [> file.ext]" to get the content.
        """

    /// All but the content.
    /// - Parameter asObject: by the attachment's own address rather than the ticket's.
    func form(asObject: Bool) -> Form {
        var form = Form()
        let prefix = asObject ? "attachment/" : ""
        form.add("id", "\(prefix)\(part.id)")
        form.add("Subject", isTop ? message.subject.map(AttachmentForm.line) ?? "" : "")
        form.add("Creator", String(transaction.author.rawValue))
        form.add("Created", UserClock.sql(transaction.time))
        form.add("Transaction", String(transaction.id))
        form.add("Parent", "\(prefix)\(part.parent)")
        form.add("MessageId", isTop ? AttachmentForm.bare(message.messageID ?? "") : "")
        form.add("Filename", part.filename)
        form.add("ContentType", type)
        form.add("ContentEncoding", contentEncoding)
        form.add("Headers", headers.joined(separator: "\n"))
        return form
    }

    /// What is shown of one that the actor may not see.
    /// - Parameter transaction: the number, where the attachment's own tells it.
    static func hidden(_ id: Int64, transaction: Int64?, asObject: Bool) -> Form {
        var form = Form()
        let prefix = asObject ? "attachment/" : ""
        form.add("id", "\(prefix)\(id)")
        for key in ["Subject", "Creator", "Created"] { form.add(key, "") }
        form.add("Transaction", transaction.map(String.init) ?? "")
        form.add("Parent", prefix)
        for key in ["MessageId", "Filename", "ContentType", "ContentEncoding", "Headers"] { form.add(key, "") }
        form.add("Content", asObject ? isNotText : "")
        return form
    }

    private var isTop: Bool { part.parent == 0 }

    /// The media type.
    var type: String {
        switch part.content {
        case .container: "multipart/mixed"
        case .text: message.textType
        case .file(let view, _): TextMemory.essence(of: view.file)
        }
    }

    private var contentEncoding: String {
        switch part.content {
        case .container: return ""
        case .text: return message.text.utf8.allSatisfy { $0 < 0x80 } ? "none" : "quoted-printable"
        case .file:
            guard let facts else { return "none" }
            return facts.hasZero ? "base64" : facts.isASCII ? "none" : "quoted-printable"
        }
    }

    // MARK: headers

    private var headers: [String] {
        var lines = isTop ? topHeaders : []
        switch part.content {
        case .container:
            let boundary = "----------=_\(transaction.time.seconds)-\(part.id)"
            lines.append("Content-Type: multipart/mixed; boundary=\"\(boundary)\"")
            lines.append("Content-Transfer-Encoding: binary")
            lines.append("Content-Length: 0")
        case .text:
            lines.append("Content-Transfer-Encoding: binary")
            lines.append("Content-Disposition: inline")
            lines.append("Content-Type: \(message.textType); charset=\"utf-8\"")
            if tellsEncoding { lines.append("X-RT-Original-Encoding: utf-8") }
            lines.append("Content-Length: \(message.text.utf8.count)")
        case .file(let view, let place): lines += fileHeaders(view.file, place)
        }
        return lines
    }

    /// RT tells of a comment's only part nothing that it would have changed.
    private var tellsEncoding: Bool { !isTop || message.subject != nil }

    private var topHeaders: [String] {
        var lines = ["MIME-Version: 1.0", "X-RT-Interface: REST"]
        if let subject = message.subject {
            lines.append("Subject: \(AttachmentForm.line(subject))")
            let address = catalog.user(transaction.author)?.addresses.first ?? ""
            lines.append("From: \(AttachmentForm.line(address))")
        } else {
            let copies = TicketForm.addresses(Set(message.recipients), in: catalog).joined(separator: ", ")
            lines.append(copies.isEmpty ? "RT-Send-CC:" : "RT-Send-CC: \(AttachmentForm.line(copies))")
            let own = "rt-\(options.version)-\(transaction.id)-\(transaction.time.seconds)"
            lines.append("RT-Message-ID: <\(own).\(transaction.ticket)-0-0@\(options.organization)>")
        }
        if let id = message.messageID { lines.append("Message-ID: <\(AttachmentForm.bare(id))>") }
        if let id = message.inReplyTo { lines.append("In-Reply-To: <\(AttachmentForm.bare(id))>") }
        return lines
    }

    private func fileHeaders(_ file: File, _ place: Int) -> [String] {
        let name = AttachmentForm.line(file.name).replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        let isText = TextMemory.isText(type)
        let isReadable = isText || type.hasPrefix("text/")
        let charset = isText && file.size > 0 ? "; charset=\"utf-8\"" : ""
        var lines = [
            "Content-Transfer-Encoding: \(isReadable ? "binary" : "base64")",
            "Content-Disposition: form-data; filename=\"\(name)\"; name=\"attachment_\(place)\"",
            "Content-Type: \(type)\(charset); name=\"\(name)\"",
        ]
        if isText, let facts, tellsEncoding || !["ascii", "utf-8"].contains(facts.encoding) {
            lines.append("X-RT-Original-Encoding: \(facts.encoding)")
        }
        lines.append("Content-Length: \(isText ? facts?.octets ?? file.size : file.size)")
        return lines
    }

    /// A text on one line.
    private static func line(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 0x20 ? " " : $0 }))
    }

    /// A message's identifier without angle brackets.
    private static func bare(_ id: String) -> String {
        let text = line(id)
        return text.hasPrefix("<") && text.hasSuffix(">") && text.count > 1 ? String(text.dropFirst().dropLast()) : text
    }
}
