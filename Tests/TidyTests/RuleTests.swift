import Testing

/// Each rule on small samples: what it must find, and what it must leave alone.
@Suite("The rules of tidiness")
struct RuleTests {
    private func lines(_ rule: Rule, _ text: String, path: String = "Sources/ParleyService/Sample.swift") -> [Int] {
        rule(SourceText(path: path, text: text)).map(\.line)
    }

    @Test("comments, strings and interpolations are told apart")
    func splitting() {
        let text = ##"""
            let a = "try! // no" // try!
            let b = "x \(f("y" + c)) /* z */" /* a /* b */ c */ + d
            let e = #"a " \(no) "# + """
              long " text
              """
            """##
        let file = SourceText(path: "Sources/ParleyService/Sample.swift", text: text)
        #expect(file.code[0].trimmingSuffix == "let a = \"          \"")
        let blanks = String(repeating: " ", count: 19)
        #expect(file.code[1].trimmingSuffix == "let b = \"  \\(f(\" \" + c))        \"" + blanks + "+ d")
        #expect(file.code[2].trimmingSuffix == "let e = #\"          \"# + \"\"\"")
        #expect(file.code[3].trimmingSuffix.isEmpty)
        #expect(file.codeAndText[0].trimmingSuffix == "let a = \"try! // no\"")
    }

    @Test("an import outside the table is found", arguments: [
        ("ParleyModel", "import Foundation", false), ("ParleyModel", "import ParleyStorage", false),
        ("ParleyStorage", "import ParleyModel", true), ("ParleyStorage", "@preconcurrency import Glibc", true),
        ("ParleyStorage", "import CSQLite", false), ("ParleySQLite", "import CSQLite", true),
        ("RedmineDialect", "import ParleyStorage", false), ("RedmineDialect", "import RTDialect", false),
        ("ParleyHTTP", "public import struct ParleyModel.IssueID", true), ("ParleyHTTP", "import NIOCore", false),
        ("ParleyServer", "import NIOCore", true), ("parley", "import NIOCore", false), ("Unknown", "let a = 1", false),
    ])
    func imports(target: String, line: String, isAllowed: Bool) {
        #expect(lines(ImportTable.imports, line, path: "Sources/\(target)/A.swift").isEmpty == isAllowed)
    }

    @Test("long lines and files are found")
    func sizes() {
        #expect(lines(SizeRules.lines, String(repeating: "a", count: 120)).isEmpty)
        #expect(lines(SizeRules.lines, "\n" + String(repeating: "a", count: 121)) == [2])
        #expect(lines(SizeRules.files, String(repeating: "a\n", count: 500)).isEmpty)
        #expect(lines(SizeRules.files, String(repeating: "a\n", count: 501)) == [501])
    }

    @Test("long functions are found, wherever they begin", arguments: [
        "func a() {", "func a(\n  b: Int\n) -> Int\nwhere T: U {", "init?() {", "var a: Int {",
        "subscript(a: Int) -> Int {",
        "static func == (a: A, b: A) -> Bool {",
    ])
    func functions(head: String) {
        let own = head.split(separator: "\n").count
        let whole = { (count: Int) in head + "\n" + String(repeating: "a\n", count: count - own - 1) + "}\nlet b = 1" }
        #expect(lines(SizeRules.functions, whole(70)).isEmpty)
        #expect(lines(SizeRules.functions, whole(71)) == [1])
    }

    @Test("what is no function is not taken for one")
    func noFunctions() {
        let filling = String(repeating: "  let b = 2\n", count: 80)
        #expect(lines(SizeRules.functions, "protocol P {\n  func a()\n  var c: Int\n}\nenum E {\n\(filling)}").isEmpty)
        #expect(lines(SizeRules.functions, "struct S {\n  var c = 1\n  struct T {\n\(filling)}\n}").isEmpty)
    }

    @Test("calls that trap are found", arguments: [
        ("let a = try! b()", [1]), ("let a = try b()", []), ("let a = b as! C", [1]), ("let a = \"try!\"", []),
    ])
    func tries(text: String, found: [Int]) { #expect(lines(CallRules.unsafeTries, text) == found) }

    @Test("forced unwrapping is found", arguments: [
        ("let a = b!", [1]), ("a[0]!.c()", [1]), ("a()!.b", [1]), ("var a: B!", [1]), ("a != b", []),
        ("if !a && !b {}", []), ("a!==b", []), ("#expect(!a)", []), ("let a = try! b", []),
        ("\"hello!\"", []), ("// well!", []), ("\"\\(a!)\"", [1]),
    ])
    func unwrapping(text: String, found: [Int]) { #expect(lines(CallRules.forcedUnwrapping, text) == found) }

    @Test("printing is found outside the command")
    func printing() {
        #expect(lines(CallRules.printing, "print(1)\nlet a = fingerprint(2)\nstream.print(3)") == [1])
        #expect(lines(CallRules.printing, "print(1)", path: "Sources/parley/A.swift").isEmpty)
    }

    @Test("endings of the process are found")
    func traps() { #expect(lines(CallRules.traps, "fatal()\nfatalError(\"x\")\nprecondition(a)") == [2]) }

    @Test("notes of unfinished work are found")
    func unfinished() {
        let note = "TO" + "DO"
        let text = "// \(note): later\nlet a = 1\n/// \("FIX" + "ME")\nlet \(note)s = 1"
        #expect(lines(CallRules.unfinished, text) == [1, 3])
    }

    @Test("an unproven claim of safety is found")
    func unproven() {
        let claim = "final class A: @unchecked Sendable {"
        #expect(lines(CallRules.unprovenSendable, claim + "\n  var b = 1\n}") == [1])
        #expect(lines(CallRules.unprovenSendable, "// b is set once.\n" + claim + "\n}").isEmpty)
        #expect(lines(CallRules.unprovenSendable, claim + "\n    // b is set once.\n}").isEmpty)
        #expect(lines(CallRules.unprovenSendable, "// far\n\n\n\n" + claim) == [5])
    }

    @Test("public declarations without documentation are found", arguments: [
        ("public struct A {}", [1]), ("/// A.\npublic struct A {}", []), ("/// A.\n@frozen\npublic enum A {}", []),
        ("// A.\npublic func a()", [2]), ("@inlinable public func a()", [1]), ("struct A {}", []),
        ("public import B", []), ("public extension A {", []), ("public var a = 1", []), ("public init() {}", []),
        ("public static func b()", []), ("let text = \"\"\"\n  public struct A\n  \"\"\"", []),
        ("public final class A {}", [1]), ("public mutating func c<T>()", [1]), ("public static func == (a: A)", []),
    ])
    func documentation(text: String, found: [Int]) {
        #expect(lines(CommentRules.documentation(witnesses: ["b", "=="]), text) == found)
    }

    @Test("what protocols ask for is read from them")
    func requirements() {
        let text = "protocol P: Q {\n  func a(b: Int)\n  static func == (l: P, r: P)\n}\nstruct S {\n  func c() {}\n}"
        #expect(CommentRules.requirements(SourceText(path: "Sources/A/B.swift", text: text)) == ["a", "=="])
    }

    @Test("code in comments is found, prose is not", arguments: [
        ("// let a = 1", [1]), ("// if a {", [1]), ("// }", [1]), ("//foo(bar)", [1]), ("// return a.b(c)", [1]),
        ("// a.b = c", [1]), ("// import Foundation", [1]), ("// Let the writer go on.", []),
        ("// import of a file goes on here", []),
        ("// for each of them (see above)", []), ("/// let a = 1", []),
        ("// a = b holds for all of them", []), ("let a = 1 // }", []),
    ])
    func deadCode(text: String, found: [Int]) { #expect(lines(CommentRules.deadCode, text) == found) }

    @Test("a dialect's name below the front ends is found", arguments: [
        ("let a = \"Redmine\"", [1]), ("struct TuleapToken {}", [1]), ("// as in Redmine", []), ("let fromRT = 1", [1]),
        ("RTQueue()", [1]), ("let rtUser = 1", [1]), ("case rt", [1]), ("let sort = start.RTF", []),
        ("insert(support)", []),
    ])
    func dialects(text: String, found: [Int]) {
        #expect(lines(NameRules.dialects, text) == found)
        #expect(lines(NameRules.dialects, text, path: "Sources/RedmineDialect/A.swift").isEmpty)
    }

    @Test("hosts of registries and paths of machines are found")
    func places() {
        #expect(lines(NameRules.registries, "a\nhttps://" + ["pypi", "org"].joined(separator: ".") + "/simple") == [2])
        #expect(lines(NameRules.machinePaths, "a\ncd " + ["", "work", "main"].joined(separator: "/")) == [2])
        #expect(lines(NameRules.machinePaths, "GET \(["", "issues", "work", "main"].joined(separator: "/"))").isEmpty)
    }
}

extension String {
    fileprivate var trimmingSuffix: Substring {
        var rest = self[...]
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return rest
    }
}
