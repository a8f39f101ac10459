/// A workspace-wide kind of issue, such as Bug.
public struct IssueType: Record {
    public typealias Key = IssueType
    public static let recordClass = RecordClass.issueType

    public let id: IssueTypeID
    public var stamp: Stamp
    public var name: String
    public var description: String
    public var rank: Double
    /// The status a new one gets; nil: the workflow's default.
    public var defaultStatus: StatusID?
    /// Nil: the workspace's.
    public var workflow: WorkflowID?
    /// Builtin fields that issues of the type do not use.
    public var disabledFields: Set<BuiltinField>
    /// Whether issues of the type are planned on a time line.
    public var isInRoadmap: Bool

    public init(id: IssueTypeID, stamp: Stamp, name: String, rank: Double) {
        self.id = id
        self.stamp = stamp
        self.name = name
        description = ""
        self.rank = rank
        disabledFields = []
        isInRoadmap = true
    }

    public var sortRank: Double { rank }
    public var sortName: String { name }
}

/// A stage of work. Names are unique in a workflow, not in the workspace.
public struct Status: Record {
    public typealias Key = Status
    public static let recordClass = RecordClass.status

    /// Where in an issue's life it stands.
    public enum Category: String, Sendable, Codable, CaseIterable { case initial, active, closed }

    public let id: StatusID
    public var stamp: Stamp
    public var name: String
    public var description: String
    public var rank: Double
    public var category: Category
    /// Percentage that an issue gets with the status, where the workspace says so.
    public var defaultProgress: Int?
    /// Other spellings.
    public var aliases: [String]

    public init(id: StatusID, stamp: Stamp, name: String, rank: Double, category: Category) {
        self.id = id
        self.stamp = stamp
        self.name = name
        description = ""
        self.rank = rank
        self.category = category
        aliases = []
    }

    public var isClosed: Bool { category == .closed }
    public var sortRank: Double { rank }
    public var sortName: String { name }
}

/// A named band of priority numbers.
public struct Priority: Record {
    public typealias Key = Priority
    public static let recordClass = RecordClass.priority

    public let id: PriorityID
    public var stamp: Stamp
    public var name: String
    /// The order shown; an original may list the most urgent first.
    public var rank: Double
    /// The band's numbers, both included; higher is more urgent. Bands cover all integers.
    public var low: Int64
    public var high: Int64
    /// The number that setting the name moves to, unless the present one is inside.
    public var number: Int64
    public var isDefault: Bool
    public var active: Bool

    public init(id: PriorityID, stamp: Stamp, name: String, rank: Double, low: Int64, high: Int64, number: Int64) {
        self.id = id
        self.stamp = stamp
        self.name = name
        self.rank = rank
        self.low = low
        self.high = high
        self.number = number
        isDefault = false
        active = true
    }

    public var sortRank: Double { Double(number) }
    public var sortName: String { name }
}

/// One entry of a named list of the workspace: an activity of time entries, a category of documents.
public struct Enumeration: Record {
    public typealias Key = Enumeration
    public static let recordClass = RecordClass.enumeration

    /// Which list it belongs to.
    public enum Kind: String, Sendable, Codable, CaseIterable { case activity, documentCategory }

    public let id: EnumerationID
    public var stamp: Stamp
    public var kind: Kind
    public var name: String
    public var rank: Double
    public var isDefault: Bool
    public var active: Bool
    /// Set where a project has its own variant.
    public var project: ProjectID?
    public var values: FieldValues

    public init(id: EnumerationID, stamp: Stamp, kind: Kind, name: String, rank: Double) {
        self.id = id
        self.stamp = stamp
        self.kind = kind
        self.name = name
        self.rank = rank
        isDefault = false
        active = true
        values = [:]
    }

    public var sortRank: Double { rank }
    public var sortName: String { name }
}

/// A kind of link between issues.
public struct LinkType: Record {
    public typealias Key = LinkType
    public static let recordClass = RecordClass.linkType

    /// What a link does beyond being there.
    public enum Effect: String, Sendable, Codable { case none, hierarchy, blocks, precedes, duplicates }

    public let id: LinkTypeID
    public var stamp: Stamp
    /// Unique: `relates`, `hierarchy`, `blocks`, `precedes`, `duplicates`, `copied_to`, or one that the workspace made.
    public var name: String
    /// Read from the link's source: `blocks`.
    public var forwardLabel: String
    /// Read from the link's target: `blocked by`.
    public var reverseLabel: String
    public var symmetric: Bool
    public var effect: Effect
    /// Comes with the server and cannot be changed.
    public var isSystem: Bool

    public init(id: LinkTypeID, stamp: Stamp, name: String, forward: String, reverse: String, effect: Effect) {
        self.id = id
        self.stamp = stamp
        self.name = name
        forwardLabel = forward
        reverseLabel = reverse
        symmetric = false
        self.effect = effect
        isSystem = false
    }

    public var sortRank: Double { Double(id.rawValue) }
    public var sortName: String { name }
}

extension Identifier where Entity == LinkType {
    /// The link types that every workspace has.
    public static let hierarchy = LinkTypeID(1)
    public static let relates = LinkTypeID(2)
    public static let blocks = LinkTypeID(3)
    public static let precedes = LinkTypeID(4)
    public static let duplicates = LinkTypeID(5)
    public static let copiedTo = LinkTypeID(6)
}

/// The definition of a custom field. Builtin fields are `BuiltinField`.
public struct Field: Record {
    public typealias Key = Field
    public static let recordClass = RecordClass.field

    /// The class whose entities carry it.
    public enum Object: String, Sendable, Codable, CaseIterable {
        case issue, project, user, group, timeEntry, version, enumeration
    }

    /// What a text must be like.
    public struct Limits: Sendable, Codable, Equatable {
        /// Characters.
        public var minimumLength: Int?
        public var maximumLength: Int?
        /// Regular expression that a value must match somewhere.
        public var pattern: String?
        public init() {}
    }

    public let id: FieldID
    public var stamp: Stamp
    public var name: String
    public var label: String
    public var description: String
    public var type: FieldType
    public var multiple: Bool
    public var object: Object
    public var limits: Limits
    public var defaultValues: [Value]
    public var required: Bool
    /// Whether lists may be filtered by it where a dialect asks.
    public var filter: Bool
    /// Whether text search finds its values.
    public var searchable: Bool
    public var rank: Double
    /// Issue types that have it; nil: all.
    public var types: [IssueTypeID]?
    /// Projects that have it; nil: all.
    public var projects: [ProjectID]?
    /// Roles that see it; nil: everybody who sees the object.
    public var visibleTo: [RoleID]?
    /// Present: only these grants say who may read, submit and update it, where no form element says so itself.
    public var access: [Grant]?
    /// For lists.
    public var listValues: [ListValue]
    public var options: [String: String]

    public init(id: FieldID, stamp: Stamp, name: String, type: FieldType, object: Object, rank: Double) {
        self.id = id
        self.stamp = stamp
        self.name = name
        label = name
        description = ""
        self.type = type
        multiple = false
        self.object = object
        limits = Limits()
        defaultValues = []
        required = false
        filter = false
        searchable = false
        self.rank = rank
        listValues = []
        options = [:]
    }

    public var sortRank: Double { rank }
    public var sortName: String { name }
}

/// One choice of a list field.
public struct ListValue: Sendable, Codable, Equatable {
    public let id: ListValueID
    public var label: String
    public var rank: Double
    public var hidden: Bool
    public var color: String
    /// The entity it stands for, where the list shows another class in one tracker.
    public var refers: Int64?

    public init(id: ListValueID, label: String, rank: Double) {
        self.id = id
        self.label = label
        self.rank = rank
        hidden = false
        color = ""
    }
}

/// A query that somebody keeps.
public struct SavedQuery: Record {
    public typealias Key = SavedQuery
    public static let recordClass = RecordClass.savedQuery

    /// Who else may use it.
    public enum Visibility: Sendable, Codable, Equatable {
        case owner
        case roles([RoleID])
        case all
    }

    public let id: SavedQueryID
    public var stamp: Stamp
    public var owner: PrincipalID
    public var project: ProjectID?
    public var tracker: ToolID?
    public var name: String
    /// The class it finds; `issue` unless said otherwise.
    public var object: String
    public var visibility: Visibility
    /// In which language `text` is: a front end's own word.
    public var namespace: String
    /// The query as it was given.
    public var text: String
    public var columns: [String]
    public var sort: [String]
    public var isDefault: Bool

    public init(id: SavedQueryID, stamp: Stamp, owner: PrincipalID, name: String, namespace: String, text: String) {
        self.id = id
        self.stamp = stamp
        self.owner = owner
        self.name = name
        object = "issue"
        visibility = .owner
        self.namespace = namespace
        self.text = text
        columns = []
        sort = []
        isDefault = false
    }

    public var sortRank: Double { 0 }
    public var sortName: String { name }
}
