import ArgumentParser
import Foundation
import ParleyServer

/// What the subcommands work with.
let operations = Operations.assembled

/// The command.
@main
struct Parley: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "parley",
        abstract: "An issue tracker that speaks the REST dialects of others.",
        version: "parley 0.1.0",
        subcommands: [
            ServeCommand.self, ApplyCommand.self, CheckCommand.self, BackupCommand.self, RestoreCommand.self,
            UserCommand.self, ConfigCommand.self, GenerateCommand.self,
        ])
}

/// The flags that every subcommand has.
struct CommonFlags: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("The configuration file (also PARLEY_CONFIG).", valueName: "file"))
    var config: String?

    @Option(name: .long, help: ArgumentHelp("The folder of the workspace.", valueName: "folder"))
    var data: String?

    @Option(
        name: .customLong("set"), parsing: .singleValue,
        help: ArgumentHelp("Set one key of the configuration; may be repeated.", valueName: "key=value"))
    var settings: [String] = []

    /// The configuration with these flags and a subcommand's own.
    func load(_ more: [FlagValue] = []) throws -> (configuration: Configuration, remarks: [String]) {
        var flags: [FlagValue] = []
        for setting in settings {
            guard let equals = setting.firstIndex(of: "=") else {
                throw ValidationError("--set is written key=value, not \"\(setting)\".")
            }
            let value = String(setting[setting.index(after: equals)...])
            flags.append(FlagValue(key: String(setting[..<equals]), value: value, flag: "--set"))
        }
        if let data { flags.append(FlagValue(key: "data", value: data, flag: "--data")) }
        return try Configuration.load(
            file: config, environment: ProcessInfo.processInfo.environment, flags: flags + more)
    }
}

/// Prints lines at once, also into a pipe.
func say(_ lines: [String]) {
    for line in lines { print(line) }
    fflush(nil)
}

/// Runs a subcommand's work; what fails is a sentence on the standard error output and the code 1.
func reporting<Result>(_ work: () async throws -> Result) async throws -> Result {
    do {
        return try await work()
    } catch let error as ValidationError {
        throw error
    } catch let code as ExitCode {
        throw code
    } catch {
        FileHandle.standardError.write(Data("parley: \(error)\n".utf8))
        throw ExitCode(1)
    }
}

/// `parley serve`
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serve a workspace.",
        discussion: """
            A first start with neither --world nor --demo makes an administrator and prints a one-time password.
            """)

    @OptionGroup var common: CommonFlags

    @Option(name: .long, help: ArgumentHelp("Where to listen (default 127.0.0.1:8080).", valueName: "host:port"))
    var listen: String?

    @Option(name: .long, help: ArgumentHelp("Apply this file before listening.", valueName: "file"))
    var world: String?

    @Flag(name: .long, help: "Fill a new workspace with invented content.")
    var demo = false

    @Option(
        name: .long, parsing: .singleValue,
        help: ArgumentHelp("Where a dialect is reached; may be repeated.", valueName: "dialect=[host][/prefix]"))
    var mount: [String] = []

    @Option(name: .long, help: ArgumentHelp("Proxies whose forwarded headers are believed.", valueName: "ranges"))
    var trustedProxies: String?

    @Option(
        name: .long,
        help: ArgumentHelp("trace, debug, info, notice, warning, error or critical.", valueName: "level"))
    var logLevel: String?

    @Option(name: .long, help: ArgumentHelp("text or json.", valueName: "format"))
    var logFormat: String?

    func run() async throws {
        try await reporting {
            var flags: [FlagValue] = []
            if let listen { flags.append(FlagValue(key: "listen", value: listen, flag: "--listen")) }
            if !mount.isEmpty {
                flags.append(FlagValue(key: "mounts", value: mount.joined(separator: ","), flag: "--mount"))
            }
            if let trustedProxies {
                flags.append(FlagValue(key: "trustedProxies", value: trustedProxies, flag: "--trusted-proxies"))
            }
            if let logLevel { flags.append(FlagValue(key: "log.level", value: logLevel, flag: "--log-level")) }
            if let logFormat { flags.append(FlagValue(key: "log.format", value: logFormat, flag: "--log-format")) }
            let (configuration, remarks) = try common.load(flags)
            let process = ServerProcess(
                configuration, operations: operations, opening: OpeningOptions(worldFile: world, isDemo: demo),
                remarks: remarks)
            try await process.run { say([$0]) }
        }
    }
}

/// `parley config`
struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Look at the configuration.", subcommands: [Check.self])

    /// `parley config check`
    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "check", abstract: "Print the effective configuration, or what is wrong with it.")

        @OptionGroup var common: CommonFlags

        func run() async throws {
            try await reporting {
                let (configuration, remarks) = try common.load()
                let problems = configuration.problems(knownDialects: operations.dialects)
                guard problems.isEmpty else { throw ConfigurationError(problems) }
                say(remarks.map { "# \($0)" })
                print(configuration.rendered(), terminator: "")
            }
        }
    }
}
