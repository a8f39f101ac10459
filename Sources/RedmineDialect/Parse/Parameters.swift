import ParleyHTTP

/// Everything a request says beside its path: the query and the content are one pool, the content wins.
struct Parameters: Sendable {
    /// In what form the content came.
    enum Content: Sendable { case none, form, json, xml, other }

    private(set) var members: ParameterObject

    /// How large content may be, in octets.
    static let contentLimit = 16 * 1024 * 1024
    private static let limits = ReaderLimits(depth: 32, values: 50_000)

    /// - Throws: `MalformedBody` for a query that contradicts itself.
    init(query: String?) throws {
        members = ParameterObject()
        guard let query, !query.isEmpty else { return }
        try add(try ParameterTree(nestedForm: Array(query.utf8), limits: Parameters.limits))
    }

    init(_ members: ParameterObject) {
        self.members = members
    }

    /// Adds what the content says, read as its type wants it, whatever the path's extension is.
    /// - Throws: `MalformedBody`, `BodyTooLarge`, `BodyBroken`.
    mutating func readContent(of request: Request, type: String?) async throws -> Content {
        guard request.method != "GET", request.method != "HEAD", let type else { return .none }
        let content = Parameters.content(type)
        guard content != .other else { return .other }
        let octets = try await request.body.collect(upTo: Parameters.contentLimit)
        guard octets.contains(where: { $0 > 0x20 }) else { return content }
        switch content {
        case .json: try add(try ParameterTree(json: octets, limits: Parameters.limits))
        case .xml: try add(try ParameterTree(activeResource: octets, limits: Parameters.limits))
        default:
            guard String(validating: octets, as: UTF8.self) != nil else { throw MalformedBody(.form, "no UTF-8") }
            try add(try ParameterTree(nestedForm: octets, limits: Parameters.limits))
        }
        return content
    }

    private static func content(_ type: String) -> Content {
        guard let media = MediaType(type) else { return .other }
        switch media.essence {
        case "application/json", "text/x-json", "application/jsonrequest": return .json
        case "application/xml", "text/xml", "application/x-xml": return .xml
        case "application/x-www-form-urlencoded": return .form
        default: return .other
        }
    }

    private mutating func add(_ tree: ParameterTree) throws {
        guard let object = tree.object else { return }
        if members.isEmpty {
            members = object
            return
        }
        for member in object.members { members[member.name] = member.value }
    }

    /// Whether nothing was said.
    var isEmpty: Bool { members.isEmpty }

    subscript(name: String) -> ParameterTree? { members.isEmpty ? nil : members[name] }

    /// A single value as text.
    func text(_ name: String) -> String? { members.isEmpty ? nil : members[name]?.scalarText }

    /// The resource in the content: an object. Anything else under the name is a bad request, nothing is an empty
    /// object.
    /// - Throws: `Refusal.status(400)`.
    func resource(_ name: String) throws -> ParameterObject {
        switch self[name] {
        case nil, .null?: return ParameterObject()
        case .object(let object)?: return object
        case .text(let text)? where text.utf8.allSatisfy({ $0 <= 0x20 }): return ParameterObject()
        default: throw Refusal.status(400)
        }
    }
}

/// Single values as a client may spell them.
enum Spelling {
    /// A number that may stand as text, by its leading digits as in addresses; nil without any.
    static func number(_ value: ParameterTree) -> Int64? {
        switch value {
        case .integer(let number): number
        case .text(let text): Quirks.leadingNumber(trimmed(text))
        case .number(let digits): Double(digits).flatMap { $0.magnitude < 9e15 ? Int64($0) : nil }
        case .boolean(let flag): flag ? 1 : 0
        default: nil
        }
    }

    /// Yes or no: what is not one of the words for no is yes. Nil for nothing and for blanks.
    static func flag(_ value: ParameterTree) -> Bool? {
        switch value {
        case .boolean(let flag): flag
        case .integer(let number): number != 0
        case .number: true
        case .text(""): nil
        case .text(let text): !["0", "f", "F", "false", "FALSE", "off", "OFF"].contains(text)
        case .list, .object: true
        default: nil
        }
    }

    /// Whether it stands for nothing: null, or a blank text.
    static func isBlank(_ value: ParameterTree) -> Bool {
        switch value {
        case .null: true
        case .text(let text): text.utf8.allSatisfy { $0 <= 0x20 }
        default: false
        }
    }

    /// The text without blanks at its ends.
    static func trimmed(_ text: String) -> String {
        var octets = text.utf8[...]
        while let first = octets.first, first <= 0x20 { octets.removeFirst() }
        while let last = octets.last, last <= 0x20 { octets.removeLast() }
        return String(Substring(octets))
    }
}

extension ParameterTree {
    /// Whether it is a list or an object.
    var isStructure: Bool { list != nil || object != nil }
}
