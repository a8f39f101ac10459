import ParleyModel
import ParleyStorage

/// Compares texts of reference data, as the storage compares those of issues.
struct TextMatcher {
    private let match: TextMatch
    private let pattern: String
    private let caseSensitive: Bool

    init(_ match: TextMatch, _ pattern: String, caseSensitive: Bool) {
        self.match = match
        self.pattern = caseSensitive ? pattern : TextFolding.fold(pattern)
        self.caseSensitive = caseSensitive
    }

    func matches(_ text: String) -> Bool {
        let text = caseSensitive ? text : TextFolding.fold(text)
        switch match {
        case .equals: return text == pattern
        case .contains, .regex: return TextMatcher.contains(text, pattern)
        case .prefix: return text.hasPrefix(pattern)
        case .suffix: return text.hasSuffix(pattern)
        case .wildcard: return TextMatcher.wildcard(Array(text), Array(pattern))
        }
    }

    static func contains(_ text: String, _ part: String) -> Bool {
        if part.isEmpty { return true }
        return text.utf8.count >= part.utf8.count && text.ranges(of: part).first != nil
    }

    /// `*` any text, `?` one character; linear in the product of the lengths.
    private static func wildcard(_ text: [Character], _ pattern: [Character]) -> Bool {
        var position = 0, place = 0, star = -1, mark = 0
        while position < text.count {
            if place < pattern.count, pattern[place] == "?" || pattern[place] == text[position] {
                position += 1
                place += 1
            } else if place < pattern.count, pattern[place] == "*" {
                star = place
                mark = position
                place += 1
            } else if star >= 0 {
                place = star + 1
                mark += 1
                position = mark
            } else {
                return false
            }
        }
        while place < pattern.count, pattern[place] == "*" { place += 1 }
        return place == pattern.count
    }
}
