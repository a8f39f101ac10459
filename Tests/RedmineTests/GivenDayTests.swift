import ParleyModel
import Testing

@testable import ParleyService
@testable import RedmineDialect

/// Days in all the forms in which clients send them.
@Suite("days as they were given")
struct GivenDayTests {
    @Test(
        "a day in other words is guessed by its parts",
        arguments: [
            ("2026-2-3", "2026-02-03"), ("20260203", "2026-02-03"), ("01/02/2026", "2026-02-01"),
            ("1/2/26", "2001-02-26"),
            ("01-02-2026", "2026-02-01"), ("2026/01/02", "2026-01-02"), ("2026.12.31", "2026-12-31"),
            ("31.12.2026", "2026-12-31"), ("31.12.26", "2031-12-26"), ("26-1-2", "2026-01-02"),
            ("99/1/2", "1999-01-02"),
            ("Jan 2 2026", "2026-01-02"), ("2 January 2026", "2026-01-02"), ("3rd Feb 2001", "2001-02-03"),
            ("31 Dec 26", "2026-12-31"), ("Dec 31 '26", "2026-12-31"), ("Mon 2026-01-05", "2026-01-05"),
            ("x2026-01-02y", "2026-01-02"), ("foo\n2026-01-02", "2026-01-02"),
            ("2026-01-02T23:00:00-05:00", "2026-01-02"),
            ("20261231T101112", "2026-12-31"), ("261231", "2026-12-31"), ("010203", "2001-02-03"),
            ("1-2-3", "2001-02-03"),
            ("10000-01-01", "9999-12-31"), ("-2026-01-01", "0001-01-01"), ("+2026-01-01", "2026-01-01"),
            ("2026-02-30", nil), ("2026-13-01", nil), ("1582-10-10", nil), ("12/31/2026", nil), ("2026-W01-1", nil),
            ("2026-001", nil), ("tomorrow", nil), ("12", nil), ("2026", nil), ("2026-01", nil), ("1795000000", nil),
            ("Sat Jan 3", nil), ("March 2026", nil), ("12345678", nil), ("123456", nil), ("2026-01-002", nil),
            ("", nil),
            ("10:11:12", nil), ("2026 01 02", nil),
        ] as [(String, String?)])
    func guesses(_ text: String, _ day: String?) { #expect(Days.guess(text)?.iso8601 == day) }

    @Test(
        "only one form of a day is right; what is meant counts for other rules",
        arguments: [
            ("start_date", "\"2026-02-30\"", "Start date is not a valid date"),
            ("start_date", "\" 2026-01-02\"", "Start date is not a valid date"),
            ("start_date", "20260102", "Start date is not a valid date"),
            ("start_date", "true", "Start date is not a valid date"),
            ("due_date", "\"01/02/2026\"", "Due date is not a valid date\",\"Due date must be greater than start date"),
            ("due_date", "\"2026-2-3\"", "Due date is not a valid date\",\"Due date must be greater than start date"),
            ("due_date", "\"20260203\"", "Due date is not a valid date\",\"Due date must be greater than start date"),
            ("due_date", "\"2026-01-02T10:00:00Z\"", "Due date is not a valid date\",\"Due date must be greater than"),
            ("due_date", "\"2027-1-2\"", "Due date is not a valid date"),
            ("due_date", "\"soon\"", "Due date is not a valid"),
        ])
    func issueDays(_ name: String, _ given: String, _ sentences: String) async throws {
        try await RedmineFixture.with { fixture in
            for place in ["\"project_id\":\"alpha\",", ""] {
                let content = "{\"issue\":{\(place)\"subject\":\"s\",\"\(name)\":\(given)}}"
                let answer = await fixture.send("POST", "/issues.json", as: "maya", content)
                #expect(answer.status == 422 && answer.text.contains(sentences), "\(answer.text)")
            }
        }
    }

    @Test(
        "time and versions take days as issues do",
        arguments: [
            ("\"2026-01-02 00:00:00\"", "", "\"2026-01-02\""), ("\"2026-01-02 \"", "Date is not a valid date", ""),
            ("\"2026-01-02 00:00:00\"", "", "\"2026-01-02\""),
            ("\"2026-02-30\"", "Date cannot be blank\",\"Date is not", ""),
            ("false", "[\"Date cannot be blank\"]", ""), ("{}", "[\"Date cannot be blank\"]", ""),
            ("\"3rd Feb 2001\"", "[\"Date is not a valid date\"]", ""),
        ])
    func otherDays(_ given: String, _ refusal: String, _ told: String) async throws {
        try await RedmineFixture.with { fixture in
            let activity = try #require(fixture.workspace.catalog.enumerations(.activity, project: nil).first).id
            let entry = "{\"time_entry\":{\"hours\":1,\"activity_id\":\(activity),\"spent_on\":\(given)}}"
            let logged = await fixture.send("POST", "/projects/alpha/time_entries.json", as: "maya", entry)
            #expect(logged.text.contains(refusal.isEmpty ? "\"spent_on\":\(told)" : refusal), "\(logged.text)")
            let version = "{\"version\":{\"name\":\"v\",\"due_date\":\(given)}}"
            let made = await fixture.send("POST", "/projects/alpha/versions.json", as: "maya", version)
            let isNone = given == "{}"
            let isRight = !told.isEmpty || isNone
            let shown = "\"due_date\":\(isNone ? "null" : told)"
            #expect(made.text.contains(isRight ? shown : "Due date is not a valid date"))
        }
    }
}
