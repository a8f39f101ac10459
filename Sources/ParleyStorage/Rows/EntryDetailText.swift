import ParleyModel

/// Writes an entry's detail as the JSON that its `Codable` form reads back: the same text, without the cost of a
/// general encoder,
/// which was two fifths of making an issue. A test holds the two against each other.
struct EntryDetailText {
    private var octets: [UInt8] = []

    /// The text of a detail.
    static func text(_ detail: EntryDetail) -> String {
        var writer = EntryDetailText()
        writer.octets.reserveCapacity(256)
        writer.object { fields in
            fields.audience("audienceAfter", detail.audienceAfter)
            fields.audience("audienceBefore", detail.audienceBefore)
            if let automatic = detail.automatic {
                fields.name("automatic")
                fields.octets.append(contentsOf: (automatic ? "true," : "false,").utf8)
            }
            if let base = detail.base { fields.base(base) }
            if let direction = detail.direction { fields.member("direction", direction.rawValue) }
            fields.member("field", detail.field?.rawValue)
            fields.member("file", detail.file?.rawValue)
            if let name = detail.fileName { fields.member("fileName", name) }
            if let foreign = detail.foreign { fields.texts("foreign", foreign) }
            if let format = detail.format { fields.member("format", format.rawValue) }
            if let initial = detail.initial { fields.initial(initial) }
            if let link = detail.link { fields.link(link) }
            fields.values("new", detail.new)
            fields.values("old", detail.old)
            fields.member("other", detail.other?.rawValue)
            fields.member("post", detail.post?.rawValue)
            if let quiet = detail.quiet {
                fields.name("quiet")
                fields.octets.append(contentsOf: (quiet ? "true," : "false,").utf8)
            }
            fields.member("timeEntry", detail.timeEntry?.rawValue)
        }
        return String(decoding: writer.octets, as: UTF8.self)
    }

    // MARK: structure

    private mutating func object(_ body: (inout EntryDetailText) -> Void) {
        octets.append(UInt8(ascii: "{"))
        body(&self)
        close(UInt8(ascii: "}"))
    }

    private mutating func array<T>(_ items: some Sequence<T>, _ write: (inout EntryDetailText, T) -> Void) {
        octets.append(UInt8(ascii: "["))
        for item in items {
            write(&self, item)
            octets.append(UInt8(ascii: ","))
        }
        close(UInt8(ascii: "]"))
    }

    /// Ends a list of parts, each of which ended with a comma.
    private mutating func close(_ bracket: UInt8) {
        if octets.last == UInt8(ascii: ",") { octets.removeLast() }
        octets.append(bracket)
    }

    private mutating func name(_ name: String) {
        string(name)
        octets.append(UInt8(ascii: ":"))
    }

    private mutating func comma() { octets.append(UInt8(ascii: ",")) }

    private mutating func integer(_ number: Int64) { octets.append(contentsOf: String(number).utf8) }

    private mutating func string(_ text: String) {
        octets.append(UInt8(ascii: "\""))
        for octet in text.utf8 {
            switch octet {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                octets.append(UInt8(ascii: "\\"))
                octets.append(octet)
            case 0..<0x20:
                let digits = Array("0123456789abcdef".utf8)
                octets.append(contentsOf: "\\u00".utf8)
                octets.append(digits[Int(octet >> 4)])
                octets.append(digits[Int(octet & 15)])
            default: octets.append(octet)
            }
        }
        octets.append(UInt8(ascii: "\""))
    }

    // MARK: parts

    private mutating func member(_ key: String, _ number: Int64?) {
        guard let number else { return }
        name(key)
        integer(number)
        comma()
    }

    private mutating func member(_ key: String, _ text: String) {
        name(key)
        string(text)
        comma()
    }

    private mutating func texts(_ key: String, _ texts: [String: String]) {
        name(key)
        object { fields in
            for (key, text) in texts.sorted(by: { $0.key < $1.key }) { fields.member(key, text) }
        }
        comma()
    }

    private mutating func base(_ base: IssueBase) {
        name("base")
        object { fields in
            fields.member("number", base.number)
            fields.member("project", base.project.rawValue)
            fields.member("tracker", base.tracker.rawValue)
        }
        comma()
    }

    private mutating func initial(_ initial: [InitialValue]) {
        name("initial")
        array(initial) { items, value in
            items.object { fields in
                fields.member("field", value.field.rawValue)
                fields.values("values", value.values)
            }
        }
        comma()
    }

    private mutating func values(_ key: String, _ values: [Value]?) {
        guard let values else { return }
        name(key)
        array(values) { $0.value($1) }
        comma()
    }

    /// `{"case":{"_0":...}}`, as the compiler's own form of an enumeration with one value is.
    private mutating func single(_ name: String, _ write: (inout EntryDetailText) -> Void) {
        object { outer in
            outer.name(name)
            outer.object { inner in
                inner.name("_0")
                write(&inner)
            }
        }
    }

    private mutating func value(_ value: Value) {
        switch value {
        case .text(let text): single("text") { $0.string(text) }
        case .integer(let number): single("integer") { $0.integer(number) }
        case .number(let number): single("number") { $0.octets.append(contentsOf: "\(number)".utf8) }
        case .boolean(let flag): single("boolean") { $0.octets.append(contentsOf: (flag ? "true" : "false").utf8) }
        case .date(let date):
            single("date") { inner in
                inner.object { fields in
                    fields.member("date", date.date.daysSince1970)
                    fields.member("secondOfDay", date.secondOfDay.map { Int64($0) })
                }
            }
        case .instant(let instant): single("instant") { $0.integer(instant.microseconds) }
        case .duration(let milliseconds): single("duration") { $0.integer(milliseconds) }
        case .reference(let number): single("reference") { $0.integer(number) }
        case .spelled(let text, let number):
            object { outer in
                outer.name("spelled")
                outer.object { inner in
                    inner.name("_0")
                    inner.string(text)
                    inner.comma()
                    inner.name("_1")
                    inner.octets.append(contentsOf: "\(number)".utf8)
                    inner.comma()
                }
            }
        }
    }

    private mutating func audience(_ key: String, _ audience: Audience?) {
        guard let audience else { return }
        name(key)
        switch audience {
        case .everyone: object { $0.empty("everyone") }
        case .restricted: object { $0.empty("restricted") }
        case .groups(let groups):
            single("groups") { inner in inner.array(groups) { $0.integer($1.rawValue) } }
        }
        comma()
    }

    private mutating func empty(_ key: String) {
        name(key)
        octets.append(contentsOf: "{}".utf8)
    }

    private mutating func link(_ link: Link) {
        name("link")
        object { fields in
            fields.member("created", link.created.microseconds)
            fields.member("creator", link.creator.rawValue)
            fields.member("delay", link.delay)
            fields.member("from", link.from.rawValue)
            fields.member("id", link.id.rawValue)
            fields.name("isInward")
            fields.octets.append(contentsOf: (link.isInward ? "true," : "false,").utf8)
            fields.name("isPrimary")
            fields.octets.append(contentsOf: (link.isPrimary ? "true," : "false,").utf8)
            fields.name("target")
            switch link.target {
            case .issue(let id): fields.single("issue") { $0.integer(id.rawValue) }
            case .uri(let text): fields.single("uri") { $0.string(text) }
            }
            fields.comma()
            fields.member("type", link.type.rawValue)
        }
        comma()
    }
}
