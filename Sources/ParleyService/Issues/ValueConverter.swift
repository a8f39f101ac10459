import ParleyModel
import ParleyStorage

extension Problem.Rule: Error {}

/// Makes typed values of what clients sent.
struct ValueConverter {
    let catalog: Catalog
    let actor: Actor
    let now: Instant

    /// The value of an operand in a field of a type.
    func value(_ operand: ParsedOperand, type: FieldType, custom: Field?) -> Result<Value, Problem.Rule> {
        if case .value(let value) = operand { return kept(value, type: type) }
        return switch type {
        case .text, .longText, .uri: text(operand).map { .success(.text($0)) } ?? .failure(.invalid)
        case .integer: integer(operand).map { .success(.integer($0)) } ?? .failure(.notANumber)
        case .number: number(operand).map { .success(.number($0)) } ?? .failure(.notANumber)
        case .boolean: boolean(operand).map { .success(.boolean($0)) } ?? .failure(.invalid)
        case .date: date(operand).map { .success(.date($0)) } ?? .failure(.notADate)
        case .instant: instant(operand).map { .success(.instant($0)) } ?? .failure(.notADate)
        case .duration: duration(operand).map { .success(.duration($0)) } ?? .failure(.notANumber)
        case .computed: .failure(.derived)
        default: reference(operand, type: type, custom: custom).map { .success(.reference($0)) } ?? .failure(.notInList)
        }
    }

    /// A value that is given as it is to stand, where the type has such.
    private func kept(_ value: Value, type: FieldType) -> Result<Value, Problem.Rule> {
        switch (type, value) {
        case (.integer, .spelled), (.number, .spelled), (.boolean, .text): .success(value)
        case (.integer, _), (.number, _): .failure(.notANumber)
        default: .failure(.invalid)
        }
    }

    private func text(_ operand: ParsedOperand) -> String? {
        switch operand {
        case .text(let text), .number(let text): text
        case .integer(let number): String(number)
        case .boolean(let flag): flag ? "1" : "0"
        case .date(let date): date.date.iso8601
        case .name(.text(let text)): text
        case .name(.number(let number)): String(number)
        default: nil
        }
    }

    private func trimmed(_ text: String) -> Substring {
        var slice = text[...]
        while slice.first?.isWhitespace ?? false { slice.removeFirst() }
        while slice.last?.isWhitespace ?? false { slice.removeLast() }
        return slice
    }

    func integer(_ operand: ParsedOperand) -> Int64? {
        switch operand {
        case .integer(let number), .name(.number(let number)): number
        case .text(let text), .number(let text): Int64(trimmed(text))
        case .boolean(let flag): flag ? 1 : 0
        default: nil
        }
    }

    private func number(_ operand: ParsedOperand) -> Double? {
        switch operand {
        case .integer(let number): Double(number)
        case .text(let text), .number(let text): Double(trimmed(text)).flatMap { $0.isFinite ? $0 : nil }
        default: nil
        }
    }

    private func boolean(_ operand: ParsedOperand) -> Bool? {
        switch operand {
        case .boolean(let flag): flag
        case .integer(0): false
        case .integer(1): true
        case .text(let text), .number(let text):
            switch text.lowercased() {
            case "1", "true", "yes", "on", "t": true
            case "0", "false", "no", "off", "f": false
            default: nil
            }
        default: nil
        }
    }

    private func date(_ operand: ParsedOperand) -> DateValue? {
        switch operand {
        case .date(let date): date
        case .instant(let instant): DateValue(instant.date, secondOfDay: Int32(instant.secondOfDay))
        case .relative(let relative): DateValue(moment(relative).date)
        case .text(let text): CivilDate(iso8601: trimmed(text)).map { DateValue($0) }
        default: nil
        }
    }

    private func instant(_ operand: ParsedOperand) -> Instant? {
        switch operand {
        case .instant(let instant): instant
        case .date(let date): date.instant
        case .relative(let relative): moment(relative)
        case .text(let text): CivilDate(iso8601: trimmed(text)).map(\.start)
        default: nil
        }
    }

    /// Milliseconds; numbers are hours.
    private func duration(_ operand: ParsedOperand) -> Int64? {
        switch operand {
        case .duration(let milliseconds): return milliseconds
        default:
            guard let hours = number(operand), abs(hours) < 1e12 else { return nil }
            return Int64((hours * 3_600_000).rounded())
        }
    }

    /// The moment that a relative time means now.
    func moment(_ relative: RelativeTime) -> Instant {
        var instant = now
        switch relative.startOf {
        case nil: break
        case .second: instant = Instant(seconds: now.seconds)
        case .minute: instant = Instant(seconds: now.seconds - now.secondOfDay % 60)
        case .hour: instant = Instant(seconds: now.seconds - now.secondOfDay % 3600)
        case .day: instant = now.date.start
        case .week: instant = now.date.adding(days: Int64(1 - now.date.weekday)).start
        case .month, .year:
            let parts = now.date.components
            let month = relative.startOf == .year ? 1 : parts.month
            instant = (CivilDate(year: parts.year, month: month, day: 1) ?? now.date).start
        }
        let secondOfDay = instant.secondOfDay
        switch relative.unit {
        case .second: return instant.adding(seconds: relative.amount)
        case .minute: return instant.adding(seconds: relative.amount &* 60)
        case .hour: return instant.adding(seconds: relative.amount &* 3600)
        case .day: return instant.date.adding(days: relative.amount).start.adding(seconds: secondOfDay)
        case .week: return instant.date.adding(days: relative.amount &* 7).start.adding(seconds: secondOfDay)
        case .month:
            return instant.date.adding(months: Int(clamping: relative.amount)).start.adding(seconds: secondOfDay)
        case .year:
            return instant.date.adding(months: Int(clamping: relative.amount &* 12)).start.adding(seconds: secondOfDay)
        }
    }

    // MARK: references

    private func reference(_ operand: ParsedOperand, type: FieldType, custom: Field?) -> Int64? {
        switch operand {
        case .name(.number(let number)), .integer(let number): return number
        case .name(.me): return type == .principal && !actor.isAnonymous ? actor.user.rawValue : nil
        case .name(.nobody): return nil
        case .name(.text(let text)), .text(let text), .number(let text):
            if let named = named(text, type: type, custom: custom) { return named }
            return type == .list || type == .openList ? nil : Int64(trimmed(text))
        default: return nil
        }
    }

    private func named(_ text: String, type: FieldType, custom: Field?) -> Int64? {
        let folded = TextFolding.fold(text)
        switch type {
        case .list, .openList: return custom?.listValues.first { $0.label == text }?.id.rawValue
        case .status:
            return catalog.statuses.first { TextFolding.fold($0.name) == folded || $0.aliases.contains(text) }?.id
                .rawValue
        case .priority: return catalog.priorities.first { TextFolding.fold($0.name) == folded }?.id.rawValue
        case .type: return catalog.types.first { TextFolding.fold($0.name) == folded }?.id.rawValue
        case .principal:
            return catalog.user(login: text)?.id.rawValue ?? catalog.user(address: text)?.id.rawValue
        case .project: return catalog.project(.text(text))?.id.rawValue
        case .label:
            return catalog.records.labels.values.first { $0.name == text && $0.stamp.retired == nil }?.id.rawValue
        case .version:
            return catalog.records.versions.values.first { $0.name == text && $0.stamp.retired == nil }?.id.rawValue
        case .category:
            return catalog.records.categories.values.first { $0.name == text && $0.stamp.retired == nil }?.id.rawValue
        default: return nil
        }
    }
}
