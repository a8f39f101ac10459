import ParleyHTTP
import ParleyModel
import ParleyService
import Testing

@testable import RTDialect

/// What the pages `docs/differences/rt-*.md` and `ticket-*.md` state and no other test proves, page by page.
@Suite("Differences from Request Tracker")
struct DifferenceTests {
    /// Sends a form.
    private func send(
        _ rt: RTFixture, _ path: String, _ content: String, as login: String = "ana"
    ) async -> String {
        rt.advance(seconds: 10)
        return await rt.text("\(path)?content=\(PercentEncoding.encode(content))", as: login)
    }

    /// A ticket of the queue that only administrators see.
    private func hidden(_ rt: RTFixture, _ title: String) async throws -> IssueID {
        let draft = ChangeRequest.Target.draft(Draft(project: .text("Vault")))
        let made = try await rt.change(draft, as: "root", [.set(.builtin(.title), [.text(title)])])
        return try #require(made.issues.first)
    }

    private func field(_ name: String, _ rt: RTFixture, _ id: IssueID, as login: String = "root") async -> String {
        let lines = await rt.text("ticket/\(id)/show", as: login).split(separator: "\n")
        return lines.first { $0.hasPrefix("\(name):") }.map { String($0.dropFirst(name.count + 2)) } ?? ""
    }

    private func found(_ rt: RTFixture, _ query: String, as login: String) async -> [String] {
        let path = "search/ticket?format=i&query=\(PercentEncoding.encode(query))"
        return await rt.text(path, as: login).split(separator: "\n").map(String.init)
    }

    // MARK: rt-edits.md

    @Test("rt-edits.md: the form's date stands beside its status, and is told as one step")
    func statusAndDate() async throws {
        try await RTFixture.with { rt in
            let id = try await rt.ticket("a")
            _ = await send(rt, "ticket/\(id)/edit", "Status: resolved\nResolved: 2031-02-03")
            #expect(await field("Resolved", rt, id) == "Mon Feb 03 00:00:00 2031")
            let told = await rt.history(id)
            #expect(told.contains("Resolved changed from '1970-01-01 00:00:00' to '2031-02-03 00:00:00' by ana"))
            #expect(told.filter { $0.hasPrefix("Resolved") }.count == 1)
        }
    }

    @Test("rt-edits.md: an edit that is refused because all is as it says leaves LastUpdated alone")
    func unchanged() async throws {
        try await RTFixture.with { rt in
            let id = try await rt.ticket("a")
            let before = await field("LastUpdated", rt, id)
            let refused = await send(rt, "ticket/\(id)/edit", "Priority: Low")
            #expect(refused.hasPrefix("# Priority: That is already the current value\n"))
            #expect(await field("LastUpdated", rt, id) == before)
            _ = await send(rt, "ticket/\(id)/edit", "Cc: new@example.net")
            #expect(await field("LastUpdated", rt, id) != before)
        }
    }

    @Test("rt-edits.md: a value of a list given in another case is the value that is there")
    func respelled() async throws {
        try await RTFixture.with { rt in
            let id = try await rt.ticket("a")
            _ = await send(rt, "ticket/\(id)/edit", "CF.{Affected Systems}: web, mail")
            let told = await rt.history(id).count
            let answer = await send(rt, "ticket/\(id)/edit", "CF.{Affected Systems}: WEB,mail")
            #expect(answer == "# Ticket \(id) updated.\n\n")
            #expect(await rt.history(id).count == told)
            _ = await send(rt, "ticket/\(id)/edit", "Cc: n@b.example")
            let before = await field("LastUpdated", rt, id)
            _ = await send(rt, "ticket/\(id)/edit", "Cc: Name <n@b.example>")
            #expect(await field("LastUpdated", rt, id) == before)
        }
    }

    @Test("rt-edits.md: a text that is no number counts as what it begins with")
    func noNumbers() async throws {
        try await RTFixture.with { rt in
            let id = try await rt.ticket("a")
            _ = await send(rt, "ticket/\(id)/edit", "TimeWorked: 10 minutes or so\nFinalPriority: 7 of 9")
            #expect(await field("TimeWorked", rt, id) == "10 minutes")
            #expect(await field("FinalPriority", rt, id) == "7")
            let refused = await send(rt, "ticket/\(id)/edit", "TimeLeft: -5")
            #expect(refused.hasPrefix("# TimeLeft: Illegal value\n"))
            let made = await send(rt, "ticket/new", "Queue: General\nTimeLeft: -5\nPriority: High")
            let number = IssueID(try #require(Int64(made.split(separator: " ").dropFirst(2).first ?? "")))
            #expect(await field("TimeLeft", rt, number) == "0")
            #expect(await field("Priority", rt, number) == "100")
        }
    }

    @Test("rt-edits.md: SLA is the workspace's field of that name, told where the queue has service levels")
    func serviceLevels() async throws {
        try await RTFixture.with { rt in
            let id = try await rt.ticket("a")
            _ = await send(rt, "ticket/\(id)/edit", "SLA: 4h")
            #expect(await rt.history(id).contains("SLA changed from (no value) to '4h' by ana"))
            #expect(await found(rt, "SLA = '4H'", as: "ana") == ["ticket/\(id)"])
            #expect(await found(rt, "SLA != 'x'", as: "ana") == ["ticket/\(id)"])
            #expect(!(await rt.text("ticket/\(id)").contains("SLA")))
            _ = await send(rt, "queue/General/edit", "SLADisabled: 0", as: "root")
            #expect(await field("SLA", rt, id) == "4h")
            #expect(!(await rt.text("queue/General/ticketcustomfields").contains("SLA")))
            #expect(await rt.text("ticket/new").contains("\nSLA: \nAttachment: \n"))
            _ = await send(rt, "ticket/\(id)/edit", "SLA:")
            #expect(await rt.history(id).last == "SLA changed from '4h' to (no value) by ana")
        }
    }

    @Test("what is resolved may be rejected, whatever it depends on")
    func closedAlready() async throws {
        try await RTFixture.with { rt in
            let (id, blocker) = (try await rt.ticket("a"), try await rt.ticket("b"))
            _ = await send(rt, "ticket/\(id)/edit", "Status: resolved")
            _ = await send(rt, "ticket/\(id)/links", "DependsOn: \(blocker)")
            #expect(await send(rt, "ticket/\(id)/edit", "Status: rejected") == "# Ticket \(id) updated.\n\n")
        }
    }

    @Test("a queue takes a ticket from an owner who may own none there, in the system's name")
    func lostOwner() async throws {
        try await RTFixture.with { rt in
            let id = try await rt.ticket("a", text: nil, [.set(.builtin(.assignee), [.name(.text("ben"))])])
            _ = await send(rt, "ticket/\(id)/edit", "Queue: Network")
            let told = await rt.history(id)
            #expect(told.contains("Owner forcibly changed from ben (Ben Baker) to Nobody in particular by RT_System"))
            #expect(told.contains("Queue changed from General to Network by ana"))
            let refused = await send(rt, "ticket/\(id)/edit", "Owner: ben\nQueue: Vault", as: "root")
            #expect(refused.hasPrefix("# owner: That user may not own tickets in that queue\n"))
            // rt-edits.md: asked for in the same form, it is done by who asked.
            let other = try await rt.ticket("b", text: nil, [.set(.builtin(.assignee), [.name(.text("ben"))])])
            _ = await send(rt, "ticket/\(other)/edit", "Queue: Network\nOwner: Nobody", as: "root")
            #expect(await rt.history(other).contains { $0.hasSuffix("to Nobody in particular by root") })
        }
    }

    @Test("a merge leaves LastUpdated of what was linked alone")
    func mergedNeighbour() async throws {
        try await RTFixture.with { rt in
            let (one, two, neighbour) = (try await rt.ticket("a"), try await rt.ticket("b"), try await rt.ticket("c"))
            _ = await send(rt, "ticket/\(one)/links", "DependsOn: \(neighbour)")
            let before = await field("LastUpdated", rt, neighbour)
            rt.advance(seconds: 60)
            #expect(await rt.text("ticket/\(one)/merge/\(two)") == "# Merge completed.\n\n\n")
            #expect(await field("LastUpdated", rt, neighbour) == before)
            let end = "fsck.com-rt://parley.example/ticket/\(two)"
            #expect(await rt.text("ticket/\(neighbour)/links").contains("DependedOnBy: \(end)"))
            #expect(try await rt.workspace.check() == [])
        }
    }

    @Test("a link with an unseen ticket is told once that one has been merged into a seen one")
    func mergedFromUnseen() async throws {
        try await RTFixture.with { rt in
            let (vault, seen, third) = (try await hidden(rt, "v"), try await rt.ticket("b"), try await rt.ticket("c"))
            _ = await send(rt, "ticket/\(third)/links", "RefersTo: \(vault)", as: "root")
            #expect(await rt.history(third).count == 1)
            _ = await rt.text("ticket/\(vault)/merge/\(seen)", as: "root")
            #expect(await rt.history(third).last == "Reference to #\(seen): b added by root")
            let end = "fsck.com-rt://parley.example/ticket/\(seen)"
            #expect(await rt.text("ticket/\(third)/links").contains("RefersTo: \(end)\n"))
        }
    }

    // MARK: rt-hidden-tickets.md

    @Test("rt-hidden-tickets.md: links with unseen tickets are told nowhere, save memberships in a history")
    func hiddenLinks() async throws {
        try await RTFixture.with { rt in
            let (id, vault) = (try await rt.ticket("a"), try await hidden(rt, "v"))
            _ = await send(rt, "ticket/\(id)/links", "RefersTo: \(vault)\nMemberOf: \(vault)", as: "root")
            #expect(await rt.history(id, as: "root").contains("Reference to #\(vault): v added by root"))
            let told = await rt.history(id)
            #expect(!told.contains { $0.hasPrefix("Reference to") })
            #expect(told.contains("Membership in #\(vault):  added by root"))
            #expect(await found(rt, "RefersTo IS NOT NULL", as: "root") == ["ticket/\(id)"])
            #expect(await found(rt, "RefersTo IS NOT NULL", as: "ana").isEmpty)
            #expect(await found(rt, "id = \(id) AND RefersTo IS NULL", as: "ana") == ["ticket/\(id)"])
        }
    }

    @Test("rt-hidden-tickets.md: who replies without seeing is refused a status, and sets Told")
    func unseen() async throws {
        try await RTFixture.with { rt in
            let id = try await rt.ticket("a", text: nil, [.add(.builtin(.requestors), [.name(.text("rita"))])])
            let answer = await send(
                rt, "ticket/\(id)/comment", "Action: correspond\nText: words\nStatus: stalled", as: "ned")
            #expect(answer == "# Correspondence added\n# Permission Denied\n\n")
            #expect(await field("Told", rt, id) != "Not set")
            #expect(await send(rt, "ticket/\(id)/take", "Action: untake", as: "ned") == "# Permission Denied\n\n\n")
        }
    }

    @Test("rt-hidden-tickets.md: an unresolved ticket keeps those open that depend on it, seen or not")
    func hiddenBlocker() async throws {
        try await RTFixture.with { rt in
            let (id, vault) = (try await rt.ticket("a"), try await hidden(rt, "v"))
            _ = await send(rt, "ticket/\(id)/links", "DependsOn: \(vault)", as: "root")
            let answer = await send(rt, "ticket/\(id)/edit", "Status: resolved")
            #expect(answer.hasPrefix("# Status: That ticket has unresolved dependencies\n"))
            let other = try await hidden(rt, "w")
            _ = await rt.text("ticket/\(vault)/merge/\(other)", as: "root")
            #expect(await rt.text("ticket/\(vault)/links") == "id: ticket/\(vault)/links\n\n")
        }
    }

    // MARK: rt-links.md

    @Test("rt-links.md: quoted ends, HasMember, the first fault, and the greatest number of links")
    func linkForms() async throws {
        try await RTFixture.with { rt in
            let (id, member) = (try await rt.ticket("a"), try await rt.ticket("b"))
            _ = await send(rt, "ticket/\(id)/links", "RefersTo: 'http://x.example/?a,b'\nHasMember: \(member)")
            let shown = await rt.text("ticket/\(id)/links")
            #expect(shown.contains("RefersTo: http://x.example/?a,b\n"))
            #expect(shown.contains("Members: fsck.com-rt://parley.example/ticket/\(member)\n"))
            let refused = await send(rt, "ticket/\(id)/links", "RefersTo: no link, \(id), http://x.example/2")
            #expect(refused.hasPrefix("# RefersTo: Couldn't resolve 'no link' into a link.\n"))
            #expect(await rt.text("ticket/\(id)/links").contains("RefersTo: http://x.example/2\n"))
            let many = (0...1_000).map { "x:\($0)" }.joined(separator: ",")
            #expect(await send(rt, "ticket/\(id)/links", "RefersTo: \(many)").hasPrefix("# RefersTo: May name at most"))
        }
    }

    @Test("links of kinds that RT has no name for are references, in links, histories and searches alike")
    func otherKinds() async throws {
        try await RTFixture.with { rt in
            let (id, other) = (try await rt.ticket("a"), try await rt.ticket("b"))
            let type = ParsedName.number(LinkTypeID.duplicates.rawValue)
            try await rt.change(.issues([id]), [.link(type: type, .forward, .issue(other), delay: nil)])
            let end = "fsck.com-rt://parley.example/ticket/"
            #expect(await rt.text("ticket/\(id)/links").contains("RefersTo: \(end)\(other)\n"))
            #expect(await rt.text("ticket/\(other)/links").contains("ReferredToBy: \(end)\(id)\n"))
            #expect(await rt.history(id).contains("Reference to #\(other): b added by ana"))
            #expect(await found(rt, "RefersTo = \(other)", as: "ana") == ["ticket/\(id)"])
            #expect(await found(rt, "LinkedFrom = \(id)", as: "ana") == ["ticket/\(other)"])
            // What was shown, sent back, changes nothing; left out, it goes.
            let steps = await rt.history(id).count
            _ = await send(rt, "ticket/\(id)/links", "RefersTo: \(end)\(other)")
            #expect(await rt.history(id).count == steps)
            _ = await send(rt, "ticket/\(id)/links", "RefersTo:")
            #expect(await rt.text("ticket/\(id)/links") == "id: ticket/\(id)/links\n\n")
        }
    }

    // MARK: rt-malformed.md

    @Test("rt-malformed.md: what RT's program breaks off at is refused with a sentence")
    func malformed() async throws {
        try await RTFixture.with { rt in
            let id = try await rt.ticket("a")
            for content in ["nothing", "--", ":", " indented", "Subject", "# only a comment", "Subject : spaced"] {
                #expect(await send(rt, "ticket/\(id)/edit", content) == "No form was submitted.\n", "\(content)")
            }
            #expect(await rt.text("ticket/\(id)/comment") == "No form was submitted.\n")
            #expect(await rt.text("ticket/\(id)/take") == "No form was submitted.\n")
            #expect(await rt.text("transaction/99999999") == "# Transaction 99999999 does not exist.\n\n\n")
            #expect(await rt.text("queue/Vault").hasPrefix("# No queue named Vault exists.\n\nid: queue/Vault\n"))
            #expect(await rt.text("ticket/comment").hasPrefix("# Objects of type ticket must be specified by numeric"))
            _ = await send(rt, "ticket/\(id)/links", "ReferredToBy: mailto:a@b.example")
            let links = await send(rt, "ticket/\(id)/links", "ReferredToBy:")
            #expect(links == "# Links for ticket \(id) updated.\n\n")
            let disabled = await send(rt, "ticket/\(id)/edit", "Disabled: 1")
            #expect(disabled.hasPrefix("# disabled: Unknown field.\n"))
            let lines = ["Subject: one", "Subject: two", "Cc: 'q@x.net'", "Due: 2031-02-03", "Due: 2031-02-04"]
            let twice = await send(rt, "ticket/new", (["Queue: General"] + lines).joined(separator: "\n"))
            let number = IssueID(try #require(Int64(twice.split(separator: " ").dropFirst(2).first ?? "")))
            #expect(await field("Subject", rt, number) == "one, two")
            #expect(await field("Cc", rt, number) == "q@x.net")
            #expect(await field("Due", rt, number) == "Mon Feb 03 00:00:00 2031")
            guard case .bytes(let octets) = await rt.get("search/ticket").body else { return }
            #expect(String(decoding: octets, as: UTF8.self).hasPrefix("RT/5.0.3 400 Bad Request\n\n"))
        }
    }

    // MARK: rt-users-queues-groups.md

    @Test("rt-users-queues-groups.md: a queue's priorities, long texts, and what a refused edit gives back")
    func objects() async throws {
        try await RTFixture.with { rt in
            let queue = await rt.text("queue/Support", as: "root")
            #expect(queue.contains("InitialPriority: 20\nFinalPriority: 80\nDefaultDueIn: 5\n"))
            let made = await send(rt, "queue/new", "Name: Odd name/1\nFinalPriority: 7", as: "root")
            #expect(made.hasPrefix("# Queue "))
            let project = try #require(rt.workspace.catalog.projectTree.first { $0.name == "Odd name/1" })
            #expect(!project.isPublic && project.defaults.finalPriority == 7)
            #expect(project.identifier.allSatisfy { $0.isLowercase || $0.isNumber || $0 == "-" })
            _ = await send(rt, "queue/\(project.id)/edit", "Disabled: 1", as: "root")
            #expect(rt.workspace.catalog.projectTree.first { $0.id == project.id }?.status == .closed)
            let gecos = String(repeating: "g", count: 40)
            _ = await send(rt, "user/ben/edit", "Gecos: \(gecos)", as: "root")
            #expect(await rt.text("user/ben", as: "root").contains("Gecos: \(gecos)\n"))
            let refused = await send(rt, "user/ben/edit", "Bogus: 1\nOdd: 2\nCity: x\nAbsent: 3", as: "root")
            for line in ["Bogus: 1", "Odd: 2", "City: x", "Absent: 3"] { #expect(refused.contains("\n\(line)\n")) }
            #expect(await rt.text("group/Helpdesk", as: "ned").hasPrefix("# No group named Helpdesk exists.\n"))
            #expect(await rt.text("queue/vault/show", as: "ned") == "# Queue vault does not exist.\n\n\n")
            #expect(await rt.text("user/ben@example.org/show").contains("\nName: ben\n"))
            #expect(await rt.text("group/Helpdesk/show", as: "root").contains("\nName: Helpdesk\n"))
            #expect(!(await rt.text("user/Nobody", as: "root").contains("Comments:")))
        }
    }

    // MARK: ticket-searches.md

    @Test("ticket-searches.md: a search in texts finds what whoever asks may read")
    func unreadableTexts() async throws {
        try await RTFixture.with { rt in
            let id = try await rt.ticket("a", text: "opening")
            _ = await send(rt, "ticket/\(id)/comment", "Action: comment\nText: among ourselves")
            #expect(await found(rt, "Content LIKE 'ourselves'", as: "ana") == ["ticket/\(id)"])
            #expect(await found(rt, "Content LIKE 'ourselves'", as: "rhea").isEmpty)
            #expect(await found(rt, "Content LIKE 'opening'", as: "rhea") == ["ticket/\(id)"])
        }
    }

    @Test("ticket-searches.md: a merge is no link, numbers are no texts, and nobody watches a queue")
    func oddSearches() async throws {
        try await RTFixture.with { rt in
            let (one, two) = (try await rt.ticket("a"), try await rt.ticket("b"))
            _ = await rt.text("ticket/\(one)/merge/\(two)")
            #expect(await found(rt, "Linked IS NOT NULL", as: "root").isEmpty)
            #expect(await found(rt, "LinkedTo = \(two)", as: "root").isEmpty)
            #expect(await found(rt, "Priority LIKE '0'", as: "root").isEmpty)
            #expect(await found(rt, "QueueWatcher LIKE 'zzz'", as: "root").isEmpty)
        }
    }

    // MARK: ticket-histories.md

    @Test("ticket-histories.md: no transaction records a mail; /transaction/ID has a long form by format alone")
    func histories() async throws {
        try await RTFixture.with { rt in
            let id = try await rt.ticket("a", text: nil, [.add(.builtin(.requestors), [.name(.text("rita"))])])
            _ = await send(rt, "ticket/\(id)/comment", "Action: correspond\nText: words")
            let lines = await rt.text("ticket/\(id)/history").split(separator: "\n")
            #expect(lines.first == "# 3/3 (/total)")
            #expect(!lines.contains { $0.contains("email") })
            let number = try #require(lines.last?.prefix { $0 != ":" })
            let brief = await rt.text("transaction/\(number)?fields=type,description")
            #expect(brief.hasPrefix("id: \(number)\nDescription: "))
            #expect(await rt.text("transaction/\(number)?format=l").contains("\nType: "))
            let all = try #require(lines.dropFirst().first?.prefix { $0 != ":" })
            let both = await rt.text("ticket/\(id)/history/id/\(all),\(number)")
            #expect(both.contains("id: \(all)\n") && both.contains("id: \(number)\n"))
        }
    }
}
