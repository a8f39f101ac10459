import ParleyModel
import ParleyService

/// Custom fields, links, files and texts of transactions.
extension TicketSQLCompiler {
    // MARK: custom fields

    /// The fields that `{Name}`, `Name`, `Queue.{Name}` or a number means; `.Content` may follow.
    func customFields(_ spelling: String) -> [Field] {
        var name = spelling[...]
        for column in [".largecontent", ".content"] where name.lowercased().hasSuffix(column) {
            name = name.dropLast(column.count)
        }
        if name.hasSuffix("}"), let open = name.firstIndex(of: "{") {
            let isBehindQueue = open == name.startIndex || name[..<open].hasSuffix(".")
            if isBehindQueue { name = name[name.index(after: open)...].dropLast() }
        }
        let fields = catalog.customFields
        if let number = Int64(name) { return fields.filter { $0.id.rawValue == number } }
        let folded = TextRules.fold(String(name))
        return fields.filter { TextRules.fold($0.name) == folded }
    }

    func custom(_ asked: Asked) throws -> Predicate<Parsed> {
        guard let spelling = asked.subfield, !spelling.isEmpty else {
            throw TicketSQL.Fault(words: "No field specified")
        }
        let fields = customFields(spelling)
        if fields.isEmpty { return asked.nothing }
        if asked.isWithNull, asked.operation != .differs { return .none }
        let parts = fields.map { field -> Predicate<Parsed> in
            let name = FieldName.custom(field.id.rawValue)
            switch asked.operation {
            case .isNull, .isNotNull: return .not(.isSet(name))
            default: return holds(asked, field, name)
            }
        }
        if asked.operation == .isNull || asked.operation == .isNotNull {
            return TicketSQLCompiler.denied(parts.count == 1 ? parts[0] : .and(parts), asked.operation)
        }
        return TicketSQLCompiler.denied(parts.count == 1 ? parts[0] : .or(parts), asked.operation)
    }

    /// Some value of the field stands so to the asked one.
    private func holds(_ asked: Asked, _ field: Field, _ name: FieldName) -> Predicate<Parsed> {
        if case .ticket(let column)? = asked.column {
            guard let comparison = asked.operation.positive.comparison, column == "Subject" else { return .none }
            return .compareFields(name, comparison, .builtin(.title))
        }
        let operation = asked.operation.positive
        let test = TextTest(operation, asked.value)
        switch field.type {
        case .list, .openList:
            let meant = field.listValues.filter { test.holds($0.label) }
            return meant.isEmpty ? .none : .among(name, meant.map { .name(.number($0.id.rawValue)) })
        case .date:
            let written = RTDates.read(asked.value, now: now, clock: clock)
            guard let written else { return .none }
            let day = DateValue(clock.local(written).date)
            return .compare(name, operation.comparison ?? .equal, .date(day))
        case .instant:
            return instant(asked, name)
        case .integer, .number, .boolean, .duration:
            guard let comparison = operation.comparison, let number = Double(asked.value), number.isFinite else {
                return .none
            }
            if field.type == .boolean { return .compare(name, comparison, .boolean(number != 0)) }
            if field.type == .duration {
                return predicate(NumberRange(operation, number), name, .minutes)
            }
            if field.type == .number { return .compare(name, comparison, .number(asked.value)) }
            let range = NumberRange(operation, number)
            return range.isEmpty ? .none
                : .within(name, from: range.low.map { .integer($0) }, to: range.high.map { .integer($0) })
        case .text, .longText, .uri: return test.predicate(name)
        case .principal:
            let meant = catalog.records.users.values.filter { test.holds($0.login ?? $0.displayName) }
            return .among(name, meant.map { .name(.number($0.id.rawValue)) })
        default:
            let (match, pattern) = test.wildcards
            return .text(name, match, pattern, caseSensitive: false)
        }
    }

    private func instant(_ asked: Asked, _ name: FieldName) -> Predicate<Parsed> {
        guard let written = RTDates.read(asked.value, now: now, clock: clock) else { return .none }
        let day = RTDates.day(of: written, clock: clock)
        switch asked.operation.positive {
        case .equal where written == day.start: return .within(name, from: .instant(day.start), to: .instant(day.end))
        case .less: return .within(name, from: nil, to: .instant(written))
        case .lessOrEqual: return .within(name, from: nil, to: .instant(written.adding(seconds: 1)))
        case .greater: return .within(name, from: .instant(written.adding(seconds: 1)), to: nil)
        case .greaterOrEqual: return .within(name, from: .instant(written), to: nil)
        default: return .within(name, from: .instant(written), to: .instant(written.adding(seconds: 1)))
        }
    }

    // MARK: links

    func link(_ asked: Asked, _ scope: TicketField.LinkScope) throws -> Predicate<Parsed> {
        switch asked.operation {
        case .equal, .differs, .isNull, .isNotNull: break
        default:
            throw TicketSQL.Fault(words: "Invalid Operator \(asked.writtenOperation) for \(asked.field.name)")
        }
        let isUnlinked = ["", "0", "null"].contains(asked.value.lowercased())
        let target: LinkTarget<Parsed> = isUnlinked ? .any : LinkTarget.of(asked.value, options)
        let found = linked(scope, target)
        let isDenied = isUnlinked != asked.operation.isNegative
        return isDenied ? .not(found) : found
    }

    private func linked(_ scope: TicketField.LinkScope, _ target: LinkTarget<Parsed>) -> Predicate<Parsed> {
        func one(_ kind: LinkKind) -> Predicate<Parsed> {
            let types = catalog.linkTypes.filter { LinkKind.family(of: $0.id, in: catalog) == kind.type }
            return .linked(types.map { .number($0.id.rawValue) }, kind.direction, target, .one)
        }
        switch scope {
        case .of(let name): return LinkKind.related(name).map(one) ?? .none
        case .any: return .linked([], .either, target, .one)
        case .toOthers, .fromOthers:
            let isTo: Bool = if case .toOthers = scope { true } else { false }
            let kinds = LinkKind.all.filter { ["DependsOn", "RefersTo", "MemberOf"].contains($0.name) == isTo }
            return .or(kinds.map(one))
        }
    }

    // MARK: what came with transactions

    /// Texts are searched only where the installation says so, as in RT.
    func content(_ asked: Asked) -> Predicate<Parsed> {
        guard options.searchesContent, asked.operation.positive == .like else { return .none }
        let test = TextTest(.like, asked.value)
        let (match, pattern) = test.wildcards
        let found = Predicate<Parsed>.or([
            .text(.builtin(.description), match, pattern, caseSensitive: false), .posted(match, pattern),
        ])
        return TicketSQLCompiler.denied(found, asked.operation)
    }

    private static let anyFile = Predicate<Parsed>.hasFile(.name, .contains, "")

    func filename(_ asked: Asked) -> Predicate<Parsed> {
        switch asked.operation {
        case .isNull: return .all
        case .isNotNull: return TicketSQLCompiler.anyFile
        default: break
        }
        guard asked.operation.positive.comparison == nil || asked.operation.positive == .equal else { return .none }
        let (match, pattern) = TextTest(asked.operation.positive, asked.value).wildcards
        let found = Predicate<Parsed>.hasFile(.name, match, pattern)
        return asked.operation.isNegative ? .and([TicketSQLCompiler.anyFile, .not(found)]) : found
    }

    /// Texts are plain ones; a text with files is a multipart one.
    func contentType(_ asked: Asked) -> Predicate<Parsed> {
        // Files without words have a message, too, but no text.
        let (some, anything) = TextTest(.like, "_").wildcards
        let hasText = Predicate<Parsed>.or([.isSet(.builtin(.description)), .posted(some, anything)])
        switch asked.operation {
        case .isNull: return .none
        case .isNotNull: return .or([hasText, TicketSQLCompiler.anyFile])
        default: break
        }
        guard asked.operation.positive.comparison == nil || asked.operation.positive == .equal else { return .none }
        let test = TextTest(asked.operation.positive, asked.value)
        let (match, pattern) = test.wildcards
        func isMeant(_ type: String) -> Bool { test.holds(type) != asked.operation.isNegative }
        let file = Predicate<Parsed>.hasFile(.contentType, match, pattern)
        var parts = [
            asked.operation.isNegative ? Predicate.and([TicketSQLCompiler.anyFile, .not(file)]) : file,
        ]
        if isMeant("text/plain") { parts.append(hasText) }
        if isMeant("multipart/mixed") { parts.append(TicketSQLCompiler.anyFile) }
        return .or(parts)
    }
}

extension LinkTarget where S == Parsed {
    /// A ticket by number or by the URI of this installation, else a URI.
    static func of(_ text: String, _ options: RTOptions) -> LinkTarget {
        if let number = Int64(text) { return .issue(number) }
        if text.hasPrefix(options.ticketURIPrefix), let number = Int64(text.dropFirst(options.ticketURIPrefix.count)) {
            return .issue(number)
        }
        return .uri(text)
    }
}
