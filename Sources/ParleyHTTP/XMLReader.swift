import CXML2
import ParleyModel

/// An element of an XML document as it stands there; names are without their namespace prefix.
public struct MarkupElement: Sendable, Equatable {
    public var name: String
    public var attributes: [(name: String, value: String)]
    /// Child elements, in order.
    public var children: [MarkupElement]
    /// All text directly inside, CDATA included, joined.
    public var text: String

    public init(
        _ name: String, attributes: [(name: String, value: String)] = [], children: [MarkupElement] = [],
        text: String = ""
    ) {
        self.name = name
        self.attributes = attributes
        self.children = children
        self.text = text
    }

    /// The first child of a name.
    public subscript(name: String) -> MarkupElement? { children.first { $0.name == name } }

    /// The value of an attribute.
    public func attribute(_ name: String) -> String? { attributes.first { $0.name == name }?.value }

    public static func == (left: MarkupElement, right: MarkupElement) -> Bool {
        left.name == right.name && left.text == right.text && left.children == right.children
            && left.attributes.elementsEqual(right.attributes) { $0.name == $1.name && $0.value == $1.value }
    }

    /// Reads a document. Nothing is fetched, and a document type declaration of any kind is refused: without it there
    /// are no entities to expand and no defaults to fill in.
    public init(parsing octets: [UInt8], limits: ReaderLimits = ReaderLimits()) throws(MalformedBody) {
        MarkupElement.prepareLibrary
        // Line ends before the declaration are no XML, but are sent.
        let octets = octets.drop(while: \.isBlank)
        guard !octets.isEmpty else { throw MalformedBody(.xml, "there is no content", line: 1) }
        guard octets.count <= 1 << 30 else { throw MalformedBody(.xml, "the content is too large") }
        guard let context = xmlNewParserCtxt() else { throw MalformedBody(.xml, "out of memory") }
        defer { xmlFreeParserCtxt(context) }
        context.pointee.sax?.pointee.internalSubset = { context, _, _, _ in
            guard let context else { return }
            let parser = context.assumingMemoryBound(to: xmlParserCtxt.self)
            parser.pointee._private = context
            xmlStopParser(parser)
        }
        let options =
            XML_PARSE_NONET.rawValue | XML_PARSE_NOERROR.rawValue | XML_PARSE_NOWARNING.rawValue
            | XML_PARSE_NOCDATA.rawValue
        let document = octets.withUnsafeBytes { buffer in
            xmlCtxtReadMemory(
                context, buffer.bindMemory(to: CChar.self).baseAddress, Int32(truncatingIfNeeded: buffer.count), nil,
                nil,
                Int32(options))
        }
        defer { if let document { xmlFreeDoc(document) } }
        if context.pointee._private != nil {
            throw MalformedBody(.xml, "a document type declaration is not allowed", line: MarkupElement.line(context))
        }
        guard let document, context.pointee.wellFormed == 1, let root = xmlDocGetRootElement(document) else {
            throw MalformedBody(.xml, MarkupElement.reason(context), line: MarkupElement.line(context))
        }
        var count = 0
        self = try MarkupElement.element(root, depth: 1, limits: limits, count: &count)
    }

    private static let prepareLibrary: Void = xmlInitParser()

    private static func line(_ context: xmlParserCtxtPtr) -> Int? {
        let line = Int(context.pointee.lastError.line)
        if line > 0 { return line }
        guard let input = context.pointee.input else { return nil }
        return max(1, Int(input.pointee.line))
    }

    private static func reason(_ context: xmlParserCtxtPtr) -> String {
        guard let message = context.pointee.lastError.message else { return "not well-formed" }
        return String(cString: message).trimmingBlanks
    }

    private static func string(_ octets: UnsafePointer<xmlChar>?) -> String {
        octets.map { String(cString: $0) } ?? ""
    }

    private static func element(
        _ node: xmlNodePtr, depth: Int, limits: ReaderLimits, count: inout Int
    ) throws(MalformedBody) -> MarkupElement {
        let line = Int(xmlGetLineNo(node))
        guard depth <= limits.depth else { throw MalformedBody(.xml, "too deep", line: line) }
        count += 1
        var result = MarkupElement(string(node.pointee.name))
        var attribute = node.pointee.properties
        while let current = attribute {
            count += 1
            var value = ""
            var part = current.pointee.children
            while let piece = part {
                value += string(piece.pointee.content)
                part = piece.pointee.next
            }
            result.attributes.append((string(current.pointee.name), value))
            attribute = current.pointee.next
        }
        guard count <= limits.values else { throw MalformedBody(.xml, "too many elements", line: line) }
        var child = node.pointee.children
        while let current = child {
            switch current.pointee.type {
            case XML_ELEMENT_NODE:
                result.children.append(try element(current, depth: depth + 1, limits: limits, count: &count))
            case XML_TEXT_NODE, XML_CDATA_SECTION_NODE:
                result.text += string(current.pointee.content)
            default: break
            }
            child = current.pointee.next
        }
        return result
    }
}

extension ParameterTree {
    /// Reads XML as the object mappers of Ruby on Rails write it: the document becomes an object whose one member is
    /// the root. Dashes in names become underscores, attributes are members, `type` casts, `nil="true"` is null, an
    /// element with nothing in it is null too, `type="array"` makes a list of the children; other children of equal
    /// names become a list under that name.
    public init(activeResource octets: [UInt8], limits: ReaderLimits = ReaderLimits()) throws(MalformedBody) {
        let root = try MarkupElement(parsing: octets, limits: limits)
        self = .object(ParameterObject([(root.name.underscored, try ParameterTree(activeResource: root))]))
    }

    /// The same for one element that has been read.
    public init(activeResource element: MarkupElement) throws(MalformedBody) {
        let type = element["type"] == nil ? element.attribute("type") : nil
        if type == "yaml" || type == "symbol" {
            throw MalformedBody(.xml, "elements of type \(type ?? "") are not allowed")
        }
        if type == "array" {
            self = .list(try ParameterTree.activeResourceItems(element))
            return
        }
        let isBlank = element.text.utf8.allSatisfy(\.isBlank)
        let isText = !element.text.isEmpty && (!isBlank || (element.children.isEmpty && element.attributes.isEmpty))
        if isText {
            self = ParameterTree.cast(element.text, type)
            return
        }
        let isNil = element["nil"] == nil && element.attribute("nil") == "true"
        if type == "string" && !isNil {
            self = .text(element.text)
            return
        }
        let isEmpty = element.children.isEmpty && element.attributes.allSatisfy { $0.name == "type" && type != nil }
        if isNil || isEmpty {
            self = .null
            return
        }
        var object = ParameterObject()
        for (name, value) in element.attributes { object[name.underscored] = .text(value) }
        var lists: [String: [ParameterTree]] = [:]
        for child in element.children {
            let name = child.name.underscored
            let value = try ParameterTree(activeResource: child)
            if object[name] == nil {
                object[name] = value
            } else {
                lists[name, default: object[name].map { [$0] } ?? []].append(value)
            }
        }
        for (name, items) in lists { object[name] = .list(items) }
        self = .object(object)
    }

    /// The children that share the name of the first.
    private static func activeResourceItems(_ element: MarkupElement) throws(MalformedBody) -> [ParameterTree] {
        guard let name = element.children.first?.name.underscored else { return [] }
        var items: [ParameterTree] = []
        for child in element.children where child.name.underscored == name {
            items.append(try ParameterTree(activeResource: child))
        }
        return items
    }

    private static func cast(_ text: String, _ type: String?) -> ParameterTree {
        let trimmed = text.trimmingBlanks
        switch type {
        case "integer": return .integer(leadingNumber(trimmed))
        case "boolean": return .boolean(trimmed == "true" || trimmed == "1")
        case "float", "double", "decimal":
            guard let number = Double(trimmed), number.isFinite else { return .text(text) }
            return .number(number.description)
        case "date":
            let day = String(decoding: trimmed.utf8.prefix(10), as: UTF8.self)
            return .text(CivilDate(iso8601: day) == nil ? trimmed : day)
        case "datetime", "dateTime": return .text(trimmed)
        case "base64Binary":
            guard let octets = Base64.decode(trimmed) else { return .text(text) }
            return .text(String(decoding: octets, as: UTF8.self))
        default: return .text(text)
        }
    }

    /// The number a text begins with; 0 where it begins with none, as far as 64 bits reach.
    private static func leadingNumber(_ text: String) -> Int64 {
        var digits = text.utf8[...]
        let isNegative = digits.first == .minus
        if isNegative || digits.first == UInt8(ascii: "+") { digits = digits.dropFirst() }
        var result: Int64 = 0
        for octet in digits {
            guard octet.isDigit else { break }
            let (product, first) = result.multipliedReportingOverflow(by: 10)
            let (sum, second) = product.addingReportingOverflow(Int64(octet - .digitZero))
            if first || second { return isNegative ? .min : .max }
            result = sum
        }
        return isNegative ? -result : result
    }
}

extension String {
    /// The text with underscores for dashes.
    var underscored: String {
        utf8.contains(.minus)
            ? String(decoding: utf8.map { $0 == .minus ? UInt8(ascii: "_") : $0 }, as: UTF8.self) : self
    }
}
