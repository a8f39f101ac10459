import ParleyHTTP
import ParleyModel
import ParleyService

extension RouteTable {
    static let issueRoutes = [
        Route(.get, "issues/:") { try await $0.showIssue() },
        Route(.put, "issues/:") { try await $0.updateIssue() },
        Route(.get, "issues") { try await $0.listIssues() },
        Route(.post, "issues") { try await $0.createIssue() },
        Route(.delete, "issues/:") { try await $0.deleteIssues([IssueID(try $0.number(1))]) },
        Route(.delete, "issues") { try await $0.deleteIssues($0.namedIssues()) },
        Route(.get, "projects/:/issues") { try await $0.listIssues() },
        Route(.post, "projects/:/issues") { try await $0.createIssue() },
        Route(.post, "issues/:/watchers") { try await $0.addWatchers() },
        Route(.delete, "issues/:/watchers/:") { try await $0.removeWatcher() },
    ]
}

/// What is shown of one issue beside its own keys.
private struct IssueAssociations {
    let names: Set<String>

    func wants(_ name: String) -> Bool { names.contains(name) }

    var projection: Projection {
        var projection: Projection = [.description, .values, .totals]
        if names.isEmpty { return projection }
        if wants("watchers") { projection.insert(.participants) }
        if wants("relations") { projection.insert(.links) }
        if wants("attachments") || wants("journals") { projection.insert(.files) }
        return projection
    }
}

extension Call {
    // MARK: reading

    func showIssue() async throws -> Response {
        let id = IssueID(try number(1))
        let associations = IssueAssociations(names: includes)
        let octets = try await workspace.read(as: actor) { reader in
            let view = try reader.issue(id, associations.projection)
            guard view.issue.retired == nil else { throw Refusal.status(404) }
            return try document("issue") { part in
                let rendering = IssueRendering(reader, baseURL: request.baseURL)
                rendering.write(view, into: &part)
                if associations.names.isEmpty { return }
                try write(associations, of: view, rendering, into: &part)
            }
        }
        return found(octets)
    }

    private func write(
        _ associations: IssueAssociations, of view: IssueView, _ rendering: IssueRendering,
        into part: inout DocumentWriter
    ) throws {
        let reader = rendering.reader
        if associations.wants("children") {
            rendering.writeChildren(try reader.children(of: view.issue.id), into: &part)
        }
        if associations.wants("attachments") { rendering.writeAttachments(view.files, into: &part) }
        if associations.wants("relations") { rendering.writeRelations(view.links, always: false, into: &part) }
        if associations.wants("changesets") { part.array("changesets", of: "changeset") { _ in } }
        if associations.wants("journals") {
            let history = try reader.history(of: view.issue)
            let journals = try JournalRendering(
                reader.catalog, files: view.files, hidden: JournalRendering.unseen(in: history, reader))
            journals.write(journals.journals(history), into: &part)
        }
        if associations.wants("watchers"), try reader.allows(.viewIssueWatchers, on: view.issue) {
            rendering.writeWatchers(view.participants[.watcher] ?? [], into: &part)
        }
        if associations.wants("allowed_statuses") {
            rendering.writeAllowed(try reader.allowedStatuses(for: view.issue), into: &part)
        }
    }

    // MARK: writing

    func createIssue() async throws -> Response {
        let place = try contextProject(position: segments.first == "projects" ? 1 : nil, unknown: denied(or: 404))
        if let place {
            try require(.addIssues, .tickets, in: place)
        } else if !access.allowsSomewhere(.addIssues) {
            throw denied
        }
        let parser = IssueParser(try parameters.resource("issue"), catalog)
        let named = parser.project.flatMap { project in
            let isOpen = allows(.addIssues, .tickets, in: project) && access.sees(project)
            return isOpen && !catalog.types(of: project.id).isEmpty ? project : nil
        }
        guard let project = named ?? place else {
            let lost = try await workspace.read(as: actor) { try IssueRequests.lostFiles(parser, $0) }
            let start = catalog.settings.rules.startDateDefaultsToToday ? workspace.now.date : nil
            throw Fault.invalid(lost + IssueRequests.placeless(parser, start: start))
        }
        let (copy, changes) = try await workspace.read(as: actor) { reader in
            let copy = try WantedCopy(self, into: project, context: place, reader)
            return (copy, try IssueRequests.creation(parser, allowed: access, in: project, copy: copy))
        }
        let draft = Draft(
            project: .number(project.id.rawValue), type: parser.type.map { .number($0.rawValue) },
            copying: copy?.copying)
        var request = ChangeRequest(
            .draft(draft), parts: [ChangePart(changes)],
            skipping: IssueParser.skipping)
        request.titleMaximumLength = IssueRequests.titleLimit
        let outcome = try await workspace.change(request, as: actor)
        guard let id = outcome.issues.first else { throw Fault.unavailable }
        let octets = try await workspace.read(as: actor) { reader in
            let view = try reader.issue(id, IssueAssociations(names: []).projection)
            var rendering = IssueRendering(reader, baseURL: self.request.baseURL)
            // Only where the request has a project ("a new issue tells its hours where the address names a project").
            rendering.showsSpent = place != nil
            rendering.singles = CustomValues.singles(in: parser.input, catalog)
            return document("issue") { [rendering] in rendering.write(view, into: &$0) }
        }
        return created(octets, location: "\(self.request.baseURL)/issues/\(id)")
    }

    func updateIssue() async throws -> Response {
        let id = IssueID(try number(1))
        let input = try parameters.resource("issue")
        let parser = IssueParser(input, catalog)
        let rights = try await workspace.read(as: actor) { reader in
            let issue = try reader.issue(id).issue
            guard issue.retired == nil else { throw Refusal.status(404) }
            return try IssueRequests.Rights(reader, issue)
        }
        guard rights.mayChange else { throw refusal(.editIssues, .tickets, in: rights.issue.project) }
        let parts = IssueRequests.update(parser, rights, catalog)
        // Who may only add notes says nothing of the rest.
        let revision = rights.mayEdit ? parser.revision : nil
        if parts.isEmpty, let revision, revision != rights.issue.revision { throw Refusal.messages([]) }
        guard !parts.isEmpty else { return done }
        var request = ChangeRequest(.issues([rights.issue.id]), parts: parts, skipping: IssueParser.skipping)
        request.expectedRevision = revision
        request.titleMaximumLength = IssueRequests.titleLimit
        do {
            _ = try await workspace.change(request, as: actor)
        } catch Fault.conflict {
            throw Refusal.messages([])
        }
        return done
    }

    /// The issues that a list of numbers names.
    func namedIssues() throws -> [IssueID] {
        let items = parameters["ids"]?.list ?? parameters["ids"].map { [$0] } ?? parameters["id"].map { [$0] } ?? []
        return items.prefix(100).compactMap { $0.scalarText.flatMap(Quirks.leadingNumber) }.map { IssueID($0) }
    }

    /// Those of them that are there, or none. Time that was logged on them goes with them, unless the request says
    /// where it is to go.
    func deleteIssues(_ named: [IssueID]) async throws -> Response {
        let ids = try await workspace.read(as: actor) { reader in
            var found: [IssueID] = []
            for id in named {
                guard let issue = try issue(id, reader), !found.contains(issue.id) else { continue }
                guard try reader.allows(.deleteIssues, on: issue) else {
                    throw refusal(.deleteIssues, .tickets, in: issue.project)
                }
                found.append(issue.id)
            }
            return found
        }
        guard !ids.isEmpty else { throw Refusal.status(404) }
        let request = ChangeRequest(.issues(ids), parts: [ChangePart([.destroy])], skipping: .nothing)
        let todo = parameters.text("todo")
        let heir = IssueID(parameters.text("reassign_to_id").flatMap(Quirks.leadingNumber) ?? 0)
        do {
            try await workspace.write(as: actor) { transaction in
                if todo == "nullify" || todo == "reassign" {
                    try transaction.handOver(timeOf: ids, to: todo == "nullify" ? nil : heir)
                }
                _ = try transaction.change(request)
            }
        } catch Fault.invalid {
            // What people get is the form again.
            return Answers.notAcceptable(format)
        }
        return done
    }

    /// Nil for one that is not there.
    private func issue(_ id: IssueID, _ reader: Reader) throws -> Issue? {
        do {
            let issue = try reader.issue(id).issue
            return issue.retired == nil ? issue : nil
        } catch Fault.notFound {
            return nil
        }
    }

    // MARK: watchers

    /// Adding somebody twice, or somebody unknown, does no harm.
    func addWatchers() async throws -> Response {
        let id = try await issueToWatch(.addIssueWatchers)
        let object = parameters["watcher"]?.object
        let given = object.map { $0["user_ids"] ?? $0["user_id"] } ?? parameters["user_id"]
        let people = (given?.list ?? given.map { [$0] } ?? []).prefix(100).compactMap { item -> ParsedOperand? in
            guard let number = Spelling.number(item), Watchers.isActive(number, catalog) ?? false else { return nil }
            return .name(.number(number))
        }
        guard !people.isEmpty else { return done }
        return try await change(watchersOf: id, .add(.builtin(.watchers), people))
    }

    func removeWatcher() async throws -> Response {
        let id = try await issueToWatch(.deleteIssueWatchers)
        let user = try number(3)
        guard catalog.user(PrincipalID(user)) != nil || catalog.records.groups[PrincipalID(user)] != nil else {
            throw Refusal.status(404)
        }
        return try await change(watchersOf: id, .remove(.builtin(.watchers), [.name(.number(user))]))
    }

    private func issueToWatch(_ action: Action) async throws -> IssueID {
        let id = IssueID(try number(1))
        return try await workspace.read(as: actor) { reader in
            let issue = try reader.issue(id).issue
            guard issue.retired == nil else { throw Refusal.status(404) }
            guard try reader.allows(action, on: issue) else { throw refusal(action, .tickets, in: issue.project) }
            return issue.id
        }
    }

    private func change(watchersOf id: IssueID, _ change: Change) async throws -> Response {
        let request = ChangeRequest(.issues([id]), parts: [ChangePart([change])], skipping: IssueParser.skipping)
        _ = try await workspace.change(request, as: actor)
        return done
    }

    // MARK: the project of a list or a creation

    /// The project that is the context of the whole request: from the path, or the parameter `project_id`.
    /// - Throws: 404 for none such, 401 or 403 for one that the actor may not enter.
    func contextProject(position: Int?, unknown: Refusal = .status(404)) throws -> Project? {
        let name = position.map { segments[$0] } ?? parameters.text("project_id") ?? ""
        guard !name.isEmpty else { return nil }
        guard let project = Names.project(name, in: catalog) else { throw unknown }
        return try entered(project)
    }

    /// What visitors get who may not, and a status for everybody else.
    private func denied(or status: Int) -> Refusal { actor.isAnonymous ? denied : .status(status) }
}
