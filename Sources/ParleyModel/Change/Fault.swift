/// What was wrong with one part of a request. A rule, not a sentence: each dialect has its own words.
public struct Problem: Sendable, Hashable {
    /// What the rule is about.
    public enum Subject: Sendable, Hashable {
        case field(FieldName)
        /// A property of another class, by the model's name: `identifier`, `login`, `name`, ...
        case property(String)
        case whole
    }

    /// What the rule asks for, or why something cannot be.
    public enum Rule: Sendable, Hashable {
        case required
        /// Characters.
        case tooLong(maximum: Int)
        case tooShort(minimum: Int)
        /// The value names nothing that exists or may be chosen.
        case notInList
        case invalid
        case notANumber
        case notADate
        case notBeforeStart
        /// What it follows ends later: it can start on this day.
        case tooEarly(earliest: CivilDate)
        case taken
        case reserved
        /// A loop in a hierarchy or an order.
        case circular
        /// A link between an issue and one above or below it.
        case withinTree
        /// A link to an issue of another project.
        case elsewhere
        /// The actor may not set it.
        case notPermitted
        /// The workflow has no such step.
        case transition
        /// The server derives it.
        case derived
        /// Not known at all: a field or name.
        case unknown
        case multipleNotAllowed
        case needsComment
        /// The field must be filled for the step.
        case mustBeFilled
        /// A closed thing takes no more.
        case closed
        /// Something still uses it.
        case inUse
        case limitReached
        /// With what is there already, a sum would be beyond what it may come to. Milliseconds.
        case totalTooLarge(maximum: Int64, present: Int64)
    }

    public var subject: Subject
    public var rule: Rule
    /// The value in question, as the client gave it.
    public var value: String?

    public init(_ subject: Subject, _ rule: Rule, value: String? = nil) {
        self.subject = subject
        self.rule = rule
        self.value = value
    }

    /// A problem of a builtin field.
    public init(_ field: BuiltinField, _ rule: Rule, value: String? = nil) {
        self.init(.field(.builtin(field)), rule, value: value)
    }
}

/// Why a request was not done. Nothing was changed.
public enum Fault: Error, Sendable, Equatable {
    /// There is no such thing, or the actor may not know of it.
    case notFound
    case forbidden
    /// A signed-in user might.
    case unauthenticated
    case invalid([Problem])
    /// Somebody changed it meanwhile; the revision it has now.
    case conflict(current: Int64)
    /// Octets.
    case tooLarge(limit: Int64)
    case unsupported(String)
    case rateLimited(until: Instant)
    /// Storage cannot write or read now.
    case unavailable
}
