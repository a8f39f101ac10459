import ParleyModel
import ParleyStorage

extension Workspace {
    /// How many problems are told before the check gives up.
    public static let checkLimit = 1000

    /// Verifies everything that can be: the engine's own integrity and foreign keys, history against state, counters
    /// against
    /// counts, blobs against rows, references against reference data. Empty when all is well.
    /// - Parameter blobContents: also reads every blob and compares its hash.
    public func check(blobContents: Bool = true) async throws -> [String] {
        var problems = try await engine.integrityProblems()
        problems += try await engine.read(deadlineMilliseconds: 0) { connection in
            guard let records = try CatalogRecords.load(from: connection) else { return ["there are no settings"] }
            let check = WorkspaceCheck(connection: connection, records: records)
            return try check.counters() + check.references() + check.sequences() + check.histories()
        }
        problems += try await checkBlobs(contents: blobContents)
        return problems
    }

    private func checkBlobs(contents: Bool) async throws -> [String] {
        let rows = try await engine.read(deadlineMilliseconds: 0) { connection in
            try connection.all("SELECT id, blob, size FROM file WHERE blob IS NOT NULL AND retired IS NULL", []) {
                (id: $0.integer(0), blob: $0.text(1), size: $0.integer(2))
            }
        }
        var problems: [String] = []
        var seen: Set<String> = []
        for row in rows {
            guard let hash = BlobHash(row.blob) else {
                problems.append("file \(row.id): \(row.blob) is no hash")
                continue
            }
            do {
                let size = try blobs.size(hash)
                if size != row.size {
                    let stored = size.map { "\($0)" } ?? "no"
                    problems.append("file \(row.id): \(stored) octets stored, \(row.size) expected")
                }
                if contents, seen.insert(row.blob).inserted, !(try blobs.verify(hash)) {
                    problems.append("file \(row.id): the blob's octets do not give its hash")
                }
            } catch {
                problems.append("file \(row.id): blob \(row.blob): \(error)")
            }
        }
        return problems
    }
}

/// The parts of the check that look at one snapshot.
struct WorkspaceCheck {
    let connection: any SQLConnection
    let records: CatalogRecords

    /// Stored counters against what is there.
    func counters() throws -> [String] {
        try connection.all(
            """
            SELECT tracker_id, type_id, status_id, is_private, SUM(stored), SUM(counted) FROM (
              SELECT tracker_id, type_id, status_id, is_private, count AS stored, 0 AS counted FROM issue_counter
              UNION ALL SELECT tracker_id, type_id, status_id, is_private, 0, COUNT(*) FROM issue WHERE hidden = 0
                GROUP BY tracker_id, type_id, status_id, is_private)
            GROUP BY tracker_id, type_id, status_id, is_private HAVING SUM(stored) <> SUM(counted)
            """, []
        ) { row in
            "counter of tracker \(row.integer(0)), type \(row.integer(1)), status \(row.integer(2)), "
                + "private \(row.integer(3)): "
                + "\(row.integer(4)) stored, \(row.integer(5)) counted"
        }
    }

    /// Numbers that name reference data which is not there.
    func references() throws -> [String] {
        var problems: [String] = []
        let people = Set(records.users.keys.map(\.rawValue)).union(records.groups.keys.map(\.rawValue))
        func dangling(_ table: String, _ column: String, _ known: Set<Int64>) throws {
            let used = try connection.all("SELECT DISTINCT \(column) FROM \(table) WHERE \(column) IS NOT NULL", []) {
                $0.integer(0)
            }
            problems += used.filter { !known.contains($0) }.map { "\(table).\(column): there is no \($0)" }
        }
        func keys<R>(_ table: [Identifier<R>: R]) -> Set<Int64> { Set(table.keys.map(\.rawValue)) }
        try dangling("issue", "tracker_id", keys(records.tools))
        try dangling("issue", "project_id", keys(records.projects))
        try dangling("issue", "type_id", keys(records.types))
        try dangling("issue", "status_id", keys(records.statuses))
        try dangling("issue", "priority_id", keys(records.priorities))
        try dangling("issue", "category_id", keys(records.categories))
        try dangling("issue", "version_id", keys(records.versions))
        for column in ["author_id", "assignee_id", "updated_by"] { try dangling("issue", column, people) }
        try dangling("participant", "principal_id", people)
        try dangling("issue_label", "label_id", keys(records.labels))
        try dangling("field_value", "field_id", keys(records.fields))
        try dangling("link", "type_id", keys(records.linkTypes))
        try dangling("changeset", "author_id", people)
        try dangling("post", "author_id", people)
        try dangling("time_entry", "user_id", people)
        try dangling("credential", "user_id", people)
        try dangling("page", "tool_id", keys(records.tools))
        try dangling("article", "tool_id", keys(records.tools))
        try dangling("topic", "forum_id", keys(records.forums))
        return problems
    }

    /// No number is above its sequence: else it would be given again.
    func sequences() throws -> [String] {
        try [
            "issue", "post", "file", "file_link", "link", "changeset", "entry", "time_entry", "page", "article",
            "topic",
        ].compactMap { table in
            let highest = try connection.first("SELECT MAX(id) FROM \(table)", []) { $0.optionalInteger(0) } ?? nil
            guard let highest, highest > (try RecordRows.last(table, on: connection) ?? 0) else { return nil }
            return "\(table): number \(highest) is above its sequence"
        }
    }

    /// Replay of history against stored state, issue by issue.
    func histories() throws -> [String] {
        var problems: [String] = []
        var last: Int64 = 0
        while problems.count < Workspace.checkLimit {
            let page = try connection.all("SELECT id FROM issue WHERE id > ?1 ORDER BY id LIMIT 500", [.integer(last)])
            {
                IssueID($0.integer(0))
            }
            guard let end = page.last else { break }
            last = end.rawValue
            for id in page { problems += try history(of: id) }
        }
        return problems
    }

    private func history(of id: IssueID) throws -> [String] {
        guard let stored = try state(of: id) else { return [] }
        let changesets = try HistoryRows.changesets(of: id, on: connection)
        do {
            var replayed = try Replay.state(of: id, changesets)
            replayed.issue.opening = stored.issue.opening
            return differences(stored, replayed).map { "issue \(id): \($0)" }
        } catch {
            return ["issue \(id): its history cannot be replayed: \(error)"]
        }
    }

    private func state(of id: IssueID) throws -> IssueState? {
        guard let row = try IssueRows.issueWithText(id, on: connection) else { return nil }
        var state = IssueState(issue: row.issue)
        state.description = row.description
        state.participants = try IssueRows.participants(of: id, on: connection)
        state.labels = try IssueRows.labels(of: id, on: connection)
        state.values = try FieldValueRows.values(of: .issue, id.rawValue, on: connection)
        state.links = try IssueRows.links(of: id, on: connection)
        state.posts = try ContentRows.placements(in: .issue(id), on: connection).filter { !$0.isOpening }.map(\.post)
        state.files = try ContentRows.files(in: .issue(id), on: connection).map(\.link.id)
        return state
    }

    private func differences(_ stored: IssueState, _ replayed: IssueState) -> [String] {
        var result: [String] = []
        func compare<T: Equatable>(_ name: String, _ a: T, _ b: T) {
            if a != b { result.append("\(name) is \(a), its history says \(b)") }
        }
        for field in BuiltinField.allCases {
            let a = IssueFields.value(of: field, in: stored.issue)
            let b = IssueFields.value(of: field, in: replayed.issue)
            if field != .rank { compare("\(field)", a, b) }
        }
        compare("description", stored.description, replayed.description)
        compare("revision", stored.issue.revision, replayed.issue.revision)
        compare("retired", stored.issue.retired != nil, replayed.issue.retired != nil)
        compare("restriction", stored.issue.restrictedTo, replayed.issue.restrictedTo)
        compare(
            "participants", stored.participants.filter { !$0.value.isEmpty },
            replayed.participants.filter { !$0.value.isEmpty })
        compare("labels", stored.labels, replayed.labels)
        compare("values", stored.values.mapValues(Set.init), replayed.values.mapValues(Set.init))
        compare("links", Set(stored.links.map(\.id)), Set(replayed.links.map(\.id)))
        compare("posts", Set(stored.posts), Set(replayed.posts))
        compare("files", Set(stored.files), Set(replayed.files))
        return result
    }
}
