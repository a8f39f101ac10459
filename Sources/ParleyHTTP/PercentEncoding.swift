/// Percent-encoding (RFC 3986, 2.1).
public enum PercentEncoding {
    /// Decodes `%XX`; other percent signs stay as they are, and octets that are no UTF-8 become U+FFFD.
    /// - Parameter plusIsSpace: as in queries and forms, never in paths.
    public static func decode(_ text: some StringProtocol, plusIsSpace: Bool = false) -> String {
        let octets = text.utf8
        guard octets.contains(where: { $0 == percent || (plusIsSpace && $0 == plus) }) else { return String(text) }
        return decode(octets: Array(octets)[...], plusIsSpace: plusIsSpace)
    }

    static func decode(octets: ArraySlice<UInt8>, plusIsSpace: Bool) -> String {
        var result: [UInt8] = []
        result.reserveCapacity(octets.count)
        var index = octets.startIndex
        while index < octets.endIndex {
            let octet = octets[index]
            if octet == percent, octets.endIndex - index > 2, let high = octets[index + 1].hexadecimalValue,
                let low = octets[index + 2].hexadecimalValue
            {
                result.append(high << 4 | low)
                index += 3
                continue
            }
            result.append(octet == plus && plusIsSpace ? .space : octet)
            index += 1
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// Encodes all but unreserved characters (letters, digits, `-`, `.`, `_`, `~`): fit for one segment or one value.
    /// - Parameter keeping: further ASCII characters that stay as they are.
    public static func encode(_ text: some StringProtocol, keeping: String = "") -> String {
        var result: [UInt8] = []
        let kept = Array(keeping.utf8)
        for octet in text.utf8 {
            if isUnreserved(octet) || kept.contains(octet) {
                result.append(octet)
            } else {
                result.append(percent)
                result.append(hexadecimal[Int(octet >> 4)])
                result.append(hexadecimal[Int(octet & 0xF)])
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// Splits a raw path at its slashes and decodes each segment; the empty segment before the first slash is left out.
    /// `/a%2Fb//c/` is `["a/b", "", "c", ""]`, `/` is `[""]`.
    public static func segments(ofPath path: some StringProtocol) -> [String] {
        let body = path.utf8.first == .slash ? path.dropFirst() : path[...]
        return body.split(separator: "/", omittingEmptySubsequences: false).map { decode($0) }
    }

    static func isUnreserved(_ octet: UInt8) -> Bool {
        switch octet {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: true
        default: false
        }
    }

    private static let percent = UInt8(ascii: "%")
    private static let plus = UInt8(ascii: "+")
    private static let hexadecimal = Array("0123456789ABCDEF".utf8)
}
