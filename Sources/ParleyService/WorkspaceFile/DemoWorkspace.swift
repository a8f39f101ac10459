import ParleyModel

/// An invented workspace to look around in: a company that lends bicycles, its people, projects and some months of
/// their work. The same seed and day give the same workspace.
public enum DemoWorkspace {
    /// The password of everybody but the administrator.
    public static let password = "parley-demo-1"
    /// The administrator's login.
    public static let administrator = "admin"
    /// Somebody to sign in as who is a member of most projects.
    public static let visitor = "demo"

    /// How long the work has been going on.
    static let days: Int64 = 240

    /// Makes the workspace's file.
    /// - Parameters:
    ///   - seed: which of the many possible ones.
    ///   - now: its history ends some hours before.
    ///   - administratorPassword: must be changed at the first sign-in.
    /// - Throws: `WorkspaceFileFault` only if the built-in texts are wrong.
    public static func make(seed: UInt64 = 1, now: Instant, administratorPassword: String) throws -> WorkspaceFile {
        let reference = try FileReader.read(DemoReference.yaml)
        var maker = DemoMaker(seed: seed, now: now)
        var entries = reference.entries
        entries.append(.init(key: "users", line: 0, value: maker.people(administratorPassword: administratorPassword)))
        entries.append(.init(key: "projects", line: 0, value: maker.projects()))
        return WorkspaceFile(timeline: FileNode(.map(FileMap(entries))))
    }
}

/// Random numbers that follow from a seed.
struct DemoRandom {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 0xD1B5_4A32_D192_ED03 }

    mutating func next() -> UInt64 {
        state = state &+ 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// From 0, below a positive bound.
    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(max(1, bound))) }

    mutating func within(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + below(range.upperBound - range.lowerBound + 1)
    }

    /// True so many times in a hundred.
    mutating func chance(_ percent: Int) -> Bool { below(100) < percent }

    mutating func pick<T>(_ list: [T], or fallback: T) -> T { list.isEmpty ? fallback : list[below(list.count)] }

    mutating func pick(_ list: [String]) -> String { pick(list, or: "") }

    mutating func shuffled<T>(_ list: [T]) -> [T] {
        var result = list
        for index in result.indices.dropFirst().reversed() { result.swapAt(index, below(index + 1)) }
        return result
    }
}

extension FileNode {
    /// A map of what is given; nil values are left out.
    static func demo(_ pairs: [(String, FileNode?)]) -> FileNode {
        FileNode(
            .map(
                FileMap(
                    pairs.compactMap { key, value in
                        value.map { FileMap.Entry(key: key, line: 0, value: $0) }
                    })))
    }

    static func demo(_ text: String) -> FileNode { FileNode(.text(text)) }
    static func demo(_ texts: [String]) -> FileNode { FileNode(.list(texts.map { .demo($0) })) }
    static func demo(list: [FileNode]) -> FileNode { FileNode(.list(list)) }
    static func demo(_ flag: Bool) -> FileNode { FileNode(.boolean(flag)) }
    static func demo(_ number: Int) -> FileNode { FileNode(.integer(Int64(number))) }
    static func demo(_ number: Double) -> FileNode { FileNode(.number(number)) }

    /// A moment as the file writes it.
    static func demo(_ instant: Instant) -> FileNode {
        let second = Int(instant.secondOfDay)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return .demo("\(instant.date.iso8601)T\(two(second / 3600)):\(two(second / 60 % 60)):\(two(second % 60))Z")
    }
}

/// Makes the parts of the demonstration.
struct DemoMaker {
    var random: DemoRandom
    let now: Instant

    init(seed: UInt64, now: Instant) {
        random = DemoRandom(seed: seed)
        self.now = now
    }

    /// A moment in office hours, so many days before today; never in the last hours.
    mutating func workingTime(daysAgo: Int64) -> Instant {
        var day = now.date.adding(days: -daysAgo)
        while day.weekday > 5 { day = day.adding(days: -1) }
        let moment = day.start.adding(seconds: Int64(random.within(7 * 3600...17 * 3600)))
        return min(moment, now.adding(seconds: Int64(-600 - random.below(7200))))
    }

    /// Some working time after a moment, at most `days` later; nil where that lies ahead.
    mutating func later(than moment: Instant, days: Int) -> Instant? {
        let wait = random.within(20...max(30, days * 24 * 60))
        var next = moment.adding(seconds: Int64(wait) * 60 + Int64(random.below(60)))
        if next.date.weekday > 5 { next = next.adding(seconds: Int64(8 - next.date.weekday) * 86_400) }
        let hour = next.secondOfDay / 3600
        if hour < 7 || hour > 17 { next = next.date.start.adding(seconds: Int64(random.within(8 * 3600...17 * 3600))) }
        if next <= moment { next = moment.adding(seconds: 1800) }
        return next < now.adding(seconds: -600) ? next : nil
    }

    // MARK: people

    func people(administratorPassword: String) -> FileNode {
        var users = [
            FileNode.demo([
                ("login", .demo(DemoWorkspace.administrator)), ("password", .demo(administratorPassword)),
                ("first", .demo("Site")), ("last", .demo("Administrator")), ("email", .demo("admin@velora.example")),
                ("admin", .demo(true)), ("mustChangePassword", .demo(true)),
            ])
        ]
        for person in DemoCast.all {
            users.append(
                .demo([
                    ("login", .demo(person.login)), ("password", .demo(DemoWorkspace.password)),
                    ("first", .demo(person.first)),
                    ("last", .demo(person.last)), ("email", .demo("\(person.login)@velora.example")),
                    ("status", person.isLocked ? .demo("locked") : nil),
                    ("preferences", .demo([("textFormat", .demo("markdown")), ("timeZone", .demo("UTC"))])),
                    ("values", .demo([("Phone", .demo("+49 30 5550 \(person.extensionNumber)"))])),
                ]))
        }
        return .demo(list: users)
    }

    // MARK: projects

    mutating func projects() -> FileNode {
        let all = DemoCast.projects
        return .demo(list: all.map { project($0) })
    }

    private mutating func project(_ project: DemoProject) -> FileNode {
        let members = project.members.map { login, role in
            FileNode.demo([("user", .demo(login)), ("roles", .demo([role]))])
        }
        let groups = project.groups.map { name, role in
            FileNode.demo([("group", .demo(name)), ("roles", .demo([role]))])
        }
        return .demo([
            ("identifier", .demo(project.identifier)), ("name", .demo(project.name)),
            ("description", .demo(project.description)),
            ("homepage", .demo("https://velora.example/\(project.identifier)")),
            ("parent", project.parent.map { .demo($0) }), ("public", .demo(project.isPublic)),
            ("status", project.isClosed ? .demo("closed") : nil),
            ("inheritsMembers", project.parent == nil ? nil : .demo(true)),
            ("values", .demo([("Department", .demo(project.department))])),
            ("members", .demo(list: members + groups)),
            (
                "categories",
                .demo(
                    list: project.categories.map { name, assignee in
                        FileNode.demo([("name", .demo(name)), ("assignee", assignee.map { .demo($0) })])
                    })
            ),
            ("versions", .demo(list: versions(of: project))),
            ("tools", .demo(list: tools(of: project))),
        ])
    }

    private func versions(of project: DemoProject) -> [FileNode] {
        project.versions.enumerated().map { index, version in
            let due = now.date.adding(days: version.dueInDays)
            let status = version.dueInDays < -14 ? "closed" : version.dueInDays < 10 ? "locked" : "open"
            return .demo([
                ("name", .demo(version.name)), ("description", .demo(version.description)),
                ("status", .demo(project.isClosed ? "closed" : status)), ("due", .demo(due.iso8601)),
                ("sharing", index == 0 && project.parent == nil ? .demo("descendants") : nil),
            ])
        }
    }

    private mutating func tools(of project: DemoProject) -> [FileNode] {
        var tools: [FileNode] = [
            .demo([
                ("kind", .demo("tickets")), ("types", .demo(project.types)), ("label", .demo("Issues")),
                ("issues", .demo(list: issues(of: project))),
            ]),
            .demo("time"), .demo("calendar"), .demo("gantt"),
        ]
        if !project.pages.isEmpty {
            tools.append(
                .demo([("kind", .demo("wiki")), ("label", .demo("Wiki")), ("pages", .demo(list: pages(of: project)))]))
        }
        if !project.news.isEmpty {
            tools.append(
                .demo([("kind", .demo("blog")), ("label", .demo("News")), ("articles", .demo(list: news(of: project)))])
            )
        }
        if !project.topics.isEmpty {
            tools.append(
                .demo([
                    ("kind", .demo("forum")), ("label", .demo("Forum")), ("forums", .demo(list: forums(of: project))),
                ]))
        }
        tools += [.demo("files"), .demo("documents")]
        return tools
    }
}
