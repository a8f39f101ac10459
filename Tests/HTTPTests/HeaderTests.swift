import ParleyHTTP
import ParleyModel
import Testing

@Suite("Header fields")
struct HeaderTests {
    @Test(
        "the most welcome media type is chosen",
        arguments: [
            (nil, "application/json"), ("*/*", "application/json"), ("application/xml", "application/xml"),
            ("application/*", "application/json"), ("application/json;q=0.5, application/xml;q=0.9", "application/xml"),
            ("text/html", nil), ("application/json;q=0, */*", "application/xml"), ("", nil),
            ("Application/XML ; Q=0.8 , */*;q=0.1", "application/xml"), ("a, ,;;, application/xml", "application/xml"),
            ("application/json;q=x, application/xml;q=0.001", "application/xml"),
            ("application/json;v=\"a,b\";q=0.2", "application/json"),
            ("application/*;q=0.2, application/json;q=0.1", "application/xml"),
        ] as [(String?, String?)])
    func accept(_ header: String?, _ expected: String?) {
        #expect(Accept(header).best(of: ["application/json", "application/xml"]) == expected)
    }

    @Test("media types are read with their parameters")
    func mediaType() {
        let type = MediaType("Text/HTML ; Charset=\"utf-8\"; x=a\\b;flag")
        #expect(type?.essence == "text/html")
        #expect(type?.parameter("charset") == "utf-8")
        #expect(type?.parameter("x") == "a\\b")
        #expect(type?.parameter("flag")?.isEmpty == true)
        #expect(MediaType("text") == nil)
        #expect(MediaType("/x") == nil)
    }

    @Test(
        "pages are clamped",
        arguments: [
            (nil, nil, nil, 0, 25), (nil, 500, nil, 0, 100), (nil, 0, nil, 0, 25), (nil, -3, nil, 0, 25),
            (-5, 10, nil, 0, 10),
            (nil, 10, 3, 20, 10), (7, 10, 3, 7, 10), (nil, 10, 0, 0, 10), (nil, 10, -9, 0, 10),
            (.max, .max, nil, 1 << 53, 100), (nil, 100, .max, 1 << 53, 100), (.min, .min, .min, 0, 25),
        ] as [(Int64?, Int64?, Int64?, Int, Int)])
    func paging(_ offset: Int64?, _ limit: Int64?, _ page: Int64?, _ start: Int, _ size: Int) {
        let window = PageWindow(offset: offset, limit: limit, page: page)
        #expect(window == PageWindow(offset: start, limit: size))
    }

    @Test("conditions follow RFC 9110")
    func conditions() {
        let tag = EntityTag("a")
        let weak = EntityTag("a", isWeak: true)
        func outcome(_ name: String, _ value: String, _ method: String = "GET", _ tag: EntityTag? = tag) -> Precondition
        {
            Precondition.evaluate(
                Headers([(name, value)]), method: method, tag: tag,
                modified: Instant(microseconds: 1_795_281_640_900_000))
        }
        #expect(outcome("If-None-Match", "\"b\", W/\"a\"") == .notModified)
        #expect(outcome("If-None-Match", "W/\"a\"", "GET", weak) == .notModified)
        #expect(outcome("If-None-Match", "*", "PUT") == .failed)
        #expect(outcome("If-None-Match", "*", "PUT", nil) == .proceed)
        #expect(outcome("If-None-Match", "\"b\"") == .proceed)
        #expect(outcome("If-Match", "\"a\"", "PUT") == .proceed)
        #expect(outcome("If-Match", "\"a\"", "PUT", weak) == .failed)
        #expect(outcome("If-Match", "a", "PUT") == .proceed)
        #expect(outcome("If-Match", "\"b\"", "PUT") == .failed)
        #expect(outcome("If-Match", "*", "PUT", nil) == .failed)
        #expect(outcome("If-Modified-Since", "Sat, 21 Nov 2026 17:20:40 GMT") == .notModified)
        #expect(outcome("If-Modified-Since", "Sat, 21 Nov 2026 17:20:39 GMT") == .proceed)
        #expect(outcome("If-Modified-Since", "yesterday") == .proceed)
        #expect(outcome("If-Unmodified-Since", "Sat, 21 Nov 2026 17:20:39 GMT", "PUT") == .failed)
        #expect(EntityTagList("\"x, W/") == .tags([EntityTag("x, W/")]))
        #expect(EntityTagList("W/") == .tags([EntityTag("W/")]))
    }

    @Test(
        "ranges are held against the length",
        arguments: [
            (nil, .whole), ("bytes=0-9", .part(offset: 0, length: 10)), ("bytes=90-", .part(offset: 90, length: 10)),
            ("bytes=-5", .part(offset: 95, length: 5)), ("bytes=-500", .part(offset: 0, length: 100)),
            ("bytes=50-9999999999999999999999", .part(offset: 50, length: 50)), ("bytes=100-", .unsatisfiable),
            ("bytes=-0", .unsatisfiable), ("bytes=9-5", .whole), ("bytes=0-1,5-6", .whole), ("lines=0-1", .whole),
            ("bytes=-", .whole), ("bytes=", .whole), ("bytes=a-b", .whole),
            ("Bytes= 0 - 0 ", .part(offset: 0, length: 1)),
        ] as [(String?, ByteRange)])
    func ranges(_ header: String?, _ expected: ByteRange) {
        #expect(ByteRange(header, total: 100) == expected)
    }

    @Test("an empty file has no range")
    func emptyRange() {
        #expect(ByteRange("bytes=0-", total: 0) == .unsatisfiable)
        #expect(ByteRange.part(offset: 5, length: 5).contentRange(total: 10) == "bytes 5-9/10")
        #expect(ByteRange.unsatisfiable.contentRange(total: 10) == "bytes */10")
    }

    @Test("file names survive Content-Disposition, and no line end gets through")
    func disposition() {
        let header = ContentDisposition(filename: "a \"€\" 100%\r\n.txt").headerValue
        #expect(
            header
                == #"attachment; filename="a \"_\" 100___.txt"; "#
                + "filename*=UTF-8''a%20%22%E2%82%AC%22%20100%25%0D%0A.txt"
        )
        #expect(ContentDisposition(filename: "x").headerValue == "attachment; filename=\"x\"; filename*=UTF-8''x")
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<300 {
            let name = String.randomText(using: &generator)
            let value = ContentDisposition(kind: "inline", filename: name).headerValue
            #expect(value.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F })
            #expect(ContentDisposition(value).filename == name)
        }
        #expect(ContentDisposition("form-data; filename*=iso-8859-1'en'%e9.txt; name=x").filename == "é.txt")
    }

    @Test("cookies and Basic credentials are read")
    func credentials() {
        let cookies = Cookies.parse("a=1; b=\"x=y\";; c; =d; e=")
        #expect(cookies.map(\.name) == ["a", "b", "e"])
        #expect(cookies.map(\.value) == ["1", "x=y", ""])
        #expect(BasicCredentials(authorization: "Basic YTpiOmM=") == BasicCredentials(user: "a", password: "b:c"))
        #expect(BasicCredentials(authorization: "basic  YTo") == BasicCredentials(user: "a", password: ""))
        #expect(BasicCredentials(authorization: "Basic 5Dr8") == BasicCredentials(user: "ä", password: "ü"))
        for bad in ["", "Basic", "Basic ", "Bearer YTpi", "Basic !!!!", "Basic YQ==", "Basic Y", "Basic YTpi=YTpi"] {
            #expect(BasicCredentials(authorization: bad) == nil)
        }
        for length in 0..<20 {
            let octets = (0..<length).map { UInt8($0 &* 37 & 0xFF) }
            #expect(Base64.decode(Base64.encode(octets)) == octets)
        }
    }

    @Test("moments are written and read in the forms of the wire")
    func times() {
        let instant = Instant(microseconds: 1_795_281_640_123_456)
        #expect(WireTime.iso8601(instant) == "2026-11-21T17:20:40Z")
        #expect(WireTime.iso8601(instant, fractionDigits: 3) == "2026-11-21T17:20:40.123Z")
        #expect(WireTime.http(instant) == "Sat, 21 Nov 2026 17:20:40 GMT")
        #expect(WireTime.iso8601(Instant(microseconds: -1), fractionDigits: 6) == "1969-12-31T23:59:59.999999Z")
        for text in ["Sat, 21 Nov 2026 17:20:40 GMT", "Saturday, 21-Nov-26 17:20:40 GMT", "Sat Nov 21 17:20:40 2026"] {
            #expect(WireTime.parseHTTP(text)?.seconds == instant.seconds)
        }
        for text in [
            "", "Sat, 31 Feb 2026 17:20:40 GMT", "Sat, 21 Nov 2026 25:20:40 GMT", "Sat, 21 Xyz 2026 17:20:40 GMT", "1",
            "a b c d e f",
        ] {
            #expect(WireTime.parseHTTP(text) == nil)
        }
    }

    @Test(
        "ISO 8601 is read",
        arguments: [
            ("2026-11-21T17:20:40Z", 1_795_281_640_000_000), ("2026-11-21 17:20:40", 1_795_281_640_000_000),
            ("2026-11-21T18:20:40+01:00", 1_795_281_640_000_000), ("2026-11-21T12:50:40-0430", 1_795_281_640_000_000),
            ("2026-11-21T17:20:40.5Z", 1_795_281_640_500_000),
            ("2026-11-21T17:20:40.123456789Z", 1_795_281_640_123_456),
            ("2026-11-21T17:20Z", 1_795_281_600_000_000), ("2026-11-21", 1_795_219_200_000_000), ("2026-11-21T", nil),
            ("2026-02-30", nil), ("2026-11-21T24:00:00Z", nil), ("2026-11-21T17:20:40Zx", nil),
            ("2026-11-21T17:20:40.Z", nil),
            ("2026-11-21T17:20:40+1", nil), ("", nil), ("2026-11-21T17:20:40+01:00x", nil), ("202é-11-21", nil),
        ] as [(String, Int64?)])
    func iso8601(_ text: String, _ expected: Int64?) {
        #expect(WireTime.parseISO8601(text)?.microseconds == expected)
    }

    @Test("the far ends of time come out as something")
    func extremes() {
        for microseconds in [Int64.min, .max, 0] {
            let instant = Instant(microseconds: microseconds)
            #expect(WireTime.iso8601(instant).utf8.count == 20)
            #expect(WireTime.http(instant).utf8.count == 29)
            #expect(WireTime.iso8601(instant, fractionDigits: 9).utf8.count == 27)
        }
        #expect(WireTime.parseISO8601("9999-12-31T23:59:59-23:59") != nil)
        #expect(WireTime.parseISO8601("0001-01-01T00:00:00+23:59") != nil)
    }

    @Test("any short string in a header field is read without harm")
    func hostile() {
        let alphabet = Array("a/;=\",* \\'-W".utf8)
        for number in 0..<40_000 {
            var rest = number
            var octets: [UInt8] = []
            while rest > 0 {
                octets.append(alphabet[rest % alphabet.count])
                rest /= alphabet.count
            }
            let text = String(decoding: octets, as: UTF8.self)
            _ = Accept(text).best(of: ["a/a"])
            _ = ContentDisposition(text).headerValue
            _ = EntityTagList(text)
            _ = Cookies.parse(text)
            _ = ByteRange("bytes=" + text, total: 10)
        }
    }
}
