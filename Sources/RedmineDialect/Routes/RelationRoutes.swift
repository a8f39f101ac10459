import ParleyHTTP
import ParleyModel
import ParleyService

extension RouteTable {
    static let relationRoutes = [
        Route(.get, "issues/:/relations") { try await $0.listRelations() },
        Route(.post, "issues/:/relations") { try await $0.createRelation() },
        Route(.get, "relations/:") { try await $0.showRelation() },
        Route(.delete, "relations/:") { try await $0.deleteRelation() },
    ]
}

extension Call {
    /// A relation of which the actor sees one end.
    private func relation(_ reader: Reader) throws -> (link: Link, issue: Issue) {
        guard let link = try reader.link(LinkID(try number(1))), RelationRendering(link, reader.catalog) != nil else {
            throw Refusal.status(404)
        }
        return (link, try reader.issue(link.from).issue)
    }

    func showRelation() async throws -> Response {
        let octets = try await workspace.read(as: actor) { reader in
            let (link, _) = try relation(reader)
            guard let relation = RelationRendering(link, reader.catalog) else { throw Refusal.status(404) }
            return document("relation") { relation.write(asAttributes: false, into: &$0) }
        }
        return found(octets)
    }

    func deleteRelation() async throws -> Response {
        let target = try await workspace.read(as: actor) { reader in
            let (link, issue) = try relation(reader)
            guard try reader.allows(.manageIssueRelations, on: issue) else {
                throw refusal(.manageIssueRelations, .tickets, in: issue.project)
            }
            return (link: link.id, issue: issue.id)
        }
        let request = ChangeRequest(.issues([target.issue]), parts: [ChangePart([.unlink(target.link)])])
        _ = try await workspace.change(request, as: actor)
        return done
    }

    func listRelations() async throws -> Response {
        let id = IssueID(try number(1))
        let octets = try await workspace.read(as: actor) { reader in
            let issue = try relatable(id, reader)
            let relations = RelationRendering.inOrder(try reader.visibleLinks(of: issue.id), reader.catalog)
            return list("relations", of: "relation") { items in
                for relation in relations { items.item { relation.write(asAttributes: false, into: &$0) } }
            }
        }
        return found(octets)
    }

    /// An issue whose relations the actor may list and change.
    private func relatable(_ id: IssueID, _ reader: Reader) throws -> Issue {
        let issue = try reader.issue(id).issue
        guard issue.retired == nil else { throw Refusal.status(404) }
        guard try reader.allows(.manageIssueRelations, on: issue) else {
            throw refusal(.manageIssueRelations, .tickets, in: issue.project)
        }
        return issue
    }

    func createRelation() async throws -> Response {
        let id = IssueID(try number(1))
        let wanted = WantedRelation(try parameters.resource("relation"))
        let issue = try await workspace.read(as: actor) { reader in
            let issue = try relatable(id, reader)
            let faults = try wanted.faults(from: issue, reader)
            if !faults.isEmpty { throw Refusal.messages(faults) }
            return issue
        }
        guard let change = wanted.change(from: issue.id, catalog) else { throw Refusal.status(400) }
        let request = ChangeRequest(.issues([issue.id]), parts: [ChangePart([change])])
        _ = try await workspace.change(request, as: actor)
        let made = try await workspace.read(as: actor) { reader in
            let links = try reader.visibleLinks(of: issue.id).reversed()
            guard let link = links.first(where: { wanted.isMade($0, issue.id, reader.catalog) }),
                let relation = RelationRendering(link, reader.catalog)
            else { throw Fault.unavailable }
            return MadeRelation(
                id: link.id, octets: document("relation") { relation.write(asAttributes: false, into: &$0) })
        }
        return created(made.octets, location: "\(self.request.baseURL)/relations/\(made.id)")
    }
}

private struct MadeRelation: Sendable {
    var id: LinkID
    var octets: [UInt8]
}

/// A relation as a client asks for it.
struct WantedRelation: Sendable {
    /// Nil where no number was given.
    let other: IssueID?
    let kind: String
    /// Days.
    let delay: Int64?
    private let isDelayReadable: Bool

    init(_ input: ParameterObject) {
        let text = input["issue_to_id"]?.scalarText.map { Spelling.trimmed($0) } ?? ""
        other = Int64(text.hasPrefix("#") ? String(text.dropFirst()) : text).map { IssueID($0) }
        kind = input["relation_type"].map { $0.scalarText ?? "" } ?? "relates"
        let given = input["delay"].flatMap { Spelling.isBlank($0) ? nil : $0.scalarText ?? "" }
        let digits = given.flatMap { $0.utf8.contains { $0 | 0x20 == UInt8(ascii: "x") } ? nil : Spelling.trimmed($0) }
        let isNumber = digits.flatMap { Double($0) }?.isFinite ?? false
        isDelayReadable = given == nil || isNumber
        delay = isNumber ? digits.map { Quirks.leadingNumber($0) ?? 0 } : nil
    }

    /// What is wrong with it, as far as it can be told without making it.
    func faults(from issue: Issue, _ reader: Reader) throws -> [String] {
        var faults: [String] = []
        let seen = try other.flatMap { try reader.sees(number: $0) ? $0 : nil }
        if seen == nil { faults.append("Related issue cannot be blank") }
        if kind.isEmpty { faults.append("Relation type cannot be blank") }
        let type = RelationRendering.type(kind, reader.catalog)?.type
        if type == nil { faults.append("Relation type is not included in the list") }
        if !isDelayReadable { faults.append("Delay is not a number") }
        guard let other = seen else { return faults }
        if other == issue.id { faults.append("Related issue is invalid") }
        guard other != issue.id, let named = type ?? reader.catalog.records.linkTypes[.relates] else { return faults }
        let problems = try reader.problems(
            linking: issue, direction(named, from: issue.id, reader.catalog), to: other, as: named
        ).filter { type != nil || $0.rule != .circular }
        for problem in problems where problem.subject != .whole || faults.isEmpty {
            faults += Messages(reader.catalog).sentences([problem])
        }
        return faults
    }

    /// Reverse kinds are stored turned round; what reads the same both ways begins at the smaller number.
    private func direction(_ type: LinkType, from id: IssueID, _ catalog: Catalog) -> LinkDirection {
        if type.symmetric { return other.map { id < $0 } ?? true ? .forward : .reverse }
        return RelationRendering.type(kind, catalog)?.direction ?? .forward
    }

    private func joins(_ link: Link, _ id: IssueID, _ other: IssueID) -> Bool {
        (link.from == id && link.target == .issue(other)) || (link.from == other && link.target == .issue(id))
    }

    func change(from id: IssueID, _ catalog: Catalog) -> Change? {
        guard let other, let type = RelationRendering.type(kind, catalog)?.type else { return nil }
        return .link(
            type: .number(type.id.rawValue), direction(type, from: id, catalog), .issue(other),
            delay: type.effect == .precedes ? delay ?? 0 : nil)
    }

    func isMade(_ link: Link, _ id: IssueID, _ catalog: Catalog) -> Bool {
        guard let other, let type = RelationRendering.type(kind, catalog)?.type else { return false }
        return link.type == type.id && joins(link, id, other)
    }
}
