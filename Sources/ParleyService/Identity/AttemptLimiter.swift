import Glibc
import ParleyModel
import ParleyStorage

extension Identity {
    /// What slows guessing down, and how much is remembered.
    public struct Limits: Sendable {
        /// Failures by one account within the window before it has to wait, from wherever they come; 0 is no limit.
        public var accountFailures = 10
        /// Failures from one address (IPv6: one /64 network) within the window, of all accounts and keys; 0 is no
        /// limit.
        public var addressFailures = 100
        /// Both counts run empty within this time.
        public var windowSeconds: Int64 = 600
        /// The first wait; every further failure doubles it.
        public var firstWaitSeconds: Int64 = 30
        public var longestWaitSeconds: Int64 = 600
        /// Accounts, and addresses, that are counted; beyond it those that failed longest ago are forgotten.
        public var tracked = 100_000
        /// How long a password or key that was right is known without looking it up again.
        public var rememberSeconds: Int64 = 300
        /// Passwords, and keys, that are remembered.
        public var remembered = 10_000
        /// Most passwords that are hashed or wait for it; further ones get `Fault.unavailable`.
        public var waitingPasswords = 64
        /// A user's last sign-in is written down when the one known is this old.
        public var signInNoteSeconds: Int64 = 60

        public init() {}
    }
}

/// Counts failures by account and by address. Each has a bucket: a failure pours one in, and it runs empty within the
/// window; a full one is locked, and locked again for twice the time by the next failure.
///
/// A try is counted before it is looked at and given back when it was right, so that many at one time gain nothing.
/// Success never helps an address, and an account only where all its failures came from where it succeeds: a user's
/// own slips do not lock them out, and a user who is active does not wipe away what somebody else tries.
struct AttemptLimiter: Sendable {
    /// A number that stands for an account or an address, different in each process.
    typealias Subject = UInt64

    private struct Bucket: Sendable {
        var level: Double
        var updated: Instant
        var lockedUntil: Instant?
        var strikes = 0
        /// Where the failures came from, while that is one address.
        var origin: Subject?
    }

    private let limits: Identity.Limits
    private var accounts: RecentTable<Subject, Bucket>
    private var addresses: RecentTable<Subject, Bucket>

    init(_ limits: Identity.Limits) {
        self.limits = limits
        accounts = RecentTable(capacity: limits.tracked)
        addresses = RecentTable(capacity: limits.tracked)
    }

    /// What stands for a login, which is already folded.
    static func account(_ login: String) -> Subject {
        var hasher = Hasher()
        hasher.combine(login)
        return Subject(truncatingIfNeeded: hasher.finalize())
    }

    /// What stands for an address: for IPv6 its /64 network, which one person has.
    static func address(_ text: String) -> Subject {
        var hasher = Hasher()
        hasher.combine(network(text))
        return Subject(truncatingIfNeeded: hasher.finalize())
    }

    private static func network(_ text: String) -> String {
        guard text.utf8.contains(0x3A), text.utf8.count <= 64 else { return text }
        let bare = text.prefix { $0 != "%" }
        var parsed = in6_addr()
        guard inet_pton(AF_INET6, String(bare), &parsed) == 1 else { return text }
        let octets = withUnsafeBytes(of: parsed) { Array($0) }
        if octets[..<10].allSatisfy({ $0 == 0 }), octets[10] == 0xFF, octets[11] == 0xFF {
            return octets[12...].map { String($0) }.joined(separator: ".")
        }
        return octets[..<8].map { String($0) }.joined(separator: ":")
    }

    /// How many failures count at present; for tests.
    func level(account: Subject) -> Double { accounts.peek(account)?.level ?? 0 }
    /// How many failures count at present; for tests.
    func level(address: Subject) -> Double { addresses.peek(address)?.level ?? 0 }

    /// Until when nothing is accepted, or nil.
    mutating func refusal(account: Subject?, address: Subject, at now: Instant) -> Instant? {
        if accounts.isEmpty && addresses.isEmpty { return nil }
        let first = account.flatMap { locked($0, in: \.accounts, at: now) }
        guard let second = locked(address, in: \.addresses, at: now) else { return first }
        return max(first ?? second, second)
    }

    /// Counts a try that is about to be looked at; one of `succeeded`, `failed` and `abandoned` must follow.
    /// - Returns: nil, or until when it is refused.
    mutating func begin(account: Subject, address: Subject, at now: Instant) -> Instant? {
        if let until = refusal(account: account, address: address, at: now) { return until }
        guard hasRoom(account, in: \.accounts, limits.accountFailures),
            hasRoom(address, in: \.addresses, limits.addressFailures)
        else { return now.adding(seconds: 1) }
        pour(account, into: \.accounts, limits.accountFailures, from: address, at: now)
        pour(address, into: \.addresses, limits.addressFailures, from: address, at: now)
        return nil
    }

    /// What was begun was wrong.
    mutating func failed(account: Subject, address: Subject, at now: Instant) {
        lockIfFull(account, in: \.accounts, limits.accountFailures, at: now)
        lockIfFull(address, in: \.addresses, limits.addressFailures, at: now)
    }

    /// Something that belongs to no account was wrong: a key.
    mutating func failed(address: Subject, at now: Instant) {
        pour(address, into: \.addresses, limits.addressFailures, from: address, at: now)
        lockIfFull(address, in: \.addresses, limits.addressFailures, at: now)
    }

    /// What was begun was not looked at.
    mutating func abandoned(account: Subject, address: Subject) {
        takeBack(account, from: \.accounts)
        takeBack(address, from: \.addresses)
    }

    /// What was begun was right.
    mutating func succeeded(account: Subject, address: Subject) {
        abandoned(account: account, address: address)
        recognised(account: account, address: address)
    }

    /// The account showed a password that is known to be right.
    mutating func recognised(account: Subject, address: Subject) {
        guard let bucket = accounts.peek(account), bucket.lockedUntil == nil, bucket.origin == address else { return }
        accounts.remove(account)
    }

    // MARK: one bucket

    private typealias Table = WritableKeyPath<AttemptLimiter, RecentTable<Subject, Bucket>>

    /// Lets run out what the time has; a bucket that is empty is gone, and its strikes with it.
    private mutating func locked(_ subject: Subject, in table: Table, at now: Instant) -> Instant? {
        guard var bucket = self[keyPath: table].peek(subject) else { return nil }
        let latest = now.adding(seconds: limits.longestWaitSeconds)
        if let until = bucket.lockedUntil {
            // A clock that was set back must not make a wait longer than any is.
            let until = min(until, latest)
            if until > now { return until }
            bucket.lockedUntil = nil
            bucket.updated = until
        }
        bucket.updated = min(bucket.updated, latest)
        let limit = table == \.accounts ? limits.accountFailures : limits.addressFailures
        let elapsed = Double(max(0, now.microseconds - bucket.updated.microseconds)) / 1_000_000
        bucket.level -= elapsed * Double(limit) / Double(max(1, limits.windowSeconds))
        bucket.updated = max(now, bucket.updated)
        if bucket.level > 0 { self[keyPath: table].set(subject, bucket) } else { self[keyPath: table].remove(subject) }
        return nil
    }

    private func hasRoom(_ subject: Subject, in table: Table, _ limit: Int) -> Bool {
        guard limit > 0, let bucket = self[keyPath: table].peek(subject) else { return true }
        return bucket.level + 1 <= Double(limit)
    }

    private mutating func pour(
        _ subject: Subject, into table: Table, _ limit: Int, from origin: Subject, at now: Instant
    ) {
        guard limit > 0 else { return }
        guard var bucket = self[keyPath: table].peek(subject) else {
            self[keyPath: table].set(subject, Bucket(level: 1, updated: now, origin: origin))
            return
        }
        bucket.level = min(bucket.level + 1, Double(limit))
        if bucket.origin != origin { bucket.origin = nil }
        self[keyPath: table].set(subject, bucket)
    }

    private mutating func takeBack(_ subject: Subject, from table: Table) {
        guard var bucket = self[keyPath: table].peek(subject) else { return }
        bucket.level -= 1
        if bucket.level > 0 || bucket.lockedUntil != nil {
            bucket.level = max(0, bucket.level)
            self[keyPath: table].set(subject, bucket)
        } else {
            self[keyPath: table].remove(subject)
        }
    }

    private mutating func lockIfFull(_ subject: Subject, in table: Table, _ limit: Int, at now: Instant) {
        guard limit > 0, var bucket = self[keyPath: table].peek(subject), bucket.level > Double(limit - 1) else {
            return
        }
        var wait = max(1, limits.firstWaitSeconds)
        for _ in 0..<min(bucket.strikes, 40) where wait < limits.longestWaitSeconds { wait *= 2 }
        let until = now.adding(seconds: min(wait, max(1, limits.longestWaitSeconds)))
        bucket.strikes += 1
        bucket.lockedUntil = max(until, bucket.lockedUntil ?? until)
        bucket.updated = until
        // Room for one more try when the wait is over.
        bucket.level = Double(limit - 1)
        self[keyPath: table].set(subject, bucket)
    }
}
