import ParleyModel

/// A statement's text with the values of its parameters. No value that a client gave is ever part of the text.
public struct SQLStatement: Sendable, Hashable {
    public let text: String
    public let arguments: [SQLValue]
}

/// Collects the parameters of one statement, and hands out names.
final class StatementWriter {
    private(set) var arguments: [SQLValue] = []
    private var lists: [String: String] = [:]
    private var aliases = 0
    private var nesting = 0
    let capabilities: SQLCapabilities

    init(_ capabilities: SQLCapabilities) { self.capabilities = capabilities }

    /// Adds a parameter and gives its name.
    func bind(_ value: SQLValue) throws -> String {
        guard arguments.count < QueryLimits.parameters else { throw QueryFault.tooComplex }
        arguments.append(value)
        return "?\(arguments.count)"
    }

    func bind(_ number: Int64) throws -> String { try bind(.integer(number)) }

    /// A name for a table that no other has.
    func alias(_ letter: String) -> String {
        aliases += 1
        return "\(letter)\(aliases)"
    }

    /// `IN (...)`. Few numbers are parameters, padded to a power of two so that there are few texts; many are one list.
    func among(_ numbers: [Int64]) throws -> String {
        let numbers = Set(numbers).sorted()
        guard let last = numbers.last else { return "IN (NULL)" }
        if numbers.count > 16 {
            return "IN \(try list("[" + numbers.map { String($0) }.joined(separator: ",") + "]"))"
        }
        var count = 1
        while count < numbers.count { count *= 2 }
        let padded = numbers + Array(repeating: last, count: count - numbers.count)
        return "IN (\(try padded.map { try bind($0) }.joined(separator: ", ")))"
    }

    /// `IN (...)` of texts.
    func among(_ texts: [String]) throws -> String {
        let isPlain = texts.allSatisfy { !$0.utf8.contains(0) }
        if texts.count > 16 && isPlain {
            return "IN \(try list("[" + texts.map(quoted).joined(separator: ",") + "]"))"
        }
        return "IN (\(try texts.map { try bind(.text($0)) }.joined(separator: ", ")))"
    }

    /// The rows of a list given as JSON; equal lists share a parameter.
    func list(_ json: String) throws -> String {
        let parameter = try lists[json] ?? bind(.text(json))
        lists[json] = parameter
        return capabilities.listSubquery(parameter)
    }

    private func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\u{0}"..<"\u{20}":
                let hex = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    /// Goes some levels down; too many of them are a fault. A subquery takes as much of the parser's stack as several
    /// levels of conditions.
    func nested<R>(levels: Int = 1, _ body: () throws -> R) throws -> R {
        nesting += levels
        defer { nesting -= levels }
        guard nesting <= QueryLimits.nesting else { throw QueryFault.tooComplex }
        return try body()
    }

    /// Conditions joined, cheap ones first, in groups so that no expression becomes deep.
    static func joined(_ parts: [String], _ word: String) -> String {
        var parts = parts
        if parts.count > 1 {
            let weighed = parts.enumerated().map { (cost: cost($1), index: $0, text: $1) }
            parts = weighed.sorted { ($0.cost, $0.index) < ($1.cost, $1.index) }.map(\.text)
        }
        while parts.count > 8 {
            parts = stride(from: 0, to: parts.count, by: 8).map { start in
                "(" + parts[start..<min(start + 8, parts.count)].joined(separator: " \(word) ") + ")"
            }
        }
        return parts.count == 1 ? parts[0] : "(" + parts.joined(separator: " \(word) ") + ")"
    }

    private static func cost(_ text: String) -> Int {
        if text.utf8.count < 40 { return 0 }
        if contains(text, "MATCH") { return 4 }
        if contains(text, "RECURSIVE") { return 3 }
        if contains(text, "EXISTS") { return 2 }
        return contains(text, "fold(") || contains(text, "instr(") ? 1 : 0
    }

    /// Whether a word occurs, octet by octet: the search for characters was a twentieth of a search for tickets.
    private static func contains(_ text: String, _ word: StaticString) -> Bool {
        var text = text
        return text.withUTF8 { octets in
            let sought = UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
            guard octets.count >= sought.count else { return false }
            for start in 0...(octets.count - sought.count) where octets[start] == sought[0] {
                if octets[start..<(start + sought.count)].elementsEqual(sought) { return true }
            }
            return false
        }
    }

    /// The statement, now that its text is whole.
    func statement(_ text: String) throws -> SQLStatement {
        guard text.utf8.count <= QueryLimits.statementLength else { throw QueryFault.tooComplex }
        return SQLStatement(text: text, arguments: Array(arguments.prefix(Self.highestParameter(text))))
    }

    /// A condition that turned out not to be needed may leave its parameters behind.
    private static func highestParameter(_ text: String) -> Int {
        var highest = 0
        var number: Int?
        for octet in text.utf8 {
            if octet == 0x3F {
                number = 0
            } else if let digits = number, octet >= 0x30, octet <= 0x39 {
                number = digits * 10 + Int(octet - 0x30)
            } else {
                highest = max(highest, number ?? 0)
                number = nil
            }
        }
        return max(highest, number ?? 0)
    }
}
