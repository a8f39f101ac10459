import Crypto
import FoundationEssentials

/// 256 bits that stand for a secret.
struct KeyedDigest: Hashable, Sendable {
    private let first: UInt64
    private let second: UInt64
    private let third: UInt64
    private let fourth: UInt64

    /// - Parameter octets: 32 of them.
    init(_ octets: UnsafeRawBufferPointer) {
        first = octets.loadUnaligned(fromByteOffset: 0, as: UInt64.self)
        second = octets.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
        third = octets.loadUnaligned(fromByteOffset: 16, as: UInt64.self)
        fourth = octets.loadUnaligned(fromByteOffset: 24, as: UInt64.self)
    }

    /// As they are stored.
    var octets: [UInt8] {
        [first, second, third, fourth].flatMap { word in withUnsafeBytes(of: word) { Array($0) } }
    }
}

/// HMAC-SHA256 under one key. Who does not know the key can neither tell what a digest stands for nor find two
/// secrets with the same one, so digests may be compared and looked up in any manner.
struct KeyedHash: Sendable {
    /// Has taken in the key already.
    private let primed: HMAC<SHA256>

    init(key: SymmetricKey) {
        primed = HMAC<SHA256>(key: key)
    }

    /// The digest of two texts, octet for octet as they are given, with the border between them.
    func digest(_ first: String, _ second: String) -> KeyedDigest {
        var message: [UInt8] = []
        message.reserveCapacity(first.utf8.count + second.utf8.count + 8)
        withUnsafeBytes(of: UInt64(first.utf8.count).littleEndian) { message.append(contentsOf: $0) }
        message.append(contentsOf: first.utf8)
        message.append(contentsOf: second.utf8)
        var hash = primed
        hash.update(data: message)
        return hash.finalize().withUnsafeBytes { KeyedDigest($0) }
    }
}

/// Encrypts what must come back in plain: AES-256-GCM. What is sealed for one row opens for no other.
struct Vault: Sendable {
    private let key: SymmetricKey
    private static let nonceOctets = 12

    init(key: SymmetricKey) {
        self.key = key
    }

    /// - Parameters:
    ///   - context: what it belongs to; needed again for opening.
    ///   - random: so many random octets.
    /// - Returns: nonce, encrypted text and tag.
    func seal(_ plain: String, context: [UInt8], random: (Int) -> [UInt8]) throws -> [UInt8] {
        let nonce = try AES.GCM.Nonce(data: random(Vault.nonceOctets))
        let box = try AES.GCM.seal(Array(plain.utf8), using: key, nonce: nonce, authenticating: context)
        return Array(box.combined ?? Data())
    }

    /// Nil for what was not sealed with this key and context.
    func open(_ sealed: [UInt8], context: [UInt8]) -> String? {
        guard let box = try? AES.GCM.SealedBox(combined: sealed),
            let plain = try? AES.GCM.open(box, using: key, authenticating: context)
        else { return nil }
        return String(validating: plain, as: UTF8.self)
    }
}

/// Comparing secrets.
enum ConstantTime {
    /// Takes a time that depends on the lengths only.
    static func equal(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard left.count == right.count else { return false }
        var difference: UInt8 = 0
        for index in left.indices { difference |= left[index] ^ right[index] }
        return difference == 0
    }
}
