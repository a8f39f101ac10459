import ParleyModel
import ParleyService
import Testing

/// Files that are refused as a whole, with the lines that say why.
@Suite struct WorkspaceFileRefusalTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var name: String
        var yaml: String
        /// Line and a part of the message.
        var problems: [(Int, String)]
        var testDescription: String { name }
    }

    static let malformedFiles: [Case] = [
        Case(name: "empty", yaml: "", problems: [(1, "empty")]),
        Case(name: "no format", yaml: "settings: {}", problems: [(1, "`format` is missing")]),
        Case(name: "other format", yaml: "format: 2", problems: [(1, "not within 1 and 1")]),
        Case(name: "broken", yaml: "format: 1\nusers: [{login: a", problems: [(3, "not YAML")]),
        Case(
            name: "unknown key", yaml: "format: 1\nusers:\n  - login: a\n    colour: red",
            problems: [(4, "unknown key `colour`")]),
        Case(
            name: "several", yaml: "format: 1\nfoo: 1\nusers:\n  - {login: 42}\n  - {}",
            problems: [(2, "unknown key"), (4, "put it in quotes"), (5, "`login` is missing")]),
        Case(name: "twice the key", yaml: "format: 1\nsettings: {name: A, name: B}", problems: [(2, "twice")]),
        Case(name: "merge", yaml: "format: 1\nx-a: &a {name: A}\nsettings:\n  <<: *a", problems: [(4, "merge keys")]),
        Case(name: "tag", yaml: "format: 1\nsettings: {name: !!str 5}", problems: [(2, "tags")]),
        Case(
            name: "enum", yaml: "format: 1\nstatuses:\n - {name: A,\n    category: open}",
            problems: [(4, "not initial, active, closed")]),
        Case(
            name: "duplicates", yaml: "format: 1\nusers:\n - {login: ann}\n - {login: ANN}",
            problems: [(4, "declared twice, first in line 3")]),
        Case(
            name: "keys of another kind",
            yaml: "format: 1\nprojects:\n - identifier: a\n   name: A\n   tools: [{kind: wiki, issues: []}]",
            problems: [(5, "a tool of kind wiki has no `issues`")]),
        Case(
            name: "form and fields",
            yaml:
                """
                format: 1
                projects:
                 - {identifier: a, name: A,
                    tools: [{kind: tickets, form: [{name: a, field: title}], fields: []}]}
                """,
            problems: [(4, "either `form` or `fields`")]),
        Case(
            name: "digits", yaml: "format: 1\nprojects: [{identifier: \"12\", name: A}]",
            problems: [(2, "not an identifier")]),
        Case(
            name: "grant without subject", yaml: "format: 1\ngrants: [{actions: [view_issues]}]",
            problems: [(2, "`subject`")]),
        Case(
            name: "field action on issues", yaml: "format: 1\ngrants: [{subject: everybody, actions: [read]}]",
            problems: [(2, "`read` is no action on that")]),
        Case(
            name: "pattern", yaml: "format: 1\nsettings: {loginPattern: \"[a\"}",
            problems: [(2, "regular expression")]),
        Case(
            name: "reply to later",
            yaml: """
                format: 1
                projects:
                  - identifier: a
                    name: A
                    tools:
                      - kind: forum
                        forums:
                          - shortName: f
                            name: F
                            topics: [{subject: S, posts: [{author: a, text: t, replyTo: 0}]}]
                """, problems: [(10, "not an earlier post")]),
    ]

    @Test("a file that is wrong in itself", arguments: malformedFiles)
    func malformed(_ example: Case) throws {
        let fault = #expect(throws: WorkspaceFileFault.self) { try WorkspaceFile(yaml: example.yaml) }
        expect(fault, example)
    }

    static let unfittingFiles: [Case] = [
        Case(
            name: "no such status", yaml: "format: 1\ntypes: [{name: Bug, defaultStatus: Nowhere}]",
            problems: [(2, "no status `Nowhere`")]),
        Case(name: "no such workflow", yaml: "format: 1\nsettings:\n  workflow: W", problems: [(3, "no workflow `W`")]),
        Case(
            name: "members",
            yaml: "format: 1\nprojects:\n - identifier: a\n   name: A\n   members:\n    - {user: x, roles: [R]}",
            problems: [(6, "no user `x`")]),
        Case(
            name: "bands",
            yaml: "format: 1\npriorities: [{name: A, number: 1, high: 5}, {name: B, number: 9, low: 8}]",
            problems: [(2, "does not begin one above")]),
        Case(
            name: "one type at two trackers",
            yaml: """
                format: 1
                statuses: [{name: New, category: initial}]
                types: [{name: Bug}]
                projects:
                  - identifier: a
                    name: A
                    tools:
                      - {kind: tickets, mountPoint: one, types: [Bug]}
                      - {kind: tickets, mountPoint: two, types: [Bug]}
                """, problems: [(9, "stands at the tool `one` already")]),
        Case(
            name: "parent in itself",
            yaml:
                "format: 1\nprojects:\n - {identifier: a, name: A, parent: b}\n - {identifier: b, name: B, parent: a}",
            problems: [(4, "lie in itself")]),
        Case(
            name: "assignee without the right",
            yaml: """
                format: 1
                statuses: [{name: New, category: initial}]
                users: [{login: ann}, {login: bob}]
                projects:
                  - identifier: a
                    name: A
                    tools:
                      - kind: tickets
                        issues:
                          - {title: One, author: ann, assignee: bob}
                """, problems: [(10, "assignee")]),
        Case(
            name: "value that a list has not",
            yaml: """
                format: 1
                fields: [{name: Site, object: project, type: list, values: [A]}]
                projects:
                  - {identifier: a, name: A, values: {Site: B}}
                """, problems: [(4, "`B` is no value")]),
    ]

    @Test("a file that does not fit, which changes nothing", arguments: unfittingFiles)
    func unfitting(_ example: Case) async throws {
        let fixture = try await WorkspaceFixture()
        let file = try WorkspaceFile(yaml: example.yaml)
        let fault = await #expect(throws: WorkspaceFileFault.self) {
            try await file.apply(to: fixture.workspace, dryRun: false)
        }
        expect(fault, example)
        #expect(fixture.workspace.isFresh && fixture.workspace.catalog.records.projects.isEmpty)
        await fixture.close()
    }

    private func expect(_ fault: WorkspaceFileFault?, _ example: Case) {
        for (line, part) in example.problems {
            let found = fault?.problems.contains { $0.line == line && $0.message.contains(part) } ?? false
            #expect(found, "line \(line), \(part); told: \(fault?.description ?? "nothing")")
        }
    }

    @Test("bounds: depth, size, and what aliases multiply to")
    func bounds() throws {
        let deep = "format: 1\nx-a: " + String(repeating: "[", count: 70) + String(repeating: "]", count: 70)
        #expect(throws: WorkspaceFileFault.self) { try WorkspaceFile(yaml: deep) }
        let veryDeep = "format: 1\nx-a: " + String(repeating: "[", count: 100_000)
        #expect(throws: WorkspaceFileFault.self) { try WorkspaceFile(yaml: veryDeep) }
        var bomb = "format: 1\nx-a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"
        for level in 1...12 {
            bomb +=
                "x-a\(level): &a\(level) [" + Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ",")
                + "]\n"
        }
        let fault = #expect(throws: WorkspaceFileFault.self) { try WorkspaceFile(yaml: bomb) }
        #expect(fault?.description.contains("aliases") ?? false)
        for key in ["? *a12\n: 1", "*a12 : 1", "[*a12, *a12]: 1", "?\n  - *a12\n: 1", "x-z: {? [*a12] : 1}"] {
            #expect(throws: WorkspaceFileFault.self) { try WorkspaceFile(yaml: bomb + key) }
        }
        let large = [UInt8](repeating: 0x20, count: WorkspaceFile.sizeLimit + 1)
        #expect(throws: WorkspaceFileFault.self) { try WorkspaceFile(yaml: large) }
        #expect(throws: WorkspaceFileFault.self) { try WorkspaceFile(yaml: [0xFF, 0xFE]) }
    }

    @Test("no more than fifty problems are told")
    func manyProblems() throws {
        let yaml = "format: 1\n" + (0..<200).map { "k\($0): 1\n" }.joined()
        let fault = #expect(throws: WorkspaceFileFault.self) { try WorkspaceFile(yaml: yaml) }
        #expect(fault?.problems.count == WorkspaceFileFault.limit)
        #expect(fault?.problems.first?.line == 2)
    }
}
