extension IssueEvaluator {
    /// What an issue is sorted by.
    private enum SortValue {
        case number(Double)
        case text(String)
        case position(SortPosition)
    }

    /// Whether one issue stands before another.
    func precedes(_ left: IssueRecord, _ right: IssueRecord, _ order: [SortKey<Resolved>]) -> Bool {
        for key in order {
            if key.reference == .builtin(.parent) {
                let (a, b) = (treePlace(left), treePlace(right))
                if a.root != b.root { return key.descending ? a.root > b.root : a.root < b.root }
                if a.path != b.path { return a.path.lexicographicallyPrecedes(b.path) }
                continue
            }
            let (a, b) = (sortValue(left, key), sortValue(right, key))
            let unsetFirst = key.unsetFirst ?? !key.descending
            switch (a, b) {
            case (nil, nil): continue
            case (nil, _): return unsetFirst
            case (_, nil): return !unsetFirst
            case (let a?, let b?):
                let order = compare(a, b)
                if order != 0 { return key.descending ? order > 0 : order < 0 }
            }
        }
        let descending = order.last?.descending ?? true
        return descending ? left.issue.id > right.issue.id : left.issue.id < right.issue.id
    }

    /// The root of an issue's tree, and the hierarchy's links that lead from there to it.
    private func treePlace(_ record: IssueRecord) -> (root: Int64, path: [Int64]) {
        guard record.issue.parent != nil, isReadable(BuiltinField.parent.id, record) else {
            return (record.issue.id.rawValue, [])
        }
        var path: [Int64] = []
        var next = record.issue
        for _ in 0..<64 {
            guard let parent = next.parent, let above = world.issues[parent]?.issue else { break }
            let links = world.links.filter {
                $0.type == .hierarchy && $0.from == parent && $0.target == .issue(next.id)
            }
            path.insert(links.map(\.id.rawValue).max() ?? 0, at: 0)
            next = above
        }
        return (next.id.rawValue, path)
    }

    private func compare(_ left: SortValue, _ right: SortValue) -> Int {
        switch (left, right) {
        case (.number(let a), .number(let b)): return a < b ? -1 : (a > b ? 1 : 0)
        case (.text(let a), .text(let b)): return ValueRules.octetOrder(a, b)
        case (.position(let a), .position(let b)):
            if a.rank != b.rank { return a.rank < b.rank ? -1 : 1 }
            return ValueRules.octetOrder(TextRules.fold(a.name), TextRules.fold(b.name))
        default: return 0
        }
    }

    /// Of several values the least counts when ascending, the greatest when descending.
    private func sortValue(_ record: IssueRecord, _ key: SortKey<Resolved>) -> SortValue? {
        if let places = key.places {
            let own = values(of: key.reference, record).compactMap { $0.referenceID.flatMap { places.places[$0] } }
            return ((key.descending ? own.max() : own.min()) ?? places.ofUnset).map { .number(Double($0)) }
        }
        if key.reference == .builtin(.priority) {
            guard isReadable(BuiltinField.priority.id, record) else { return nil }
            return .number(Double(record.issue.priorityNumber))
        }
        let values = values(of: key.reference, record).compactMap { sortValue($0, key.reference) }
        if values.isEmpty, key.unsetFirst == nil, key.reference == .builtin(.version) {
            return .position(SortPosition(rank: Version.undatedRank, name: ""))
        }
        let ascending = values.sorted { compare($0, $1) < 0 }
        return key.descending ? ascending.last : ascending.first
    }

    private func sortValue(_ value: Value, _ reference: FieldRef) -> SortValue? {
        guard ValueRules.isFilled(value), let type = type(reference) else { return nil }
        switch value {
        case .text(let text) where type == .boolean: return .text(text)
        case .boolean(let flag) where type == .boolean: return .text(flag ? "1" : "0")
        case .text(let text): return type.isText ? .text(TextRules.fold(text)) : nil
        case .date, .instant:
            guard (type == .date) == value.isDate, type == .date || type == .instant else { return nil }
            return value.magnitude.map { .number($0) }
        case .integer, .number, .boolean, .duration, .spelled:
            guard [.integer, .number, .duration].contains(type) else { return nil }
            return value.magnitude.map { .number($0) }
        case .reference(let number): return position(number, type, reference)
        }
    }

    private func position(_ number: Int64, _ type: FieldType, _ reference: FieldRef) -> SortValue? {
        if type == .list || type == .openList {
            guard case .field(let field) = reference else { return nil }
            let index = world.catalog.listOrder[field]?.firstIndex { $0.rawValue == number }
            return index.map { .number(Double($0)) }
        }
        if let recordClass = type.recordClass {
            return world.positions[recordClass]?[number].map { .position($0) }
        }
        return type == .issue ? .number(Double(number)) : nil
    }

    private func type(_ reference: FieldRef) -> FieldType? {
        switch reference {
        case .attribute: return .text
        case .aggregate: return .duration
        case .field(let id):
            guard let builtin = BuiltinField(id) else { return world.catalog.fieldTypes[id] }
            return builtin == .posts || builtin == .links || builtin == .files ? nil : builtin.type
        }
    }
}

extension Value {
    fileprivate var isDate: Bool {
        if case .date = self { return true }
        return false
    }
}

extension FieldType {
    /// The reference data that its values are numbers of; nil for lists, issues, files and what is no reference.
    public var recordClass: RecordClass? {
        switch self {
        case .status: .status
        case .priority: .priority
        case .type: .issueType
        case .category: .category
        case .version: .version
        case .label: .label
        case .principal: .principal
        case .project: .project
        case .tracker: .tool
        default: nil
        }
    }
}
