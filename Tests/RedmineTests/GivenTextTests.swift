import Foundation
import ParleyModel
import Testing

@testable import ParleyService
@testable import RedmineDialect

/// What was given, what was not, and how lines end.
@Suite("texts as they were given")
struct GivenTextTests {
    @Test(
        "null, an empty text and nothing at all are three things",
        arguments: [
            ("POST", "/projects.json", "project", "\"name\":\"N\",\"identifier\":\"given\"", "description", "null"),
            ("POST", "/projects.json", "project", "\"name\":\"N\",\"identifier\":\"given\"", "homepage", "\"\""),
            ("POST", "/projects/alpha/versions.json", "version", "\"name\":\"given\"", "description", "\"\""),
            ("POST", "/projects/alpha/versions.json", "version", "\"name\":\"given\"", "wiki_page_title", "null"),
            ("PUT", "/projects/alpha/wiki/Given.json", "wiki_page", "\"text\":\"t\"", "comments", "null"),
            ("POST", "/projects/alpha/time_entries.json", "time_entry", "\"hours\":1,ACTIVITY", "comments", "null"),
        ])
    func given(
        _ method: String, _ path: String, _ name: String, _ members: String, _ text: String, _ absent: String
    ) async throws {
        for (given, told) in [(nil, absent), ("null", "null"), ("\"\"", "\"\""), ("\"x\"", "\"x\"")] {
            try await RedmineFixture.with { fixture in
                let activity = try #require(fixture.workspace.catalog.enumerations(.activity, project: nil).first)
                let content = members.replacingOccurrences(of: "ACTIVITY", with: "\"activity_id\":\(activity.id)")
                    + (given.map { ",\"\(text)\":\($0)" } ?? "")
                let answer = await fixture.send(method, path, as: "admin", "{\"\(name)\":{\(content)}}")
                #expect(answer.status == 201)
                let shown = name == "project" ? await fixture.send("GET", "/projects/given.json") : answer
                #expect(shown.text.contains("\"\(text)\":\(told)"), "\(text), \(given ?? "nothing"): \(shown.text)")
            }
        }
    }

    @Test("lines of a description end with CR LF, and sent back it is what it was")
    func lineEnds() async throws {
        try await RedmineFixture.with { fixture in
            let id = await fixture.issue("lines", as: "maya", "\"description\":\"a\\nb\\rc\\r\\nd\"")
            let shown = await fixture.send("GET", "/issues/\(id).json").text
            #expect(shown.contains("\"description\":\"a\\r\\nb\\r\\nc\\r\\nd\""))
            func change(_ text: String) async -> String {
                let content = "{\"issue\":{\"description\":\"\(text)\"}}"
                #expect(await fixture.send("PUT", "/issues/\(id).json", as: "maya", content).status == 204)
                return await fixture.send("GET", "/issues/\(id).json?include=journals").text
            }
            #expect(await change("a\\r\\nb\\r\\nc\\r\\nd").contains("\"journals\":[]"))
            #expect(await change("e\\nf").contains("\"new_value\":\"e\\r\\nf\""))
        }
    }

    @Test("the first answer to a password tells of that sign-in; a key is none")
    func lastSignIn() async throws {
        try await RedmineFixture.with { fixture in
            let key = await fixture.send("GET", "/users/current.json", as: "devon")
            #expect(key.text.contains("\"last_login_on\":null"))
            let words = Data("devon:devon-secret-1".utf8).base64EncodedString()
            let answer = await fixture.send(
                "GET", "/users/current.json", headers: [("Authorization", "Basic \(words)")])
            #expect(answer.text.contains("\"login\":\"devon\""))
            #expect(!answer.text.contains("\"last_login_on\":null"))
        }
    }

    @Test("a new issue tells its hours where the address names a project")
    func hoursOfNewIssues() async throws {
        try await RedmineFixture.with { fixture in
            let project = try #require(fixture.workspace.catalog.project(identifier: "alpha"))
            for (path, isTold) in [
                ("/issues.json", false), ("/issues.json?project_id=alpha", true), ("/projects/alpha/issues.json", true),
            ] {
                let content = "{\"issue\":{\"project_id\":\(project.id),\"subject\":\"s\"}}"
                let answer = await fixture.send("POST", path, as: "maya", content)
                #expect(answer.text.contains("spent_hours") == isTold)
            }
        }
    }

    @Test("visitors may not change time, and what time is logged on may stand beside it")
    func timeOfOthers() async throws {
        try await RedmineFixture.with { fixture in
            let issue = await fixture.issue("timed")
            let activity = try #require(fixture.workspace.catalog.enumerations(.activity, project: nil).first)
            let content = "{\"issue_id\":\(issue),\"time_entry\":{\"hours\":1,\"activity_id\":\(activity.id)}}"
            let made = await fixture.send("POST", "/time_entries.json", as: "maya", content)
            #expect(made.status == 201)
            #expect(made.text.contains("\"issue\":{\"id\":\(issue)}"))
            let path = "/time_entries/\(made.id).json"
            #expect(await fixture.send("PUT", path, as: nil, "{\"time_entry\":{\"hours\":2}}").status == 403)
            #expect(await fixture.send("DELETE", path).status == 401)
        }
    }

    @Test("what is in use or inherited is not deleted, and nothing is said of it")
    func refusedDeletions() async throws {
        try await RedmineFixture.with { fixture in
            let catalog = fixture.workspace.catalog
            let version = try #require(catalog.records.versions.values.first { $0.name == "1.0" })
            _ = await fixture.issue("planned", as: "maya", "\"fixed_version_id\":\(version.id)")
            let inherited = try #require(catalog.records.memberships.values.first {
                $0.project != nil && $0.roles.contains { $0.inheritedFrom != nil }
            })
            for path in ["/versions/\(version.id).json", "/memberships/\(inherited.id).json"] {
                let answer = await fixture.send("DELETE", path, as: "admin")
                #expect(answer.status == 422)
                #expect(answer.text.isEmpty)
            }
        }
    }
}
