import ParleyModel

/// What known clients rely on and no rule explains, each with the scenario of `Conformance/redmine` that shows it.
enum Quirks {
    /// Leading digits of a number suffice: `/issues/2abc.json` is issue 2 ("the collection gives total_count":
    /// `limit=abc` has none and is the default). A sign counts. Numbers beyond 64 bits are the largest.
    static func leadingNumber(_ text: String) -> Int64? {
        var octets = text.utf8[...]
        while octets.first == UInt8(ascii: " ") { octets.removeFirst() }
        let isNegative = octets.first == UInt8(ascii: "-")
        if isNegative || octets.first == UInt8(ascii: "+") { octets.removeFirst() }
        guard let first = octets.first, first >= 0x30, first <= 0x39 else { return nil }
        var result: Int64 = 0
        for octet in octets {
            guard octet >= 0x30, octet <= 0x39 else { break }
            let (product, tooFar) = result.multipliedReportingOverflow(by: 10)
            let (sum, beyond) = product.addingReportingOverflow(Int64(octet - 0x30))
            if tooFar || beyond { return isNegative ? -.max : .max }
            result = sum
        }
        return isNegative ? -result : result
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
