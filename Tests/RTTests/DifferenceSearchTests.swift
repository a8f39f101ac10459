import ParleyHTTP
import ParleyModel
import ParleyService
import Testing

@testable import RTDialect

/// What `docs/differences/ticket-searches.md` and `ticket-histories.md` state beyond what the tests of queries and of
/// histories prove.
@Suite("Searches and histories that differ from Request Tracker's")
struct DifferenceSearchTests {
    private func search(_ rt: RTFixture, _ query: String, _ more: String = "&format=i") async -> [String] {
        let path = "search/ticket?query=\(PercentEncoding.encode(query))\(more)"
        return await rt.text(path, as: "root").split(separator: "\n").map(String.init)
    }

    @Test("ticket-searches.md: queues by name, a Type beside an OR, merged tickets, orders without case, one table")
    func queries() async throws {
        try await RTFixture.with { rt in
            let (one, two) = (try await rt.ticket("a"), try await rt.ticket("b"))
            for operation in ["like", "STARTSWITH"] {
                #expect(await search(rt, "Queue \(operation) 'gen'") == ["ticket/\(one)", "ticket/\(two)"])
            }
            #expect(await search(rt, "Subject = 'b' OR Type = 'reminder'") == ["ticket/\(two)"])
            #expect(await search(rt, "Subject = 'b' OR Requestor.Name ENDSWITH NULL") == ["ticket/\(two)"])
            #expect(await search(rt, "UpdatedBy != 'ana'").isEmpty)
            #expect(await search(rt, "LastUpdatedBy != 'ana'").isEmpty)
            let draft = ChangeRequest.Target.draft(Draft(project: .text("Network")))
            let made = try await rt.change(draft, [.set(.builtin(.title), [.text("c")])])
            let three = try #require(made.issues.first)
            _ = await rt.text("ticket/\(three)/edit?content=CF.{Rack}%3A%20r1", as: "root")
            let table = await search(rt, "id > 0", "&format=s&fields=cf.%7BRack%7D,subject")
            #expect(table.first?.hasPrefix("id\t") ?? false)
            let columns = table.map { $0.split(separator: "\t", omittingEmptySubsequences: false).count }
            #expect(Set(columns).count == 1)
            _ = await rt.text("ticket/\(one)/merge/\(two)", as: "root")
            #expect(await search(rt, "EffectiveId = \(two)") == ["ticket/\(two)"])
            _ = await rt.text("user/ana/edit?content=Name%3A%20Zana", as: "root")
            _ = await rt.text("ticket/\(two)/edit?content=Owner%3A%20Zana", as: "root")
            _ = await rt.text("ticket/\(three)/edit?content=Owner%3A%20root", as: "root")
            #expect(await search(rt, "id > 0", "&format=i&orderby=Owner.Name") == ["ticket/\(three)", "ticket/\(two)"])
        }
    }

    @Test("ticket-histories.md: a file that was taken away and a text that was rewritten are a Munge")
    func munges() async throws {
        try await RTFixture.with { rt in
            let id = try await rt.ticket("a")
            let files = [
                try await rt.file("one.txt", "text/plain", [0x61]), try await rt.file("two.txt", "text/plain", [0x62]),
            ]
            try await rt.change(.issues([id]), [.post(NewPost(text: "words"))] + files)
            let before = await rt.text("ticket/\(id)/attachments")
            let links = try await rt.workspace.read(as: rt.actor("root")) { reader in
                try reader.filesOfHistory(of: reader.issue(id).issue)
            }
            let first = try #require(links.first { $0.file.name == "one.txt" })
            try await rt.change(.issues([id]), as: "root", [.detach(first.link.id)])
            #expect(await rt.history(id).last == "Attachment one.txt deleted by root")
            #expect(await rt.text("ticket/\(id)/history/type/Munge?format=l").contains("\nType: Munge\n"))
            // What is left has its number, and the container stands as it stood.
            let left = before.split(separator: "\n").filter { !$0.contains("one.txt") }.map(trimmed)
            let shown = await rt.text("ticket/\(id)/attachments").split(separator: "\n").map(trimmed)
            #expect(shown == left)
            let unseen = await rt.text("ticket/\(id)/history?format=l", as: "ned")
            #expect(unseen == "# 0/0 (/total)\n\n\n")
        }
    }

    private func trimmed(_ line: Substring) -> String {
        var line = line.drop { $0 == " " }
        if line.last == "," { line.removeLast() }
        return String(line)
    }

    @Test("ticket-histories.md: content that is no text is shown as it is, up to RT's greatest attachment")
    func octets() async throws {
        try await RTFixture.with { rt in
            #expect(TextMemory.wholeLimit == 10_000_000)
            let id = try await rt.ticket("a")
            let file = try await rt.file("ü.bin", "application/octet-stream", [0xE9, 0xFF])
            try await rt.change(.issues([id]), [.post(NewPost(text: "words")), file])
            let list = await rt.text("ticket/\(id)/attachments")
            let line = try #require(list.split(separator: "\n").first { $0.contains("ü.bin") })
            let number = try #require(line.split(separator: ":").first?.split(separator: " ").last)
            guard case .bytes(let form) = await rt.get("ticket/\(id)/attachments/\(number)").body else { return }
            #expect(form.suffix(5).starts(with: [0xE9, 0xFF]) || form.contains([0x20, 0xE9, 0xFF, 0x0A]))
            #expect(!String(decoding: form, as: UTF8.self).contains("X-Mailer"))
            let other = try await rt.ticket("b")
            let alone = try await rt.file("c.bin", "application/octet-stream", [1])
            try await rt.change(.issues([other]), [.post(NewPost(text: "")), alone])
            #expect(await search(rt, "ContentType LIKE 'text'") == ["ticket/\(id)"])
            #expect(await search(rt, "ContentType LIKE 'octet'") == ["ticket/\(id)", "ticket/\(other)"])
        }
    }
}
