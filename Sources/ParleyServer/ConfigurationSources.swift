import Foundation
import Yams

/// A value given on the command line.
public struct FlagValue: Sendable {
    /// The configuration's key, dotted.
    public let key: String
    /// As it was typed.
    public let value: String
    /// How the flag is written, for messages.
    public let flag: String

    public init(key: String, value: String, flag: String) {
        self.key = key
        self.value = value
        self.flag = flag
    }
}

extension Configuration {
    /// Octets that a configuration file may have.
    static let fileLimit = 1 << 20

    /// Reads a configuration from its sources.
    /// - Parameters:
    ///   - file: the file named by a flag; else `PARLEY_CONFIG` names it; else there is none.
    ///   - environment: of the process.
    ///   - flags: what the command line says.
    /// - Returns: the configuration, and remarks on variables that were not understood.
    public static func load(
        file: String?, environment: [String: String], flags: [FlagValue] = []
    ) throws(ConfigurationError) -> (configuration: Configuration, remarks: [String]) {
        var configuration = Configuration()
        var problems: [String] = []
        if let path = file ?? environment["PARLEY_CONFIG"], !path.isEmpty {
            var reader = ConfigurationFile(path: path)
            reader.read(into: &configuration)
            problems += reader.problems
        }
        let remarks = configuration.apply(environment: environment, problems: &problems)
        for flag in flags {
            configuration.apply(key: flag.key, value: flag.value, origin: flag.flag, problems: &problems)
        }
        guard problems.isEmpty else { throw ConfigurationError(problems) }
        return (configuration, remarks)
    }

    /// Sets one key, or notes what is wrong with it.
    mutating func apply(key: String, value: String, origin: String, problems: inout [String]) {
        do throws(InvalidSetting) {
            let parts = key.split(separator: ".", omittingEmptySubsequences: false)
            if key == "mounts" {
                var settings: [MountSetting] = []
                for item in value.split(separator: ",") {
                    settings.append(try MountSetting(text: item.trimmingCharacters(in: .whitespaces)))
                }
                mounts = settings
            } else if parts.count == 3, parts[0] == "dialects", !parts[1].isEmpty, !parts[2].isEmpty {
                dialects[String(parts[1]), default: [:]][String(parts[2])] = value
            } else if let setting = Setting.named(key) {
                try setting.apply(&self, value)
            } else {
                throw InvalidSetting("unknown key")
            }
        } catch {
            problems.append("\(origin): \(key): \(error.reason)")
        }
    }

    /// Applies `PARLEY_...` variables. An unknown one is a remark only: orchestrators set variables named after
    /// services.
    private mutating func apply(environment: [String: String], problems: inout [String]) -> [String] {
        var remarks: [String] = []
        let byVariable = Dictionary(Setting.all.map { ($0.variable, $0.key) }, uniquingKeysWith: { first, _ in first })
        for (name, value) in environment.sorted(by: { $0.key < $1.key }) where name.hasPrefix("PARLEY_") {
            if name == "PARLEY_CONFIG" { continue }
            if let key = byVariable[name] {
                apply(key: key, value: value, origin: name, problems: &problems)
            } else if name == "PARLEY_MOUNTS" {
                apply(key: "mounts", value: value, origin: name, problems: &problems)
            } else if let key = Configuration.dialectKey(variable: name) {
                apply(key: key, value: value, origin: name, problems: &problems)
            } else {
                remarks.append("the variable \(name) is not known and was not used")
            }
        }
        return remarks
    }

    /// `PARLEY_DIALECTS_REDMINE_PAGE_LIMIT` is `dialects.redmine.pageLimit`.
    static func dialectKey(variable: String) -> String? {
        let start = "PARLEY_DIALECTS_"
        guard variable.hasPrefix(start) else { return nil }
        let words = variable.dropFirst(start.count).lowercased().split(separator: "_")
        guard words.count >= 2 else { return nil }
        let option = words.dropFirst(2).reduce(String(words[1])) { $0 + $1.prefix(1).uppercased() + $1.dropFirst() }
        return "dialects.\(words[0]).\(option)"
    }
}

/// Reads the YAML file, noting each complaint with its line.
struct ConfigurationFile {
    let path: String
    private(set) var problems: [String] = []

    init(path: String) { self.path = path }

    mutating func read(into configuration: inout Configuration) {
        guard let data = FileManager.default.contents(atPath: path) else {
            problems.append("\(path): cannot be read")
            return
        }
        guard data.count <= Configuration.fileLimit else {
            problems.append("\(path): longer than \(Configuration.fileLimit) octets")
            return
        }
        read(text: String(decoding: data, as: UTF8.self), into: &configuration)
    }

    mutating func read(text: String, into configuration: inout Configuration) {
        let root: Node?
        do {
            root = try compose(yaml: text)
        } catch {
            problems.append("\(path): \(error)")
            return
        }
        guard let root, root.null == nil || root.scalar == nil else { return }
        guard let mapping = root.mapping else {
            problems.append("\(path): keys and values are wanted")
            return
        }
        for (key, value) in mapping {
            read(section: key.string ?? "", value, key, into: &configuration)
        }
    }

    private mutating func read(
        section name: String, _ node: Node, _ key: Node, into configuration: inout Configuration
    ) {
        switch name {
        case "mounts":
            readMounts(node, into: &configuration)
        case "dialects":
            for (dialect, options) in node.mapping ?? [:] {
                for (option, value) in options.mapping ?? [:] {
                    let full = "dialects.\(dialect.string ?? "").\(option.string ?? "")"
                    set(full, value, at: option, in: &configuration)
                }
                if options.mapping == nil { complain(dialect, "options of a dialect are keys and values") }
            }
            if node.mapping == nil { complain(key, "dialects: names of dialects are wanted") }
        default:
            guard let mapping = node.mapping else {
                set(name, node, at: key, in: &configuration)
                return
            }
            if mapping.isEmpty { complain(key, "\(name): has no keys") }
            for (inner, value) in mapping {
                set("\(name).\(inner.string ?? "")", value, at: inner, in: &configuration)
            }
        }
    }

    private mutating func readMounts(_ node: Node, into configuration: inout Configuration) {
        guard let sequence = node.sequence else {
            complain(node, "mounts: a list is wanted")
            return
        }
        var settings: [MountSetting] = []
        for item in sequence {
            do throws(InvalidSetting) {
                settings.append(try mount(item))
            } catch {
                complain(item, "mounts: \(error.reason)")
            }
        }
        configuration.mounts = settings
    }

    private func mount(_ item: Node) throws(InvalidSetting) -> MountSetting {
        guard let mapping = item.mapping else { return try MountSetting(text: item.string ?? "") }
        var setting = MountSetting(dialect: "")
        for (key, value) in mapping {
            let text = value.string ?? ""
            switch key.string {
            case "dialect": setting.dialect = text
            case "prefix": try setting.set(prefix: text)
            case "host": try setting.set(host: text)
            case "enabled":
                guard let flag = value.bool else { throw InvalidSetting("enabled is true or false") }
                setting.enabled = flag
            default: throw InvalidSetting("unknown key \(key.string ?? "")")
            }
        }
        guard !setting.dialect.isEmpty else { throw InvalidSetting("dialect is missing") }
        return setting
    }

    private mutating func set(_ name: String, _ node: Node, at key: Node, in configuration: inout Configuration) {
        let value: String
        if let sequence = node.sequence {
            value = sequence.map { $0.string ?? "" }.joined(separator: ",")
        } else if let scalar = node.scalar {
            value = scalar.style == .plain && (scalar.string == "~" || scalar.string == "null") ? "" : scalar.string
        } else {
            complain(key, "\(name): a single value is wanted")
            return
        }
        var found: [String] = []
        configuration.apply(key: name, value: value, origin: place(key), problems: &found)
        problems += found
    }

    private mutating func complain(_ node: Node, _ sentence: String) {
        problems.append("\(place(node)): \(sentence)")
    }

    private func place(_ node: Node) -> String {
        guard let mark = node.mark else { return path }
        return "\(path):\(mark.line)"
    }
}
