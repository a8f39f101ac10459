import ParleyModel
import ParleyService

/// Finds queues, users and groups by one condition, `Field OP value`.
struct ObjectSearch {
    /// Why nothing is looked for.
    struct Fault: Error {
        var words: String
        var isFailure = true
    }

    /// An object with the columns that it can be found by.
    private struct Candidate {
        var id: Int64
        var name: String
        var isDisabled: Bool
        /// Shown where nothing is asked.
        var isUsual: Bool
        var text: (String) -> String?
    }

    private let call: Call
    private let type: ObjectType

    init(_ call: Call, _ type: ObjectType) {
        self.call = call
        self.type = type
    }

    /// - Throws: `Fault`.
    func found(_ query: String, orderBy: String?) throws -> [(id: Int64, name: String)] {
        let condition = try condition(query)
        var found = candidates().filter { candidate in
            guard let condition else { return candidate.isUsual && !candidate.isDisabled }
            return holds(condition, candidate)
        }
        guard sort(&found, by: orderBy) else { return [] }
        return found.map { ($0.id, $0.name) }
    }

    // MARK: the condition

    private struct Condition {
        var column: String
        /// As written.
        var writtenColumn: String
        var operation: TicketOperator
        var value: String
    }

    /// - Returns: nil where nothing is asked.
    private func condition(_ query: String) throws -> Condition? {
        guard !query.isEmpty else { return nil }
        guard query.utf8.count <= 10_000 else { throw Fault(words: "The query is too long.") }
        let words = ShellWords.read(query)
        let operation = words.count > 1 ? words[1] : ""
        let names = operation.uppercased()
        guard let known = TicketOperator(rawValue: names), ObjectSearch.operators.contains(known) else {
            throw Fault(words: "Invalid operator specification: \(operation)")
        }
        guard columns.contains(words[0].lowercased()) else {
            throw Fault(words: "Invalid field specification: \(words[0])")
        }
        guard words.count > 2 else {
            throw Fault(words: "Invalid query specification: \(query)", isFailure: false)
        }
        return Condition(
            column: words[0].lowercased(), writtenColumn: words[0], operation: known, value: words[2])
    }

    private static let operators: Set<TicketOperator> = [
        .equal, .differs, .less, .lessOrEqual, .greater, .greaterOrEqual, .like, .notLike, .startsWith, .endsWith,
        .matches,
    ]

    private var columns: Set<String> {
        let always: Set<String> = ["id", "name", "creator", "created", "lastupdated", "lastupdatedby", "disabled"]
        switch type {
        case .queue:
            return always.union([
                "description", "correspondaddress", "commentaddress", "lifecycle", "sortorder", "sladisabled",
            ])
        case .user: return always.union(UserColumns.names)
        default: return always.union(["description", "domain", "instance"])
        }
    }

    private func holds(_ condition: Condition, _ candidate: Candidate) -> Bool {
        if condition.writtenColumn == "Disabled", condition.operation == .equal || type != .queue {
            let wantsDisabled = !["", "0"].contains(condition.value)
            return candidate.isDisabled == wantsDisabled
        }
        if candidate.isDisabled { return false }
        guard let text = candidate.text(condition.column) else { return condition.operation.isNegative }
        // What is empty is not there.
        if text.isEmpty, condition.operation != .differs { return false }
        let operation = condition.operation.positive
        if let own = Double(text), let other = Double(condition.value), operation.comparison != nil {
            return NumberRange(operation, other).contains(Int64(clamping: Int(own))) != condition.operation.isNegative
        }
        return TextTest(operation, condition.value).holds(text) != condition.operation.isNegative
    }

    // MARK: the objects

    private func candidates() -> [Candidate] {
        let access = call.access
        let records = call.catalog.records
        switch type {
        case .queue:
            return records.projects.values.compactMap { project in
                let isQueue = project.stamp.retired == nil && !call.catalog.trackers(of: project.id).isEmpty
                return isQueue && Names.isSeen(project, access) ? queue(project) : nil
            }
        case .user:
            return records.users.values.filter { ![.nobody, .system, .anonymous].contains($0.id) }.map { user($0) }
        default:
            guard call.actor.admin || access.allows("view", onClass: "group") else { return [] }
            return records.groups.values.filter { $0.project == nil }.map { group($0) }
        }
    }

    private func queue(_ project: Project) -> Candidate {
        let shown = QueueForm(project, call.access)
        let stamp = project.stamp
        return Candidate(
            id: project.id.rawValue, name: project.name, isDisabled: project.status != .active, isUsual: true
        ) { column in
            switch column {
            case "description": shown.text("Description")
            case "correspondaddress": shown.text("CorrespondAddress")
            case "commentaddress": shown.text("CommentAddress")
            case "lifecycle": "default"
            case "sortorder": "0"
            case "sladisabled": shown.text("SLADisabled")
            default: ObjectSearch.common(column, project.id.rawValue, project.name, project.status != .active, stamp)
            }
        }
    }

    private func user(_ user: User) -> Candidate {
        let name = UserColumns.text("name", of: user)
        let isDisabled = user.status == .locked || user.stamp.retired != nil
        return Candidate(
            id: user.id.rawValue, name: name, isDisabled: isDisabled, isUsual: user.privileged
        ) { column in
            let common = ObjectSearch.common(column, user.id.rawValue, name, isDisabled, user.stamp)
            return common ?? UserColumns.text(column, of: user)
        }
    }

    private func group(_ group: Group) -> Candidate {
        let isDisabled = group.stamp.retired != nil
        return Candidate(id: group.id.rawValue, name: group.name, isDisabled: isDisabled, isUsual: true) { column in
            switch column {
            case "description": group.description
            case "domain": "UserDefined"
            case "instance": "0"
            default: ObjectSearch.common(column, group.id.rawValue, group.name, isDisabled, group.stamp)
            }
        }
    }

    private static func common(
        _ column: String, _ id: Int64, _ name: String, _ isDisabled: Bool, _ stamp: Stamp
    ) -> String? {
        switch column {
        case "id": String(id)
        case "name": name
        case "disabled": isDisabled ? "1" : "0"
        case "creator": stamp.creator.description
        case "created": UserClock.sql(stamp.created)
        case "lastupdatedby": stamp.modifier.description
        case "lastupdated": UserClock.sql(stamp.modified)
        default: nil
        }
    }

    // MARK: the order

    /// - Returns: false for a column that there is not.
    private func sort(_ found: inout [Candidate], by text: String?) -> Bool {
        var name = text?[...] ?? ""
        let isDescending = name.first == "-"
        if let first = name.first, "+- ".contains(first) { name.removeFirst() }
        let column = name.isEmpty ? "name" : name.lowercased()
        guard columns.contains(column) else { return false }
        let isNumeric = column == "id"
        let keyed = found.map { candidate in
            (candidate, TextRules.fold(candidate.text(column) ?? ""))
        }
        found = keyed.sorted { left, right in
            if isNumeric || left.1 == right.1 {
                return isNumeric && isDescending ? left.0.id > right.0.id : left.0.id < right.0.id
            }
            return (left.1 < right.1) != isDescending
        }.map(\.0)
        return true
    }
}

/// Words of a line as a shell parts them: at blanks, but for what stands in quotes.
enum ShellWords {
    /// - Returns: nothing for a line with an open quote.
    static func read(_ line: String) -> [String] {
        var words: [String] = []
        var word: String?
        var quote: Character?
        var isEscaped = false
        for character in line {
            if isEscaped {
                // In double quotes a backslash escapes what has a meaning there.
                if quote == "\"", character != "\"", character != "\\" { word = (word ?? "") + "\\" }
                word = (word ?? "") + String(character)
                isEscaped = false
            } else if character == "\\", quote != "'" {
                isEscaped = true
            } else if character == quote {
                quote = nil
            } else if quote == nil, character == "'" || character == "\"" {
                quote = character
                word = word ?? ""
            } else if quote == nil, character.isWhitespace {
                if let done = word { words.append(done) }
                word = nil
            } else {
                word = (word ?? "") + String(character)
            }
        }
        if quote != nil { return [] }
        return word.map { words + [$0] } ?? words
    }
}
