import ParleyModel

/// Times, zones and offsets.
extension DateReading {
    // MARK: times

    /// `10:11:12`, `10:11 pm`, `5pm`, `1011`, `noon`, `midnight`; in seconds.
    mutating func timeOfDay() -> Int64? {
        let forms: [(inout DateCursor) -> Int64?] = [
            { DateReading.compactTime(&$0, hasSeconds: true) }, { DateReading.compactTime(&$0, hasSeconds: false) },
            DateReading.clockTime, DateReading.bareHour,
            { $0.take("noon") && $0.separation() ? 43_200 : nil },
            { $0.take("midnight") && $0.separation() ? 0 : nil },
        ]
        for form in forms {
            guard let found = cursor.attempt(form) else { continue }
            isHalved = cursor.endsWithHalf
            return found
        }
        return nil
    }

    private static func compactTime(_ cursor: inout DateCursor, hasSeconds: Bool) -> Int64? {
        guard let hour = cursor.number(2, 2), hour < 30, let minute = cursor.number(2, 2), minute < 60 else {
            return nil
        }
        var second: Int64 = 0
        if hasSeconds {
            guard let read = cursor.number(2, 2), read < 60 else { return nil }
            second = read
        }
        return closed(&cursor, hour, minute, second)
    }

    private static func clockTime(_ cursor: inout DateCursor) -> Int64? {
        guard let hour = cursor.number(1, 2), cursor.take(":"), let minute = cursor.number(2, 2) else { return nil }
        let withSeconds: Int64? = cursor.attempt { cursor in
            guard cursor.take(":"), let second = cursor.number(2, 2) else { return nil }
            let withFraction: Int64? = cursor.attempt { cursor in
                cursor.one(of: ":.,") != nil && cursor.number() != nil ? closed(&cursor, hour, minute, second) : nil
            }
            return withFraction ?? closed(&cursor, hour, minute, second)
        }
        return withSeconds ?? closed(&cursor, hour, minute, 0)
    }

    private static func bareHour(_ cursor: inout DateCursor) -> Int64? {
        guard let hour = cursor.number(1, 2), let half = half(&cursor), cursor.separation() else { return nil }
        return seconds(hour, 0, 0, isAfternoon: half)
    }

    /// `am` is false, `pm` true.
    private static func half(_ cursor: inout DateCursor) -> Bool? {
        if cursor.take("am") { return false }
        return cursor.take("pm") ? true : nil
    }

    private static func closed(_ cursor: inout DateCursor, _ hour: Int64, _ minute: Int64, _ second: Int64) -> Int64? {
        let withHalf: Int64? = cursor.attempt { cursor in
            cursor.skipSpace()
            guard let half = half(&cursor), cursor.separation() else { return nil }
            return seconds(hour, minute, second, isAfternoon: half)
        }
        if let withHalf { return withHalf }
        return cursor.separation() ? seconds(hour, minute, second, isAfternoon: nil) : nil
    }

    private static func seconds(_ hour: Int64, _ minute: Int64, _ second: Int64, isAfternoon: Bool?) -> Int64 {
        var hour = hour
        if isAfternoon == true, hour != 12 { hour += 12 }
        if isAfternoon == false, hour == 12 { hour = 0 }
        return hour * 3600 + minute * 60 + second
    }

    // MARK: zones

    mutating func readZone() -> Bool {
        if !isHalved,
            let offset = cursor.attempt(DateReading.hoursFromGreenwich) ?? cursor.attempt(DateReading.numericZone)
        {
            zone = offset
            return true
        }
        isHalved = false
        guard let name = cursor.attempt(DateReading.zoneName) else { return readNumericZone() }
        zone = ZoneNames.offset(name)
        isMalformed = zone == nil
        return true
    }

    private mutating func readNumericZone() -> Bool {
        guard let offset = cursor.attempt(DateReading.numericZone) else { return false }
        zone = offset
        return true
    }

    /// `GMT+5`.
    private static func hoursFromGreenwich(_ cursor: inout DateCursor) -> Int64? {
        guard cursor.take("gmt") else { return nil }
        cursor.skipSpace()
        guard let sign = cursor.one(of: "+-"), let hours = cursor.last(1, 2) else { return nil }
        return (sign == 0x2D ? -hours : hours) * 3600
    }

    /// `+0530`, `GMT-05:00`, `+0100 (CET)`.
    private static func numericZone(_ cursor: inout DateCursor) -> Int64? {
        if cursor.take("gmt") { cursor.skipSpace() }
        guard let sign = cursor.one(of: "+-"), let hours = cursor.number(2, 2) else { return nil }
        _ = cursor.take(":")
        guard let minutes = cursor.number(2, 2), cursor.separation() else { return nil }
        let offset = hours * 3600 + minutes * 60
        return sign == 0x2D ? -offset : offset
    }

    /// Capital letters.
    private static func zoneName(_ cursor: inout DateCursor) -> String? {
        let rest = cursor.original[cursor.position...]
        var letters = rest.prefix { $0 >= 0x41 && $0 <= 0x5A }
        let isNumbered = letters.endIndex < rest.endIndex && [0x35, 0x36].contains(rest[letters.endIndex])
        if isNumbered, !letters.isEmpty { letters = rest.prefix(letters.count + 1) }
        let name = String(decoding: letters, as: UTF8.self)
        guard (2...5).contains(letters.count), name == "IDLE" || name.last.map({ "TCW56".contains($0) }) ?? false else {
            return nil
        }
        cursor.position += letters.count
        return cursor.separation() ? name : nil
    }

    // MARK: offsets

    /// `2 hours ago`, `+30 min`, `1.5 hours`, `1 1/2 hours`.
    mutating func readSeconds() -> Bool {
        let found: Int64? = cursor.attempt { cursor in
            let sign = cursor.one(of: "+-")
            cursor.skipSpace()
            guard let amount = DateReading.fraction(&cursor) else { return nil }
            cursor.skipSpace()
            for (unit, seconds) in [("second", 1), ("sec", 1), ("minute", 60), ("min", 60), ("hour", 3600)] {
                let ago: Bool? = cursor.attempt { cursor in
                    guard cursor.take(unit) else { return nil }
                    _ = cursor.take("s")
                    return DateReading.ago(&cursor)
                }
                guard let ago else { continue }
                var total = Int64((amount * Double(seconds)).rounded(.towardZero))
                if sign == 0x2D { total = -total }
                return ago || cursor.isAgo(["day", "mon", "month", "year"]) ? -total : total
            }
            return nil
        }
        relativeSeconds = found
        return found != nil
    }

    /// Bounded, so that it can be multiplied.
    private static func fraction(_ cursor: inout DateCursor) -> Double? {
        guard let whole = cursor.number() else { return nil }
        if let decimals: Double = cursor.attempt({ cursor in
            let start = cursor.position
            guard cursor.take("."), cursor.number() != nil else { return nil }
            return Double("0" + String(decoding: cursor.original[start..<cursor.position], as: UTF8.self))
        }) {
            return Double(whole) + decimals
        }
        let part: Double? = cursor.attempt { cursor in
            guard cursor.skipSpace(), let above = cursor.number(), cursor.take("/"), let below = cursor.number(),
                below != 0
            else { return nil }
            return Double(above) / Double(below)
        }
        return Double(whole) + (part ?? 0)
    }

    /// Whether ` ago` follows; nil where something else does that ends no word.
    private static func ago(_ cursor: inout DateCursor) -> Bool? {
        let found: Bool? = cursor.attempt { $0.skipSpace() && $0.take("ago") && $0.separation() ? true : nil }
        return found ?? (cursor.separation() ? false : nil)
    }

    mutating func readOffset() -> Bool {
        if let (count, unit) = cursor.attempt(DateReading.countedUnit) {
            move(by: count, unit)
            return true
        }
        if let days = weekdayOffset() {
            relativeDays = days
            return true
        }
        for (word, days) in [("today", 0), ("tomorrow", 1), ("yesterday", -1), ("now", 0)] as [(String, Int64)] {
            let found: Bool? = cursor.attempt { $0.take(word) && $0.separation() ? true : nil }
            guard found != nil else { continue }
            relativeDays = days
            return true
        }
        for (word, count) in [("last", -1), ("next", 1)] as [(String, Int64)] {
            let unit: String? = cursor.attempt { cursor in
                guard cursor.take(word), cursor.skipSpace() else { return nil }
                for unit in ["week", "month", "year"] where cursor.take(unit) {
                    return cursor.separation() ? unit : nil
                }
                return nil
            }
            guard let unit else { continue }
            move(by: count, unit)
            return true
        }
        return false
    }

    /// `3 days`, `2 weeks ago`, `+ 1 month`, `now - 2 years`.
    private static func countedUnit(_ cursor: inout DateCursor) -> (Int64, String)? {
        _ = cursor.attempt { cursor -> Bool? in
            guard cursor.take("now"), cursor.skipSpace() else { return nil }
            return cursor.peek() == 0x2B || cursor.peek() == 0x2D ? true : nil
        }
        let sign = cursor.one(of: "+-")
        cursor.skipSpace()
        guard let amount = cursor.number() else { return nil }
        cursor.skipSpace()
        for unit in ["day", "week", "month", "year"] where cursor.take(unit) {
            _ = cursor.take("s")
            guard let ago = ago(&cursor) else { return nil }
            let count = DateNumbers.clamped(sign == 0x2D ? -amount : amount)
            let isAgo = ago || sign == nil && cursor.isAgo(["sec", "second", "min", "minute", "hour"])
            return (isAgo && sign == nil ? -count : count, unit)
        }
        return nil
    }

    private mutating func move(by count: Int64, _ unit: String) {
        switch unit {
        case "day": relativeDays = count
        case "week": relativeDays = count * 7
        default:
            let found = DateNumbers.date(now, monthsLater: unit == "year" ? count * 12 : count)
            (year, month, day) = (found.year, found.month, found.day)
            relativeSeconds = relativeSeconds ?? 0
        }
    }

    /// `next friday`, `last friday`, `friday after next`, `friday before last`.
    private mutating func weekdayOffset() -> Int64? {
        let today = DateNumbers.weekday(now)
        return cursor.attempt { cursor in
            for word in ["next", "last"] where cursor.take(word) {
                guard cursor.skipSpace(), let index = cursor.name(of: DateNumbers.weekdays), cursor.separation() else {
                    return nil
                }
                let difference = Int64(index) - today
                if word == "next" { return difference + (difference > 0 ? 0 : 7) }
                return difference - (difference < 0 ? 0 : 7)
            }
            guard let index = cursor.name(of: DateNumbers.weekdays), cursor.skipSpace() else { return nil }
            let difference = Int64(index) - today
            let isAfter = cursor.take("after")
            guard isAfter || cursor.take("before"), cursor.skipSpace(), cursor.take(isAfter ? "next" : "last"),
                cursor.separation()
            else { return nil }
            return isAfter ? difference + (difference > 0 ? 7 : 14) : difference - (difference < 0 ? 7 : 14)
        }
    }
}
