import ParleyHTTP
import ParleyModel
import ParleyService

/// One issue on pages: what it is, its relatives, its history and its files.
struct IssuePages {
    private let reader: Reader
    private let view: IssueView
    private let changes: ChangeTexts
    private let texts: TextRendering

    /// - Parameter view: with everything.
    init(_ reader: Reader, _ view: IssueView, _ changes: ChangeTexts, baseURL: String) {
        self.reader = reader
        self.view = view
        self.changes = changes
        texts = TextRendering(reader, baseURL: baseURL)
    }

    private var catalog: Catalog { reader.catalog }
    private var issue: Issue { view.issue }

    /// The file.
    func octets() throws -> [UInt8] {
        let project = catalog.records.projects[issue.project]?.name ?? ""
        let title = "\(project) - \(catalog.records.types[issue.type]?.name ?? "") #\(issue.id)"
        let document = try PDFDocument(title: title)
        try document.heading(title, level: 3)
        try document.heading(issue.title ?? "", level: 4)
        try document.paragraph([
            PDFRun("\(CellText.time(issue.created)) - \(catalog.name(of: issue.author) ?? "")", slanted: true)
        ])
        for (label, value) in fields where !value.isEmpty {
            try document.paragraph([PDFRun("\(label): ", bold: true), PDFRun(value)])
        }
        if let description = view.description, !description.isEmpty {
            try document.heading("Description", level: 5)
            try document.add(texts.document(description, view.descriptionFormat))
        }
        try addRelatives(document)
        try addHistory(document)
        if !view.files.isEmpty {
            try document.heading("Files", level: 5)
            var table = PDFTable(document)
            try table.begin([ListingColumn("File", weight: 6), ListingColumn("Octets"), ListingColumn("Author")])
            for file in view.files.map(\.file) {
                try table.row([file.name, String(file.size), catalog.name(of: file.author)])
            }
        }
        return try document.finish(foot: CellText.day(reader.today))
    }

    private var fields: [(String, String)] {
        let records = catalog.records
        let own = [
            ("Status", records.statuses[issue.status]?.name ?? ""),
            ("Priority", IssueColumns.priority(issue, catalog)),
            ("Assignee", IssueColumns.assignee(issue, catalog)),
            ("Category", issue.category.flatMap { records.categories[$0]?.name } ?? ""),
            ("Target version", issue.version.flatMap { records.versions[$0]?.name } ?? ""),
            ("Start date", CellText.day(issue.startDate?.date)), ("Due date", CellText.day(issue.dueDate?.date)),
            ("% Done", "\(issue.progress)%"), ("Estimated time", hours(view.totalEstimate)),
            ("Spent time", hours(view.totalSpent)),
        ]
        let custom = catalog.issueFields(project: issue.project, type: issue.type).map { field in
            (field.name, IssueColumns.cell(field, issue, view.values, reader) ?? "")
        }
        return own + custom
    }

    private func hours(_ milliseconds: Int64?) -> String {
        milliseconds.map { "\(CellText.clock($0)) hours" } ?? ""
    }

    private func addRelatives(_ document: PDFDocument) throws {
        let children = try reader.children(of: issue.id, depth: 1)
        if !children.isEmpty {
            try document.heading("Subtasks", level: 5)
            for child in children { try document.paragraph([PDFRun(texts.title(of: child.issue))], indent: 14) }
        }
        let relations = RelationTexts(view, catalog).relations
        guard !relations.isEmpty else { return }
        try document.heading("Related issues", level: 5)
        for relation in relations {
            let other = try reader.issue(relation.other).issue
            try document.paragraph([PDFRun("\(relation.label) \(texts.title(of: other))")], indent: 14)
        }
    }

    private func addHistory(_ document: PDFDocument) throws {
        guard !changes.journals.isEmpty else { return }
        try document.heading("History", level: 5)
        for (place, journal) in changes.journals.enumerated() {
            let author = catalog.name(of: journal.author) ?? ""
            let hidden = journal.isPrivate ? " (Private notes)" : ""
            try document.paragraph([
                PDFRun("#\(place + 1) - \(CellText.time(journal.created)) - \(author)\(hidden)", bold: true)
            ])
            for sentence in changes.sentences(journal, asHTML: false) {
                try document.paragraph([PDFRun(sentence)], indent: 14, mark: "•")
            }
            if let notes = journal.notes, !notes.isEmpty { try document.add(texts.document(notes, .plain)) }
        }
    }
}
