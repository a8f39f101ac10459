import ParleyHTTP
import ParleyModel
import ParleyService

/// Custom fields with their values, as every resource that has them shows them.
struct CustomFieldRendering {
    let catalog: Catalog
    /// Fields that may have several values and are told as if they had one: as they were given in the request that is
    /// answered.
    let singles: Set<FieldID>

    init(catalog: Catalog, singles: Set<FieldID> = []) {
        self.catalog = catalog
        self.singles = singles
    }

    /// Writes `custom_fields`, where there are any. Values are texts; never set is null, or the field's default;
    /// emptied is the empty text; a multiple field is a list.
    func write(_ fields: [Field], _ values: FieldValues, into writer: inout DocumentWriter) {
        guard !fields.isEmpty else { return }
        writer.array("custom_fields", of: "custom_field") { items in
            for field in fields {
                items.item { part in
                    part.attribute("id", field.id)
                    part.attribute("name", field.name)
                    write(field, values[field.id], into: &part)
                }
            }
        }
    }

    private func write(_ field: Field, _ values: [Value]?, into part: inout DocumentWriter) {
        if field.multiple {
            part.attribute("multiple", true)
            if singles.contains(field.id) {
                return part.member("value", values?.first.map { text($0, field) } ?? "")
            }
            part.array("value", of: "value") { items in
                for value in values ?? field.defaultValues { items.item(text(value, field)) }
            }
        } else if let value = (values ?? (field.defaultValues.isEmpty ? nil : field.defaultValues)) {
            part.member("value", value.first.map { text($0, field) } ?? "")
        } else {
            part.member("value", DocumentScalar.null)
        }
    }

    /// A value as text: names of list values, numbers of all other entities.
    func text(_ value: Value, _ field: Field?) -> String {
        switch value {
        case .text(let text), .spelled(let text, _): return text
        case .integer(let number): return String(number)
        case .number(let number): return number.description
        case .boolean(let flag): return flag ? "1" : "0"
        case .date(let date): return date.date.iso8601
        case .instant(let instant): return WireTime.iso8601(instant)
        case .duration(let milliseconds): return Hours.number(milliseconds).description
        case .reference(let number):
            if let field, field.type == .list || field.type == .openList,
                let choice = field.listValues.first(where: { $0.id.rawValue == number })
            {
                return choice.label
            }
            return String(number)
        }
    }
}
