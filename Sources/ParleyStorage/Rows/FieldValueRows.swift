import ParleyModel

/// Custom values of large classes. `kind` tells which case of `Value` a row holds; 0 marks a field that was emptied.
public enum FieldValueRows {
    /// All custom values of an entity.
    public static func values(
        of object: Field.Object, _ entity: Int64, on connection: any SQLConnection
    ) throws -> FieldValues {
        var result: FieldValues = [:]
        try connection.query(
            """
            SELECT field_id, kind, number, real, text FROM field_value WHERE object = ?1 AND entity_id = ?2
            ORDER BY field_id, position
            """, [.text(object.rawValue), .integer(entity)]
        ) { row in
            let field = FieldID(row.integer(0))
            if let value = read(row, from: 1) {
                result[field, default: []].append(value)
            } else {
                result[field, default: []] = []
            }
            return true
        }
        return result
    }

    /// Replaces a field's values: nil makes it absent, an empty list emptied.
    public static func set(
        _ values: [Value]?, field: FieldID, of object: Field.Object, _ entity: Int64, on connection: any SQLConnection
    ) throws {
        try connection.execute(
            "DELETE FROM field_value WHERE object = ?1 AND entity_id = ?2 AND field_id = ?3",
            [.text(object.rawValue), .integer(entity), .id(field)])
        guard let values else { return }
        let insert = """
            INSERT INTO field_value (object, entity_id, field_id, position, kind, number, real, text)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
            """
        let key: [SQLValue] = [.text(object.rawValue), .integer(entity), .id(field)]
        if values.isEmpty {
            try connection.execute(insert, key + [.integer(-1), .integer(0), .null, .null, .null])
        }
        for (position, value) in values.enumerated() {
            try connection.execute(insert, key + [.integer(Int64(position))] + columns(value))
        }
    }

    /// Removes all custom values of an entity.
    public static func deleteAll(of object: Field.Object, _ entity: Int64, on connection: any SQLConnection) throws {
        try connection.execute(
            "DELETE FROM field_value WHERE object = ?1 AND entity_id = ?2", [.text(object.rawValue), .integer(entity)])
    }

    /// Kind, number, real and text of a value, as stored.
    public static func columns(_ value: Value) -> [SQLValue] {
        switch value {
        case .text(let text): [.integer(1), .null, .null, .text(text)]
        case .integer(let number): [.integer(2), .integer(number), .null, .null]
        case .number(let number): [.integer(3), .null, .real(number), .null]
        case .boolean(let flag): [.integer(4), .flag(flag), .null, .null]
        case .date(let date):
            [.integer(5), .integer(date.date.daysSince1970), date.secondOfDay.map { .real(Double($0)) } ?? .null, .null]
        case .instant(let instant): [.integer(6), .instant(instant), .null, .null]
        case .duration(let milliseconds): [.integer(7), .integer(milliseconds), .null, .null]
        case .reference(let number): [.integer(8), .integer(number), .null, .null]
        case .spelled(let text, let number): [.integer(9), .null, .real(number), .text(text)]
        }
    }

    private static func read(_ row: any SQLRow, from column: Int) -> Value? {
        switch row.integer(column) {
        case 1: .text(row.text(column + 3))
        case 2: .integer(row.integer(column + 1))
        case 3: .number(row.real(column + 2))
        case 4: .boolean(row.integer(column + 1) != 0)
        case 5:
            .date(
                DateValue(
                    CivilDate(daysSince1970: row.integer(column + 1)),
                    secondOfDay: row.optionalReal(column + 2).flatMap { Int32(exactly: $0) }))
        case 6: .instant(Instant(microseconds: row.integer(column + 1)))
        case 7: .duration(row.integer(column + 1))
        case 8: .reference(row.integer(column + 1))
        case 9: .spelled(row.text(column + 3), row.real(column + 2))
        default: nil
        }
    }
}
