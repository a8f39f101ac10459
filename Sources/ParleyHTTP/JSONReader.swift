extension ParameterTree {
    /// Reads one JSON value (RFC 8259), strictly: nothing may follow it, NaN and comments are refused, text is valid
    /// UTF-8. Of equal names in an object the last counts; an escaped surrogate without its partner becomes U+FFFD.
    public init(json octets: [UInt8], limits: ReaderLimits = ReaderLimits()) throws(MalformedBody) {
        let outcome = octets.withUnsafeBufferPointer { buffer -> Result<ParameterTree, MalformedBody> in
            var reader = JSONReader(octets: buffer, limits: limits)
            do throws(MalformedBody) {
                return .success(try reader.document())
            } catch {
                return .failure(error)
            }
        }
        self = try outcome.get()
    }

    /// Reads one JSON value from a text, such as a query parameter.
    public init(json text: String, limits: ReaderLimits = ReaderLimits()) throws(MalformedBody) {
        try self.init(json: Array(text.utf8), limits: limits)
    }
}

/// A recursive reader whose depth is bounded by its limits.
private struct JSONReader {
    let octets: UnsafeBufferPointer<UInt8>
    let limits: ReaderLimits
    var position = 0
    var depth = 0
    var values = 0

    init(octets: UnsafeBufferPointer<UInt8>, limits: ReaderLimits) {
        self.octets = octets
        self.limits = limits
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        if octets.starts(with: mark) { position = 3 }
    }

    mutating func document() throws(MalformedBody) -> ParameterTree {
        skipBlanks()
        let value = try value()
        skipBlanks()
        guard position == octets.count else { throw fault("something follows the value") }
        return value
    }

    private func fault(_ reason: String) -> MalformedBody {
        let line = octets[0..<min(position, octets.count)].reduce(1) { $1 == .newline ? $0 + 1 : $0 }
        return MalformedBody(.json, reason, line: line)
    }

    private var current: UInt8? { position < octets.count ? octets[position] : nil }

    private mutating func skipBlanks() {
        while position < octets.count {
            switch octets[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }

    private mutating func value() throws(MalformedBody) -> ParameterTree {
        values += 1
        guard values <= limits.values else { throw fault("too many values") }
        switch current {
        case UInt8.quote: return .text(try text())
        case UInt8.braceLeft: return try object()
        case UInt8.bracketLeft: return try list()
        case UInt8(ascii: "t"): return try word("true", .boolean(true))
        case UInt8(ascii: "f"): return try word("false", .boolean(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case nil: throw fault("the content ends too early")
        default: return try number()
        }
    }

    private mutating func word(_ word: StaticString, _ value: ParameterTree) throws(MalformedBody) -> ParameterTree {
        let length = word.utf8CodeUnitCount
        guard octets.count - position >= length else { throw fault("the content ends too early") }
        for index in 0..<length where octets[position + index] != word.utf8Start[index] {
            throw fault("unexpected character")
        }
        position += length
        return value
    }

    private mutating func enter() throws(MalformedBody) {
        position += 1
        depth += 1
        guard depth <= limits.depth else { throw fault("too deep") }
        skipBlanks()
    }

    /// After a member or item: true at a comma, false at the end of the object or list.
    private mutating func goesOn(until close: UInt8) throws(MalformedBody) -> Bool {
        skipBlanks()
        guard let octet = current else { throw fault("the content ends too early") }
        guard octet == .comma || octet == close else { throw fault("a comma or an end was expected") }
        position += 1
        if octet == close {
            depth -= 1
            return false
        }
        skipBlanks()
        return true
    }

    private mutating func object() throws(MalformedBody) -> ParameterTree {
        try enter()
        var result = ParameterObject()
        if current == .braceRight {
            position += 1
            depth -= 1
            return .object(result)
        }
        repeat {
            guard current == .quote else { throw fault("a name in quotes was expected") }
            let name = try text()
            skipBlanks()
            guard current == .colon else { throw fault("a colon was expected") }
            position += 1
            skipBlanks()
            result[name] = try value()
        } while try goesOn(until: .braceRight)
        return .object(result)
    }

    private mutating func list() throws(MalformedBody) -> ParameterTree {
        try enter()
        var result: [ParameterTree] = []
        if current == .bracketRight {
            position += 1
            depth -= 1
            return .list(result)
        }
        repeat {
            result.append(try value())
        } while try goesOn(until: .bracketRight)
        return .list(result)
    }

    private mutating func number() throws(MalformedBody) -> ParameterTree {
        let start = position
        if current == .minus { position += 1 }
        guard let first = current, first.isDigit else { throw fault("unexpected character") }
        skipDigits()
        guard first != .digitZero || octets[position - 1] == .digitZero && isSingleZero(start) else {
            throw fault("a number begins with 0")
        }
        var isWhole = true
        if current == UInt8(ascii: ".") {
            isWhole = false
            position += 1
            guard skipDigits() > 0 else { throw fault("digits were expected") }
        }
        if let octet = current, octet | 0x20 == UInt8(ascii: "e") {
            isWhole = false
            position += 1
            if current == UInt8(ascii: "+") || current == .minus { position += 1 }
            guard skipDigits() > 0 else { throw fault("digits were expected") }
        }
        guard position - start <= 1000 else { throw fault("a number is too long") }
        let digits = String(decoding: octets[start..<position], as: UTF8.self)
        if isWhole, let whole = Int64(digits) { return .integer(whole) }
        return .number(digits)
    }

    /// Whether the whole part that ends here is `0` or `-0`.
    private func isSingleZero(_ start: Int) -> Bool {
        position - start == (octets[start] == .minus ? 2 : 1)
    }

    @discardableResult
    private mutating func skipDigits() -> Int {
        let start = position
        while position < octets.count, octets[position].isDigit { position += 1 }
        return position - start
    }

    private mutating func text() throws(MalformedBody) -> String {
        position += 1
        let start = position
        while position < octets.count {
            let octet = octets[position]
            if octet == .quote {
                let result = String(validating: octets[start..<position], as: UTF8.self)
                guard let result else { throw fault("text is not valid UTF-8") }
                position += 1
                return result
            }
            if octet == .backslash { return try escapedText(from: start) }
            guard octet >= 0x20 else { throw fault("a control character in a text") }
            position += 1
        }
        throw fault("the content ends within a text")
    }

    /// A text with escapes; `position` is at the first one.
    private mutating func escapedText(from start: Int) throws(MalformedBody) -> String {
        var collected = Array(octets[start..<position])
        while position < octets.count {
            let octet = octets[position]
            position += 1
            if octet == .quote {
                guard let result = String(validating: collected, as: UTF8.self) else {
                    throw fault("text is not valid UTF-8")
                }
                return result
            }
            guard octet >= 0x20 else { throw fault("a control character in a text") }
            if octet == .backslash { try escape(into: &collected) } else { collected.append(octet) }
        }
        throw fault("the content ends within a text")
    }

    private mutating func escape(into collected: inout [UInt8]) throws(MalformedBody) {
        guard let octet = current else { throw fault("the content ends within a text") }
        position += 1
        switch octet {
        case .quote, .backslash, .slash: collected.append(octet)
        case UInt8(ascii: "b"): collected.append(0x08)
        case UInt8(ascii: "f"): collected.append(0x0C)
        case UInt8(ascii: "n"): collected.append(0x0A)
        case UInt8(ascii: "r"): collected.append(0x0D)
        case UInt8(ascii: "t"): collected.append(0x09)
        case UInt8(ascii: "u"): collected.append(contentsOf: String(try unicodeEscape()).utf8)
        default: throw fault("an unknown escape")
        }
    }

    private mutating func unicodeEscape() throws(MalformedBody) -> Unicode.Scalar {
        let unit = try hexadecimal()
        guard unit >= 0xD800, unit < 0xE000 else { return Unicode.Scalar(unit) ?? "\u{FFFD}" }
        guard unit < 0xDC00, octets.count - position >= 6, octets[position] == .backslash,
            octets[position + 1] == UInt8(ascii: "u")
        else { return "\u{FFFD}" }
        let before = position
        position += 2
        let partner = try hexadecimal()
        guard partner >= 0xDC00, partner < 0xE000 else {
            position = before
            return "\u{FFFD}"
        }
        return Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (partner - 0xDC00)) ?? "\u{FFFD}"
    }

    private mutating func hexadecimal() throws(MalformedBody) -> UInt32 {
        guard octets.count - position >= 4 else { throw fault("the content ends within a text") }
        var result: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = octets[position].hexadecimalValue else { throw fault("an unknown escape") }
            result = result << 4 | UInt32(digit)
            position += 1
        }
        return result
    }
}
