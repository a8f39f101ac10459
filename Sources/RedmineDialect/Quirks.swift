import ParleyModel

/// What known clients rely on and no rule explains, each with the scenario of `Conformance/redmine` that shows it.
enum Quirks {
    /// Leading digits of a number suffice: `/issues/2abc.json` is issue 2 ("the collection gives total_count":
    /// `limit=abc` has none and is the default). A sign counts. Numbers beyond 64 bits are the largest.
    static func leadingNumber(_ text: String) -> Int64? {
        var octets = text.utf8[...]
        while let blank = octets.first, blank == 0x20 || (blank >= 0x09 && blank <= 0x0D) { octets.removeFirst() }
        let isNegative = octets.first == UInt8(ascii: "-")
        if isNegative || octets.first == UInt8(ascii: "+") { octets.removeFirst() }
        guard let first = octets.first, first >= 0x30, first <= 0x39 else { return nil }
        var result: Int64 = 0
        var previous = first
        for octet in octets {
            defer { previous = octet }
            // `1_000` is a thousand.
            if octet == UInt8(ascii: "_"), previous != octet { continue }
            guard octet >= 0x30, octet <= 0x39 else { break }
            let (product, tooFar) = result.multipliedReportingOverflow(by: 10)
            let (sum, beyond) = product.addingReportingOverflow(Int64(octet - 0x30))
            if tooFar || beyond { return isNegative ? -.max : .max }
            result = sum
        }
        return isNegative ? -result : result
    }

    /// The number that a text begins with, a fraction and an exponent too; 0 without one.
    static func leadingDecimal(_ text: String) -> Double {
        var octets = text.utf8.drop { $0 == UInt8(ascii: " ") || ($0 >= 9 && $0 <= 13) }.prefix(64)
        var taken: [UInt8] = []
        func isDigit(_ octet: UInt8?) -> Bool { octet.map { $0 >= 0x30 && $0 <= 0x39 } ?? false }
        func takeDigits() { while isDigit(octets.first) { taken.append(octets.removeFirst()) } }
        if octets.first == UInt8(ascii: "-") || octets.first == UInt8(ascii: "+") { taken.append(octets.removeFirst()) }
        guard isDigit(octets.first) else { return 0 }
        takeDigits()
        if octets.first == UInt8(ascii: "."), isDigit(octets.dropFirst().first) {
            taken.append(octets.removeFirst())
            takeDigits()
        }
        let isRaised = octets.first == UInt8(ascii: "e") || octets.first == UInt8(ascii: "E")
        let mark = octets.dropFirst().first
        let isSigned = mark == UInt8(ascii: "-") || mark == UInt8(ascii: "+")
        if isRaised, isDigit(isSigned ? octets.dropFirst(2).first : mark) {
            taken += octets.prefix(isSigned ? 2 : 1)
            octets = octets.dropFirst(isSigned ? 2 : 1)
            takeDigits()
        }
        return Double(String(decoding: taken, as: UTF8.self)) ?? 0
    }

    /// A filter parameter's operator is the last one in the order of octets that the text begins with, so `open` is `o`
    /// with a value that nobody looks at ("without status_id only open issues come").
    static func operatorsInOrder(_ operators: [String]) -> [String] {
        operators.sorted { $1.utf8.lexicographicallyPrecedes($0.utf8) }
    }

    /// An issue without status_id in the short form is an open one; the long form has no such hidden filter ("the long
    /// form of filters, f, op and v, is understood").
    static let hiddenFilter = (field: "status_id", operator: "o")

    /// The rank of a list without priorities: one is shown ("the least an issue needs is a project and a subject").
    static let onlyPriority = (id: Int64(1), name: "Normal")

    /// A week begins on Sunday for those whose language is English ("issues are filtered by dates": `w`).
    static let firstWeekday = 7
}

extension Quirks {
    /// Kinds of relations that are stored turned round ("a relation without a kind relates, and follows is turned into
    /// precedes").
    static let reversedRelations: Set<String> = ["duplicated", "blocked", "follows", "copied_from"]

    /// Groups that stand for everybody of a kind, under numbers that no group has ("groups with builtin").
    static let builtinGroups: [(id: Int64, name: String, kind: String)] = [
        (PrincipalID.anonymous.rawValue, "Anonymous users", "anonymous"),
        (PrincipalID.nobody.rawValue, "Non member users", "non_member"),
    ]
}
