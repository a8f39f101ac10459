import ParleyHTTP
import ParleyModel
import ParleyService

extension RouteTable {
    static let timeEntryRoutes = [
        Route(.get, "time_entries") { try await $0.listTimeEntries() },
        Route(.get, "projects/:/time_entries") { try await $0.listTimeEntries() },
        Route(.get, "time_entries/:") { try await $0.showTimeEntry() },
        Route(.post, "time_entries") { try await $0.createTimeEntry() },
        Route(.post, "projects/:/time_entries") { try await $0.createTimeEntry() },
        Route(.post, "issues/:/time_entries") { try await $0.createTimeEntry() },
        Route(.put, "time_entries/:") { try await $0.updateTimeEntry() },
        Route(.delete, "time_entries/:") { try await $0.deleteTimeEntry() },
    ]
}

extension Call {
    // MARK: reading

    func listTimeEntries() async throws -> Response {
        let place = try contextProject(position: segments.first == "projects" ? 1 : nil)
        if let place {
            try require(.viewTimeEntries, .time, in: place)
        } else if !access.allowsSomewhere(.viewTimeEntries) {
            throw denied
        }
        let filters = TimeEntryFilters(
            catalog: catalog, access: access, project: place, today: workspace.now.date)
        let condition = try filters.condition(parameters)
        let order = TimeEntryFilters.order(parameters.text("sort"), catalog)
        let window = window
        let octets = try await workspace.readAtLength(as: actor) { reader in
            let found = try reader.timeEntries(
                condition, order: order, offset: window.offset, limit: window.limit)
            let rendering = TimeEntryRendering(catalog: reader.catalog)
            return list("time_entries", of: "time_entry", totals: Paging.totals(found.total.count, window)) { items in
                for entry in found.entries { items.item { rendering.write(entry, into: &$0) } }
            }
        }
        return found(octets)
    }

    func showTimeEntry() async throws -> Response {
        let id = TimeEntryID(try number(1))
        let octets = try await workspace.read(as: actor) { reader in
            timeEntryDocument(try reader.timeEntry(id), reader.catalog)
        }
        return found(octets)
    }

    private func timeEntryDocument(_ entry: TimeEntry, _ catalog: Catalog) -> [UInt8] {
        document("time_entry") { TimeEntryRendering(catalog: catalog).write(entry, into: &$0) }
    }

    // MARK: writing

    func createTimeEntry() async throws -> Response {
        let isOfIssue = segments.first == "issues"
        var draft = TimeEntryParser(catalog: catalog, actor: actor, input: try parameters.resource("time_entry")).draft
        let place = isOfIssue
            ? try await projectOfIssue(&draft)
            : try contextProject(position: segments.first == "projects" ? 1 : nil)
        if let place {
            try require(.logTime, .time, in: place)
        } else if !access.allowsSomewhere(.logTime) {
            throw denied
        }
        if let place, !isOfIssue, case .absent = draft.project, case .absent = draft.issue {
            draft.project = .value(place.id)
        }
        let made = try await workspace.write(as: actor) { [draft] in try $0.createTimeEntry(draft) }
        return created(
            timeEntryDocument(made, workspace.catalog), location: "\(request.baseURL)/time_entries/\(made.id)")
    }

    /// The project of the issue in the path; what is logged there is on that issue, unless another one is named.
    private func projectOfIssue(_ draft: inout TimeEntryDraft) async throws -> Project? {
        let id = IssueID(try number(1))
        let issue = try await workspace.read(as: actor) { reader in
            let issue = try reader.issue(id).issue
            guard issue.retired == nil else { throw Refusal.status(404) }
            return issue
        }
        if case .absent = draft.issue { draft.issue = .value(issue.id) }
        return catalog.records.projects[issue.project]
    }

    func updateTimeEntry() async throws -> Response {
        let id = TimeEntryID(try number(1))
        let draft = TimeEntryParser(catalog: catalog, actor: actor, input: try parameters.resource("time_entry")).draft
        _ = try await workspace.write(as: actor) { try $0.updateTimeEntry(id, draft) }
        return done
    }

    func deleteTimeEntry() async throws -> Response {
        let id = TimeEntryID(try number(1))
        try await workspace.write(as: actor) { try $0.deleteTimeEntry(id) }
        return done
    }
}

/// A time entry as Redmine shows it.
struct TimeEntryRendering {
    let catalog: Catalog

    func write(_ entry: TimeEntry, into part: inout DocumentWriter) {
        part.member("id", entry.id)
        part.reference("project", id: entry.project, title: catalog.records.projects[entry.project]?.name ?? "")
        if let issue = entry.issue { part.reference("issue", id: issue) }
        part.reference("user", id: entry.user, title: catalog.name(of: entry.user) ?? "")
        if let activity = entry.activity {
            part.reference("activity", id: activity, title: catalog.records.enumerations[activity]?.name ?? "")
        }
        part.member("hours", TimeEntryRendering.hours(entry.duration))
        part.member("comments", entry.comment.isEmpty ? nil : entry.comment)
        part.member("spent_on", entry.spentOn)
        part.member("created_on", entry.stamp.created)
        part.member("updated_on", entry.stamp.modified)
        CustomFieldRendering(catalog: catalog).write(catalog.fields(of: .timeEntry), entry.values, into: &part)
    }

    /// Hours of single entries have two decimals.
    static func hours(_ milliseconds: Int64) -> Double { (Hours.number(milliseconds) * 100).rounded() / 100 }
}
