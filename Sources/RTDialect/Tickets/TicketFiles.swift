import ParleyModel
import ParleyService

extension Call {
    /// The files that a form's `Attachment` names: parts `attachment_1`, `attachment_2`, ... in the order of the names,
    /// which they get.
    /// - Throws: `TicketRefusal` where one did not come.
    func attachments(_ values: [String]) async throws -> [Change] {
        var changes: [Change] = []
        for (index, name) in ValueList.split(values).enumerated() where !name.isEmpty || index > 0 {
            let part = "attachment_\(index + 1)"
            guard let incoming = parameters.files.first(where: { $0.name == part })?.file, !incoming.name.isEmpty else {
                throw TicketRefusal("No attachment for \(name)")
            }
            var reference = FileReference(file: try await stored(incoming).id)
            reference.name = name.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last.map(String.init) ?? name
            changes.append(.attach(reference))
        }
        return changes
    }
}
