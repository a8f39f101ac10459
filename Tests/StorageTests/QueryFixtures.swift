import ParleyModel
import ParleyStorage

/// Random numbers that are the same in every run.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 0x1234_5678 }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func one<T>(_ values: [T]) -> T { values[Int.random(in: 0..<values.count, using: &self)] }
    mutating func some<T>(_ values: [T], atMost: Int) -> [T] {
        Array(values.shuffled(using: &self).prefix(Int.random(in: 0...atMost, using: &self)))
    }
    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }
    mutating func number(_ range: ClosedRange<Int64>) -> Int64 { Int64.random(in: range, using: &self) }
}

/// Numbers of one class each, so that one in the wrong place finds nothing.
enum FixtureIDs {
    static let projects = (1001...1006).map { Int64($0) }
    static let trackers = (2001...2009).map { Int64($0) }
    static let types = (3001...3004).map { Int64($0) }
    static let statuses = (4001...4005).map { Int64($0) }
    static let priorities = (5001...5003).map { Int64($0) }
    static let categories = (6001...6004).map { Int64($0) }
    static let versions = (7001...7005).map { Int64($0) }
    static let labels = (8001...8005).map { Int64($0) }
    static let users = (101...110).map { Int64($0) }
    static let groups = (151...153).map { Int64($0) }
    static let linkTypes = (10_001...10_003).map { Int64($0) }
    static let listValues = (9501...9506).map { Int64($0) }

    static let fields: [(id: Int64, type: FieldType)] = [
        (9001, .text), (9002, .longText), (9003, .integer), (9004, .number), (9005, .boolean), (9006, .date),
        (9007, .instant), (9008, .duration), (9009, .list), (9010, .version), (9011, .principal), (9012, .issue),
    ]
    static let people = users + groups

    static let words = [
        "crash", "login", "Login", "printer", "PRINTER", "café", "cafe", "naïve", "Über", "foo-bar", "foo", "bar",
        "ΟΔΟΣ", "a*b", "100%", "[x]", "under_score", "x", "?", "42",
    ]
}

/// A random workspace: in memory for the evaluator, and written to an engine for the finder.
struct QueryFixture: Sendable {
    let world: World

    init(seed: UInt64, count: Int) {
        var maker = FixtureMaker(seed)
        for index in 0..<count { maker.addIssue(Int64(100_000 + index * 3)) }
        maker.addLinks()
        world = maker.world()
    }

    /// Makes the tables and writes everything.
    func write(on connection: any SQLConnection, _ capabilities: SQLCapabilities) throws {
        for migration in Schema.migrations {
            for statement in migration.statements { try connection.execute(statement, []) }
        }
        for statement in capabilities.searchSchema { try connection.execute(statement, []) }
        for (recordClass, positions) in world.positions {
            for (id, position) in positions {
                try connection.execute(
                    "INSERT INTO record (class, id, sort_rank, sort_name, revision, body) "
                        + "VALUES (?1, ?2, ?3, ?4, 1, '{}')",
                    [.text(recordClass.rawValue), .integer(id), .real(position.rank), .text(position.name)])
            }
        }
        for record in world.issues.values.sorted(by: { $0.issue.id < $1.issue.id }) {
            try write(record, on: connection, capabilities)
        }
        for link in world.links { try IssueRows.insert(link, on: connection) }
    }

    private func write(
        _ record: IssueRecord, on connection: any SQLConnection, _ capabilities: SQLCapabilities
    ) throws {
        let id = record.issue.id
        try IssueRows.insert(record.issue, on: connection)
        for (role, people) in record.state.participants {
            for person in people {
                try IssueRows.setParticipant(person, role: role, of: id, present: true, on: connection)
            }
        }
        for label in record.state.labels { try IssueRows.setLabel(label, of: id, present: true, on: connection) }
        for (field, values) in record.state.values {
            try FieldValueRows.set(values, field: field, of: .issue, id.rawValue, on: connection)
        }
        for vote in record.votes { try IssueRows.setVote(vote, user: vote.user, of: id, on: connection) }
        for entry in record.timeEntries { try TimeEntryRows.put(entry, on: connection) }
        for changeset in record.history { try HistoryRows.insert(changeset, on: connection) }
        for (namespace, values) in record.attributes {
            for (name, text) in values {
                try connection.execute(
                    "INSERT INTO attribute (class, entity_id, namespace, name, text) VALUES ('issue', ?1, ?2, ?3, ?4)",
                    [.id(id), .text(namespace), .text(name), .text(text)])
            }
        }
        try capabilities.indexDocument(
            connection, id.rawValue * 8, nil, SearchText(title: record.issue.title ?? "", body: record.searchBody))
        for post in record.posts { try write(post, in: id, on: connection, capabilities) }
        for file in record.files {
            let stamp = Stamp(created: Instant(microseconds: 0), creator: file.author)
            var row = File(
                id: file.file, stamp: stamp, name: file.name, contentType: "text/plain", size: 1, author: file.author)
            row.description = file.description
            try ContentRows.insert(row, on: connection)
            let link = FileLink(id: FileLinkID(file.file.rawValue + 5000), file: file.file, container: .issue(id))
            try ContentRows.insert(ContentRows.FilePlacement(link: link, audience: file.audience), on: connection)
        }
    }

    private func write(
        _ record: PostRecord, in issue: IssueID, on connection: any SQLConnection, _ capabilities: SQLCapabilities
    ) throws {
        let time = Instant(microseconds: 0)
        var post = Post(
            id: record.id, stamp: Stamp(created: time, creator: record.author), author: record.author, date: time,
            text: record.text, format: .plain)
        if !record.isShown {
            if record.id.rawValue % 2 == 0 { post.state = .pending } else { post.stamp.retired = time }
        }
        try ContentRows.insert(post, on: connection)
        let place = ContentRows.Placement(
            post: record.id, isOpening: record.isOpening, changeset: nil, audience: record.audience)
        try ContentRows.place(place, in: .issue(issue), on: connection)
        guard !record.isOpening else { return }
        try capabilities.indexDocument(
            connection, record.id.rawValue * 8 + 1, nil, SearchText(title: "", body: record.text))
    }
}

/// Makes random issues.
private struct FixtureMaker {
    var random: SeededGenerator
    var issues: [IssueRecord] = []
    var links: [Link] = []
    private var nextPost: Int64 = 20_000
    private var nextFile: Int64 = 30_000
    private var nextChangeset: Int64 = 40_000
    private var nextEntry: Int64 = 50_000
    private var nextTime: Int64 = 60_000

    init(_ seed: UInt64) { random = SeededGenerator(seed) }

    mutating func text(_ most: Int = 4) -> String {
        (0..<Int.random(in: 1...most, using: &random)).map { _ in random.one(FixtureIDs.words) }.joined(separator: " ")
    }

    mutating func person() -> PrincipalID { PrincipalID(random.one(FixtureIDs.users)) }
    mutating func instant() -> Instant { Instant(microseconds: random.number(0...30) * 43_200_000_000) }
    mutating func date() -> DateValue {
        DateValue(
            CivilDate(daysSince1970: random.number(0...20)),
            secondOfDay: random.chance(50) ? nil : random.one([0, 43_200]))
    }
    mutating func audience() -> Audience {
        if random.chance(60) { return .everyone }
        if random.chance(50) { return .restricted }
        return .groups(random.some(FixtureIDs.groups, atMost: 2).map { PrincipalID($0) })
    }

    mutating func maybe<T>(_ percent: Int, _ make: (inout FixtureMaker) -> T) -> T? {
        random.chance(percent) ? make(&self) : nil
    }

    mutating func addIssue(_ number: Int64) {
        let tracker = random.one(FixtureIDs.trackers)
        var issue = Issue(
            id: IssueID(number), tracker: ToolID(tracker), project: QueryWorld.project(of: tracker),
            number: Int64(issues.count + 1), type: IssueTypeID(random.one(FixtureIDs.types)),
            status: StatusID(random.one(FixtureIDs.statuses)), author: person(), created: instant())
        fill(&issue)
        var state = IssueState(issue: issue)
        for role in ParticipantRole.allCases {
            let people = random.some(FixtureIDs.people, atMost: 2).map { PrincipalID($0) }
            if !people.isEmpty { state.participants[role] = Set(people) }
        }
        state.labels = Set(random.some(FixtureIDs.labels, atMost: 2).map { LabelID($0) })
        state.values = values()
        var record = IssueRecord(state)
        addPosts(&record)
        addFiles(&record)
        addHistory(&record)
        addTimes(&record)
        record.votes = random.some(FixtureIDs.users, atMost: 3).map {
            Vote(issue: issue.id, user: PrincipalID($0), direction: $0 % 3 == 0 ? -1 : 1)
        }
        if random.chance(30) { record.attributes = ["space": ["key": text(1), "other": "x"]] }
        issues.append(record)
    }

    private mutating func fill(_ issue: inout Issue) {
        issue.title = maybe(90) { $0.random.chance(5) ? "" : $0.text() }
        issue.priority = maybe(80) { PriorityID($0.random.one(FixtureIDs.priorities)) }
        issue.priorityNumber = random.number(0...5)
        issue.initialPriority = maybe(30) { $0.random.number(0...5) }
        issue.finalPriority = maybe(30) { $0.random.number(0...5) }
        issue.assignee = maybe(60) { PrincipalID($0.random.one(FixtureIDs.people)) }
        issue.category = maybe(40) { CategoryID($0.random.one(FixtureIDs.categories)) }
        issue.version = maybe(40) { VersionID($0.random.one(FixtureIDs.versions)) }
        issue.startDate = maybe(50) { $0.date() }
        issue.dueDate = maybe(50) { $0.date() }
        issue.startedAt = maybe(30) { $0.instant() }
        issue.closedAt = maybe(30) { $0.instant() }
        issue.contactedAt = maybe(20) { $0.instant() }
        issue.progress = random.number(0...4) * 25
        issue.estimate = maybe(40) { $0.random.number(0...5) * 3_600_000 }
        issue.remaining = maybe(30) { $0.random.number(0...5) * 3_600_000 }
        issue.isPrivate = random.chance(25)
        if random.chance(15) { issue.restrictedTo = random.some(FixtureIDs.groups, atMost: 2).map { PrincipalID($0) } }
        issue.commentsClosed = random.chance(20)
        issue.rank = Double(random.number(0...8)) / 2
        issue.parent = random.chance(35) ? issues.randomElement(using: &random)?.issue.id : nil
        issue.updated = instant()
        issue.updatedBy = person()
        if random.chance(10) { issue.retired = instant() }
        if random.chance(5) { issue.mergedInto = issues.randomElement(using: &random)?.issue.id }
    }

    private mutating func values() -> FieldValues {
        var result: FieldValues = [:]
        for field in FixtureIDs.fields where random.chance(50) {
            let count = random.chance(10) ? 0 : (random.chance(30) ? 2 : 1)
            var values: [Value] = []
            for _ in 0..<count { values.append(value(field.type)) }
            result[FieldID(field.id)] = values
        }
        return result
    }

    mutating func value(_ type: FieldType) -> Value {
        switch type {
        case .integer: .integer(random.number(-3...3))
        case .number: .number(Double(random.number(-4...4)) / 2)
        case .boolean: .boolean(random.chance(50))
        case .date: .date(date())
        case .instant: .instant(instant())
        case .duration: .duration(random.number(0...4) * 1000)
        case .list: .reference(random.one(FixtureIDs.listValues))
        case .version: .reference(random.one(FixtureIDs.versions))
        case .principal: .reference(random.one(FixtureIDs.people))
        case .issue: .reference(100_000 + random.number(0...50) * 3)
        default: .text(random.chance(5) ? "" : text(3))
        }
    }

    private mutating func addPosts(_ record: inout IssueRecord) {
        if random.chance(80) {
            let opening = post(isOpening: true)
            record.posts.append(opening)
            record.state.issue.opening = opening.id
            record.state.description = opening.text
        }
        record.searchBody = "\(record.state.description ?? "") #\(record.issue.number)"
        for _ in 0..<Int.random(in: 0...3, using: &random) { record.posts.append(post(isOpening: false)) }
    }

    private mutating func post(isOpening: Bool) -> PostRecord {
        nextPost += 1
        var post = PostRecord(
            id: PostID(nextPost), author: person(), text: random.chance(5) ? "" : text(6),
            audience: isOpening ? .everyone : audience(), isOpening: isOpening)
        post.isShown = isOpening || !random.chance(10)
        return post
    }

    private mutating func addFiles(_ record: inout IssueRecord) {
        for _ in 0..<Int.random(in: 0...2, using: &random) {
            nextFile += 1
            record.files.append(
                FileRecord(
                    file: FileID(nextFile), author: person(), name: text(2), description: maybe(50) { $0.text(2) },
                    audience: audience()))
        }
    }

    private mutating func addTimes(_ record: inout IssueRecord) {
        for _ in 0..<Int.random(in: 0...2, using: &random) {
            nextTime += 1
            let stamp = Stamp(created: instant(), creator: person())
            record.timeEntries.append(
                TimeEntry(
                    id: TimeEntryID(nextTime), stamp: stamp, project: record.issue.project, issue: record.issue.id,
                    user: person(), author: person(), spentOn: date().date,
                    duration: random.number(-1...4) * 1_800_000))
        }
    }

    private mutating func addHistory(_ record: inout IssueRecord) {
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            nextChangeset += 1
            var changeset = Changeset(
                id: ChangesetID(nextChangeset), issue: record.issue.id, author: person(), time: instant(),
                audience: audience())
            for position in 0..<Int.random(in: 0...3, using: &random) {
                nextEntry += 1
                changeset.entries.append(entry(changeset.id, Int64(position)))
            }
            record.history.append(changeset)
        }
    }

    private mutating func entry(_ changeset: ChangesetID, _ position: Int64) -> Entry {
        var detail = EntryDetail()
        let kind = random.one(EntryKind.allCases)
        if [.set, .added, .removed].contains(kind) {
            let builtin: [(BuiltinField, [Int64])] = [
                (.status, FixtureIDs.statuses), (.assignee, FixtureIDs.people), (.labels, FixtureIDs.labels),
            ]
            if random.chance(50) {
                let (field, numbers) = random.one(builtin)
                detail.field = field.id
                detail.old = maybe(80) { [.reference($0.random.one(numbers))] }
                detail.new = maybe(80) { [.reference($0.random.one(numbers))] }
            } else {
                let field = random.one(FixtureIDs.fields)
                detail.field = FieldID(field.id)
                detail.old = maybe(80) { [$0.value(field.type)] }
                detail.new = maybe(80) { $0.random.chance(10) ? [] : [$0.value(field.type)] }
            }
        }
        return Entry(id: EntryID(nextEntry), changeset: changeset, position: position, kind: kind, detail: detail)
    }

    mutating func addLinks() {
        for index in 0..<issues.count {
            guard let other = issues.randomElement(using: &random), random.chance(70) else { continue }
            let target: Link.Target = random.chance(15) ? .uri("x:\(index % 4)") : .issue(other.issue.id)
            var link = Link(
                id: LinkID(70_000 + Int64(index)), type: LinkTypeID(random.one(FixtureIDs.linkTypes)),
                from: issues[index].issue.id, target: target, created: instant(), creator: person())
            if case .uri = target { link.isInward = index % 3 == 0 }
            links.append(link)
        }
    }

    mutating func world() -> World {
        World(issues: issues, links: links, positions: positions(), catalog: QueryWorld.catalog)
    }

    private mutating func positions() -> [RecordClass: [Int64: SortPosition]] {
        let classes: [(RecordClass, [Int64])] = [
            (.status, FixtureIDs.statuses), (.issueType, FixtureIDs.types), (.priority, FixtureIDs.priorities),
            (.category, FixtureIDs.categories), (.version, FixtureIDs.versions), (.label, FixtureIDs.labels),
            (.principal, FixtureIDs.people), (.project, FixtureIDs.projects), (.tool, FixtureIDs.trackers),
        ]
        var result: [RecordClass: [Int64: SortPosition]] = [:]
        for (recordClass, numbers) in classes {
            for number in numbers.dropLast(recordClass == .version ? 1 : 0) {
                result[recordClass, default: [:]][number] = SortPosition(
                    rank: Double(random.number(0...2)), name: random.one(["beta", "Beta", "alpha", "Älpha", "gamma"]))
            }
        }
        return result
    }
}

/// What all random workspaces share.
enum QueryWorld {
    static func project(of tracker: Int64) -> ProjectID {
        ProjectID(FixtureIDs.projects[Int(tracker - 2001) % FixtureIDs.projects.count])
    }

    static let catalog = QueryCatalog(
        trackerProjects: Dictionary(
            uniqueKeysWithValues: FixtureIDs.trackers.map { (ToolID($0), project(of: $0)) }),
        projectParents: [
            ProjectID(1002): ProjectID(1001), ProjectID(1003): ProjectID(1002), ProjectID(1005): ProjectID(1004),
        ],
        projectParticipants: [
            ProjectID(1001): [.watcher: [PrincipalID(101), PrincipalID(151)]],
            ProjectID(1004): [.adminWatcher: [PrincipalID(102)]],
        ],
        listOrder: [FieldID(9009): [9503, 9501, 9505, 9502, 9504].map { ListValueID($0) }],
        fieldTypes: Dictionary(uniqueKeysWithValues: FixtureIDs.fields.map { (FieldID($0.id), $0.type) }))
}
