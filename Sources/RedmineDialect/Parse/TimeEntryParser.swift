import ParleyHTTP
import ParleyModel
import ParleyService

/// What a client wants of a time entry.
struct TimeEntryParser {
    let catalog: Catalog
    let actor: Actor
    let input: ParameterObject

    /// Characters of a comment, and hours that somebody can work in a day.
    private static let limits = (comment: 1024, day: Int64(999) * 3_600_000)

    var draft: TimeEntryDraft {
        var draft = TimeEntryDraft()
        draft.issue = given("issue_id") { Spelling.number($0).map { IssueID($0) } }
        draft.project = given("project_id") { value in
            value.scalarText.flatMap { Names.project(Spelling.trimmed($0), in: catalog)?.id }
        }
        draft.user = given("user_id") { value in
            value.text == "me" ? actor.user : Spelling.number(value).map { PrincipalID($0) }
        }
        draft.activity = given("activity_id") { Spelling.number($0).map { EnumerationID($0) } }
        draft.day = given("spent_on") { value in
            value.scalarText.flatMap { CivilDate(iso8601: Spelling.trimmed($0).prefix(10)) }
        }
        draft.duration = given("hours") { Hours.milliseconds($0) }
        draft.comment = input["comments"].map { $0.scalarText ?? "" }
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

    private func given<Value>(_ name: String, _ read: (ParameterTree) -> Value?) -> Given<Value> {
        guard let value = input[name] else { return .absent }
        if Spelling.isBlank(value) { return .cleared }
        return read(value).map { .value($0) } ?? .unreadable
    }
}
