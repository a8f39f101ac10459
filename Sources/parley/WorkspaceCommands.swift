import ArgumentParser
import Foundation
import ParleyServer

/// `parley apply`
struct ApplyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply", abstract: "Bring a workspace to what a file describes.")

    @OptionGroup var common: CommonFlags
    @Argument(help: "The file.") var file: String
    @Flag(name: .long, help: "Only say what would change.") var dryRun = false

    func run() async throws {
        try await reporting {
            say(try await operations.apply(try common.load().configuration, file, dryRun))
        }
    }
}

/// `parley check`
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Check the stored data of a workspace.")

    @OptionGroup var common: CommonFlags

    func run() async throws {
        try await reporting {
            let report = try await operations.check(try common.load().configuration)
            say(report.lines)
            if !report.isSound { throw ExitCode(1) }
        }
    }
}

/// `parley generate`, for measuring
struct GenerateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate", abstract: "Make issues for measuring, the same each time.", shouldDisplay: false)

    @OptionGroup var common: CommonFlags
    @Option(name: .long, help: "How many there are to be.") var issues: Int

    func run() async throws {
        try await reporting {
            say(try await operations.generate(try common.load().configuration, issues))
        }
    }
}

/// `parley backup`
struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Copy a workspace, also while it is served.")

    @OptionGroup var common: CommonFlags
    @Argument(help: "Where to; must not exist.") var path: String

    func run() async throws {
        try await reporting {
            say(try await operations.backup(try common.load().configuration, path))
        }
    }
}

/// `parley restore`
struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Make a workspace from a copy; there must be none yet.")

    @OptionGroup var common: CommonFlags
    @Argument(help: "The copy.") var path: String

    func run() async throws {
        try await reporting {
            say(try await operations.restore(try common.load().configuration, path))
        }
    }
}

/// `parley user`
struct UserCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user", abstract: "Make users and set their passwords.",
        subcommands: [Create.self, SetPassword.self])

    /// `parley user create`
    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "create", abstract: "Make a user.",
            discussion: "Without --password-stdin a one-time password is made and printed.")

        @OptionGroup var common: CommonFlags
        @Argument(help: "The login.") var login: String
        @Option(name: .long, help: "The name that others see.") var name: String?
        @Option(name: .long, help: "The mail address.") var email: String?
        @Flag(name: .long, help: "Make an administrator.") var administrator = false
        @Flag(name: .long, help: "Read the password from the first line of the standard input.")
        var passwordStdin = false

        func run() async throws {
            try await reporting {
                let user = NewUser(
                    login: login, name: name, email: email, password: passwordStdin ? try readPassword() : nil,
                    isAdministrator: administrator)
                say(try await operations.createUser(try common.load().configuration, user))
            }
        }
    }

    /// `parley user set-password`
    struct SetPassword: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "set-password", abstract: "Set a user's password.",
            discussion: "The password is asked for, or read from the standard input where that is no terminal.")

        @OptionGroup var common: CommonFlags
        @Argument(help: "The login.") var login: String

        func run() async throws {
            try await reporting {
                let password = try readPassword()
                say(try await operations.setPassword(try common.load().configuration, login, password))
            }
        }
    }
}

/// Reads a password: from the terminal without showing it, else the first line of the standard input. It is never an
/// argument, which others on the machine could see.
func readPassword() throws -> String {
    let password: String?
    if isatty(0) == 1 {
        password = getpass("Password: ").map { String(cString: $0) }
    } else {
        password = readLine(strippingNewline: true)
    }
    guard let password, !password.isEmpty else { throw CommandError("no password was given") }
    return password
}
