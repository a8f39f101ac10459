/// Refuses keys that are more than a word before the parser sees them: it hashes keys, and a key made of aliases of
/// aliases would take for ever. Only files with anchors can hold such; everything else about keys the parser tells.
struct FileKeyGuard {
    private let octets: [UInt8]
    private var anchors: Set<[UInt8]> = []

    init(_ text: String) {
        octets = Array(text.utf8)
        for index in octets.indices where octets[index] == UInt8(ascii: "&") && startsToken(index) {
            let name = word(after: index)
            if !name.isEmpty { anchors.insert(name) }
        }
    }

    /// - Throws: `WorkspaceFileFault` with the line.
    func check() throws {
        guard !anchors.isEmpty else { return }
        var line = 1
        var hasAlias = false
        for index in octets.indices {
            switch octets[index] {
            case UInt8(ascii: "\n"):
                line += 1
                hasAlias = false
            case UInt8(ascii: "*") where startsToken(index) && anchors.contains(word(after: index)):
                hasAlias = true
                if isFollowedByColon(index + 1 + word(after: index).count, needsBlank: true) { try refuse(line) }
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                if hasAlias, isFollowedByColon(index + 1, needsBlank: false) { try refuse(line) }
            case UInt8(ascii: "?") where startsToken(index) && beginsComplexKey(index + 1):
                try refuse(line)
            default: break
            }
        }
    }

    private func refuse(_ line: Int) throws { throw WorkspaceFileFault(line: line, "a key is a single word") }

    private func octet(_ index: Int) -> UInt8? { octets.indices.contains(index) ? octets[index] : nil }

    private static func isBlank(_ octet: UInt8?) -> Bool {
        octet == nil || octet == 0x20 || octet == 0x09 || octet == 0x0A || octet == 0x0D
    }

    /// Whether a value or key could begin here.
    private func startsToken(_ index: Int) -> Bool {
        let before = octet(index - 1)
        return FileKeyGuard.isBlank(before) || "[{,:".utf8.contains(before ?? 0)
    }

    /// The name of an anchor or alias.
    private func word(after index: Int) -> [UInt8] {
        Array(
            octets[(index + 1)...].prefix { octet in
                octet == 0x5F || octet == 0x2D || (0x30...0x39).contains(octet) || (0x41...0x5A).contains(octet & 0xDF)
            }.prefix(1024))
    }

    private func isFollowedByColon(_ start: Int, needsBlank: Bool) -> Bool {
        var index = start
        while octet(index) == 0x20 || octet(index) == 0x09 { index += 1 }
        guard octet(index) == UInt8(ascii: ":") else { return false }
        return FileKeyGuard.isBlank(octet(index + 1)) || !needsBlank
    }

    /// A question mark, a blank, and then something that is no word.
    private func beginsComplexKey(_ start: Int) -> Bool {
        guard FileKeyGuard.isBlank(octet(start)) else { return false }
        var index = start
        while index < octets.count, FileKeyGuard.isBlank(octets[index]) { index += 1 }
        guard let next = octet(index) else { return false }
        if next == UInt8(ascii: "-") { return FileKeyGuard.isBlank(octet(index + 1)) }
        if next == UInt8(ascii: "*") { return anchors.contains(word(after: index)) }
        return next == UInt8(ascii: "[") || next == UInt8(ascii: "{")
            || (next == UInt8(ascii: "&") && anchors.contains(word(after: index)))
    }
}
