import ParleyHTTP
import ParleyModel
import Testing

@testable import ParleyService
@testable import RedmineDialect

/// Members of projects, by themselves, through groups and from projects above.
@Suite("memberships")
struct MembershipTests {
    /// `login or group: role, role` of a project's members; inherited roles have a star.
    private func members(_ fixture: RedmineFixture, _ identifier: String) throws -> Set<String> {
        let catalog = fixture.workspace.catalog
        let project = try #require(catalog.project(identifier: identifier))
        return Set(
            catalog.memberships(in: project.id).map { membership in
                let roles = membership.roles.map { held in
                    (catalog.records.roles[held.role]?.name ?? "") + (held.inheritedFrom == nil ? "" : "*")
                }
                let name = catalog.user(membership.principal)?.login ?? catalog.name(of: membership.principal) ?? ""
                return "\(name): \(roles.joined(separator: ", "))"
            })
    }

    private func send(
        _ fixture: RedmineFixture, _ method: String, _ path: String, _ content: String? = nil
    ) async -> Int64 {
        let answer = await fixture.send(method, path, as: "admin", content)
        #expect([200, 201, 204].contains(answer.status), "\(method) \(path): \(answer.status) \(answer.text)")
        return answer.id
    }

    @Test("roles come down through groups and projects, and go with them")
    func inheritance() async throws {
        try await RedmineFixture.with { fixture in
            let catalog = fixture.workspace.catalog
            let nora = try #require(catalog.user(login: "nora")).id
            let rita = try #require(catalog.user(login: "rita")).id
            let role = { (name: String) in catalog.roles.first { $0.name == name }?.id.rawValue ?? 0 }
            let above = await send(
                fixture, "POST", "/projects.json", "{\"project\":{\"name\":\"Above\",\"identifier\":\"above\"}}")
            _ = await send(
                fixture, "POST", "/projects.json",
                """
                {"project":{"name":"B","identifier":"below","parent_id":\(above),"inherit_members":true}}
                """)
            let group = await send(
                fixture, "POST", "/groups.json", "{\"group\":{\"name\":\"Team\",\"user_ids\":[\(nora)]}}")
            let membership = await send(
                fixture, "POST", "/projects/above/memberships.json",
                "{\"membership\":{\"user_id\":\(group),\"role_ids\":[\(role("Reporter"))]}}")
            #expect(try members(fixture, "above") == ["Team: Reporter", "nora: Reporter*"])
            #expect(try members(fixture, "below") == ["Team: Reporter*", "nora: Reporter*"])
            _ = await send(fixture, "POST", "/groups/\(group)/users.json", "{\"user_id\":\(rita)}")
            #expect(try members(fixture, "below") == ["Team: Reporter*", "nora: Reporter*", "rita: Reporter*"])
            _ = await send(
                fixture, "PUT", "/memberships/\(membership).json",
                "{\"membership\":{\"role_ids\":[\(role("Developer"))]}}")
            #expect(try members(fixture, "below") == ["Team: Developer*", "nora: Developer*", "rita: Developer*"])
            _ = await send(fixture, "DELETE", "/groups/\(group)/users/\(nora).json")
            #expect(try members(fixture, "above") == ["Team: Developer", "rita: Developer*"])
            _ = await send(fixture, "DELETE", "/memberships/\(membership).json")
            #expect(try members(fixture, "above") == [])
            #expect(try members(fixture, "below") == [])
            let tidy = try await fixture.workspace.write(as: .system) { transaction in
                let before = transaction.records.memberships
                try transaction.inheritMemberships()
                return transaction.records.memberships == before
            }
            #expect(tidy)
        }
    }

    @Test("what a member inherits cannot be taken from them, and own roles come beside it")
    func inheritedRoles() async throws {
        try await RedmineFixture.with { fixture in
            let catalog = fixture.workspace.catalog
            let greta = try #require(catalog.user(login: "greta")).id
            let alpha = try #require(catalog.project(identifier: "alpha")).id
            let developer = try #require(catalog.roles.first { $0.name == "Developer" }).id
            let row = try #require(catalog.memberships(in: alpha).first { $0.principal == greta })
            #expect(await fixture.send("DELETE", "/memberships/\(row.id).json", as: "maya").status == 422)
            let content = "{\"membership\":{\"role_ids\":[\(developer)]}}"
            #expect(await fixture.send("PUT", "/memberships/\(row.id).json", as: "devon", content).status == 403)
            #expect(await fixture.send("PUT", "/memberships/\(row.id).json", as: "maya", content).status == 204)
            #expect(try members(fixture, "alpha").contains("greta: Reporter*, Developer"))
            let none = await fixture.send("PUT", "/memberships/\(row.id).json", as: "maya", "{\"membership\":{}}")
            #expect(none.status == 204)
            #expect(try members(fixture, "alpha").contains("greta: Reporter*"))
        }
    }

    @Test("versions and categories that go leave no trace in issues, and one in use stays")
    func references() async throws {
        try await RedmineFixture.with { fixture in
            let version = await send(
                fixture, "POST", "/projects/alpha/versions.json",
                "{\"version\":{\"name\":\"V\",\"sharing\":\"descendants\"}}")
            let category = await send(
                fixture, "POST", "/projects/alpha-tools/issue_categories.json", "{\"issue_category\":{\"name\":\"C\"}}")
            let issue = await send(
                fixture, "POST", "/issues.json",
                """
                {"issue":{"project_id":"alpha-tools","subject":"s","fixed_version_id":\(version),\
                "category_id":\(category),"estimated_hours":2.5}}
                """)
            let shown = await fixture.send("GET", "/versions/\(version).json", as: "maya")
            #expect(shown.text.contains("\"estimated_hours\":2.5,\"spent_hours\":0.0"))
            #expect(await fixture.send("DELETE", "/versions/\(version).json", as: "maya").status == 422)
            _ = await send(fixture, "PUT", "/versions/\(version).json", "{\"version\":{\"sharing\":\"none\"}}")
            _ = await send(fixture, "DELETE", "/issue_categories/\(category).json")
            let left = await fixture.send("GET", "/issues/\(issue).json?include=journals", as: "maya").text
            #expect(!left.contains("\"fixed_version\":") && !left.contains("\"category\":"))
            #expect(left.contains("\"name\":\"fixed_version_id\"") && !left.contains("\"name\":\"category_id\""))
            _ = await send(fixture, "DELETE", "/versions/\(version).json")
            let problems = try await fixture.workspace.check()
            #expect(problems.isEmpty)
        }
    }
}
