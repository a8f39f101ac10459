/// A query in RT's language as read: conditions, joined in groups.
///
/// As in RT, the last `AND` or `OR` of a level joins all of that level: `A AND B OR C` means `A OR B OR C`.
indirect enum TicketSQL: Sendable, Equatable {
    case condition(Condition)
    case group(Connective, [TicketSQL])

    /// How the parts of a group belong together.
    enum Connective: Sendable { case and, or }

    /// `Field OP value`.
    struct Condition: Sendable, Equatable {
        /// As written, without quotes.
        var key: String
        /// In capitals, with single blanks.
        var operation: String
        /// As written.
        var writtenOperation: String
        /// Without quotes.
        var value: String
        /// What kind of word the value was.
        var kind: ValueKind
    }

    enum ValueKind: Sendable {
        /// In quotes.
        case quoted
        /// A bare word that begins with a letter: another field, or `NULL`.
        case bare
        case number
    }

    /// Why a query cannot be read, in RT's words.
    struct Fault: Error, Equatable {
        var words: String
    }

    /// Groups in one another.
    static let depthLimit = 100
    static let conditionLimit = 2_000
    static let octetLimit = 200_000

    /// Reads a query. Takes time in proportion to its length.
    /// - Parameter report: is told every condition, and gives what RT finds wrong with its field; all that is wrong is
    ///   told together.
    static func read(_ text: String, _ report: (Condition) -> [String]) throws(Fault) -> TicketSQL {
        guard text.utf8.count <= octetLimit else { throw Fault(words: "The query is too long") }
        var parser = TicketSQLParser(text)
        let fault = parser.parse(report)
        let faults = parser.faults + (fault.map { [$0] } ?? [])
        guard faults.isEmpty else { throw Fault(words: faults.joined(separator: "; ")) }
        return parser.tree
    }
}

/// Takes the words of a query one after the other, and holds each against what may stand there.
private struct TicketSQLParser {
    /// What may come next, in the order of RT's messages.
    private struct Wanted: OptionSet {
        let rawValue: Int
        static let value = Wanted(rawValue: 1)
        static let aggregator = Wanted(rawValue: 2)
        static let operation = Wanted(rawValue: 4)
        static let opening = Wanted(rawValue: 8)
        static let closing = Wanted(rawValue: 16)
        static let keyword = Wanted(rawValue: 32)

        private static let names: [(Wanted, String)] = [
            (.value, "VALUE"), (.aggregator, "AGGREGATOR"), (.operation, "OPERATOR"), (.opening, "OPEN_PAREN"),
            (.closing, "CLOSE_PAREN"), (.keyword, "KEYWORD"),
        ]

        var words: String {
            let names = Wanted.names.filter { contains($0.0) }.map(\.1)
            guard names.count > 1 else { return names.first ?? "" }
            return names.dropLast().joined(separator: ", ") + " or " + (names.last ?? "")
        }
    }

    private struct Level {
        var connective = TicketSQL.Connective.and
        var parts: [TicketSQL] = []
        var tree: TicketSQL { .group(connective, parts) }
    }

    private let text: String
    private var lexer: TicketSQLLexer
    private var levels = [Level()]
    private var count = 0
    private(set) var faults: [String] = []

    init(_ text: String) {
        self.text = text
        lexer = TicketSQLLexer(text)
    }

    var tree: TicketSQL { levels[0].tree }

    /// - Returns: where it ends too early, why.
    mutating func parse(_ report: (TicketSQL.Condition) -> [String]) -> String? {
        var wanted: Wanted = [.keyword, .opening]
        var last: Wanted = []
        var (key, operation) = (TicketSQLLexer.Token(), TicketSQLLexer.Token())
        while let token = lexer.next() {
            let current = TicketSQLParser.kind(of: token, wanted)
            let depth = levels.count - 1
            switch current {
            case .opening:
                guard depth < TicketSQL.depthLimit else { return "The query has too many parentheses in one another" }
                levels.append(Level())
                wanted = [.keyword, .opening]
            case .closing:
                let inner = levels.removeLast()
                levels[depth - 1].parts.append(inner.tree)
                wanted = depth > 1 ? [.aggregator, .closing] : .aggregator
            case .aggregator:
                levels[depth].connective = token.folded == "and" ? .and : .or
                wanted = [.keyword, .opening]
            case .keyword:
                key = token
                wanted = .operation
            case .operation:
                operation = token
                wanted = .value
            case .value:
                count += 1
                guard count <= TicketSQL.conditionLimit else { return "The query has too many conditions" }
                let condition = TicketSQLParser.condition(key, operation, token)
                for fault in report(condition) where faults.count < 100 { faults.append(fault) }
                levels[depth].parts.append(.condition(condition))
                wanted = depth > 0 ? [.aggregator, .closing] : .aggregator
            default:
                return "Wrong query, expecting a \(wanted.words) in '\(lexer.marked(token))'"
            }
            last = current
        }
        if !last.isEmpty, last.isDisjoint(with: [.closing, .value]) {
            return "Incomplete query, last element (\(last.words)) is not close paren or value in '\(text)'"
        }
        let open = levels.count - 1
        return open == 0 ? nil : "Incomplete query, \(open) unclosed paren\(open == 1 ? "" : "s") in '\(text)'"
    }

    /// A word may be several things; of those that may stand here, the last in this order counts.
    private static func kind(of token: TicketSQLLexer.Token, _ wanted: Wanted) -> Wanted {
        var kinds: [Wanted] = []
        if token.isOperation { kinds.append(.operation) }
        if token.isValue { kinds.append(.value) }
        if token.isKeyword { kinds.append(.keyword) }
        if token.folded == "and" || token.folded == "or" { kinds.append(.aggregator) }
        if token.folded == "(" { kinds.append(.opening) }
        if token.folded == ")" { kinds.append(.closing) }
        return kinds.last { wanted.contains($0) } ?? []
    }

    private static func condition(
        _ key: TicketSQLLexer.Token, _ operation: TicketSQLLexer.Token, _ value: TicketSQLLexer.Token
    ) -> TicketSQL.Condition {
        var kind = TicketSQL.ValueKind.number
        if value.isQuoted {
            kind = .quoted
        } else if let first = value.text.utf8.first, first | 0x20 >= 0x61, first | 0x20 <= 0x7A {
            kind = .bare
        }
        let words = operation.text.uppercased().split(whereSeparator: \.isWhitespace)
        let content = value.content
        // A quoted name of a custom field means the field.
        if kind == .quoted, content.lowercased().hasPrefix("cf."), content.utf8.count > 3 { kind = .bare }
        return TicketSQL.Condition(
            key: key.content, operation: words.joined(separator: " "), writtenOperation: operation.text, value: content,
            kind: kind)
    }
}

/// Finds the words of a query. What is none is passed over, as RT does.
private struct TicketSQLLexer {
    struct Token {
        var text = ""
        var folded = ""
        var range = 0..<0
        var isOperation = false
        var isValue = false
        var isKeyword = false
        var isQuoted = false

        /// Without quotes, and without the backslashes that escape.
        var content: String {
            let octets = Array(text.utf8)
            var result: [UInt8] = []
            var index = isQuoted ? 1 : 0
            let end = isQuoted ? octets.count - 1 : octets.count
            while index < end {
                if octets[index] == 0x5C, index + 1 < end, octets[index + 1] != 0x0A { index += 1 }
                result.append(octets[index])
                index += 1
            }
            return String(decoding: result, as: UTF8.self)
        }
    }

    private let octets: [UInt8]
    private let folded: [UInt8]
    private var position = 0
    /// Where the quotation ends that an octet lies in, by quote; counted from the end, so that each octet is looked at
    /// once.
    private var closings: [UInt8: [Int32]] = [:]
    /// No brace closes between here and there.
    private var braceless = 0..<0

    init(_ text: String) {
        octets = Array(text.utf8)
        folded = octets.map { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 }
        for quote in [0x22, 0x27] as [UInt8] where octets.contains(quote) { closings[quote] = ends(of: quote) }
    }

    private func ends(of quote: UInt8) -> [Int32] {
        var ends = Array(repeating: Int32(-1), count: octets.count + 2)
        for index in octets.indices.reversed() {
            if octets[index] == quote {
                ends[index] = Int32(index)
            } else if octets[index] == 0x5C {
                let isEscape = index + 1 < octets.count && octets[index + 1] != 0x0A
                ends[index] = isEscape ? ends[index + 2] : -1
            } else {
                ends[index] = ends[index + 1]
            }
        }
        return ends
    }

    /// The query with a mark where it went wrong.
    func marked(_ token: Token) -> String {
        let before = String(decoding: octets[..<token.range.lowerBound], as: UTF8.self)
        let after = String(decoding: octets[token.range.upperBound...], as: UTF8.self)
        return "\(before)>\(token.text)<--here\(after)"
    }

    mutating func next() -> Token? {
        while position < octets.count {
            if let token = token() {
                position = token.range.upperBound
                return token
            }
            position += 1
        }
        return nil
    }

    private mutating func token() -> Token? {
        if let end = word(["and", "or"]) { return made(end, isWord: true) }
        if let end = operation() { return made(end) { $0.isOperation = true } }
        if let end = customField() { return made(end) { ($0.isKeyword, $0.isValue) = (true, true) } }
        if let end = run() { return made(end, isWord: true) }
        if let end = quotation() {
            return made(end) { ($0.isKeyword, $0.isValue, $0.isQuoted) = (true, true, true) }
        }
        if octets[position] == 0x2B || octets[position] == 0x2D {
            var end = position + 1
            while end < octets.count, octets[end] >= 0x30, octets[end] <= 0x39 { end += 1 }
            if end > position + 1 { return made(end) { $0.isValue = true } }
        }
        if octets[position] == 0x28 || octets[position] == 0x29 { return made(position + 1) }
        return nil
    }

    private func made(_ end: Int, isWord: Bool = false, _ change: (inout Token) -> Void = { _ in }) -> Token {
        var token = Token()
        token.range = position..<end
        token.text = String(decoding: octets[position..<end], as: UTF8.self)
        token.folded = String(decoding: folded[position..<end], as: UTF8.self)
        change(&token)
        if isWord {
            token.isKeyword = true
            token.isValue = !octets[position..<end].contains { $0 == 0x7B || $0 == 0x7D }
        }
        // A word that is all of an operator is a keyword too.
        if token.isOperation, octets[position..<end].allSatisfy(TicketSQLLexer.isWord) {
            (token.isKeyword, token.isValue) = (true, true)
        }
        return token
    }

    private static func isWord(_ octet: UInt8) -> Bool {
        let letter = octet | 0x20
        return letter >= 0x61 && letter <= 0x7A || octet >= 0x30 && octet <= 0x39 || octet == 0x5F || octet >= 0x80
    }

    private func starts(_ word: String, at place: Int) -> Bool { folded[place...].starts(with: word.utf8) }

    private func word(_ words: [String]) -> Int? {
        words.first { starts($0, at: position) }.map { position + $0.utf8.count }
    }

    private static let operations = [
        "=", "!=", ">=", "<=", ">", "<", "is not", "is", "not like", "like", "not startswith", "startswith",
        "not endswith", "endswith",
    ]

    private func operation() -> Int? {
        let start = starts("shallow ", at: position) ? position + 8 : position
        for place in start == position ? [position] : [start, position] {
            if let found = TicketSQLLexer.operations.first(where: { starts($0, at: place) }) {
                return place + found.utf8.count
            }
        }
        return nil
    }

    /// `CF.{Any name}`, perhaps with `.Content`.
    private mutating func customField() -> Int? {
        guard starts("cf.{", at: position) else { return nil }
        let start = position + 5
        guard start <= octets.count, !braceless.contains(start) else { return nil }
        guard let close = octets[start...].firstIndex(where: { $0 == 0x7D || $0 == 0x0A }), octets[close] == 0x7D else {
            braceless = start..<(octets[start...].firstIndex(of: 0x0A) ?? octets.count)
            return nil
        }
        for column in [".content", ".largecontent"] where starts(column, at: close + 1) {
            return close + 1 + column.utf8.count
        }
        return close + 1
    }

    private func run() -> Int? {
        var end = position
        while end < octets.count,
            TicketSQLLexer.isWord(octets[end]) || octets[end] == 0x2E || octets[end] == 0x7B || octets[end] == 0x7D
        {
            end += 1
        }
        return end > position ? end : nil
    }

    private func quotation() -> Int? {
        guard let ends = closings[octets[position]], ends[position + 1] >= 0 else { return nil }
        return Int(ends[position + 1]) + 1
    }
}
