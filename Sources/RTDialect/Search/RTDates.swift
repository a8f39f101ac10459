import ParleyModel

/// Reads the dates that people write: `2031-02-03 10:00`, `3 Feb 2031`, `02/03/2031` (the day first), `noon`,
/// `in 3 days`, `2 weeks ago`, `next friday`.
///
/// For edits and searches alike. They differ in what they make of nil (nothing, `0`, unreadable, or before 1970): an
/// edit clears the date, a search compares with the beginning of 1970 (`forSearch`).
enum RTDates {
    /// Longer texts are no dates.
    private static let longest = 400

    /// The moment that a text means to a user.
    /// - Parameter clock: in whose zone the text is read.
    /// - Returns: nil for an empty text, for what cannot be read, and for what lies before 1970.
    static func read(_ text: String, now: Instant, clock: UserClock) -> Instant? {
        guard text.utf8.count <= longest, text != "0" else { return nil }
        // Texts are read as if the user's clock were UTC's; the zone's offset is taken off afterwards.
        let local = clock.local(now).seconds
        var reading = DateReading(text, now: local)
        if let seconds = reading.result() {
            let moment = Instant(seconds: seconds)
            return bounded(seconds - (clock.local(moment).seconds - moment.seconds))
        }
        if reading.isMalformed { return nil }
        if let seconds = digitsAlone(text) { return bounded(utc(seconds, clock)) }
        guard let seconds = DateWords.read(text, now: local) else { return nil }
        return bounded(utc(seconds, clock))
    }

    /// `20310203040506`: year, month, day and the time.
    private static func digitsAlone(_ text: String) -> Int64? {
        let digits = text.utf8.map { Int64($0) - 0x30 }
        guard digits.count == 14, digits.allSatisfy({ (0...9).contains($0) }) else { return nil }
        func number(_ place: Int) -> Int64 { digits[place] * 10 + digits[place + 1] }
        let (month, day, hour, minute, second) = (number(4), number(6), number(8), number(10), number(12))
        let year = number(0) * 100 + number(2)
        guard year > 0, (1...12).contains(month), hour < 24, minute < 60, second < 60, day > 0,
            day <= CivilDate.daysInMonth(year: Int(year), month: Int(month))
        else { return nil }
        return DateNumbers.days(year, month, day) * DateNumbers.day + hour * 3600 + minute * 60 + second
    }

    /// The same for a search: what cannot be read is the beginning of 1970.
    static func forSearch(_ text: String, now: Instant, clock: UserClock) -> Instant {
        read(text, now: now, clock: clock) ?? Instant(seconds: 0)
    }

    /// The user's whole day in which a moment lies: its beginning, and that of the next one.
    static func day(of moment: Instant, clock: UserClock) -> (start: Instant, end: Instant) {
        let midnight = clock.local(moment).date.start.seconds
        return (Instant(seconds: utc(midnight, clock)), Instant(seconds: utc(midnight + 86_400, clock)))
    }

    /// The moment at which the user's clock shows so many seconds since 1970.
    private static func utc(_ local: Int64, _ clock: UserClock) -> Int64 {
        var guess = local
        for _ in 0..<2 {
            let moment = Instant(seconds: guess)
            guess = local - (clock.local(moment).seconds - moment.seconds)
        }
        return guess
    }

    private static let last: Int64 = 253_402_300_799

    private static func bounded(_ seconds: Int64) -> Instant? {
        seconds > 0 ? Instant(seconds: min(seconds, last)) : nil
    }
}

/// The numbers of dates, in a calendar where days beyond a month's end are those of the next.
enum DateNumbers {
    /// Seconds of a day.
    static let day: Int64 = 86_400
    /// Beyond this nothing is counted.
    static let most: Int64 = 1_000_000_000

    /// Days since 1970, by the usual formula for Julian days, which also tells something of days and months that the
    /// calendar does not have: the 31st of February is the 3rd of March.
    static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let (year, month) = (clamped(year), clamped(month))
        let shift = (14 - month) / 12
        let months = 367 * (month - 2 + shift * 12) / 12
        let quarters = 1461 * (year + 4800 - shift) / 4
        let centuries = 3 * ((year + 4900 - shift) / 100) / 4
        return clamped(day) - 32_075 + quarters + months - centuries - 2_440_588
    }

    /// The same day so many months later, or the month's last one.
    static func date(_ local: Int64, monthsLater months: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let parts = Instant(seconds: local).date.components
        let count = Int64(parts.year) * 12 + Int64(parts.month) - 1 + clamped(months)
        let year = floorDivide(count, 12)
        let month = count - year * 12 + 1
        let length = CivilDate.daysInMonth(year: Int(min(max(year, 1), 9999)), month: Int(month))
        return (year, month, min(Int64(parts.day), Int64(length)))
    }

    static func clamped(_ number: Int64) -> Int64 { min(max(number, -most), most) }

    private static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }

    static let months: [[UInt8]] = [
        "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
        "december",
    ].map { Array($0.utf8) }

    /// From Sunday, which is 0.
    static let weekdays: [[UInt8]] = [
        "sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday",
    ].map { Array($0.utf8) }

    /// Sunday is 0.
    static func weekday(_ local: Int64) -> Int64 { Int64(Instant(seconds: local).date.weekday % 7) }

    static func midnight(_ local: Int64) -> Int64 { Instant(seconds: local).date.start.seconds }
}

/// Hours east of Greenwich by abbreviation; what is ambiguous means what it mostly means.
enum ZoneNames {
    /// In seconds; nil for a name that is none.
    static func offset(_ name: String) -> Int64? { hours[name.lowercased()].map { Int64($0 * 3600) } }

    private static let hours: [String: Double] = [
        "gmt": 0, "ut": 0, "utc": 0, "wet": 0, "wat": -1, "azost": -1, "cvt": -1, "at": -2, "fnt": -2, "ndt": -2.5,
        "art": -3, "nft": -3.5, "mnt": -4, "ewt": -4, "ast": -4, "bot": -4, "vet": -4, "est": -5, "cot": -5, "act": -5,
        "pet": -5, "cst": -6, "mst": -7, "pst": -8, "yst": -9, "hst": -10, "cat": -10, "ahst": -10, "taht": -10,
        "nt": -11, "idlw": -12, "cet": 1, "met": 1, "mewt": 1, "swt": 1, "set": 1, "fwt": 1, "west": 1, "cest": 2,
        "eet": 2, "sast": 2, "bt": 3, "eat": 3, "irst": 3.5, "sct": 4, "azst": 5, "mvt": 5, "uzt": 5, "ist": 5.5,
        "lkt": 6, "pkst": 6, "yekst": 6, "wast": 7, "ict": 7, "wit": 7, "cct": 8, "wst": 8, "hkt": 8, "bnt": 8,
        "cit": 8,
        "myt": 8, "pht": 8, "sgt": 8, "jst": 9, "kst": 9, "east": 10, "gst": 10, "nct": 11, "nzt": 12, "nzst": 12,
        "fjt": 12, "idle": 12, "brst": -2, "adt": -3, "edt": -4, "cdt": -5, "mdt": -6, "pdt": -7, "ydt": -8, "hdt": -9,
        "bst": 1, "mest": 2, "met dst": 2, "sst": 2, "fst": 2, "eest": 3, "wadt": 8, "kdt": 10, "eadt": 11, "nzdt": 13,
        "zp4": 4, "zp5": 5, "zp6": 6,
    ]
}
