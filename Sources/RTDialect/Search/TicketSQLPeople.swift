import ParleyModel
import ParleyService

/// Whom conditions about people mean.
extension TicketSQLCompiler {
    /// People that a condition finds, and whether it finds the nobody who owns what nobody owns.
    struct Found {
        var people: Set<PrincipalID> = []
        var nobody = false

        func plays(_ roles: [PersonRole]) -> Predicate<Parsed> {
            var parts: [Predicate<Parsed>] = []
            if !people.isEmpty { parts.append(.person(Set(roles), .anyOf(people))) }
            if nobody, roles.contains(.assignee) { parts.append(.person([.assignee], .nobody)) }
            return parts.count == 1 ? parts[0] : (parts.isEmpty ? .none : .or(parts))
        }
    }

    private static let subfields: Set<String> = [
        "EmailAddress", "Name", "RealName", "Nickname", "Organization", "Address1", "Address2", "City", "State", "Zip",
        "Country", "WorkPhone", "HomePhone", "MobilePhone", "PagerPhone", "id",
    ]

    /// `Creator`, `LastUpdatedBy`.
    func person(_ asked: Asked, _ role: PersonRole) throws -> Predicate<Parsed> {
        guard asked.operation == .equal || asked.operation == .differs else {
            throw TicketSQL.Fault(words: "Invalid Operation: \(asked.writtenOperation) for \(asked.field.name)")
        }
        let people = user(asked.value).map { Set([$0]) } ?? []
        let found: Predicate<Parsed> = people.isEmpty ? .none : .person([role], .anyOf(people))
        return TicketSQLCompiler.denied(found, asked.operation)
    }

    /// By number or login, RT's own people among them.
    func user(_ name: String) -> PrincipalID? {
        if !name.isEmpty, name.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) {
            return Int64(name).map { PrincipalID($0) }
        }
        switch name.lowercased() {
        case "nobody": return .nobody
        case "rt_system": return .system
        default: return catalog.user(login: name)?.id ?? unnamed(name)
        }
    }

    /// People without a login are called by their address.
    private func unnamed(_ address: String) -> PrincipalID? {
        guard let user = catalog.user(address: address), user.login == nil else { return nil }
        return user.id
    }

    /// `Owner`, `Requestor`, `Watcher` and the like.
    mutating func watchers(_ asked: Asked, _ roles: [PersonRole]) throws -> Predicate<Parsed> {
        if let subfield = asked.subfield, !TicketSQLCompiler.subfields.contains(subfield) {
            throw TicketSQL.Fault(words: "Invalid watcher subfield: '\(subfield)'")
        }
        let isOwner = roles == [.assignee]
        switch asked.operation {
        case .isNull, .isNotNull:
            if isOwner { return asked.ofPresent }
            let others = roles.filter { $0 != .assignee }
            if others.count < roles.count {
                return asked.operation == .isNotNull ? .all : .or(others.map { .person([$0], .nobody) })
            }
            return TicketSQLCompiler.denied(.person(Set(roles), .nobody), asked.operation)
        default: break
        }
        if asked.isWithNull, !asked.operation.isNegative { return .none }
        let found = try people(asked, isOwner: isOwner)
        guard asked.operation.isNegative else { return found.plays(roles) }
        // In RT a watcher is somebody else as soon as one role has somebody else.
        return roles.count == 1 ? .not(found.plays(roles)) : .or(roles.map { .not(found.plays([$0])) })
    }

    private mutating func people(_ asked: Asked, isOwner: Bool) throws -> Found {
        let operation = asked.operation.positive
        let isNumber = !asked.value.isEmpty && asked.value.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
        let subfield = asked.subfield ?? (isNumber ? "id" : nil)
        var found = Found()
        if subfield == "id", operation == .equal || !isOwner {
            // Of all but owners RT asks who it is, whatever the operator.
            found = isNumber ? named(asked.value, subfield, isOwner: isOwner) : Found()
        } else if operation == .equal, subfield == nil || ["Name", "EmailAddress"].contains(subfield) {
            found = named(asked.value, subfield, isOwner: isOwner)
        } else {
            lookups += 1
            guard lookups <= TicketSQLCompiler.lookupLimit else {
                throw TicketSQL.Fault(words: "The query asks too much of all users")
            }
            let test = TextTest(operation, asked.value)
            let isOrder = operation.comparison != nil
            let range = subfield == "id" && isOrder ? Double(asked.value).map { NumberRange(operation, $0) } : nil
            for user in catalog.records.users.values where user.stamp.retired == nil {
                guard let text = UserColumns.stored(subfield, of: user) else { continue }
                if range?.contains(user.id.rawValue) ?? test.holds(text) { found.people.insert(user.id) }
            }
            let nobody = ["Name": "Nobody", "RealName": "Nobody in particular", "id": "\(PrincipalID.nobody)"]
            found.nobody = range?.contains(PrincipalID.nobody.rawValue) ?? test.holds(nobody[subfield ?? ""] ?? "")
        }
        if !isOwner {
            found.people.formUnion(found.people.flatMap { catalog.groups(of: $0) })
        }
        return found
    }

    /// One person or group by name. An owner is named by login, others by address.
    private func named(_ value: String, _ subfield: String?, isOwner: Bool) -> Found {
        var found = Found()
        let isAddress = subfield == "EmailAddress" || (subfield == nil && !isOwner)
        let id = isAddress ? catalog.user(address: value)?.id : user(value)
        if let id {
            if id == .nobody { found.nobody = true } else { found.people.insert(id) }
        }
        if subfield != "EmailAddress", subfield != "id", let group = group(value) { found.people.insert(group.id) }
        return found
    }

    func group(_ name: String) -> Group? {
        if let number = Int64(name) { return catalog.records.groups[PrincipalID(number)] }
        let folded = TextRules.fold(name)
        return catalog.records.groups.values.filter {
            $0.stamp.retired == nil && $0.project == nil && TextRules.fold($0.name) == folded
        }.min { $0.id < $1.id }
    }

    /// `OwnerGroup`, `RequestorGroup` and the like.
    func membership(_ asked: Asked, _ roles: [PersonRole]) throws -> Predicate<Parsed> {
        guard asked.operation == .equal else {
            throw TicketSQL.Fault(words: "Invalid \(asked.field.name) Op: \(asked.writtenOperation)")
        }
        guard let group = group(asked.value) else { return .none }
        return Found(people: Set(group.members + [group.id])).plays(roles)
    }
}

/// A user's columns as RT calls them.
enum UserColumns {
    /// In lower case.
    static let names: Set<String> = [
        "id", "name", "emailaddress", "realname", "nickname", "organization", "address1", "address2", "city", "state",
        "zip", "country", "homephone", "workphone", "mobilephone", "pagerphone", "gecos", "lang", "timezone",
        "comments", "signature", "freeformcontactinfo", "created", "creator", "lastupdated", "lastupdatedby",
        "emailencoding", "webencoding", "externalcontactinfoid", "contactinfosystem", "externalauthid", "authsystem",
        "authtoken", "smimecertificate", "disabled",
    ]

    /// What a column of a user says; nil where nothing was ever said there.
    static func stored(_ column: String?, of user: User) -> String? {
        if column?.lowercased() == "realname", user.realName.isEmpty { return nil }
        let own: Set = ["emailaddress", "id", "name", "realname", "lang", "timezone"]
        guard let column, !own.contains(column.lowercased()),
            let place = UserForm.names[column.lowercased()].map(UserForm.attribute)
        else { return text(column, of: user) }
        return user.attributes[place.namespace]?[place.name]
    }

    /// What a column of a user says; the address for nil.
    static func text(_ column: String?, of user: User) -> String {
        switch column?.lowercased() {
        case nil, "emailaddress": return user.addresses.first ?? ""
        case "id": return user.id.description
        case "name": return UserForm.login(user)
        case "realname": return user.realName
        case "lang": return user.preferences.language
        case "timezone": return user.preferences.timeZone
        case let name?:
            guard let place = UserForm.names[name].map(UserForm.attribute) else { return "" }
            return user.attributes[place.namespace]?[place.name] ?? ""
        }
    }
}
