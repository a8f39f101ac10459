import ParleyModel

/// A single value of a document.
public enum DocumentScalar: Sendable {
    case null
    case boolean(Bool)
    case integer(Int64)
    /// Written as the shortest text that reads back the same, with `.0` for whole numbers; not finite: null.
    case number(Double)
    case text(String)
    /// `2026-11-01`.
    case date(CivilDate)
    /// `2026-11-21T17:20:40Z`: whole seconds, rounded down.
    case instant(Instant)
    /// A number's own characters, written without quotes.
    case literal(String)
}

/// What can stand as a single value of a document.
public protocol DocumentValue {
    /// The value in the document's terms.
    var documentScalar: DocumentScalar { get }
}

extension DocumentScalar: DocumentValue {
    @inlinable public var documentScalar: DocumentScalar { self }
}

extension Bool: DocumentValue {
    @inlinable public var documentScalar: DocumentScalar { .boolean(self) }
}

extension Int: DocumentValue {
    @inlinable public var documentScalar: DocumentScalar { .integer(Int64(self)) }
}

extension Int64: DocumentValue {
    @inlinable public var documentScalar: DocumentScalar { .integer(self) }
}

extension Int32: DocumentValue {
    @inlinable public var documentScalar: DocumentScalar { .integer(Int64(self)) }
}

extension Double: DocumentValue {
    @inlinable public var documentScalar: DocumentScalar { .number(self) }
}

extension String: DocumentValue {
    @inlinable public var documentScalar: DocumentScalar { .text(self) }
}

extension Substring: DocumentValue {
    @inlinable public var documentScalar: DocumentScalar { .text(String(self)) }
}

extension CivilDate: DocumentValue {
    @inlinable public var documentScalar: DocumentScalar { .date(self) }
}

extension Instant: DocumentValue {
    @inlinable public var documentScalar: DocumentScalar { .instant(self) }
}

extension Identifier: DocumentValue {
    @inlinable public var documentScalar: DocumentScalar { .integer(rawValue) }
}

extension Optional: DocumentValue where Wrapped: DocumentValue {
    @inlinable public var documentScalar: DocumentScalar {
        switch self {
        case .some(let value): value.documentScalar
        case .none: .null
        }
    }
}

/// The name of a part or of an element. A literal is taken as it stands; a name made at run time,
/// `DocumentName(text)`, is escaped in JSON and kept to the letters of XML names in XML.
public struct DocumentName: Sendable, ExpressibleByStringLiteral {
    enum Storage: Sendable {
        case fixed(StaticString)
        case text(String)
    }

    let storage: Storage

    public init(stringLiteral value: StaticString) {
        storage = .fixed(value)
    }

    /// A name that is known only at run time.
    public init(_ text: String) {
        storage = .text(text)
    }

    /// The name's characters.
    public var text: String {
        switch storage {
        case .fixed(let name): name.description
        case .text(let name): name
        }
    }
}
