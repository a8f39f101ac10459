import Glibc
import ParleyStorage

/// The words of the full-text index, so that a part of a word can be found: the words that hold it are searched for
/// instead. The index itself finds whole words only and tells its words only by reading all of it.
///
/// The words are rows of `search_word`, written with the documents and never removed; readers keep them in memory, one
/// after the other, and read on from where they were.
final class SearchVocabulary: @unchecked Sendable {
    // Sendable: both variables change only inside the monitor.
    private let monitor = Monitor()
    /// Each word between two NULs, in the order of the rows' ids.
    private var words: [UInt8] = [0]
    private var lastID: Int64 = 0

    static let schema = "CREATE TABLE search_word (id INTEGER PRIMARY KEY, word TEXT NOT NULL UNIQUE)"

    /// Octets of a word outside titles. Longer ones, which are keys and coded files, are found as a whole only; titles
    /// are short and have all their words here.
    static let lengthLimit = 64

    /// Where in a word a part stands.
    enum Place { case anywhere, end, beginning }

    /// The words with this part, those most like it first: itself, those that begin with it, the shorter ones.
    /// - Parameter limit: of the result; at most 64 times as many words are looked at.
    func words(with part: String, _ place: Place, limit: Int, on connection: any SQLConnection) throws -> [String] {
        let found = try monitor.locked { () throws -> [String] in
            try readOn(connection)
            return matches(Array(part.utf8), place, limit: limit &* 64)
        }
        let ranked = found.map { (rank: ($0 == part ? 0 : $0.hasPrefix(part) ? 1 : 2, $0.utf8.count, $0), word: $0) }
        return ranked.sorted { $0.rank < $1.rank }.prefix(limit).map(\.word)
    }

    /// What was committed since the last time, as far as the connection's snapshot has it. A snapshot that is older
    /// than another one's sees words too many, which none of its documents holds.
    private func readOn(_ connection: any SQLConnection) throws {
        let sql = "SELECT id, word FROM search_word WHERE id > ?1 ORDER BY id"
        try connection.query(sql, [.integer(lastID)]) { row in
            lastID = row.integer(0)
            words += row.text(1).utf8
            words.append(0)
            return true
        }
    }

    private func matches(_ part: [UInt8], _ place: Place, limit: Int) -> [String] {
        guard let letter = part.first, !part.contains(0) else { return [] }
        var found: [String] = []
        words.withUnsafeBytes { all in
            guard let start = all.baseAddress else { return }
            var next = 0
            while found.count < limit, all.count - next >= part.count,
                let hit = memchr(start + next, Int32(letter), all.count - next)
            {
                let offset = start.distance(to: UnsafeRawPointer(hit))
                let after = offset + part.count
                next = offset + 1
                // There is a NUL before the first word and after the last one.
                guard after < all.count, memcmp(hit, part, part.count) == 0,
                    place != .beginning || all[offset - 1] == 0, place != .end || all[after] == 0
                else { continue }
                let first = (all[..<offset].lastIndex(of: 0) ?? 0) + 1
                let end = all[after...].firstIndex(of: 0) ?? all.count
                found.append(String(decoding: all[first..<end], as: UTF8.self))
                next = end
            }
        }
        return found
    }
}

/// The words that a writing connection knows to be in `search_word`; it forgets some, and all when it takes back what
/// it wrote.
final class KnownWords {
    private static let count = 1 << 15
    /// By hash: each slot has the word seen last. 0: none.
    private let slots: UnsafeMutablePointer<UInt64>

    init() {
        slots = .allocate(capacity: KnownWords.count)
        slots.initialize(repeating: 0, count: KnownWords.count)
    }

    deinit { slots.deallocate() }

    /// Whether the word is new; from now on it is taken to be there.
    func insert(_ word: UnsafeRawBufferPointer) -> Bool {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in word { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        hash |= 1
        let slot = slots + Int((hash ^ (hash >> 32)) & UInt64(KnownWords.count - 1))
        defer { slot.pointee = hash }
        return slot.pointee != hash
    }

    func forget() { slots.update(repeating: 0, count: KnownWords.count) }
}
