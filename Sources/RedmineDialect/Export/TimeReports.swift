import ParleyHTTP
import ParleyModel
import ParleyService

extension Call {
    /// Hours by up to three criteria and by stretch of time, as a table.
    func exportTimeReport() async throws -> Response {
        let listing = try timeEntryListing()
        let given = parameters["criteria"]
        let names = (given?.list ?? given.map { [$0] } ?? []).prefix(100).compactMap(\.scalarText)
        let period = parameters.text("columns").flatMap { ReportPeriod(rawValue: $0) } ?? .month
        let octets = try await workspace.readAtLength(as: actor) { reader in
            let criteria = ReportCriteria(reader: reader, place: listing.place).chosen(names)
            // Without a criterion there is nothing to report.
            guard !criteria.isEmpty else { throw Refusal.status(400) }
            var report = TimeReport(criteria: criteria, period: period)
            try eachTimeEntry(of: listing, reader) { report.add($0) }
            var table = table
            try report.write(into: &table, today: reader.today)
            return table.finish()
        }
        return handed(octets, .csv, filename: "timelog.csv")
    }
}

/// The stretches of time of which a report has one column each.
enum ReportPeriod: String, Sendable {
    case year, month, week, day

    /// The name of the stretch that a day is in: `2026`, `2026-9`, `2026-38`, `2026-09-18`.
    func name(_ date: CivilDate) -> String {
        let parts = date.components
        switch self {
        case .year: return String(parts.year)
        case .month: return "\(parts.year)-\(parts.month)"
        case .week: return "\(date.adding(days: Int64(4 - date.weekday)).components.year)-\(CellText.week(date))"
        case .day: return date.iso8601
        }
    }

    /// The first day of the next stretch.
    func next(_ date: CivilDate) -> CivilDate {
        let parts = date.components
        switch self {
        case .year: return CivilDate(year: parts.year + 1, month: 1, day: 1) ?? date.adding(days: 366)
        case .month: return date.adding(days: Int64(1 - parts.day)).adding(months: 1)
        case .week: return date.adding(days: Int64(8 - date.weekday))
        case .day: return date.adding(days: 1)
        }
    }
}

/// Something that hours are told apart by.
struct ReportCriterion {
    var name: String
    var title: String
    /// What an entry counts for: a text to sort by, and the text shown.
    var key: (TimeEntryRow) -> (order: String, text: String)
}

/// The criteria that reports offer.
struct ReportCriteria {
    let reader: Reader
    /// The project that the report is of; nil: all.
    let place: Project?

    /// How many of them count.
    private static let limit = 3
    private static let none = "[none]"

    private var catalog: Catalog { reader.catalog }

    /// Those that are named, each once, in the order given.
    func chosen(_ names: [String]) -> [ReportCriterion] {
        let all = Dictionary((own + ofIssues + fields).map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        var seen: Set<String> = []
        return Array(names.compactMap { seen.insert($0).inserted ? all[$0] : nil }.prefix(ReportCriteria.limit))
    }

    /// By the number of what an entry refers to; nothing comes first.
    private func numbered(
        _ name: String, _ title: String, _ find: @escaping (TimeEntryRow) -> (number: Int64, text: String?)?
    ) -> ReportCriterion {
        ReportCriterion(name: name, title: title) { row in
            guard let found = find(row) else { return ("", ReportCriteria.none) }
            let digits = String(found.number)
            return (String(repeating: "0", count: max(0, 20 - digits.count)) + digits, found.text ?? "")
        }
    }

    private var own: [ReportCriterion] {
        let (catalog, records, reader) = (catalog, catalog.records, reader)
        return [
            numbered("project", "Project") { ($0.entry.project.rawValue, records.projects[$0.entry.project]?.name) },
            numbered("user", "User") { ($0.entry.user.rawValue, catalog.name(of: $0.entry.user)) },
            numbered("activity", "Activity") { row in
                row.entry.activity.map { ($0.rawValue, records.enumerations[$0]?.name) }
            },
            numbered("issue", "Issue") { row in
                row.entry.issue.map { number in
                    let shown = row.issue.map { TextRendering(reader, baseURL: "").shortTitle(of: $0) }
                    return (number.rawValue, shown ?? "#\(number)")
                }
            },
        ]
    }

    private var ofIssues: [ReportCriterion] {
        let records = catalog.records
        return [
            numbered("tracker", "Tracker") { row in
                row.issue.map { ($0.type.rawValue, records.types[$0.type]?.name) }
            },
            numbered("status", "Status") { row in
                row.issue.map { ($0.status.rawValue, records.statuses[$0.status]?.name) }
            },
            numbered("version", "Version") { row in
                row.issue?.version.map { ($0.rawValue, records.versions[$0]?.name) }
            },
            numbered("category", "Category") { row in
                row.issue?.category.map { ($0.rawValue, records.categories[$0]?.name) }
            },
        ]
    }

    /// Lists and flags that have one value.
    private var fields: [ReportCriterion] {
        let (catalog, records) = (catalog, catalog.records)
        let ofIssues = IssueColumns.fields(of: place, reader).filter { place != nil || $0.projects == nil }
        let all = catalog.fields(of: .timeEntry) + catalog.fields(of: .project) + ofIssues
        let rendering = CustomFieldRendering(catalog: catalog)
        return all.filter { !$0.multiple && [.list, .boolean].contains($0.type) }.map { field in
            ReportCriterion(name: "cf_\(field.id)", title: field.name) { row in
                let values: [Value]? =
                    switch field.object {
                    case .timeEntry: row.entry.values[field.id]
                    case .project: records.projects[row.entry.project]?.values[field.id]
                    default: row.values[field.id]
                    }
                let order = values?.first.map { rendering.text($0, field) } ?? ""
                guard !order.isEmpty else { return ("", ReportCriteria.none) }
                return (order, FieldCells(catalog: catalog).cell(field, values) ?? "")
            }
        }
    }
}

/// Hours added up.
struct TimeReport {
    /// How many stretches of time have a column.
    private static let columnLimit = 100

    /// What entries count for, from the first criterion on, and their milliseconds by stretch of time.
    private struct Node {
        var text = ""
        var order = ""
        var sums: [String: Int64] = [:]
        var parts: [String: Node] = [:]
    }

    private let criteria: [ReportCriterion]
    private let period: ReportPeriod
    private var root = Node()
    private var first: CivilDate?
    private var last: CivilDate?

    init(criteria: [ReportCriterion], period: ReportPeriod) {
        self.criteria = criteria
        self.period = period
    }

    mutating func add(_ row: TimeEntryRow) {
        let day = row.entry.spentOn
        first = min(first ?? day, day)
        last = max(last ?? day, day)
        let keys = criteria.map { $0.key(row) }
        TimeReport.add(row.entry.duration, in: period.name(day), keys[...], to: &root)
    }

    private static func add(
        _ duration: Int64, in stretch: String, _ keys: ArraySlice<(order: String, text: String)>, to node: inout Node
    ) {
        node.sums[stretch, default: 0] &+= duration
        guard let key = keys.first else { return }
        var part = node.parts[key.order] ?? Node(text: key.text, order: key.order)
        add(duration, in: stretch, keys.dropFirst(), to: &part)
        node.parts[key.order] = part
    }

    /// Writes a row for each value of the first criterion, those of the next ones below it, and the total.
    func write(into table: inout some ListingWriter, today: CivilDate) throws {
        var stretches: [String] = []
        var day = first ?? today
        while day <= last ?? today, stretches.count < TimeReport.columnLimit {
            stretches.append(period.name(day))
            day = period.next(day)
        }
        let titles = criteria.map(\.title) + stretches + ["Total time"]
        try table.begin(titles.map { ListingColumn($0) })
        try write(root, level: 0, stretches, into: &table)
        let blanks = Array(repeating: "", count: criteria.count - 1)
        try table.row(["Total time"] + blanks + cells(root, stretches))
    }

    private func write(
        _ node: Node, level: Int, _ stretches: [String], into table: inout some ListingWriter
    ) throws {
        for part in node.parts.values.sorted(by: { $0.order.utf8.lexicographicallyPrecedes($1.order.utf8) }) {
            let before = Array(repeating: "", count: level)
            let after = Array(repeating: "", count: criteria.count - level - 1)
            try table.row(before + [part.text] + after + cells(part, stretches))
            try write(part, level: level + 1, stretches, into: &table)
        }
    }

    private func cells(_ node: Node, _ stretches: [String]) -> [String] {
        let sums = stretches.map { node.sums[$0] ?? 0 }
        let total = sums.reduce(0, &+)
        return sums.map { $0 > 0 ? CellText.hours($0) : "" } + [node.sums.isEmpty ? "0" : CellText.hours(total)]
    }
}
