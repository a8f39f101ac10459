import ParleyModel

/// Phrases that stand for a date as a whole: `in 3 days`, `friday`, `monday morning`, `march`.
enum DateWords {
    /// Seconds since 1970 by the user's clock; nil for anything else.
    static func read(_ text: String, now: Int64) -> Int64? {
        let words = text.lowercased().split(whereSeparator: { $0.isWhitespace || $0 == "," }).map(String.init)
        guard (1...5).contains(words.count) else { return nil }
        return counted(words, now) ?? unit(words, now) ?? day(words, now) ?? month(words, now) ?? clock(words, now)
    }

    // MARK: counted units

    private static let units: [(String, Int64)] = [
        ("second", 1), ("minute", 60), ("hour", 3600), ("day", 86_400), ("week", 604_800),
    ]

    /// `in 3 days`.
    private static func counted(_ words: [String], _ now: Int64) -> Int64? {
        guard words.count == 3, words[0] == "in", let count = Int64(words[1]), (0...DateNumbers.most).contains(count),
            words[2].hasSuffix("s") != (count == 1), words[2] != "quarters"
        else { return nil }
        return moved(now, by: count, count == 1 ? words[2] : String(words[2].dropLast()))
    }

    private static func moved(_ now: Int64, by count: Int64, _ unit: String) -> Int64? {
        if let seconds = units.first(where: { $0.0 == unit })?.1 { return now + count * seconds }
        guard let months = ["month": 1, "quarter": 3, "year": 12][unit] as Int64? else { return nil }
        let found = DateNumbers.date(now, monthsLater: count * months)
        return DateNumbers.days(found.year, found.month, found.day) * 86_400 + now - DateNumbers.midnight(now)
    }

    /// `next hour`, `last day`, `this month`: its beginning; for weeks, that of the day.
    private static func unit(_ words: [String], _ now: Int64) -> Int64? {
        guard words.count == 2, let count = ["last": -1, "this": 0, "next": 1][words[0]] as Int64?,
            let found = moved(now, by: count, words[1])
        else { return nil }
        let parts = Instant(seconds: found).date.components
        switch words[1] {
        case "second": return found
        case "minute": return found - found % 60
        case "hour": return found - found % 3600
        case "day", "week": return DateNumbers.midnight(found)
        default:
            let month = Int64(parts.month)
            let first = words[1] == "year" ? 1 : (words[1] == "quarter" ? month - (month - 1) % 3 : month)
            return DateNumbers.days(Int64(parts.year), first, 1) * 86_400
        }
    }

    // MARK: days

    private static let dayParts: [String: Int64] = [
        "morning": 8, "afternoon": 14, "evening": 20, "noon": 12, "midnight": 0,
    ]

    /// `friday`, `this friday`, `friday at 17:00`, `monday morning`, `tomorrow evening`, `evening`: the day is one of
    /// this week, which begins on Monday.
    private static func day(_ words: [String], _ now: Int64) -> Int64? {
        var rest = words[...]
        if rest.first == "this" { rest = rest.dropFirst() }
        guard let first = rest.first else { return nil }
        var start = DateNumbers.midnight(now)
        if let offset = ["yesterday": -1, "today": 0, "tomorrow": 1][first] as Int64? {
            start += offset * 86_400
            rest = rest.dropFirst()
        } else if let weekday = weekday(first) {
            start += (weekday - Int64(Instant(seconds: now).date.weekday)) * 86_400
            rest = rest.dropFirst()
        } else if dayParts[first] == nil {
            return nil
        }
        if rest.first == "at" { rest = rest.dropFirst() }
        if rest.isEmpty { return words.last == "at" ? nil : start }
        return time(Array(rest)).map { start + $0 }
    }

    /// Monday is 1.
    private static func weekday(_ word: String) -> Int64? {
        let index = DateNumbers.weekdays.firstIndex { name in
            let name = String(decoding: name, as: UTF8.self)
            return word == name || word == name.prefix(3)
        }
        return index.map { $0 == 0 ? 7 : Int64($0) }
    }

    // MARK: months

    /// `march`, `october 2006`: its first day.
    private static func month(_ words: [String], _ now: Int64) -> Int64? {
        guard words.count <= 2, let month = month(words[0]) else { return nil }
        var year = Int64(Instant(seconds: now).date.components.year)
        if words.count == 2 {
            guard words[1].utf8.count == 4, let written = Int64(words[1]), written >= 0 else { return nil }
            year = written
        }
        return DateNumbers.days(year, month, 1) * 86_400
    }

    private static func month(_ word: String) -> Int64? {
        let index = DateNumbers.months.firstIndex { name in
            let name = String(decoding: name, as: UTF8.self)
            return word == name || word == name.prefix(3)
        }
        return index.map { Int64($0) + 1 }
    }

    // MARK: times

    /// `6 am`, `12`.
    private static func clock(_ words: [String], _ now: Int64) -> Int64? {
        if words.count == 1, words[0].utf8.count <= 2, words[0].utf8.allSatisfy(DateCursor.isDigit),
            let hour = Int64(words[0]), hour < 24
        {
            return DateNumbers.midnight(now) + hour * 3600
        }
        guard words.count == 2 else { return nil }
        return time(words).map { DateNumbers.midnight(now) + $0 }
    }

    /// Seconds of `morning`, `17:00`, `5pm`, `5 pm`.
    private static func time(_ words: [String]) -> Int64? {
        if words.count == 1, let hour = dayParts[words[0]] { return hour * 3600 }
        var text = words.joined()
        var isAfternoon: Bool?
        if text.hasSuffix("am") || text.hasSuffix("pm") {
            isAfternoon = text.hasSuffix("pm")
            text.removeLast(2)
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { part -> Int64? in
            part.utf8.count <= 2 && part.utf8.allSatisfy(DateCursor.isDigit) ? Int64(part) : nil
        }
        guard parts.count <= 3, words.count <= 2, words.count == 1 || isAfternoon != nil else { return nil }
        guard var hour = parts[0], parts.count > 1 || isAfternoon != nil else { return nil }
        guard hour <= (isAfternoon == nil ? 23 : 12), !parts.contains(where: { ($0 ?? 60) > 59 }) else { return nil }
        if isAfternoon == true, hour != 12 { hour += 12 }
        if isAfternoon == false, hour == 12 { hour = 0 }
        return hour * 3600 + (parts.count > 1 ? parts[1] ?? 0 : 0) * 60 + (parts.count > 2 ? parts[2] ?? 0 : 0)
    }
}
