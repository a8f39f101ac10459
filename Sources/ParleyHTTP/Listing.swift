/// A column of a table that is handed over to be kept.
public struct ListingColumn: Sendable, Equatable {
    public var title: String
    /// How wide it is beside the others, where width is shared out; at least 1.
    public var weight: Int

    public init(_ title: String, weight: Int = 3) {
        self.title = title
        self.weight = max(1, weight)
    }
}

/// Writes a table whose rows come one after the other, in whatever form.
public protocol ListingWriter {
    /// Writes the names of the columns; once, before the first row.
    mutating func begin(_ columns: [ListingColumn]) throws
    /// Writes a row, a cell for each column. Nil is nothing at all, which some forms tell from an empty text.
    mutating func row(_ cells: [String?]) throws
}

/// More came together than one answer holds.
public struct ListingTooLarge: Error, Equatable {
    public init() {}
}

/// Writes comma-separated values (RFC 4180, lines end with LF): a text stands between quotation marks where it holds
/// one, a comma or a line end, and where it is empty; nothing at all is nothing.
public struct CSVWriter: ListingWriter {
    /// Octets that one writer takes.
    public static let limit = 64 << 20

    private var octets: [UInt8]
    private let encoder: TextEncoder
    private var line: [UInt8] = []

    /// - Parameters:
    ///   - encoding: UTF-8 gets a byte order mark, by which spreadsheets know it.
    ///   - isContinued: what came before has been written by another writer.
    public init(encoding: TextEncoder, isContinued: Bool = false) {
        encoder = encoding
        octets = encoding.isUTF8 && !isContinued ? [0xEF, 0xBB, 0xBF] : []
    }

    public mutating func begin(_ columns: [ListingColumn]) throws {
        try row(columns.map(\.title))
    }

    /// - Throws: `ListingTooLarge`.
    public mutating func row(_ cells: [String?]) throws {
        line.removeAll(keepingCapacity: true)
        for (place, cell) in cells.enumerated() {
            if place > 0 { line.append(.comma) }
            if let cell { append(cell) }
        }
        line.append(.newline)
        encoder.append(line, to: &octets)
        guard octets.count <= CSVWriter.limit else { throw ListingTooLarge() }
    }

    private mutating func append(_ cell: String) {
        let isQuoted = cell.isEmpty
            || cell.utf8.contains { $0 == .quote || $0 == .comma || $0 == .newline || $0 == 0x0D }
        guard isQuoted else { return line.append(contentsOf: cell.utf8) }
        line.append(.quote)
        for octet in cell.utf8 {
            if octet == .quote { line.append(.quote) }
            line.append(octet)
        }
        line.append(.quote)
    }

    /// Octets that were written.
    public var count: Int { octets.count }

    /// The whole table.
    public consuming func finish() -> [UInt8] { octets }
}
