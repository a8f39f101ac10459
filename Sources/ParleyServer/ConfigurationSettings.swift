/// One key of the configuration: how it is read from text and shown.
struct Setting: Sendable {
    /// Dotted, as in the file: `limits.bodyBytes`.
    let key: String
    let show: @Sendable (Configuration) -> String
    let apply: @Sendable (inout Configuration, String) throws(InvalidSetting) -> Void

    /// The variable that sets it: `PARLEY_LIMITS_BODY_BYTES`.
    var variable: String {
        var name = "PARLEY_"
        for character in key {
            if character == "." {
                name += "_"
            } else {
                if character.isUppercase { name += "_" }
                name += character.uppercased()
            }
        }
        return name
    }

    static func named(_ key: String) -> Setting? { all.first { $0.key == key } }

    /// Every key but `mounts` and `dialects`, which have a form of their own.
    static let all: [Setting] = [
        text("data", \.data),
        Setting(key: "listen", show: { $0.listen.description }) { configuration, value throws(InvalidSetting) in
            configuration.listen = try ListenAddress(text: value)
        },
        integer("loops", 0...1024, \.loops),
        Setting(key: "trustedProxies", show: { $0.trustedProxies.description }) {
            configuration, value throws(InvalidSetting) in
            configuration.trustedProxies = try AddressRanges(text: value)
        },
        choice("forwardedHeader", \.forwardedHeader),
        integer("limits.bodyBytes", 1...(1 << 40), \.limits.bodyBytes),
        integer("limits.headerBytes", 256...(16 << 20), \.limits.headerBytes),
        integer("limits.headerFieldBytes", 256...(1 << 20), \.limits.headerFieldBytes),
        integer("limits.headerFields", 1...10_000, \.limits.headerFields),
        integer("limits.targetBytes", 1...(1 << 20), \.limits.targetBytes),
        integer("limits.connections", 1...1_000_000, \.limits.connections),
        integer("limits.requests", 1...1_000_000, \.limits.requests),
        integer("limits.backlog", 1...65_535, \.limits.backlog),
        seconds("limits.idleSeconds", \.limits.idleSeconds),
        seconds("limits.headerSeconds", \.limits.headerSeconds),
        seconds("limits.bodySeconds", \.limits.bodySeconds),
        integer("limits.bodyBytesPerSecond", 1...(1 << 30), \.limits.bodyBytesPerSecond),
        seconds("limits.writeSeconds", \.limits.writeSeconds),
        seconds("limits.graceSeconds", \.limits.graceSeconds),
        Setting(key: "log.level", show: { $0.log.level }) { configuration, value throws(InvalidSetting) in
            guard LogLevels.all.contains(value) else {
                throw InvalidSetting("one of \(LogLevels.all.joined(separator: ", ")) is wanted, not \"\(value)\"")
            }
            configuration.log.level = value
        },
        choice("log.format", \.log.format),
        boolean("log.requests", \.log.requests),
        boolean("metrics.enabled", \.metrics.enabled),
        Setting(key: "metrics.listen", show: { $0.metrics.listen?.description ?? "" }) {
            configuration, value throws(InvalidSetting) in
            configuration.metrics.listen = value.isEmpty ? nil : try ListenAddress(text: value)
        },
    ]

    private static func text(_ key: String, _ path: any WritableKeyPath<Configuration, String> & Sendable) -> Setting {
        Setting(key: key, show: { $0[keyPath: path] }) { configuration, value throws(InvalidSetting) in
            guard !value.isEmpty else { throw InvalidSetting("must not be empty") }
            configuration[keyPath: path] = value
        }
    }

    private static func integer(
        _ key: String, _ range: ClosedRange<Int>, _ path: any WritableKeyPath<Configuration, Int> & Sendable
    ) -> Setting {
        Setting(key: key, show: { String($0[keyPath: path]) }) { configuration, value throws(InvalidSetting) in
            guard let number = Int(value), range.contains(number) else {
                throw InvalidSetting(
                    "a whole number from \(range.lowerBound) to \(range.upperBound) is wanted, not \"\(value)\"")
            }
            configuration[keyPath: path] = number
        }
    }

    private static func seconds(
        _ key: String, _ path: any WritableKeyPath<Configuration, Double> & Sendable
    ) -> Setting {
        Setting(key: key, show: { String($0[keyPath: path]) }) { configuration, value throws(InvalidSetting) in
            guard let number = Double(value), number >= 0.001, number <= 86_400 else {
                throw InvalidSetting("seconds from 0.001 to 86400 are wanted, not \"\(value)\"")
            }
            configuration[keyPath: path] = number
        }
    }

    private static func boolean(
        _ key: String, _ path: any WritableKeyPath<Configuration, Bool> & Sendable
    ) -> Setting {
        Setting(key: key, show: { String($0[keyPath: path]) }) { configuration, value throws(InvalidSetting) in
            switch value.lowercased() {
            case "true", "yes", "on", "1": configuration[keyPath: path] = true
            case "false", "no", "off", "0": configuration[keyPath: path] = false
            default: throw InvalidSetting("true or false is wanted, not \"\(value)\"")
            }
        }
    }

    private static func choice<Choice: RawRepresentable<String> & CaseIterable & Sendable>(
        _ key: String, _ path: any WritableKeyPath<Configuration, Choice> & Sendable
    ) -> Setting {
        let choices = Dictionary(uniqueKeysWithValues: Choice.allCases.map { ($0.rawValue, $0) })
        return Setting(key: key, show: { $0[keyPath: path].rawValue }) { configuration, value throws(InvalidSetting) in
            guard let chosen = choices[value] else {
                let names = choices.keys.sorted().joined(separator: ", ")
                throw InvalidSetting("one of \(names) is wanted, not \"\(value)\"")
            }
            configuration[keyPath: path] = chosen
        }
    }
}

/// The names of log levels, least first.
enum LogLevels {
    static let all = ["trace", "debug", "info", "notice", "warning", "error", "critical"]
}

extension Configuration {
    /// The effective configuration in the form of its file, values of secret options masked.
    public func rendered() -> String {
        var lines: [String] = []
        var section = ""
        for setting in Setting.all {
            let parts = setting.key.split(separator: ".")
            let value = Configuration.scalar(setting.show(self))
            if parts.count == 1 {
                lines.append("\(setting.key): \(value)")
            } else {
                if section != parts[0] { lines.append("\(parts[0]):") }
                lines.append("  \(parts[1]): \(value)")
            }
            section = String(parts[0])
        }
        lines.append(mounts.isEmpty ? "mounts: []" : "mounts:")
        for mount in mounts {
            lines.append("  - dialect: \(Configuration.scalar(mount.dialect))")
            lines.append("    prefix: \(Configuration.scalar(mount.prefix))")
            if let host = mount.host { lines.append("    host: \(Configuration.scalar(host))") }
            lines.append("    enabled: \(mount.enabled)")
        }
        lines.append(dialects.isEmpty ? "dialects: {}" : "dialects:")
        for (dialect, options) in dialects.sorted(by: { $0.key < $1.key }) {
            lines.append("  \(Configuration.scalar(dialect)):")
            for (option, value) in options.sorted(by: { $0.key < $1.key }) {
                let shown = Configuration.isSecret(option) ? "********" : value
                lines.append("    \(Configuration.scalar(option)): \(Configuration.scalar(shown))")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Whether an option's name says that its value is not for display.
    static func isSecret(_ option: String) -> Bool {
        let name = option.lowercased()
        return ["secret", "password", "token", "key", "credential"].contains { name.contains($0) }
    }

    /// A YAML scalar: bare where nothing can be misread, else in double quotes.
    private static func scalar(_ value: String) -> String {
        let bare = value.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "."), UInt8(ascii: "_"): true
            case UInt8(ascii: "-"): true
            default: false
            }
        }
        if bare, let first = value.first, first != "-" { return value }
        return "\"" + value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}
