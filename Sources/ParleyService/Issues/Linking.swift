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
        return allows(.manageIssueRelations)
    }

    /// Why the actor may not link or unlink at the other end, where the workspace asks for rights there too.
    private func refusal(at other: Link.Target, _ type: LinkType) throws -> Problem? {
        guard rules.linksNeedRightsOnBothEnds, !isTrusted, case .issue(let number) = other,
            let there = try IssueRows.issue(number, on: connection)
        else { return nil }
        let action = type.effect == .hierarchy ? Action.manageSubtasks : .manageIssueRelations
        if try transaction.reader.allows(action, on: there) { return nil }
        return Problem(BuiltinField.links, .notPermitted, value: "\(number)")
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
        if case .issue(let other) = target {
            guard try other == id || isThere(other) else { return [Problem(.links, .required)] }
            if let problem = try refusal(at: target, type) { return [problem] }
            let problems = try transaction.reader.problems(
                linking: edit.issue, direction, to: other, as: type, beside: pendingLinks)
            if !problems.isEmpty { return problems }
        }
        var link = Link(
            id: try transaction.next("link"), type: type.id, from: id, target: target, created: now, creator: author)
        link.delay = delay
        if direction == .reverse { link.turn() }
        let existing = try IssueRows.links(of: id, on: connection) + pendingLinks
        if existing.contains(where: { $0.joinsSame(as: link) }) { return [Problem(.links, .taken)] }
        if link.type == .hierarchy { try makePrimary(&link) }
        pendingLinks.append(link)
        note(link, kind: .linked)
        return []
    }

    /// Whether the actor knows of an issue.
    private func isThere(_ id: IssueID) throws -> Bool {
        guard let issue = try IssueRows.issue(id, on: connection) else { return false }
        return try isTrusted || transaction.reader.sees(issue)
    }

    /// A child's first parent is its primary one.
    private mutating func makePrimary(_ link: inout Link) throws {
        guard case .issue(let child) = link.target else { return }
        if child == edit.issue.id {
            guard edit.issue.parent == nil else { return }
            edit.issue.parent = link.from
            edit.parentChanged = true
        } else {
            guard try IssueRows.issue(child, on: connection)?.parent == nil else { return }
            try setParent(of: child, to: link.from)
        }
        link.isPrimary = true
    }

    /// Sets the primary parent of another issue than the one at hand.
    private mutating func setParent(of child: IssueID, to parent: IssueID?) throws {
        guard let before = try IssueRows.issue(child, on: connection) else { return }
        var after = before
        after.parent = parent
        try IssueRows.update(from: before, to: after, on: connection)
        edit.childrenChanged = true
    }

    /// An entry on this issue, and one on the other.
    private mutating func note(_ link: Link, kind: EntryKind) {
        let id = edit.issue.id
        var detail = EntryDetail()
        detail.link = link
        detail.direction = link.direction(from: id)
        // Nobody asked for what a merge does to links.
        if edit.issue.mergedInto != nil {
            detail.automatic = true
            detail.quiet = true
        }
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
        if let problem = try refusal(at: link.other(than: edit.issue.id), type) { return reject(problem) }
        try removeLink(link)
    }

    private mutating func removeLink(_ link: Link) throws {
        try IssueRows.deleteLink(link.id, on: connection)
        note(link, kind: .unlinked)
        guard link.type == .hierarchy, link.isPrimary, case .issue(let child) = link.target else { return }
        let next = try promoteOldestParent(of: child)
        guard child == edit.issue.id else { return try setParent(of: child, to: next) }
        edit.issue.parent = next
        edit.formerParent = link.from
        edit.parentChanged = true
    }

    /// When the primary parent goes, the oldest other one takes its place.
    private func promoteOldestParent(of child: IssueID) throws -> IssueID? {
        let parents = try IssueRows.links(of: child, on: connection).filter {
            $0.type == .hierarchy && $0.target == .issue(child)
        }
        guard let oldest = parents.min(by: { $0.id < $1.id }) else { return nil }
        try IssueRows.setPrimary(oldest.id, true, on: connection)
        return oldest.from
    }

    /// Sets the primary parent, or takes it away.
    mutating func setParent(_ number: Int64?) throws {
        let old = edit.issue.parent
        if number == old?.rawValue { return }
        guard let type = catalog.records.linkTypes[.hierarchy] else { return }
        guard try mayLink(type),
            isTrusted
                || access.writes(BuiltinField.parent.id, edit.isNew ? .submit : .update, in: edit.issue.project)
        else { return reject(.parent, .notPermitted) }
        if let number {
            if try isTrusted || transaction.reader.sees(number: IssueID(number)) { edit.wantedParent = IssueID(number) }
            guard try isValidParent(IssueID(number)) else { return reject(.parent, .invalid) }
            if try closesLoop(IssueID(number)) {
                // Told when all is known of the issue, for a parent that is closed is told before.
                edit.wantsLoop = true
                return isTrusted ? reject(.parent, .invalid) : ()
            }
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
        if let number, rules.oneLinkPerPair, !edit.isNew { try dropLinks(upTo: IssueID(number)) }
        edit.parentChanged = true
    }

    private func isValidParent(_ parent: IssueID) throws -> Bool {
        guard let there = try IssueRows.issue(parent, on: connection), there.retired == nil else { return false }
        guard try isTrusted || transaction.reader.sees(there) else { return false }
        if rules.treesStayTogether, !catalog.shareTree(there.project, edit.issue.project) { return false }
        return try edit.isNew || !rules.precedesMovesDates || !movesBelow(parent)
    }

    private func closesLoop(_ parent: IssueID) throws -> Bool {
        if parent == edit.issue.id { return true }
        guard !edit.isNew, let type = catalog.records.linkTypes[.hierarchy] else { return false }
        return try transaction.reader.closesLoop(type, from: parent, to: edit.issue.id)
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
                lose(link, between: next, and: other)
            }
        }
    }

    /// What an issue that goes to another project cannot keep: a parent in another tree, links to other projects.
    mutating func leaveLinks(for project: ProjectID) throws {
        for link in try IssueRows.links(of: edit.issue.id, on: connection) {
            guard let id = link.from == edit.issue.id ? link.target.issueID : link.from,
                let other = try IssueRows.issue(id, on: connection), other.project != project
            else { continue }
            if link.type != .hierarchy {
                if rules.linksStayInProject { lose(link, between: edit.issue.id, and: id) }
            } else if rules.treesStayTogether, id == edit.issue.parent,
                !catalog.shareTree(other.project, project)
            {
                try removeLink(link)
                edit.formerParent = id
            }
        }
    }

    private mutating func lose(_ link: Link, between here: IssueID, and there: IssueID) {
        guard !edit.lostLinks.contains(where: { $0.link.id == link.id }) else { return }
        edit.lostLinks.append(IssueEdit.LostLink(link: link, here: here, there: there))
    }

    /// Takes links away that nobody asked to be taken away.
    mutating func dropLostLinks() throws {
        for lost in edit.lostLinks {
            try IssueRows.deleteLink(lost.link.id, on: connection)
            for (issue, other) in [(lost.here, lost.there), (lost.there, lost.here)] {
                var detail = EntryDetail()
                detail.link = lost.link
                detail.direction = lost.link.direction(from: issue)
                detail.other = other
                let draft = EntryDraft(kind: .unlinked, detail: detail, derived: true)
                if issue == edit.issue.id { entries.append(draft) } else { elsewhere.append((issue, draft)) }
            }
        }
        edit.lostLinks = []
    }

    /// Makes the links of a type and direction what is said. Links to what the actor cannot see stay.
    mutating func setLinks(_ name: ParsedName, _ direction: LinkDirection, _ targets: [Link.Target]) throws {
        guard let type = linkType(name) else { return reject(.links, .unknown) }
        let id = edit.issue.id
        let present = try IssueRows.links(of: id, on: connection).filter { link in
            link.type == type.id && (direction == .either || direction == link.direction(from: id))
        }
        let kept = Set(present.map { $0.other(than: id) })
        let dropped = try present.filter { try !targets.contains($0.other(than: id)) && sees($0.other(than: id)) }
        var added: [Link.Target] = []
        for target in targets where !kept.contains(target) && !added.contains(target) { added.append(target) }
        if dropped.isEmpty && added.isEmpty { return }
        guard try mayLink(type) else { return reject(.links, .notPermitted) }
        for link in dropped {
            if let problem = try refusal(at: link.other(than: id), type) {
                reject(problem)
            } else {
                try removeLink(link)
            }
        }
        for target in added {
            let taken = direction == .either ? .forward : direction
            for problem in try addLink(type, taken, target, delay: nil) { reject(problem) }
        }
    }

    private func sees(_ target: Link.Target) throws -> Bool {
        guard case .issue(let number) = target else { return true }
        return try isTrusted || transaction.reader.sees(number: number)
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
            if Reader.joins(link, id, target) { try removeLink(link) } else { try move(link, to: target) }
        }
        try connection.execute("UPDATE time_entry SET issue_id = ?2 WHERE issue_id = ?1", [.id(id), .id(target)])
        for (role, people) in edit.participants {
            for person in people {
                adoptedPeople.append((role, person))
            }
        }
    }

    /// Gives a link of this issue to the one that it is merged into, unless it has such a one or it would close a loop.
    private mutating func move(_ link: Link, to target: IssueID) throws {
        let id = edit.issue.id
        try removeLink(link)
        var moved = Link(
            id: try transaction.next("link"), type: link.type, from: link.from == id ? target : link.from,
            target: link.target == .issue(id) ? .issue(target) : link.target, created: link.created,
            creator: link.creator)
        moved.delay = link.delay
        moved.isInward = link.isInward
        let present = try IssueRows.links(of: target, on: connection) + adopted
        guard !present.contains(where: { $0.joinsSame(as: moved) }), let type = catalog.records.linkTypes[link.type]
        else { return }
        if let end = moved.target.issueID, try transaction.reader.closesLoop(type, from: moved.from, to: end) { return }
        if moved.type == .hierarchy { try makePrimary(&moved) }
        adopted.append(moved)
    }
}

extension Link {
    /// Makes the link lead the other way.
    fileprivate mutating func turn() {
        switch target {
        case .issue(let other): self = Link(turning: self, from: other, to: from)
        case .uri: isInward.toggle()
        }
    }

    private init(turning link: Link, from: IssueID, to: IssueID) {
        self.init(
            id: link.id, type: link.type, from: from, target: .issue(to), created: link.created, creator: link.creator)
        delay = link.delay
    }

    /// Whether two links say the same.
    fileprivate func joinsSame(as link: Link) -> Bool {
        type == link.type && from == link.from && target == link.target && isInward == link.isInward
    }
}
