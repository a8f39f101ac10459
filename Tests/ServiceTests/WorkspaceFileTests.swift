import Foundation
import ParleyModel
import ParleyService
import Testing

/// Applying files to workspaces.
@Suite struct WorkspaceFileTests {
    static let worlds = ["redmine", "rt", "roundup", "tuleap", "allura"]

    static func world(_ name: String) throws -> WorkspaceFile {
        let path = WorkspaceFixture.conformance + "/\(name)/world.yaml"
        return try WorkspaceFile(yaml: [UInt8](try #require(FileManager.default.contents(atPath: path))))
    }

    @Test(
        "a world applies to an empty workspace, a second time finds nothing to do, and the check is clean",
        arguments: worlds)
    func worldApplies(_ name: String) async throws {
        let fixture = try await WorkspaceFixture()
        let file = try Self.world(name)
        let clock = ContinuousClock()
        let start = clock.now
        let changes = try await file.apply(to: fixture.workspace, dryRun: false)
        print("world \(name): \(changes.count) changes in \(clock.now - start)")
        #expect(changes.count > 20)
        let generation = fixture.workspace.catalog.records.generation
        let again = try await file.apply(to: fixture.workspace, dryRun: false)
        #expect(again.map(\.description) == [])
        #expect(fixture.workspace.catalog.records.generation == generation)
        #expect(try await fixture.workspace.check() == [])
        await fixture.close()
    }

    @Test("a dry run tells what an apply does and changes nothing", arguments: worlds)
    func rehearsal(_ name: String) async throws {
        let fixture = try await WorkspaceFixture()
        let file = try Self.world(name)
        let rehearsed = try await file.apply(to: fixture.workspace, dryRun: true)
        #expect(fixture.workspace.isFresh)
        #expect(fixture.workspace.catalog.records.projects.isEmpty)
        let done = try await file.apply(to: fixture.workspace, dryRun: false)
        #expect(rehearsed == done)
        await fixture.close()
    }

    @Test("principals: the first administrator is 1, the visitor 2, the others follow in order")
    func principals() async throws {
        let fixture = try await WorkspaceFixture()
        _ = try await Self.world("roundup").apply(to: fixture.workspace, dryRun: false)
        let catalog = fixture.workspace.catalog
        #expect(catalog.user(login: "admin")?.id == .firstAdministrator)
        #expect(catalog.user(login: "anonymous")?.id == .anonymous)
        #expect(
            ["alice", "bob", "carol", "dave", "erin"].map { catalog.user(login: $0)?.id.rawValue } == [
                101, 102, 103, 104, 105,
            ])
        #expect(catalog.records.users[PrincipalID(106)]?.stamp.retired != nil)
        #expect(catalog.statuses.map(\.id.rawValue) == Array(1...8))
        #expect(catalog.priorities.map(\.name) == ["critical", "urgent", "bug", "feature", "wish"])
        #expect(catalog.user(login: "alice")?.attributes["contact"]?["phone"] == "+1 555 0101")
        let query = try #require(catalog.records.savedQueries.values.first { $0.name == "My private list" })
        #expect(query.text == "@filter=assignedto&assignedto=101")
        #expect(catalog.settings.frontEndOptions["roundup"]?["callsPerInterval"] == "0")
        await fixture.close()
    }

    @Test("members of groups hold their roles too, and a closed project has the issue that was made in it")
    func members() async throws {
        let fixture = try await WorkspaceFixture()
        _ = try await Self.world("redmine").apply(to: fixture.workspace, dryRun: false)
        let catalog = fixture.workspace.catalog
        let alpha = try #require(catalog.project(identifier: "alpha"))
        let greta = try #require(catalog.user(login: "greta"))
        let held = catalog.memberships(in: alpha.id).filter { $0.principal == greta.id }.flatMap(\.roles)
        #expect(held.count == 1 && held.allSatisfy { $0.inheritedFrom != nil })
        let attic = try #require(catalog.project(identifier: "attic"))
        #expect(attic.status == .closed)
        let admin = try fixture.actor("admin")
        let found = try await fixture.workspace.read(as: admin) { reader in
            try reader.issues(Query<Parsed>(.inProject([.text("attic")], subtree: false)))
        }
        #expect(found.issues.map(\.issue.title) == ["Left behind in the attic"])
        #expect(found.issues.first?.issue.author == catalog.user(login: "maya")?.id)
        let manager = try #require(catalog.roles.first { $0.name == "Manager" })
        let transitions = try #require(catalog.records.workflows.values.first).transitions
        #expect(transitions.filter { $0.subjects == [.role(manager.id)] }.count == 30)
        #expect(alpha.values.values.first?.count == 1)
        await fixture.close()
    }

    @Test("a form has its containers, its fields and the values that stand for statuses")
    func forms() async throws {
        let fixture = try await WorkspaceFixture()
        _ = try await Self.world("tuleap").apply(to: fixture.workspace, dryRun: false)
        let catalog = fixture.workspace.catalog
        let project = try #require(catalog.project(identifier: "guinea-pig"))
        let bug = try #require(catalog.tools(of: project.id).first { $0.mountPoint == "bug" })
        let tracker = try #require(bug.tracker)
        func element(_ name: String) -> FormElement? { tracker.form.first { $0.name == name } }
        #expect(element("column_left")?.parent == element("fieldset_main")?.id)
        #expect(element("summary")?.field == BuiltinField.title.id)
        #expect(tracker.semantics.title == element("summary")?.id)
        #expect(element("status")?.listValues.map(\.label) == ["New", "In Progress", "Resolved", "Closed", "Rejected"])
        #expect(element("internal_note")?.access?.count == 3)
        let severity = try #require(element("severity")?.field.flatMap { catalog.records.fields[$0] })
        #expect(severity.listValues.map(\.label) == ["Minor", "Major", "Critical"])
        #expect(severity.projects == [project.id] && severity.types == tracker.types)
        let workflow = try #require(catalog.records.workflows.values.first { $0.name == "Bugs" })
        #expect(workflow.transitions.last?.filledFields == [severity.id])
        #expect(workflow.transitions.map(\.needsComment).filter { $0 }.count == 1)
        #expect(catalog.types.map(\.name) == ["Bugs", "User Stories", "Tasks", "Requests", "Secrets"])
        let teams = try #require(element("teams")?.field.flatMap { catalog.records.fields[$0] })
        #expect(teams.listValues.map(\.label) == ["project_members", "developers"])
        await fixture.close()
    }

    @Test("contents: issues, private and retired ones, pages, topics with replies, files")
    func contents() async throws {
        let fixture = try await WorkspaceFixture()
        _ = try await Self.world("allura").apply(to: fixture.workspace, dryRun: false)
        let root = try fixture.actor("root")
        var query = Query<Parsed>(
            .and([.inProject([.text("alpha")], subtree: false), .retired(.included)]),
            order: [SortKey(.builtin(.number))], projection: [.labels, .description])
        query.page = QueryPage(limit: 50)
        let wanted = query
        let list = try await fixture.workspace.read(as: root) { try $0.issues(wanted) }
        #expect(list.issues.map(\.issue.number) == Array(1...8))
        #expect(list.issues.map(\.issue.isPrivate) == [false, false, false, false, false, false, true, false])
        #expect(list.issues.map { $0.issue.retired != nil } == [false, false, false, false, false, false, false, true])
        #expect(list.issues.first?.description == "The orchard is windy. See apples.")
        #expect(list.issues.first?.descriptionFormat == .markdown)
        #expect(list.issues.first?.labels.count == 2)
        await fixture.close()
    }

    @Test("keys and passwords of the file are good for signing in")
    func passwords() async throws {
        let fixture = try await WorkspaceFixture()
        let file = try WorkspaceFile(
            yaml: """
                format: 1
                users:
                  - {login: ann, password: ann-secret-1, api_key: "0123456789abcdef"}
                """)
        let first = try await file.apply(to: fixture.workspace, dryRun: false)
        #expect(first.map(\.description) == ["create user ann"])
        let other = try WorkspaceFile(yaml: "format: 1\nusers: [{login: ANN, password: another-secret}]")
        #expect(
            try await other.apply(to: fixture.workspace, dryRun: false).map(\.description) == [
                "change user ANN: password"
            ])
        #expect(try await other.apply(to: fixture.workspace, dryRun: false).isEmpty)
        await fixture.close()
    }

    @Test("what a file leaves out stays, what differs is changed and named")
    func changes() async throws {
        let fixture = try await WorkspaceFixture()
        let first = try WorkspaceFile(
            yaml: """
                format: 1
                statuses: [{name: New, category: initial, description: fresh}, {name: Done, category: closed}]
                """)
        _ = try await first.apply(to: fixture.workspace, dryRun: false)
        let second = try WorkspaceFile(
            yaml: """
                format: 1
                statuses: [{name: Done, category: active, rank: 7}]
                """)
        let changes = try await second.apply(to: fixture.workspace, dryRun: false)
        #expect(changes.map(\.description) == ["change status Done: category, rank"])
        #expect(fixture.workspace.catalog.statuses.map(\.description) == ["fresh", ""])
        await fixture.close()
    }
}
