import ParleyModel
import ParleyStorage

/// What a request says of a project; nil leaves a part as it is.
public struct ProjectDraft: Sendable {
    public var name: String?
    /// Only for a new project; an existing one keeps its identifier.
    public var identifier: String?
    /// `.some(nil)` takes it away; so with the homepage.
    public var description: String??
    public var homepage: String??
    public var isPublic: Bool?
    /// `.some(nil)` makes it a top project.
    public var parent: ProjectID??
    public var inheritsMembers: Bool?
    /// The issue types of its first tracker.
    public var types: [IssueTypeID]?
    /// The tools it has, one of each kind; missing ones are installed, others taken away.
    public var tools: [ToolChoice]?
    /// The same by their kinds.
    public var toolKinds: [Tool.Kind]? {
        get { tools?.map(\.kind) }
        set { tools = newValue?.map { ToolChoice($0) } }
    }
    public var defaultVersion: VersionID??
    public var defaultAssignee: PrincipalID??
    /// `.some(nil)` takes it away; the two others alike.
    public var initialPriority: Int64??
    public var finalPriority: Int64??
    public var duePeriodDays: Int64??
    /// Texts that nothing else depends on; an empty one is taken away.
    public var attributes: [(namespace: String, name: String, text: String)]
    /// Custom fields of issues that are switched on for single projects.
    public var issueFields: [FieldID]?
    /// Custom values of the project itself.
    public var values: [(field: Int64, operands: [ParsedOperand])]

    public init() {
        values = []
        attributes = []
    }
}

/// A tool that a project is to have.
public struct ToolChoice: Hashable, Sendable {
    public var kind: Tool.Kind
    /// Of a tool of the kind `other`.
    public var name: String?

    public init(_ kind: Tool.Kind, name: String? = nil) {
        self.kind = kind
        self.name = name
    }

    /// What a tool is.
    public init(_ tool: Tool) { self.init(tool.kind, name: tool.kind == .other ? tool.label : nil) }
}

/// Names and words that no project's identifier may be.
private let reservedIdentifiers: Set<String> = ["new"]

extension Transaction {
    /// Makes a project with its tools.
    /// - Throws: `Fault.forbidden` or `.unauthenticated` without `add_project` (or `add_subprojects` in the parent);
    ///   `Fault.invalid` with properties `name`, `identifier`, `parent`.
    public func createProject(_ draft: ProjectDraft) throws -> Project {
        try mayCreateProject(in: draft.parent ?? nil)
        let name = draft.name ?? ""
        let identifier = draft.identifier ?? ""
        var problems = nameProblems(name)
        problems += identifierProblems(identifier)
        var project = Project(
            id: try newID(Project.self), stamp: stamp, identifier: identifier, name: name)
        try apply(draft, to: &project, &problems)
        if !problems.isEmpty { throw Fault.invalid(problems) }
        try put(project)
        try install(
            draft.tools ?? [.tickets, .time, .blog, .documents, .files, .wiki].map { ToolChoice($0) }, in: project,
            types: draft.types)
        try joinCreator(project)
        try inheritMemberships()
        return records.projects[project.id] ?? project
    }

    /// Changes a project.
    /// - Throws: `Fault.forbidden`, `.unauthenticated`, `.invalid`.
    public func updateProject(_ id: ProjectID, _ draft: ProjectDraft) throws -> Project {
        var project = try editable(id, .editProject)
        var problems: [Problem] = []
        if let name = draft.name {
            problems += nameProblems(name)
            project.name = name
        }
        try apply(draft, to: &project, &problems)
        if !problems.isEmpty { throw Fault.invalid(problems) }
        try put(project)
        if draft.parent != nil || draft.inheritsMembers != nil { try inheritMemberships() }
        if draft.tools != nil || draft.types != nil {
            settle()
            let mayChoose = access.allows(.selectProjectModules, in: project)
            let tools = mayChoose ? draft.tools : nil
            try install(tools ?? catalog.tools(of: id).map { ToolChoice($0) }, in: project, types: draft.types)
        }
        return records.projects[id] ?? project
    }

    /// Opens, closes or archives a project and, when archiving, everything below it.
    public func setProjectStatus(_ id: ProjectID, _ status: Project.Status) throws {
        let action: Action = status == .archived ? .editProject : .closeProject
        var project = try editable(id, action)
        if status == .archived || project.status == .archived {
            guard actor.admin else { throw reader.refusal }
        }
        let below = status == .archived ? catalog.subtree(of: id) : [id]
        for next in below.sorted() {
            guard var changed = records.projects[next] else { continue }
            changed.status = status
            try put(changed)
            if next == id { project = changed }
        }
    }

    /// Destroys a project's issues and retires the project with everything below it.
    public func deleteProject(_ id: ProjectID) throws {
        _ = try editable(id, .deleteProject)
        for next in catalog.subtree(of: id).sorted() {
            let issues = try connection.all("SELECT id FROM issue WHERE project_id = ?1", [.id(next)]) {
                IssueID($0.integer(0))
            }
            let destruction = Destruction(transaction: self)
            var outcome = ChangeOutcome()
            for issue in issues {
                guard let row = try IssueRows.issue(issue, on: connection) else { continue }
                try destruction.remove(row, into: &outcome, depth: 64)
            }
            for tool in records.tools.values where tool.project == next && tool.stamp.retired == nil {
                try retire(tool)
            }
            for member in records.memberships.values where member.project == next && member.stamp.retired == nil {
                try retire(member)
            }
            if let project = records.projects[next] { try retire(project) }
        }
    }

    // MARK: rights

    private func mayCreateProject(in parent: ProjectID?) throws {
        if actor.admin { return }
        if let parent, let project = catalog.records.projects[parent], access.sees(project),
            access.allows(.addSubprojects, in: project)
        {
            return
        }
        guard access.allowsSomewhere(.addProject) else { throw reader.refusal }
    }

    /// A project that the actor may do something with.
    private func editable(_ id: ProjectID, _ action: Action) throws -> Project {
        guard let project = catalog.records.projects[id], project.stamp.retired == nil else { throw Fault.notFound }
        if actor.admin { return project }
        guard access.sees(project), access.allows(action, in: project) else { throw reader.refusal }
        return project
    }

    // MARK: checks

    private func nameProblems(_ name: String) -> [Problem] {
        if name.allSatisfy(\.isWhitespace) { return [Problem(.property("name"), .required)] }
        return name.count > 255 ? [Problem(.property("name"), .tooLong(maximum: 255))] : []
    }

    private func identifierProblems(_ identifier: String) -> [Problem] {
        let subject = Problem.Subject.property("identifier")
        if identifier.isEmpty { return [Problem(subject, .required)] }
        if identifier.count > 100 { return [Problem(subject, .tooLong(maximum: 100))] }
        let letters = identifier.allSatisfy { $0.isASCII && ($0.isLowercase || $0.isNumber || $0 == "-" || $0 == "_") }
        guard letters, !identifier.allSatisfy(\.isNumber), identifier.first != "-" else {
            return [Problem(subject, .invalid)]
        }
        if reservedIdentifiers.contains(identifier) { return [Problem(subject, .reserved)] }
        return records.projects.values.contains {
            $0.stamp.retired == nil && ($0.identifier == identifier || $0.aliases.contains(identifier))
        }
            ? [Problem(subject, .taken)] : []
    }

    private func apply(_ draft: ProjectDraft, to project: inout Project, _ problems: inout [Problem]) throws {
        if let text = draft.description { project.description = text }
        if let text = draft.homepage {
            if text?.count ?? 0 > 255 { problems.append(Problem(.property("homepage"), .tooLong(maximum: 255))) }
            project.homepage = text
        }
        if let flag = draft.isPublic { project.isPublic = flag }
        if let flag = draft.inheritsMembers { project.inheritsMembers = flag }
        if let parent = draft.parent, parent != project.parent {
            if let parent, !isValidParent(parent, of: project.id) {
                problems.append(Problem(.property("parent"), .invalid))
            } else {
                project.parent = parent
            }
        }
        if let version = draft.defaultVersion {
            project.defaults.version = version.flatMap { records.versions[$0] }
                .flatMap { $0.stamp.retired == nil ? $0.id : nil }
        }
        if let assignee = draft.defaultAssignee {
            project.defaults.assignee = assignee.flatMap { catalog.name(of: $0) == nil ? nil : $0 }
        }
        if let number = draft.initialPriority { project.defaults.initialPriority = number }
        if let number = draft.finalPriority { project.defaults.finalPriority = number }
        if let days = draft.duePeriodDays { project.defaults.duePeriodDays = days }
        for (namespace, name, text) in draft.attributes {
            project.attributes[namespace, default: [:]][name] = text.isEmpty ? nil : text
        }
        if let fields = draft.issueFields { try chooseFields(fields, in: project.id) }
        let settings = EntityValues(transaction: self, object: .project)
        try settings.apply(draft.values, to: &project.values, isNew: records.projects[project.id] == nil, &problems)
    }

    private func isValidParent(_ parent: ProjectID, of id: ProjectID) -> Bool {
        guard let project = catalog.records.projects[parent], project.stamp.retired == nil, access.sees(project) else {
            return false
        }
        return access.allows(.addSubprojects, in: project) && !catalog.subtree(of: id).contains(parent)
    }

    /// Switches custom fields that are not for every project on or off for this one.
    private func chooseFields(_ wanted: [FieldID], in project: ProjectID) throws {
        for field in catalog.fields where field.object == .issue {
            guard var projects = field.projects else { continue }
            projects.removeAll { $0 == project }
            if wanted.contains(field.id) { projects.append(project) }
            var changed = field
            changed.projects = projects
            try put(changed)
        }
    }

    // MARK: tools

    /// Makes a project's tools what is wanted; the first tracker keeps its types unless others are given.
    private func install(_ given: [ToolChoice], in project: Project, types: [IssueTypeID]?) throws {
        settle()
        var wanted: [ToolChoice] = []
        for choice in given where !wanted.contains(choice) { wanted.append(choice) }
        let present = catalog.tools(of: project.id)
        for tool in present where !wanted.contains(ToolChoice(tool)) { try retire(tool) }
        for (position, choice) in wanted.enumerated() where !present.contains(where: { ToolChoice($0) == choice }) {
            let kind = choice.kind
            let id = try newID(Tool.self)
            var tool = Tool(
                id: id, stamp: stamp, project: project.id, kind: kind,
                mountPoint: kind == .other ? "\(kind.rawValue)-\(id)" : kind.rawValue,
                label: choice.name ?? kind.rawValue.prefix(1).uppercased() + kind.rawValue.dropFirst())
            tool.position = (present.map(\.position).max() ?? 0) + Double(position + 1)
            if kind == .tickets { tool.tracker = Tracker(itemName: "issue", types: types ?? catalog.types.map(\.id)) }
            try put(tool)
        }
        guard let types, var tracker = present.first(where: { $0.tracker != nil && wanted.contains(ToolChoice($0)) })
        else { return }
        let known = catalog.types.map(\.id).filter { types.contains($0) }
        tracker.tracker?.types = known
        try put(tracker)
    }

    /// Who makes a project and is no administrator becomes a member, with the first role that may make projects.
    private func joinCreator(_ project: Project) throws {
        guard !actor.admin, !actor.isAnonymous else { return }
        guard
            let role = catalog.roles.first(where: {
                $0.builtin == nil && $0.grants.contains { $0.actions.contains(.addProject) }
            })
        else { return }
        try put(
            Membership(
                id: try newID(Membership.self), stamp: stamp, project: project.id, principal: actor.user,
                roles: [Membership.Held(role: role.id)]))
    }
}
