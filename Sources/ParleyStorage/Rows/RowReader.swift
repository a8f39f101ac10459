import ParleyModel

/// Reads the columns of a row one after the other.
@usableFromInline
struct RowReader {
    let row: any SQLRow
    var column = 0

    @usableFromInline
    init(_ row: any SQLRow, from column: Int = 0) {
        self.row = row
        self.column = column
    }

    mutating func integer() -> Int64 {
        defer { column += 1 }
        return row.integer(column)
    }

    mutating func optionalInteger() -> Int64? {
        defer { column += 1 }
        return row.optionalInteger(column)
    }

    mutating func real() -> Double {
        defer { column += 1 }
        return row.real(column)
    }

    mutating func text() -> String {
        defer { column += 1 }
        return row.text(column)
    }

    mutating func optionalText() -> String? {
        defer { column += 1 }
        return row.optionalText(column)
    }

    mutating func boolean() -> Bool { integer() != 0 }
    mutating func id<E>(_ type: Identifier<E>.Type = Identifier<E>.self) -> Identifier<E> { Identifier(integer()) }
    mutating func optionalID<E>(_ type: Identifier<E>.Type = Identifier<E>.self) -> Identifier<E>? {
        optionalInteger().map { Identifier($0) }
    }
    mutating func instant() -> Instant { Instant(microseconds: integer()) }
    mutating func optionalInstant() -> Instant? { optionalInteger().map { Instant(microseconds: $0) } }

    mutating func stamp() -> Stamp {
        var stamp = Stamp(created: instant(), creator: id())
        stamp.modified = instant()
        stamp.modifier = id()
        stamp.revision = integer()
        stamp.retired = optionalInstant()
        return stamp
    }

    mutating func dateValue() -> DateValue? {
        let day = optionalInteger()
        let second = optionalInteger()
        return day.map { DateValue(CivilDate(daysSince1970: $0), secondOfDay: second.map { Int32(clamping: $0) }) }
    }
}

extension SQLValue {
    /// A reference, or null.
    public static func id<E>(_ id: Identifier<E>?) -> SQLValue { id.map { .integer($0.rawValue) } ?? .null }
    /// A time, or null.
    public static func instant(_ instant: Instant?) -> SQLValue { instant.map { .integer($0.microseconds) } ?? .null }
    /// A number, or null.
    public static func optional(_ number: Int64?) -> SQLValue { number.map { .integer($0) } ?? .null }
    /// A text, or null.
    public static func optional(_ text: String?) -> SQLValue { text.map { .text($0) } ?? .null }
    /// 1 or 0.
    public static func flag(_ flag: Bool) -> SQLValue { .integer(flag ? 1 : 0) }

    static func stamp(_ stamp: Stamp) -> [SQLValue] {
        [
            .instant(stamp.created), .id(stamp.creator), .instant(stamp.modified), .id(stamp.modifier),
            .integer(stamp.revision), .instant(stamp.retired),
        ]
    }

    /// `?1, ?2, ...`
    static func placeholders(_ count: Int) -> String {
        (1...max(1, count)).map { "?\($0)" }.joined(separator: ", ")
    }
}
