import ParleyModel

/// What a feed says of itself.
public struct FeedHead: Sendable {
    public var title: String
    /// The feed's own address.
    public var address: String
    /// Of the page that it follows.
    public var page: String
    /// What it is known by.
    public var id: String
    public var author: String
    public var updated: Instant

    public init(title: String, address: String, page: String, id: String, author: String, updated: Instant) {
        self.title = title
        self.address = address
        self.page = page
        self.id = id
        self.author = author
        self.updated = updated
    }
}

/// One thing that a feed tells.
public struct FeedEntry: Sendable {
    public var title: String
    public var address: String
    /// What it is known by; its address, where nil.
    public var id: String?
    public var updated: Instant
    public var author: String?
    /// The author's address, where it may be told.
    public var mail: String?
    /// HTML.
    public var content: String

    public init(title: String, address: String, updated: Instant, content: String = "") {
        self.title = title
        self.address = address
        self.updated = updated
        self.content = content
    }
}

/// Writes a feed (Atom, RFC 4287).
public struct FeedWriter {
    /// The type of an answer that is a feed.
    public static let contentType = "application/atom+xml; charset=utf-8"

    private var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"

    public init(_ head: FeedHead) {
        text += "<feed xmlns=\"http://www.w3.org/2005/Atom\">\n"
        element("title", head.title, "  ")
        text += "  <link rel=\"self\" href=\"\(FeedWriter.escaped(head.address, inAttribute: true))\"/>\n"
        text += "  <link rel=\"alternate\" href=\"\(FeedWriter.escaped(head.page, inAttribute: true))\"/>\n"
        element("id", head.id, "  ")
        element("updated", WireTime.iso8601(head.updated), "  ")
        text += "  <author>\n"
        element("name", head.author, "    ")
        text += "  </author>\n"
    }

    private mutating func element(_ name: String, _ value: String, _ indent: String) {
        text += value.isEmpty
            ? "\(indent)<\(name)/>\n" : "\(indent)<\(name)>\(FeedWriter.escaped(value))</\(name)>\n"
    }

    /// Adds an entry.
    public mutating func entry(_ entry: FeedEntry) {
        text += "  <entry>\n"
        element("title", entry.title, "    ")
        text += "    <link rel=\"alternate\" href=\"\(FeedWriter.escaped(entry.address, inAttribute: true))\"/>\n"
        element("id", entry.id ?? entry.address, "    ")
        element("updated", WireTime.iso8601(entry.updated), "    ")
        if let author = entry.author {
            text += "    <author>\n"
            element("name", author, "      ")
            if let mail = entry.mail, !mail.isEmpty { element("email", mail, "      ") }
            text += "    </author>\n"
        }
        text += "    <content type=\"html\">\n\(FeedWriter.escaped(entry.content))    </content>\n  </entry>\n"
    }

    /// The whole feed.
    public consuming func finish() -> [UInt8] {
        Array(text.utf8) + Array("</feed>\n".utf8)
    }

    /// As text of XML; characters that XML cannot hold are left out.
    private static func escaped(_ text: String, inAttribute: Bool = false) -> String {
        var result = ""
        result.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x26: result += "&amp;"
            case 0x3C: result += "&lt;"
            case 0x3E: result += "&gt;"
            case 0x22 where inAttribute: result += "&quot;"
            case 0x09, 0x0A, 0x20...0xD7FF, 0xE000...0xFFFD, 0x10000...0x10FFFF:
                result.unicodeScalars.append(scalar)
            default: continue
            }
        }
        return result
    }
}
