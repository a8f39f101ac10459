import ParleyModel

/// Moments and days as they are written on the wire.
public enum WireTime {
    /// `2026-11-21T17:20:40Z`: whole seconds, rounded down.
    public static func iso8601(_ instant: Instant) -> String {
        var output = OutputBuffer(capacity: 64)
        output.put(instant)
        return String(decoding: output.array(), as: UTF8.self)
    }

    /// `2026-11-21T17:20:40.123456Z`.
    /// - Parameter digits: of the fraction, 1 to 6, cut off.
    public static func iso8601(_ instant: Instant, fractionDigits digits: Int) -> String {
        var output = OutputBuffer(capacity: 64)
        output.put(instant)
        var octets = output.array()
        let fraction = instant.microseconds &- instant.seconds &* 1_000_000
        let text = String(fraction)
        let padded = String(repeating: "0", count: max(0, 6 - text.utf8.count)) + text
        octets.removeLast()
        octets.append(UInt8(ascii: "."))
        octets.append(contentsOf: padded.utf8.prefix(min(max(digits, 1), 6)))
        octets.append(UInt8(ascii: "Z"))
        return String(decoding: octets, as: UTF8.self)
    }

    /// `Sat, 21 Nov 2026 17:20:40 GMT` (RFC 9110, 5.6.7).
    public static func http(_ instant: Instant) -> String {
        let date = instant.date
        let parts = date.components
        var output = OutputBuffer(capacity: 64)
        output.append(weekdays[date.weekday - 1])
        output.append(", ")
        output.put(parts.day, width: 2)
        output.put(.space)
        output.append(months[parts.month - 1])
        output.put(.space)
        output.put(parts.year, width: 4)
        output.put(.space)
        output.putClock(instant)
        output.append(" GMT")
        return String(decoding: output.array(), as: UTF8.self)
    }

    /// Reads the three forms of HTTP dates: `Sat, 21 Nov 2026 17:20:40 GMT`, `Saturday, 21-Nov-26 17:20:40 GMT`,
    /// `Sat Nov 21 17:20:40 2026`. Nil for anything else; the name of the day is not checked.
    public static func parseHTTP(_ text: some StringProtocol) -> Instant? {
        let words = text.prefix(64).split { $0 == " " || $0 == "," || $0 == "-" }
        switch words.count {
        case 6 where words[5] == "GMT" || words[5] == "UTC":
            guard let day = number(words[1], 1...2), let month = month(words[2]), let clock = clock(words[4]) else {
                return nil
            }
            if let year = number(words[3], 4...4) { return instant(year, month, day, clock) }
            // Two digits of a year are one within the fifty years to come, else one gone by (RFC 9110 leaves the
            // clock to us).
            guard let short = number(words[3], 2...2) else { return nil }
            return instant(short < 70 ? 2000 + short : 1900 + short, month, day, clock)
        case 5:
            guard let month = month(words[1]), let day = number(words[2], 1...2), let clock = clock(words[3]),
                let year = number(words[4], 4...4)
            else { return nil }
            return instant(year, month, day, clock)
        default: return nil
        }
    }

    /// Reads `2026-11-21T17:20:40Z`; the `T` may be a blank, seconds may be missing, a fraction is kept to the
    /// microsecond, the zone may be `+01:00` or `+0100`, and is UTC where missing. A day alone is its midnight. Nil
    /// for anything else.
    public static func parseISO8601(_ text: some StringProtocol) -> Instant? {
        let octets = Array(text.utf8.prefix(64))
        guard text.utf8.count <= 64, octets.count >= 10,
            let date = CivilDate(iso8601: String(decoding: octets[..<10], as: UTF8.self))
        else { return nil }
        if octets.count == 10 { return date.start }
        guard octets[10] == UInt8(ascii: "T") || octets[10] == UInt8(ascii: "t") || octets[10] == .space else {
            return nil
        }
        var scanner = ClockScanner(octets[11...])
        guard let clock = scanner.clock(), let zone = scanner.zone() else { return nil }
        let seconds = date.start.seconds + clock.seconds - zone
        return Instant(microseconds: seconds * 1_000_000 + clock.microseconds)
    }

    static let weekdays: [StaticString] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    static let months: [StaticString] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    private static func month(_ text: some StringProtocol) -> Int? {
        let name = text.asciiLowercased
        return months.firstIndex { $0.description.asciiLowercased == name }.map { $0 + 1 }
    }

    private static func number(_ text: some StringProtocol, _ width: ClosedRange<Int>) -> Int? {
        guard width.contains(text.utf8.count), text.utf8.allSatisfy(\.isDigit) else { return nil }
        return Int(text)
    }

    private static func clock(_ text: some StringProtocol) -> Int64? {
        let parts = text.split(separator: ":")
        guard parts.count == 3, let hour = number(parts[0], 1...2), let minute = number(parts[1], 2...2),
            let second = number(parts[2], 2...2), hour < 24, minute < 60, second <= 60
        else { return nil }
        return Int64(hour * 3600 + minute * 60 + min(second, 59))
    }

    private static func instant(_ year: Int, _ month: Int, _ day: Int, _ clock: Int64) -> Instant? {
        CivilDate(year: year, month: month, day: day)?.start.adding(seconds: clock)
    }
}

/// Reads a time of day and a zone.
private struct ClockScanner {
    private var rest: ArraySlice<UInt8>

    init(_ rest: ArraySlice<UInt8>) {
        self.rest = rest
    }

    private mutating func pass(_ octet: UInt8) -> Bool {
        guard rest.first == octet else { return false }
        rest = rest.dropFirst()
        return true
    }

    private mutating func twoDigits(below bound: Int64) -> Int64? {
        guard rest.count >= 2, rest[rest.startIndex].isDigit, rest[rest.startIndex + 1].isDigit else { return nil }
        let value = Int64(rest[rest.startIndex] - 0x30) * 10 + Int64(rest[rest.startIndex + 1] - 0x30)
        rest = rest.dropFirst(2)
        return value < bound ? value : nil
    }

    mutating func clock() -> (seconds: Int64, microseconds: Int64)? {
        guard let hour = twoDigits(below: 24), pass(.colon), let minute = twoDigits(below: 60) else { return nil }
        var second: Int64 = 0
        var fraction: Int64 = 0
        if pass(.colon) {
            guard let found = twoDigits(below: 61) else { return nil }
            second = min(found, 59)
            if pass(UInt8(ascii: ".")) || pass(.comma) {
                var unit: Int64 = 100_000
                guard let first = rest.first, first.isDigit else { return nil }
                while let digit = rest.first, digit.isDigit {
                    fraction += Int64(digit - 0x30) * unit
                    unit /= 10
                    rest = rest.dropFirst()
                }
            }
        }
        return (hour * 3600 + minute * 60 + second, fraction)
    }

    /// Seconds east of UTC; all that is left must be the zone.
    mutating func zone() -> Int64? {
        if rest.isEmpty { return 0 }
        if pass(UInt8(ascii: "Z")) || pass(UInt8(ascii: "z")) { return rest.isEmpty ? 0 : nil }
        let isWest = rest.first == .minus
        guard pass(.minus) || pass(UInt8(ascii: "+")), let hours = twoDigits(below: 24) else { return nil }
        var minutes: Int64 = 0
        if !rest.isEmpty {
            _ = pass(.colon)
            guard let found = twoDigits(below: 60), rest.isEmpty else { return nil }
            minutes = found
        }
        let offset = hours * 3600 + minutes * 60
        return isWest ? -offset : offset
    }
}

extension OutputBuffer {
    /// `2026-11-01`; 10 octets, reserved by the caller.
    mutating func put(_ date: CivilDate) {
        let parts = date.components
        put(parts.year, width: 4)
        put(.minus)
        put(parts.month, width: 2)
        put(.minus)
        put(parts.day, width: 2)
    }

    /// `2026-11-21`.
    public mutating func append(_ date: CivilDate) {
        reserve(10)
        put(date)
    }

    /// `17:20:40`.
    public mutating func append(clock instant: Instant) {
        reserve(8)
        putClock(instant)
    }

    /// `2026-11-21T17:20:40Z`; 20 octets, reserved by the caller.
    mutating func put(_ instant: Instant) {
        put(instant.date)
        put(UInt8(ascii: "T"))
        putClock(instant)
        put(UInt8(ascii: "Z"))
    }

    /// `17:20:40`; 8 octets, reserved by the caller.
    mutating func putClock(_ instant: Instant) {
        let second = Int(instant.secondOfDay)
        put(second / 3600, width: 2)
        put(.colon)
        put(second / 60 % 60, width: 2)
        put(.colon)
        put(second % 60, width: 2)
    }
}
