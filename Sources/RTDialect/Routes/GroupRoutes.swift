import ParleyModel
import ParleyService

/// What RT calls a group.
enum GroupForm {
    static let fields = ["Name", "Description", "Disabled"]

    /// By the keys that stand for them.
    static let names = Dictionary(uniqueKeysWithValues: fields.map { ($0.lowercased(), $0) })

    /// A field's text; empty for an unknown one.
    static func text(_ name: String, of group: Group) -> String {
        switch name {
        case "Name": group.name
        case "Description": group.description
        case "Disabled": group.stamp.retired == nil ? "0" : "1"
        default: ""
        }
    }

    /// The whole group; its members only where they are asked for.
    static func form(_ group: Group, _ catalog: Catalog, withMembers: Bool) -> Form {
        var form = Form()
        form.add("id", "group/\(group.id)")
        for name in fields { form.add(name, text(name, of: group)) }
        if withMembers {
            form.add("Members", list: group.members.compactMap { catalog.user($0) }.map { user in
                "\(user.realName) <\(user.addresses.first ?? "")>"
            })
        }
        for field in catalog.fields(of: .group) {
            form.add("CF-\(field.name)", list: (group.values[field.id] ?? []).map {
                TicketForm.text(of: $0, in: field, catalog)
            })
        }
        return form
    }
}

extension ObjectTable {
    static let groupHandlers: [String: ObjectHandler] = [
        "group": { call, address, form in
            guard let form else { return try call.showGroup(address) }
            if address.name == "new" && address.id == nil { return try await call.makeGroup(address, form) }
            return try await call.editGroup(address, form)
        },
        "group/customfields": { call, address, form in
            guard let group = call.group(address) else { return .failed("Group \(address.name) does not exist.") }
            if form != nil {
                return ObjectAnswer(Form(comment: "Cannot modify Group CF definitions via REST"), isFailure: true)
            }
            let fields = call.catalog.fields(of: .group)
            return ObjectAnswer(FieldKinds.form("group/\(group.id)", fields, isLong: call.format == "l"))
        },
    ]
}

extension Call {
    fileprivate func group(_ address: ObjectAddress) -> Group? {
        guard let id = address.id, let group = catalog.records.groups[PrincipalID(id)], group.project == nil else {
            return nil
        }
        return group
    }

    fileprivate func showGroup(_ address: ObjectAddress) throws -> ObjectAnswer {
        if address.name == "new" && address.id == nil {
            var form = Form(comment: "# Required: Name")
            form.add("id", "group/new")
            form.add("Name", "")
            form.add("Description", "")
            return ObjectAnswer(form)
        }
        guard let group = group(address) else { return .failed("Group \(address.name) does not exist.") }
        let withMembers = try fieldNames()?.contains("members") ?? false
        return ObjectAnswer(GroupForm.form(group, catalog, withMembers: withMembers))
    }

    /// A number is no name: it could not be told from a group's number.
    private static func isName(_ text: String) -> Bool {
        !text.isEmpty && !text.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
    }

    private static func set(_ name: String, _ text: String, in draft: inout GroupDraft) {
        switch name {
        case "Name": draft.name = text
        case "Description": draft.description = text
        default: draft.isRetired = GivenField.isTrue(text)
        }
    }

    fileprivate func makeGroup(_ address: ObjectAddress, _ form: Form) async throws -> ObjectAnswer {
        var edit = ObjectEdit("Group", name: address.name, shownFields: GroupForm.fields)
        var draft = GroupDraft()
        for field in GivenField.all(in: form, GroupForm.names) {
            if let name = field.name {
                Call.set(name, field.values.first ?? "", in: &draft)
            } else {
                edit.refuse(field, "Unknown field.")
            }
        }
        guard Call.isName(draft.name ?? "") else { return .failed("Could not create group.") }
        let wanted = draft
        do {
            let group = try await workspace.write(as: actor) { try $0.createGroup(wanted) }
            edit.created = "\(group.id)"
            return edit.answer(form)
        } catch Fault.forbidden {
            return .failed("Could not create group.")
        } catch Fault.invalid {
            return .failed("Could not create group.")
        }
    }

    fileprivate func editGroup(_ address: ObjectAddress, _ form: Form) async throws -> ObjectAnswer {
        guard let group = group(address) else { return .failed("Group \(address.name) does not exist.") }
        var edit = ObjectEdit("Group", name: address.name, shownFields: GroupForm.fields)
        for field in GivenField.all(in: form, GroupForm.names) {
            guard let name = field.name else {
                edit.refuse(field, "Unknown field.")
                continue
            }
            guard let text = field.text else {
                edit.refuse(field, "\(field.key) may have only one value.")
                continue
            }
            if text == GroupForm.text(name, of: group) { continue }
            var draft = GroupDraft()
            Call.set(name, text, in: &draft)
            let wanted = draft
            do {
                if let name = wanted.name, actor.admin, !Call.isName(name) { throw Fault.invalid([]) }
                _ = try await workspace.write(as: actor) { try $0.updateGroup(group.id, wanted) }
                edit.isUpdated = true
            } catch Fault.forbidden {
                edit.refuse(field, "Permission Denied")
            } catch Fault.invalid {
                edit.refuse(field, "Illegal value for \(name)")
            }
        }
        return edit.answer(form)
    }
}
