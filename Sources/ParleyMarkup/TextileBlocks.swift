/// Reads Textile as issue trackers write it: headings, lists, quotes, tables, preformatted text, and within them what
/// `TextileInlines` knows. Nothing is ever an error: what is no markup is text.
public struct Textile {
    /// A longer text, in octets, is shown as it is.
    public static let limit = 1 << 18
    /// How deep lists and quotes may go.
    static let depthLimit = 8

    private var lines: [[UInt8]]
    private var position = 0
    private var blocks: [MarkupBlock] = []
    /// Lines of the paragraph that is being read.
    private var pending: [ArraySlice<UInt8>] = []

    /// The document of a text.
    public static func document(_ text: String) -> MarkupDocument {
        guard text.utf8.count <= limit else { return MarkupDocument([.preformatted(text)]) }
        return MarkupDocument(blocks(MarkupLines.lines(of: text), depth: 0))
    }

    private static func blocks(_ lines: [[UInt8]], depth: Int) -> [MarkupBlock] {
        var reader = Textile(lines: lines)
        reader.read(depth)
        return reader.blocks
    }

    private init(lines: [[UInt8]]) {
        self.lines = lines
    }

    private mutating func read(_ depth: Int) {
        while position < lines.count {
            let line = lines[position]
            if MarkupLines.isBlank(line) {
                endParagraph()
                position += 1
            } else if readPreformatted(line) || readList(line) || readTable(line) || readQuote(line, depth) {
                continue
            } else if readMarked(line, depth) {
                continue
            } else {
                pending.append(line[...])
                position += 1
            }
        }
        endParagraph()
    }

    private mutating func endParagraph() {
        guard !pending.isEmpty else { return }
        blocks.append(.paragraph(Textile.inlines(pending)))
        pending = []
    }

    private static func inlines(_ lines: [ArraySlice<UInt8>]) -> [MarkupInline] {
        TextileInlines.read(Array(lines.joined(separator: [0x0A])))
    }

    // MARK: preformatted

    /// `<pre>` up to `</pre>`, which may hold a `<code>`; text before and after it are paragraphs.
    private mutating func readPreformatted(_ line: [UInt8]) -> Bool {
        guard let start = Octets.find("<pre>", in: line[...]) else { return false }
        if !MarkupLines.isBlank(line[..<start]) { pending.append(line[..<start]) }
        endParagraph()
        var content: [UInt8] = []
        var rest = line[(start + 5)...]
        while true {
            if let end = Octets.find("</pre>", in: rest) {
                content += rest[..<end]
                let after = rest[(end + 6)...]
                position += 1
                if !MarkupLines.isBlank(after) {
                    position -= 1
                    lines[position] = Array(after)
                }
                break
            }
            content += rest
            position += 1
            guard position < lines.count else { break }
            content.append(0x0A)
            rest = lines[position][...]
        }
        blocks.append(.preformatted(Textile.withoutCode(content)))
        return true
    }

    /// `<pre><code class="x">…</code></pre>` is its inside.
    private static func withoutCode(_ content: [UInt8]) -> String {
        var inner = content[...]
        if inner.first == 0x0A { inner.removeFirst() }
        let trimmed = inner.drop { $0 <= 0x20 }
        if Octets.hasPrefix("<code", trimmed), let close = trimmed.firstIndex(of: UInt8(ascii: ">")),
            let end = Octets.findLast("</code>", in: trimmed), close < end
        {
            inner = trimmed[(close + 1)..<end]
            if inner.first == 0x0A { inner.removeFirst() }
        }
        while let last = inner.last, last == 0x0A { inner.removeLast() }
        return String(decoding: inner, as: UTF8.self)
    }

    // MARK: lists

    /// `** item`, `# item`: the signs before the blank, or nil.
    private static func listSigns(_ line: [UInt8]) -> ArraySlice<UInt8>? {
        let body = line.drop { $0 == 0x20 || $0 == 0x09 }
        let signs = body.prefix { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "#") }
        guard !signs.isEmpty, signs.count <= depthLimit, signs.endIndex < line.count, line[signs.endIndex] == 0x20
        else { return nil }
        return signs
    }

    private struct ListLine {
        var signs: ArraySlice<UInt8>
        var lines: [ArraySlice<UInt8>]
    }

    /// List lines up to an empty one; a line without signs goes on with the item before it.
    private mutating func readList(_ line: [UInt8]) -> Bool {
        guard Textile.listSigns(line) != nil else { return false }
        endParagraph()
        var items: [ListLine] = []
        while position < lines.count, !MarkupLines.isBlank(lines[position]) {
            let line = lines[position]
            if let signs = Textile.listSigns(line) {
                items.append(ListLine(signs: signs, lines: [line[(signs.endIndex + 1)...]]))
            } else if Octets.find("<pre>", in: line[...]) != nil || items.isEmpty {
                break
            } else {
                items[items.count - 1].lines.append(line[...])
            }
            position += 1
        }
        var rest = items[...]
        while !rest.isEmpty { blocks.append(.list(Textile.list(&rest, depth: 1))) }
        return true
    }

    /// Takes the items of one list, those deeper with them.
    private static func list(_ items: inout ArraySlice<ListLine>, depth: Int) -> MarkupList {
        let sign = items.first?.signs.last
        var list = MarkupList(isOrdered: sign == UInt8(ascii: "#"))
        let level = items.first?.signs.count ?? depth
        while let item = items.first {
            if item.signs.count > level, depth < depthLimit, !list.items.isEmpty {
                list.items[list.items.count - 1].lists.append(Textile.list(&items, depth: depth + 1))
            } else if item.signs.count < level || item.signs.last != sign {
                break
            } else {
                list.items.append(MarkupList.Item(Textile.inlines(item.lines)))
                items.removeFirst()
            }
        }
        return list
    }

    // MARK: quotes

    /// Lines that begin with `>`.
    private mutating func readQuote(_ line: [UInt8], _ depth: Int) -> Bool {
        guard line.first == UInt8(ascii: ">"), depth < Textile.depthLimit else { return false }
        endParagraph()
        var inner: [[UInt8]] = []
        while position < lines.count, lines[position].first == UInt8(ascii: ">") {
            var body = lines[position].dropFirst()
            if body.first == 0x20 { body.removeFirst() }
            inner.append(Array(body))
            position += 1
        }
        blocks.append(.quote(Textile.blocks(inner, depth: depth + 1)))
        return true
    }

    // MARK: tables

    private static func isRow(_ line: [UInt8]) -> Bool {
        let body = Octets.trimmed(line[...])
        guard body.count > 1, body.last == UInt8(ascii: "|") else { return false }
        if body.first == UInt8(ascii: "|") { return true }
        let marked = TextileMark.attributes(body)
        return marked < body.endIndex && Octets.hasPrefix(". |", body[marked...])
    }

    private mutating func readTable(_ line: [UInt8]) -> Bool {
        guard Textile.isRow(line) else { return false }
        endParagraph()
        var rows: [[MarkupCell]] = []
        while position < lines.count, Textile.isRow(lines[position]) {
            rows.append(Textile.cells(Octets.trimmed(lines[position][...])))
            position += 1
        }
        blocks.append(.table(rows))
        return true
    }

    private static func cells(_ line: ArraySlice<UInt8>) -> [MarkupCell] {
        guard let first = line.firstIndex(of: UInt8(ascii: "|")) else { return [] }
        let body = line[(first + 1)..<(line.endIndex - 1)]
        return split(body).map { text in
            let mark = TextileMark.cell(text)
            var cell = MarkupCell(TextileInlines.read(Array(Octets.trimmed(mark.rest))))
            cell.isHeading = mark.isHeading
            cell.columns = mark.columns
            cell.rows = mark.rows
            return cell
        }
    }

    /// Bars part cells, save those within `[[…]]`.
    private static func split(_ line: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        var result: [ArraySlice<UInt8>] = []
        var start = line.startIndex
        var index = line.startIndex
        while index < line.endIndex {
            if line[index] == UInt8(ascii: "|") {
                result.append(line[start..<index])
                start = index + 1
            } else if Octets.hasPrefix("[[", line[index...]), let end = Octets.find("]]", in: line[index...]) {
                index = end + 1
            }
            index += 1
        }
        result.append(line[start...])
        return result
    }

    // MARK: marked blocks

    /// `h1.`, `bq.`, `p.`, `pre.`, `{{toc}}` and rules.
    private mutating func readMarked(_ line: [UInt8], _ depth: Int) -> Bool {
        guard pending.isEmpty else { return false }
        let trimmed = Octets.trimmed(line[...])
        if trimmed.count >= 3, trimmed.allSatisfy({ $0 == UInt8(ascii: "-") }) {
            blocks.append(.rule)
            position += 1
            return true
        }
        if Octets.hasPrefix("{{", trimmed), ["{{toc}}", "{{>toc}}", "{{<toc}}"].contains(Octets.text(trimmed)) {
            blocks.append(.contents)
            position += 1
            return true
        }
        guard let mark = TextileMark.block(line[...]) else { return false }
        position += 1
        var body = [mark.rest]
        while position < lines.count, !MarkupLines.isBlank(lines[position]),
            !(mark.name.hasPrefix("h") || Textile.startsBlock(lines[position]))
        {
            body.append(lines[position][...])
            position += 1
        }
        switch mark.name {
        case "bq": blocks.append(.quote([.paragraph(Textile.inlines(body))]))
        case "p": blocks.append(.paragraph(Textile.inlines(body)))
        case "pre": blocks.append(.preformatted(body.map(Octets.text).joined(separator: "\n")))
        default:
            let level = Int(mark.name.dropFirst()) ?? 1
            blocks.append(.heading(level: min(max(level, 1), 6), Textile.inlines(body)))
        }
        return true
    }

    private static func startsBlock(_ line: [UInt8]) -> Bool {
        listSigns(line) != nil || isRow(line) || line.first == UInt8(ascii: ">")
            || Octets.find("<pre>", in: line[...]) != nil
    }
}
