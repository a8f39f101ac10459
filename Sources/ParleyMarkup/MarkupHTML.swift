/// Where something that a text names is.
public struct MarkupTarget: Sendable, Equatable {
    public var address: String
    public var title: String
    /// A page that nobody has written yet.
    public var isMissing: Bool
    /// An issue that is closed.
    public var isClosed: Bool

    public init(_ address: String, title: String = "", isMissing: Bool = false, isClosed: Bool = false) {
        self.address = address
        self.title = title
        self.isMissing = isMissing
        self.isClosed = isClosed
    }
}

/// Where the pages and issues are that a text names; what has no place here is shown as text.
public struct MarkupTargets: Sendable {
    public var pages: [MarkupPage: MarkupTarget]
    public var issues: [Int64: MarkupTarget]

    public init(pages: [MarkupPage: MarkupTarget] = [:], issues: [Int64: MarkupTarget] = [:]) {
        self.pages = pages
        self.issues = issues
    }
}

/// Writes a document as HTML that is safe anywhere: only elements of its own, every text escaped, no address that
/// runs anything.
public struct MarkupHTML {
    private let targets: MarkupTargets
    private let headings: [(level: Int, text: String)]
    private var output = ""
    private var headingCount = 0
    private var anchors: [String: Int] = [:]

    /// The HTML of a document.
    public static func html(_ document: MarkupDocument, _ targets: MarkupTargets = MarkupTargets()) -> String {
        var writer = MarkupHTML(targets, document.headings)
        writer.write(document.blocks)
        return writer.output
    }

    /// A text where markup may be: `&`, `<`, `>` and `"` stand for themselves.
    public static func escaped(_ text: String) -> String {
        var result = ""
        result.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// A heading's name in addresses: its words with hyphens between them.
    public static func anchor(_ text: String) -> String {
        var result = ""
        var gap = false
        for scalar in text.unicodeScalars {
            let isWord = scalar.properties.isAlphabetic || scalar.properties.numericType != nil || scalar == "_"
            if isWord {
                if gap, !result.isEmpty { result += "-" }
                result.unicodeScalars.append(scalar)
            }
            gap = scalar == " " || scalar == "-" || (gap && !isWord)
        }
        return result
    }

    private init(_ targets: MarkupTargets, _ headings: [(level: Int, text: String)]) {
        self.targets = targets
        self.headings = headings
    }

    // MARK: blocks

    private mutating func write(_ blocks: [MarkupBlock]) {
        for (place, block) in blocks.enumerated() {
            if place > 0 { output += "\n\n" }
            write(block)
        }
    }

    private mutating func write(_ block: MarkupBlock) {
        switch block {
        case .paragraph(let inlines): element("p", inlines)
        case .heading(let level, let inlines): heading(level, inlines)
        case .list(let list): write(list)
        case .quote(let blocks):
            output += "<blockquote>\n"
            write(blocks)
            output += "\n</blockquote>"
        case .preformatted(let text): output += "<pre>\(MarkupHTML.escaped(text))</pre>"
        case .table(let rows): table(rows)
        case .rule: output += "<hr />"
        case .contents: contents()
        }
    }

    private mutating func element(_ name: String, _ inlines: [MarkupInline]) {
        output += "<\(name)>"
        write(inlines)
        output += "</\(name)>"
    }

    private mutating func heading(_ level: Int, _ inlines: [MarkupInline]) {
        let anchor = uniqueAnchor(MarkupInline.plainText(inlines))
        output += "<h\(level) id=\"\(anchor)\">"
        write(inlines)
        output += "</h\(level)>"
    }

    /// The second of two alike has a number.
    private mutating func uniqueAnchor(_ text: String) -> String {
        let name = MarkupHTML.escaped(MarkupHTML.anchor(text))
        let count = anchors[name, default: 0] + 1
        anchors[name] = count
        return count == 1 ? name : "\(name)-\(count)"
    }

    private mutating func write(_ list: MarkupList) {
        let name = list.isOrdered ? "ol" : "ul"
        output += "<\(name)>\n"
        for item in list.items {
            output += "<li>"
            write(item.inlines)
            for inner in item.lists {
                output += "\n"
                write(inner)
            }
            output += "</li>\n"
        }
        output += "</\(name)>"
    }

    private mutating func table(_ rows: [[MarkupCell]]) {
        output += "<table>\n"
        for row in rows {
            output += "<tr>"
            for cell in row {
                let name = cell.isHeading ? "th" : "td"
                output += "<\(name)"
                if cell.columns > 1 { output += " colspan=\"\(cell.columns)\"" }
                if cell.rows > 1 { output += " rowspan=\"\(cell.rows)\"" }
                output += ">"
                write(cell.inlines)
                output += "</\(name)>"
            }
            output += "</tr>\n"
        }
        output += "</table>"
    }

    private mutating func contents() {
        var names: [String: Int] = [:]
        output += "<ul class=\"toc\">\n<li><strong>Table of contents</strong></li>\n"
        for heading in headings {
            let name = MarkupHTML.escaped(MarkupHTML.anchor(heading.text))
            let count = names[name, default: 0] + 1
            names[name] = count
            let anchor = count == 1 ? name : "\(name)-\(count)"
            output += "<li class=\"heading\(heading.level)\"><a href=\"#\(anchor)\">"
            output += "\(MarkupHTML.escaped(heading.text))</a></li>\n"
        }
        output += "</ul>"
    }

    // MARK: inlines

    private static let elements: [MarkupStyle: String] = [
        .strong: "strong", .emphasis: "em", .inserted: "ins", .deleted: "del", .superscript: "sup",
        .subscripted: "sub", .citation: "cite",
    ]

    private mutating func write(_ inlines: [MarkupInline]) {
        for inline in inlines { write(inline) }
    }

    private mutating func write(_ inline: MarkupInline) {
        switch inline {
        case .text(let text): output += MarkupHTML.escaped(text)
        case .lineBreak: output += "<br />\n"
        case .styled(let style, let inner): element(MarkupHTML.elements[style] ?? "span", inner)
        case .code(let text): output += "<code>\(MarkupHTML.escaped(text))</code>"
        case .link(let inner, let address): link(inner, address)
        case .image(let address, let alternative):
            guard MarkupAddress.isSafe(address) else { return output += MarkupHTML.escaped(alternative) }
            output += "<img src=\"\(MarkupHTML.escaped(address))\" alt=\"\(MarkupHTML.escaped(alternative))\" />"
        case .page(let page, let label):
            target(targets.pages[page], kind: "wiki-page", label)
        case .issue(let number, let label):
            target(targets.issues[number], kind: "issue", label)
        }
    }

    private mutating func link(_ inner: [MarkupInline], _ address: String) {
        guard MarkupAddress.isSafe(address) else { return write(inner) }
        let isElsewhere = address.contains("://")
        output += "<a href=\"\(MarkupHTML.escaped(address))\"\(isElsewhere ? " class=\"external\"" : "")>"
        write(inner)
        output += "</a>"
    }

    private mutating func target(_ target: MarkupTarget?, kind: String, _ label: String) {
        guard let target, MarkupAddress.isSafe(target.address) else { return output += MarkupHTML.escaped(label) }
        let state = target.isMissing ? " new" : target.isClosed ? " closed" : ""
        let title = target.title.isEmpty ? "" : " title=\"\(MarkupHTML.escaped(target.title))\""
        output += "<a class=\"\(kind)\(state)\"\(title) href=\"\(MarkupHTML.escaped(target.address))\">"
        output += "\(MarkupHTML.escaped(label))</a>"
    }
}
