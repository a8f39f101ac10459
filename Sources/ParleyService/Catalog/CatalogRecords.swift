import ParleyModel
import ParleyStorage

/// All reference data by class and number, retired entities too, so that history can name them.
public struct CatalogRecords: Sendable {
    public internal(set) var settings: WorkspaceSettings
    public internal(set) var users: [PrincipalID: User] = [:]
    public internal(set) var groups: [PrincipalID: Group] = [:]
    public internal(set) var roles: [RoleID: Role] = [:]
    public internal(set) var memberships: [MembershipID: Membership] = [:]
    public internal(set) var projects: [ProjectID: Project] = [:]
    public internal(set) var tools: [ToolID: Tool] = [:]
    public internal(set) var types: [IssueTypeID: IssueType] = [:]
    public internal(set) var statuses: [StatusID: Status] = [:]
    public internal(set) var workflows: [WorkflowID: Workflow] = [:]
    public internal(set) var priorities: [PriorityID: Priority] = [:]
    public internal(set) var fields: [FieldID: Field] = [:]
    public internal(set) var versions: [VersionID: Version] = [:]
    public internal(set) var categories: [CategoryID: Category] = [:]
    public internal(set) var labels: [LabelID: Label] = [:]
    public internal(set) var enumerations: [EnumerationID: Enumeration] = [:]
    public internal(set) var linkTypes: [LinkTypeID: LinkType] = [:]
    public internal(set) var savedQueries: [SavedQueryID: SavedQuery] = [:]
    public internal(set) var forums: [ForumID: Forum] = [:]
    public internal(set) var classifiers: [ClassifierID: Classifier] = [:]
    /// Counts the changes of reference data; tells one catalog from the next.
    public internal(set) var generation: Int64 = 0

    init(settings: WorkspaceSettings) {
        self.settings = settings
    }
}

/// A class of reference data that has a table in the catalog.
public protocol CatalogRecord: Record {
    /// Its table.
    static var table: WritableKeyPath<CatalogRecords, [Identifier<Key>: Self]> { get }
    /// The sequence that numbers it, and the first number given.
    static var firstNumber: Int64 { get }
}

extension CatalogRecord {
    public static var firstNumber: Int64 { 1 }
}

extension Role: CatalogRecord { public static var table: WritableKeyPath<CatalogRecords, [RoleID: Role]> { \.roles } }
extension Membership: CatalogRecord {
    public static var table: WritableKeyPath<CatalogRecords, [MembershipID: Membership]> { \.memberships }
}
extension Project: CatalogRecord {
    public static var table: WritableKeyPath<CatalogRecords, [ProjectID: Project]> { \.projects }
}
extension Tool: CatalogRecord { public static var table: WritableKeyPath<CatalogRecords, [ToolID: Tool]> { \.tools } }
extension IssueType: CatalogRecord {
    public static var table: WritableKeyPath<CatalogRecords, [IssueTypeID: IssueType]> { \.types }
}
extension Status: CatalogRecord {
    public static var table: WritableKeyPath<CatalogRecords, [StatusID: Status]> { \.statuses }
}
extension Workflow: CatalogRecord {
    public static var table: WritableKeyPath<CatalogRecords, [WorkflowID: Workflow]> { \.workflows }
}
extension Priority: CatalogRecord {
    public static var table: WritableKeyPath<CatalogRecords, [PriorityID: Priority]> { \.priorities }
}
extension Field: CatalogRecord {
    public static var table: WritableKeyPath<CatalogRecords, [FieldID: Field]> { \.fields }
    public static var firstNumber: Int64 { 101 }
}
extension Version: CatalogRecord {
    public static var table: WritableKeyPath<CatalogRecords, [VersionID: Version]> { \.versions }
}
extension Category: CatalogRecord {
    public static var table: WritableKeyPath<CatalogRecords, [CategoryID: Category]> { \.categories }
}
extension Label: CatalogRecord {
    public static var table: WritableKeyPath<CatalogRecords, [LabelID: Label]> { \.labels }
}
extension Enumeration: CatalogRecord {
    public static var table: WritableKeyPath<CatalogRecords, [EnumerationID: Enumeration]> { \.enumerations }
}
extension LinkType: CatalogRecord {
    public static var table: WritableKeyPath<CatalogRecords, [LinkTypeID: LinkType]> { \.linkTypes }
    public static var firstNumber: Int64 { 101 }
}
extension SavedQuery: CatalogRecord {
    public static var table: WritableKeyPath<CatalogRecords, [SavedQueryID: SavedQuery]> { \.savedQueries }
}
extension Forum: CatalogRecord {
    public static var table: WritableKeyPath<CatalogRecords, [ForumID: Forum]> { \.forums }
}
extension Classifier: CatalogRecord {
    public static var table: WritableKeyPath<CatalogRecords, [ClassifierID: Classifier]> { \.classifiers }
}

/// How users and groups are stored: one class, since they share numbers.
struct PrincipalRecord: Record {
    typealias Key = Principal
    static let recordClass = RecordClass.principal

    var user: User?
    var group: Group?

    var id: PrincipalID { user?.id ?? group?.id ?? .nobody }
    var stamp: Stamp {
        get { user?.stamp ?? group?.stamp ?? Stamp(created: Instant(microseconds: 0), creator: .system) }
        set {
            user?.stamp = newValue
            group?.stamp = newValue
        }
    }
    var sortRank: Double { 0 }
    /// People stand in lists by their shown name.
    var sortName: String { user?.displayName ?? group?.name ?? "" }
}

extension CatalogRecords {
    /// Reads everything.
    /// - Throws: `StorageFault.corrupt` where a record cannot be read; `notFound` in an empty database.
    static func load(from connection: any SQLConnection) throws -> CatalogRecords? {
        let stored = try RecordRows.all(on: connection)
        guard let first = stored.first(where: { $0.recordClass == .settings }) else { return nil }
        var records = CatalogRecords(settings: try RecordRows.decode(WorkspaceSettings.self, first))
        for item in stored { try records.add(item) }
        records.generation = try RecordRows.last("catalog", on: connection) ?? 0
        return records
    }

    private mutating func add(_ stored: RecordRows.Stored) throws {
        switch stored.recordClass {
        case .settings: break
        case .principal:
            let record: PrincipalRecord = try RecordRows.decode(PrincipalRecord.self, stored)
            if let user = record.user { users[user.id] = user }
            if let group = record.group { groups[group.id] = group }
        case .role: try insert(Role.self, stored)
        case .membership: try insert(Membership.self, stored)
        case .project: try insert(Project.self, stored)
        case .tool: try insert(Tool.self, stored)
        case .issueType: try insert(IssueType.self, stored)
        case .status: try insert(Status.self, stored)
        case .workflow: try insert(Workflow.self, stored)
        case .priority: try insert(Priority.self, stored)
        case .field: try insert(Field.self, stored)
        case .version: try insert(Version.self, stored)
        case .category: try insert(Category.self, stored)
        case .label: try insert(Label.self, stored)
        case .enumeration: try insert(Enumeration.self, stored)
        case .linkType: try insert(LinkType.self, stored)
        case .savedQuery: try insert(SavedQuery.self, stored)
        case .forum: try insert(Forum.self, stored)
        case .classifier: try insert(Classifier.self, stored)
        }
    }

    private mutating func insert<R: CatalogRecord>(_ type: R.Type, _ stored: RecordRows.Stored) throws {
        let record = try RecordRows.decode(R.self, stored)
        self[keyPath: R.table][record.id] = record
    }
}
