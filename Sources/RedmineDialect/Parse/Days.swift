import ParleyModel

/// Days as clients write them.
enum Days {
    /// `2026-11-21`, as custom fields take it. The ten days that the reform of the calendar left out in 1582 are none.
    static func exact(_ text: String) -> CivilDate? {
        ("1582-10-05"..."1582-10-14").contains(text) ? nil : CivilDate(iso8601: text)
    }

    /// The same, and with midnight behind it, as issues, versions and time take it.
    static func plain(_ text: String) -> CivilDate? {
        exact(text.hasSuffix(" 00:00:00") ? String(text.dropLast(9)) : text)
    }

    /// The day that a text likely means which is no day as it is to be written: other rules still look at it.
    ///
    /// Year, month and day in this order or the other way round, with signs or without, months by name, and anything
    /// before and behind. Nil where one of the three is missing, and for what no calendar has.
    static func guess(_ text: String) -> CivilDate? {
        guard text.utf8.count <= 128, var found = GuessedDay(cleaned(text)) else { return nil }
        return found.date()
    }

    /// Without signs that mean nothing and times of day.
    private static func cleaned(_ text: String) -> String {
        let kept = text.lowercased().map { sign -> Character in
            sign.isLetter || sign.isNumber || "-+',./:@[]".contains(sign) ? sign : " "
        }
        return String(kept).replacing(/[0-9]+:[0-9]+(:[0-9]+([.,][0-9]+)?)?/, with: " ")
    }
}

/// The parts of a day that is guessed, as they stand in the text.
private struct GuessedDay {
    var year: String?
    var month: String?
    var day: String?

    private static let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]

    init?(_ text: String) {
        if let found = text.firstMatch(
            of: #/
                ('?[0-9]+) [^-0-9\s]* \s*
                (jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec) [^-0-9\s']*
                (\s* ('?-?[0-9]+))?
                /#)
        {
            (year, month, day) = (found.4.map { String($0) }, String(found.2), String(found.1))
        } else if let found = text.firstMatch(
            of: #/
                \b(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec) [^-0-9\s']* \s*
                ('?[0-9]+) [^-0-9\s']*
                (\s* ,? \s* ('?-?[0-9]+))?
                /#)
        {
            (year, month, day) = (found.4.map { String($0) }, String(found.1), String(found.2))
        } else if let found = text.firstMatch(of: /('?[-+]?[0-9]+)-([0-9]+)-('?-?[0-9]+)/) {
            (year, month, day) = (String(found.1), String(found.2), String(found.3))
        } else if let found = text.firstMatch(of: /('?-?[0-9]+)\/\s*('?[0-9]+)[^0-9]\s*('?-?[0-9]+)/) {
            (year, month, day) = (String(found.1), String(found.2), String(found.3))
        } else if let found = text.firstMatch(of: /('?-?[0-9]+)\.\s*('?[0-9]+)\.\s*('?-?[0-9]+)/) {
            (year, month, day) = (String(found.1), String(found.2), String(found.3))
        } else if let found = text.firstMatch(of: /[0-9]{2,14}/), [6, 8, 10, 12, 14].contains(found.0.count) {
            let digits = found.0
            let width = digits.count == 6 ? 2 : 4
            year = String(digits.prefix(width))
            month = String(digits.dropFirst(width).prefix(2))
            day = String(digits.dropFirst(width + 2).prefix(2))
        } else {
            return nil
        }
        order()
    }

    /// A year stands last as well as first: it is what has more than two digits, or an apostrophe.
    private mutating func order() {
        func isLong(_ part: String?) -> Bool { part.map { $0.hasPrefix("'") || $0.count > 2 } ?? false }
        if year == nil, isLong(day) { swap(&year, &day) }
        if isLong(month), month?.first?.isNumber ?? true { (year, month, day) = (month, day, year) }
        if isLong(day) { swap(&year, &day) }
    }

    /// Clamped to the years that a day here can have.
    mutating func date() -> CivilDate? {
        guard let year = number(of: year), let day = number(of: day), let text = month else { return nil }
        guard let month = GuessedDay.months.firstIndex(of: text).map({ $0 + 1 }) ?? number(of: text) else { return nil }
        let isShort = (self.year ?? "").filter { $0 != "'" }.count <= 2 && (0...99).contains(year)
        let whole = !isShort ? year : year >= 69 ? year + 1900 : year + 2000
        // Leap years come round every 400 years.
        guard Days.exact(CivilDate(year: whole, month: month, day: day)?.iso8601 ?? "") != nil else {
            let alike = 2000 + (whole % 400 + 400) % 400
            guard whole < 1 || whole > 9999, CivilDate(year: alike, month: month, day: day) != nil else { return nil }
            return whole < 1 ? .earliest : .latest
        }
        return CivilDate(year: whole, month: month, day: day)
    }

    private func number(of part: String?) -> Int? {
        let digits = part.map { $0.hasPrefix("'") ? String($0.dropFirst()) : $0 }
        return digits.flatMap { Int($0) }.flatMap { $0.magnitude < 1 << 40 ? $0 : nil }
    }
}
