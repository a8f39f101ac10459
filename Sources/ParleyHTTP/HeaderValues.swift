/// A reader of header field values: tokens, quoted strings and parameters (RFC 9110, 5.6).
struct HeaderScanner {
    private let octets: [UInt8]
    private var position = 0

    init(_ text: some StringProtocol) {
        octets = Array(text.utf8)
    }

    var isAtEnd: Bool { position >= octets.count }

    mutating func skipBlanks() {
        while position < octets.count, octets[position] == .space || octets[position] == 0x09 { position += 1 }
    }

    /// Passes an octet if it is the next one after blanks.
    mutating func pass(_ octet: UInt8) -> Bool {
        skipBlanks()
        guard position < octets.count, octets[position] == octet else { return false }
        position += 1
        return true
    }

    /// Characters up to the next of some delimiters, without blanks around them.
    mutating func word(until delimiters: StaticString) -> String {
        skipBlanks()
        let start = position
        while position < octets.count, !HeaderScanner.has(delimiters, octets[position]) { position += 1 }
        return String(decoding: octets[start..<position], as: UTF8.self).trimmingBlanks
    }

    /// A quoted string or a word up to the next delimiter. A backslash hides only a quote or another backslash:
    /// browsers of old wrote paths with single backslashes.
    mutating func value(until delimiters: StaticString) -> String {
        skipBlanks()
        guard pass(.quote) else { return word(until: delimiters) }
        var collected: [UInt8] = []
        while position < octets.count {
            let octet = octets[position]
            position += 1
            if octet == .quote { break }
            if octet == .backslash, position < octets.count,
                octets[position] == .quote || octets[position] == .backslash
            {
                collected.append(octets[position])
                position += 1
            } else {
                collected.append(octet)
            }
        }
        return String(decoding: collected, as: UTF8.self)
    }

    /// `;name=value` repeated, names in lower case. Stops at the end or before a comma.
    mutating func parameters() -> [(name: String, value: String)] {
        var result: [(String, String)] = []
        while true {
            // What stands between a value and the next delimiter is passed over.
            _ = word(until: ";,")
            guard pass(UInt8(ascii: ";")) else { return result }
            let name = word(until: "=;,").asciiLowercased
            let found = pass(.equals) ? value(until: ";,") : ""
            if !name.isEmpty { result.append((name, found)) }
        }
    }

    private static func has(_ delimiters: StaticString, _ octet: UInt8) -> Bool {
        UnsafeBufferPointer(start: delimiters.utf8Start, count: delimiters.utf8CodeUnitCount).contains(octet)
    }
}

extension StringProtocol {
    /// ASCII letters in lower case, all else as it is.
    var asciiLowercased: String { String(decoding: utf8.map(\.lowercased), as: UTF8.self) }
}

/// A media type with its parameters, such as `text/html; charset=utf-8`; type, subtype and parameter names in lower
/// case.
public struct MediaType: Sendable, Equatable {
    public let type: String
    public let subtype: String
    /// Names and values in order.
    public let parameters: [(name: String, value: String)]

    /// Nil where there is no type and subtype.
    public init?(_ text: some StringProtocol) {
        var scanner = HeaderScanner(text)
        self.init(&scanner)
    }

    init?(_ scanner: inout HeaderScanner) {
        let type = scanner.word(until: "/;,").asciiLowercased
        guard scanner.pass(.slash) else { return nil }
        let subtype = scanner.word(until: ";,").asciiLowercased
        guard !type.isEmpty, !subtype.isEmpty else { return nil }
        self.type = type
        self.subtype = subtype
        parameters = scanner.parameters()
    }

    /// Type and subtype, such as `text/html`.
    public var essence: String { "\(type)/\(subtype)" }

    /// The first parameter of a name (lower case).
    public func parameter(_ name: String) -> String? { parameters.first { $0.name == name }?.value }

    public static func == (left: MediaType, right: MediaType) -> Bool {
        left.essence == right.essence
            && left.parameters.elementsEqual(right.parameters) { $0.name == $1.name && $0.value == $1.value }
    }
}

/// The value of a Content-Disposition field (RFC 6266, RFC 7578).
public struct ContentDisposition: Sendable, Equatable {
    /// `attachment`, `inline`, `form-data`, in lower case.
    public var kind: String
    /// A form field's name.
    public var name: String?
    /// A file's name; `filename*` comes before `filename`.
    public var filename: String?

    /// What an answer with a file says.
    public init(kind: String = "attachment", filename: String?) {
        self.kind = kind
        self.filename = filename
    }

    /// Reads a field's value; what is missing is nil.
    public init(_ text: some StringProtocol) {
        var scanner = HeaderScanner(text)
        kind = scanner.word(until: ";,").asciiLowercased
        for (parameter, value) in scanner.parameters() {
            switch parameter {
            case "name": name = name ?? value
            case "filename": filename = filename ?? value
            default: break
            }
        }
        var again = HeaderScanner(text)
        _ = again.word(until: ";,")
        let extended = again.parameters().first { $0.name == "filename*" }?.value
        if let extended, let decoded = ContentDisposition.decodeExtended(extended) { filename = decoded }
    }

    /// The field's value. Without a plain ASCII form the name is there twice: spelled as far as ASCII goes, and whole.
    public var headerValue: String {
        guard let filename else { return kind }
        var plain: [UInt8] = []
        for scalar in filename.unicodeScalars {
            switch scalar.value {
            case 0x22, 0x5C: plain.append(contentsOf: [.backslash, UInt8(scalar.value)])
            case 0x25: plain.append(UInt8(ascii: "_"))
            case 0x20...0x7E: plain.append(UInt8(scalar.value))
            default: plain.append(UInt8(ascii: "_"))
            }
        }
        let encoded = PercentEncoding.encode(filename, keeping: "!#$&+^`|")
        return "\(kind); filename=\"\(String(decoding: plain, as: UTF8.self))\"; filename*=UTF-8''\(encoded)"
    }

    /// `charset'language'percent-encoded` (RFC 8187); nil for anything else than UTF-8 and Latin 1.
    private static func decodeExtended(_ value: String) -> String? {
        let parts = value.split(separator: "'", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3 else { return nil }
        switch parts[0].asciiLowercased {
        case "utf-8": return PercentEncoding.decode(parts[2])
        case "iso-8859-1":
            var octets = Array(parts[2].utf8)[...]
            var text = String.UnicodeScalarView()
            while let octet = octets.popFirst() {
                if octet == UInt8(ascii: "%"), octets.count >= 2, let high = octets[octets.startIndex].hexadecimalValue,
                    let low = octets[octets.startIndex + 1].hexadecimalValue
                {
                    octets = octets.dropFirst(2)
                    text.append(Unicode.Scalar(high << 4 | low))
                } else {
                    text.append(Unicode.Scalar(octet))
                }
            }
            return String(text)
        default: return nil
        }
    }
}

/// Cookies of a request.
public enum Cookies {
    /// Names and values of a Cookie field in order; quotes around a value are taken off, nothing is decoded.
    public static func parse(_ header: some StringProtocol) -> [(name: String, value: String)] {
        header.split(separator: ";").prefix(200).compactMap { part in
            guard let middle = part.firstIndex(of: "=") else { return nil }
            var value = part[part.index(after: middle)...].trimmingBlanks[...]
            if value.count >= 2, value.first == "\"", value.last == "\"" { value = value.dropFirst().dropLast() }
            let name = part[..<middle].trimmingBlanks
            return name.isEmpty ? nil : (name, String(value))
        }
    }
}

/// The credentials of `Authorization: Basic`.
public struct BasicCredentials: Sendable, Equatable {
    public let user: String
    /// May be empty and may have colons.
    public let password: String

    public init(user: String, password: String) {
        self.user = user
        self.password = password
    }

    /// Reads the field's value; nil for another scheme, bad base 64 or a missing colon. Octets that are no UTF-8 are
    /// read as Latin 1, as old clients write them.
    public init?(authorization: some StringProtocol) {
        let words = authorization.split(separator: " ", maxSplits: 1)
        guard words.count == 2, words[0].asciiLowercased == "basic",
            let octets = Base64.decode(words[1].trimmingBlanks), let colon = octets.firstIndex(of: .colon)
        else { return nil }
        func text(_ part: ArraySlice<UInt8>) -> String {
            if let text = String(validating: part, as: UTF8.self) { return text }
            return String(String.UnicodeScalarView(part.map { Unicode.Scalar($0) }))
        }
        user = text(octets[..<colon])
        password = text(octets[(colon + 1)...])
    }
}

/// Base 64 (RFC 4648), both alphabets.
public enum Base64 {
    /// Nil for characters outside the alphabets; padding may be missing, line ends and blanks are passed over.
    public static func decode(_ text: some StringProtocol) -> [UInt8]? {
        var result: [UInt8] = []
        result.reserveCapacity(text.utf8.count / 4 * 3 + 3)
        var bits: UInt32 = 0
        var count = 0
        var padded = false
        for octet in text.utf8 where !octet.isBlank {
            if octet == .equals {
                padded = true
                continue
            }
            guard !padded, let value = value(octet) else { return nil }
            bits = bits << 6 | value
            count += 6
            if count >= 8 {
                count -= 8
                result.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        return count == 6 ? nil : result
    }

    /// With padding, in the plain alphabet.
    public static func encode(_ octets: some Collection<UInt8>) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var result: [UInt8] = []
        var bits: UInt32 = 0
        var count: UInt32 = 0
        for octet in octets {
            bits = bits << 8 | UInt32(octet)
            count += 8
            while count >= 6 {
                count -= 6
                result.append(alphabet[Int(bits >> count & 63)])
            }
        }
        if count > 0 { result.append(alphabet[Int(bits << (6 - count) & 63)]) }
        while result.count % 4 != 0 { result.append(.equals) }
        return String(decoding: result, as: UTF8.self)
    }

    private static func value(_ octet: UInt8) -> UInt32? {
        switch octet {
        case 0x41...0x5A: UInt32(octet) - 0x41
        case 0x61...0x7A: UInt32(octet) - 0x61 + 26
        case 0x30...0x39: UInt32(octet) - 0x30 + 52
        case UInt8(ascii: "+"), UInt8(ascii: "-"): 62
        case UInt8(ascii: "/"), UInt8(ascii: "_"): 63
        default: nil
        }
    }
}
