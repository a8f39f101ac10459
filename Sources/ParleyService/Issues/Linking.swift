import ParleyModel
import ParleyStorage

/// Links between issues: relations, parents, merging.
extension ChangeEngine {
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
        for problem in try addLink(type, direction, target, delay: delay) { reject(problem) }
    }

    /// Adds a link; what forbids it, or nothing.
    mutating func addLink(
        _ type: LinkType, _ direction: LinkDirection, _ target: Link.Target, delay: Int64?
    ) throws -> [Problem] {
        let id = edit.issue.id
        var from = id
        var end = target
        if case .issue(let other) = target {
            guard try other == id || isThere(other) else { return [Problem(.links, .required)] }
            let problems = try transaction.reader.problems(
                linking: id, direction, to: other, as: type, sparingly: request.linksSparingly, beside: pendingLinks)
            if !problems.isEmpty { return problems }
            if direction == .reverse {
                from = other
                end = .issue(id)
            }
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
        return []
    }

    /// Whether the actor knows of an issue.
    private func isThere(_ id: IssueID) throws -> Bool {
        guard let issue = try IssueRows.issue(id, on: connection) else { return false }
        return try isTrusted || transaction.reader.sees(issue)
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
        if let number, request.linksSparingly, !edit.isNew { try dropLinks(upTo: IssueID(number)) }
        edit.parentChanged = true
    }

    private func isValidParent(_ parent: IssueID) throws -> Bool {
        guard parent != edit.issue.id, let there = try IssueRows.issue(parent, on: connection), there.retired == nil
        else {
            return false
        }
        guard try isTrusted || transaction.reader.sees(there) else { return false }
        if edit.isNew { return true }
        if let type = catalog.records.linkTypes[.hierarchy],
            try transaction.reader.closesLoop(type, from: parent, to: edit.issue.id)
        {
            return false
        }
        return try !rules.precedesMovesDates || !movesBelow(parent)
    }

    /// Whether the issue's dates, which a parent has from its children, would come back to the issue by way of what
    /// follows it or the parents.
    private func movesBelow(_ parent: IssueID) throws -> Bool {
        let schedule = Schedule(connection: connection, catalog: catalog)
        if try schedule.moves(edit.issue.id, parent) { return true }
        for one in [parent] + (try schedule.above(parent)) {
            for follower in try schedule.following(one).compactMap(\.target.issueID)
            where try follower != edit.issue.id && schedule.moves(follower, edit.issue.id) {
                return true
            }
        }
        return false
    }

    /// What is above an issue is joined with it, and with what is below it, by the tree alone.
    private mutating func dropLinks(upTo parent: IssueID) throws {
        let schedule = Schedule(connection: connection, catalog: catalog)
        let above = Set([parent] + (try schedule.above(parent)))
        var pending = [edit.issue.id]
        var seen = Set(pending)
        while let next = pending.popLast(), seen.count < 10_000 {
            for child in try IssueRows.children(of: next, on: connection) where seen.insert(child).inserted {
                pending.append(child)
            }
            for link in try IssueRows.links(of: next, on: connection) where link.type != .hierarchy {
                guard let other = link.from == next ? link.target.issueID : link.from, above.contains(other) else {
                    continue
                }
                try drop(link, between: next, and: other)
            }
        }
    }

    /// What an issue that goes to another project cannot keep: a parent in another tree, links to other projects.
    mutating func leaveLinks(for project: ProjectID) throws {
        func root(_ id: ProjectID) -> ProjectID { catalog.ancestors(of: id).last ?? id }
        for link in try IssueRows.links(of: edit.issue.id, on: connection) {
            guard let id = link.from == edit.issue.id ? link.target.issueID : link.from,
                let other = try IssueRows.issue(id, on: connection), other.project != project
            else { continue }
            if link.type != .hierarchy {
                try drop(link, between: edit.issue.id, and: id)
            } else if id == edit.issue.parent, root(other.project) != root(project) {
                try removeLink(link)
                edit.formerParent = id
            }
        }
    }

    /// Takes a link away that nobody asked to be taken away.
    private mutating func drop(_ link: Link, between here: IssueID, and there: IssueID) throws {
        try IssueRows.deleteLink(link.id, on: connection)
        for (issue, other) in [(here, there), (there, here)] {
            var detail = EntryDetail()
            detail.link = link
            detail.direction = link.from == issue ? .forward : .reverse
            detail.other = other
            let draft = EntryDraft(kind: .unlinked, detail: detail, derived: true)
            if issue == edit.issue.id { entries.append(draft) } else { elsewhere.append((issue, draft)) }
        }
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
            let taken = direction == .either ? .forward : direction
            for problem in try addLink(type, taken, target, delay: nil) { reject(problem) }
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
            if Reader.joins(link, id, target) || link.type == .hierarchy {
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
