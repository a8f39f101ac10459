/// Where issues, members and tools belong together.
public struct Project: Record {
    public typealias Key = Project
    public static let recordClass = RecordClass.project

    /// Whether work goes on in it.
    public enum Status: String, Sendable, Codable {
        case active
        /// Read only.
        case closed
        /// Hidden from everybody, administrators too.
        case archived
    }

    /// What a new issue gets where the request is silent.
    public struct Defaults: Sendable, Codable, Equatable {
        public var tracker: ToolID?
        public var version: VersionID?
        public var assignee: PrincipalID?
        public var initialPriority: Int64?
        public var finalPriority: Int64?
        /// Days from creation to the due date.
        public var duePeriodDays: Int64?
        public init() {}
    }

    /// Somebody with a part in every issue of the project.
    public struct Participant: Sendable, Codable, Equatable {
        public var role: ParticipantRole
        public var principal: PrincipalID
        public init(role: ParticipantRole, principal: PrincipalID) {
            self.role = role
            self.principal = principal
        }
    }

    public let id: ProjectID
    public var stamp: Stamp
    /// Unique; `[a-z0-9_-]`, up to 100, not digits alone.
    public var identifier: String
    /// Other spellings of the identifier.
    public var aliases: [String]
    public var name: String
    /// Nil where nobody gave one, which is something else than an empty one.
    public var description: String?
    public var summary: String
    public var homepage: String?
    public var parent: ProjectID?
    public var isPublic: Bool
    public var status: Status
    public var inheritsMembers: Bool
    public var defaults: Defaults
    public var participants: [Participant]
    public var classifiers: [ClassifierID]
    public var labels: [String]
    /// A user's own project.
    public var personalOwner: PrincipalID?
    /// Enumeration entries in use here; empty: those of the workspace.
    public var enumerations: [EnumerationID]
    public var grants: [Grant]
    /// Overrides of the workspace's rules about data.
    public var rules: RuleOverrides
    public var values: FieldValues
    /// Texts and small structures that nothing else depends on, by namespace and name.
    public var attributes: [String: [String: String]]

    public init(id: ProjectID, stamp: Stamp, identifier: String, name: String) {
        self.id = id
        self.stamp = stamp
        self.identifier = identifier
        aliases = []
        self.name = name
        summary = ""
        homepage = ""
        isPublic = true
        status = .active
        inheritsMembers = false
        defaults = Defaults()
        participants = []
        classifiers = []
        labels = []
        enumerations = []
        grants = []
        rules = RuleOverrides()
        values = [:]
        attributes = [:]
    }

    public var sortRank: Double { 0 }
    public var sortName: String { name }
}

/// What a project has installed: something with a mount point of its own.
public struct Tool: Record {
    public typealias Key = Tool
    public static let recordClass = RecordClass.tool

    /// What the tool is for.
    public enum Kind: String, Sendable, Codable, CaseIterable {
        case tickets, wiki, forum, blog, link, files, time, documents, repository, calendar, gantt
        /// One that a client switched on and that nothing here knows; its label is the name that it was given.
        case other
    }

    public let id: ToolID
    public var stamp: Stamp
    public var project: ProjectID
    public var kind: Kind
    /// Unique in the project; `[a-z0-9_-]`.
    public var mountPoint: String
    public var label: String
    /// Place among the project's tools.
    public var position: Double
    /// Whether grants of project and workspace hold inside; off: only the tool's own.
    public var inheritsAccess: Bool
    public var grants: [Grant]
    /// Words of the tool's kind: a link's address, a wiki's start page.
    public var options: [String: String]
    /// For `tickets`: how issues are numbered, shown and worked.
    public var tracker: Tracker?
    public var rules: RuleOverrides

    public init(id: ToolID, stamp: Stamp, project: ProjectID, kind: Kind, mountPoint: String, label: String) {
        self.id = id
        self.stamp = stamp
        self.project = project
        self.kind = kind
        self.mountPoint = mountPoint
        self.label = label
        position = 0
        inheritsAccess = true
        grants = []
        options = [:]
        rules = RuleOverrides()
    }

    public var sortRank: Double { position }
    public var sortName: String { label }
}

/// The tracker of a `tickets` tool.
public struct Tracker: Sendable, Codable, Equatable {
    /// Which form elements play the four parts that every tracker knows.
    public struct Semantics: Sendable, Codable, Equatable {
        public var title: FormElementID?
        public var description: FormElementID?
        public var status: FormElementID?
        public var assignee: FormElementID?
        public init() {}
    }

    /// What one issue is called, such as `bug` in `bug #12`.
    public var itemName: String
    public var description: String
    public var color: String
    /// At least one; the first is the default. Within a project a type belongs to one tracker.
    public var types: [IssueTypeID]
    /// Nil: that of the type, else the workspace's.
    public var workflow: WorkflowID?
    /// Empty: builtins and the custom fields enabled for project and types.
    public var form: [FormElement]
    /// The elements of `form` come after those of the default form rather than in their place.
    public var extendsDefaultForm: Bool
    public var semantics: Semantics
    /// Trackers whose issues are children of this one's.
    public var childTrackers: [ToolID]

    public init(itemName: String, types: [IssueTypeID]) {
        self.itemName = itemName
        description = ""
        color = ""
        self.types = types
        form = []
        extendsDefaultForm = false
        semantics = Semantics()
        childTrackers = []
    }
}

/// The use of a field in one tracker, or a container or static piece of its form.
public struct FormElement: Sendable, Codable, Equatable {
    public let id: FormElementID
    /// Nil for containers and static pieces.
    public var field: FieldID?
    public var name: String
    public var label: String
    /// How it is shown: `sb`, `rb`, `tbl`, `select`, `fieldset`, `column`, ...; a word of the front end that made it.
    public var kind: String
    public var parent: FormElementID?
    public var position: Double
    /// The types it is shown for; nil: all of the tracker's.
    public var types: [IssueTypeID]?
    public var required: Bool
    /// Beside those of the field.
    public var limits: Field.Limits
    public var defaultValues: [Value]
    /// Present: only these grants say who may read, submit and update it.
    public var access: [Grant]?
    /// A list's values in this tracker, where they stand for entities of another class.
    public var listValues: [ListValue]
    public var options: [String: String]

    public init(id: FormElementID, field: FieldID?, name: String, label: String, kind: String) {
        self.id = id
        self.field = field
        self.name = name
        self.label = label
        self.kind = kind
        position = 0
        required = false
        limits = Field.Limits()
        defaultValues = []
        listValues = []
        options = [:]
    }
}

/// A release or milestone that issues are planned for.
public struct Version: Record {
    public typealias Key = Version
    public static let recordClass = RecordClass.version

    /// Whether issues may be planned for it.
    public enum Status: String, Sendable, Codable, CaseIterable { case open, locked, closed }
    /// Which other projects may use it.
    public enum Sharing: String, Sendable, Codable, CaseIterable { case none, descendants, hierarchy, tree, system }

    public let id: VersionID
    public var stamp: Stamp
    public var project: ProjectID
    /// Set where the version belongs to one tracker only.
    public var tracker: ToolID?
    public var name: String
    public var description: String?
    public var status: Status
    public var due: CivilDate?
    public var sharing: Sharing
    public var position: Double
    public var isDefault: Bool
    /// Title of a wiki page.
    public var page: String?
    public var values: FieldValues

    public init(id: VersionID, stamp: Stamp, project: ProjectID, name: String) {
        self.id = id
        self.stamp = stamp
        self.project = project
        self.name = name
        description = ""
        status = .open
        sharing = .none
        position = 0
        isDefault = false
        values = [:]
    }

    /// The rank of versions without a day, behind all others.
    public static let undatedRank = 1e9

    /// By the day they are due.
    public var sortRank: Double { due.map { Double($0.daysSince1970) } ?? Version.undatedRank }
    public var sortName: String { name }
}

/// A part of a project's subject, with somebody who looks after it.
public struct Category: Record {
    public typealias Key = Category
    public static let recordClass = RecordClass.category

    public let id: CategoryID
    public var stamp: Stamp
    public var project: ProjectID
    public var name: String
    public var assignee: PrincipalID?

    public init(id: CategoryID, stamp: Stamp, project: ProjectID, name: String) {
        self.id = id
        self.stamp = stamp
        self.project = project
        self.name = name
    }

    public var sortRank: Double { 0 }
    public var sortName: String { name }
}

/// A keyword; its name is exact.
public struct Label: Record {
    public typealias Key = Label
    public static let recordClass = RecordClass.label

    public let id: LabelID
    public var stamp: Stamp
    /// Nil: of the whole workspace.
    public var project: ProjectID?
    public var name: String

    public init(id: LabelID, stamp: Stamp, project: ProjectID?, name: String) {
        self.id = id
        self.stamp = stamp
        self.project = project
        self.name = name
    }

    public var sortRank: Double { 0 }
    public var sortName: String { name }
}

/// A discussion forum of a forum tool.
public struct Forum: Record {
    public typealias Key = Forum
    public static let recordClass = RecordClass.forum

    public let id: ForumID
    public var stamp: Stamp
    public var tool: ToolID
    public var shortName: String
    public var name: String
    public var description: String
    public var position: Double

    public init(id: ForumID, stamp: Stamp, tool: ToolID, shortName: String, name: String) {
        self.id = id
        self.stamp = stamp
        self.tool = tool
        self.shortName = shortName
        self.name = name
        description = ""
        position = 0
    }

    public var sortRank: Double { position }
    public var sortName: String { name }
}

/// A subject category in a fixed tree, by which projects are found.
public struct Classifier: Record {
    public typealias Key = Classifier
    public static let recordClass = RecordClass.classifier

    public let id: ClassifierID
    public var stamp: Stamp
    public var kind: String
    public var shortName: String
    public var fullName: String
    public var fullPath: String
    public var parent: ClassifierID?

    public init(id: ClassifierID, stamp: Stamp, kind: String, shortName: String, fullName: String, fullPath: String) {
        self.id = id
        self.stamp = stamp
        self.kind = kind
        self.shortName = shortName
        self.fullName = fullName
        self.fullPath = fullPath
    }

    public var sortRank: Double { 0 }
    public var sortName: String { fullPath }
}
