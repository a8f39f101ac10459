import ParleyModel
import ParleyService

/// RT's SLA is the workspace's field of that name, a text, where there is one; it is not among the custom fields then.
enum ServiceLevel {
    /// As RT spells it.
    static let title = "SLA"

    static func isKept(in field: Field) -> Bool {
        field.name == title && field.type == .text && !field.multiple
    }

    /// The field that keeps it.
    static func field(in catalog: Catalog) -> Field? { catalog.fields(of: .issue).first(where: isKept) }

    /// Whether tickets of a queue tell it. Of a queue that is not seen RT does not know that it has none.
    static func isTold(in project: Project?, seen: Bool) -> Bool {
        !seen || project?.attributes["serviceLevels"]?["disabled"] == "0"
    }
}

extension Catalog {
    /// The fields of a ticket that RT calls custom fields.
    func customFields(project: ProjectID, type: IssueTypeID) -> [Field] {
        issueFields(project: project, type: type).filter { !ServiceLevel.isKept(in: $0) }
    }

    /// All fields that RT calls custom fields.
    var customFields: [Field] { fields(of: .issue).filter { !ServiceLevel.isKept(in: $0) } }
}
