/// Goes through the octets of a date, in which letters have one case. Every step either succeeds and moves on, or
/// fails and stays.
struct DateCursor {
    /// As written.
    private(set) var original: [UInt8]
    private var octets: [UInt8]
    var position = 0

    init(_ text: String) {
        original = Array(text.utf8)
        octets = original.map { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 }
    }

    var isAtEnd: Bool { position >= octets.count }

    /// The octet so far ahead, in lower case; 0 behind the end.
    func peek(_ ahead: Int = 0) -> UInt8 { position + ahead < octets.count ? octets[position + ahead] : 0 }

    static func isSpace(_ octet: UInt8) -> Bool { octet == 0x20 || (octet >= 0x09 && octet <= 0x0D) }
    static func isDigit(_ octet: UInt8) -> Bool { octet >= 0x30 && octet <= 0x39 }
    static func isLetter(_ octet: UInt8) -> Bool { octet >= 0x61 && octet <= 0x7A }
    private static func isWord(_ octet: UInt8) -> Bool {
        isDigit(octet) || isLetter(octet) || octet == 0x5F || octet >= 0x80
    }

    /// Runs an attempt; where it fails, the cursor stays.
    mutating func attempt<T>(_ body: (inout DateCursor) -> T?) -> T? {
        var copy = self
        guard let result = body(&copy) else { return nil }
        self = copy
        return result
    }

    /// - Returns: whether there was some.
    @discardableResult
    mutating func skipSpace() -> Bool {
        let start = position
        while !isAtEnd, DateCursor.isSpace(octets[position]) { position += 1 }
        return position > start
    }

    mutating func take(_ octet: UInt8) -> Bool {
        guard !isAtEnd, octets[position] == octet else { return false }
        position += 1
        return true
    }

    mutating func take(_ character: Character) -> Bool { character.asciiValue.map { take($0) } ?? false }

    mutating func take(_ word: [UInt8]) -> Bool {
        guard octets[position...].starts(with: word) else { return false }
        position += word.count
        return true
    }

    mutating func take(_ word: String) -> Bool { take(Array(word.utf8)) }

    /// One octet of a set.
    mutating func one(of set: String) -> UInt8? {
        guard !isAtEnd, set.utf8.contains(octets[position]) else { return nil }
        position += 1
        return octets[position - 1]
    }

    /// A number of at least and at most so many digits.
    mutating func number(_ least: Int = 1, _ most: Int = 400) -> Int64? {
        var value: Int64 = 0
        var count = 0
        while count < most, DateCursor.isDigit(peek(count)) {
            value = min(value * 10 + Int64(peek(count) - 0x30), DateNumbers.most)
            count += 1
        }
        guard count >= least else { return nil }
        position += count
        return value
    }

    /// White space, the end, or the edge of a word that no punctuation with a digit follows.
    mutating func separation() -> Bool {
        if isAtEnd || skipSpace() { return true }
        let before = position > 0 && DateCursor.isWord(octets[position - 1])
        guard before != DateCursor.isWord(peek()) else { return false }
        return !("-:.,/".utf8.contains(peek()) && DateCursor.isDigit(peek(1)))
    }

    /// Digits, then a separation.
    mutating func last(_ least: Int, _ most: Int) -> Int64? {
        attempt { cursor in cursor.number(least, most).flatMap { cursor.separation() ? $0 : nil } }
    }

    /// Whether what was read last ends with `am` or `pm`.
    var endsWithHalf: Bool {
        let read = octets[..<position].reversed().drop(while: DateCursor.isSpace).prefix(2)
        return read.elementsEqual([0x6D, 0x61]) || read.elementsEqual([0x6D, 0x70])
    }

    /// Takes `'31` out of the text, wherever it stands.
    mutating func cutShortYear() -> Int64? {
        for start in position..<max(position, octets.count) where octets[start] == 0x27 {
            var copy = self
            copy.position = start + 1
            guard let year = copy.last(2, 2) else { continue }
            octets.removeSubrange(start..<copy.position)
            original.removeSubrange(start..<copy.position)
            return year
        }
        return nil
    }

    /// The place of a whole word or of its first three letters.
    mutating func name(of names: [[UInt8]]) -> Int? {
        for (index, name) in names.enumerated() {
            if take(name) { return index }
        }
        return names.firstIndex { take(Array($0.prefix(3))) }
    }

    /// Whether the rest tells of so many of some units ago.
    func isAgo(_ units: [String]) -> Bool {
        for start in position..<max(position, octets.count) where start == 0 || !DateCursor.isWord(octets[start - 1]) {
            var copy = self
            copy.position = start
            for unit in units {
                let found: Bool? = copy.attempt { cursor in
                    guard cursor.take(unit) else { return nil }
                    _ = cursor.take("s")
                    cursor.skipSpace()
                    return cursor.take("ago") ? true : nil
                }
                if found != nil { return true }
            }
        }
        return false
    }
}
