import ParleyHTTP
import ParleyModel
import ParleyService

/// An issue as Redmine shows it, in lists and alone.
struct IssueRendering {
    let reader: Reader
    let baseURL: String
    /// Whether own and total spent hours are shown, where the actor may see time.
    var showsSpent = true
    /// Fields that may have several values and are told as if they had one.
    var singles: Set<FieldID> = []

    init(_ reader: Reader, baseURL: String) {
        self.reader = reader
        self.baseURL = baseURL
    }

    private var catalog: Catalog { reader.catalog }

    /// All keys but the associations, in order.
    func write(_ view: IssueView, into part: inout DocumentWriter) {
        let issue = view.issue
        let records = catalog.records
        part.member("id", issue.id)
        part.reference("project", id: issue.project, title: records.projects[issue.project]?.name ?? "")
        part.reference("tracker", id: issue.type, title: records.types[issue.type]?.name ?? "")
        if let status = records.statuses[issue.status] { IssueRendering.write(status, "status", into: &part) }
        writePriority(issue, into: &part)
        reference("author", issue.author, into: &part)
        if let assignee = issue.assignee, assignee != .nobody { reference("assigned_to", assignee, into: &part) }
        if let category = issue.category.flatMap({ records.categories[$0] }) {
            part.reference("category", id: category.id, title: category.name)
        }
        if let version = issue.version.flatMap({ records.versions[$0] }) {
            part.reference("fixed_version", id: version.id, title: version.name)
        }
        if let parent = issue.parent { part.reference("parent", id: parent) }
        part.member("subject", issue.title ?? "")
        part.member("description", view.description.map(LineEnds.network))
        part.member("start_date", issue.startDate?.date)
        part.member("due_date", issue.dueDate?.date)
        part.member("done_ratio", issue.progress)
        part.member("is_private", issue.isPrivate)
        writeHours(view, into: &part)
        CustomFieldRendering(catalog: catalog, singles: singles).write(fields(of: issue), view.values, into: &part)
        part.member("created_on", issue.created)
        part.member("updated_on", issue.updated)
        part.member("closed_on", issue.closedAt)
    }

    private func writeHours(_ view: IssueView, into part: inout DocumentWriter) {
        part.member("estimated_hours", view.issue.estimate.map(Hours.number))
        part.member("total_estimated_hours", view.totalEstimate.map(Hours.number))
        guard showsSpent, let spent = view.spent, hasTime(view.issue.project) else { return }
        part.member("spent_hours", Hours.number(spent))
        part.member("total_spent_hours", Hours.number(view.totalSpent ?? spent))
    }

    private func hasTime(_ project: ProjectID) -> Bool {
        catalog.tools(of: project).contains { $0.kind == .time }
    }

    private func writePriority(_ issue: Issue, into part: inout DocumentWriter) {
        let priority =
            issue.priority.flatMap { catalog.records.priorities[$0] } ?? catalog.priority(for: issue.priorityNumber)
            ?? catalog.priorities.first { $0.isDefault } ?? catalog.priorities.first
        if let priority {
            part.reference("priority", id: priority.id, title: priority.name)
        } else {
            part.reference("priority", id: Quirks.onlyPriority.id, title: Quirks.onlyPriority.name)
        }
    }

    /// The custom fields of an issue that the actor may read.
    private func fields(of issue: Issue) -> [Field] {
        let all = catalog.issueFields(project: issue.project, type: issue.type)
        let access = reader.access
        return access.readsAllFields ? all : all.filter { access.reads($0, in: issue.project) }
    }

    private func reference(_ name: DocumentName, _ principal: PrincipalID, into part: inout DocumentWriter) {
        part.reference(name, id: principal, title: catalog.name(of: principal) ?? "")
    }

    /// A status with its number, name and whether it closes.
    static func write(_ status: Status, _ name: DocumentName, into part: inout DocumentWriter) {
        part.object(name) { write(status, into: &$0) }
    }

    private static func write(_ status: Status, into part: inout DocumentWriter) {
        part.attribute("id", status.id)
        part.attribute("name", status.name)
        part.attribute("is_closed", status.isClosed)
    }

    // MARK: associations

    func writeChildren(_ nodes: [IssueNode], into part: inout DocumentWriter) {
        guard !nodes.isEmpty else { return }
        part.array("children", of: "issue") { items in
            for node in nodes {
                items.item { child in
                    child.attribute("id", node.issue.id)
                    child.reference(
                        "tracker", id: node.issue.type, title: catalog.records.types[node.issue.type]?.name ?? "")
                    child.member("subject", node.issue.title ?? "")
                    writeChildren(node.children, into: &child)
                }
            }
        }
    }

    func writeAttachments(_ files: [FileView], into part: inout DocumentWriter) {
        part.array("attachments", of: "attachment") { items in
            for file in files {
                items.item { AttachmentRendering(catalog: catalog, baseURL: baseURL).write(file.file, into: &$0) }
            }
        }
    }

    /// - Parameter always: an empty array where there are none, as in lists.
    func writeRelations(_ links: [Link], always: Bool, into part: inout DocumentWriter) {
        let relations = RelationRendering.inOrder(links, catalog)
        guard always || !relations.isEmpty else { return }
        part.array("relations", of: "relation") { items in
            for relation in relations { items.item { relation.write(asAttributes: true, into: &$0) } }
        }
    }

    func writeWatchers(_ people: Set<PrincipalID>, into part: inout DocumentWriter) {
        part.array("watchers", of: "user") { items in
            for person in people.sorted() { items.referenceItem(id: person, title: catalog.name(of: person) ?? "") }
        }
    }

    func writeAllowed(_ statuses: [Status], into part: inout DocumentWriter) {
        part.array("allowed_statuses", of: "status") { items in
            for status in statuses { items.item { IssueRendering.write(status, into: &$0) } }
        }
    }
}

/// A file as an attachment.
struct AttachmentRendering {
    let catalog: Catalog
    let baseURL: String

    func write(_ file: File, into part: inout DocumentWriter) {
        let name = PercentEncoding.encode(file.name)
        part.member("id", file.id)
        part.member("filename", file.name)
        part.member("filesize", file.size)
        part.member("content_type", file.contentType)
        part.member("description", file.description)
        part.member("content_url", "\(baseURL)/attachments/download/\(file.id)/\(name)")
        if FileNaming.isPicture(file.name), file.size <= Workspace.pictureLimit {
            part.member("thumbnail_url", "\(baseURL)/attachments/thumbnail/\(file.id)")
        }
        part.reference("author", id: file.author, title: catalog.name(of: file.author) ?? "")
        part.member("created_on", file.stamp.created)
    }
}

/// A link between two issues as a relation; hierarchy and links to elsewhere are none.
struct RelationRendering {
    let link: Link
    let target: IssueID
    let kind: String

    init?(_ link: Link, _ catalog: Catalog) {
        guard link.type != .hierarchy, case .issue(let target) = link.target,
            let type = catalog.records.linkTypes[link.type], type.effect != .hierarchy
        else { return nil }
        self.link = link
        self.target = target
        kind = type.name
    }

    private static let kinds = ["relates", "duplicates", "blocks", "precedes", "copied_to"]

    /// By kind, those of one kind as they were made.
    static func inOrder(_ links: [Link], _ catalog: Catalog) -> [RelationRendering] {
        links.compactMap { RelationRendering($0, catalog) }.map { relation in
            (kinds.firstIndex(of: relation.kind) ?? kinds.count, relation)
        }.sorted { ($0.0, $0.1.link.id) < ($1.0, $1.1.link.id) }.map(\.1)
    }

    /// - Parameter asAttributes: as within an issue.
    func write(asAttributes: Bool, into part: inout DocumentWriter) {
        if asAttributes {
            part.attribute("id", link.id)
            part.attribute("issue_id", link.from)
            part.attribute("issue_to_id", target)
            part.attribute("relation_type", kind)
            part.attribute("delay", link.delay)
        } else {
            part.member("id", link.id)
            part.member("issue_id", link.from)
            part.member("issue_to_id", target)
            part.member("relation_type", kind)
            part.member("delay", link.delay)
        }
    }

    /// A link's kind as it reads from one of its ends: `blocked` where the other one blocks.
    static func kind(_ type: LinkType, _ direction: LinkDirection) -> String {
        guard direction == .reverse else { return type.name }
        return reversed[type.name] ?? type.name
    }

    private static let reversed = [
        "duplicates": "duplicated", "blocks": "blocked", "precedes": "follows", "copied_to": "copied_from",
    ]

    /// The link type and direction of a kind that a client names; nil for an unknown one.
    static func type(_ kind: String, _ catalog: Catalog) -> (type: LinkType, direction: LinkDirection)? {
        if let type = catalog.linkTypes.first(where: { $0.name == kind }), type.effect != .hierarchy {
            return (type, .forward)
        }
        guard let name = reversed.first(where: { $0.value == kind })?.key,
            let type = catalog.linkTypes.first(where: { $0.name == name })
        else { return nil }
        return (type, .reverse)
    }
}
