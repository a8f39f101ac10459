import ParleyModel
import ParleyService

/// By what a list of tickets is ordered.
struct TicketOrder {
    let catalog: Catalog
    /// Columns of RT's tickets that have no other name as a field.
    private static let columns: Set<String> = ["ismerged", "sla", "type"]

    /// The keys of `orderby`: a field, perhaps with `+` or `-` before it.
    /// - Returns: nil for a field that there is not: nothing is found then.
    func keys(_ text: String?) -> [SortKey<Parsed>]? {
        let byNumber = SortKey<Parsed>(.builtin(.id))
        guard var name = text?[...], !name.isEmpty else { return [byNumber] }
        let isDescending = name.first == "-"
        // A plus that was not encoded has become a blank.
        if let first = name.first, "+- ".contains(first) { name.removeFirst() }
        guard !name.isEmpty else { return [byNumber] }
        switch key(String(name), isDescending) {
        case .none: return nil
        case .unordered: return [byNumber]
        case .by(let key): return key.reference == .builtin(.id) ? [key] : [key, byNumber]
        }
    }

    private enum Found {
        case none, unordered
        case by(SortKey<Parsed>)
    }

    private func key(_ name: String, _ descending: Bool) -> Found {
        let parts = name.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let field = TicketField.named(parts[0]) else {
            if TicketOrder.columns.contains(name.lowercased()) { return .unordered }
            let isWord = name.utf8.allSatisfy { DateCursor.isDigit($0) || DateCursor.isLetter($0 | 0x20) || $0 == 0x5F }
            return isWord ? .none : .unordered
        }
        if parts.count > 1 { return part(field, parts[1], descending) }
        func by(_ name: FieldName) -> Found { .by(SortKey(name, descending: descending)) }
        switch field.kind {
        case .id: return by(.builtin(.id))
        case .text: return by(.builtin(.title))
        case .number(let name, _): return by(name)
        case .date(let date): return by(.builtin(date))
        case .serviceLevel, .kind: return .unordered
        case .status:
            return places(
                .builtin(.status), catalog.records.statuses.values.map { ($0.id.rawValue, $0.name) }, descending)
        case .queue:
            return places(
                .builtin(.project), catalog.records.projects.values.map { ($0.id.rawValue, $0.name) }, descending)
        case .person(.updatedBy): return people(.builtin(.updatedBy), "Name", descending)
        case .person: return people(.builtin(.author), "Name", descending)
        case .watchers([.assignee]): return people(.builtin(.assignee), "Name", descending)
        default: return .none
        }
    }

    /// `Requestor.EmailAddress`, `CF.{Name}`.
    private func part(_ field: TicketField, _ part: String, _ descending: Bool) -> Found {
        switch field.kind {
        case .custom:
            let name = part.hasPrefix("{") && part.hasSuffix("}") ? part.dropFirst().dropLast() : part[...]
            let folded = TextRules.fold(String(name.split(separator: "{").last.map { $0.prefix { $0 != "}" } } ?? name))
            let fields = catalog.customFields.filter { TextRules.fold($0.name) == folded }
            return fields.first.map { .by(SortKey(.custom($0.id.rawValue), descending: descending)) } ?? .none
        case .watchers(let roles):
            guard UserColumns.names.contains(part.lowercased()) else { return .none }
            if roles == [.assignee] { return people(.builtin(.assignee), part, descending) }
            guard case .participant(let role)? = roles.first else { return .unordered }
            return people(.builtin(role.field), part, descending)
        default: return .unordered
        }
    }

    private func people(_ name: FieldName, _ column: String, _ descending: Bool) -> Found {
        let users = catalog.records.users.values.filter { $0.stamp.retired == nil }.map { user in
            (user.id.rawValue, UserColumns.text(column, of: user))
        }
        let nobody = name == .builtin(.assignee) && column.lowercased() == "name" ? "Nobody" : nil
        return places(name, users, descending, ofUnset: nobody)
    }

    /// References in the order of texts, without case.
    private func places(
        _ name: FieldName, _ texts: [(Int64, String)], _ descending: Bool, ofUnset unset: String? = nil
    ) -> Found {
        let folded = texts.prefix(Int(SortPlaces.limit) - 2).map { ($0.0, TextRules.fold($0.1)) }
        let own = unset.map { TextRules.fold($0) }
        let texts = Set(folded.map(\.1) + (own.map { [$0] } ?? []))
        let order = texts.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        let ranks = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1, Int64($0)) })
        let places = Dictionary(folded.map { ($0.0, ranks[$0.1] ?? 0) }) { first, _ in first }
        return .by(
            SortKey(name, by: SortPlaces(places, ofUnset: own.flatMap { ranks[$0] }), descending: descending))
    }
}
