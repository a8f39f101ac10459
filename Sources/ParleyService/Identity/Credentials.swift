import ParleyModel
import ParleyStorage
import Synchronization

extension Transaction {
    /// Gives a user a password; their sessions are over, and the old password works no more. Whether the actor may is
    /// for the caller to know. Changes of the user's record belong before it: a copy of the record made earlier must
    /// not be stored afterwards.
    /// - Parameter hash: from `Identity.hash`, made before the write.
    /// - Throws: `Fault.notFound` where there is no such user.
    public func setPassword(_ hash: PasswordHash, of user: PrincipalID) throws {
        try forgetPasswords(of: user)
        let credential = Credential(
            id: try next("credential", CredentialID.self), user: user, kind: .password, lookup: [],
            secret: Array(hash.text.utf8), created: now)
        try RecordRows.insert(credential, on: connection)
        try audit("set", .password, user)
    }

    /// Gives a user a key, token or session whose value is known. Whether the actor may is for the caller to know.
    /// - Parameters:
    ///   - plain: 1 to 4096 octets; stored as a keyed hash.
    ///   - expires: from then on it is good for nothing.
    ///   - recoverable: kept encrypted too, so that `Identity.plain` gives it back.
    /// - Throws: `Fault.notFound` where there is no such user; `Fault.invalid` for a value or a scope that cannot be,
    ///   or a value that somebody has already.
    @discardableResult
    public func addCredential(
        kind: Credential.Kind, plain: String, of user: PrincipalID, scopes: [String] = [], label: String = "",
        expires: Instant? = nil, recoverable: Bool = false
    ) throws -> CredentialID {
        guard records.users[user] != nil else { throw Fault.notFound }
        guard kind != .password, !plain.isEmpty, plain.utf8.count <= Identity.maximumKeyOctets else {
            throw Fault.invalid([Problem(.property(kind.rawValue), .invalid)])
        }
        guard scopes.allSatisfy({ !$0.isEmpty && !$0.contains(" ") }) else {
            throw Fault.invalid([Problem(.property("scopes"), .invalid)])
        }
        let digest = workspace.identity.lookup(kind, plain)
        let lookup = digest.octets
        if try RecordRows.credential(lookup: lookup, on: connection) != nil {
            throw Fault.invalid([Problem(.property(kind.rawValue), .taken)])
        }
        let secret = recoverable ? try workspace.identity.seal(plain, lookup: digest, of: user) : []
        var credential = Credential(
            id: try next("credential", CredentialID.self), user: user, kind: kind, lookup: lookup, secret: secret,
            created: now)
        credential.scopes = scopes
        credential.label = label
        credential.expires = expires
        try RecordRows.insert(credential, on: connection)
        try audit("add", kind, user)
        return credential.id
    }

    /// Takes away all of a user's credentials of a kind; none works any more once the write is done. Whether the
    /// actor may is for the caller to know.
    /// - Throws: `Fault.notFound` where there is no such user.
    public func removeCredentials(of user: PrincipalID, kind: Credential.Kind) throws {
        if kind == .password {
            try forgetPasswords(of: user)
        } else {
            guard let record = records.users[user] else { throw Fault.notFound }
            try RecordRows.deleteCredentials(of: user, kind: kind, on: connection)
            try publish(record)
        }
        try audit("remove", kind, user)
    }

    /// The first of a user's credentials of a kind that can be shown, in plain.
    func recoverableSecret(of user: PrincipalID, kind: Credential.Kind) throws -> String? {
        for credential in try RecordRows.credentials(of: user, kind: kind, on: connection) {
            if let plain = workspace.identity.plain(credential) { return plain }
        }
        return nil
    }

    private func forgetPasswords(of user: PrincipalID) throws {
        guard var record = records.users[user] else { throw Fault.notFound }
        try RecordRows.deleteCredentials(of: user, kind: .password, on: connection)
        // Always later than the last one, whatever the clock says: remembered passwords are told apart by it.
        let old = record.passwordChanged
        let next = old.map { Instant(microseconds: $0.microseconds &+ 1) }
        record.passwordChanged = max(now, next ?? now)
        try put(record)
        workspace.identity.passwordMemory.withLock { $0.forget(user, changed: old, at: now) }
    }

    /// Makes sure that this write brings a new catalog, by which remembered keys know that they are out of date.
    private func publish(_ user: User) throws { try noteSignIn(user) }

    private func audit(_ action: String, _ kind: Credential.Kind, _ user: PrincipalID) throws {
        try RecordRows.audit(
            time: now, actor: actor.user, recordClass: "credential", entity: user.rawValue, action: action,
            detail: kind.rawValue, on: connection)
    }
}

extension Workspace {
    /// Hashes a password away from the calling thread, for `Transaction.setPassword`.
    /// - Throws: `Fault.invalid` for one that is too long, `Fault.unavailable` when too many wait.
    public func hash(password: String) async throws -> PasswordHash { try await identity.hash(password) }

    /// The key that a user is shown as theirs, made when there is none yet. Whether anybody may see it is for the
    /// caller to know.
    /// - Returns: nil where there is no such user.
    public func plainKey(of user: PrincipalID) async throws -> String? {
        guard let record = catalog.user(user), record.stamp.retired == nil else { return nil }
        let known = try await readCredentials { try RecordRows.credentials(of: user, kind: .key, on: $0) }
        for credential in known {
            if let plain = identity.plain(credential) { return plain }
        }
        return try await write(as: .system) { transaction in
            if let plain = try transaction.recoverableSecret(of: user, kind: .key) { return plain }
            let plain = transaction.workspace.identity.newKey()
            try transaction.addCredential(kind: .key, plain: plain, of: user, recoverable: true)
            return plain
        }
    }

    /// Replaces all keys of a user by a new one. Whether the actor may is for the caller to know.
    /// - Throws: `Fault.notFound` where there is no such user.
    public func resetKey(of user: PrincipalID, as actor: Actor) async throws -> String {
        try await write(as: actor) { transaction in
            try transaction.removeCredentials(of: user, kind: .key)
            let plain = transaction.workspace.identity.newKey()
            try transaction.addCredential(kind: .key, plain: plain, of: user, recoverable: true)
            return plain
        }
    }
}
