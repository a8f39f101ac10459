import ParleyModel
import ParleyStorage

/// What a new issue is a copy of.
struct CopySource {
    var copying: Copying
    var original: IssueEdit
    /// Below another copy: what does not fit is left out, and nothing is refused for it.
    var isPart = false
}

/// Making an issue after another one.
extension ChangeEngine {
    /// How many issues are copied along with one.
    private static let subtaskLimit = 1000

    /// The original, for those who may copy it.
    static func source(_ copying: Copying, in transaction: Transaction) throws -> CopySource {
        let reader = transaction.reader
        let issue = try reader.issue(copying.original).issue
        guard issue.retired == nil else { throw Fault.notFound }
        guard try transaction.actor.user == .system || reader.allows(.copyIssues, on: issue) else {
            throw reader.refusal
        }
        return CopySource(copying: copying, original: try IssueEdit(issue.id, on: transaction.connection))
    }

    /// Takes the original's fields, as far as the actor may read them and the new place has them.
    mutating func takeFields() throws {
        guard let copy else { return }
        if copy.copying.watchers, allows(.addIssueWatchers) {
            let watchers = (copy.original.participants[.watcher] ?? []).filter(isPresent)
            edit.participants[.watcher, default: []].formUnion(watchers)
        }
        let source = copy.original.issue
        let here = catalog.issueFields(project: edit.issue.project, type: edit.issue.type)
        for field in here where access.reads(field, in: source.project) {
            if let values = copy.original.values[field.id] { edit.values[field.id] = values }
        }
        edit.description = copy.original.description
        edit.descriptionFormat = copy.original.descriptionFormat
        edit.labels = copy.original.labels.filter { label in
            guard let owner = catalog.records.labels[label]?.project else { return true }
            return owner == edit.issue.project
        }
        edit.issue.title = source.title
        edit.issue.priority = source.priority
        edit.issue.priorityNumber = source.priorityNumber
        edit.issue.initialPriority = source.initialPriority
        edit.issue.finalPriority = source.finalPriority
        edit.issue.category = source.category
        edit.issue.version = source.version
        edit.issue.assignee = source.assignee
        edit.issue.startDate = source.startDate ?? (copy.isPart ? nil : edit.issue.startDate)
        edit.issue.dueDate = source.dueDate
        edit.issue.progress = source.progress
        edit.issue.estimate = source.estimate
        edit.issue.remaining = source.remaining
        edit.issue.isPrivate = source.isPrivate
        if catalog.restrictableTrackers.contains(edit.issue.tracker) { edit.issue.restrictedTo = source.restrictedTo }
        if source.assignee != nil { edit.asked.insert(BuiltinField.assignee.id) }
    }

    private func isPresent(_ principal: PrincipalID) -> Bool {
        if let user = catalog.user(principal) { return user.stamp.retired == nil && user.status == .active }
        return catalog.records.groups[principal].map { $0.stamp.retired == nil } ?? false
    }

    /// What the original has and an issue here may not have is refused, or in a part left out.
    mutating func settleCopy() throws {
        guard let copy else { return }
        if !copy.isPart, request.draftType == nil, edit.issue.type != copy.original.issue.type {
            reject(.type, .notInList)
        }
        for field in [BuiltinField.version, .category, .assignee] {
            guard let value = IssueFields.value(of: field, in: edit.issue),
                let rule = try refusal(of: value, for: field)
            else { continue }
            if copy.isPart {
                _ = IssueFields.set(field, to: nil, in: &edit.issue)
            } else if !problems.contains(where: { $0.subject == .field(.builtin(field)) }) {
                reject(field, rule)
            }
        }
    }

    /// Files of their own for the copy, with the same contents. They come before those that the request adds; but a
    /// part, which may be left out, gets its own when nothing is in the way any more.
    mutating func copyFiles() throws {
        guard let copy, copy.copying.files else { return }
        for view in try transaction.reader.visibleFiles(of: copy.original.issue) {
            let old = view.file
            guard old.stamp.retired == nil, old.blob != nil, old.received == old.size else { continue }
            var file = File(
                id: try transaction.next("file"),
                stamp: Stamp(created: old.stamp.created, creator: old.stamp.creator), name: old.name,
                contentType: old.contentType, size: old.size, author: old.author)
            file.blob = old.blob
            file.md5 = old.md5
            file.received = old.received
            file.description = old.description
            file.project = edit.issue.project
            try ContentRows.insert(file, on: connection)
            var link = FileLink(
                id: try transaction.next("file_link"), file: file.id, container: .issue(edit.issue.id))
            link.field = view.link.field
            pendingFiles.append(link)
            var detail = EntryDetail()
            detail.file = link.id
            detail.fileName = file.name
            detail.new = [.reference(file.id.rawValue)]
            entries.append(EntryDraft(kind: .attached, detail: detail))
        }
    }

    /// Links the original to its copy; that is a change of both, and the first in the copy's history.
    mutating func linkToOriginal() throws {
        guard let copy, copy.copying.links, let type = catalog.records.linkTypes[.copiedTo] else { return }
        part = ChangePart([])
        let original = copy.original.issue.id
        guard try addLink(type, .reverse, .issue(original), delay: nil).isEmpty else { return }
        if try watchesChanges(to: edit.issue) { edit.participants[.watcher, default: []].insert(actor.user) }
        try record()
    }

    /// Copies what the actor sees below the original; what may not be there in the copy's project is left out.
    mutating func copySubtasks() throws {
        guard let copy, copy.copying.subtasks, !copy.isPart else { return }
        var copies = [copy.original.issue.id: edit.issue.id]
        for child in try visiblePart(of: copy.original.issue.id) {
            guard let parent = child.parent.flatMap({ copies[$0] }) else { continue }
            guard copies.count <= ChangeEngine.subtaskLimit else {
                throw Fault.invalid([Problem(.whole, .limitReached)])
            }
            if let made = try copyPart(child, below: parent, copy.copying) { copies[child.id] = made }
        }
    }

    private func copyPart(_ child: Issue, below parent: IssueID, _ whole: Copying) throws -> IssueID? {
        let copying = Copying(child.id, links: whole.links, files: whole.files, watchers: whole.watchers)
        let draft = Draft(
            project: .number(edit.issue.project.rawValue), type: .number(child.type.rawValue), copying: copying)
        var request = ChangeRequest(
            .draft(draft), parts: [ChangePart([.setParent(parent.rawValue)])], skipping: .unknownChoice)
        request.attribution = self.request.attribution
        do {
            var engine = try ChangeEngine.creating(draft, request, in: transaction, isPart: true)
            return try engine.create().issues.first
        } catch Fault.invalid {
            return nil
        }
    }

    /// Visible issues below another one whose parents are visible as well, parents first; the new issue is none of
    /// them.
    private func visiblePart(of id: IssueID) throws -> [Issue] {
        var result: [Issue] = []
        var next = 0
        var parent: IssueID? = id
        while let above = parent, result.count <= ChangeEngine.subtaskLimit {
            for child in try IssueRows.children(of: above, on: connection) where child != edit.issue.id {
                guard let row = try IssueRows.issue(child, on: connection), try transaction.reader.sees(row) else {
                    continue
                }
                result.append(row)
            }
            parent = next < result.count ? result[next].id : nil
            next += 1
        }
        return result
    }
}

extension ChangeRequest {
    /// The type that the request names for a new issue.
    fileprivate var draftType: ParsedName? {
        if case .draft(let draft) = target { draft.type } else { nil }
    }
}
