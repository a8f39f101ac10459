import ParleyModel
import ParleyService

/// RT's words for what happened, where one sentence serves several kinds of steps.
struct HistoryWords {
    let catalog: Catalog
    let clock: UserClock

    static let noValue = "(no value)"
    static let noContent = "This transaction appears to have no content"
    /// What an unset date is in old and new values.
    static let epoch = "1970-01-01 00:00:00"

    // MARK: people

    /// `login (Real Name)` of the team, `Real Name <address>` of all others.
    func person(_ id: PrincipalID?) -> String {
        guard let id, id != .nobody else { return "Nobody in particular" }
        if id == .system { return "The RT System itself" }
        if let group = catalog.records.groups[id] { return "group \(group.name)" }
        guard let user = catalog.user(id) else { return "#\(id)" }
        if user.privileged || user.admin, let login = user.login {
            let isPlain = user.realName.isEmpty || user.realName.lowercased() == login.lowercased()
            return isPlain ? login : "\(login) (\(user.realName))"
        }
        let address = user.addresses.first ?? ""
        var words: [String] = []
        if !user.realName.isEmpty, user.realName.lowercased() != address.lowercased() {
            words.append(user.realName)
        } else if let login = user.login, login.lowercased() != address.lowercased() {
            words.append(login)
        }
        if !address.isEmpty { words.append("<\(address)>") }
        return words.joined(separator: " ")
    }

    /// Who owns what, in old and new values: nobody has a number too.
    static func number(_ id: PrincipalID?) -> String { String((id ?? .nobody).rawValue) }

    /// What a change of owner is called, which depends on who made it.
    func owner(from old: PrincipalID?, to new: PrincipalID?, by author: PrincipalID) -> String {
        let isOwned = old != nil && old != .nobody
        let isFreed = new == nil || new == .nobody
        if !isOwned { return new == author ? "Taken" : "Given to \(person(new))" }
        if new == author { return "Stolen from \(person(old))" }
        if old == author { return isFreed ? "Untaken" : "Given to \(person(new))" }
        return "Owner forcibly changed from \(person(old)) to \(person(new))"
    }

    // MARK: values

    /// `Subject changed from 'a' to 'b'`.
    static func changed(_ field: String, _ old: String, _ new: String) -> String {
        "\(field) changed from \(quoted(old)) to \(quoted(new))"
    }

    private static func quoted(_ text: String) -> String { text.isEmpty || text == "0" ? noValue : "'\(text)'" }

    /// `Due changed from Not set to Tue Jan 01 00:00:00 2030`.
    func changed(_ field: String, _ old: Instant?, _ new: Instant?) -> String {
        "\(field) changed from \(clock.words(old)) to \(clock.words(new))"
    }

    /// An instant as old and new values have it, in UTC.
    static func sql(_ instant: Instant?) -> String { instant.map { UserClock.sql($0) } ?? epoch }

    /// `Severity Low added`, `changed to`, `deleted`; of a long text only that it was.
    static func custom(_ field: String, _ old: String, _ new: String, isLong: Bool) -> String {
        if old.isEmpty { return isLong ? "\(field) added" : "\(field) \(new) added" }
        if new.isEmpty { return isLong ? "\(field) deleted" : "\(field) \(old) deleted" }
        return isLong ? "\(field) changed" : "\(field) \(old) changed to \(new)"
    }

    // MARK: time

    /// `Worked 1.5 hours (90 minutes)`.
    static func worked(_ minutes: Int64) -> String {
        if minutes < 0 { return "Adjusted time worked by \(quantity(minutes, "minute"))" }
        if minutes < 60 { return "Worked \(quantity(minutes, "minute"))" }
        // Hundredths of an hour, rounded; trailing zeros are not written.
        let hundredths = (minutes.multipliedReportingOverflow(by: 10).partialValue &+ 3) / 6
        let hours = grouped(hundredths / 100) + fraction(hundredths % 100)
        let unit = hundredths == 100 ? "hour" : "hours"
        return "Worked \(hours) \(unit) (\(quantity(minutes, "minute")))"
    }

    private static func fraction(_ hundredths: Int64) -> String {
        if hundredths == 0 { return "" }
        if hundredths % 10 == 0 { return ".\(hundredths / 10)" }
        return hundredths < 10 ? ".0\(hundredths)" : ".\(hundredths)"
    }

    private static func quantity(_ number: Int64, _ unit: String) -> String {
        "\(grouped(number)) \(unit)\(number == 1 ? "" : "s")"
    }

    /// With a comma after each third digit.
    private static func grouped(_ number: Int64) -> String {
        var digits = Array(String(number.magnitude).utf8)
        var index = digits.count - 3
        while index > 0 {
            digits.insert(0x2C, at: index)
            index -= 3
        }
        return (number < 0 ? "-" : "") + String(decoding: digits, as: UTF8.self)
    }

    // MARK: priorities

    /// RT tells of priorities by name: the workspace's, or its own three bands where there are none.
    func priority(_ number: Int64) -> String {
        if !catalog.priorities.isEmpty { return catalog.priority(for: number)?.name ?? String(number) }
        if number < 0 { return "unknown" }
        return number < 50 ? "Low" : number < 100 ? "Medium" : "High"
    }
}
