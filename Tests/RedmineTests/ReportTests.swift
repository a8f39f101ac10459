import Foundation
import ParleyHTTP
import ParleyModel
import ParleyService
import Testing

@testable import RedmineDialect

/// Reports of time, whole wikis, and pages for people. See `docs/differences/exports.md`.
@Suite("reports and pages")
struct ReportTests {
    private func log(_ fixture: RedmineFixture, _ login: String, _ hours: String, _ day: String, issue: Int64) async {
        let activity = fixture.workspace.catalog.enumerations(.activity).first?.id.rawValue ?? 0
        let members = "\"issue_id\":\(issue),\"hours\":\(hours),\"spent_on\":\"\(day)\",\"activity_id\":\(activity)"
        let content = "{\"time_entry\":{\(members)}}"
        #expect(await fixture.send("POST", "/time_entries.json", as: login, content).status == 201)
    }

    private func lines(_ fixture: RedmineFixture, _ query: String) async -> [String] {
        let path = "/projects/alpha/time_entries/report.csv?f[]=issue_id&op[issue_id]=*&v[issue_id][]=&\(query)"
        let answer = await fixture.send("GET", path, as: "maya")
        #expect(answer.status == 200)
        return answer.text.split(separator: "\n").map(String.init)
    }

    @Test("hours are told by criteria and by stretch of time")
    func reports() async throws {
        try await RedmineFixture.with { fixture in
            let bug = await fixture.issue("one", as: "maya", "\"tracker_id\":1")
            let feature = await fixture.issue("two", as: "maya", "\"tracker_id\":2")
            await log(fixture, "maya", "1.5", "2026-10-30", issue: bug)
            await log(fixture, "maya", "2", "2026-11-02", issue: feature)
            await log(fixture, "devon", "0.25", "2026-11-03", issue: feature)
            #expect(
                await lines(fixture, "criteria[]=tracker&criteria[]=user&issue_id=*") == [
                    "Tracker,User,2026-10,2026-11,Total time", "Bug,\"\",1.50,\"\",1.50",
                    "\"\",Maya Manager,1.50,\"\",1.50", "Feature,\"\",\"\",2.25,2.25",
                    "\"\",Maya Manager,\"\",2.00,2.00", "\"\",Devon Developer,\"\",0.25,0.25",
                    "Total time,\"\",1.50,2.25,3.75",
                ])
            #expect(
                await lines(fixture, "criteria[]=version&columns=week") == [
                    "Version,2026-44,2026-45,Total time", "[none],1.50,2.25,3.75", "Total time,1.50,2.25,3.75",
                ])
            #expect(
                await lines(fixture, "criteria[]=issue&criteria[]=nosuch&columns=year&from=2026-11-03") == [
                    "Issue,2026,Total time", "Feature #\(feature): two,0.25,0.25", "Total time,0.25,0.25",
                ])
            #expect(await lines(fixture, "criteria[]=user&from=2030-01-01").last == "Total time,\"\",0")
            #expect(await fixture.send("GET", "/time_entries/report.csv", as: "maya").status == 400)
            #expect(await fixture.send("GET", "/time_entries/report.csv?criteria=user", as: "maya").status == 200)
            let vault = await fixture.send("GET", "/projects/vault/time_entries/report.csv?criteria[]=user")
            #expect(vault.status == 302)
        }
    }

    @Test("a wiki is handed over whole, a page is shown to people, and a former title leads to it")
    func wiki() async throws {
        try await RedmineFixture.with { fixture in
            for (title, text) in [("Okapi", "h2. Stripes & more"), ("Tapir", "A *nose*")] {
                let page = "{\"wiki_page\":{\"text\":\"\(text)\"}}"
                #expect(await fixture.send("PUT", "/projects/alpha/wiki/\(title).json", as: "maya", page).status == 201)
            }
            let whole = await fixture.send("GET", "/projects/alpha/wiki/export.html", as: "maya")
            #expect(whole.status == 200)
            #expect(whole.text.contains("<a id=\"Okapi\"></a>") && whole.text.contains("<strong>nose</strong>"))
            #expect(whole.text.contains("Stripes &amp; more"))
            #expect(await fixture.send("GET", "/projects/alpha/wiki/export.pdf", as: "maya").status == 200)
            #expect(await fixture.send("GET", "/projects/alpha/wiki/export.html").status == 302)
            let renaming = "{\"wiki_page\":{\"text\":\"A *nose*\",\"title\":\"Snout\"}}"
            #expect(await fixture.send("PUT", "/projects/alpha/wiki/Tapir.json", as: "maya", renaming).status == 204)
            for suffix in ["", ".json", ".xml"] {
                let former = await fixture.send("GET", "/projects/alpha/wiki/Tapir\(suffix)", as: "nora")
                #expect(former.status == 302)
                #expect(former.response.headers["Location"]?.hasSuffix("/projects/alpha/wiki/Snout") ?? false)
            }
            let page = await fixture.send("GET", "/projects/alpha/wiki/Snout", as: "nora")
            #expect(page.status == 200 && page.text.contains("<strong>nose</strong>"))
            #expect(page.response.headers["Content-Type"] == "text/html; charset=utf-8")
            #expect(page.response.headers["Content-Security-Policy"]?.contains("sandbox") ?? false)
            for (path, status) in [
                ("Nothing", 404), ("Snout/1", 200), ("Snout/history", 406), ("index", 406), ("date_index", 406),
                ("Snout.docx", 406),
            ] {
                let answer = await fixture.send("GET", "/projects/alpha/wiki/\(path)", as: "maya")
                #expect(answer.status == status, "\(path)")
            }
            #expect(await fixture.send("GET", "/projects/vault/wiki/Wiki").status == 302)
        }
    }
}
