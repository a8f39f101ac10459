import Foundation
import ParleyHTTP
import ParleyModel
import ParleyStorage
import Testing

@testable import ParleyService
@testable import RedmineDialect

extension RedmineFixture {
    /// Sends octets that come in pieces; an error among them is the connection's end.
    fileprivate func upload(
        _ pieces: [Result<[UInt8], any Error>], _ query: String, as login: String?, length: Int? = nil
    ) async -> Answer {
        let source = Pieces(pieces)
        var request = Request(method: "POST", path: "/uploads.json", query: query)
        request.headers.add("Content-Type", "application/octet-stream")
        if let key = login.flatMap({ RedmineFixture.keys[$0] }) { request.headers.add("X-Redmine-API-Key", key) }
        request.body = .stream(BodyStream(length: length) { try await source.next() })
        return Answer(response: await frontEnd.respond(to: request))
    }

    /// Uploads a text and gives its token.
    fileprivate func token(
        _ text: String, named name: String = "note.txt", as login: String = "devon"
    ) async -> String {
        let answer = await upload([.success(Array(text.utf8))], "filename=\(name)", as: login)
        return answer.text.components(separatedBy: "\"token\":\"").dropFirst().first?
            .components(separatedBy: "\"").first ?? answer.text
    }

    /// Makes an issue with one file and gives both numbers.
    fileprivate func attached(
        _ text: String, named name: String = "note.txt", as login: String = "devon", _ more: String = ""
    ) async -> (issue: Int64, file: Int64) {
        let token = await token(text, named: name, as: login)
        let issue = await issue(
            "with a file", as: login, "\"uploads\":[{\"token\":\"\(token)\"}]\(more.isEmpty ? "" : "," + more)")
        let file = Int64(token.prefix { $0 != "." }) ?? 0
        return (issue, file)
    }

    /// Contents and broken uploads in the store.
    fileprivate func stored() throws -> [Int] {
        var blobs = 0
        try workspace.blobs.forEach { _ in
            blobs += 1
            return true
        }
        let hash = try #require(BlobHash(String(repeating: "0", count: 64)))
        let folder = workspace.blobs.path(hash).components(separatedBy: "/00/00/")[0] + "/tmp"
        return [blobs, try FileManager.default.contentsOfDirectory(atPath: folder).count]
    }

    fileprivate func expectSound() async throws {
        #expect(try await workspace.check().isEmpty)
    }
}

private actor Pieces {
    private var rest: [Result<[UInt8], any Error>]
    init(_ pieces: [Result<[UInt8], any Error>]) { rest = pieces }
    func next() throws -> [UInt8]? { rest.isEmpty ? nil : try rest.removeFirst().get() }
}

/// Uploads, attachments and files of projects; see `docs/differences/uploads.md` and `docs/differences/thumbnails.md`.
@Suite("attachments")
struct AttachmentTests {
    @Test(
        "hostile names lose their path and what is dangerous",
        arguments: [
            ("..%2F..%2Fetc%2Fpasswd", "passwd"), ("C%3A%5Ca%5Cb.txt", "b.txt"), ("..", "_"), (".", "_"),
            ("a%3Cb%3E%3F%25%2A%3A%7C%22%27x%0A%0Dy.html", "a_b_x_y.html"), ("%00nul.txt", "_nul.txt"),
            ("%20%20sp%20.txt", "  sp .txt"), ("%E2%82%AC.svg", "€.svg"), ("x%E2%80%AEtxt.exe", "x_txt.exe"),
            ("a%0D%0ASet-Cookie%3A%20b.txt", "a_Set-Cookie_ b.txt"),
        ])
    func names(given: String, kept: String) async throws {
        try await RedmineFixture.with { fixture in
            let token = await fixture.token("x", named: given)
            let file = token.prefix { $0 != "." }
            let shown = await fixture.send("GET", "/attachments/\(file).json", as: "devon")
            #expect(shown.text.contains("\"filename\":\"\(kept)\""))
            let sent = await fixture.send("GET", "/attachments/download/\(file)", as: "devon")
            let disposition = sent.response.headers["Content-Disposition"] ?? ""
            #expect(disposition.hasPrefix("attachment; filename="))
            #expect(disposition.utf8.allSatisfy { (0x20...0x7E).contains($0) })
            #expect(sent.text == "x")
        }
    }

    @Test("a name that is only a path, or too long, is refused")
    func badNames() async throws {
        try await RedmineFixture.with { fixture in
            let octets: [Result<[UInt8], any Error>] = [.success([1])]
            let blank = await fixture.upload(octets, "filename=%2F", as: "devon")
            #expect(blank.status == 422 && blank.text.contains("File cannot be blank"))
            let long = await fixture.upload(octets, "filename=" + String(repeating: "a", count: 256), as: "devon")
            #expect(long.status == 422 && long.text.contains("File is too long (maximum is 255 characters)"))
            let stored = try fixture.stored()
            #expect(stored == [0, 0])
        }
    }

    @Test("a torn upload leaves nothing, and neither does one that is too large")
    func torn() async throws {
        try await RedmineFixture.with { fixture in
            let chunk = [UInt8](repeating: 7, count: 300_000)
            let torn = await fixture.upload(
                [.success(chunk), .success(chunk), .failure(BodyBroken())], "filename=t", as: "devon")
            #expect(torn.status == 400)
            #expect(try fixture.stored() == [0, 0])
            let large = await fixture.upload(Array(repeating: .success(chunk), count: 18), "filename=t", as: "devon")
            #expect(large.status == 422)
            #expect(large.text.contains("exceeds the maximum allowed file size (5242880)"))
            let announced = await fixture.upload([.success(chunk)], "filename=t", as: "devon", length: 5_242_881)
            #expect(announced.status == 422)
            #expect(try fixture.stored() == [0, 0])
            try await fixture.expectSound()
        }
    }

    @Test("who sends too much that belongs to nothing is stopped, until it is hung somewhere")
    func quota() async throws {
        try await RedmineFixture.with { fixture in
            try await fixture.workspace.write(as: .system) { transaction in
                var settings = transaction.records.settings
                settings.temporaryFileQuota = 10
                try transaction.put(settings)
            }
            let first = await fixture.token("12345678")
            let octets: [Result<[UInt8], any Error>] = [.success(Array("123".utf8))]
            for length in [3, nil] {
                let refused = await fixture.upload(octets, "filename=x", as: "devon", length: length)
                #expect(refused.status == 422 && refused.text.contains("File has reached its limit"))
            }
            #expect(await fixture.upload(octets, "filename=x", as: "maya", length: 3).status == 201)
            _ = await fixture.issue("q", as: "devon", "\"uploads\":[{\"token\":\"\(first)\"}]")
            #expect(await fixture.upload(octets, "filename=x", as: "devon", length: 3).status == 201)
        }
    }

    @Test("a token is good once, and for its owner")
    func tokens() async throws {
        try await RedmineFixture.with { fixture in
            let issue = await fixture.issue("target")
            func attach(_ token: String, as login: String) async -> Int {
                let content = "{\"issue\":{\"uploads\":[{\"token\":\"\(token)\"}]}}"
                return await fixture.send("PUT", "/issues/\(issue).json", as: login, content).status
            }
            let token = await fixture.token("mine")
            let number = token.prefix { $0 != "." }
            #expect(await attach(token, as: "maya") == 422)
            #expect(await attach(token, as: "admin") == 422)
            for wrong in ["\(number).", "\(number)", "\(number).0", "99999.\(token.dropFirst(2))", "", "x.y", "-1.a"] {
                let status = await attach(wrong, as: "devon")
                #expect(status == 422 || (wrong.isEmpty && status == 204))
            }
            let content = "{\"file\":{\"token\":\"\(token)\"}}"
            #expect(await fixture.send("POST", "/projects/alpha/files.json", as: "maya", content).status == 404)
            #expect(await attach(token, as: "devon") == 204)
            #expect(await attach(token, as: "devon") == 422)
            #expect(await fixture.send("POST", "/projects/alpha/files.json", as: "devon", content).status == 404)
            try await fixture.expectSound()
        }
    }

    @Test("an administrator's upload may be hung on an issue in another's name")
    func switchedUser() async throws {
        try await RedmineFixture.with { fixture in
            let token = await fixture.token("for devon", as: "admin")
            let issue = await fixture.issue("target")
            let answer = await fixture.send(
                "PUT", "/issues/\(issue).json", as: "admin", "{\"issue\":{\"uploads\":[{\"token\":\"\(token)\"}]}}",
                headers: [("X-Redmine-Switch-User", "devon")])
            #expect(answer.status == 204)
        }
    }

    @Test("what belongs to nothing yet is its author's alone")
    func unattached() async throws {
        try await RedmineFixture.with { fixture in
            let number = await fixture.token("draft").prefix { $0 != "." }
            #expect(await fixture.send("GET", "/attachments/\(number).json", as: "devon").status == 200)
            for login in ["maya", "admin", nil] {
                for (method, path) in Self.roads(Int64(number) ?? 0, "note.txt") {
                    let status = await fixture.send(method, path, as: login, Self.renaming).status
                    #expect(status == (login == nil ? 401 : 403))
                }
            }
        }
    }

    private static let renaming = "{\"attachment\":{\"filename\":\"stolen.txt\"}}"

    /// Every way to a file by its number.
    private static func roads(_ file: Int64, _ name: String) -> [(String, String)] {
        [
            ("GET", "/attachments/\(file).json"), ("GET", "/attachments/\(file).xml"),
            ("PUT", "/attachments/\(file).json"), ("PATCH", "/attachments/\(file).json"),
            ("DELETE", "/attachments/\(file).json"), ("GET", "/attachments/download/\(file)"),
            ("GET", "/attachments/download/\(file)/\(name)"), ("GET", "/attachments/download/\(file)/wrong"),
            ("HEAD", "/attachments/download/\(file)"), ("GET", "/attachments/thumbnail/\(file)"),
            ("GET", "/attachments/thumbnail/\(file)/200"),
        ]
    }

    @Test("a private issue's file is refused alike to a stranger on every road")
    func privateIssue() async throws {
        try await RedmineFixture.with { fixture in
            let (issue, file) = await fixture.attached("secret", as: "maya", "\"is_private\":true")
            #expect(await fixture.send("GET", "/issues/\(issue).json", as: "rita").status == 403)
            for login in ["rita", "nora", nil] {
                for (method, path) in Self.roads(file, "note.txt") {
                    let answer = await fixture.send(method, path, as: login, method == "GET" ? nil : Self.renaming)
                    #expect(answer.status == (login == nil ? 401 : 403), "\(method) \(path)")
                    #expect(answer.text.isEmpty)
                    let hasName = answer.response.headers.fields.contains { $0.value.contains("note") }
                    #expect(!hasName)
                }
            }
            let shown = await fixture.send("GET", "/attachments/\(file).json", as: "maya")
            #expect(shown.status == 200 && shown.text.contains("note.txt"))
        }
    }

    @Test("a file that came with a note for some only is theirs")
    func privateNote() async throws {
        try await RedmineFixture.with { fixture in
            let issue = await fixture.issue("open to all", as: "maya")
            let token = await fixture.token("for the team", as: "maya")
            let maya = fixture.workspace.actor(for: try #require(fixture.workspace.catalog.user(login: "maya")))
            let part = ChangePart(
                audience: .restricted, [.post(NewPost(text: "look")), .attach(FileReference(token: token))])
            _ = try await fixture.workspace.change(
                ChangeRequest(.issues([IssueID(issue)]), parts: [part]), as: maya)
            let file = Int64(token.prefix { $0 != "." }) ?? 0
            for (method, path) in Self.roads(file, "note.txt") {
                let content = method == "GET" ? nil : Self.renaming
                #expect(await fixture.send(method, path, as: "rita", content).status == 403)
            }
            let seen = await fixture.send("GET", "/issues/\(issue).json?include=attachments,journals", as: "rita")
            #expect(seen.status == 200 && !seen.text.contains("note.txt"))
            #expect(await fixture.send("GET", "/attachments/download/\(file)", as: "maya").text == "for the team")
        }
    }

    @Test("those who see a file and may not edit cannot rename or remove it")
    func readersOnly() async throws {
        try await RedmineFixture.with { fixture in
            let (_, file) = await fixture.attached("public")
            for (login, status) in [("rita", 403), ("nora", 403), (nil, 401)] as [(String?, Int)] {
                #expect(await fixture.send("GET", "/attachments/\(file).json", as: login).status == 200)
                let renamed = await fixture.send("PUT", "/attachments/\(file).json", as: login, Self.renaming)
                #expect(renamed.status == status)
                #expect(await fixture.send("DELETE", "/attachments/\(file).json", as: login).status == status)
            }
        }
    }

    @Test(
        "nothing is shown in the server's name but small raster images",
        arguments: [
            ("page.html", "<script>alert(1)</script>", "text/html"),
            ("picture.svg", "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "image/svg+xml"),
            ("a.xml", "<?xml-stylesheet href='x'?><a/>", "text/xml"), ("a.pdf", "%PDF-1.4", "application/pdf"),
            ("fake.png", "<html><script>alert(1)</script>", "image/png"),
            ("gif.js", "GIF89a/*", "application/javascript"),
        ])
    func dangerousTypes(name: String, content: String, type: String) async throws {
        try await RedmineFixture.with { fixture in
            let (_, file) = await fixture.attached(content, named: name)
            let sent = await fixture.send("GET", "/attachments/download/\(file)/\(name)")
            #expect(sent.text == content)
            #expect(sent.response.headers["Content-Type"] == type)
            #expect(sent.response.headers["Content-Disposition"]?.hasPrefix("attachment;") == true)
            #expect(sent.response.headers["X-Content-Type-Options"] == "nosniff")
            #expect(sent.response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox")
            #expect(await fixture.send("GET", "/attachments/thumbnail/\(file)").status == 404)
        }
    }

    @Test("a small image is its own thumbnail, by its octets and not by its name")
    func thumbnails() async throws {
        try await RedmineFixture.with { fixture in
            let gif = "GIF89a\u{10}\u{0}\u{08}\u{0}\u{0}\u{0}\u{0};"
            let (_, file) = await fixture.attached(gif, named: "x.gif")
            let shown = await fixture.send("GET", "/attachments/\(file).json")
            #expect(shown.text.contains("\"thumbnail_url\":\"http://localhost/attachments/thumbnail/\(file)\""))
            let answer = await fixture.send("GET", "/attachments/thumbnail/\(file)/100")
            #expect(answer.status == 200 && answer.text == gif)
            #expect(answer.response.headers["Content-Type"] == "image/gif")
            #expect(answer.response.headers["Content-Disposition"]?.hasPrefix("inline;") == true)
            #expect(answer.response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox")
            let flood = "GIF89a\u{7F}\u{7F}\u{7F}\u{7F}\u{0}\u{0}\u{0};"
            let (_, other) = await fixture.attached(flood, named: "y.gif")
            #expect(await fixture.send("GET", "/attachments/thumbnail/\(other)").status == 404)
        }
    }

    /// `docs/differences/thumbnails.md`: octets, pixels a side, pixels in all.
    @Test(
        "a thumbnail is told and shown of small pictures alone",
        arguments: [
            (524_288, 100, 100, true, true), (524_289, 100, 100, false, false), (100, 8192, 2048, true, true),
            (100, 8193, 1, true, false), (100, 8192, 2049, true, false),
        ])
    func thumbnailLimits(_ size: Int, _ width: Int, _ height: Int, _ isTold: Bool, _ isShown: Bool) async throws {
        try await RedmineFixture.with { fixture in
            func word(_ number: Int) -> [UInt8] { [UInt8(number & 255), UInt8(number >> 8)] }
            let head = Array("GIF89a".utf8) + word(width) + word(height) + [0, 0, 0]
            let octets = head + [UInt8](repeating: 0, count: size - head.count)
            let sent = await fixture.upload([.success(octets)], "filename=p.gif", as: "devon")
            let token = sent.text.components(separatedBy: "\"token\":\"").last?.prefix { $0 != "\"" } ?? ""
            let issue = await fixture.issue("picture", as: "devon", "\"uploads\":[{\"token\":\"\(token)\"}]")
            let shown = await fixture.send("GET", "/issues/\(issue).json?include=attachments", as: "devon")
            #expect(shown.text.contains("thumbnail_url") == isTold)
            let path = "/attachments/thumbnail/\(token.prefix { $0 != "." })"
            #expect(await fixture.send("GET", path, as: "devon").status == (isShown ? 200 : 404))
        }
    }

    /// `docs/differences/uploads.md`.
    @Test("what is said of an upload has limits, and a file is counted once for a download")
    func uploadLimits() async throws {
        try await RedmineFixture.with { fixture in
            let token = await fixture.token("content")
            let long = String(repeating: "x", count: 256)
            for part in ["filename", "description", "content_type"] {
                let upload = "{\"token\":\"\(token)\",\"\(part)\":\"\(long)\"}"
                let content = "{\"issue\":{\"project_id\":\"alpha\",\"subject\":\"s\",\"uploads\":[\(upload)]}}"
                let answer = await fixture.send("POST", "/issues.json", as: "devon", content)
                #expect(answer.status == 422 && answer.text.contains("1 file(s) could not be saved."))
            }
            let (_, file) = await fixture.attached("x")
            let path = "/attachments/\(file).json"
            for (length, status) in [(255, 204), (256, 422)] {
                let type = "{\"attachment\":{\"content_type\":\"\(String(repeating: "y", count: length))\"}}"
                #expect(await fixture.send("PUT", path, as: "devon", type).status == status)
            }
        }
    }

    @Test("a type that a client made up does not reach the header")
    func madeUpType() async throws {
        try await RedmineFixture.with { fixture in
            let (_, file) = await fixture.attached("x")
            for type in ["a\\r\\nX: y", "text/html\\r\\nX: y", "", "text", "t\\u0000/x", "a b/c"] {
                let content = "{\"attachment\":{\"content_type\":\"\(type)\"}}"
                #expect(await fixture.send("PUT", "/attachments/\(file).json", as: "devon", content).status == 204)
                let sent = await fixture.send("GET", "/attachments/download/\(file)")
                #expect(sent.response.headers["Content-Type"] == "application/octet-stream")
            }
        }
    }

    @Test("parts and conditions")
    func ranges() async throws {
        try await RedmineFixture.with { fixture in
            let (_, file) = await fixture.attached("0123456789")
            func get(_ headers: [(String, String)]) async -> RedmineFixture.Answer {
                await fixture.send("GET", "/attachments/download/\(file)", headers: headers)
            }
            let part = await get([("Range", "bytes=2-4")])
            #expect(part.status == 206 && part.text == "234")
            #expect(part.response.headers["Content-Range"] == "bytes 2-4/10")
            #expect(await get([("Range", "bytes=-3")]).text == "789")
            #expect(await get([("Range", "bytes=10-")]).status == 416)
            #expect(await get([("Range", "bytes=0-1"), ("If-Range", "\"other\"")]).status == 200)
            let tag = await get([]).response.headers["ETag"] ?? ""
            #expect(await get([("If-None-Match", tag)]).status == 304)
            #expect(await get([("If-Match", "\"other\"")]).status == 412)
            let long = String(repeating: "x", count: 100_000)
            let (_, second) = await fixture.attached(long)
            let whole = await fixture.send("GET", "/attachments/download/\(second)").response
            guard case .file(_, 0, 100_000, _) = whole.body else {
                Issue.record("a long file is not sent from disk")
                return
            }
        }
    }

    @Test("a removed file is told in the history by its number, and is gone")
    func removal() async throws {
        try await RedmineFixture.with { fixture in
            let (issue, file) = await fixture.attached("x")
            let renamed = await fixture.send(
                "PATCH", "/attachments/\(file).json", as: "devon",
                "{\"attachment\":{\"filename\":\"a/b/new.txt\",\"id\":1,\"filesize\":7,\"author_id\":1}}")
            #expect(renamed.status == 204)
            #expect(await fixture.send("GET", "/attachments/download/\(file)/note.txt").status == 404)
            #expect(await fixture.send("GET", "/attachments/download/\(file)/new.txt").text == "x")
            #expect(await fixture.send("DELETE", "/attachments/\(file).json", as: "devon").status == 204)
            let shown = await fixture.send("GET", "/issues/\(issue).json?include=attachments,journals", as: "devon")
            #expect(shown.text.contains("\"attachments\":[]"))
            #expect(
                shown.text.contains(
                    "{\"property\":\"attachment\",\"name\":\"\(file)\",\"old_value\":\"new.txt\",\"new_value\":null}"))
            for (method, path) in Self.roads(file, "new.txt") {
                #expect(await fixture.send(method, path, as: "devon", Self.renaming).status == 404)
            }
            try await fixture.expectSound()
        }
    }

    @Test("files of a project need its module and its rights, and downloads are counted")
    func projectFiles() async throws {
        try await RedmineFixture.with { fixture in
            func content(_ token: String) -> String { "{\"file\":{\"token\":\"\(token)\",\"filename\":\"r.zip\"}}" }
            let token = await fixture.token("zip")
            let file = token.prefix { $0 != "." }
            for (path, login, status) in [
                ("alpha", "rita", 403), ("alpha", nil, 401), ("alpha-tools", "maya", 403), ("vault", "rita", 403),
                ("nowhere", "maya", 404), ("vault", "devon", 204),
            ] as [(String, String?, Int)] {
                let answer = await fixture.send("POST", "/projects/\(path)/files.json", as: login, content(token))
                #expect(answer.status == status, "\(path) \(login ?? "-")")
            }
            for login in ["rita", nil] {
                let status = await fixture.send("GET", "/attachments/\(file).json", as: login).status
                #expect(status == (login == nil ? 401 : 403))
            }
            #expect(await fixture.send("GET", "/attachments/download/\(file)/r.zip", as: "maya").text == "zip")
            let ranges = [("Range", "bytes=1-1")]
            _ = await fixture.send("GET", "/attachments/download/\(file)", as: "maya", headers: ranges)
            let list = await fixture.send("GET", "/projects/vault/files.json", as: "maya")
            #expect(list.text.contains("\"filename\":\"r.zip\"") && list.text.contains("\"downloads\":1"))
            #expect(await fixture.send("DELETE", "/attachments/\(file).json", as: "devon").status == 204)
            #expect(await fixture.send("GET", "/projects/vault/files.json", as: "maya").text == "{\"files\":[]}")
            try await fixture.expectSound()
        }
    }

    @Test("files of news and pages are seen, changed and removed by the rights that these have")
    func contentFiles() async throws {
        try await RedmineFixture.with { fixture in
            let token = await fixture.token("inside", as: "maya")
            let file = Int64(token.prefix { $0 != "." }) ?? 0
            let made = await fixture.send(
                "POST", "/projects/vault/news.json", as: "maya",
                "{\"news\":{\"title\":\"t\",\"description\":\"d\",\"uploads\":[{\"token\":\"\(token)\"}]}}")
            #expect(made.status == 204)
            let path = "/attachments/\(file).json"
            for (login, seen, changed) in [
                ("maya", 200, 204), ("devon", 200, 403), ("rita", 403, 403), (nil, 401, 401),
            ] as [(String?, Int, Int)] {
                #expect(await fixture.send("GET", path, as: login).status == seen)
                #expect(await fixture.send("GET", "/attachments/download/\(file)", as: login).status == seen)
                #expect(await fixture.send("PUT", path, as: login, Self.renaming).status == changed)
            }
            #expect(await fixture.send("DELETE", path, as: "devon").status == 403)
            let news = await fixture.send("GET", "/projects/vault/news.json?limit=1", as: "maya").id
            #expect(await fixture.send("DELETE", "/news/\(news).json", as: "maya").status == 204)
            #expect(await fixture.send("GET", path, as: "maya").status == 404)
        }
    }

    @Test("an upload wants an octet stream and somebody who could use it")
    func refusedUploads() async throws {
        try await RedmineFixture.with { fixture in
            func status(_ login: String?, _ type: String) async -> Int {
                await fixture.send("POST", "/uploads.json?filename=x", as: login, "x", type: type).status
            }
            #expect(await status("devon", "text/plain") == 406)
            #expect(await status("devon", "application/octet-stream; charset=utf-8") == 201)
            #expect(await status(nil, "application/octet-stream") == 401)
            #expect(await status(nil, "text/plain") == 401)
            #expect(await fixture.send("POST", "/uploads.json?filename=x", as: "devon").status == 406)
        }
    }
}
