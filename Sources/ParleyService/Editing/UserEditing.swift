import ParleyModel
import ParleyStorage

/// What a request says of a user; nil leaves a part as it is.
public struct UserDraft: Sendable {
    public var login: String?
    public var firstName: String?
    public var lastName: String?
    /// The whole name; first and last name follow it.
    public var realName: String?
    /// Empty: without a primary address.
    public var address: String?
    public var admin: Bool?
    public var privileged: Bool?
    public var status: User.Status?
    public var language: String?
    public var mailNotification: String?
    public var mustChangePassword: Bool?
    /// Only administrators and the user see the address.
    public var hidesAddress: Bool?
    /// Hashed before, since that takes time; checked for its length by `Workspace.checkedPassword`.
    public var password: PasswordHash?
    /// The password was given and does not do.
    public var passwordProblem: Problem.Rule?
    public var values: [(field: Int64, operands: [ParsedOperand])]
    /// What a dialect asks for beyond the workspace's rules, in characters.
    public var lastNameMaximumLength = 255
    /// What the dialect found wrong itself.
    public var problems: [Problem] = []
    /// Texts that nothing else depends on; an empty one is taken away.
    public var attributes: [(namespace: String, name: String, text: String)]
    /// Asks for a login only: names and address may be empty, and the login may be anything without line ends.
    public var needsLoginOnly = false

    /// Characters of one attribute.
    public static let attributeMaximumLength = 65_536

    public init() {
        values = []
        attributes = []
    }
}

extension Transaction {
    /// Makes a user; for administrators.
    /// - Throws: `Fault.forbidden`, `.unauthenticated`, `.invalid` with properties `address`, `login`, `firstName`,
    ///   `lastName`,
    ///   `password`.
    public func createUser(_ draft: UserDraft) throws -> User {
        guard actor.admin else { throw reader.refusal }
        var user = User(id: try newPrincipalID(), stamp: stamp, login: draft.login ?? "")
        user.privileged = true
        var problems = userProblems(draft, for: nil)
        try apply(draft, to: &user, isNew: true, &problems)
        if !problems.isEmpty { throw Fault.invalid(problems) }
        try put(user)
        if let password = draft.password { try setPassword(password, of: user.id) }
        return records.users[user.id] ?? user
    }

    /// Changes a user: any for administrators, oneself as far as one may.
    public func updateUser(_ id: PrincipalID, _ draft: UserDraft) throws -> User {
        guard var user = records.users[id], user.stamp.retired == nil, user.login != nil || draft.needsLoginOnly else {
            throw actor.admin ? Fault.notFound : reader.refusal
        }
        guard actor.admin || (actor.user == id && !actor.isAnonymous) else { throw reader.refusal }
        var draft = draft
        if !actor.admin {
            draft.login = nil
            draft.admin = nil
            draft.privileged = nil
            draft.status = nil
            draft.mustChangePassword = nil
        }
        var problems = userProblems(draft, for: user)
        try apply(draft, to: &user, isNew: false, &problems)
        if !problems.isEmpty { throw Fault.invalid(problems) }
        try put(user)
        if let password = draft.password { try setPassword(password, of: id) }
        return records.users[id] ?? user
    }

    /// Takes a user out of use; for administrators. What they wrote stays.
    public func deleteUser(_ id: PrincipalID) throws {
        guard actor.admin else { throw reader.refusal }
        guard var user = records.users[id], user.stamp.retired == nil, id.rawValue >= PrincipalID.firstOrdinary else {
            throw Fault.notFound
        }
        user.stamp.retired = now
        user.status = .locked
        try put(user)
        for member in records.memberships.values where member.principal == id && member.stamp.retired == nil {
            try endMembership(member)
        }
        for var group in records.groups.values where group.members.contains(id) {
            group.members.removeAll { $0 == id }
            try put(group)
        }
    }

    private func apply(_ draft: UserDraft, to user: inout User, isNew: Bool, _ problems: inout [Problem]) throws {
        if let login = draft.login { user.login = login }
        if let name = draft.firstName { user.firstName = name }
        if let name = draft.lastName { user.lastName = name }
        if draft.firstName != nil || draft.lastName != nil {
            user.realName = [user.firstName, user.lastName].filter { !$0.isEmpty }.joined(separator: " ")
        }
        if let name = draft.realName {
            let words = name.split(separator: " ")
            user.realName = name
            user.firstName = words.dropLast().joined(separator: " ")
            user.lastName = words.last.map(String.init) ?? ""
        }
        if let address = draft.address {
            user.addresses = (address.isEmpty ? [] : [address]) + user.addresses.dropFirst()
        }
        if let admin = draft.admin { user.admin = admin }
        if let privileged = draft.privileged { user.privileged = privileged }
        for (namespace, name, text) in draft.attributes {
            user.attributes[namespace, default: [:]][name] = text.isEmpty ? nil : text
        }
        if let status = draft.status { user.status = status }
        if let language = draft.language { user.preferences.language = language }
        if let mail = draft.mailNotification { user.preferences.mailNotification = mail }
        if let flag = draft.mustChangePassword { user.mustChangePassword = flag }
        if let flag = draft.hidesAddress { user.preferences.hidesAddress = flag }
        try EntityValues(transaction: self, object: .user).apply(
            draft.values, to: &user.values, isNew: isNew, &problems)
    }

    private func userProblems(_ draft: UserDraft, for user: User?) -> [Problem] {
        if draft.needsLoginOnly { return fewProblems(draft, for: user) }
        var problems: [Problem] = []
        func property(_ name: String, _ rule: Problem.Rule) { problems.append(Problem(.property(name), rule)) }
        if let address = draft.address ?? (user == nil ? "" : nil) {
            if address.isEmpty {
                property("address", .required)
            } else if !ChangeEngine.isAddress(address) {
                property("address", .invalid)
            } else if isTaken(user?.id, { $0.addresses.contains { TextFolding.fold($0) == TextFolding.fold(address) } })
            {
                property("address", .taken)
            }
        }
        if let login = draft.login ?? (user == nil ? "" : nil) {
            let letters = login.unicodeScalars.allSatisfy {
                $0.isASCII
                    && ($0.properties.isAlphabetic || $0.properties.numericType != nil
                        || "_-@.".unicodeScalars.contains($0))
            }
            if login.isEmpty {
                property("login", .required)
            } else if login.count > 60 {
                property("login", .tooLong(maximum: 60))
            } else if !letters {
                property("login", .invalid)
            } else if isTaken(
                user?.id, { $0.login.map { TextFolding.fold($0) == TextFolding.fold(login) } ?? false })
            {
                property("login", .taken)
            }
        }
        if let name = draft.firstName ?? (user == nil ? "" : nil) {
            if name.allSatisfy(\.isWhitespace) { property("firstName", .required) }
            if name.count > 30 { property("firstName", .tooLong(maximum: 30)) }
        }
        if let name = draft.lastName ?? (user == nil ? "" : nil) {
            if name.allSatisfy(\.isWhitespace) { property("lastName", .required) }
            let limit = draft.lastNameMaximumLength
            if name.count > limit { property("lastName", .tooLong(maximum: limit)) }
        }
        if let rule = draft.passwordProblem { property("password", rule) }
        return problems + draft.problems
    }

    /// What is wrong where only a login is asked for.
    private func fewProblems(_ draft: UserDraft, for user: User?) -> [Problem] {
        var problems: [Problem] = []
        func property(_ name: String, _ rule: Problem.Rule) { problems.append(Problem(.property(name), rule)) }
        if let login = draft.login ?? (user == nil ? "" : nil) {
            let folded = TextFolding.fold(login)
            if login.allSatisfy(\.isWhitespace) {
                property("login", .required)
            } else if login.count > 200 {
                property("login", .tooLong(maximum: 200))
            } else if login.contains(where: \.isNewline) {
                property("login", .invalid)
            } else if isTaken(user?.id, { TextFolding.fold($0.login ?? $0.addresses.first ?? "") == folded }) {
                property("login", .taken)
            }
        }
        if let address = draft.address, !address.isEmpty {
            let folded = TextFolding.fold(address)
            if !ChangeEngine.isAddress(address) {
                property("address", .invalid)
            } else if isTaken(user?.id, { $0.addresses.contains { TextFolding.fold($0) == folded } }) {
                property("address", .taken)
            }
        }
        if let name = draft.realName, name.count > 255 { property("realName", .tooLong(maximum: 255)) }
        if let language = draft.language, language.count > 32 { property("language", .tooLong(maximum: 32)) }
        for (_, name, text) in draft.attributes where text.count > UserDraft.attributeMaximumLength {
            property(name, .tooLong(maximum: UserDraft.attributeMaximumLength))
        }
        if let rule = draft.passwordProblem { property("password", rule) }
        return problems
    }

    private func isTaken(_ id: PrincipalID?, _ matches: (User) -> Bool) -> Bool {
        records.users.values.contains { $0.id != id && $0.stamp.retired == nil && matches($0) }
    }
}
