import ParleyHTTP
import ParleyModel
import ParleyService
import Testing

@testable import RedmineDialect

/// Requests through the front end, without sockets.
@Suite("the Redmine front end")
struct FrontEndTests {
    @Test("problems become the sentences that clients know, in Redmine's order")
    func sentences() async throws {
        try await RedmineFixture.with { fixture in
            let catalog = fixture.workspace.catalog
            let customer = try #require(catalog.fields.first { $0.name == "Customer" })
            let problems = [
                Problem(.parent, .invalid), Problem(.assignee, .invalid), Problem(.category, .notInList),
                Problem(.version, .notInList), Problem(.dueDate, .notBeforeStart), Problem(.startDate, .notADate),
                Problem(.estimate, .notANumber), Problem(.progress, .notInList),
                Problem(.title, .tooLong(maximum: 255)),
                Problem(.status, .required), Problem(.priority, .notInList), Problem(.type, .required),
                Problem(.project, .required), Problem(.title, .required),
                Problem(.field(.custom(customer.id.rawValue)), .tooLong(maximum: 30)), Problem(.files, .notInList),
            ]
            #expect(
                Messages(catalog).sentences(problems) == [
                    "1 file(s) could not be saved.", "Customer is too long (maximum is 30 characters)",
                    "Subject cannot be blank", "Project cannot be blank", "Tracker cannot be blank",
                    "Priority cannot be blank",
                    "Status cannot be blank", "Subject is too long (maximum is 255 characters)",
                    "% Done is not included in the list", "Estimated time is invalid", "Start date is not a valid date",
                    "Due date must be greater than start date", "Target version is not included in the list",
                    "Category is not included in the list", "Assignee is invalid", "Parent task is invalid",
                ])
        }
    }

    @Test(
        "addresses, formats and credentials have their status codes",
        arguments: [
            ("GET", "/issues", nil, 406), ("GET", "/issues.txt", nil, 406), ("GET", "/nope.json", nil, 404),
            ("OPTIONS", "/issues.json", nil, 404), ("GET", "/issues/99999.json", nil, 404),
            ("GET", "/issues/99999999999999999999.json", "devon", 404), ("GET", "/users/current.json", nil, 401),
            ("GET", "/projects/vault.json", nil, 401), ("GET", "/projects/vault.json", "nora", 403),
            ("GET", "/projects/vault.json", "devon", 200), ("GET", "/users.json", "maya", 403),
            ("GET", "/users.json", "admin", 200),
            ("GET", "/enumerations/bogus.json", nil, 404), ("GET", "/projects/attic/issues.json", nil, 200),
            ("PUT", "/issues/1.json", nil, 403), ("DELETE", "/issues.json", "admin", 404),
            ("GET", "/journals/1.json", "admin", 404),
            ("GET", "/issues.json?query_id=99", "devon", 404), ("GET", "/roles/999.json", nil, 404),
            ("HEAD", "/issue_statuses.json", nil, 200), ("GET", "/projects/alpha/issue_categories.json", "rita", 403),
        ] as [(String, String, String?, Int)])
    func statusCodes(_ method: String, _ path: String, _ login: String?, _ status: Int) async throws {
        try await RedmineFixture.with { fixture in
            let answer = await fixture.send(method, path, as: login)
            #expect(answer.status == status)
            let isEmpty = status == 401 || status == 403 || status == 406
            if isEmpty { #expect(answer.text.isEmpty) }
            if status == 401 { #expect(answer.response.headers["WWW-Authenticate"] == "Basic realm=\"Redmine API\"") }
            if status == 200 { #expect(answer.response.headers["ETag"]?.hasPrefix("W/\"") ?? false) }
        }
    }

    @Test(
        "content that no reader takes is 400, and none is a server error",
        arguments: [
            "{bad", "[1", "{\"issue\":\"x\"}", "{\"issue\":[]}", "{\"issue\":7}",
            "{\"a\":" + String(repeating: "[", count: 5000),
        ])
    func badContent(_ content: String) async throws {
        try await RedmineFixture.with { fixture in
            #expect(await fixture.send("POST", "/issues.json", as: "devon", content).status == 400)
        }
    }

    @Test(
        "odd values are refused or passed over, never an error of the server",
        arguments: [
            "\"done_ratio\":1e400", "\"done_ratio\":9223372036854775807", "\"estimated_hours\":1e308",
            "\"parent_issue_id\":9223372036854775807", "\"status_id\":-9223372036854775808", "\"tracker_id\":{}",
            "\"custom_fields\":[{\"id\":101,\"value\":[[[]]]},{\"id\":\"x\"},7]",
            "\"custom_field_values\":{\"x\":1,\"102\":{}}",
            "\"uploads\":[{\"token\":\"9223372036854775808.x\"}]", "\"watcher_user_ids\":[\"x\",null,{}]",
            "\"start_date\":\"0000-00-00\"", "\"lock_version\":\"x\"", "\"description\":{\"a\":1}", "\"subject\":[1]",
        ])
    func oddValues(_ member: String) async throws {
        try await RedmineFixture.with { fixture in
            let content = "{\"issue\":{\"project_id\":\"alpha\",\"subject\":\"s\",\(member)}}"
            let made = await fixture.send("POST", "/issues.json", as: "maya", content)
            #expect([201, 400, 404, 422].contains(made.status))
            let id = await fixture.issue("odd", as: "maya")
            #expect(
                [204, 400, 409, 422].contains(
                    await fixture.send("PUT", "/issues/\(id).json", as: "maya", content).status))
        }
    }

    @Test("an issue is made with JSON, XML and a form alike, and a method may be named in a header or a member")
    func forms() async throws {
        try await RedmineFixture.with { fixture in
            let json = await fixture.issue("one")
            let xml = await fixture.send(
                "POST", "/issues.json", as: "devon",
                "<issue><project-id>alpha</project-id><subject>two</subject></issue>",
                type: "text/xml")
            #expect(xml.status == 201)
            let form = await fixture.send(
                "POST", "/projects/alpha/issues.xml", as: "devon", "issue%5Bsubject%5D=three",
                type: "application/x-www-form-urlencoded")
            #expect(form.status == 201)
            #expect(form.text.contains("<subject>three</subject>"))
            let renamed = await fixture.send(
                "POST", "/issues/\(json).json", as: "devon", "{\"issue\":{\"subject\":\"four\"}}",
                headers: [("X-HTTP-Method-Override", "PUT")])
            #expect(renamed.status == 204)
            let again = await fixture.send(
                "POST", "/issues/\(json).json", as: "devon", "_method=put&issue%5Bdone_ratio%5D=40",
                type: "application/x-www-form-urlencoded")
            #expect(again.status == 204)
            let shown = await fixture.send("GET", "/issues/\(json).json", as: "devon")
            #expect(shown.text.contains("\"subject\":\"four\""))
            #expect(shown.text.contains("\"done_ratio\":40"))
        }
    }

    @Test("a whole object may be sent back as it was read, and changes nothing")
    func wholeObject() async throws {
        try await RedmineFixture.with { fixture in
            let id = await fixture.issue("whole", "\"custom_fields\":[{\"id\":103,\"value\":\"ACME\"}]")
            let shown = await fixture.send("GET", "/issues/\(id).json", as: "devon")
            #expect(await fixture.send("PUT", "/issues/\(id).json", as: "devon", shown.text).status == 204)
            let read = await fixture.send("GET", "/issues/\(id).json?include=journals", as: "devon")
            #expect(read.text.hasSuffix("\"journals\":[]}}"))
        }
    }

    @Test("an answer that the client has is 304")
    func conditional() async throws {
        try await RedmineFixture.with { fixture in
            let first = await fixture.send("GET", "/issue_statuses.json")
            let tag = try #require(first.response.headers["ETag"])
            let second = await fixture.send("GET", "/issue_statuses.json", headers: [("If-None-Match", tag)])
            #expect(second.status == 304)
            #expect(second.text.isEmpty)
        }
    }

    @Test("while programs may not sign in, credentials are not looked at and refusals are 403")
    func apiOff() async throws {
        try await RedmineFixture.with { fixture in
            var settings = fixture.workspace.catalog.settings
            settings.apiEnabled = false
            let changed = settings
            try await fixture.workspace.write(as: .system) { try $0.put(changed) }
            #expect(await fixture.send("GET", "/issues.json", as: "admin").status == 200)
            #expect(await fixture.send("GET", "/users/current.json", as: "admin").status == 403)
            #expect(await fixture.send("POST", "/issues.json", as: "admin", "{\"issue\":{}}").status == 403)
        }
    }

    @Test("where signing in is required, visitors read nothing")
    func signInRequired() async throws {
        try await RedmineFixture.with { fixture in
            var settings = fixture.workspace.catalog.settings
            settings.signInRequired = true
            let changed = settings
            try await fixture.workspace.write(as: .system) { try $0.put(changed) }
            #expect(await fixture.send("GET", "/issue_statuses.json").status == 401)
            #expect(await fixture.send("GET", "/projects/alpha.json").status == 401)
            #expect(await fixture.send("GET", "/issue_statuses.json", as: "nora").status == 200)
        }
    }

    @Test("a callback wraps JSON only where that is switched on")
    func callback() async throws {
        try await RedmineFixture.with { fixture in
            let wrapped = await fixture.send("GET", "/issue_statuses.json?callback=a-b.c%281%29")
            #expect(wrapped.text.hasPrefix("ab.c1({\"issue_statuses\":["))
            #expect(wrapped.text.hasSuffix("]})"))
            var settings = fixture.workspace.catalog.settings
            settings.frontEndOptions = [:]
            let changed = settings
            try await fixture.workspace.write(as: .system) { try $0.put(changed) }
            #expect(await fixture.send("GET", "/issue_statuses.json?callback=x").text.hasPrefix("{"))
        }
    }

    @Test("relations in a circle, to itself and twice are told apart")
    func relations() async throws {
        try await RedmineFixture.with { fixture in
            let a = await fixture.issue("a")
            let b = await fixture.issue("b")
            func relate(_ from: Int64, _ to: Int64, _ kind: String) async -> RedmineFixture.Answer {
                await fixture.send(
                    "POST", "/issues/\(from)/relations.json", as: "devon",
                    "{\"relation\":{\"issue_to_id\":\(to),\"relation_type\":\"\(kind)\"}}")
            }
            #expect(await relate(b, a, "blocked").text.contains("\"issue_id\":\(a),\"issue_to_id\":\(b)"))
            #expect(await relate(a, b, "blocks").text.contains("has already been taken"))
            #expect(await relate(b, a, "blocks").text.contains("circular dependency"))
            #expect(await relate(a, a, "relates").text.contains("Related issue is invalid"))
            #expect(await relate(a, 999_999, "relates").text.contains("Related issue cannot be blank"))
            #expect(await relate(a, b, "bogus").text.contains("Relation type is not included in the list"))
        }
    }
}
