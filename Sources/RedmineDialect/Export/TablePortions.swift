import ParleyHTTP
import ParleyModel
import ParleyService

/// A table that is written in portions. Which rows it has, in what order and in what columns was settled at first; each
/// portion is read afresh, as the actor may see it then, and a row that has gone meanwhile is left out.
struct TablePortions<Number: Sendable>: BodyProducer {
    /// The cells of a row; nil where it is left out.
    typealias Row = (Number) throws -> [String?]?

    /// Octets that are made before the answer begins, since what is made while it leaves has no tag. Most tables are
    /// shorter.
    private static var wholeLimit: Int { 1 << 20 }

    private let call: Call
    /// Until they are written.
    private var columns: [ListingColumn]?
    private var rest: ArraySlice<Number>
    private let rows: @Sendable (Reader) -> Row
    private var isEnded = false

    /// - Parameter rows: what makes the cells of a row from what a reader sees.
    init(
        _ call: Call, _ columns: [ListingColumn], _ numbers: [Number], rows: @escaping @Sendable (Reader) -> Row
    ) {
        self.call = call
        self.columns = columns
        self.rows = rows
        rest = numbers[...]
    }

    /// The table as an answer's body.
    consuming func body() async throws -> ResponseBody { try await .made(by: self, wholeUpTo: Self.wholeLimit) }

    mutating func next() async throws -> [UInt8]? {
        if isEnded { return nil }
        try Task.checkCancellation()
        let (piece, after) = try await call.workspace.readAtLength(as: call.actor) { [self] reader in
            var state = self
            return (try state.piece(reader), state)
        }
        self = after
        return piece
    }

    private mutating func piece(_ reader: Reader) throws -> [UInt8] {
        var table = call.table(isContinued: columns == nil)
        if let columns = columns.take() { try table.begin(columns) }
        let row = rows(reader)
        while table.count < ResponseBody.pieceLength, let number = rest.popFirst() {
            do {
                if let cells = try row(number) { try table.row(cells) }
            } catch is Fault {
                continue
            }
        }
        isEnded = rest.isEmpty
        return table.finish()
    }
}
