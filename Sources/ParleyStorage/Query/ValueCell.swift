import ParleyModel

/// Kinds of values that compare alike.
enum ValueLane: CaseIterable {
    case text, integral, real, reference, day, instant

    /// Of `field_value.kind`.
    var kinds: String {
        switch self {
        case .text: "= 1"
        case .integral: "IN (2, 4, 7)"
        case .real: "IN (3, 9)"
        case .reference: "= 8"
        case .day: "= 5"
        case .instant: "= 6"
        }
    }

    var isNumber: Bool { self == .integral || self == .real }
    var isTime: Bool { self == .day || self == .instant }

    func compares(with other: ValueLane) -> Bool {
        self == other || (isNumber && other.isNumber) || (isTime && other.isTime)
    }
}

/// One value in SQL: a column, a row of custom values, or a parameter.
struct ValueCell {
    /// A date's second of the day.
    enum Second {
        case none
        case known(String)
        /// May be null.
        case column(String)
    }

    /// What it may be; several only where `kind` tells which.
    var lanes: [ValueLane]
    var kind: String?
    var number = "NULL"
    var real = "NULL"
    var text = "NULL"
    var second = Second.none
    /// Whether an empty text, which is no value, may stand there.
    var mayBeEmpty = true
    /// Whether it is a sum, which is unset when it is zero.
    var isSum = false

    init(_ lane: ValueLane, number: String) {
        lanes = [lane]
        self.number = number
    }

    init(text: String) {
        lanes = [.text]
        self.text = text
    }

    init(day: String, second: String) {
        lanes = [.day]
        number = day
        self.second = .column(second)
    }

    init(real: String) {
        lanes = [.real]
        self.real = real
    }

    /// A row of `field_value`.
    init(row: String) {
        lanes = ValueLane.allCases
        kind = "\(row).kind"
        number = "\(row).number"
        real = "\(row).real"
        text = "\(row).text"
        second = .column("CAST(\(row).real AS INTEGER)")
    }

    /// A value that is given.
    init(_ value: Value, _ writer: StatementWriter) throws {
        switch value {
        case .text(let text): self.init(text: try writer.bind(.text(text)))
        case .integer(let number), .duration(let number): self.init(.integral, number: try writer.bind(number))
        case .boolean(let flag): self.init(.integral, number: try writer.bind(flag ? 1 : 0))
        case .number(let number), .spelled(_, let number): self.init(real: try writer.bind(.real(number)))
        case .reference(let number): self.init(.reference, number: try writer.bind(number))
        case .instant(let instant): self.init(.instant, number: try writer.bind(instant.microseconds))
        case .date(let date):
            self.init(.day, number: try writer.bind(date.date.daysSince1970))
            if let second = date.secondOfDay { self.second = .known(try writer.bind(Int64(second))) }
        }
        mayBeEmpty = false
    }

    /// What must hold for the value to be of a lane.
    func presence(_ lane: ValueLane) -> [String] {
        var conditions: [String] = []
        if let kind { conditions.append("\(kind) \(lane.kinds)") }
        if lane == .text && mayBeEmpty { conditions.append("\(text) <> ''") }
        return conditions
    }

    /// The expression that compares within a lane.
    func expression(_ lane: ValueLane) -> String {
        switch lane {
        case .text: text
        case .real: real
        default: number
        }
    }

    /// Microseconds.
    func moment(_ lane: ValueLane) -> String {
        guard lane == .day else { return number }
        switch second {
        case .none: return "(\(number) * 86400000000)"
        case .known(let second): return "((\(number) * 86400 + \(second)) * 1000000)"
        case .column(let second): return "((\(number) * 86400 + coalesce(\(second), 0)) * 1000000)"
        }
    }

    /// Whether there is a value that is not empty.
    var isFilled: String {
        if let kind { return "(\(kind) <> 1 OR \(text) <> '')" }
        if isSum { return "\(number) <> 0" }
        return lanes == [.text] ? "\(text) <> ''" : "\(expression(lanes[0])) IS NOT NULL"
    }

    /// Whether there is a value, be it empty.
    var isThere: String {
        isSum ? "TRUE" : "\(expression(lanes[0])) IS NOT NULL"
    }

    /// How two values stand to each other; nil where they never compare.
    static func comparison(_ left: ValueCell, _ comparison: Comparison, _ right: ValueCell) -> String? {
        var terms: [String] = []
        for lane in left.lanes {
            for other in right.lanes where lane.compares(with: other) {
                let conditions = left.presence(lane) + right.presence(other)
                let term = term(left, lane, comparison.sql, right, other)
                terms.append((conditions + [term]).joined(separator: " AND "))
            }
        }
        if terms.isEmpty { return nil }
        return terms.count == 1 ? "(\(terms[0]))" : "((" + terms.joined(separator: ") OR (") + "))"
    }

    private static func term(
        _ left: ValueCell, _ lane: ValueLane, _ comparison: String, _ right: ValueCell, _ other: ValueLane
    ) -> String {
        guard lane.isTime else {
            return "\(left.expression(lane)) \(comparison) \(right.expression(other))"
        }
        let moments = "\(left.moment(lane)) \(comparison) \(right.moment(other))"
        guard lane == .day && other == .day else { return moments }
        let days = "\(left.number) \(comparison) \(right.number)"
        switch right.second {
        case .none: return days
        case .known: return moments
        case .column(let second): return "CASE WHEN \(second) IS NULL THEN \(days) ELSE \(moments) END"
        }
    }
}

extension Comparison {
    /// The operator.
    var sql: String {
        switch self {
        case .equal: "="
        case .less: "<"
        case .lessOrEqual: "<="
        case .greater: ">"
        case .greaterOrEqual: ">="
        }
    }
}
