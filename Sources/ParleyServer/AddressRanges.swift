import Glibc

/// An IPv4 or IPv6 address as octets; an IPv4 address inside IPv6 counts as IPv4.
struct Address: Equatable, Sendable {
    /// 4 or 16.
    let octets: [UInt8]

    /// Reads an address without port or brackets; a zone (`%eth0`) is dropped.
    init?(_ text: some StringProtocol) {
        let bare = String(text.prefix { $0 != "%" })
        guard bare.utf8.count <= 45, !bare.utf8.contains(0) else { return nil }
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, bare, &bytes) == 1 {
            octets = Array(bytes[..<4])
        } else if inet_pton(AF_INET6, bare, &bytes) == 1 {
            let mapped = bytes[..<10].allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
            octets = mapped ? Array(bytes[12...]) : bytes
        } else {
            return nil
        }
    }
}

/// A list of address ranges in CIDR notation.
public struct AddressRanges: Sendable, Equatable, CustomStringConvertible {
    private struct Range: Equatable {
        let text: String
        let octets: [UInt8]
        let bits: Int

        func contains(_ address: Address) -> Bool {
            guard address.octets.count == octets.count else { return false }
            let whole = bits / 8, rest = bits % 8
            guard address.octets[..<whole] == octets[..<whole] else { return false }
            guard rest > 0 else { return true }
            return (address.octets[whole] ^ octets[whole]) >> (8 - rest) == 0
        }
    }

    private var ranges: [Range] = []

    /// No addresses.
    public init() {}

    /// Reads addresses and ranges such as `10.0.0.0/8`, separated by commas.
    init(text: String) throws(InvalidSetting) {
        for item in text.split(separator: ",") {
            let trimmed = String(item.drop { $0 == " " }.prefix { $0 != " " })
            let parts = trimmed.split(separator: "/", omittingEmptySubsequences: false)
            guard let first = parts.first, let address = Address(first), parts.count <= 2 else {
                throw InvalidSetting("\"\(trimmed)\" is no address and no range such as 10.0.0.0/8")
            }
            let width = address.octets.count * 8
            var bits = width
            if parts.count == 2 {
                guard let given = Int(parts[1]), (0...width).contains(given) else {
                    throw InvalidSetting("\"\(trimmed)\" has no prefix length from 0 to \(width)")
                }
                bits = given
            }
            ranges.append(Range(text: trimmed, octets: address.octets, bits: bits))
        }
    }

    /// Whether an address is within one of the ranges.
    func contains(_ address: Address) -> Bool { ranges.contains { $0.contains(address) } }

    /// Whether there is no range.
    public var isEmpty: Bool { ranges.isEmpty }

    /// The ranges as they were written, separated by commas.
    public var description: String { ranges.map(\.text).joined(separator: ",") }
}
