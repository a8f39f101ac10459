import ParleyModel
import ParleyStorage

/// Links between issues: relations, parents, merging.
extension ChangeEngine {
    /// How far a search for a loop goes before the link is refused.
    private static let loopLimit = 10_000

    private func linkType(_ name: ParsedName) -> LinkType? {
        switch name {
        case .number(let number): catalog.records.linkTypes[LinkTypeID(number)]
        case .text(let text): catalog.linkTypes.first { $0.name == text }
        default: nil
        }
    }

    private func mayLink(_ type: LinkType) throws -> Bool {
        if isTrusted { return true }
        if type.effect == .hierarchy { return try mayEdit() && (edit.isNew || allows(.manageSubtasks)) }
        return try allows(.manageIssueRelations)
    }

    mutating func link(_ name: ParsedName, _ direction: LinkDirection, _ target: Link.Target, delay: Int64?) throws {
        guard let type = linkType(name) else { return reject(.links, .unknown) }
        guard try mayLink(type) else { return reject(.links, .notPermitted) }
        guard let rule = try addLink(type, direction, target, delay: delay) else { return }
        reject(.links, rule)
    }

    /// Adds a link; the rule that forbids it, or nil.
    private mutating func addLink(
        _ type: LinkType, _ direction: LinkDirection, _ target: Link.Target, delay: Int64?
    ) throws -> Problem.Rule? {
        let id = edit.issue.id
        var from = id
        var end = target
        if case .issue(let other) = target {
            guard other != id else { return .invalid }
            guard let there = try IssueRows.issue(other, on: connection),
                try isTrusted || transaction.reader.sees(there)
            else {
                return .required
            }
            let existing = try IssueRows.links(of: id, on: connection) + pendingLinks
            let same = existing.contains { link in
                (link.from == id && link.target == .issue(other)) || (link.from == other && link.target == .issue(id))
            }
            if same, existing.contains(where: { $0.type == type.id && ChangeEngine.joins($0, id, other) }) {
                return .taken
            }
            if direction == .reverse {
                from = other
                end = .issue(id)
            }
            if try closesLoop(type, from: from, to: end) { return .circular }
        }
        var link = Link(
            id: try transaction.next("link"), type: type.id, from: from, target: end, created: now, creator: author)
        link.delay = delay
        link.isPrimary = type.effect == .hierarchy && direction == .reverse && edit.issue.parent == nil
        pendingLinks.append(link)
        note(link, kind: .linked)
        if link.isPrimary, case .issue(let parent) = target {
            edit.issue.parent = parent
            edit.parentChanged = true
        }
        return nil
    }

    private static func joins(_ link: Link, _ a: IssueID, _ b: IssueID) -> Bool {
        (link.from == a && link.target == .issue(b)) || (link.from == b && link.target == .issue(a))
    }

    /// Whether a link of a type that has an order would close a loop.
    private func closesLoop(_ type: LinkType, from: IssueID, to end: Link.Target) throws -> Bool {
        guard type.effect == .hierarchy || type.effect == .blocks || type.effect == .precedes,
            case .issue(let target) = end
        else { return false }
        var seen: Set<IssueID> = []
        var pending = [target]
        while let next = pending.popLast() {
            if next == from { return true }
            guard seen.insert(next).inserted else { continue }
            if seen.count > ChangeEngine.loopLimit { return true }
            for link in try IssueRows.links(of: next, on: connection) where link.type == type.id && link.from == next {
                if case .issue(let other) = link.target { pending.append(other) }
            }
        }
        return false
    }

    /// An entry on this issue, and one on the other.
    private mutating func note(_ link: Link, kind: EntryKind) {
        let id = edit.issue.id
        var detail = EntryDetail()
        detail.link = link
        detail.direction = link.from == id ? .forward : .reverse
        guard case .issue(let target) = link.target else {
            entries.append(EntryDraft(kind: kind, detail: detail))
            return
        }
        let other = link.from == id ? target : link.from
        detail.other = other
        entries.append(EntryDraft(kind: kind, detail: detail))
        var mirrored = detail
        mirrored.direction = detail.direction == .forward ? .reverse : .forward
        mirrored.other = id
        elsewhere.append((other, EntryDraft(kind: kind, detail: mirrored)))
    }

    mutating func unlink(_ id: LinkID) throws {
        guard let link = try IssueRows.link(id, on: connection) else { throw Fault.notFound }
        guard link.from == edit.issue.id || link.target == .issue(edit.issue.id),
            let type = catalog.records.linkTypes[link.type]
        else { throw Fault.notFound }
        guard try mayLink(type) else { return reject(.links, .notPermitted) }
        try removeLink(link)
    }

    private mutating func removeLink(_ link: Link) throws {
        try IssueRows.deleteLink(link.id, on: connection)
        note(link, kind: .unlinked)
        if link.type == .hierarchy, link.isPrimary, link.target == .issue(edit.issue.id) {
            edit.issue.parent = nil
            edit.parentChanged = true
            try promoteOldestParent()
        }
    }

    /// When the primary parent goes, the oldest other one takes its place.
    private mutating func promoteOldestParent() throws {
        let parents = try IssueRows.links(of: edit.issue.id, on: connection).filter {
            $0.type == .hierarchy && $0.target == .issue(edit.issue.id)
        }
        guard let oldest = parents.min(by: { $0.id < $1.id }) else { return }
        try IssueRows.setPrimary(oldest.id, true, on: connection)
        edit.issue.parent = oldest.from
    }

    /// Sets the primary parent, or takes it away.
    mutating func setParent(_ number: Int64?) throws {
        let old = edit.issue.parent
        if number == old?.rawValue { return }
        guard let type = catalog.records.linkTypes[.hierarchy] else { return }
        guard try mayLink(type),
            try isTrusted
                || access.writes(BuiltinField.parent.id, edit.isNew ? .submit : .update, in: edit.issue.project)
        else { return reject(.parent, .notPermitted) }
        if let number {
            guard try isValidParent(IssueID(number)) else { return reject(.parent, .invalid) }
        }
        if let old {
            let links = try IssueRows.links(of: edit.issue.id, on: connection)
            for link in links where link.type == .hierarchy && link.from == old && link.target == .issue(edit.issue.id)
            {
                try removeLink(link)
            }
            edit.issue.parent = nil
            edit.formerParent = old
        }
        if let number { _ = try addLink(type, .reverse, .issue(IssueID(number)), delay: nil) }
        edit.parentChanged = true
    }

    private func isValidParent(_ parent: IssueID) throws -> Bool {
        guard parent != edit.issue.id, let there = try IssueRows.issue(parent, on: connection), there.retired == nil
        else {
            return false
        }
        guard try isTrusted || transaction.reader.sees(there) else { return false }
        return try edit.isNew || !closesLoopAbove(parent)
    }

    private func closesLoopAbove(_ parent: IssueID) throws -> Bool {
        guard let type = catalog.records.linkTypes[.hierarchy] else { return false }
        return try closesLoop(type, from: parent, to: .issue(edit.issue.id))
    }

    mutating func setLinks(_ name: ParsedName, _ direction: LinkDirection, _ targets: [Link.Target]) throws {
        guard let type = linkType(name) else { return reject(.links, .unknown) }
        guard try mayLink(type) else { return reject(.links, .notPermitted) }
        let id = edit.issue.id
        let present = try IssueRows.links(of: id, on: connection).filter { link in
            link.type == type.id
                && (direction == .either || (direction == .forward) == (link.from == id))
        }
        func other(_ link: Link) -> Link.Target { link.from == id ? link.target : .issue(link.from) }
        for link in present where !targets.contains(other(link)) { try removeLink(link) }
        let kept = Set(present.map(other))
        for target in targets where !kept.contains(target) {
            if let rule = try addLink(type, direction == .either ? .forward : direction, target, delay: nil) {
                reject(.links, rule)
            }
        }
    }

    /// Joins this issue into another one, which answers in its place from then on.
    mutating func merge(into target: IssueID) throws {
        guard target != edit.issue.id, let there = try IssueRows.issue(target, on: connection),
            there.mergedInto == nil, try isTrusted || transaction.reader.sees(there)
        else { return reject(.mergedInto, .invalid) }
        guard try mayEdit(), try isTrusted || transaction.reader.allows(.editIssues, on: there) else {
            return reject(.mergedInto, .notPermitted)
        }
        edit.issue.mergedInto = target
        try connection.execute(
            "UPDATE issue SET merged_into = ?2 WHERE merged_into = ?1", [.id(edit.issue.id), .id(target)])
        try moveWhatBelongs(to: target)
        var detail = EntryDetail()
        detail.other = target
        detail.direction = .forward
        entries.append(EntryDraft(kind: .merged, detail: detail))
        detail.other = edit.issue.id
        detail.direction = .reverse
        elsewhere.append((target, EntryDraft(kind: .merged, detail: detail)))
    }

    /// People, links and time go with a merged issue; links between the two go away.
    private mutating func moveWhatBelongs(to target: IssueID) throws {
        let id = edit.issue.id
        for link in try IssueRows.links(of: id, on: connection) {
            if ChangeEngine.joins(link, id, target) || link.type == .hierarchy {
                try removeLink(link)
            } else {
                try IssueRows.deleteLink(link.id, on: connection)
                note(link, kind: .unlinked)
                var end = link.target
                if end == .issue(id) { end = .issue(target) }
                var moved = Link(
                    id: try transaction.next("link"), type: link.type, from: link.from == id ? target : link.from,
                    target: end,
                    created: link.created, creator: link.creator)
                moved.delay = link.delay
                adopted.append(moved)
            }
        }
        try connection.execute("UPDATE time_entry SET issue_id = ?2 WHERE issue_id = ?1", [.id(id), .id(target)])
        for (role, people) in edit.participants {
            for person in people {
                adoptedPeople.append((role, person))
            }
        }
    }
}
