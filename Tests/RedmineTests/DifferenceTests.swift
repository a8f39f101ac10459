import Foundation
import ParleyHTTP
import ParleyModel
import Testing

@testable import ParleyService
@testable import RedmineDialect

/// What differs from Redmine on purpose: each test holds a page of `docs/differences`, which its comment names, to what
/// happens.
@Suite("what differs from Redmine")
struct DifferenceTests {
    /// `values-of-custom-fields.md`.
    @Test("a field's form holds for the whole text, and an object is none")
    func forms() async throws {
        try await RedmineFixture.with { fixture in
            func post(_ field: Int, _ value: String) async -> String {
                let name = field == 105 ? "Feature" : "Bug"
                let type = fixture.workspace.catalog.types.first { $0.name == name }?.id.rawValue ?? 0
                let members = "\"project_id\":\"alpha\",\"subject\":\"s\",\"tracker_id\":\(type)"
                let content = "{\"issue\":{\(members),\"custom_field_values\":{\"\(field)\":\(value)}}}"
                return await fixture.send("POST", "/issues.json", as: "maya", content).text
            }
            #expect(await post(104, "\"AB-1\\nanything\"") == "{\"errors\":[\"Ticket code is invalid\"]}")
            #expect(await post(105, "\"5\\nx\"") == "{\"errors\":[\"Story points is not a number\"]}")
            #expect(await post(107, "\"2026-01-02\\nx\"") == "{\"errors\":[\"Found on is not a valid date\"]}")
            #expect(await post(103, "{\"a\":\"1\"}") == "{\"errors\":[\"Customer is invalid\"]}")
            #expect(await post(106, "{}") == "{\"errors\":[\"Needs docs is invalid\"]}")
        }
    }

    /// `values-of-other-kinds.md`.
    @Test(
        "values of other kinds are none",
        arguments: [
            ("\"subject\":[1]", "[\"Subject cannot be blank\"]"), ("\"description\":[1]", "\"description\":null"),
            ("\"start_date\":20260101", "[\"Start date is not a valid date\"]"),
            ("\"start_date\":false", "[\"Start date is not a valid date\"]"),
            ("\"due_date\":\"0000-01-01\"", "\"Due date is not a valid date\""),
            ("\"estimated_hours\":2499999999999", "\"estimated_hours\":2499999999999.0"),
            ("\"estimated_hours\":2500000000000", "[\"Estimated time is invalid\"]"),
            ("\"estimated_hours\":\"1e300\"", "[\"Estimated time is invalid\"]"),
            ("\"subject\":1e15", "\"subject\":\"1000000000000000.0\""),
        ])
    func kinds(_ members: String, _ wanted: String) async throws {
        try await RedmineFixture.with { fixture in
            let subject = members.contains("subject") ? "" : "\"subject\":\"s\","
            let content = "{\"issue\":{\"project_id\":\"alpha\",\(subject)\(members)}}"
            #expect(await fixture.send("POST", "/issues.json", as: "maya", content).text.contains(wanted))
            let id = await fixture.issue("n", as: "maya")
            let note = "{\"issue\":{\"notes\":[1],\"subject\":{}}}"
            #expect(await fixture.send("PUT", "/issues/\(id).json", as: "maya", note).status == 204)
            let shown = await fixture.send("GET", "/issues/\(id).json?include=journals", as: "maya").text
            #expect(shown.contains("\"journals\":[]") && shown.contains("\"subject\":\"n\""))
            let names = "[[\"wiki\"],{\"a\":1},\"\(String(repeating: "x", count: 256))\",\"news\"]"
            let modules = "{\"project\":{\"enabled_module_names\":\(names)}}"
            #expect(await fixture.send("PUT", "/projects/alpha.json", as: "admin", modules).status == 204)
            let project = await fixture.send("GET", "/projects/alpha.json?include=enabled_modules", as: "admin").text
            #expect(project.components(separatedBy: "\"enabled_modules\":[").last?.filter { $0 == "{" }.count == 1)
        }
    }

    /// `unchecked-changes.md`.
    @Test("a refused request has changed nothing, and a parent whose subtasks went keeps its dates")
    func unchecked() async throws {
        try await RedmineFixture.with { fixture in
            let refused = "{\"project\":{\"name\":\"\",\"tracker_ids\":[],\"enabled_module_names\":[]}}"
            let path = "/projects/alpha.json"
            let before = await fixture.send("GET", path + "?include=trackers,enabled_modules", as: "admin").text
            #expect(await fixture.send("PUT", path, as: "admin", refused).status == 422)
            #expect(await fixture.send("GET", path + "?include=trackers,enabled_modules", as: "admin").text == before)
            let members = await fixture.send("GET", "/projects/alpha/memberships.json", as: "admin")
            let roleless = "{\"membership\":{\"role_ids\":[]}}"
            let answer = await fixture.send("PUT", "/memberships/\(members.id).json", as: "admin", roleless)
            #expect(answer.text == "{\"errors\":[\"Role cannot be empty\"]}")
            #expect(await fixture.send("GET", "/projects/alpha/memberships.json", as: "admin").text == members.text)
            let parent = await fixture.issue("whole", as: "maya")
            let days = "\"start_date\":\"2026-05-04\",\"due_date\":\"2026-05-06\""
            let child = await fixture.issue("part", as: "maya", "\"parent_issue_id\":\(parent),\(days)")
            _ = await fixture.issue("lowest", as: "maya", "\"parent_issue_id\":\(child),\"due_date\":\"2026-12-31\"")
            let dated = await fixture.send("GET", "/issues/\(parent).json", as: "maya").text
            #expect(dated.contains("\"due_date\":\"2026-12-31\""))
            #expect(await fixture.send("DELETE", "/issues/\(child).json", as: "maya").status == 204)
            let left = await fixture.send("GET", "/issues/\(parent).json", as: "maya").text
            #expect(left.contains("\"due_date\":\"2026-12-31\""))
        }
    }

    /// `revisions.md`.
    @Test("every new issue stands at revision 1")
    func revisions() async throws {
        try await RedmineFixture.with { fixture in
            let parent = await fixture.issue("whole", as: "maya")
            let child = await fixture.issue("part", as: "maya", "\"parent_issue_id\":\(parent)")
            for (revision, status) in [(0, 422), (2, 422), (1, 204)] {
                let content = "{\"issue\":{\"lock_version\":\(revision),\"subject\":\"new\"}}"
                #expect(await fixture.send("PUT", "/issues/\(child).json", as: "maya", content).status == status)
            }
        }
    }

    /// `server-errors.md`.
    @Test(
        "what makes Redmine fail inside has an answer",
        arguments: [
            ("GET", "/issues.json?set_filter=1&f[]=tracker_id&op[tracker_id]=c&v[tracker_id][]=1", "", [200]),
            ("POST", "/projects/alpha/news.json", "{\"news\":{\"title\":\"t\",\"description\":\"LONG\"}}", [204]),
            ("POST", "/projects/alpha/files.json", "{\"file\":{\"token\":\"1.x\",\"version_id\":987654}}", [404]),
            ("PUT", "/projects/alpha.json", "{\"project\":{\"tracker_ids\":[1,1]}}", [204]),
            ("POST", "/projects/alpha/issues.json", "{\"issue\":{\"subject\":\"s\",\"start_date\":[1]}}", [201]),
            ("POST", "/issues.json", "{\"issue\":{\"project_id\":[1],\"subject\":\"s\"}}", [422]),
            ("POST", "/projects/alpha/issues.json", "{\"issue\":{\"subject\":\"s\",\"is_private\":null}}", [201]),
            ("POST", "/projects/alpha/issues.json", "{\"issue\":{\"subject\":\"s\",\"lock_version\":null}}", [201]),
            ("POST", "/projects/alpha/issues.json", "{\"issue\":{\"subject\":\"s\",\"custom_fields\":5}}", [201]),
        ])
    func inside(_ method: String, _ path: String, _ content: String, _ statuses: [Int]) async throws {
        try await RedmineFixture.with { fixture in
            let content = content.replacingOccurrences(of: "LONG", with: String(repeating: "x", count: 256))
            let answer = await fixture.send(method, path, as: "admin", content.isEmpty ? nil : content)
            #expect(statuses.contains(answer.status), "\(answer.status) \(answer.text)")
            var request = Request(method: "POST", path: "/issues.json")
            request.headers.add("Content-Type", "application/json")
            request.body = .bytes([0x7B, 0xFF, 0xFE])
            #expect(await fixture.frontEnd.respond(to: request).status == 400)
        }
    }

    /// `addresses-without-format.md`.
    @Test("an address without a format takes nothing")
    func formats() async throws {
        try await RedmineFixture.with { fixture in
            let content = "{\"issue\":{\"project_id\":\"alpha\",\"subject\":\"s\"}}"
            for (method, path, status) in [
                ("POST", "/issues", 406), ("POST", "/issues.txt", 406), ("PUT", "/issues/1", 406),
                ("POST", "/nothing", 404),
            ] {
                let answer = await fixture.send(method, path, as: "maya", content)
                #expect(answer.status == status && answer.text.isEmpty, "\(method) \(path): \(answer.status)")
            }
        }
    }

    /// `empty-texts.md`.
    @Test("an empty note is none, and an empty description is empty")
    func notes() async throws {
        try await RedmineFixture.with { fixture in
            let id = await fixture.issue("n", as: "maya", "\"description\":\"\"")
            func put(_ content: String) async {
                _ = await fixture.send("PUT", "/issues/\(id).json", as: "maya", "{\"issue\":{\(content)}}")
            }
            func shown() async -> String {
                await fixture.send("GET", "/issues/\(id).json?include=journals", as: "maya").text
            }
            for content in ["\"notes\":null", "\"notes\":\"\"", "\"notes\":\"  \""] { await put(content) }
            #expect(await shown().contains("\"journals\":[]"))
            await put("\"notes\":null,\"subject\":\"m\"")
            await put("\"notes\":\"  \",\"done_ratio\":50")
            let text = await shown()
            #expect(text.components(separatedBy: "\"notes\":\"\"").count == 3 && !text.contains("\"notes\":null"))
        }
    }

    /// `copies-and-delays.md`.
    @Test("copies need a place, and delays end with the year 9999")
    func copies() async throws {
        try await RedmineFixture.with { fixture in
            let first = await fixture.issue("a", as: "maya", "\"due_date\":\"2027-06-10\"")
            let placeless = "{\"copy_from\":\(first),\"issue\":{}}"
            let answer = await fixture.send("POST", "/issues.json", as: "maya", placeless)
            #expect(answer.status == 422 && answer.text.contains("Project cannot be blank"))
            let list = "{\"copy_from\":[\(first)],\"issue\":{\"project_id\":\"alpha\"}}"
            #expect(await fixture.send("POST", "/projects/alpha/issues.json", as: "maya", list).status == 404)
            for (delay, told) in [("3000000", "3000000"), ("99999999999999999999", "9223372036854775807")] {
                let second = await fixture.issue("b", as: "maya")
                let content = "{\"issue_to_id\":\(second),\"relation_type\":\"precedes\",\"delay\":\(delay)}"
                let made = await fixture.send(
                    "POST", "/issues/\(first)/relations.json", as: "maya", "{\"relation\":\(content)}")
                #expect(made.text.contains("\"delay\":\(told)"))
                let shown = await fixture.send("GET", "/issues/\(second).json", as: "maya").text
                #expect(shown.contains("\"start_date\":\"9999-12-31\""))
            }
        }
    }

    /// `private-issues.md`.
    @Test("nothing is told of issues that the asking user does not see")
    func privacy() async throws {
        try await RedmineFixture.with { fixture in
            let parent = await fixture.issue("whole", as: "maya")
            let hidden = await fixture.issue("hidden", as: "maya", "\"is_private\":true,\"parent_issue_id\":\(parent)")
            let open = await fixture.issue("open", as: "maya")
            let activity = try #require(fixture.workspace.catalog.enumerations(.activity, project: nil).first).id
            let entry = await fixture.send(
                "POST", "/time_entries.json", as: "maya",
                "{\"time_entry\":{\"issue_id\":\(hidden),\"hours\":2,\"activity_id\":\(activity)}}").id
            let relation = await fixture.send(
                "POST", "/issues/\(open)/relations.json", as: "maya",
                "{\"relation\":{\"issue_to_id\":\(hidden),\"relation_type\":\"blocks\"}}").id
            func ask(
                _ path: String, _ method: String = "GET", as login: String = "devon"
            ) async -> RedmineFixture.Answer {
                let content = method == "POST" ? "{\"relation\":{\"issue_to_id\":\(open)}}" : nil
                return await fixture.send(method, path, as: login, content)
            }
            let shown = await ask("/issues/\(parent).json?include=children").text
            #expect(!shown.contains("hidden") && !shown.contains("\"children\""))
            #expect(!shown.contains("\"total_spent_hours\":2"))
            #expect(await ask("/issues/\(hidden)/relations.json").status == 403)
            #expect(await ask("/issues/\(hidden)/relations.json", "POST").status == 403)
            #expect(await ask("/relations/\(relation).json").status == 404)
            #expect(await ask("/relations/\(relation).json", "DELETE").status == 404)
            #expect(await ask("/issues/\(open)/relations.json").text == "{\"relations\":[]}")
            #expect(await ask("/issues.json?blocks=*").text.contains("\"total_count\":0"))
            #expect(await ask("/issues.json?blocks=*", as: "maya").text.contains("\"total_count\":1"))
            let told = await ask("/issues/\(open).json?include=journals", as: "maya").text
            let journal = told.components(separatedBy: "\"journals\":[{\"id\":").last?.prefix { $0.isNumber } ?? ""
            #expect(await ask("/issues/\(open).json?include=journals").text.contains("\"journals\":[]"))
            #expect(await ask("/journals/\(journal).json", "PUT").status == 404)
            #expect(await ask("/journals/\(journal).json", "PUT", as: "rita").status == 404)
            #expect(await ask("/time_entries/\(entry).json").status == 403)
            #expect(await ask("/projects/alpha/time_entries.json").text.contains("\"time_entries\":[]"))
            #expect(await ask("/issues/\(hidden).json").status == 403)
            let content = "{\"issue\":{\"parent_issue_id\":\(open)}}"
            _ = await fixture.send("PUT", "/issues/\(parent).json", as: "maya", content)
            #expect(await ask("/issues/\(parent).json").text.contains("\"parent\":{\"id\":\(open)}"))
            let bare = await fixture.issue("logged", as: "devon")
            let logged = "{\"time_entry\":{\"issue_id\":\(bare),\"hours\":1,\"activity_id\":\(activity)}}"
            _ = await fixture.send("POST", "/time_entries.json", as: "devon", logged)
            let heir = await fixture.issue("secret", as: "maya", "\"is_private\":true")
            try await fixture.grant("Developer", .deleteIssues)
            let path = "/issues/\(bare).json?todo=reassign&reassign_to_id=\(heir)"
            #expect(await ask(path, "DELETE", as: "devon").status == 406)
        }
    }
}

extension RedmineFixture {
    /// Lets a role do one thing more.
    fileprivate func grant(_ name: String, _ action: Action) async throws {
        try await workspace.write(as: .system) { transaction in
            guard var role = transaction.records.roles.values.first(where: { $0.name == name }), !role.grants.isEmpty
            else { return }
            role.grants[0].actions.insert(action)
            try transaction.put(role)
        }
    }
}
