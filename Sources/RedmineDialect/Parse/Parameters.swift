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
        default: try add(try ParameterTree(nestedForm: octets, limits: Parameters.limits))
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
    /// A number that may stand as text; nil for anything else.
    static func number(_ value: ParameterTree) -> Int64? {
        switch value {
        case .integer(let number): number
        case .text(let text): Int64(trimmed(text))
        case .number(let digits): Double(digits).flatMap { $0.magnitude < 9e15 ? Int64($0) : nil }
        default: nil
        }
    }

    /// Yes or no; nil for what is neither.
    static func flag(_ value: ParameterTree) -> Bool? {
        switch value {
        case .boolean(let flag): flag
        case .integer(let number): number == 1 ? true : number == 0 ? false : nil
        case .text(let text):
            switch trimmed(text).lowercased() {
            case "1", "true", "t", "yes", "on": true
            case "0", "false", "f", "no", "off": false
            default: nil
            }
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

/// Hours as people write them.
enum Hours {
    /// The largest number of hours that is taken.
    private static let limit = 1e9

    /// Milliseconds of `3.5`, `3,5`, `3:30`, `3h30`, `3h30m`, `2h`, `90m`, `1 h 30 min`; nil for anything else, and
    /// below zero.
    static func milliseconds(_ text: String) -> Int64? {
        let words = Scanner(text)
        let hours = words.clock ?? words.units ?? words.decimal
        guard let hours, hours.isFinite, hours >= 0, hours < limit else { return nil }
        return Int64((hours * 3_600_000).rounded())
    }

    /// The same for any single value; nil for what is no number of hours.
    static func milliseconds(_ value: ParameterTree) -> Int64? {
        switch value {
        case .integer(let number): milliseconds(String(number))
        case .number(let digits): Double(digits).flatMap { milliseconds($0.description) }
        case .text(let text): milliseconds(text)
        default: nil
        }
    }

    /// Milliseconds as a number of hours.
    static func number(_ milliseconds: Int64) -> Double { Double(milliseconds) / 3_600_000 }

    private struct Scanner {
        /// Lower case, without blanks.
        let octets: [UInt8]

        init(_ text: String) {
            octets = text.utf8.prefix(64).compactMap { octet in
                octet <= 0x20 ? nil : octet >= 0x41 && octet <= 0x5A ? octet | 0x20 : octet
            }
        }

        private func digits(_ range: Range<Int>) -> Double? {
            guard !range.isEmpty, octets[range].allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
            return Double(String(decoding: octets[range], as: UTF8.self))
        }

        /// `3:30`; minutes have one or two digits.
        var clock: Double? {
            guard let colon = octets.firstIndex(of: UInt8(ascii: ":")), let hours = digits(0..<colon),
                octets.count - colon <= 3, let minutes = digits(colon + 1..<octets.count)
            else { return nil }
            return hours + minutes / 60
        }

        /// `3h30m`, `3h30`, `3h`, `90m`, `90min`.
        var units: Double? {
            let letters = octets.firstIndex { $0 == UInt8(ascii: "h") }
            var hours = 0.0
            var rest = 0
            if let letter = letters {
                guard let found = digits(0..<letter) else { return nil }
                hours = found
                rest = letter + 1
                if rest == octets.count { return hours }
            }
            var end = octets.count
            if let letter = octets[rest...].firstIndex(of: UInt8(ascii: "m")) {
                let word = String(decoding: octets[letter...], as: UTF8.self)
                guard word == "m" || word == "min" else { return nil }
                end = letter
            } else if letters == nil {
                return nil
            }
            return digits(rest..<end).map { hours + $0 / 60 }
        }

        /// `3.5`, `3,5`, `3`, `.5`.
        var decimal: Double? {
            let dot = octets.map { $0 == UInt8(ascii: ",") ? UInt8(ascii: ".") : $0 }
            guard !dot.isEmpty, dot.allSatisfy({ ($0 >= 0x30 && $0 <= 0x39) || $0 == UInt8(ascii: ".") }),
                dot.contains(where: { $0 != UInt8(ascii: ".") })
            else { return nil }
            return Double(String(decoding: dot.first == UInt8(ascii: ".") ? [0x30] + dot : dot, as: UTF8.self))
        }
    }
}
