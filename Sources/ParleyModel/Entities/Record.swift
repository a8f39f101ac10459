/// What every entity knows of its own making.
public struct Stamp: Sendable, Codable, Equatable {
    public var created: Instant
    public var creator: PrincipalID
    public var modified: Instant
    public var modifier: PrincipalID
    /// Counts changes of content, 1 when fresh. Retiring and restoring leave it.
    public var revision: Int64
    /// Since when the entity is out of use; nil while it is in use.
    public var retired: Instant?

    public init(created: Instant, creator: PrincipalID) {
        self.created = created
        self.creator = creator
        modified = created
        modifier = creator
        revision = 1
    }
}

/// The classes of reference data: small, read on every request, kept whole in memory by the catalog. Raw values are
/// stored.
public enum RecordClass: String, Sendable, Codable, CaseIterable {
    case settings, principal, role, membership, project, tool
    case issueType = "issue_type"
    case status, workflow, priority
    case field, version, category, label, enumeration
    case linkType = "link_type"
    case savedQuery = "saved_query"
    case forum, classifier
}

/// Reference data: a value that is stored whole, retired but never destroyed, and audited.
public protocol Record: Codable, Sendable, Equatable {
    associatedtype Key
    static var recordClass: RecordClass { get }
    var id: Identifier<Key> { get }
    var stamp: Stamp { get set }
    /// What orders the class where clients show a list of it; a priority's place in its list, a status's rank.
    var sortRank: Double { get }
    /// What orders equals: the name.
    var sortName: String { get }
}

/// Custom values of an entity. A field that was never set is absent; one that was emptied holds an empty list.
public typealias FieldValues = [FieldID: [Value]]
