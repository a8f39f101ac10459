import ParleyModel

/// What a field of a ticket's form is about.
enum TicketKey: Sendable, Equatable {
    case queue, owner, status, subject, serviceLevel
    case number(NumberKey)
    case date(DateKey)
    case people(PeopleKey)
    /// By the name that the client uses, in lower case.
    case custom(String)
    /// Taken without a word.
    case ignored
    /// Taken without a word, and does not even count as a change.
    case passedOver
    case unknown

    /// Keys of an edit; case does not matter.
    init(editing key: String) {
        let folded = key.lowercased()
        switch folded {
        case "queue": self = .queue
        case "owner": self = .owner
        case "status": self = .status
        case "subject": self = .subject
        case "sla": self = .serviceLevel
        case "id", "type", "creator", "content-type": self = .ignored
        case "lastupdated": self = .passedOver
        default:
            if let number = NumberKey(rawValue: folded) {
                self = .number(number)
            } else if let date = DateKey(rawValue: folded) {
                self = .date(date)
            } else if let people = PeopleKey(rawValue: folded) {
                self = .people(people)
            } else if let name = FieldKey.customName(of: folded[...]) {
                self = .custom(String(name))
            } else {
                self = .unknown
            }
        }
    }
}

/// Fields of a ticket that are numbers.
enum NumberKey: String, Sendable {
    case priority, initialpriority, finalpriority, timeestimated, timeworked, timeleft

    /// As RT spells it.
    var title: String {
        switch self {
        case .priority: "Priority"
        case .initialpriority: "InitialPriority"
        case .finalpriority: "FinalPriority"
        case .timeestimated: "TimeEstimated"
        case .timeworked: "TimeWorked"
        case .timeleft: "TimeLeft"
        }
    }

    var field: BuiltinField {
        switch self {
        case .priority: .priorityNumber
        case .initialpriority: .initialPriority
        case .finalpriority: .finalPriority
        case .timeestimated: .estimate
        case .timeworked: .timeSpent
        case .timeleft: .remaining
        }
    }

    /// In minutes.
    var isTime: Bool { self == .timeestimated || self == .timeworked || self == .timeleft }

    /// A number of the field in an issue, minutes for times.
    func value(in issue: Issue, spent: Int64?) -> Int64 {
        switch self {
        case .priority: issue.priorityNumber
        case .initialpriority: issue.initialPriority ?? 0
        case .finalpriority: issue.finalPriority ?? 0
        case .timeestimated: TicketForm.minutes(issue.estimate)
        case .timeworked: TicketForm.minutes(spent)
        case .timeleft: TicketForm.minutes(issue.remaining)
        }
    }

    private static let priorityLimit: Int64 = 1 << 53
    /// Minutes; so that sums of many stay numbers.
    private static let timeLimit: Int64 = 1_000_000_000

    /// The number that a text means: of a priority also by its name, of others what it begins with. Else 0.
    func read(_ text: String, _ priorities: [Priority]) -> Int64 {
        if self == .priority { return NumberKey.priority(text, priorities) }
        let limit = isTime ? NumberKey.timeLimit : NumberKey.priorityLimit
        return NumberKey.leading(text[...], limit: limit)
    }

    private static func priority(_ text: String, _ priorities: [Priority]) -> Int64 {
        if isDigits(text) { return leading(text[...], limit: priorityLimit) }
        if let named = priorities.first(where: { $0.name == text }) { return named.number }
        // RT's own names, spelled as here.
        return ["Medium": 50, "High": 100][text] ?? 0
    }

    static func isDigits(_ text: some StringProtocol) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
    }

    /// The whole number that a text begins with.
    static func leading(_ text: Substring, limit: Int64) -> Int64 {
        let isNegative = text.utf8.first == 0x2D
        let digits = text.dropFirst(isNegative ? 1 : 0).utf8.prefix { $0 >= 0x30 && $0 <= 0x39 }
        guard !digits.isEmpty else { return 0 }
        let number = min(Int64(String(decoding: digits, as: UTF8.self)) ?? limit, limit)
        return isNegative ? -number : number
    }
}

/// Fields of a ticket that are dates.
enum DateKey: String, Sendable {
    case created, starts, started, due, resolved, told

    /// As RT spells it.
    var title: String { rawValue.prefix(1).uppercased() + rawValue.dropFirst() }

    var field: BuiltinField {
        switch self {
        case .created: .created
        case .starts: .startDate
        case .started: .startedAt
        case .due: .dueDate
        case .resolved: .closedAt
        case .told: .contactedAt
        }
    }

    func value(in issue: Issue) -> Instant? {
        switch self {
        case .created: issue.created
        case .starts: issue.startDate?.instant
        case .started: issue.startedAt
        case .due: issue.dueDate?.instant
        case .resolved: issue.closedAt
        case .told: issue.contactedAt
        }
    }

    /// The change that sets it, or clears it.
    func change(_ instant: Instant?) -> Change {
        guard let instant else { return .set(.builtin(field), []) }
        switch self {
        case .starts, .due:
            return .set(
                .builtin(field), [.date(DateValue(instant.date, secondOfDay: Int32(instant.secondOfDay)))])
        default: return .set(.builtin(field), [.instant(instant)])
        }
    }
}

/// Fields of a ticket that hold people.
enum PeopleKey: String, Sendable {
    case requestors, cc, admincc

    /// As RT spells it.
    var title: String {
        switch self {
        case .requestors: "Requestors"
        case .cc: "Cc"
        case .admincc: "AdminCc"
        }
    }

    var role: ParticipantRole {
        switch self {
        case .requestors: .requestor
        case .cc: .watcher
        case .admincc: .adminWatcher
        }
    }
}
