import ParleyMarkup

/// A word or a blank of a line, with its width.
private struct PDFWord {
    var run: PDFRun
    var width: Float
    var isBlank: Bool
}

extension PDFDocument {
    static let bodySize: Float = 9.5
    private static let leading: Float = 1.35

    /// Sets a heading; level 1 is the largest.
    /// - Throws: `ListingTooLarge`, `PDFFault`, as all that sets text.
    public func heading(_ text: String, level: Int) throws {
        let size = max(PDFDocument.bodySize + 0.5, 17 - Float(max(1, level)) * 2)
        skip(8)
        try need(size * 3)
        try lines([PDFRun(text, bold: true)], size: size, indent: 0, mark: nil)
        skip(3)
    }

    /// Sets runs as a paragraph.
    /// - Parameters:
    ///   - indent: points from the left margin.
    ///   - mark: what stands before the first line, such as a list's sign.
    public func paragraph(_ runs: [PDFRun], indent: Float = 0, mark: String? = nil) throws {
        try lines(runs, size: PDFDocument.bodySize, indent: indent, mark: mark)
        skip(3)
    }

    /// Sets text line by line as it is.
    public func preformatted(_ text: String, indent: Float = 0) throws {
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let run = PDFRun(line.isEmpty ? " " : String(line), fixed: true)
            try lines([run], size: PDFDocument.bodySize - 1, indent: indent + 8, mark: nil)
        }
        skip(3)
    }

    private func lines(_ runs: [PDFRun], size: Float, indent: Float, mark: String?) throws {
        let left = PDFDocument.margin + indent
        var mark = mark
        for line in wrapped(runs, size: size, width: width - left - PDFDocument.margin) {
            try need(size * PDFDocument.leading)
            advance(size)
            if let sign = mark { draw(PDFRun(sign), size: size, at: left - 12, height) }
            mark = nil
            set(line, size: size, left: left)
        }
    }

    private func advance(_ size: Float) {
        descend(size * PDFDocument.leading)
    }

    private func set(_ line: [PDFRun], size: Float, left: Float) {
        var place = left
        for run in line {
            draw(run, size: size, at: place, height)
            place += measure(run, size: size)
        }
    }

    // MARK: lines

    /// Lines of at most a width; a line end in a run is one.
    func wrapped(_ runs: [PDFRun], size: Float, width: Float) -> [[PDFRun]] {
        var result: [[PDFRun]] = []
        var line: [PDFRun] = []
        var used: Float = 0
        func end() {
            result.append(line)
            line = []
            used = 0
        }
        for run in runs {
            for (place, piece) in run.text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
                if place > 0 { end() }
                for word in words(String(piece), run, size: size, width: width) {
                    if used + word.width > width, used > 0 { end() }
                    if word.isBlank && used == 0 && !run.isFixed { continue }
                    PDFDocument.join(word.run, to: &line)
                    used += word.width
                }
            }
        }
        if !line.isEmpty || result.isEmpty { result.append(line) }
        return result
    }

    /// Words of one face are one run.
    private static func join(_ run: PDFRun, to line: inout [PDFRun]) {
        if let last = line.last, last.isBold == run.isBold, last.isSlanted == run.isSlanted,
            last.isFixed == run.isFixed
        {
            line[line.count - 1].text += run.text
        } else {
            line.append(run)
        }
    }

    /// Words and blanks in turn; a word that is too wide is cut.
    private func words(_ text: String, _ run: PDFRun, size: Float, width: Float) -> [PDFWord] {
        var result: [PDFWord] = []
        var rest = text[...]
        while let first = rest.first {
            let isBlank = first == " " || first == "\t"
            let piece = rest.prefix { ($0 == " " || $0 == "\t") == isBlank }
            rest = rest[piece.endIndex...]
            for part in parts(String(piece), run, size: size, width: width) {
                result.append(PDFWord(run: part.run, width: part.width, isBlank: isBlank))
            }
        }
        return result
    }

    private func parts(_ text: String, _ run: PDFRun, size: Float, width: Float) -> [(run: PDFRun, width: Float)] {
        var run = run
        run.text = text
        let whole = measure(run, size: size)
        guard whole > width, text.count > 1 else { return [(run, whole)] }
        let middle = text.index(text.startIndex, offsetBy: text.count / 2)
        return parts(String(text[..<middle]), run, size: size, width: width)
            + parts(String(text[middle...]), run, size: size, width: width)
    }
}

/// Sets a table; the head is repeated on every page, and a cell has as many lines as it needs, up to a limit.
public struct PDFTable: ListingWriter {
    private static let size: Float = 8
    private static let leading: Float = 10.5
    private static let lineLimit = 20

    private let document: PDFDocument
    private var columns: [ListingColumn] = []
    private var widths: [Float] = []

    public init(_ document: PDFDocument) {
        self.document = document
    }

    public mutating func begin(_ columns: [ListingColumn]) throws {
        self.columns = columns
        let whole = document.width - 2 * PDFDocument.margin
        let sum = Float(columns.reduce(0) { $0 + $1.weight })
        widths = columns.map { whole * Float($0.weight) / max(1, sum) }
        try set(columns.map(\.title), bold: true)
    }

    public mutating func row(_ cells: [String?]) throws {
        try set(cells.map { $0 ?? "" }, bold: false)
    }

    private func set(_ cells: [String], bold: Bool) throws {
        let lines = zip(cells, widths).map { cell, width in
            document.wrapped(
                [PDFRun(String(cell.prefix(4000)), bold: bold)], size: PDFTable.size, width: max(12, width - 6)
            ).prefix(PDFTable.lineLimit)
        }
        let space = Float(lines.map(\.count).max() ?? 1) * PDFTable.leading + 5
        let page = document.pages.count
        try document.need(space)
        if document.pages.count != page, !bold { try set(columns.map(\.title), bold: true) }
        var left = PDFDocument.margin
        for (cell, width) in zip(lines, widths) {
            for (place, line) in cell.enumerated() {
                let below = document.height - Float(place + 1) * PDFTable.leading
                var start = left + 3
                for run in line {
                    document.draw(run, size: PDFTable.size, at: start, below)
                    start += document.measure(run, size: PDFTable.size)
                }
            }
            left += width
        }
        document.descend(space)
        document.line(from: PDFDocument.margin, to: document.width - PDFDocument.margin)
    }
}

extension PDFDocument {
    /// Sets a text with its structure.
    public func add(_ text: MarkupDocument) throws {
        for block in text.blocks { try add(block, indent: 0) }
    }

    private func add(_ block: MarkupBlock, indent: Float) throws {
        switch block {
        case .paragraph(let inlines): try paragraph(PDFDocument.runs(inlines), indent: indent)
        case .heading(let level, let inlines): try heading(MarkupInline.plainText(inlines), level: level)
        case .list(let list): try add(list, indent: indent + 14)
        case .quote(let blocks): for block in blocks { try add(block, indent: indent + 14) }
        case .preformatted(let text): try preformatted(text, indent: indent)
        case .table(let rows): try add(rows)
        case .rule:
            skip(6)
            line(from: PDFDocument.margin, to: width - PDFDocument.margin)
            skip(6)
        case .contents: break
        }
    }

    private func add(_ list: MarkupList, indent: Float) throws {
        for (place, item) in list.items.enumerated() {
            try paragraph(
                PDFDocument.runs(item.inlines), indent: indent, mark: list.isOrdered ? "\(place + 1)." : "•")
            for inner in item.lists { try add(inner, indent: indent + 14) }
        }
    }

    private func add(_ rows: [[MarkupCell]]) throws {
        var table = PDFTable(self)
        let count = rows.map(\.count).max() ?? 0
        guard count > 0, let first = rows.first else { return }
        let texts = rows.map { row in row.map { MarkupInline.plainText($0.inlines) } }
        let head = (0..<count).map { place in
            ListingColumn(place < first.count ? MarkupInline.plainText(first[place].inlines) : "")
        }
        let hasHead = first.contains { $0.isHeading }
        try table.begin(hasHead ? head : head.map { _ in ListingColumn("") })
        for row in texts.dropFirst(hasHead ? 1 : 0) {
            try table.row(row + Array(repeating: "", count: count - row.count))
        }
        skip(4)
    }

    private static func runs(_ inlines: [MarkupInline], _ style: PDFRun = PDFRun("")) -> [PDFRun] {
        inlines.flatMap { inline -> [PDFRun] in
            var run = style
            switch inline {
            case .text(let text): run.text = text
            case .lineBreak: run.text = "\n"
            case .code(let text):
                run.isFixed = true
                run.text = text
            case .styled(let kind, let inner):
                if kind == .strong { run.isBold = true }
                if kind == .emphasis || kind == .citation { run.isSlanted = true }
                return runs(inner, run)
            case .link(let inner, _): return runs(inner, run)
            case .image(let address, let alternative): run.text = "[\(alternative.isEmpty ? address : alternative)]"
            case .page(_, let label), .issue(_, let label): run.text = label
            }
            return [run]
        }
    }
}
