import ParleyModel

/// Writes the conditions of one statement over issues. Predicates have been prepared before: visibility and readability
/// are part of them.
final class IssueCompiler {
    /// The alias of the issues that are looked for.
    static let root = "i"

    let writer: StatementWriter
    let scope: ReadScope
    let catalog: QueryCatalog
    let preparation: PredicatePreparation
    /// Columns of the root that the statement reads.
    private(set) var columns: Set<String> = []
    /// Tables that stand before the statement.
    var tables: [String] = []

    var capabilities: SQLCapabilities { writer.capabilities }

    init(_ capabilities: SQLCapabilities, _ preparation: PredicatePreparation) {
        writer = StatementWriter(capabilities)
        self.preparation = preparation
        scope = preparation.scope
        catalog = preparation.catalog
    }

    /// Tables whose columns are written with a plus, which keeps SQLite from looking for them in the index it was told
    /// to use: with a list of trackers it would go into the index once for each of them.
    var shielded: Set<String> = [root]

    /// A column, noted if it is the root's.
    func column(_ alias: String, _ name: String) -> String {
        if alias == Self.root { columns.insert(name) }
        return shielded.contains(alias) && name != "id" ? "+\(alias).\(name)" : "\(alias).\(name)"
    }

    /// The condition of what an index is there for.
    func driving(_ leaf: Predicate<Resolved>, _ alias: String) throws -> String {
        let present = shielded
        shielded.remove(alias)
        defer { shielded = present }
        return try sql(leaf, alias)
    }

    func bind(_ number: Int64) throws -> String { try writer.bind(.integer(number)) }
    func bind(_ text: String) throws -> String { try writer.bind(.text(text)) }

    /// The condition for the issue of that alias. Null stands for false.
    func sql(_ predicate: Predicate<Resolved>, _ alias: String) throws -> String {
        switch predicate {
        case .all: return "TRUE"
        case .none: return "FALSE"
        case .and(let parts):
            return try writer.nested { StatementWriter.joined(try parts.map { try sql($0, alias) }, "AND") }
        case .or(let parts):
            return try writer.nested { StatementWriter.joined(try parts.map { try sql($0, alias) }, "OR") }
        case .not(.retired(.only)): return "\(column(alias, "retired")) IS NULL"
        case .not(let part): return try writer.nested { "(\(try sql(part, alias))) IS NOT TRUE" }
        case .isSet(let field): return try withCells(field, alias) { $0.isFilled }
        case .isGiven(let field): return try isGiven(field, alias)
        case .compare(let field, let comparison, let operand):
            let operand = try ValueCell(operand, writer)
            return try withCells(field, alias) { ValueCell.comparison($0, comparison, operand) }
        case .compareFields(let left, let comparison, let right):
            return try withCells(left, alias) { first in
                try withCells(right, alias) { second in ValueCell.comparison(first, comparison, second) }
            }
        // Written out, so that SQLite knows that a partial index will do.
        case .among(.builtin(.isPrivate), [.boolean(true)]): return "\(column(alias, "is_private")) = 1"
        case .among(.builtin(.isPrivate), [.boolean(false)]): return "\(column(alias, "is_private")) = 0"
        case .among(let field, let operands): return try among(field, operands, alias)
        case .within(let field, let from, let to): return try within(field, from, to, alias)
        case .text(let field, let match, let pattern, let caseSensitive):
            return try withCells(field, alias) { cell in
                guard cell.lanes.contains(.text) else { return nil }
                let match = try text(cell.text, match, pattern, caseSensitive: caseSensitive)
                return (cell.presence(.text) + [match]).joined(separator: " AND ")
            }
        case .textOrder(let field, let comparison, let text):
            let folded = TextFolding.fold(text)
            return try withCells(field, alias) { cell in
                guard cell.lanes.contains(.text) else { return nil }
                let term = "\(capabilities.folded(cell.text)) \(comparison.sql) \(try bind(folded))"
                return (cell.presence(.text) + [term]).joined(separator: " AND ")
            }
        case .search(let words, let mode, let columns): return try search(words, mode, columns, alias)
        case .person(let roles, let target): return try person(roles, target, alias)
        case .linked(let types, let direction, let target, let depth):
            return try writer.nested(levels: 3) { try linked(types, direction, target, depth, alias) }
        case .history(let history): return try writer.nested(levels: 3) { try happened(history, alias) }
        case .comment(let match, let patterns): return try posted(match, patterns, alias)
        case .file(let condition): return try files(alias) { try file(condition, $0) }
        case .inProject(let projects, let subtree):
            let trackers = catalog.trackers(of: catalog.projects(projects, subtree: subtree))
            return "\(column(alias, "tracker_id")) \(try writer.among(trackers))"
        case .tracker(let numbers): return "\(column(alias, "tracker_id")) \(try writer.among(numbers))"
        case .retired(.only): return "\(column(alias, "retired")) IS NOT NULL"
        case .retired(.included): return "TRUE"
        }
    }

    // MARK: Several operands

    private func within(_ field: FieldRef, _ from: Value?, _ to: Value?, _ alias: String) throws -> String {
        let from = try from.map { try ValueCell($0, writer) }
        let to = try to.map { try ValueCell($0, writer) }
        return try withCells(field, alias) { cell in
            var parts: [String] = []
            if let from {
                guard let part = ValueCell.comparison(cell, .greaterOrEqual, from) else { return nil }
                parts.append(part)
            }
            if let to {
                guard let part = ValueCell.comparison(cell, .less, to) else { return nil }
                parts.append(part)
            }
            if parts.isEmpty { return cell.isSum ? "TRUE" : cell.isFilled }
            return parts.joined(separator: " AND ")
        }
    }

    private func among(_ field: FieldRef, _ operands: [Value], _ alias: String) throws -> String {
        var references: [Int64] = []
        var integers: [Int64] = []
        var texts: [String] = []
        var others: [ValueCell] = []
        for operand in operands {
            switch operand {
            case .reference(let number): references.append(number)
            case .integer(let number), .duration(let number): integers.append(number)
            case .boolean(let flag): integers.append(flag ? 1 : 0)
            case .text(let text): if !text.isEmpty { texts.append(text) }
            default: others.append(try ValueCell(operand, writer))
            }
        }
        let ofReferences = references.isEmpty ? nil : try writer.among(references)
        let ofIntegers = integers.isEmpty ? nil : try writer.among(integers)
        let ofTexts = texts.isEmpty ? nil : try writer.among(texts)
        return try withCells(field, alias) { cell in
            var terms = others.compactMap { ValueCell.comparison(cell, .equal, $0) }
            func add(_ lane: ValueLane, _ list: String?) {
                guard let list, cell.lanes.contains(lane) else { return }
                let kind = cell.kind.map { ["\($0) \(lane.kinds)"] } ?? []
                terms.append((kind + ["\(cell.expression(lane)) \(list)"]).joined(separator: " AND "))
            }
            add(.reference, ofReferences)
            add(.integral, ofIntegers)
            add(.real, ofIntegers)
            add(.text, ofTexts)
            return terms.isEmpty ? nil : StatementWriter.joined(terms, "OR")
        }
    }

    // MARK: Texts

    /// Whether a text matches. It is not null and not empty.
    func text(_ expression: String, _ match: TextMatch, _ pattern: String, caseSensitive: Bool) throws -> String {
        if match == .regex {
            return "matches_pattern(\(expression), \(try bind(pattern)), \(caseSensitive ? 0 : 1))"
        }
        let subject = caseSensitive ? expression : capabilities.folded(expression)
        let pattern = caseSensitive ? pattern : TextFolding.fold(pattern)
        switch match {
        case .equals: return "\(subject) = \(try bind(pattern))"
        case .contains:
            let parameter = try bind(pattern)
            if caseSensitive { return "instr(\(expression), \(parameter)) > 0" }
            return capabilities.foldedContains(expression, parameter)
        case .prefix: return "instr(\(subject), \(try bind(pattern))) = 1"
        case .suffix:
            let count = pattern.unicodeScalars.count
            return count == 0 ? "TRUE" : "substr(\(subject), -\(count)) = \(try bind(pattern))"
        case .wildcard: return try wildcard(expression, subject, pattern, caseSensitive)
        case .regex: return "FALSE"
        }
    }

    private func wildcard(
        _ expression: String, _ subject: String, _ pattern: String, _ caseSensitive: Bool
    ) throws -> String {
        guard pattern.utf8.count <= QueryLimits.patternLength else { throw QueryFault.tooComplex }
        var glob = String.UnicodeScalarView()
        for scalar in pattern.unicodeScalars {
            switch scalar {
            case "*" where glob.last == "*": break
            case "[": glob.append(contentsOf: "[[]".unicodeScalars)
            default: glob.append(scalar)
            }
        }
        let inner = pattern.unicodeScalars.drop { $0 == "*" }
        let core = String(String.UnicodeScalarView(inner.reversed().drop { $0 == "*" }.reversed()))
        if !core.unicodeScalars.contains(where: { $0 == "*" || $0 == "?" }) {
            let opens = pattern.unicodeScalars.first == "*"
            let closes = pattern.unicodeScalars.last == "*"
            let simple: TextMatch = opens ? (closes ? .contains : .suffix) : (closes ? .prefix : .equals)
            return try text(expression, simple, core, caseSensitive: caseSensitive)
        }
        return "\(subject) GLOB \(try bind(String(glob)))"
    }
}
