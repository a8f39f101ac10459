import ParleyModel

/// What a JSON document looks like. Control characters, quotes, backslashes, U+2028 and U+2029 are always escaped.
public struct JSONOptions: Sendable {
    /// `<`, `>` and `&` as `\u003c`, `\u003e`, `\u0026`.
    public var escapesMarkup: Bool
    /// Everything beyond ASCII as `\uXXXX`, in surrogate pairs where needed.
    public var escapesNonASCII: Bool
    /// `/` as `\/`.
    public var escapesSlash: Bool
    /// Blanks a level, each part on a line of its own; 0: all on one line.
    public var indent: Int
    /// A blank after each colon, and after each comma where there is no line break.
    public var spaced: Bool

    public init(
        escapesMarkup: Bool = false, escapesNonASCII: Bool = false, escapesSlash: Bool = false, indent: Int = 0,
        spaced: Bool = false
    ) {
        self.escapesMarkup = escapesMarkup
        self.escapesNonASCII = escapesNonASCII
        self.escapesSlash = escapesSlash
        self.indent = min(max(indent, 0), 16)
        self.spaced = spaced || indent > 0
    }

    var escapeTable: UnsafePointer<UInt8> {
        let variant = (escapesMarkup ? 1 : 0) | (escapesNonASCII ? 2 : 0) | (escapesSlash ? 4 : 0)
        return EscapeTables.json(variant)
    }
}

/// Which octets of UTF-8 a writer may not copy as they are; 0 is plain.
enum EscapeTables {
    /// JSON: to be written as an escape of its own.
    static let escape: UInt8 = 1
    /// JSON: may begin U+2028 or U+2029.
    static let separator: UInt8 = 2
    /// JSON: begins a character beyond ASCII that is to be written as `\uXXXX`.
    static let unicode: UInt8 = 3
    /// XML: `&`, `<`, `>` and CR, everywhere.
    static let markup: UInt8 = 4
    /// XML: quote, tab and line feed, in attributes only.
    static let attribute: UInt8 = 5
    /// XML: a control character that XML 1.0 forbids.
    static let illegal: UInt8 = 6
    /// XML: may begin U+FFFE or U+FFFF.
    static let nonCharacter: UInt8 = 7

    // Written once, before the first pointer is handed out, and never changed or freed afterwards.
    nonisolated(unsafe) private static let tables: UnsafePointer<UInt8> = {
        let block = UnsafeMutablePointer<UInt8>.allocate(capacity: 9 * 256)
        block.initialize(repeating: 0, count: 9 * 256)
        for variant in 0..<8 {
            let table = block + variant * 256
            for octet in 0..<0x20 { table[octet] = escape }
            for octet: UInt8 in [.quote, .backslash] { table[Int(octet)] = escape }
            table[0xE2] = separator
            if variant & 1 != 0 { for octet: UInt8 in [.less, .greater, .ampersand] { table[Int(octet)] = escape } }
            if variant & 2 != 0 { for octet in 0x80..<0x100 { table[octet] = unicode } }
            if variant & 4 != 0 { table[Int(UInt8.slash)] = escape }
        }
        let table = block + 8 * 256
        for octet in 0..<0x20 { table[octet] = illegal }
        for octet: UInt8 in [0x09, 0x0A, .quote] { table[Int(octet)] = attribute }
        for octet: UInt8 in [0x0D, .less, .greater, .ampersand] { table[Int(octet)] = markup }
        table[0xEF] = nonCharacter
        return UnsafePointer(block)
    }()

    static func json(_ variant: Int) -> UnsafePointer<UInt8> { tables + variant * 256 }
    static var xml: UnsafePointer<UInt8> { tables + 8 * 256 }
}

extension DocumentWriter {
    mutating func jsonObject(
        _ name: DocumentName?, _ body: (inout DocumentWriter) throws -> Void
    ) rethrows {
        openJSON(name, bracket: .braceLeft)
        try body(&self)
        closeJSON(bracket: .braceRight)
    }

    mutating func jsonArray(
        _ name: DocumentName?, _ body: (inout DocumentWriter) throws -> Void
    ) rethrows {
        openJSON(name, bracket: .bracketLeft)
        try body(&self)
        closeJSON(bracket: .bracketRight)
    }

    mutating func openJSON(_ name: DocumentName?, bracket: UInt8) {
        jsonLead(name, room: 1)
        output.put(bracket)
        needsComma = false
        depth += 1
    }

    mutating func closeJSON(bracket: UInt8) {
        depth -= 1
        output.reserve(2 + json.indent * depth)
        if needsComma && json.indent > 0 { jsonLineBreak() }
        output.put(bracket)
        needsComma = true
    }

    mutating func jsonScalar(_ name: DocumentName?, _ value: DocumentScalar) {
        switch value {
        case .text(let text):
            jsonLead(name, room: 2)
            jsonText(text)
        case .integer(let number):
            jsonLead(name, room: 20)
            output.put(number)
        case .null:
            jsonLead(name, room: 4)
            output.put("null")
        case .boolean(let flag):
            jsonLead(name, room: 5)
            if flag { output.put("true") } else { output.put("false") }
        case .number(let number):
            jsonLead(name, room: 32)
            if number.isFinite { output.put(number) } else { output.put("null") }
        case .date(let date):
            jsonLead(name, room: 12)
            output.put(.quote)
            output.put(date)
            output.put(.quote)
        case .instant(let instant):
            jsonLead(name, room: 22)
            output.put(.quote)
            output.put(instant)
            output.put(.quote)
        case .literal(let text):
            jsonLead(name, room: 0)
            output.append(text)
        }
        needsComma = true
    }

    /// Comma, line break and name before a value; leaves `room` octets reserved.
    @inline(__always)
    private mutating func jsonLead(_ name: DocumentName?, room: Int) {
        guard let name else {
            output.reserve(3 + json.indent * depth + room)
            jsonSeparate()
            return
        }
        switch name.storage {
        case .fixed(let literal):
            output.reserve(7 + json.indent * depth + literal.utf8CodeUnitCount + room)
            jsonSeparate()
            output.put(.quote)
            output.put(literal)
            output.put(.quote)
            output.put(.colon)
        case .text(let text):
            output.reserve(3 + json.indent * depth)
            jsonSeparate()
            jsonText(text)
            output.reserve(2 + room)
            output.put(.colon)
        }
        if json.spaced { output.put(.space) }
    }

    @inline(__always)
    private mutating func jsonSeparate() {
        if needsComma {
            output.put(.comma)
            if json.spaced && json.indent == 0 { output.put(.space) }
        }
        if json.indent > 0 && depth > 0 { jsonLineBreak() }
    }

    private mutating func jsonLineBreak() {
        output.put(.newline)
        for _ in 0..<(json.indent * depth) { output.put(.space) }
    }

    private mutating func jsonText(_ text: String) {
        text.withOctets { octets, length in
            output.reserve(length + 2)
            output.put(.quote)
            jsonCharacters(octets, length)
            output.put(.quote)
            return
        }
        if text.isEmpty {
            output.reserve(2)
            output.put(.quote)
            output.put(.quote)
        }
    }

    /// Copies runs of plain octets and escapes what stands between them; keeps room for one octet more.
    @inline(__always)
    private mutating func jsonCharacters(_ octets: UnsafePointer<UInt8>, _ length: Int) {
        let table = escapes
        var start = 0
        var index = 0
        while index < length {
            let kind = table[Int(octets[index])]
            if kind == 0 {
                index += 1
                continue
            }
            if kind == EscapeTables.separator {
                guard index + 2 < length, octets[index + 1] == 0x80, octets[index + 2] & 0xFE == 0xA8 else {
                    index += 1
                    continue
                }
            }
            output.put(octets + start, index - start)
            output.reserve(14 + length - index)
            if kind == EscapeTables.escape {
                jsonEscape(octets[index])
                index += 1
            } else {
                index += jsonUnicode(octets + index, length - index)
            }
            start = index
        }
        output.put(octets + start, length - start)
    }

    private mutating func jsonEscape(_ octet: UInt8) {
        output.put(.backslash)
        switch octet {
        case .quote, .backslash, .slash: output.put(octet)
        case 0x08: output.put(UInt8(ascii: "b"))
        case 0x09: output.put(UInt8(ascii: "t"))
        case 0x0A: output.put(UInt8(ascii: "n"))
        case 0x0C: output.put(UInt8(ascii: "f"))
        case 0x0D: output.put(UInt8(ascii: "r"))
        default:
            output.put(UInt8(ascii: "u"))
            jsonHexadecimal(UInt32(octet))
        }
    }

    /// Writes the character that begins here as one or two escapes; its length in octets.
    private mutating func jsonUnicode(_ octets: UnsafePointer<UInt8>, _ length: Int) -> Int {
        let first = octets[0]
        let width = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2
        guard width <= length else { return length }
        var scalar = UInt32(first) & (width == 4 ? 0x07 : width == 3 ? 0x0F : 0x1F)
        for index in 1..<width { scalar = scalar << 6 | UInt32(octets[index] & 0x3F) }
        if scalar >= 0x10000 {
            let offset = scalar - 0x10000
            output.put("\\u")
            jsonHexadecimal(0xD800 | offset >> 10)
            output.put("\\u")
            jsonHexadecimal(0xDC00 | offset & 0x3FF)
        } else {
            output.put("\\u")
            jsonHexadecimal(scalar)
        }
        return width
    }

    private mutating func jsonHexadecimal(_ number: UInt32) {
        for shift: UInt32 in [12, 8, 4, 0] {
            let digit = UInt8(truncatingIfNeeded: number >> shift & 0xF)
            output.put(digit < 10 ? .digitZero &+ digit : UInt8(ascii: "a") &+ digit &- 10)
        }
    }
}
