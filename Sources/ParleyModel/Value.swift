/// A typed value of a field. References hold the number of an entity whose class the field's type tells.
public enum Value: Hashable, Sendable, Codable {
    case text(String)
    case integer(Int64)
    /// Finite.
    case number(Double)
    case boolean(Bool)
    case date(DateValue)
    case instant(Instant)
    /// Whole milliseconds.
    case duration(Int64)
    /// A list value, status, priority, type, category, version, label, principal, project, issue or file.
    case reference(Int64)
    /// A number in the words in which it was given, where these are not its plain ones: `007`, `+5`, `1.50`, or more
    /// digits than 64 bits hold; and the number, finite. Of custom fields alone.
    case spelled(String, Double)
}

extension Value {
    /// The value in a form whose order is that of the type, for sorting: numbers before texts.
    public static func ordered(_ left: Value, _ right: Value) -> Bool {
        switch (left, right) {
        case (.text(let a), .text(let b)): return a < b
        case (.date(let a), .date(let b)): return a < b
        case (.instant(let a), .instant(let b)): return a < b
        case (.boolean(let a), .boolean(let b)): return !a && b
        default:
            guard let a = left.magnitude, let b = right.magnitude else { return left.magnitude != nil }
            return a < b
        }
    }

    /// The number that stands for the value where there is one.
    public var magnitude: Double? {
        switch self {
        case .text: nil
        case .integer(let number), .duration(let number), .reference(let number): Double(number)
        case .number(let number), .spelled(_, let number): number
        case .boolean(let flag): flag ? 1 : 0
        case .date(let date): Double(date.instant.microseconds)
        case .instant(let instant): Double(instant.microseconds)
        }
    }

    /// The entity's number, for a reference.
    public var referenceID: Int64? {
        if case .reference(let number) = self { return number }
        return nil
    }

    /// The text, for a text.
    public var string: String? {
        if case .text(let text) = self { return text }
        return nil
    }
}

/// What a field's values are.
public enum FieldType: String, Sendable, Codable, CaseIterable {
    case text, longText, integer, number, boolean, uri, date, instant, duration
    case list, openList, status, priority, type, category, version, label, principal, project, tracker, issue, file
    /// A sum over children; not stored, no sort key.
    case computed

    /// Whether a value names an entity.
    public var isReference: Bool {
        switch self {
        case .list, .openList, .status, .priority, .type, .category, .version, .label, .principal, .project, .tracker,
            .issue,
            .file:
            true
        default: false
        }
    }

    /// Whether a value is free text.
    public var isText: Bool { self == .text || self == .longText || self == .uri }
}

/// How a text is marked up.
public enum TextFormat: String, Sendable, Codable, CaseIterable {
    case plain, html, markdown, textile
}
