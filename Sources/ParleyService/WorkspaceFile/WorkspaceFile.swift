import ParleyModel

/// Why a workspace file was refused as a whole; nothing was changed.
public struct WorkspaceFileFault: Error, Sendable, CustomStringConvertible {
    /// One thing that is wrong, and where.
    public struct Problem: Sendable, Hashable {
        /// From 1; 0 where it concerns no line.
        public var line: Int
        public var message: String

        public init(line: Int, message: String) {
            self.line = line
            self.message = message
        }
    }

    /// In the order of lines, at most `limit`.
    public var problems: [Problem]

    /// How many problems are told at once.
    public static let limit = 50

    init(_ problems: [Problem]) {
        var seen: Set<Problem> = []
        let sorted = problems.filter { seen.insert($0).inserted }.enumerated()
            .sorted { ($0.element.line, $0.offset) < ($1.element.line, $1.offset) }.map(\.element)
        self.problems = Array(sorted.prefix(WorkspaceFileFault.limit))
    }

    init(line: Int, _ message: String) { self.init([Problem(line: line, message: message)]) }

    /// One line for each problem.
    public var description: String {
        problems.map { $0.line > 0 ? "line \($0.line): \($0.message)" : $0.message }.joined(separator: "\n")
    }
}

/// One thing that applying a file did, or would do.
public struct AppliedChange: Sendable, Equatable, CustomStringConvertible {
    /// Whether it made something or changed something that was there.
    public enum Kind: String, Sendable { case create, change }

    public var kind: Kind
    /// The class, in the words of the file: `user`, `status`, `issue`, ...
    public var subject: String
    public var name: String
    /// What changed, by the keys of the file; empty for what is new.
    public var fields: [String]

    /// `create user ann`, `change status New: rank, description`
    public var description: String {
        let head = "\(kind.rawValue) \(subject) \(AppliedChange.line(name))"
        return fields.isEmpty ? head : "\(head): \(fields.joined(separator: ", "))"
    }

    /// The name on one line, cut where it is very long.
    private static func line(_ name: String) -> String {
        let flat = String(name.map { $0.isNewline ? " " : $0 })
        return flat.count > 120 ? String(flat.prefix(119)) + "…" : flat
    }
}

/// What a file declares: settings, people, words, rules, projects and first contents of a workspace. `docs/workspace-
/// format.md` describes the format.
public struct WorkspaceFile: Sendable {
    let root: FileNode
    /// Its issues have histories, and come in the order of time.
    let isTimeline: Bool

    /// Octets that a file may have.
    public static let sizeLimit = 16 << 20

    /// Reads and checks a file.
    /// - Throws: `WorkspaceFileFault` with all that is wrong in the file itself. What it refers to is looked for
    ///   when it is applied, since it may be in the workspace.
    public init(yaml octets: [UInt8]) throws {
        guard octets.count <= WorkspaceFile.sizeLimit else {
            throw WorkspaceFileFault(
                line: 0, "the file has \(octets.count) octets, \(WorkspaceFile.sizeLimit) are allowed")
        }
        guard let text = String(validating: octets, as: UTF8.self) else {
            throw WorkspaceFileFault(line: 0, "the file is not UTF-8")
        }
        try self.init(yaml: text)
    }

    /// Reads and checks a file's text.
    /// - Throws: `WorkspaceFileFault`.
    public init(yaml text: String) throws {
        guard text.utf8.count <= WorkspaceFile.sizeLimit else {
            throw WorkspaceFileFault(
                line: 0, "the file has \(text.utf8.count) octets, \(WorkspaceFile.sizeLimit) are allowed")
        }
        root = try FileReader.read(text)
        isTimeline = false
        var problems = FileProblems()
        FileSchema.file.check(root, "the file", &problems)
        if problems.list.isEmpty { FileChecks(root).run(&problems) }
        if !problems.list.isEmpty { throw WorkspaceFileFault(problems.list) }
    }

    /// A file that was made rather than read; its maker vouches for its form.
    init(timeline root: FileNode) {
        self.root = root
        isTimeline = true
    }

    /// Makes a workspace what the file declares, in one transaction. Applied again it finds nothing to do.
    /// - Parameter dryRun: only finds out what would be done.
    /// - Returns: what was done, in order; empty where all was so already.
    /// - Throws: `WorkspaceFileFault` where the file refers to what is not there or contradicts the workspace, `Fault`.
    public func apply(to workspace: Workspace, dryRun: Bool) async throws -> [AppliedChange] {
        let secrets = try await FileSecrets.prepare(root, for: workspace, hashing: !dryRun)
        do {
            return try await workspace.write(as: .system) { [self] transaction in
                let applier = FileApplier(self, transaction, secrets, dryRun: dryRun)
                try applier.run()
                if dryRun { throw RehearsalEnded(changes: applier.changes) }
                return applier.changes
            }
        } catch let rehearsal as RehearsalEnded {
            return rehearsal.changes
        }
    }
}

/// Ends a dry run: whatever was written is undone.
private struct RehearsalEnded: Error {
    var changes: [AppliedChange]
}

/// Problems as they are found; no more than are told are kept.
struct FileProblems {
    private(set) var list: [WorkspaceFileFault.Problem] = []

    mutating func add(_ line: Int, _ message: String) {
        guard list.count < WorkspaceFileFault.limit * 4 else { return }
        list.append(WorkspaceFileFault.Problem(line: line, message: message))
    }
}
