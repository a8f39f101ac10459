import ParleyModel
import ParleyService
import Testing

/// The change engine on a real store, in the workspace of the Redmine scenarios.
@Suite("changing issues")
struct ChangeTests {
    private func draft(
        _ title: String, _ more: [Change] = [], project: String = "alpha", type: String = "Bug"
    ) -> ChangeRequest {
        ChangeRequest(
            .draft(Draft(project: .text(project), type: .text(type))),
            parts: [ChangePart([.set(.builtin(.title), [.text(title)])] + more)])
    }

    private func edit(_ id: IssueID, _ changes: [Change]) -> ChangeRequest {
        ChangeRequest(.issues([id]), parts: [ChangePart(changes)])
    }

    private func set(_ field: BuiltinField, _ text: String) -> Change { .set(.builtin(field), [.name(.text(text))]) }

    private func inRedmine(_ body: (WorkspaceFixture) async throws -> Void) async throws {
        let fixture = try await WorkspaceFixture(world: "redmine")
        do {
            try await body(fixture)
            #expect(try await fixture.workspace.check() == [])
        } catch {
            await fixture.close()
            throw error
        }
        await fixture.close()
    }

    private func issue(
        _ id: IssueID, _ fixture: WorkspaceFixture, _ login: String = "maya"
    ) async throws -> ParleyModel.Issue {
        let actor = try fixture.actor(login)
        return try await fixture.workspace.read(as: actor) { try $0.issue(id).issue }
    }

    @Test("a new issue gets the defaults of its type, its project and the rules")
    func defaults() async throws {
        try await inRedmine { fixture in
            let made = try await fixture.workspace.change(draft("First"), as: fixture.actor("rita"))
            let row = try await issue(made.issues[0], fixture)
            #expect(row.title == "First")
            #expect(row.number == 1)
            #expect(row.revision == 1)
            #expect(row.startDate?.date == fixture.workspace.now.date)
            #expect(fixture.workspace.catalog.records.statuses[row.status]?.name == "New")
            #expect(row.priority.flatMap { fixture.workspace.catalog.records.priorities[$0]?.name } == "Normal")
        }
    }

    @Test("history tells each change with old and new values, and a change to the same values tells nothing")
    func history() async throws {
        try await inRedmine { fixture in
            let maya = try fixture.actor("maya")
            let made = try await fixture.workspace.change(draft("Before"), as: maya)
            let id = made.issues[0]
            fixture.advance(seconds: 60)
            let changed = try await fixture.workspace.change(
                edit(id, [.set(.builtin(.title), [.text("After")]), set(.status, "In Progress")]), as: maya)
            #expect(changed.revision == 2)
            let again = try await fixture.workspace.change(
                edit(id, [.set(.builtin(.title), [.text("After")])]), as: maya)
            #expect(!again.changed)
            #expect(again.revision == 2)
            let history = try await fixture.workspace.read(as: maya) { try $0.history(of: $0.issue(id).issue) }
            #expect(history.count == 2)
            let titles = history[1].changeset.entries.filter { $0.detail.field == BuiltinField.title.id }
            #expect(titles.first?.detail.old == [.text("Before")])
            #expect(titles.first?.detail.new == [.text("After")])
        }
    }

    @Test("a stale revision is a conflict and changes nothing")
    func conflict() async throws {
        try await inRedmine { fixture in
            let maya = try fixture.actor("maya")
            let id = try await fixture.workspace.change(draft("Raced"), as: maya).issues[0]
            _ = try await fixture.workspace.change(edit(id, [.set(.builtin(.title), [.text("One")])]), as: maya)
            var stale = edit(id, [.set(.builtin(.title), [.text("Two")])])
            stale.expectedRevision = 1
            await #expect(throws: Fault.conflict(current: 2)) { try await fixture.workspace.change(stale, as: maya) }
            #expect(try await issue(id, fixture).title == "One")
        }
    }

    @Test("who may only comment changes no field: refused, or passed over where the request says so")
    func commentOnly() async throws {
        try await inRedmine { fixture in
            let rita = try fixture.actor("rita")
            let id = try await fixture.workspace.change(draft("Hers"), as: rita).issues[0]
            var request = edit(id, [.set(.builtin(.title), [.text("Hijacked")]), .post(NewPost(text: "A remark"))])
            await #expect(throws: Fault.self) { try await fixture.workspace.change(request, as: rita) }
            request.skipping = [.notPermitted]
            let outcome = try await fixture.workspace.change(request, as: rita)
            #expect(outcome.skipped.count == 1)
            #expect(try await issue(id, fixture).title == "Hers")
            let comments = try await fixture.workspace.read(as: rita) { try $0.comments(of: $0.issue(id).issue) }
            #expect(comments.map(\.text) == ["A remark"])
        }
    }

    @Test("the workflow refuses a step that a role may not make")
    func workflow() async throws {
        try await inRedmine { fixture in
            let devon = try fixture.actor("devon")
            let id = try await fixture.workspace.change(draft("Stepping"), as: devon).issues[0]
            await #expect(throws: Fault.invalid([Problem(.status, .transition)])) {
                try await fixture.workspace.change(edit(id, [set(.status, "Rejected")]), as: devon)
            }
            _ = try await fixture.workspace.change(edit(id, [set(.status, "Closed")]), as: devon)
            #expect(try await issue(id, fixture).closedAt == fixture.workspace.now)
        }
    }

    @Test("a parent takes dates, priority and progress from its children and cannot close before them")
    func rollUp() async throws {
        try await inRedmine { fixture in
            let maya = try fixture.actor("maya")
            let parent = try await fixture.workspace.change(draft("Parent"), as: maya).issues[0]
            let dates: [Change] = [
                .setParent(parent.rawValue), set(.priority, "Urgent"), .set(.builtin(.progress), [.integer(50)]),
                .set(.builtin(.startDate), [.text("2031-03-01")]), .set(.builtin(.dueDate), [.text("2031-03-09")]),
            ]
            let child = try await fixture.workspace.change(draft("Child", dates), as: maya).issues[0]
            let row = try await issue(parent, fixture)
            #expect(row.startDate?.date.iso8601 == "2031-03-01")
            #expect(row.dueDate?.date.iso8601 == "2031-03-09")
            #expect(row.progress == 50)
            #expect(row.priority.flatMap { fixture.workspace.catalog.records.priorities[$0]?.name } == "Urgent")
            await #expect(throws: Fault.self) {
                try await fixture.workspace.change(edit(parent, [set(.status, "Closed")]), as: maya)
            }
            _ = try await fixture.workspace.change(edit(child, [set(.status, "Closed")]), as: maya)
            _ = try await fixture.workspace.change(edit(parent, [set(.status, "Closed")]), as: maya)
            await #expect(throws: Fault.invalid([Problem(.parent, .invalid)])) {
                try await fixture.workspace.change(edit(parent, [.setParent(child.rawValue)]), as: maya)
            }
        }
    }

    @Test("a private note is seen by its author and by those who may, and by nobody else")
    func privateNote() async throws {
        try await inRedmine { fixture in
            let devon = try fixture.actor("devon")
            let rita = try fixture.actor("rita")
            let id = try await fixture.workspace.change(draft("Open"), as: rita).issues[0]
            let request = ChangeRequest(
                .issues([id]),
                parts: [
                    ChangePart([set(.status, "In Progress")]),
                    ChangePart(audience: .restricted, [.post(NewPost(text: "Among us"))]),
                ])
            _ = try await fixture.workspace.change(request, as: devon)
            let seen = try await fixture.workspace.read(as: devon) { try $0.comments(of: $0.issue(id).issue).count }
            let hidden = try await fixture.workspace.read(as: rita) { try $0.comments(of: $0.issue(id).issue).count }
            #expect(seen == 1)
            #expect(hidden == 0)
            let told = try await fixture.workspace.read(as: rita) { try $0.history(of: $0.issue(id).issue).count }
            #expect(told == 2)
            let words = Query<Parsed>(.search(["among"], .all, [.comments]))
            #expect(try await fixture.workspace.read(as: devon) { try $0.issues(words).total } == 1)
            #expect(try await fixture.workspace.read(as: rita) { try $0.issues(words).total } == 0)
        }
    }

    @Test("a move takes the issue to the other project, with a number of its own there")
    func move() async throws {
        try await inRedmine { fixture in
            let maya = try fixture.actor("maya")
            let id = try await fixture.workspace.change(draft("Moving", [set(.category, "Backend")]), as: maya).issues[
                0]
            _ = try await fixture.workspace.change(
                edit(id, [.move(project: .text("vault"), tracker: nil, type: nil)]), as: maya)
            let row = try await issue(id, fixture)
            #expect(row.project == fixture.workspace.catalog.project(identifier: "vault")?.id)
            #expect(row.category == nil)
            let rita = try fixture.actor("rita")
            await #expect(throws: Fault.forbidden) { try await fixture.workspace.read(as: rita) { try $0.issue(id) } }
        }
    }

    @Test("a merged issue answers as the other one, which has its people and links")
    func merge() async throws {
        try await inRedmine { fixture in
            let maya = try fixture.actor("maya")
            let source = try await fixture.workspace.change(draft("Source"), as: maya).issues[0]
            let target = try await fixture.workspace.change(draft("Target"), as: maya).issues[0]
            let third = try await fixture.workspace.change(draft("Third"), as: maya).issues[0]
            let link = Change.link(type: .text("relates"), .forward, .issue(third), delay: nil)
            _ = try await fixture.workspace.change(edit(source, [link]), as: maya)
            _ = try await fixture.workspace.change(edit(source, [.merge(into: target)]), as: maya)
            #expect(try await issue(source, fixture).id == target)
            let links = try await fixture.workspace.read(as: maya) { try $0.visibleLinks(of: target) }
            #expect(links.map(\.target) == [.issue(third)])
            let all = try await fixture.workspace.read(as: maya) {
                try $0.issues(Query<Parsed>(.all)).issues.map(\.issue.id)
            }
            #expect(!all.contains(source))
        }
    }

    @Test("destroying an issue takes its subtasks and leaves no trace but a tombstone")
    func destroy() async throws {
        try await inRedmine { fixture in
            let maya = try fixture.actor("maya")
            let parent = try await fixture.workspace.change(draft("Doomed"), as: maya).issues[0]
            let child = try await fixture.workspace.change(draft("Doomed too", [.setParent(parent.rawValue)]), as: maya)
                .issues[0]
            let other = try await fixture.workspace.change(draft("Stays"), as: maya).issues[0]
            let link = Change.link(type: .text("blocks"), .forward, .issue(other), delay: nil)
            _ = try await fixture.workspace.change(edit(parent, [link, .post(NewPost(text: "last words"))]), as: maya)
            _ = try await fixture.workspace.change(edit(parent, [.destroy]), as: maya)
            for gone in [parent, child] {
                await #expect(throws: Fault.notFound) {
                    try await fixture.workspace.read(as: maya) { try $0.issue(gone) }
                }
            }
            let next = try await fixture.workspace.change(draft("Next"), as: maya).issues[0]
            #expect(next.rawValue == other.rawValue + 1)
        }
    }

    @Test("retiring hides an issue from lists, restoring brings it back")
    func retire() async throws {
        try await inRedmine { fixture in
            let admin = try fixture.actor("admin")
            let id = try await fixture.workspace.change(draft("Hidden"), as: admin).issues[0]
            let all = Query<Parsed>(.text(.builtin(.title), .equals, "Hidden", caseSensitive: true))
            _ = try await fixture.workspace.change(edit(id, [.retire]), as: admin)
            #expect(try await fixture.workspace.read(as: admin) { try $0.issues(all).total } == 0)
            _ = try await fixture.workspace.change(edit(id, [.restore]), as: admin)
            #expect(try await fixture.workspace.read(as: admin) { try $0.issues(all).total } == 1)
        }
    }

    @Test("many writers to one issue lose nothing")
    func concurrency() async throws {
        try await inRedmine { fixture in
            let maya = try fixture.actor("maya")
            let id = try await fixture.workspace.change(draft("Busy"), as: maya).issues[0]
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<64 {
                    group.addTask {
                        _ = try await fixture.workspace.change(
                            ChangeRequest(.issues([id]), parts: [ChangePart([.post(NewPost(text: "note \(number)"))])]),
                            as: maya)
                    }
                }
                try await group.waitForAll()
            }
            let texts = try await fixture.workspace.read(as: maya) {
                try $0.comments(of: $0.issue(id).issue).map(\.text)
            }
            #expect(Set(texts) == Set((0..<64).map { "note \($0)" }))
            #expect(texts.count == 64)
            #expect(try await issue(id, fixture).revision == 65)
        }
    }
}
