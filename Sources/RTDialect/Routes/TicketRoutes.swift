import ParleyModel
import ParleyService

extension ObjectTable {
    static let ticketHandlers: [String: ObjectHandler] = [
        "ticket": { call, address, form in
            switch (address.name == "new", form) {
            case (true, nil): call.newTicketForm()
            case (true, let form?): try await call.createTicket(form)
            case (false, nil): try await call.showTicket(address)
            case (false, let form?): try await call.editTicket(address, form)
            }
        }
    ]
}

extension Call {
    /// The ticket that an address means; a merged one gives the one it went into.
    /// - Returns: nil where there is none.
    /// - Throws: `Fault.forbidden` where the actor may not see it.
    static func ticket(_ address: ObjectAddress, _ reader: Reader, _ projection: Projection = []) throws -> IssueView? {
        guard let id = address.id else { return nil }
        do {
            return try reader.issue(IssueID(id), projection)
        } catch Fault.notFound {
            return nil
        }
    }

    fileprivate func showTicket(_ address: ObjectAddress) async throws -> ObjectAnswer {
        let clock = clock
        let fields = try fieldNames()
        return try await workspace.read(as: actor) { reader in
            do {
                guard let view = try Call.ticket(address, reader, TicketForm.projection) else {
                    return .failed("Ticket \(address.name) does not exist.")
                }
                var shown = TicketForm(reader, clock, fields: fields)
                guard fields == nil else { return ObjectAnswer(shown.form(of: view)) }
                // As a whole, there is nothing to be done with it but to send it.
                var writer = FormWriter()
                shown.write(view, to: &writer)
                return ObjectAnswer(Form(verbatim: String(decoding: writer.finish(), as: UTF8.self)))
            } catch Fault.forbidden {
                return .failed("You are not allowed to display ticket \(address.name).")
            }
        }
    }

    // MARK: editing

    fileprivate func editTicket(_ address: ObjectAddress, _ form: Form) async throws -> ObjectAnswer {
        let clock = clock
        return try await workspace.write(as: actor) { transaction in
            let isDeletion = Call.isDeletionAlone(form)
            let refusal = "You are not allowed to \(isDeletion ? "delete" : "modify") ticket \(address.name)."
            do {
                guard let view = try Call.ticket(address, transaction.reader, TicketForm.projection) else {
                    return .failed("Ticket \(address.name) does not exist.")
                }
                let mayEdit = try isDeletion
                    ? transaction.reader.allows(.retireIssues, on: view.issue)
                    : transaction.reader.mayModify(view.issue)
                guard mayEdit else { return .failed(refusal) }
                var edit = TicketEdit(transaction, view, clock)
                try edit.apply(form.fields)
                return Call.answer(edit, of: view.issue.id, form, after: [])
            } catch Fault.forbidden {
                return .failed(refusal)
            }
        }
    }

    /// Whether a form does nothing but delete the ticket; RT looks at this key as it is spelled here.
    private static func isDeletionAlone(_ form: Form) -> Bool {
        form.exact("status")?.lowercased() == TicketForm.deleted
            && form.fields.allSatisfy { $0.key == "id" || $0.key == "status" }
    }

    /// What an edit is answered: the faults, whether anything was set, and the form where there are faults.
    private static func answer(
        _ edit: TicketEdit, of id: IssueID, _ form: Form, after comments: [String]
    ) -> ObjectAnswer {
        let comments = comments + edit.faults + (edit.isUpdated ? ["# Ticket \(id) updated."] : [])
        guard !edit.faults.isEmpty else { return ObjectAnswer(Form(comment: comments.joined(separator: "\n"))) }
        let own = form.fields.first { $0.key == "id" } ?? Form.Field("id", [""])
        let fields = [own] + form.fields.filter { $0.key != "id" }
        return ObjectAnswer(Form(comment: comments.joined(separator: "\n"), fields), isFailure: true)
    }

    // MARK: making

    /// The form that clients fill in to make a ticket.
    fileprivate func newTicketForm() -> ObjectAnswer {
        let queue = catalog.projectTree.filter { !catalog.trackers(of: $0.id).isEmpty }.min { $0.id < $1.id }
        let shown = queue.flatMap { Names.isSeen($0, access) ? $0 : nil }
        let initial = shown?.defaults.initialPriority.map { String($0) } ?? ""
        var form = Form(comment: "# Required: id, Queue")
        form.add("id", "ticket/new")
        form.add("Queue", shown?.name ?? "")
        form.add("Requestor", TicketForm.login(actor.user, in: catalog))
        form.add("Subject", "")
        form.add("Cc", list: [])
        form.add("AdminCc", list: [])
        form.add("Owner", "")
        form.add("Status", "new")
        form.add("Priority", initial)
        form.add("InitialPriority", initial)
        form.add("FinalPriority", shown?.defaults.finalPriority.map { String($0) } ?? "")
        form.add("TimeEstimated", "0")
        form.add("Starts", clock.iso(workspace.now))
        let due = shown?.defaults.duePeriodDays.map { days in
            let (seconds, isTooLong) = days.multipliedReportingOverflow(by: 86_400)
            return clock.iso(workspace.now.adding(seconds: isTooLong ? 0 : seconds))
        }
        form.add("Due", due ?? "")
        if ServiceLevel.isTold(in: queue, seen: shown != nil) { form.add(ServiceLevel.title, "") }
        form.add("Attachment", "")
        form.add("Text", "")
        return ObjectAnswer(form)
    }

    fileprivate func createTicket(_ form: Form) async throws -> ObjectAnswer {
        let clock = clock
        let creation = TicketCreation(form, catalog, clock, now: workspace.now)
        guard creation.unknown.isEmpty else {
            let comment = (["# Could not create ticket."] + creation.comments).joined(separator: "\n")
            return ObjectAnswer(Form(comment: comment, creation.unknown), isFailure: true)
        }
        func refused(_ sentences: [String]) -> ObjectAnswer {
            let lines = creation.comments + sentences.map { "# \($0)" }
            return ObjectAnswer(Form(comment: lines.joined(separator: "\n")))
        }
        let files: [Change]
        do {
            files = try await attachments(creation.attachments)
        } catch let refusal as TicketRefusal {
            return refused([refusal.sentence])
        }
        do {
            return try await workspace.write(as: actor) { transaction in
                try Call.create(creation, form, transaction, clock, files)
            }
        } catch let refusal as TicketRefusal {
            return refused(["Could not create ticket.", refusal.sentence])
        } catch Fault.invalid(let problems) {
            return refused(["Could not create ticket."] + problems.prefix(20).map { creationSentence($0) })
        }
    }

    private func creationSentence(_ problem: Problem) -> String {
        let name: String? =
            switch problem.subject {
            case .field(.custom(let number)): catalog.records.fields[FieldID(number)]?.name
            case .field(.builtin(.title)): "Subject"
            case .field(.builtin(let field)): "\(field)"
            default: nil
            }
        return name.map { "\($0): \(Sentences.reason(problem))" } ?? Sentences.reason(problem)
    }

    private static func create(
        _ creation: TicketCreation, _ form: Form, _ transaction: Transaction, _ clock: UserClock, _ files: [Change]
    ) throws -> ObjectAnswer {
        let made = try transaction.change(creation.request(transaction, files: files))
        guard let id = made.issues.first else { throw Fault.unavailable }
        let comments = creation.comments + ["# Ticket \(id) created."]
        let done = ObjectAnswer(Form(comment: comments.joined(separator: "\n")))
        if creation.later.isEmpty { return done }
        let fields = creation.later.map { Form.Field($0.key, $0.values) }
        do {
            let view = try transaction.reader.issue(id, TicketForm.projection)
            var edit = TicketEdit(transaction, view, clock)
            try edit.apply(fields)
            return answer(edit, of: id, form, after: comments)
        } catch Fault.forbidden {
            // Whoever made it may not see it.
            let faults = fields.map { "# \($0.key): Permission denied" }
            let shown = [Form.Field("id", [""])] + form.fields.filter { $0.key != "id" }
            return ObjectAnswer(Form(comment: (comments + faults).joined(separator: "\n"), shown), isFailure: true)
        }
    }
}
