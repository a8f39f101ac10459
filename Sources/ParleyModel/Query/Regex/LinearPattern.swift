/// A regular expression that is looked for in time linear in the text: all ways to match are followed side by side.
///
/// Knows literals, `.`, `[]`, `()`, `(?:)`, `|`, `*`, `+`, `?`, `{n,m}`, `^`, `$`, `\d \w \s \b` and their complements.
/// There are no back references and no look-around.
public struct LinearPattern: Sendable {
    enum Instruction: Sendable {
        case set(ScalarSet)
        case split(Int, Int)
        case jump(Int)
        case start, end, boundary, noBoundary
        case found
    }

    /// Scalars that a pattern may have.
    public static let lengthLimit = 1000
    /// Scalars of a text that are looked at.
    public static let textLimit = 100_000
    private static let programLimit = 4000

    private let program: [Instruction]
    private let ignoresCase: Bool

    /// Nil where the pattern is malformed or too large.
    public init?(_ pattern: String, ignoresCase: Bool = false) {
        guard pattern.unicodeScalars.count <= Self.lengthLimit else { return nil }
        var parser = PatternParser(pattern)
        guard let node = parser.parse() else { return nil }
        var writer = ProgramWriter(limit: Self.programLimit, ignoresCase: ignoresCase)
        guard writer.write(node), writer.append(.found) else { return nil }
        program = writer.program
        self.ignoresCase = ignoresCase
    }

    /// Whether some part of the text matches.
    public func matches(_ text: String) -> Bool {
        let text = ignoresCase ? TextRules.fold(text) : text
        var run = PatternRun(program)
        var previous: UInt32?
        var count = 0
        var iterator = text.unicodeScalars.makeIterator()
        var current = iterator.next()?.value
        while true {
            if run.follow(previous: previous, current: current) { return true }
            guard let scalar = current, count < Self.textLimit else { return false }
            count += 1
            run.consume(scalar)
            previous = scalar
            current = iterator.next()?.value
        }
    }
}

/// Writes the program of a parsed expression.
private struct ProgramWriter {
    var program: [LinearPattern.Instruction] = []
    let limit: Int
    let ignoresCase: Bool

    init(limit: Int, ignoresCase: Bool) {
        self.limit = limit
        self.ignoresCase = ignoresCase
    }

    mutating func append(_ instruction: LinearPattern.Instruction) -> Bool {
        guard program.count < limit else { return false }
        program.append(instruction)
        return true
    }

    mutating func write(_ node: PatternNode) -> Bool {
        switch node {
        case .empty: return true
        case .set(let set): return append(.set(ignoresCase ? folded(set) : set))
        case .start: return append(.start)
        case .end: return append(.end)
        case .boundary: return append(.boundary)
        case .noBoundary: return append(.noBoundary)
        case .sequence(let parts): return parts.allSatisfy { write($0) }
        case .choice(let branches): return choice(branches)
        case .repeat(let part, let minimum, let maximum): return repetition(part, minimum, maximum)
        }
    }

    private mutating func choice(_ branches: [PatternNode]) -> Bool {
        var ends: [Int] = []
        for (index, branch) in branches.enumerated() {
            let split = program.count
            let isLast = index == branches.count - 1
            if !isLast, !append(.split(split + 1, 0)) { return false }
            guard write(branch) else { return false }
            if isLast { break }
            ends.append(program.count)
            guard append(.jump(0)) else { return false }
            program[split] = .split(split + 1, program.count)
        }
        for end in ends { program[end] = .jump(program.count) }
        return true
    }

    private mutating func repetition(_ part: PatternNode, _ minimum: Int, _ maximum: Int?) -> Bool {
        for _ in 0..<minimum {
            let before = program.count
            guard write(part) else { return false }
            // What matches only the empty text need not be repeated.
            if program.count == before { return true }
        }
        guard let maximum else {
            let split = program.count
            guard append(.split(split + 1, 0)), write(part), append(.jump(split)) else { return false }
            program[split] = .split(split + 1, program.count)
            return true
        }
        var splits: [Int] = []
        for _ in minimum..<max(minimum, maximum) {
            splits.append(program.count)
            guard append(.split(0, 0)), write(part) else { return false }
        }
        for split in splits { program[split] = .split(split + 1, program.count) }
        return true
    }

    /// The text is folded before: small letters stand for both.
    private func folded(_ set: ScalarSet) -> ScalarSet {
        var result = set
        for range in set.ranges where range.count <= 512 {
            for value in range {
                guard let scalar = Unicode.Scalar(value) else { continue }
                for lower in TextRules.fold(String(Character(scalar))).unicodeScalars {
                    result.ranges.append(lower.value...lower.value)
                }
            }
        }
        result.ranges = merged(result.ranges)
        return result
    }

    private func merged(_ ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
        var result: [ClosedRange<UInt32>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = result.last, range.lowerBound <= last.upperBound &+ 1 {
                result[result.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                result.append(range)
            }
        }
        return result
    }
}

/// The threads of one run: which instructions may come next.
private struct PatternRun {
    private let program: [LinearPattern.Instruction]
    private var waiting: [Int] = []
    private var reading: [Int] = []
    private var marks: [Int]
    private var generation = 0
    private var stack: [Int] = []

    init(_ program: [LinearPattern.Instruction]) {
        self.program = program
        marks = Array(repeating: -1, count: program.count)
    }

    /// Follows all threads to what they read next, beginning a new one here.
    /// - Returns: whether one has come to its end.
    mutating func follow(previous: UInt32?, current: UInt32?) -> Bool {
        generation += 1
        reading.removeAll(keepingCapacity: true)
        waiting.append(0)
        for start in waiting {
            stack.append(start)
            while let index = stack.popLast() {
                guard marks[index] != generation else { continue }
                marks[index] = generation
                switch program[index] {
                case .found: return true
                case .set: reading.append(index)
                case .jump(let target): stack.append(target)
                case .split(let first, let second):
                    stack.append(second)
                    stack.append(first)
                case .start: if previous == nil { stack.append(index + 1) }
                case .end: if current == nil { stack.append(index + 1) }
                case .boundary: if isBoundary(previous, current) { stack.append(index + 1) }
                case .noBoundary: if !isBoundary(previous, current) { stack.append(index + 1) }
                }
            }
        }
        return false
    }

    private func isBoundary(_ previous: UInt32?, _ current: UInt32?) -> Bool {
        let before = previous.map(ScalarSet.word.contains) ?? false
        let after = current.map(ScalarSet.word.contains) ?? false
        return before != after
    }

    /// Moves the threads over a scalar.
    mutating func consume(_ scalar: UInt32) {
        waiting.removeAll(keepingCapacity: true)
        for index in reading {
            if case .set(let set) = program[index], set.contains(scalar) { waiting.append(index + 1) }
        }
    }
}
