import ParleyModel
import ParleyService

/// The people that a list of a form names: by address, `Name <address>`, login, number, or `group:` and a group's name.
struct PeopleReading {
    /// Each as the middle finds them.
    private(set) var operands: [ParsedOperand] = []
    /// What names nobody.
    private(set) var unknown: [String] = []

    /// How many people one field may name.
    private static let limit = 10_000

    init(_ values: [String], _ catalog: Catalog) {
        var seen: Set<ParsedOperand> = []
        for text in ValueList.split(values).prefix(PeopleReading.limit) where !text.isEmpty {
            switch PeopleReading.read(text, catalog) {
            case .some(let operand): if seen.insert(operand).inserted { operands.append(operand) }
            case .none: unknown.append(text)
            }
        }
        operands.removeAll { $0 == .name(.nobody) }
    }

    private static func read(_ text: String, _ catalog: Catalog) -> ParsedOperand? {
        if NumberKey.isDigits(text) {
            guard let number = Int64(text), catalog.name(of: PrincipalID(number)) != nil else { return nil }
            return .name(.number(number))
        }
        if let user = catalog.user(login: text) { return .name(.number(user.id.rawValue)) }
        if text.lowercased() == "nobody" { return .name(.nobody) }
        if text.lowercased().hasPrefix("group:") {
            return Names.group(String(text.dropFirst("group:".count)), in: catalog)
                .map { .name(.number($0.id.rawValue)) }
        }
        let address = PeopleReading.address(of: text)
        if let user = catalog.user(address: address) { return .name(.number(user.id.rawValue)) }
        return isAddress(address) ? .name(.text(text.contains(";") ? address : text)) : nil
    }

    /// The address of `Name <address>`; any other text as it is.
    static func address(of text: String) -> String {
        // Of several that only semicolons part, the first counts.
        if let end = text.firstIndex(of: ";") { return address(of: String(text[..<end])) }
        guard text.last == ">", let open = text.lastIndex(of: "<") else { return text }
        return String(text[text.index(after: open)...].dropLast())
    }

    /// Whether the middle would make a user of it.
    private static func isAddress(_ text: String) -> Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty, text.utf8.count <= 254 else { return false }
        return !text.contains { $0.isWhitespace || "<>,;\"".contains($0) }
    }
}
