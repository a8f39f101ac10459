import ParleyModel
import ParleyService

/// What a text means in a custom field.
struct CustomFieldReading {
    let field: Field
    let now: Instant
    let clock: UserClock

    /// The values that a field is to have, those kept first, and whether the last of the new ones is none of its list.
    struct Several {
        var operands: [ParsedOperand]
        var isLastInvalid: Bool
    }

    /// One value; nil where the text stands for none, as a date that cannot be read does.
    func value(_ text: String) -> ParsedOperand? {
        if text.isEmpty { return nil }
        switch field.type {
        case .list, .openList:
            let folded = text.lowercased()
            let exact = field.listValues.first { !$0.hidden && $0.label == text }
            let named = exact ?? field.listValues.first { !$0.hidden && $0.label.lowercased() == folded }
            return named.map { .name(.number($0.id.rawValue)) } ?? .unreadable(text)
        case .date:
            return RTDates.read(text, now: now, clock: clock).map { .date(DateValue(clock.local($0).date)) }
        case .instant: return RTDates.read(text, now: now, clock: clock).map { .instant($0) }
        case .duration: return .duration(NumberKey.leading(text[...], limit: 1_000_000_000) * 60_000)
        default: return .text(text)
        }
    }

    /// Several values of one text.
    /// - Parameter present: what the field has.
    func values(_ texts: [String], present: [Value], _ catalog: Catalog) -> Several {
        let parts = ValueList.split(texts).compactMap(value)
        let wanted = Set(parts)
        let old = present.map { operand(of: $0, catalog) }
        let kept = old.filter { wanted.contains($0) }
        var added: [ParsedOperand] = []
        var seen = Set(kept)
        var isLastInvalid = false
        for part in parts {
            guard seen.insert(part).inserted else { continue }
            if case .unreadable = part {
                isLastInvalid = true
            } else {
                isLastInvalid = false
                added.append(part)
            }
        }
        return Several(operands: kept + added, isLastInvalid: isLastInvalid)
    }

    /// A value that is there, as it is read from its text.
    private func operand(of value: Value, _ catalog: Catalog) -> ParsedOperand {
        if case .reference(let id) = value, field.type == .list || field.type == .openList { return .name(.number(id)) }
        if case .date(let date) = value { return .date(DateValue(date.date)) }
        if case .instant(let instant) = value { return .instant(instant) }
        if case .duration(let milliseconds) = value { return .duration(milliseconds) }
        return .text(TicketForm.text(of: value, in: field, catalog))
    }
}
