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

    /// The time entries that a list asks for, whatever form it is written in.
    struct TimeEntryListing: Sendable {
        /// The project that the list is of; nil: all.
        var place: Project?
        var condition: TimeEntryCondition<Parsed>
        var order: [TimeEntryOrder]
    }

    /// - Throws: what those get who may not see time, and what faulty filters give.
    func timeEntryListing() throws -> TimeEntryListing {
        let place = try contextProject(position: segments.first == "projects" ? 1 : nil)
        if let place {
            try require(.viewTimeEntries, .time, in: place)
        } else if !access.allowsSomewhere(.viewTimeEntries) {
            throw denied
        }
        if let name = parameters.text("query_id"), !name.isEmpty { throw Refusal.unknownRoute }
        let filters = TimeEntryFilters(
            catalog: catalog, access: access, project: place, today: workspace.now.date)
        return TimeEntryListing(
            place: place, condition: try filters.condition(parameters),
            order: TimeEntryFilters.order(parameters.text("sort"), catalog))
    }

    func listTimeEntries() async throws -> Response {
        let listing = try timeEntryListing()
        let window = window
        let octets = try await workspace.readAtLength(as: actor) { reader in
            let found = try reader.timeEntries(
                listing.condition, order: listing.order, offset: window.offset, limit: window.limit)
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
        var draft = timeEntryDraft
        let issue = segments.first == "issues" ? segments[1] : parameters.text("issue_id") ?? ""
        let isOfIssue = !issue.isEmpty
        let place = isOfIssue
            ? try await project(ofIssue: issue, &draft)
            : try contextProject(position: segments.first == "projects" ? 1 : nil)
        if let place {
            try require(.logTime, .time, in: place)
        } else if !access.allowsSomewhere(.logTime) {
            throw denied
        }
        if let place, !isOfIssue { draft.context = place.id }
        let made = try await workspace.write(as: actor) { [draft] in try $0.createTimeEntry(draft) }
        return created(
            timeEntryDocument(made, workspace.catalog), location: "\(request.baseURL)/time_entries/\(made.id)")
    }

    /// What is said of a time entry; what is no object says nothing.
    private var timeEntryDraft: TimeEntryDraft {
        let input = (try? parameters.resource("time_entry")) ?? ParameterObject()
        return TimeEntryParser(catalog: catalog, input: input).draft
    }

    /// The project of the issue that is the context of the whole request; what is logged there is on that issue, unless
    /// another one is named.
    private func project(ofIssue name: String, _ draft: inout TimeEntryDraft) async throws -> Project? {
        let id = IssueID(Quirks.leadingNumber(name) ?? 0)
        let issue = try await workspace.read(as: actor) { reader in
            do {
                let issue = try reader.issue(id).issue
                guard issue.retired == nil else { throw Refusal.unknownRoute }
                return issue
            } catch Fault.notFound {
                throw Refusal.unknownRoute
            }
        }
        if case .absent = draft.issue { draft.issue = .value(issue.id) }
        return catalog.records.projects[issue.project]
    }

    func updateTimeEntry() async throws -> Response {
        let id = TimeEntryID(try number(1))
        let draft = timeEntryDraft
        do {
            _ = try await workspace.write(as: actor) { try $0.updateTimeEntry(id, draft) }
        } catch Fault.unauthenticated {
            // Visitors are not told to sign in here ("anonymous visitors change no time").
            throw Refusal.status(403)
        }
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
        part.member("comments", entry.comment)
        part.member("spent_on", entry.spentOn)
        part.member("created_on", entry.stamp.created)
        part.member("updated_on", entry.stamp.modified)
        CustomFieldRendering(catalog: catalog).write(catalog.fields(of: .timeEntry), entry.values, into: &part)
    }

    /// Hours of single entries have two decimals.
    static func hours(_ milliseconds: Int64) -> Double {
        let hours = Hours.number(milliseconds)
        let hundredths = (hours * 100).rounded()
        // What is half a hundredth in decimals may be a little less in binary.
        return ((hundredths + 0.5) / 100 <= hours ? hundredths + 1 : hundredths) / 100
    }
}
