/// Arithmetic with the days on which work is done, Monday to Friday.
public enum WorkingDays {
    /// Days that one step goes at most, so that sums stay within the calendar.
    private static let stepLimit: Int64 = 4_000_000
    private static let daysInWeek: Int64 = 5

    /// Whether work is done on a day.
    public static func contains(_ date: CivilDate) -> Bool { date.weekday <= 5 }

    /// The date itself where work is done on it, else the Monday after it.
    public static func onOrAfter(_ date: CivilDate) -> CivilDate {
        contains(date) ? date : date.adding(days: Int64(8 - date.weekday))
    }

    /// How many days of work lie from the first date, included, to the second one, not included; 0 where that is not
    /// later.
    public static func count(from first: CivilDate, to end: CivilDate) -> Int64 {
        let days = end.daysSince1970 - first.daysSince1970
        guard days > 0 else { return 0 }
        let rest = (0..<days % 7).count { contains(first.adding(days: $0)) }
        return days / 7 * daysInWeek + Int64(rest)
    }

    /// The day of work so many days of work after a date. No days or fewer leave the date as it is, be it a day of
    /// work or not.
    public static func adding(_ days: Int64, to date: CivilDate) -> CivilDate {
        guard days > 0 else { return date }
        let bounded = min(days, stepLimit)
        var result = date.adding(days: bounded / daysInWeek * 7)
        var rest = bounded % daysInWeek
        while rest > 0, result < .latest {
            result = result.adding(days: 1)
            if contains(result) { rest -= 1 }
        }
        return onOrAfter(result)
    }
}
