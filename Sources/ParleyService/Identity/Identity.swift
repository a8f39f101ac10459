import Crypto
import FoundationEssentials
import ParleyModel
import ParleyStorage
import Synchronization

/// What a workspace needs for telling who somebody is: the secret key, what was verified lately, and who failed how
/// often. One for each workspace, shared by all ways to sign in, so that none is weaker than another.
public final class Identity: Sendable {
    /// Octets of the secret key.
    public static let secretKeyOctets = 32

    /// Longest login and longest key that are looked at, in octets of UTF-8.
    static let maximumLoginOctets = 1024
    static let maximumKeyOctets = 4096

    let limits: Limits
    let environment: Environment
    let pool: PasswordPool
    private let cost: PasswordCost
    /// Verified for users who are not there, so that they take as long as the others. No password has this hash.
    let decoy: PasswordHash
    private let lookups: KeyedHash
    private let passwords: KeyedHash
    private let vault: Vault

    let limiter: Mutex<AttemptLimiter>
    let passwordMemory: Mutex<PasswordMemory>
    let keyMemory: Mutex<KeyMemory>
    let verifications = Mutex<[Verification: Task<PrincipalID?, any Error>]>([:])
    let signIns = Mutex(SignInNotes())
    /// Sessions that were found not to have been ended, with the generation of the catalog at the time.
    let openSessions: Mutex<RecentTable<KeyedDigest, Int64>>

    /// A password that is being verified for somebody.
    struct Verification: Hashable, Sendable {
        var digest: KeyedDigest
        var address: AttemptLimiter.Subject
    }

    /// - Parameters:
    ///   - secretKey: `secretKeyOctets` random octets that stay the same for the life of a workspace, kept apart from
    ///     its database. Without them stored keys fit nothing that is presented, and sealed ones cannot be shown.
    ///   - cost: of passwords hashed from now on.
    public init(
        secretKey: [UInt8], environment: Environment, limits: Limits = Limits(), cost: PasswordCost = .standard
    ) {
        precondition(secretKey.count >= Identity.secretKeyOctets, "the secret key is too short")
        self.limits = limits
        self.environment = environment
        self.cost = cost
        let master = SymmetricKey(data: secretKey)
        lookups = KeyedHash(key: Identity.derive("credential lookup", from: master))
        vault = Vault(key: Identity.derive("credential seal", from: master))
        passwords = KeyedHash(key: SymmetricKey(size: .bits256))
        decoy = PasswordHash(
            cost: cost, salt: environment.random(PasswordHash.saltOctets),
            hash: environment.random(PasswordHash.hashOctets))
        pool = PasswordPool(capacity: limits.waitingPasswords)
        limiter = Mutex(AttemptLimiter(limits))
        passwordMemory = Mutex(PasswordMemory(capacity: limits.remembered))
        keyMemory = Mutex(KeyMemory(capacity: limits.remembered))
        openSessions = Mutex(RecentTable(capacity: limits.remembered))
    }

    private static func derive(_ purpose: String, from master: SymmetricKey) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(
            inputKeyMaterial: master, salt: Array("parley".utf8), info: Array(purpose.utf8), outputByteCount: 32)
    }

    /// Hashes a password, octet for octet as it is given, away from the calling thread; for `Transaction.setPassword`.
    /// - Throws: `Fault.invalid` for one that is too long, `Fault.unavailable` when too many wait.
    public func hash(_ password: String) async throws -> PasswordHash {
        let maximum = PasswordHash.maximumPasswordOctets
        guard password.utf8.count <= maximum else {
            throw Fault.invalid([Problem(.property("password"), .tooLong(maximum: maximum))])
        }
        let cost = self.cost
        let salt = environment.random(PasswordHash.saltOctets)
        let hash = try await pool.run { try? PasswordHash(password: password, cost: cost, salt: salt) }
        guard let hash else { throw Fault.unavailable }
        return hash
    }

    /// A new key: 40 hexadecimal digits, 160 random bits.
    public func newKey() -> String { Identity.hexadecimal(environment.random(20)) }

    static func hexadecimal(_ octets: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: octets.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// What a key is stored and found by.
    func lookup(_ kind: Credential.Kind, _ plain: String) -> KeyedDigest { lookups.digest(kind.rawValue, plain) }

    /// What a password is remembered by, in this process only.
    func memoryDigest(login: String, password: String) -> KeyedDigest { passwords.digest(login, password) }

    /// Encrypts a credential's secret for its row.
    func seal(_ plain: String, lookup: KeyedDigest, of user: PrincipalID) throws -> [UInt8] {
        try vault.seal(plain, context: Identity.context(lookup.octets, user), random: environment.random)
    }

    /// The secret of a credential that was stored as recoverable; nil for others.
    public func plain(_ credential: Credential) -> String? {
        guard credential.kind != .password, !credential.secret.isEmpty else { return nil }
        return vault.open(credential.secret, context: Identity.context(credential.lookup, credential.user))
    }

    private static func context(_ lookup: [UInt8], _ user: PrincipalID) -> [UInt8] {
        withUnsafeBytes(of: user.rawValue.littleEndian) { lookup + Array($0) }
    }

    /// Whether a user may act at all: in use, active, and not one of those who only stand for something.
    static func maySignIn(_ user: User) -> Bool {
        user.status == .active && user.stamp.retired == nil && user.id != .anonymous && user.id != .nobody
            && user.id != .system
    }
}
