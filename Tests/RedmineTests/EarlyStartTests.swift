import ParleyModel
import Testing

@testable import ParleyService
@testable import RedmineDialect

/// When an issue may start is told beside what is wrong with its parent and its project.
@Suite("starts before their time")
struct EarlyStartTests {
    private static let early = "\"start_date\":\"2026-01-05\""

    private struct Cast {
        var before: Int64
        var held: Int64
        var whole: Int64
        var plain: Int64
        var far: ProjectID
    }

    /// One that ends on 10 June 2026, and two that follow it.
    private func cast(_ fixture: RedmineFixture) async throws -> Cast {
        let before = await fixture.issue("a", as: "admin", "\"start_date\":\"2026-06-01\",\"due_date\":\"2026-06-10\"")
        let held = await fixture.issue("b", as: "admin")
        let whole = await fixture.issue("p", as: "admin")
        let plain = await fixture.issue("q", as: "admin")
        for (follower, delay) in [(held, 0), (whole, 3)] {
            let content = "{\"issue_to_id\":\(follower),\"relation_type\":\"precedes\",\"delay\":\(delay)}"
            let made = await fixture.send(
                "POST", "/issues/\(before)/relations.json", as: "admin", "{\"relation\":\(content)}")
            #expect(made.status == 201)
        }
        let far = try #require(fixture.workspace.catalog.project(identifier: "vault")).id
        return Cast(before: before, held: held, whole: whole, plain: plain, far: far)
    }

    private func told(_ day: String) -> String {
        "Start date cannot be earlier than \(day) because of preceding issues"
    }

    @Test("a parent holds a new issue back although it cannot be its parent")
    func foreignParent() async throws {
        try await RedmineFixture.with { fixture in
            let cast = try await cast(fixture)
            let content = "\"project_id\":\(cast.far),\"subject\":\"n\",\"parent_issue_id\":\(cast.whole),\(Self.early)"
            let answer = await fixture.send("POST", "/issues.json", as: "admin", "{\"issue\":{\(content)}}")
            #expect(answer.text == "{\"errors\":[\"\(told("06/16/2026"))\",\"Parent task is invalid\"]}")
        }
    }

    @Test("a parent that is left holds the issue back until then, and so do links that cannot be kept")
    func leaving() async throws {
        try await RedmineFixture.with { fixture in
            let cast = try await cast(fixture)
            func put(_ issue: Int64, _ content: String) async -> String {
                let body = "{\"issue\":{\(content),\(Self.early)}}"
                return await fixture.send("PUT", "/issues/\(issue).json", as: "admin", body).text
            }
            let below = "\"parent_issue_id\":\(cast.whole),\"start_date\":\"2026-07-01\""
            let child = await fixture.issue("c", as: "admin", below)
            #expect(await put(child, "\"parent_issue_id\":\"\"").contains(told("06/16/2026")))
            let other = await put(child, "\"parent_issue_id\":\(cast.plain)")
            #expect(other.isEmpty)
            #expect(await put(cast.held, "\"project_id\":\(cast.far)") == "{\"errors\":[\"\(told("06/11/2026"))\"]}")
            let both = "\"project_id\":\(cast.far),\"parent_issue_id\":\(cast.whole),\"assigned_to_id\":987654321"
            let sentences = "\"\(told("06/16/2026"))\",\"Assignee is invalid\",\"Parent task is invalid\""
            #expect(await put(cast.before, both) == "{\"errors\":[\(sentences)]}")
        }
    }

    @Test("a closed issue that is opened below itself is told that its parent is closed")
    func belowItself() async throws {
        try await RedmineFixture.with { fixture in
            let id = await fixture.issue("self", as: "admin")
            let statuses = fixture.workspace.catalog.statuses
            let closed = try #require(statuses.first { $0.name == "Closed" }).id
            let new = try #require(statuses.first { $0.name == "New" }).id
            func put(_ content: String) async -> String {
                await fixture.send("PUT", "/issues/\(id).json", as: "admin", "{\"issue\":{\(content)}}").text
            }
            #expect(await put("\"parent_issue_id\":\(id)").contains("[\"Parent task is invalid\"]"))
            #expect(await put("\"status_id\":\(closed)").isEmpty)
            let refused = await put("\"parent_issue_id\":\(id),\"status_id\":\(new)")
            #expect(refused == "{\"errors\":[\"An open issue cannot be attached to a closed parent task\"]}")
        }
    }
}
