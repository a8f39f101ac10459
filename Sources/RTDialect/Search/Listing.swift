import ParleyHTTP
import ParleyModel
import ParleyService

/// A list of objects on its way into the answer.
struct Listing: Sendable {
    /// How each object is shown.
    enum Format: String, Sendable {
        case identifiers = "i"
        case short = "s"
        case long = "l"
    }

    let type: ObjectType
    let format: Format
    /// In lower case; nil for all.
    let fields: [String]?
    /// Whether nothing was added yet.
    private(set) var isEmpty = true
    /// The columns of a table: those that the first object has.
    private var columns: [String] = []

    init(type: ObjectType, format: Format, fields: [String]?) {
        self.type = type
        self.format = format
        self.fields = fields
    }

    /// Whether objects are shown with their fields.
    var showsForms: Bool { format == .long || (format == .short && fields != nil) }

    mutating func add(identifier id: Int64, to writer: inout FormWriter) {
        isEmpty = false
        writer.put(type.rawValue)
        writer.put("/")
        writer.put(number: id)
        writer.put("\n")
    }

    mutating func add(_ id: Int64, _ name: String, to writer: inout FormWriter) {
        isEmpty = false
        writer.put(number: id)
        writer.put(": ")
        writer.put(name)
        writer.put("\n")
    }

    mutating func add(_ form: Form, to writer: inout FormWriter) {
        let isFirst = isEmpty
        isEmpty = false
        guard format == .short else { return writer.write(form) }
        if isFirst {
            columns = form.fields.map(\.key)
            writer.put(columns.joined(separator: "\t") + "\n")
        }
        let cells = columns.map { column -> String in
            let text = form.fields.first { $0.key == column }?.values.joined(separator: ", ") ?? ""
            // The type before a number is left out.
            return column == "id" ? String(text.drop { $0 != "/" }.dropFirst()) : text
        }
        writer.put(cells.joined(separator: "\t") + "\n")
    }

    /// A ticket in a form of its own, or in a row.
    fileprivate mutating func add(_ view: IssueView, _ shown: inout TicketForm, to writer: inout FormWriter) {
        guard format == .long else { return add(shown.form(of: view), to: &writer) }
        isEmpty = false
        writer.begin()
        shown.write(view, to: &writer)
    }

    /// Closes the list; where nothing was added, says so.
    func end(_ writer: inout FormWriter) {
        if isEmpty && format != .identifiers { writer.put("No matching results.\n") }
        writer.put("\n\n")
    }

    /// What is answered where nothing is even looked for.
    var emptyAnswer: Answer {
        var writer = FormWriter()
        end(&writer)
        return Answer(body: .made(.bytes(writer.finish())))
    }

    static func answer(_ code: Int, _ words: String, _ text: String) -> Answer {
        Answer(code, words, body: .text(text + "\n\n"))
    }
}

/// The tickets of a search, written in portions. Which they are and in what order was settled at first; each portion is
/// read afresh, as the actor may see it then, and a ticket that has gone meanwhile is left out.
struct TicketListing: BodyProducer {
    private let call: Call
    private let clock: UserClock
    private var listing: Listing
    private var rest: ArraySlice<IssueID>
    private var isEnded = false

    init(_ call: Call, _ listing: Listing, _ numbers: [IssueID]) {
        self.call = call
        clock = call.clock
        self.listing = listing
        rest = numbers[...]
    }

    mutating func next() async throws -> [UInt8]? {
        if isEnded { return nil }
        try Task.checkCancellation()
        if rest.isEmpty || listing.format == .identifiers { return identifiers() }
        let (piece, after) = try await call.workspace.readAtLength(as: call.actor) { [self] reader in
            var state = self
            return (try state.tickets(reader), state)
        }
        self = after
        return piece
    }

    private mutating func identifiers() -> [UInt8] {
        var writer = FormWriter()
        while writer.count < ResponseBody.pieceLength, let number = rest.popFirst() {
            listing.add(identifier: number.rawValue, to: &writer)
        }
        return ended(writer)
    }

    private mutating func tickets(_ reader: Reader) throws -> [UInt8] {
        var writer = FormWriter(isFirst: listing.isEmpty)
        var form = TicketForm(reader, clock, fields: listing.fields)
        let projection = listing.showsForms ? TicketForm.projection : .columns
        while writer.count < ResponseBody.pieceLength, let number = rest.popFirst() {
            guard let view = try found(number, projection, reader) else { continue }
            if listing.showsForms {
                listing.add(view, &form, to: &writer)
            } else {
                listing.add(view.issue.id.rawValue, view.issue.title ?? "", to: &writer)
            }
        }
        return ended(writer)
    }

    private func found(_ number: IssueID, _ projection: Projection, _ reader: Reader) throws -> IssueView? {
        do {
            return try reader.issue(number, projection)
        } catch is Fault {
            return nil
        }
    }

    private mutating func ended(_ writer: consuming FormWriter) -> [UInt8] {
        if rest.isEmpty {
            isEnded = true
            listing.end(&writer)
        }
        return writer.finish()
    }
}
