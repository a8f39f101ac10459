import Foundation
import ParleyHTTP
import ParleyModel
import ParleyService
import Testing

@testable import RTDialect

/// Lists and histories that are longer than one piece of an answer: what they tell while the tickets change.
@Suite("RT's long answers")
struct LongAnswerTests {
    private static func pieces(_ body: ResponseBody) throws -> any BodyProducer {
        guard case .stream(let producer) = body else { throw Fault.unavailable }
        return producer
    }

    private static func rest(of producer: inout any BodyProducer) async throws -> String {
        var octets: [UInt8] = []
        while let piece = try await producer.next() { octets += piece }
        return String(decoding: octets, as: UTF8.self)
    }

    private func makeTickets(_ count: Int, _ fixture: RTFixture) async throws -> [IssueID] {
        var ids: [IssueID] = []
        for number in 1...count {
            ids.append(try await fixture.ticket("Ticket \(number) \(String(repeating: "x", count: 150))"))
        }
        return ids
    }

    @Test("of a search, what goes meanwhile is left out, what changes is told as it is then, what comes is not in it")
    func search() async throws {
        try await RTFixture.with { fixture in
            let ids = try await makeTickets(260, fixture)
            let first = ids[0], lost = ids[250], changed = ids[255]
            let body = await fixture.get("search/ticket?format=l&query=id>=\(first)&orderby=%2Bid").body
            var producer = try Self.pieces(body)
            var text = String(decoding: try await producer.next() ?? [], as: UTF8.self)
            text += String(decoding: try await producer.next() ?? [], as: UTF8.self)
            #expect(text.hasPrefix("RT/") && text.contains("id: ticket/\(first)\n"))
            #expect(!text.contains("id: ticket/\(lost)\n"))
            try await fixture.change(.issues([lost]), as: "root", [.destroy])
            try await fixture.change(.issues([changed]), [.set(.builtin(.title), [.text("Changed meanwhile")])])
            let late = try await fixture.ticket("Late")
            text += try await Self.rest(of: &producer)
            #expect(!text.contains("id: ticket/\(lost)\n"))
            #expect(text.contains("Subject: Changed meanwhile\n"))
            #expect(!text.contains("id: ticket/\(late)\n"))
            #expect(text.components(separatedBy: "\n--\n\n").count == 259)
            #expect(text.hasSuffix("\n\n\n") && text.contains("id: ticket/\(ids[259])\n"))
        }
    }

    @Test("of a history, long texts are told whole, and one that goes meanwhile is left out")
    func history() async throws {
        try await RTFixture.with { fixture in
            let ticket = try await fixture.ticket("With a history")
            let long = (1...60).map { "note \($0)\n" + String(repeating: "line of text\n", count: 400) + "end \($0)" }
            for text in long { try await fixture.change(.issues([ticket]), [.post(NewPost(text: text))]) }
            let body = await fixture.get("ticket/\(ticket)/history?format=l").body
            var producer = try Self.pieces(body)
            var text = String(decoding: try await producer.next() ?? [], as: UTF8.self)
            text += String(decoding: try await producer.next() ?? [], as: UTF8.self)
            #expect(text.contains("         end 3\n") && !text.contains("note 59\n"))
            let root = try fixture.actor("root")
            let posts = try await fixture.workspace.read(as: root) { reader in
                try reader.comments(of: reader.issue(ticket).issue).map(\.id)
            }
            let rewriting = Change.rewrite(posts[20], text: "Rewritten meanwhile", audience: nil)
            try await fixture.change(.issues([ticket]), as: "root", [rewriting])
            while !text.contains("         end 30\n") {
                text += String(decoding: try #require(try await producer.next()), as: UTF8.self)
            }
            for number in 1...30 where number != 21 {
                #expect(text.contains("Content: note \(number)\n") && text.contains("         end \(number)\n"))
            }
            #expect(text.contains("Content: Rewritten meanwhile\n") && !text.contains("Content: note 21\n"))
            #expect(!text.contains("Content: note 60\n"))
            try await fixture.change(.issues([ticket]), as: "root", [.destroy])
            #expect(try await !Self.rest(of: &producer).contains("Content: note 60\n"))
        }
    }

    @Test("short answers stay plain octets")
    func short() async throws {
        try await RTFixture.with { fixture in
            let ticket = try await fixture.ticket("Short")
            for path in ["search/ticket?format=l&query=id>0", "ticket/\(ticket)/history?format=l", "ticket/\(ticket)"] {
                guard case .bytes = await fixture.get(path).body else {
                    Issue.record("a stream: \(path)")
                    continue
                }
            }
        }
    }
}
