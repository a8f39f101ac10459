import Foundation
import ParleyHTTP
import ParleyModel
import ParleyService
import ParleyWeb
import RTDialect
import RedmineDialect

extension Operations {
    /// The server with all its parts: what the command works with. A new dialect is one line in `frontEnds`.
    public static let assembled = Operations(
        dialects: ["redmine", "rt"],
        open: { try await Assembly.open($0, $1) },
        apply: { configuration, file, dryRun in
            try await Assembly.working(on: configuration, create: true) { folder in
                try await Assembly.apply(file, to: folder.workspace, dryRun: dryRun)
            }
        },
        check: { configuration in
            try await Assembly.working(on: configuration) { folder in
                let problems = try await folder.workspace.check()
                return CheckReport(lines: problems.isEmpty ? ["sound"] : problems, isSound: problems.isEmpty)
            }
        },
        backup: { try await Backup.make($0, to: $1) },
        restore: { try await Backup.restore($0, from: $1) },
        generate: { configuration, count in
            try await Assembly.working(on: configuration) { folder in
                var generation = try Generation(folder.workspace, seed: 20_261_121)
                return try await generation.run(until: count)
            }
        },
        createUser: { configuration, user in
            try await Assembly.working(on: configuration, create: true) { folder in
                try await Assembly.create(user, in: folder.workspace)
            }
        },
        setPassword: { configuration, login, password in
            try await Assembly.working(on: configuration) { folder in
                try await Assembly.setPassword(password, of: login, in: folder.workspace)
            }
        })
}

/// Putting the parts together.
enum Assembly {
    /// One dialect.
    struct Part {
        var frontEnd: any FrontEnd
        /// As people know it.
        var title: String
        /// The rest of its line on the page for people.
        var example: String
        /// Where its form to sign in goes.
        var signInPath: String?
        /// What stands at the root of a mount that has one of its own.
        var rootPage: (any FrontEnd)?
    }

    /// The front ends that a workspace is served through.
    static func frontEnds(_ workspace: Workspace) -> [Part] {
        [
            Part(frontEnd: RedmineFrontEnd(workspace), title: "Redmine", example: "/issues.json"),
            Part(
                frontEnd: RTFrontEnd(workspace), title: "Request Tracker",
                example: "/REST/1.0/search/ticket?query=id%3E0", signInPath: RTLoginPage.signInPath,
                rootPage: RTLoginPage()),
        ]
    }

    /// Opens a folder for one piece of work and closes it again.
    static func working<R>(
        on configuration: Configuration, create: Bool = false, _ work: (OpenFolder) async throws -> R
    ) async throws -> R {
        let folder = try await OpenFolder(configuration, create: create)
        do {
            let result = try await work(folder)
            await folder.close()
            return result
        } catch {
            await folder.close()
            throw error
        }
    }

    static func open(_ configuration: Configuration, _ options: OpeningOptions) async throws -> OpenWorkspace {
        let folder = try await OpenFolder(configuration, create: true)
        var notices: [String] = []
        do {
            if let file = options.worldFile {
                notices += try await apply(file, to: folder.workspace, dryRun: false)
            } else if options.isDemo, folder.workspace.isFresh {
                notices += try await fillWithDemo(folder.workspace)
            }
            try await setDialectOptions(configuration, in: folder.workspace)
            notices += try await makeAdministrator(in: folder.workspace)
        } catch {
            await folder.close()
            throw error
        }
        var mounts: [Mount] = []
        var entries: [LandingPage.Entry] = []
        for part in frontEnds(folder.workspace) {
            let places = configuration.mounts(of: part.frontEnd)
            mounts += places
            if let page = part.rootPage {
                let own = places.filter { !$0.prefix.isEmpty || $0.host != nil }
                mounts += own.map { Mount(page, prefix: $0.prefix, host: $0.host) }
            }
            entries += places.map {
                LandingPage.Entry(
                    title: part.title, prefix: $0.prefix, host: $0.host, example: part.example,
                    signInPath: part.signInPath)
            }
        }
        mounts.append(Mount(LandingPage(entries)))
        let sweeping = folder.workspace.startSweepingFiles()
        return OpenWorkspace(
            mounts: mounts, notices: notices,
            close: {
                sweeping.cancel()
                await sweeping.value
                await folder.close()
            })
    }

    /// Fills a new workspace with invented content.
    private static func fillWithDemo(_ workspace: Workspace) async throws -> [String] {
        let password = workspace.oneTimePassword()
        let demo = try DemoWorkspace.make(now: workspace.now, administratorPassword: password)
        _ = try await demo.apply(to: workspace, dryRun: false)
        return [
            "demonstration data: sign in as \(DemoWorkspace.visitor), password \(DemoWorkspace.password)",
            "administrator: \(DemoWorkspace.administrator), one-time password: \(password)",
        ]
    }

    static func apply(_ file: String, to workspace: Workspace, dryRun: Bool) async throws -> [String] {
        guard let data = FileManager.default.contents(atPath: file) else {
            throw CommandError("\(file) cannot be read")
        }
        do {
            let changes = try await WorkspaceFile(yaml: [UInt8](data)).apply(to: workspace, dryRun: dryRun)
            return changes.isEmpty ? ["nothing to change"] : changes.map(\.description)
        } catch let fault as WorkspaceFileFault {
            throw CommandError(
                fault.description.split(separator: "\n").map { "\(file): \($0)" }.joined(separator: "\n"))
        }
    }

    /// Options of dialects in the configuration stand over those in the workspace.
    private static func setDialectOptions(_ configuration: Configuration, in workspace: Workspace) async throws {
        guard !configuration.dialects.isEmpty else { return }
        try await workspace.write(as: .system) { transaction in
            var settings = transaction.records.settings
            for (dialect, options) in configuration.dialects {
                settings.frontEndOptions[dialect, default: [:]].merge(options) { _, new in new }
            }
            try transaction.put(settings)
        }
    }

    /// A first start gets an administrator with a password that is shown once.
    private static func makeAdministrator(in workspace: Workspace) async throws -> [String] {
        guard workspace.isFresh else { return [] }
        let password = workspace.oneTimePassword()
        let hash = try await workspace.hash(password: password)
        try await workspace.write(as: .system) { transaction in
            guard var user = transaction.records.users[.firstAdministrator] else { return }
            user.login = "admin"
            user.firstName = "Parley"
            user.lastName = "Administrator"
            user.realName = "Parley Administrator"
            user.privileged = true
            user.mustChangePassword = false
            try transaction.put(user)
            try transaction.setPassword(hash, of: user.id)
        }
        return ["administrator: admin, one-time password: \(password)"]
    }

    static func create(_ user: NewUser, in workspace: Workspace) async throws -> [String] {
        let password = user.password ?? workspace.oneTimePassword()
        var draft = UserDraft()
        draft.login = user.login
        let names = (user.name ?? user.login).split(separator: " ", maxSplits: 1).map(String.init)
        draft.firstName = names.first ?? user.login
        draft.lastName = names.count > 1 ? names[1] : "-"
        draft.address = user.email ?? "\(user.login)@localhost"
        draft.admin = user.isAdministrator
        do {
            _ = try await workspace.createUser(draft, password: password, as: .system)
        } catch Fault.invalid(let problems) {
            throw CommandError(problems.map { "\($0.subject): \($0.rule)" }.joined(separator: "\n"))
        }
        return ["made user \(user.login)"] + (user.password == nil ? ["one-time password: \(password)"] : [])
    }

    static func setPassword(_ password: String, of login: String, in workspace: Workspace) async throws -> [String] {
        guard let user = workspace.catalog.user(login: login) else { throw CommandError("there is no user \(login)") }
        guard password.count >= workspace.catalog.settings.passwordMinimumLength else {
            throw CommandError(
                "a password has at least \(workspace.catalog.settings.passwordMinimumLength) characters")
        }
        let hash = try await workspace.hash(password: password)
        try await workspace.write(as: .system) { try $0.setPassword(hash, of: user.id) }
        return ["the password of \(login) is changed"]
    }
}
