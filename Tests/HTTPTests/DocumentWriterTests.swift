import ParleyHTTP
import ParleyModel
import Testing

/// Renders a document in one format and gives it back as text.
func rendered(_ format: DocumentWriter.Format, _ body: (inout DocumentWriter) -> Void) -> String {
    var writer = DocumentWriter(format, capacity: 64)
    body(&writer)
    return String(decoding: writer.finish(), as: UTF8.self)
}

private let declaration = #"<?xml version="1.0" encoding="UTF-8"?>"#

/// Renders the same view in both formats, the XML without its declaration.
private func both(_ body: (inout DocumentWriter) -> Void) -> (json: String, xml: String) {
    let xml = rendered(.xml(), body)
    #expect(xml.hasPrefix(declaration))
    return (rendered(.json(), body), String(xml.dropFirst(declaration.count)))
}

@Suite("DocumentWriter: one view in JSON and XML")
struct DocumentWriterTests {
    @Test("an object has references as attributes and values as elements")
    func object() {
        let (json, xml) = both { writer in
            writer.document("issue") { issue in
                issue.member("id", 5)
                issue.reference("project", id: 1, title: "Alpha")
                issue.object("status") { status in
                    status.attribute("id", 1)
                    status.attribute("name", "New")
                    status.attribute("is_closed", false)
                }
                issue.reference("parent", id: 3)
                issue.member("description", "")
                issue.member("due_date", Optional<CivilDate>.none)
                issue.member("start_date", CivilDate(iso8601: "2026-11-01"))
                issue.member("hours", 3.5)
                issue.member("spent", 0.0)
                issue.member("created_on", Instant(seconds: 1_795_281_640))
            }
        }
        #expect(
            json == """
                {"issue":{"id":5,"project":{"id":1,"name":"Alpha"},"status":{"id":1,"name":"New","is_closed":false},\
                "parent":{"id":3},"description":"","due_date":null,"start_date":"2026-11-01","hours":3.5,"spent":0.0,\
                "created_on":"2026-11-21T17:20:40Z"}}
                """)
        #expect(
            xml == """
                <issue><id>5</id><project id="1" name="Alpha"/><status id="1" name="New" is_closed="false"/>\
                <parent id="3"/><description></description><due_date/><start_date>2026-11-01</start_date>\
                <hours>3.5</hours><spent>0.0</spent><created_on>2026-11-21T17:20:40Z</created_on></issue>
                """)
    }

    @Test("a list has its totals beside it in JSON and on the root in XML")
    func totals() {
        let (json, xml) = both { writer in
            let totals: [(DocumentName, DocumentScalar)] = [("total_count", .integer(2)), ("offset", .integer(0))]
            writer.documentList("issues", of: "issue", totals: totals) { issues in
                issues.item { $0.member("id", 1) }
                issues.item { $0.member("id", 2) }
            }
        }
        #expect(json == #"{"issues":[{"id":1},{"id":2}],"total_count":2,"offset":0}"#)
        #expect(
            xml == """
                <issues total_count="2" offset="0" type="array"><issue><id>1</id></issue>\
                <issue><id>2</id></issue></issues>
                """)
        let (empty, none) = both { $0.documentList("news", of: "news") { _ in } }
        #expect(empty == #"{"news":[]}"#)
        #expect(none == #"<news type="array"></news>"#)
    }

    @Test("custom fields carry attributes, then one value or several")
    func customFields() {
        let (json, xml) = both { writer in
            writer.document("issue") { issue in
                issue.array("custom_fields", of: "custom_field") { fields in
                    fields.item { field in
                        field.attribute("id", 1)
                        field.attribute("name", "Affected version")
                        field.attribute("multiple", true)
                        field.list("value", of: "value", ["1.0.0", "1.0.2"])
                    }
                    fields.item { field in
                        field.attribute("id", 2)
                        field.attribute("name", "Resolution")
                        field.member("value", Optional<String>.none)
                    }
                    fields.item { field in
                        field.attribute("id", 3)
                        field.list("value", of: "value", [String]())
                    }
                }
            }
        }
        #expect(
            json == """
                {"issue":{"custom_fields":[{"id":1,"name":"Affected version","multiple":true,\
                "value":["1.0.0","1.0.2"]},\
                {"id":2,"name":"Resolution","value":null},{"id":3,"value":[]}]}}
                """)
        #expect(
            xml == """
                <issue><custom_fields type="array"><custom_field id="1" name="Affected version" multiple="true">\
                <value type="array"><value>1.0.0</value><value>1.0.2</value></value></custom_field>\
                <custom_field id="2" name="Resolution"><value/></custom_field>\
                <custom_field id="3"><value type="array"></value></custom_field></custom_fields></issue>
                """)
    }

    @Test("journals, children and relations nest with attributes of their own")
    func nesting() {
        let (json, xml) = both { writer in
            writer.document("issue") { issue in
                issue.array("children", of: "issue") { children in
                    children.item { child in
                        child.attribute("id", 16)
                        child.reference("tracker", id: 1, title: "Bug")
                        child.member("subject", "child")
                    }
                }
                issue.array("relations", of: "relation") { relations in
                    relations.item { relation in
                        relation.attribute("id", 2)
                        relation.attribute("delay", Optional<Int>.none)
                    }
                }
                issue.array("journals", of: "journal") { journals in
                    journals.item { journal in
                        journal.attribute("id", 1)
                        journal.member("notes", "")
                        journal.array("details", of: "detail") { details in
                            details.item { detail in
                                detail.attribute("property", "attr")
                                detail.member("old_value", "1")
                            }
                        }
                    }
                }
            }
        }
        #expect(
            json == """
                {"issue":{"children":[{"id":16,"tracker":{"id":1,"name":"Bug"},"subject":"child"}],\
                "relations":[{"id":2,"delay":null}],"journals":[{"id":1,"notes":"",\
                "details":[{"property":"attr","old_value":"1"}]}]}}
                """)
        #expect(
            xml == """
                <issue><children type="array"><issue id="16"><tracker id="1" name="Bug"/>\
                <subject>child</subject></issue>\
                </children><relations type="array"><relation id="2" delay=""/></relations><journals type="array">\
                <journal id="1"><notes></notes><details type="array"><detail property="attr"><old_value>1</old_value>\
                </detail></details></journal></journals></issue>
                """)
    }

    @Test("arrays of texts name their elements; errors are a list without totals")
    func scalarArrays() {
        let (json, xml) = both { $0.documentList("errors", of: "error") { $0.item("Subject cannot be blank") } }
        #expect(json == #"{"errors":["Subject cannot be blank"]}"#)
        #expect(xml == #"<errors type="array"><error>Subject cannot be blank</error></errors>"#)
        let (bare, hash) = both { $0.document("hash", wrapped: false) { $0.member("status", 400) } }
        #expect(bare == #"{"status":400}"#)
        #expect(hash == "<hash><status>400</status></hash>")
    }

    @Test("XML can do without attributes, items and types")
    func itemStyle() {
        let options = XMLOptions(
            typing: .none, keepsAttributes: false, itemName: "item", bareScalarArrays: true, collapsesEmptyText: true)
        let xml = rendered(.xml(options)) { writer in
            writer.document("response", wrapped: false) { response in
                response.reference("tracker", id: 1, title: "Bugs")
                response.list("one", of: "x", [126])
                response.list("several", of: "x", [1, 2, 3])
                response.list("none", of: "x", [Int]())
                response.array("objects", of: "x") { $0.item { $0.member("id", 1) } }
                response.member("empty", "")
            }
        }
        #expect(
            xml == declaration + """
                <response><tracker><id>1</id><name>Bugs</name></tracker><one>126</one><several><text>1</text>\
                <text>2</text><text>3</text></several><none></none><objects><item><id>1</id></item>\
                </objects><empty/></response>
                """)
    }

    @Test("XML can say every type and carry names that are no XML names")
    func typedStyle() {
        let options = XMLOptions(typing: .all, keepsAttributes: false, itemName: "item", namesInAttribute: true)
        let xml = rendered(.xml(options)) { writer in
            writer.document("data", wrapped: false) { data in
                data.member(DocumentName("@etag"), "x\"")
                data.member("@total_size", 2)
                data.member("none", Optional<Int>.none)
                data.list("ids", of: "id", [1])
                data.object(DocumentName("@links")) { $0.member("ratio", 0.5) }
            }
        }
        #expect(
            xml == declaration + """
                <data type="dict"><key name="@etag" type="str">x"</key><key name="@total_size" type="int">2</key>\
                <none type="null"/><ids type="list"><item type="int">1</item></ids><key name="@links" type="dict">\
                <ratio type="float">0.5</ratio></key></data>
                """)
    }
}

@Suite("DocumentWriter: characters and numbers")
struct DocumentCharactersTests {
    private func json(_ text: String, _ options: JSONOptions = JSONOptions()) -> String {
        rendered(.json(options)) { $0.documentList("x", of: "y", wrapped: false) { $0.item(text) } }
    }

    @Test(
        "JSON escapes what it must",
        arguments: [
            ("plain äöü 😀", #"["plain äöü 😀"]"#), ("", #"[""]"#), ("\"\\", #"["\"\\"]"#),
            ("\u{0}\u{1F}\u{8}\t\n\u{C}\r\u{7F}", "[\"\\u0000\\u001f\\b\\t\\n\\f\\r\u{7F}\"]"),
            ("a\u{2028}b\u{2029}c\u{202A}â€", "[\"a\\u2028b\\u2029c\u{202A}â€\"]"), ("</>&", #"["</>&"]"#),
        ])
    func escapes(_ text: String, _ expected: String) {
        #expect(json(text) == expected)
    }

    @Test("JSON escapes markup, slashes and everything beyond ASCII where asked to")
    func options() {
        #expect(json("<a>&/", JSONOptions(escapesMarkup: true)) == #"["\u003ca\u003e\u0026/"]"#)
        #expect(json("a/b", JSONOptions(escapesSlash: true)) == #"["a\/b"]"#)
        #expect(json("é€😀z", JSONOptions(escapesNonASCII: true)) == #"["\u00e9\u20ac\ud83d\ude00z"]"#)
        #expect(json("\u{10FFFF}\u{7FF}", JSONOptions(escapesNonASCII: true)) == #"["\udbff\udfff\u07ff"]"#)
    }

    @Test("JSON is laid out in lines where asked to")
    func layout() {
        let view: (inout DocumentWriter) -> Void = { writer in
            writer.document("x", wrapped: false) { object in
                object.member("a", 1)
                object.list("b", of: "c", [1, 2])
                object.object("d") { _ in }
            }
        }
        let lines = "{\n  \"a\": 1,\n  \"b\": [\n    1,\n    2\n  ],\n  \"d\": {}\n}"
        #expect(rendered(.json(JSONOptions(indent: 2)), view) == lines)
        #expect(rendered(.json(JSONOptions(spaced: true)), view) == #"{"a": 1, "b": [1, 2], "d": {}}"#)
    }

    @Test("XML escapes markup, keeps carriage returns and drops what XML cannot carry")
    func xml() {
        let xml = rendered(.xml(XMLOptions(declaration: ""))) { writer in
            writer.document("x") { element in
                element.attribute("a", "<\"&>\n\t\r\u{0}'")
                element.member("t", "<\"&>\n\t\r\u{0}\u{B}'\u{FFFE}\u{FFFF}\u{FFFD}\u{FEFF}é")
            }
        }
        #expect(
            xml == "<x a=\"&lt;&quot;&amp;&gt;&#10;&#9;&#13;'\"><t>&lt;\"&amp;&gt;\n\t&#13;'\u{FFFD}\u{FEFF}é</t></x>")
        let plain = rendered(.xml(XMLOptions(declaration: "", keepsCarriageReturns: false))) { writer in
            writer.document("x") { $0.member("t", "a\r\nb") }
        }
        #expect(plain == "<x><t>a\r\nb</t></x>")
    }

    @Test(
        "numbers are short and read back the same",
        arguments: [
            (0.0, "0.0"), (3.5, "3.5"), (20, "20.0"), (-0.25, "-0.25"), (-7.75, "-7.75"), (0.1, "0.1"),
            (1e300, "1e+300"),
            (-0.0, "-0.0"), (1.0 / 3, "0.3333333333333333"), (.nan, "null"), (.infinity, "null"),
            (123456.75, "123456.75"),
        ] as [(Double, String)])
    func doubles(_ number: Double, _ expected: String) {
        let text = rendered(.json()) { $0.documentList("x", of: "y", wrapped: false) { $0.item(number) } }
        #expect(text == "[\(expected)]")
    }

    @Test("whole numbers come out as the standard library writes them")
    func integers() {
        var numbers: [Int64] = [0, 9, 10, 99, 100, -1, -10, .max, .min, 1_000_000_000_000_000_000]
        var power: Int64 = 1
        for _ in 0..<18 {
            power *= 10
            numbers += [power, power - 1, -power]
        }
        for number in numbers {
            let text = rendered(.json()) { $0.documentList("x", of: "y", wrapped: false) { $0.item(number) } }
            #expect(text == "[\(number)]")
        }
    }

    @Test("random texts survive writing and reading in JSON")
    func roundTripJSON() throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<500 {
            let text = String.randomText(using: &generator)
            for variant in 0..<8 {
                let options = JSONOptions(
                    escapesMarkup: variant & 1 != 0, escapesNonASCII: variant & 2 != 0, escapesSlash: variant & 4 != 0)
                #expect(try ParameterTree(json: json(text, options)) == .list([.text(text)]))
            }
        }
    }

    @Test("random texts survive writing and reading in XML, but for what XML cannot carry")
    func roundTripXML() throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<500 {
            let text = String.randomText(using: &generator)
            let allowed = String(
                String.UnicodeScalarView(
                    text.unicodeScalars.filter { scalar in
                        scalar.value >= 0x20 && scalar.value != 0xFFFE && scalar.value != 0xFFFF
                            || [0x9, 0xA, 0xD].contains(scalar.value)
                    }))
            let octets = rendered(.xml()) { writer in
                writer.document("x") { element in
                    element.attribute("a", text)
                    element.member("t", text)
                }
            }
            let element = try MarkupElement(parsing: Array(octets.utf8))
            #expect(element["t"]?.text == allowed)
            #expect(element.attribute("a") == allowed)
        }
    }
}

extension String {
    /// Characters from all over Unicode, many of them awkward ones.
    static func randomText(using generator: inout some RandomNumberGenerator) -> String {
        var scalars = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0..<60, using: &generator) {
            let bound: UInt32 = [0x30, 0x80, 0x800, 0x3000, 0x10000, 0x110000].randomElement(using: &generator) ?? 0x80
            if let scalar = Unicode.Scalar(UInt32.random(in: 0..<bound, using: &generator)) { scalars.append(scalar) }
        }
        return String(scalars)
    }
}
