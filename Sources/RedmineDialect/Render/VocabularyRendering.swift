import ParleyHTTP
import ParleyModel
import ParleyService

/// A role with what it allows, in Redmine's words.
struct RoleRendering {
    let role: Role
    private let grants: [Grant]

    init(_ role: Role, _ catalog: Catalog) {
        self.role = role
        grants = role.grants + role.includes.flatMap { catalog.records.roles[$0]?.grants ?? [] }
    }

    func write(into part: inout DocumentWriter) {
        part.member("id", role.id)
        part.member("name", role.name)
        part.member("assignable", role.assignable)
        part.member("issues_visibility", issuesVisibility)
        part.member("time_entries_visibility", holds(.viewTimeEntries) == false ? "own" : "all")
        part.member(
            "users_visibility", grants.contains(where: People.showsUsers) ? "all" : "members_of_visible_projects")
        part.list("permissions", of: "permission", permissions)
    }

    /// Whether an action is allowed always (true), under conditions (false), or not at all (nil).
    private func holds(_ action: Action) -> Bool? {
        let given = grants.filter { $0.actions.contains(action) && $0.classes == nil }
        return given.isEmpty ? nil : given.contains { $0.condition == .always }
    }

    private var issuesVisibility: String {
        if holds(.viewIssues) == false { return "own" }
        return holds(.viewPrivateIssues) ?? false ? "all" : "default"
    }

    private var permissions: [String] {
        let held = grants.filter { $0.classes == nil && $0.fields == nil }.reduce(into: Set<Action>()) {
            $0.formUnion($1.actions)
        }
        return RoleRendering.known.filter { held.contains(Action(rawValue: $0)) }
    }

    /// Redmine's permissions in its order; what only others ask for is left out.
    private static let known = [
        "add_project", "edit_project", "close_project", "delete_project", "select_project_modules", "manage_members",
        "manage_versions", "add_subprojects", "manage_public_queries", "save_queries", "view_issues", "add_issues",
        "edit_issues", "edit_own_issues", "copy_issues", "manage_issue_relations", "manage_subtasks",
        "set_issues_private",
        "set_own_issues_private", "add_issue_notes", "edit_issue_notes", "edit_own_issue_notes", "view_private_notes",
        "set_notes_private", "delete_issues", "view_issue_watchers", "add_issue_watchers", "delete_issue_watchers",
        "import_issues", "manage_categories", "view_time_entries", "log_time", "edit_time_entries",
        "edit_own_time_entries", "manage_project_activities", "log_time_for_other_users", "import_time_entries",
        "view_news", "manage_news", "comment_news", "view_documents", "add_documents", "edit_documents",
        "delete_documents",
        "view_files", "manage_files", "view_wiki_pages", "view_wiki_edits", "export_wiki_pages", "edit_wiki_pages",
        "rename_wiki_pages", "delete_wiki_pages", "delete_wiki_pages_attachments", "view_wiki_page_watchers",
        "add_wiki_page_watchers", "delete_wiki_page_watchers", "protect_wiki_pages", "manage_wiki", "view_changesets",
        "browse_repository", "commit_access", "manage_related_issues", "manage_repository", "view_messages",
        "add_messages",
        "edit_messages", "edit_own_messages", "delete_messages", "delete_own_messages", "view_message_watchers",
        "add_message_watchers", "delete_message_watchers", "manage_boards", "view_calendar", "view_gantt",
    ]
}

/// The definition of a custom field.
struct FieldDefinitionRendering {
    let catalog: Catalog

    func write(_ field: Field, into part: inout DocumentWriter) {
        part.member("id", field.id)
        part.member("name", field.name)
        part.member("customized_type", FieldDefinitionRendering.owner(field.object))
        part.member("field_format", FieldDefinitionRendering.format(field.type))
        part.member("regexp", field.limits.pattern ?? "")
        part.member("min_length", field.limits.minimumLength)
        part.member("max_length", field.limits.maximumLength)
        part.member("is_required", field.required)
        part.member("is_filter", field.filter)
        part.member("searchable", field.searchable)
        part.member("multiple", field.multiple)
        let standard = field.defaultValues.first.map { CustomFieldRendering(catalog: catalog).text($0, field) }
        part.member("default_value", standard)
        part.member("visible", field.visibleTo == nil)
        writeChoices(field, into: &part)
        if field.object == .issue { writeScope(field, into: &part) }
    }

    private func writeChoices(_ field: Field, into part: inout DocumentWriter) {
        let choices: [(String, String)]
        switch field.type {
        case .boolean: choices = [("1", "Yes"), ("0", "No")]
        case .list, .openList:
            choices = field.listValues.filter { !$0.hidden }.sorted { ($0.rank, $0.id) < ($1.rank, $1.id) }
                .map { ($0.label, $0.label) }
        default: return
        }
        part.array("possible_values", of: "possible_value") { items in
            for (value, label) in choices {
                items.item { item in
                    item.member("value", value)
                    item.member("label", label)
                }
            }
        }
    }

    private func writeScope(_ field: Field, into part: inout DocumentWriter) {
        part.array("trackers", of: "tracker") { items in
            for type in catalog.types where field.types?.contains(type.id) ?? true {
                items.referenceItem(id: type.id, title: type.name)
            }
        }
        part.array("roles", of: "role") { items in
            for role in catalog.roles where field.visibleTo?.contains(role.id) ?? false {
                items.referenceItem(id: role.id, title: role.name)
            }
        }
    }

    private static func owner(_ object: Field.Object) -> String {
        switch object {
        case .issue: "issue"
        case .project: "project"
        case .user: "user"
        case .group: "group"
        case .timeEntry: "time_entry"
        case .version: "version"
        case .enumeration: "enumeration"
        }
    }

    private static func format(_ type: FieldType) -> String {
        switch type {
        case .text: "string"
        case .longText: "text"
        case .integer: "int"
        case .number, .duration, .computed: "float"
        case .boolean: "bool"
        case .uri: "link"
        case .date, .instant: "date"
        case .list, .status, .priority, .type, .category, .label, .project, .tracker, .issue: "list"
        case .openList: "enumeration"
        case .version: "version"
        case .principal: "user"
        case .file: "attachment"
        }
    }
}
