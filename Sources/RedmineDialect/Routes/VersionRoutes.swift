import ParleyHTTP
import ParleyModel
import ParleyService

extension RouteTable {
    static let versionRoutes = [
        Route(.get, "projects/:/versions") { try $0.listVersions() },
        Route(.get, "versions/:") { try await $0.showVersion() },
        Route(.get, "projects/:/issue_categories") { try $0.listCategories() },
    ]
}

extension Call {
    /// The project's own versions and those that others share with it, in the order in which they were made.
    func listVersions() throws -> Response {
        let project = try project(segments[1])
        try require(.viewIssues, .tickets, in: project)
        let versions = catalog.versionsShared(with: project.id).sorted { $0.id < $1.id }
        return found(
            list("versions", of: "version", totals: [("total_count", .integer(Int64(versions.count)))]) { items in
                for version in versions { items.item { write(version, hours: nil, into: &$0) } }
            })
    }

    func showVersion() async throws -> Response {
        guard let version = catalog.records.versions[VersionID(try number(1))], version.stamp.retired == nil,
            let owner = catalog.records.projects[version.project], owner.stamp.retired == nil
        else { throw Refusal.status(404) }
        let project = try entered(owner)
        try require(.viewIssues, .tickets, in: project)
        let hours = allows(.viewTimeEntries, .time, in: project) ? try await self.hours(of: version.id) : nil
        return found(document("version") { write(version, hours: hours, into: &$0) })
    }

    /// Sums in milliseconds over the issues that are planned for a version.
    private struct Hours: Sendable {
        var estimated: Int64 = 0
        var spent: Int64 = 0
    }

    /// How many issues of a version are summed up at most, and how many at a time.
    private static let summedIssues = (all: 10_000, page: 500)

    private func hours(of version: VersionID) async throws -> Hours {
        try await workspace.readAtLength(as: actor) { reader in
            var sum = Hours()
            var after: IssueID?
            for _ in 0..<(Call.summedIssues.all / Call.summedIssues.page) {
                let query = Query<Parsed>(
                    .among(.builtin(.version), [.name(.number(version.rawValue))]), order: [SortKey(.builtin(.id))],
                    page: QueryPage(offset: 0, limit: Call.summedIssues.page, after: after), projection: .totals,
                    wantsTotal: false)
                let issues = try reader.issues(query).issues
                for view in issues {
                    sum.estimated &+= view.issue.estimate ?? 0
                    sum.spent &+= view.spent ?? 0
                }
                after = issues.last?.issue.id
                if issues.count < Call.summedIssues.page { break }
            }
            return sum
        }
    }

    private func write(_ version: Version, hours: Hours?, into part: inout DocumentWriter) {
        part.member("id", version.id)
        part.reference("project", id: version.project, title: catalog.records.projects[version.project]?.name ?? "")
        part.member("name", version.name)
        part.member("description", version.description)
        part.member("status", version.status.rawValue)
        part.member("due_date", version.due)
        part.member("sharing", version.sharing.rawValue)
        part.member("wiki_page_title", version.page)
        if let hours {
            part.member("estimated_hours", RedmineDialect.Hours.number(hours.estimated))
            part.member("spent_hours", RedmineDialect.Hours.number(hours.spent))
        }
        CustomFieldRendering(catalog: catalog).write(catalog.fields(of: .version), version.values, into: &part)
        part.member("created_on", version.stamp.created)
        part.member("updated_on", version.stamp.modified)
    }

    // MARK: categories

    func listCategories() throws -> Response {
        let project = try project(segments[1])
        try require(.manageCategories, .tickets, in: project)
        let categories = catalog.categories(of: project.id)
        let totals: [(DocumentName, DocumentScalar)] = [("total_count", .integer(Int64(categories.count)))]
        return found(
            list("issue_categories", of: "issue_category", totals: totals) { items in
                for entry in categories {
                    items.item { part in
                        part.member("id", entry.id)
                        part.reference("project", id: project.id, title: project.name)
                        part.member("name", entry.name)
                        if let assignee = entry.assignee {
                            part.reference("assigned_to", id: assignee, title: catalog.name(of: assignee) ?? "")
                        }
                    }
                }
            })
    }
}
