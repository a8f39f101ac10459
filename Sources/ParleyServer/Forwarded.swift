import ParleyHTTP

/// The `host[:port]` part of a target.
enum Authority {
    /// Octets that a host and port may have.
    static let limit = 261

    /// Whether a text can stand in links and be compared: letters, digits and the few signs that hosts have.
    static func isValid(_ text: some StringProtocol) -> Bool {
        let bytes = text.utf8
        guard !bytes.isEmpty, bytes.count <= limit else { return false }
        return bytes.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
            case UInt8(ascii: "0")...UInt8(ascii: "9"): true
            case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "~"): true
            case UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "%"): true
            default: false
            }
        }
    }

    /// The host without port, in lower case.
    static func host(of authority: String) -> String {
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
            return authority[...end].lowercased()
        }
        return authority.prefix { $0 != ":" }.lowercased()
    }
}

/// Whom a request came from and how, where a trusted proxy says so.
struct Forwarded {
    /// Proxies that are looked through, at most.
    static let hopLimit = 32

    var address: String?
    var scheme: String?
    var authority: String?

    /// Reads what a trusted proxy wrote. Elements are read from the right, the nearest proxy's, and only as far as
    /// proxies are trusted: what stands further to the left may be a client's invention.
    init(_ headers: Headers, kind: ForwardedHeader, trusted: AddressRanges) {
        switch kind {
        case .xForwarded: readXForwarded(headers, trusted)
        case .forwarded: readForwarded(headers, trusted)
        }
    }

    private mutating func readXForwarded(_ headers: Headers, _ trusted: AddressRanges) {
        let hops = Forwarded.list(headers.all("x-forwarded-for"))
        for hop in hops.suffix(Forwarded.hopLimit).reversed() {
            guard let parsed = Forwarded.node(hop) else { break }
            address = parsed.text
            if !trusted.contains(parsed.address) { break }
        }
        if let last = Forwarded.list(headers.all("x-forwarded-proto")).last { setScheme(last) }
        if let last = Forwarded.list(headers.all("x-forwarded-host")).last { setAuthority(last) }
    }

    private mutating func readForwarded(_ headers: Headers, _ trusted: AddressRanges) {
        let elements = Forwarded.list(headers.all("forwarded"))
        for element in elements.suffix(Forwarded.hopLimit).reversed() {
            var known: (text: String, address: Address)?
            for pair in Forwarded.split(element, at: UInt8(ascii: ";")) {
                guard let equals = pair.firstIndex(of: "=") else { continue }
                let value = Forwarded.unquote(pair[pair.index(after: equals)...])
                switch pair[..<equals].lowercased() {
                case "for": known = Forwarded.node(value)
                case "proto": setScheme(value)
                case "host": setAuthority(value)
                default: break
                }
            }
            guard let known else { break }
            address = known.text
            if !trusted.contains(known.address) { break }
        }
    }

    private mutating func setScheme(_ text: String) {
        let lower = text.lowercased()
        if lower == "http" || lower == "https" { scheme = lower }
    }

    private mutating func setAuthority(_ text: String) {
        if Authority.isValid(text) { authority = text }
    }

    /// The comma-separated elements of a header's values, trimmed.
    private static func list(_ values: [String]) -> [String] {
        values.flatMap { split($0, at: UInt8(ascii: ",")) }
    }

    /// Splits outside double quotes, drops blanks at the ends and empty parts.
    private static func split(_ text: String, at separator: UInt8) -> [String] {
        var parts: [String] = []
        var part: [UInt8] = []
        var quoted = false, escaped = false
        for byte in text.utf8 {
            if byte == separator && !quoted {
                parts.append(String(decoding: part, as: UTF8.self))
                part.removeAll()
                continue
            }
            if byte == UInt8(ascii: "\"") && !escaped { quoted.toggle() }
            escaped = quoted && byte == UInt8(ascii: "\\") && !escaped
            part.append(byte)
        }
        parts.append(String(decoding: part, as: UTF8.self))
        return parts.map { trimmed($0) }.filter { !$0.isEmpty }
    }

    private static func trimmed(_ text: String) -> String {
        var rest = text[...]
        while let first = rest.first, first == " " || first == "\t" { rest.removeFirst() }
        while let last = rest.last, last == " " || last == "\t" { rest.removeLast() }
        return String(rest)
    }

    private static func unquote(_ text: Substring) -> String {
        let bare = trimmed(String(text))
        guard bare.count >= 2, bare.first == "\"", bare.last == "\"" else { return bare }
        return String(bare.dropFirst().dropLast()).replacing("\\", with: "")
    }

    /// An address with or without port and brackets; nil for `unknown` and made-up names.
    private static func node(_ text: String) -> (text: String, address: Address)? {
        var bare = text[...]
        if bare.first == "[", let end = bare.firstIndex(of: "]") {
            bare = bare[bare.index(after: bare.startIndex)..<end]
        } else if bare.filter({ $0 == ":" }).count == 1, let colon = bare.firstIndex(of: ":") {
            bare = bare[..<colon]
        }
        guard let address = Address(bare) else { return nil }
        return (String(bare), address)
    }
}
