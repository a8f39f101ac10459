import ParleyHTTP
import ParleyModel

/// A day or a second that a filter compares with.
enum FilterDay: Sendable, Equatable {
    case day(CivilDate)
    case second(Instant)

    /// `2026-11-21`, or with a time, `2026-11-21T17:20:40Z`; nil for anything else.
    init?(_ text: String) {
        if let day = CivilDate(iso8601: text) {
            self = .day(day)
            return
        }
        guard text.utf8.count > 10, text.utf8.dropFirst(10).first == UInt8(ascii: "T"),
            let instant = FilterDay.instant(text)
        else { return nil }
        self = .second(Instant(seconds: instant.seconds))
    }

    /// Hours alone and `hhmmss` without colons are understood beside the usual form.
    private static func instant(_ text: String) -> Instant? {
        if let instant = WireTime.parseISO8601(text) { return instant }
        guard let date = CivilDate(iso8601: text.prefix(10)) else { return nil }
        var clock = text.utf8.dropFirst(11)
        if clock.last == UInt8(ascii: "Z") { clock.removeLast() }
        let digits = clock.map { $0 }
        guard [2, 4, 6].contains(digits.count), digits.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
        func two(_ position: Int) -> Int64 {
            position + 1 < digits.count ? Int64(digits[position] - 0x30) * 10 + Int64(digits[position + 1] - 0x30) : 0
        }
        guard two(0) < 24, two(2) < 60, two(4) < 60 else { return nil }
        return date.start.adding(seconds: two(0) * 3600 + two(2) * 60 + two(4))
    }

    /// When it begins.
    var start: Instant {
        switch self {
        case .day(let day): day.start
        case .second(let second): second
        }
    }

    /// When the next one begins.
    var end: Instant {
        switch self {
        case .day(let day): day.adding(days: 1).start
        case .second(let second): second.adding(seconds: 1)
        }
    }

    var date: CivilDate {
        switch self {
        case .day(let day): day
        case .second(let second): second.date
        }
    }
}

/// The stretch of time that a filter's operator and values mean, as days; ends are open where nil.
struct FilterSpan: Sendable, Equatable {
    /// Included.
    var from: FilterDay?
    /// Included.
    var through: FilterDay?

    init(from: FilterDay?, through: FilterDay?) {
        self.from = from
        self.through = through
    }

    /// Nil for an operator that means no stretch of time, or values that do not fit it.
    init?(_ comparison: String, _ values: [String], today: CivilDate) {
        switch comparison {
        case "=", ">=", "<=":
            guard let day = values.first.flatMap({ FilterDay($0) }) else { return nil }
            self.init(from: comparison == "<=" ? nil : day, through: comparison == ">=" ? nil : day)
        case "><":
            let low = values.first.flatMap { FilterDay($0) }
            let high = values.count > 1 ? FilterDay(values[1]) : nil
            self.init(from: low, through: high)
        case ">t-", "<t-", "t-", "><t-", ">t+", "<t+", "t+", "><t+":
            guard let count = values.first.flatMap({ Int64($0.prefix(9)) }) else { return nil }
            self.init(relative: comparison, count, today)
        default: self.init(named: comparison, today)
        }
    }

    private static func days(_ from: Int64?, _ through: Int64?, _ today: CivilDate) -> FilterSpan {
        FilterSpan(
            from: from.map { .day(today.adding(days: $0)) }, through: through.map { .day(today.adding(days: $0)) })
    }

    private init?(relative comparison: String, _ count: Int64, _ today: CivilDate) {
        switch comparison {
        case ">t-": self = FilterSpan.days(-count, nil, today)
        case "<t-": self = FilterSpan.days(nil, -count, today)
        case "t-": self = FilterSpan.days(-count, -count, today)
        case "><t-": self = FilterSpan.days(-count, 0, today)
        case ">t+": self = FilterSpan.days(count, nil, today)
        case "<t+": self = FilterSpan.days(nil, count, today)
        case "t+": self = FilterSpan.days(count, count, today)
        case "><t+": self = FilterSpan.days(0, count, today)
        default: return nil
        }
    }

    private init?(named comparison: String, _ today: CivilDate) {
        let sinceFirst = Int64((today.weekday + 7 - Quirks.firstWeekday) % 7)
        switch comparison {
        case "t": self = FilterSpan.days(0, 0, today)
        case "ld": self = FilterSpan.days(-1, -1, today)
        case "nd": self = FilterSpan.days(1, 1, today)
        case "w": self = FilterSpan.days(-sinceFirst, 6 - sinceFirst, today)
        case "lw": self = FilterSpan.days(-sinceFirst - 7, -sinceFirst - 1, today)
        case "l2w": self = FilterSpan.days(-sinceFirst - 14, -sinceFirst - 1, today)
        case "nw": self = FilterSpan.days(7 - sinceFirst, 13 - sinceFirst, today)
        case "m": self = FilterSpan.month(today)
        case "lm": self = FilterSpan.month(today.adding(months: -1))
        case "nm": self = FilterSpan.month(today.adding(months: 1))
        case "y":
            let year = today.components.year
            guard let first = CivilDate(year: year, month: 1, day: 1),
                let last = CivilDate(year: year, month: 12, day: 31)
            else { return nil }
            self.init(from: .day(first), through: .day(last))
        default: return nil
        }
    }

    private static func month(_ day: CivilDate) -> FilterSpan {
        let parts = day.components
        let length = CivilDate.daysInMonth(year: parts.year, month: parts.month)
        let first = day.adding(days: Int64(1 - parts.day))
        return FilterSpan(from: .day(first), through: .day(first.adding(days: Int64(length - 1))))
    }

    /// As bounds of a field of days.
    var days: (from: ParsedOperand?, to: ParsedOperand?) {
        (from.map { .date(DateValue($0.date)) }, through.map { .date(DateValue($0.date.adding(days: 1))) })
    }

    /// As bounds of a field of moments.
    var instants: (from: ParsedOperand?, to: ParsedOperand?) {
        (from.map { .instant($0.start) }, through.map { .instant($0.end) })
    }
}
