import ParleyHTTP
import ParleyModel
import ParleyService

/// Values as they stand in cells of tables, in English.
enum CellText {
    /// `11/21/2026`.
    static func day(_ date: CivilDate?) -> String {
        guard let parts = date?.components else { return "" }
        return "\(two(parts.month))/\(two(parts.day))/\(four(parts.year))"
    }

    /// `11/21/2026 08:49 PM`, UTC.
    static func time(_ instant: Instant?) -> String {
        guard let instant else { return "" }
        let minutes = Int(instant.secondOfDay / 60)
        let hour = minutes / 60
        let shown = hour % 12 == 0 ? 12 : hour % 12
        return "\(day(instant.date)) \(two(shown)):\(two(minutes % 60)) \(hour < 12 ? "AM" : "PM")"
    }

    /// `3.50`.
    static func hours(_ milliseconds: Int64?) -> String {
        guard let milliseconds else { return "" }
        return decimal(Hours.number(milliseconds))
    }

    /// `1:30`.
    static func clock(_ milliseconds: Int64) -> String {
        let minutes = (Hours.number(milliseconds) * 60).rounded()
        guard minutes.magnitude < 1e12 else { return "" }
        let whole = Int64(minutes.magnitude)
        return "\(minutes < 0 ? "-" : "")\(whole / 60):\(two(Int(whole % 60)))"
    }

    /// Two decimals.
    static func decimal(_ number: Double) -> String {
        guard number.isFinite, number.magnitude < 9e13 else { return number.description }
        let hundredths = Int64((number.magnitude * 100).rounded())
        let sign = number < 0 && hundredths > 0 ? "-" : ""
        return "\(sign)\(hundredths / 100).\(two(Int(hundredths % 100)))"
    }

    static func flag(_ flag: Bool) -> String { flag ? "Yes" : "No" }

    /// The week of the year, from 1, as ISO 8601 counts them.
    static func week(_ date: CivilDate) -> String {
        let thursday = date.adding(days: Int64(4 - date.weekday))
        guard let first = CivilDate(year: thursday.components.year, month: 1, day: 1) else { return "" }
        return String((thursday.daysSince1970 - first.daysSince1970) / 7 + 1)
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }

    private static func four(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}

/// Custom fields as they stand in cells.
struct FieldCells {
    let catalog: Catalog

    /// The cell of a field that the object has: values by name, several with commas between them. A text that nobody
    /// set is an empty one; any other value that nobody set is nothing.
    func cell(_ field: Field, _ values: [Value]?) -> String? {
        let values = values ?? field.defaultValues
        let texts = values.map { text($0, field) }.filter { !$0.isEmpty }.sorted()
        guard texts.isEmpty else { return texts.joined(separator: ", ") }
        return field.type.isText ? "" : nil
    }

    /// A value by name.
    func text(_ value: Value, _ field: Field?) -> String {
        switch value {
        case .boolean(let flag): return CellText.flag(flag)
        case .date(let date): return CellText.day(date.date)
        case .instant(let instant): return CellText.time(instant)
        case .number(let number): return CellText.decimal(number)
        case .duration(let milliseconds): return CellText.hours(milliseconds)
        case .reference(let number):
            switch field?.type {
            case .principal?: return catalog.name(of: PrincipalID(number)) ?? ""
            case .version?: return catalog.records.versions[VersionID(number)]?.name ?? ""
            default: return CustomFieldRendering(catalog: catalog).text(value, field)
            }
        case .text, .integer, .spelled: return CustomFieldRendering(catalog: catalog).text(value, field)
        }
    }
}

/// One column that a list offers.
struct ExportColumn<Row> {
    /// As clients name it.
    var name: String
    var head: ListingColumn
    /// Long texts come after all others and only where they are asked for.
    var isInline = true
    var cell: (Row) throws -> String?

    init(_ name: String, _ title: String, weight: Int = 3, _ cell: @escaping (Row) throws -> String?) {
        self.name = name
        head = ListingColumn(title, weight: weight)
        self.cell = cell
    }

    /// The columns that a request names with `c[]`, in its order; `all_inline` stands for all but the long ones.
    /// - Parameters:
    ///   - fixed: the name of the column that always comes first.
    ///   - standard: what is shown where nothing is named.
    static func chosen(
        _ all: [ExportColumn], _ names: [String], fixed: String?, standard: [String]
    ) -> [ExportColumn] {
        var wanted = names.filter { !$0.isEmpty }
        if wanted.isEmpty { wanted = standard }
        if wanted.contains("all_inline") { wanted = all.filter(\.isInline).map(\.name) + wanted }
        if let fixed { wanted.insert(fixed, at: 0) }
        let byName = Dictionary(all.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        var seen: Set<String> = []
        return wanted.compactMap { seen.insert($0).inserted ? byName[$0] : nil }
    }

    /// The columns under their names, in the order of those; nil for one that is no more.
    static func aligned(_ columns: [ExportColumn], to names: [String]) -> [ExportColumn?] {
        let byName = Dictionary(columns.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        return names.map { byName[$0] }
    }

    /// Writes rows into a table, whatever its form.
    static func write(_ rows: [Row], _ columns: [ExportColumn], into writer: inout some ListingWriter) throws {
        for row in rows { try writer.row(columns.map { try $0.cell(row) }) }
    }
}

extension Call {
    /// How many names of columns count.
    private static var columnLimit: Int { 200 }

    /// The columns that the request names.
    var columnNames: [String] {
        let given = parameters["c"] ?? parameters["query"]?["column_names"]
        return (given?.list ?? given.map { [$0] } ?? []).prefix(Call.columnLimit).compactMap(\.scalarText)
    }

    /// A table in the encoding that the request names; that of western Europe for none and for an unknown one.
    var table: CSVWriter { table(isContinued: false) }

    /// - Parameter isContinued: the table has begun already.
    func table(isContinued: Bool) -> CSVWriter {
        let named = parameters.text("encoding").flatMap { TextEncoder($0) }
        return CSVWriter(
            encoding: named ?? TextEncoder("ISO-8859-1") ?? TextEncoder(), isContinued: isContinued)
    }
}
