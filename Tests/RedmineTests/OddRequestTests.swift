import Foundation
import ParleyHTTP
import ParleyModel
import Testing

@testable import ParleyService
@testable import RedmineDialect

/// What a random walk beside the original showed: rare requests, and what they do.
@Suite("rare requests")
struct OddRequestTests {
    private func errors(_ fixture: RedmineFixture, _ path: String, _ content: String, as login: String = "admin") async
        -> String
    {
        let answer = await fixture.send("POST", path, as: login, content)
        #expect([404, 422].contains(answer.status), "\(content): \(answer.status)")
        return answer.text
    }

    @Test(
        "faults of users and projects come in Redmine's order",
        arguments: [
            (
                "/users.json", "{\"user\":{\"login\":\"a b\",\"mail\":\"a@b\",\"lastname\":\"x\",\"status\":9}}",
                "[\"Status is invalid\",\"Email is invalid\",\"First name cannot be blank\",\"Login is invalid\"]"
            ),
            (
                "/users.json",
                """
                {"user":{"login":"u1","mail":"u@a.bc","firstname":"a","lastname":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
                "password":"","mail_notification":"x"}}
                """,
                """
                ["Last name is too long (maximum is 30 characters)","Email notifications is not included in the list",\
                "Password is too short (minimum is 8 characters)"]
                """
            ),
            (
                "/projects.json",
                "{\"project\":{\"name\":\"\",\"identifier\":\"UP\",\"homepage\":\""
                    + String(repeating: "x", count: 256) + "\"}}",
                "[\"Name cannot be blank\",\"Homepage is too long (maximum is 255 characters)\",\"Identifier is inv"
            ),
            ("/projects.json", "{\"project\":{\"tracker_ids\":[987654]}}", "Not Found"),
            ("/groups.json", "{\"group\":{\"name\":\"G\",\"user_ids\":[987654]}}", "Not Found"),
            (
                "/issues.json", "{\"issue\":{\"subject\":\"s\",\"done_ratio\":101,\"estimated_hours\":\"x\"}}",
                """
                ["Project cannot be blank","Tracker cannot be blank","Status cannot be blank",\
                "% Done is not included in the list","Estimated time is invalid"]
                """
            ),
            (
                "/issues.json",
                "{\"issue\":{\"project_id\":\"alpha\",\"subject\":\"s\",\"custom_fields\":"
                    + "[{\"id\":102,\"value\":[\"Fixed\"]}]}}",
                "[\"Resolution is invalid\"]"
            ),
        ])
    func faults(_ path: String, _ content: String, _ wanted: String) async throws {
        try await RedmineFixture.with { fixture in
            #expect(await errors(fixture, path, content).contains(wanted))
        }
    }

    @Test("wrong values for fields that somebody may not set are passed over like right ones")
    func notPermitted() async throws {
        try await RedmineFixture.with { fixture in
            let id = await fixture.issue("one", as: "maya")
            let content = "{\"issue\":{\"due_date\":\"never\",\"custom_field_values\":{\"104\":\"x\"},\"notes\":\"n\"}}"
            #expect(await fixture.send("PUT", "/issues/\(id).json", as: "rita", content).status == 204)
            #expect(await fixture.send("PUT", "/issues/\(id).json", as: "maya", content).status == 422)
        }
    }

    @Test("an author can be the assignee, and a category's assignee who cannot be refuses the issue")
    func assignees() async throws {
        try await RedmineFixture.with { fixture in
            let nora = try #require(fixture.workspace.catalog.user(login: "nora")).id
            let category = await fixture.send(
                "POST", "/projects/alpha/issue_categories.json", as: "admin",
                "{\"issue_category\":{\"name\":\"C\",\"assigned_to_id\":\(nora)}}")
            func make(_ login: String, _ more: String) async -> RedmineFixture.Answer {
                await fixture.send(
                    "POST", "/issues.json", as: login,
                    "{\"issue\":{\"project_id\":\"alpha\",\"subject\":\"s\",\(more)}}")
            }
            let refused = await make("maya", "\"category_id\":\(category.id)")
            #expect(refused.status == 422 && refused.text.contains("Assignee is invalid"))
            #expect(await make("nora", "\"category_id\":\(category.id)").status == 201)
            #expect(await make("admin", "\"assigned_to_id\":1").status == 201)
        }
    }

    @Test("an entry of the history gets a note later, and is hidden with it")
    func laterNotes() async throws {
        try await RedmineFixture.with { fixture in
            let id = await fixture.issue("one", as: "maya")
            _ = await fixture.send("PUT", "/issues/\(id).json", as: "maya", "{\"issue\":{\"done_ratio\":50}}")
            let path = "/issues/\(id).json?include=journals"
            let shown = await fixture.send("GET", path, as: "rita").text
            let rest = shown.components(separatedBy: "\"journals\":[{\"id\":").last
            let journal = "/journals/\(try #require(rest).prefix { $0.isNumber }).json"
            _ = await fixture.send("PUT", journal, as: "maya", "{\"journal\":{\"notes\":\"why\"}}")
            let noted = await fixture.send("GET", path, as: "rita").text
            #expect(noted.contains("\"notes\":\"why\"") && noted.contains("\"done_ratio\""))
            #expect(noted.components(separatedBy: "\"notes\":").count == 2)
            _ = await fixture.send("PUT", journal, as: "maya", "{\"journal\":{\"private_notes\":true}}")
            #expect(await fixture.send("GET", path, as: "rita").text.contains("\"journals\":[]"))
            let maya = try #require(fixture.workspace.catalog.user(login: "maya")).id
            let query = "/issues.json?updated_by=\(maya)&issue_id=\(id)"
            #expect(await fixture.send("GET", query, as: "rita").text.contains("\"issues\":[]"))
            #expect(await fixture.send("GET", query, as: "maya").text.contains("\"total_count\":1"))
        }
    }

    @Test("an issue that goes to another tree of projects leaves parent and links, and takes its subtasks along")
    func moving() async throws {
        try await RedmineFixture.with { fixture in
            let project = await fixture.send(
                "POST", "/projects.json", as: "admin", "{\"project\":{\"name\":\"Far\",\"identifier\":\"far\"}}")
            func make(_ subject: String, below parent: Int64?) async -> Int64 {
                let parent = parent.map { ",\"parent_issue_id\":\($0)" } ?? ""
                return await fixture.send(
                    "POST", "/issues.json", as: "admin",
                    "{\"issue\":{\"project_id\":\"alpha\",\"subject\":\"\(subject)\"\(parent)}}").id
            }
            let above = await make("above", below: nil)
            let moved = await make("moved", below: above)
            let below = await make("below", below: moved)
            let other = await make("other", below: nil)
            _ = await fixture.send(
                "POST", "/issues/\(moved)/relations.json", as: "admin",
                "{\"relation\":{\"issue_to_id\":\(other),\"relation_type\":\"blocks\"}}")
            _ = await fixture.send(
                "PUT", "/issues/\(moved).json", as: "admin", "{\"issue\":{\"project_id\":\(project.id)}}")
            let shown = await fixture.send("GET", "/issues/\(moved).json?include=relations", as: "admin").text
            #expect(!shown.contains("\"parent\"") && !shown.contains("\"relations\""))
            let child = await fixture.send("GET", "/issues/\(below).json?include=journals", as: "admin").text
            #expect(child.contains("\"name\":\"Far\"") && child.contains("\"journals\":[]"))
        }
    }

    @Test("issues are sorted by the day of their version, and by the tree they are in")
    func orders() async throws {
        try await RedmineFixture.with { fixture in
            func version(_ name: String, _ due: String) async -> Int64 {
                await fixture.send(
                    "POST", "/projects/alpha/versions.json", as: "admin",
                    "{\"version\":{\"name\":\"\(name)\"\(due)}}").id
            }
            let open = await version("a", "")
            let late = await version("b", ",\"due_date\":\"2027-02-01\"")
            let soon = await version("c", ",\"due_date\":\"2027-01-01\"")
            var issues: [Int64] = []
            for member in ["\(open)", "\(late)", "null", "\(soon)"] {
                issues.append(
                    await fixture.send(
                        "POST", "/issues.json", as: "admin",
                        """
                        {"issue":{"project_id":"alpha","subject":"s","fixed_version_id":\(member)}}
                        """).id)
            }
            let list = issues.map(String.init).joined(separator: ",")
            func order(_ sort: String) async -> [Int64] {
                await fixture.send("GET", "/issues.json?issue_id=\(list)&sort=\(sort)", as: "admin").text
                    .components(separatedBy: "{\"id\":").filter { $0.contains(",\"project\":") }
                    .compactMap { Int64($0.prefix { $0.isNumber }) }
            }
            let found = await order("fixed_version")
            #expect(found == [issues[3], issues[1], issues[2], issues[0]])
            _ = await fixture.send(
                "PUT", "/issues/\(issues[3]).json", as: "admin", "{\"issue\":{\"parent_issue_id\":\(issues[0])}}")
            _ = await fixture.send(
                "PUT", "/issues/\(issues[1]).json", as: "admin", "{\"issue\":{\"parent_issue_id\":\(issues[0])}}")
            #expect(await order("parent") == [issues[0], issues[3], issues[1], issues[2]])
            #expect(await order("parent:desc") == [issues[2], issues[0], issues[3], issues[1]])
        }
    }

    @Test("groups watch, users who cannot are a fault, and numbers that nobody has are not found")
    func watchers() async throws {
        try await RedmineFixture.with { fixture in
            let catalog = fixture.workspace.catalog
            let group = try #require(catalog.records.groups.values.first { $0.name == "QA" }).id
            let luke = try #require(catalog.user(login: "luke")).id
            func make(_ people: String) async -> RedmineFixture.Answer {
                await fixture.send(
                    "POST", "/issues.json", as: "admin",
                    "{\"issue\":{\"project_id\":\"alpha\",\"subject\":\"s\",\"watcher_user_ids\":\(people)}}")
            }
            let made = await make("[\(group)]")
            let shown = await fixture.send("GET", "/issues/\(made.id).json?include=watchers", as: "admin").text
            #expect(shown.contains("\"watchers\":[{\"id\":\(group),\"name\":\"QA\"}]"))
            #expect(await make("[\(luke)]").text.contains("Watchers is invalid"))
            #expect(await make("[987654]").status == 404)
        }
    }

    @Test("an unreadable day makes all filters of time entries void, and PATCH does not close a project")
    func voidFilters() async throws {
        try await RedmineFixture.with { fixture in
            let issue = await fixture.issue("one", as: "maya")
            let activity = try #require(fixture.workspace.catalog.enumerations(.activity, project: nil).first).id
            _ = await fixture.send(
                "POST", "/time_entries.json", as: "maya",
                "{\"time_entry\":{\"issue_id\":\(issue),\"hours\":\"1e0\",\"activity_id\":\(activity)}}")
            func count(_ query: String) async -> Bool {
                await fixture.send("GET", "/projects/alpha/time_entries.json?\(query)", as: "maya").text
                    .contains("\"total_count\":1")
            }
            #expect(await count("hours=%3E%3D5&from=abc"))
            #expect(await !count("hours=%3E%3D5"))
            #expect(await fixture.send("PATCH", "/projects/alpha/close.json", as: "maya").status == 404)
            #expect(await fixture.send("PATCH", "/projects/alpha.json", as: "maya", "{}").status == 204)
        }
    }
}
