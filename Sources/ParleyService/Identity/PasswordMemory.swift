import ParleyModel

/// Passwords that were found right a short time ago, as keyed hashes of login and password.
struct PasswordMemory: Sendable {
    struct Entry: Sendable, Equatable {
        var user: PrincipalID
        /// The user's at the time; another one now means another password.
        var passwordChanged: Instant?
        var until: Instant
    }

    private var entries: RecentTable<Digest, Entry>
    /// Users whose password is being changed, and until when nothing is remembered for them: what is verified against
    /// the old one while the change is on its way to the disk must not stay.
    private var distrusted = RecentTable<PrincipalID, Instant>(capacity: 1024)

    static let distrustSeconds: Int64 = 60

    init(capacity: Int) {
        entries = RecentTable(capacity: capacity)
    }

    mutating func entry(_ digest: Digest, at now: Instant) -> Entry? {
        guard let entry = entries.use(digest) else { return nil }
        if entry.until > now { return entry }
        entries.remove(digest)
        return nil
    }

    mutating func remember(_ digest: Digest, _ entry: Entry, at now: Instant) {
        if let until = distrusted.peek(entry.user) {
            if until > now { return }
            distrusted.remove(entry.user)
        }
        entries.set(digest, entry)
    }

    mutating func forget(_ user: PrincipalID, at now: Instant) {
        entries.removeAll { $0.user == user }
        distrusted.set(user, now.adding(seconds: PasswordMemory.distrustSeconds))
    }
}

/// Keys and tokens that were found right a short time ago, as the keyed hashes by which they are stored.
struct KeyMemory: Sendable {
    struct Entry: Sendable, Equatable {
        var credential: CredentialID
        var user: PrincipalID
        var expires: Instant?
        /// Of the catalog that was current before the credential was read. Taking a credential away makes a new
        /// catalog, so under the same generation it is still there.
        var generation: Int64
        var until: Instant
    }

    private var entries: RecentTable<Digest, Entry>

    init(capacity: Int) {
        entries = RecentTable(capacity: capacity)
    }

    mutating func entry(_ digest: Digest, generation: Int64, at now: Instant) -> Entry? {
        guard let entry = entries.use(digest) else { return nil }
        if entry.generation == generation, entry.until > now, entry.expires.map({ $0 > now }) ?? true { return entry }
        entries.remove(digest)
        return nil
    }

    mutating func remember(_ digest: Digest, _ entry: Entry) { entries.set(digest, entry) }
}
