import ParleyModel
import ParleyService

/// Issues for measuring: as many as wanted, in the projects of a workspace, the same for the same number. Words
/// follow the usual
/// distribution of a language: few are in most texts, most are in few.
struct Generation {
    private let workspace: Workspace
    private var random: Sequence64
    private let words: [String]
    private let trackers: [Tool]
    private let people: [PrincipalID]
    private let priorities: [PriorityID]
    private let statuses: [StatusID]

    /// How many issues are made in one transaction.
    private static let batch = 500

    init(_ workspace: Workspace, seed: UInt64) throws {
        self.workspace = workspace
        random = Sequence64(seed: seed)
        words = Generation.vocabulary(20_000)
        let catalog = workspace.catalog
        trackers = catalog.projectTree.filter { $0.status == .active }.flatMap { catalog.trackers(of: $0.id) }
        people = catalog.records.users.values.filter {
            $0.login != nil && $0.status == .active && $0.stamp.retired == nil
        }
        .map(\.id).sorted()
        priorities = catalog.priorities.map(\.id)
        statuses = catalog.statuses.map(\.id)
        guard !trackers.isEmpty, !people.isEmpty, !statuses.isEmpty else {
            throw CommandError("the workspace has no tracker or no people: apply a file first")
        }
    }

    /// Makes issues until there are so many.
    mutating func run(until count: Int) async throws -> [String] {
        var present = try await workspace.read(as: .system) { try $0.count(.all) }
        let before = present
        while present < count {
            let requests = (0..<min(Generation.batch, count - present)).map { request(number: present + $0, of: count) }
            try await workspace.write(as: .system) { transaction in
                for request in requests { _ = try transaction.change(request) }
            }
            present += requests.count
        }
        return ["\(present - before) issues made, \(present) in all"]
    }

    private mutating func request(number: Int, of count: Int) -> ChangeRequest {
        let tracker = trackers[random.skewed(trackers.count)]
        let types = tracker.tracker?.types ?? []
        let author = people[random.below(people.count)]
        var changes: [Change] = [
            .set(.builtin(.title), [.text(text(4 + random.below(6)))]),
            .set(.builtin(.description), [.text(text(20 + random.below(60)))]),
            .set(.builtin(.status), [.name(.number(statuses[random.below(statuses.count)].rawValue))]),
            .set(.builtin(.progress), [.integer(Int64(random.below(11) * 10))]),
        ]
        if !priorities.isEmpty {
            let priority = priorities[random.skewed(priorities.count)]
            changes.append(.set(.builtin(.priority), [.name(.number(priority.rawValue))]))
        }
        if random.below(3) > 0 {
            let assignee = people[random.below(people.count)]
            changes.append(.set(.builtin(.assignee), [.name(.number(assignee.rawValue))]))
        }
        if random.below(4) == 0 {
            changes.append(.set(.builtin(.estimate), [.duration(Int64(1 + random.below(40)) * 1_800_000)]))
        }
        if random.below(50) == 0 { changes.append(.set(.builtin(.isPrivate), [.boolean(true)])) }
        var parts = [ChangePart(changes)]
        if random.below(5) == 0 { parts.append(ChangePart([.post(NewPost(text: text(10 + random.below(40))))])) }
        let type = types.isEmpty ? nil : ParsedName.number(types[random.below(types.count)].rawValue)
        var request = ChangeRequest(.draft(Draft(tracker: tracker.id, type: type)), parts: parts, skipping: .all)
        let age = Int64(count - number) * 60
        request.attribution = Attribution(author: author, time: Instant(seconds: 1_790_000_000 - age))
        return request
    }

    private mutating func text(_ count: Int) -> String {
        (0..<count).map { _ in words[random.skewed(words.count)] }.joined(separator: " ")
    }

    /// Pronounceable words, no two alike.
    private static func vocabulary(_ count: Int) -> [String] {
        let heads = [
            "b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "z", "st", "tr", "pl", "gr", "sh", "ch",
        ]
        let vowels = ["a", "e", "i", "o", "u", "ea", "ou"]
        return (0..<count).map { number in
            var rest = number
            var word = ""
            repeat {
                word += heads[rest % heads.count]
                rest /= heads.count
                word += vowels[rest % vowels.count]
                rest /= vowels.count
            } while rest > 0
            return word + "n"
        }
    }
}

/// Pseudo-random numbers that are the same everywhere (SplitMix64).
private struct Sequence64 {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// 0 ..< count, each as likely as the others.
    mutating func below(_ count: Int) -> Int { Int(next() % UInt64(max(1, count))) }

    /// 0 ..< count, small numbers far more often.
    mutating func skewed(_ count: Int) -> Int {
        let unit = Double(next() >> 11) / Double(1 << 53)
        return min(count - 1, Int(unit * unit * unit * Double(count)))
    }
}
