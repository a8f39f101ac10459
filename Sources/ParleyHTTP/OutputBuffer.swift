/// A growing block of octets with one owner. Who appends reserves first, so that a value costs one capacity check.
public struct OutputBuffer: ~Copyable {
    private(set) var base: UnsafeMutablePointer<UInt8>
    /// Octets that there are.
    public private(set) var count = 0
    private(set) var capacity: Int

    /// - Parameter capacity: octets that there is room for at first.
    public init(capacity: Int) {
        self.capacity = max(capacity, 64)
        base = UnsafeMutablePointer<UInt8>.allocate(capacity: self.capacity)
    }

    deinit {
        base.deallocate()
    }

    /// Makes room for so many more octets.
    @inline(__always)
    mutating func reserve(_ extra: Int) {
        if count + extra > capacity { grow(extra) }
    }

    @inline(never)
    private mutating func grow(_ extra: Int) {
        let wanted = max(capacity * 2, count + extra)
        let block = UnsafeMutablePointer<UInt8>.allocate(capacity: wanted)
        block.update(from: base, count: count)
        base.deallocate()
        base = block
        capacity = wanted
    }

    /// One octet; room must have been reserved.
    @inline(__always)
    mutating func put(_ octet: UInt8) {
        base[count] = octet
        count += 1
    }

    /// Octets; room must have been reserved.
    @inline(__always)
    mutating func put(_ octets: UnsafePointer<UInt8>, _ length: Int) {
        (base + count).update(from: octets, count: length)
        count += length
    }

    /// The octets of a literal; room must have been reserved.
    @inline(__always)
    mutating func put(_ literal: StaticString) {
        put(literal.utf8Start, literal.utf8CodeUnitCount)
    }

    /// One octet.
    public mutating func append(octet: UInt8) {
        reserve(1)
        put(octet)
    }

    /// Octets of an array or a text.
    public mutating func append(octets: UnsafeBufferPointer<UInt8>) {
        guard let start = octets.baseAddress else { return }
        reserve(octets.count)
        put(start, octets.count)
    }

    /// The octets of a literal.
    public mutating func append(_ literal: StaticString) {
        reserve(literal.utf8CodeUnitCount)
        put(literal)
    }

    /// The octets of a text, as they are.
    public mutating func append(_ text: String) {
        text.withOctets { octets, length in
            reserve(length)
            put(octets, length)
        }
    }

    /// A number in decimal.
    public mutating func append(_ number: Int64) {
        reserve(20)
        put(number)
    }

    /// A number in decimal; at most 20 octets, reserved by the caller.
    mutating func put(_ number: Int64) {
        var rest = number.magnitude
        if number < 0 { put(.minus) }
        if rest < 10 { return put(.digitZero &+ UInt8(truncatingIfNeeded: rest)) }
        var length = 2
        var bound: UInt64 = 100
        while rest >= bound {
            length += 1
            if length == 20 { break }
            bound &*= 10
        }
        var position = count + length
        count = position
        while rest >= 10 {
            let quotient = rest / 10
            position -= 1
            base[position] = .digitZero &+ UInt8(truncatingIfNeeded: rest &- quotient &* 10)
            rest = quotient
        }
        base[position - 1] = .digitZero &+ UInt8(truncatingIfNeeded: rest)
    }

    /// A number of fixed width with leading zeros; room must have been reserved.
    @inline(__always)
    mutating func put(_ number: Int, width: Int) {
        var rest = number
        var position = count + width
        count = position
        for _ in 0..<width {
            position -= 1
            let quotient = rest / 10
            base[position] = .digitZero &+ UInt8(truncatingIfNeeded: rest &- quotient &* 10)
            rest = quotient
        }
    }

    /// A finite number, shortest form, whole ones with `.0`; at most 32 octets, reserved by the caller.
    mutating func put(_ number: Double) {
        let quarters = number * 4
        let isSmall = quarters.magnitude < 4e15 && !(number == 0 && number.sign == .minus)
        let scaled = isSmall ? Int64(quarters) : 0
        guard isSmall, Double(scaled) == quarters else {
            for octet in number.description.utf8 { put(octet) }
            return
        }
        if scaled < 0 && scaled > -4 { put(.minus) }
        put(scaled / 4)
        switch scaled.magnitude % 4 {
        case 0: put(".0")
        case 1: put(".25")
        case 2: put(".5")
        default: put(".75")
        }
    }

    /// Puts octets in at a place, moving what follows.
    mutating func insert(_ literal: StaticString, at position: Int) {
        let length = literal.utf8CodeUnitCount
        reserve(length)
        let source = base + position
        (source + length).update(from: source, count: count - position)
        source.update(from: literal.utf8Start, count: length)
        count += length
    }

    /// The octets from a place on, where they lie.
    public borrowing func withOctets<R>(from start: Int, _ body: (UnsafeBufferPointer<UInt8>) -> R) -> R {
        body(UnsafeBufferPointer(start: base + min(start, count), count: count - min(start, count)))
    }

    /// A copy of the octets.
    public borrowing func array() -> [UInt8] {
        Array(UnsafeBufferPointer(start: base, count: count))
    }
}

extension UInt8 {
    static let digitZero = UInt8(ascii: "0")
    static let minus = UInt8(ascii: "-")
    static let quote = UInt8(ascii: "\"")
    static let comma = UInt8(ascii: ",")
    static let colon = UInt8(ascii: ":")
    static let space = UInt8(ascii: " ")
    static let newline = UInt8(ascii: "\n")
    static let backslash = UInt8(ascii: "\\")
    static let braceLeft = UInt8(ascii: "{")
    static let braceRight = UInt8(ascii: "}")
    static let bracketLeft = UInt8(ascii: "[")
    static let bracketRight = UInt8(ascii: "]")
    static let less = UInt8(ascii: "<")
    static let greater = UInt8(ascii: ">")
    static let slash = UInt8(ascii: "/")
    static let ampersand = UInt8(ascii: "&")
    static let equals = UInt8(ascii: "=")
}

extension String {
    /// The text's UTF-8 where it lies.
    @inline(__always)
    func withOctets(_ body: (UnsafePointer<UInt8>, Int) -> Void) {
        let done: Void? = utf8.withContiguousStorageIfAvailable { octets in
            if let start = octets.baseAddress, !octets.isEmpty { body(start, octets.count) }
        }
        if done != nil { return }
        Array(utf8).withUnsafeBufferPointer { octets in
            if let start = octets.baseAddress, !octets.isEmpty { body(start, octets.count) }
        }
    }
}
