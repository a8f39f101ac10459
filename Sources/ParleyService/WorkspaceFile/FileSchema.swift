import ParleyModel

/// The format of workspace files: the same as `docs/workspace.schema.json`, and in the same order.
enum FileSchema {
    // MARK: scalars

    static let name = FileRule.text(1...255)
    static let shortText = FileRule.text(0...4096)
    static let longText = FileRule.text(0...1_048_576)
    static let login = FileRule.text(1...255)
    static let names = FileRule.distinct(name)
    static let logins = FileRule.distinct(login, 0...10_000)
    static let someNames = FileRule.distinct(name, 1...10_000)
    static let wholeNumber = FileRule.integer(-9_007_199_254_740_991...9_007_199_254_740_991)
    static let count = FileRule.integer(0...9_007_199_254_740_991)
    static let textFormat = FileRule.choice(TextFormat.allCases.map(\.rawValue))
    static let identifier = FileRule.form("an identifier of a-z, 0-9, _ and - that is no number") { text in
        isWord(text) && !text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }
    static let mountPoint = FileRule.form("a mount point of a-z, 0-9, _ and -", isWord)
    static let date = FileRule.form("a date such as 2030-01-31") { CivilDate(iso8601: $0) != nil }
    static let instant = FileRule.form("a moment such as 2030-01-31T09:30:00Z") { FileValues.instant($0) != nil }
    static let base64 = FileRule.form("base64 of at most 8388608 characters") {
        $0.utf8.count <= 8_388_608 && FileValues.octets(base64: $0) != nil
    }
    static let pattern = FileRule.form("a regular expression of at most 4096 characters") {
        $0.unicodeScalars.count <= 4096 && (try? Regex($0)) != nil
    }
    static let scalars = FileRule.either([.scalar, .list(.scalar, 100)])
    static let options = FileRule.dictionary(key: name, value: scalars, limit: 100)
    static let values = FileRule.dictionary(key: name, value: .either([.nothing, scalars]), limit: 1000)
    static let attributes = FileRule.dictionary(
        key: name, value: .dictionary(key: name, value: .anything, limit: 100), limit: 100)

    private static func isWord(_ text: String) -> Bool {
        (1...100).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F || $0 == 0x2D
            }
    }

    // MARK: the file

    static let file = FileRule.map(
        FileShape(
            [
                "format": .integer(1...1), "settings": settings, "statuses": .list(status),
                "priorities": .list(priority),
                "types": .list(type), "activities": .list(enumeration), "documentCategories": .list(enumeration),
                "linkTypes": .list(linkType), "classifiers": .list(classifier), "workflows": .list(workflow),
                "roles": .list(role), "grants": grants, "users": .list(user, 100_000), "groups": .list(group),
                "members": .list(member), "fields": .list(field), "labels": names, "savedQueries": .list(savedQuery),
                "projects": .list(project),
            ],
            required: ["format"], freePrefix: "x-"))

    static let settings = FileRule.map(
        FileShape([
            "name": name, "language": .text(0...35), "timeZone": .text(0...64), "textFormat": textFormat,
            "apiEnabled": .boolean,
            "signInRequired": .boolean, "fileSizeLimit": count, "temporaryFileQuota": count,
            "passwordMinimumLength": .integer(0...255), "loginPattern": pattern, "workflow": name, "rules": rules,
            "dialectOptions": .dictionary(key: name, value: options, limit: 100),
        ]))

    private static let switches = Dictionary(
        uniqueKeysWithValues: DataRules.switchPaths.map { ($0.name, FileRule.boolean) })
    static let ruleSwitches = FileRule.map(FileShape(switches))
    static let rules = FileRule.map(
        FileShape(
            switches.merging([
                "assignable": .choice(["byPermission", "allUsers"]), "deletionsPerDay": .either([.nothing, count]),
                "titleMaximumLength": .either([.nothing, .integer(1...9_007_199_254_740_991)]),
            ]) { first, _ in first }))

    // MARK: words

    static let status = FileRule.map(
        FileShape(
            [
                "name": name, "key": name, "category": .choice(Status.Category.allCases.map(\.rawValue)),
                "rank": .number,
                "description": shortText, "defaultProgress": .integer(0...100), "aliases": names, "retired": .boolean,
            ], required: ["name", "category"]))

    static let priority = FileRule.map(
        FileShape(
            [
                "name": name, "rank": .number, "number": wholeNumber, "low": wholeNumber, "high": wholeNumber,
                "default": .boolean, "active": .boolean, "retired": .boolean,
            ], required: ["name", "number"]))

    static let builtinField = FileRule.choice(BuiltinField.allCases.map { "\($0)" })

    static let type = FileRule.map(
        FileShape(
            [
                "name": name, "description": shortText, "defaultStatus": name, "workflow": name,
                "disabledFields": .distinct(builtinField), "inRoadmap": .boolean, "retired": .boolean,
            ], required: ["name"]))

    static let enumeration = FileRule.map(
        FileShape(
            ["name": name, "default": .boolean, "active": .boolean], required: ["name"]))

    static let linkType = FileRule.map(
        FileShape(
            [
                "name": name, "forward": name, "reverse": name, "symmetric": .boolean,
                "effect": .choice(["none", "hierarchy", "blocks", "precedes", "duplicates"]), "system": .boolean,
            ], required: ["name", "forward", "reverse"]))

    static let classifier = FileRule.map(
        FileShape(
            [
                "id": .integer(1...9_007_199_254_740_991), "kind": name, "shortName": name, "fullName": name,
                "fullPath": shortText, "parent": .integer(1...9_007_199_254_740_991),
            ], required: ["id", "kind", "shortName", "fullName", "fullPath"]))

    // MARK: workflows

    static let workflow = FileRule.map(
        FileShape(
            [
                "name": name, "statuses": someNames, "default": name, "transitions": .list(transition),
                "fieldRules": .list(
                    .map(
                        FileShape(
                            [
                                "statuses": someNames, "field": name, "rule": .choice(["readOnly", "required"]),
                                "subjects": subjects,
                                "types": someNames,
                            ], required: ["statuses", "field", "rule"]))),
                "dateRules": .list(
                    .map(
                        FileShape(
                            [
                                "left": name, "right": name,
                                "comparison": .choice(["equal", "less", "lessOrEqual", "greater", "greaterOrEqual"]),
                            ], required: ["left", "comparison", "right"])), 1000),
                "listDependencies": .list(
                    .map(
                        FileShape(
                            ["source": name, "sourceValue": name, "target": name, "targetValues": someNames],
                            required: ["source", "sourceValue", "target", "targetValues"]))),
                "commentMoves": .list(
                    .map(
                        FileShape(
                            ["from": someNames, "to": name, "audience": .choice(["any", "everyone"])],
                            required: ["from", "to"])),
                    100),
            ], required: ["name", "statuses", "default"]))

    static let transition = FileRule.map(
        FileShape(
            [
                "from": .either([.nothing, .choice(["all"]), someNames]), "to": .either([.choice(["all"]), someNames]),
                "subjects": subjects, "types": someNames, "condition": .choice(["always", "isAuthor", "isAssignee"]),
                "commentRequired": .boolean, "fieldsRequired": someNames,
            ], required: ["from", "to"]))

    // MARK: grants

    static let subjectNames = ["everybody", "signedIn", "privileged", "nonMember", "anonymous"]
    static let subject = FileRule.either([
        .choice(subjectNames),
        .map(FileShape(["role": name, "user": login, "group": name], exclusive: ["role", "user", "group"])),
    ])
    static let subjects = FileRule.list(subject, 100)
    static let access = FileRule.map(FileShape(["read": subjects, "submit": subjects, "update": subjects]))
    static let classNames = [
        "user", "group", "role", "status", "priority", "type", "label", "enumeration", "query", "file", "post",
    ]
    static let fieldActions = ["read", "submit", "update", "search"]
    static let classActions = ["view", "create", "edit", "retire", "restore", "search", "register"]

    static let oneCondition = FileRule.either([
        .choice(["always", "isAuthor", "isAssignee", "isSelf", "isCreator"]),
        .map(
            FileShape(
                [
                    "participates": .choice(["requestor", "watcher", "adminWatcher"]),
                    "attribute": .map(
                        FileShape(
                            ["field": name, "in": .list(.scalar, 1...100, distinct: false)],
                            required: ["field", "in"])),
                ], exclusive: ["participates", "attribute"])),
    ])

    /// The actions that go with `fields` and `classes` are told apart in `FileChecks`.
    static let grant = FileRule.map(
        FileShape(
            [
                "subject": subject, "scope": .choice(["publicProjects"]), "types": .distinct(name, 1...1000),
                "condition": .either([oneCondition, .list(oneCondition, 1...10, distinct: false)]),
                "actions": .either([
                    .choice(["all"]), .distinct(.choice(FileActions.all + fieldActions + classActions), 1...1000),
                ]),
                "fields": .either([.choice(["all", "builtin", "custom"]), someNames]),
                "classes": .either([
                    .distinct(.choice(classNames), 1...100),
                    .dictionary(key: .choice(classNames), value: .distinct(name, 1...1000), limit: 100),
                ]),
            ], required: ["actions"]))
    static let grants = FileRule.list(grant, 1000)

    // MARK: people

    static let role = FileRule.map(
        FileShape(
            [
                "name": name, "builtin": .choice(["nonMember", "anonymous"]), "includes": names,
                "actions": .either([.choice(["all"]), .distinct(.choice(FileActions.all))]), "grants": grants,
            ], required: ["name"]))

    static let credential = FileRule.map(
        FileShape(
            [
                "kind": .choice(["key", "token", "consumer"]), "protocol": .choice(["oauth1", "oauth2"]), "name": name,
                "description": shortText, "consumer": shortText, "key": .text(1...255), "secret": .text(1...4096),
                "callbacks": .list(.text(0...2048), 20), "scopes": names, "expires": instant,
            ], required: ["kind", "key"]))

    static let user = FileRule.map(
        FileShape(
            [
                "login": login, "builtin": .choice(["anonymous"]), "password": .either([.nothing, .text(0...1024)]),
                "api_key": .text(8...255), "apiKeyScopes": names, "credentials": .list(credential, 100),
                "first": shortText,
                "last": shortText, "realName": shortText, "email": .either([.nothing, .text(0...254)]),
                "addresses": .distinct(.text(0...254), 0...20), "admin": .boolean, "privileged": .boolean,
                "status": .choice(["active", "registered", "locked"]), "mustChangePassword": .boolean,
                "retired": .boolean,
                "preferences": .map(
                    FileShape([
                        "textFormat": textFormat, "timeZone": .text(0...64), "language": .text(0...35),
                        "watchesWhatTheyChange": .boolean, "mailNotification": name, "hidesAddress": .boolean,
                        "pageSize": .integer(0...1000),
                    ])),
                "values": values, "attributes": attributes, "queries": names,
            ], required: ["login"]))

    static let group = FileRule.map(
        FileShape(
            ["name": name, "description": shortText, "members": logins, "values": values], required: ["name"]))

    static let member = FileRule.map(
        FileShape(
            ["user": login, "group": name, "roles": someNames], required: ["roles"], exclusive: ["user", "group"]))
}
