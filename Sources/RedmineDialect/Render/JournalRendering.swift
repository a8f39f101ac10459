import ParleyHTTP
import ParleyModel
import ParleyService

/// One line of a journal: what was changed, from what to what.
struct JournalDetail: Sendable, Equatable {
    var property: String
    var name: String
    var old: String?
    var new: String?
}

/// One changeset as a journal.
struct Journal: Sendable, Equatable {
    var id: ChangesetID
    var author: PrincipalID
    /// Nil where the note of the same request is a journal of its own.
    var notes: String?
    var created: Instant
    var isPrivate: Bool
    var details: [JournalDetail]
}

/// Makes journals of changesets.
struct JournalRendering {
    let catalog: Catalog
    /// The attachments that are still there, by their place.
    let files: [FileLinkID: FileID]
    /// Issues of which relations are not told.
    let hidden: Set<IssueID>

    init(_ catalog: Catalog, files: [FileView] = [], hidden: Set<IssueID> = []) {
        self.catalog = catalog
        self.hidden = hidden
        self.files = Dictionary(files.map { ($0.link.id, $0.file.id) }, uniquingKeysWith: { first, _ in first })
    }

    /// The issues that relations in a history name and that are gone, or are not for the actor.
    static func unseen(in history: [ChangesetView], _ reader: Reader) throws -> Set<IssueID> {
        let entries = history.flatMap(\.changeset.entries)
        let named = Set(entries.filter { $0.kind == .linked || $0.kind == .unlinked }.compactMap(\.detail.other))
        return try named.filter { try !reader.sees(number: $0) }
    }

    /// The journals of a history; changesets that tell nothing here are none.
    func journals(_ history: [ChangesetView]) -> [Journal] {
        history.compactMap { journal($0) }
    }

    /// One journal; nil where nothing is left to tell.
    func journal(_ view: ChangesetView) -> Journal? {
        guard view.isHeard else { return nil }
        let changeset = view.changeset
        let isPrivate = changeset.audience != .everyone
        // What an issue is made with, its parent and files too, is no change of it.
        let isBeginning = changeset.entries.contains { $0.kind == .created }
        let details = isBeginning ? [] : details(changeset.entries)
        let notes = view.posts.map(\.text).joined(separator: "\n\n")
        guard !details.isEmpty || !notes.isEmpty else { return nil }
        let first = view.posts.first
        return Journal(
            id: changeset.id, author: details.isEmpty ? first?.author ?? changeset.author : changeset.author,
            notes: notes.isEmpty && view.hasRestrictedSequel ? nil : notes,
            created: details.isEmpty ? first?.date ?? changeset.time : changeset.time, isPrivate: isPrivate,
            details: details)
    }

    // MARK: details

    private func details(_ entries: [Entry]) -> [JournalDetail] {
        var result: [JournalDetail] = []
        for entry in entries where !entry.derived {
            switch entry.kind {
            case .set, .added, .removed: result += field(entry)
            case .moved: result += moved(entry)
            case .attached, .detached: if let detail = file(entry) { result.append(detail) }
            case .linked, .unlinked: if let detail = link(entry) { JournalRendering.add(detail, to: &result) }
            default: break
            }
        }
        // From nothing to an empty text, or to blanks, is no change.
        func isBlank(_ text: String?) -> Bool { text?.allSatisfy(\.isWhitespace) ?? true }
        result.removeAll { isBlank($0.old) && isBlank($0.new) }
        return result.enumerated().sorted { left, right in
            (JournalRendering.rank(left.element), left.offset) < (JournalRendering.rank(right.element), right.offset)
        }.map(\.element)
    }

    /// A parent that was left and one that was taken are one line.
    private static func add(_ detail: JournalDetail, to details: inout [JournalDetail]) {
        let other = details.firstIndex {
            $0.property == "attr" && $0.name == "parent_id" && (($0.new == nil) != (detail.new == nil))
        }
        guard detail.name == "parent_id", let other else { return details.append(detail) }
        details[other].old = details[other].old ?? detail.old
        details[other].new = details[other].new ?? detail.new
    }

    private func field(_ entry: Entry) -> [JournalDetail] {
        guard let id = entry.detail.field else { return [] }
        if let builtin = BuiltinField(id) {
            guard let name = JournalRendering.names[builtin], entry.kind == .set else { return [] }
            let ended = builtin == .description ? LineEnds.network : { $0 }
            let old = entry.detail.old?.first.map { ended(text($0)) }
            let new = entry.detail.new?.first.map { ended(text($0)) }
            return old == new ? [] : [JournalDetail(property: "attr", name: name, old: old, new: new)]
        }
        return custom(entry, id)
    }

    /// A multiple field has a line for each value that went or came.
    private func custom(_ entry: Entry, _ id: FieldID) -> [JournalDetail] {
        let field = catalog.records.fields[id]
        let rendering = CustomFieldRendering(catalog: catalog)
        let old = entry.detail.old?.map { rendering.text($0, field) }
        let new = entry.detail.new?.map { rendering.text($0, field) }
        let name = String(id.rawValue)
        guard field?.multiple ?? ((old?.count ?? 0) > 1 || (new?.count ?? 0) > 1) else {
            let before = old.map { $0.first ?? "" }
            let after = new.map { $0.first ?? "" }
            return before == after ? [] : [JournalDetail(property: "cf", name: name, old: before, new: after)]
        }
        let before = old ?? []
        let after = new ?? []
        return before.filter { !after.contains($0) }.map {
            JournalDetail(property: "cf", name: name, old: $0, new: nil)
        }
            + after.filter { !before.contains($0) }.map { JournalDetail(property: "cf", name: name, old: nil, new: $0) }
    }

    private func moved(_ entry: Entry) -> [JournalDetail] {
        // Tracker, project and number, as they were.
        guard let before = entry.detail.old, before.count > 1, let old = before[1].referenceID,
            let new = entry.detail.base?.project.rawValue, old != new
        else { return [] }
        return [
            JournalDetail(
                property: "attr", name: "project_id", old: String(old), new: String(new))
        ]
    }

    private func file(_ entry: Entry) -> JournalDetail? {
        guard let place = entry.detail.file else { return nil }
        let known = (entry.detail.new ?? entry.detail.old)?.first?.referenceID ?? files[place]?.rawValue
        let name = String(known ?? place.rawValue)
        let filename = entry.detail.fileName ?? ""
        return entry.kind == .attached
            ? JournalDetail(property: "attachment", name: name, old: nil, new: filename)
            : JournalDetail(property: "attachment", name: name, old: filename, new: nil)
    }

    private func link(_ entry: Entry) -> JournalDetail? {
        guard let link = entry.detail.link, let other = entry.detail.other,
            let type = catalog.records.linkTypes[link.type]
        else { return nil }
        let direction = entry.detail.direction ?? .forward
        let number = String(other.rawValue)
        let isHierarchy = type.effect == .hierarchy
        if !isHierarchy, hidden.contains(other) { return nil }
        var detail = JournalDetail(
            property: isHierarchy ? "attr" : "relation",
            name: isHierarchy
                ? (direction == .forward ? "child_id" : "parent_id") : RelationRendering.kind(type, direction))
        if entry.kind == .linked { detail.new = number } else { detail.old = number }
        return detail
    }

    private func text(_ value: Value) -> String { CustomFieldRendering(catalog: catalog).text(value, nil) }

    /// What Redmine calls the fields whose changes it tells.
    private static let names: [BuiltinField: String] = [
        .title: "subject", .description: "description", .status: "status_id", .type: "tracker_id",
        .priority: "priority_id",
        .assignee: "assigned_to_id", .category: "category_id", .version: "fixed_version_id", .project: "project_id",
        .parent: "parent_id", .startDate: "start_date", .dueDate: "due_date", .progress: "done_ratio",
        .estimate: "estimated_hours", .isPrivate: "is_private",
    ]

    private static let order = [
        "tracker_id", "project_id", "subject", "description", "due_date", "category_id", "status_id", "assigned_to_id",
        "priority_id", "fixed_version_id", "start_date", "done_ratio", "estimated_hours", "parent_id", "child_id",
        "is_private",
    ]

    private static func rank(_ detail: JournalDetail) -> Int {
        switch detail.property {
        case "attr": order.firstIndex(of: detail.name) ?? order.count
        case "cf": order.count + 1
        case "attachment": -1
        default: order.count + 2
        }
    }

    // MARK: writing

    func write(_ journals: [Journal], into part: inout DocumentWriter) {
        part.array("journals", of: "journal") { items in
            for journal in journals {
                items.item { item in
                    item.attribute("id", journal.id)
                    item.reference("user", id: journal.author, title: catalog.name(of: journal.author) ?? "")
                    item.member("notes", journal.notes)
                    item.member("created_on", journal.created)
                    item.member("private_notes", journal.isPrivate)
                    write(journal.details, into: &item)
                }
            }
        }
    }

    private func write(_ details: [JournalDetail], into part: inout DocumentWriter) {
        part.array("details", of: "detail") { items in
            for detail in details {
                items.item { item in
                    item.attribute("property", detail.property)
                    item.attribute("name", detail.name)
                    item.member("old_value", detail.old)
                    item.member("new_value", detail.new)
                }
            }
        }
    }
}
