import ParleyModel

/// Takes a date apart: dates, times, years, zones and offsets, each at most once, in whatever order they stand. Reading
/// ends where nothing more is understood; what follows is not looked at.
struct DateReading {
    private typealias Day = (year: Int64?, month: Int64, day: Int64)

    var cursor: DateCursor
    /// Seconds since 1970 as the user's clock shows them.
    let now: Int64
    var year: Int64?
    var month: Int64?
    var day: Int64?
    var time: Int64?
    /// Seconds.
    var zone: Int64?
    var relativeDays: Int64?
    var relativeSeconds: Int64?
    /// A zone is named that nobody knows.
    var isMalformed = false
    /// The time just read ends with `am` or `pm`: a name of a zone belongs to it.
    var isHalved = false

    init(_ text: String, now: Int64) {
        cursor = DateCursor(text)
        self.now = now
    }

    /// Seconds since 1970 by the user's clock; nil where nothing was understood.
    mutating func result() -> Int64? {
        var steps = 0
        while step() { steps += 1 }
        guard steps > 0, !isMalformed else { return nil }
        let seconds = assembled()
        return seconds == 0 ? nil : seconds
    }

    private var hasDate: Bool { month != nil || relativeDays != nil || year != nil }
    private var hasTime: Bool { time != nil || relativeSeconds != nil }

    private mutating func step() -> Bool {
        cursor.skipSpace()
        if !hasDate, let found = date() {
            (year, month, day) = (found.year, found.month, found.day)
            return true
        }
        if !hasTime, let found = timeOfDay() {
            time = found
            return true
        }
        if year == nil, let found = bareYear() {
            year = found
            return true
        }
        if zone == nil, relativeSeconds == nil, month != nil || time != nil, readZone() { return true }
        if !hasTime, readSeconds() { return true }
        if !hasDate, readOffset() { return true }
        guard time != nil || relativeDays != nil else { return false }
        return cursor.attempt { cursor in
            (cursor.take("at") || cursor.take("@") || cursor.take("+")) && cursor.separation() ? true : nil
        } ?? false
    }

    // MARK: putting together

    private func assembled() -> Int64 {
        if let relativeDays, relativeSeconds != nil || time == nil {
            return now + relativeDays * DateNumbers.day + (relativeSeconds ?? 0)
        }
        let today = DateNumbers.midnight(now)
        if !hasDate {
            if let relativeSeconds { return now + relativeSeconds }
            return today + (time ?? 0) - (zone ?? 0)
        }
        var start = today + (relativeDays ?? 0) * DateNumbers.day
        if relativeDays == nil {
            let present = Int64(Instant(seconds: now).date.components.year)
            start = DateNumbers.days(fullYear(year ?? present), month ?? 0, day ?? 0) * DateNumbers.day
        }
        let ofDay = time ?? (relativeSeconds == nil && relativeDays == nil ? 0 : now - today)
        return start + ofDay + (relativeSeconds ?? 0) - (zone ?? 0)
    }

    /// A year of two digits is one of this century, unless that is far away.
    private func fullYear(_ year: Int64) -> Int64 {
        guard year < 100 else { return year }
        let present = Int64(Instant(seconds: now).date.components.year)
        let century = present / 100 * 100
        let within = present % 100
        if within > 80, within - year > 60 { return year + century + 100 }
        if within < 30, year - within > 59 { return year + century - 100 }
        return year + century
    }

    // MARK: dates

    private mutating func date() -> Day? {
        let forms: [(inout DateCursor) -> Day?] = [
            DateReading.yearFirst, DateReading.dayFirst, DateReading.yearAndMonth, DateReading.dayAndName,
            DateReading.nameAndDay, DateReading.wholeNameAndDay, DateReading.shortNumbers, DateReading.twoNumbers,
            DateReading.sixDigits, DateReading.dayAndWholeName,
        ]
        for form in forms {
            if let found = cursor.attempt(form) { return found }
        }
        return nil
    }

    /// `2031-02-03`, perhaps with a `T` after it.
    private static func yearFirst(_ cursor: inout DateCursor) -> Day? {
        guard let year = cursor.number(4, 4), let mark = cursor.one(of: "-./"), let month = cursor.number(1, 2),
            cursor.take(mark), let day = cursor.number(1, 2)
        else { return nil }
        if cursor.peek() == 0x74, cursor.original[cursor.position] == 0x54 {
            cursor.position += 1
        } else if !cursor.separation() {
            return nil
        }
        return (year, month, day)
    }

    /// `03/02/2031`: the day stands first.
    private static func dayFirst(_ cursor: inout DateCursor) -> Day? {
        guard let day = cursor.number(1, 2), let mark = cursor.one(of: "-./"), let month = cursor.number(1, 2),
            cursor.take(mark), let year = cursor.last(3, 4)
        else { return nil }
        return (year, month, day)
    }

    /// `2031/02`.
    private static func yearAndMonth(_ cursor: inout DateCursor) -> Day? {
        guard let year = cursor.number(4, 4), cursor.take("/"), let month = cursor.last(1, 2) else { return nil }
        return (year, month, 1)
    }

    /// A weekday before a date says nothing new.
    private static func skipWeekday(_ cursor: inout DateCursor) {
        _ = cursor.attempt { cursor -> Bool? in
            guard cursor.name(of: DateNumbers.weekdays) != nil else { return nil }
            _ = cursor.take(",")
            return cursor.skipSpace() ? true : nil
        }
    }

    /// White space or a mark between the parts of a date, as it stands.
    private static func mark(_ cursor: inout DateCursor) -> [UInt8]? {
        let start = cursor.position
        if cursor.skipSpace() || cursor.one(of: "-./") != nil {
            return Array(cursor.original[start..<cursor.position])
        }
        return nil
    }

    private static func shortMonth(_ cursor: inout DateCursor) -> Int64? {
        for (index, name) in DateNumbers.months.enumerated() where cursor.take(Array(name.prefix(3))) {
            return Int64(index) + 1
        }
        return nil
    }

    private static func wholeMonth(_ cursor: inout DateCursor) -> Int64? {
        guard let index = cursor.name(of: DateNumbers.months) else { return nil }
        _ = cursor.take(".")
        return Int64(index) + 1
    }

    /// Two or four digits of a year.
    private static func shortYear(_ cursor: inout DateCursor) -> Int64? { cursor.last(4, 4) ?? cursor.last(2, 2) }

    /// `Fri, 3 Feb 2031`, `3-Feb-31`, `3 Feb`.
    private static func dayAndName(_ cursor: inout DateCursor) -> Day? {
        skipWeekday(&cursor)
        guard let day = cursor.number(1, 2), let mark = mark(&cursor), let month = shortMonth(&cursor) else {
            return nil
        }
        return named(&cursor, month, day, mark)
    }

    /// `Fri, Feb 3 2031`, `Feb-3-31`, `Feb 3`.
    private static func nameAndDay(_ cursor: inout DateCursor) -> Day? {
        skipWeekday(&cursor)
        guard let month = shortMonth(&cursor) else { return nil }
        if cursor.peek() == 0x2E, !DateCursor.isDigit(cursor.peek(1)) { cursor.position += 1 }
        guard let mark = mark(&cursor), let day = cursor.number(1, 2) else { return nil }
        let isSpace = mark.first.map(DateCursor.isSpace) ?? false
        let year = commaAndYear(&cursor) { cursor in
            guard isSpace ? cursor.skipSpace() : cursor.take(mark) else { return nil }
            return shortYear(&cursor)
        }
        return year.map { ($0, month, day) }
    }

    /// What may end a date: a comma, then a year; nil where neither ends it.
    private static func commaAndYear(_ cursor: inout DateCursor, _ year: (inout DateCursor) -> Int64?) -> Int64?? {
        let start = cursor.position
        for hasComma in [true, false] {
            cursor.position = start
            if hasComma, !cursor.take(",") { continue }
            if let found = cursor.attempt(year) { return .some(found) }
            if cursor.separation() { return .some(nil) }
        }
        return nil
    }

    private static func named(_ cursor: inout DateCursor, _ month: Int64, _ day: Int64, _ mark: [UInt8]) -> Day? {
        let start = cursor.position
        for hasPoint in [true, false] {
            cursor.position = start
            if hasPoint, !cursor.take(".") { continue }
            let year: Int64? = cursor.attempt { cursor in cursor.take(mark) ? shortYear(&cursor) : nil }
            if year != nil { return (year, month, day) }
            if cursor.separation() { return (nil, month, day) }
        }
        return nil
    }

    private static func skipOrdinal(_ cursor: inout DateCursor) {
        for ending in ["st", "nd", "rd", "th"] where cursor.take(ending) { return }
    }

    /// `February 3rd, 2031`, `Feb. 3 '31`.
    private static func wholeNameAndDay(_ cursor: inout DateCursor) -> Day? {
        guard let month = wholeMonth(&cursor), cursor.skipSpace(), let day = cursor.number() else { return nil }
        skipOrdinal(&cursor)
        let year = commaAndYear(&cursor) { cursor in
            guard cursor.skipSpace() else { return nil }
            return cursor.take("'") ? cursor.last(2, 2) : cursor.last(4, 4)
        }
        return year.map { ($0, month, day) }
    }

    /// `03/02/31`, or `31/02/03` where the first cannot be a day.
    private static func shortNumbers(_ cursor: inout DateCursor) -> Day? {
        guard let first = cursor.number(1, 2), let mark = cursor.one(of: "-/."), let month = cursor.number(1, 2),
            cursor.take(mark), let last = cursor.last(1, 2)
        else { return nil }
        return first > 31 ? (first, month, last) : (last, month, first)
    }

    /// `03/02`: a day of this year; `02/31` a month of a year, `31/02` too where the first cannot be a day.
    private static func twoNumbers(_ cursor: inout DateCursor) -> Day? {
        guard let first = cursor.number(1, 2), cursor.take("/"), let second = cursor.last(1, 2) else { return nil }
        if first > 31 { return (first, second, 1) }
        return second > 12 ? (second, first, 1) : (nil, second, first)
    }

    /// `030231`.
    private static func sixDigits(_ cursor: inout DateCursor) -> Day? {
        guard let first = cursor.number(2, 2), let month = cursor.number(2, 2), let last = cursor.last(2, 2) else {
            return nil
        }
        return first > 31 ? (first, month, last) : (last, month, first)
    }

    /// `3rd February 2031`, `3-February-31`.
    private static func dayAndWholeName(_ cursor: inout DateCursor) -> Day? {
        let short: Day? = cursor.attempt { cursor in
            guard let day = cursor.number(1, 2), let mark = mark(&cursor), let month = wholeMonth(&cursor),
                cursor.take(mark), let year = shortYear(&cursor)
            else { return nil }
            return (year, month, day)
        }
        if let short { return short }
        guard let day = cursor.number() else { return nil }
        skipOrdinal(&cursor)
        guard cursor.skipSpace(), let month = wholeMonth(&cursor) else { return nil }
        let year: Int64? = cursor.attempt { cursor in
            _ = cursor.take(",")
            return cursor.skipSpace() ? cursor.last(4, 4) : nil
        }
        if year != nil { return (year, month, day) }
        return cursor.separation() ? (nil, month, day) : nil
    }

    /// `2031`, or `'31` anywhere.
    private mutating func bareYear() -> Int64? {
        if let year = cursor.last(4, 4) { return year }
        return cursor.cutShortYear().map { fullYear($0) }
    }
}
