import Foundation
import ParleyHTTP
import ParleyModel
import ParleyService
import Testing

@testable import RedmineDialect

/// Filters and orders of lists that are seldom asked for. The pages named are those of `docs/differences`.
@Suite("filters of issues")
struct FilterTests {
    /// The numbers of a list's issues, in its order.
    private func numbers(
        _ fixture: RedmineFixture, _ query: String, as login: String = "maya", among: [Int64]
    ) async -> [Int64] {
        let path = "/issues.json?status_id=*&limit=100&\(query)"
        let answer = await fixture.send("GET", path, as: login)
        #expect(answer.status == 200, "\(query): \(answer.status) \(answer.text)")
        let parts = answer.text.components(separatedBy: "{\"id\":").dropFirst()
        let all = parts.filter { $0.drop { $0.isNumber }.hasPrefix(",\"project\":") }
        return all.compactMap { Int64($0.prefix { $0.isNumber }) }.filter(among.contains)
    }

    private func long(_ field: String, _ sign: String, _ value: String) -> String {
        "f[]=\(field)&op[\(field)]=\(PercentEncoding.encode(sign))&v[\(field)][]=\(PercentEncoding.encode(value))"
    }

    /// `filters-that-do-not-fit.md`.
    @Test("an operator that does not fit means what it can")
    func misfits() async throws {
        try await RedmineFixture.with { fixture in
            let members = "\"tracker_id\":1,\"done_ratio\":50,\"due_date\":\"2027-01-05\""
            let bug = await fixture.issue("one", as: "maya", members)
            let feature = await fixture.issue("two", as: "maya", "\"tracker_id\":2,\"is_private\":true")
            let all = [feature, bug]
            func found(_ field: String, _ sign: String, _ value: String = "2") async -> [Int64] {
                await numbers(fixture, long(field, sign, value), among: all)
            }
            for (field, sign, value, expected) in [
                ("tracker_id", ">=", "2", [feature]), ("tracker_id", "<=", "1", [bug]), ("tracker_id", "*", "", all),
                ("tracker_id", ">=", "x", all), ("tracker_id", "><", "1", []), ("done_ratio", "><", "20", []),
                ("done_ratio", "!", "50", [feature]), ("due_date", "!", "2027-01-05", [feature]),
                ("created_on", "!", "2026-11-01", all), ("issue_id", "!", "\(bug)", [feature]),
                ("issue_id", "!", "\(bug),\(feature)", all),
                ("issue_id", "o", "", all), ("updated_on", "c", "", all), ("project.status", "o", "", all),
                ("project.status", ">=", "1", all), ("project.status", "!*", "", []), ("is_private", "*", "", [bug]),
                ("is_private", "t", "1", [bug]), ("is_private", "xx", "0", [feature]), ("watcher_id", "~", "5", all),
                ("spent_time", "t", "1", all), ("parent_id", "!", "1", all), ("child_id", ">=", "1", all),
                ("attachment", "=", "x", all), ("attachment_description", "=", "x", []),
                ("assigned_to_role", ">=", "1", all), ("status_id", "!*", "", []),
                ("fixed_version.status", "o", "", []),
                ("cf_101", "~", "1.0", []), ("cf_106", "~", "1", []),
                // What each database judges for itself.
                ("tracker_id", "t", "", []), ("tracker_id", "~", "1", []), ("subject", ">=", "0", []),
                ("subject", "<t-", "1", []), ("due_date", "^", "2027", []), ("tracker_id", "o", "", []),
                ("blocks", "~", "1", []), ("description", "><", "0", []),
            ] as [(String, String, String, [Int64])] {
                #expect(await found(field, sign, value) == expected, "\(field) \(sign) \(value)")
            }
            for (field, sign) in [
                ("tracker_id", "xx"), ("subject", "=p"), ("notes", "!"), ("cf_102", "*o"), ("due_date", "!o"),
            ] {
                let path = "/issues.json?\(long(field, sign, "1"))"
                #expect(await fixture.send("GET", path, as: "maya").status == 404, "\(field) \(sign)")
            }
            let hours = await fixture.send("GET", "/time_entries.json?\(long("user_id", "xx", "1"))", as: "maya")
            #expect(hours.status == 404)
        }
    }

    @Test("a filter in its long form needs a list of values, and an operator that is missing is none")
    func longForms() async throws {
        try await RedmineFixture.with { fixture in
            let id = await fixture.issue("one", as: "maya")
            for query in [
                "f[]=tracker_id&op[tracker_id]==&v[tracker_id]=2", "f[]=tracker_id&v[tracker_id][]=2", "f[]=",
            ] {
                #expect(await numbers(fixture, query, among: [id]) == [id], "\(query)")
            }
            for (query, status) in [
                ("f[]=tracker_id&op[x]=1&v[tracker_id][]=2", 404), ("f[]=tracker_id&op[tracker_id]==", 422),
                ("tracker_id=|", 422), ("issue_id=abc&due_date=abc", 422),
            ] {
                #expect(await fixture.send("GET", "/issues.json?\(query)", as: "maya").status == status, "\(query)")
            }
            let both = await fixture.send("GET", "/issues.json?issue_id=abc&due_date=abc", as: "maya")
            #expect(both.text == "{\"errors\":[\"Due date is invalid\",\"Issue is invalid\"]}")
        }
    }

    @Test("an empty text is a text; several words stand in one note, and in one file")
    func texts() async throws {
        try await RedmineFixture.with { fixture in
            let none = await fixture.issue("none", as: "maya")
            let empty = await fixture.issue("empty", as: "maya", "\"description\":\"\"")
            let full = await fixture.issue("full", as: "maya", "\"description\":\"a line\"")
            let all = [full, empty, none]
            for (query, expected) in [
                ("description=*", [full, empty]), ("description=!*", [empty, none]), ("description=!~line", [empty]),
                ("description=!~other", [full, empty]), ("subject==full", []), ("subject=full", [full]),
                ("subject=!full", []), ("subject=!~full", [empty, none]),
            ] { #expect(await numbers(fixture, query, among: all) == expected, "\(query)") }
            for note in ["red apple", "green pear"] {
                _ = await fixture.send("PUT", "/issues/\(full).json", as: "maya", "{\"issue\":{\"notes\":\"\(note)\"}}")
            }
            _ = await fixture.send("PUT", "/issues/\(none).json", as: "maya", "{\"issue\":{\"done_ratio\":10}}")
            for (query, expected) in [
                ("notes=*", [full, none]), ("notes=!*", [empty]), ("notes=~red%20apple", [full]),
                ("notes=~red%20pear", []),
                ("notes=!~red%20pear", all), ("notes=!~red%20apple", [empty, none]), ("notes=^green", [full]),
                ("notes=$APPLE", [full]),
            ] { #expect(await numbers(fixture, query, among: all) == expected, "\(query)") }
            for (name, description) in [("a.txt", "first"), ("b.png", "")] {
                let upload = await fixture.send(
                    "POST", "/uploads.json?filename=\(name)", as: "maya", "octets", type: "application/octet-stream")
                let token = upload.text.components(separatedBy: "\"token\":\"").last?.prefix { $0 != "\"" } ?? ""
                let file = "{\"token\":\"\(token)\",\"description\":\"\(description)\"}"
                _ = await fixture.send("PUT", "/issues/\(full).json", as: "maya", "{\"issue\":{\"uploads\":[\(file)]}}")
            }
            for (query, expected) in [
                ("attachment=~.t%20xt", [full]), ("attachment=~txt%20png", []),
                ("attachment=!~txt%20png", all), ("attachment_description=*", [full]),
                ("attachment_description=!*", [full]),
                ("attachment_description=!~first", []), ("attachment_description=!~other", [full]),
            ] { #expect(await numbers(fixture, query, among: all) == expected, "\(query)") }
        }
    }

    /// `texts-in-order.md`.
    @Test("case does not count in any script, accents do")
    func letters() async throws {
        try await RedmineFixture.with { fixture in
            var all: [Int64] = []
            for subject in ["zürich", "Apple", "ZÜRICH", "apple", "Zebra", "éclair"] {
                all.append(await fixture.issue(subject, as: "maya"))
            }
            let upper = PercentEncoding.encode("ZÜRICH")
            #expect(await numbers(fixture, "subject=~\(upper)", among: all) == [all[2], all[0]])
            #expect(await numbers(fixture, "subject=~zurich", among: all) == [])
            #expect(await numbers(fixture, "subject=\(upper)", among: all) == [all[2]])
            let ordered = await numbers(fixture, "sort=subject,id", among: all)
            #expect(ordered == [all[1], all[3], all[4], all[0], all[2], all[5]])
        }
    }

    /// `moments-of-change.md`.
    @Test("an issue is updated when its history grows")
    func moments() async throws {
        try await RedmineFixture.with { fixture in
            let id = await fixture.issue("one", as: "maya")
            #expect(await numbers(fixture, "updated_on=!*", among: [id]) == [id])
            fixture.clock.advance(seconds: 60)
            _ = await fixture.send("PUT", "/issues/\(id).json", as: "maya", "{\"issue\":{\"subject\":\"one\"}}")
            #expect(await numbers(fixture, "updated_on=!*", among: [id]) == [id])
            let other = await fixture.issue("two", as: "maya")
            fixture.clock.advance(seconds: 60)
            let relation = "{\"relation\":{\"issue_to_id\":\(other)}}"
            _ = await fixture.send("POST", "/issues/\(id)/relations.json", as: "maya", relation)
            #expect(await numbers(fixture, "updated_on=*", among: [id, other]) == [other, id])
        }
    }

    @Test("nothing that becomes an empty text is no update by anybody")
    func updates() async throws {
        try await RedmineFixture.with { fixture in
            let id = await fixture.issue("one", as: "maya")
            _ = await fixture.send("PUT", "/issues/\(id).json", as: "devon", "{\"issue\":{\"description\":\"\"}}")
            #expect(await numbers(fixture, "updated_by=me", as: "devon", among: [id]) == [])
            #expect(await numbers(fixture, "updated_by=!me", as: "devon", among: [id]) == [id])
            _ = await fixture.send("PUT", "/issues/\(id).json", as: "devon", "{\"issue\":{\"description\":\"x\"}}")
            for query in ["updated_by=me", "last_updated_by=me", "updated_by=!1"] {
                #expect(await numbers(fixture, query, as: "devon", among: [id]) == [id], "\(query)")
            }
        }
    }

    @Test("a note that others gave to a change leaves it to whom it belongs")
    func foreignNotes() async throws {
        try await RedmineFixture.with { fixture in
            let id = await fixture.issue("one", as: "maya")
            let other = await fixture.issue("two", as: "maya")
            let relation = "{\"relation\":{\"issue_to_id\":\(other)}}"
            _ = await fixture.send("POST", "/issues/\(id)/relations.json", as: "maya", relation)
            func journals() async -> String {
                let text = await fixture.send("GET", "/issues/\(id).json?include=journals", as: "admin").text
                return text.components(separatedBy: "\"journals\":[").last ?? ""
            }
            let number = await journals().components(separatedBy: "\"id\":").dropFirst().first?.prefix { $0.isNumber }
            let note = "{\"journal\":{\"notes\":\"changed\"}}"
            let path = "/journals/\(number ?? "").json"
            #expect(await fixture.send("PUT", path, as: "admin", note).status == 204)
            // The relation is not told any more, the note is.
            #expect(await fixture.send("DELETE", "/issues/\(other).json", as: "admin").status == 204)
            let text = await journals()
            #expect(text.contains("\"notes\":\"changed\"") && text.contains("Maya Manager"))
        }
    }

    @Test("subtasks are found by a parent that is not seen, and by several numbers")
    func trees() async throws {
        try await RedmineFixture.with { fixture in
            let hidden = await fixture.issue("parent", as: "maya", "\"is_private\":true")
            let child = await fixture.issue("child", as: "maya", "\"parent_issue_id\":\(hidden)")
            let other = await fixture.issue("other", as: "maya")
            for query in ["parent_id=\(hidden)", "parent_id=~\(hidden)", "parent_id=\(other),\(hidden)"] {
                #expect(await numbers(fixture, query, as: "nora", among: [hidden, child, other]) == [child], "\(query)")
            }
            #expect(await numbers(fixture, "child_id=\(child)", as: "nora", among: [hidden]) == [])
            #expect(await numbers(fixture, "child_id=\(child)", among: [hidden]) == [hidden])
        }
    }

    @Test("issues are found by custom fields of their projects")
    func associates() async throws {
        try await RedmineFixture.with { fixture in
            let id = await fixture.issue("one", as: "maya")
            let field = fixture.workspace.catalog.fields.first { $0.name == "Department" }?.id.rawValue ?? 0
            let set = "{\"project\":{\"custom_fields\":[{\"id\":\(field),\"value\":\"Research\"}]}}"
            #expect(await fixture.send("PUT", "/projects/alpha.json", as: "admin", set).status == 204)
            for (value, isFound) in [
                ("Research", true), ("Sales", false), ("!Research", false), ("!Sales", true), ("*", true),
                ("!*", false),
            ] {
                let found = await numbers(fixture, "project.cf_\(field)=\(value)", among: [id])
                #expect(found == (isFound ? [id] : []), "\(value)")
            }
        }
    }
}
