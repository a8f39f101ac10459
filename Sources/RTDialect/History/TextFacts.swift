import Foundation
import ParleyHTTP
import ParleyModel
import ParleyService
import Synchronization

/// What RT tells of a stored text: it counts characters, and knows how they were encoded.
struct TextFacts: Sendable, Equatable {
    var characters: Int64 = 0
    /// Of the same text in UTF-8.
    var octets: Int64 = 0
    /// As the headers call it.
    var encoding = "iso-8859-1"
    /// Whether there is an octet of zero, by which RT tells how it would keep the content.
    var hasZero = false
    var isASCII = true
}

/// The encodings that texts come in.
enum TextEncoding: Sendable, Equatable {
    case ascii, utf8, latin1
    case other(String.Encoding, name: String)

    /// The name in headers.
    var name: String {
        switch self {
        case .ascii: "ascii"
        case .utf8: "utf-8"
        case .latin1: "iso-8859-1"
        case .other(_, let name): name
        }
    }

    private static let others: [String: (String.Encoding, String)] = [
        "windows-1252": (.windowsCP1252, "cp1252"), "cp1252": (.windowsCP1252, "cp1252"),
        "windows-1250": (.windowsCP1250, "cp1250"), "windows-1251": (.windowsCP1251, "cp1251"),
        "windows-1253": (.windowsCP1253, "cp1253"), "windows-1254": (.windowsCP1254, "cp1254"),
        "iso-8859-2": (.isoLatin2, "iso-8859-2"), "shift_jis": (.shiftJIS, "shiftjis"),
        "euc-jp": (.japaneseEUC, "euc-jp"),
        "iso-2022-jp": (.iso2022JP, "iso-2022-jp"), "utf-16": (.utf16, "UTF-16"),
        "utf-16le": (.utf16LittleEndian, "UTF-16LE"), "utf-16be": (.utf16BigEndian, "UTF-16BE"),
    ]

    /// The encoding that a part names; nil where it names none that is known.
    init?(named name: String?) {
        switch name?.lowercased() {
        case "utf-8", "utf8": self = .utf8
        case "us-ascii", "ascii": self = .ascii
        case "iso-8859-1", "latin1", "iso_8859-1": self = .latin1
        case let name?:
            guard let (encoding, shown) = TextEncoding.others[name] else { return nil }
            self = .other(encoding, name: shown)
        case nil: return nil
        }
    }

    /// The text of octets, whatever they are.
    func text(_ octets: [UInt8]) -> String {
        if case .other(let encoding, _) = self, let text = String(bytes: octets, encoding: encoding) { return text }
        if let text = String(validating: octets, as: UTF8.self) { return text }
        var text = ""
        text.unicodeScalars.reserveCapacity(octets.count)
        for octet in octets { text.unicodeScalars.append(Unicode.Scalar(octet)) }
        return text
    }
}

/// Reads octets as they pass and tells what they are as a text.
struct TextScan {
    private var total: Int64 = 0
    private var scalars: Int64 = 0
    private var high: Int64 = 0
    private var isUTF8 = true
    private var hasZero = false
    /// Octets of the present character that are still to come, and what the next one may be.
    private var pending = 0
    private var allowed: ClosedRange<UInt8> = 0x80...0xBF

    mutating func read(_ octets: [UInt8]) {
        total &+= Int64(octets.count)
        for octet in octets {
            if octet < 0x80 {
                if octet == 0 { hasZero = true }
                if pending > 0 { isUTF8 = false }
                scalars &+= 1
            } else {
                high &+= 1
                if isUTF8 { step(octet) }
            }
        }
    }

    private mutating func step(_ octet: UInt8) {
        if pending > 0 {
            guard allowed.contains(octet) else { return isUTF8 = false }
            pending -= 1
            allowed = 0x80...0xBF
            return
        }
        scalars &+= 1
        switch octet {
        case 0xC2...0xDF: pending = 1
        case 0xE0: (pending, allowed) = (2, 0xA0...0xBF)
        case 0xED: (pending, allowed) = (2, 0x80...0x9F)
        case 0xE1...0xEF: pending = 2
        case 0xF0: (pending, allowed) = (3, 0x90...0xBF)
        case 0xF4: (pending, allowed) = (3, 0x80...0x8F)
        case 0xF1...0xF3: pending = 3
        default: isUTF8 = false
        }
    }

    /// - Parameter named: as the sender said; a text that is not so is taken for what it looks like.
    func facts(named: TextEncoding?) -> TextFacts {
        var facts = TextFacts()
        facts.hasZero = hasZero
        facts.isASCII = high == 0
        if isUTF8 && pending == 0 {
            facts.characters = scalars
            facts.octets = total
            facts.encoding = total == 0 ? "iso-8859-1" : high > 0 ? "utf-8" : "ascii"
            if let named, high == 0 || named == .latin1 { facts.encoding = named.name }
            guard named == .latin1 else { return facts }
        }
        facts.characters = total
        facts.octets = total &+ high
        facts.encoding = TextEncoding.latin1.name
        return facts
    }
}

/// Texts that were looked at: a content never changes, so what is known of it holds.
final class TextMemory: Sendable {
    private static let capacity = 20_000
    /// Octets that are read at once.
    private static let piece = 1 << 20
    /// Up to so many octets a text is read whole, as an unusual encoding or an answer needs it.
    static let wholeLimit: Int64 = 10_000_000

    private let known = Mutex<[String: TextFacts]>([:])

    /// Whether RT takes files of a type for texts.
    static func isText(_ type: String) -> Bool {
        ["text/plain", "text/html", "message/rfc822"].contains(type)
    }

    /// A file's media type without its parameters.
    static func essence(of file: File) -> String {
        file.contentType.flatMap { MediaType($0) }?.essence ?? "application/octet-stream"
    }

    static func encoding(of file: File) -> TextEncoding? {
        TextEncoding(named: file.contentType.flatMap { MediaType($0) }?.parameter("charset"))
    }

    /// What a file is as a text; nil where its octets are missing.
    func facts(of file: File, in workspace: Workspace) async throws -> TextFacts? {
        guard let blob = file.blob else { return nil }
        let named = TextMemory.encoding(of: file)
        let key = "\(blob) \(named?.name ?? "")"
        if let found = known.withLock({ $0[key] }) { return found }
        guard let facts = try await scan(file, named, in: workspace) else { return nil }
        known.withLock { known in
            if known.count >= TextMemory.capacity { known.removeAll(keepingCapacity: true) }
            known[key] = facts
        }
        return facts
    }

    private func scan(_ file: File, _ named: TextEncoding?, in workspace: Workspace) async throws -> TextFacts? {
        var scan = TextScan()
        var offset: Int64 = 0
        do {
            if case .other(_, let name)? = named, file.size <= TextMemory.wholeLimit, let named {
                let octets = try await workspace.octets(of: file, count: Int(file.size))
                scan.read(octets)
                var facts = scan.facts(named: nil)
                let text = named.text(octets)
                facts.characters = Int64(text.unicodeScalars.count)
                facts.octets = Int64(text.utf8.count)
                facts.encoding = name
                return facts
            }
            while offset < file.size {
                let octets = try await workspace.octets(of: file, at: offset, count: TextMemory.piece)
                if octets.isEmpty { break }
                scan.read(octets)
                offset += Int64(octets.count)
            }
        } catch Fault.notFound {
            return nil
        }
        return scan.facts(named: named)
    }
}

/// How large the parts of messages are, as RT counts.
struct PartSizes: Sendable {
    private var characters: [FileID: Int64] = [:]

    /// Looks at the files among the parts that are texts.
    init(_ messages: [TicketMessage], _ memory: TextMemory, in workspace: Workspace) async throws {
        for view in messages.flatMap(\.files) where TextMemory.isText(TextMemory.essence(of: view.file)) {
            characters[view.file.id] = try await memory.facts(of: view.file, in: workspace)?.characters
        }
    }

    /// Characters of a text, octets of all else.
    func size(of part: TicketMessage.Part, in message: TicketMessage) -> Int64 {
        switch part.content {
        case .container: 0
        case .text: Int64(message.text.unicodeScalars.count)
        case .file(let view, _): characters[view.file.id] ?? view.file.size
        }
    }

    /// `1024b`, `1.1k`.
    static func words(_ size: Int64) -> String {
        guard size > 1024 else { return "\(size)b" }
        let tenths = size.multipliedReportingOverflow(by: 10).partialValue / 1024
        return tenths % 10 == 0 ? "\(tenths / 10)k" : "\(tenths / 10).\(tenths % 10)k"
    }
}
