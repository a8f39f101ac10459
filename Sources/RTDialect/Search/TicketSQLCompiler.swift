import ParleyModel
import ParleyService

/// Makes of a query in RT's language a predicate of the shared model, asked as an actor.
struct TicketSQLCompiler {
    let catalog: Catalog
    let actor: Actor
    let options: RTOptions
    let clock: UserClock
    let now: Instant
    /// As written; messages quote it.
    let text: String
    /// How often all users may be looked through for one query.
    var lookups = 0
    static let lookupLimit = 20

    init(_ text: String, _ call: Call) {
        self.init(
            text, catalog: call.catalog, actor: call.actor, options: call.options, clock: call.clock,
            now: call.workspace.now)
    }

    init(_ text: String, catalog: Catalog, actor: Actor, options: RTOptions, clock: UserClock, now: Instant) {
        self.text = text
        self.catalog = catalog
        self.actor = actor
        self.options = options
        self.clock = clock
        self.now = now
    }

    /// The predicate of a query.
    /// - Throws: `TicketSQL.Fault` in RT's words.
    static func predicate(_ text: String, _ call: Call) throws -> Predicate<Parsed> {
        var compiler = TicketSQLCompiler(text, call)
        return try compiler.compiled()
    }

    /// - Throws: `TicketSQL.Fault`.
    mutating func compiled() throws -> Predicate<Parsed> {
        let tree = try TicketSQL.read(text, TicketField.faults)
        return try predicate(tree)
    }

    // MARK: groups

    private mutating func predicate(_ tree: TicketSQL) throws -> Predicate<Parsed> {
        switch tree {
        case .condition(let condition): return try predicate(condition)
        case .group(let connective, let parts):
            // What is asked of transactions on one level of AND is asked of the same one.
            var shared: TransactionTest?
            var predicates: [Predicate<Parsed>] = []
            for part in parts {
                if connective == .and, case .condition(let condition) = part,
                    let test = try transactionTest(condition)
                {
                    shared = shared?.joined(with: test) ?? test
                } else {
                    predicates.append(try predicate(part))
                }
            }
            if let shared { predicates.append(shared.predicate) }
            if parts.isEmpty { return .all }
            return predicates.count == 1 ? predicates[0] : (connective == .and ? .and(predicates) : .or(predicates))
        }
    }

    // MARK: conditions

    /// A condition with its field and operator found.
    struct Asked {
        let field: TicketField
        /// What follows the field's name and a dot.
        let subfield: String?
        let operation: TicketOperator
        let writtenOperation: String
        let value: String
        let kind: TicketSQL.ValueKind
        /// Another field to compare with.
        let column: Column?

        /// What a condition means that cannot hold: only its denial does.
        var nothing: Predicate<Parsed> { operation.isNegative && operation != .isNotNull ? .all : .none }
        /// An unquoted `NULL` that something else than `IS` compares with: as in SQL, nothing stands so to it.
        var isWithNull: Bool {
            kind == .bare && column == nil && value.uppercased() == "NULL" && operation != .isNull
                && operation != .isNotNull
        }
        /// What is always there is not null.
        var ofPresent: Predicate<Parsed> { operation == .isNotNull ? .all : .none }
    }

    /// A field as a value.
    enum Column {
        case ticket(String)
        case custom(String)
    }

    /// Finds field and operator of a condition, and resolves what stands for the user.
    func asked(_ condition: TicketSQL.Condition) throws -> Asked {
        let parts = condition.key.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        var operation = condition.operation
        if operation.hasPrefix("SHALLOW ") { operation.removeFirst("SHALLOW ".count) }
        guard let field = TicketField.named(String(parts.first ?? "")),
            let found = TicketOperator(rawValue: operation)
        else { throw TicketSQL.Fault(words: "Unknown field: \(condition.key)") }
        var value = condition.value
        let isNull = found == .isNull || found == .isNotNull
        if value == "__CurrentUser__" { value = actor.user.description }
        if value == "__CurrentUserName__" { value = catalog.user(actor.user)?.login ?? "" }
        return Asked(
            field: field, subfield: parts.count > 1 ? String(parts[1]) : nil, operation: found,
            writtenOperation: condition.writtenOperation, value: isNull ? "NULL" : value, kind: condition.kind,
            column: isNull ? nil : try column(condition))
    }

    private func column(_ condition: TicketSQL.Condition) throws -> Column? {
        guard condition.kind == .bare, condition.value.uppercased() != "NULL" else { return nil }
        if condition.value.lowercased().hasPrefix("cf.") { return .custom(String(condition.value.dropFirst(3))) }
        var name = condition.value[...]
        if name.lowercased().hasPrefix("main.") { name = name.dropFirst("main.".count) }
        guard TicketField.columns.contains(String(name)) else {
            throw TicketSQL.Fault(words: "Wrong query, no such column '\(condition.value)' in '\(text)'")
        }
        return .ticket(String(name))
    }

    private mutating func predicate(_ condition: TicketSQL.Condition) throws -> Predicate<Parsed> {
        let asked = try asked(condition)
        if let column = asked.column, let compared = comparison(asked, column) { return compared }
        switch asked.field.kind {
        case .text where asked.isWithNull, .status where asked.isWithNull, .id where asked.isWithNull,
            .number where asked.isWithNull:
            return .none
        case .text: return textual(asked)
        case .status: return status(asked)
        case .serviceLevel: return serviceLevel(asked)
        case .queue: return queue(asked)
        case .kind: return try kind(asked)
        case .id: return try identity(asked)
        case .number(let name, let unit): return number(asked, name, unit)
        case .person(let role): return try person(asked, role)
        case .watchers(let roles): return try watchers(asked, roles)
        case .membership(let roles): return try membership(asked, roles)
        case .date(let field): return try date(asked, field)
        case .transactionDate, .transactionAuthor:
            return try transactionTest(condition)?.predicate ?? asked.nothing
        case .custom: return try custom(asked)
        case .foreignCustom:
            guard asked.subfield != nil else { throw TicketSQL.Fault(words: "No field specified") }
            return asked.nothing
        case .link(let scope): return try link(asked, scope)
        case .content: return content(asked)
        case .contentType: return contentType(asked)
        case .filename: return filename(asked)
        case .lifecycle: return try lifecycle(asked)
        case .attribute(let isThere): return isThere ? .none : .all
        case .customRole: return .none
        }
    }

    /// A positive test, denied where the operator does.
    static func denied(_ predicate: Predicate<Parsed>, _ operation: TicketOperator) -> Predicate<Parsed> {
        operation.isNegative ? .not(predicate) : predicate
    }

    // MARK: texts, statuses, queues

    private func textual(_ asked: Asked) -> Predicate<Parsed> {
        let name = FieldName.builtin(.title)
        switch asked.operation {
        case .isNull, .isNotNull: return asked.ofPresent
        default: break
        }
        let test = TextTest(asked.operation.positive, asked.value)
        let found = test.predicate(name)
        // What is unset is an empty text.
        let whole: Predicate<Parsed> = test.holds("") ? .or([found, .not(.isSet(name))]) : found
        return TicketSQLCompiler.denied(whole, asked.operation)
    }

    /// What has none is not found by any comparison, not by a denial either.
    private func serviceLevel(_ asked: Asked) -> Predicate<Parsed> {
        guard let field = ServiceLevel.field(in: catalog) else { return asked.operation == .isNull ? .all : .none }
        let isSet = Predicate<Parsed>.isSet(.custom(field.id.rawValue))
        switch asked.operation {
        case .isNull: return .not(isSet)
        case .isNotNull: return isSet
        default:
            if asked.isWithNull { return .none }
            let found = TextTest(asked.operation.positive, asked.value).predicate(.custom(field.id.rawValue))
            return .and([isSet, TicketSQLCompiler.denied(found, asked.operation)])
        }
    }

    private func status(_ asked: Asked) -> Predicate<Parsed> {
        if asked.operation == .isNull || asked.operation == .isNotNull { return asked.ofPresent }
        let value = asked.value.lowercased()
        let statuses = catalog.records.statuses.values
        func among(_ isMeant: (Status) -> Bool) -> Predicate<Parsed> {
            .among(.builtin(.status), statuses.filter(isMeant).map { .name(.number($0.id.rawValue)) })
        }
        let isInactive = value == "__inactive__"
        if isInactive || value == "__active__" {
            let wantsInactive = isInactive == (asked.operation == .equal) && (isInactive || asked.operation == .differs)
            return among { $0.isClosed == wantsInactive }
        }
        let test = TextTest(asked.operation.positive, value)
        return TicketSQLCompiler.denied(among { test.holds($0.name) }, asked.operation)
    }

    private func queue(_ asked: Asked) -> Predicate<Parsed> {
        let projects = catalog.records.projects.values
        func inside(_ isMeant: (Project) -> Bool) -> Predicate<Parsed> {
            let numbers = projects.filter(isMeant).map(\.id.rawValue).sorted()
            return numbers.isEmpty ? .none : .inProject(numbers.map { .number($0) }, subtree: false)
        }
        switch asked.operation {
        case .isNull, .isNotNull: return asked.ofPresent
        case .equal, .differs:
            let number = queueNumber(asked.value)
            return TicketSQLCompiler.denied(inside { $0.id.rawValue == number }, asked.operation)
        case .less, .lessOrEqual, .greater, .greaterOrEqual:
            let number = queueNumber(asked.value) ?? 0
            return inside { NumberRange(asked.operation, Double(number)).contains($0.id.rawValue) }
        default:
            let test = TextTest(asked.operation.positive, asked.value)
            return TicketSQLCompiler.denied(inside { test.holds($0.name) }, asked.operation)
        }
    }

    /// By number or by name, whoever may see it.
    private func queueNumber(_ name: String) -> Int64? {
        if let number = Int64(name) { return number }
        let folded = TextRules.fold(name)
        let named = catalog.records.projects.values.filter {
            $0.stamp.retired == nil && TextRules.fold($0.name) == folded
        }
        return named.map(\.id.rawValue).min() ?? catalog.project(identifier: folded)?.id.rawValue
    }

    private func kind(_ asked: Asked) throws -> Predicate<Parsed> {
        guard asked.operation == .equal || asked.operation == .differs else {
            throw TicketSQL.Fault(words: "Invalid Operation: \(asked.writtenOperation) for \(asked.field.name)")
        }
        return TicketSQLCompiler.denied(asked.value.lowercased() == "ticket" ? .all : .none, asked.operation)
    }

    private func lifecycle(_ asked: Asked) throws -> Predicate<Parsed> {
        if asked.operation == .isNull || asked.operation == .isNotNull {
            throw TicketSQL.Fault(words: "Invalid Operator \(asked.writtenOperation) for \(asked.field.name)")
        }
        if asked.isWithNull { return .none }
        let test = TextTest(asked.operation.positive, asked.value)
        let trackers = catalog.projectTree.flatMap { catalog.trackers(of: $0.id) }.filter { tool in
            let type = tool.tracker?.types.first ?? catalog.types.first?.id
            let workflow = type.flatMap { catalog.workflow(tracker: tool.id, type: $0) }
            return test.holds(workflow?.name ?? "default") != asked.operation.isNegative
        }
        return trackers.isEmpty ? .none : .tracker(trackers.map { .number($0.id.rawValue) })
    }

    // MARK: numbers

    private func identity(_ asked: Asked) throws -> Predicate<Parsed> {
        if asked.value == "__Bookmarked__", asked.field.name == "id" {
            guard asked.operation == .equal || asked.operation == .differs else {
                throw TicketSQL.Fault(
                    words: "Invalid operator \(asked.writtenOperation) for __Bookmarked__ search on id")
            }
            return asked.nothing
        }
        return number(asked, .builtin(.id), .one)
    }

    /// Numbers that are not set count as zero; what is no number is more than all of them, as in RT's database.
    private func number(_ asked: Asked, _ name: FieldName, _ unit: TicketField.NumberUnit) -> Predicate<Parsed> {
        switch asked.operation {
        case .isNull, .isNotNull: return asked.ofPresent
        case .equal, .differs, .less, .lessOrEqual, .greater, .greaterOrEqual: break
        default: return asked.nothing
        }
        guard let value = Double(asked.value.filter { !$0.isWhitespace }), value.isFinite else {
            return [.less, .lessOrEqual, .differs].contains(asked.operation) ? .all : .none
        }
        let range = NumberRange(asked.operation.positive, value)
        return TicketSQLCompiler.denied(predicate(range, name, unit), asked.operation)
    }

    func predicate(
        _ range: NumberRange, _ name: FieldName, _ unit: TicketField.NumberUnit
    ) -> Predicate<Parsed> {
        if range.isEmpty { return .none }
        func operand(_ number: Int64) -> ParsedOperand {
            unit == .minutes ? .duration(number * 60_000) : .integer(number)
        }
        // From zero down, minutes are cut toward zero.
        let low = unit == .minutes && range.low == 0 ? ParsedOperand.duration(-59_999) : range.low.map(operand)
        let found: Predicate<Parsed> =
            if unit == .one, let low = range.low, range.high == low + 1 {
                .compare(name, .equal, .integer(low))
            } else if low == nil && range.high == nil {
                .all
            } else {
                .within(name, from: low, to: range.high.map(operand))
            }
        return range.contains(0) && name != .builtin(.id) ? .or([found, .not(.isSet(name))]) : found
    }
}

/// Whole numbers from one to below another.
struct NumberRange: Equatable {
    private(set) var low: Int64?
    private(set) var high: Int64?
    private(set) var isEmpty = false

    /// - Parameter operation: of order or equality.
    init(_ operation: TicketOperator, _ value: Double) {
        let most = 1e14
        let value = min(max(value, -most), most)
        let (below, above) = (Int64(value.rounded(.down)), Int64(value.rounded(.up)))
        switch operation {
        case .equal:
            isEmpty = below != above || abs(value) >= most
            (low, high) = (below, below + 1)
        case .less: high = above
        case .lessOrEqual: high = below + 1
        case .greater: low = below + 1
        case .greaterOrEqual: low = above
        default: isEmpty = true
        }
    }

    func contains(_ number: Int64) -> Bool {
        !isEmpty && (low.map { number >= $0 } ?? true) && (high.map { number < $0 } ?? true)
    }
}
