/// Comparison without differences of case, the same in Swift and in every engine's SQL.
public enum TextFolding {
    /// The text in lower case, all scripts; a Greek final sigma is a sigma. Accents stay.
    /// The result can change with a new edition of Unicode: compare with it, do not build indexes on it.
    public static func fold(_ text: String) -> String {
        var text = text
        let shape = text.withUTF8 { Self.shape($0) }
        switch shape {
        case .folded: return text
        case .upperCase: return foldASCII(text)
        case .other: return foldScalars(text)
        }
    }

    /// Whether a text needs folding at all.
    public enum Shape: Sendable {
        /// ASCII without capitals: it is its own folded form.
        case folded
        /// ASCII with capitals.
        case upperCase
        /// Something beyond ASCII.
        case other
    }

    /// Looks at UTF-8 bytes.
    public static func shape(_ bytes: UnsafeBufferPointer<UInt8>) -> Shape {
        // Without branches, so that many bytes are looked at with one instruction.
        var union: UInt8 = 0
        var capitals: UInt8 = 0
        for byte in bytes {
            union |= byte
            capitals |= (byte &- 0x41) < 26 ? 1 : 0
        }
        if union >= 0x80 { return .other }
        return capitals != 0 ? .upperCase : .folded
    }

    /// Writes the lower-case form of ASCII bytes to memory of the same size.
    public static func foldASCII(_ bytes: UnsafeBufferPointer<UInt8>, into target: UnsafeMutableBufferPointer<UInt8>) {
        for index in 0..<min(bytes.count, target.count) {
            let byte = bytes[index]
            target[index] = (byte &- 0x41) < 26 ? byte | 0x20 : byte
        }
    }

    private static func foldASCII(_ text: String) -> String {
        var text = text
        return text.withUTF8 { bytes in
            String(unsafeUninitializedCapacity: bytes.count) { target in
                foldASCII(bytes, into: target)
                return bytes.count
            }
        }
    }

    private static func foldScalars(_ text: String) -> String {
        let lower = text.lowercased()
        guard lower.unicodeScalars.contains("\u{3C2}") else { return lower }
        var folded = String.UnicodeScalarView()
        for scalar in lower.unicodeScalars { folded.append(scalar == "\u{3C2}" ? "\u{3C3}" : scalar) }
        return String(folded)
    }
}
