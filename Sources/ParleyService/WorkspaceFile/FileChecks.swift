import ParleyModel
import ParleyStorage

/// What one value of the file says about another: names given twice, keys that exclude each other.
struct FileChecks {
    let root: FileNode

    init(_ root: FileNode) { self.root = root }

    func run(_ problems: inout FileProblems) {
        distinct(root["statuses"], "status", &problems) { status in
            status["key"]?.text ?? "\(status["name"]?.text ?? "") \(status["category"]?.text ?? "")"
        }
        for (key, word) in [("priorities", "priority"), ("types", "type"), ("linkTypes", "link type")] {
            distinct(root[key], word, &problems) { $0["name"]?.text }
        }
        for (key, word) in [("activities", "activity"), ("documentCategories", "document category"), ("roles", "role")]
        {
            distinct(root[key], word, &problems) { $0["name"]?.text }
        }
        distinct(root["classifiers"], "classifier", &problems) { $0["id"]?.scalarText }
        distinct(root["workflows"], "workflow", &problems) { $0["name"]?.text }
        distinct(root["users"], "user", &problems) { $0["login"]?.text.map(TextFolding.fold) }
        distinct(root["groups"], "group", &problems) { $0["name"]?.text.map(TextFolding.fold) }
        distinct(root["fields"], "field", &problems) { field in
            let places = field["projects"]?.texts.sorted() ?? []
            return "\(field["object"]?.text ?? "issue") \(field["name"]?.text ?? "") \(places)"
        }
        distinct(root["projects"], "project", &problems) { $0["identifier"]?.text }
        checkGrants(root["grants"], "grants", needsSubject: true, &problems)
        checkQueries(root["savedQueries"], &problems)
        checkMembers(root["members"], &problems)
        for role in root["roles"]?.items ?? [] {
            checkGrants(role["grants"], "grants of a role", needsSubject: false, &problems)
        }
        for user in root["users"]?.items ?? [] {
            distinct(user["credentials"], "credential", &problems) {
                "\($0["kind"]?.text ?? "") \($0["key"]?.text ?? "")"
            }
        }
        for field in root["fields"]?.items ?? [] { checkField(field, &problems) }
        for project in root["projects"]?.items ?? [] { checkProject(project, &problems) }
    }

    private func distinct(
        _ list: FileNode?, _ word: String, _ problems: inout FileProblems, key: (FileNode) -> String?
    ) {
        var seen: [String: Int] = [:]
        for item in list?.items ?? [] {
            guard let name = key(item) else { continue }
            if let line = seen[name] {
                problems.add(item.line, "\(word) `\(name)` is declared twice, first in line \(line)")
            } else {
                seen[name] = item.line
            }
        }
    }

    private func checkGrants(_ list: FileNode?, _ path: String, needsSubject: Bool, _ problems: inout FileProblems) {
        for grant in list?.items ?? [] {
            if needsSubject, grant["subject"] == nil {
                problems.add(grant.line, "\(path): the key `subject` is missing")
            }
            if !needsSubject, grant["subject"] != nil {
                problems.add(grant.line, "\(path): no `subject`, it is the role")
            }
            let allowed: [String]
            switch (grant["fields"] != nil, grant["classes"] != nil) {
            case (true, true):
                problems.add(grant.line, "\(path): either `fields` or `classes`")
                continue
            case (true, false): allowed = FileSchema.fieldActions
            case (false, true): allowed = FileSchema.classActions
            case (false, false): allowed = FileActions.all
            }
            if grant["actions"]?.text == "all", allowed.count < 10 {
                problems.add(grant.line, "\(path): `all` is for issues and projects; name the actions here")
            }
            if grant["classes"] != nil, grant["types"] != nil {
                problems.add(grant.line, "\(path): `types` do not go with `classes`")
            }
            for action in grant["actions"]?.items ?? [] where !allowed.contains(action.text ?? "") {
                problems.add(action.line, "\(path): `\(action.text ?? "")` is no action on that")
            }
        }
    }

    private func checkMembers(_ list: FileNode?, _ problems: inout FileProblems) {
        distinct(list, "member", &problems) { member in
            member["user"]?.text.map { "user \(TextFolding.fold($0))" } ?? member["group"]?.text.map { "group \($0)" }
        }
    }

    private func checkQueries(_ list: FileNode?, _ problems: inout FileProblems) {
        distinct(list, "saved query", &problems) { "\($0["owner"]?.text ?? "") \($0["name"]?.text ?? "")" }
    }

    private func checkField(_ field: FileNode, _ problems: inout FileProblems) {
        distinct(field["values"], "value", &problems) { $0.text ?? $0["label"]?.text }
        if let limits = field["limits"], let low = limits["minimumLength"]?.integer,
            let high = limits["maximumLength"]?.integer, low > high
        {
            problems.add(limits.line, "limits: the minimum is above the maximum")
        }
    }

    private func checkProject(_ project: FileNode, _ problems: inout FileProblems) {
        checkGrants(project["grants"], "grants", needsSubject: true, &problems)
        checkQueries(project["savedQueries"], &problems)
        checkMembers(project["members"], &problems)
        distinct(project["groups"], "group", &problems) { $0["name"]?.text.map(TextFolding.fold) }
        for (key, word) in [("categories", "category"), ("versions", "version")] {
            distinct(project[key], word, &problems) { $0["name"]?.text }
        }
        distinct(project["tools"], "tool", &problems) { $0.text ?? $0["mountPoint"]?.text ?? $0["kind"]?.text }
        for tool in project["tools"]?.items ?? [] where tool.map != nil { checkTool(tool, &problems) }
    }

    private static let common: Set<String> = [
        "kind", "mountPoint", "label", "inheritsAccess", "grants", "options", "rules",
    ]
    private static let ofTickets: Set<String> = [
        "itemName", "description", "color", "types", "workflow", "form", "fields", "semantics", "childTrackers",
        "versions",
        "savedQueries", "issues",
    ]

    private func checkTool(_ tool: FileNode, _ problems: inout FileProblems) {
        let kind = tool["kind"]?.text ?? ""
        var allowed = FileChecks.common
        switch kind {
        case "tickets": allowed.formUnion(FileChecks.ofTickets)
        case "wiki": allowed.insert("pages")
        case "blog": allowed.insert("articles")
        case "forum": allowed.insert("forums")
        default: break
        }
        for entry in tool.entries where !allowed.contains(entry.key) {
            problems.add(entry.line, "a tool of kind \(kind) has no `\(entry.key)`")
        }
        if tool["form"] != nil, tool["fields"] != nil { problems.add(tool.line, "either `form` or `fields`") }
        checkGrants(tool["grants"], "grants", needsSubject: true, &problems)
        checkQueries(tool["savedQueries"], &problems)
        distinct(tool["versions"], "version", &problems) { $0["name"]?.text }
        distinct(tool["pages"], "page", &problems) { $0["title"]?.text }
        distinct(tool["articles"], "article", &problems) { $0["slug"]?.text ?? $0["title"]?.text }
        distinct(tool["forums"], "forum", &problems) { $0["shortName"]?.text }
        var names: [String: Int] = [:]
        checkElements(tool["form"] ?? tool["fields"], &names, &problems)
        distinct(tool["issues"], "issue", &problems) { issue in
            "\(issue["title"]?.text ?? "") by \(issue["author"]?.text.map(TextFolding.fold) ?? "")"
        }
        var keys: [String: Int] = [:]
        for issue in tool["issues"]?.items ?? [] {
            guard let key = issue["key"]?.text else { continue }
            if let line = keys[key] {
                problems.add(issue.line, "issue key `\(key)` is given twice, first in line \(line)")
            }
            keys[key] = issue.line
        }
        for forum in tool["forums"]?.items ?? [] {
            distinct(forum["topics"], "topic", &problems) { $0["subject"]?.text }
            for topic in forum["topics"]?.items ?? [] { checkReplies(topic, &problems) }
        }
    }

    private func checkReplies(_ topic: FileNode, _ problems: inout FileProblems) {
        for (index, post) in (topic["posts"]?.items ?? []).enumerated() {
            if let parent = post["replyTo"]?.integer, parent >= Int64(index) {
                problems.add(post.line, "replyTo: \(parent) is not an earlier post")
            }
        }
    }

    private func checkElements(_ list: FileNode?, _ names: inout [String: Int], _ problems: inout FileProblems) {
        for element in list?.items ?? [] {
            let name = element["name"]?.text ?? ""
            if let line = names[name] {
                problems.add(element.line, "element `\(name)` is declared twice, first in line \(line)")
            }
            names[name] = element.line
            let given = ["field", "type", "children"].filter { element[$0] != nil }
            if given.count > 1 {
                problems.add(element.line, "element `\(name)`: \(given.joined(separator: " and ")) exclude each other")
            } else if element["field"] == nil, element["type"] == nil, element["kind"] == nil {
                problems.add(element.line, "element `\(name)`: one of field, type, kind is needed")
            }
            checkField(element, &problems)
            checkElements(element["children"], &names, &problems)
        }
    }
}
