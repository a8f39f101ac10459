import ParleyModel
import ParleyStorage

/// Applies a change request: resolves names, asks for permission, checks workflow and values against each issue's
/// state, lets
/// the rules about data act, and writes rows, history, counters and full-text entries in the running transaction.
///
/// The work on one issue goes through these files: `FieldSetting` (fields), `PeopleSetting` (participants), `Posting`
/// (posts and
/// files), `Linking` (links, parents), `Moving` (type and tracker), `Validation` (what must hold in the end),
/// `Effects` (what
/// follows), `Recording` (rows and history).
struct ChangeEngine {
    let transaction: Transaction
    let request: ChangeRequest
    var edit: IssueEdit
    var problems: [Problem] = []
    var outcome = ChangeOutcome()
    /// Entries of the changeset in the making that are no field differences.
    var entries: [EntryDraft] = []
    /// Changesets on other issues, written after this one's.
    var elsewhere: [(issue: IssueID, entry: EntryDraft)] = []
    var part = ChangePart([])
    /// Rows that wait for the changeset's number.
    var pendingPosts: [PostID] = []
    var pendingFiles: [FileLink] = []
    var pendingTime: [TimeEntry] = []
    var pendingLinks: [Link] = []
    /// Links of this request that order issues, and the issues at their other ends that moved for it.
    var orders: [Link] = []
    var movedElsewhere: [IssueID] = []
    /// What a new issue is a copy of.
    var copy: CopySource?
    /// How many changes stand above one that follows from another; it needs no permission. 0 is one that was asked for.
    var depth = 0
    var cause: ChangesetID?
    /// What a merge hands to the other issue.
    var adopted: [Link] = []
    var adoptedPeople: [(ParticipantRole, PrincipalID)] = []
    var lastChangeset: ChangesetID?
    /// The change follows from another issue's; nobody asked for it.
    var isConsequence = false

    struct EntryDraft {
        var kind: EntryKind
        var detail: EntryDetail
        var derived = false
    }

    var connection: any SQLConnection { transaction.connection }
    var catalog: Catalog { transaction.catalog }
    var access: Access { transaction.access }
    var actor: Actor { transaction.actor }
    var now: Instant { request.attribution?.time ?? transaction.now }
    var author: PrincipalID { request.attribution?.author ?? actor.user }
    var converter: ValueConverter { ValueConverter(catalog: catalog, actor: actor, now: now) }
    var tracker: Tool? { catalog.records.tools[edit.issue.tracker] }
    var rules: DataRules { tracker.map { catalog.rules(in: $0) } ?? catalog.settings.rules }

    /// The server itself, imports in its name, and what follows from another change pass workflow and permissions.
    var isTrusted: Bool { actor.user == .system || depth > 0 }

    init(_ transaction: Transaction, _ request: ChangeRequest, _ edit: IssueEdit) {
        self.transaction = transaction
        self.request = request
        self.edit = edit
    }

    /// Notes a violated rule: dropped in silence where the request skips such, else a reason to refuse the request.
    mutating func reject(_ problem: Problem) {
        let skipped: Bool =
            switch problem.rule {
            case .notPermitted: request.skipping.contains(.notPermitted)
            case .transition: request.skipping.contains(.transition)
            case .derived: request.skipping.contains(.derived)
            case .unknown: request.skipping.contains(.unknownChoice)
            default: request.skipping == .all
            }
        if skipped { outcome.skipped.append(problem) } else { problems.append(problem) }
    }

    mutating func reject(_ field: BuiltinField, _ rule: Problem.Rule, value: String? = nil) {
        reject(Problem(field, rule, value: value))
    }

    func allows(_ action: Action) -> Bool {
        if isTrusted { return true }
        return access.allows(action, on: edit.issue) { role in
            !(edit.participants[role] ?? []).isDisjoint(with: access.identities)
        }
    }

    /// Whether the issue's fields may be changed at all.
    func mayEdit() throws -> Bool {
        if edit.isNew || isTrusted { return true }
        if allows(.editIssues) { return true }
        return edit.issue.author == actor.user && !actor.isAnonymous && allows(.editOwnIssues)
    }

    // MARK: the whole request

    /// Applies a request to each of its issues, or makes a new one.
    static func apply(_ request: ChangeRequest, in transaction: Transaction) throws -> ChangeOutcome {
        switch request.target {
        case .draft(let draft):
            var engine = try ChangeEngine.creating(draft, request, in: transaction)
            return try engine.create()
        case .issues(let ids):
            var outcome = ChangeOutcome()
            for id in ids {
                // What went with something above it is gone already.
                let isGone = request.parts.contains { $0.changes.contains(.destroy) } && outcome.issues.contains(id)
                if isGone { continue }
                let one = try change(id, request, in: transaction)
                outcome.issues += one.issues
                outcome.changesets += one.changesets
                outcome.changed = outcome.changed || one.changed
                outcome.revision = one.revision
                outcome.updated = one.updated
                outcome.skipped += one.skipped
            }
            return outcome
        }
    }

    private static func change(
        _ id: IssueID, _ request: ChangeRequest, in transaction: Transaction
    ) throws -> ChangeOutcome {
        guard let row = try IssueRows.issue(id, on: transaction.connection) else { throw Fault.notFound }
        if let target = row.mergedInto { return try change(target, request, in: transaction) }
        let reader = transaction.reader
        guard try transaction.actor.user == .system || reader.sees(row) || mayCommentUnseen(row, request, reader) else {
            throw reader.refusal
        }
        if let expected = request.expectedUpdate, expected.seconds != row.updated.seconds {
            throw Fault.conflict(current: row.revision)
        }
        if request.parts.contains(where: { $0.changes.contains(.destroy) }) {
            return try Destruction(transaction: transaction).destroy(row)
        }
        var engine = ChangeEngine(transaction, request, try IssueEdit(id, on: transaction.connection))
        return try engine.update()
    }

    /// Whether a request does no more than comment an issue that the actor need not see for that.
    private static func mayCommentUnseen(_ row: Issue, _ request: ChangeRequest, _ reader: Reader) throws -> Bool {
        guard let tracker = reader.catalog.records.tools[row.tracker], row.retired == nil,
            !reader.catalog.rules(in: tracker).commentsNeedSight
        else { return false }
        let comments = request.parts.flatMap(\.changes).allSatisfy { change in
            switch change {
            case .post, .attach, .logTime: true
            default: false
            }
        }
        return try comments && reader.allows(.addIssueNotes, on: row)
    }

    mutating func update() throws -> ChangeOutcome {
        for next in request.parts {
            part = next
            for change in part.changes { try apply(change) }
            try settle()
            if !problems.isEmpty { throw Fault.invalid(problems) }
            // What is wrong in itself is told first.
            if let expected = request.expectedRevision, let before = edit.before, expected != before.revision {
                throw Fault.conflict(current: before.revision)
            }
            try record()
        }
        try finish()
        return outcome
    }

    mutating func create() throws -> ChangeOutcome {
        let first = request.parts.first ?? ChangePart([])
        part = first
        if copy?.isPart == false { try copyFiles() }
        for change in part.changes { try apply(change) }
        try settle()
        try settleCopy()
        if !problems.isEmpty { throw Fault.invalid(problems) }
        if copy?.isPart == true { try copyFiles() }
        try record()
        for next in request.parts.dropFirst() {
            part = next
            for change in part.changes { try apply(change) }
            try settle()
            if !problems.isEmpty { throw Fault.invalid(problems) }
            try record()
        }
        try linkToOriginal()
        try copySubtasks()
        try finish()
        return outcome
    }

    mutating func apply(_ change: Change) throws {
        switch change {
        case .set(let field, let operands): try set(field, operands)
        case .add(let field, let operands): try modify(field, operands, adding: true)
        case .remove(let field, let operands): try modify(field, operands, adding: false)
        case .setParent(let number): try setParent(number)
        case .post(let post): try self.post(post)
        case .join(let id): try join(id)
        case .rewrite(let id, let text, let audience): try rewrite(id, text: text, audience: audience)
        case .annotate(let id, let text, let audience): try annotate(id, text: text, audience: audience)
        case .moderate(let id, let state): try moderate(id, state)
        case .unpost(let id): try unpost(id)
        case .attach(let reference): try attach(reference)
        case .detach(let id): try detach(id)
        case .link(let type, let direction, let target, let delay): try link(type, direction, target, delay: delay)
        case .unlink(let id): try unlink(id)
        case .setLinks(let type, let direction, let targets): try setLinks(type, direction, targets)
        case .move(let project, let tracker, let type): try move(project: project, tracker: tracker, type: type)
        case .logTime(let entry): try logTime(entry)
        case .changeTime(let id, let entry): try changeTime(id, entry)
        case .removeTime(let id): try removeTime(id)
        case .retire: try setRetired(true)
        case .restore: try setRetired(false)
        case .destroy: break
        case .merge(let target): try merge(into: target)
        case .vote(let direction): try vote(direction)
        }
    }
}

extension Transaction {
    /// Applies a change request in this transaction.
    /// - Throws: `Fault`; then nothing of the transaction may be kept.
    public func change(_ request: ChangeRequest) throws -> ChangeOutcome {
        try ChangeEngine.apply(request, in: self)
    }
}

extension Workspace {
    /// Applies a change request; durable when it returns.
    /// - Throws: `Fault`; then nothing has changed.
    public func change(_ request: ChangeRequest, as actor: Actor) async throws -> ChangeOutcome {
        try await write(as: actor) { try $0.change(request) }
    }
}
