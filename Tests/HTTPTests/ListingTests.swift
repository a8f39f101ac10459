import Foundation
import ParleyHTTP
import ParleyMarkup
import ParleyModel
import Testing

/// Tables, feeds and pages.
@Suite("tables, feeds and pages")
struct ListingTests {
    private func table(_ rows: [[String?]], _ encoding: TextEncoder = TextEncoder()) throws -> [UInt8] {
        var writer = CSVWriter(encoding: encoding)
        try writer.begin([ListingColumn("A"), ListingColumn("B")])
        for row in rows { try writer.row(row) }
        return writer.finish()
    }

    @Test(
        "a cell stands between quotation marks where it must, nothing is nothing",
        arguments: [
            (["a", "b"], "a,b\n"), (["", nil], "\"\",\n"), (["a,b", "a\"b"], "\"a,b\",\"a\"\"b\"\n"),
            (["a\nb", "a\rb"], "\"a\nb\",\"a\rb\"\n"), ([" a ", "=1+1;\t"], " a ,=1+1;\t\n"),
        ] as [([String?], String)])
    func cells(_ row: [String?], _ line: String) throws {
        #expect(try table([row]) == [0xEF, 0xBB, 0xBF] + Array("A,B\n\(line)".utf8))
    }

    @Test("a table is in the encoding that was asked for, and what that cannot write is a question mark")
    func encodings() throws {
        let latin = try #require(TextEncoder("iso-8859-1"))
        let written = Array("A,B\n".utf8) + [0xDC, 0x6E, 0xEF] + Array(",??x\n".utf8)
        #expect(try table([["Ünï", "日😀x"]], latin) == written)
        let plain = try #require(TextEncoder("US-ASCII"))
        #expect(try table([["é", String(repeating: "ü", count: 9000)]], plain).count == 4 + 3 + 9000)
        #expect(TextEncoder("UTF8")?.isUTF8 == true)
        let long = String(repeating: "a", count: 41)
        for name in ["", "nonsense", "UTF-16", "UTF-32LE", "ASCII//TRANSLIT", "../x", long] {
            #expect(TextEncoder(name) == nil, "\(name)")
        }
    }

    @Test("a feed is well-formed whatever it tells")
    func feed() throws {
        let head = FeedHead(
            title: "A & \"b\"", address: "http://h/a?x=1&y=\"2\"", page: "http://h/a", id: "http://h/", author: "<A>",
            updated: Instant(seconds: 0))
        var writer = FeedWriter(head)
        var entry = FeedEntry(
            title: "\u{0}\u{8}]]>", address: "http://h/1", updated: Instant(seconds: 1), content: "<p>\u{1}&amp;</p>")
        entry.author = "B"
        entry.mail = "b@example.org"
        writer.entry(entry)
        writer.entry(FeedEntry(title: "", address: "http://h/2", updated: Instant(seconds: 2)))
        let octets = writer.finish()
        let text = String(decoding: octets, as: UTF8.self)
        #expect(text.contains("<link rel=\"self\" href=\"http://h/a?x=1&amp;y=&quot;2&quot;\"/>"))
        #expect(text.contains("<content type=\"html\">\n&lt;p&gt;&amp;amp;&lt;/p&gt;    </content>"))
        #expect(text.contains("<email>b@example.org</email>"))
        #expect(text.contains("<updated>1970-01-01T00:00:02Z</updated>"))
        #expect(throws: Never.self) { try ParameterTree(activeResource: octets) }
    }

    @Test("pages hold any text, as many as it needs, and say how many they are")
    func pages() throws {
        let document = try PDFDocument(title: "A — title é 日 😀\u{0}")
        try document.heading("Head", level: 1)
        try document.add(
            Textile.document(
                "h1. One\n\n*bold* _so_ @code@ \"link\":http://x.example !a.png!\n\n* a\n## b\n\n> quote\n\n"
                    + "|_. A |_. B |\n| 1 |\n\n<pre>\n x\ty\n</pre>\n\n---\n\n{{toc}}"))
        try document.paragraph([PDFRun(String(repeating: "word ", count: 3000) + String(repeating: "x", count: 3000))])
        var table = PDFTable(document)
        try table.begin([ListingColumn("A"), ListingColumn("B", weight: 9)])
        let long = String(repeating: "long ", count: 5000)
        for number in 0..<100 { try table.row(["\(number)", number == 50 ? long : nil]) }
        let octets = try document.finish(foot: "foot")
        #expect(octets.starts(with: Array("%PDF-".utf8)))
        #expect(String(decoding: octets.suffix(8), as: UTF8.self).contains("%%EOF"))
        let text = String(decoding: octets, as: UTF8.self)
        #expect(text.contains("/Type /Pages"))
        #expect(try PDFDocument(title: "").finish(foot: "").starts(with: Array("%PDF-".utf8)))
    }
}
