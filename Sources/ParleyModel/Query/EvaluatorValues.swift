/// How single values compare: the meaning that the SQL compiler is held against.
public enum ValueRules {
    /// Whether a value stands so to an operand. Texts compare by their UTF-8 octets. Integers, numbers, booleans and
    /// durations compare by number, references with references, dates and instants by time; other pairs never hold.
    public static func holds(_ value: Value, _ comparison: Comparison, _ operand: Value) -> Bool {
        guard isFilled(value), let order = order(value, operand) else { return false }
        switch comparison {
        case .equal: return order == 0
        case .less: return order < 0
        case .lessOrEqual: return order <= 0
        case .greater: return order > 0
        case .greaterOrEqual: return order >= 0
        }
    }

    /// An empty text is no value.
    public static func isFilled(_ value: Value) -> Bool { value != .text("") }

    /// -1, 0 or 1; nil where the two do not compare. Against a date without a time of day, days are compared.
    static func order(_ left: Value, _ right: Value) -> Int? {
        switch (left, right) {
        case (.text(let a), .text(let b)): return octetOrder(a, b)
        case (.reference(let a), .reference(let b)): return sign(a, b)
        case (.date(let a), .date(let b)) where b.secondOfDay == nil:
            return sign(a.date.daysSince1970, b.date.daysSince1970)
        default: break
        }
        if let a = moment(left), let b = moment(right) { return sign(a, b) }
        if let a = integer(left), let b = integer(right) { return sign(a, b) }
        if let a = number(left), let b = number(right) { return sign(a, b) }
        return nil
    }

    static func octetOrder(_ left: String, _ right: String) -> Int {
        if left.utf8.lexicographicallyPrecedes(right.utf8) { return -1 }
        return right.utf8.lexicographicallyPrecedes(left.utf8) ? 1 : 0
    }

    private static func sign<T: Comparable>(_ left: T, _ right: T) -> Int { left < right ? -1 : (right < left ? 1 : 0) }

    private static func moment(_ value: Value) -> Int64? {
        switch value {
        case .date(let date): date.instant.microseconds
        case .instant(let instant): instant.microseconds
        default: nil
        }
    }

    private static func integer(_ value: Value) -> Int64? {
        switch value {
        case .integer(let number), .duration(let number): number
        case .boolean(let flag): flag ? 1 : 0
        default: nil
        }
    }

    private static func number(_ value: Value) -> Double? {
        if case .number(let number) = value { return number }
        if case .spelled(_, let number) = value { return number }
        return integer(value).map { Double($0) }
    }
}

extension Value {
    /// The value as a builtin field has it: numbers and references to the same thing are taken for each other.
    public func fitted(to reference: FieldRef) -> Value {
        guard case .field(let id) = reference, let type = BuiltinField(id)?.type else { return self }
        switch self {
        case .reference(let number) where !type.isReference: return .integer(number)
        case .integer(let number) where type.isReference: return .reference(number)
        default: return self
        }
    }

    /// A value that is no reference in the canonical text by which history is searched; nil for references.
    var historyText: String? {
        switch self {
        case .reference: nil
        case .text(let text): text
        case .integer(let number), .duration(let number): String(number)
        case .number(let number): String(number)
        case .spelled(let text, _): text
        case .boolean(let flag): flag ? "1" : "0"
        case .date(let date): date.date.iso8601
        case .instant(let instant): String(instant.microseconds)
        }
    }
}

/// How texts match: the meaning that the SQL compiler is held against.
public enum TextRules {
    /// Whether a text matches. Without case, both are folded first; a character is a Unicode scalar. A malformed
    /// regular expression matches nothing.
    public static func matches(_ text: String, _ match: TextMatch, _ pattern: String, caseSensitive: Bool) -> Bool {
        if match == .regex {
            let expression = LinearPattern(pattern, ignoresCase: !caseSensitive)
            return expression?.matches(text) ?? false
        }
        let text = Array((caseSensitive ? text : fold(text)).unicodeScalars)
        let pattern = Array((caseSensitive ? pattern : fold(pattern)).unicodeScalars)
        switch match {
        case .equals: return text == pattern
        case .prefix: return text.starts(with: pattern)
        case .suffix: return text.reversed().starts(with: pattern.reversed())
        case .contains: return (0...text.count).contains { text[$0...].starts(with: pattern) }
        case .wildcard: return wildcard(text[...], pattern[...])
        case .regex: return false
        }
    }

    /// Lower case in all scripts; a final sigma is a sigma.
    public static func fold(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.lowercased().unicodeScalars { result.append(scalar == "\u{3C2}" ? "\u{3C3}" : scalar) }
        return String(result)
    }

    private static func wildcard(_ text: ArraySlice<Unicode.Scalar>, _ pattern: ArraySlice<Unicode.Scalar>) -> Bool {
        guard let first = pattern.first else { return text.isEmpty }
        if first == "*" {
            return (text.startIndex...text.endIndex).contains { wildcard(text[$0...], pattern.dropFirst()) }
        }
        guard let scalar = text.first, first == "?" || first == scalar else { return false }
        return wildcard(text.dropFirst(), pattern.dropFirst())
    }

    /// Whether some words stand side by side in a text, of which the first may be the end of a longer one, and the last
    /// the beginning.
    /// - Parameter text: the text's words.
    public static func holds(_ text: [String], part: [String]) -> Bool {
        guard let first = part.first, let last = part.last, text.count >= part.count else { return false }
        if part.count == 1 { return text.contains { $0.contains(first) } }
        return (0...(text.count - part.count)).contains { start in
            let here = text[start..<(start + part.count)]
            return (here.first?.hasSuffix(first) ?? false) && (here.last?.hasPrefix(last) ?? false)
                && here.dropFirst().dropLast().elementsEqual(part.dropFirst().dropLast())
        }
    }

    /// The words of a text: letters and digits, without case; accents of Latin letters are taken off.
    public static func words(_ text: String) -> [String] {
        var words: [String] = []
        var word = ""
        for scalar in fold(text).unicodeScalars {
            if isWordScalar(scalar) {
                word.unicodeScalars.append(plain[scalar] ?? scalar)
            } else if !word.isEmpty {
                words.append(word)
                word = ""
            }
        }
        return word.isEmpty ? words : words + [word]
    }

    private static func isWordScalar(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
            .letterNumber, .otherNumber, .privateUse:
            true
        default: false
        }
    }

    private static let plain: [Unicode.Scalar: Unicode.Scalar] = {
        let groups: [(Unicode.Scalar, String)] = [
            ("a", "àáâãäå"), ("c", "ç"), ("e", "èéêë"), ("i", "ìíîï"), ("n", "ñ"), ("o", "òóôõö"), ("u", "ùúûü"),
            ("y", "ýÿ"),
        ]
        var result: [Unicode.Scalar: Unicode.Scalar] = [:]
        for (letter, variants) in groups { for variant in variants.unicodeScalars { result[variant] = letter } }
        return result
    }()
}
