import ParleyHTTP
import ParleyModel
import ParleyService

/// A project as Redmine shows it, in lists and alone.
struct ProjectRendering {
    let catalog: Catalog
    let access: Access
    /// Associations that are asked for.
    let includes: Set<String>

    /// Redmine's number of a project's status.
    static func status(_ project: Project) -> String {
        Project.Status.allWords.first { $0.word == project.status.rawValue }?.number ?? "1"
    }

    /// - Parameter alone: with what only the single resource has.
    func write(_ project: Project, alone: Bool, into part: inout DocumentWriter) {
        part.member("id", project.id)
        part.member("name", project.name)
        part.member("identifier", project.identifier)
        part.member("description", project.description)
        if alone { part.member("homepage", project.homepage) }
        if let parent = project.parent.flatMap({ catalog.records.projects[$0] }), access.sees(parent) {
            part.reference("parent", id: parent.id, title: parent.name)
        }
        part.member("status", DocumentScalar.literal(ProjectRendering.status(project)))
        part.member("is_public", project.isPublic)
        part.member("inherit_members", project.inheritsMembers)
        if alone { writeDefaults(project, into: &part) }
        CustomFieldRendering(catalog: catalog).write(catalog.fields(of: .project), project.values, into: &part)
        if !includes.isEmpty { writeIncludes(project, into: &part) }
        part.member("created_on", project.stamp.created)
        part.member("updated_on", project.stamp.modified)
    }

    private func writeDefaults(_ project: Project, into part: inout DocumentWriter) {
        if let version = project.defaults.version.flatMap({ catalog.records.versions[$0] }) {
            part.reference("default_version", id: version.id, title: version.name)
        }
        if let assignee = project.defaults.assignee {
            part.reference("default_assignee", id: assignee, title: catalog.name(of: assignee) ?? "")
        }
    }

    private func writeIncludes(_ project: Project, into part: inout DocumentWriter) {
        if includes.contains("trackers") {
            part.array("trackers", of: "tracker") { items in
                for type in catalog.types(of: project.id) { items.referenceItem(id: type.id, title: type.name) }
            }
        }
        if includes.contains("issue_categories") {
            part.array("issue_categories", of: "issue_category") { items in
                for entry in catalog.categories(of: project.id) { items.referenceItem(id: entry.id, title: entry.name) }
            }
        }
        if includes.contains("time_entry_activities") {
            part.array("time_entry_activities", of: "time_entry_activity") { items in
                for entry in catalog.enumerations(.activity, project: project.id) where entry.active {
                    items.referenceItem(id: entry.id, title: entry.name)
                }
            }
        }
        if includes.contains("enabled_modules") { writeModules(project, into: &part) }
        if includes.contains("issue_custom_fields") {
            part.array("issue_custom_fields", of: "custom_field") { items in
                for field in catalog.fields(of: .issue) where ChosenFields.contains(field, project) {
                    items.referenceItem(id: field.id, title: field.name)
                }
            }
        }
    }

    /// Tools that Redmine has a word for, each kind once.
    private func writeModules(_ project: Project, into part: inout DocumentWriter) {
        part.array("enabled_modules", of: "enabled_module") { items in
            var seen: Set<ToolChoice> = []
            for tool in catalog.tools(of: project.id) {
                let choice = ToolChoice(tool)
                guard let name = Modules.name(choice), seen.insert(choice).inserted else { continue }
                items.referenceItem(id: tool.id, title: name)
            }
        }
    }
}
