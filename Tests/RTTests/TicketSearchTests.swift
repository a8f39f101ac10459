import ParleyHTTP
import ParleyModel
import ParleyService
import Testing

@testable import RTDialect

/// Random queries, asked of the interface and of plain Swift.
@Suite("Searching tickets")
struct TicketSearchTests {
    /// What the test knows of a ticket.
    struct Known {
        var id: Int64 = 0
        var title = ""
        var status = "new"
        var queue = "General"
        var priority: Int64 = 0
        var owner = "Nobody"
        var requestors: Set<String> = []
        var due: Int64?
        var severity: String?
        var systems: Set<String> = []
        var serial: String?
        var dependsOn: Int64?
        var minutes: Int64 = 0
    }

    private struct Random {
        var state: UInt64
        mutating func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
        mutating func one<T>(_ values: [T]) -> T { values[next(values.count)] }
        mutating func maybe<T>(_ values: [T]) -> T? { next(3) == 0 ? nil : one(values) }
    }

    private static let words = ["alpha", "Beta", "gam ma", "it's", "100%", "a*b", "x_y", "ÜBER", "why?"]
    private static let statuses = ["new", "open", "stalled", "resolved", "rejected"]
    private static let people = ["ana", "ben", "Nobody"]
    private static let addresses = ["rita@example.net", "ben@example.org", "ana@example.org"]
    private static let days = ["2030-01-01", "2030-05-05", "2031-12-31"]

    private func make(_ fixture: RTFixture, _ random: inout Random, _ earlier: [Known]) async throws -> Known {
        var known = Known()
        known.title = (0...random.next(2)).map { _ in random.one(Self.words) }.joined(separator: " ")
        known.status = random.one(["new", "open", "resolved"])
        known.queue = random.one(["General", "Support"])
        known.priority = Int64(random.next(26))
        known.owner = random.one(Self.people)
        known.requestors = Set((0..<random.next(3)).map { _ in random.one(Self.addresses) })
        let due = random.maybe(Self.days)
        known.due = due.flatMap { RTDates.read($0, now: Instant(seconds: 1), clock: UserClock())?.seconds }
        known.severity = random.maybe(["Low", "Medium", "High"])
        known.systems = Set((0..<random.next(3)).map { _ in random.one(["web", "mail", "db"]) })
        known.serial = random.maybe(["Abc", "abd", "S-77"])
        known.minutes = Int64(random.one([0, 0, 30, 90]))
        var lines = [
            "id: ticket/new", "Queue: \(known.queue)", "Subject: \(known.title)", "Status: \(known.status)",
            "Priority: \(known.priority)", "Owner: \(known.owner)",
            "Requestor: \(known.requestors.joined(separator: ", "))", "Due: \(due ?? "")",
            "TimeWorked: \(known.minutes)", "InitialPriority: 0", "FinalPriority: 0",
        ]
        if let severity = known.severity { lines.append("CF.{Severity}: \(severity)") }
        if !known.systems.isEmpty { lines.append("CF.{Affected Systems}: \(known.systems.joined(separator: ","))") }
        if let serial = known.serial { lines.append("CF.{Serial}: \(serial)") }
        let answer = await fixture.text(
            "ticket/new?content=\(PercentEncoding.encode(lines.joined(separator: "\n")))", as: "root")
        known.id = try #require(Int64(answer.split(separator: " ").dropFirst(2).first ?? ""), "\(answer)")
        if known.queue == "Support", due == nil {
            // The queue gives tickets a due date.
            _ = await fixture.text("ticket/\(known.id)/edit?content=Due%3A", as: "root")
        }
        if !earlier.isEmpty, random.next(3) == 0 {
            let other = random.one(earlier).id
            _ = await fixture.text("ticket/\(known.id)/links?content=DependsOn%3A%20\(other)", as: "root")
            known.dependsOn = other
        }
        return known
    }

    private typealias Condition = (text: String, holds: (Known) -> Bool)

    private func quoted(_ text: String) -> String { "'" + text.replacing("'", with: "\\'") + "'" }

    private func fold(_ text: String) -> String { text.lowercased() }

    /// `LIKE` by trying everything.
    private func like(_ text: [Character], _ pattern: [Character]) -> Bool {
        guard let first = pattern.first else { return text.isEmpty }
        let rest = Array(pattern.dropFirst())
        if first == "%" { return (0...text.count).contains { like(Array(text[$0...]), rest) } }
        guard let own = text.first, first == "_" || first == own else { return false }
        return like(Array(text.dropFirst()), rest)
    }

    private func textCondition(
        _ key: String, _ random: inout Random, _ own: @escaping (Known) -> String?
    ) -> Condition {
        let value = random.one(Self.words + ["a", "E", "a_p", "%b%", "S-", "abc"])
        let folded = fold(value)
        let operation = random.one(["=", "!=", "LIKE", "NOT LIKE", "STARTSWITH", "NOT STARTSWITH", "ENDSWITH"])
        let pattern: [Character]? = switch operation.split(separator: " ").last {
        case "LIKE": Array("%\(folded)%")
        case "STARTSWITH": Array("\(folded)%")
        case "ENDSWITH": Array("%\(folded)")
        default: nil
        }
        let isNegative = operation.hasPrefix("NOT") || operation == "!="
        return ("\(key) \(operation) \(quoted(value))", { known in
            guard let text = own(known).map(self.fold) else { return isNegative }
            let holds = pattern.map { self.like(Array(text), $0) } ?? (text == folded)
            return holds != isNegative
        })
    }

    private func numberCondition(_ key: String, _ values: [Int64], _ random: inout Random,
        _ own: @escaping (Known) -> Int64
    ) -> Condition {
        let value = random.one(values)
        let operation = random.one(["=", "!=", "<", ">", "<=", ">="])
        return ("\(key) \(operation) \(random.next(2) == 0 ? String(value) : "'\(value)'")", { known in
            switch operation {
            case "=": own(known) == value
            case "!=": own(known) != value
            case "<": own(known) < value
            case ">": own(known) > value
            case "<=": own(known) <= value
            default: own(known) >= value
            }
        })
    }

    private func condition(_ random: inout Random, _ tickets: [Known]) -> Condition {
        switch random.next(13) {
        case 0, 1: return textCondition("Subject", &random) { $0.title }
        case 2: return textCondition("CF.{Serial}", &random) { $0.serial }
        case 3: return numberCondition("Priority", [-5, 0, 5, 12, 24], &random) { $0.priority }
        case 4: return numberCondition("TimeWorked", [0, 30, 60, 90], &random) { $0.minutes }
        case 5: return numberCondition("id", tickets.map(\.id), &random) { $0.id }
        case 6:
            let status = random.one(Self.statuses)
            return random.next(2) == 0
                ? ("Status = '\(status.uppercased())'", { $0.status == status })
                : ("Status = '__Inactive__'", { ["resolved", "rejected"].contains($0.status) })
        case 7: return random.next(2) == 0
            ? ("Queue = 'general'", { $0.queue == "General" }) : ("Queue != 'General'", { $0.queue != "General" })
        case 8:
            let person = random.one(Self.people)
            return random.next(2) == 0
                ? ("Owner = '\(person)'", { $0.owner == person })
                : ("Owner.Name != '\(person)'", { $0.owner != person })
        case 9:
            let address = random.one(Self.addresses)
            return random.one([
                ("Requestor = '\(address)'", { $0.requestors.contains(address) }),
                ("Requestor != '\(address)'", { !$0.requestors.contains(address) }),
                ("Requestor IS NULL", { $0.requestors.isEmpty }),
                ("Requestor.EmailAddress LIKE 'example.org'", { $0.requestors.contains { $0.hasSuffix("org") } }),
            ])
        case 10: return dateCondition(&random)
        case 11:
            let system = random.one(["web", "mail"])
            return random.one([
                ("'CF.{Affected Systems}' = '\(system)'", { $0.systems.contains(system) }),
                ("CF.{affected systems} != '\(system)'", { !$0.systems.contains(system) }),
                ("CF.Severity IS NULL", { $0.severity == nil }), ("CF.{Severity} = 'high'", { $0.severity == "High" }),
            ])
        default:
            let other = random.one(tickets).id
            return random.one([
                ("DependsOn = \(other)", { $0.dependsOn == other }),
                ("DependsOn != \(other)", { $0.dependsOn != other }),
                ("DependsOn IS NOT NULL", { $0.dependsOn != nil }),
            ])
        }
    }

    private func dateCondition(_ random: inout Random) -> Condition {
        let text = random.one(Self.days)
        let value = RTDates.read(text, now: Instant(seconds: 1), clock: UserClock())?.seconds ?? 0
        return random.one([
            ("Due = '\(text)'", { $0.due == value }), ("Due < '\(text)'", { $0.due.map { $0 < value } ?? false }),
            ("Due >= '\(text)'", { $0.due.map { $0 >= value } ?? false }), ("Due IS NULL", { $0.due == nil }),
            ("Due > 'bogus'", { $0.due != nil }),
        ])
    }

    /// A level of conditions and groups; its last connective joins all of it.
    private func level(_ random: inout Random, _ tickets: [Known], _ depth: Int) -> Condition {
        var text = ""
        var parts: [(Known) -> Bool] = []
        var isAnd = true
        for index in 0...random.next(3) {
            if index > 0 {
                isAnd = random.next(2) == 0
                text += isAnd ? " AND " : " or "
            }
            if depth > 0, random.next(3) == 0 {
                let inner = level(&random, tickets, depth - 1)
                text += "(\(inner.text))"
                parts.append(inner.holds)
            } else {
                let one = condition(&random, tickets)
                text += one.text
                parts.append(one.holds)
            }
        }
        let all = parts
        let joinsAll = isAnd
        return (text, { known in joinsAll ? all.allSatisfy { $0(known) } : all.contains { $0(known) } })
    }

    @Test("random queries find what plain comparison finds", arguments: [3, 11] as [UInt64])
    func oracle(seed: UInt64) async throws {
        try await RTFixture.with { fixture in
            var random = Random(state: seed)
            var tickets: [Known] = []
            for _ in 0..<40 { tickets.append(try await make(fixture, &random, tickets)) }
            for round in 0..<300 {
                let query = level(&random, tickets, 2)
                let expected = tickets.filter(query.holds).map { "ticket/\($0.id)" }
                let path = "search/ticket?format=i&query=\(PercentEncoding.encode(query.text))"
                let found = await fixture.text(path, as: "root").split(separator: "\n").map(String.init)
                #expect(found == expected, "round \(round): \(query.text)")
            }
        }
    }

    @Test("a merged or deleted ticket is never found")
    func hidden() async throws {
        try await RTFixture.with { fixture in
            let first = try await fixture.ticket("first")
            let second = try await fixture.ticket("second")
            let third = try await fixture.ticket("third")
            try await fixture.change(.issues([first]), as: "root", [.merge(into: second)])
            try await fixture.change(.issues([third]), as: "root", [.retire])
            #expect(await fixture.text("search/ticket?format=i&query=id%3E0") == "ticket/\(second)\n\n\n")
            #expect(await fixture.text("search/ticket?format=i&query=EffectiveId%3D\(first)") == "\n\n")
        }
    }
}
