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
            #expect(nowhere.text == "{\"errors\":[\"Parent page is invalid\"]}")
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
            ("GET", "/projects/none/wiki.json", "nora", 404), ("GET", "/projects/alpha/wiki/Guide", nil, 406),
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
            for content in ["", "\"text\":\"  \"", "\"text\":null", "\"text\":[]"] {
                let answer = await put(fixture, "New", content)
                #expect(answer.status == 422)
                #expect(answer.text == "{\"errors\":[\"Text field cannot be blank\"]}")
            }
            let long = String(repeating: "x", count: 256)
            let answer = await put(fixture, long, "\"text\":\"x\"")
            #expect(answer.text == "{\"errors\":[\"Title is too long (maximum is 255 characters)\"]}")
            #expect(await put(fixture, "%2E%2C", "\"text\":\"x\"").status == 422)
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
