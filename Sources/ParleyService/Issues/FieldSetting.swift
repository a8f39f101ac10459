import ParleyModel
import ParleyStorage

/// Setting fields: name and operands to typed values, with the permissions and lists that each field has.
extension ChangeEngine {
    mutating func set(_ name: FieldName, _ operands: [ParsedOperand]) throws {
        let operands = operands == [.null] ? [] : operands
        switch name {
        case .builtin(let field):
            if let role = field.participantRole { return try setPeople(role, operands) }
            switch field {
            case .labels: try setLabels(operands)
            case .restrictedTo: try setRestriction(operands)
            case .parent: try setParent(parentNumber(operands))
            case .project: try move(project: operands.first.flatMap(ChangeEngine.name), tracker: nil, type: nil)
            case .type: try move(project: nil, tracker: nil, type: operands.first.flatMap(ChangeEngine.name))
            case .description: try setDescription(operands)
            default: try setColumn(field, operands)
            }
        case .custom, .customNamed: try setCustom(name, operands)
        default: reject(Problem(.field(name), .unknown))
        }
    }

    static func name(_ operand: ParsedOperand) -> ParsedName? {
        switch operand {
        case .name(let name): name
        case .integer(let number): .number(number)
        case .text(let text), .number(let text): Int64(text).map { .number($0) } ?? .text(text)
        default: nil
        }
    }

    private func parentNumber(_ operands: [ParsedOperand]) -> Int64? {
        operands.first.map { converter.integer($0) ?? 0 }
    }

    /// Whether the actor may set a field now.
    func maySet(_ field: FieldID) throws -> Bool {
        if isTrusted { return true }
        guard access.writes(field, edit.isNew ? .submit : .update, in: edit.issue.project) else { return false }
        if fieldRule(field) == .readOnly { return false }
        switch BuiltinField(field) {
        case .isPrivate?:
            if allows(.setIssuesPrivate) { return true }
            return edit.issue.author == actor.user && allows(.setOwnIssuesPrivate)
        case .assignee?:
            if try mayEdit() { return true }
            return allows(edit.issue.assignee == nil ? .takeIssues : .stealIssues)
        default: return try mayEdit()
        }
    }

    /// What the workflow says of a field in the issue's status.
    func fieldRule(_ field: FieldID) -> FieldRule.Kind? {
        guard let workflow = catalog.workflow(tracker: edit.issue.tracker, type: edit.issue.type),
            let project = catalog.records.projects[edit.issue.project]
        else { return nil }
        let held = access.roles(in: project.id)
        return workflow.fieldRules.first { rule in
            rule.field == field && rule.status == edit.issue.status && (rule.types?.contains(edit.issue.type) ?? true)
                && (rule.subjects.isEmpty || rule.subjects.contains { access.covers($0, held, project) })
        }?.kind
    }

    private mutating func setColumn(_ field: BuiltinField, _ operands: [ParsedOperand]) throws {
        guard !field.isReadOnly || (isTrusted && field == .author) else { return reject(field, .notPermitted) }
        if case .unreadable(let text)? = operands.first {
            return try reject(wrong: field, unreadableRule(field.type), value: text, meant: operands.dropFirst().first)
        }
        guard operands.count <= 1 else { return reject(field, .multipleNotAllowed) }
        var value: Value?
        if let operand = operands.first {
            switch converter.value(operand, type: field.type, custom: nil) {
            case .success(let made): value = made
            case .failure(let rule): return try reject(wrong: field, unknownRule(field, rule), value: "\(operand)")
            }
        }
        value = keepingTime(field, value)
        if value == IssueFields.value(of: field, in: edit.issue) {
            edit.asked.insert(field.id)
            return
        }
        if try isDerived(field) { return reject(field, .derived) }
        guard try maySet(field.id) else { return reject(field, .notPermitted) }
        if let rule = try refusal(of: value, for: field) { return refuse(field, value, rule) }
        guard IssueFields.set(field, to: value, in: &edit.issue) else { return reject(field, .required) }
        edit.asked.insert(field.id)
        follow(field)
    }

    private mutating func refuse(_ field: BuiltinField, _ value: Value?, _ rule: Problem.Rule) {
        if field == .assignee, edit.isNew, namesNobody(value) {
            edit.namesUnknownAssignee = true
            return
        }
        if field == .category, case .reference(let id)? = value { edit.refusedCategory = CategoryID(id) }
        reject(field, rule)
    }

    private func namesNobody(_ value: Value?) -> Bool {
        value?.referenceID.map { catalog.name(of: PrincipalID($0)) == nil } ?? false
    }

    /// A wrong value for a field that the actor may not set anyway is no worse than a right one.
    /// - Parameter meant: the day that was likely meant, against which others are held.
    private mutating func reject(
        wrong field: BuiltinField, _ rule: Problem.Rule, value: String, meant: ParsedOperand? = nil
    ) throws {
        if try isDerived(field) { return reject(field, .derived) }
        guard try maySet(field.id) else { return reject(field, .notPermitted) }
        if rule == .notADate {
            var day: Value?
            if case .date(let date)? = meant { day = .date(date) }
            _ = IssueFields.set(field, to: day, in: &edit.issue)
        }
        reject(field, rule, value: value)
    }

    private func unreadableRule(_ type: FieldType) -> Problem.Rule {
        switch type {
        case .date, .instant: .notADate
        case .integer, .number, .duration: .notANumber
        default: type.isReference ? .notInList : .invalid
        }
    }

    /// A status or type that does not exist is an unknown choice; other lists say that the value is not among theirs.
    private func unknownRule(_ field: BuiltinField, _ rule: Problem.Rule) -> Problem.Rule {
        field == .status && rule == .notInList ? .unknown : rule
    }

    /// A day that is set again without a time keeps the time it had.
    private func keepingTime(_ field: BuiltinField, _ value: Value?) -> Value? {
        guard case .date(let new)? = value, new.secondOfDay == nil,
            case .date(let old)? = IssueFields.value(of: field, in: edit.issue), old.date == new.date
        else { return value }
        return .date(old)
    }

    /// What follows at once from a field: a priority's number and back.
    private mutating func follow(_ field: BuiltinField) {
        switch field {
        case .priority:
            guard let priority = edit.issue.priority.flatMap({ catalog.records.priorities[$0] }) else {
                edit.issue.priorityNumber = 0
                return
            }
            let number = edit.issue.priorityNumber
            if number < priority.low || number > priority.high { edit.issue.priorityNumber = priority.number }
        case .priorityNumber:
            let number = edit.issue.priorityNumber
            edit.issue.priority = number == 0 && edit.issue.priority == nil ? nil : catalog.priority(for: number)?.id
        case .status: edit.notedStatus = true
        default: break
        }
    }

    /// Why a value cannot be chosen; nil when it can.
    func refusal(of value: Value?, for field: BuiltinField) throws -> Problem.Rule? {
        switch field {
        case .status: return try statusRefusal(value)
        case .priority:
            guard let id = value?.referenceID else { return catalog.priorities.isEmpty ? nil : .required }
            guard let priority = catalog.records.priorities[PriorityID(id)] else { return .notInList }
            return priority.active && priority.stamp.retired == nil ? nil : .notInList
        case .category:
            guard let id = value?.referenceID else { return nil }
            let category = catalog.records.categories[CategoryID(id)]
            return category?.project == edit.issue.project && category?.stamp.retired == nil ? nil : .notInList
        case .version:
            guard let id = value?.referenceID else { return nil }
            let version = catalog.versionsShared(with: edit.issue.project).first { $0.id.rawValue == id }
            return version.map { $0.status == .open || isTrusted } ?? false ? nil : .notInList
        case .assignee:
            guard let id = value?.referenceID, PrincipalID(id) != .nobody else { return nil }
            return mayOwn(PrincipalID(id)) ? nil : .invalid
        case .progress:
            guard case .integer(let number)? = value else { return nil }
            return (0...100).contains(number) ? nil : .notInList
        case .estimate, .remaining:
            guard case .duration(let milliseconds)? = value else { return nil }
            return milliseconds >= 0 ? nil : .invalid
        default: return nil
        }
    }

    private func statusRefusal(_ value: Value?) throws -> Problem.Rule? {
        guard let id = value?.referenceID, let status = catalog.records.statuses[StatusID(id)],
            status.stamp.retired == nil
        else { return .unknown }
        if isTrusted { return nil }
        let rules = WorkflowRules(catalog: catalog, access: access)
        let from = edit.isNew ? nil : edit.recorded.issue?.status
        guard rules.allows(from: from, to: status.id, in: edit.issue) else { return .transition }
        if status.isClosed, !edit.isNew, status.id != edit.recorded.issue?.status,
            try transaction.reader.isKeptOpen(edit.issue, by: self.rules)
        {
            return .transition
        }
        if let before = edit.before, !status.isClosed, try transaction.reader.isKeptClosed(before, by: self.rules) {
            return .transition
        }
        return nil
    }

    /// Whether the issue may be assigned to somebody; it may stay with whom it has, and go to its author.
    func mayOwn(_ principal: PrincipalID) -> Bool {
        if principal == edit.recorded.issue?.assignee { return true }
        return tracker.map { catalog.mayOwn(principal, in: $0, author: edit.issue.author) } ?? false
    }

    /// Whether a field of a parent follows from its children.
    func isDerived(_ field: BuiltinField) throws -> Bool {
        let switched: Bool =
            switch field {
            case .startDate, .dueDate: rules.parentDatesFromChildren
            case .priority, .priorityNumber: rules.parentPriorityFromChildren
            case .progress: rules.parentProgressFromChildren
            default: false
            }
        guard switched, !edit.isNew else { return false }
        return try !IssueRows.children(of: edit.issue.id, on: connection).isEmpty
    }

    private mutating func setDescription(_ operands: [ParsedOperand]) throws {
        var text: String?
        if let operand = operands.first {
            guard case .success(.text(let made)) = converter.value(operand, type: .longText, custom: nil) else {
                return reject(.description, .invalid)
            }
            text = made
        }
        if text == edit.description { return }
        guard try maySet(BuiltinField.description.id) else { return reject(.description, .notPermitted) }
        edit.description = text
        edit.asked.insert(BuiltinField.description.id)
    }

    // MARK: custom fields

    private mutating func setCustom(_ name: FieldName, _ operands: [ParsedOperand]) throws {
        guard let field = customField(name) else { return reject(Problem(.field(name), .unknown)) }
        var values: [Value] = []
        var wrong: Problem?
        for operand in operands where wrong == nil {
            if case .null = operand { continue }
            if case .text("") = operand, !field.multiple || field.type != .text { continue }
            if case .unreadable(let text) = operand {
                wrong = Problem(.field(.custom(field.id.rawValue)), unreadableRule(field.type), value: text)
                continue
            }
            switch try converted(operand, for: field) {
            case .success(let value): if !values.contains(value) { values.append(value) }
            case .failure(.unknown): return
            case .failure(let rule):
                wrong = Problem(.field(.custom(field.id.rawValue)), rule, value: "\(operand)")
            }
        }
        if wrong == nil, operands.count > 1, !field.multiple {
            wrong = Problem(.field(.custom(field.id.rawValue)), .multipleNotAllowed)
        }
        guard let wrong else { return try store(values, in: field, isEmptied: operands.contains(.text(""))) }
        guard try maySet(field.id) else { return reject(Problem(wrong.subject, .notPermitted)) }
        reject(wrong)
    }

    /// - Parameter isEmptied: whether it is to count as emptied, if it never was filled.
    private mutating func store(_ values: [Value], in field: Field, isEmptied: Bool = false) throws {
        let old = edit.values[field.id]
        if old == values || (old == nil && values.isEmpty && !edit.isNew && !isEmptied) { return }
        if let old, Set(old) == Set(values) { return }
        guard try maySet(field.id) else { return reject(Problem(.field(.custom(field.id.rawValue)), .notPermitted)) }
        edit.values[field.id] = values
        edit.asked.insert(field.id)
    }

    /// The custom field that a name means for this issue.
    func customField(_ name: FieldName) -> Field? {
        let fields = catalog.issueFields(project: edit.issue.project, type: edit.issue.type)
        switch name {
        case .custom(let number): return fields.first { $0.id.rawValue == number }
        case .customNamed(let text):
            let folded = TextFolding.fold(text)
            return fields.first { TextFolding.fold($0.name) == folded }
        default: return nil
        }
    }

    /// A value of a custom field, checked against its list and limits. `unknown` drops the value without a word.
    private func converted(_ operand: ParsedOperand, for field: Field) throws -> Result<Value, Problem.Rule> {
        let made = converter.value(operand, type: field.type, custom: field)
        guard case .success(let value) = made else {
            return field.type == .boolean ? .failure(.unknown) : made
        }
        if let rule = FieldLimits(field: field, catalog: catalog).refusal(of: value) { return .failure(rule) }
        guard case .reference(let id) = value else { return made }
        switch field.type {
        case .principal: return isMember(PrincipalID(id)) ? made : .failure(.notInList)
        case .version:
            return catalog.versionsShared(with: edit.issue.project).contains { $0.id.rawValue == id }
                ? made : .failure(.notInList)
        case .issue: return try transaction.reader.sees(number: IssueID(id)) ? made : .failure(.notInList)
        default: return made
        }
    }

    /// Whether somebody has a role in the issue's project.
    func isMember(_ principal: PrincipalID) -> Bool {
        guard let user = catalog.user(principal), user.stamp.retired == nil else { return false }
        let actor = Actor(user: principal, login: user.login, admin: false)
        return !catalog.access(for: actor).roles(in: edit.issue.project).isEmpty
    }

    // MARK: labels and restriction

    private mutating func setLabels(_ operands: [ParsedOperand]) throws {
        var labels: Set<LabelID> = []
        for operand in operands {
            guard let label = try label(operand) else { return reject(.labels, .notInList) }
            labels.insert(label)
        }
        if labels == edit.labels { return }
        guard try maySet(BuiltinField.labels.id) else { return reject(.labels, .notPermitted) }
        edit.labels = labels
        edit.asked.insert(BuiltinField.labels.id)
    }

    /// The label that an operand names; made where the workspace has labels on demand.
    private func label(_ operand: ParsedOperand) throws -> LabelID? {
        let project = edit.issue.project
        func isHere(_ label: Label) -> Bool {
            label.stamp.retired == nil && (label.project == nil || label.project == project)
        }
        switch operand {
        case .name(.number(let number)), .integer(let number):
            return catalog.records.labels[LabelID(number)].flatMap { isHere($0) ? $0.id : nil }
        case .name(.text(let name)), .text(let name):
            if let label = transaction.records.labels.values.first(where: { $0.name == name && isHere($0) }) {
                return label.id
            }
            guard rules.labelsOnDemand else { return nil }
            let made = Label(
                id: try transaction.newID(Label.self), stamp: transaction.stamp, project: project, name: name)
            try transaction.put(made)
            return made.id
        default: return nil
        }
    }

    private mutating func setRestriction(_ operands: [ParsedOperand]) throws {
        let groups = operands.compactMap { operand -> PrincipalID? in
            guard case .success(.reference(let id)) = converter.value(operand, type: .principal, custom: nil) else {
                return nil
            }
            return PrincipalID(id)
        }
        guard catalog.restrictableTrackers.contains(edit.issue.tracker) else { return reject(.restrictedTo, .unknown) }
        guard groups.count == operands.count else { return reject(.restrictedTo, .notInList) }
        if Set(groups) == Set(edit.issue.restrictedTo) { return }
        guard try maySet(BuiltinField.restrictedTo.id) else { return reject(.restrictedTo, .notPermitted) }
        edit.issue.restrictedTo = Set(groups).sorted()
    }

    /// Adds values to a multiple field, or takes them away.
    mutating func modify(_ name: FieldName, _ operands: [ParsedOperand], adding: Bool) throws {
        if case .builtin(let field) = name {
            if let role = field.participantRole { return try modifyPeople(role, operands, adding: adding) }
            guard field == .labels else { return try adding ? set(name, operands) : set(name, []) }
            var named: Set<LabelID> = []
            for operand in operands {
                guard let label = try label(operand) else { return reject(.labels, .notInList) }
                named.insert(label)
            }
            let labels = adding ? edit.labels.union(named) : edit.labels.subtracting(named)
            guard labels != edit.labels else { return }
            guard try maySet(BuiltinField.labels.id) else { return reject(.labels, .notPermitted) }
            edit.labels = labels
            return
        }
        guard let field = customField(name) else { return reject(Problem(.field(name), .unknown)) }
        var values = edit.values[field.id] ?? []
        for operand in operands {
            switch try converted(operand, for: field) {
            case .success(let value):
                if adding {
                    if !values.contains(value) { values.append(value) }
                } else {
                    values.removeAll { $0 == value }
                }
            case .failure(let rule): return reject(Problem(.field(.custom(field.id.rawValue)), rule))
            }
        }
        try store(values, in: field)
    }
}

extension Catalog {
    /// Whether issues of a tracker may be assigned to somebody.
    /// - Parameter author: of the issue in question.
    public func mayOwn(_ principal: PrincipalID, in tracker: Tool, author: PrincipalID?) -> Bool {
        guard let project = records.projects[tracker.project] else { return false }
        let rules = rules(in: tracker)
        if let user = user(principal) {
            guard user.stamp.retired == nil, user.status == .active,
                principal.rawValue >= PrincipalID.firstOrdinary || principal == .firstAdministrator
            else { return false }
            if rules.assignable == .allUsers { return user.login != nil }
            if rules.administratorsAssignable && user.admin { return true }
            if rules.authorsAssignable && principal == author { return true }
            let ordinary = Actor(user: principal, login: user.login, admin: false)
            return access(for: ordinary).grants(in: project, tool: tracker).contains {
                $0.actions.contains(.ownIssues) && $0.isAboutIssues
            }
        }
        guard let group = records.groups[principal], group.stamp.retired == nil else { return false }
        return rules.groupsAssignable && memberships(of: principal).contains { $0.project == project.id }
    }
}
