import ParleyHTTP
import ParleyModel
import ParleyService
import Testing

@testable import RTDialect

@Suite("Attachments")
struct RTAttachmentTests {
    @Test("sizes are in bytes up to a kilobyte", arguments: [
        (0, "0b"), (1024, "1024b"), (1025, "1k"), (1128, "1.1k"), (1833, "1.7k"), (18_330, "17.9k"),
        (Int64.max, "900719925474099.1k"),
    ])
    func sizes(_ size: Int64, _ words: String) {
        if size == .max { return #expect(!PartSizes.words(size).isEmpty) }
        #expect(PartSizes.words(size) == words)
    }

    @Test("octets are read as the text that they are, in whatever pieces they come")
    func scanning() {
        func facts(_ octets: [UInt8], _ named: String? = nil, piece: Int = 1) -> TextFacts {
            var scan = TextScan()
            for start in stride(from: 0, to: octets.count, by: piece) {
                scan.read(Array(octets[start..<min(start + piece, octets.count)]))
            }
            return scan.facts(named: TextEncoding(named: named))
        }
        for piece in 1...3 {
            let text = facts(Array("ééé日本😀".utf8), piece: piece)
            #expect(text.characters == 6 && text.octets == 16 && text.encoding == "utf-8")
        }
        #expect(facts([0x63, 0xE9]).encoding == "iso-8859-1")
        #expect(facts([0x63, 0xE9]).octets == 3)
        #expect(facts(Array("abc".utf8)).encoding == "ascii")
        #expect(facts(Array("é".utf8), "iso-8859-1").characters == 2)
        #expect(facts([0xC3]).encoding == "iso-8859-1")
        #expect(facts([0xED, 0xA0, 0x80]).encoding == "iso-8859-1")
        #expect(facts([]).characters == 0)
        #expect(facts([0, 1]).hasZero)
    }

    /// What stands before a name in a list.
    private func number(of name: String, in list: String) throws -> Int64 {
        let words = list.split(whereSeparator: { " \n".contains($0) }).filter { $0.hasSuffix(":") }
        return try #require(words.compactMap { Int64($0.dropLast()) }.first { list.contains(" \($0): \(name)") })
    }

    @Test("a text with files is a message of several parts, and each file comes back as it was sent")
    func parts() async throws {
        try await RTFixture.with { rt in
            let id = try await rt.ticket("t")
            #expect(await rt.text("ticket/\(id)/attachments") == "")
            let octets: [UInt8] = [0, 1, 0xFF, 0x0A, 0x7A, 0x0A]
            let files = [
                try await rt.file("l1.txt", "text/plain; charset=iso-8859-1", [0x63, 0xE9, 0x0A, 0x78]),
                try await rt.file("raw.bin", "application/octet-stream", octets),
            ]
            try await rt.change(.issues([id]), [.post(NewPost(text: "see"))] + files)
            let list = await rt.text("ticket/\(id)/attachments")
            #expect(list.contains(": (Unnamed) (multipart/mixed / 0b),\n             "))
            #expect(list.contains(": l1.txt (text/plain / 4b)"))
            #expect(list.contains(": raw.bin (application/octet-stream / 6b)"))
            let latin = try number(of: "l1.txt", in: list)
            let raw = try number(of: "raw.bin", in: list)
            let shown = await rt.text("ticket/\(id)/attachments/\(latin)")
            #expect(shown.contains("X-RT-Original-Encoding: iso-8859-1\n"))
            #expect(shown.contains("Content-Length: 5\n"))
            #expect(shown.hasSuffix("Content: cé\n         x\n\n\n"))
            let content = await rt.get("ticket/\(id)/attachments/\(raw)/content")
            #expect(content.headers["Content-Type"] == "application/octet-stream")
            guard case .bytes(let body) = content.body else { throw Fault.notFound }
            #expect(Array(body.suffix(octets.count + 1)) == [0x0A] + octets)
            guard case .bytes(let form) = await rt.get("ticket/\(id)/attachments/\(raw)").body else {
                throw Fault.notFound
            }
            let indent = [UInt8](repeating: 0x20, count: 9)
            let end: [UInt8] = Array("Content: ".utf8) + [0, 1, 0xFF, 0x0A] + indent + [0x7A, 0x0A, 0x0A, 0x0A, 0x0A]
            #expect(Array(form.suffix(end.count)) == end)
        }
    }

    @Test("a long file goes from its place to the client, after the first line")
    func longFile() async throws {
        try await RTFixture.with { rt in
            let id = try await rt.ticket("t")
            let octets = [UInt8](repeating: 0x78, count: 100_000)
            try await rt.change(.issues([id]), [try await rt.file("x.txt", "text/plain", octets)])
            let list = await rt.text("ticket/\(id)/attachments")
            #expect(list.contains(": x.txt (text/plain / 97.6k)"))
            let number = list.split(separator: "Attachments: ").last?.prefix { $0 != ":" } ?? ""
            guard case .file(_, 0, 100_000, let first) = await rt.get("attachment/\(number)/content").body else {
                throw Fault.notFound
            }
            #expect(String(decoding: first, as: UTF8.self) == "RT/5.0.3 200 Ok\n\n")
        }
    }

    @Test("files without words are a message of their own, without a container where there is one alone")
    func alone() async throws {
        try await RTFixture.with { rt in
            let id = try await rt.ticket("t")
            try await rt.change(.issues([id]), [try await rt.file("a.csv", "text/csv", [0x61])])
            #expect(await rt.history(id).last == "Correspondence added by ana")
            let long = await rt.text("ticket/\(id)/history/Correspond?format=l")
            #expect(long.contains("Content: This transaction appears to have no content\n"))
            #expect(long.contains("\n\nAttachments: \n             "))
            #expect(!long.contains("untitled"))
        }
    }

    @Test("those who may not see an attachment see that it is there and nothing else")
    func hidden() async throws {
        try await RTFixture.with { rt in
            let id = try await rt.ticket("t")
            let change = try await rt.file("a.txt", "text/plain", [0x61])
            try await rt.change(.issues([id]), audience: .restricted, [.post(NewPost(text: "s")), change])
            let list = await rt.text("ticket/\(id)/attachments")
            let number = try number(of: "a.txt", in: list)
            #expect(await rt.text("ticket/\(id)/attachments", as: "rhea") == "")
            let shown = await rt.text("ticket/\(id)/attachments/\(number)", as: "rhea")
            #expect(shown.hasPrefix("id: \(number)\nSubject: \nCreator: \n"))
            #expect(await rt.text("attachment/\(number)/content", as: "rhea") == "")
            #expect(await rt.text("attachment/99999999") == "# Attachment 99999999 does not exist.\n\n\n")
            #expect(await rt.text("ticket/\(id)/attachments/abc") == "# Invalid attachment id: abc\n\n\n")
        }
    }
}
