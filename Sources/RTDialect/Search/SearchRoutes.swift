import ParleyHTTP
import ParleyModel
import ParleyService

extension Call {
    /// `/search/TYPE`.
    func search(_ type: String) async throws -> Answer {
        guard let type = ObjectType(rawValue: type.lowercased()), [.ticket, .queue, .user, .group].contains(type) else {
            return Listing.answer(500, "Server Error", "Unsupported object type.")
        }
        if type == .user, !actor.admin { return Listing.answer(403, "Forbidden", "Permission denied") }
        var fields: [String]?
        do {
            fields = try fieldNames()
        } catch let refusal as Refusal {
            guard case .badRequest(let words) = refusal else { throw refusal }
            return Listing.answer(400, "Bad Request", words)
        }
        guard let format = Listing.Format(rawValue: format ?? (fields == nil ? "s" : "l")) else {
            let words = "Unknown listing format: \(format ?? ""). (Use i, s, or l.)\n"
            return Listing.answer(400, "Bad request", words)
        }
        guard let query = parameters["query"] else {
            return Listing.answer(400, "Bad Request", "No query specified.")
        }
        let listing = Listing(type: type, format: format, fields: fields)
        return type == .ticket ? try await tickets(query, listing) : try await objects(query, listing)
    }

    // MARK: tickets

    /// Tickets read at once.
    private static let portion = 250

    private func tickets(_ text: String, _ listing: Listing) async throws -> Answer {
        var listing = listing
        // Also 0 is no query.
        guard !text.isEmpty, text != "0" else { return listing.answer }
        let predicate: Predicate<Parsed>
        do {
            predicate = try TicketSQLCompiler.predicate(text, self)
        } catch let fault as TicketSQL.Fault {
            return Listing.answer(400, "Bad request", "Invalid query: '\(fault.words)'.\n")
        }
        guard let order = TicketOrder(catalog: catalog).keys(parameters["orderby"]) else { return listing.answer }
        let query = Query<Parsed>(
            predicate, order: order, page: QueryPage(limit: Int(Int32.max)), wantsTotal: false)
        let numbers: [IssueID]
        do {
            numbers = try await workspace.readAtLength(as: actor) { try $0.numbers(of: query) }
        } catch Fault.invalid {
            return Listing.answer(400, "Bad request", "Invalid query: 'The query is too complex'.\n")
        }
        if listing.format == .identifiers {
            for number in numbers { try listing.add(identifier: number.rawValue) }
            return listing.answer
        }
        let projection = listing.showsForms ? TicketForm.projection : .columns
        let clock = clock
        for start in stride(from: 0, to: numbers.count, by: Call.portion) {
            let portion = Array(numbers[start..<min(start + Call.portion, numbers.count)])
            let present = listing
            listing = try await workspace.readAtLength(as: actor) { reader in
                var listing = present
                for view in try reader.found(portion, projection) {
                    if listing.showsForms {
                        try listing.add(TicketForm(reader, clock, fields: listing.fields).form(of: view))
                    } else {
                        try listing.add(view.issue.id.rawValue, view.issue.title ?? "")
                    }
                }
                return listing
            }
        }
        return listing.answer
    }

    // MARK: queues, users, groups

    private func objects(_ text: String, _ listing: Listing) async throws -> Answer {
        var listing = listing
        let numbers: [(id: Int64, name: String)]
        do {
            numbers = try ObjectSearch(self, listing.type).found(text, orderBy: parameters["orderby"])
        } catch let fault as ObjectSearch.Fault {
            return fault.isFailure
                ? Listing.answer(400, "Bad Request", fault.words) : Listing.answer(200, "Ok", fault.words)
        }
        for object in numbers {
            switch listing.format {
            case .identifiers: try listing.add(identifier: object.id)
            case _ where !listing.showsForms: try listing.add(object.id, object.name)
            default: try listing.add(try await form(listing.type, object.id, listing.fields))
            }
        }
        return listing.answer
    }

    /// An object as it is shown, with only the fields asked for, in the form's own order.
    private func form(_ type: ObjectType, _ id: Int64, _ fields: [String]?) async throws -> Form {
        guard let handler = ObjectTable.handlers[type.rawValue] else { return Form() }
        let address = ObjectAddress(
            type: type, id: id, part: "", arguments: [], spelling: "\(type.rawValue)/\(id)", name: String(id))
        var form = try await handler(self, address, nil).form
        if let fields { form.fields.removeAll { !fields.contains($0.key.lowercased()) } }
        return form
    }
}

extension Reader {
    /// Those of some tickets that are still there.
    fileprivate func found(_ numbers: [IssueID], _ projection: Projection) throws -> [IssueView] {
        try numbers.compactMap { number in
            do {
                return try issue(number, projection)
            } catch is Fault {
                return nil
            }
        }
    }
}

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
    private var text: [UInt8] = []
    private var count = 0
    /// The columns of a table: those that the first object has.
    private var columns: [String] = []

    /// Octets of an answer.
    private static let limit = 256 << 20

    init(type: ObjectType, format: Format, fields: [String]?) {
        self.type = type
        self.format = format
        self.fields = fields
    }

    /// Whether objects are shown with their fields.
    var showsForms: Bool { format == .long || (format == .short && fields != nil) }

    mutating func add(identifier id: Int64) throws { try put("\(type.rawValue)/\(id)\n") }

    mutating func add(_ id: Int64, _ name: String) throws { try put("\(id): \(name)\n") }

    mutating func add(_ form: Form) throws {
        guard format == .short else { return try put((count > 0 ? "\n--\n\n" : "") + Form.compose([form])) }
        if count == 0 {
            columns = form.fields.map(\.key)
            try put(columns.joined(separator: "\t") + "\n")
        }
        let cells = columns.map { column -> String in
            let text = form.fields.first { $0.key == column }?.values.joined(separator: ", ") ?? ""
            // The type before a number is left out.
            return column == "id" ? String(text.drop { $0 != "/" }.dropFirst()) : text
        }
        try put(cells.joined(separator: "\t") + "\n")
    }

    private mutating func put(_ line: String) throws {
        count += 1
        text.append(contentsOf: line.utf8)
        if text.count > Listing.limit { throw Refusal.badRequest("The list is too long.") }
    }

    /// What was added; without anything, that there is nothing.
    var answer: Answer {
        if count == 0 { return Listing.answer(200, "Ok", format == .identifiers ? "" : "No matching results.\n") }
        return Answer(body: .octets(text + [0x0A, 0x0A], type: "text/plain"))
    }

    static func answer(_ code: Int, _ words: String, _ text: String) -> Answer {
        Answer(code, words, body: .text(text + "\n\n"))
    }
}
