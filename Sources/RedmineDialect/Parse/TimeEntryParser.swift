import ParleyHTTP
import ParleyModel
import ParleyService

/// What a client wants of a time entry.
struct TimeEntryParser {
    let catalog: Catalog
    let input: ParameterObject

    /// Characters of a comment, and hours that somebody can work in a day.
    private static let limits = (comment: 1024, day: Int64(999) * 3_600_000)

    var draft: TimeEntryDraft {
        var draft = TimeEntryDraft()
        draft.issue = given("issue_id") { Spelling.number($0).map { IssueID($0) } }
        draft.project = given("project_id") { Spelling.number($0).map { ProjectID($0) } }
        draft.user = given("user_id") { Spelling.number($0).map { PrincipalID($0) } }
        draft.activity = given("activity_id") { Spelling.number($0).map { EnumerationID($0) } }
        draft.day = given("spent_on") { $0.scalarText.flatMap { CivilDate(iso8601: $0) } }
        if let text = input["spent_on"]?.scalarText, case .unreadable = draft.day, let day = TimeEntryParser.day(text) {
            draft.day = .value(day)
            draft.problems.append(Problem(.property("spentOn"), .notADate))
        }
        draft.duration = given("hours") { Hours.clamped($0) }
        draft.comment = input["comments"].map(\.scalarText)
        draft.commentMaximumLength = TimeEntryParser.limits.comment
        draft.dayMaximum = TimeEntryParser.limits.day
        draft.values = CustomValues.named(in: input).compactMap { number, value in
            guard let field = catalog.records.fields[FieldID(number)], field.object == .timeEntry,
                let operands = CustomValues.operands(value, for: field)
            else { return nil }
            return (number, operands)
        }
        return draft
    }

    /// A day in other words than `2026-11-21`, which is wrong but not missing: year, month and day in this order or the
    /// other way round, whatever stands between and behind them.
    private static func day(_ text: String) -> CivilDate? {
        let isShort = text.utf8.count == 8 && Int64(text) != nil
        let spread = isShort ? "\(text.prefix(4))-\(text.dropFirst(4).prefix(2))-\(text.suffix(2))" : text
        var parts = spread.utf8.prefix(64).split { $0 < 0x30 || $0 > 0x39 }.prefix(3).map { String($0) ?? "" }
        guard parts.count == 3 else { return nil }
        if parts[2].utf8.count >= 4 { parts.reverse() }
        let padded = parts.map { $0.utf8.count == 1 ? "0\($0)" : $0 }
        return CivilDate(iso8601: "\(padded[0].prefix(4))-\(padded[1])-\(padded[2])")
    }

    private func given<Value>(_ name: String, _ read: (ParameterTree) -> Value?) -> Given<Value> {
        guard let value = input[name] else { return .absent }
        if Spelling.isBlank(value) { return .cleared }
        return read(value).map { .value($0) } ?? .unreadable
    }
}
