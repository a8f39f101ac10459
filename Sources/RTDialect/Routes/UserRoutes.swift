import ParleyModel
import ParleyService

/// What RT knows of a user.
struct UserForm {
    /// RT's fields in their order; the contact information has another name in the forms that are shown.
    static let fields = [
        "Name", "EmailAddress", "RealName", "NickName", "Gecos", "Organization", "Address1", "Address2", "City",
        "State", "Zip", "Country", "HomePhone", "WorkPhone", "MobilePhone", "PagerPhone", contact, "Comments",
        "Signature", "Lang", "Privileged", "Disabled",
    ]
    private static let contact = "FreeformContactInfo"
    private static let shownContact = "ContactInfo"

    /// Seen by everybody who may see users; the rest by administrators and the user.
    private static let open: Set<String> = [
        "Name", "EmailAddress", "RealName", "NickName", "Gecos", "Organization", "City", "Country", "Lang",
        "Privileged", "Disabled",
    ]

    /// By the keys that stand for them.
    static let names: [String: String] = {
        var names = Dictionary(uniqueKeysWithValues: fields.map { ($0.lowercased(), $0) })
        names[shownContact.lowercased()] = contact
        return names
    }()

    /// Where the ornaments of a user are kept: namespace and name of an attribute.
    static func attribute(_ name: String) -> (namespace: String, name: String) {
        let key = name == contact ? shownContact : name
        return ("profile", key.prefix(1).lowercased() + key.dropFirst())
    }

    let user: User
    let seesAll: Bool

    init(_ user: User, _ actor: Actor) {
        self.user = user
        seesAll = actor.admin || actor.user == user.id
    }

    /// A field's text as the actor sees it; empty for an unknown one.
    func text(_ name: String) -> String {
        guard seesAll || UserForm.open.contains(name) else { return "" }
        switch name {
        case "Name": return UserForm.login(user)
        case "EmailAddress": return user.addresses.first ?? ""
        case "RealName": return UserForm.realName(user)
        case "Lang": return user.preferences.language
        case "Privileged": return user.privileged ? "1" : ""
        case "Disabled": return user.status == .active && user.stamp.retired == nil ? "0" : "1"
        default:
            let place = UserForm.attribute(name)
            return user.attributes[place.namespace]?[place.name] ?? ""
        }
    }

    /// What RT calls the user: a person without an account by their address.
    static func login(_ user: User) -> String {
        switch user.id {
        case .nobody: "Nobody"
        case .system: "RT_System"
        default: user.login ?? user.addresses.first ?? user.realName
        }
    }

    private static func realName(_ user: User) -> String {
        switch user.id {
        case .nobody: "Nobody in particular"
        case .system: "The RT System itself"
        default: user.realName
        }
    }

    /// The whole user.
    /// - Parameter isLong: fields without a text too.
    func form(_ catalog: Catalog, isLong: Bool) -> Form {
        var form = Form()
        form.add("id", "user/\(user.id)")
        form.add("Password", "********")
        for name in UserForm.fields {
            let text = text(name)
            if isLong || !text.isEmpty { form.add(name == UserForm.contact ? UserForm.shownContact : name, text) }
        }
        for field in seesAll ? catalog.fields(of: .user) : [] {
            form.add("CF-\(field.name)", list: (user.values[field.id] ?? []).map {
                TicketForm.text(of: $0, in: field, catalog)
            })
        }
        return form
    }
}

/// What a form says of a user.
private struct UserChange: Sendable {
    var draft = UserDraft()
    var password: String?
    /// The fields that it is made of, by the properties that problems name.
    var fields: [String: GivenField] = [:]

    init() { draft.needsLoginOnly = true }

    var isEmpty: Bool { fields.isEmpty }

    mutating func set(_ name: String, _ text: String, _ field: GivenField) {
        var property = name
        switch name {
        case "Name":
            draft.login = text
            property = "login"
        case "EmailAddress":
            draft.address = text
            property = "address"
        case "RealName":
            draft.realName = text
            property = "realName"
        case "Lang":
            draft.language = text
            property = "language"
        case "Privileged": draft.privileged = GivenField.isTrue(text)
        case "Disabled": draft.status = GivenField.isTrue(text) ? .locked : .active
        case "Password":
            password = text
            property = "password"
        default:
            let place = UserForm.attribute(name)
            draft.attributes.removeAll { $0.name == place.name }
            draft.attributes.append((place.namespace, place.name, text))
            property = place.name
        }
        fields[property] = field
    }

    /// Takes out what a problem is about.
    /// - Returns: its field; nil where nothing was found.
    mutating func drop(_ problem: Problem) -> GivenField? {
        guard case .property(let property) = problem.subject, let field = fields.removeValue(forKey: property) else {
            return nil
        }
        switch property {
        case "login": draft.login = nil
        case "address": draft.address = nil
        case "realName": draft.realName = nil
        case "language": draft.language = nil
        case "password":
            password = nil
            draft.passwordProblem = nil
        default: draft.attributes.removeAll { $0.name == property }
        }
        return field
    }

    static func sentence(_ problem: Problem, _ field: GivenField) -> String {
        switch (problem.subject, problem.rule) {
        case (.property("login"), .required): "empty name"
        case (.property("login"), .taken): "Name in use"
        case (.property("address"), .taken): "Email address in use"
        case (.property("address"), .invalid): "Invalid syntax for email address"
        case (.property("password"), .tooShort(let minimum)):
            "Password needs to be at least \(minimum) characters long"
        default: "Illegal value for \(field.shown)"
        }
    }
}

extension ObjectTable {
    static let userHandlers: [String: ObjectHandler] = [
        "user": { call, address, form in
            guard let form else { return try call.showUser(address) }
            if address.name == "new" && address.id == nil { return try await call.makeUser(address, form) }
            return try await call.editUser(address, form)
        }
    ]
}

extension Call {
    /// A user whom the actor may know of.
    private func user(_ address: ObjectAddress) -> User? {
        guard let id = address.id, let user = catalog.user(PrincipalID(id)), user.id != .anonymous else { return nil }
        let mayKnow = access.allows("view", onClass: "user") || user.id == actor.user || user.id == .nobody
        return mayKnow ? user : nil
    }

    fileprivate func showUser(_ address: ObjectAddress) throws -> ObjectAnswer {
        if address.name == "new" && address.id == nil {
            var form = Form(comment: "# Required: Name, EmailAddress")
            form.add("id", "user/new")
            for name in ["Name", "EmailAddress", "Organization", "Password", "Comments"] { form.add(name, "") }
            return ObjectAnswer(form)
        }
        guard let user = user(address) else { return .failed("User \(address.name) does not exist.") }
        let isLong = try format == "l" || fieldNames() != nil
        return ObjectAnswer(UserForm(user, actor).form(catalog, isLong: isLong))
    }

    fileprivate func makeUser(_ address: ObjectAddress, _ form: Form) async throws -> ObjectAnswer {
        var edit = ObjectEdit("User", name: address.name, shownFields: UserForm.fields)
        var change = UserChange()
        change.draft.privileged = false
        for field in GivenField.all(in: form, UserForm.names) {
            if let name = field.key == "password" ? "Password" : field.name {
                change.set(name, field.values.first ?? "", field)
            } else {
                edit.refuse(field, "Unknown field.")
            }
        }
        if (change.draft.login ?? "").isEmpty, let mail = change.draft.address { change.draft.login = mail }
        if change.password?.isEmpty ?? false { change.password = nil }
        do {
            let user = try await workspace.createUser(change.draft, password: change.password, as: actor)
            edit.created = "\(user.id)"
            return edit.answer(form)
        } catch Fault.forbidden {
            return .failed("Could not create user.")
        } catch Fault.invalid {
            return .failed("Could not create user.")
        }
    }

    fileprivate func editUser(_ address: ObjectAddress, _ form: Form) async throws -> ObjectAnswer {
        guard let user = user(address), user.stamp.retired == nil else {
            return .failed("User \(address.name) does not exist.")
        }
        let shown = UserForm(user, actor)
        let isOwn = user.id == actor.user
        let isOrdinary = user.id == .firstAdministrator || user.id.rawValue >= PrincipalID.firstOrdinary
        let mayEdit = isOrdinary && (actor.admin || (isOwn && access.allows("edit", onClass: "user", isSelf: true)))
        var edit = ObjectEdit("User", name: address.name, shownFields: UserForm.fields)
        var change = UserChange()
        for field in GivenField.all(in: form, UserForm.names) {
            let isPassword = field.key == "password"
            guard let name = isPassword ? "Password" : field.name else {
                edit.refuse(field, "Unknown field.")
                continue
            }
            guard let text = field.text else {
                edit.refuse(field, "\(field.key) may have only one value.")
                continue
            }
            if isPassword && text.allSatisfy({ $0 == "*" }) {
                edit.isUpdated = true
            } else if name == "Privileged", user.privileged == GivenField.isTrue(text), !["", "1"].contains(text) {
                // RT knows its own spelling only: `1`, and nothing at all.
                let refusal = "That user is already \(user.privileged ? "privileged" : "unprivileged")"
                edit.refuse(field, actor.admin ? refusal : "Permission Denied")
            } else if !isPassword && text == shown.text(name) {
                continue
            } else if let fault = earlyFault(name, text, user) {
                edit.refuse(field, fault)
            } else if !mayEdit || (!actor.admin && ["Name", "Privileged", "Disabled", "Comments"].contains(name)) {
                edit.refuse(field, isPassword ? "Password: Permission Denied" : "Permission Denied")
            } else {
                change.set(name, text, field)
            }
        }
        try await store(change, of: user.id, &edit)
        return edit.answer(form)
    }

    /// What RT says of a name or address before it asks who may change it.
    private func earlyFault(_ name: String, _ text: String, _ user: User) -> String? {
        func isTaken(by other: User?) -> Bool { other.map { $0.id != user.id } ?? false }
        return switch name {
        case "Name" where text.isEmpty: "empty name"
        case "Name": isTaken(by: catalog.user(login: text)) ? "Name in use" : nil
        case "EmailAddress": isTaken(by: catalog.user(address: text)) ? "Email address in use" : nil
        default: nil
        }
    }

    /// Makes what can be made of a change; each fault takes its own field out of it.
    private func store(_ change: UserChange, of user: PrincipalID, _ edit: inout ObjectEdit) async throws {
        var change = change
        while !change.isEmpty {
            do {
                _ = try await workspace.updateUser(user, change.draft, password: change.password, as: actor)
                edit.isUpdated = true
                return
            } catch Fault.invalid(let problems) {
                let before = change.fields.count
                for problem in problems {
                    guard let field = change.drop(problem) else { continue }
                    edit.refuse(field, UserChange.sentence(problem, field))
                }
                if change.fields.count == before { throw Fault.invalid(problems) }
            }
        }
    }
}
