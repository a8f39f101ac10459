import ParleyHTTP
import ParleyModel
import ParleyService
import Testing

@testable import RedmineDialect

/// What is handed over to be kept or followed; see `docs/differences/exports.md`.
@Suite("exports")
struct ExportTests {
    private func text(_ fixture: RedmineFixture, _ path: String, as login: String? = "maya") async -> String {
        let text = await fixture.send("GET", path, as: login).text
        return text.hasPrefix("\u{FEFF}") ? String(text.dropFirst()) : text
    }

    private func octets(_ answer: RedmineFixture.Answer) -> [UInt8] {
        guard case .bytes(let octets) = answer.response.body else { return [] }
        return octets
    }

    @Test("issues are a table of the columns that are named, ISO-8859-1 unless asked otherwise")
    func issueTable() async throws {
        try await RedmineFixture.with { fixture in
            let more = "\"estimated_hours\":3.5,\"start_date\":\"2026-11-02\""
            let number = await fixture.issue("A \\\"b\\\", ü", as: "maya", more)
            let answer = await fixture.send("GET", "/issues.csv", as: "maya")
            #expect(answer.response.headers["Content-Type"] == "text/csv; header=present")
            #expect(
                answer.response.headers["Content-Disposition"]
                    == "attachment; filename=\"issues.csv\"; filename*=UTF-8''issues.csv")
            let head = Array("#,Project,Tracker,Status,Priority,Subject,Assignee,Updated\n\(number),".utf8)
            #expect(octets(answer).starts(with: head))
            #expect(octets(answer).contains(0xFC))
            let row = "\(number),Alpha,Bug,New,Normal,\"A \"\"b\"\", ü\",\"\",11/18/2026 11:06 AM\n"
            #expect(await text(fixture, "/issues.csv?encoding=UTF-8").contains(row))
            let chosen = "#,Subject,Estimated time,Start date,% Done\n\(number),\"A \"\"b\"\", ü\",3.50,11/02/2026,0\n"
            let names = "c[]=subject&c[]=estimated_hours&c[]=start_date&c[]=nonsense&c[]=done_ratio"
            #expect(await text(fixture, "/projects/alpha/issues.csv?subject=~A&encoding=UTF-8&\(names)") == chosen)
            #expect(await text(fixture, "/projects/alpha/issues.csv?c[]=all").hasPrefix("#\n\(number)\n"))
            let all = await text(fixture, "/projects/alpha/issues.csv?c[]=all_inline&c[]=description&encoding=UTF-8")
            #expect(all.hasPrefix("#,Project,Tracker,Parent task,Parent task subject,Status,Priority,Subject,Author,"))
            #expect(all.contains(",Private,Description\n"))
        }
    }

    @Test("a long table is made while it leaves: without a tag, and without what goes meanwhile")
    func longTable() async throws {
        try await RedmineFixture.with { fixture in
            let text = String(repeating: "a long description, ", count: 2500)
            var numbers: [Int64] = []
            for number in 1...30 {
                numbers.append(await fixture.issue("n\(number)", as: "maya", "\"description\":\"\(text)\""))
            }
            let path = "/projects/alpha/issues.csv?encoding=UTF-8&sort=id&c[]=description"
            let short = await fixture.send("GET", "/issues.csv", as: "maya")
            #expect(short.response.headers["ETag"] != nil)
            let answer = await fixture.send("GET", path, as: "maya")
            #expect(answer.response.headers["ETag"] == nil)
            guard case .stream(var producer) = answer.response.body else {
                Issue.record("no stream")
                return
            }
            _ = await fixture.send("DELETE", "/issues/\(numbers[29]).json", as: "admin")
            var table: [UInt8] = []
            while let piece = try await producer.next() { table += piece }
            let rows = String(decoding: table, as: UTF8.self).split(separator: "\n")
            #expect(rows.first == "\u{FEFF}#,Description")
            let told = rows.dropFirst().map { Int64($0.prefix { $0 != "," }) }
            #expect(told == numbers.dropLast())
            #expect(rows.dropFirst().allSatisfy { $0.hasSuffix(",\"\(text)\"") })
        }
    }

    @Test("a field that nobody set is an empty text or nothing by its kind; one that is not there is an empty text")
    func fields() async throws {
        try await RedmineFixture.with { fixture in
            let fields = fixture.workspace.catalog.fields(of: .issue)
            func id(_ name: String) -> Int64 { fields.first { $0.name == name }?.id.rawValue ?? 0 }
            let names = ["Affected version", "Customer", "Found on", "Needs docs", "Story points"]
            let columns = names.map { "c[]=cf_\(id($0))" }.joined(separator: "&")
            let bare = await fixture.issue("bare", as: "maya")
            let values = "\"\(id("Affected version"))\":[\"1.0.1\",\"1.0.0\"],\"\(id("Found on"))\":\"2026-01-09\""
            let full = await fixture.issue("full", as: "maya", "\"custom_field_values\":{\(values)}")
            let table = await text(fixture, "/issues.csv?sort=id&issue_id=\(bare),\(full)&\(columns)")
            let rows = "\(bare),,\"\",,No,\"\"\n\(full),\"1.0.0, 1.0.1\",\"\",01/09/2026,No,\"\"\n"
            #expect(table == "#,\(names.joined(separator: ","))\n\(rows)")
        }
    }

    @Test("tables tell no more than their reader may know")
    func visibility() async throws {
        try await RedmineFixture.with { fixture in
            let open = await fixture.issue("open one", as: "maya")
            let hidden = await fixture.issue(
                "hidden one", as: "maya", "\"is_private\":true,\"parent_issue_id\":\(open),\"estimated_hours\":4")
            let activity = fixture.workspace.catalog.enumerations(.activity).first?.id.rawValue ?? 0
            for issue in [open, hidden] {
                let entry = "{\"time_entry\":{\"issue_id\":\(issue),\"hours\":1,\"activity_id\":\(activity)}}"
                #expect(await fixture.send("POST", "/time_entries.json", as: "maya", entry).status == 201)
            }
            let note = "{\"issue\":{\"notes\":\"whispered\",\"private_notes\":true}}"
            #expect(await fixture.send("PUT", "/issues/\(open).json", as: "maya", note).status == 204)
            for login in ["rita", nil] as [String?] {
                for path in [
                    "/issues.csv?c[]=all_inline&c[]=last_notes", "/time_entries.csv?c[]=all_inline", "/issues.atom",
                    "/activity.atom", "/issues/changes.atom", "/issues/\(open).atom", "/time_entries.atom",
                ] {
                    let shown = await text(fixture, path, as: login)
                    #expect(!shown.isEmpty && !shown.contains("hidden one") && !shown.contains("whispered"), "\(path)")
                    #expect(!shown.contains("4.00"))
                }
            }
            #expect(await text(fixture, "/issues/\(open).atom").contains("whispered"))
            #expect(await text(fixture, "/activity.atom").contains("hidden one"))
            #expect(await fixture.send("GET", "/issues/\(hidden).pdf", as: "rita").status == 403)
        }
    }

    @Test(
        "who may not gets an answer without content, visitors are sent to sign in",
        arguments: [
            ("/projects/vault/issues.csv", "nora", 403), ("/projects/vault/issues.csv", nil, 302),
            ("/projects/vault/issues.atom", nil, 302), ("/projects/vault/wiki/Wiki.txt", nil, 401),
            ("/users.csv", "maya", 403), ("/users.csv", nil, 302), ("/users.csv", "admin", 200),
            ("/issues.csv?status_id=", "maya", 422), ("/issues.pdf?query_id=99", "maya", 404),
            ("/projects/none/issues.pdf", "maya", 404), ("/issues/999999.atom", "maya", 404),
            ("/issues.odd", "maya", 406), ("/issues/1.csv", "maya", 406), ("/users.atom", "admin", 406),
            ("/projects.pdf", "maya", 406), ("/news.csv", "maya", 406), ("/time_entries.pdf", "maya", 406),
            ("/projects/alpha/wiki/Guide.txt", "maya", 200), ("/projects/alpha/wiki/Guide.txt", "devon", 406),
            ("/projects/alpha/wiki/Guide.html", nil, 406), ("/projects/alpha/wiki/None.pdf", "maya", 404),
            ("/projects/alpha/wiki/index.txt", "maya", 406), ("/activity.csv", nil, 406), ("/nothing.csv", nil, 404),
            ("/activity.atom?user_id=999", "maya", 404), ("/projects/alpha/activity.atom", nil, 200),
        ] as [(String, String?, Int)])
    func rights(_ path: String, _ login: String?, _ status: Int) async throws {
        try await RedmineFixture.with { fixture in
            let answer = await fixture.send("GET", path, as: login)
            #expect(answer.status == status)
            if status != 200 { #expect(answer.text.isEmpty) }
            if status == 302 {
                let location = answer.response.headers["Location"] ?? ""
                #expect(location.hasPrefix("http://localhost/login?back_url=http%3A%2F%2Flocalhost%2F"))
            }
        }
    }

    @Test("time entries, projects and users are tables")
    func otherTables() async throws {
        try await RedmineFixture.with { fixture in
            let issue = await fixture.issue("worked on", as: "maya")
            let activity = fixture.workspace.catalog.enumerations(.activity).first
            let kind = "\"activity_id\":\(activity?.id.rawValue ?? 0),\"spent_on\":\"2026-11-02\""
            let entry = "{\"time_entry\":{\"issue_id\":\(issue),\"hours\":1.5,\(kind)}}"
            #expect(await fixture.send("POST", "/time_entries.json", as: "maya", entry).status == 201)
            let name = activity?.name ?? ""
            let row = "11/02/2026,Maya Manager,\(name),Bug #\(issue): worked on,\"\",1.50\n"
            let table = await text(fixture, "/projects/alpha/time_entries.csv")
            #expect(table == "Date,User,Activity,Issue,Comment,Hours\n\(row)")
            #expect(await text(fixture, "/time_entries.csv?c[]=tweek&c[]=issue.status") == "Week,Status\n45,New\n")
            let projects = await text(fixture, "/projects.csv?c[]=name&c[]=status&c[]=parent_id&name=~Alpha")
            #expect(projects == "Name,Status,Subproject of\nAlpha,active,\nAlpha Tools,active,Alpha\n")
            let users = await text(fixture, "/users.csv?name=luke&status=3", as: "admin")
            #expect(users.contains("\nluke,Luke,Locked,luke@example.org,No,locked,disabled,"))
            let feed = await text(fixture, "/time_entries.atom")
            #expect(feed.contains("<title>Alpha - 1:30 hour (Bug #\(issue) (New): worked on)</title>"))
            #expect(feed.contains("<id>http://localhost/projects/alpha/time_entries?issue_id=\(issue)</id>"))
        }
    }

    @Test("feeds tell what is new, and what happened to an issue")
    func feeds() async throws {
        try await RedmineFixture.with { fixture in
            let more = "\"description\":\"*so* <i> \\\"x\\\":javascript:y\""
            let number = await fixture.issue("Told <b>", as: "maya", more)
            let status = fixture.workspace.catalog.records.statuses.values.first { $0.name == "In Progress" }
            let members = "\"notes\":\"_why_ #\(number)\",\"due_date\":\"2027-01-31\""
            let change = "{\"issue\":{\"status_id\":\(status?.id.rawValue ?? 0),\(members)}}"
            #expect(await fixture.send("PUT", "/issues/\(number).json", as: "maya", change).status == 204)
            let key = RedmineFixture.keys["maya"] ?? ""
            let list = await text(fixture, "/projects/alpha/issues.atom?key=\(key)&sort=id", as: nil)
            #expect(list.contains("<title>Alpha: Issues</title>"))
            #expect(list.contains("<link rel=\"self\" href=\"http://localhost/projects/alpha/issues.atom?sort=id\"/>"))
            #expect(list.contains("<title>Bug #\(number) (In Progress): Told &lt;b&gt;</title>"))
            #expect(list.contains("&lt;p&gt;&lt;strong&gt;so&lt;/strong&gt; &amp;lt;i&amp;gt;"))
            #expect(!list.contains("href=\"javascript"))
            let history = await text(fixture, "/issues/\(number).atom")
            let moved = "changed from &lt;i&gt;New&lt;/i&gt; to &lt;i&gt;In Progress&lt;/i&gt;"
            #expect(history.contains("&lt;strong&gt;Status&lt;/strong&gt; \(moved)"))
            #expect(history.contains("&lt;strong&gt;Due date&lt;/strong&gt; set to &lt;i&gt;01/31/2027&lt;/i&gt;"))
            #expect(history.contains("href=\"http://localhost/issues/\(number)\"&gt;#\(number)&lt;/a&gt;"))
            let activity = await text(fixture, "/activity.atom")
            #expect(activity.contains("<title>Alpha - Bug #\(number) (In Progress): Told &lt;b&gt;</title>"))
            #expect(activity.contains("#change-"))
            #expect(!(await text(fixture, "/activity.atom?show_news=1")).contains("#change-"))
            #expect(await text(fixture, "/issues/changes.atom").contains("?journal_id="))
            for path in ["/news.atom", "/projects.atom", "/projects/alpha/news.atom"] {
                let answer = await fixture.send("GET", path, as: "maya")
                #expect(answer.response.headers["Content-Type"] == "application/atom+xml; charset=utf-8")
                #expect(answer.text.hasSuffix("</feed>\n"))
            }
        }
    }

    @Test("an encoding that is unknown or does not contain ASCII is none, one column is a list of one, feeds are bare")
    func details() async throws {
        try await RedmineFixture.with { fixture in
            let id = await fixture.issue("ü", as: "maya")
            for encoding in ["UTF-16", "nonsense", "ISO-8859-1"] {
                let path = "/issues.csv?c=subject&issue_id=\(id)&encoding=\(encoding)"
                let table = octets(await fixture.send("GET", path, as: "maya"))
                #expect(table == Array("#,Subject\n\(id),".utf8) + [0xFC, 0x0A])
            }
            let feed = await text(fixture, "/issues/\(id).atom")
            #expect(!feed.contains("<icon>") && !feed.contains("<generator") && !feed.contains("key="))
            _ = await fixture.issue("secret", as: "maya", "\"is_private\":true")
            #expect(await text(fixture, "/activity.atom").contains("secret"))
            #expect(await !text(fixture, "/activity.atom", as: "rita").contains("secret"))
            for kind in ["txt", "pdf", "html"] {
                let answer = await fixture.send("GET", "/projects/alpha/wiki/Guide.\(kind)", as: "rita")
                #expect([200, 406].contains(answer.status))
            }
        }
    }

    @Test("a wiki page is its text, HTML or pages; issues are pages; what one has is not sent again")
    func pages() async throws {
        try await RedmineFixture.with { fixture in
            let page = "{\"wiki_page\":{\"text\":\"h1. Out\\n\\nOf the *wiki* [[Guide]] [[None]] <script>\"}}"
            #expect(await fixture.send("PUT", "/projects/alpha/wiki/Exported.json", as: "maya", page).status == 201)
            let plain = await fixture.send("GET", "/projects/alpha/wiki/Exported.txt", as: "maya")
            #expect(plain.text == "h1. Out\n\nOf the *wiki* [[Guide]] [[None]] <script>")
            let again = [("If-None-Match", plain.response.headers["ETag"] ?? "")]
            let same = await fixture.send("GET", "/projects/alpha/wiki/Exported.txt", as: "maya", headers: again)
            #expect(same.status == 304)
            let html = await text(fixture, "/projects/alpha/wiki/Exported.html")
            #expect(html.contains("<h1 id=\"Out\">Out</h1>"))
            #expect(html.contains("Of the <strong>wiki</strong> <a class=\"wiki-page\" href=\"Guide.html\">Guide</a>"))
            #expect(html.contains("<a class=\"wiki-page new\" href=\"None.html\">None</a> &lt;script&gt;"))
            let number = await fixture.issue("on pages", as: "maya", "\"description\":\"h2. é\\n\\n|a|b|\"")
            for path in [
                "/projects/alpha/wiki/Exported.pdf", "/projects/alpha/wiki/Exported/1.pdf", "/issues/\(number).pdf",
                "/issues.pdf?c[]=all_inline&c[]=description", "/projects/alpha/issues.pdf",
            ] {
                let answer = await fixture.send("GET", path, as: "maya")
                #expect(answer.status == 200 && octets(answer).starts(with: Array("%PDF-".utf8)), "\(path)")
                #expect(answer.response.headers["Content-Type"] == "application/pdf")
            }
            let named = await fixture.send("GET", "/issues/\(number).pdf", as: "maya").response
            #expect(named.headers["Content-Disposition"]?.contains("filename=\"alpha-\(number).pdf\"") == true)
        }
    }
}
