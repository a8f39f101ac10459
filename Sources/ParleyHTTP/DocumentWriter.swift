import ParleyModel

/// One view, many formats: a resource is rendered once, into this writer, and comes out as JSON or as XML.
///
///     var writer = DocumentWriter(.json())
///     writer.document("issue") { issue in
///         issue.member("id", 5)                                // 5                 | <id>5</id>
///         issue.reference("status", id: 1, title: "New")       // {"id":1,"name":…} | <status id="1" name="New"/>
///         issue.member("due_date", Optional<CivilDate>.none)   // null              | <due_date/>
///         issue.array("custom_fields", of: "custom_field") { fields in
///             fields.item { field in
///                 field.attribute("id", 1)                     // a member          | an attribute
///                 field.list("value", of: "value", ["a", "b"]) // ["a","b"]         | <value type="array"><value>a…
///             }
///         }
///     }
///     let octets = writer.finish()
///
/// The words are neutral: an *object* has named parts, an *array* has items; a part is a *member* (XML: a child
/// element) or an *attribute* (XML: an attribute of the start tag as long as nothing else was written into the
/// element, else a child). What XML makes of typing, items and nothing at all is set by `XMLOptions`, what JSON
/// escapes by `JSONOptions`. Structure is closed by closures, so a document cannot come out unbalanced.
public struct DocumentWriter: ~Copyable {
    /// The form of a document.
    public enum Format: Sendable {
        case json(JSONOptions = JSONOptions())
        case xml(XMLOptions = XMLOptions())
    }

    /// How a named value stands in XML; JSON makes no difference.
    @usableFromInline
    enum Placement { case element, attribute }

    var output: OutputBuffer
    let isJSON: Bool
    let json: JSONOptions
    let xml: XMLOptions
    /// Escape classes of the chosen format, 256 entries, never freed.
    let escapes: UnsafePointer<UInt8>
    /// JSON: something was written before in the same object or array.
    var needsComma = false
    /// JSON: open objects and arrays, for indentation.
    var depth = 0
    /// XML: the last start tag still lacks its `>`.
    var tagOpen = false
    /// XML: what the items of the open array are called.
    var itemName: DocumentName = "item"
    /// XML, for arrays of scalars that are written without items: how many came, and where the first begins.
    var scalarCount = 0
    var scalarStart = 0

    /// - Parameter capacity: octets set aside at first; the block doubles as needed.
    public init(_ format: Format, capacity: Int = 4096) {
        output = OutputBuffer(capacity: capacity)
        switch format {
        case .json(let options):
            isJSON = true
            json = options
            xml = XMLOptions()
            escapes = options.escapeTable
        case .xml(let options):
            isJSON = false
            json = JSONOptions()
            xml = options
            escapes = EscapeTables.xml
            output.append(options.declaration)
        }
    }

    /// Whether the document is JSON, for the few places where the two formats differ in content.
    public var writesJSON: Bool { isJSON }

    /// Octets written so far.
    public var count: Int { output.count }

    /// The document. The writer is used up.
    public consuming func finish() -> [UInt8] {
        output.array()
    }

    // MARK: the whole document

    /// A document that is one object: `{"issue":{…}}` and `<issue>…</issue>`; not wrapped, JSON is the bare object.
    public mutating func document(
        _ name: DocumentName, wrapped: Bool = true, _ body: (inout DocumentWriter) throws -> Void
    ) rethrows {
        if isJSON && wrapped { openJSON(nil, bracket: .braceLeft) }
        if isJSON && !wrapped {
            try jsonObject(nil, body)
        } else {
            try object(name, body)
        }
        if isJSON && wrapped { closeJSON(bracket: .braceRight) }
    }

    /// A document that is one array, with totals beside it: `{"issues":[…],"total_count":2}` and
    /// `<issues total_count="2" type="array">…</issues>`; not wrapped, JSON is the bare `[…]` without totals.
    public mutating func documentList(
        _ name: DocumentName, of item: DocumentName, totals: [(DocumentName, DocumentScalar)] = [],
        wrapped: Bool = true,
        _ body: (inout DocumentWriter) throws -> Void
    ) rethrows {
        guard isJSON else { return try xmlArray(name, of: item, totals: totals, body) }
        guard wrapped else { return try jsonArray(nil, body) }
        openJSON(nil, bracket: .braceLeft)
        try jsonArray(name, body)
        for (total, value) in totals { jsonScalar(total, value) }
        closeJSON(bracket: .braceRight)
    }

    /// Characters around the document as they are, such as the call of a JSONP answer.
    public mutating func verbatim(_ text: String) {
        output.append(text)
    }

    // MARK: parts of an object

    /// A part that is an object itself.
    public mutating func object(
        _ name: DocumentName, _ body: (inout DocumentWriter) throws -> Void
    ) rethrows {
        if isJSON { try jsonObject(name, body) } else { try xmlObject(name, body) }
    }

    /// A part that is an array.
    /// - Parameter item: the name of its items' elements.
    public mutating func array(
        _ name: DocumentName, of item: DocumentName, _ body: (inout DocumentWriter) throws -> Void
    ) rethrows {
        if isJSON { try jsonArray(name, body) } else { try xmlArray(name, of: item, totals: [], body) }
    }

    /// A part with a single value; an element in XML.
    @inlinable
    public mutating func member(_ name: DocumentName, _ value: some DocumentValue) {
        scalar(name, value.documentScalar, .element)
    }

    /// A part with a single value; an attribute in XML where that is still possible and the options want it.
    @inlinable
    public mutating func attribute(_ name: DocumentName, _ value: some DocumentValue) {
        scalar(name, value.documentScalar, .attribute)
    }

    /// A part that is an array of single values.
    @inlinable
    public mutating func list<Element: DocumentValue>(
        _ name: DocumentName, of item: DocumentName, _ values: some Sequence<Element>
    ) {
        array(name, of: item) { items in
            for value in values { items.item(value) }
        }
    }

    /// A part that names another object: number and title, as attributes in XML.
    public mutating func reference(_ name: DocumentName, id: some DocumentValue, title: some DocumentValue) {
        object(name) { part in
            part.attribute("id", id)
            part.attribute("name", title)
        }
    }

    /// A part that names another object by number alone.
    public mutating func reference(_ name: DocumentName, id: some DocumentValue) {
        object(name) { $0.attribute("id", id) }
    }

    // MARK: items of an array

    /// An item that is an object.
    /// - Parameter name: its element's name, where it is not the array's.
    public mutating func item(
        named name: DocumentName? = nil, _ body: (inout DocumentWriter) throws -> Void
    ) rethrows {
        if isJSON { try jsonObject(nil, body) } else { try xmlObject(name ?? itemName, body) }
    }

    /// An item that names another object: number and title, as attributes in XML.
    public mutating func referenceItem(
        named name: DocumentName? = nil, id: some DocumentValue, title: some DocumentValue
    ) {
        item(named: name) { part in
            part.attribute("id", id)
            part.attribute("name", title)
        }
    }

    /// An item that is an array.
    public mutating func itemArray(
        named name: DocumentName? = nil, of item: DocumentName, _ body: (inout DocumentWriter) throws -> Void
    ) rethrows {
        if isJSON { try jsonArray(nil, body) } else { try xmlArray(name ?? itemName, of: item, totals: [], body) }
    }

    /// An item that is a single value.
    @inlinable
    public mutating func item(_ value: some DocumentValue) {
        itemScalar(value.documentScalar)
    }

    // MARK: single values

    @usableFromInline
    mutating func scalar(_ name: DocumentName, _ value: DocumentScalar, _ placement: Placement) {
        if isJSON { jsonScalar(name, value) } else { xmlScalar(name, value, placement) }
    }

    @usableFromInline
    mutating func itemScalar(_ value: DocumentScalar) {
        if isJSON { jsonScalar(nil, value) } else { xmlItemScalar(value) }
    }
}
