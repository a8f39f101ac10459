import Foundation
import ParleyModel

/// What a custom field asks of its values: members of its list, length, pattern.
struct FieldLimits {
    let field: Field
    let catalog: Catalog

    /// How long a text may be for its pattern to be tried, in characters.
    private static let patternLength = 10_000

    /// The rule that a value breaks; nil where it is fine.
    func refusal(of value: Value) -> Problem.Rule? {
        switch value {
        case .text(let text): return refusal(ofText: text)
        case .integer(let number): return refusal(ofLength: String(number).count)
        case .spelled(let text, _): return refusal(ofLength: text.count)
        case .reference(let id):
            switch field.type {
            case .list, .openList: return field.listValues.contains { $0.id.rawValue == id } ? nil : .notInList
            case .status: return catalog.records.statuses[StatusID(id)] == nil ? .notInList : nil
            case .priority: return catalog.records.priorities[PriorityID(id)] == nil ? .notInList : nil
            case .type: return catalog.records.types[IssueTypeID(id)] == nil ? .notInList : nil
            case .principal: return catalog.name(of: PrincipalID(id)) == nil ? .notInList : nil
            case .project: return catalog.records.projects[ProjectID(id)] == nil ? .notInList : nil
            default: return nil
            }
        default: return nil
        }
    }

    private func refusal(ofText text: String) -> Problem.Rule? {
        if let rule = refusal(ofLength: text.count) { return rule }
        guard let pattern = field.limits.pattern, !pattern.isEmpty else { return nil }
        guard text.count <= FieldLimits.patternLength, let expression = try? NSRegularExpression(pattern: pattern)
        else {
            return .invalid
        }
        let whole = NSRange(location: 0, length: text.utf16.count)
        return expression.firstMatch(in: text, range: whole) == nil ? .invalid : nil
    }

    private func refusal(ofLength length: Int) -> Problem.Rule? {
        if let maximum = field.limits.maximumLength, length > maximum { return .tooLong(maximum: maximum) }
        if let minimum = field.limits.minimumLength, length < minimum { return .tooShort(minimum: minimum) }
        return nil
    }
}
