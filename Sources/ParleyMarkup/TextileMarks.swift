/// Marks at the beginning of blocks and cells: `h2(class).`, `\2.`, `_.`.
enum TextileMark {
    private static let blocks = ["h1", "h2", "h3", "h4", "h5", "h6", "bq", "pre", "p"]

    /// A block's name and what follows its mark and a blank; nil without a mark.
    static func block(_ line: ArraySlice<UInt8>) -> (name: String, rest: ArraySlice<UInt8>)? {
        guard let name = blocks.first(where: { Octets.hasPrefix($0, line) }) else { return nil }
        var index = attributes(line[(line.startIndex + name.utf8.count)...])
        guard index < line.endIndex, line[index] == UInt8(ascii: ".") else { return nil }
        index += 1
        guard index < line.endIndex, line[index] == 0x20 else { return nil }
        return (name, line[index...].drop { $0 == 0x20 })
    }

    /// Where attributes end: `(class#id)`, `{style}`, `[language]`, and signs of alignment. They are passed over.
    static func attributes(_ text: ArraySlice<UInt8>) -> Int {
        var index = text.startIndex
        while index < text.endIndex {
            switch text[index] {
            case UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "="), UInt8(ascii: ")"): index += 1
            case UInt8(ascii: "("):
                index = closing(UInt8(ascii: ")"), text[index...]).map { $0 + 1 } ?? index + 1
            case UInt8(ascii: "{"):
                guard let end = closing(UInt8(ascii: "}"), text[index...]) else { return index }
                index = end + 1
            case UInt8(ascii: "["):
                guard let end = closing(UInt8(ascii: "]"), text[index...]) else { return index }
                index = end + 1
            default: return index
            }
        }
        return index
    }

    /// How far a closing bracket is looked for.
    private static let reach = 200

    private static func closing(_ sign: UInt8, _ text: ArraySlice<UInt8>) -> Int? {
        text.prefix(reach).firstIndex(of: sign)
    }

    struct Cell {
        var rest: ArraySlice<UInt8>
        var isHeading = false
        var columns = 1
        var rows = 1
    }

    /// A cell's mark, if a full stop and a blank follow it.
    static func cell(_ text: ArraySlice<UInt8>) -> Cell {
        var cell = Cell(rest: text)
        var index = text.startIndex
        while index < text.endIndex {
            let start = index
            switch text[index] {
            case UInt8(ascii: "_"):
                cell.isHeading = true
                index += 1
            case UInt8(ascii: "\\"): cell.columns = count(text, &index)
            case UInt8(ascii: "/"): cell.rows = count(text, &index)
            case UInt8(ascii: "^"), UInt8(ascii: "~"), UInt8(ascii: "-"): index += 1
            default: index = attributes(text[index...])
            }
            if index == start { break }
        }
        guard index > text.startIndex, index < text.endIndex, text[index] == UInt8(ascii: ".") else {
            return Cell(rest: text)
        }
        let rest = text[(index + 1)...]
        guard rest.isEmpty || rest.first == 0x20 else { return Cell(rest: text) }
        cell.rest = rest
        return cell
    }

    /// A sign and a number of one or two digits.
    private static func count(_ text: ArraySlice<UInt8>, _ index: inout Int) -> Int {
        index += 1
        var number = 0
        var digits = 0
        while index < text.endIndex, digits < 2, text[index] >= 0x30, text[index] <= 0x39 {
            number = number * 10 + Int(text[index] - 0x30)
            index += 1
            digits += 1
        }
        return max(1, number)
    }
}

/// Octets of a text.
enum Octets {
    static func text(_ octets: some Collection<UInt8>) -> String { String(decoding: octets, as: UTF8.self) }

    static func hasPrefix(_ word: String, _ octets: ArraySlice<UInt8>) -> Bool { octets.starts(with: word.utf8) }

    static func trimmed(_ octets: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var octets = octets.drop { $0 <= 0x20 }
        while let last = octets.last, last <= 0x20 { octets.removeLast() }
        return octets
    }

    /// The place of a word.
    static func find(_ word: String, in octets: ArraySlice<UInt8>) -> Int? {
        let wanted = Array(word.utf8)
        guard let first = wanted.first, octets.count >= wanted.count else { return nil }
        var index = octets.startIndex
        let last = octets.endIndex - wanted.count
        while index <= last {
            guard let found = octets[index...last].firstIndex(of: first) else { return nil }
            if octets[found...].starts(with: wanted) { return found }
            index = found + 1
        }
        return nil
    }

    /// The last place of a word.
    static func findLast(_ word: String, in octets: ArraySlice<UInt8>) -> Int? {
        var result: Int?
        var rest = octets
        while let found = find(word, in: rest) {
            result = found
            rest = rest[(found + 1)...]
        }
        return result
    }

    static func isDigit(_ octet: UInt8) -> Bool { octet >= 0x30 && octet <= 0x39 }

    /// Letters and digits, and everything beyond ASCII.
    static func isWord(_ octet: UInt8) -> Bool {
        isDigit(octet) || (octet | 0x20 >= 0x61 && octet | 0x20 <= 0x7A) || octet >= 0x80 || octet == UInt8(ascii: "_")
    }
}
