import Foundation
import ParleyHTTP
import ParleyModel
import Testing

@testable import ParleyService
@testable import RedmineDialect

/// Work that is logged, on issues and in projects at large.
@Suite("time entries")
struct TimeEntryTests {
    /// Names of the fixture's entities as numbers.
    private struct World {
        let fixture: RedmineFixture
        let activity: Int64
        let catalog: Catalog

        init(_ fixture: RedmineFixture) throws {
            self.fixture = fixture
            catalog = fixture.workspace.catalog
            activity = try #require(catalog.enumerations(.activity).first).id.rawValue
        }

        func user(_ login: String) throws -> Int64 { try #require(catalog.user(login: login)).id.rawValue }
        func project(_ identifier: String) throws -> Int64 {
            try #require(catalog.project(identifier: identifier)).id.rawValue
        }

        func log(_ members: String, as login: String) async -> RedmineFixture.Answer {
            await fixture.send(
                "POST", "/time_entries.json", as: login, "{\"time_entry\":{\"activity_id\":\(activity),\(members)}}")
        }

        /// The number of entries that somebody finds.
        func total(_ query: String, as login: String?) async -> String {
            let answer = await fixture.send("GET", "/time_entries.json?\(query)", as: login)
            let digits = answer.text.components(separatedBy: "\"total_count\":").last?.prefix { $0.isNumber }
            return String(digits ?? "")
        }

        func history(of issue: Int64) async throws -> [Changeset] {
            let id = IssueID(issue)
            return try await fixture.workspace.read(as: .system) { reader in
                try reader.history(of: try reader.issue(id).issue).map(\.changeset)
            }
        }
    }

    private func times(_ history: [Changeset]) -> [[Value?]] {
        history.flatMap(\.entries).filter { $0.kind == .time }.map { [$0.detail.old?.first, $0.detail.new?.first] }
    }

    @Test("what is logged, corrected, moved and deleted stands in the issues' histories")
    func history() async throws {
        try await RedmineFixture.with { fixture in
            let world = try World(fixture)
            let first = await fixture.issue("one")
            let second = await fixture.issue("two")
            let entry = await world.log("\"issue_id\":\(first),\"hours\":\"1:30\"", as: "devon").id
            let path = "/time_entries/\(entry).json"
            for change in ["{\"hours\":2}", "{\"issue_id\":\(second)}", "{\"issue_id\":\"\"}", "{\"hours\":3}"] {
                let answer = await fixture.send("PUT", path, as: "maya", "{\"time_entry\":\(change)}")
                #expect(answer.status == 204, "\(change)")
            }
            let hour: Int64 = 3_600_000
            let begun = times(try await world.history(of: first))
            #expect(
                begun == [
                    [nil, .duration(hour * 3 / 2)], [.duration(hour * 3 / 2), .duration(hour * 2)],
                    [.duration(hour * 2), nil],
                ])
            let passed = times(try await world.history(of: second))
            #expect(passed == [[nil, .duration(hour * 2)], [.duration(hour * 2), nil]])
            #expect(await fixture.send("GET", path, as: "devon").text.contains("\"hours\":3.0"))
            #expect(await fixture.send("DELETE", path, as: "maya").status == 204)
            #expect(await fixture.send("GET", path, as: "maya").status == 404)
            let problems = try await fixture.workspace.check()
            #expect(problems.isEmpty)
        }
    }

    @Test("logged time is no journal, and makes nobody a watcher")
    func quiet() async throws {
        try await RedmineFixture.with { fixture in
            let world = try World(fixture)
            let issue = await fixture.issue("quiet")
            _ = await world.log("\"issue_id\":\(issue),\"hours\":1", as: "rita")
            let answer = await fixture.send("GET", "/issues/\(issue).json?include=journals,watchers", as: "maya")
            #expect(answer.text.contains("\"journals\":[]"))
            #expect(answer.text.contains("\"watchers\":[]"))
            #expect(answer.text.contains("\"spent_hours\":1.0"))
        }
    }

    @Test("entries on issues that one does not see are neither shown nor counted")
    func invisibleIssues() async throws {
        try await RedmineFixture.with { fixture in
            let world = try World(fixture)
            let open = await fixture.issue("open", as: "maya")
            let hidden = await fixture.issue("hidden", as: "maya", "\"is_private\":true")
            _ = await world.log("\"issue_id\":\(open),\"hours\":1", as: "maya")
            let entry = await world.log("\"issue_id\":\(hidden),\"hours\":1", as: "maya").id
            _ = await world.log("\"project_id\":\(try world.project("vault")),\"hours\":1", as: "maya")
            for (login, total) in [("maya", "3"), ("rita", "1"), ("nora", "1")] {
                #expect(await world.total("", as: login) == total, "\(login)")
            }
            #expect(await world.total("", as: nil) == "1")
            #expect(await fixture.send("GET", "/time_entries/\(entry).json", as: "rita").status == 403)
            #expect(await fixture.send("GET", "/time_entries/\(entry).json").status == 401)
            #expect(await world.total("issue.tracker_id=1", as: "rita") == "1")
        }
    }

    @Test("a role that sees its own time only sees and counts no other")
    func ownTime() async throws {
        try await RedmineFixture.with { fixture in
            let world = try World(fixture)
            try await fixture.workspace.write(as: .system) { transaction in
                for var role in transaction.catalog.roles where role.name == "Reporter" {
                    role.grants = role.grants.map { grant in
                        var other = grant
                        other.actions.remove(.viewTimeEntries)
                        return other
                    }
                    role.grants.append(
                        Grant(subject: .role(role.id), actions: [.viewTimeEntries], condition: .isCreator))
                    try transaction.put(role)
                }
            }
            let issue = await fixture.issue("shared")
            let other = await world.log("\"issue_id\":\(issue),\"hours\":1", as: "devon").id
            let own = await world.log("\"issue_id\":\(issue),\"hours\":1", as: "rita").id
            #expect(await world.total("project_id=alpha", as: "rita") == "1")
            #expect(await world.total("project_id=alpha", as: "devon") == "2")
            #expect(await fixture.send("GET", "/time_entries/\(own).json", as: "rita").status == 200)
            #expect(await fixture.send("GET", "/time_entries/\(other).json", as: "rita").status == 403)
        }
    }

    @Test(
        "faults are told in Redmine's words and order",
        arguments: [
            ("\"hours\":1", "Project cannot be blank\",\"Project is invalid"),
            ("\"project_id\":PROJECT", "Hours cannot be blank"),
            ("\"project_id\":PROJECT,\"hours\":\"abc\"", "Hours is invalid"),
            (
                "\"project_id\":PROJECT,\"hours\":1,\"spent_on\":\"x\"",
                "Date cannot be blank\",\"Date is not a valid date"
            ),
            ("\"project_id\":PROJECT,\"hours\":1,\"activity_id\":null", "Activity cannot be blank"),
            ("\"project_id\":PROJECT,\"hours\":1,\"activity_id\":999", "Activity is not included in the list"),
            ("\"project_id\":PROJECT,\"hours\":1,\"user_id\":1", "User is invalid"),
            ("\"project_id\":PROJECT,\"hours\":1e300", "Cannot log more than 999:00 hours on the same day (0:00 hours"),
            (
                "\"project_id\":PROJECT,\"hours\":1000",
                "Cannot log more than 999:00 hours on the same day (0:00 hours have already been logged)"
            ),
            ("\"project_id\":\"alpha\",\"hours\":1", "[\"Project is invalid\"]"),
            ("\"project_id\":PROJECT,\"hours\":1,\"user_id\":\"\"", "[\"User cannot be blank\"]"),
            ("\"project_id\":PROJECT,\"hours\":1,\"spent_on\":\"2026-1-5\"", "[\"Date is not a valid date\"]"),
            ("\"issue_id\":99999999999,\"hours\":1", "Issue is invalid"),
            ("\"issue_id\":\"-9223372036854775809\",\"hours\":1", "Issue is invalid"),
        ])
    func faults(_ members: String, _ words: String) async throws {
        try await RedmineFixture.with { fixture in
            let world = try World(fixture)
            let project = String(try world.project("alpha"))
            let content = members.replacingOccurrences(of: "PROJECT", with: project)
            let answer = await world.log(content, as: "devon")
            #expect(answer.status == 422)
            #expect(answer.text.contains(words), "\(answer.text)")
        }
    }

    @Test(
        "filters find what they say, and a faulty one makes all void",
        arguments: [
            ("hours=2", "1"), ("hours=%3E%3D2", "2"), ("hours=%3E%3C1|2", "2"), ("comments=~review", "1"),
            ("comments=!*", "2"), ("user_id=me", "2"), ("user_id=!me", "1"), ("issue_id=*", "1"), ("issue_id=!*", "2"),
            ("spent_on=%3E%3D2026-03-01", "2"), ("from=2026-03-01&to=2026-03-31", "1"), ("from=x&to=2026-03-31", "3"),
            ("spent_on=bad&hours=2", "3"), ("hours=abc&user_id=me", "3"), ("project_id=alpha-tools", "1"),
            ("project_id=alpha&subproject_id=!*", "2"), ("issue.status_id=o", "1"), ("project.status=5", "0"),
            ("activity_id=99999999999999999999", "0"), ("f[]=hours&op[hours]=%3D&v[hours][]=2", "1"),
        ])
    func filters(_ query: String, _ total: String) async throws {
        try await RedmineFixture.with { fixture in
            let world = try World(fixture)
            let issue = await fixture.issue("filtered")
            let alpha = try world.project("alpha")
            let tools = try world.project("alpha-tools")
            _ = await world.log(
                "\"issue_id\":\(issue),\"hours\":1,\"spent_on\":\"2026-02-01\",\"comments\":\"Code Review\"",
                as: "maya")
            _ = await world.log("\"project_id\":\(alpha),\"hours\":2,\"spent_on\":\"2026-03-01\"", as: "devon")
            _ = await world.log("\"project_id\":\(tools),\"hours\":4,\"spent_on\":\"2026-04-01\"", as: "maya")
            #expect(await world.total(query, as: "maya") == total)
        }
    }

    @Test("custom fields of time entries filter and sort")
    func customFields() async throws {
        try await RedmineFixture.with { fixture in
            let world = try World(fixture)
            let field = try #require(world.catalog.fields.first { $0.name == "Billable" })
            try await fixture.workspace.write(as: .system) { transaction in
                var changed = field
                changed.filter = true
                try transaction.put(changed)
            }
            let alpha = try world.project("alpha")
            let values = "\"custom_fields\":[{\"id\":\(field.id),\"value\":\"0\"}]"
            let free = await world.log("\"project_id\":\(alpha),\"hours\":1,\(values)", as: "devon").id
            _ = await world.log("\"project_id\":\(alpha),\"hours\":1", as: "devon")
            #expect(await world.total("cf_\(field.id)=0", as: "devon") == "1")
            #expect(await world.total("cf_\(field.id)=!0", as: "devon") == "1")
            let sorted = await fixture.send("GET", "/time_entries.json?sort=cf_\(field.id)", as: "devon")
            #expect(sorted.id == free)
        }
    }
}
