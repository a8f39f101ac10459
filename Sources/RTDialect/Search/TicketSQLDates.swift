import ParleyModel
import ParleyService

/// What conditions about times mean.
extension TicketSQLCompiler {
    /// From one moment to below another; nil is open.
    struct Span {
        var start: Instant?
        var end: Instant?

        /// Where both hold.
        func joined(with other: Span) -> Span {
            Span(
                start: [start, other.start].compactMap { $0 }.max(), end: [end, other.end].compactMap { $0 }.min())
        }
    }

    /// What is asked of one transaction.
    struct TransactionTest {
        var span = Span()
        var authors: Set<PrincipalID>?
        /// No transaction is so.
        var isImpossible = false

        func joined(with other: TransactionTest) -> TransactionTest {
            var result = TransactionTest(span: span.joined(with: other.span))
            result.authors = authors.map { own in other.authors.map(own.intersection) ?? own } ?? other.authors
            result.isImpossible = isImpossible || other.isImpossible || result.authors?.isEmpty ?? false
            return result
        }

        var predicate: Predicate<Parsed> {
            if isImpossible { return .none }
            var history = HistoryPredicate<Parsed>()
            history.since = span.start.map { .instant($0) }
            history.before = span.end.map { .instant($0) }
            history.by = authors.map { .anyOf($0) }
            return .history(history)
        }
    }

    /// What a condition asks of a transaction; nil for one that is about something else.
    func transactionTest(_ condition: TicketSQL.Condition) throws -> TransactionTest? {
        let asked = try asked(condition)
        switch asked.field.kind {
        case .transactionAuthor:
            guard asked.operation == .equal || asked.operation == .differs else {
                throw TicketSQL.Fault(words: "Invalid Operation: \(asked.writtenOperation) for \(asked.field.name)")
            }
            let person = user(asked.value)
            guard asked.operation == .differs else {
                return TransactionTest(authors: person.map { [$0] } ?? [], isImpossible: person == nil)
            }
            let others = Set(catalog.records.users.keys).union([.system]).subtracting(person.map { [$0] } ?? [])
            return TransactionTest(authors: others.count > 10_000 ? nil : others)
        case .transactionDate:
            if asked.operation == .isNotNull || asked.operation == .differs { return TransactionTest() }
            guard let span = span(asked.operation, asked.value) else { return TransactionTest(isImpossible: true) }
            return TransactionTest(span: span)
        default: return nil
        }
    }

    /// The times that stand so to a moment; with `=`, the user's whole day. RT counts whole seconds.
    private func span(_ operation: TicketOperator, _ value: String) -> Span? {
        let moment = RTDates.forSearch(value, now: now, clock: clock)
        switch operation {
        case .equal:
            let day = RTDates.day(of: moment, clock: clock)
            return Span(start: day.start, end: day.end)
        case .less: return Span(end: moment)
        case .lessOrEqual: return Span(end: moment.adding(seconds: 1))
        case .greater: return Span(start: moment.adding(seconds: 1))
        case .greaterOrEqual: return Span(start: moment)
        default: return nil
        }
    }

    // MARK: the dates of tickets

    func date(_ asked: Asked, _ field: BuiltinField) throws -> Predicate<Parsed> {
        switch asked.operation {
        case .isNull: return .not(.isSet(.builtin(field)))
        case .isNotNull: return .isSet(.builtin(field))
        case .equal, .less, .lessOrEqual, .greater, .greaterOrEqual: break
        default: throw TicketSQL.Fault(words: "Invalid Date Op: \(asked.writtenOperation)")
        }
        if asked.isWithNull { return .none }
        if let subfield = asked.subfield {
            return CalendarPart(subfield).flatMap { $0.span(asked.operation, asked.value) }
                .map { within(field, $0) } ?? .none
        }
        guard asked.kind != .number || asked.value == "0" else { return leadingDigits(asked, field) }
        guard let span = span(asked.operation, asked.value) else { return .none }
        let found = within(field, span)
        // What is not set is the beginning of 1970, but for whole days only; of Told it is nothing at all.
        let zero = Instant(seconds: 0)
        guard asked.operation == .equal, field != .contactedAt, let start = span.start, let end = span.end,
            start <= zero, zero < end
        else { return found }
        return .or([found, .not(.isSet(.builtin(field)))])
    }

    private func within(_ field: BuiltinField, _ span: Span) -> Predicate<Parsed> {
        if span.start == nil && span.end == nil { return .isSet(.builtin(field)) }
        return .within(.builtin(field), from: span.start.map { .instant($0) }, to: span.end.map { .instant($0) })
    }

    /// A bare number is compared with how dates are written, which begins with the year.
    private func leadingDigits(_ asked: Asked, _ field: BuiltinField) -> Predicate<Parsed> {
        let digits = asked.value.prefix(4)
        guard !digits.isEmpty, digits.utf8.allSatisfy(DateCursor.isDigit), let written = Int(digits) else {
            return .none
        }
        var year = written
        for _ in digits.count..<4 { year *= 10 }
        if asked.value.count > 4 { year += 1 }
        let start = CivilDate(year: min(max(year, 1), 9999), month: 1, day: 1)?.start
        switch asked.operation {
        case .less, .lessOrEqual: return within(field, Span(end: start))
        case .greater, .greaterOrEqual: return within(field, Span(start: start))
        default: return .none
        }
    }

    /// `Due.Year`, `Created.Monthly`, `Started.Daily`: parts that are spans of the calendar.
    private struct CalendarPart {
        private let unit: Int

        init?(_ name: String) {
            let folded = name.lowercased().filter { !" _-".contains($0) }
            switch folded {
            case "year", "annually": unit = 1
            case "monthly": unit = 2
            case "daily", "date": unit = 3
            default: return nil
            }
        }

        func span(_ operation: TicketOperator, _ value: String) -> Span? {
            let parts = value.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
            guard parts.count == unit, let year = parts[0], let month = unit > 1 ? parts[1] : 1,
                let day = unit > 2 ? parts[2] : 1, let date = CivilDate(year: year, month: month, day: day)
            else { return nil }
            let start = date.start
            let next = unit == 3 ? date.adding(days: 1) : date.adding(months: unit == 1 ? 12 : 1)
            switch operation {
            case .equal: return Span(start: start, end: next.start)
            case .less: return Span(end: start)
            case .lessOrEqual: return Span(end: next.start)
            case .greater: return Span(start: next.start)
            case .greaterOrEqual: return Span(start: start)
            default: return nil
            }
        }
    }
}

/// Fields that are compared with fields.
extension TicketSQLCompiler {
    /// What of two fields can be compared.
    private enum Family { case number, date, person, text }

    /// A comparison with another field; nil where the field takes the value otherwise.
    func comparison(_ asked: Asked, _ column: Column) -> Predicate<Parsed>? {
        if case .custom = asked.field.kind, case .ticket = column { return nil }
        guard let left = place(asked.field.name) else { return Predicate<Parsed>.none }
        var right: (name: FieldName, family: Family)?
        switch column {
        case .ticket(let name): right = place(name)
        case .custom(let spelling): right = customFields(spelling).first.map { (.custom($0.id.rawValue), left.family) }
        }
        let positive = asked.operation.positive
        guard let right, left.family == right.family, let comparison = positive.comparison else {
            return Predicate<Parsed>.none
        }
        let found = Predicate<Parsed>.compareFields(left.name, comparison, right.name)
        if case .custom = column { return TicketSQLCompiler.denied(found, asked.operation) }
                return TicketSQLCompiler.denied(
            withUnset(found, left.name, right.name, left.family, positive), asked.operation)
    }

    private func place(_ column: String) -> (name: FieldName, family: Family)? {
        guard let field = TicketField.named(column) else { return nil }
        switch field.kind {
        case .id: return (.builtin(.id), .number)
        case .number(let name, _): return (name, .number)
        case .date(let field): return (.builtin(field), .date)
        case .person(.author): return (.builtin(.author), .person)
        case .person(.updatedBy): return (.builtin(.updatedBy), .person)
        case .watchers([.assignee]): return (.builtin(.assignee), .person)
        case .text: return (.builtin(.title), .text)
        default: return nil
        }
    }

    /// A number that is not set is zero; a date that is not set is before all others, but is not asked for itself.
    private func withUnset(
        _ found: Predicate<Parsed>, _ left: FieldName, _ right: FieldName, _ family: Family, _ operation: TicketOperator
    ) -> Predicate<Parsed> {
        switch family {
        case .date where operation == .greater || operation == .greaterOrEqual:
            return .or([found, .and([.isSet(left), .not(.isSet(right))])])
        case .number:
            let first = predicate(NumberRange(operation, 0), left, .one)
            let second = predicate(NumberRange(operation.flipped, 0), right, .one)
            return .or([found, .and([.not(.isSet(right)), first]), .and([.not(.isSet(left)), second])])
        default: return found
        }
    }
}
