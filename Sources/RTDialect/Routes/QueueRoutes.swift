import ParleyModel
import ParleyService

/// What RT calls a project.
struct QueueForm {
    /// RT's own fields.
    static let fields = ["Name", "Description", "CorrespondAddress", "CommentAddress", "Disabled", "SLADisabled"]
    /// Those that RT had up to release 4.2.
    static let numbers = ["InitialPriority", "FinalPriority", "DefaultDueIn"]

    /// By the keys that stand for them.
    static let names = Dictionary(uniqueKeysWithValues: (fields + numbers).map { ($0.lowercased(), $0) })

    let project: Project
    /// What may not be seen is empty.
    let isSeen: Bool

    init(_ project: Project, _ access: Access) {
        self.project = project
        isSeen = Names.isSeen(project, access)
    }

    /// A field's text; empty for an unknown one.
    func text(_ name: String) -> String {
        guard isSeen else { return "" }
        switch name {
        case "Name": return project.name
        case "Description": return project.description ?? ""
        case "CorrespondAddress": return project.attributes["mail"]?["correspondAddress"] ?? ""
        case "CommentAddress": return project.attributes["mail"]?["commentAddress"] ?? ""
        case "InitialPriority": return String(project.defaults.initialPriority ?? 0)
        case "FinalPriority": return String(project.defaults.finalPriority ?? 0)
        case "DefaultDueIn": return String(project.defaults.duePeriodDays ?? 0)
        case "Disabled": return project.status == .active ? "0" : "1"
        case "SLADisabled": return project.attributes["serviceLevels"]?["disabled"] ?? "1"
        default: return ""
        }
    }

    /// The whole queue.
    func form(_ catalog: Catalog) -> Form {
        var form = Form()
        form.add("id", "queue/\(project.id)")
        for name in QueueForm.fields.prefix(4) + QueueForm.numbers[...] + QueueForm.fields.suffix(2) {
            form.add(name, text(name))
        }
        for field in isSeen ? catalog.fields(of: .project) : [] {
            form.add(
                "CF-\(field.name)",
                list: (project.values[field.id] ?? []).map {
                    TicketForm.text(of: $0, in: field, catalog)
                })
        }
        return form
    }

    /// What stands in the form for a new queue until somebody names it.
    static let unnamed = "<queue name>"
}

/// What a form says of a queue.
private struct QueueChange: Sendable {
    var draft = ProjectDraft()
    var isDisabled: Bool?

    /// - Returns: false where the value cannot be.
    mutating func set(_ name: String, _ text: String) -> Bool {
        switch name {
        case "Name": draft.name = text
        case "Description": draft.description = text
        case "CorrespondAddress": draft.attributes.append(("mail", "correspondAddress", text))
        case "CommentAddress": draft.attributes.append(("mail", "commentAddress", text))
        case "Disabled": isDisabled = GivenField.isTrue(text)
        case "SLADisabled":
            draft.attributes.append(("serviceLevels", "disabled", GivenField.isTrue(text) ? "1" : "0"))
        default:
            guard text.isEmpty || Int32(text) != nil else { return false }
            let number = text.isEmpty || text == "0" ? nil : Int32(text).map(Int64.init)
            switch name {
            case "InitialPriority": draft.initialPriority = .some(number)
            case "FinalPriority": draft.finalPriority = .some(number)
            default:
                guard (number ?? 0) >= 0, (number ?? 0) <= 36_500 else { return false }
                draft.duePeriodDays = .some(number)
            }
        }
        return name == "Name" || text.count <= UserDraft.attributeMaximumLength
    }
}

extension ObjectTable {
    static let queueHandlers: [String: ObjectHandler] = [
        "queue": { call, address, form in
            guard let form else { return call.showQueue(address) }
            if address.name == "new" && address.id == nil { return try await call.makeQueue(address, form) }
            return try await call.editQueue(address, form)
        },
        "queue/customfields": { call, address, form in
            call.describeFields(address, form) { catalog, _ in catalog.fields(of: .project) }
        },
        "queue/ticketcustomfields": { call, address, form in
            call.describeFields(address, form) { catalog, project in
                let types = catalog.types(of: project.id)
                let fields = types.flatMap { catalog.customFields(project: project.id, type: $0.id) }
                let known = Set(fields.map(\.id))
                let access = catalog.access(for: call.actor)
                return catalog.fields.filter { known.contains($0.id) && access.reads($0, in: project.id) }
            }
        },
    ]
}

extension Call {
    /// A queue in use by its number, whether the actor may see it or not.
    private func queue(_ address: ObjectAddress) -> Project? {
        guard let id = address.id, let project = catalog.records.projects[ProjectID(id)],
            project.stamp.retired == nil
        else { return nil }
        return project
    }

    fileprivate func showQueue(_ address: ObjectAddress) -> ObjectAnswer {
        if address.name == "new" && address.id == nil {
            var form = Form(comment: "# Required: Name")
            form.add("id", "queue/new")
            for name in QueueForm.fields {
                form.add(name, name == "Name" ? QueueForm.unnamed : name == "SLADisabled" ? "1" : "")
            }
            return ObjectAnswer(form)
        }
        guard let queue = queue(address) else { return .failed("Queue \(address.name) does not exist.") }
        return ObjectAnswer(QueueForm(queue, access).form(catalog))
    }

    fileprivate func describeFields(
        _ address: ObjectAddress, _ form: Form?, _ fields: (Catalog, Project) -> [Field]
    ) -> ObjectAnswer {
        guard let queue = queue(address) else { return .failed("Queue \(address.name) does not exist.") }
        if form != nil {
            return ObjectAnswer(Form(comment: "Cannot modify Queue CF definitions via REST"), isFailure: true)
        }
        return ObjectAnswer(
            FieldKinds.form("queue/\(queue.id)", fields(catalog, queue), isLong: format == "l"))
    }

    // MARK: writing

    /// Whether RT could call a queue so: not empty, no number, and unlike the others.
    private static func isName(_ name: String, for id: ProjectID?, _ projects: some Sequence<Project>) -> Bool {
        guard !name.allSatisfy(\.isWhitespace), !name.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else {
            return false
        }
        let folded = name.lowercased()
        return !projects.contains { $0.id != id && $0.stamp.retired == nil && $0.name.lowercased() == folded }
    }

    /// Letters, digits and hyphens of a name; others of the same identifier get a number behind it.
    private static func identifier(for name: String, _ catalog: Catalog) -> String {
        var text = ""
        for character in name.lowercased() {
            if character.isASCII && (character.isLetter || character.isNumber || character == "_") {
                text.append(character)
            } else if !text.isEmpty, text.last != "-" {
                text.append("-")
            }
        }
        while text.last == "-" { text.removeLast() }
        if text.isEmpty || text == "new" || text.allSatisfy(\.isNumber) {
            text = text.isEmpty ? "queue" : "queue-\(text)"
        }
        text = String(text.prefix(90))
        var result = text
        var number = 2
        while catalog.project(identifier: result) != nil {
            result = "\(text)-\(number)"
            number += 1
        }
        return result
    }

    fileprivate func makeQueue(_ address: ObjectAddress, _ form: Form) async throws -> ObjectAnswer {
        let given = GivenField.all(in: form, QueueForm.names)
        var edit = ObjectEdit("Queue", name: address.name, shownFields: QueueForm.fields)
        var change = QueueChange()
        var isGood = true
        for field in given {
            if let name = field.name {
                isGood = isGood && field.text.map { change.set(name, $0) } ?? false
            } else {
                edit.refuse(field, "Unknown field.")
            }
        }
        if change.draft.name == QueueForm.unnamed {
            var failed = ObjectEdit("Queue", name: address.name, shownFields: QueueForm.fields).answer(form)
            failed.form = Form(
                comment: "# Please set the queue name.",
                (["id"] + QueueForm.fields).map { key in form.fields.first { $0.key == key } ?? Form.Field(key, [""]) })
            failed.isFailure = true
            return failed
        }
        let made = isGood ? try await make(change) : nil
        guard let made else { return .failed("Could not create queue.") }
        edit.created = "\(made)"
        return edit.answer(form)
    }

    /// - Returns: nil where it cannot be.
    private func make(_ change: QueueChange) async throws -> ProjectID? {
        let actor = actor
        do {
            return try await workspace.write(as: actor) { transaction in
                guard actor.admin else { throw Fault.forbidden }
                let name = change.draft.name ?? ""
                guard Call.isName(name, for: nil, transaction.records.projects.values) else { return nil }
                var draft = change.draft
                draft.identifier = Call.identifier(for: name, transaction.catalog)
                draft.isPublic = false
                draft.toolKinds = [.tickets, .time]
                let id = try transaction.createProject(draft).id
                if change.isDisabled ?? false { try transaction.setProjectStatus(id, .closed) }
                return id
            }
        } catch Fault.forbidden {
            return nil
        } catch Fault.invalid {
            return nil
        }
    }

    fileprivate func editQueue(_ address: ObjectAddress, _ form: Form) async throws -> ObjectAnswer {
        guard let queue = queue(address) else { return .failed("Queue \(address.name) does not exist.") }
        let shown = QueueForm(queue, access)
        let mayEdit = actor.admin || (shown.isSeen && access.allows(.editProject, in: queue))
        var edit = ObjectEdit("Queue", name: address.name, shownFields: QueueForm.fields)
        var change = QueueChange()
        for field in GivenField.all(in: form, QueueForm.names) {
            guard let name = field.name else {
                edit.refuse(field, "Unknown field.")
                continue
            }
            guard let text = field.text else {
                edit.refuse(field, "\(field.key) may have only one value.")
                continue
            }
            if text == shown.text(name) { continue }
            if !mayEdit {
                edit.refuse(field, "Permission Denied")
            } else if name == "Name", !Call.isName(text, for: queue.id, catalog.records.projects.values) {
                edit.refuse(field, "Illegal value for Name")
            } else if change.set(name, text) {
                edit.isUpdated = true
            } else {
                edit.refuse(field, "Illegal value for \(name)")
            }
        }
        if edit.isUpdated {
            let change = change
            try await workspace.write(as: actor) { transaction in
                _ = try transaction.updateProject(queue.id, change.draft)
                if let isDisabled = change.isDisabled {
                    try transaction.setProjectStatus(queue.id, isDisabled ? .closed : .active)
                }
            }
        }
        return edit.answer(form)
    }
}
