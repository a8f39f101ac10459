import Foundation
import ParleyHTTP
import ParleyModel
import ParleyService

/// Moments as a user reads them, in their own time zone.
struct UserClock: Sendable {
    /// What days and hours mean to the user.
    let zone: TimeZone

    init(zone: TimeZone = .gmt) {
        self.zone = zone
    }

    /// The zone that the actor chose, else that of the workspace.
    init(of actor: Actor, in catalog: Catalog) {
        let own = catalog.user(actor.user)?.preferences.timeZone ?? ""
        zone = UserClock.zone(named: own) ?? UserClock.zone(named: catalog.settings.timeZone) ?? .gmt
    }

    private static func zone(named name: String) -> TimeZone? {
        if name.isEmpty { return nil }
        if name == "UTC" || name == "GMT" { return .gmt }
        return TimeZone(identifier: name)
    }

    /// The moment whose reading in UTC is what the user's clock shows.
    func local(_ instant: Instant) -> Instant {
        if zone == .gmt { return instant }
        let date = Date(timeIntervalSince1970: TimeInterval(instant.seconds))
        return instant.adding(seconds: Int64(zone.secondsFromGMT(for: date)))
    }

    /// `Sat Nov 21 17:21:26 2026`, or `Not set`.
    func words(_ instant: Instant?) -> String {
        guard let instant else { return "Not set" }
        return UserClock.text { write(words: instant, to: &$0) }
    }

    /// `Sat Nov 21 17:21:26 2026` as octets.
    func write(words instant: Instant, to output: inout OutputBuffer) {
        let shown = local(instant)
        let date = shown.date
        let parts = date.components
        UserClock.write(day: date.weekday, parts.month, parts.day, to: &output)
        output.append(octet: 0x20)
        output.append(clock: shown)
        output.append(octet: 0x20)
        output.append(Int64(parts.year))
    }

    /// The text of what a body writes.
    private static func text(_ body: (inout OutputBuffer) -> Void) -> String {
        var output = OutputBuffer(capacity: 64)
        body(&output)
        return output.withOctets(from: 0) { String(decoding: $0, as: UTF8.self) }
    }

    /// `Sat Nov 21 2026`.
    func dayWords(_ instant: Instant) -> String {
        let date = local(instant).date
        let parts = date.components
        return UserClock.text { output in
            UserClock.write(day: date.weekday, parts.month, parts.day, to: &output)
            output.append(octet: 0x20)
            output.append(Int64(parts.year))
        }
    }

    /// `2026-11-21 17:21:26` by the user's clock.
    func iso(_ instant: Instant) -> String { UserClock.sql(local(instant)) }

    /// `2026-11-21 17:21:26` in UTC.
    static func sql(_ instant: Instant) -> String { text { write(sql: instant, to: &$0) } }

    /// `2026-11-21 17:21:26` in UTC as octets.
    static func write(sql instant: Instant, to output: inout OutputBuffer) {
        output.append(instant.date)
        output.append(octet: 0x20)
        output.append(clock: instant)
    }

    private static func write(day weekday: Int, _ month: Int, _ day: Int, to output: inout OutputBuffer) {
        output.append(weekdays[weekday - 1])
        output.append(octet: 0x20)
        output.append(months[month - 1])
        output.append(octet: 0x20)
        if day < 10 { output.append(octet: 0x30) }
        output.append(Int64(day))
    }

    private static let weekdays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}

extension Call {
    /// The actor's clock.
    var clock: UserClock { UserClock(of: actor, in: catalog) }
}
