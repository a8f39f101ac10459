import ParleyHTTP
import ParleyModel
import ParleyService

/// A time entry with the issue that it is on, as far as the actor sees it.
struct TimeEntryRow {
    var entry: TimeEntry
    var issue: Issue?
    /// Of the issue.
    var values: FieldValues = [:]
}

extension Call {
    /// Entries that one table holds; more are refused rather than left out.
    private static var timeEntryLimit: Int { 100_000 }

    /// Time entries as a table, or a feed of the newest.
    func exportTimeEntries() async throws -> Response {
        let listing = try timeEntryListing()
        if export == .atom { return try await timeEntryFeed(listing) }
        let (numbers, names, heads) = try await workspace.readAtLength(as: actor) { reader in
            let found = try entryNumbers(of: listing, reader)
            let columns = TimeEntryColumns(reader: reader, place: listing.place).chosen(columnNames)
            return (found, columns.map(\.name), columns.map(\.head))
        }
        let place = listing.place
        let portions = TablePortions(self, heads, numbers) { reader in
            let columns = ExportColumn.aligned(TimeEntryColumns(reader: reader, place: place).chosen(names), to: names)
            return { number in
                let told = try row(reader.timeEntry(number), reader)
                return try columns.map { try $0?.cell(told) }
            }
        }
        return handed(try await portions.body(), .csv, filename: "timelog.csv")
    }

    /// The entries of a list, in its order.
    /// - Throws: `ListingTooLarge`.
    private func entryNumbers(of listing: TimeEntryListing, _ reader: Reader) throws -> [TimeEntryID] {
        let numbers = try reader.timeEntryNumbers(
            listing.condition, order: listing.order, limit: Call.timeEntryLimit + 1)
        guard numbers.count <= Call.timeEntryLimit else { throw ListingTooLarge() }
        return numbers
    }

    /// Goes through all entries of a list.
    func eachTimeEntry(
        of listing: TimeEntryListing, _ reader: Reader, _ use: (TimeEntryRow) throws -> Void
    ) throws {
        for number in try entryNumbers(of: listing, reader) { try use(row(reader.timeEntry(number), reader)) }
    }

    private func row(_ entry: TimeEntry, _ reader: Reader) throws -> TimeEntryRow {
        guard let id = entry.issue, try reader.sees(number: id) else { return TimeEntryRow(entry: entry) }
        let view = try reader.issue(id, [.values])
        return TimeEntryRow(entry: entry, issue: view.issue, values: view.values)
    }

    private func timeEntryFeed(_ listing: TimeEntryListing) async throws -> Response {
        let octets = try await workspace.readAtLength(as: actor) { reader in
            let texts = TextRendering(reader, baseURL: request.baseURL)
            let found = try reader.timeEntries(
                listing.condition, order: listing.order, offset: 0, limit: Call.feedLimit)
            let items = try found.entries.map { try item(row($0, reader), texts) }
            return feed("Spent time", listing.place, items)
        }
        return handed(octets, .atom)
    }

    private func item(_ row: TimeEntryRow, _ texts: TextRendering) throws -> FeedItem {
        let entry = row.entry
        let project = catalog.records.projects[entry.project]
        let subject = row.issue.map { texts.title(of: $0) } ?? "Project: \(project?.name ?? "")"
        let unit = Hours.number(entry.duration) < 2 ? "hour" : "hours"
        let query = row.issue.map { "?issue_id=\($0.id)" } ?? ""
        return FeedItem(
            title: "\(CellText.clock(entry.duration)) \(unit) (\(subject))", project: project,
            path: "projects/\(project?.identifier ?? "")/time_entries\(query)", time: entry.stamp.created,
            author: entry.user, content: try texts.html(entry.comment ?? "", .plain, in: project))
    }
}

/// The columns that a list of time entries offers.
struct TimeEntryColumns {
    let reader: Reader
    /// The project that the list is of; nil: all.
    let place: Project?

    private var catalog: Catalog { reader.catalog }
    typealias Column = ExportColumn<TimeEntryRow>

    private static let standard = ["spent_on", "user", "activity", "issue", "comments", "hours"]

    func chosen(_ names: [String]) -> [Column] {
        let standard = (place == nil ? ["project"] : []) + TimeEntryColumns.standard
        return Column.chosen(own + ofIssue + last + fields, names, fixed: nil, standard: standard)
    }

    private var own: [Column] {
        let catalog = catalog
        let records = catalog.records
        return [
            Column("project", "Project") { records.projects[$0.entry.project]?.name ?? "" },
            Column("spent_on", "Date") { CellText.day($0.entry.spentOn) },
            Column("created_on", "Created") { CellText.time($0.entry.stamp.created) },
            Column("tweek", "Week") { CellText.week($0.entry.spentOn) },
            Column("author", "Author") { catalog.name(of: $0.entry.author) ?? "" },
            Column("user", "User") { catalog.name(of: $0.entry.user) ?? "" },
            Column("activity", "Activity") { row in
                row.entry.activity.flatMap { records.enumerations[$0]?.name } ?? ""
            },
            Column("issue", "Issue") { row in
                guard let number = row.entry.issue else { return "" }
                return row.issue.map { TextRendering(reader, baseURL: "").shortTitle(of: $0) } ?? "#\(number)"
            },
        ]
    }

    private var ofIssue: [Column] {
        let records = catalog.records
        return [
            Column("issue.tracker", "Tracker") { $0.issue.flatMap { records.types[$0.type]?.name } ?? "" },
            Column("issue.status", "Status") { $0.issue.flatMap { records.statuses[$0.status]?.name } ?? "" },
            Column("issue.category", "Category") { row in
                row.issue?.category.flatMap { records.categories[$0]?.name } ?? ""
            },
            Column("issue.fixed_version", "Target version") { row in
                row.issue?.version.flatMap { records.versions[$0]?.name } ?? ""
            },
        ]
    }

    private var last: [Column] {
        [
            Column("comments", "Comment") { $0.entry.comment ?? "" },
            Column("hours", "Hours") { CellText.hours($0.entry.duration) },
        ]
    }

    private var fields: [Column] {
        let cells = FieldCells(catalog: catalog)
        let own = catalog.fields(of: .timeEntry).map { field in
            Column("cf_\(field.id)", field.name) { cells.cell(field, $0.entry.values[field.id]) }
        }
        let ofIssues = IssueColumns.fields(of: place, reader).map { field in
            Column("issue.cf_\(field.id)", field.name) { row in
                row.issue.map { IssueColumns.cell(field, $0, row.values, reader) } ?? ""
            }
        }
        let records = catalog.records
        let ofProjects = catalog.fields(of: .project).map { field in
            Column("project.cf_\(field.id)", field.name) { row in
                cells.cell(field, records.projects[row.entry.project]?.values[field.id])
            }
        }
        return own + ofIssues + ofProjects
    }
}
