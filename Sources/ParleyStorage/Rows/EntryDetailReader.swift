import ParleyModel

/// Reads an entry's detail as `EntryDetailText` writes it, at a tenth of what a general decoder costs, which was two
/// fifths of showing a long history. It knows what that writer writes and no more: what is spelled in another way is
/// the general decoder's to read or to refuse.
struct EntryDetailReader {
    /// The text is not what is known here.
    private struct Unknown: Error {}

    private let octets: UnsafeBufferPointer<UInt8>
    private var position = 0

    private init(_ octets: UnsafeBufferPointer<UInt8>) {
        self.octets = octets
    }

    /// The detail of a text; nil where it is for the general decoder.
    static func detail(_ text: String) -> EntryDetail? {
        text.utf8.withContiguousStorageIfAvailable { octets -> EntryDetail? in
            var reader = EntryDetailReader(octets)
            guard let detail = try? reader.detail(), reader.position == octets.count else { return nil }
            return detail
        } ?? nil
    }

    private mutating func detail() throws(Unknown) -> EntryDetail {
        var detail = EntryDetail()
        try object { (fields, key) throws(Unknown) in
            switch key {
            case "field": detail.field = FieldID(try fields.integer())
            case "old": detail.old = try fields.values()
            case "new": detail.new = try fields.values()
            case "post": detail.post = PostID(try fields.integer())
            case "initial": detail.initial = try fields.initial()
            case "base": detail.base = try fields.base()
            case "format": detail.format = try fields.word { TextFormat(rawValue: $0) }
            case "file": detail.file = FileLinkID(try fields.integer())
            case "fileName": detail.fileName = try fields.string()
            case "link": detail.link = try fields.link()
            case "direction": detail.direction = try fields.word { LinkDirection(rawValue: $0) }
            case "other": detail.other = IssueID(try fields.integer())
            case "timeEntry": detail.timeEntry = TimeEntryID(try fields.integer())
            case "audienceBefore": detail.audienceBefore = try fields.audience()
            case "audienceAfter": detail.audienceAfter = try fields.audience()
            case "automatic": detail.automatic = try fields.boolean()
            case "quiet": detail.quiet = try fields.boolean()
            case "foreign": detail.foreign = try fields.texts()
            default: throw Unknown()
            }
        }
        return detail
    }

    // MARK: structure

    @inline(__always)
    private var next: UInt8 { position < octets.count ? octets[position] : 0 }

    @inline(__always)
    private mutating func take(_ octet: UInt8) throws(Unknown) {
        guard next == octet else { throw Unknown() }
        position += 1
    }

    /// Takes an octet that may be there.
    private mutating func skip(_ octet: UInt8) -> Bool {
        guard next == octet else { return false }
        position += 1
        return true
    }

    private mutating func object(
        _ member: (inout EntryDetailReader, String) throws(Unknown) -> Void
    ) throws(Unknown) {
        try take(UInt8(ascii: "{"))
        if skip(UInt8(ascii: "}")) { return }
        repeat {
            let key = try string()
            try take(UInt8(ascii: ":"))
            try member(&self, key)
        } while skip(UInt8(ascii: ","))
        try take(UInt8(ascii: "}"))
    }

    private mutating func array<T>(_ item: (inout EntryDetailReader) throws(Unknown) -> T) throws(Unknown) -> [T] {
        try take(UInt8(ascii: "["))
        var result: [T] = []
        if skip(UInt8(ascii: "]")) { return result }
        repeat { result.append(try item(&self)) } while skip(UInt8(ascii: ","))
        try take(UInt8(ascii: "]"))
        return result
    }

    /// What stands in `{"case":{"_0":...}}`, by the case.
    private mutating func single<T>(
        _ body: (inout EntryDetailReader, String) throws(Unknown) -> T
    ) throws(Unknown) -> T {
        try take(UInt8(ascii: "{"))
        let name = try string()
        try take(UInt8(ascii: ":"))
        try take(UInt8(ascii: "{"))
        guard try string() == "_0" else { throw Unknown() }
        try take(UInt8(ascii: ":"))
        let value = try body(&self, name)
        try take(UInt8(ascii: "}"))
        try take(UInt8(ascii: "}"))
        return value
    }

    // MARK: scalars

    /// A whole number, and nothing that goes on as another kind of number does.
    private mutating func integer() throws(Unknown) -> Int64 {
        let isNegative = skip(UInt8(ascii: "-"))
        let start = position
        var number: Int64 = 0
        while isDigit {
            let (product, isTooLarge) = number.multipliedReportingOverflow(by: 10)
            let digit = Int64(next - UInt8(ascii: "0"))
            let (sum, overflowed) = isNegative
                ? product.subtractingReportingOverflow(digit) : product.addingReportingOverflow(digit)
            guard !isTooLarge, !overflowed else { throw Unknown() }
            number = sum
            position += 1
        }
        guard position > start, position == start + 1 || octets[start] != UInt8(ascii: "0"),
            next != UInt8(ascii: "."), next | 0x20 != UInt8(ascii: "e")
        else { throw Unknown() }
        return number
    }

    /// A number of any kind.
    private mutating func number() throws(Unknown) -> Double {
        let start = position
        _ = skip(UInt8(ascii: "-"))
        if skip(UInt8(ascii: "0")) { guard !isDigit else { throw Unknown() } } else { try digits() }
        if skip(UInt8(ascii: ".")) { try digits() }
        if next | 0x20 == UInt8(ascii: "e") {
            position += 1
            _ = skip(UInt8(ascii: "+")) || skip(UInt8(ascii: "-"))
            try digits()
        }
        let text = String(decoding: octets[start..<position], as: UTF8.self)
        guard let number = Double(text), number.isFinite else { throw Unknown() }
        return number
    }

    private var isDigit: Bool { next >= UInt8(ascii: "0") && next <= UInt8(ascii: "9") }

    private mutating func digits() throws(Unknown) {
        guard isDigit else { throw Unknown() }
        while isDigit { position += 1 }
    }

    private mutating func boolean() throws(Unknown) -> Bool {
        let isTrue = next == UInt8(ascii: "t")
        for octet in (isTrue ? "true" : "false").utf8 { try take(octet) }
        return isTrue
    }

    private mutating func word<T>(_ value: (String) -> T?) throws(Unknown) -> T {
        guard let value = value(try string()) else { throw Unknown() }
        return value
    }

    private mutating func string() throws(Unknown) -> String {
        try take(UInt8(ascii: "\""))
        let start = position
        while position < octets.count {
            switch octets[position] {
            case UInt8(ascii: "\""):
                let text = String(decoding: octets[start..<position], as: UTF8.self)
                position += 1
                return text
            case UInt8(ascii: "\\"): return try escapedString(from: start)
            default: position += 1
            }
        }
        throw Unknown()
    }

    private mutating func escapedString(from start: Int) throws(Unknown) -> String {
        var text = Array(octets[start..<position])
        while position < octets.count {
            let octet = octets[position]
            position += 1
            if octet == UInt8(ascii: "\"") { return String(decoding: text, as: UTF8.self) }
            if octet == UInt8(ascii: "\\") { text.append(try escape()) } else { text.append(octet) }
        }
        throw Unknown()
    }

    /// What follows a backslash: `"`, `\`, or `u00` and two digits of a control character.
    private mutating func escape() throws(Unknown) -> UInt8 {
        let octet = next
        position += 1
        if octet == UInt8(ascii: "\"") || octet == UInt8(ascii: "\\") { return octet }
        guard octet == UInt8(ascii: "u") else { throw Unknown() }
        try take(UInt8(ascii: "0"))
        try take(UInt8(ascii: "0"))
        var number: UInt8 = 0
        for _ in 0..<2 {
            switch next {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): number = number &* 16 &+ (next - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): number = number &* 16 &+ (next - UInt8(ascii: "a") + 10)
            default: throw Unknown()
            }
            position += 1
        }
        guard number < 0x80 else { throw Unknown() }
        return number
    }

    // MARK: parts

    private mutating func values() throws(Unknown) -> [Value] {
        try array { (items) throws(Unknown) in try items.value() }
    }

    private mutating func value() throws(Unknown) -> Value {
        try single { (inner, name) throws(Unknown) in
            switch name {
            case "text": .text(try inner.string())
            case "reference": .reference(try inner.integer())
            case "integer": .integer(try inner.integer())
            case "number": .number(try inner.number())
            case "boolean": .boolean(try inner.boolean())
            case "instant": .instant(Instant(microseconds: try inner.integer()))
            case "duration": .duration(try inner.integer())
            case "date": .date(try inner.date())
            default: throw Unknown()
            }
        }
    }

    private mutating func date() throws(Unknown) -> DateValue {
        var day: Int64?
        var second: Int32?
        try object { (fields, key) throws(Unknown) in
            switch key {
            case "date": day = try fields.integer()
            case "secondOfDay":
                let number = try fields.integer()
                guard (0..<86_400).contains(number) else { throw Unknown() }
                second = Int32(number)
            default: throw Unknown()
            }
        }
        guard let day else { throw Unknown() }
        return DateValue(CivilDate(daysSince1970: day), secondOfDay: second)
    }

    private mutating func initial() throws(Unknown) -> [InitialValue] {
        try array { (items) throws(Unknown) in
            var field: FieldID?
            var values: [Value]?
            try items.object { (fields, key) throws(Unknown) in
                switch key {
                case "field": field = FieldID(try fields.integer())
                case "values": values = try fields.values()
                default: throw Unknown()
                }
            }
            guard let field, let values else { throw Unknown() }
            return InitialValue(field: field, values: values)
        }
    }

    private mutating func base() throws(Unknown) -> IssueBase {
        var tracker: ToolID?, project: ProjectID?
        var number: Int64?
        try object { (fields, key) throws(Unknown) in
            switch key {
            case "tracker": tracker = ToolID(try fields.integer())
            case "project": project = ProjectID(try fields.integer())
            case "number": number = try fields.integer()
            default: throw Unknown()
            }
        }
        guard let tracker, let project, let number else { throw Unknown() }
        return IssueBase(tracker: tracker, project: project, number: number)
    }

    private mutating func texts() throws(Unknown) -> [String: String] {
        var texts: [String: String] = [:]
        try object { (fields, key) throws(Unknown) in texts[key] = try fields.string() }
        return texts
    }

    private mutating func audience() throws(Unknown) -> Audience {
        let start = position
        try take(UInt8(ascii: "{"))
        let name = try string()
        if name == "groups" {
            position = start
            return try single { (inner, _) throws(Unknown) in
                .groups(try inner.array { (items) throws(Unknown) in PrincipalID(try items.integer()) })
            }
        }
        for octet in ":{}}".utf8 { try take(octet) }
        switch name {
        case "everyone": return .everyone
        case "restricted": return .restricted
        default: throw Unknown()
        }
    }

    /// A link's members, all of which but `delay` must be there.
    private mutating func link() throws(Unknown) -> Link {
        var numbers: [String: Int64] = [:]
        var flags: [String: Bool] = [:]
        var target: Link.Target?
        try object { (fields, key) throws(Unknown) in
            switch key {
            case "isInward", "isPrimary": flags[key] = try fields.boolean()
            case "target":
                target = try fields.single { (inner, name) throws(Unknown) in
                    switch name {
                    case "issue": .issue(IssueID(try inner.integer()))
                    case "uri": .uri(try inner.string())
                    default: throw Unknown()
                    }
                }
            case "created", "creator", "delay", "from", "id", "type": numbers[key] = try fields.integer()
            default: throw Unknown()
            }
        }
        guard let id = numbers["id"], let type = numbers["type"], let from = numbers["from"], let target,
            let created = numbers["created"], let creator = numbers["creator"], let isInward = flags["isInward"],
            let isPrimary = flags["isPrimary"]
        else { throw Unknown() }
        var link = Link(
            id: LinkID(id), type: LinkTypeID(type), from: IssueID(from), target: target,
            created: Instant(microseconds: created), creator: PrincipalID(creator))
        link.delay = numbers["delay"]
        link.isInward = isInward
        link.isPrimary = isPrimary
        return link
    }
}
