import ParleyHTTP
import ParleyModel
import ParleyService
import Testing

@testable import RTDialect

/// Links of tickets, asked of the interface. What differs from RT on purpose stands in `docs/differences/rt-links.md`
/// and `rt-hidden-tickets.md`.
@Suite("Links of tickets")
struct LinkTests {
    @Test(
        "a list in one value is split at commas and lines, quotes aside",
        arguments: [
            ("", []), ("a", ["a"]), (" a , b ", ["a", "b"]), ("a,,b", ["a", "", "b"]), ("a,", ["a"]),
            ("a\nb, c", ["a", "b", "c"]),
            ("'a, b', c", ["a, b", "c"]), ("\"it's\"", ["it's"]), ("'it\\'s'", ["it's"]), ("'a\\b'", ["a\\b"]),
            ("'a' b, c", ["'a' b", "c"]), ("'open", ["'open"]), ("\"\"", [""]), (" , ", [""]), ("ä,é", ["ä", "é"]),
        ] as [(String, [String])])
    func lists(_ text: String, _ parts: [String]) {
        #expect(ValueList.split([text]) == parts)
    }

    @Test(
        "an end of a link is a number, an address of this installation or an address elsewhere",
        arguments: [
            ("7", 7), ("007", 7), ("fsck.com-rt://parley.example/ticket/9", 9), ("t:9", 9),
            ("FSCK.com-rt://PARLEY.example/ticket/9", 9), ("99999999999999999999", Int64.max),
            ("http://a.example/?x=1", nil), ("mailto:a@b.example", nil),
        ] as [(String, Int64?)])
    func ends(_ text: String, _ number: Int64?) throws {
        let address = try #require(LinkAddress(text, RTOptions(WorkspaceSettings(stamp: Self.stamp))))
        #expect(address.number == number)
    }

    @Test(
        "what is neither cannot be linked",
        arguments: [
            "", "x", "ticket/5", "-1", "#4", "://x", "javascript:alert(1)", "data:text/html,x", "user:1", "t:x",
            "asset:1", "fsck.com-rt://other.example/ticket/4", "fsck.com-rt://parley.example/ticket/",
            "fsck.com-rt://parley.example/user/1",
            "f+x://q", "http:" + String(repeating: "x", count: 4_000),
        ])
    func noEnds(_ text: String) {
        #expect(LinkAddress(text, RTOptions(WorkspaceSettings(stamp: Self.stamp))) == nil)
    }

    private static let stamp = Stamp(created: Instant(seconds: 1), creator: .system)

    private func edit(
        _ fixture: RTFixture, _ id: IssueID, _ content: String, as login: String = "ana"
    ) async -> String {
        let encoded = content.utf8.map { octet in
            let digits = String(octet, radix: 16)
            return "%" + (digits.count < 2 ? "0" : "") + digits
        }.joined()
        return await fixture.text("ticket/\(id)/links?content=\(encoded)", as: login)
    }

    @Test("a member given by its group has it as its parent, and loses it there")
    func members() async throws {
        try await RTFixture.with { fixture in
            let (group, other, member) = (
                try await fixture.ticket("group"), try await fixture.ticket("other"), try await fixture.ticket("member")
            )
            func parent() async throws -> IssueID? {
                try await fixture.workspace.read(as: fixture.actor("root")) { try $0.issue(member).issue.parent }
            }
            #expect(await edit(fixture, group, "Members: \(member)") == "# Links for ticket \(group) updated.\n\n")
            #expect(try await parent() == group)
            _ = await edit(fixture, member, "MemberOf: \(group), \(other)")
            _ = await edit(fixture, group, "Members:")
            #expect(try await parent() == other)
            _ = await edit(fixture, member, "MemberOf:")
            #expect(try await parent() == nil)
            #expect(try await fixture.workspace.check() == [])
        }
    }

    @Test("links to what one may not see are not shown, and stay when the others are replaced")
    func hidden() async throws {
        try await RTFixture.with { fixture in
            let (ticket, other) = (try await fixture.ticket("a"), try await fixture.ticket("b"))
            let draft = ChangeRequest.Target.draft(Draft(project: .text("Vault")))
            let vault = try #require(
                try await fixture.change(draft, as: "root", [.set(.builtin(.title), [.text("v")])]).issues.first)
            _ = await edit(fixture, ticket, "RefersTo: \(vault)", as: "root")
            #expect(await fixture.text("ticket/\(ticket)/links") == "id: ticket/\(ticket)/links\n\n")
            _ = await edit(fixture, ticket, "RefersTo: \(other)")
            let shown = await fixture.text("ticket/\(ticket)/links", as: "root")
            #expect(shown.contains("/ticket/\(vault)") && shown.contains("/ticket/\(other)"))
            let refused = await edit(fixture, ticket, "DependsOn: \(vault)")
            #expect(refused.hasPrefix("# DependsOn: Permission denied\n\nid: \nDependsOn: \(vault)\n"))
        }
    }

    @Test("an address may stand on either side of each kind of link, and no two tickets depend on each other")
    func sides() async throws {
        try await RTFixture.with { fixture in
            let (ticket, other) = (try await fixture.ticket("a"), try await fixture.ticket("b"))
            let lines = LinkKind.all.map { "\($0.name): http://x.example/\($0.name)" }
            _ = await edit(fixture, ticket, lines.joined(separator: "\n"))
            let form = (["id: ticket/\(ticket)/links"] + lines).joined(separator: "\n")
            #expect(await fixture.text("ticket/\(ticket)/links") == form + "\n\n")
            _ = await edit(fixture, ticket, "DependsOn: \(other)")
            let refused = await edit(fixture, other, "DependsOn: \(ticket)")
            #expect(refused.hasPrefix("# DependsOn: Refused to add link which would create a circular relationship\n"))
            #expect(await fixture.history(ticket).contains("Membership in http://x.example/MemberOf added by ana"))
        }
    }
}
