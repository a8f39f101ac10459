import ParleyModel
import ParleyStorage

/// What a request says of one part of an entity.
public enum Given<Value: Sendable>: Sendable {
    /// Nothing.
    case absent
    /// It is to be empty.
    case cleared
    /// What it says cannot be read.
    case unreadable
    case value(Value)

    var isUnreadable: Bool {
        if case .unreadable = self { return true }
        return false
    }

    var isCleared: Bool {
        if case .cleared = self { return true }
        return false
    }
}

/// What a request says of a time entry.
public struct TimeEntryDraft: Sendable {
    public var issue: Given<IssueID> = .absent
    public var project: Given<ProjectID> = .absent
    public var user: Given<PrincipalID> = .absent
    public var activity: Given<EnumerationID> = .absent
    /// The project of a new entry for which neither project nor a known issue is named.
    public var context: ProjectID?
    public var day: Given<CivilDate> = .absent
    /// Milliseconds.
    public var duration: Given<Int64> = .absent
    /// `.some(nil)` takes it away.
    public var comment: String??
    public var values: [(field: Int64, operands: [ParsedOperand])] = []
    /// What a dialect asks for beyond the workspace's rules: characters of a comment, milliseconds of a user's day.
    public var commentMaximumLength: Int?
    public var dayMaximum: Int64?
    /// What is wrong with the request beyond what stands here.
    public var problems: [Problem] = []

    public init() {}
}

extension Transaction {
    /// Logs time, in an issue or in a project at large. What is said of an issue stands in its history.
    /// - Throws: `Fault.forbidden`, `.unauthenticated` without `log_time`; `.invalid` with properties `activity`,
    ///   `project`, `duration`, `spentOn`, `comment`, `user`, `issue`.
    public func createTimeEntry(_ draft: TimeEntryDraft) throws -> TimeEntry {
        let entry = TimeEntry(
            id: try next("time_entry"), stamp: stamp, project: ProjectID(0), issue: nil, user: actor.user,
            author: actor.user, spentOn: now.date, duration: 0)
        var plan = TimeEntryPlan(self, entry, isNew: true)
        try plan.apply(draft)
        let made = plan.entry
        guard let issue = made.issue else {
            try TimeEntryRows.put(made, on: connection)
            return made
        }
        try changeWork(of: issue, .logTime(plan.said))
        return try TimeEntryRows.timeEntry(made.id, on: connection) ?? made
    }

    /// Changes a time entry: any with `edit_time_entries`, one's own with `edit_own_time_entries`.
    /// - Throws: as `createTimeEntry`; `Fault.notFound`.
    public func updateTimeEntry(_ id: TimeEntryID, _ draft: TimeEntryDraft) throws -> TimeEntry {
        let before = try editableTimeEntry(id)
        var plan = TimeEntryPlan(self, before, isNew: false)
        try plan.apply(draft)
        var after = plan.entry
        guard after != before else { return before }
        if let issue = after.issue {
            try changeWork(of: issue, .changeTime(id, plan.said))
        } else if let issue = before.issue {
            var said = plan.said
            said.leavesTo = after.project
            try changeWork(of: issue, .changeTime(id, said))
        } else {
            after.stamp.modified = now
            after.stamp.modifier = actor.user
            after.stamp.revision += 1
            try TimeEntryRows.put(after, on: connection)
        }
        return try TimeEntryRows.timeEntry(id, on: connection) ?? after
    }

    /// Deletes a time entry, for those who may change it.
    public func deleteTimeEntry(_ id: TimeEntryID) throws {
        let entry = try editableTimeEntry(id)
        if let issue = entry.issue {
            try changeWork(of: issue, .removeTime(id))
        } else {
            try TimeEntryRows.delete(id, on: connection)
        }
        try RecordRows.audit(
            time: now, actor: actor.user, recordClass: "time_entry", entity: id.rawValue, action: "destroy",
            detail: entry.comment ?? "", on: connection)
    }

    private func editableTimeEntry(_ id: TimeEntryID) throws -> TimeEntry {
        let entry = try reader.timeEntry(id)
        guard try TimeEntryRights(reader).mayEdit(entry) else { throw reader.refusal }
        return entry
    }

    private func changeWork(of issue: IssueID, _ change: Change) throws {
        _ = try self.change(ChangeRequest(.issues([issue]), parts: [ChangePart([change])]))
    }
}

/// A time entry as it is to be, and what is wrong with it.
struct TimeEntryPlan {
    private let transaction: Transaction
    private let reader: Reader
    private let before: TimeEntry
    private let isNew: Bool
    private(set) var entry: TimeEntry
    private var project: Project?
    private var hasUnknownIssue = false
    /// The issue is there, but not for the actor to log time on: nothing is wrong with the project then.
    private var hasHiddenIssue = false

    init(_ transaction: Transaction, _ entry: TimeEntry, isNew: Bool) {
        self.transaction = transaction
        reader = transaction.reader
        before = entry
        self.entry = entry
        self.isNew = isNew
        project = isNew ? nil : reader.catalog.records.projects[entry.project]
    }

    private var catalog: Catalog { reader.catalog }
    private var rights: TimeEntryRights { TimeEntryRights(reader) }

    /// Everything that is said of the entry, for the change of its issue.
    var said: NewTimeEntry {
        var new = NewTimeEntry(duration: entry.duration)
        new.id = entry.id
        new.activity = entry.activity.map { .number($0.rawValue) }
        new.comment = entry.comment
        new.spentOn = entry.spentOn
        new.user = entry.user
        new.values = entry.values
        return new
    }

    /// - Throws: `Fault`.
    mutating func apply(_ draft: TimeEntryDraft) throws {
        let issue = try place(draft)
        if let project, isNew || project.id != before.project, !(rights.allows(.logTime, in: project)) {
            throw reader.refusal
        }
        var problems = presence(draft)
        set(draft)
        if draft.duration.isUnreadable { problems.append(Problem(.property("duration"), .invalid)) }
        let comment = entry.comment ?? ""
        if let limit = draft.commentMaximumLength, comment.count > limit, entry.comment != before.comment {
            problems.append(Problem(.property("comment"), .tooLong(maximum: limit)))
        }
        if draft.day.isUnreadable { problems.append(Problem(.property("spentOn"), .notADate)) }
        problems += draft.problems
        let hasDay = !draft.day.isUnreadable && !draft.day.isCleared
        if let limit = draft.dayMaximum, let logged = try logged(beyond: limit, hasDay: hasDay) {
            problems.append(Problem(.property("duration"), .totalTooLarge(maximum: limit, present: logged)))
        }
        if project == nil, !hasHiddenIssue { problems.append(Problem(.property("project"), .invalid)) }
        if draft.user.isCleared ? !isNew : !mayBeOf(entry.user) {
            problems.append(Problem(.property("user"), .invalid))
        }
        if hasUnknownIssue || (issue.map { $0.project != project?.id } ?? false) {
            problems.append(Problem(.property("issue"), .invalid))
        }
        let mayLackActivity = isNew && entry.activity == nil
        if !mayLackActivity, isNew || entry.activity != before.activity, project != nil || hasHiddenIssue,
            !offers(entry.activity)
        {
            problems.append(Problem(.property("activity"), .notInList))
        }
        let values = EntityValues(transaction: transaction, object: .timeEntry)
        try values.apply(draft.values, to: &entry.values, isNew: isNew, &problems)
        if !problems.isEmpty { throw Fault.invalid(problems) }
    }

    /// Finds issue and project: the issue's, where no other is named.
    private mutating func place(_ draft: TimeEntryDraft) throws -> Issue? {
        var issue = try isNew ? nil : entry.issue.flatMap { try IssueRows.issue($0, on: transaction.connection) }
        switch draft.issue {
        case .absent: break
        case .cleared: issue = nil
        case .unreadable:
            issue = nil
            hasUnknownIssue = true
        case .value(let id) where id != issue?.id:
            issue = try loggable(id)
            hasUnknownIssue = issue == nil
            if issue == nil, let hidden = try IssueRows.issue(id, on: transaction.connection) {
                hasHiddenIssue = hidden.retired == nil
            }
            if let issue { project = catalog.records.projects[issue.project] }
        case .value: break
        }
        switch draft.project {
        case .absent: break
        case .cleared, .unreadable: if !isNew || issue == nil { project = nil }
        case .value(let id):
            let found = catalog.records.projects[id].flatMap { $0.stamp.retired == nil ? $0 : nil }
            // A new entry whose issue is known needs no project.
            if found != nil || !isNew || issue == nil { project = found }
        }
        if project == nil, isNew, case .absent = draft.project {
            project = draft.context.flatMap { catalog.records.projects[$0] }
        }
        entry.issue = issue?.id
        if let project { entry.project = project.id }
        return issue
    }

    private func loggable(_ id: IssueID) throws -> Issue? {
        guard var issue = try IssueRows.issue(id, on: transaction.connection) else { return nil }
        if let target = issue.mergedInto {
            guard let other = try IssueRows.issue(target, on: transaction.connection) else { return nil }
            issue = other
        }
        guard issue.retired == nil, try reader.sees(issue), try reader.allows(.logTime, on: issue) else { return nil }
        return issue
    }

    private func presence(_ draft: TimeEntryDraft) -> [Problem] {
        var missing: [String] = []
        let activity: EnumerationID? =
            switch draft.activity {
            case .absent: isNew ? standardActivity : before.activity
            case .cleared: nil
            case .unreadable: EnumerationID(0)
            case .value(let id): id
            }
        if draft.user.isCleared { missing.append("user") }
        if activity == nil { missing.append("activity") }
        switch draft.project {
        case .absent where !hasHiddenIssue, .cleared: if project == nil { missing.append("project") }
        default: break
        }
        switch draft.duration {
        case .absent where isNew, .cleared: missing.append("duration")
        default: break
        }
        switch draft.day {
        case .cleared, .unreadable: missing.append("spentOn")
        default: break
        }
        return missing.map { Problem(.property($0), .required) }
    }

    private mutating func set(_ draft: TimeEntryDraft) {
        switch draft.activity {
        case .absent: if isNew { entry.activity = standardActivity }
        case .cleared: entry.activity = nil
        case .unreadable: entry.activity = EnumerationID(0)
        case .value(let id): entry.activity = id
        }
        switch draft.user {
        case .absent, .cleared: break
        case .unreadable: entry.user = .nobody
        case .value(let user): entry.user = user
        }
        if case .value(let day) = draft.day { entry.spentOn = day }
        if case .value(let duration) = draft.duration { entry.duration = duration }
        if let comment = draft.comment { entry.comment = comment }
    }

    private var standardActivity: EnumerationID? {
        catalog.enumerations(.activity, project: project?.id).first { $0.isDefault && $0.active }?.id
    }

    private func offers(_ activity: EnumerationID?) -> Bool {
        catalog.enumerations(.activity, project: project?.id).contains { $0.id == activity && $0.active }
    }

    /// What the user has logged on that day already, where it comes to more than a limit with this.
    private func logged(beyond limit: Int64, hasDay: Bool) throws -> Int64? {
        guard entry.duration > 0, isNew || entry.duration != before.duration || entry.spentOn != before.spentOn else {
            return nil
        }
        let others = try !hasDay ? 0 : TimeEntryRows.logged(
            by: entry.user, on: entry.spentOn, besides: entry.id, on: transaction.connection)
        return others &+ entry.duration > limit ? others : nil
    }

    /// Others than oneself need `log_time_for_other_users`, and must be members who may log time themselves.
    private func mayBeOf(_ user: PrincipalID) -> Bool {
        if user == before.user { return true }
        guard let project else { return user == transaction.actor.user }
        if user == entry.author, user == transaction.actor.user { return true }
        guard rights.allows(.logTimeForOtherUsers, in: project), let person = catalog.user(user),
            person.status == .active, person.stamp.retired == nil
        else { return false }
        if user == transaction.actor.user { return true }
        let other = catalog.access(for: Actor(user: user, login: person.login, admin: person.admin))
        return !other.roles(in: project.id).isEmpty && other.allows(.logTime, in: project)
    }
}
