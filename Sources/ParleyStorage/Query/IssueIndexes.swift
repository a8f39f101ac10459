import ParleyModel

/// The indexes of the issue table that statements are told to use. A test holds them against the schema.
enum IssueIndexes {
    /// Columns of an index that answer conditions without the row.
    static let columns: [String: Set<String>] = [
        byID: common.union(["priority_number"]),
        byTracker: common,
        byUpdated: common.union(["updated"]),
        byCreated: common.union(["created"]),
        byPriority: common.union(["priority_number"]),
        byPriorityUpdated: common.union(["priority_number", "updated"]),
        byAssignee: common,
        byAuthor: common,
        special: common,
    ]

    static let byID = "issue_by_id"
    static let byTracker = "issue_by_tracker"
    static let byUpdated = "issue_by_updated"
    static let byCreated = "issue_by_created"
    static let byPriority = "issue_by_priority"
    static let byPriorityUpdated = "issue_by_priority_updated"
    static let byAssignee = "issue_by_assignee"
    static let byAuthor = "issue_by_author"
    /// Private issues.
    static let special = "issue_private"
    static let restricted = "issue_restricted"
    static let hidden = "issue_hidden"
    static let byVersion = "issue_by_version"
    static let byCategory = "issue_by_category"
    static let byParent = "issue_by_parent"
    static let byDue = "issue_by_due"
    static let number = "issue_number"

    private static let common: Set<String> = [
        "id", "tracker_id", "status_id", "type_id", "is_private", "is_restricted", "author_id", "assignee_id", "hidden",
    ]

    /// Whether a condition is one of plain columns of an index.
    static func answers(_ predicate: Predicate<Resolved>, _ columns: Set<String>) -> Bool {
        func isThere(_ field: FieldRef) -> Bool {
            guard case .field(let id) = field, let builtin = BuiltinField(id) else { return false }
            return IssueCompiler.columnNames[builtin].map(columns.contains) ?? false
        }
        switch predicate {
        case .and(let parts), .or(let parts): return parts.allSatisfy { answers($0, columns) }
        case .not(let part): return answers(part, columns)
        case .tracker: return true
        case .among(let field, _), .isSet(let field): return isThere(field)
        case .person(let roles, let target): return target != .nobody && roles.isSubset(of: [.author, .assignee])
        default: return false
        }
    }

    /// The index that has the issues in the order of the first key; nil where none has. `isWhole` tells whether it has
    /// them in the order of all keys.
    static func ordered(by keys: [SortKey<Resolved>]) -> (index: String, isWhole: Bool)? {
        guard let key = keys.first else { return (byID, true) }
        if key.places != nil { return nil }
        // The number follows every key in every index.
        let last = keys.dropFirst()
        let isWhole =
            last.isEmpty || key.reference == .builtin(.id)
            || (last.count == 1 && last.first?.reference == .builtin(.id) && last.first?.descending == key.descending)
        if isByPriorityAndUpdate(keys) { return (byPriorityUpdated, true) }
        switch key.reference {
        case .builtin(.id): return (byID, isWhole)
        case .builtin(.updated): return (byUpdated, isWhole)
        case .builtin(.created): return (byCreated, isWhole)
        case .builtin(.priority), .builtin(.priorityNumber): return (byPriority, isWhole)
        default: return nil
        }
    }

    /// The order of a personal list in many clients: most urgent first, then what moved last.
    private static func isByPriorityAndUpdate(_ keys: [SortKey<Resolved>]) -> Bool {
        guard keys.count >= 2, keys.allSatisfy({ $0.descending == keys[0].descending }) else { return false }
        let first = keys[0].reference
        guard first == .builtin(.priority) || first == .builtin(.priorityNumber) else { return false }
        return keys[1].reference == .builtin(.updated)
            && (keys.count == 2 || (keys.count == 3 && keys[2].reference == .builtin(.id)))
    }

    /// Whether a sort key is a column that is always there.
    static func isNeverUnset(_ field: FieldRef) -> Bool {
        switch field {
        case .builtin(.id), .builtin(.updated), .builtin(.created), .builtin(.priority), .builtin(.priorityNumber): true
        default: false
        }
    }

    /// The index that finds the issues of a leaf; nil where none does. With hidden issues only some are of use.
    static func finding(_ leaf: Predicate<Resolved>, hidden: Bool) -> String? {
        if case .among(let field, let operands) = leaf, field != .builtin(.isPrivate),
            operands.isEmpty || operands.contains(where: { $0.referenceID == nil })
        {
            return nil
        }
        let anyway: String? =
            switch leaf {
            case .among(.builtin(.version), _): byVersion
            case .among(.builtin(.category), _): byCategory
            case .among(.builtin(.parent), _): byParent
            case .tracker: hidden ? number : byTracker
            default: nil
            }
        if anyway != nil || hidden { return anyway }
        switch leaf {
        case .among(.builtin(.assignee), _): return byAssignee
        case .among(.builtin(.author), _): return byAuthor
        case .person(let roles, let target):
            guard target != .nobody else { return nil }
            if roles == [.assignee] { return byAssignee }
            return roles == [.author] ? byAuthor : nil
        case .among(.builtin(.isPrivate), [.boolean(true)]): return special
        case .isSet(.builtin(.restrictedTo)): return restricted
        case .compare(let field, _, let operand): return range(field, operand)
        case .within(let field, let from, let to): return range(field, from ?? to)
        default: return nil
        }
    }

    private static func range(_ field: FieldRef, _ operand: Value?) -> String? {
        guard let operand else { return nil }
        switch (field, operand) {
        case (.builtin(.updated), .instant), (.builtin(.updated), .date): return byUpdated
        case (.builtin(.created), .instant), (.builtin(.created), .date): return byCreated
        case (.builtin(.dueDate), .date(let date)): return date.secondOfDay == nil ? byDue : nil
        default: return nil
        }
    }
}

/// Lets a builtin stand in a pattern.
func ~= (pattern: FieldRef, value: FieldRef) -> Bool { pattern == value }
