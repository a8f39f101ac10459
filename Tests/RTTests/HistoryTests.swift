import Foundation
import ParleyModel
import ParleyService
import Testing

@testable import RTDialect

/// What differs from RT on purpose stands in `docs/differences/ticket-histories.md`.
@Suite("A ticket's history")
struct HistoryTests {
    @Test("time worked is told in hours with two decimals and commas", arguments: [
        (1, "Worked 1 minute"), (0, "Worked 0 minutes"), (59, "Worked 59 minutes"), (60, "Worked 1 hour (60 minutes)"),
        (90, "Worked 1.5 hours (90 minutes)"), (138, "Worked 2.3 hours (138 minutes)"),
        (1993, "Worked 33.22 hours (1,993 minutes)"), (61, "Worked 1.02 hours (61 minutes)"),
        (-2, "Adjusted time worked by -2 minutes"), (-1500, "Adjusted time worked by -1,500 minutes"),
    ])
    func worked(_ minutes: Int64, _ words: String) {
        #expect(HistoryWords.worked(minutes) == words)
    }

    @Test("a selection of steps is by type, by link or watcher, or by numbers")
    func selections() {
        #expect(HistorySelection(["id", "3,5-7"]).ids == ["3", "5", "6", "7"])
        #expect(HistorySelection(["id", "9-3"]).ids == ["9-3"])
        #expect(HistorySelection(["id", "1-99999999999"]).ids == ["1-99999999999"])
        #expect(HistorySelection(["id", "x"]).ids == ["x"])
        #expect(HistorySelection(["id"]).isAll)
        #expect(HistorySelection([]).isAll)
        #expect(HistorySelection(["type", ""]).isAll)
        #expect(!HistorySelection(["type", "Set"]).isAll)
        #expect(HistorySelection(["type", "Set", "x"]).spelling == "type/Set/x")
    }

    @Test("each change is told in RT's words, an owner's twice")
    func words() async throws {
        try await RTFixture.with { rt in
            let other = try await rt.ticket("other")
            let id = try await rt.ticket("first", text: "the text")
            let ben = ParsedOperand.text("ben")
            for change: Change in [
                .set(.builtin(.title), [.text("second")]), .set(.builtin(.assignee), [ben]),
                .add(.builtin(.watchers), [.text("rita@example.net")]), .set(.custom(101), [.text("High")]),
                .set(.custom(102), [.text("web"), .text("db")]), .set(.custom(102), []),
                .set(.builtin(.startDate), [.text("2030-01-01")]), .set(.builtin(.priorityNumber), [.integer(60)]),
                .logTime(NewTimeEntry(duration: 90 * 60_000)),
                .link(type: .text("blocks"), .reverse, .issue(other), delay: nil),
                .set(.builtin(.status), [.text("open")]),
            ] {
                _ = try await rt.change(.issues([id]), [change])
            }
            #expect(await rt.history(id) == [
                "Ticket created by ana", "Subject changed from 'first' to 'second' by ana",
                "Given to ben (Ben Baker) by ana", "Owner set to ben (Ben Baker) by ana",
                "Cc Rita Requestor <rita@example.net> added by ana", "Severity High added by ana",
                "Affected Systems web added by ana", "Affected Systems db added by ana",
                "Affected Systems web deleted by ana", "Affected Systems db deleted by ana",
                "Starts changed from Not set to Tue Jan 01 00:00:00 2030 by ana",
                "Priority changed from 'Low' to 'Medium' by ana", "Worked 1.5 hours (90 minutes) by ana",
                "Dependency on #\(other): other added by ana", "Status changed from 'new' to 'open' by ana",
            ])
            #expect(await rt.history(other).last == "Dependency by #\(id): second added by ana")
        }
    }

    @Test("a reply opens a new ticket in the system's name, and takes the time that came along")
    func replies() async throws {
        try await RTFixture.with { rt in
            let id = try await rt.ticket("t")
            var post = NewPost(text: "hello")
            post.isReply = true
            try await rt.change(.issues([id]), [.post(post), .logTime(NewTimeEntry(duration: 5 * 60_000))])
            #expect(await rt.history(id) == [
                "Ticket created by ana", "Correspondence added by ana",
                "Status changed from 'new' to 'open' by RT_System",
            ])
            let long = await rt.text("ticket/\(id)/history/type/Correspond?format=l")
            #expect(long.contains("TimeTaken: 5\nType: Correspond\n"))
            #expect(long.contains("Data: No Subject\n"))
            #expect(long.contains("Content: hello\n"))
        }
    }

    @Test("an internal comment is for those who may see comments")
    func comments() async throws {
        try await RTFixture.with { rt in
            let id = try await rt.ticket("t")
            try await rt.change(.issues([id]), audience: .restricted, [.post(NewPost(text: "secret"))])
            #expect(await rt.history(id).last == "Comments added by ana")
            #expect(await rt.history(id, as: "rhea") == ["Ticket created by ana"])
            #expect(await rt.text("ticket/\(id)/history", as: "ned") == "# 0/0 (/total)\n\n\n")
            let number = await rt.text("ticket/\(id)/history/Comment").split(separator: "\n").last?
                .prefix { $0 != ":" } ?? ""
            let hidden = await rt.text("ticket/\(id)/history/id/\(number)", as: "rhea")
            #expect(hidden.contains("id: \(number)\nTicket: \(id)\nTimeTaken: \nType: \n"))
            #expect(hidden.contains("Description: Permission Denied\n"))
            #expect(!hidden.contains("secret"))
            let alone = await rt.text("transaction/\(number)", as: "rhea")
            #expect(alone == "id: \(number)\nDescription: Permission Denied\n\n")
        }
    }

    @Test("deleting and restoring are changes of the status")
    func deletion() async throws {
        try await RTFixture.with { rt in
            let id = try await rt.ticket("t")
            try await rt.change(.issues([id]), as: "root", [.retire])
            try await rt.change(.issues([id]), as: "root", [.set(.builtin(.status), [.text("open")]), .restore])
            #expect(await rt.history(id).suffix(2) == [
                "Ticket deleted by root", "Status changed from 'deleted' to 'open' by root",
            ])
        }
    }

    @Test("a merged ticket's history is part of the other's, and each step keeps its number and ticket")
    func merging() async throws {
        try await RTFixture.with { rt in
            let first = try await rt.ticket("first", [.add(.builtin(.requestors), [.text("x@example.com")])])
            let second = try await rt.ticket("second")
            let before = await rt.text("ticket/\(first)/history")
            try await rt.change(.issues([first]), [.merge(into: second)])
            let joined = await rt.text("ticket/\(first)/history")
            #expect(joined.contains(before.split(separator: "\n").last ?? "?"))
            #expect(await rt.history(second) == [
                "Ticket created by ana", "Ticket created by ana", "Merged into #\(second): second by ana",
                "Merged into #\(second): second by ana",
            ])
            let long = await rt.text("ticket/\(second)/history?format=l")
            #expect(long.contains("Ticket: \(first)\nTimeTaken: 0\nType: Create\n"))
            #expect(long.contains("Ticket: \(second)\nTimeTaken: 0\nType: Create\n"))
        }
    }

    @Test("what RT has no word for reads like a custom field")
    func strangers() async throws {
        try await RTFixture.with { rt in
            let id = try await rt.ticket("t")
            try await rt.change(.issues([id]), [.set(.builtin(.progress), [.integer(50)])])
            try await rt.change(.issues([id]), [.set(.builtin(.description), [.text("later\nand longer")])])
            #expect(await rt.history(id).suffix(2) == [
                "Progress 0 changed to 50 by ana", "Description added by ana",
            ])
        }
    }

    @Test("links that a merge moves are told by the merge alone")
    func mergedLinks() async throws {
        try await RTFixture.with { rt in
            let third = try await rt.ticket("third")
            let first = try await rt.ticket("first"), second = try await rt.ticket("second")
            try await rt.change(.issues([first]), [.link(type: .text("relates"), .forward, .issue(third), delay: nil)])
            try await rt.change(.issues([first]), [.merge(into: second)])
            #expect(await rt.history(third) == [
                "Ticket created by ana", "Reference by #\(second): second added by ana",
            ])
        }
    }

    @Test("descriptions have the reader's hours, values those of UTC")
    func zones() async throws {
        try await RTFixture.with { rt in
            let zone = try #require(TimeZone(secondsFromGMT: 2 * 3600))
            let words = HistoryWords(catalog: rt.workspace.catalog, clock: UserClock(zone: zone))
            let moment: Instant? = Instant(seconds: 1_893_456_000)
            #expect(words.changed("Due", nil, moment) == "Due changed from Not set to Tue Jan 01 02:00:00 2030")
            #expect(HistoryWords.sql(moment) == "2030-01-01 00:00:00")
        }
    }

    @Test("markup becomes plain text", arguments: [
        ("html <b>x</b>", "html x\n\n"), ("a<br>b &amp; &#65;&#x42;", "a\nb & AB\n\n"),
        ("<p>one</p><p>two</p>", "one\n\ntwo\n\n"), ("a < b &bogus; &", "a < b &bogus; &\n\n"), ("<", "<\n\n"),
        ("see <a class=x href=\"http://x.example/\">this</a>", "see this (http://x.example/)\n\n"), ("<p></p>", ""),
        ("x<ul><li>a</li><li>b</li></ul>", "x\n* a\n* b\n\n"), ("a<unclosed", "a\n\n"), ("", ""),
    ])
    func markup(_ html: String, _ text: String) {
        #expect(PlainText.text(ofHTML: html) == text)
    }
}
