import ParleyHTTP
import ParleyMarkup
import ParleyModel
import ParleyService

/// An issue's journals as sentences in English.
struct ChangeTexts {
    let reader: Reader
    let view: IssueView
    let journals: [Journal]
    private let baseURL: String

    /// - Parameter view: with its files.
    init(_ reader: Reader, _ view: IssueView, baseURL: String) throws {
        self.reader = reader
        self.view = view
        self.baseURL = baseURL
        let history = try reader.history(of: view.issue)
        journals = JournalRendering(
            reader.catalog, files: view.files, hidden: try JournalRendering.unseen(in: history, reader)
        ).journals(history)
    }

    private var catalog: Catalog { reader.catalog }

    /// One for each detail; values that a multiple field gained, and those it lost, are told together.
    func sentences(_ journal: Journal, asHTML: Bool) -> [String] {
        merged(journal.details).map { Sentence(self, $0, asHTML).text }
    }

    private func merged(_ details: [JournalDetail]) -> [JournalDetail] {
        var result: [JournalDetail] = []
        for detail in details {
            let isPart = detail.property == "cf" && isMultiple(detail.name)
            let known = result.firstIndex {
                $0.property == "cf" && $0.name == detail.name && ($0.new == nil) == (detail.new == nil)
            }
            guard isPart, let known else {
                result.append(detail)
                continue
            }
            result[known].old = ChangeTexts.joined(result[known].old, detail.old)
            result[known].new = ChangeTexts.joined(result[known].new, detail.new)
        }
        return result
    }

    private static func joined(_ left: String?, _ right: String?) -> String? {
        guard let left, let right else { return left ?? right }
        return "\(left), \(right)"
    }

    private func field(_ name: String) -> Field? { Int64(name).flatMap { catalog.records.fields[FieldID($0)] } }

    private func isMultiple(_ name: String) -> Bool { field(name)?.multiple ?? false }

    /// A detail's sentence.
    private struct Sentence {
        let texts: ChangeTexts
        let detail: JournalDetail
        let asHTML: Bool

        init(_ texts: ChangeTexts, _ detail: JournalDetail, _ asHTML: Bool) {
            self.texts = texts
            self.detail = detail
            self.asHTML = asHTML
        }

        private var catalog: Catalog { texts.catalog }

        private func marked(_ text: String, _ element: String) -> String {
            asHTML ? "<\(element)>\(MarkupHTML.escaped(text))</\(element)>" : text
        }

        private func gone(_ text: String) -> String {
            asHTML ? "<del><i>\(MarkupHTML.escaped(text))</i></del>" : text
        }

        var text: String {
            let label = marked(name, "strong")
            if detail.property == "attr", detail.name == "description" { return "\(label) updated" }
            let isNew = (detail.old ?? "").isEmpty
            guard let new = detail.new, !new.isEmpty else { return "\(label) deleted (\(gone(value(detail.old))))" }
            if isNew { return isAdded ? "\(label) \(shown(new)) added" : "\(label) set to \(shown(new))" }
            return "\(label) changed from \(shown(detail.old)) to \(shown(new))"
        }

        private func shown(_ text: String?) -> String {
            if detail.property == "attachment", asHTML, let number = Int64(detail.name),
                texts.view.files.contains(where: { $0.file.id == FileID(number) })
            {
                let address = "\(texts.baseURL)/attachments/download/\(number)/\(PercentEncoding.encode(text ?? ""))"
                return "<a href=\"\(address)\">\(MarkupHTML.escaped(text ?? ""))</a>"
            }
            return marked(value(text), "i")
        }

        private var isAdded: Bool {
            switch detail.property {
            case "attachment", "relation": true
            case "cf": texts.isMultiple(detail.name)
            default: detail.name == "child_id"
            }
        }

        /// What has changed.
        private var name: String {
            switch detail.property {
            case "attachment": "File"
            case "relation": RelationTexts.labels.first { $0.kind == detail.name }?.label ?? detail.name
            case "cf": texts.field(detail.name)?.name ?? detail.name
            default:
                detail.name == "child_id"
                    ? "Subtask" : Sentence.labels[detail.name].map(Messages.label) ?? detail.name
            }
        }

        private static let labels: [String: BuiltinField] = [
            "subject": .title, "description": .description, "status_id": .status, "tracker_id": .type,
            "priority_id": .priority, "assigned_to_id": .assignee, "category_id": .category,
            "fixed_version_id": .version, "project_id": .project, "parent_id": .parent, "start_date": .startDate,
            "due_date": .dueDate, "done_ratio": .progress, "estimated_hours": .estimate, "is_private": .isPrivate,
        ]

        /// A value by name.
        private func value(_ text: String?) -> String {
            guard let text, !text.isEmpty else { return "" }
            switch detail.property {
            case "attachment": return text
            case "relation": return issue(text)
            case "cf": return custom(text)
            default: return attribute(text)
            }
        }

        private func attribute(_ text: String) -> String {
            let number = Int64(text) ?? 0
            let records = catalog.records
            let known: String? =
                switch detail.name {
                case "status_id": records.statuses[StatusID(number)]?.name
                case "tracker_id": records.types[IssueTypeID(number)]?.name
                case "priority_id": records.priorities[PriorityID(number)]?.name
                case "assigned_to_id": catalog.name(of: PrincipalID(number))
                case "category_id": records.categories[CategoryID(number)]?.name
                case "fixed_version_id": records.versions[VersionID(number)]?.name
                case "project_id": records.projects[ProjectID(number)].flatMap {
                    texts.reader.access.sees($0) ? $0.name : nil
                }
                case "parent_id", "child_id": "#\(text)"
                case "start_date", "due_date": Sentence.day(text)
                case "estimated_hours": Double(text).map { CellText.decimal($0) }
                case "is_private": CellText.flag(text == "1")
                default: text
                }
            return known ?? text
        }

        /// Texts of several values have commas between them; each is named by itself.
        private func custom(_ text: String) -> String {
            guard let field = texts.field(detail.name) else { return text }
            return text.split(separator: ",", omittingEmptySubsequences: false).map { part in
                let part = Spelling.trimmed(String(part))
                switch field.type {
                case .boolean: return CellText.flag(part == "1")
                case .date: return Sentence.day(part) ?? part
                case .principal: return Int64(part).flatMap { catalog.name(of: PrincipalID($0)) } ?? part
                case .version: return Int64(part).flatMap { catalog.records.versions[VersionID($0)]?.name } ?? part
                default: return part
                }
            }.joined(separator: field.type.isText ? "," : ", ")
        }

        private static func day(_ text: String) -> String? { CivilDate(iso8601: text).map { CellText.day($0) } }

        private func issue(_ text: String) -> String {
            guard let number = Int64(text), let found = try? texts.reader.issue(IssueID(number)).issue else {
                return "#\(text)"
            }
            return TextRendering(texts.reader, baseURL: texts.baseURL).shortTitle(of: found)
        }
    }
}

/// What happened lately, over many issues.
struct RecentChanges {
    struct Found {
        var journal: Journal
        var texts: ChangeTexts
    }

    let reader: Reader
    let baseURL: String

    /// Issues that are looked through at most; those changed last are looked at first.
    private static let issueLimit = 400
    private static let pageLength = 40

    init(_ reader: Reader, baseURL: String) {
        self.reader = reader
        self.baseURL = baseURL
    }

    /// The newest journals of issues, newest first. An issue is as new as its newest journal, so no more issues are
    /// read than may have one of these.
    func newest(
        _ count: Int, of predicate: Predicate<Parsed>, where isWanted: (Journal, Issue) -> Bool
    ) throws -> [Found] {
        var found: [Found] = []
        var query = Query<Parsed>(
            predicate, order: [SortKey(.builtin(.updated), descending: true), SortKey(.builtin(.id), descending: true)],
            projection: [.files])
        query.wantsTotal = false
        for offset in stride(from: 0, to: RecentChanges.issueLimit, by: RecentChanges.pageLength) {
            query.page = QueryPage(offset: offset, limit: RecentChanges.pageLength)
            let views = try reader.issues(query).issues
            for view in views {
                let texts = try ChangeTexts(reader, view, baseURL: baseURL)
                found += texts.journals.filter { isWanted($0, view.issue) }.map { Found(journal: $0, texts: texts) }
            }
            found.sort { ($0.journal.created, $0.journal.id) > ($1.journal.created, $1.journal.id) }
            found = Array(found.prefix(count))
            guard views.count == RecentChanges.pageLength, let last = views.last else { break }
            if found.count == count, let oldest = found.last, oldest.journal.created >= last.issue.updated { break }
        }
        return found
    }
}
