import ParleyHTTP
import ParleyModel
import ParleyService

/// Values of custom fields, for every class that has them.
enum CustomValues {
    private static let limit = 500

    /// Numbers and values in the order given.
    static func named(in input: ParameterObject) -> [(Int64, ParameterTree)] {
        var result: [(Int64, ParameterTree)] = []
        for item in input["custom_fields"]?.list?.prefix(limit) ?? [] {
            guard let object = item.object, let number = object["id"].flatMap(Spelling.number) else { continue }
            // An element with an identifier and no value at all says nothing about the field.
            if let value = object["value"] { result.append((number, value)) }
        }
        for member in input["custom_field_values"]?.object?.members.prefix(limit) ?? [] {
            if let number = Int64(member.name) { result.append((number, member.value)) }
        }
        return result
    }

    /// What is said of the fields of a class.
    static func given(
        in input: ParameterObject, of object: Field.Object, _ catalog: Catalog
    ) -> [(field: Int64, operands: [ParsedOperand])] {
        named(in: input).compactMap { number, value in
            guard let field = catalog.records.fields[FieldID(number)], field.object == object else { return nil }
            return (number, operands(value, for: field))
        }
    }

    /// Fields that may have several values and are given a single one, which is no list.
    static func singles(in input: ParameterObject, _ catalog: Catalog) -> Set<FieldID> {
        Set(
            named(in: input).compactMap { number, value in
                let field = catalog.records.fields[FieldID(number)]
                return value.list == nil && field?.multiple ?? false ? field?.id : nil
            })
    }

    /// What a value means in a field. An empty list empties the field, and so does an empty text.
    static func operands(_ value: ParameterTree, for field: Field) -> [ParsedOperand] {
        guard let items = value.list else {
            if isEmpty(value) { return field.multiple ? [] : [.text("")] }
            return [operand(value, for: field)]
        }
        let operands = items.prefix(limit).filter { !isEmpty($0) }.map { operand($0, for: field) }
        // A list for a field with a single value is one value too many, however many it has.
        return field.multiple ? operands : operands + [.null, .null]
    }

    private static func isEmpty(_ value: ParameterTree) -> Bool { value.isNull || value == .text("") }

    private static func operand(_ item: ParameterTree, for field: Field) -> ParsedOperand {
        guard let text = Words.ofField(item) else { return .unreadable("") }
        switch field.type {
        case .boolean:
            return text == "1" || text == "0" ? .boolean(text == "1") : .value(.text(text))
        case .integer:
            if let number = Int64(text), String(number) == text { return .integer(number) }
            let digits = Spelling.trimmed(text)
            return isWhole(digits) ? spelled(text, Double(digits)) : .unreadable(text)
        case .number:
            let digits = Spelling.trimmed(text)
            guard let number = digits.contains(",") ? nil : Hours.float(Array(digits.utf8)[...]) else {
                return .unreadable(text)
            }
            return text == number.description ? .number(text) : spelled(text, number)
        case .date: return Days.exact(text).map { .date(DateValue($0)) } ?? .unreadable(text)
        case .duration: return Hours.milliseconds(item).map { .duration($0) } ?? .unreadable(text)
        case .list, .openList, .text, .longText, .uri: return .text(text)
        default: return .name(.number(Int64(text) ?? 0))
        }
    }

    /// Digits, and a sign before them perhaps.
    private static func isWhole(_ text: String) -> Bool {
        let digits = text.hasPrefix("+") || text.hasPrefix("-") ? text.utf8.dropFirst() : text.utf8[...]
        return !digits.isEmpty && digits.allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
    }

    /// A number that is kept in its own words.
    private static func spelled(_ text: String, _ number: Double?) -> ParsedOperand {
        guard let number, !number.isNaN else { return .unreadable(text) }
        let most = Double.greatestFiniteMagnitude
        return .value(.spelled(text, min(max(number, -most), most)))
    }
}
