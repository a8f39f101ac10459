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
        draft.day = given("spent_on") { $0.scalarText.flatMap(Days.plain) }
        if let value = input["spent_on"], case .unreadable = draft.day {
            if value == .boolean(false) || value.object != nil { draft.day = .cleared }
            // A day in other words is wrong, but not missing.
            if let day = value.text.flatMap(Days.guess) {
                draft.day = .value(day)
                draft.problems.append(Problem(.property("spentOn"), .notADate))
            }
        }
        draft.duration = given("hours") { Hours.clamped($0) }
        draft.comment = input["comments"].map(Words.ofText)
        draft.commentMaximumLength = TimeEntryParser.limits.comment
        draft.dayMaximum = TimeEntryParser.limits.day
        draft.values = CustomValues.given(in: input, of: .timeEntry, catalog)
        return draft
    }

    private func given<Value>(_ name: String, _ read: (ParameterTree) -> Value?) -> Given<Value> {
        guard let value = input[name] else { return .absent }
        if Spelling.isBlank(value) { return .cleared }
        return read(value).map { .value($0) } ?? .unreadable
    }
}
