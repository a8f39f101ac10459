import Foundation
import ParleyHTTP
import Testing

@testable import ParleyServer

@Suite("Configuration")
struct ConfigurationTests {
    private func read(_ yaml: String) -> (Configuration, [String]) {
        var configuration = Configuration()
        var file = ConfigurationFile(path: "parley.yaml")
        file.read(text: yaml, into: &configuration)
        return (configuration, file.problems)
    }

    @Test("flags come before the environment, the environment before the file, the file before the defaults")
    func precedence() throws {
        let name = "parley-\(UInt64.random(in: 0...UInt64.max)).yaml"
        let folder = FileManager.default.temporaryDirectory.appending(path: name)
        try Data("listen: 127.0.0.1:1\ndata: file\nlimits: {idleSeconds: 5, bodyBytes: 1000}\n".utf8).write(to: folder)
        defer { try? FileManager.default.removeItem(at: folder) }
        let environment = [
            "PARLEY_CONFIG": folder.path, "PARLEY_LISTEN": "127.0.0.1:2", "PARLEY_DATA": "environment",
            "PARLEY_LIMITS_BODY_BYTES": "2000", "PARLEY_DIALECTS_REDMINE_PAGE_LIMIT": "7",
            "PARLEY_PORT": "tcp://x", "HOME": "/",
        ]
        let (configuration, remarks) = try Configuration.load(
            file: nil, environment: environment, flags: [FlagValue(key: "listen", value: "[::1]:3", flag: "--listen")])
        #expect(configuration.listen == ListenAddress(host: "::1", port: 3))
        #expect(configuration.data == "environment")
        #expect(configuration.limits.bodyBytes == 2000)
        #expect(configuration.limits.idleSeconds == 5)
        #expect(configuration.limits.connections == Limits().connections)
        #expect(configuration.dialects == ["redmine": ["pageLimit": "7"]])
        #expect(remarks == ["the variable PARLEY_PORT is not known and was not used"])
    }

    @Test("a whole file is read")
    func file() {
        let (configuration, problems) = read("""
            data: /var/lib/parley
            trustedProxies: [10.0.0.0/8, "::1"]
            forwardedHeader: forwarded
            mounts:
              - {dialect: redmine, prefix: /redmine/}
              - dialect: rt
                host: RT.example.org
              - tuleap=off
            log: {level: debug, format: json, requests: no}
            metrics:
              listen: 127.0.0.1:9100
            dialects:
              redmine: {jsonp: true, apiSecret: abc}
            """)
        #expect(problems.isEmpty)
        #expect(configuration.data == "/var/lib/parley")
        #expect(configuration.trustedProxies.description == "10.0.0.0/8,::1")
        #expect(configuration.forwardedHeader == .forwarded)
        #expect(configuration.mounts == [
            MountSetting(dialect: "redmine", prefix: "/redmine"), MountSetting(dialect: "rt", host: "rt.example.org"),
            MountSetting(dialect: "tuleap", enabled: false),
        ])
        #expect(configuration.log.format == .json && !configuration.log.requests)
        #expect(configuration.metrics.listen?.port == 9100)
        #expect(configuration.dialects["redmine"] == ["jsonp": "true", "apiSecret": "abc"])
        #expect(configuration.problems(knownDialects: ["redmine", "rt"]).count == 1)
        #expect(configuration.mounts(of: Probe(name: "tuleap", answer: { _ in Probe.text("") })).isEmpty)
        #expect(configuration.mounts(of: Probe(name: "roundup", answer: { _ in Probe.text("") })).map(\.prefix) == [""])
    }

    @Test(
        "what is wrong is told with its line",
        arguments: [
            ("data: x\nlimit: {}\n", "parley.yaml:2: limit: has no keys"),
            ("limits:\n  bodyByte: 1\n", "parley.yaml:2: limits.bodyByte: unknown key"),
            ("limits:\n  bodyBytes: 0\n", "parley.yaml:2: limits.bodyBytes: a whole number from 1 to"),
            ("listen: 8080\n", "parley.yaml:1: listen: an address to listen on is written HOST:PORT"),
            ("log: {level: loud}\n", "parley.yaml:1: log.level: one of trace, debug"),
            ("log: {format: xml}\n", "parley.yaml:1: log.format: one of json, text"),
            ("mounts:\n- {dialect: a, prefix: 'x y'}\n", "parley.yaml:2: mounts: a prefix is a plain path"),
            ("mounts:\n- {prefix: /x}\n", "parley.yaml:2: mounts: dialect is missing"),
            ("mounts: {}\n", "parley.yaml:1: mounts: a list is wanted"),
            ("trustedProxies: [10.0.0.0/99]\n", "parley.yaml:1: trustedProxies: \"10.0.0.0/99\" has no prefix length"),
            ("metrics: {enabled: maybe}\n", "parley.yaml:1: metrics.enabled: true or false is wanted"),
            ("limits: {idleSeconds: nan}\n", "parley.yaml:1: limits.idleSeconds: seconds from 0.001"),
            ("- a\n", "parley.yaml: keys and values are wanted"), ("a: [\n", "parley.yaml: "),
            ("data: {a: b}\n", "parley.yaml:1: data.a"),
        ])
    func problems(_ yaml: String, _ expected: String) {
        let (_, problems) = read(yaml)
        #expect(problems.count == 1)
        #expect(problems.first?.hasPrefix(expected) == true, "\(problems)")
    }

    @Test("the printed configuration reads back as the same, and secrets are masked")
    func rendering() {
        let (configuration, _) = read("""
            data: 'a "b": c'
            mounts: [redmine=h.example/r, rt=off]
            dialects: {redmine: {jsonp: true, hookToken: abc}}
            """)
        let text = configuration.rendered()
        #expect(text.contains("    hookToken: \"********\""))
        #expect(!text.contains("abc"))
        var (again, problems) = read(text)
        #expect(problems.isEmpty)
        again.dialects["redmine"]?["hookToken"] = "abc"
        #expect(again == configuration)
        let (empty, emptyProblems) = read(Configuration().rendered())
        #expect(emptyProblems.isEmpty)
        #expect(empty == Configuration())
    }

    @Test("an empty file is no configuration and no fault", arguments: ["", "# nothing\n", "---\n"])
    func empty(_ yaml: String) {
        let (configuration, problems) = read(yaml)
        #expect(problems.isEmpty)
        #expect(configuration == Configuration())
    }

    @Test("the manual names every key, its variable and its default")
    func documented() throws {
        let manual = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "docs/operations.md")
        let text = String(decoding: try Data(contentsOf: manual), as: UTF8.self)
        let defaults = Configuration()
        for setting in Setting.all {
            let row = text.split(separator: "\n").first { $0.hasPrefix("| `\(setting.key)` | `\(setting.variable)` |") }
            let value = setting.show(defaults)
            let cell = value.isEmpty ? "| none |" : "| `\(value)` |"
            #expect(row?.contains(cell) == true, "\(setting.key) \(setting.variable) \(value)")
        }
    }
}
