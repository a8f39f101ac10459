import ParleyModel
import ParleyService
import Testing

@Suite struct DemoWorkspaceTests {
    @Test("the demonstration has projects, people and months of history, and passes the check")
    func demonstration() async throws {
        let fixture = try await WorkspaceFixture()
        let file = try DemoWorkspace.make(now: fixture.workspace.now, administratorPassword: "once-only-1")
        let clock = ContinuousClock()
        let start = clock.now
        let changes = try await file.apply(to: fixture.workspace, dryRun: false)
        print("demonstration: \(changes.count) changes in \(clock.now - start)")
        #expect(changes.count { $0.subject == "issue" } == 334)
        #expect(try await fixture.workspace.check() == [])
        let catalog = fixture.workspace.catalog
        #expect(catalog.projectTree.count == 6)
        #expect(catalog.project(identifier: "kiosk")?.status == .closed)
        #expect(catalog.user(login: DemoWorkspace.administrator)?.id == .firstAdministrator)
        let again = try await file.apply(to: fixture.workspace, dryRun: false)
        #expect(again.map(\.description) == [])
        await fixture.close()
    }

    @Test("numbers of issues grow with time, and nothing lies ahead")
    func timeline() async throws {
        let fixture = try await WorkspaceFixture()
        let now = fixture.workspace.now
        let file = try DemoWorkspace.make(seed: 7, now: now, administratorPassword: "once-only-1")
        _ = try await file.apply(to: fixture.workspace, dryRun: false)
        let admin = try fixture.actor(DemoWorkspace.administrator)
        var query = Query<Parsed>(.all, order: [SortKey(.builtin(.id))])
        query.page = QueryPage(limit: 1000)
        let wanted = query
        let list = try await fixture.workspace.read(as: admin) { try $0.issues(wanted) }
        let times = list.issues.map(\.issue.created)
        #expect(times == times.sorted())
        #expect(list.issues.allSatisfy { $0.issue.updated <= now && $0.issue.created <= $0.issue.updated })
        #expect(list.issues.count { $0.issue.closedAt != nil } > 100)
        let demo = try fixture.actor(DemoWorkspace.visitor)
        let visible = try await fixture.workspace.read(as: demo) { try $0.issues(wanted) }
        #expect(visible.issues.count > 250)
        await fixture.close()
    }

    @Test("the same seed gives the same workspace, another one another")
    func determinism() async throws {
        let now = Instant(seconds: 1_795_000_000)
        func titles(_ seed: UInt64) async throws -> [String] {
            let fixture = try await WorkspaceFixture()
            let file = try DemoWorkspace.make(seed: seed, now: now, administratorPassword: "once-only-1")
            let changes = try await file.apply(to: fixture.workspace, dryRun: true)
            await fixture.close()
            return changes.map(\.description)
        }
        let first = try await titles(1)
        #expect(try await titles(1) == first)
        #expect(try await titles(2) != first)
    }
}
