import ParleyModel
import ParleyService

/// Problems as the sentences that clients of Redmine know, in the order in which it tells them.
struct Messages {
    let catalog: Catalog

    static let circularRelation = "This relation would create a circular dependency"

    init(_ catalog: Catalog) {
        self.catalog = catalog
    }

    /// One sentence a problem, each once.
    func sentences(_ problems: [Problem]) -> [String] {
        let ordered = problems.enumerated().sorted { left, right in
            (rank(left.element), left.offset) < (rank(right.element), right.offset)
        }
        var result: [String] = []
        let lostFiles = problems.count { $0.subject == .field(.builtin(.files)) }
        if lostFiles > 0 { result.append("\(lostFiles) file(s) could not be saved.") }
        for (_, problem) in ordered where problem.subject != .field(.builtin(.files)) {
            let sentence = sentence(problem)
            if !result.contains(sentence) { result.append(sentence) }
        }
        return result
    }

    /// Whole sentences for single rules of single fields, where the common words do not fit.
    private func sentence(_ problem: Problem) -> String {
        switch (problem.subject, problem.rule) {
        case (.field(.builtin(.links)), .circular): return Messages.circularRelation
        case (.field(.builtin(.links)), .unknown), (.field(.builtin(.links)), .required):
            return "Related issue cannot be blank"
        case (.field(.builtin(.dueDate)), .notBeforeStart), (.whole, .notBeforeStart):
            return "Due date must be greater than start date"
        case (.field(.builtin(.parent)), _): return "Parent task is invalid"
        case (.field(.builtin(.priority)), .notInList), (.field(.builtin(.priority)), .unknown):
            return "Priority cannot be blank"
        case (.field(.builtin(.assignee)), .notInList), (.field(.builtin(.assignee)), .unknown):
            return "Assignee is invalid"
        case (.field(.builtin(.startDate)), .invalid), (.field(.builtin(.dueDate)), .invalid):
            return "\(label(problem.subject)) is not a valid date"
        case (.field(.builtin(.estimate)), .notANumber): return "Estimated time is invalid"
        case (.property("role"), .required): return "Role cannot be empty"
        case (.whole, _): return "Base \(words(problem.rule))"
        default: return "\(label(problem.subject)) \(words(problem.rule))"
        }
    }

    private func words(_ rule: Problem.Rule) -> String {
        switch rule {
        case .required, .mustBeFilled, .needsComment: "cannot be blank"
        case .tooLong(let maximum): "is too long (maximum is \(maximum) characters)"
        case .tooShort(let minimum): "is too short (minimum is \(minimum) characters)"
        case .notInList, .unknown: "is not included in the list"
        case .invalid, .notPermitted, .transition, .derived, .multipleNotAllowed, .closed: "is invalid"
        case .notANumber: "is not a number"
        case .notADate: "is not a valid date"
        case .notBeforeStart: "must be greater than start date"
        case .taken: "has already been taken"
        case .reserved: "is reserved"
        case .circular: "is invalid"
        case .inUse: "is in use"
        case .limitReached: "has reached its limit"
        }
    }

    /// A field's name in English.
    func label(_ subject: Problem.Subject) -> String {
        switch subject {
        case .field(.builtin(let field)): Messages.label(field)
        case .field(.custom(let number)): catalog.records.fields[FieldID(number)]?.name ?? "Custom field"
        case .field(.customNamed(let name)): name
        case .field(.property(let field, _)): Messages.label(field)
        case .field(.aggregate): "Spent time"
        case .field(.attribute(_, let name)): name
        case .property(let name): Messages.propertyLabels[name] ?? name
        case .whole: "Base"
        }
    }

    static func label(_ field: BuiltinField) -> String {
        switch field {
        case .title: "Subject"
        case .description: "Description"
        case .status: "Status"
        case .type: "Tracker"
        case .priority, .priorityNumber, .initialPriority, .finalPriority: "Priority"
        case .assignee: "Assignee"
        case .category: "Category"
        case .version: "Target version"
        case .startDate: "Start date"
        case .dueDate: "Due date"
        case .progress: "% Done"
        case .estimate: "Estimated time"
        case .remaining: "Remaining time"
        case .isPrivate: "Private"
        case .parent: "Parent task"
        case .project, .tracker: "Project"
        case .author, .requestors: "Author"
        case .watchers, .adminWatchers: "Watcher"
        case .created: "Created"
        case .updated: "Updated"
        case .closedAt: "Closed"
        case .files: "File"
        case .links: "Related issue"
        case .posts: "Notes"
        case .timeSpent: "Hours"
        case .id, .number: "Issue"
        default: "Issue"
        }
    }

    /// By the model's names.
    private static let propertyLabels: [String: String] = [
        "name": "Name", "identifier": "Identifier", "login": "Login", "firstName": "First name",
        "lastName": "Last name",
        "address": "Email", "addresses": "Email", "email": "Email", "password": "Password", "title": "Title",
        "description": "Description", "text": "Description", "parent": "Subproject of", "role": "Role", "roles": "Role",
        "principal": "Principal", "user": "User", "status": "Status", "due": "Due date", "sharing": "Sharing",
        "homepage": "Homepage", "types": "Trackers", "trackerTypes": "Trackers", "tools": "Modules",
        "toolKinds": "Modules",
        "version": "Default version", "assignee": "Default assignee", "issue": "Issue", "project": "Project",
        "activity": "Activity", "duration": "Hours", "spentOn": "Date", "comment": "Comment",
        "linkType": "Relation type",
        "preferences": "Preferences", "isPublic": "Public", "filename": "File", "contentType": "Content type",
        "members": "User", "language": "Language",
        "pageText": "Text field", "parentPage": "Parent page", "summary": "Summary",
    ]

    /// Where a problem stands among others: custom fields first, then as Redmine checks an issue.
    private func rank(_ problem: Problem) -> Int {
        switch problem.subject {
        case .field(.custom), .field(.customNamed): return 0
        case .field(.builtin(.title)) where problem.rule != .required: return Messages.longTitleRank
        case .field(.builtin(let field)): return Messages.order.firstIndex(of: field).map { $0 * 2 + 2 } ?? 90
        case .property(let name): return Messages.propertyOrder.firstIndex(of: name).map { $0 + 2 } ?? 60
        default: return 99
        }
    }

    private static let order: [BuiltinField] = [
        .title, .project, .type, .priority, .status, .progress, .estimate, .startDate, .dueDate, .version, .category,
        .assignee, .parent,
    ]

    /// What is required is told before lengths are: after the status.
    private static let longTitleRank = (order.firstIndex(of: .status) ?? 0) * 2 + 3

    private static let propertyOrder = [
        "address", "addresses", "email", "login", "firstName", "lastName", "name", "identifier",
    ]
}
