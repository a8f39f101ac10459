/// A moment, in microseconds since 1970-01-01T00:00:00Z.
public struct Instant: Hashable, Comparable, Sendable, Codable {
    public let microseconds: Int64

    @inlinable
    public init(microseconds: Int64) { self.microseconds = microseconds }

    /// Whole seconds since 1970 UTC, clamped to what a microsecond count can hold.
    public init(seconds: Int64) {
        let limit = Int64.max / 1_000_000
        microseconds = min(max(seconds, -limit), limit) * 1_000_000
    }

    public init(from decoder: any Decoder) throws {
        microseconds = try decoder.singleValueContainer().decode(Int64.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(microseconds)
    }

    /// Whole seconds, rounded down.
    public var seconds: Int64 {
        let (quotient, remainder) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        return remainder < 0 ? quotient - 1 : quotient
    }

    /// The civil date in UTC.
    public var date: CivilDate { CivilDate(daysSince1970: Instant.floorDivide(seconds, 86_400)) }
    /// Seconds after midnight UTC, 0 ..< 86 400.
    public var secondOfDay: Int64 { seconds - Instant.floorDivide(seconds, 86_400) * 86_400 }

    /// This moment moved by a number of seconds; stays within the representable range.
    public func adding(seconds: Int64) -> Instant {
        let (product, overflowed) = seconds.multipliedReportingOverflow(by: 1_000_000)
        let delta = overflowed ? (seconds < 0 ? Int64.min / 2 : Int64.max / 2) : product
        let (sum, tooFar) = microseconds.addingReportingOverflow(delta)
        return Instant(microseconds: tooFar ? (delta < 0 ? Int64.min / 2 : Int64.max / 2) : sum)
    }

    @inlinable
    public static func < (left: Instant, right: Instant) -> Bool { left.microseconds < right.microseconds }

    static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}

/// A day of the proleptic Gregorian calendar, years 0001 to 9999, without a zone.
public struct CivilDate: Hashable, Comparable, Sendable, Codable {
    /// Days since 1970-01-01, clamped to years 0001 to 9999.
    public let daysSince1970: Int64

    /// 0001-01-01.
    public static let earliest = CivilDate(daysSince1970: -719_162)
    /// 9999-12-31.
    public static let latest = CivilDate(daysSince1970: 2_932_896)

    public init(daysSince1970: Int64) {
        self.daysSince1970 = min(max(daysSince1970, -719_162), 2_932_896)
    }

    /// Nil where the calendar has no such day.
    public init?(year: Int, month: Int, day: Int) {
        guard (1...9999).contains(year), (1...12).contains(month), day >= 1,
            day <= CivilDate.daysInMonth(year: year, month: month)
        else { return nil }
        let shifted = Int64(month <= 2 ? year - 1 : year)
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let monthFromMarch = Int64((month + 9) % 12)
        let dayOfYear = (153 * monthFromMarch + 2) / 5 + Int64(day) - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        daysSince1970 = era * 146_097 + dayOfEra - 719_468
    }

    public init(from decoder: any Decoder) throws {
        self.init(daysSince1970: try decoder.singleValueContainer().decode(Int64.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(daysSince1970)
    }

    /// Year, month 1...12 and day 1...31.
    public var components: (year: Int, month: Int, day: Int) {
        let shifted = daysSince1970 + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = Int(dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
        let month = Int(monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9)
        let year = Int(yearOfEra + era * 400) + (month <= 2 ? 1 : 0)
        return (year, month, day)
    }

    /// Monday is 1, Sunday is 7.
    public var weekday: Int {
        let fromThursday = (daysSince1970 + 3) % 7
        return Int(fromThursday < 0 ? fromThursday + 7 : fromThursday) + 1
    }

    /// Midnight UTC at which the day begins.
    public var start: Instant { Instant(seconds: daysSince1970 * 86_400) }

    /// The day so many days later; stays within years 0001 to 9999.
    public func adding(days: Int64) -> CivilDate {
        let (sum, overflowed) = daysSince1970.addingReportingOverflow(days)
        return CivilDate(daysSince1970: overflowed ? (days < 0 ? Int64.min : Int64.max) : sum)
    }

    /// The same day so many months later, or the month's last one.
    public func adding(months: Int) -> CivilDate {
        let parts = components
        let count = parts.year * 12 + parts.month - 1 + min(max(months, -120_000), 120_000)
        let year = min(max(Int(Instant.floorDivide(Int64(count), 12)), 1), 9999)
        let month = count - Int(Instant.floorDivide(Int64(count), 12)) * 12 + 1
        let day = min(parts.day, CivilDate.daysInMonth(year: year, month: month))
        return CivilDate(year: year, month: month, day: day) ?? self
    }

    /// 28 to 31.
    public static func daysInMonth(year: Int, month: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    public static func < (left: CivilDate, right: CivilDate) -> Bool { left.daysSince1970 < right.daysSince1970 }

    /// `YYYY-MM-DD`.
    public var iso8601: String {
        let parts = components
        func padded(_ number: Int, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        return "\(padded(parts.year, 4))-\(padded(parts.month, 2))-\(padded(parts.day, 2))"
    }

    /// Reads exactly `YYYY-MM-DD`; nil for anything else.
    public init?(iso8601 text: some StringProtocol) {
        let octets = Array(text.utf8)
        guard octets.count == 10, octets[4] == 0x2D, octets[7] == 0x2D else { return nil }
        func number(_ range: Range<Int>) -> Int? {
            var result = 0
            for index in range {
                guard octets[index] >= 0x30, octets[index] <= 0x39 else { return nil }
                result = result * 10 + Int(octets[index] - 0x30)
            }
            return result
        }
        guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10) else { return nil }
        self.init(year: year, month: month, day: day)
    }
}

/// A civil date with an optional time of day: one type for due dates that some clients give to the day and others to
/// the
/// second. Two values with the same date are the same day; setting the date alone keeps the time.
public struct DateValue: Hashable, Comparable, Sendable, Codable {
    public var date: CivilDate
    /// Seconds after midnight UTC, 0 ..< 86 400; nil where only the day is known.
    public var secondOfDay: Int32?

    public init(_ date: CivilDate, secondOfDay: Int32? = nil) {
        self.date = date
        self.secondOfDay = secondOfDay.map { min(max($0, 0), 86_399) }
    }

    /// The moment it stands for: midnight UTC where only the day is known.
    public var instant: Instant { date.start.adding(seconds: Int64(secondOfDay ?? 0)) }

    public static func < (left: DateValue, right: DateValue) -> Bool { left.instant < right.instant }
}
