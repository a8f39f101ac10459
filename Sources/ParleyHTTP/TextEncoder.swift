import Glibc

/// Turns UTF-8 into another encoding that contains ASCII, by the system's converter; what it cannot write becomes `?`.
public final class TextEncoder {
    /// Nil for UTF-8.
    private let descriptor: iconv_t?

    /// UTF-8 itself.
    public init() {
        descriptor = nil
    }

    /// - Parameter name: such as `ISO-8859-1`. Nil for an unknown encoding, and for one in which ASCII is not as it is.
    public init?(_ name: String) {
        guard TextEncoder.isName(name) else { return nil }
        if ["utf-8", "utf8", "cp65001"].contains(name.lowercased()) {
            descriptor = nil
            return
        }
        guard let opened = TextEncoder.open(name) else { return nil }
        descriptor = opened
        let probe: [UInt8] = Array("aZ09,;\"\n\\~?".utf8)
        var written: [UInt8] = []
        append(probe, to: &written)
        guard written == probe else { return nil }
    }

    deinit {
        if let descriptor { iconv_close(descriptor) }
    }

    /// Whether nothing is changed.
    public var isUTF8: Bool { descriptor == nil }

    /// Nothing that the converter takes for an instruction (`//TRANSLIT`) or a path.
    private static func isName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 40
            && name.utf8.allSatisfy { octet in
                switch octet {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x5F: true
                default: false
                }
            }
    }

    private static func open(_ name: String) -> iconv_t? {
        guard let opened = iconv_open(name, "UTF-8"), Int(bitPattern: opened) != -1 else { return nil }
        return opened
    }

    /// Appends octets of UTF-8 in the encoding.
    public func append(_ input: [UInt8], to output: inout [UInt8]) {
        guard let descriptor, input.contains(where: { $0 >= 0x80 }) || output.isEmpty else {
            output.append(contentsOf: input)
            return
        }
        var source = input.map { CChar(bitPattern: $0) }
        var block = [CChar](repeating: 0, count: 4096)
        source.withUnsafeMutableBufferPointer { source in
            block.withUnsafeMutableBufferPointer { block in
                TextEncoder.convert(descriptor, source, block, &output)
            }
        }
    }

    private static func convert(
        _ descriptor: iconv_t, _ source: UnsafeMutableBufferPointer<CChar>, _ block: UnsafeMutableBufferPointer<CChar>,
        _ output: inout [UInt8]
    ) {
        var input = source.baseAddress
        var rest = source.count
        while rest > 0 {
            var target = block.baseAddress
            var room = block.count
            let result = iconv(descriptor, &input, &rest, &target, &room)
            let code = errno
            output.append(contentsOf: block[..<(block.count - room)].map { UInt8(bitPattern: $0) })
            guard result == -1 else { continue }
            if code == E2BIG { continue }
            output.append(UInt8(ascii: "?"))
            repeat {
                input = input?.advanced(by: 1)
                rest -= 1
            } while rest > 0 && (input.map { UInt8(bitPattern: $0.pointee) & 0xC0 == 0x80 } ?? false)
        }
    }
}
