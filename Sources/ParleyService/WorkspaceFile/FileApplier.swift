import ParleyModel
import ParleyStorage

/// Brings a workspace to what a file declares, inside one transaction.
///
/// Two passes. The first gives every row that the file declares its number, so that a reference may point to a row
/// anywhere in the file; the second compares each row with what is there and stores what differs. Contents come last.
/// Problems are collected, and refuse the whole at the end of each stage.
final class FileApplier {
    let root: FileNode
    let transaction: Transaction
    let secrets: FileSecrets
    let dryRun: Bool
    var problems = FileProblems()
    private(set) var changes: [AppliedChange] = []
    var names = FileNames()
    /// Rows that were opened so that contents can be made in them, as they are to be in the end.
    var thawedProjects: [ProjectID: Project] = [:]
    var thawedVersions: [VersionID: Version] = [:]
    /// The issues of each tracker, by their keys in the file, and by their titles after a `=`.
    var issueKeys: [ToolID: [String: IssueID]] = [:]
    var pendingLinks: [PendingLink] = []
    /// Issues by tracker, author and title, which are their key.
    var knownIssues: [String: IssueID] = [:]
    /// Issues are made and changed in the order of time rather than of the file.
    let isTimeline: Bool

    init(_ file: WorkspaceFile, _ transaction: Transaction, _ secrets: FileSecrets, dryRun: Bool) {
        root = file.root
        isTimeline = file.isTimeline
        self.transaction = transaction
        self.secrets = secrets
        self.dryRun = dryRun
    }

    var records: CatalogRecords { transaction.records }
    var connection: any SQLConnection { transaction.connection }

    /// What the texts of the file are where they name no format.
    var textFormat: TextFormat {
        root["settings"]?["textFormat"]?.text.flatMap(TextFormat.init) ?? records.settings.textFormat
    }

    func run() throws {
        try nameEverything()
        try refuseProblems()
        try applyWords()
        try applyFields()
        try applyRoles()
        try applyUsers()
        try applyGroups(root["groups"], project: nil)
        try applyWorkflows()
        try applySettings()
        try refuseProblems()
        try applyLabels()
        try applyMembers(root["members"], project: nil)
        for project in names.declaredProjects { try applyProject(project) }
        try inheritMemberships()
        try applyQueries(root["savedQueries"], project: nil, tracker: nil)
        try applyQueriesAtHand()
        try refuseProblems()
        try applyContents()
        try refuseProblems()
    }

    func refuseProblems() throws {
        if !problems.list.isEmpty { throw WorkspaceFileFault(problems.list) }
    }

    func note(_ kind: AppliedChange.Kind, _ subject: String, _ name: String, _ fields: [String] = []) {
        changes.append(AppliedChange(kind: kind, subject: subject, name: name, fields: fields))
    }

    // MARK: storing

    /// Stores a row that is new or differs, and notes it.
    func store<R: CatalogRecord>(_ record: R, isNew: Bool, _ subject: String, _ name: String, _ edit: RowEdit) throws {
        guard isNew || !edit.changed.isEmpty else { return }
        try transaction.put(record)
        note(isNew ? .create : .change, subject, name, isNew ? [] : edit.changed)
    }

    /// The place of a new row in the order of its class: after those that were there.
    func place(_ index: Int, after count: Double) -> Double { count + Double(index) + 1 }

    /// Takes a row out of use, or brings it back, where the file says so.
    func setRetired(_ stamp: inout Stamp, _ node: FileNode, _ edit: inout RowEdit) {
        guard let retired = node["retired"]?.boolean, retired != (stamp.retired != nil) else { return }
        stamp.retired = retired ? transaction.now : nil
        edit.changed.append("retired")
    }

    /// The next number of a sequence that begins with 101.
    func nextOrdinary<E>(_ sequence: String, _ type: Identifier<E>.Type = Identifier<E>.self) throws -> Identifier<E> {
        Identifier(try RecordRows.next(sequence, from: PrincipalID.firstOrdinary, on: connection))
    }
}

/// Sets properties of a row and remembers which of them differed.
struct RowEdit {
    var changed: [String] = []

    /// Sets what the file names; nil leaves it as it is.
    mutating func set<T: Equatable>(_ place: inout T, _ value: T?, _ key: String) {
        guard let value, value != place else { return }
        place = value
        changed.append(key)
    }

    /// Sets what the file names, where there may be none; nil leaves it as it is.
    mutating func set<T: Equatable>(_ place: inout T?, _ value: T?, _ key: String) {
        guard let value, value != place else { return }
        place = value
        changed.append(key)
    }

    /// Sets or clears what the file names.
    /// - Parameter given: whether the file names it.
    mutating func replace<T: Equatable>(_ place: inout T?, _ value: T?, _ key: String, given: Bool = true) {
        guard given, value != place else { return }
        place = value
        changed.append(key)
    }
}
