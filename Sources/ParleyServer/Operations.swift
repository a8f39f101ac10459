/// What the command can do with a workspace. The parts are put together elsewhere, so that configuration, listener and
/// command line know neither dialects nor storage.
///
/// Each closure throws an error whose `description` is a sentence for people; the command prints it and ends with 1.
/// Closures other than `open` and `restore` work on a workspace that exists, and say so where there is none.
public struct Operations: Sendable {
    /// The names of the dialects in this build, as configuration, logs and metrics use them.
    public var dialects: [String]
    /// Opens (or on a first start makes) the workspace to be served.
    public var open: @Sendable (Configuration, OpeningOptions) async throws -> OpenWorkspace
    /// Applies a file of definitions; with `dryRun` only says what would change. Returns lines to print.
    public var apply: @Sendable (_ configuration: Configuration, _ file: String, _ dryRun: Bool)
        async throws -> [String]
    /// Checks the stored data against the invariants.
    public var check: @Sendable (Configuration) async throws -> CheckReport
    /// Writes a copy of the workspace to a path that does not exist yet. Returns lines to print.
    public var backup: @Sendable (_ configuration: Configuration, _ path: String) async throws -> [String]
    /// Makes the workspace anew from a copy; refuses where there is one already. Returns lines to print.
    public var restore: @Sendable (_ configuration: Configuration, _ path: String) async throws -> [String]
    /// Makes issues for measuring until there are so many. Returns lines to print.
    public var generate: @Sendable (_ configuration: Configuration, _ count: Int) async throws -> [String]
    /// Makes a user. Returns lines to print.
    public var createUser: @Sendable (Configuration, NewUser) async throws -> [String]
    /// Sets a user's password. Returns lines to print.
    public var setPassword: @Sendable (_ configuration: Configuration, _ login: String, _ password: String)
        async throws -> [String]

    public init(
        dialects: [String],
        open: @escaping @Sendable (Configuration, OpeningOptions) async throws -> OpenWorkspace,
        apply: @escaping @Sendable (Configuration, String, Bool) async throws -> [String],
        check: @escaping @Sendable (Configuration) async throws -> CheckReport,
        backup: @escaping @Sendable (Configuration, String) async throws -> [String],
        restore: @escaping @Sendable (Configuration, String) async throws -> [String],
        generate: @escaping @Sendable (Configuration, Int) async throws -> [String],
        createUser: @escaping @Sendable (Configuration, NewUser) async throws -> [String],
        setPassword: @escaping @Sendable (Configuration, String, String) async throws -> [String]
    ) {
        self.dialects = dialects
        self.open = open
        self.apply = apply
        self.check = check
        self.backup = backup
        self.restore = restore
        self.generate = generate
        self.createUser = createUser
        self.setPassword = setPassword
    }

    /// A build without a workspace: the listener alone.
    public static let unavailable = Operations(
        dialects: [],
        open: { _, _ in throw CommandError("this build has no workspace") },
        apply: { _, _, _ in throw CommandError("this build has no workspace") },
        check: { _ in throw CommandError("this build has no workspace") },
        backup: { _, _ in throw CommandError("this build has no workspace") },
        restore: { _, _ in throw CommandError("this build has no workspace") },
        generate: { _, _ in throw CommandError("this build has no workspace") },
        createUser: { _, _ in throw CommandError("this build has no workspace") },
        setPassword: { _, _, _ in throw CommandError("this build has no workspace") })
}

/// How a workspace is opened to be served.
public struct OpeningOptions: Sendable {
    /// A file of definitions to apply before the server listens.
    public var worldFile: String?
    /// Whether a new workspace gets the invented demonstration content.
    public var isDemo: Bool

    public init(worldFile: String? = nil, isDemo: Bool = false) {
        self.worldFile = worldFile
        self.isDemo = isDemo
    }
}

/// A workspace that is open, as the server sees it.
public struct OpenWorkspace: Sendable {
    /// The front ends in their places, the page for people last.
    public var mounts: [Mount]
    /// Lines for whoever started the server, such as the first administrator's one-time password. They are printed to
    /// the standard output and never logged.
    public var notices: [String]
    /// Whether requests can be served now.
    public var isReady: @Sendable () async -> Bool
    /// Called once, after the last request.
    public var close: @Sendable () async -> Void

    public init(
        mounts: [Mount], notices: [String] = [], isReady: @escaping @Sendable () async -> Bool = { true },
        close: @escaping @Sendable () async -> Void
    ) {
        self.mounts = mounts
        self.notices = notices
        self.isReady = isReady
        self.close = close
    }
}

/// What a check found.
public struct CheckReport: Sendable {
    /// Lines to print.
    public var lines: [String]
    /// False makes the command end with 1.
    public var isSound: Bool

    public init(lines: [String], isSound: Bool) {
        self.lines = lines
        self.isSound = isSound
    }
}

/// A user to be made from the command line.
public struct NewUser: Sendable {
    /// The name to log in with.
    public var login: String
    /// The name that others see; nil means the login.
    public var name: String?
    /// The mail address, if there is one.
    public var email: String?
    /// Nil makes a one-time password, which is among the lines returned.
    public var password: String?
    /// Whether the user may do everything.
    public var isAdministrator: Bool

    public init(login: String, name: String?, email: String?, password: String?, isAdministrator: Bool) {
        self.login = login
        self.name = name
        self.email = email
        self.password = password
        self.isAdministrator = isAdministrator
    }
}

/// A sentence for whoever typed the command.
public struct CommandError: Error, CustomStringConvertible, Sendable {
    /// The sentence.
    public let description: String
    public init(_ description: String) { self.description = description }
}
