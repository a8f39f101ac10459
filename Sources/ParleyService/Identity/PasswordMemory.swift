import ParleyModel

/// Passwords that were found right a short time ago, as keyed hashes of login and password.
struct PasswordMemory: Sendable {
    struct Entry: Sendable, Equatable {
        var user: PrincipalID
        /// The user's at the time; another one now means another password.
        var passwordChanged: Instant?
        var until: Instant
    }

    private var entries: RecentTable<KeyedDigest, Entry>
    /// Users whose password is being changed: what is verified against the old one while the change is on its way to
    /// the disk must not stay.
    private var changing = RecentTable<PrincipalID, Change>(capacity: 1024)

    private struct Change: Sendable {
        /// The time of change that belongs to the old password.
        var old: Instant?
        var until: Instant
    }

    /// Longer than a write takes.
    static let changeSeconds: Int64 = 60

    init(capacity: Int) {
        entries = RecentTable(capacity: capacity)
    }

    mutating func entry(_ digest: KeyedDigest, at now: Instant) -> Entry? {
        guard let entry = entries.use(digest) else { return nil }
        if entry.until > now { return entry }
        entries.remove(digest)
        return nil
    }

    mutating func remember(_ digest: KeyedDigest, _ entry: Entry, at now: Instant) {
        if let change = changing.peek(entry.user) {
            if change.until <= now {
                changing.remove(entry.user)
            } else if change.old == entry.passwordChanged {
                return
            }
        }
        entries.set(digest, entry)
    }

    /// The user's password changes; the old one's time of change tells which one that is.
    mutating func forget(_ user: PrincipalID, changed old: Instant?, at now: Instant) {
        entries.removeAll { $0.user == user }
        changing.set(user, Change(old: old, until: now.adding(seconds: PasswordMemory.changeSeconds)))
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

    private var entries: RecentTable<KeyedDigest, Entry>

    init(capacity: Int) {
        entries = RecentTable(capacity: capacity)
    }

    mutating func entry(_ digest: KeyedDigest, generation: Int64, at now: Instant) -> Entry? {
        guard let entry = entries.use(digest) else { return nil }
        if entry.generation == generation, entry.until > now, entry.expires.map({ $0 > now }) ?? true { return entry }
        entries.remove(digest)
        return nil
    }

    mutating func remember(_ digest: KeyedDigest, _ entry: Entry) { entries.set(digest, entry) }
}
