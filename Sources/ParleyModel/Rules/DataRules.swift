/// Rules about data that one or another original has. Each is a setting, and holds for every dialect.
public struct DataRules: Sendable, Codable, Equatable {
    /// Who may be an assignee.
    public enum Assignable: String, Sendable, Codable {
        /// Whoever holds `own_issues` there.
        case byPermission
        /// Every user who can sign in.
        case allUsers
    }

    /// Start and due date of a parent are the earliest and latest of its children.
    public var parentDatesFromChildren = false
    /// A parent's priority is the highest of its open children.
    public var parentPriorityFromChildren = false
    /// A parent's progress is the average of its children, by estimate.
    public var parentProgressFromChildren = false
    /// An issue that an open one blocks cannot close.
    public var blockedCannotClose = false
    /// An issue that is closed may take another closed status, whatever is open that blocks it or lies below it.
    public var closedIgnoresOpenOnes = false
    /// A parent of open issues cannot close.
    public var openChildrenPreventClosing = false
    /// The end of an issue moves the start of those that it precedes.
    public var precedesMovesDates = false
    public var dueNotBeforeStart = false
    public var startDateDefaultsToToday = false
    public var categoryAssignsIssue = false
    /// Closing an issue closes its duplicates.
    public var closingClosesDuplicates = false
    /// Leaving the initial category sets startedAt.
    public var leavingInitialSetsStarted = false
    /// A step from one closed status to another sets closedAt anew.
    public var closingAgainSetsClosed = false
    /// A reply sets contactedAt where there are requestors.
    public var replySetsContacted = false
    /// The assignee becomes a watcher.
    public var assigneeWatches = false
    /// Authors and recipients of an issue's first posts become watchers.
    public var firstPostPeopleWatch = false
    /// Whoever changes or comments becomes a watcher, where their preferences say so.
    public var changerWatches = false
    /// Who begins or ends to watch an issue changes it: its time of change is set.
    public var watchingTouchesIssues = false
    public var assignable = Assignable.byPermission
    /// Issues may be assigned to every administrator, whatever roles they have.
    public var administratorsAssignable = false
    /// An issue may be assigned to its author, whatever roles they have.
    public var authorsAssignable = false
    /// Issues may be assigned to groups.
    public var groupsAssignable = false
    /// Setting an unknown label makes it.
    public var labelsOnDemand = false
    public var votes = false
    /// Whatever lies in a project is seen only by those who see the project.
    public var projectGuardsContents = true
    /// Whoever comments an issue must see it. Off: the right to comment suffices.
    public var commentsNeedSight = true
    /// Who links or unlinks two issues needs the right on both.
    public var linksNeedRightsOnBothEnds = false
    /// One issue is linked to another at most once, save by the hierarchy, and never to one above or below it.
    public var oneLinkPerPair = false
    /// Links, save the hierarchy's, join issues of one project; an issue that goes to another one loses them.
    public var linksStayInProject = false
    /// Parents are in the same tree of projects as their children. An issue that goes to another project takes what is
    /// below it along, and leaves a parent in another tree.
    public var treesStayTogether = false
    /// Posts of those without `post_unmoderated` wait for a moderator.
    public var moderation = false
    /// Retirements by one user in a day; nil: any number.
    public var deletionsPerDay: Int?
    /// A subject is needed and has at most so many characters; nil: no rule.
    public var titleMaximumLength: Int?

    public init() {}
}

/// What a project or tool says differently; nil follows the wider scope.
public struct RuleOverrides: Sendable, Codable, Equatable {
    /// Names of `DataRules` switches and their state here.
    public var switches: [String: Bool]

    public init(switches: [String: Bool] = [:]) { self.switches = switches }

    /// The rules with what is said here put over them.
    public func applied(to rules: DataRules) -> DataRules {
        guard !switches.isEmpty else { return rules }
        var result = rules
        for (name, path) in DataRules.switchPaths {
            if let value = switches[name] { result[keyPath: path] = value }
        }
        return result
    }
}

extension DataRules {
    /// The switches by the names that workspace files use.
    public static var switchPaths: [(name: String, path: WritableKeyPath<DataRules, Bool>)] {
        [
            ("parentDatesFromChildren", \.parentDatesFromChildren),
            ("parentPriorityFromChildren", \.parentPriorityFromChildren),
            ("parentProgressFromChildren", \.parentProgressFromChildren),
            ("blockedCannotClose", \.blockedCannotClose),
            ("openChildrenPreventClosing", \.openChildrenPreventClosing),
            ("closedIgnoresOpenOnes", \.closedIgnoresOpenOnes),
            ("precedesMovesDates", \.precedesMovesDates),
            ("dueNotBeforeStart", \.dueNotBeforeStart),
            ("startDateDefaultsToToday", \.startDateDefaultsToToday),
            ("categoryAssignsIssue", \.categoryAssignsIssue),
            ("closingClosesDuplicates", \.closingClosesDuplicates),
            ("leavingInitialSetsStarted", \.leavingInitialSetsStarted),
            ("closingAgainSetsClosed", \.closingAgainSetsClosed),
            ("replySetsContacted", \.replySetsContacted),
            ("assigneeWatches", \.assigneeWatches),
            ("firstPostPeopleWatch", \.firstPostPeopleWatch),
            ("changerWatches", \.changerWatches),
            ("watchingTouchesIssues", \.watchingTouchesIssues),
            ("administratorsAssignable", \.administratorsAssignable),
            ("authorsAssignable", \.authorsAssignable),
            ("groupsAssignable", \.groupsAssignable),
            ("labelsOnDemand", \.labelsOnDemand),
            ("votes", \.votes),
            ("projectGuardsContents", \.projectGuardsContents),
            ("commentsNeedSight", \.commentsNeedSight),
            ("linksNeedRightsOnBothEnds", \.linksNeedRightsOnBothEnds),
            ("oneLinkPerPair", \.oneLinkPerPair),
            ("linksStayInProject", \.linksStayInProject),
            ("treesStayTogether", \.treesStayTogether),
            ("moderation", \.moderation),
        ]
    }
}

/// The workspace's own settings; one record.
public struct WorkspaceSettings: Record {
    /// Settings are one record.
    public enum Key: Sendable {}
    public static let recordClass = RecordClass.settings

    public let id: Identifier<Key>
    public var stamp: Stamp
    public var name: String
    public var rules: DataRules
    /// Grants whose scope is the whole workspace.
    public var grants: [Grant]
    public var defaultWorkflow: WorkflowID?
    /// Only signed-in users see anything.
    public var signInRequired: Bool
    /// Programs may sign in.
    public var apiEnabled: Bool
    public var timeZone: String
    public var language: String
    /// Octets of one file.
    public var fileSizeLimit: Int64
    /// Octets of the files that one user has uploaded and not yet attached.
    public var temporaryFileQuota: Int64
    /// What a bare text is taken for where neither request nor user says.
    public var textFormat: TextFormat
    /// Characters.
    public var passwordMinimumLength: Int
    /// Regular expression that a login must match wholly; empty: none.
    public var loginPattern: String
    /// Switches of single front ends, by mount name.
    public var frontEndOptions: [String: [String: String]]

    public init(stamp: Stamp) {
        id = Identifier(1)
        self.stamp = stamp
        name = "Parley"
        rules = DataRules()
        grants = []
        signInRequired = false
        apiEnabled = true
        timeZone = "UTC"
        language = "en"
        fileSizeLimit = 5 * 1024 * 1024
        temporaryFileQuota = 64 * 1024 * 1024
        textFormat = .plain
        passwordMinimumLength = 8
        loginPattern = ""
        frontEndOptions = [:]
    }

    public var sortRank: Double { 0 }
    public var sortName: String { name }
}
