import ParleyHTTP

/// Single values in the words in which they are kept.
enum Words {
    /// As a custom field keeps it; nil for null, lists and objects.
    static func ofField(_ value: ParameterTree) -> String? {
        if case .number(let digits) = value { decimal(digits) } else { value.scalarText }
    }

    /// As a text of an object keeps it: yes and no are one letter.
    static func ofText(_ value: ParameterTree) -> String? {
        if case .boolean(let flag) = value { flag ? "t" : "f" } else { ofField(value) }
    }

    /// A number: whole ones as they stand, others with all the digits that count and at least one behind the point.
    static func decimal(_ digits: String) -> String {
        guard digits.contains(where: { ".eE".contains($0) }), let number = Double(digits) else {
            return digits == "-0" ? "0" : digits
        }
        guard number.isFinite else { return number < 0 ? "-Infinity" : "Infinity" }
        guard number != 0 else { return number.sign == .minus ? "-0.0" : "0.0" }
        let parts = number.magnitude.description.split(separator: "e")
        let mantissa = parts[0].split(separator: ".")
        let exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        let written = mantissa.joined()
        let zeros = written.prefix { $0 == "0" }.count
        var figures = String(written.dropFirst(zeros))
        while figures.count > 1, figures.hasSuffix("0") { figures.removeLast() }
        // The point stands so many figures behind the first.
        let point = mantissa[0].count + exponent - zeros
        return (number < 0 ? "-" : "") + placed(figures, point)
    }

    private static func placed(_ figures: String, _ point: Int) -> String {
        func zeros(_ count: Int) -> String { String(repeating: "0", count: max(0, count)) }
        switch point {
        case ...(-4), 17...:
            let rest = figures.dropFirst()
            let power = String(abs(point - 1))
            let mantissa = "\(figures.prefix(1)).\(rest.isEmpty ? "0" : rest)"
            return "\(mantissa)e\(point < 1 ? "-" : "+")\(zeros(2 - power.count))\(power)"
        case ...0: return "0.\(zeros(-point))\(figures)"
        default:
            let rest = figures.dropFirst(point)
            return "\(figures.prefix(point))\(zeros(point - figures.count)).\(rest.isEmpty ? "0" : rest)"
        }
    }
}
