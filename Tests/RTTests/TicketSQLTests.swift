import ParleyModel
import Testing

@testable import RTDialect

@Suite("TicketSQL")
struct TicketSQLTests {
    private func read(_ text: String) -> Result<TicketSQL, TicketSQL.Fault> {
        Result { () throws(TicketSQL.Fault) in try TicketSQL.read(text, TicketField.faults) }
    }

    private func fault(_ text: String) -> String? {
        if case .failure(let fault) = read(text) { return fault.words }
        return nil
    }

    @Test("what cannot be read is told in RT's words", arguments: [
        ("Bogus = 1", "Unknown field: Bogus"),
        ("Bogus.x = 1 AND Nope = 2", "Unknown field: Bogus.x; Unknown field: Nope"),
        ("Subject ~ 'x'", "Wrong query, expecting a OPERATOR in 'Subject ~ >'x'<--here'"),
        ("Subject", "Incomplete query, last element (KEYWORD) is not close paren or value in 'Subject'"),
        ("Subject =", "Incomplete query, last element (OPERATOR) is not close paren or value in 'Subject ='"),
        (
            "Status = 'new' AND",
            "Incomplete query, last element (AGGREGATOR) is not close paren or value in 'Status = 'new' AND'"
        ),
        ("Status = 'new')", "Wrong query, expecting a AGGREGATOR in 'Status = 'new'>)<--here'"),
        (
            "Status = 'new' AND AND id = 1",
            "Wrong query, expecting a OPERATOR in 'Status = 'new' AND AND >id<--here = 1'"
        ),
        ("(Subject LIKE 'x'", "Incomplete query, 1 unclosed paren in '(Subject LIKE 'x''"),
        ("((id = 1", "Incomplete query, 2 unclosed parens in '((id = 1'"),
        ("()", "Wrong query, expecting a OPEN_PAREN or KEYWORD in '(>)<--here'"),
        ("= 5", "Wrong query, expecting a OPEN_PAREN or KEYWORD in '>=<--here 5'"),
        ("id = = 5", "Wrong query, expecting a VALUE in 'id = >=<--here 5'"),
        ("(id = 1 id", "Wrong query, expecting a AGGREGATOR or CLOSE_PAREN in '(id = 1 >id<--here'"),
        ("id IN 1", "Wrong query, expecting a OPERATOR in 'id >IN<--here 1'"),
        ("Organization = 'x'", "Wrong query, expecting a OPERATOR in 'Or>ganization<--here = 'x''"),
        ("Subject SHALLOW LIKE 'x'", "Unsupported operator: SHALLOW LIKE"),
        ("Priority = -5 -3", "Wrong query, expecting a AGGREGATOR in 'Priority = -5 >-3<--here'"),
        ("Bogus = 1 AND (", "Unknown field: Bogus; Incomplete query, last element (OPEN_PAREN) "
            + "is not close paren or value in 'Bogus = 1 AND ('"),
    ])
    func messages(query: String, expected: String) {
        #expect(fault(query) == expected)
    }

    private func condition(_ text: String) -> TicketSQL.Condition? {
        guard case .success(.group(_, let parts)) = read(text), case .condition(let condition)? = parts.first else {
            return nil
        }
        return condition
    }

    @Test("quotes, escapes, braces and bare words", arguments: [
        ("Subject = 'it\\'s'", "Subject", "it's", TicketSQL.ValueKind.quoted),
        ("Subject = \"a \\\\ 'b'\"", "Subject", "a \\ 'b'", .quoted),
        ("'Subject'='x'", "Subject", "x", .quoted),
        ("CF.{Two Words} = 'x'", "CF.{Two Words}", "x", .quoted),
        ("'CF.{Two Words}' = 5", "CF.{Two Words}", "5", .number),
        ("CF.{a}.Content = '5'", "CF.{a}.Content", "5", .quoted),
        ("Due < Starts", "Due", "Starts", .bare), ("Due < 'CF.{Day}'", "Due", "CF.{Day}", .bare),
        ("Priority>=-5", "Priority", "-5", .number), ("id=1.5", "id", "1.5", .number),
        ("Subject = ''", "Subject", "", .quoted), ("Subject like 'ü%'", "Subject", "ü%", .quoted),
    ])
    func words(query: String, key: String, value: String, kind: TicketSQL.ValueKind) {
        let read = condition(query)
        #expect(read?.key == key)
        #expect(read?.value == value)
        #expect(read?.kind == kind)
    }

    @Test("the last connective of a level joins all of it")
    func mixed() throws {
        guard case .success(.group(let outer, let parts)) = read("id=1 AND (id=2 OR id=3 AND id=4) or id=5") else {
            Issue.record("not read")
            return
        }
        #expect(outer == .or)
        #expect(parts.count == 3)
        guard case .group(let inner, let inside) = parts[1] else { return }
        #expect(inner == .and)
        #expect(inside.count == 3)
    }

    @Test("an operator is read in any case and with any name")
    func operators() {
        #expect(condition("Subject not like 'x'")?.operation == "NOT LIKE")
        #expect(condition("Subject Is Not null")?.operation == "IS NOT")
        #expect(condition("Subject IS NULL")?.value == "NULL")
        #expect(condition("Requestor SHALLOW = 'a'")?.operation == "SHALLOW =")
    }

    @Test("no text is too odd to be read, and long ones take no longer than their length says", arguments: 1...4)
    func fuzz(seed: UInt64) {
        var state = seed &* 0x9E37_79B9_7F4A_7C15
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
        let tokens = [
            "Subject", "CF.{", "}", "'", "\"", "\\", "(", ")", "AND", "or", "=", "!=", "NOT LIKE", "IS", "5", "-", "é",
            "\u{0}", "\n", " ", " ", "Due", "<", "'x'", "CF.{A}", ".Content", "SHALLOW ", "NULL", "\u{1F600}",
        ]
        for _ in 0..<3_000 {
            var text = ""
            for _ in 0..<random(30) { text += tokens[random(tokens.count)] + (random(3) == 0 ? "" : " ") }
            _ = read(text)
        }
        for _ in 0..<1_000 {
            let octets = (0..<random(60)).map { _ in UInt8(random(256)) }
            _ = read(String(decoding: octets, as: UTF8.self))
        }
    }

    @Test("hostile texts of the greatest length are read at once", arguments: [
        "'", "\\'", "CF.{", "CF.{ ", "(", "\"'", "'\\", "{", "x ", "~", "and ", "id=1 and ",
    ])
    func linear(part: String) {
        let text = String(repeating: part, count: 190_000 / part.utf8.count)
        let clock = ContinuousClock()
        let time = clock.measure { _ = read(text) }
        #expect(time < .seconds(40), "it is not even nearly in proportion to the length")
    }
}
