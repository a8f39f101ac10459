import Foundation
import ParleyModel
import Testing

@testable import RTDialect

/// What RT 5.0.3 makes of dates at Friday 2025-11-21 22:10:00 UTC.
@Suite("RT's dates")
struct DateTests {
    private static let now = Instant(seconds: 1_763_763_000)

    @Test("dates are read in the user's zone", arguments: [
        ("2031-02-03", "2031-02-03 00:00:00"), ("2031-02-03 04:05", "2031-02-03 04:05:00"),
        ("2031-02-03 04:05:06", "2031-02-03 04:05:06"), ("2031-02-03T10:11:12", "2031-02-03 10:11:12"),
        ("2031-02-03T10:11:12Z", "2031-02-03 00:00:00"), ("Sat Nov 21 17:21:26 2026", "2026-11-21 17:21:26"),
        ("3 Feb 2031", "2031-02-03 00:00:00"), ("Feb 3 2031", "2031-02-03 00:00:00"),
        ("February 3rd, 2031", "2031-02-03 00:00:00"), ("02/03/2031", "2031-03-02 00:00:00"),
        ("02/03/31", "2031-03-02 00:00:00"), ("02/03", "2025-03-02 00:00:00"), ("2031/02", "2031-02-01 00:00:00"),
        ("030231", "2031-02-03 00:00:00"), ("31 Feb 2031", "2031-03-03 00:00:00"), ("12:30", "2025-11-21 12:30:00"),
        ("5pm", "2025-11-21 17:00:00"), ("12am", "2025-11-21 00:00:00"), ("noon", "2025-11-21 12:00:00"),
        ("now", "2025-11-21 23:10:00"), ("today", "2025-11-21 23:10:00"), ("tomorrow", "2025-11-22 23:10:00"),
        ("yesterday", "2025-11-20 23:10:00"), ("tomorrow at 3pm", "2025-11-22 15:00:00"),
        ("in 3 days", "2025-11-24 23:10:00"), ("+3 days", "2025-11-24 23:10:00"), ("3 days", "2025-11-24 23:10:00"),
        ("2 weeks ago", "2025-11-07 23:10:00"), ("1 hour ago", "2025-11-21 22:10:00"),
        ("1.5 hours ago", "2025-11-21 21:40:00"), ("last week", "2025-11-14 23:10:00"),
        ("next friday", "2025-11-28 23:10:00"), ("friday", "2025-11-21 00:00:00"),
        ("monday morning", "2025-11-17 08:00:00"), ("next month", "2025-12-21 23:10:00"),
        ("last year", "2024-11-21 23:10:00"), ("in 2 months", "2026-01-21 23:10:00"),
        ("2031-02-03 10:00 +0200", "2031-02-03 08:00:00"),
    ])
    func reading(text: String, expected: String) throws {
        let zone = try #require(TimeZone(identifier: "Europe/Berlin"))
        let clock = UserClock(zone: zone)
        let found = RTDates.read(text, now: DateTests.now, clock: clock)
        #expect(found.map { clock.iso($0) } == expected)
    }

    @Test("what is no date is none", arguments: [
        "", " ", "0", "bogus", "1234567890", "Not set", "last day of month", "1960-01-01", "in many days",
        String(repeating: "9", count: 5000), "10:00 XYZT",
    ])
    func unreadable(text: String) {
        #expect(RTDates.read(text, now: DateTests.now, clock: UserClock()) == nil)
        #expect(RTDates.forSearch(text, now: DateTests.now, clock: UserClock()).seconds == 0)
    }

    @Test("a day is the user's, also when clocks change")
    func days() throws {
        let zone = try #require(TimeZone(identifier: "Europe/Berlin"))
        let clock = UserClock(zone: zone)
        let moment = Instant(seconds: 1_743_300_000)
        let day = RTDates.day(of: moment, clock: clock)
        #expect(clock.iso(day.start) == "2025-03-30 00:00:00")
        #expect(day.end.seconds - day.start.seconds == 23 * 3600)
    }

    @Test("no text traps")
    func fuzz() {
        var state: UInt64 = 7
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
        let parts = [
            "99999999999999999999", "31", "2", "feb", "/", "-", ".", ":", " ", "ago", "days", "next", "last", "friday",
            "in", "'31", "T", "GMT", "+", "EST", "years", "1/2", "1/0", "am", "at", "é", "\u{0}", "0000",
        ]
        for _ in 0..<20_000 {
            var text = ""
            for _ in 0..<random(9) { text += parts[random(parts.count)] + (random(2) == 0 ? " " : "") }
            _ = RTDates.read(text, now: DateTests.now, clock: UserClock())
        }
    }
}
