import FoundationEssentials
import ParleyModel
import ParleyStorage

/// Texts of the file as values.
enum FileValues {
    /// `2030-01-31T09:30:00Z`, with up to six digits of a fraction.
    static func instant(_ text: String) -> Instant? {
        let octets = Array(text.utf8)
        guard octets.count >= 20, octets.count <= 27, octets[10] == 0x54, octets[13] == 0x3A, octets[16] == 0x3A,
            octets.last == 0x5A, let day = CivilDate(iso8601: String(decoding: octets[0..<10], as: UTF8.self))
        else { return nil }
        func number(_ range: Range<Int>) -> Int64? {
            let digits = octets[range]
            guard digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
            return Int64(String(decoding: digits, as: UTF8.self))
        }
        guard let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19), hour < 24,
            minute < 60,
            second < 60
        else { return nil }
        var fraction: Int64 = 0
        if octets.count > 20 {
            let digits = octets.count - 21
            guard octets[19] == 0x2E, digits >= 1, let written = number(20..<octets.count - 1) else { return nil }
            fraction = (digits..<6).reduce(written) { value, _ in value * 10 }
        }
        let start = day.start.adding(seconds: hour * 3600 + minute * 60 + second)
        return Instant(microseconds: start.microseconds + fraction)
    }

    /// The octets that a base64 text stands for; blanks and line ends do not count.
    static func octets(base64 text: String) -> [UInt8]? {
        let plain = text.filter { !$0.isWhitespace }
        return Data(base64Encoded: plain).map { Array($0) }
    }

    /// A date with an optional time of day, as a date or as a moment.
    static func dateValue(_ text: String) -> DateValue? {
        if let date = CivilDate(iso8601: text) { return DateValue(date) }
        return instant(text).map { DateValue($0.date, secondOfDay: Int32(clamping: $0.secondOfDay)) }
    }
}

/// Values of fields.
extension FileApplier {
    /// The custom values that a row declares, by field; problems where a field or value is unknown.
    func values(
        _ node: FileNode?, find: (FileNode) -> FieldID?, in project: ProjectID?, tracker: ToolID? = nil
    ) -> [(FieldID, [Value])] {
        (node?.entries ?? []).compactMap { entry in
            guard let id = find(FileNode(line: entry.line, .text(entry.key))) else { return nil }
            guard let field = records.fields[id] else {
                problems.add(entry.line, "`\(entry.key)` is not a custom field")
                return nil
            }
            if entry.value.isNull { return (id, []) }
            let nodes = entry.value.isList ? entry.value.items : [entry.value]
            if nodes.count > 1, !field.multiple {
                problems.add(entry.line, "the field `\(entry.key)` takes one value")
                return nil
            }
            return (id, nodes.compactMap { value($0, of: field, in: project, tracker: tracker) })
        }
    }

    /// The custom values of something that is no issue.
    func setValues(
        _ values: inout FieldValues, _ node: FileNode, _ object: Field.Object, in project: ProjectID?,
        _ edit: inout RowEdit
    ) {
        let declared = self.values(
            node["values"],
            find: { key in
                let name = FileNames.FieldKey(object: object, name: key.text ?? "")
                if let id = names.fields[name]?.first { return id }
                problems.add(key.line, "there is no field `\(key.text ?? "")` for this")
                return nil
            }, in: project)
        for (field, new) in declared where values[field] != new {
            values[field] = new
            edit.changed.append(records.fields[field]?.name ?? "values")
        }
    }

    /// A value of a custom field.
    func value(_ node: FileNode, of field: Field, in project: ProjectID?, tracker: ToolID? = nil) -> Value? {
        if field.type == .list || field.type == .openList {
            let label = node.scalarText
            if let listed = field.listValues.first(where: { $0.label == label }) {
                return .reference(listed.id.rawValue)
            }
            if field.type == .openList { return openValue(label, of: field) }
            problems.add(node.line, "`\(label)` is no value of the field `\(field.name)`")
            return nil
        }
        return value(node, type: field.type, name: field.name, in: project, tracker: tracker)
    }

    /// A value that an open list does not have yet is made.
    private func openValue(_ label: String, of field: Field) -> Value? {
        guard var current = records.fields[field.id],
            let id = try? nextOrdinary("list_value", ListValueID.self)
        else { return nil }
        if let listed = current.listValues.first(where: { $0.label == label }) { return .reference(listed.id.rawValue) }
        current.listValues.append(ListValue(id: id, label: label, rank: Double(current.listValues.count + 1)))
        guard (try? transaction.put(current)) != nil else { return nil }
        return .reference(id.rawValue)
    }

    /// A value of a type.
    func value(
        _ node: FileNode, type: FieldType, name: String, in project: ProjectID?, tracker: ToolID? = nil
    ) -> Value? {
        switch type {
        case .text, .longText, .uri: return .text(node.scalarText)
        case .integer: if let number = node.integer { return .integer(number) }
        case .number: if let number = node.number { return .number(number) }
        case .boolean: if let flag = node.boolean { return .boolean(flag) }
        case .date: if let date = node.text.flatMap(FileValues.dateValue) { return .date(date) }
        case .instant: if let instant = node.text.flatMap(FileValues.instant) { return .instant(instant) }
        case .duration:
            if let hours = node.number, abs(hours) < 1e9 { return .duration(Int64((hours * 3_600_000).rounded())) }
        case .computed, .file:
            problems.add(node.line, "the field `\(name)` cannot be given a value here")
            return nil
        default: return reference(node, type, in: project, tracker).map { .reference($0) }
        }
        problems.add(node.line, "field `\(name)`: \(node.kindName) does not fit a field of type \(type.rawValue)")
        return nil
    }

    private func reference(
        _ node: FileNode, _ type: FieldType, in project: ProjectID?, _ tracker: ToolID?
    ) -> Int64? {
        switch type {
        case .status: return status(node)?.rawValue
        case .priority: return priority(node)?.rawValue
        case .type: return self.type(node)?.rawValue
        case .principal:
            if let group = names.groups[FileNames.Local(project: project, name: TextFolding.fold(node.scalarText))],
                names.users[TextFolding.fold(node.scalarText)] == nil
            {
                return group.rawValue
            }
            return user(node)?.rawValue
        case .project: return self.project(node)?.rawValue
        case .issue: return issueNumber(node, tracker)
        default: break
        }
        guard let project else {
            problems.add(node.line, "a value of type \(type.rawValue) belongs into a project")
            return nil
        }
        switch type {
        case .category: return category(node, in: project)?.rawValue
        case .version: return version(node, in: project, tracker: tracker)?.rawValue
        case .tracker: return tool(node, in: project)?.rawValue
        case .label:
            if let id = label(node.scalarText, in: project) { return id.rawValue }
            problems.add(node.line, "there is no label `\(node.scalarText)`")
            return nil
        default: return nil
        }
    }

    /// An issue by its key in the file, or by number.
    private func issueNumber(_ node: FileNode, _ tracker: ToolID?) -> Int64? {
        if let key = node.text, let tracker, let id = issueKeys[tracker]?[key] { return id.rawValue }
        if let number = node.integer, number > 0 { return number }
        problems.add(node.line, "there is no issue `\(node.scalarText)` before this")
        return nil
    }
}
