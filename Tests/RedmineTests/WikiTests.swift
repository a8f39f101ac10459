import ParleyHTTP
import ParleyModel
import ParleyService
import Testing

@testable import RedmineDialect

/// Wiki pages and news.
@Suite("wiki and news")
struct WikiTests {
    private func put(
        _ fixture: RedmineFixture, _ title: String, _ members: String, as login: String? = "devon"
    ) async -> RedmineFixture.Answer {
        await fixture.send("PUT", "/projects/alpha/wiki/\(title).json", as: login, "{\"wiki_page\":{\(members)}}")
    }

    @Test(
        "titles are written with underscores and a capital letter, some signs are dropped",
        arguments: [
            ("guide", "Guide"), ("my new  page", "My_new_page"), ("a.b,c/d?e;f|g:h", "Abcdefgh"), ("", ""),
            ("ßt", "SSt"), ("Already_So", "Already_So"),
        ])
    func titles(_ given: String, _ title: String) {
        #expect(PageTitles.titled(given) == title)
    }

    @Test("a page is found without regard to case, blanks are underscores")
    func lookUp() async throws {
        try await RedmineFixture.with { fixture in
            let made = await put(fixture, "my%20new%20page", "\"text\":\"one\"")
            #expect(made.status == 201)
            #expect(made.response.headers["Location"] == "/projects/alpha/wiki/My_new_page")
            for title in ["My_new_page", "my%20NEW%20page", "MY_NEW_PAGE"] {
                let answer = await fixture.send("GET", "/projects/alpha/wiki/\(title).json")
                #expect(answer.text.contains("\"title\":\"My_new_page\""))
            }
            #expect(await put(fixture, "MY_new_page", "\"text\":\"two\"").status == 204)
            #expect(await fixture.send("GET", "/projects/alpha/wiki.json").text.contains("\"title\":\"Wiki\""))
            #expect(await fixture.send("GET", "/projects/alpha-tools/wiki.json").status == 404)
            #expect(await fixture.send("GET", "/projects/alpha-tools/wiki/index.json").text == "{\"wiki_pages\":[]}")
        }
    }

    @Test("every version is kept; a text that is what it was makes none, and is no conflict")
    func versions() async throws {
        try await RedmineFixture.with { fixture in
            #expect(await put(fixture, "Page", "\"text\":\"one\",\"comments\":\"first\"").status == 201)
            #expect(await put(fixture, "Page", "\"text\":\"one\",\"version\":7").status == 204)
            #expect(await put(fixture, "Page", "\"text\":\"two\",\"version\":7").status == 409)
            #expect(await put(fixture, "Page", "\"text\":\"two\",\"version\":1").status == 204)
            #expect(await put(fixture, "Page", "\"text\":\"three\",\"version\":1").status == 409)
            #expect(await put(fixture, "Page", "\"text\":\"three\",\"version\":\"x\"").status == 409)
            #expect(await put(fixture, "Page", "\"text\":\"three\"", as: "maya").status == 204)
            for (version, text) in [(1, "one"), (2, "two"), (3, "three")] {
                let answer = await fixture.send("GET", "/projects/alpha/wiki/page/\(version).json")
                #expect(answer.text.contains("\"text\":\"\(text)\",\"version\":\(version)"))
            }
            for version in ["0", "4", "-1", "x", "9223372036854775807", "99999999999999999999"] {
                #expect(await fixture.send("GET", "/projects/alpha/wiki/page/\(version).json").status == 404)
            }
            let problems = try await fixture.workspace.check()
            #expect(problems.isEmpty)
        }
    }

    @Test("a parent is named by its title; a page is never below itself")
    func parents() async throws {
        try await RedmineFixture.with { fixture in
            #expect(await put(fixture, "A", "\"text\":\"a\",\"parent_title\":\"wiki\"").status == 201)
            #expect(await put(fixture, "B", "\"text\":\"b\",\"parent_title\":\"a\"").status == 201)
            let nowhere = await put(fixture, "C", "\"text\":\"c\",\"parent_title\":\"Nowhere\"")
            #expect(nowhere.status == 422)
            #expect(nowhere.text == "{\"errors\":[]}")
            let loop = await put(fixture, "A", "\"text\":\"a\",\"parent_title\":\"B\"", as: "maya")
            #expect(loop.status == 422)
            #expect(await put(fixture, "A", "\"text\":\"a\",\"parent_title\":\"Guide\"").status == 204)
            let kept = await fixture.send("GET", "/projects/alpha/wiki/A.json")
            #expect(kept.text.contains("\"parent\":{\"title\":\"Wiki\"}"))
            #expect(await fixture.send("DELETE", "/projects/alpha/wiki/A.json", as: "devon").status == 204)
            let orphan = await fixture.send("GET", "/projects/alpha/wiki/B.json")
            #expect(orphan.status == 200)
            #expect(!orphan.text.contains("parent"))
            #expect(await put(fixture, "A", "\"text\":\"again\"").status == 201)
        }
    }

    @Test(
        "who may not gets 401 or 403, and nothing is a blank page",
        arguments: [
            ("PUT", "/projects/alpha/wiki/X.json", nil, 401), ("PUT", "/projects/alpha/wiki/X.json", "rita", 403),
            ("PUT", "/projects/attic/wiki/X.json", "maya", 403), ("PUT", "/projects/alpha/wiki/X.json", "devon", 201),
            ("DELETE", "/projects/alpha/wiki/Guide.json", "rita", 403),
            ("DELETE", "/projects/alpha/wiki/None.json", "devon", 404),
            ("GET", "/projects/vault/wiki/index.json", nil, 401), ("GET", "/projects/vault/wiki.json", "nora", 403),
            ("GET", "/projects/none/wiki.json", "nora", 404), ("GET", "/projects/alpha/wiki/Guide", nil, 200),
            ("GET", "/news/999.json", nil, 404), ("POST", "/projects/alpha/news.json", nil, 401),
            ("POST", "/projects/alpha/news.json", "devon", 403), ("POST", "/news.json", "maya", 404),
        ] as [(String, String, String?, Int)])
    func rights(_ method: String, _ path: String, _ login: String?, _ status: Int) async throws {
        try await RedmineFixture.with { fixture in
            let content = method == "GET" ? nil : "{\"wiki_page\":{\"text\":\"x\"}}"
            #expect(await fixture.send(method, path, as: login, content).status == status)
        }
    }

    @Test("a page needs a text, and its title has a limit")
    func faults() async throws {
        try await RedmineFixture.with { fixture in
            for (page, content) in [("New", "\"text\":\"  \""), ("Guide", "\"text\":null"), ("Guide", "\"text\":[]")] {
                let answer = await put(fixture, page, content)
                #expect(answer.status == 422)
                #expect(answer.text == "{\"errors\":[\"Text field cannot be blank\"]}")
            }
            let words = String(repeating: "c", count: 1025)
            let wordy = await put(fixture, "Guide", "\"text\":\"new\",\"comments\":\"\(words)\",\"version\":77")
            #expect(wordy.text == "{\"errors\":[\"Comment is too long (maximum is 1024 characters)\"]}")
            let long = String(repeating: "x", count: 256)
            let answer = await put(fixture, long, "\"text\":\"x\"")
            #expect(answer.status == 422)
            #expect(answer.text == "{\"errors\":[]}")
            #expect(await put(fixture, "%2E%2C", "\"text\":\"x\"").status == 422)
            #expect(await put(fixture, "a.b", "\"text\":\"x\"").text == "{\"status\":404,\"error\":\"Not Found\"}")
        }
    }

    @Test("a page may be made without a text: it is listed, and there when it gets one")
    func textless() async throws {
        try await RedmineFixture.with { fixture in
            let made = await put(fixture, "Bare", "\"comments\":\"later\"")
            #expect(made.status == 201)
            #expect(made.text.contains("\"title\":\"Bare\",\"text\":null,\"version\":1"))
            #expect(made.text.contains("\"comments\":\"later\"") && made.text.contains("\"updated_on\":null"))
            #expect(await fixture.send("GET", "/projects/alpha/wiki/Bare.json").status == 404)
            let list = await fixture.send("GET", "/projects/alpha/wiki/index.json").text
            #expect(list.contains("\"title\":\"Bare\",\"version\":null"))
            #expect(await fixture.send("GET", "/search.json?q=Bare").status == 200)
            #expect(await put(fixture, "Bare", "").status == 204)
            #expect(await put(fixture, "Bare", "\"text\":\"now\",\"version\":5").status == 204)
            let page = await fixture.send("GET", "/projects/alpha/wiki/Bare.json").text
            #expect(page.contains("\"text\":\"now\",\"version\":5") && page.contains("\"comments\":null"))
            #expect(await put(fixture, "Bare", "\"text\":\"more\",\"version\":5,\"comments\":\"\"").status == 204)
            let next = await fixture.send("GET", "/projects/alpha/wiki/Bare.json?version=6").text
            #expect(next.contains("\"text\":\"more\",\"version\":6") && next.contains("\"comments\":\"\""))
            for version in ["7", "0", "x", ""] {
                #expect(await fixture.send("GET", "/projects/alpha/wiki/Bare.json?version=\(version)").status == 404)
            }
        }
    }

    @Test("a former title leads to the page, for those who read by another address; the start page keeps its place")
    func renaming() async throws {
        try await RedmineFixture.with { fixture in
            func location(_ path: String) async -> String? {
                let answer = await fixture.send("GET", "/projects/alpha/wiki\(path)")
                #expect(answer.status == 302)
                return answer.response.headers["Location"]
            }
            let address = "/projects/alpha/wiki/"
            #expect(await put(fixture, "Wiki", "\"text\":\"w\",\"title\":\"Front door\"", as: "maya").status == 204)
            let page = await fixture.send("GET", "\(address)Front_door", as: "maya")
            #expect(page.status == 200)
            #expect(await location("/wiki.json")?.hasSuffix("\(address)Front_door") == true)
            #expect(await location("/Wiki/1.json")?.hasSuffix("\(address)Front_door/1") == true)
            let start = await fixture.send("GET", "/projects/alpha/wiki.json").text
            #expect(start.contains("\"title\":\"Front_door\""))
            #expect(await put(fixture, "Wiki", "\"text\":\"w2\"").status == 204)
            #expect(await put(fixture, "Below", "\"text\":\"b\",\"parent_title\":\"wiki\"").status == 201)
            #expect(await fixture.send("DELETE", "\(address)Wiki.json", as: "maya").status == 302)
            let silent = "\"text\":\"w2\",\"title\":\"Gate\",\"redirect_existing_links\":\"0\""
            #expect(await put(fixture, "Front_door", silent, as: "maya").status == 204)
            #expect(await fixture.send("GET", "\(address)Front_door.json").status == 404)
            #expect(await location("/Wiki.json")?.hasSuffix("\(address)Gate") == true)
            #expect(await put(fixture, "Gate", "\"text\":\"w2\",\"title\":\"Wiki\"", as: "maya").status == 204)
            #expect(await fixture.send("GET", "\(address)Wiki.json").status == 200)
            #expect(await fixture.send("DELETE", "\(address)Wiki.json", as: "maya").status == 204)
            #expect(await fixture.send("GET", "\(address)Gate.json").status == 404)
            let problems = try await fixture.workspace.check()
            #expect(problems.isEmpty)
        }
    }

    @Test("what lies below a deleted page stays, goes too, or comes below another one")
    func deletingBelow() async throws {
        try await RedmineFixture.with { fixture in
            for name in ["A", "B", "C"] {
                #expect(await put(fixture, name, "\"text\":\"x\"").status == 201)
                #expect(await put(fixture, "\(name)1", "\"text\":\"x\",\"parent_title\":\"\(name)\"").status == 201)
                #expect(await put(fixture, "\(name)2", "\"text\":\"x\",\"parent_title\":\"\(name)1\"").status == 201)
            }
            func delete(_ name: String, _ query: String) async -> Int {
                await fixture.send("DELETE", "/projects/alpha/wiki/\(name).json\(query)", as: "maya").status
            }
            func number(_ name: String) async throws -> PageID {
                let tools = fixture.workspace.catalog.records.tools.values
                let listings = try await fixture.workspace.read(as: .system) { reader in
                    try tools.compactMap { try reader.outline(ofPageTitled: name, of: $0.id) }
                }
                return try #require(listings.first).page.id
            }
            func get(_ name: String) async -> RedmineFixture.Answer {
                await fixture.send("GET", "/projects/alpha/wiki/\(name).json")
            }
            #expect(await delete("A", "?todo=nullify") == 204)
            #expect(await !get("A1").text.contains("parent"))
            #expect(await delete("B", "?todo=destroy") == 204)
            for name in ["B", "B1", "B2"] { #expect(await get(name).status == 404) }
            #expect(await delete("C", "?todo=reassign&reassign_to_id=999") == 406)
            let target = try await number("A1")
            #expect(await delete("C", "?todo=reassign&reassign_to_id=\(target)") == 204)
            #expect(await get("C1").text.contains("\"parent\":{\"title\":\"A1\"}"))
            let own = try await number("A2")
            #expect(await delete("A1", "?todo=reassign&reassign_to_id=\(own)") == 406)
        }
    }

    @Test("news is made, shown with what was said about it, changed and deleted")
    func news() async throws {
        try await RedmineFixture.with { fixture in
            func send(_ method: String, _ path: String, _ members: String?) async -> RedmineFixture.Answer {
                await fixture.send(method, path, as: "maya", members.map { "{\"news\":{\($0)}}" })
            }
            let long = String(repeating: "x", count: 256)
            let refused = await send(
                "POST", "/projects/alpha/news.json",
                "\"title\":\"\(long)\",\"summary\":\"\(long)\",\"description\":\"d\"")
            let faults = [60, 255].map { "is too long (maximum is \($0) characters)\"" }
            #expect(refused.text == "{\"errors\":[\"Title \(faults[0]),\"Summary \(faults[1])]}")
            #expect(
                await send("POST", "/projects/alpha/news.json", "\"title\":\"t\",\"description\":\"d\"").status == 204)
            let id = await fixture.send("GET", "/projects/alpha/news.json?limit=1").id
            let shown = await fixture.send("GET", "/news/\(id).json?include=attachments,comments")
            #expect(shown.text.contains("\"title\":\"t\",\"description\":\"d\""))
            #expect(shown.text.contains("\"attachments\":[],\"comments\":[]"))
            #expect(await fixture.send("GET", "/news.json").text.contains("\"title\":\"t\",\"summary\":\"\""))
            #expect(await send("PUT", "/news/\(id).json", "\"title\":\"\"").status == 422)
            #expect(await send("PUT", "/news/\(id).json", "\"summary\":\"s\"").status == 204)
            #expect(await fixture.send("GET", "/news/\(id).xml").text.contains("<summary>s</summary>"))
            #expect(await send("DELETE", "/news/\(id).json", nil).status == 204)
            #expect(await fixture.send("GET", "/news/\(id).json").status == 404)
            let problems = try await fixture.workspace.check()
            #expect(problems.isEmpty)
        }
    }

    @Test("the account page shows the key to its owner, visitors are sent to sign in")
    func account() async throws {
        try await RedmineFixture.with { fixture in
            let page = await fixture.send("GET", "/my/account", as: "rita")
            #expect(page.status == 200)
            #expect(page.response.headers["Content-Type"] == "text/html; charset=utf-8")
            #expect(page.text.contains(RedmineFixture.keys["rita"] ?? "?"))
            let visitor = await fixture.send("GET", "/my/account")
            #expect(visitor.status == 302)
            #expect(
                visitor.response.headers["Location"]
                    == "http://localhost/login?back_url=http%3A%2F%2Flocalhost%2Fmy%2Faccount")
        }
    }
}
