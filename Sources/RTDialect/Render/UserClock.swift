import Foundation
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
        let shown = local(instant)
        return "\(UserClock.dayWords(shown.date)) \(UserClock.time(shown)) \(shown.date.components.year)"
    }

    /// `Sat Nov 21 2026`.
    func dayWords(_ instant: Instant) -> String {
        let shown = local(instant)
        return "\(UserClock.dayWords(shown.date)) \(shown.date.components.year)"
    }

    /// `2026-11-21 17:21:26` by the user's clock.
    func iso(_ instant: Instant) -> String { UserClock.sql(local(instant)) }

    /// `2026-11-21 17:21:26` in UTC.
    static func sql(_ instant: Instant) -> String { "\(instant.date.iso8601) \(time(instant))" }

    private static func dayWords(_ date: CivilDate) -> String {
        let parts = date.components
        return "\(weekdays[date.weekday - 1]) \(months[parts.month - 1]) \(twoDigits(Int64(parts.day)))"
    }

    private static func time(_ instant: Instant) -> String {
        let second = instant.secondOfDay
        return "\(twoDigits(second / 3600)):\(twoDigits(second / 60 % 60)):\(twoDigits(second % 60))"
    }

    private static func twoDigits(_ number: Int64) -> String { number < 10 ? "0\(number)" : String(number) }

    private static let weekdays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}

extension Call {
    /// The actor's clock.
    var clock: UserClock { UserClock(of: actor, in: catalog) }
}
