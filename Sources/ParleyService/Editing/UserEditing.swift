import ParleyModel
import ParleyStorage

/// What a request says of a user; nil leaves a part as it is.
public struct UserDraft: Sendable {
    public var login: String?
    public var firstName: String?
    public var lastName: String?
    public var address: String?
    public var admin: Bool?
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

    public init() { values = [] }
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
        guard var user = records.users[id], user.stamp.retired == nil, user.login != nil else {
            throw actor.admin ? Fault.notFound : reader.refusal
        }
        guard actor.admin || (actor.user == id && !actor.isAnonymous) else { throw reader.refusal }
        var draft = draft
        if !actor.admin {
            draft.login = nil
            draft.admin = nil
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
        if let address = draft.address { user.addresses = [address] + user.addresses.dropFirst() }
        if let admin = draft.admin { user.admin = admin }
        if let status = draft.status { user.status = status }
        if let language = draft.language { user.preferences.language = language }
        if let mail = draft.mailNotification { user.preferences.mailNotification = mail }
        if let flag = draft.mustChangePassword { user.mustChangePassword = flag }
        if let flag = draft.hidesAddress { user.preferences.hidesAddress = flag }
        try EntityValues(transaction: self, object: .user).apply(
            draft.values, to: &user.values, isNew: isNew, &problems)
    }

    private func userProblems(_ draft: UserDraft, for user: User?) -> [Problem] {
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

    private func isTaken(_ id: PrincipalID?, _ matches: (User) -> Bool) -> Bool {
        records.users.values.contains { $0.id != id && $0.stamp.retired == nil && matches($0) }
    }
}
