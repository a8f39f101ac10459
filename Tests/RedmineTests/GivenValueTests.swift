import Foundation
import ParleyHTTP
import ParleyModel
import Testing

@testable import ParleyService
@testable import RedmineDialect

/// Values in all the forms in which clients send them: what is kept, told and refused.
@Suite("values as they were given")
struct GivenValueTests {
    private static let (multiple, list, text, pattern, number, flag, day) = (101, 102, 103, 104, 105, 106, 107)

    /// The value of a field as an answer tells it.
    private func told(_ field: Int, _ text: String) -> String? {
        let fields = text.components(separatedBy: "\"custom_fields\":").last ?? ""
        let rest = fields.components(separatedBy: "{\"id\":\(field),").dropFirst().first
        return rest?.components(separatedBy: "\"value\":").dropFirst().first.map { part in
            String(part.prefix(upTo: part.firstIndex(of: "}") ?? part.endIndex))
        }
    }

    /// The type of issues that have a field.
    private func type(_ fixture: RedmineFixture, _ field: Int = number) -> String {
        let name = field == Self.number ? "Feature" : "Bug"
        let type = fixture.workspace.catalog.types.first { $0.name == name }
        return "\"tracker_id\":\(type?.id.rawValue ?? 0)"
    }

    @Test(
        "a field keeps the words in which it was given a value",
        arguments: [
            (flag, "\"1\"", "\"1\""), (flag, "true", "\"true\""), (flag, "false", "\"false\""), (flag, "2", "\"2\""),
            (flag, "\"x\"", "\"x\""), (flag, "\" 1\"", "\" 1\""), (flag, "null", "\"\""), (flag, "\"\"", "\"\""),
            (number, "7", "\"7\""), (number, "\"007\"", "\"007\""), (number, "\"+5\"", "\"+5\""),
            (number, "\" 5\"", "\" 5\""), (number, "\"-0\"", "\"-0\""), (number, "-9223372036854775808", nil),
            (number, "9223372036854775808", nil), (number, "100000000000000000000", nil),
            (text, "1e3", "\"1000.0\""), (text, "1e25", "\"1.0e+25\""), (text, "1.50", "\"1.5\""),
            (text, "0.00001", "\"1.0e-05\""), (text, "true", "\"true\""), (text, "\" \"", "\" \""),
        ] as [(Int, String, String?)])
    func kept(_ field: Int, _ given: String, _ wanted: String?) async throws {
        try await RedmineFixture.with { fixture in
            let wanted = wanted ?? "\"\(given)\""
            let content = "\(type(fixture, field)),\"custom_fields\":[{\"id\":\(field),\"value\":\(given)}]"
            let place = "{\"issue\":{\"project_id\":\"alpha\",\"subject\":\"s\",\(content)}}"
            let made = await fixture.send("POST", "/issues.json", as: "maya", place)
            #expect(told(field, made.text) == wanted)
            let again = "{\"issue\":{\"custom_field_values\":{\"\(field)\":\(given)}}}"
            #expect(await fixture.send("PUT", "/issues/\(made.id).json", as: "maya", again).status == 204)
            let shown = await fixture.send("GET", "/issues/\(made.id).json?include=journals", as: "maya").text
            #expect(told(field, shown) == wanted)
            #expect(shown.contains("\"journals\":[]"))
            let problems = try await fixture.workspace.check()
            #expect(problems.isEmpty)
        }
    }

    @Test(
        "what a field cannot hold is refused, members of a list before that it is one",
        arguments: [
            (flag, "[\"1\"]", "Needs docs is invalid"), (flag, "[]", "Needs docs is invalid"),
            (list, "[\"None\"]", "Resolution is not included in the list"), (list, "[]", "Resolution is invalid"),
            (list, "[\"Fixed\"]", "Resolution is invalid"), (list, "\" \"", "Resolution is not included in the list"),
            (number, "\" \"", "Story points is not a number"), (number, "1.5", "Story points is not a number"),
            (number, "[\"x\"]", "Story points is not a number"), (number, "[\"1\"]", "Story points is invalid"),
            (number, "{}", "Story points is not a number"), (day, "\"2026-1-2\"", "Found on is not a valid date"),
            (day, "20260102", "Found on is not a valid date"), (day, "[\"x\"]", "Found on is not a valid date"),
            (day, "\"2026-01-02 00:00:00\"", "Found on is not a valid date"),
            (day, "\"1582-10-10\"", "Found on is not a valid date"),
            (multiple, "[\" \"]", "Affected version is not included in the list"),
            (pattern, "\" \"", "Ticket code is invalid"),
        ])
    func refused(_ field: Int, _ given: String, _ sentence: String) async throws {
        try await RedmineFixture.with { fixture in
            let content = "\(type(fixture, field)),\"custom_field_values\":{\"\(field)\":\(given)}"
            let place = "{\"issue\":{\"project_id\":\"alpha\",\"subject\":\"s\",\(content)}}"
            let answer = await fixture.send("POST", "/issues.json", as: "maya", place)
            #expect(answer.text == "{\"errors\":[\"\(sentence)\"]}")
        }
    }

    @Test(
        "texts of all objects keep numbers and truth in the same words",
        arguments: [("true", "t"), ("false", "f"), ("1.50", "1.5"), ("1e+25", "1.0e+25"), ("12", "12")])
    func words(given: String, kept: String) async throws {
        try await RedmineFixture.with { fixture in
            func tells(_ method: String, _ path: String, _ content: String, _ members: String...) async {
                let answer = await fixture.send(method, path, as: "admin", content)
                for member in members {
                    #expect(answer.text.contains("\"\(member)\":\"\(kept)\""), "\(path) \(member): \(answer.text)")
                }
            }
            await tells(
                "POST", "/projects/alpha/issue_categories.json", "{\"issue_category\":{\"name\":\(given)}}", "name")
            await tells("POST", "/groups.json", "{\"group\":{\"name\":\(given)}}", "name")
            let project = "\"identifier\":\"given\",\"name\":\(given),\"description\":\(given),\"homepage\":\(given)"
            await tells("POST", "/projects.json", "{\"project\":{\(project)}}", "name", "description", "homepage")
            let version = "\"name\":\"given\",\"description\":\(given),\"wiki_page_title\":\(given)"
            await tells(
                "POST", "/projects/alpha/versions.json", "{\"version\":{\(version)}}", "description", "wiki_page_title")
            await tells(
                "PUT", "/projects/alpha/wiki/Given.json",
                "{\"wiki_page\":{\"text\":\(given),\"comments\":\(given)}}", "text", "comments")
            let news = "\"title\":\(given),\"summary\":\(given),\"description\":\(given)"
            _ = await fixture.send("POST", "/projects/alpha/news.json", as: "admin", "{\"news\":{\(news)}}")
            await tells("GET", "/projects/alpha/news.json", "", "title", "summary", "description")
        }
    }

    @Test("numbers are compared and sorted by what they mean, booleans by their words")
    func meaning() async throws {
        try await RedmineFixture.with { fixture in
            func make(_ field: Int, _ value: String) async -> Int64 {
                await fixture.issue("m", as: "maya", "\(type(fixture)),\"custom_field_values\":{\"\(field)\":\(value)}")
            }
            func found(_ query: String) async -> [Int64] {
                await fixture.send("GET", "/issues.json?\(query)", as: "maya").text
                    .components(separatedBy: "{\"id\":").filter { $0.contains(",\"project\":") }
                    .compactMap { Int64($0.prefix { $0.isNumber }) }
            }
            let seven = await make(Self.number, "\"007\"")
            let five = await make(Self.number, "5")
            let huge = await make(Self.number, "\"100000000000000000000\"")
            #expect(await found("cf_105=7") == [seven])
            #expect(await found("cf_105=%3E%3D6&sort=cf_105:desc") == [huge, seven])
            #expect(await found("cf_105=*&sort=cf_105") == [five, seven, huge])
            let word = await make(Self.flag, "true")
            let yes = await make(Self.flag, "\"1\"")
            #expect(await found("cf_106=1") == [yes])
            #expect(await found("cf_106=true") == [word])
            #expect(await found("f[]=cf_106&op[cf_106]=~&v[cf_106][]=ru") == [word])
            #expect(await found("f[]=cf_106&op[cf_106]=~&v[cf_106][]=1") == [yes])
            let lacking = await found("f[]=cf_106&op[cf_106]=!~&v[cf_106][]=ru")
            #expect(lacking.contains(yes) && !lacking.contains(word))
            #expect(await found("issue_id=\(word),\(yes)&sort=cf_106") == [yes, word])
            let history = "{\"issue\":{\"custom_field_values\":{\"106\":\"0\"}}}"
            _ = await fixture.send("PUT", "/issues/\(word).json", as: "maya", history)
            let shown = await fixture.send("GET", "/issues/\(word).json?include=journals", as: "maya").text
            #expect(shown.contains("\"old_value\":\"true\",\"new_value\":\"0\""))
        }
    }

    @Test("nothing becomes an empty value without a line in the history, by a move as by a text")
    func emptied() async throws {
        try await RedmineFixture.with { fixture in
            let id = await fixture.issue("e", as: "maya")
            func shown() async -> String {
                await fixture.send("GET", "/issues/\(id).json?include=journals", as: "maya").text
            }
            #expect(told(Self.text, await shown()) == "null")
            let content = "{\"issue\":{\"custom_field_values\":{\"\(Self.text)\":\"\"}}}"
            _ = await fixture.send("PUT", "/issues/\(id).json", as: "maya", content)
            #expect(told(Self.text, await shown()) == "\"\"")
            #expect(told(Self.list, await shown()) == "null")
            #expect(await shown().contains("\"journals\":[]"))
            _ = await fixture.send("PUT", "/issues/\(id).json", as: "maya", "{\"issue\":{\(type(fixture))}}")
            #expect(told(Self.list, await shown()) == "\"\"")
            #expect(told(Self.number, await shown()) == "null")
            let problems = try await fixture.workspace.check()
            #expect(problems.isEmpty)
        }
    }

    @Test("a single text for a field with several values is told as one text once, and as a list later")
    func single() async throws {
        try await RedmineFixture.with { fixture in
            let content = "{\"issue\":{\"subject\":\"s\",\"custom_field_values\":{\"101\":\"1.0.0\"}}}"
            let made = await fixture.send("POST", "/projects/alpha/issues.json", as: "maya", content)
            #expect(told(Self.multiple, made.text) == "\"1.0.0\"")
            let shown = await fixture.send("GET", "/issues/\(made.id).json", as: "maya").text
            #expect(told(Self.multiple, shown) == "[\"1.0.0\"]")
        }
    }

    @Test("who gets an issue is said by a number or an empty text; null and false say nothing")
    func assignee() async throws {
        try await RedmineFixture.with { fixture in
            let devon = try #require(fixture.workspace.catalog.user(login: "devon")).id
            let id = await fixture.issue("a", as: "maya", "\"assigned_to_id\":\(devon)")
            for (given, isKept) in [("null", true), ("false", true), ("\"\"", false)] {
                let content = "{\"issue\":{\"assigned_to_id\":\(given)}}"
                #expect(await fixture.send("PUT", "/issues/\(id).json", as: "maya", content).status == 204)
                let shown = await fixture.send("GET", "/issues/\(id).json", as: "maya").text
                #expect(shown.contains("\"assigned_to\"") == isKept)
            }
        }
    }

    @Test(
        "numbers begin with digits, of which underscores are no part",
        arguments: [
            ("12", 12), ("12abc", 12), ("1_000", 1000), ("1__0", 1), ("_1", nil), (" \t+7", 7), ("-3", -3),
            ("99999999999999999999", .max), ("", nil), ("x", nil),
        ] as [(String, Int64?)])
    func leading(_ text: String, _ number: Int64?) { #expect(Quirks.leadingNumber(text) == number) }

    @Test(
        "odd values of the members of issues are understood as Redmine understands them",
        arguments: [
            ("\"done_ratio\":true", "\"done_ratio\":1,"), ("\"estimated_hours\":false", "\"estimated_hours\":0.0,"),
            ("\"estimated_hours\":2147483648", "\"estimated_hours\":2147483648.0,"),
            ("\"estimated_hours\":\"1e12\"", "\"estimated_hours\":1000000000000.0,"),
            ("\"is_private\":[]", "\"is_private\":true"), ("\"is_private\":{}", "\"is_private\":true"),
            ("\"start_date\":{}", "\"start_date\":null"), ("\"start_date\":\"2026-01-02 00:00:00\"", "\"2026-01-02\""),
            ("\"parent_issue_id\":false", "\"subject\""), ("\"parent_issue_id\":[null]", "\"subject\""),
            ("\"parent_issue_id\":\" 7\"", "Parent task is invalid"),
            ("\"parent_issue_id\":\"+7\"", "Parent task is invalid"),
            ("\"parent_issue_id\":[1]", "Parent task is invalid"), ("\"priority_id\":[1]", "Priority cannot be blank"),
            ("\"estimated_hours\":true", "Estimated time is invalid"), ("\"category_id\":[1]", "\"subject\""),
            ("\"description\":true", "\"description\":\"t\""), ("\"watcher_user_ids\":{}", "\"subject\""),
            ("\"parent_issue_id\":99999999999999999999", "Parent task is invalid"),
            ("\"done_ratio\":99999999999999999999", "% Done is not included in the list"),
        ])
    func members(_ given: String, _ wanted: String) async throws {
        try await RedmineFixture.with { fixture in
            let content = "{\"issue\":{\"project_id\":\"alpha\",\"subject\":\"s\",\(given)}}"
            #expect(await fixture.send("POST", "/issues.json", as: "admin", content).text.contains(wanted))
        }
    }

    @Test("a revision that is not the issue's is 422 without a sentence, after all that is wrong in itself")
    func revisions() async throws {
        try await RedmineFixture.with { fixture in
            let id = await fixture.issue("r", as: "maya")
            func put(_ content: String, as login: String = "maya") async -> RedmineFixture.Answer {
                await fixture.send("PUT", "/issues/\(id).json", as: login, "{\"issue\":{\(content)}}")
            }
            for content in ["\"lock_version\":7", "\"lock_version\":0,\"subject\":\"x\"", "\"lock_version\":\"9x\""] {
                let answer = await put(content)
                #expect(answer.status == 422 && answer.text == "{\"errors\":[]}")
            }
            #expect(await put("\"lock_version\":7,\"subject\":\"\"").text.contains("Subject cannot be blank"))
            #expect(await put("\"lock_version\":1,\"subject\":\"x\"").status == 204)
            #expect(await put("\"lock_version\":2,\"notes\":\"n\"").status == 204)
            #expect(await put("\"lock_version\":2,\"notes\":\"n\"").status == 422)
        }
    }
}
