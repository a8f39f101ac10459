import Foundation
import ParleyHTTP
import ParleyModel
import ParleyService
import Testing

@testable import RTDialect

extension RTFixture {
    /// Sends a form; the answer without the version, or nothing where it has not even a first line.
    fileprivate func send(_ path: String, _ content: String, as login: String = "ana") async -> String {
        var request = Request(method: "POST", path: "/REST/1.0/\(path)", query: "user=\(login)&pass=\(login)-secret-1")
        request.headers.add("Content-Type", "application/x-www-form-urlencoded")
        let allowed = CharacterSet.alphanumerics
        let encoded = content.addingPercentEncoding(withAllowedCharacters: allowed) ?? ""
        request.body = .bytes(Array("content=\(encoded)".utf8))
        guard case .bytes(let octets) = await frontEnd.respond(to: request).body else { return "(a file)" }
        return String(decoding: octets, as: UTF8.self).replacing("RT/5.0.3 ", with: "")
    }

    /// One field of a ticket as it is shown.
    fileprivate func field(_ name: String, of id: IssueID, as login: String = "root") async -> String {
        let text = await text("ticket/\(id)?fields=\(name)", as: login)
        return text.split(separator: "\n").last.map(String.init) ?? ""
    }
}

@Suite("RT's tickets")
struct TicketTests {
    @Test("each field of an edit stands alone, and what failed is told beside what was done")
    func standingAlone() async throws {
        try await RTFixture.with { fixture in
            let id = try await fixture.ticket("one")
            let content = "Subject: two\nOwner: rita\nBogus: x\nPriority: 7\n"
            let expected =
                "409 Syntax Error\n\n# owner: That user may not own tickets in that queue\n# bogus: Unknown field.\n"
                + "# Ticket \(id) updated.\n\nid: \nSubject: two\nOwner: rita\nBogus: x\nPriority: 7\n\n"
            #expect(await fixture.send("ticket/\(id)/edit", content) == expected)
            #expect(await fixture.field("Subject", of: id) == "Subject: two")
            #expect(await fixture.field("Priority", of: id) == "Priority: 7")
        }
    }

    @Test("what show gave, sent back whole, changes nothing and leaves no trace")
    func roundTrip() async throws {
        try await RTFixture.with { fixture in
            let made = await fixture.send(
                "ticket/new",
                "Queue: Support\nSubject: a\nRequestor: \"R R\" <r@x.example>\nCc: ana\nCF.{Severity}: high\n"
                    + "CF.{Affected Systems}: web, 'disk, raid'\nTimeWorked: 5\nDue: 2031-02-03 10:00\nOwner: ben\n")
            let number = made.split(separator: " ").compactMap { Int64($0) }.last
            let id = IssueID(try #require(number))
            let shown = await fixture.text("ticket/\(id)/show")
            #expect(shown.contains("CF.{Affected Systems}: web,'disk, raid'\n"))
            #expect(shown.contains("TimeWorked: 5 minutes\n"))
            let history = await fixture.history(id)
            #expect(await fixture.send("ticket/\(id)/edit", shown) == "200 Ok\n\n# Ticket \(id) updated.\n\n")
            #expect(await fixture.text("ticket/\(id)/show") == shown)
            #expect(await fixture.history(id) == history)
        }
    }

    @Test("a line that only looks like a field is text, and a carriage return belongs to the value")
    func lines() {
        let read = FormReading.read("Subject: a\r\nhttp://x.example: y\nfoo:bar\nStatus: open\r\n")
        #expect(read.count == 1)
        #expect(read[0].form.fields == [Form.Field("Subject", ["a\r"]), Form.Field("Status", ["open\r"])])
    }

    @Test("a second block of comments is a syntax error")
    func comments() {
        #expect(FormReading.read("# a\n# b\nSubject: x\n")[0].fault == nil)
        #expect(FormReading.read("# a\n\n# b\nSubject: x\n")[0].fault == ">> # b\nSubject: x\n")
    }

    @Test("deleting needs its own right, sets Resolved, and whoever may modify brings the ticket back")
    func deletion() async throws {
        try await RTFixture.with { fixture in
            let id = try await fixture.ticket("gone")
            #expect(await fixture.send("ticket/\(id)/edit", "Status: deleted\n").hasPrefix("409"))
            let small = await fixture.send("ticket/\(id)/edit", "status: deleted\n")
            #expect(small == "400 Bad Request\n\n# You are not allowed to delete ticket \(id).\n\n\n")
            #expect(await fixture.send("ticket/\(id)/edit", "Status: deleted\n", as: "root").hasPrefix("200"))
            #expect(await fixture.field("Status", of: id, as: "rhea") == "Status: deleted")
            #expect(await fixture.field("Resolved", of: id) != "Resolved: Not set")
            #expect(await fixture.send("ticket/\(id)/edit", "Status: stalled\n").hasPrefix("200"))
            #expect(await fixture.field("Status", of: id) == "Status: stalled")
        }
    }

    @Test("a reply by the requestor is no contact, one by somebody else is")
    func contact() async throws {
        try await RTFixture.with { fixture in
            let id = try await fixture.ticket("told")
            _ = await fixture.send("ticket/\(id)/edit", "Requestors: ana\n")
            #expect(await fixture.send("ticket/\(id)/comment", "Action: correspond\nText: x\n").hasPrefix("200"))
            #expect(await fixture.field("Told", of: id) == "Told: Not set")
            let second = "Action: correspond\nText: x\nStatus: stalled\nCc: new@x.example\n"
            let answer = await fixture.send("ticket/\(id)/comment", second, as: "ben")
            #expect(answer == "200 Ok\n\n# Correspondence added\n# Status changed from 'open' to 'stalled'\n\n")
            #expect(await fixture.field("Told", of: id) != "Told: Not set")
            #expect(await fixture.field("Cc", of: id) == "Cc:")
            #expect(fixture.workspace.catalog.user(address: "new@x.example") != nil)
        }
    }

    @Test("who may reply in a queue need not see the ticket; a comment among the team is refused")
    func unseen() async throws {
        try await RTFixture.with { fixture in
            let id = try await fixture.ticket("unseen")
            let path = "ticket/\(id)/comment"
            #expect(await fixture.send(path, "Action: correspond\nText: x\n", as: "ned").hasPrefix("200"))
            #expect(await fixture.send(path, "Action: comment\nText: x\n", as: "ned").hasPrefix("400"))
            #expect(await fixture.text("ticket/\(id)", as: "ned").hasPrefix("# You are not allowed to display"))
        }
    }

    @Test("merging adds people and times, and both numbers answer as one ticket")
    func merging() async throws {
        try await RTFixture.with { fixture in
            let a = try await fixture.ticket("a")
            let b = try await fixture.ticket("b")
            _ = await fixture.send("ticket/\(a)/edit", "TimeEstimated: 5\nTimeWorked: 3\nCc: ben\n")
            _ = await fixture.send("ticket/\(b)/edit", "TimeEstimated: 7\nTimeWorked: 2\n")
            #expect(await fixture.text("ticket/\(a)/merge/\(b)") == "# Merge completed.\n\n\n")
            #expect(await fixture.text("ticket/\(a)/merge/\(b)") == "# Could not complete the merge.\n\n\n")
            let shown = await fixture.text("ticket/\(a)?fields=TimeEstimated,TimeWorked,Cc")
            #expect(
                shown == "id: ticket/\(b)\nTimeEstimated: 12 minutes\nTimeWorked: 5 minutes\nCc: ben@example.org\n\n")
            #expect(try await fixture.workspace.check() == [])
        }
    }

    @Test("numbers are read from what they begin with, priorities also by name")
    func numbers() {
        #expect(NumberKey.timeworked.read("60 minutes", []) == 60)
        #expect(NumberKey.timeleft.read("-4", []) == -4)
        #expect(NumberKey.timeestimated.read("99999999999999999999999", []) == 1_000_000_000)
        #expect(NumberKey.priority.read("High", []) == 100)
        #expect(NumberKey.priority.read("7\r", []) == 0)
        #expect(NumberKey.initialpriority.read("", []) == 0)
    }
}
