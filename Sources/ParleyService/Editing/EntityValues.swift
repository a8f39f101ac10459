import ParleyModel
import ParleyStorage

/// Custom values of reference data: converted and checked by their fields' definitions.
struct EntityValues {
    let transaction: Transaction
    let object: Field.Object

    /// Sets custom values. Unknown fields are passed over.
    func apply(
        _ given: [(field: Int64, operands: [ParsedOperand])], to values: inout FieldValues, isNew: Bool,
        _ problems: inout [Problem]
    ) throws {
        let fields = transaction.catalog.fields(of: object)
        if isNew { for field in fields where !field.defaultValues.isEmpty { values[field.id] = field.defaultValues } }
        for (number, operands) in given {
            guard let field = fields.first(where: { $0.id.rawValue == number }) else { continue }
            switch convert(operands, field) {
            case .success(let made): values[field.id] = made
            case .failure(.unknown): continue
            case .failure(let rule): problems.append(Problem(.field(.custom(number)), rule))
            }
        }
        for field in fields where field.required && (isNew || given.contains { $0.field == field.id.rawValue }) {
            let subject = Problem.Subject.field(.custom(field.id.rawValue))
            let isBlank = (values[field.id] ?? []).allSatisfy { $0.string?.allSatisfy(\.isWhitespace) ?? false }
            if isBlank, !problems.contains(where: { $0.subject == subject }) {
                problems.append(Problem(subject, .required))
            }
        }
    }

    private func convert(_ operands: [ParsedOperand], _ field: Field) -> Result<[Value], Problem.Rule> {
        let converter = ValueConverter(
            catalog: transaction.catalog, actor: transaction.actor, now: transaction.now)
        var values: [Value] = []
        for operand in operands where operand != .null && operand != .text("") {
            if case .unreadable = operand, field.type == .boolean { return .failure(.invalid) }
            switch converter.value(operand, type: field.type, custom: field) {
            case .success(let value):
                if let rule = FieldLimits(field: field, catalog: transaction.catalog).refusal(of: value) {
                    return .failure(rule)
                }
                values.append(value)
            case .failure(let rule): return .failure(field.type == .boolean ? .unknown : rule)
            }
        }
        return operands.count > 1 && !field.multiple ? .failure(.multipleNotAllowed) : .success(values)
    }
}
