import Glibc

/// How a log line is written.
public enum LogFormat: String, Sendable, CaseIterable {
    /// Time, level, message, then `key=value` pairs.
    case text
    /// One JSON object.
    case json
}

/// Builds one line of the log. Nothing that comes from outside can end the line or forge a field.
struct LogLine {
    /// Octets of one value that are kept.
    static let valueLimit = 2048

    private let format: LogFormat
    private(set) var bytes: [UInt8]

    /// - Parameter memory: an array whose storage is used again.
    init(_ format: LogFormat, clock: inout ClockText, level: String, message: String, memory: [UInt8] = []) {
        self.format = format
        bytes = memory
        bytes.removeAll(keepingCapacity: true)
        bytes.reserveCapacity(320)
        switch format {
        case .text:
            clock.appendTimestamp(to: &bytes)
            bytes.append(UInt8(ascii: " "))
            level.withOctets { bytes.append(contentsOf: $0) }
            bytes.append(UInt8(ascii: " "))
            escape(message)
        case .json:
            bytes.append(contentsOf: "{\"time\":\"".utf8)
            clock.appendTimestamp(to: &bytes)
            bytes.append(contentsOf: "\",\"level\":\"".utf8)
            level.withOctets { bytes.append(contentsOf: $0) }
            bytes.append(contentsOf: "\",\"message\":\"".utf8)
            escape(message)
            bytes.append(UInt8(ascii: "\""))
        }
    }

    /// Adds a text.
    mutating func add(_ key: String, _ value: String) {
        begin(key)
        switch format {
        case .text:
            if !appendPlain(value) { quote(value) }
        case .json:
            quote(value)
        }
    }

    /// Adds a path: octets that could be misread are percent-encoded, so that it needs no quotes.
    mutating func add(_ key: String, path: String) {
        begin(key)
        if format == .json { bytes.append(UInt8(ascii: "\"")) }
        if !appendPlain(path) {
            for byte in path.utf8.prefix(LogLine.valueLimit) {
                if LogLine.isPlain(byte) {
                    bytes.append(byte)
                } else {
                    bytes.append(UInt8(ascii: "%"))
                    bytes.append(LogLine.digit(byte >> 4))
                    bytes.append(LogLine.digit(byte & 15))
                }
            }
        }
        if format == .json { bytes.append(UInt8(ascii: "\"")) }
    }

    /// Adds a whole number.
    mutating func add(_ key: String, _ value: Int64) {
        begin(key)
        append(value)
    }

    /// Adds microseconds as milliseconds with three decimals.
    mutating func add(_ key: String, milliseconds microseconds: Int64) {
        begin(key)
        let positive = max(0, microseconds)
        append(positive / 1000)
        let rest = UInt8(truncatingIfNeeded: (positive % 1000) / 100)
        let low = UInt8(truncatingIfNeeded: positive % 100)
        bytes.append(UInt8(ascii: "."))
        bytes.append(LogLine.digit(rest))
        bytes.append(LogLine.digit(low / 10))
        bytes.append(LogLine.digit(low % 10))
    }

    /// The finished line.
    consuming func finish() -> [UInt8] {
        if format == .json { bytes.append(UInt8(ascii: "}")) }
        bytes.append(UInt8(ascii: "\n"))
        return bytes
    }

    private mutating func begin(_ key: String) {
        switch format {
        case .text:
            bytes.append(UInt8(ascii: " "))
            key.withOctets { bytes.append(contentsOf: $0) }
            bytes.append(UInt8(ascii: "="))
        case .json:
            bytes.append(contentsOf: ",\"".utf8)
            key.withOctets { bytes.append(contentsOf: $0) }
            bytes.append(contentsOf: "\":".utf8)
        }
    }

    /// Appends a text that needs no quotes and no escapes.
    private mutating func appendPlain(_ value: String) -> Bool {
        value.withOctets { octets in
            guard octets.count > 0, octets.count <= LogLine.valueLimit else { return false }
            for byte in octets where !LogLine.isPlain(byte) { return false }
            bytes.append(contentsOf: octets)
            return true
        }
    }

    @inline(__always)
    private static func isPlain(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte < 0x7F && byte != 0x22 && byte != 0x3D && byte != 0x5C
    }

    private mutating func append(_ value: Int64) {
        if value < 0 {
            bytes.append(contentsOf: String(value).utf8)
            return
        }
        var divisor: Int64 = 1
        while value / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            bytes.append(LogLine.digit(UInt8(truncatingIfNeeded: value / divisor % 10)))
            divisor /= 10
        }
    }

    private mutating func quote(_ value: String) {
        bytes.append(UInt8(ascii: "\""))
        escape(value)
        bytes.append(UInt8(ascii: "\""))
    }

    /// JSON escapes; control characters of both sets, which a terminal may obey, become `\u00XX`.
    private mutating func escape(_ value: String) {
        var room = LogLine.valueLimit
        for scalar in value.unicodeScalars {
            room -= 1
            if room < 0 { break }
            switch scalar.value {
            case 0x22, 0x5C:
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(UInt8(truncatingIfNeeded: scalar.value))
            case 0x0A:
                bytes.append(contentsOf: "\\n".utf8)
            case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029, 0x202A...0x202E, 0x2066...0x2069:
                bytes.append(contentsOf: "\\u".utf8)
                for shift in [12, 8, 4, 0] as [UInt32] {
                    bytes.append(LogLine.digit(UInt8(truncatingIfNeeded: scalar.value >> shift & 15)))
                }
            default:
                bytes.append(contentsOf: String(scalar).utf8)
            }
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + (value - 10)
    }
}

/// Wall-clock time as text, reckoned anew once a second.
struct ClockText {
    private var second: Int = .min
    /// `2026-07-31T12:00:00.`
    private var start: [UInt8] = []
    private var date = ""
    private var field: [UInt8] = []

    /// Appends RFC 3339 with milliseconds, UTC.
    mutating func appendTimestamp(to bytes: inout [UInt8]) {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        refresh(now.tv_sec)
        bytes.append(contentsOf: start)
        let milliseconds = now.tv_nsec / 1_000_000
        for divisor in [100, 10, 1] {
            bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: milliseconds / divisor % 10))
        }
        bytes.append(UInt8(ascii: "Z"))
    }

    /// The Date header, line end included.
    mutating func dateField() -> [UInt8] {
        refresh(time(nil))
        return field
    }

    /// The form of the Date header (RFC 9110, 5.6.7).
    mutating func httpDate() -> String {
        refresh(time(nil))
        return date
    }

    private mutating func refresh(_ now: Int) {
        guard now != second else { return }
        second = now
        var parts = tm()
        var seconds = now
        gmtime_r(&seconds, &parts)
        let day = ClockText.two(parts.tm_mday), year = String(Int(parts.tm_year) + 1900)
        let clock = "\(ClockText.two(parts.tm_hour)):\(ClockText.two(parts.tm_min)):\(ClockText.two(parts.tm_sec))"
        start = Array("\(year)-\(ClockText.two(parts.tm_mon + 1))-\(day)T\(clock).".utf8)
        let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let weekday = weekdays[Int(parts.tm_wday) % 7], month = months[Int(parts.tm_mon) % 12]
        date = "\(weekday), \(day) \(month) \(year) \(clock) GMT"
        field = Array("Date: \(date)\r\n".utf8)
    }

    private static func two(_ value: Int32) -> String { value < 10 ? "0\(value)" : String(value) }
}
