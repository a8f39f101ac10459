import ParleyModel

/// What a search can ask of tickets.
struct TicketField: Sendable {
    /// What kind of thing a field is, which tells the operators it takes.
    enum Kind: Sendable {
        case text, status, queue, kind, serviceLevel
        /// Number of the ticket; other numbers.
        case id
        case number(FieldName, NumberUnit)
        /// Author and the like.
        case person(PersonRole)
        /// Owner, requestors and so on.
        case watchers([PersonRole])
        case membership([PersonRole])
        case date(BuiltinField)
        case transactionDate, transactionAuthor
        case custom, foreignCustom
        /// Of links: which, and whether read from the other end.
        case link(LinkScope)
        case content, contentType, filename
        case lifecycle
        case attribute(Bool)
        case customRole
    }

    /// What one is.
    enum NumberUnit: Sendable {
        /// As stored; zero where nothing is set.
        case one
        /// Milliseconds are stored.
        case minutes
    }

    /// Links by kind, or all.
    enum LinkScope: Sendable {
        case of(String)
        case toOthers, fromOthers, any
    }

    let name: String
    let kind: Kind

    /// By its name in any case.
    static func named(_ name: String) -> TicketField? { byName[name.lowercased()] }

    private static let requestor: [PersonRole] = [.participant(.requestor)]
    private static let copied: [PersonRole] = [.participant(.watcher)]
    private static let administrative: [PersonRole] = [.participant(.adminWatcher)]
    private static let everybody: [PersonRole] = requestor + copied + administrative + [.assignee]

    private static let byName: [String: TicketField] = {
        let kinds: [(String, Kind)] = [
            ("Subject", .text), ("Status", .status), ("SLA", .serviceLevel), ("Queue", .queue), ("Type", .kind),
            ("id", .id), ("EffectiveId", .id),
            ("Priority", .number(.builtin(.priorityNumber), .one)),
            ("InitialPriority", .number(.builtin(.initialPriority), .one)),
            ("FinalPriority", .number(.builtin(.finalPriority), .one)),
            ("TimeEstimated", .number(.builtin(.estimate), .minutes)),
            ("TimeWorked", .number(.aggregate(.spent), .minutes)),
            ("TimeLeft", .number(.builtin(.remaining), .minutes)),
            ("Creator", .person(.author)), ("LastUpdatedBy", .person(.updatedBy)),
            ("Owner", .watchers([.assignee])), ("Requestor", .watchers(requestor)),
            ("Requestors", .watchers(requestor)),
            ("Cc", .watchers(copied)), ("AdminCc", .watchers(administrative)), ("Watcher", .watchers(everybody)),
            ("QueueCc", .watchers([.projectParticipant(.watcher)])),
            ("QueueAdminCc", .watchers([.projectParticipant(.adminWatcher)])),
            ("QueueWatcher", .watchers([.projectParticipant(.watcher), .projectParticipant(.adminWatcher)])),
            ("OwnerGroup", .membership([.assignee])), ("RequestorGroup", .membership(requestor)),
            ("CCGroup", .membership(copied)), ("AdminCCGroup", .membership(administrative)),
            ("WatcherGroup", .membership(everybody)), ("CustomRole", .customRole),
            ("Created", .date(.created)), ("Starts", .date(.startDate)), ("Started", .date(.startedAt)),
            ("Due", .date(.dueDate)), ("Resolved", .date(.closedAt)), ("Told", .date(.contactedAt)),
            ("LastUpdated", .date(.updated)), ("TransactionDate", .transactionDate), ("Updated", .transactionDate),
            ("UpdatedBy", .transactionAuthor), ("CF", .custom), ("CustomField", .custom), ("CustomFieldValue", .custom),
            ("TxnCF", .foreignCustom), ("TransactionCF", .foreignCustom), ("QueueCF", .foreignCustom),
            ("DependsOn", .link(.of("DependsOn"))), ("DependedOnBy", .link(.of("DependedOnBy"))),
            ("DependentOn", .link(.of("DependedOnBy"))), ("RefersTo", .link(.of("RefersTo"))),
            ("ReferredToBy", .link(.of("ReferredToBy"))), ("MemberOf", .link(.of("MemberOf"))),
            ("HasMember", .link(.of("HasMember"))), ("Linked", .link(.any)), ("LinkedTo", .link(.toOthers)),
            ("LinkedFrom", .link(.fromOthers)), ("Content", .content), ("ContentType", .contentType),
            ("Filename", .filename), ("Lifecycle", .lifecycle), ("HasAttribute", .attribute(true)),
            ("HasNoAttribute", .attribute(false)),
        ]
        return Dictionary(uniqueKeysWithValues: kinds.map { ($0.lowercased(), TicketField(name: $0, kind: $1)) })
    }()

    /// What RT says of a condition at once: an unknown field, an operator that only people have.
    static func faults(of condition: TicketSQL.Condition) -> [String] {
        let main = condition.key.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false).first ?? ""
        let field = named(String(main))
        var faults = field == nil ? ["Unknown field: \(condition.key)"] : []
        guard condition.operation.hasPrefix("SHALLOW ") else { return faults }
        let takesIt = ["Requestor", "Owner", "Cc", "CustomRole"].contains { field?.name.contains($0) ?? false }
        if !takesIt { faults.append("Unsupported operator: \(condition.writtenOperation)") }
        return faults
    }

    /// Columns of a ticket that a field can be compared with, spelled so and not otherwise.
    static let columns: Set<String> = [
        "id", "EffectiveId", "IsMerged", "Queue", "Type", "Owner", "Subject", "InitialPriority", "FinalPriority",
        "Priority", "TimeEstimated", "TimeWorked", "Status", "SLA", "TimeLeft", "Told", "Starts", "Started", "Due",
        "Resolved", "LastUpdatedBy", "LastUpdated", "Creator", "Created", "Disabled",
    ]
}

/// RT's operators.
enum TicketOperator: String, Sendable {
    case equal = "="
    case differs = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case like = "LIKE"
    case notLike = "NOT LIKE"
    case startsWith = "STARTSWITH"
    case notStartsWith = "NOT STARTSWITH"
    case endsWith = "ENDSWITH"
    case notEndsWith = "NOT ENDSWITH"
    case isNull = "IS"
    case isNotNull = "IS NOT"
    /// Of objects only: `%` and `_` as in `LIKE`, of the whole text.
    case matches = "MATCHES"

    var isNegative: Bool {
        switch self {
        case .differs, .notLike, .notStartsWith, .notEndsWith, .isNotNull: true
        default: false
        }
    }

    /// Without its `NOT`.
    var positive: TicketOperator {
        switch self {
        case .differs: .equal
        case .notLike: .like
        case .notStartsWith: .startsWith
        case .notEndsWith: .endsWith
        case .isNotNull: .isNull
        default: self
        }
    }

    /// For operators of order and equality.
    var comparison: Comparison? {
        switch self {
        case .equal: .equal
        case .less: .less
        case .lessOrEqual: .lessOrEqual
        case .greater: .greater
        case .greaterOrEqual: .greaterOrEqual
        default: nil
        }
    }

    /// The same seen from the other side.
    var flipped: TicketOperator {
        switch self {
        case .less: .greater
        case .lessOrEqual: .greaterOrEqual
        case .greater: .less
        case .greaterOrEqual: .lessOrEqual
        default: self
        }
    }
}

/// Texts as RT's database compares them: without case; `%` is any text and `_` one character in `LIKE` and its kin.
struct TextTest: Sendable {
    private let operation: TicketOperator
    private let pattern: [Unicode.Scalar]
    private let text: String

    /// - Parameter operation: a positive one.
    init(_ operation: TicketOperator, _ value: String) {
        self.operation = operation
        text = TextRules.fold(value)
        let scalars = Array(text.unicodeScalars)
        switch operation {
        case .like: pattern = ["%"] + scalars + ["%"]
        case .startsWith: pattern = scalars + ["%"]
        case .endsWith: pattern = ["%"] + scalars
        default: pattern = scalars
        }
    }

    func holds(_ own: String) -> Bool {
        let own = TextRules.fold(own)
        switch operation {
        case .equal: return own == text
        case .less: return own < text
        case .lessOrEqual: return own <= text
        case .greater: return own > text
        case .greaterOrEqual: return own >= text
        case .like, .startsWith, .endsWith, .matches: return matches(Array(own.unicodeScalars))
        default: return false
        }
    }

    /// Takes time in proportion to the product of the lengths at most.
    private func matches(_ text: [Unicode.Scalar]) -> Bool {
        var (position, place, star, mark) = (0, 0, -1, 0)
        while position < text.count {
            if place < pattern.count, pattern[place] == "%" {
                (star, mark) = (place, position)
                place += 1
            } else if place < pattern.count, pattern[place] == "_" || pattern[place] == text[position] {
                position += 1
                place += 1
            } else if star >= 0 {
                mark += 1
                (position, place) = (mark, star + 1)
            } else {
                return false
            }
        }
        return pattern[place...].allSatisfy { $0 == "%" }
    }

    /// The same for the texts of issues.
    func predicate(_ field: FieldName) -> Predicate<Parsed> {
        if let comparison = operation.comparison, comparison != .equal {
            return .textOrder(field, comparison, text)
        }
        let isPlain = operation == .equal || !text.unicodeScalars.contains { $0 == "%" || $0 == "_" }
        if isPlain {
            let matches: [TicketOperator: TextMatch] = [.like: .contains, .startsWith: .prefix, .endsWith: .suffix]
            return .text(field, matches[operation] ?? .equals, text, caseSensitive: false)
        }
        let (match, pattern) = wildcards
        return .text(field, match, pattern, caseSensitive: false)
    }

    /// With the wildcards of the shared model; what these take for wildcards themselves needs a regular expression.
    var wildcards: (TextMatch, String) {
        if operation == .equal { return (.equals, text) }
        guard !pattern.contains(where: { $0 == "*" || $0 == "?" }) else { return (.regex, expression) }
        var result = String.UnicodeScalarView()
        for scalar in pattern {
            switch scalar {
            case "%": if result.last != "*" { result.append("*") }
            case "_": result.append("?")
            default: result.append(scalar)
            }
        }
        return (.wildcard, String(result))
    }

    private var expression: String {
        var result = "^"
        for scalar in pattern {
            switch scalar {
            case "%": result += "(.|\\n)*"
            case "_": result += "(.|\\n)"
            default:
                let isPlain = scalar.value >= 0x80 || scalar.properties.isAlphabetic || scalar == " "
                    || (scalar.value >= 0x30 && scalar.value <= 0x39)
                if !isPlain { result += "\\" }
                result.unicodeScalars.append(scalar)
            }
        }
        return result + "$"
    }
}
