/// Ends of lines: descriptions of issues go out with CR LF, whatever they came with ("lines of a description end with
/// CR LF"). Parley keeps the one of Unix.
enum LineEnds {
    /// CR LF, and CR alone, as LF.
    static func plain(_ text: String) -> String {
        guard text.utf8.contains(carriageReturn) else { return text }
        return ended(text, [lineFeed])
    }

    /// Each end of a line as CR LF.
    static func network(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 == lineFeed || $0 == carriageReturn }) else { return text }
        return ended(text, [carriageReturn, lineFeed])
    }

    private static let lineFeed: UInt8 = 0x0A
    private static let carriageReturn: UInt8 = 0x0D

    private static func ended(_ text: String, _ end: [UInt8]) -> String {
        var octets: [UInt8] = []
        octets.reserveCapacity(text.utf8.count + text.utf8.count / 16)
        var previous: UInt8 = 0
        for octet in text.utf8 {
            switch octet {
            case carriageReturn: octets += end
            case lineFeed: if previous != carriageReturn { octets += end }
            default: octets.append(octet)
            }
            previous = octet
        }
        return String(decoding: octets, as: UTF8.self)
    }
}
