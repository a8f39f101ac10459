import ParleyHTTP
import ParleyModel
import ParleyService

/// One of RT's six kinds of links, as it is read from one of the two tickets.
struct LinkKind: Sendable, Equatable {
    /// In the forms of a ticket.
    let name: String
    /// The shared model's type.
    let type: LinkTypeID
    let direction: LinkDirection
    /// Between the ticket that depends, refers or belongs, and the other one.
    let verb: String
    /// Whether the ticket at hand stands before the verb.
    let isSubject: Bool

    /// In the order of the forms.
    static let all = [
        LinkKind(name: "DependsOn", type: .blocks, direction: .reverse, verb: "depends on", isSubject: true),
        LinkKind(name: "DependedOnBy", type: .blocks, direction: .forward, verb: "depends on", isSubject: false),
        LinkKind(name: "RefersTo", type: .relates, direction: .forward, verb: "refers to", isSubject: true),
        LinkKind(name: "ReferredToBy", type: .relates, direction: .reverse, verb: "refers to", isSubject: false),
        LinkKind(name: "Members", type: .hierarchy, direction: .forward, verb: "member of", isSubject: false),
        LinkKind(name: "MemberOf", type: .hierarchy, direction: .reverse, verb: "member of", isSubject: true),
    ]

    /// The type whose kinds stand for links of a type: what RT has no name for refers.
    static func family(of type: LinkTypeID, in catalog: Catalog) -> LinkTypeID {
        switch catalog.records.linkTypes[type]?.effect {
        case .blocks: .blocks
        case .hierarchy: .hierarchy
        default: .relates
        }
    }

    /// Whether an issue's link is of this kind.
    func covers(_ link: Link, of issue: IssueID, in catalog: Catalog) -> Bool {
        LinkKind.family(of: link.type, in: catalog) == type && link.direction(from: issue) == direction
    }

    /// By a form's key; members may be called as `/ticket/link` calls them.
    static func named(_ key: String) -> LinkKind? {
        let folded = key.lowercased()
        return all.first { $0.name.lowercased() == (folded == "hasmember" ? "members" : folded) }
    }

    /// What `/ticket/link` calls it.
    var relation: String { name == "Members" ? "HasMember" : name }

    /// By what `/ticket/link` calls it.
    static func related(_ key: String) -> LinkKind? { all.first { $0.relation.lowercased() == key.lowercased() } }

    /// What tells that a link came or went.
    func sentence(_ ticket: IssueID, _ other: String, isGone: Bool) -> String {
        let verb = isGone ? "no longer \(verb)" : verb
        return isSubject ? "Ticket \(ticket) \(verb) \(other)." : "\(other) \(verb) Ticket \(ticket)."
    }
}

/// What a client calls the other end of a link.
struct LinkAddress: Sendable {
    /// How RT finds what a URI names: these are local objects that cannot be linked here.
    private static let reserved: Set<String> = [
        "a", "asset", "attribute", "fsck.com-article", "fsck.com-rt", "group", "t", "user", "javascript", "data",
    ]
    private static let lengthLimit = 4_000

    /// A ticket's number, or nil for a URI.
    let number: Int64?
    let text: String

    /// - Returns: nil for what is no ticket and no URI.
    init?(_ text: String, _ options: RTOptions) {
        self.text = text
        var rest = Substring(text)
        if rest.lowercased().hasPrefix(options.ticketURIPrefix.lowercased()) {
            rest = rest.dropFirst(options.ticketURIPrefix.count)
        } else if rest.hasPrefix("t:") {
            rest = rest.dropFirst(2)
        } else if !LinkAddress.isNumber(rest) {
            guard let colon = rest.firstIndex(of: ":"), text.utf8.count <= LinkAddress.lengthLimit else { return nil }
            let scheme = rest[..<colon]
            guard !scheme.isEmpty, scheme.allSatisfy(LinkAddress.isSchemeCharacter),
                !LinkAddress.reserved.contains(scheme.lowercased())
            else { return nil }
            number = nil
            return
        }
        guard LinkAddress.isNumber(rest) else { return nil }
        number = Int64(rest) ?? .max
    }

    private static func isNumber(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
    }

    private static func isSchemeCharacter(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || character == "_" || character == "." || character == "-"
    }

    /// Whether the text is a number and nothing else.
    var isPlainNumber: Bool { number != nil && LinkAddress.isNumber(text[...]) }
}

/// Why one link was not made or taken away, in RT's words.
enum LinkFault: Error, Equatable {
    case unresolved(String)
    case noTicket(String)
    /// Of this ticket.
    case denied
    /// Of the other one.
    case deniedThere
    case deleted
    case itself
    case circular
    /// What the workspace's rules of links forbid.
    case taken
    case withinTree
    case elsewhere
    case notFound
    case nothing
    case tooMany

    /// How many links one field of a form may name.
    static let limit = 1_000

    init(_ problem: Problem) {
        switch problem.rule {
        case .notPermitted: self = problem.value == nil ? .denied : .deniedThere
        case .invalid: self = .itself
        case .circular: self = .circular
        case .taken: self = .taken
        case .withinTree: self = .withinTree
        case .elsewhere: self = .elsewhere
        default: self = .deniedThere
        }
    }

    var sentence: String {
        switch self {
        case .unresolved(let text): "Couldn't resolve '\(text)' into a link."
        case .noTicket(let text): "Ticket \(text) does not exist."
        case .denied: "Permission Denied"
        case .deniedThere: "Permission denied"
        case .deleted: "Linking to a deleted ticket is not allowed"
        case .itself: "Link could not be created: Can't link a ticket to itself"
        case .circular: "Refused to add link which would create a circular relationship"
        case .taken: "Link could not be created: These tickets are linked already"
        case .withinTree: "Link could not be created: One of the tickets is above the other"
        case .elsewhere: "Link could not be created: The ticket is in another queue"
        case .notFound: "Link not found"
        case .nothing: "Either base or target must be specified"
        case .tooMany: "May name at most \(LinkFault.limit) links."
        }
    }
}

extension ObjectTable {
    static let linkHandlers: [String: ObjectHandler] = [
        "ticket/links": { call, address, form in
            guard let form else { return try await call.showLinks(address) }
            return try await call.editLinks(address, form)
        }
    ]
}

extension Reader {
    /// The issue that a client names, seen or not; a merged one gives the one it went into.
    /// - Returns: nil where there is none; false where the actor may not see it.
    fileprivate func found(_ id: IssueID) throws -> (issue: Issue?, exists: Bool) {
        do {
            return (try issue(id).issue, true)
        } catch Fault.notFound {
            return (nil, false)
        } catch Fault.forbidden {
            return (nil, true)
        }
    }

    /// The links of an issue by RT's kinds: URIs first, then tickets by number; those with deleted tickets left out.
    fileprivate func links(of issue: Issue, _ kind: LinkKind, _ options: RTOptions) throws -> [String] {
        // Of a deleted ticket's links RT leaves those that lead elsewhere.
        if issue.retired != nil && !kind.isSubject { return [] }
        var uris: [String] = []
        var numbers: Set<IssueID> = []
        for link in try visibleLinks(of: issue.id) where kind.covers(link, of: issue.id, in: catalog) {
            switch link.other(than: issue.id) {
            case .uri(let text): uris.append(text)
            case .issue(let number):
                if try issue.retired == nil && found(number).issue?.retired == nil { numbers.insert(number) }
            }
        }
        uris.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        return uris + numbers.sorted().map { "\(options.ticketURIPrefix)\($0)" }
    }

    /// The other end of a link from an issue.
    /// - Throws: `LinkFault` for what cannot be linked.
    fileprivate func linkTarget(_ text: String, _ options: RTOptions) throws -> Link.Target {
        guard let address = LinkAddress(text, options) else { throw LinkFault.unresolved(text) }
        guard let number = address.number else { return .uri(text) }
        let (issue, exists) = try found(IssueID(number))
        guard exists else {
            throw address.isPlainNumber ? LinkFault.noTicket(text) : .unresolved(text)
        }
        guard let issue else { throw LinkFault.deniedThere }
        if issue.retired != nil { throw LinkFault.deleted }
        return .issue(issue.id)
    }
}

extension Call {
    fileprivate func showLinks(_ address: ObjectAddress) async throws -> ObjectAnswer {
        guard let id = address.id else { return .failed("Ticket \(address.name) does not exist.") }
        let options = options
        let isLong = format == "l"
        return try await workspace.read(as: actor) { reader in
            let (issue, exists) = try reader.found(IssueID(id))
            guard exists else { return .failed("Ticket \(address.name) does not exist.") }
            var form = Form()
            form.add("id", "ticket/\(issue?.id ?? IssueID(id))/links")
            for kind in LinkKind.all {
                let links = try issue.map { try reader.links(of: $0, kind, options) } ?? []
                if !links.isEmpty { form.add(kind.name, list: links) } else if isLong { form.add(kind.name, "") }
            }
            return ObjectAnswer(form)
        }
    }

    fileprivate func editLinks(_ address: ObjectAddress, _ form: Form) async throws -> ObjectAnswer {
        guard let id = address.id else { return .failed("Ticket \(address.name) does not exist.") }
        let options = options
        let faults: [String]? = try await workspace.write(as: actor) { transaction in
            let (issue, exists) = try transaction.reader.found(IssueID(id))
            guard exists else { return nil }
            let hasMembers = form.fields.contains { $0.key.lowercased() == "members" }
            return try form.fields.compactMap { field in
                let key = field.key.lowercased()
                if key == "id" || key == "type" || (key == "hasmember" && hasMembers) { return nil }
                guard let kind = LinkKind.named(key) else { return "# \(key): Unknown field: \(key)" }
                let texts = ValueList.split(field.values)
                let fault = try transaction.replaceLinks(of: issue, kind, texts, options)
                return fault.map { "# \(kind.name): \($0.sentence)" }
            }
        }
        guard let faults else { return .failed("Ticket \(address.name) does not exist.") }
        if faults.isEmpty { return .done("Links for ticket \(address.name) updated.") }
        let shown = ["id"] + LinkKind.all.map(\.name)
        let fields = shown.map { key in
            form.fields.first { $0.key == key } ?? Form.Field(key, [""])
        }
        return ObjectAnswer(Form(comment: faults.joined(separator: "\n"), fields), isFailure: true)
    }

    /// `/ticket/link`: makes or takes away one link.
    func editLink() async throws -> Answer {
        let given = parameters["id"] ?? ""
        let id = given == "0" ? "" : given
        guard !id.isEmpty, id.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else {
            return Answer(400, "Bad Request", text: "\(request.path)\nInvalid ticket id: '\(id)'.\n")
        }
        guard let kind = LinkKind.related(parameters["rel"] ?? "") else {
            return Answer(400, "Bad Request", text: "Invalid link: '\(parameters["rel"] ?? "")'.\n")
        }
        let to = parameters["to"] ?? ""
        let isGone = !["", "0"].contains(parameters["del"] ?? "")
        let options = options
        return try await workspace.write(as: actor) { transaction in
            let (issue, exists) = try transaction.reader.found(IssueID(Int64(id) ?? .max))
            guard exists else {
                return Answer(404, "Ticket not found", text: "Couldn't load ticket id: '\(id)'.\n")
            }
            do {
                guard let issue else { throw LinkFault.denied }
                let done = try transaction.changeLink(of: issue, kind, to, isGone: isGone, options)
                let words = "\(isGone ? "Deleted" : "Created") link \(issue.id) \(kind.relation) \(to)"
                return Answer(text: "\(done) \(words)")
            } catch let fault as LinkFault {
                return Answer(500, "Error", text: fault.sentence)
            }
        }
    }
}

extension Transaction {
    /// Makes the links of a kind what is said; each that cannot be made is left out.
    /// - Returns: the first fault.
    fileprivate func replaceLinks(
        of issue: Issue?, _ kind: LinkKind, _ texts: [String], _ options: RTOptions
    ) throws -> LinkFault? {
        var targets: [Link.Target] = []
        var faults: [LinkFault] = []
        if texts.count > LinkFault.limit { return .tooMany }
        for text in texts {
            do {
                targets.append(try reader.linkTarget(text, options))
            } catch let fault as LinkFault {
                // A number that is no ticket leaves the whole field as it was.
                if case .noTicket = fault { return fault }
                faults.append(text.isEmpty ? .nothing : fault)
            }
        }
        guard let issue else { return texts.isEmpty ? nil : .denied }
        if !faults.isEmpty, try !mayLink(issue, kind) { return .denied }
        let refused = try self.faults(changing: issue, replacing(issue, kind, targets))
        return refused.first { $0 == .denied } ?? faults.first ?? refused.first
    }

    /// What makes the links of a kind what is said. Those of types that RT has no name for stay where they are wanted.
    private func replacing(_ issue: Issue, _ kind: LinkKind, _ targets: [Link.Target]) throws -> [Change] {
        let present = try reader.visibleLinks(of: issue.id).filter { kind.covers($0, of: issue.id, in: catalog) }
        let others = present.filter { $0.type != kind.type }
        let unwanted = others.filter { !targets.contains($0.other(than: issue.id)) }
        let named = Set(present.filter { $0.type == kind.type }.map { $0.other(than: issue.id) })
        let told = Set(others.map { $0.other(than: issue.id) }).subtracting(named)
        let change = Change.setLinks(
            type: .number(kind.type.rawValue), kind.direction, targets.filter { !told.contains($0) })
        return unwanted.map { .unlink($0.id) } + [change]
    }

    private func mayLink(_ issue: Issue, _ kind: LinkKind) throws -> Bool {
        try reader.allows(kind.type == .hierarchy ? .manageSubtasks : .manageIssueRelations, on: issue)
    }

    private func faults(changing issue: Issue, _ changes: [Change]) throws -> [LinkFault] {
        let request = ChangeRequest(.issues([issue.id]), parts: [ChangePart(changes)], skipping: .all)
        return try self.change(request).skipped.map { LinkFault($0) }
    }

    /// - Returns: what was done, as a sentence.
    fileprivate func changeLink(
        of issue: Issue, _ kind: LinkKind, _ to: String, isGone: Bool, _ options: RTOptions
    ) throws -> String {
        guard try mayLink(issue, kind) else { throw LinkFault.denied }
        if to.isEmpty || to == "0" { throw LinkFault.nothing }
        let target: Link.Target
        do {
            target = try reader.linkTarget(to, options)
        } catch LinkFault.noTicket {
            throw LinkFault.unresolved(to)
        } catch LinkFault.deleted where isGone {
            throw LinkFault.notFound
        }
        let present = try reader.visibleLinks(of: issue.id).first {
            kind.covers($0, of: issue.id, in: catalog) && $0.other(than: issue.id) == target
        }
        let change: Change
        if isGone {
            if case .issue(let number) = target, try !mayLink(reader.issue(number).issue, kind) {
                throw LinkFault.deniedThere
            }
            guard let present else { throw LinkFault.notFound }
            change = .unlink(present.id)
        } else {
            if present != nil { return "Link already exists" }
            change = .link(type: .number(kind.type.rawValue), kind.direction, target, delay: nil)
        }
        if let fault = try faults(changing: issue, [change]).first { throw fault }
        let other: String
        switch target {
        case .issue(let number): other = "Ticket \(number)"
        case .uri(let text): other = "URI \(text)"
        }
        return kind.sentence(issue.id, other, isGone: isGone)
    }
}
