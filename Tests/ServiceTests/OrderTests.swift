import ParleyModel
import ParleyService
import Testing

/// What issues take from those they follow, duplicate, lie below or are copies of, in the workspace of the Redmine
/// scenarios.
@Suite("issues that depend on others")
struct OrderTests {
    private func draft(_ title: String, _ more: [Change] = []) -> ChangeRequest {
        ChangeRequest(
            .draft(Draft(project: .text("alpha"), type: .text("Bug"))),
            parts: [ChangePart([.set(.builtin(.title), [.text(title)])] + more)])
    }

    private func set(_ field: BuiltinField, _ text: String) -> Change { .set(.builtin(field), [.name(.text(text))]) }

    private func dates(_ start: String, _ due: String?) -> [Change] {
        [
            .set(.builtin(.startDate), [.text(start)]),
            .set(.builtin(.dueDate), due.map { [.text($0)] } ?? []),
        ]
    }

    private func inRedmine(without rule: String? = nil, _ body: (Session) async throws -> Void) async throws {
        let fixture = try await WorkspaceFixture(world: "redmine", without: rule)
        do {
            try await body(Session(workspace: fixture.workspace, actor: try fixture.actor("maya"), fixture: fixture))
            #expect(try await fixture.workspace.check() == [])
        } catch {
            await fixture.close()
            throw error
        }
        await fixture.close()
    }

    /// One actor at work.
    private struct Session {
        let workspace: Workspace
        let actor: Actor
        let fixture: WorkspaceFixture

        func make(_ request: ChangeRequest) async throws -> IssueID {
            try await workspace.change(request, as: actor).issues[0]
        }

        func edit(_ id: IssueID, _ changes: [Change]) async throws {
            let request = ChangeRequest(.issues([id]), parts: [ChangePart(changes)])
            _ = try await workspace.change(request, as: actor)
        }

        func link(
            _ id: IssueID, _ type: String, _ other: IssueID, _ direction: LinkDirection = .forward, delay: Int64? = nil
        ) async throws {
            let change = Change.link(type: .text(type), direction, .issue(other), delay: delay)
            try await edit(id, [change])
        }

        func issue(_ id: IssueID) async throws -> ParleyModel.Issue {
            try await workspace.read(as: actor) { try $0.issue(id).issue }
        }

        func span(_ id: IssueID) async throws -> String {
            let issue = try await issue(id)
            return "\(issue.startDate?.date.iso8601 ?? "-") \(issue.dueDate?.date.iso8601 ?? "-")"
        }

        func history(_ id: IssueID) async throws -> [ChangesetView] {
            try await workspace.read(as: actor) { try $0.history(of: $0.issue(id).issue) }
        }

        func isClosed(_ id: IssueID) async throws -> Bool {
            workspace.catalog.isClosed(try await issue(id).status)
        }
    }

    // MARK: orders

    @Test("an issue that follows another one moves with it, over weekends and along a chain")
    func chain() async throws {
        try await inRedmine { session in
            let first = try await session.make(draft("First", dates("2031-03-03", "2031-03-05")))
            let second = try await session.make(draft("Second", dates("2031-03-01", "2031-03-04")))
            let third = try await session.make(draft("Third", dates("2031-03-03", "2031-03-03")))
            try await session.link(first, "precedes", second, delay: 1)
            #expect(try await session.span(second) == "2031-03-07 2031-03-10")
            try await session.link(third, "precedes", second, .reverse)
            #expect(try await session.span(third) == "2031-03-11 2031-03-11")
            try await session.edit(first, dates("2031-03-03", "2031-03-14"))
            #expect(try await session.span(second) == "2031-03-18 2031-03-19")
            #expect(try await session.span(third) == "2031-03-20 2031-03-20")
            try await session.edit(first, dates("2031-03-03", "2031-03-05"))
            #expect(try await session.span(second) == "2031-03-07 2031-03-10")
            #expect(try await session.span(third) == "2031-03-11 2031-03-11")
            let told = try await session.history(second)[1].changeset.entries
            #expect(told.filter { $0.kind == .linked }.count == 1)
            #expect(told.compactMap(\.detail.field).contains(BuiltinField.dueDate.id))
            #expect(told.allSatisfy { !$0.derived })
        }
    }

    @Test("a start before what an issue follows has ended is refused, and nothing is where orders do not move dates")
    func soonestStart() async throws {
        try await inRedmine { session in
            let first = try await session.make(draft("First", dates("2031-03-03", "2031-03-07")))
            let second = try await session.make(draft("Second", dates("2031-03-03", nil)))
            try await session.link(first, "precedes", second)
            let monday = try #require(CivilDate(iso8601: "2031-03-10"))
            let early = Fault.invalid([Problem(.startDate, .tooEarly(earliest: monday))])
            await #expect(throws: early) { try await session.edit(second, dates("2031-03-09", "2031-03-12")) }
            try await session.edit(second, dates("2031-03-12", "2031-03-12"))
            try await session.workspace.write(as: session.actor) { transaction in
                var settings = transaction.records.settings
                settings.rules.precedesMovesDates = false
                try transaction.put(settings)
            }
            try await session.edit(second, dates("2031-03-03", "2031-03-03"))
            try await session.edit(first, dates("2031-03-03", "2031-03-28"))
            #expect(try await session.span(second) == "2031-03-03 2031-03-03")
        }
    }

    @Test("of a parent that follows, the children move, and the parent and what follows it take their dates from them")
    func parents() async throws {
        try await inRedmine { session in
            let before = try await session.make(draft("Before", dates("2031-03-03", "2031-03-04")))
            let parent = try await session.make(draft("Parent"))
            let below = Change.setParent(parent.rawValue)
            let early = try await session.make(draft("Early", [below] + dates("2031-03-01", "2031-03-03")))
            let late = try await session.make(draft("Late", [below] + dates("2031-03-10", "2031-03-12")))
            let after = try await session.make(draft("After", dates("2031-03-03", nil)))
            try await session.link(parent, "precedes", after)
            try await session.link(before, "precedes", parent)
            #expect(try await session.span(early) == "2031-03-05 2031-03-05")
            #expect(try await session.span(late) == "2031-03-10 2031-03-12")
            #expect(try await session.span(parent) == "2031-03-05 2031-03-12")
            #expect(try await session.span(after) == "2031-03-13 2031-03-13")
            try await session.edit(before, dates("2031-03-03", "2031-03-13"))
            #expect(try await session.span(late) == "2031-03-14 2031-03-18")
            #expect(try await session.span(after) == "2031-03-19 2031-03-19")
            await #expect(throws: Fault.self) { try await session.edit(early, dates("2031-03-05", "2031-03-05")) }
            await #expect(throws: Fault.invalid([Problem(.links, .circular)])) {
                try await session.link(after, "precedes", early)
            }
            await #expect(throws: Fault.invalid([Problem(.parent, .invalid)])) {
                try await session.edit(before, [.setParent(early.rawValue)])
            }
        }
    }

    @Test("orders and parents that lead round in a circle come to rest")
    func circle() async throws {
        try await inRedmine { session in
            let first = try await session.make(draft("First", dates("2031-03-03", nil)))
            let second = try await session.make(draft("Second", dates("2031-03-03", nil)))
            try await session.link(first, "precedes", second)
            try await session.edit(second, [.setParent(first.rawValue)])
            try await session.edit(second, dates("2031-06-02", "2031-06-03"))
            #expect(try await session.issue(first).startDate != nil)
        }
    }

    @Test("oneLinkPerPair: no second link one way, and none within a tree")
    func oneLinkPerPair() async throws {
        try await inRedmine { session in
            let first = try await session.make(draft("First"))
            let second = try await session.make(draft("Second", [.setParent(nil)]))
            let child = try await session.make(draft("Child", [.setParent(first.rawValue)]))
            try await session.link(first, "relates", second)
            await #expect(throws: Fault.invalid([Problem(.links, .taken)])) {
                try await session.link(first, "blocks", second)
            }
            await #expect(throws: Fault.invalid([Problem(.whole, .taken)])) {
                try await session.link(second, "blocks", first, .reverse)
            }
            await #expect(throws: Fault.invalid([Problem(.links, .withinTree)])) {
                try await session.link(child, "relates", first)
            }
        }
        try await inRedmine(without: "oneLinkPerPair") { session in
            let first = try await session.make(draft("First"))
            let child = try await session.make(draft("Child", [.setParent(first.rawValue)]))
            try await session.link(first, "blocks", child)
            try await session.link(first, "relates", child)
        }
    }

    @Test("linksStayInProject: none to another project, and what moves there loses those it had")
    func linksStayInProject() async throws {
        for isOn in [true, false] {
            try await inRedmine(without: isOn ? nil : "linksStayInProject") { session in
                let one = try await session.make(draft("One"))
                let two = try await session.make(draft("Two"))
                try await session.link(one, "relates", two)
                try await session.edit(two, [.move(project: .text("vault"), tracker: nil, type: nil)])
                let links = try await session.workspace.read(as: session.actor) { try $0.visibleLinks(of: two) }
                #expect(links.isEmpty == isOn)
                let three = try await session.make(draft("Three"))
                if isOn {
                    await #expect(throws: Fault.invalid([Problem(.links, .elsewhere)])) {
                        try await session.link(three, "relates", two)
                    }
                } else {
                    try await session.link(three, "relates", two)
                }
            }
        }
    }

    @Test("treesStayTogether: parents are of the same tree of projects, and subtasks move with what they are part of")
    func treesStayTogether() async throws {
        for isOn in [true, false] {
            try await inRedmine(without: isOn ? nil : "treesStayTogether") { session in
                let parent = try await session.make(draft("Parent"))
                let moving = try await session.make(draft("Moving", [.setParent(parent.rawValue)]))
                let child = try await session.make(draft("Child", [.setParent(moving.rawValue)]))
                try await session.edit(moving, [.move(project: .text("vault"), tracker: nil, type: nil)])
                #expect(try await session.issue(moving).parent == (isOn ? nil : parent))
                let isTogether = try await session.issue(child).project == session.issue(moving).project
                #expect(isTogether == isOn)
                let other = try await session.make(draft("Other"))
                if isOn {
                    await #expect(throws: Fault.invalid([Problem(.parent, .invalid)])) {
                        try await session.edit(other, [.setParent(moving.rawValue)])
                    }
                } else {
                    try await session.edit(other, [.setParent(moving.rawValue)])
                }
            }
        }
    }

    // MARK: closing

    @Test("below a closed issue none is open: neither made, moved nor opened again")
    func closedParent() async throws {
        try await inRedmine { session in
            let parent = try await session.make(draft("Parent"))
            let child = try await session.make(draft("Child", [.setParent(parent.rawValue)]))
            let grandchild = try await session.make(draft("Grandchild", [.setParent(child.rawValue)]))
            let other = try await session.make(draft("Other"))
            let close = [set(.status, "Closed")]
            for id in [grandchild, child, parent] { try await session.edit(id, close) }
            let refused = Fault.invalid([Problem(.parent, .closed)])
            await #expect(throws: refused) { _ = try await session.make(draft("New", [.setParent(parent.rawValue)])) }
            await #expect(throws: refused) { try await session.edit(other, [.setParent(parent.rawValue)]) }
            await #expect(throws: Fault.invalid([Problem(.status, .transition)])) {
                try await session.edit(grandchild, [set(.status, "New")])
            }
            try await session.edit(other, close + [.setParent(parent.rawValue)])
            try await session.edit(parent, [set(.status, "New")])
            try await session.edit(other, [set(.status, "New")])
            #expect(try await !session.isClosed(other))
        }
    }

    @Test("closing an issue closes what duplicates it, and what duplicates that, with the same comment")
    func duplicates() async throws {
        try await inRedmine { session in
            let original = try await session.make(draft("Original"))
            let second = try await session.make(draft("Second"))
            let third = try await session.make(draft("Third"))
            try await session.link(second, "duplicates", original)
            try await session.link(third, "duplicates", second)
            let parts = [
                ChangePart([set(.status, "Closed")]),
                ChangePart(audience: .restricted, [.post(NewPost(text: "Done with it"))]),
            ]
            _ = try await session.workspace.change(ChangeRequest(.issues([original]), parts: parts), as: session.actor)
            for id in [second, third] {
                #expect(try await session.isClosed(id))
                let history = try await session.history(id)
                #expect(history.last?.posts.map(\.text) == ["Done with it"])
                #expect(history.last?.changeset.audience == .restricted)
                #expect(history.dropLast().last?.changeset.entries.first?.detail.field == BuiltinField.status.id)
            }
        }
    }

    // MARK: copies

    private func copy(_ copying: Copying, _ more: [Change] = []) -> ChangeRequest {
        ChangeRequest(.draft(Draft(project: .text("alpha"), copying: copying)), parts: [ChangePart(more)])
    }

    @Test("a copy has the original's fields and begins anew, with what is asked for beside them")
    func copies() async throws {
        try await inRedmine { session in
            let more = [
                set(.priority, "High"), .set(.builtin(.description), [.text("The text")]), set(.category, "UI"),
                .set(.builtin(.estimate), [.duration(3_600_000)]),
                .set(.customNamed("Customer"), [.text("Them")]),
            ]
            let original = try await session.make(draft("Original", more + dates("2031-01-01", "2031-01-09")))
            let child = try await session.make(draft("Child", [.setParent(original.rawValue)]))
            _ = try await session.make(draft("Grandchild", [.setParent(child.rawValue)]))
            try await session.edit(original, [set(.status, "In Progress")])
            let plain = try await session.make(copy(Copying(original), [.set(.builtin(.title), [.text("Plain")])]))
            let view = try await session.workspace.read(as: session.actor) {
                try $0.issue(plain, [.description, .values, .links])
            }
            #expect(view.issue.title == "Plain")
            #expect(view.description == "The text")
            #expect(view.issue.estimate == 3_600_000)
            #expect(view.issue.category != nil)
            #expect(view.values.values.contains([.text("Them")]))
            #expect(session.workspace.catalog.records.statuses[view.issue.status]?.name == "New")
            #expect(view.links.isEmpty)
            let whole = try await session.make(copy(Copying(original, links: true, subtasks: true)))
            let tree = try await session.workspace.read(as: session.actor) { try $0.children(of: whole) }
            #expect(tree.map(\.issue.title) == ["Child"])
            #expect(tree.flatMap(\.children).map(\.issue.title) == ["Grandchild"])
            let first = try #require(tree.first).issue.id
            let links = try await session.workspace.read(as: session.actor) { try $0.visibleLinks(of: first) }
            #expect(links.contains { $0.type == .copiedTo && $0.from == child })
            let told = try await session.history(original).last?.changeset.entries.first
            #expect(told?.kind == .linked)
            #expect(told?.detail.other == whole)
        }
    }

    @Test("copying needs the right to, and what may not be there is refused")
    func refusedCopies() async throws {
        try await inRedmine { session in
            let original = try await session.make(draft("Original", [set(.version, "1.0")]))
            let devon = try session.fixture.actor("devon")
            await #expect(throws: Fault.forbidden) {
                _ = try await session.workspace.change(copy(Copying(original)), as: devon)
            }
            await #expect(throws: Fault.notFound) { _ = try await session.make(copy(Copying(IssueID(999_999)))) }
            try await session.workspace.write(as: session.actor) { transaction in
                for var version in transaction.records.versions.values where version.name == "1.0" {
                    version.status = .closed
                    try transaction.put(version)
                }
            }
            await #expect(throws: Fault.invalid([Problem(.version, .notInList)])) {
                _ = try await session.make(copy(Copying(original)))
            }
            _ = try await session.make(copy(Copying(original), [.set(.builtin(.version), [])]))
        }
    }
}
