import Foundation
import ParleyHTTP
import ParleyModel
import ParleyService
import Testing

@testable import RedmineDialect

/// Searching through everything. See `docs/differences/search.md`.
@Suite("search")
struct SearchTests {
    private func titles(_ answer: RedmineFixture.Answer) -> [String] {
        answer.text.components(separatedBy: "\"title\":\"").dropFirst().map { String($0.prefix { $0 != "\"" }) }
    }

    private func total(_ answer: RedmineFixture.Answer) -> String {
        let rest = answer.text.components(separatedBy: "\"total_count\":").dropFirst().first ?? ""
        return String(rest.prefix { $0 != "," })
    }

    @Test(
        "a question is cut into words; one between quotation marks may have blanks",
        arguments: [
            ("", []), ("a b", []), ("first word", ["first", "word"]), ("\"first word\" third", ["first word", "third"]),
            ("first first", ["first"]), ("\"open end", ["\"open", "end"]),
            ("ab cd ef gh ij kl", ["ab", "cd", "ef", "gh", "ij"]),
            ("\"a\" bc", ["bc"]), ("foo\"bar\" x1", ["foo\"bar\"", "x1"]), ("\"\"", []),
        ] as [(String, [String])])
    func words(_ question: String, _ words: [String]) {
        #expect(SearchQuestion.words(question) == words)
    }

    /// docs/differences/search.md
    @Test("words are found whole and by their parts; signs between words do not count")
    func partsOfWords() async throws {
        try await RedmineFixture.with { fixture in
            for word in ["guide", "GUIDE", "Gu%C3%ADde"] {
                #expect(titles(await fixture.send("GET", "/search.json?q=\(word)&wiki_pages=1")) == ["Wiki: Guide"])
            }
            for part in ["gui", "uid", "IDE", "g%C3%BAi"] {
                #expect(titles(await fixture.send("GET", "/search.json?q=\(part)&wiki_pages=1")) == ["Wiki: Guide"])
            }
            let text = "{\"wiki_page\":{\"text\":\"the okapi-coloured zebra of 1.2.34\"}}"
            #expect(await fixture.send("PUT", "/projects/alpha/wiki/Animals.json", as: "devon", text).status == 201)
            for part in ["okapi-colour", "kapi-col", "kapi.coloured", "2.3", "%22red+zeb%22", "okapi+bra"] {
                #expect(titles(await fixture.send("GET", "/search.json?q=\(part)&wiki_pages=1")) == ["Wiki: Animals"])
            }
            for absent in ["okapicol", "api-bra", "okapi+brau", "%22zebra+okapi%22", "..."] {
                #expect(total(await fixture.send("GET", "/search.json?q=\(absent)&wiki_pages=1")) == "0", "\(absent)")
            }
            #expect(titles(await fixture.send("GET", "/search.json?q=pha&projects=1")).contains("Project: Alpha"))
        }
    }

    @Test("issues, notes, news, pages and projects are found, what one may not see is not")
    func kinds() async throws {
        try await RedmineFixture.with { fixture in
            let open = await fixture.issue("Quagga one", as: "maya", "\"description\":\"striped\"")
            let hidden = await fixture.issue("Quagga two", as: "maya", "\"is_private\":true")
            let noted = await fixture.issue("Something else", as: "maya")
            for (note, isPrivate) in [("a quagga", "false"), ("an okapi", "true")] {
                let content = "{\"issue\":{\"notes\":\"\(note)\",\"private_notes\":\(isPrivate)}}"
                _ = await fixture.send("PUT", "/issues/\(noted).json", as: "maya", content)
            }
            let page = "{\"wiki_page\":{\"text\":\"About the quagga\"}}"
            #expect(await fixture.send("PUT", "/projects/alpha/wiki/Animals.json", as: "devon", page).status == 201)
            let news = "{\"news\":{\"title\":\"Quagga news\",\"description\":\"none\"}}"
            #expect(await fixture.send("POST", "/projects/alpha/news.json", as: "maya", news).status == 204)
            let mine = await fixture.send("GET", "/search.json?q=quagga", as: "maya")
            #expect(total(mine) == "5")
            #expect(titles(mine).contains("Bug #\(hidden) (New): Quagga two"))
            let theirs = await fixture.send("GET", "/search.json?q=quagga", as: "nora")
            #expect(total(theirs) == "4")
            #expect(
                Set(titles(theirs)) == [
                    "Bug #\(open) (New): Quagga one", "Bug #\(noted) (New): Something else", "Wiki: Animals",
                    "Quagga news",
                ])
            #expect(total(await fixture.send("GET", "/search.json?q=okapi", as: "nora")) == "0")
            #expect(total(await fixture.send("GET", "/search.json?q=okapi", as: "maya")) == "1")
            #expect(total(await fixture.send("GET", "/search.json?q=quagga&titles_only=1", as: "maya")) == "3")
            #expect(total(await fixture.send("GET", "/search.json?q=quagga%20striped", as: "maya")) == "1")
            #expect(total(await fixture.send("GET", "/search.json?q=quagga%20striped&all_words=", as: "maya")) == "5")
            #expect(total(await fixture.send("GET", "/search.json?q=%22one%20quagga%22", as: "maya")) == "0")
            #expect(total(await fixture.send("GET", "/search.json?q=%22quagga%20one%22", as: "maya")) == "1")
            #expect(total(await fixture.send("GET", "/projects/alpha-tools/search.json?q=quagga", as: "maya")) == "0")
            #expect(titles(await fixture.send("GET", "/search.json?q=quagga&news=1&wiki_pages=1")).count == 2)
            let problems = try await fixture.workspace.check()
            #expect(problems.isEmpty)
        }
    }

    @Test("several words stand in one text")
    func together() async throws {
        try await RedmineFixture.with { fixture in
            let apart = await fixture.issue("Quagga")
            let together = await fixture.issue("Other")
            for (id, notes) in [(apart, ["a quagga", "an okapi"]), (together, ["quagga and okapi"])] {
                for note in notes {
                    let content = "{\"issue\":{\"notes\":\"\(note)\"}}"
                    _ = await fixture.send("PUT", "/issues/\(id).json", as: "maya", content)
                }
            }
            let found = await fixture.send("GET", "/search.json?q=okapi%20quagga")
            #expect(titles(found) == ["Bug #\(together) (New): Other"])
            #expect(total(await fixture.send("GET", "/search.json?q=okapi%20quagga&all_words=")) == "2")
        }
    }

    @Test("files are searched where they are asked for, alone or with the rest")
    func files() async throws {
        try await RedmineFixture.with { fixture in
            func upload(_ name: String, as login: String) async -> String {
                let answer = await fixture.send(
                    "POST", "/uploads.json?filename=\(name)", as: login, "octets", type: "application/octet-stream")
                let token = answer.text.components(separatedBy: "\"token\":\"").last?.prefix { $0 != "\"" } ?? ""
                return "\"uploads\":[{\"token\":\"\(token)\",\"description\":\"of a quagga\"}]"
            }
            let id = await fixture.issue("Named", as: "maya", await upload("stripes.txt", as: "maya"))
            _ = await fixture.issue("Stripes")
            let page = "{\"wiki_page\":{\"text\":\"none\",\(await upload("stripes.png", as: "devon"))}}"
            #expect(await fixture.send("PUT", "/projects/alpha/wiki/Zoo.json", as: "devon", page).status == 201)
            for (query, count) in [
                ("q=stripes", "1"), ("q=stripes&attachments=0", "1"), ("q=stripes&attachments=1", "3"),
                ("q=stripes&attachments=only", "2"), ("q=tripes%20quagga&attachments=only", "2"),
                ("q=stripes&attachments=1&titles_only=1", "1"), ("q=quagga&attachments=only&issues=1", "1"),
                ("q=stripes&attachments=only&titles_only=1", "2"), ("q=stripes&documents=1", "0"),
            ] { #expect(total(await fixture.send("GET", "/search.json?\(query)", as: "maya")) == count, "\(query)") }
            let found = await fixture.send("GET", "/search.json?q=stripes&attachments=only&issues=1", as: "maya")
            #expect(titles(found) == ["Bug #\(id) (New): Named"])
            // Within a project only kinds of its modules are known; where none is left, all count.
            for (modules, count) in [("\"issue_tracking\",\"documents\"", "0"), ("\"issue_tracking\"", "1")] {
                let content = "{\"project\":{\"enabled_module_names\":[\(modules)]}}"
                #expect(await fixture.send("PUT", "/projects/alpha.json", as: "admin", content).status == 204)
                let within = await fixture.send("GET", "/projects/alpha/search.json?q=stripes&documents=1", as: "maya")
                #expect(total(within) == count)
            }
        }
    }

    @Test("a page deleted, renamed or rewritten is found by what it says now")
    func follows() async throws {
        try await RedmineFixture.with { fixture in
            func hits(_ word: String) async -> String {
                total(await fixture.send("GET", "/search.json?q=\(word)&wiki_pages=1"))
            }
            func put(_ members: String, as login: String = "maya") async -> Int {
                await fixture.send(
                    "PUT", "/projects/alpha/wiki/Beast.json", as: login, "{\"wiki_page\":{\(members)}}"
                ).status
            }
            #expect(await put("\"text\":\"an okapi\"") == 201)
            #expect(await hits("okapi") == "1")
            #expect(await put("\"text\":\"a tapir\"") == 204)
            #expect(await hits("okapi") == "0")
            #expect(await hits("tapir") == "1")
            #expect(await put("\"text\":\"a tapir\",\"title\":\"Brute\"") == 204)
            #expect(await hits("beast") == "0")
            #expect(await hits("brute") == "1")
            #expect(await fixture.send("DELETE", "/projects/alpha/wiki/brute.json", as: "maya").status == 204)
            #expect(await hits("tapir") == "0")
            let problems = try await fixture.workspace.check()
            #expect(problems.isEmpty)
        }
    }

    @Test("every hit stands on one page, whatever the size of the pages")
    func paging() async throws {
        try await RedmineFixture.with { fixture in
            for number in 0..<7 {
                _ = await fixture.issue("Tapir \(number)")
                let page = "{\"wiki_page\":{\"text\":\"tapir\"}}"
                _ = await fixture.send("PUT", "/projects/alpha/wiki/Tapir\(number).json", as: "devon", page)
            }
            let all = titles(await fixture.send("GET", "/search.json?q=tapir"))
            #expect(all.count == 14)
            for limit in [1, 3, 5] {
                var seen: [String] = []
                for offset in stride(from: 0, to: 16, by: limit) {
                    let page = await fixture.send("GET", "/search.json?q=tapir&limit=\(limit)&offset=\(offset)")
                    #expect(total(page) == "14")
                    seen += titles(page)
                }
                #expect(seen == all)
            }
        }
    }

    @Test(
        "odd questions are answered",
        arguments: [
            ("q=%22", "null"), ("q=a", "null"), ("q", "null"), ("q[]=x", "null"), ("q=%23%23", "0"), ("q=*%3A*", "0"),
            ("q=%22%22%22%20OR%20NEAR(", "0"), ("q=%00%00", "null"), ("q=alpha&offset=9223372036854775807", "4"),
        ])
    func odd(_ query: String, _ count: String) async throws {
        try await RedmineFixture.with { fixture in
            let answer = await fixture.send("GET", "/search.json?\(query)")
            #expect(answer.status == 200)
            #expect(total(answer) == count)
        }
    }
}
