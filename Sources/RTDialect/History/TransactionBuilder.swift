import ParleyModel
import ParleyService

/// Makes RT's transactions of a ticket's history.
struct TransactionBuilder {
    let reader: Reader
    let words: HistoryWords
    let options: RTOptions
    let issue: Issue
    /// Files that are there and that the actor may see, by their place; read when one is told of.
    private var files: [FileLinkID: FileView]?
    private let seesTime: Bool
    private var states: [IssueID: State] = [:]
    private var titles: [IssueID: String] = [:]
    private var result: [TicketTransaction] = []

    /// What is known of a ticket at the point that the history has reached.
    private struct State {
        var status: StatusID?
        /// Milliseconds.
        var worked: Int64 = 0
    }

    init(_ reader: Reader, _ clock: UserClock, _ options: RTOptions, of issue: Issue) throws {
        self.reader = reader
        self.options = options
        self.issue = issue
        words = HistoryWords(catalog: reader.catalog, clock: clock)
        seesTime = try reader.allows(.viewTimeEntries, on: issue)
    }

    var catalog: Catalog { reader.catalog }

    /// The transactions of a history, in its order.
    mutating func transactions(_ history: [ChangesetView]) throws -> [TicketTransaction] {
        for view in history { try add(view) }
        return result
    }

    private mutating func add(_ view: ChangesetView) throws {
        let changeset = view.changeset
        var state = states[changeset.issue] ?? State()
        let messages = try messages(of: view)
        let time = addedTime(changeset, &state)
        let isMerge = changeset.entries.contains { $0.kind == .merged }
        let first = result.count
        for entry in changeset.entries {
            if var told = transaction(of: messages[entry.id], entry, view) {
                if messages[entry.id]?.isFirst ?? false { told.timeTaken = time.taken }
                result.append(told)
            }
            guard !entry.derived || isPriority(entry, changeset), !isBroughtAlong(entry, isMerge) else { continue }
            switch entry.kind {
            case .created: state.status = TransactionBuilder.initialStatus(entry)
            case .set:
                if entry.detail.field == BuiltinField.status.id {
                    state.status = entry.detail.new?.first?.referenceID.map { StatusID($0) }
                }
                addField(entry, changeset)
            case .added, .removed: addValue(entry, changeset)
            case .moved: addMove(entry, changeset)
            case .linked, .unlinked, .merged: try addLink(entry, changeset)
            case .retired, .restored: addRetirement(entry, changeset, state)
            case .time where messages.isEmpty && !view.hidesPost: addTime(entry, changeset, time)
            case .rewritten, .detached: addMunge(entry, changeset)
            case .foreign: addForeign(entry, changeset)
            case .posted, .attached, .time, .voted: continue
            }
        }
        if isMerge, let other = changeset.entries.first(where: { $0.detail.direction == .reverse })?.detail.other {
            state.worked &+= states[other]?.worked ?? 0
        }
        states[changeset.issue] = state
        orderShadows(from: first)
    }

    /// What a merge does to links and people is told by the merge alone.
    private func isBroughtAlong(_ entry: Entry, _ isMerge: Bool) -> Bool {
        switch entry.kind {
        case .linked, .unlinked, .added: entry.detail.automatic ?? false
        default: isMerge && entry.kind != .merged
        }
    }

    /// What follows a change of owner stands behind it; all else is in the order of the numbers already.
    private mutating func orderShadows(from first: Int) {
        guard result.count - first > 1 else { return }
        result[first...].sort { $0.id < $1.id }
    }

    mutating func append(_ transaction: TicketTransaction) { result.append(transaction) }

    private static func initialStatus(_ entry: Entry) -> StatusID? {
        entry.detail.initial?.first { $0.field == BuiltinField.status.id }?.values.first?.referenceID
            .map { StatusID($0) }
    }

    /// A number that follows a priority's name is derived; RT tells of the number.
    private func isPriority(_ entry: Entry, _ changeset: Changeset) -> Bool {
        entry.detail.field == BuiltinField.priorityNumber.id
            && changeset.entries.contains { $0.detail.field == BuiltinField.priority.id && !$0.derived }
    }

    // MARK: messages

    struct FoundMessage {
        var message: TicketMessage
        /// Takes the time that was logged with the changeset.
        var isFirst: Bool
        var post: Post?
    }

    /// The messages of a changeset by the entry that they begin with: the opening or each comment, with the files that
    /// came along; files alone are one message.
    private mutating func messages(of view: ChangesetView) throws -> [EntryID: FoundMessage] {
        var found: [FoundMessage] = []
        var attached: [FileView] = []
        var fileCount = 0
        var firstFile: EntryID?
        for entry in view.changeset.entries {
            switch entry.kind {
            case .created: found.insert(FoundMessage(message: opening(entry), isFirst: false), at: 0)
            case .posted:
                guard let post = view.posts.first(where: { $0.id == entry.detail.post }) else { continue }
                found.append(FoundMessage(message: TransactionBuilder.message(entry, post), isFirst: false, post: post))
            case .attached:
                firstFile = firstFile ?? entry.id
                fileCount += 1
                if let place = entry.detail.file, let file = try file(at: place) { attached.append(file) }
            default: continue
            }
        }
        if found.isEmpty, let firstFile {
            found.append(FoundMessage(message: TicketMessage(firstFile), isFirst: true))
        }
        guard !found.isEmpty else { return [:] }
        found[0].message.files = attached
        found[0].message.fileCount = fileCount
        found[0].isFirst = true
        let pairs = found.map { ($0.message.entry, $0) }
        return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
    }

    private mutating func file(at place: FileLinkID) throws -> FileView? {
        if let files { return files[place] }
        let views = try reader.filesOfHistory(of: issue)
        let found = Dictionary(views.map { ($0.link.id, $0) }, uniquingKeysWith: { first, _ in first })
        files = found
        return found[place]
    }

    /// Whether a changeset's transactions depend on what was before: a sum of time, a status.
    static func needsWholeHistory(_ view: ChangesetView) -> Bool {
        view.changeset.entries.contains { [.time, .retired, .restored].contains($0.kind) }
    }

    private func opening(_ entry: Entry) -> TicketMessage {
        var message = TicketMessage(entry.id)
        message.format = entry.detail.format ?? .plain
        for initial in entry.detail.initial ?? [] {
            let text = initial.values.first?.string ?? ""
            if initial.field == BuiltinField.description.id { message.text = text }
            if initial.field == BuiltinField.title.id { message.subject = text }
        }
        return message
    }

    private static func message(_ entry: Entry, _ post: Post) -> TicketMessage {
        var message = TicketMessage(entry.id)
        message.post = post.id
        message.text = post.text
        message.format = post.format
        message.messageID = post.messageID
        message.inReplyTo = post.inReplyTo
        message.recipients = post.recipients
        return message
    }

    private func transaction(
        of found: FoundMessage?, _ entry: Entry, _ view: ChangesetView
    ) -> TicketTransaction? {
        guard let found else { return nil }
        let changeset = view.changeset
        if entry.kind == .created {
            var told = TicketTransaction(entry, of: changeset, "Create", brief: "Ticket created")
            told.message = found.message
            return told
        }
        // A comment that was emptied later is gone, unless it still has files.
        if found.post != nil, found.message.isEmpty, changeset.entries.count > 1 || found.post?.edited != nil {
            return nil
        }
        let isReply = changeset.audience == .everyone
        var told = TicketTransaction(
            entry, of: changeset, isReply ? "Correspond" : "Comment",
            brief: isReply ? "Correspondence added" : "Comments added")
        told.data = "No Subject"
        told.message = found.message
        if let post = found.post {
            told.author = post.author
            told.time = post.date
        }
        return told
    }

    // MARK: time

    private struct AddedTime {
        /// Minutes on the ticket before and after.
        var before: Int64 = 0
        var after: Int64 = 0
        var taken: Int64 { after &- before }
        /// The entry that tells of all.
        var entry: EntryID?
    }

    private func addedTime(_ changeset: Changeset, _ state: inout State) -> AddedTime {
        guard seesTime else { return AddedTime() }
        var added = AddedTime()
        added.before = TicketForm.minutes(state.worked)
        for entry in changeset.entries where entry.kind == .time {
            added.entry = added.entry ?? entry.id
            func milliseconds(_ values: [Value]?) -> Int64 {
                if case .duration(let number)? = values?.first { return number }
                return 0
            }
            state.worked &+= milliseconds(entry.detail.new) &- milliseconds(entry.detail.old)
        }
        added.after = TicketForm.minutes(state.worked)
        return added
    }

    private mutating func addTime(_ entry: Entry, _ changeset: Changeset, _ added: AddedTime) {
        guard added.entry == entry.id, added.taken != 0 else { return }
        var told = TicketTransaction(
            entry, of: changeset, "Set", field: "TimeWorked", old: String(added.before), new: String(added.after),
            brief: HistoryWords.worked(added.taken))
        told.timeTaken = added.taken
        result.append(told)
    }

    // MARK: places and states

    private mutating func addMove(_ entry: Entry, _ changeset: Changeset) {
        guard let old = entry.detail.old?.dropFirst().first?.referenceID,
            let new = entry.detail.base?.project.rawValue, old != new
        else { return }
        result.append(
            TicketTransaction(
                entry, of: changeset, "Set", field: "Queue", old: String(old), new: String(new),
                brief: "Queue changed from \(queue(old)) to \(queue(new))"))
    }

    private func queue(_ number: Int64) -> String {
        guard let project = catalog.records.projects[ProjectID(number)], Names.isSeen(project, reader.access) else {
            return "#\(number)"
        }
        return project.name
    }

    func status(_ id: StatusID?) -> String { id.flatMap { catalog.records.statuses[$0]?.name } ?? "" }

    /// To RT, deleted is a status like others.
    private mutating func addRetirement(_ entry: Entry, _ changeset: Changeset, _ state: State) {
        let present = status(state.status ?? issue.status)
        let isGone = entry.kind == .retired
        let old = isGone ? present : TicketForm.deleted
        let new = isGone ? TicketForm.deleted : present
        result.append(statusChange(entry, changeset, old, new))
    }

    func statusChange(_ entry: Entry, _ changeset: Changeset, _ old: String, _ new: String) -> TicketTransaction {
        TicketTransaction(
            entry, of: changeset, "Status", field: "Status", old: old, new: new,
            brief: new == TicketForm.deleted ? "Ticket deleted" : "Status changed from '\(old)' to '\(new)'")
    }

    // MARK: links

    private mutating func addLink(_ entry: Entry, _ changeset: Changeset) throws {
        let isMerge = entry.kind == .merged
        guard let field = isMerge ? "MergedInto" : linkField(entry) else { return }
        let (uri, shown) = try linkTarget(entry, changeset)
        let isGone = entry.kind == .unlinked
        let noun = TransactionBuilder.linkNouns[field] ?? field
        result.append(
            TicketTransaction(
                entry, of: changeset, isGone ? "DeleteLink" : "AddLink", field: field, old: isGone ? uri : "",
                new: isGone ? "" : uri,
                brief: isMerge ? "\(noun) \(shown)" : "\(noun) \(shown) \(isGone ? "deleted" : "added")"))
    }

    private func linkField(_ entry: Entry) -> String? {
        guard let link = entry.detail.link else { return nil }
        let family = LinkKind.family(of: link.type, in: catalog)
        let direction = entry.detail.direction ?? .forward
        return LinkKind.all.first { $0.type == family && $0.direction == direction }?.relation
    }

    private mutating func linkTarget(_ entry: Entry, _ changeset: Changeset) throws -> (uri: String, shown: String) {
        if entry.detail.other == nil, case .uri(let uri)? = entry.detail.link?.target { return (uri, uri) }
        // The ticket that stays tells of itself what was merged into it.
        let isStaying = entry.kind == .merged && entry.detail.direction == .reverse
        guard let other = isStaying ? changeset.issue : entry.detail.other else { return ("", "") }
        let uri = "\(options.ticketURIPrefix)\(other)"
        return (uri, try title(of: other) ?? "#\(other): ")
    }

    /// `#8: Subject`; nil for what is no more.
    private mutating func title(of id: IssueID) throws -> String? {
        if let known = titles[id] { return known }
        guard let (number, title) = try reader.title(of: id) else { return nil }
        let shown = "#\(number): \(title ?? "")"
        titles[id] = shown
        return shown
    }

    private static let linkNouns = [
        "DependsOn": "Dependency on", "DependedOnBy": "Dependency by", "RefersTo": "Reference to",
        "ReferredToBy": "Reference by", "MemberOf": "Membership in", "HasMember": "Member",
        "MergedInto": "Merged into",
    ]

    // MARK: what RT has no step for

    private mutating func addMunge(_ entry: Entry, _ changeset: Changeset) {
        let name = entry.detail.fileName ?? ""
        guard entry.kind == .detached || entry.detail.new != nil else { return }
        var told = TicketTransaction(
            entry, of: changeset, "Munge",
            brief: entry.kind == .detached ? "Attachment \(name) deleted" : "Attachment content modified")
        told.data = name
        result.append(told)
    }

    /// A step as another RT told it.
    private mutating func addForeign(_ entry: Entry, _ changeset: Changeset) {
        guard let fields = entry.detail.foreign, fields["namespace"] == "rt", let type = fields["Type"] else { return }
        let old = fields["OldValue"] ?? "", new = fields["NewValue"] ?? ""
        let field = fields["Field"] ?? "", data = fields["Data"] ?? ""
        var told = TicketTransaction(
            entry, of: changeset, type, field: field, old: old, new: new,
            brief: words.foreign(type, field: field, old: old, new: new, data: data))
        told.data = data
        result.append(told)
    }
}

extension HistoryWords {
    /// What steps of old installations are called, which are not made any more.
    func foreign(_ type: String, field: String, old: String, new: String, data: String) -> String {
        func person(_ number: String) -> String { self.person(Int64(number).map { PrincipalID($0) }) }
        switch type {
        case "Take": return "Taken"
        case "Untake": return "Untaken"
        case "Give": return "Given to \(person(new))"
        case "Steal": return "Stolen from \(person(old))"
        case "Force": return "Owner forcibly changed from \(person(old)) to \(person(new))"
        case "Subject": return "Subject changed to \(data)"
        case "AddReminder": return "Reminder added"
        case "OpenReminder": return "Reminder reopened"
        case "ResolveReminder": return "Reminder completed"
        case "PurgeTransaction": return "Transaction \(data) purged"
        case "SystemError": return data.isEmpty ? "System error" : data
        case "EmailRecord": return "Outgoing email recorded"
        case "CommentEmailRecord": return "Outgoing email about a comment recorded"
        case "Priority": return HistoryWords.changed(type, old, new)
        case "Set", "Status", "Told": return HistoryWords.changed(field, old, new)
        case "CustomField": return HistoryWords.custom(field, old, new, isLong: false)
        default: return "\(type) changed from \(old) to \(new)"
        }
    }
}
