import ParleyHTTP
import ParleyModel
import ParleyService

extension RouteTable {
    static let vocabularyRoutes = [
        Route(.get, "issue_statuses") { $0.listStatuses() },
        Route(.get, "trackers") { $0.listTrackers() },
        Route(.get, "enumerations/:") { try $0.listEnumeration() },
        Route(.get, "roles") { $0.listRoles() },
        Route(.get, "roles/:") { try $0.showRole() },
        Route(.get, "custom_fields") { try $0.listCustomFields() },
        Route(.get, "queries") { $0.listQueries() },
    ]
}

extension Call {
    func listStatuses() -> Response {
        found(
            list("issue_statuses", of: "issue_status") { items in
                for status in catalog.statuses {
                    items.item { part in
                        part.member("id", status.id)
                        part.member("name", status.name)
                        part.member("is_closed", status.isClosed)
                    }
                }
            })
    }

    func listTrackers() -> Response {
        found(
            list("trackers", of: "tracker") { items in
                for type in catalog.types { items.item { write(type, into: &$0) } }
            })
    }

    private func write(_ type: IssueType, into part: inout DocumentWriter) {
        part.member("id", type.id)
        part.member("name", type.name)
        let workflow = (type.workflow ?? catalog.settings.defaultWorkflow).flatMap { catalog.records.workflows[$0] }
        let initial = type.defaultStatus ?? workflow?.defaultStatus ?? catalog.statuses.first?.id
        if let status = initial.flatMap({ catalog.records.statuses[$0] }) {
            part.reference("default_status", id: status.id, title: status.name)
        }
        part.member("description", type.description.isEmpty ? nil : type.description)
        part.array("enabled_standard_fields", of: "field") { items in
            for (name, field) in Call.standardFields where !type.disabledFields.contains(field) { items.item(name) }
        }
    }

    private static let standardFields: [(String, BuiltinField)] = [
        ("assigned_to_id", .assignee), ("category_id", .category), ("fixed_version_id", .version),
        ("parent_issue_id", .parent), ("start_date", .startDate), ("due_date", .dueDate),
        ("estimated_hours", .estimate),
        ("done_ratio", .progress), ("description", .description),
    ]

    // MARK: enumerations

    func listEnumeration() throws -> Response {
        switch segments[1] {
        case "issue_priorities": return found(priorities())
        case "time_entry_activities":
            return found(enumeration("time_entry_activities", of: "time_entry_activity", .activity))
        case "document_categories":
            return found(enumeration("document_categories", of: "document_category", .documentCategory))
        default: throw Refusal.status(404)
        }
    }

    private func priorities() -> [UInt8] {
        list("issue_priorities", of: "issue_priority") { items in
            for entry in catalog.priorities {
                items.item { Call.write(entry.id, entry.name, entry.isDefault, entry.active, into: &$0) }
            }
            if catalog.priorities.isEmpty {
                items.item {
                    Call.write(PriorityID(Quirks.onlyPriority.id), Quirks.onlyPriority.name, true, true, into: &$0)
                }
            }
        }
    }

    private func enumeration(_ name: DocumentName, of item: DocumentName, _ kind: Enumeration.Kind) -> [UInt8] {
        list(name, of: item) { items in
            for entry in catalog.enumerations(kind) {
                items.item { part in
                    Call.write(entry.id, entry.name, entry.isDefault, entry.active, into: &part)
                    CustomFieldRendering(catalog: catalog).write(
                        catalog.fields(of: .enumeration), entry.values, into: &part)
                }
            }
        }
    }

    private static func write<E>(
        _ id: Identifier<E>, _ name: String, _ isDefault: Bool, _ active: Bool, into part: inout DocumentWriter
    ) {
        part.member("id", id)
        part.member("name", name)
        part.member("is_default", isDefault)
        part.member("active", active)
    }

    // MARK: roles

    /// Those that can be given; all who may enter may know them.
    func listRoles() -> Response {
        found(
            list("roles", of: "role") { items in
                for role in catalog.roles where role.builtin == nil {
                    items.item { part in
                        part.member("id", role.id)
                        part.member("name", role.name)
                    }
                }
            })
    }

    func showRole() throws -> Response {
        guard let role = catalog.records.roles[RoleID(try number(1))], role.stamp.retired == nil else {
            throw Refusal.status(404)
        }
        let shown = RoleRendering(role, catalog)
        return found(document("role") { shown.write(into: &$0) })
    }

    // MARK: custom fields

    func listCustomFields() throws -> Response {
        try requireAdministrator()
        let rendering = FieldDefinitionRendering(catalog: catalog)
        return found(
            list("custom_fields", of: "custom_field") { items in
                for field in catalog.fields { items.item { rendering.write(field, into: &$0) } }
            })
    }

    // MARK: queries

    /// Public ones and one's own, by name, as far as their projects are seen.
    func listQueries() -> Response {
        let access = access
        let shown = catalog.records.savedQueries.values.filter { query in
            guard query.stamp.retired == nil, SavedQueries.isOfIssues(query), SavedQueries.isVisible(query, to: access)
            else {
                return false
            }
            guard let project = query.project else { return true }
            return catalog.records.projects[project].map { access.sees($0) } ?? false
        }.sorted { ($0.name.lowercased(), $0.id) < ($1.name.lowercased(), $1.id) }
        return found(
            page("queries", of: "query", shown) { query, part in
                part.member("id", query.id)
                part.member("name", query.name)
                part.member("is_public", query.visibility == .all)
                part.member("project_id", query.project)
            })
    }
}
