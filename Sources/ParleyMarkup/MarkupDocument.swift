/// A text with its structure, in whatever markup it was written. It holds no addresses of this server: pages and
/// issues are named as the text names them, and who renders it says where they are.
public struct MarkupDocument: Sendable, Equatable {
    public var blocks: [MarkupBlock]

    public init(_ blocks: [MarkupBlock]) {
        self.blocks = blocks
    }

    /// A text without markup: paragraphs between empty lines, every line end kept.
    public init(plain text: String) {
        blocks = MarkupLines.paragraphs(of: text).map { lines in
            let inlines = lines.map { [MarkupInline.text($0)] }.joined(separator: [.lineBreak])
            return .paragraph(Array(inlines))
        }
    }
}

/// A part of a text that stands by itself.
public indirect enum MarkupBlock: Sendable, Equatable {
    case paragraph([MarkupInline])
    /// Levels 1 to 6.
    case heading(level: Int, [MarkupInline])
    case list(MarkupList)
    case quote([MarkupBlock])
    case preformatted(String)
    /// Rows of cells.
    case table([[MarkupCell]])
    case rule
    /// A list of the headings is wanted here.
    case contents
}

/// A list; items may have lists of their own.
public struct MarkupList: Sendable, Equatable {
    /// One entry.
    public struct Item: Sendable, Equatable {
        public var inlines: [MarkupInline]
        public var lists: [MarkupList]

        public init(_ inlines: [MarkupInline], lists: [MarkupList] = []) {
            self.inlines = inlines
            self.lists = lists
        }
    }

    public var isOrdered: Bool
    public var items: [Item]

    public init(isOrdered: Bool, items: [Item] = []) {
        self.isOrdered = isOrdered
        self.items = items
    }
}

/// A cell of a table.
public struct MarkupCell: Sendable, Equatable {
    public var inlines: [MarkupInline]
    public var isHeading: Bool
    /// Columns that it takes, 1 to 100.
    public var columns: Int
    /// Rows that it takes, 1 to 100.
    public var rows: Int

    public init(_ inlines: [MarkupInline], isHeading: Bool = false, columns: Int = 1, rows: Int = 1) {
        self.inlines = inlines
        self.isHeading = isHeading
        self.columns = columns
        self.rows = rows
    }
}

/// How a stretch of text is set apart.
public enum MarkupStyle: String, Sendable, Equatable {
    case strong, emphasis, inserted, deleted, superscript, subscripted, citation
}

/// A stretch of text within a block.
public indirect enum MarkupInline: Sendable, Equatable {
    case text(String)
    case lineBreak
    case styled(MarkupStyle, [MarkupInline])
    case code(String)
    /// An address as the text has it; `MarkupAddress.isSafe` says whether it may be followed.
    case link([MarkupInline], address: String)
    case image(address: String, alternative: String)
    case page(MarkupPage, label: String)
    /// An issue by number, with what the text says for it.
    case issue(Int64, label: String)
}

/// A wiki page as a text names it.
public struct MarkupPage: Sendable, Hashable {
    /// Another project's; nil: the one that the text is in.
    public var project: String?
    /// As written; empty: that project's first page.
    public var title: String
    /// A place in it.
    public var anchor: String?

    public init(project: String? = nil, title: String, anchor: String? = nil) {
        self.project = project
        self.title = title
        self.anchor = anchor
    }
}

/// Addresses that texts may link to.
public enum MarkupAddress {
    private static let schemes: Set<String> = ["http", "https", "ftp", "ftps", "mailto"]

    /// Whether an address leads to a place and runs nothing: a known scheme, or none at all.
    public static func isSafe(_ address: String) -> Bool {
        guard !address.isEmpty, address.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else { return false }
        let scheme = address.utf8.prefix { $0 != UInt8(ascii: ":") }
        let isPlain = scheme.contains { "/?#".utf8.contains($0) }
        guard scheme.count < address.utf8.count, !isPlain else { return true }
        return schemes.contains(String(Substring(scheme)).lowercased())
    }
}

extension MarkupDocument {
    /// How many pages, and how many issues, of one text are looked up.
    public static let lookUpLimit = 200

    /// The pages and issues that the text names, each once, up to the limit.
    public func mentions() -> (pages: [MarkupPage], issues: [Int64]) {
        var found = MarkupMentions()
        for block in blocks { found.visit(block) }
        return (found.pages, found.issues)
    }

    /// The headings with their texts, in order.
    public var headings: [(level: Int, text: String)] {
        blocks.compactMap { block in
            guard case .heading(let level, let inlines) = block else { return nil }
            return (level, MarkupInline.plainText(inlines))
        }
    }
}

extension MarkupInline {
    /// What the inlines say, without how.
    public static func plainText(_ inlines: [MarkupInline]) -> String {
        inlines.map { inline in
            switch inline {
            case .text(let text), .code(let text): text
            case .lineBreak: " "
            case .styled(_, let inner), .link(let inner, _): plainText(inner)
            case .image(_, let alternative): alternative
            case .page(_, let label), .issue(_, let label): label
            }
        }.joined()
    }
}

private struct MarkupMentions {
    var pages: [MarkupPage] = []
    var issues: [Int64] = []
    private var knownPages: Set<MarkupPage> = []
    private var knownIssues: Set<Int64> = []

    mutating func visit(_ block: MarkupBlock) {
        switch block {
        case .paragraph(let inlines), .heading(_, let inlines): visit(inlines)
        case .list(let list): visit(list)
        case .quote(let blocks): for block in blocks { visit(block) }
        case .table(let rows): for row in rows { for cell in row { visit(cell.inlines) } }
        case .preformatted, .rule, .contents: break
        }
    }

    private mutating func visit(_ list: MarkupList) {
        for item in list.items {
            visit(item.inlines)
            for list in item.lists { visit(list) }
        }
    }

    private mutating func visit(_ inlines: [MarkupInline]) {
        for inline in inlines {
            switch inline {
            case .styled(_, let inner), .link(let inner, _): visit(inner)
            case .page(let page, _):
                if pages.count < MarkupDocument.lookUpLimit, knownPages.insert(page).inserted { pages.append(page) }
            case .issue(let number, _):
                if issues.count < MarkupDocument.lookUpLimit, knownIssues.insert(number).inserted {
                    issues.append(number)
                }
            case .text, .lineBreak, .code, .image: break
            }
        }
    }
}

/// Lines and paragraphs of a text.
enum MarkupLines {
    /// The lines, whatever ends them.
    static func lines(of text: String) -> [[UInt8]] {
        var lines: [[UInt8]] = [[]]
        var wasReturn = false
        for octet in text.utf8 {
            switch octet {
            case 0x0D:
                lines.append([])
                wasReturn = true
                continue
            case 0x0A:
                if !wasReturn { lines.append([]) }
            default:
                lines[lines.count - 1].append(octet)
            }
            wasReturn = false
        }
        return lines
    }

    static func isBlank(_ line: some Collection<UInt8>) -> Bool { line.allSatisfy { $0 <= 0x20 } }

    static func paragraphs(of text: String) -> [[String]] {
        var result: [[String]] = []
        var current: [String] = []
        for line in lines(of: text) {
            if !isBlank(line) {
                current.append(String(decoding: line, as: UTF8.self))
            } else if !current.isEmpty {
                result.append(current)
                current = []
            }
        }
        if !current.isEmpty { result.append(current) }
        return result
    }
}
