import ParleyModel

/// The issues of the demonstration: how they came up, who worked on them, how they ended.
extension DemoMaker {
    private struct Sketch {
        var type: String
        var title: String
        var category: Int?
        var description: String
        var created: Instant
    }

    mutating func issues(of project: DemoProject) -> [FileNode] {
        let crew = project.members.map(\.0).filter { login in
            !DemoCast.all.contains { $0.login == login && $0.isLocked }
        }
        let workers = project.members.filter { $0.1 != "Reporter" && crew.contains($0.0) }.map(\.0)
        var titles: Set<String> = []
        var sketches: [Sketch] = []
        while sketches.count < project.issueCount {
            let sketch = self.sketch(for: project, number: sketches.count)
            let title = titles.insert(sketch.title).inserted ? sketch.title : nil
            guard let title = title ?? renamed(sketch.title, project, &titles) else { continue }
            var kept = sketch
            kept.title = title
            sketches.append(kept)
        }
        sketches.sort { $0.created < $1.created }
        return sketches.indices.map { index in
            issue(sketches[index], index, of: project, crew: crew, workers: workers, total: sketches.count)
        }
    }

    /// A title that is taken gets the name of a district.
    private mutating func renamed(_ title: String, _ project: DemoProject, _ titles: inout Set<String>) -> String? {
        let longer = "\(title) (\(random.pick(DemoSentences.districts)))"
        return titles.insert(longer).inserted ? longer : nil
    }

    private mutating func sketch(for project: DemoProject, number: Int) -> Sketch {
        let age =
            project.isClosed
            ? Int64(random.within(195...Int(DemoWorkspace.days)))
            : Int64(random.within(0...Int(DemoWorkspace.days) - 1))
        let created = workingTime(daysAgo: age)
        let kind = random.below(100)
        if kind < 22, !project.wishes.isEmpty, project.types.contains("Feature") {
            let (title, category) = random.pick(project.wishes, or: ("", 0))
            return Sketch(
                type: "Feature", title: title, category: category, description: wishText(title), created: created)
        }
        if kind < 34, !project.questions.isEmpty, project.types.contains("Support") {
            let title = random.pick(project.questions)
            return Sketch(type: "Support", title: title, category: nil, description: questionText(), created: created)
        }
        let (thing, category) = random.pick(project.things, or: ("", 0))
        let symptom = random.pick(project.symptoms)
        let occasion = random.pick(project.occasions)
        return Sketch(
            type: "Bug", title: "\(thing) \(symptom) \(occasion)", category: category,
            description: bugText(thing, symptom, occasion), created: created)
    }

    private mutating func bugText(_ thing: String, _ symptom: String, _ occasion: String) -> String {
        let seen = random.pick(DemoSentences.sightings)
        let times = random.within(2...40)
        let steps = random.shuffled(DemoSentences.steps).prefix(3).enumerated().map { "\($0 + 1). \($1)" }
        var paragraphs = ["\(seen) \(thing) \(symptom) \(occasion). It happened \(times) times this week."]
        if random.chance(60) { paragraphs.append("To see it:\n\n" + steps.joined(separator: "\n")) }
        paragraphs.append(random.pick(DemoSentences.expectations))
        return paragraphs.joined(separator: "\n\n")
    }

    private mutating func wishText(_ title: String) -> String {
        let reason = random.pick(DemoSentences.reasons)
        let measure = random.pick(DemoSentences.measures)
        return "\(reason)\n\nDone when:\n\n- \(random.pick(DemoSentences.conditions))\n- \(measure)"
    }

    private mutating func questionText() -> String {
        "\(random.pick(DemoSentences.requests))\n\n\(random.pick(DemoSentences.regards))"
    }

    // MARK: one issue

    private mutating func issue(
        _ sketch: Sketch, _ index: Int, of project: DemoProject, crew: [String], workers: [String], total: Int
    ) -> FileNode {
        let author = random.pick(crew, or: DemoWorkspace.visitor)
        let owner = random.chance(70) ? random.pick(workers, or: DemoWorkspace.visitor) : nil
        let priorities = ["Low", "Normal", "Normal", "Normal", "Normal", "High", "High", "Urgent", "Immediate"]
        let version = random.chance(65) ? self.version(for: sketch.created, in: project) : nil
        let key = "\(project.identifier)-\(index)"
        let isChild = index > 8 && random.chance(9)
        let parent = isChild ? "\(project.identifier)-\(random.below(index))" : nil
        let due = random.chance(35) ? sketch.created.date.adding(days: Int64(random.within(10...60))).iso8601 : nil
        let watchers = random.chance(30) ? Array(random.shuffled(crew).prefix(2)) : []
        let labels = random.chance(25) ? [random.pick(DemoSentences.labels)] : []
        let history = self.history(
            of: sketch, index, project, author: author, owner: owner, crew: crew, workers: workers)
        return .demo([
            ("key", .demo(key)), ("title", .demo(sketch.title)), ("type", .demo(sketch.type)),
            ("author", .demo(author)),
            ("created", .demo(sketch.created)), ("description", .demo(sketch.description)),
            ("priority", .demo(random.pick(priorities))), ("assignee", owner.map { .demo($0) }),
            ("category", sketch.category.map { .demo(project.categories[min($0, project.categories.count - 1)].0) }),
            ("version", version.map { .demo($0) }), ("dueDate", isChild ? nil : due.map { .demo($0) }),
            ("estimate", random.chance(45) ? .demo(Double(random.within(1...24))) : nil),
            ("private", random.chance(project.isPublic ? 3 : 20) ? .demo(true) : nil),
            ("watchers", watchers.isEmpty ? nil : .demo(watchers)), ("labels", labels.isEmpty ? nil : .demo(labels)),
            ("parent", parent.map { .demo($0) }), ("values", values(for: sketch)),
            ("votes", random.chance(15) ? .demo([("up", .demo(Array(random.shuffled(crew).prefix(3))))]) : nil),
            ("history", .demo(list: history)),
        ])
    }

    private func version(for created: Instant, in project: DemoProject) -> String? {
        let age = now.date.daysSince1970 - created.date.daysSince1970
        return project.versions.first { $0.dueInDays >= -age + 5 }?.name
    }

    private mutating func values(for sketch: Sketch) -> FileNode {
        switch sketch.type {
        case "Bug":
            return .demo([
                ("Severity", .demo(random.pick(["Cosmetic", "Minor", "Minor", "Major", "Major", "Critical"]))),
                (
                    "Bike models",
                    random.chance(30) ? .demo([random.pick(["City 2", "City 3", "Cargo 1", "Tandem"])]) : nil
                ),
                ("Station code", random.chance(40) ? .demo(stationCode()) : nil),
            ])
        case "Feature":
            return .demo([
                ("Story points", .demo([1, 2, 3, 5, 8, 13][random.below(6)])),
                ("Needs translation", .demo(random.chance(40))),
            ])
        default:
            return .demo([
                ("Reported on", .demo(sketch.created.date.adding(days: -Int64(random.below(4))).iso8601)),
                ("Station code", random.chance(50) ? .demo(stationCode()) : nil),
            ])
        }
    }

    private mutating func stationCode() -> String {
        let letters = random.pick(["HAR", "MUS", "UNI", "OPR", "ZOO", "MKT", "STN", "PRK"])
        return "\(letters)-\(100 + random.below(60))"
    }

    // MARK: history

    private struct Telling {
        var steps: [FileNode] = []
        var time: Instant
    }

    private mutating func history(
        of sketch: Sketch, _ index: Int, _ project: DemoProject, author: String, owner: String?, crew: [String],
        workers: [String]
    ) -> [FileNode] {
        var told = Telling(time: sketch.created)
        let worker = owner ?? random.pick(workers, or: DemoWorkspace.visitor)
        let isOld = now.date.daysSince1970 - sketch.created.date.daysSince1970 > 45
        if random.chance(12) {
            tell(
                &told, by: random.pick(workers), days: 3,
                [
                    ("status", .demo("Rejected")), ("text", .demo(random.pick(DemoSentences.rejections))),
                ])
            return told.steps
        }
        guard random.chance(isOld ? 92 : 55) || project.isClosed else { return told.steps }
        if random.chance(45) {
            let helper = random.pick(crew)
            tell(&told, by: helper, days: 2, [("text", .demo(random.pick(DemoSentences.questions)))])
            tell(&told, by: author, days: 2, [("text", .demo(random.pick(DemoSentences.answers)))])
        }
        tell(
            &told, by: worker, days: 6,
            [
                ("status", .demo("In Progress")), ("assignee", owner == nil ? .demo(worker) : nil),
                ("progress", .demo(10 * random.within(1...3))),
                ("text", random.chance(50) ? .demo(random.pick(DemoSentences.starts)) : nil),
            ])
        if index > 4, random.chance(18) {
            let other = "\(project.identifier)-\(random.below(index))"
            let type = random.pick(["relates", "relates", "relates", "blocks", "duplicates"])
            tell(
                &told, by: worker, days: 2,
                [("links", .demo(list: [.demo([("type", .demo(type)), ("to", .demo(other))])]))])
        }
        tellWork(&told, by: worker)
        if random.chance(22) {
            let next = random.pick(workers)
            tell(
                &told, by: worker, days: 5,
                [
                    ("assignee", .demo(next)), ("text", .demo(random.pick(DemoSentences.handovers))),
                ])
            tellWork(&told, by: next)
        }
        if random.chance(20) {
            tell(
                &told, by: worker, days: 3,
                [
                    ("text", .demo(random.pick(DemoSentences.internals))), ("internal", .demo(true)),
                ])
        }
        tellEnd(&told, author: author, worker: worker, isOld: isOld || project.isClosed)
        return told.steps
    }

    private mutating func tellWork(_ told: inout Telling, by worker: String) {
        let activities = ["Development", "Development", "Testing", "Design", "Field work"]
        for _ in 0..<random.within(0...2) {
            tell(
                &told, by: worker, days: 4,
                [
                    ("hours", .demo(Double(random.within(1...16)) / 2)), ("activity", .demo(random.pick(activities))),
                    ("work", .demo(random.pick(DemoSentences.works))), ("progress", .demo(10 * random.within(3...8))),
                ])
        }
    }

    private mutating func tellEnd(_ told: inout Telling, author: String, worker: String, isOld: Bool) {
        guard random.chance(isOld ? 88 : 45) else { return }
        tell(
            &told, by: worker, days: 8,
            [
                ("status", .demo("Resolved")), ("progress", .demo(90)),
                ("text", .demo(random.pick(DemoSentences.resolutions))),
            ])
        if random.chance(16) {
            tell(
                &told, by: author, days: 4,
                [
                    ("status", .demo("Feedback")), ("text", .demo(random.pick(DemoSentences.reopenings))),
                ])
            tell(
                &told, by: worker, days: 5,
                [
                    ("status", .demo("Resolved")), ("text", .demo(random.pick(DemoSentences.secondResolutions))),
                ])
        }
        guard random.chance(isOld ? 92 : 40) else { return }
        tell(
            &told, by: author, days: 6,
            [
                ("status", .demo("Closed")), ("progress", .demo(100)),
                ("text", random.chance(55) ? .demo(random.pick(DemoSentences.thanks)) : nil),
            ])
    }

    /// Adds a step some days on, unless that lies ahead.
    private mutating func tell(_ told: inout Telling, by author: String, days: Int, _ pairs: [(String, FileNode?)]) {
        guard let time = later(than: told.time, days: days) else { return }
        told.time = time
        told.steps.append(.demo([("author", .demo(author)), ("created", .demo(time))] + pairs))
    }
}
