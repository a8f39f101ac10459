import ParleyModel
import ParleyService

/// One step of a ticket's history, as RT tells it.
struct TicketTransaction: Sendable {
    /// Twice the entry's number; one more for what RT notes beside a change of owner.
    var id: Int64
    /// The ticket that it happened to, which may since have been merged into another one.
    var ticket: IssueID
    var type: String
    /// As RT names fields; a custom field by its number.
    var field = ""
    var old = ""
    var new = ""
    var data = ""
    /// What was done, without who did it.
    var brief: String
    var author: PrincipalID
    var time: Instant
    /// Minutes.
    var timeTaken: Int64 = 0
    var message: TicketMessage?

    init(
        _ entry: Entry, of changeset: Changeset, _ type: String, field: String = "", old: String = "",
        new: String = "", brief: String
    ) {
        id = TicketTransaction.number(of: entry.id)
        ticket = changeset.issue
        self.type = type
        self.field = field
        self.old = old
        self.new = new
        self.brief = brief
        author = changeset.author
        time = changeset.time
    }

    static func number(of entry: EntryID) -> Int64 { entry.rawValue &* 2 }

    /// The entry that a number stands for.
    static func entry(_ number: Int64) -> EntryID { EntryID(number / 2) }
}

/// What somebody said or sent: a text, files, or both.
struct TicketMessage: Sendable {
    /// By which the container and the text are numbered.
    var entry: EntryID
    /// Whose text it is; nil for the ticket's own description.
    var post: PostID?
    var text = ""
    var format = TextFormat.plain
    /// Of the ticket, where the message opened it.
    var subject: String?
    var messageID: String?
    var inReplyTo: String?
    var recipients: [PrincipalID] = []
    /// Those that are still there.
    var files: [FileView] = []
    /// How many there were; a container stays when one of its files goes.
    var fileCount = 0

    init(_ entry: EntryID) {
        self.entry = entry
    }

    /// A node of the message; RT numbers each.
    struct Part: Sendable {
        enum Content: Sendable {
            case container
            case text
            /// - Parameter place: among the message's files, from 1.
            case file(FileView, place: Int)
        }

        var id: Int64
        /// 0 at the top.
        var parent: Int64
        var content: Content

        var filename: String {
            if case .file(let view, _) = content { return view.file.name }
            return ""
        }
    }

    /// Text and files, below a container where they are several.
    var parts: [Part] {
        let container = entry.rawValue &* 4
        let count = (text.isEmpty ? 0 : 1) + max(fileCount, files.count)
        let parent = count > 1 ? container : 0
        var result: [Part] = []
        result.reserveCapacity(files.count + 2)
        if count > 1 { result.append(Part(id: container, parent: 0, content: .container)) }
        if !text.isEmpty { result.append(Part(id: container &+ 1, parent: parent, content: .text)) }
        for (index, file) in files.enumerated() {
            let id = TicketMessage.number(of: file.link.id)
            result.append(Part(id: id, parent: parent, content: .file(file, place: index + 1)))
        }
        return result
    }

    static func number(of file: FileLinkID) -> Int64 { file.rawValue &* 4 &+ 2 }

    var isEmpty: Bool { text.isEmpty && files.isEmpty }

    /// The media type of the text.
    var textType: String { format == .html ? "text/html" : "text/plain" }
}

/// What an attachment's number stands for.
enum AttachmentNumber {
    /// The container or the text of a message.
    case message(EntryID)
    case file(FileLinkID)

    init?(_ number: Int64) {
        guard number > 0 else { return nil }
        switch number % 4 {
        case 0, 1: self = .message(EntryID(number / 4))
        case 2: self = .file(FileLinkID(number / 4))
        default: return nil
        }
    }
}
