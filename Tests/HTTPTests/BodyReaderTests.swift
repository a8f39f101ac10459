import ParleyHTTP
import Testing

private func object(_ members: (String, ParameterTree)...) -> ParameterTree { .object(ParameterObject(members)) }

@Suite("JSON reader")
struct JSONReaderTests {
    @Test(
        "values are read",
        arguments: [
            (" null ", .null), ("true", .boolean(true)), ("false", .boolean(false)), ("0", .integer(0)),
            ("-0", .integer(0)),
            ("-12", .integer(-12)), ("9223372036854775807", .integer(.max)),
            ("9223372036854775808", .number("9223372036854775808")),
            ("1.50", .number("1.50")), ("1e3", .number("1e3")), ("1E-2", .number("1E-2")), ("\"\"", .text("")),
            (#""a\"\\\/\b\f\n\r\té""#, .text("a\"\\/\u{8}\u{C}\n\r\té")), (#""\ud83d\ude00""#, .text("😀")),
            (#""a\ud83db""#, .text("a\u{FFFD}b")), (#""\ude00""#, .text("\u{FFFD}")),
            (#""\ud83d\u0041""#, .text("\u{FFFD}A")),
            (#""\ud83d\ud83d\ude00""#, .text("\u{FFFD}😀")), ("[]", .list([])), ("{}", .object(ParameterObject())),
            ("[1, [2]]", .list([.integer(1), .list([.integer(2)])])), ("\u{FEFF}1", .integer(1)),
            (#"{"a":1,"b":{"c":null},"a":2}"#, object(("a", .integer(2)), ("b", object(("c", .null))))),
        ] as [(String, ParameterTree)])
    func values(_ text: String, _ expected: ParameterTree) throws {
        #expect(try ParameterTree(json: text) == expected)
    }

    @Test(
        "what is no JSON is refused",
        arguments: [
            "", " ", "NaN", "Infinity", "-", "01", "-01", "1.", ".5", "1e", "1e+", "+1", "tru", "nul", "True", "'a'",
            "\"a",
            "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"a\nb\"", "[1,]", "[,1]", "[1", "[1 2]", "{", "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}", "{a:1}", "{\"a\":1 \"b\":2}", "1 2", "{} x", "/*x*/1", "[1]]", "\"\\", "\"\\u", "{\"a\":1}}",
            "]",
        ])
    func refused(_ text: String) {
        #expect(throws: MalformedBody.self) { try ParameterTree(json: text) }
    }

    @Test("octets that are no UTF-8 are refused")
    func encoding() {
        for octets: [UInt8] in [[0x22, 0xFF, 0x22], [0x22, 0xC3, 0x22], [0x22, 0x5C, 0x6E, 0xED, 0xA0, 0x80, 0x22]] {
            #expect(throws: MalformedBody.self) { try ParameterTree(json: octets) }
        }
    }

    @Test("depth and count are bounded")
    func limits() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(throws: Never.self) { try ParameterTree(json: nested(64)) }
        #expect(throws: MalformedBody.self) { try ParameterTree(json: nested(65)) }
        #expect(throws: MalformedBody.self) { try ParameterTree(json: nested(10_000)) }
        #expect(throws: MalformedBody.self) { try ParameterTree(json: String(repeating: "{\"a\":", count: 10_000)) }
        let many = "[" + String(repeating: "1,", count: 1000) + "1]"
        #expect(throws: MalformedBody.self) { try ParameterTree(json: many, limits: ReaderLimits(values: 1000)) }
    }

    @Test("ten thousand names in one object are no trouble")
    func manyNames() throws {
        let text = "{" + (0..<10_000).map { "\"k\($0)\":\($0)" }.joined(separator: ",") + ",\"k7\":0}"
        let tree = try ParameterTree(json: text)
        #expect(tree.object?.count == 10_000)
        #expect(tree["k7"] == .integer(0))
        #expect(tree["k9999"] == .integer(9999))
    }

    @Test("a fault names its line")
    func line() {
        #expect(throws: MalformedBody(.json, "unexpected character", line: 3)) {
            try ParameterTree(json: "{\n\"a\":\n?}")
        }
    }

    @Test("cut off anywhere or with any octet changed, it is read or refused")
    func truncated() {
        let sample = Array(
            #"{"issue":{"subject":"a\n\ud83d\ude00ä","list":[1,-2.5e3,true,false,null,""],"x":{}}}"#.utf8)
        for length in 0..<sample.count {
            #expect(throws: MalformedBody.self) { try ParameterTree(json: Array(sample[..<length])) }
        }
        for index in sample.indices {
            for octet in UInt8.min...UInt8.max {
                var changed = sample
                changed[index] = octet
                _ = try? ParameterTree(json: changed)
            }
        }
    }
}

@Suite("XML reader")
struct XMLReaderTests {
    private func read(_ text: String) throws -> ParameterTree { try ParameterTree(activeResource: Array(text.utf8)) }

    @Test(
        "documents of object mappers are read",
        arguments: [
            ("<issue><project-id>1</project-id></issue>", object(("issue", object(("project_id", .text("1")))))),
            ("\n <?xml version=\"1.0\"?><a>x</a>", object(("a", .text("x")))),
            ("<a/>", object(("a", .null))), ("<a></a>", object(("a", .null))), ("<a> </a>", object(("a", .text(" ")))),
            ("<a type='string'/>", object(("a", .text("")))), ("<a nil='true'>  </a>", object(("a", .null))),
            ("<a type='integer'>30x</a>", object(("a", .integer(30)))), ("<a type='integer'/>", object(("a", .null))),
            ("<a type='integer'>-99999999999999999999</a>", object(("a", .integer(.min)))),
            ("<a type='boolean'>1</a>", object(("a", .boolean(true)))),
            ("<a type='boolean'>no</a>", object(("a", .boolean(false)))),
            ("<a type='float'>2.5</a>", object(("a", .number("2.5")))),
            ("<a type='float'>1,5</a>", object(("a", .text("1,5")))),
            ("<a type='date'>2027-01-02T10:00:00Z</a>", object(("a", .text("2027-01-02")))),
            ("<a type='datetime'> 2027-01-02T10:00:00Z</a>", object(("a", .text("2027-01-02T10:00:00Z")))),
            ("<a type='array'/>", object(("a", .list([])))), ("<a type='array'>\n</a>", object(("a", .list([])))),
            ("<a type='array'><b>1</b><b>2</b><c>3</c></a>", object(("a", .list([.text("1"), .text("2")])))),
            (
                "<a><b>1</b><b>2</b><b>3</b></a>",
                object(("a", object(("b", .list([.text("1"), .text("2"), .text("3")])))))
            ),
            ("<a id='1'>text</a>", object(("a", .text("text")))),
            ("<a id='1'><value>x</value></a>", object(("a", object(("id", .text("1")), ("value", .text("x")))))),
            ("<a>text<b>1</b></a>", object(("a", .text("text")))),
            ("<a><![CDATA[x<y]]> z</a>", object(("a", .text("x<y z")))),
            ("<a b-c='&#65;&amp;'/>", object(("a", object(("b_c", .text("A&")))))),
            ("<a><type>x</type></a>", object(("a", object(("type", .text("x")))))),
            ("<?xml version='1.0' encoding='ISO-8859-1'?><a>x</a>", object(("a", .text("x")))),
            ("<p:a xmlns:p='urn:x'><p:b>1</p:b></p:a>", object(("a", object(("b", .text("1")))))),
        ] as [(String, ParameterTree)])
    func documents(_ text: String, _ expected: ParameterTree) throws {
        #expect(try read(text) == expected)
    }

    @Test("custom fields come as a list only when they say so")
    func customFields() throws {
        let block = "<custom_field id='1'><value type='array'><value>a</value></value></custom_field>"
        let typed = try read("<issue><custom-fields type='array'>\(block)</custom-fields></issue>")
        let field = object(("id", .text("1")), ("value", .list([.text("a")])))
        #expect(typed["issue"]?["custom_fields"] == .list([field]))
        let untyped = try read("<issue><custom_fields>\(block)</custom_fields></issue>")
        #expect(untyped["issue"]?["custom_fields"] == object(("custom_field", field)))
    }

    @Test(
        "what is no XML, or more than data, is refused",
        arguments: [
            "", "  ", "x", "<a>", "<a></b>", "<a/><b/>", "<a b=1/>", "<a>&nbsp;</a>", "<a>\u{1}</a>", "<a>&#0;</a>",
            "<!DOCTYPE a><a/>", "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>",
            "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>",
            "<!DOCTYPE a [<!ENTITY % x SYSTEM 'http://127.0.0.1:1/x'> %x;]><a/>",
            "<a type='yaml'>--- 1</a>", "<a type='symbol'>x</a>",
        ])
    func refused(_ text: String) {
        #expect(throws: MalformedBody.self) { try read(text) }
    }

    @Test("entities that multiply are refused at the declaration")
    func billionLaughs() {
        var text = "<!DOCTYPE lolz [<!ENTITY lol0 \"lol\">"
        for level in 1..<10 {
            let references = String(repeating: "&lol\(level - 1);", count: 10)
            text += "<!ENTITY lol\(level) \"\(references)\">"
        }
        text += "]><lolz>&lol9;</lolz>"
        let expected = "a document type declaration is not allowed"
        do {
            _ = try read(text)
            Issue.record("it was read")
        } catch {
            #expect((error as? MalformedBody)?.reason == expected)
        }
    }

    @Test("depth and count are bounded")
    func limits() {
        func nested(_ depth: Int) -> String {
            String(repeating: "<a>", count: depth) + String(repeating: "</a>", count: depth)
        }
        #expect(throws: Never.self) { try read(nested(64)) }
        for depth in [65, 250, 300, 10_000] { #expect(throws: MalformedBody.self) { try read(nested(depth)) } }
        let many = "<a>" + String(repeating: "<b/>", count: 2000) + "</a>"
        #expect(throws: MalformedBody.self) {
            try ParameterTree(activeResource: Array(many.utf8), limits: ReaderLimits(values: 1000))
        }
    }

    @Test("a fault names its line")
    func line() {
        do {
            _ = try read("<a>\n<b>\n</a>")
            Issue.record("it was read")
        } catch {
            #expect((error as? MalformedBody)?.line == 3)
        }
    }

    @Test("cut off anywhere or with odd octets, it is read or refused")
    func truncated() {
        let sample = Array(
            "<?xml version=\"1.0\"?><issue a='&#65;'><s type=\"array\"><b>ä&lt;</b><![CDATA[x]]></s><!-- c --></issue>"
                .utf8)
        for length in 0..<sample.count {
            #expect(throws: MalformedBody.self) { try ParameterTree(activeResource: Array(sample[..<length])) }
        }
        for index in sample.indices {
            for octet: UInt8 in [0, 0x0A, 0x20, 0x22, 0x26, 0x3C, 0x3E, 0x2F, 0x61, 0x80, 0xC3, 0xFF] {
                var changed = sample
                changed[index] = octet
                _ = try? ParameterTree(activeResource: changed)
            }
        }
    }
}

@Suite("Forms and queries")
struct FormReaderTests {
    private func nested(_ text: String) throws -> ParameterTree { try ParameterTree(nestedForm: Array(text.utf8)) }

    @Test(
        "names in brackets nest",
        arguments: [
            ("", object()), ("a=1&b=2", object(("a", .text("1")), ("b", .text("2")))),
            ("a=1&a=2", object(("a", .text("2")))),
            ("a", object(("a", .null))), ("a=", object(("a", .text("")))), ("&&=x&", object()),
            (
                "issue[subject]=x%20y+z&issue[id]=1",
                object(("issue", object(("subject", .text("x y z")), ("id", .text("1")))))
            ),
            ("ids[]=1&ids[]=2", object(("ids", .list([.text("1"), .text("2")])))),
            ("v[subject][]=x", object(("v", object(("subject", .list([.text("x")])))))),
            (
                "a[][b]=1&a[][c]=2&a[][b]=3",
                object(("a", .list([object(("b", .text("1")), ("c", .text("2"))), object(("b", .text("3")))])))
            ),
            ("a[][b][c]=1", object(("a", .list([object(("b", object(("c", .text("1")))))])))),
            ("a[][b][]=1&a[][b][]=2", object(("a", .list([object(("b", .list([.text("1"), .text("2")])))])))),
            ("a[b", object(("a", object(("b", .null))))),
            ("a[=1", object(("a[", .text("1")))), ("[a]=1", object(("a", .text("1")))),
            ("a]=1", object(("a", .text("1")))),
            ("a%5Bb%5D=%C3%A9", object(("a", object(("b", .text("é")))))),
            ("a=%ff%zz%", object(("a", .text("\u{FFFD}%zz%")))),
            ("a=1;b=2", object(("a", .text("1;b=2")))), ("[]=1", object()), ("a=b=c", object(("a", .text("b=c")))),
        ] as [(String, ParameterTree)])
    func nesting(_ text: String, _ expected: ParameterTree) throws {
        #expect(try nested(text) == expected)
    }

    @Test("a name cannot be two things", arguments: ["a=1&a[b]=2", "a=1&a[]=2", "a[]=1&a[b]=2", "a[b]=1&a[]=2"])
    func conflicts(_ text: String) {
        #expect(throws: MalformedBody.self) { try nested(text) }
    }

    @Test("depth and count are bounded")
    func limits() {
        #expect(throws: MalformedBody.self) { try nested("a" + String(repeating: "[b]", count: 10_000) + "=1") }
        #expect(throws: MalformedBody.self) { try nested("a" + String(repeating: "[][b]", count: 10_000) + "=1") }
        let many = Array(String(repeating: "a&", count: 200_000).utf8)
        #expect(throws: MalformedBody.self) { try FormReader.pairs(many) }
    }

    @Test("a hundred thousand items of one list are no trouble")
    func longList() throws {
        let tree = try nested(String(repeating: "a[][b]=1&", count: 90_000))
        #expect(tree["a"]?.list?.count == 90_000)
    }

    @Test("flat forms keep brackets and gather what comes again")
    func flat() throws {
        let pairs = try FormReader.pairs(query: "a=1&a=2&b[]=3;c=4", semicolons: true)
        let expected = object(("a", .list([.text("1"), .text("2")])), ("b[]", .text("3")), ("c", .text("4")))
        #expect(ParameterTree(flat: pairs) == expected)
    }

    @Test("any string of brackets is read or refused")
    func brackets() {
        let alphabet = Array("a[]=&%".utf8)
        for number in 0..<46_656 {
            var rest = number
            var octets: [UInt8] = []
            for _ in 0..<6 {
                octets.append(alphabet[rest % 6])
                rest /= 6
            }
            _ = try? ParameterTree(nestedForm: octets)
        }
    }

    @Test(
        "paths split before they are decoded",
        arguments: [
            ("/", [""]), ("", [""]), ("/a/b", ["a", "b"]), ("/a%2Fb//c/", ["a/b", "", "c", ""]),
            ("/a+b%20c", ["a+b c"]),
            ("/%", ["%"]), ("/%4", ["%4"]), ("/%e4", ["\u{FFFD}"]),
        ])
    func segments(_ path: String, _ expected: [String]) {
        #expect(PercentEncoding.segments(ofPath: path) == expected)
    }

    @Test("what was encoded decodes to itself")
    func encoding() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<500 {
            let text = String.randomText(using: &generator)
            #expect(PercentEncoding.decode(PercentEncoding.encode(text)) == text)
            #expect(PercentEncoding.decode(PercentEncoding.encode(text), plusIsSpace: true) == text)
        }
    }

    @Test("single values convert as forms would carry them")
    func conversions() {
        #expect(ParameterTree.text(" 12 ").wholeNumber == 12)
        #expect(ParameterTree.text("12x").wholeNumber == nil)
        #expect(ParameterTree.number("2.5").decimalNumber == 2.5)
        #expect(ParameterTree.number("1e999").decimalNumber == nil)
        #expect(ParameterTree.boolean(true).scalarText == "true")
        #expect(ParameterTree.list([]).scalarText == nil)
    }
}
