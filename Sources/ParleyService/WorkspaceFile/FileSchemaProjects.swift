import ParleyModel

extension FileSchema {
    // MARK: fields

    static let listValue = FileRule.either([
        name, .map(FileShape(["label": name, "hidden": .boolean, "color": .text(0...32)], required: ["label"])),
    ])

    private static let fieldKeys: [String: FileRule] = [
        "name": name, "label": name, "type": .choice(FieldType.allCases.map(\.rawValue)), "multiple": .boolean,
        "description": shortText, "values": .list(listValue),
        "choices": .either([
            .choice(["members", "users"]),
            .list(
                .map(FileShape(["role": name, "group": name], exclusive: ["role", "group"])), 1...100, distinct: false),
        ]),
        "limits": .map(FileShape(["minimumLength": count, "maximumLength": count, "pattern": pattern])),
        "default": scalars, "required": .boolean, "filter": .boolean, "searchable": .boolean, "time": .boolean,
        "types": someNames, "access": access,
    ]

    static let field = FileRule.map(
        FileShape(
            fieldKeys.merging([
                "object": .choice(Field.Object.allCases.map(\.rawValue)), "projects": .distinct(identifier, 0...10_000),
                "visibleTo": names, "retired": .boolean,
            ]) { first, _ in first }, required: ["name", "type"]))

    /// Which of `field`, `type` and `kind` go together is told in `FileChecks`.
    static let element: FileRule = .map(
        FileShape(
            fieldKeys.merging([
                "kind": .form("a word of letters and digits") { $0.wholeMatch(of: /[a-z][a-zA-Z0-9]{0,31}/) != nil },
                "field": name, "options": options, "children": .list(.later { FileSchema.element }, 1000),
            ]) { first, _ in first }, required: ["name"]))

    // MARK: projects

    static let version = FileRule.map(
        FileShape(
            [
                "name": name, "description": shortText, "status": .choice(Version.Status.allCases.map(\.rawValue)),
                "due": date,
                "sharing": .choice(Version.Sharing.allCases.map(\.rawValue)), "default": .boolean, "page": name,
                "values": values,
            ], required: ["name"]))

    static let savedQuery = FileRule.map(
        FileShape(
            [
                "name": name, "owner": login,
                "visibility": .either([
                    .choice(["owner", "all"]), .map(FileShape(["roles": someNames], required: ["roles"])),
                ]),
                "object": .choice(["issue", "user", "timeEntry", "project"]), "namespace": name,
                "text": .text(0...65_536),
                "columns": names, "sort": names, "default": .boolean,
            ], required: ["name", "namespace", "text"]))

    static let project = FileRule.map(
        FileShape(
            [
                "identifier": identifier, "aliases": .distinct(name, 0...100), "name": name, "description": longText,
                "summary": shortText, "homepage": .text(0...2048), "parent": .either([.nothing, identifier]),
                "public": .boolean, "status": .choice(["active", "closed", "archived"]), "inheritsMembers": .boolean,
                "defaults": .map(
                    FileShape([
                        "tracker": mountPoint, "version": name, "assignee": login, "initialPriority": wholeNumber,
                        "finalPriority": wholeNumber, "duePeriodDays": .integer(0...36_500),
                    ])),
                "participants": .map(FileShape(["requestors": logins, "watchers": logins, "adminWatchers": logins])),
                "tags": names, "classifiers": .distinct(.integer(1...9_007_199_254_740_991)), "values": values,
                "attributes": attributes, "files": .list(storedFile, 100), "rules": ruleSwitches, "grants": grants,
                "members": .list(member), "groups": .list(group, 1000),
                "categories": .list(.map(FileShape(["name": name, "assignee": login], required: ["name"]))),
                "versions": .list(version), "labels": names, "savedQueries": .list(savedQuery, 1000),
                "tools": .list(tool, 100),
            ], required: ["identifier", "name"]))

    static let toolKinds = Tool.Kind.allCases.map(\.rawValue)

    /// Which keys go with which kind is told in `FileChecks`.
    static let tool = FileRule.either([
        .choice(toolKinds),
        .map(
            FileShape(
                [
                    "kind": .choice(toolKinds), "mountPoint": mountPoint, "label": name, "inheritsAccess": .boolean,
                    "grants": grants, "options": options, "rules": ruleSwitches,
                    "itemName": .form("an item name of letters, digits, _ and -") {
                        $0.wholeMatch(of: /[A-Za-z0-9_-]{1,100}/) != nil
                    },
                    "description": shortText, "color": .text(0...32), "types": someNames, "workflow": name,
                    "form": .list(element, 1...1000, distinct: false), "fields": .list(element, 1000),
                    "semantics": .map(
                        FileShape(["title": name, "description": name, "status": name, "assignee": name])),
                    "childTrackers": .distinct(mountPoint), "versions": .list(version),
                    "savedQueries": .list(savedQuery, 1000),
                    "issues": .list(issue, 100_000), "pages": .list(page, 100_000), "articles": .list(article, 100_000),
                    "forums": .list(forum, 1000),
                ], required: ["kind"])),
    ])

    // MARK: contents

    static let storedFile = FileRule.map(
        FileShape(
            ["name": name, "field": name, "type": name, "description": shortText, "author": login, "base64": base64],
            required: ["name", "base64"]))

    static let comment = FileRule.map(
        FileShape(
            ["author": login, "text": longText, "format": textFormat, "internal": .boolean],
            required: ["author", "text"]))

    static let issue = FileRule.map(
        FileShape(
            [
                "key": name, "title": .text(0...4096), "type": name, "author": login, "created": instant,
                "description": longText,
                "format": textFormat, "status": name, "priority": name, "priorityNumber": wholeNumber,
                "assignee": login,
                "category": name, "version": name, "labels": names, "parent": name, "startDate": date, "dueDate": date,
                "progress": .integer(0...100), "private": .boolean, "retired": .boolean, "requestors": logins,
                "watchers": logins, "adminWatchers": logins, "values": values, "comments": .list(comment, 1000),
                "votes": .map(FileShape(["up": logins, "down": logins])), "files": .list(storedFile, 100),
            ], required: ["title", "author"]))

    static let page = FileRule.map(
        FileShape(
            [
                "title": name, "parent": name, "author": login, "text": longText, "format": textFormat,
                "comment": shortText,
                "labels": names, "protected": .boolean, "files": .list(storedFile, 100),
            ], required: ["title", "author", "text"]))

    static let article = FileRule.map(
        FileShape(
            [
                "title": name, "author": login, "summary": shortText, "text": longText, "format": textFormat,
                "slug": .form("a slug of a-z, 0-9, _ and -") { $0.wholeMatch(of: /[a-z0-9_-]{1,255}/) != nil },
                "state": .choice(["draft", "published"]), "labels": names, "comments": .list(comment, 1000),
                "files": .list(storedFile, 100),
            ], required: ["title", "author", "text"]))

    static let forum = FileRule.map(
        FileShape(
            ["shortName": .text(1...100), "name": name, "description": shortText, "topics": .list(topic)],
            required: ["shortName", "name"]))

    static let topic = FileRule.map(
        FileShape(
            [
                "subject": name, "sticky": .boolean, "locked": .boolean,
                "posts": .list(
                    .map(
                        FileShape(
                            [
                                "author": login, "text": longText, "format": textFormat,
                                "replyTo": .integer(0...10_000),
                            ], required: ["author", "text"])), 1...10_000, distinct: false),
            ], required: ["subject", "posts"]))
}

/// The words for what a grant allows on issues and projects.
enum FileActions {
    static let all = """
        use_api use_web use_mail use_xmlrpc view_project add_project add_subprojects edit_project close_project
        delete_project select_project_modules manage_members manage_versions manage_categories manage_project_activities
        view_calendar view_gantt configure_tool view_issues view_private_issues view_retired add_issues edit_issues
        edit_own_issues copy_issues import_issues manage_issue_relations manage_subtasks set_issues_private
        set_own_issues_private own_issues take_issues steal_issues watch watch_as_admin view_issue_watchers
        add_issue_watchers delete_issue_watchers retire_issues restore_issues delete_issues vote view_unattached
        add_issue_notes add_private_notes edit_issue_notes edit_own_issue_notes view_private_notes set_notes_private
        view_outgoing_mail moderate_posts post_unmoderated save_queries manage_public_queries view_time_entries log_time
        edit_time_entries edit_own_time_entries log_time_for_other_users import_time_entries view_news manage_news
        comment_news view_documents add_documents edit_documents delete_documents view_files manage_files
        view_wiki_pages view_wiki_edits export_wiki_pages edit_wiki_pages rename_wiki_pages delete_wiki_pages
        delete_wiki_pages_attachments view_wiki_page_watchers add_wiki_page_watchers delete_wiki_page_watchers
        protect_wiki_pages manage_wiki comment_wiki_pages view_changesets browse_repository commit_access
        manage_related_issues manage_repository view_messages add_messages edit_messages edit_own_messages
        delete_messages delete_own_messages view_message_watchers add_message_watchers delete_message_watchers
        manage_boards
        """.split(whereSeparator: \.isWhitespace).map(String.init)
}
