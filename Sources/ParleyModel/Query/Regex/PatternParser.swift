/// A set of Unicode scalars.
struct ScalarSet: Hashable, Sendable {
    var ranges: [ClosedRange<UInt32>]
    var isNegated = false

    func contains(_ scalar: UInt32) -> Bool {
        ranges.contains { $0.contains(scalar) } != isNegated
    }

    static let digits = ScalarSet(ranges: [0x30...0x39])
    static let spaces = ScalarSet(ranges: [0x09...0x0D, 0x20...0x20, 0x85...0x85, 0xA0...0xA0, 0x2028...0x2029])
    /// Letters and digits of ASCII, the underscore, and everything beyond ASCII that is no space.
    static let word = ScalarSet(
        ranges: [0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A, 0xAA...0x2027, 0x202A...0x10FFFF])
    static let newline = ScalarSet(ranges: [0x0A...0x0A])
}

/// A parsed expression.
indirect enum PatternNode {
    case empty
    case set(ScalarSet)
    case start, end, boundary, noBoundary
    case sequence([PatternNode])
    case choice([PatternNode])
    case `repeat`(PatternNode, minimum: Int, maximum: Int?)
}

/// Reads an expression. Depth and counts are bounded.
struct PatternParser {
    private let scalars: [Unicode.Scalar]
    private var index = 0
    private var depth = 0

    static let depthLimit = 60
    static let countLimit = 255

    init(_ pattern: String) { scalars = Array(pattern.unicodeScalars) }

    /// The whole pattern; nil when it is malformed.
    mutating func parse() -> PatternNode? {
        guard let node = choice(), index == scalars.count else { return nil }
        return node
    }

    private var next: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard next == scalar else { return false }
        index += 1
        return true
    }

    private mutating func choice() -> PatternNode? {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthLimit else { return nil }
        var branches: [PatternNode] = []
        repeat {
            guard let branch = sequence() else { return nil }
            branches.append(branch)
        } while take("|")
        return branches.count == 1 ? branches[0] : .choice(branches)
    }

    private mutating func sequence() -> PatternNode? {
        var parts: [PatternNode] = []
        while let scalar = next, scalar != "|", scalar != ")" {
            guard let atom = atom(), let part = repeated(atom) else { return nil }
            parts.append(part)
        }
        return parts.count == 1 ? parts[0] : (parts.isEmpty ? .empty : .sequence(parts))
    }

    private mutating func repeated(_ atom: PatternNode) -> PatternNode? {
        var node = atom
        var levels = 0
        while let scalar = next {
            let bounds: (Int, Int?)
            switch scalar {
            case "*": bounds = (0, nil)
            case "+": bounds = (1, nil)
            case "?": bounds = (0, 1)
            case "{":
                guard let counts = counts() else { return node }
                bounds = counts
                index -= 1
            default: return node
            }
            index += 1
            // What is found is the same for lazy repetition.
            _ = take("?")
            levels += 1
            guard levels <= 3, bounds.0 <= Self.countLimit, (bounds.1 ?? 0) <= Self.countLimit else { return nil }
            node = .repeat(node, minimum: bounds.0, maximum: bounds.1)
        }
        return node
    }

    /// `{2}`, `{2,}`, `{2,5}`; anything else in braces is taken literally, and nothing is read.
    private mutating func counts() -> (Int, Int?)? {
        let begin = index
        index += 1
        if let low = number() {
            if take("}") { return (low, low) }
            if take(",") {
                if take("}") { return (low, nil) }
                if let high = number(), high >= low, take("}") { return (low, high) }
            }
        }
        index = begin
        return nil
    }

    private mutating func number() -> Int? {
        var result: Int?
        while let scalar = next, scalar >= "0", scalar <= "9" {
            result = min((result ?? 0) * 10 + Int(scalar.value - 0x30), 100_000)
            index += 1
        }
        return result
    }

    private mutating func atom() -> PatternNode? {
        guard let scalar = next else { return nil }
        index += 1
        switch scalar {
        case "(": return group()
        case "[": return brackets().map { .set($0) }
        case ".": return .set(ScalarSet(ranges: ScalarSet.newline.ranges, isNegated: true))
        case "^": return .start
        case "$": return .end
        case "*", "+", "?": return nil
        case "\\": return escape()
        case "{" where isCount: return nil
        default: return .set(ScalarSet(ranges: [scalar.value...scalar.value]))
        }
    }

    /// Whether a repetition count stands where nothing can be repeated.
    private var isCount: Bool {
        var copy = self
        copy.index -= 1
        return copy.counts() != nil
    }

    private mutating func group() -> PatternNode? {
        if take("?") {
            guard take(":") else { return nil }
        }
        guard let node = choice(), take(")") else { return nil }
        return node
    }

    private mutating func escape() -> PatternNode? {
        guard let scalar = next else { return nil }
        if scalar == "b" || scalar == "B" {
            index += 1
            return scalar == "b" ? .boundary : .noBoundary
        }
        return escapedSet().map { .set($0) }
    }

    /// After a backslash.
    private mutating func escapedSet() -> ScalarSet? {
        guard let scalar = next else { return nil }
        index += 1
        switch scalar {
        case "d": return .digits
        case "D": return ScalarSet(ranges: ScalarSet.digits.ranges, isNegated: true)
        case "s": return .spaces
        case "S": return ScalarSet(ranges: ScalarSet.spaces.ranges, isNegated: true)
        case "w": return .word
        case "W": return ScalarSet(ranges: ScalarSet.word.ranges, isNegated: true)
        case "n": return .newline
        case "t": return ScalarSet(ranges: [0x09...0x09])
        case "r": return ScalarSet(ranges: [0x0D...0x0D])
        default:
            let isPlain = !(scalar.properties.isAlphabetic || (scalar >= "0" && scalar <= "9"))
            return isPlain ? ScalarSet(ranges: [scalar.value...scalar.value]) : nil
        }
    }

    /// After an opening bracket.
    private mutating func brackets() -> ScalarSet? {
        var set = ScalarSet(ranges: [])
        set.isNegated = take("^")
        var isFirst = true
        while let scalar = next {
            if scalar == "]" && !isFirst {
                index += 1
                return set
            }
            isFirst = false
            guard let low = member() else { return nil }
            guard low.ranges.count == 1, !low.isNegated, low.ranges[0].count == 1, next == "-",
                index + 1 < scalars.count,
                scalars[index + 1] != "]"
            else {
                set.ranges += low.isNegated ? complement(low.ranges) : low.ranges
                continue
            }
            index += 1
            guard let high = member(), high.ranges.count == 1, high.ranges[0].count == 1, !high.isNegated,
                low.ranges[0].lowerBound <= high.ranges[0].lowerBound
            else { return nil }
            set.ranges.append(low.ranges[0].lowerBound...high.ranges[0].lowerBound)
        }
        return nil
    }

    private mutating func member() -> ScalarSet? {
        guard let scalar = next else { return nil }
        index += 1
        return scalar == "\\" ? escapedSet() : ScalarSet(ranges: [scalar.value...scalar.value])
    }

    private func complement(_ ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
        var result: [ClosedRange<UInt32>] = []
        var start: UInt32 = 0
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if range.lowerBound > start { result.append(start...(range.lowerBound - 1)) }
            start = max(start, range.upperBound &+ 1)
        }
        if start <= 0x10FFFF { result.append(start...0x10FFFF) }
        return result
    }
}
