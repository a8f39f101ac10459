import Crypto
import CryptoExtras
import FoundationEssentials

/// How dear one guess of a password is: the parameters of scrypt.
public struct PasswordCost: Sendable, Equatable {
    /// A power of two.
    public let rounds: Int
    public let blockSize: Int
    public let parallelism: Int

    /// 16 MiB and about 54 ms.
    public static let standard = PasswordCost(unchecked: 16_384, 8, 1)

    /// Most memory that one verification may take, in octets.
    static let memoryLimit = 64 << 20

    private init(unchecked rounds: Int, _ blockSize: Int, _ parallelism: Int) {
        self.rounds = rounds
        self.blockSize = blockSize
        self.parallelism = parallelism
    }

    /// Nil for parameters that scrypt does not have or that take more than 64 MiB.
    public init?(rounds: Int, blockSize: Int, parallelism: Int) {
        guard (2...1_048_576).contains(rounds), rounds & (rounds - 1) == 0, (1...64).contains(blockSize),
            (1...16).contains(parallelism), 128 * rounds * blockSize * parallelism <= PasswordCost.memoryLimit
        else { return nil }
        self.init(unchecked: rounds, blockSize, parallelism)
    }
}

/// A password's hash with its salt and cost. Says nothing about itself in logs.
public struct PasswordHash: Sendable, CustomStringConvertible, CustomReflectable {
    private let cost: PasswordCost
    private let salt: [UInt8]
    private let hash: [UInt8]

    /// Octets of UTF-8; longer passwords are refused, never cut.
    public static let maximumPasswordOctets = 4096

    static let saltOctets = 16
    static let hashOctets = 32

    init(cost: PasswordCost, salt: [UInt8], hash: [UInt8]) {
        self.cost = cost
        self.salt = salt
        self.hash = hash
    }

    /// Hashes a password; takes as long as the cost says.
    init(password: String, cost: PasswordCost, salt: [UInt8]) throws {
        self.init(
            cost: cost, salt: salt,
            hash: try PasswordHash.derive(password, cost: cost, salt: salt, octets: PasswordHash.hashOctets))
    }

    /// Reads `scrypt$N$r$p$salt$hash`, the last two in Base64; nil for anything else.
    public init?(text: String) {
        let parts = text.split(separator: "$", omittingEmptySubsequences: false)
        guard text.utf8.count <= 512, parts.count == 6, parts[0] == "scrypt", let rounds = Int(parts[1]),
            let blockSize = Int(parts[2]), let parallelism = Int(parts[3]),
            let cost = PasswordCost(rounds: rounds, blockSize: blockSize, parallelism: parallelism),
            let salt = Data(base64Encoded: String(parts[4])), let hash = Data(base64Encoded: String(parts[5])),
            (8...64).contains(salt.count), (16...64).contains(hash.count)
        else { return nil }
        self.init(cost: cost, salt: Array(salt), hash: Array(hash))
    }

    /// As it is stored.
    var text: String {
        "scrypt$\(cost.rounds)$\(cost.blockSize)$\(cost.parallelism)$"
            + "\(Data(salt).base64EncodedString())$\(Data(hash).base64EncodedString())"
    }

    /// Whether it is the password's; takes as long as the cost says.
    func matches(_ password: String) -> Bool {
        guard password.utf8.count <= PasswordHash.maximumPasswordOctets,
            let derived = try? PasswordHash.derive(password, cost: cost, salt: salt, octets: hash.count)
        else { return false }
        return ConstantTime.equal(derived, hash)
    }

    /// scrypt over the password's octets and one octet 1: without that, passwords that differ only in NULs at their end
    /// would have the same hash, since HMAC fills its key up with NULs.
    private static func derive(_ password: String, cost: PasswordCost, salt: [UInt8], octets: Int) throws -> [UInt8] {
        let key = try KDF.Scrypt.deriveKey(
            from: Array(password.utf8) + [1], salt: salt, outputByteCount: octets, rounds: cost.rounds,
            blockSize: cost.blockSize, parallelism: cost.parallelism)
        return key.withUnsafeBytes { Array($0) }
    }

    public var description: String { "PasswordHash" }
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
