import ParleyModel
import ParleyStorage

extension Action {
    public static let editTimeEntries: Action = "edit_time_entries"
    public static let editOwnTimeEntries: Action = "edit_own_time_entries"
    public static let logTimeForOtherUsers: Action = "log_time_for_other_users"
}

/// One page of time entries, with what all that match come to.
public struct TimeEntryList: Sendable {
    public var entries: [TimeEntry]
    public var total: TimeEntryTotal
}

/// What issues come to, in milliseconds, as far as the actor sees them and their time.
public struct WorkTotal: Sendable, Equatable {
    public var estimated: Int64
    public var spent: Int64
}

/// What an actor may do with time entries. A condition on the author means one's own work.
struct TimeEntryRights {
    let reader: Reader

    init(_ reader: Reader) {
        self.reader = reader
    }

    private var catalog: Catalog { reader.catalog }
    private var access: Access { reader.access }

    /// Whether a project has time entries, and the actor may do something with them.
    func allows(_ action: Action, in project: Project) -> Bool {
        hasTime(project.id) && access.allows(action, in: project)
    }

    private func hasTime(_ project: ProjectID) -> Bool { catalog.tools(of: project).contains { $0.kind == .time } }

    /// Where the actor sees time entries.
    var scope: TimeEntryScope {
        var projects: [Terms: Set<ProjectID>] = [:]
        for project in catalog.projectTree where access.sees(project) && allows(.viewTimeEntries, in: project) {
            for terms in terms(in: project) { projects[terms, default: []].insert(project.id) }
        }
        let rules = projects.map { TimeEntryScope.Rule(projects: $1, types: $0.types, ownOnly: $0.ownOnly) }
        return TimeEntryScope(
            user: reader.actor.user,
            rules: rules.sorted { ($0.ownOnly ? 1 : 0, $0.projects.count) < ($1.ownOnly ? 1 : 0, $1.projects.count) })
    }

    private struct Terms: Hashable {
        var types: Set<IssueTypeID>?
        var ownOnly: Bool
    }

    private func terms(in project: Project) -> Set<Terms> {
        if reader.actor.admin { return [Terms(types: nil, ownOnly: false)] }
        var result: Set<Terms> = []
        for grant in access.grants(in: project, tool: nil)
        where grant.actions.contains(.viewTimeEntries) && grant.isAboutIssues {
            switch grant.condition {
            case .always: result.insert(Terms(types: grant.types, ownOnly: false))
            case .isAuthor, .isCreator, .isSelf:
                if !reader.actor.isAnonymous { result.insert(Terms(types: grant.types, ownOnly: true)) }
            default: break
            }
        }
        let everything = Terms(types: nil, ownOnly: false)
        return result.contains(everything) ? [everything] : result
    }

    /// Whether the actor sees an entry: by the project's rules, and its issue.
    func sees(_ entry: TimeEntry) throws -> Bool {
        guard entry.stamp.retired == nil, let project = catalog.records.projects[entry.project],
            access.sees(project), allows(.viewTimeEntries, in: project)
        else { return false }
        let issue = try entry.issue.flatMap { try IssueRows.issue($0, on: reader.connection) }
        if let issue, try issue.retired != nil || !reader.sees(issue) { return false }
        return terms(in: project).contains { terms in
            (terms.types.map { types in issue.map { types.contains($0.type) } ?? false } ?? true)
                && (!terms.ownOnly || entry.user == reader.actor.user)
        }
    }

    /// Whether the actor may change or delete an entry.
    func mayEdit(_ entry: TimeEntry) throws -> Bool {
        guard try sees(entry), let project = catalog.records.projects[entry.project] else { return false }
        if allows(.editTimeEntries, in: project) { return true }
        return entry.user == reader.actor.user && !reader.actor.isAnonymous
            && allows(.editOwnTimeEntries, in: project)
    }
}

extension Reader {
    /// Time entries that match, as far as the actor sees them.
    /// - Throws: `Fault.invalid` where the condition names something that does not exist or cannot be compared so.
    public func timeEntries(
        _ condition: TimeEntryCondition<Parsed>, order: [TimeEntryOrder], offset: Int, limit: Int
    ) throws -> TimeEntryList {
        let resolved = try resolve(condition)
        let finder = timeEntryFinder
        let total = try finder.total(resolved, on: connection)
        guard offset < total.count, limit > 0 else { return TimeEntryList(entries: [], total: total) }
        let page = try finder.page(resolved, order: order, offset: offset, limit: limit, on: connection)
        return TimeEntryList(
            entries: try page.compactMap { try TimeEntryRows.timeEntry($0, on: connection) }, total: total)
    }

    /// The numbers of time entries that match, for those who read them in portions.
    /// - Throws: as `timeEntries`.
    public func timeEntryNumbers(
        _ condition: TimeEntryCondition<Parsed>, order: [TimeEntryOrder], limit: Int
    ) throws -> [TimeEntryID] {
        try timeEntryFinder.page(resolve(condition), order: order, offset: 0, limit: limit, on: connection)
    }

    /// One time entry.
    /// - Throws: `Fault.notFound`; `.forbidden` or `.unauthenticated` where the actor may not see it.
    public func timeEntry(_ id: TimeEntryID) throws -> TimeEntry {
        guard let entry = try TimeEntryRows.timeEntry(id, on: connection), entry.stamp.retired == nil else {
            throw Fault.notFound
        }
        guard try TimeEntryRights(self).sees(entry) else { throw refusal }
        return entry
    }

    /// What the issues for which a predicate holds were estimated at and took.
    public func work(on predicate: Predicate<Parsed>) throws -> WorkTotal {
        let resolved = try QueryResolver(self).resolve(Query<Parsed>(predicate)).predicate
        let finder = timeEntryFinder
        return WorkTotal(
            estimated: try finder.estimates(resolved, on: connection),
            spent: try finder.total(.issue(resolved), on: connection).duration)
    }

    private var timeEntryFinder: TimeEntryFinder {
        TimeEntryFinder(
            capabilities: finder.capabilities, scope: TimeEntryRights(self).scope, issues: access.readScope,
            catalog: catalog.queryCatalog)
    }

    private func resolve(_ condition: TimeEntryCondition<Parsed>) throws -> TimeEntryCondition<Resolved> {
        switch condition {
        case .all: .all
        case .none: .none
        case .and(let parts): .and(try parts.map { try resolve($0) })
        case .or(let parts): .or(try parts.map { try resolve($0) })
        case .not(let part): .not(try resolve(part))
        case .among(let column, let numbers): .among(column, numbers)
        case .within(let column, let from, let to): .within(column, from: from, to: to)
        case .isSet(let column): .isSet(column)
        case .hasComment: .hasComment
        case .commentIsGiven: .commentIsGiven
        case .commentAmong(let texts): .commentAmong(texts)
        case .comment(let match, let pattern): .comment(match, pattern)
        case .issue(let predicate):
            .issue(try QueryResolver(self).resolve(Query<Parsed>(predicate)).predicate)
        case .valueIsSet(let field): .valueIsSet(field)
        case .value(let field, let values): .value(field, values)
        case .valueText(let field, let match, let pattern): .valueText(field, match, pattern)
        case .valueWithin(let field, let from, let through): .valueWithin(field, from: from, through: through)
        }
    }
}
