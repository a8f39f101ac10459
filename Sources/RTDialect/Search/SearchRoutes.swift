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

    private func tickets(_ text: String, _ listing: Listing) async throws -> Answer {
        // Also 0 is no query.
        guard !text.isEmpty, text != "0" else { return listing.emptyAnswer }
        let predicate: Predicate<Parsed>
        do {
            predicate = try TicketSQLCompiler.predicate(text, self)
        } catch let fault as TicketSQL.Fault {
            return Listing.answer(400, "Bad request", "Invalid query: '\(fault.words)'.\n")
        }
        guard let order = TicketOrder(catalog: catalog).keys(parameters["orderby"]) else { return listing.emptyAnswer }
        let query = Query<Parsed>(
            predicate, order: order, page: QueryPage(limit: Int(Int32.max)), wantsTotal: false)
        let numbers: [IssueID]
        do {
            numbers = try await workspace.readAtLength(as: actor) { try $0.numbers(of: query) }
        } catch Fault.invalid {
            return Listing.answer(400, "Bad request", "Invalid query: 'The query is too complex'.\n")
        }
        return Answer(body: .made(try await .made(by: TicketListing(self, listing, numbers))))
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
        var writer = FormWriter()
        for object in numbers {
            switch listing.format {
            case .identifiers: listing.add(identifier: object.id, to: &writer)
            case _ where !listing.showsForms: listing.add(object.id, object.name, to: &writer)
            default: listing.add(try await form(listing.type, object.id, listing.fields), to: &writer)
            }
        }
        listing.end(&writer)
        return Answer(body: .made(.bytes(writer.finish())))
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
