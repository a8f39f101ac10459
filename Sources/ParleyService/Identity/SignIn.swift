import ParleyModel
import ParleyStorage
import Synchronization

extension Workspace {
    /// A user as one who acts.
    public func actor(for user: User) -> Actor { Actor(user: user.id, login: user.login, admin: user.admin) }

    /// Who signs in with login and password, taken octet for octet. A wrong password, an unknown login and a user who
    /// is locked, registered only or retired are told apart neither by the answer nor by the time it takes.
    /// - Parameter address: whence the request comes.
    /// - Returns: nil for whoever may not sign in.
    /// - Throws: `Fault.rateLimited` after too many failures, also for the right password; `Fault.unavailable` when too
    ///   many passwords wait for being verified.
    public func signIn(login: String, password: String, from address: String) async throws -> Actor? {
        let now = environment.now()
        let origin = AttemptLimiter.address(address)
        guard login.utf8.count <= Identity.maximumLoginOctets,
            password.utf8.count <= PasswordHash.maximumPasswordOctets
        else {
            try identity.countFailure(from: origin, at: now)
            return nil
        }
        let folded = TextFolding.fold(login)
        let account = AttemptLimiter.account(folded)
        if let until = identity.limiter.withLock({ $0.refusal(account: account, address: origin, at: now) }) {
            throw Fault.rateLimited(until: until)
        }
        let digest = identity.memoryDigest(login: folded, password: password)
        if let user = remembered(digest, login: folded, at: now) {
            identity.limiter.withLock { $0.recognised(account: account, address: origin) }
            noteSignIn(of: user, at: now)
            return actor(for: user)
        }
        let attempt = Attempt(login: folded, password: password, account: account, digest: digest, address: origin)
        guard let id = try await verifyOnce(attempt), let user = catalog.user(id), Identity.maySignIn(user) else {
            return nil
        }
        noteSignIn(of: user, at: now)
        return actor(for: user)
    }

    /// Who shows a key, token or session that is stored for them.
    /// - Parameters:
    ///   - kinds: what it may be, any but `password`.
    ///   - address: whence the request comes.
    /// - Returns: nil for one that is unknown or has expired, or whose user may not act.
    /// - Throws: `Fault.rateLimited` after too many failures from this address, also for the right key;
    ///   `Fault.unavailable`.
    public func actor(key: String, kinds: [Credential.Kind], from address: String) async throws -> Actor? {
        let now = environment.now()
        let origin = AttemptLimiter.address(address)
        if let until = identity.limiter.withLock({ $0.refusal(account: nil, address: origin, at: now) }) {
            throw Fault.rateLimited(until: until)
        }
        for kind in kinds {
            if let user = try await holder(of: key, kind: kind, at: now) { return actor(for: user) }
        }
        try identity.countFailure(from: origin, at: now)
        return nil
    }

    /// The user of a key that is good now.
    private func holder(of key: String, kind: Credential.Kind, at now: Instant) async throws -> User? {
        guard kind != .password, !key.isEmpty, key.utf8.count <= Identity.maximumKeyOctets else { return nil }
        let digest = identity.lookup(kind, key)
        // Taken before the credential is read: one taken away later comes with another generation.
        let generation = catalog.records.generation
        if let entry = identity.keyMemory.withLock({ $0.entry(digest, generation: generation, at: now) }) {
            return catalog.user(entry.user).flatMap { Identity.maySignIn($0) ? $0 : nil }
        }
        let octets = digest.octets
        let credential = try await readCredentials { try RecordRows.credential(lookup: octets, on: $0) }
        guard let credential, credential.kind == kind, credential.expires.map({ $0 > now }) ?? true,
            let user = catalog.user(credential.user), Identity.maySignIn(user)
        else { return nil }
        let entry = KeyMemory.Entry(
            credential: credential.id, user: user.id, expires: credential.expires, generation: generation,
            until: now.adding(seconds: identity.limits.rememberSeconds))
        identity.keyMemory.withLock { $0.remember(digest, entry) }
        return user
    }

    /// The user whose password this is known to be, as long as nothing about them has changed.
    private func remembered(_ digest: KeyedDigest, login: String, at now: Instant) -> User? {
        guard let entry = identity.passwordMemory.withLock({ $0.entry(digest, at: now) }),
            let user = catalog.user(login: login), user.id == entry.user, user.passwordChanged == entry.passwordChanged,
            Identity.maySignIn(user)
        else { return nil }
        return user
    }

    // MARK: verifying

    /// Somebody's try to sign in.
    private struct Attempt: Sendable {
        var login: String
        var password: String
        var account: AttemptLimiter.Subject
        var digest: KeyedDigest
        var address: AttemptLimiter.Subject
    }

    /// Verifies; the same try made several times at once is verified, and counted, once.
    private func verifyOnce(_ attempt: Attempt) async throws -> PrincipalID? {
        let key = Identity.Verification(digest: attempt.digest, address: attempt.address)
        let task = identity.verifications.withLock { running in
            if let task = running[key] { return task }
            let task = Task {
                defer { identity.verifications.withLock { $0[key] = nil } }
                return try await verify(attempt)
            }
            running[key] = task
            return task
        }
        return try await task.value
    }

    private func verify(_ attempt: Attempt) async throws -> PrincipalID? {
        let now = environment.now()
        let (account, address) = (attempt.account, attempt.address)
        if let until = identity.limiter.withLock({ $0.begin(account: account, address: address, at: now) }) {
            throw Fault.rateLimited(until: until)
        }
        // Before the credential is read: under this time of change it is the right one, or an entry that never fits.
        let user = catalog.user(login: attempt.login).flatMap { Identity.maySignIn($0) ? $0 : nil }
        let matches: Bool
        do {
            matches = try await hasPassword(attempt.password, user?.id)
        } catch {
            identity.limiter.withLock { $0.abandoned(account: account, address: address) }
            throw error
        }
        guard matches, let user, let current = catalog.user(user.id), Identity.maySignIn(current),
            current.passwordChanged == user.passwordChanged
        else {
            identity.limiter.withLock { $0.failed(account: account, address: address, at: now) }
            return nil
        }
        identity.limiter.withLock { $0.succeeded(account: account, address: address) }
        let entry = PasswordMemory.Entry(
            user: user.id, passwordChanged: user.passwordChanged,
            until: now.adding(seconds: identity.limits.rememberSeconds))
        identity.passwordMemory.withLock { $0.remember(attempt.digest, entry, at: now) }
        return user.id
    }

    /// Does the same work whether there is such a user or not.
    private func hasPassword(_ password: String, _ user: PrincipalID?) async throws -> Bool {
        let credentials = try await readCredentials {
            try RecordRows.credentials(of: user ?? .nobody, kind: .password, on: $0)
        }
        let stored = credentials.last.flatMap { PasswordHash(text: String(decoding: $0.secret, as: UTF8.self)) }
        let hash = stored ?? identity.decoy
        let matches = try await identity.pool.run { hash.matches(password) }
        return matches && stored != nil && user != nil
    }

    /// Reads where credentials are; no actor may.
    func readCredentials<R: Sendable>(_ body: @Sendable (any SQLConnection) throws -> R) async throws -> R {
        do {
            return try await engine.read(deadlineMilliseconds: 0, body)
        } catch let fault as StorageFault {
            throw Workspace.fault(fault)
        }
    }
}

extension Identity {
    /// Counts something wrong that belongs to no account.
    /// - Throws: `Fault.rateLimited` where the address has to wait already.
    func countFailure(from address: AttemptLimiter.Subject, at now: Instant) throws {
        let refused = limiter.withLock { limiter -> Instant? in
            if let until = limiter.refusal(account: nil, address: address, at: now) { return until }
            limiter.failed(address: address, at: now)
            return nil
        }
        if let refused { throw Fault.rateLimited(until: refused) }
    }
}
