import Glibc
import ParleyHTTP
import ParleyModel

/// Takes the fields of a form one after the other: `Form` as values to work with, `FormWriter` as octets of an answer.
protocol FieldSink: ~Copyable {
    mutating func add(_ key: String, _ value: String)
    mutating func add(_ key: String, list values: [String])
    mutating func add(_ key: String, number: Int64)
    /// A moment in the words of the user's clock.
    mutating func add(_ key: String, moment: Instant?, _ clock: UserClock)
    /// A moment in UTC, in digits.
    mutating func add(_ key: String, utc: Instant)
}

extension Form: FieldSink {
    mutating func add(_ key: String, number: Int64) { add(key, String(number)) }

    mutating func add(_ key: String, moment: Instant?, _ clock: UserClock) { add(key, clock.words(moment)) }

    mutating func add(_ key: String, utc: Instant) { add(key, UserClock.sql(utc)) }
}

/// Writes forms as they stand in an answer's body: short lists on folded lines, long texts indented and set off by
/// blank lines.
struct FormWriter: ~Copyable, FieldSink {
    /// Where a list is folded, in characters.
    private static let width = 70
    /// The widest indent that follows a key.
    private static let widestIndent = 16

    private var output: OutputBuffer
    private var endsBlank = true
    /// Whether no form has begun yet.
    private(set) var isFirst: Bool

    /// - Parameter isFirst: false where other forms have been written before these.
    init(isFirst: Bool = true) {
        self.isFirst = isFirst
        output = OutputBuffer(capacity: 1024)
    }

    /// Octets that were written.
    var count: Int { output.count }

    /// What was written.
    consuming func finish() -> [UInt8] { output.array() }

    // MARK: forms

    /// Begins a form whose fields follow; a blank line sets them off.
    mutating func begin(comment: String = "") {
        begin()
        if put(comment: comment) { output.append("\n\n") }
    }

    private mutating func begin() {
        if !isFirst { output.append("\n--\n\n") }
        isFirst = false
        endsBlank = true
    }

    mutating func write(_ form: Form) {
        begin()
        if put(comment: form.comment) {
            // A form of comments alone ends with its last line; one line end more sets fields off.
            let isAlone = form.fields.isEmpty && form.verbatim == nil && !form.isOfObject
            output.append(isAlone ? "\n" : "\n\n")
        }
        if let verbatim = form.verbatim { return output.append(verbatim) }
        for field in form.fields {
            if field.values.count == 1 { add(field.key, field.values[0]) } else { add(field.key, list: field.values) }
        }
    }

    /// - Returns: whether there is any.
    private mutating func put(comment: String) -> Bool {
        guard !comment.isEmpty else { return false }
        comment.withContent { octets in
            var end = octets.count
            // A line end with its carriage return is part of the text.
            while end > 0, octets[end - 1] == 0x0A, end < 2 || octets[end - 2] != 0x0D { end -= 1 }
            output.append(octets: UnsafeBufferPointer(rebasing: octets[..<end]))
        }
        return true
    }

    /// Octets as they are, outside of any form.
    mutating func put(_ octets: [UInt8]) {
        octets.withUnsafeBufferPointer { output.append(octets: $0) }
    }

    /// A text as it is, outside of any form.
    mutating func put(_ text: String) { output.append(text) }

    mutating func put(number: Int64) { output.append(number) }

    // MARK: fields of one value

    private mutating func lead(_ key: String) {
        output.append(key)
        output.append(": ")
    }

    private mutating func endLine() {
        output.append(octet: 0x0A)
        endsBlank = false
    }

    mutating func add(_ key: String, _ value: String) {
        guard !value.hasLineFeed else { return addBlock(key, value) }
        lead(key)
        output.append(value)
        endLine()
    }

    mutating func add(_ key: String, number: Int64) {
        lead(key)
        output.append(number)
        endLine()
    }

    mutating func add(_ key: String, moment: Instant?, _ clock: UserClock) {
        lead(key)
        if let moment { clock.write(words: moment, to: &output) } else { output.append("Not set") }
        endLine()
    }

    mutating func add(_ key: String, utc: Instant) {
        lead(key)
        UserClock.write(sql: utc, to: &output)
        endLine()
    }

    // MARK: texts of several lines and lists

    private static func indent(after key: String) -> Int {
        let own = key.unicodeScalars.count + 2
        return own > widestIndent ? 4 : own
    }

    private mutating func putIndent(_ width: Int) {
        for _ in 0..<width { output.append(octet: 0x20) }
    }

    /// A value of several lines, a blank line before and after, each line below the beginning of the first.
    private mutating func addBlock(_ key: String, _ value: String) {
        if !endsBlank { output.append(octet: 0x0A) }
        lead(key)
        let width = FormWriter.indent(after: key)
        value.withContent { octets in
            var rest = octets[...]
            while let end = rest.lineFeed {
                output.append(octets: UnsafeBufferPointer(rebasing: rest[...end]))
                rest = rest[(end + 1)...]
                // An end of line at the very end begins no other line.
                if !rest.isEmpty { putIndent(width) }
            }
            output.append(octets: UnsafeBufferPointer(rebasing: rest))
        }
        output.append("\n\n")
        endsBlank = true
    }

    mutating func add(_ key: String, list values: [String]) {
        guard values.count != 1 else { return add(key, values[0]) }
        guard !values.isEmpty else {
            output.append(key)
            output.append(octet: 0x3A)
            return endLine()
        }
        var line: [Substring] = []
        for value in values {
            if value.hasLineFeed {
                putFolded(key, line)
                line = []
                addBlock(key, value)
            } else {
                line.append(value[...])
            }
        }
        putFolded(key, line)
    }

    /// Values with commas between, on as many lines as they need; what is folded is set off.
    private mutating func putFolded(_ key: String, _ values: [Substring]) {
        guard !values.isEmpty else { return }
        let width = FormWriter.indent(after: key)
        var text: [UInt8] = []
        var length = key.unicodeScalars.count + 2
        var isFolded = false
        for (index, value) in values.enumerated() {
            let own = value.unicodeScalars.count
            if index > 0, length + 1 + own < FormWriter.width {
                text += [0x2C, 0x20]
                length += 2
            } else if index > 0 {
                text += [0x2C, 0x0A]
                text += repeatElement(0x20, count: width)
                length = width
                isFolded = true
            }
            text += value.utf8
            length += own
        }
        if isFolded && !endsBlank { output.append(octet: 0x0A) }
        lead(key)
        put(text)
        if isFolded { output.append("\n\n") } else { output.append(octet: 0x0A) }
        endsBlank = isFolded
    }
}

extension String {
    /// The text's UTF-8 where it lies.
    func withContent<R>(_ body: (UnsafeBufferPointer<UInt8>) -> R) -> R {
        utf8.withContiguousStorageIfAvailable(body) ?? Array(utf8).withUnsafeBufferPointer(body)
    }
}

extension Slice<UnsafeBufferPointer<UInt8>> {
    /// Where the first line feed is.
    fileprivate var lineFeed: Int? {
        let block = UnsafeBufferPointer(rebasing: self)
        guard let start = block.baseAddress, let found = memchr(start, 0x0A, block.count) else { return nil }
        return startIndex + (UnsafeRawPointer(found) - UnsafeRawPointer(start))
    }
}
