extension String {
    /// The UTF-8 octets in one piece. Strings are stored that way, so that this is a pointer and no copy.
    @inline(__always)
    func withOctets<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        if let result = utf8.withContiguousStorageIfAvailable(body) { return result }
        return Array(utf8).withUnsafeBufferPointer(body)
    }
}

extension StaticString {
    /// Comparison without case of a text with this one, which is in lower-case ASCII.
    @inline(__always)
    func matches(_ text: String) -> Bool {
        guard text.utf8.count == utf8CodeUnitCount else { return false }
        return text.withOctets { octets in
            for index in 0..<octets.count {
                let byte = octets[index]
                let folded = byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
                if folded != utf8Start[index] { return false }
            }
            return true
        }
    }
}

/// Writes octets into memory that is known to be large enough; what would not fit is left out.
struct OctetWriter {
    private let memory: UnsafeMutableRawBufferPointer
    private(set) var count = 0

    init(_ memory: UnsafeMutableRawBufferPointer) { self.memory = memory }

    mutating func write(_ octets: UnsafeBufferPointer<UInt8>) {
        guard octets.count <= memory.count - count, let start = memory.baseAddress, let source = octets.baseAddress
        else { return }
        (start + count).copyMemory(from: source, byteCount: octets.count)
        count += octets.count
    }

    mutating func write(_ text: StaticString) {
        text.withUTF8Buffer { write($0) }
    }

    mutating func write(_ text: String) {
        text.withOctets { write($0) }
    }

    mutating func write(_ octets: [UInt8]) {
        octets.withUnsafeBufferPointer { write($0) }
    }

    /// A header's value: control characters, which could end the line, become blanks.
    mutating func write(value: String) {
        value.withOctets { octets in
            guard octets.count <= memory.count - count else { return }
            for index in 0..<octets.count {
                let byte = octets[index]
                memory[count + index] = byte >= 0x20 && byte != 0x7F || byte == 0x09 ? byte : 0x20
            }
            count += octets.count
        }
    }

    mutating func write(_ number: Int64) {
        var digits: (UInt64, UInt64, UInt64) = (0, 0, 0)
        withUnsafeMutableBytes(of: &digits) { buffer in
            var rest = number.magnitude
            var index = buffer.count
            repeat {
                index -= 1
                buffer[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            } while rest > 0
            let used = UnsafeRawBufferPointer(rebasing: buffer[index...])
            used.withMemoryRebound(to: UInt8.self) { write($0) }
        }
    }
}
