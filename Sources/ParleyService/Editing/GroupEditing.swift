import ParleyModel
import ParleyStorage

/// What a request says of a group; nil leaves a part as it is.
public struct GroupDraft: Sendable {
    public var name: String?
    public var description: String?
    /// Out of use, or in use again.
    public var isRetired: Bool?

    public init() {}
}

extension Transaction {
    /// Makes a group of the whole workspace; for administrators.
    /// - Throws: `Fault.forbidden`, `.unauthenticated`, `.invalid` with properties `name`, `description`.
    public func createGroup(_ draft: GroupDraft) throws -> Group {
        guard actor.admin else { throw reader.refusal }
        let group = Group(id: try newPrincipalID(), stamp: stamp, name: "")
        return try store(draft, in: group, isNew: true)
    }

    /// Changes a group of the whole workspace, in use or not; for administrators.
    /// - Throws: like `createGroup`, and `Fault.notFound`.
    public func updateGroup(_ id: PrincipalID, _ draft: GroupDraft) throws -> Group {
        guard actor.admin else { throw reader.refusal }
        guard let group = records.groups[id], group.project == nil else { throw Fault.notFound }
        return try store(draft, in: group, isNew: false)
    }

    private func store(_ draft: GroupDraft, in group: Group, isNew: Bool) throws -> Group {
        var group = group
        if let name = draft.name { group.name = name }
        if let description = draft.description { group.description = description }
        if let isRetired = draft.isRetired, isRetired != (group.stamp.retired != nil) {
            group.stamp.retired = isRetired ? now : nil
        }
        let problems = groupProblems(group, asksName: isNew || draft.name != nil || draft.isRetired == false)
        if !problems.isEmpty { throw Fault.invalid(problems) }
        try put(group)
        if draft.isRetired != nil { try inheritMemberships() }
        return records.groups[group.id] ?? group
    }

    private func groupProblems(_ group: Group, asksName: Bool) -> [Problem] {
        var problems: [Problem] = []
        let name = Problem.Subject.property("name")
        let folded = TextFolding.fold(group.name)
        let isTaken = records.groups.values.contains { other in
            other.id != group.id && other.stamp.retired == nil && other.project == nil
                && TextFolding.fold(other.name) == folded
        }
        if group.name.allSatisfy(\.isWhitespace) {
            problems.append(Problem(name, .required))
        } else if group.name.count > 255 {
            problems.append(Problem(name, .tooLong(maximum: 255)))
        } else if asksName && isTaken {
            problems.append(Problem(name, .taken))
        }
        if group.description.count > UserDraft.attributeMaximumLength {
            problems.append(Problem(.property("description"), .tooLong(maximum: UserDraft.attributeMaximumLength)))
        }
        return problems
    }
}
