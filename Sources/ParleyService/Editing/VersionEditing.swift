import ParleyModel
import ParleyStorage

/// What a request says of a version; nil leaves a part as it is.
public struct VersionDraft: Sendable {
    public var name: String?
    /// `.some(nil)` takes it away.
    public var description: String??
    public var status: Given<Version.Status> = .absent
    /// One that the actor may not choose is passed over.
    public var sharing: Version.Sharing?
    public var due: Given<CivilDate> = .absent
    /// `.some(nil)` takes it away.
    public var page: String??
    public var values: [(field: Int64, operands: [ParsedOperand])] = []
    /// What a dialect asks for beyond the workspace's rules, in characters.
    public var nameMaximumLength: Int?
    public var descriptionMaximumLength: Int?

    public init() {}
}

extension Transaction {
    /// Makes a version in a project.
    /// - Throws: `Fault.forbidden`, `.unauthenticated` without `manage_versions`; `.invalid` with properties `name`,
    ///   `description`, `due`, `status`.
    public func createVersion(in project: ProjectID, _ draft: VersionDraft) throws -> Version {
        try manage(.manageVersions, in: project)
        var version = Version(id: try newID(Version.self), stamp: stamp, project: project, name: "")
        version.position = (catalog.versions(of: project).map(\.position).max() ?? 0) + 1
        try apply(draft, to: &version, isNew: true)
        try put(version)
        return records.versions[version.id] ?? version
    }

    /// Changes a version. Issues of projects with which it is no longer shared lose it.
    /// - Throws: as `createVersion`; `Fault.notFound`.
    public func updateVersion(_ id: VersionID, _ draft: VersionDraft) throws -> Version {
        let before = try managed(id)
        var version = before
        try apply(draft, to: &version, isNew: false)
        try put(version)
        if version.sharing != before.sharing { try withdraw(id) }
        return records.versions[id] ?? version
    }

    /// Takes a version out of use.
    /// - Throws: as `createVersion`; `Fault.notFound`; `.invalid` with the rule `inUse` where something names it.
    public func deleteVersion(_ id: VersionID) throws {
        let version = try managed(id)
        guard try !isNamed(id) else { throw Fault.invalid([Problem(.whole, .inUse)]) }
        for var project in records.projects.values where project.defaults.version == id {
            project.defaults.version = nil
            try put(project)
        }
        try retire(version)
    }

    private func managed(_ id: VersionID) throws -> Version {
        guard let version = records.versions[id], version.stamp.retired == nil else { throw Fault.notFound }
        try manage(.manageVersions, in: version.project)
        return version
    }

    /// Whether an issue is planned for it, or a custom field names it.
    private func isNamed(_ id: VersionID) throws -> Bool {
        let planned = try connection.first("SELECT 1 FROM issue WHERE version_id = ?1 LIMIT 1", [.id(id)]) {
            $0.integer(0)
        }
        if planned != nil { return true }
        for field in catalog.fields where field.type == .version {
            let found = try connection.first(
                "SELECT 1 FROM field_value WHERE field_id = ?1 AND number = ?2 LIMIT 1", [.id(field.id), .id(id)]
            ) { $0.integer(0) }
            if found != nil { return true }
        }
        return false
    }

    private func withdraw(_ id: VersionID) throws {
        settle()
        let issues = try connection.all("SELECT id FROM issue WHERE version_id = ?1 ORDER BY id", [.id(id)]) {
            IssueID($0.integer(0))
        }
        var shared: [ProjectID: Bool] = [:]
        for issue in issues {
            guard let before = try IssueRows.issue(issue, on: connection) else { continue }
            let isShared = shared[before.project]
                ?? catalog.versionsShared(with: before.project).contains { $0.id == id }
            shared[before.project] = isShared
            guard !isShared else { continue }
            var after = before
            after.version = nil
            try follow(before, after, derived: false)
        }
    }

    private func apply(_ draft: VersionDraft, to version: inout Version, isNew: Bool) throws {
        var problems: [Problem] = []
        func property(_ name: String, _ rule: Problem.Rule) { problems.append(Problem(.property(name), rule)) }
        if let name = draft.name ?? (isNew ? "" : nil) {
            let isTaken = catalog.versions(of: version.project).contains { $0.id != version.id && $0.name == name }
            if name.allSatisfy(\.isWhitespace) { property("name", .required) }
            if isTaken { property("name", .taken) }
            if let limit = draft.nameMaximumLength, name.count > limit { property("name", .tooLong(maximum: limit)) }
            version.name = name
        }
        if let text = draft.description {
            if let limit = draft.descriptionMaximumLength, text?.count ?? 0 > limit {
                property("description", .tooLong(maximum: limit))
            }
            version.description = text
        }
        switch draft.due {
        case .absent: break
        case .cleared: version.due = nil
        case .unreadable: property("due", .notADate)
        case .value(let day): version.due = day
        }
        switch draft.status {
        case .absent: break
        case .cleared, .unreadable: property("status", .notInList)
        case .value(let status): version.status = status
        }
        if let sharing = draft.sharing, mayShare(version, sharing) { version.sharing = sharing }
        if let page = draft.page { version.page = page }
        try EntityValues(transaction: self, object: .version).apply(
            draft.values, to: &version.values, isNew: isNew, &problems)
        if !problems.isEmpty { throw Fault.invalid(problems) }
    }

    /// With everything is for administrators; upwards is for those who manage versions at the root.
    private func mayShare(_ version: Version, _ sharing: Version.Sharing) -> Bool {
        if sharing == version.sharing { return true }
        switch sharing {
        case .none, .descendants: return true
        case .system: return actor.admin
        case .hierarchy, .tree:
            guard let root = catalog.ancestors(of: version.project).last.flatMap({ records.projects[$0] }) else {
                return true
            }
            return access.sees(root) && access.allows(.manageVersions, in: root)
        }
    }
}
