import ParleyModel

/// A function of Swift's that statements call. An engine registers `SQLFunctions.all` on each connection.
public struct SQLFunction: Sendable {
    /// In statements.
    public let name: String
    /// Arguments.
    public let arity: Int
    /// Makes the body for one connection, which calls it from one thread at a time. The same arguments always give the
    /// same value.
    public let make: @Sendable () -> ([SQLValue]) -> SQLValue
}

/// What statements of this module call beyond `fold`.
public enum SQLFunctions {
    /// Every function.
    public static let all = [matchesPattern]

    /// `matches_pattern(text, pattern, ignores_case)`: 1 or 0, null for a null text.
    static let matchesPattern = SQLFunction(name: "matches_pattern", arity: 3) {
        var cached: (text: String, ignoresCase: Bool, pattern: LinearPattern?)?
        return { arguments in
            guard arguments.count == 3, case .text(let text) = arguments[0], case .text(let source) = arguments[1]
            else {
                return .null
            }
            let ignoresCase = arguments[2] == .integer(1)
            if cached == nil || cached?.text != source || cached?.ignoresCase != ignoresCase {
                cached = (source, ignoresCase, LinearPattern(source, ignoresCase: ignoresCase))
            }
            return .integer(cached?.pattern?.matches(text) ?? false ? 1 : 0)
        }
    }
}
