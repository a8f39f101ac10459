import Foundation
import ParleyModel
import Testing

@testable import ParleyService
@testable import RedmineDialect

/// Where things go that belonged to what is deleted, and what projects are given beside that.
@Suite("deletions and what is left")
struct DeletionTests {
    private func log(on issue: Int64, _ fixture: RedmineFixture) async throws -> Int64 {
        let activity = try #require(fixture.workspace.catalog.enumerations(.activity, project: nil).first).id
        let content = "{\"time_entry\":{\"issue_id\":\(issue),\"hours\":1,\"activity_id\":\(activity)}}"
        return await fixture.send("POST", "/time_entries.json", as: "maya", content).id
    }

    @Test("time goes with its issue, or to the project or another issue where that is asked for")
    func time() async throws {
        try await RedmineFixture.with { fixture in
            let heir = await fixture.issue("heir", as: "maya")
            for (query, issue) in [
                ("", nil), ("?todo=destroy", nil), ("?todo=x", nil), ("?todo=nullify", 0),
                ("?todo=reassign&reassign_to_id=\(heir)", heir), ("?todo=reassign&reassign_to_id=\(heir)abc", heir),
            ] as [(String, Int64?)] {
                let parent = await fixture.issue("whole", as: "maya")
                let child = await fixture.issue("part", as: "maya", "\"parent_issue_id\":\(parent)")
                let entry = try await log(on: child, fixture)
                #expect(await fixture.send("DELETE", "/issues/\(parent).json\(query)", as: "maya").status == 204)
                let shown = await fixture.send("GET", "/time_entries/\(entry).json", as: "maya")
                #expect(shown.status == (issue == nil ? 404 : 200))
                let told = shown.text.contains("\"issue\":{\"id\":\(heir)}")
                #expect(told == (issue == heir))
            }
            let problems = try await fixture.workspace.check()
            #expect(problems.isEmpty)
        }
    }

    @Test("time is not given to an issue that goes as well, is elsewhere, or is none; then nothing is deleted")
    func noHeir() async throws {
        try await RedmineFixture.with { fixture in
            let content = "{\"issue\":{\"project_id\":\"vault\",\"subject\":\"far\"}}"
            let far = await fixture.send("POST", "/issues.json", as: "admin", content).id
            let issue = await fixture.issue("one", as: "maya")
            let entry = try await log(on: issue, fixture)
            for heir in ["\(issue)", "\(far)", "987654321", "abc", ""] {
                let path = "/issues/\(issue).json?todo=reassign&reassign_to_id=\(heir)"
                #expect(await fixture.send("DELETE", path, as: "maya").status == 406)
            }
            #expect(await fixture.send("GET", "/time_entries/\(entry).json", as: "maya").status == 200)
            let bare = await fixture.issue("without time", as: "maya")
            let path = "/issues/\(bare).json?todo=reassign&reassign_to_id=abc"
            #expect(await fixture.send("DELETE", path, as: "maya").status == 204)
        }
    }

    @Test("of several issues those that are there go, and what went with a parent is gone already")
    func several() async throws {
        try await RedmineFixture.with { fixture in
            let parent = await fixture.issue("whole", as: "maya")
            let child = await fixture.issue("part", as: "maya", "\"parent_issue_id\":\(parent)")
            let ids = [987_654_321, parent, child, parent].map { "ids[]=\($0)" }.joined(separator: "&")
            #expect(await fixture.send("DELETE", "/issues.json?\(ids)", as: "maya").status == 204)
            #expect(await fixture.send("DELETE", "/issues.json?\(ids)", as: "maya").status == 404)
        }
    }

    @Test("a category's issues go to another one of the project, unless something else is to be done")
    func categories() async throws {
        try await RedmineFixture.with { fixture in
            func category(_ name: String, in project: String = "alpha") async -> Int64 {
                await fixture.send(
                    "POST", "/projects/\(project)/issue_categories.json", as: "admin",
                    "{\"issue_category\":{\"name\":\"\(name)\"}}").id
            }
            let heir = await category("heir")
            let foreign = await category("foreign", in: "vault")
            for (index, (query, isKept)) in [
                ("reassign_to_id=\(heir)", true), ("todo=reassign&reassign_to_id=\(heir)x", true),
                ("todo=nullify&reassign_to_id=\(heir)", false), ("todo=x&reassign_to_id=\(heir)", false),
                ("reassign_to_id=\(foreign)", false), ("reassign_to_id=987654321", false),
                ("reassign_to_id=abc", false),
                ("reassign_to_id=SELF", false), ("", false),
            ].enumerated() {
                let number = await category("c\(index)")
                let issue = await fixture.issue("i", as: "maya", "\"category_id\":\(number)")
                let words = query.replacingOccurrences(of: "SELF", with: "\(number)")
                let path = "/issue_categories/\(number).json?\(words)"
                #expect(await fixture.send("DELETE", path, as: "maya").status == 204)
                let shown = await fixture.send("GET", "/issues/\(issue).json", as: "maya").text
                #expect(shown.contains("\"category\":{\"id\":\(heir),") == isKept, "\(query)")
                #expect(isKept || !shown.contains("\"category\""))
            }
        }
    }

    @Test("modules of any name are kept and told in their order, and so are fields that every project has")
    func modules() async throws {
        try await RedmineFixture.with { fixture in
            func shown() async -> String {
                await fixture.send(
                    "GET", "/projects/mod.json?include=enabled_modules,issue_custom_fields,trackers", as: "admin").text
            }
            func names() async -> [String] {
                let part = await shown().components(separatedBy: "\"enabled_modules\":[").last ?? ""
                return part.prefix { $0 != "]" }.components(separatedBy: "\"name\":\"").dropFirst().map { name in
                    String(name.prefix { $0 != "\"" })
                }
            }
            func put(_ content: String) async -> Int {
                await fixture.send("PUT", "/projects/mod.json", as: "admin", "{\"project\":{\(content)}}").status
            }
            let given = "[\"agile\",\"wiki\",\"issue_tracking\",\"agile\",7]"
            let content = "{\"project\":{\"name\":\"M\",\"identifier\":\"mod\",\"enabled_module_names\":\(given)}}"
            #expect(await fixture.send("POST", "/projects.json", as: "admin", content).status == 201)
            #expect(await names() == ["issue_tracking", "wiki", "agile", "7"])
            #expect(await put("\"enabled_module_names\":[\"checklists\",\"news\",\"agile\",\"\",\"  \"]") == 204)
            #expect(await names() == ["agile", "checklists", "news"])
            #expect(await put("\"description\":\"d\"") == 204)
            #expect(await names() == ["agile", "checklists", "news"])
            #expect(await put("\"issue_custom_field_ids\":[101]") == 204)
            #expect(await shown().contains("\"issue_custom_fields\":[{\"id\":101,\"name\":\"Affected version\"}]"))
            #expect(await put("\"tracker_ids\":{},\"issue_custom_field_ids\":[]") == 204)
            let emptied = await shown()
            #expect(emptied.contains("\"issue_custom_fields\":[]") && emptied.contains("\"trackers\":[]"))
            #expect(await put("\"enabled_module_names\":null") == 204)
            #expect(await names().isEmpty)
            let problems = try await fixture.workspace.check()
            #expect(problems.isEmpty)
        }
    }
}
