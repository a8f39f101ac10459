import ParleyHTTP
import ParleyModel
import ParleyService

/// How a request about an issue falls into parts, and what is asked of it beyond the workspace's rules.
enum IssueRequests {
    /// Characters of a subject.
    static let titleLimit = 255

    /// What the asking user may do with an issue.
    struct Rights: Sendable {
        var issue: Issue
        /// Its fields.
        var mayEdit: Bool
        /// Its fields, or by a note at least.
        var mayChange: Bool
        var mayKeepPrivate: Bool

        init(_ reader: Reader, _ issue: Issue) throws {
            self.issue = issue
            mayKeepPrivate = try reader.allows(.setNotesPrivate, on: issue)
            let isOwn = issue.author == reader.actor.user && !reader.actor.isAnonymous
            mayEdit = try reader.allows(.editIssues, on: issue) || (isOwn && reader.allows(.editOwnIssues, on: issue))
            mayChange = try mayEdit || reader.allows(.addIssueNotes, on: issue)
        }
    }

    /// What is wrong with an issue that has no project it could be in.
    /// - Parameter start: the day that a new issue begins where the request does not say; nil for none.
    static func placeless(_ parser: IssueParser, start: CivilDate?) -> [Problem] {
        var (start, due) = (start, CivilDate?.none)
        let subject = parser.input["subject"]?.scalarText ?? ""
        var problems: [Problem] = subject.isEmpty ? [Problem(.title, .required)] : []
        if subject.count > titleLimit { problems.append(Problem(.title, .tooLong(maximum: titleLimit))) }
        problems += [Problem(.project, .required), Problem(.type, .required)]
        if let priority = parser.input["priority_id"] {
            let isKnown = Spelling.number(priority).map { parser.catalog.records.priorities[PriorityID($0)] != nil }
            if isKnown != true { problems.append(Problem(.priority, .required)) }
        }
        problems.append(Problem(.status, .required))
        for change in parser.fieldChanges {
            guard case .set(.builtin(let field), let operands) = change else { continue }
            let day: CivilDate? = if case .date(let date)? = operands.last { date.date } else { nil }
            if field == .startDate { start = day }
            if field == .dueDate { due = day }
            switch (field, operands.first) {
            case (.progress, .integer(let number)?) where (0...100).contains(number): break
            case (.progress, _): problems.append(Problem(.progress, .notInList))
            case (.estimate, .unreadable?): problems.append(Problem(.estimate, .notANumber))
            case (.startDate, .unreadable?), (.dueDate, .unreadable?): problems.append(Problem(field, .notADate))
            default: break
            }
        }
        if let start, let due, due < start { problems.append(Problem(.dueDate, .notBeforeStart)) }
        return problems
    }

    /// What is wrong with files that are to come with an issue.
    static func lostFiles(_ parser: IssueParser, _ reader: Reader) throws -> [Problem] {
        try parser.attachments.compactMap { change in
            guard case .attach(let reference) = change, try !reader.isClaimable(reference) else { return nil }
            return Problem(.files, .notInList)
        }
    }

    /// The edits that make a new issue. A copy has the original's subject and parent where the request names none.
    /// - Throws: `Refusal.unknownReference`.
    static func creation(
        _ parser: IssueParser, allowed access: Access, in project: Project, copy: WantedCopy? = nil
    ) throws -> [Change] {
        var changes = parser.fieldChanges
        if copy == nil, !changes.contains(where: { if case .set(.builtin(.title), _) = $0 { true } else { false } }) {
            changes.insert(.set(.builtin(.title), [.text("")]), at: 0)
        }
        if access.allows(.addIssueWatchers, in: project), let watchers = try parser.watchers() {
            changes.append(watchers)
        }
        if !access.allows(.manageSubtasks, in: project) { changes.removeAll { isParent($0) } }
        if let parent = copy?.parent, !changes.contains(where: { isParent($0) }) {
            changes.append(.setParent(parent.rawValue))
        }
        return changes + parser.attachments
    }

    private static func isParent(_ change: Change) -> Bool {
        if case .setParent = change { true } else { false }
    }

    /// The parts of an update: changes and files for everyone, a note for some only apart from them.
    static func update(_ parser: IssueParser, _ rights: Rights, _ catalog: Catalog) -> [ChangePart] {
        var changes: [Change] = []
        if let move = move(parser, rights.issue, catalog) { changes.append(move) }
        changes += parser.fieldChanges + parser.attachments
        guard let note = parser.note else { return changes.isEmpty ? [] : [ChangePart(changes)] }
        guard parser.isNotePrivate && rights.mayKeepPrivate else { return [ChangePart(changes + [.post(note)])] }
        let hidden = ChangePart(audience: .restricted, [.post(note)])
        return changes.isEmpty ? [hidden] : [ChangePart(changes), hidden]
    }

    /// To another project or type; what is unknown is passed over.
    private static func move(_ parser: IssueParser, _ issue: Issue, _ catalog: Catalog) -> Change? {
        let project = parser.project.flatMap { $0.id == issue.project ? nil : $0 }
        let type = parser.type.flatMap { $0 == issue.type ? nil : $0 }
        guard project != nil || type != nil else { return nil }
        let target = project?.id ?? issue.project
        let usable = type.flatMap { wanted in catalog.types(of: target).contains { $0.id == wanted } ? wanted : nil }
        guard project != nil || usable != nil else { return nil }
        return .move(
            project: project.map { .number($0.id.rawValue) }, tracker: nil, type: usable.map { .number($0.rawValue) })
    }
}
