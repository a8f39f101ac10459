import ParleyModel
import ParleyStorage
import Synchronization

/// Sessions are signed by the workspace and stored nowhere: opening one costs no write. What is stored is a session
/// that was ended before its time. A new password ends all sessions of its user, for it is part of what is signed.
extension Workspace {
    /// How long a session lasts at most.
    public static let sessionSeconds: Int64 = 30 * 24 * 3600

    /// Octets of user, time and nonce; hexadecimal on the wire, as is the digest that follows.
    private static let headDigits = 3 * 16
    private static let digestOctets = 16

    /// A new session of a user who has signed in: hexadecimal digits.
    public func openSession(of user: PrincipalID) -> String {
        let nonce = environment.random(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let words = [UInt64(bitPattern: user.rawValue), UInt64(bitPattern: now.seconds), nonce]
        let head = words.map(Workspace.digits).joined()
        return head + signature(of: head, catalog.user(user))
    }

    /// Who a session belongs to.
    /// - Returns: nil for one that was never opened, is over or was ended, or whose user may not act.
    public func actor(session: String) async throws -> Actor? {
        guard let user = holder(of: session) else { return nil }
        let digest = identity.lookup(.endedSession, session)
        let generation = catalog.records.generation
        if identity.openSessions.withLock({ $0.use(digest) }) != generation {
            let octets = digest.octets
            let ended = try await readCredentials { try RecordRows.credential(lookup: octets, on: $0) }
            guard ended == nil else { return nil }
            identity.openSessions.withLock { $0.set(digest, generation) }
        }
        return actor(for: user)
    }

    /// Ends a session before its time; one that is none is passed over.
    public func endSession(_ session: String) async throws {
        guard let user = holder(of: session) else { return }
        let expires = now.adding(seconds: Workspace.sessionSeconds)
        try await write(as: actor(for: user)) { transaction in
            let digest = transaction.workspace.identity.lookup(.endedSession, session)
            guard try RecordRows.credential(lookup: digest.octets, on: transaction.connection) == nil else { return }
            try RecordRows.deleteExpiredCredentials(.endedSession, before: transaction.now, on: transaction.connection)
            try transaction.addCredential(kind: .endedSession, plain: session, of: user.id, expires: expires)
            // A new catalog, by which remembered sessions know that they are out of date.
            try transaction.noteSignIn(user)
        }
    }

    /// The user of a session whose signature and time are right.
    private func holder(of session: String) -> User? {
        let octets = session.utf8
        guard octets.count == Workspace.headDigits + 2 * Workspace.digestOctets,
            octets.allSatisfy({ ($0 >= 0x30 && $0 <= 0x39) || ($0 >= 0x61 && $0 <= 0x66) })
        else { return nil }
        let head = String(session.prefix(Workspace.headDigits))
        guard let id = Int64(head.prefix(16), radix: 16), let opened = Int64(head.dropFirst(16).prefix(16), radix: 16),
            opened <= now.seconds, now.seconds &- opened < Workspace.sessionSeconds,
            let user = catalog.user(PrincipalID(id)), Identity.maySignIn(user),
            ConstantTime.equal(
                Array(session.utf8.dropFirst(Workspace.headDigits)), Array(signature(of: head, user).utf8))
        else { return nil }
        return user
    }

    private func signature(of head: String, _ user: User?) -> String {
        let password = user?.passwordChanged?.microseconds ?? 0
        let digest = identity.lookup(.endedSession, "\(head) \(password)")
        return Identity.hexadecimal(Array(digest.octets.prefix(Workspace.digestOctets)))
    }

    private static func digits(_ word: UInt64) -> String {
        let text = String(word, radix: 16)
        return String(repeating: "0", count: 16 - text.count) + text
    }
}
