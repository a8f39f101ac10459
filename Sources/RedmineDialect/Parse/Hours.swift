import ParleyHTTP

/// Hours as people write them.
enum Hours {
    /// The largest number of hours that is taken as an estimate, and the largest that time which was spent is cut to.
    private static let limits = (estimate: 2.5e12, spent: 1e9)
    private static let lengthLimit = 64
    private static let millisecondsPerHour = 3_600_000.0

    /// Milliseconds of `3.5`, `3,5`, `3:30`, `3h30`, `3h30m`, `2h`, `90m`, `1 h 30 min`, `1e2`; nil for anything else,
    /// below zero, and for too much.
    static func milliseconds(_ text: String) -> Int64? {
        number(text).flatMap { hours in
            hours >= 0 && hours < limits.estimate ? Int64((hours * millisecondsPerHour).rounded()) : nil
        }
    }

    /// The same for any single value; nil for what is no number of hours.
    static func milliseconds(_ value: ParameterTree) -> Int64? {
        spelled(value).flatMap { milliseconds($0) }
    }

    /// The same, where too much is the largest number there is.
    static func clamped(_ value: ParameterTree) -> Int64? {
        spelled(value).flatMap(number).flatMap { hours in
            hours >= 0 ? Int64((min(hours, limits.spent) * millisecondsPerHour).rounded()) : nil
        }
    }

    private static func spelled(_ value: ParameterTree) -> String? {
        switch value {
        case .integer(let number): String(number)
        case .number(let digits): digits
        case .text(let text): text
        default: nil
        }
    }

    /// Milliseconds as a number of hours.
    static func number(_ milliseconds: Int64) -> Double { Double(milliseconds) / millisecondsPerHour }

    /// Milliseconds as `148:05`.
    static func clock(_ milliseconds: Int64) -> String {
        let minutes = Int64((number(max(0, milliseconds)) * 60).rounded())
        return "\(minutes / 60):\(minutes % 60 < 10 ? "0" : "")\(minutes % 60)"
    }

    /// A number of hours, of any size and sign.
    private static func number(_ text: String) -> Double? {
        let trimmed = Spelling.trimmed(text)
        guard !trimmed.isEmpty, trimmed.utf8.count <= lengthLimit else { return nil }
        let octets = Array(trimmed.utf8)
        return [decimal, clock, units, float].lazy.compactMap { $0(octets[...]) }.first
    }

    // MARK: spellings

    private typealias Octets = ArraySlice<UInt8>

    private static func isDigit(_ octet: UInt8) -> Bool { octet >= 0x30 && octet <= 0x39 }

    /// Takes the digits at the beginning away.
    private static func digits(_ octets: inout Octets) -> Double? {
        let run = octets.prefix(while: isDigit)
        octets = octets.dropFirst(run.count)
        return run.isEmpty ? nil : Double(String(decoding: run, as: UTF8.self))
    }

    private static func skipBlanks(_ octets: inout Octets) { octets = octets.drop { $0 <= 0x20 } }

    /// `3`, `3.5`, `3,5`, each with an `h` or without.
    private static func decimal(_ text: Octets) -> Double? {
        var rest = text.last == UInt8(ascii: "h") ? text.dropLast() : text
        let whole = rest.prefix(while: isDigit)
        rest = rest.dropFirst(whole.count)
        guard !whole.isEmpty else { return nil }
        guard let sign = rest.popFirst() else { return Double(String(decoding: whole, as: UTF8.self)) }
        guard sign == UInt8(ascii: ".") || sign == UInt8(ascii: ","), !rest.isEmpty, rest.allSatisfy(isDigit) else {
            return nil
        }
        return Double("\(String(decoding: whole, as: UTF8.self)).\(String(decoding: rest, as: UTF8.self))")
    }

    /// `3:30`.
    private static func clock(_ text: Octets) -> Double? {
        var rest = text
        guard let hours = digits(&rest), rest.popFirst() == UInt8(ascii: ":"), let minutes = digits(&rest),
            rest.isEmpty
        else { return nil }
        return hours + minutes / 60
    }

    /// `3h30m`, `3 hours`, `90 min`: hours have a word, minutes after them need none.
    private static func units(_ text: Octets) -> Double? {
        var rest = text[...]
        guard let first = digits(&rest) else { return nil }
        skipBlanks(&rest)
        if isWord(rest, ["m", "min"]) { return first / 60 }
        guard let word = ["hours", "hour", "h"].first(where: { isWord(rest.prefix($0.utf8.count), [$0]) }) else {
            return nil
        }
        rest = rest.dropFirst(word.utf8.count)
        skipBlanks(&rest)
        guard !rest.isEmpty else { return first }
        guard let minutes = digits(&rest) else { return nil }
        skipBlanks(&rest)
        return rest.isEmpty || isWord(rest, ["m", "min"]) ? first + minutes / 60 : nil
    }

    private static func isWord(_ octets: Octets, _ words: [String]) -> Bool {
        words.contains { word in
            word.utf8.count == octets.count && zip(word.utf8, octets).allSatisfy { $0 == $1 | 0x20 }
        }
    }

    /// Numbers as programs write them: `+1`, `.5`, `1e3`, `1_000`, `0x10`.
    static func float(_ text: ArraySlice<UInt8>) -> Double? {
        var kept: [UInt8] = []
        var last: UInt8 = 0
        for octet in text {
            if octet == UInt8(ascii: "_") {
                guard isDigit(last) else { return nil }
            } else {
                guard last != UInt8(ascii: "_") || isDigit(octet) else { return nil }
                kept.append(octet == UInt8(ascii: ",") ? UInt8(ascii: ".") : octet)
            }
            last = octet
        }
        let isNegative = kept.first == UInt8(ascii: "-")
        if isNegative || kept.first == UInt8(ascii: "+") { kept.removeFirst() }
        guard isDigit(last) || kept.starts(with: Array("0x".utf8)),
            let first = kept.first, isDigit(first) || first == UInt8(ascii: "."), isNumeric(kept)
        else { return nil }
        let digits = String(decoding: first == UInt8(ascii: ".") ? [0x30] + kept : kept, as: UTF8.self)
        return Double(digits).map { isNegative ? -$0 : $0 }
    }

    /// No point without digits behind it, and none of the words that stand for a number.
    private static func isNumeric(_ octets: [UInt8]) -> Bool {
        if octets.starts(with: Array("0x".utf8)) {
            return octets.count > 2 && octets.dropFirst(2).allSatisfy { octet in
                isDigit(octet) || (0x61...0x66).contains(octet | 0x20)
            }
        }
        return zip(octets, octets.dropFirst() + [0]).allSatisfy { octet, next in
            switch octet {
            case UInt8(ascii: "."): isDigit(next)
            case UInt8(ascii: "e"), UInt8(ascii: "E"), UInt8(ascii: "+"), UInt8(ascii: "-"): true
            default: isDigit(octet)
            }
        }
    }
}
