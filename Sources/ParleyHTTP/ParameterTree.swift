/// What a request's content or query says, whatever form it came in.
public enum ParameterTree: Sendable, Equatable {
    case null
    case boolean(Bool)
    case integer(Int64)
    /// A number with a fraction, an exponent or more digits than 64 bits hold, in its own characters (valid JSON
    /// number).
    case number(String)
    case text(String)
    case list([ParameterTree])
    case object(ParameterObject)
    indirect case file(UploadedFile)

    /// A named member of an object; nil where this is no object or has no such member.
    public subscript(name: String) -> ParameterTree? {
        guard case .object(let object) = self else { return nil }
        return object[name]
    }

    /// The object's members, if it is one.
    public var object: ParameterObject? {
        if case .object(let object) = self { return object }
        return nil
    }

    /// The items, if it is a list.
    public var list: [ParameterTree]? {
        if case .list(let items) = self { return items }
        return nil
    }

    /// The text, if it is one.
    public var text: String? {
        if case .text(let text) = self { return text }
        return nil
    }

    /// The uploaded file, if it is one.
    public var file: UploadedFile? {
        if case .file(let file) = self { return file }
        return nil
    }

    /// Whether it is an explicit null.
    public var isNull: Bool { self == .null }

    /// Any single value as a client of forms would have written it: numbers and booleans as text; nil for null, lists,
    /// objects and files.
    public var scalarText: String? {
        switch self {
        case .text(let text): text
        case .integer(let number): String(number)
        case .number(let digits): digits
        case .boolean(let flag): flag ? "true" : "false"
        case .null, .list, .object, .file: nil
        }
    }

    /// A whole number, also one written as text (`"12"`, blanks around it do no harm); nil for anything else.
    public var wholeNumber: Int64? {
        switch self {
        case .integer(let number): number
        case .text(let text): Int64(text.trimmingBlanks)
        default: nil
        }
    }

    /// A finite number, also one written as text; nil for anything else.
    public var decimalNumber: Double? {
        let value: Double? =
            switch self {
            case .integer(let number): Double(number)
            case .number(let digits): Double(digits)
            case .text(let text): Double(text.trimmingBlanks)
            default: nil
            }
        return value.flatMap { $0.isFinite ? $0 : nil }
    }
}

/// Named values in the order in which they came; a later value of the same name replaces the earlier in its place.
public struct ParameterObject: Sendable, Equatable {
    /// Names and values in order.
    public private(set) var members: [Member]
    /// Positions by name, kept from the ninth member on.
    private var positions: [String: Int]

    /// A named value.
    public struct Member: Sendable, Equatable {
        public var name: String
        public var value: ParameterTree

        public init(_ name: String, _ value: ParameterTree) {
            self.name = name
            self.value = value
        }
    }

    public init(_ members: [(String, ParameterTree)] = []) {
        self.members = []
        positions = [:]
        for (name, value) in members { self[name] = value }
    }

    /// How many members there are.
    public var count: Int { members.count }
    /// Whether there are none.
    public var isEmpty: Bool { members.isEmpty }
    /// The members' names in order.
    public var names: [String] { members.map(\.name) }

    /// The value of a name; setting nil removes it.
    public subscript(name: String) -> ParameterTree? {
        get { position(name).map { members[$0].value } }
        set {
            switch (position(name), newValue) {
            case (let index?, let value?): members[index].value = value
            case (nil, let value?): append(name, value)
            case (let index?, nil):
                members.remove(at: index)
                positions = [:]
                if members.count > 8 { for (place, member) in members.enumerated() { positions[member.name] = place } }
            case (nil, nil): break
            }
        }
    }

    public static func == (left: ParameterObject, right: ParameterObject) -> Bool { left.members == right.members }

    private func position(_ name: String) -> Int? {
        members.count > 8 ? positions[name] : members.firstIndex { $0.name == name }
    }

    private mutating func append(_ name: String, _ value: ParameterTree) {
        members.append(Member(name, value))
        if members.count == 9 {
            for (place, member) in members.enumerated() { positions[member.name] = place }
        } else if members.count > 9 {
            positions[name] = members.count - 1
        }
    }
}

/// A file that came in a multipart form. Its octets went to the sink of the reader.
public struct UploadedFile: Sendable, Equatable {
    /// Which file of the form it is, from 0, as the sink saw it.
    public let index: Int
    /// The last component of the name the client gave.
    public let filename: String
    /// As the client said; nil where it did not.
    public let contentType: String?
    /// Octets.
    public let size: Int64

    public init(index: Int, filename: String, contentType: String?, size: Int64) {
        self.index = index
        self.filename = filename
        self.contentType = contentType
        self.size = size
    }
}

/// Content that does not have the form it says it has, or goes beyond a limit.
public struct MalformedBody: Error, Equatable, Sendable {
    /// The form that was expected.
    public enum Kind: String, Sendable {
        case json, xml, form, multipart
    }

    public let kind: Kind
    /// What is wrong, in English, for logs and for dialects that tell.
    public let reason: String
    /// The line where it was seen, from 1, where known.
    public let line: Int?

    public init(_ kind: Kind, _ reason: String, line: Int? = nil) {
        self.kind = kind
        self.reason = reason
        self.line = line
    }
}

/// Bounds of what a reader takes.
public struct ReaderLimits: Sendable {
    /// Objects and lists within one another.
    public var depth: Int
    /// Values, elements or pairs in all.
    public var values: Int

    public init(depth: Int = 64, values: Int = 100_000) {
        self.depth = min(max(depth, 1), 200)
        self.values = max(values, 1)
    }
}

extension StringProtocol {
    /// The text without blanks, tabs and line ends at both ends.
    var trimmingBlanks: String {
        let whole = Substring(self)
        let octets = whole.utf8
        var start = octets.startIndex
        var end = octets.endIndex
        while start < end, octets[start].isBlank { start = octets.index(after: start) }
        while start < end, octets[octets.index(before: end)].isBlank { end = octets.index(before: end) }
        return String(whole[start..<end])
    }
}

extension UInt8 {
    /// Blank, tab, line feed, vertical tab, form feed or carriage return.
    var isBlank: Bool { self == 0x20 || (self >= 0x09 && self <= 0x0D) }
    /// `0` to `9`.
    var isDigit: Bool { self &- 0x30 < 10 }

    /// The value of a hexadecimal digit.
    var hexadecimalValue: UInt8? {
        switch self {
        case 0x30...0x39: self - 0x30
        case 0x41...0x46: self - 0x41 + 10
        case 0x61...0x66: self - 0x61 + 10
        default: nil
        }
    }

    /// The letter in lower case, ASCII only.
    var lowercased: UInt8 { self >= 0x41 && self <= 0x5A ? self | 0x20 : self }
}
