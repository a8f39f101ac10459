import ParleyModel
import ParleyStorage

extension Reader {
    /// An issue by number; a merged one gives the one it went into.
    /// - Throws: `Fault.notFound`; `Fault.forbidden` or `.unauthenticated` where it is there and the actor may not
    ///   see it.
    public func issue(_ id: IssueID, _ projection: Projection = .columns) throws -> IssueView {
        guard let found = try IssueRows.issueWithText(id, on: connection) else { throw Fault.notFound }
        if let target = found.issue.mergedInto { return try issue(target, projection) }
        guard try sees(found.issue) else { throw refusal }
        return try view(found.issue, found.description, found.format, projection)
    }

    /// What an actor gets where something is there and they may not: visitors are told to sign in.
    public var refusal: Fault { actor.isAnonymous ? .unauthenticated : .forbidden }

    /// Whether the actor may see an issue; retired ones need `view_retired`.
    public func sees(_ issue: Issue) throws -> Bool {
        if issue.retired != nil, try !allows(.viewRetired, on: issue) { return false }
        return try access.sees(issue) { try participates(issue.id, $0) }
    }

    /// Whether the actor is a participant in a role, by themselves or through a group.
    public func participates(_ id: IssueID, _ role: ParticipantRole) throws -> Bool {
        let people = try IssueRows.participants(of: id, on: connection)[role] ?? []
        return !people.isDisjoint(with: access.identities)
    }

    /// Whether the actor may do something with an issue.
    public func allows(_ action: Action, on issue: Issue) throws -> Bool {
        try access.allows(action, on: issue) { try participates(issue.id, $0) }
    }

    /// The issues of a query: one page and the number of all.
    /// - Throws: `Fault.invalid` where the query names something that does not exist or cannot be compared so.
    public func issues(_ query: Query<Parsed>) throws -> IssueList {
        try issues(QueryResolver(self).resolve(query))
    }

    /// The issues of a resolved query.
    public func issues(_ query: Query<Resolved>) throws -> IssueList {
        let page = try page(query)
        var views: [IssueView] = []
        views.reserveCapacity(page.ids.count)
        for id in page.ids {
            guard let found = try IssueRows.issueWithText(id, on: connection) else { continue }
            views.append(try view(found.issue, found.description, found.format, query.projection))
        }
        return IssueList(issues: views, total: page.total)
    }

    /// The numbers of a query's issues, for those who read them in portions; as many as the page allows.
    /// - Throws: `Fault.invalid` where the query names something that does not exist or cannot be compared so.
    public func numbers(of query: Query<Parsed>) throws -> [IssueID] {
        try page(QueryResolver(self).resolve(query)).ids
    }

    /// How many issues match.
    public func count(_ predicate: Predicate<Parsed>) throws -> Int {
        var query = try QueryResolver(self).resolve(Query<Parsed>(predicate))
        query.page = QueryPage(offset: 0, limit: 0)
        return try page(query).total ?? 0
    }

    private func page(_ query: Query<Resolved>) throws -> IssuePage {
        let access = access
        func find() throws -> IssuePage {
            try finder.find(query, scope: access.readScope, catalog: catalog.queryCatalog, on: connection)
        }
        guard let lists else { return try find() }
        let key = ListMemory.Key(
            query: query, user: actor.user, narrowedTo: actor.narrowedTo, catalog: catalog.records.generation)
        return try lists.page(key, on: connection, find)
    }

    func view(
        _ issue: Issue, _ description: String?, _ format: TextFormat, _ projection: Projection
    ) throws -> IssueView {
        var view = IssueView(
            issue: issue, description: description, descriptionFormat: format, values: [:], labels: [],
            participants: [:],
            links: [], files: [])
        let id = issue.id
        if projection.contains(.values) { view.values = try readable(valuesOf: issue) }
        if projection.contains(.labels) { view.labels = try IssueRows.labels(of: id, on: connection) }
        if projection.contains(.participants) { view.participants = try IssueRows.participants(of: id, on: connection) }
        if projection.contains(.links) { view.links = try visibleLinks(of: id) }
        if projection.contains(.files) { view.files = try visibleFiles(of: issue) }
        if projection.contains(.totals) {
            try addTotals(to: &view)
        } else if projection.contains(.spent), try allows(.viewTimeEntries, on: issue) {
            view.spent = try IssueRows.spent(on: id, connection: connection)
        }
        return view
    }

    private func readable(valuesOf issue: Issue) throws -> FieldValues {
        let values = try FieldValueRows.values(of: .issue, issue.id.rawValue, on: connection)
        let access = access
        guard !values.isEmpty, !access.readsAllFields else { return values }
        return values.filter { field, _ in
            catalog.records.fields[field].map { access.reads($0, in: issue.project) } ?? false
        }
    }

    /// Links whose other end the actor may see, hierarchy included.
    public func visibleLinks(of id: IssueID) throws -> [Link] {
        try IssueRows.links(of: id, on: connection).filter { link in
            guard case .issue(let target) = link.target else { return true }
            return try sees(number: link.from == id ? target : link.from)
        }
    }

    /// Whether there is such an issue, and the actor may see it.
    public func sees(number: IssueID) throws -> Bool {
        guard let issue = try IssueRows.issue(number, on: connection) else { return false }
        return try sees(issue)
    }

    /// The issue's files, save those of a hidden audience.
    public func visibleFiles(of issue: Issue) throws -> [FileView] {
        try visibleFiles(at: issue.id, for: issue)
    }

    /// The files of an issue, or of one that was merged into it.
    func visibleFiles(at place: IssueID, for issue: Issue) throws -> [FileView] {
        try ContentRows.filesWithPlaces(in: .issue(place), on: connection).compactMap { file, placement in
            guard try hears(placement.audience, author: file.author, in: issue) else { return nil }
            if let field = placement.link.field.flatMap({ catalog.records.fields[$0] }),
                !access.reads(field, in: issue.project)
            {
                return nil
            }
            return FileView(file: file, link: placement.link)
        }
    }

    /// Whether the actor belongs to an audience.
    public func hears(_ audience: Audience, author: PrincipalID, in issue: Issue) throws -> Bool {
        switch audience {
        case .everyone: true
        case .restricted: try author == actor.user || allows(.viewPrivateNotes, on: issue)
        case .groups(let groups): actor.admin || author == actor.user || !access.identities.isDisjoint(with: groups)
        }
    }

    private func addTotals(to view: inout IssueView) throws {
        let seesTime = try allows(.viewTimeEntries, on: view.issue)
        if seesTime { view.spent = try IssueRows.spent(on: view.issue.id, connection: connection) }
        view.totalSpent = view.spent
        view.totalEstimate = view.issue.estimate
        if try IssueRows.children(of: view.issue.id, on: connection).isEmpty { return }
        // Of a parent there is a sum, even of nothing.
        view.totalEstimate = view.issue.estimate ?? 0
        for id in try visibleDescendants(of: view.issue.id) {
            guard let child = try IssueRows.issue(id, on: connection) else { continue }
            if let estimate = child.estimate { view.totalEstimate = (view.totalEstimate ?? 0) &+ estimate }
            if seesTime, try allows(.viewTimeEntries, on: child) {
                view.totalSpent = (view.totalSpent ?? 0) &+ (try IssueRows.spent(on: id, connection: connection))
            }
        }
    }

    /// How many descendants are walked at most.
    static let descendantLimit = 10_000

    /// Visible issues below another one, each once.
    public func visibleDescendants(of id: IssueID) throws -> [IssueID] {
        var result: [IssueID] = []
        var seen: Set<IssueID> = [id]
        var pending = try IssueRows.children(of: id, on: connection)
        while let next = pending.popLast(), result.count < Reader.descendantLimit {
            guard seen.insert(next).inserted else { continue }
            if try sees(number: next) { result.append(next) }
            pending.append(contentsOf: try IssueRows.children(of: next, on: connection))
        }
        return result
    }

    /// The tree of visible children, by number.
    public func children(of id: IssueID, depth: Int = 32) throws -> [IssueNode] {
        guard depth > 0 else { return [] }
        return try IssueRows.children(of: id, on: connection).compactMap { child in
            guard let issue = try IssueRows.issue(child, on: connection), try sees(issue) else { return nil }
            return IssueNode(issue: issue, children: try children(of: child, depth: depth - 1))
        }
    }

    // MARK: comments

    /// The issue's posts by number, the opening left out, those the actor may see.
    public func comments(of issue: Issue) throws -> [Post] {
        try ContentRows.placements(in: .issue(issue.id), on: connection).compactMap { placement in
            guard !placement.isOpening, let post = try ContentRows.post(placement.post, on: connection),
                post.stamp.retired == nil, try hears(placement.audience, author: post.author, in: issue)
            else { return nil }
            return post
        }
    }
}
