import ParleyModel
import ParleyStorage

/// Issues of the file, made by the engine that makes all issues, so that their history is whole.
extension FileApplier {
    /// A parent that was not there yet when its child was made.
    struct PendingLink {
        var issue: IssueID
        var tracker: ToolID
        var author: PrincipalID
        var time: Instant
        var target: FileNode
        var line: Int
    }

    /// An issue that the file declares, and where.
    struct DeclaredIssue {
        var tool: FileNames.DeclaredTool
        var project: ProjectID
        var node: FileNode
    }

    func applyIssues() throws {
        var declared: [DeclaredIssue] = []
        for project in names.declaredProjects {
            for tool in project.tools where tool.kind == .tickets {
                let nodes = tool.node["issues"]?.items ?? []
                if !nodes.isEmpty { try loadIssues(of: tool.id) }
                declared += nodes.map { DeclaredIssue(tool: tool, project: project.id, node: $0) }
            }
        }
        if isTimeline { return try applyTimeline(declared) }
        for issue in declared { try apply(issue) }
        try linkIssues()
    }

    /// The issues that a tracker has already.
    private func loadIssues(of tool: ToolID) throws {
        try connection.query(
            "SELECT id, title, author_id FROM issue WHERE tracker_id = ?1 ORDER BY id DESC", [.id(tool)]
        ) {
            row in
            knownIssues["\(tool) \(row.integer(2)) \(row.text(1))"] = IssueID(row.integer(0))
            issueKeys[tool, default: [:]]["=\(row.text(1))"] = IssueID(row.integer(0))
            return true
        }
    }

    /// Makes an issue that is not there yet.
    /// - Returns: its number where it was made.
    @discardableResult
    func apply(_ declared: DeclaredIssue) throws -> IssueID? {
        let (tool, node) = (declared.tool, declared.node)
        guard let author = user(node["author"]) else { return nil }
        let title = node["title"]?.text ?? ""
        let name = "\(tool.id) \(author) \(title)"
        let known = knownIssues[name]
        guard let id = try known ?? makeIssue(node, title, author, tool, declared.project) else { return nil }
        knownIssues[name] = id
        issueKeys[tool.id, default: [:]]["=\(title)"] = id
        if let key = node["key"]?.text { issueKeys[tool.id, default: [:]][key] = id }
        return known == nil ? id : nil
    }

    private func makeIssue(
        _ node: FileNode, _ title: String, _ author: PrincipalID, _ tool: FileNames.DeclaredTool, _ project: ProjectID
    ) throws -> IssueID? {
        guard let type = node["type"] == nil ? names.toolTypes[tool.id]?.first : type(node["type"]) else { return nil }
        guard names.toolTypes[tool.id]?.contains(type) ?? false else {
            problems.add(node["type"]?.line ?? node.line, "the tool `\(tool.mountPoint)` has no issues of this type")
            return nil
        }
        try thaw(project)
        let place = IssuePlace(tracker: tool.id, project: project, type: type)
        let time = moment(node)
        let attribution = Attribution(author: author, time: time)
        var changes: [Change] = [.set(.builtin(.title), [.text(title)])]
        changes += try fieldChanges(node, place)
        if let parent = issue(node["parent"], in: tool.id) { changes.append(.setParent(parent.rawValue)) }
        for file in node["files"]?.items ?? [] { changes += try attachment(file, author, place) }
        var request = ChangeRequest(
            .draft(Draft(tracker: tool.id, type: .number(type.rawValue))), parts: [ChangePart(changes)])
        request.attribution = attribution
        return try told(node, title) {
            var engine = try ChangeEngine.creating(
                Draft(tracker: tool.id, type: .number(type.rawValue)), request, in: transaction)
            engine.edit.descriptionFormat = format(node)
            let outcome = try engine.create()
            guard let id = outcome.issues.first else { return nil }
            note(.create, "issue", title)
            try follow(id, node, place, attribution)
            return id
        }
    }

    /// Where an issue is, for looking up what its fields name.
    struct IssuePlace {
        var tracker: ToolID
        var project: ProjectID
        var type: IssueTypeID
    }

    /// What the engine refuses is a problem of the issue's line.
    private func told<R>(_ node: FileNode, _ title: String, _ body: () throws -> R?) throws -> R? {
        do {
            return try body()
        } catch Fault.invalid(let faults) {
            for fault in faults { problems.add(node.line, "issue `\(title.prefix(60))`: \(FileApplier.words(fault))") }
            return nil
        }
    }

    private static func words(_ problem: Problem) -> String {
        let subject: String =
            switch problem.subject {
            case .field(.builtin(let field)): "\(field)"
            case .field(.custom(let number)): "custom field \(number)"
            case .field(let name): "\(name)"
            case .property(let name): name
            case .whole: "the issue"
            }
        return "\(subject): \(problem.rule)\(problem.value.map { " (\($0))" } ?? "")"
    }

    // MARK: fields

    func fieldChanges(_ node: FileNode, _ place: IssuePlace) throws -> [Change] {
        var changes: [Change] = []
        func set(_ field: BuiltinField, _ operands: [ParsedOperand]?) {
            if let operands { changes.append(.set(.builtin(field), operands)) }
        }
        func reference<E>(_ id: Identifier<E>?) -> [ParsedOperand]? { id.map { [.name(.number($0.rawValue))] } }
        func people(_ key: String) -> [ParsedOperand]? {
            users(node[key])?.map { .name(.number($0.rawValue)) }
        }
        func date(_ key: String) -> [ParsedOperand]? {
            node[key]?.text.flatMap(FileValues.dateValue).map { [.date($0)] }
        }
        set(.description, node["description"]?.text.map { [.text($0)] })
        set(.status, reference(issueStatus(node["status"], place)))
        set(.priority, reference(priority(node["priority"])))
        set(.priorityNumber, node["priorityNumber"]?.integer.map { [.integer($0)] })
        set(.assignee, node["assignee"].map { $0.isNull ? [] : reference(user($0)) ?? [] })
        set(.category, reference(category(node["category"], in: place.project)))
        if let version = version(node["version"], in: place.project, tracker: place.tracker) {
            try thaw(version)
            set(.version, reference(version))
        }
        if let labels = node["labels"]?.texts {
            set(.labels, labels.compactMap { label($0, in: place.project) }.map { .name(.number($0.rawValue)) })
        }
        set(.startDate, date("startDate"))
        set(.dueDate, date("dueDate"))
        set(.progress, node["progress"]?.integer.map { [.integer($0)] })
        set(.estimate, node["estimate"]?.number.map { [.duration(Int64($0 * 3_600_000))] })
        set(.isPrivate, node["private"]?.boolean.map { [.boolean($0)] })
        set(.requestors, people("requestors"))
        set(.watchers, people("watchers"))
        set(.adminWatchers, people("adminWatchers"))
        let custom = values(
            node["values"], find: { issueField($0, in: place.tracker, of: place.project) }, in: place.project,
            tracker: place.tracker)
        for (field, values) in custom { changes.append(.set(.custom(field.rawValue), values.map(FileApplier.operand))) }
        return changes
    }

    /// A status of the workflow that the issue follows, by name or key.
    private func issueStatus(_ node: FileNode?, _ place: IssuePlace) -> StatusID? {
        guard let node, let name = node.text else { return nil }
        let used = transaction.catalog.statuses(tracker: place.tracker, type: place.type)
        if let id = names.statusKeys[name], used.contains(where: { $0.id == id }) { return id }
        if let found = used.first(where: { $0.name == name }) { return found.id }
        problems.add(node.line, "`\(name)` is no status here")
        return nil
    }

    static func operand(_ value: Value) -> ParsedOperand {
        switch value {
        case .text(let text): .text(text)
        case .integer(let number): .integer(number)
        case .number(let number): .number(FileNode.shortest(number))
        case .boolean(let flag): .boolean(flag)
        case .date(let date): .date(date)
        case .instant(let instant): .instant(instant)
        case .duration(let milliseconds): .duration(milliseconds)
        case .reference(let number): .name(.number(number))
        case .spelled: .value(value)
        }
    }

    private func attachment(_ node: FileNode, _ author: PrincipalID, _ place: IssuePlace) throws -> [Change] {
        guard let file = try storeFile(node, author: author, project: place.project) else { return [] }
        var reference = FileReference(file: file)
        if node["field"] != nil { reference.field = issueField(node["field"], in: place.tracker, of: place.project) }
        return [.attach(reference)]
    }

    // MARK: what comes after

    private func change(
        _ id: IssueID, _ changes: [Change], _ attribution: Attribution, _ audience: Audience = .everyone
    ) throws {
        guard !changes.isEmpty else { return }
        var request = ChangeRequest(.issues([id]), parts: [ChangePart(audience: audience, changes)])
        request.attribution = attribution
        // Histories are made without looking at what a parent derives from its children.
        if isTimeline { request.skipping = .derived }
        _ = try transaction.change(request)
    }

    private func follow(_ id: IssueID, _ node: FileNode, _ place: IssuePlace, _ made: Attribution) throws {
        for comment in node["comments"]?.items ?? [] {
            guard let author = user(comment["author"]) else { continue }
            let isInternal = comment["internal"]?.boolean ?? false
            try change(
                id, try keepingStatus(of: id) + [.post(newPost(comment, isReply: !isInternal))],
                Attribution(author: author, time: node["created"] == nil ? transaction.now : made.time),
                isInternal ? .restricted : .everyone)
        }
        for (key, direction) in [("up", Int64(1)), ("down", -1)] {
            for voter in users(node["votes"]?[key]) ?? [] {
                try IssueRows.setVote(
                    Vote(issue: id, user: voter, direction: direction), user: voter, of: id, on: connection)
            }
        }
        if node["retired"]?.boolean ?? false { try change(id, [.retire], made) }
        if let parent = node["parent"], issue(parent, in: place.tracker) == nil {
            pendingLinks.append(
                PendingLink(
                    issue: id, tracker: place.tracker, author: made.author, time: made.time, target: parent,
                    line: parent.line))
        }
    }

    /// An issue by its key or title.
    func issue(_ node: FileNode?, in tracker: ToolID) -> IssueID? {
        guard let name = node?.text else { return nil }
        return issueKeys[tracker]?[name] ?? issueKeys[tracker]?["=\(name)"]
    }

    private func newPost(_ node: FileNode, isReply: Bool) -> NewPost {
        NewPost(text: node["text"]?.text ?? "", format: format(node), isReply: isReply)
    }

    /// A comment of the file leaves the status that the file gives.
    private func keepingStatus(of id: IssueID) throws -> [Change] {
        guard let issue = try IssueRows.issue(id, on: connection) else { return [] }
        return [.set(.builtin(.status), [.name(.number(issue.status.rawValue))])]
    }

    /// Parents that were not there yet when their children were made.
    private func linkIssues() throws {
        for pending in pendingLinks {
            let name = pending.target.text ?? ""
            guard let target = issue(pending.target, in: pending.tracker) else {
                problems.add(pending.line, "there is no issue `\(name)` in this tracker")
                continue
            }
            _ = try told(FileNode(line: pending.line, .null), name) { () -> Bool? in
                let attribution = Attribution(author: pending.author, time: pending.time)
                try change(pending.issue, [.setParent(target.rawValue)], attribution)
                return true
            }
        }
    }

    // MARK: generated histories

    /// What happens to generated issues, in the order of time, so that numbers grow with time as they do in life.
    private func applyTimeline(_ declared: [DeclaredIssue]) throws {
        var events: [(time: Instant, issue: Int, step: FileNode?)] = []
        for (index, issue) in declared.enumerated() {
            events.append((moment(issue.node), index, nil))
            for step in issue.node["history"]?.items ?? [] { events.append((moment(step), index, step)) }
        }
        var made: [Int: IssueID] = [:]
        let order = events.indices.sorted { (events[$0].time, $0) < (events[$1].time, $1) }
        for event in order.map({ events[$0] }) {
            let issue = declared[event.issue]
            guard let step = event.step else {
                made[event.issue] = try apply(issue)
                continue
            }
            guard let id = made[event.issue], let type = names.toolTypes[issue.tool.id]?.first else { continue }
            let place = IssuePlace(
                tracker: issue.tool.id, project: issue.project, type: self.type(issue.node["type"]) ?? type)
            try apply(step, to: id, place, event.time)
        }
    }

    /// One step in the history of a generated issue: fields, a comment, work and links, by somebody.
    private func apply(_ step: FileNode, to id: IssueID, _ place: IssuePlace, _ time: Instant) throws {
        guard let author = user(step["author"]) else { return }
        var changes = try fieldChanges(step, place)
        if step["text"] != nil { changes.append(.post(newPost(step, isReply: true))) }
        if let hours = step["hours"]?.number {
            var entry = NewTimeEntry(duration: Int64(hours * 3_600_000))
            entry.activity = step["activity"]?.text.map { .text($0) }
            entry.comment = step["work"]?.text ?? ""
            entry.spentOn = time.date
            changes.append(.logTime(entry))
        }
        for link in step["links"]?.items ?? [] {
            guard let target = issue(link["to"], in: place.tracker) else { continue }
            changes.append(.link(type: .text(link["type"]?.text ?? "relates"), .forward, .issue(target), delay: nil))
        }
        let isInternal = step["internal"]?.boolean ?? false
        let attribution = Attribution(author: author, time: time)
        _ = try told(step, "\(id)") { () -> Bool? in
            try change(id, changes, attribution, isInternal ? .restricted : .everyone)
            return true
        }
    }
}
