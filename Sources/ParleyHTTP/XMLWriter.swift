import ParleyModel

/// What an XML document looks like. Elements follow one another without line breaks.
public struct XMLOptions: Sendable {
    /// Which elements say what they hold, in an attribute `type`.
    public enum Typing: Sendable {
        case none
        /// Arrays alone: `type="array"`.
        case arrays
        /// All: `dict`, `list`, `str`, `int`, `float`, `bool`, `null`.
        case all
    }

    /// What stands before the root.
    public var declaration: StaticString
    public var typing: Typing
    /// Whether attributes are attributes; else they are child elements like members.
    public var keepsAttributes: Bool
    /// One name for the items of all arrays, whatever the arrays say.
    public var itemName: DocumentName?
    /// Arrays of scalars have no items: one is the array's own text, several are `<text>` elements.
    public var bareScalarArrays: Bool
    /// An empty text is `<x/>` like null, not `<x></x>`.
    public var collapsesEmptyText: Bool
    /// Names that are no XML names become `<key name="...">`; else their odd characters become `_`.
    public var namesInAttribute: Bool
    /// A carriage return is read as one; else it stands as it is, and readers of XML make a line feed of it.
    public var keepsCarriageReturns: Bool

    public init(
        declaration: StaticString = #"<?xml version="1.0" encoding="UTF-8"?>"#, typing: Typing = .arrays,
        keepsAttributes: Bool = true, itemName: DocumentName? = nil, bareScalarArrays: Bool = false,
        collapsesEmptyText: Bool = false, namesInAttribute: Bool = false, keepsCarriageReturns: Bool = true
    ) {
        self.declaration = declaration
        self.typing = typing
        self.keepsAttributes = keepsAttributes
        self.itemName = itemName
        self.bareScalarArrays = bareScalarArrays
        self.collapsesEmptyText = collapsesEmptyText
        self.namesInAttribute = namesInAttribute
        self.keepsCarriageReturns = keepsCarriageReturns
    }
}

extension DocumentWriter {
    mutating func xmlObject(
        _ name: DocumentName, _ body: (inout DocumentWriter) throws -> Void
    ) rethrows {
        openXML(name)
        if xml.typing == .all { output.append(#" type="dict""#) }
        try body(&self)
        closeXML(name, collapsed: true)
    }

    mutating func xmlArray(
        _ name: DocumentName, of item: DocumentName, totals: [(DocumentName, DocumentScalar)],
        _ body: (inout DocumentWriter) throws -> Void
    ) rethrows {
        openXML(name)
        for (total, value) in totals { xmlAttribute(total, value) }
        switch xml.typing {
        case .none: break
        case .arrays: output.append(#" type="array""#)
        case .all: output.append(#" type="list""#)
        }
        let outer = (itemName, scalarCount, scalarStart)
        itemName = xml.itemName ?? item
        scalarCount = 0
        try body(&self)
        (itemName, scalarCount, scalarStart) = outer
        closeXML(name, collapsed: false)
    }

    mutating func xmlScalar(_ name: DocumentName, _ value: DocumentScalar, _ placement: Placement) {
        if placement == .attribute && tagOpen && xml.keepsAttributes { return xmlAttribute(name, value) }
        openXML(name)
        if xml.typing == .all { xmlType(value) }
        if xmlIsCollapsed(value) { return closeXML(name, collapsed: true) }
        output.reserve(33)
        output.put(.greater)
        tagOpen = false
        xmlValue(value, inAttribute: false)
        closeXML(name, collapsed: false)
    }

    mutating func xmlItemScalar(_ value: DocumentScalar) {
        guard xml.bareScalarArrays else { return xmlScalar(itemName, value, .element) }
        scalarCount += 1
        if scalarCount == 1 {
            closeStartTag()
            scalarStart = output.count
            output.reserve(33)
            return xmlValue(value, inAttribute: false)
        }
        if scalarCount == 2 {
            output.insert("<text>", at: scalarStart)
            output.append("</text>")
        }
        xmlScalar("text", value, .element)
    }

    private func xmlIsCollapsed(_ value: DocumentScalar) -> Bool {
        switch value {
        case .null: true
        case .number(let number): !number.isFinite
        case .text(let text): xml.collapsesEmptyText && text.isEmpty
        default: false
        }
    }

    /// ` name="value"` inside the start tag.
    private mutating func xmlAttribute(_ name: DocumentName, _ value: DocumentScalar) {
        output.reserve(1)
        output.put(.space)
        xmlName(name, room: 2 + 32 + 1)
        output.put(.equals)
        output.put(.quote)
        xmlValue(value, inAttribute: true)
        output.reserve(1)
        output.put(.quote)
    }

    private mutating func xmlType(_ value: DocumentScalar) {
        switch value {
        case .null: output.append(#" type="null""#)
        case .boolean: output.append(#" type="bool""#)
        case .integer: output.append(#" type="int""#)
        case .number, .literal: output.append(#" type="float""#)
        case .text, .date, .instant: output.append(#" type="str""#)
        }
    }

    /// A value's characters; 32 octets must have been reserved, as many as a number or time takes.
    @inline(__always)
    private mutating func xmlValue(_ value: DocumentScalar, inAttribute: Bool) {
        switch value {
        case .text(let text), .literal(let text): xmlText(text, inAttribute: inAttribute)
        case .integer(let number): output.put(number)
        case .null: break
        case .boolean(let flag): if flag { output.put("true") } else { output.put("false") }
        case .number(let number): if number.isFinite { output.put(number) }
        case .date(let date): output.put(date)
        case .instant(let instant): output.put(instant)
        }
    }

    /// `<name`, with the tag left open for attributes.
    private mutating func openXML(_ name: DocumentName) {
        output.reserve(2)
        if tagOpen { output.put(.greater) }
        output.put(.less)
        tagOpen = true
        if xml.namesInAttribute, !name.isXMLName {
            output.append(#"key name=""#)
            output.reserve(1)
            xmlText(name.text, inAttribute: true)
            output.append("\"")
        } else {
            xmlName(name, room: 1)
        }
    }

    private mutating func closeStartTag() {
        guard tagOpen else { return }
        output.reserve(1)
        output.put(.greater)
        tagOpen = false
    }

    /// `/>` where nothing was written into a collapsible element, else `</name>`.
    private mutating func closeXML(_ name: DocumentName, collapsed: Bool) {
        output.reserve(4)
        if tagOpen && collapsed {
            output.put(.slash)
            output.put(.greater)
            tagOpen = false
            return
        }
        if tagOpen { output.put(.greater) }
        tagOpen = false
        output.put(.less)
        output.put(.slash)
        if xml.namesInAttribute, !name.isXMLName {
            output.append("key")
            output.reserve(1)
        } else {
            xmlName(name, room: 1)
        }
        output.put(.greater)
    }

    @inline(__always)
    private mutating func xmlName(_ name: DocumentName, room: Int) {
        switch name.storage {
        case .fixed(let literal):
            output.reserve(literal.utf8CodeUnitCount + room)
            output.put(literal)
        case .text(let text):
            output.reserve(text.utf8.count + 1 + room)
            var first = true
            for octet in text.utf8 {
                let isLetter = octet | 0x20 >= 0x61 && octet | 0x20 <= 0x7A || octet == UInt8(ascii: "_")
                let isOther =
                    octet >= .digitZero && octet <= UInt8(ascii: "9") || octet == .minus || octet == UInt8(ascii: ".")
                if first && !isLetter { output.put(UInt8(ascii: "_")) }
                if isLetter || isOther { output.put(octet) } else if !first { output.put(UInt8(ascii: "_")) }
                first = false
            }
            if first { output.put(UInt8(ascii: "_")) }
        }
    }

    private mutating func xmlText(_ text: String, inAttribute: Bool) {
        text.withOctets { octets, length in
            let table = escapes
            output.reserve(length + 9)
            var start = 0
            var index = 0
            while index < length {
                let kind = table[Int(octets[index])]
                if kind == 0 || (kind == EscapeTables.attribute && !inAttribute) {
                    index += 1
                    continue
                }
                if kind == EscapeTables.nonCharacter {
                    guard index + 2 < length, octets[index + 1] == 0xBF, octets[index + 2] >= 0xBE else {
                        index += 1
                        continue
                    }
                }
                output.put(octets + start, index - start)
                output.reserve(15 + length - index)
                xmlEscape(octets[index])
                index += kind == EscapeTables.nonCharacter ? 3 : 1
                start = index
            }
            output.put(octets + start, length - start)
        }
    }

    /// The reference that stands for an octet; nothing for one that XML cannot carry.
    private mutating func xmlEscape(_ octet: UInt8) {
        switch octet {
        case .ampersand: output.put("&amp;")
        case .less: output.put("&lt;")
        case .greater: output.put("&gt;")
        case .quote: output.put("&quot;")
        case 0x09: output.put("&#9;")
        case 0x0A: output.put("&#10;")
        case 0x0D: output.put(xml.keepsCarriageReturns ? "&#13;" : "\r")
        default: break
        }
    }
}

extension DocumentName {
    /// Whether the name consists of ASCII characters that XML names may have.
    var isXMLName: Bool {
        var first = true
        let text = self.text
        for octet in text.utf8 {
            let isLetter = octet | 0x20 >= 0x61 && octet | 0x20 <= 0x7A || octet == UInt8(ascii: "_")
            let isOther =
                octet >= .digitZero && octet <= UInt8(ascii: "9") || octet == .minus || octet == UInt8(ascii: ".")
            guard isLetter || (isOther && !first) else { return false }
            first = false
        }
        return !first
    }
}
