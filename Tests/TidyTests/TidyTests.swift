import Foundation
import Testing

/// The files of the package, read once.
enum Package {
    static let root = (0..<3).reduce(URL(filePath: #filePath)) { path, _ in path.deletingLastPathComponent() }

    /// Every Swift file of the sources and the tests.
    static let swift = files(below: ["Sources", "Tests"]) { $0.hasSuffix(".swift") }

    /// Every other text file that is the project's own.
    static let texts: [SourceText] = {
        let endings = [".py", ".sh", ".lua", ".yaml", ".yml", ".md", ".txt", ".swift"]
        let below = files(below: ["Conformance", "Scripts", "Tests", "Bench", "docs"]) { name in
            endings.contains(where: name.hasSuffix) && !name.hasSuffix(".swift")
        }
        return below + ["Makefile", "README.md", "Package.swift", ".ci/run"].compactMap(read)
    }()

    private static func files(below folders: [String], where isWanted: (String) -> Bool) -> [SourceText] {
        folders.flatMap { folder -> [SourceText] in
            let all = FileManager.default.enumerator(atPath: root.appending(path: folder).path)?.allObjects
            let names = all as? [String] ?? []
            return names.filter(isWanted).sorted().compactMap { read("\(folder)/\($0)") }
        }
    }

    private static func read(_ path: String) -> SourceText? {
        guard let text = try? String(contentsOf: root.appending(path: path), encoding: .utf8) else { return nil }
        return SourceText(path: path, text: text)
    }
}

@Suite("The package is tidy")
struct TidyTests {
    private func hold(_ rule: Rule, over files: [SourceText] = Package.swift) {
        for file in files {
            for finding in rule(file) { Issue.record(Comment(rawValue: finding.description)) }
        }
    }

    @Test("the files are found")
    func filesAreFound() {
        #expect(Package.swift.count { !$0.isTest } > 20)
        #expect(Package.swift.contains { $0.path == "Tests/TidyTests/TidyTests.swift" })
        #expect(Package.texts.contains { $0.path == "Makefile" })
    }

    @Test("targets import only what the architecture's table allows")
    func imports() { hold(ImportTable.imports) }

    @Test("every folder of sources is in the table")
    func targetsAreKnown() {
        let known = Set(ImportTable.targets.keys).union(ImportTable.systemLibraries)
        for target in Set(Package.swift.filter { !$0.isTest }.map(\.target)) { #expect(known.contains(target)) }
    }

    @Test("lines are at most 120 characters")
    func lineLengths() { hold(SizeRules.lines) }

    @Test("files are at most 500 lines")
    func fileLengths() { hold(SizeRules.files) }

    @Test("functions are at most 70 lines")
    func functionLengths() { hold(SizeRules.functions) }

    @Test("no try and no cast traps")
    func unsafeTries() { hold(CallRules.unsafeTries) }

    @Test("no value is unwrapped by force")
    func forcedUnwrapping() { hold(CallRules.forcedUnwrapping) }

    @Test("only the command prints")
    func printing() { hold(CallRules.printing) }

    @Test("nothing ends the process")
    func traps() { hold(CallRules.traps) }

    @Test("nothing is noted as unfinished")
    func unfinished() { hold(CallRules.unfinished, over: Package.swift + Package.texts) }

    @Test("what the compiler cannot prove is proven in a comment")
    func unprovenSendable() { hold(CallRules.unprovenSendable) }

    @Test("public declarations are documented")
    func documentation() {
        let asked = Package.swift.map(CommentRules.requirements)
            .reduce(CommentRules.foreignRequirements) { $0.union($1) }
        hold(CommentRules.documentation(witnesses: asked))
    }

    @Test("no code stands in comments")
    func deadCode() { hold(CommentRules.deadCode) }

    @Test("no dialect is named below the front ends")
    func dialectNames() { hold(NameRules.dialects) }

    @Test("no package registry is named")
    func registries() { hold(NameRules.registries, over: Package.swift + Package.texts) }

    @Test("no path of one machine is named")
    func machinePaths() { hold(NameRules.machinePaths, over: Package.swift + Package.texts) }
}
