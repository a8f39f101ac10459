/// An image's form and size, read from its first octets: what a file is called or said to be counts for nothing.
public struct RasterImage: Sendable, Equatable {
    /// What is recognised; the raw value is the media type.
    public enum Form: String, Sendable {
        case png = "image/png"
        case gif = "image/gif"
        case jpeg = "image/jpeg"
        case webp = "image/webp"
    }

    public let form: Form
    /// Pixels.
    public let width: Int
    /// Pixels.
    public let height: Int

    /// Pixels of a side, and of all, beyond which an image is taken for an attack on whoever unpacks it.
    public static let sideLimit = 8192
    public static let areaLimit = 16_777_216

    /// Nil for anything else than one of the four forms, and for sizes that are not sane.
    /// - Parameter octets: the file's beginning; a JPEG's size may stand tens of thousands of octets behind it.
    public init?(_ octets: [UInt8]) {
        let source = Octets(octets)
        guard let found = source.png ?? source.gif ?? source.jpeg ?? source.webp else { return nil }
        guard (1...RasterImage.sideLimit).contains(found.width), (1...RasterImage.sideLimit).contains(found.height),
            found.width * found.height <= RasterImage.areaLimit
        else { return nil }
        (form, width, height) = found
    }

    /// Readers of the four headers; every access is within bounds.
    private struct Octets {
        typealias Found = (form: Form, width: Int, height: Int)

        let octets: [UInt8]

        init(_ octets: [UInt8]) { self.octets = octets }

        private func byte(_ position: Int) -> Int? { octets.indices.contains(position) ? Int(octets[position]) : nil }

        private func has(_ text: StaticString, at position: Int) -> Bool {
            let wanted = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
            guard position >= 0, octets.count - position >= wanted.count else { return false }
            return octets[position..<position + wanted.count].elementsEqual(wanted)
        }

        private func has(_ wanted: [UInt8], at position: Int) -> Bool {
            octets.count - position >= wanted.count
                && octets[position..<position + wanted.count].elementsEqual(wanted)
        }

        /// A number of two to four octets.
        private func big(_ position: Int, _ count: Int) -> Int? {
            guard position >= 0, octets.count - position >= count else { return nil }
            return octets[position..<position + count].reduce(0) { $0 << 8 | Int($1) }
        }

        private func little(_ position: Int, _ count: Int) -> Int? {
            guard position >= 0, octets.count - position >= count else { return nil }
            return octets[position..<position + count].reversed().reduce(0) { $0 << 8 | Int($1) }
        }

        var png: Found? {
            guard has([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], at: 0), big(8, 4) == 13, has("IHDR", at: 12),
                let width = big(16, 4), let height = big(20, 4)
            else { return nil }
            return (.png, width, height)
        }

        var gif: Found? {
            guard has("GIF87a", at: 0) || has("GIF89a", at: 0), let width = little(6, 2), let height = little(8, 2)
            else { return nil }
            return (.gif, width, height)
        }

        /// Walks the segments up to the frame header.
        var jpeg: Found? {
            guard has([0xFF, 0xD8, 0xFF], at: 0) else { return nil }
            var position = 2
            while byte(position) == 0xFF, let marker = byte(position + 1) {
                switch marker {
                case 0xFF: position += 1
                case 0x01, 0xD0...0xD7: position += 2
                case 0xC0...0xC3, 0xC5...0xC7, 0xC9...0xCB, 0xCD...0xCF:
                    guard let height = big(position + 5, 2), let width = big(position + 7, 2) else { return nil }
                    return (.jpeg, width, height)
                // The image's data, or its end, without a frame.
                case 0xD8, 0xD9, 0xDA: return nil
                default:
                    guard let length = big(position + 2, 2), length >= 2 else { return nil }
                    position += 2 + length
                }
            }
            return nil
        }

        var webp: Found? {
            guard has("RIFF", at: 0), has("WEBP", at: 8) else { return nil }
            if has("VP8 ", at: 12), has([0x9D, 0x01, 0x2A], at: 23), let width = little(26, 2),
                let height = little(28, 2)
            {
                return (.webp, width & 0x3FFF, height & 0x3FFF)
            }
            if has("VP8L", at: 12), byte(20) == 0x2F, let bits = little(21, 4) {
                return (.webp, (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
            }
            if has("VP8X", at: 12), let width = little(24, 3), let height = little(27, 3) {
                return (.webp, width + 1, height + 1)
            }
            return nil
        }
    }
}
