import ParleyHTTP
import ParleyModel
import Testing

@testable import RedmineDialect

/// What clients write, read without a workspace.
@Suite("reading what clients of Redmine write")
struct ParserTests {
    @Test(
        "hours are read in all their spellings",
        arguments: [
            ("3.5", 12_600_000), ("3,5", 12_600_000), ("3", 10_800_000), ("0", 0), (".5", 1_800_000),
            ("3:30", 12_600_000),
            ("0:05", 300_000), ("1:30", 5_400_000), ("1h30", 5_400_000), ("3h30m", 12_600_000), ("2h", 7_200_000),
            ("90m", 5_400_000), ("90min", 5_400_000), ("1 h 30 m", 5_400_000), ("1 h 30 min", 5_400_000),
            ("2H", 7_200_000), ("1.5h", 5_400_000), ("1 hour", 3_600_000), ("2 hours 15", 8_100_000),
            ("1:90", 9_000_000), ("1:300", 21_600_000), ("1e1", 36_000_000), ("+1", 3_600_000), ("1_0", 36_000_000),
            ("0x10", 57_600_000),
        ])
    func hours(_ text: String, _ milliseconds: Int64) {
        #expect(Hours.milliseconds(text) == milliseconds)
    }

    @Test(
        "what is no number of hours is told apart",
        arguments: [
            "", "abc", "-1", "1:2:3", "h", "m", "1h30s", "1..5", "1,2,3", ":", "1e13", "999999999999999999999",
            "3h:30",
            "inf", "nan", "١", "1.", "1,", "1 1", "1.5 h", "1__0", "_1", "1_", "0x", "0xg", "e1", "1e", "1hr",
            "90 minutes", "--1", "+-1", "+",
        ])
    func noHours(_ text: String) {
        #expect(Hours.milliseconds(text) == nil)
    }

    @Test(
        "leading digits are a number",
        arguments: [
            ("2abc", 2), ("12", 12), ("-5", -5), ("+7", 7), (" 3", 3), ("99999999999999999999", Int64.max),
            ("-99999999999999999999", -Int64.max),
        ])
    func leadingNumber(_ text: String, _ number: Int64) {
        #expect(Quirks.leadingNumber(text) == number)
    }

    @Test("a text without leading digits is none", arguments: ["", "abc", "-", "+", "#1"])
    func noLeadingNumber(_ text: String) {
        #expect(Quirks.leadingNumber(text) == nil)
    }

    @Test(
        "the short form of a filter begins with an operator or none",
        arguments: [
            ("status_id", "open", "o", ["pen"]), ("status_id", "o", "o", [""]), ("status_id", "closed", "c", ["losed"]),
            ("status_id", "*", "*", [""]), ("status_id", "1|2", "=", ["1", "2"]), ("status_id", "!3", "!", ["3"]),
            ("status_id", "", "=", []), ("assigned_to_id", "!*", "!*", [""]), ("assigned_to_id", "me", "=", ["me"]),
            ("subject", "~a b", "~", ["a b"]), ("subject", "!~x", "!~", ["x"]), ("subject", "^x", "^", ["x"]),
            ("subject", "$x", "$", ["x"]), ("start_date", ">=2031-01-01", ">=", ["2031-01-01"]),
            ("start_date", "><2031-01-01|2031-02-01", "><", ["2031-01-01", "2031-02-01"]),
            ("start_date", ">t-5", ">t-", ["5"]),
            ("start_date", "><t-5", "><t-", ["5"]), ("start_date", "t-5", "t-", ["5"]), ("start_date", "t", "t", [""]),
            ("start_date", "lw", "lw", [""]), ("start_date", "l2w", "l2w", [""]), ("created_on", "nd", "=", ["nd"]),
            ("done_ratio", "<=50", "<=", ["50"]), ("relates", "*o", "*o", [""]), ("parent_id", "~7", "~", ["7"]),
            ("tracker_id", "*", "=", ["*"]), ("description", "=x", "=", ["=x"]),
        ])
    func shortForm(_ name: String, _ text: String, _ comparison: String, _ values: [String]) throws {
        let field = try #require(FilterField.byName[name])
        #expect(GivenFilter(field, short: text) == GivenFilter(field, comparison, values))
    }

    @Test(
        "faulty filters are named",
        arguments: [
            ("status_id", "", "Status cannot be blank"), ("assigned_to_id", "", "Assignee cannot be blank"),
            ("created_on", "garbage", "Created is invalid"), ("created_on", "2026-13-01", "Created is invalid"),
            ("done_ratio", "abc", "% Done is invalid"), ("done_ratio", "1.5", "% Done is invalid"),
            ("estimated_hours", "1:30", "Estimated time is invalid"), ("issue_id", "16x", "Issue is invalid"),
            ("start_date", ">t-", "Start date cannot be blank"), ("start_date", ">t-x", "Start date is invalid"),
            ("status_id", "!", "Status cannot be blank"), ("subject", "~", "Subject cannot be blank"),
        ])
    func faultyFilters(_ name: String, _ text: String, _ words: String) throws {
        let field = try #require(FilterField.byName[name])
        #expect(GivenFilter(field, short: text).fault == words)
    }

    @Test(
        "sound filters are not",
        arguments: [
            ("status_id", "o"), ("status_id", "99999"), ("created_on", "2026-11-21T17:20:40Z"), ("created_on", "t"),
            ("done_ratio", "1,2,3"), ("estimated_hours", ">=1.5"), ("issue_id", "1,2"), ("due_date", "!*"),
            ("tracker_id", "abc"),
        ])
    func soundFilters(_ name: String, _ text: String) throws {
        let field = try #require(FilterField.byName[name])
        #expect(GivenFilter(field, short: text).fault == nil)
    }

    private func day(_ text: String) throws -> FilterDay { .day(try #require(CivilDate(iso8601: text))) }

    @Test(
        "stretches of time are those that Redmine means, weeks from Sunday on",
        arguments: [
            ("t", "", "2026-11-18", "2026-11-18"), ("ld", "", "2026-11-17", "2026-11-17"),
            ("nd", "", "2026-11-19", "2026-11-19"),
            ("w", "", "2026-11-15", "2026-11-21"), ("lw", "", "2026-11-08", "2026-11-14"),
            ("l2w", "", "2026-11-01", "2026-11-14"), ("nw", "", "2026-11-22", "2026-11-28"),
            ("m", "", "2026-11-01", "2026-11-30"), ("lm", "", "2026-10-01", "2026-10-31"),
            ("nm", "", "2026-12-01", "2026-12-31"),
            ("y", "", "2026-01-01", "2026-12-31"), (">t-", "3", "2026-11-15", ""), ("<t-", "3", "", "2026-11-15"),
            ("t-", "3", "2026-11-15", "2026-11-15"), ("><t-", "3", "2026-11-15", "2026-11-18"),
            (">t+", "3", "2026-11-21", ""),
            ("<t+", "3", "", "2026-11-21"), ("t+", "3", "2026-11-21", "2026-11-21"),
            ("><t+", "3", "2026-11-18", "2026-11-21"),
            ("=", "2026-02-03", "2026-02-03", "2026-02-03"), (">=", "2026-02-03", "2026-02-03", ""),
            ("<=", "2026-02-03", "", "2026-02-03"),
        ])
    func spans(_ comparison: String, _ value: String, _ from: String, _ through: String) throws {
        let today = try #require(CivilDate(iso8601: "2026-11-18"))
        let span = try #require(FilterSpan(comparison, [value], today: today))
        #expect(span.from == (from.isEmpty ? nil : try day(from)))
        #expect(span.through == (through.isEmpty ? nil : try day(through)))
    }

    @Test("numbers of days beyond the calendar end at its ends")
    func hugeSpans() throws {
        let today = try #require(CivilDate(iso8601: "2026-11-18"))
        #expect(FilterSpan(">t-", ["99999999999999999999"], today: today)?.from == .day(.earliest))
        #expect(FilterSpan("t+", ["999999999"], today: today)?.through == .day(.latest))
    }

    @Test(
        "words of a text filter are at most five, phrases whole",
        arguments: [
            ("one two", ["one", "two"]), ("\"one two\" three", ["one two", "three"]), ("a", ["a"]), ("a bc", ["bc"]),
            ("q w e r t", ["q w e r t"]), ("aa bb cc dd ee ff", ["aa", "bb", "cc", "dd", "ee"]),
        ])
    func words(_ text: String, _ words: [String]) {
        #expect(FilterParser.words(text) == words)
    }

    @Test(
        "the page of a list is clamped",
        arguments: [
            ("", 0, 25), ("limit=500", 0, 100), ("limit=0", 0, 25), ("limit=abc", 0, 25), ("limit=-3", 0, 25),
            ("offset=-5", 0, 25), ("offset=1000", 1000, 25), ("page=2&limit=10", 10, 10), ("page=0", 0, 25),
            ("page=3&offset=1&limit=2", 1, 2), ("page=99999999999999999999", 9_007_199_254_740_992, 25),
        ])
    func pages(_ query: String, _ offset: Int, _ limit: Int) throws {
        #expect(Paging.window(try Parameters(query: query)) == PageWindow(offset: offset, limit: limit))
    }

    @Test(
        "a path's extension is its format",
        arguments: [
            ("/issues.json", ["issues"], WireFormat.json), ("/issues/5.xml", ["issues", "5"], .xml),
            ("/projects/a-b/issues.json", ["projects", "a-b", "issues"], .json), ("/issues/", ["issues"], nil),
            ("/projects/a%2Db.json", ["projects", "a-b"], .json), ("/issues.txt", ["issues.txt"], nil),
        ])
    func paths(_ path: String, _ segments: [String], _ format: WireFormat?) throws {
        let route = try #require(RoutePath(path))
        #expect(route.segments == segments)
        #expect(route.format == format)
    }

    @Test("a path that is none is refused", arguments: ["", "issues.json", String(repeating: "/a", count: 40)])
    func noPaths(_ path: String) {
        #expect(RoutePath(path) == nil)
    }

    @Test("equal documents have equal fingerprints, others have others")
    func fingerprints() {
        #expect(Answers.fingerprint([1, 2, 3]) == Answers.fingerprint([1, 2, 3]))
        var seen: Set<String> = []
        for length in 0..<40 { seen.insert(Answers.fingerprint([UInt8](repeating: 0, count: length))) }
        #expect(seen.count == 40)
        #expect(seen.allSatisfy { $0.utf8.count == 32 })
    }
}
