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
            (rank(left.element), place(left.element), left.offset)
                < (rank(right.element), place(right.element), right.offset)
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
        case (.field(.builtin(.links)), .elsewhere): return "Related issue doesn't belong to the same project"
        case (.field(.builtin(.links)), .withinTree): return "An issue cannot be linked to one of its subtasks"
        case (.field(.builtin(.parent)), .closed): return "An open issue cannot be attached to a closed parent task"
        case (_, .tooEarly(let day)):
            let earliest = Messages.spelled(day)
            return "\(label(problem.subject)) cannot be earlier than \(earliest) because of preceding issues"
        case (.whole, .taken): return words(.taken)
        case (.field(.builtin(.parent)), _): return "Parent task is invalid"
        case (.field(.builtin(.watchers)), _): return "Watchers is invalid"
        case (.field(.builtin(.priority)), .notInList), (.field(.builtin(.priority)), .unknown):
            return "Priority cannot be blank"
        case (.field(.builtin(.assignee)), .notInList), (.field(.builtin(.assignee)), .unknown):
            return "Assignee is invalid"
        case (.field(.builtin(.startDate)), .invalid), (.field(.builtin(.dueDate)), .invalid):
            return "\(label(problem.subject)) is not a valid date"
        case (.field(.builtin(.estimate)), .notANumber): return "Estimated time is invalid"
        case (.field(.custom(let number)), .notANumber) where catalog.records.fields[FieldID(number)]?.type == .number:
            return "\(label(problem.subject)) is invalid"
        case (.property("role"), .required): return "Role cannot be empty"
        case (.property("duration"), .totalTooLarge(let maximum, let present)):
            let logged = "(\(Hours.clock(present)) hours have already been logged)"
            return "Cannot log more than \(Hours.clock(maximum)) hours on the same day \(logged)"
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
        case .circular, .withinTree, .elsewhere, .tooEarly: "is invalid"
        case .inUse: "is in use"
        case .limitReached, .totalTooLarge: "has reached its limit"
        }
    }

    /// A day as it is written in sentences: month, day, year.
    private static func spelled(_ day: CivilDate) -> String {
        let parts = day.iso8601.split(separator: "-")
        return parts.count == 3 ? "\(parts[1])/\(parts[2])/\(parts[0])" : day.iso8601
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
        "members": "User", "language": "Language", "mailNotification": "Email notifications",
        "userStatus": "Status",
        "pageText": "Text field", "parentPage": "Parent page", "summary": "Summary",
    ]

    /// Where a problem stands among others: custom fields first, then as Redmine checks an issue.
    private func rank(_ problem: Problem) -> Int {
        switch problem.subject {
        case .field(.custom), .field(.customNamed): return 0
        case .field(.builtin(.watchers)): return 1
        case .field(.builtin(.title)) where problem.rule != .required: return Messages.longTitleRank
        case .field(.builtin(.startDate)) where Messages.isTooEarly(problem.rule): return Messages.earlyStartRank
        case .field(.builtin(let field)): return Messages.order.firstIndex(of: field).map { $0 * 2 + 2 } ?? 90
        // Whether a member has a role is asked last.
        case .property("role"): return 900
        case .property(let name):
            let place = Messages.propertyOrder.firstIndex(of: name).map { $0 + 2 } ?? 60
            return Messages.firstProperties.contains(name) ? place : place + 100 * Messages.stage(problem.rule)
        default: return 999
        }
    }

    /// Custom fields come in their own order.
    private func place(_ problem: Problem) -> Int {
        guard case .field(.custom(let number)) = problem.subject, let field = catalog.records.fields[FieldID(number)]
        else { return 0 }
        return catalog.fields(of: field.object).firstIndex { $0.id == field.id } ?? 0
    }

    /// What is missing is told first, then what others have, then what is wrong in itself.
    private static func stage(_ rule: Problem.Rule) -> Int {
        switch rule {
        case .required, .mustBeFilled: 0
        case .taken: 1
        default: 2
        }
    }

    private static func isTooEarly(_ rule: Problem.Rule) -> Bool {
        if case .tooEarly = rule { true } else { false }
    }

    /// A start before its time is told after the due date.
    private static let earlyStartRank = (order.firstIndex(of: .dueDate) ?? 0) * 2 + 3

    private static let firstProperties: Set<String> = ["userStatus", "address", "addresses", "email"]

    private static let order: [BuiltinField] = [
        .title, .project, .type, .priority, .status, .progress, .estimate, .startDate, .dueDate, .version, .category,
        .assignee, .parent,
    ]

    /// What is required is told before lengths are: after the status.
    private static let longTitleRank = (order.firstIndex(of: .status) ?? 0) * 2 + 3

    private static let propertyOrder = [
        "userStatus", "address", "addresses", "email", "login", "firstName", "lastName", "mailNotification",
        "password", "name", "homepage", "identifier",
    ]
}
