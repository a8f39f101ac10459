/// Reads what stands within a block: styles, links, images, pages and issues. Each sign looks for its end no further
/// than `reach`, so that the time a text takes grows no faster than its length.
struct TextileInlines {
    /// How far the end of a stretch may be, in octets.
    private static let reach = 1000
    private static let depthLimit = 6

    private let octets: [UInt8]
    private let end: Int
    private let depth: Int
    private var index: Int
    private var result: [MarkupInline] = []
    /// Where text began that is no markup.
    private var start: Int

    static func read(_ octets: [UInt8]) -> [MarkupInline] {
        read(octets, 0..<octets.count, depth: 0)
    }

    private static func read(_ octets: [UInt8], _ range: Range<Int>, depth: Int) -> [MarkupInline] {
        var reader = TextileInlines(octets: octets, range, depth: depth)
        reader.run()
        return reader.result
    }

    private init(octets: [UInt8], _ range: Range<Int>, depth: Int) {
        self.octets = octets
        self.depth = depth
        index = range.lowerBound
        start = range.lowerBound
        end = range.upperBound
    }

    private mutating func run() {
        while index < end {
            let octet = octets[index]
            if octet == 0x0A {
                add(.lineBreak, to: index + 1)
            } else if let found = markup(octet) {
                add(found.inline, to: found.end)
            } else {
                index += 1
            }
        }
        flush(index)
    }

    private mutating func flush(_ place: Int) {
        if start < place { result.append(.text(Octets.text(octets[start..<place]))) }
    }

    private mutating func add(_ inline: MarkupInline, to place: Int) {
        flush(index)
        result.append(inline)
        index = place
        start = place
    }

    private typealias Found = (inline: MarkupInline, end: Int)

    private mutating func markup(_ octet: UInt8) -> Found? {
        switch octet {
        case UInt8(ascii: "*"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "^"),
            UInt8(ascii: "~"), UInt8(ascii: "?"):
            return styled(octet)
        case UInt8(ascii: "@"): return code()
        case UInt8(ascii: "<"): return tagged()
        case UInt8(ascii: "\""): return quotedLink()
        case UInt8(ascii: "["): return pageLink()
        case UInt8(ascii: "!"): return image() ?? escaped()
        case UInt8(ascii: "#"): return issue()
        case UInt8(ascii: "h"), UInt8(ascii: "f"), UInt8(ascii: "w"), UInt8(ascii: "m"): return address()
        default: return nil
        }
    }

    // MARK: places

    private var isAfterBoundary: Bool { index == 0 || !Octets.isWord(octets[index - 1]) }

    private func isBoundary(_ place: Int) -> Bool { place >= end || !Octets.isWord(octets[place]) }

    private func isBlank(_ place: Int) -> Bool { place < 0 || place >= end || octets[place] <= 0x20 }

    private func has(_ word: String, at place: Int) -> Bool {
        place <= end && Octets.hasPrefix(word, octets[place..<end])
    }

    /// The place of a word that ends a stretch: within reach and, unless told, in the same line.
    private func find(_ word: String, from place: Int, acrossLines: Bool = false) -> Int? {
        guard place < end else { return nil }
        let range = octets[place..<min(end, place + TextileInlines.reach)]
        return Octets.find(word, in: acrossLines ? range : range.prefix { $0 != 0x0A })
    }

    private func inner(_ range: Range<Int>) -> [MarkupInline] {
        guard depth < TextileInlines.depthLimit else { return [.text(Octets.text(octets[range]))] }
        return TextileInlines.read(octets, range, depth: depth + 1)
    }

    // MARK: styles

    private static let styles: [(sign: String, style: MarkupStyle)] = [
        ("**", .strong), ("*", .strong), ("__", .emphasis), ("_", .emphasis), ("??", .citation), ("-", .deleted),
        ("+", .inserted), ("^", .superscript), ("~", .subscripted),
    ]

    /// `*so*`: after no letter, around no blank, before no letter.
    private func styled(_ octet: UInt8) -> Found? {
        guard isAfterBoundary, index == 0 || octets[index - 1] != octet else { return nil }
        guard let (sign, style) = TextileInlines.styles.first(where: { has($0.sign, at: index) }) else { return nil }
        let length = sign.utf8.count
        let first = index + length
        guard !isBlank(first), octets[first] != octet else { return nil }
        var found = first
        let stop = min(end, first + TextileInlines.reach) - length
        while found <= stop, octets[found] != 0x0A {
            let after = found + length
            if octets[found] == octet, found > first, octets[after - 1] == octet, !isBlank(found - 1),
                isBoundary(after), after >= end || octets[after] != octet
            {
                return (.styled(style, inner(first..<found)), after)
            }
            found += 1
        }
        return nil
    }

    /// `@so@`.
    private func code() -> Found? {
        guard isAfterBoundary, !isBlank(index + 1), let found = find("@", from: index + 1), found > index + 1,
            isBoundary(found + 1)
        else { return nil }
        return (.code(Octets.text(octets[index + 1..<found])), found + 1)
    }

    /// `<code>…</code>` and `<notextile>…</notextile>`; other tags are text.
    private func tagged() -> Found? {
        if has("<code>", at: index), let found = find("</code>", from: index + 6, acrossLines: true) {
            return (.code(Octets.text(octets[index + 6..<found])), found + 7)
        }
        if has("<notextile>", at: index), let found = find("</notextile>", from: index + 11, acrossLines: true) {
            return (.text(Octets.text(octets[index + 11..<found])), found + 12)
        }
        return nil
    }

    // MARK: links

    /// `"text":address`, `"text(title)":address`.
    private func quotedLink() -> Found? {
        guard index == 0 || !Octets.isWord(octets[index - 1]), !isBlank(index + 1),
            let close = find("\":", from: index + 1), close > index + 1,
            !octets[index + 1..<close].contains(UInt8(ascii: "\""))
        else { return nil }
        let first = close + 2
        let last = addressEnd(first)
        guard last > first else { return nil }
        var label = index + 1..<close
        if octets[close - 1] == UInt8(ascii: ")"),
            let open = octets[label].lastIndex(of: UInt8(ascii: "(")), open > label.lowerBound
        {
            label = label.lowerBound..<open
        }
        let address = Octets.text(octets[first..<last])
        guard MarkupAddress.isSafe(address) else { return nil }
        return (.link(inner(label), address: address), last)
    }

    /// Where an address ends: at a blank, without the signs that end a sentence.
    private func addressEnd(_ first: Int) -> Int {
        var last = first
        var open = 0
        while last < end, last - first < TextileInlines.reach {
            let octet = octets[last]
            if octet <= 0x20 || "\"<>".utf8.contains(octet) { break }
            if octet == UInt8(ascii: "(") { open += 1 }
            if octet == UInt8(ascii: ")") {
                if open == 0 { break }
                open -= 1
            }
            last += 1
        }
        while last > first, ".,;:!?'".utf8.contains(octets[last - 1]) { last -= 1 }
        return last
    }

    private static let beginnings = ["https://", "http://", "ftp://", "ftps://", "www.", "mailto:"]

    /// An address by itself.
    private func address() -> Found? {
        guard isAfterBoundary, let beginning = TextileInlines.beginnings.first(where: { has($0, at: index) }) else {
            return nil
        }
        let last = addressEnd(index)
        guard last > index + beginning.utf8.count else { return nil }
        let text = Octets.text(octets[index..<last])
        return (.link([.text(text)], address: beginning == "www." ? "http://\(text)" : text), last)
    }

    /// `[[Page]]`, `[[Page|label]]`, `[[project:Page#place]]`.
    private func pageLink() -> Found? {
        guard has("[[", at: index), let close = find("]]", from: index + 2), close > index + 2 else { return nil }
        let content = octets[index + 2..<close]
        let bar = content.firstIndex(of: UInt8(ascii: "|"))
        let target = Octets.trimmed(content[..<(bar ?? content.endIndex)])
        guard !target.isEmpty else { return nil }
        let label = Octets.trimmed(bar.map { content[($0 + 1)...] } ?? [])
        var page = MarkupPage(title: "")
        var title = target
        if let colon = title.firstIndex(of: UInt8(ascii: ":")) {
            page.project = Octets.text(title[..<colon])
            title = title[(colon + 1)...]
        }
        if let hash = title.firstIndex(of: UInt8(ascii: "#")) {
            page.anchor = Octets.text(title[(hash + 1)...])
            title = title[..<hash]
        }
        page.title = Octets.text(title)
        let shown = label.isEmpty ? (title.isEmpty ? target : title) : label
        return (.page(page, label: Octets.text(shown)), close + 2)
    }

    /// `!address!`, `!address(what it shows)!`, `!address!:link`.
    private func image() -> Found? {
        guard isAfterBoundary, !isBlank(index + 1), octets[index + 1] != UInt8(ascii: "[") else { return nil }
        let first = TextileMark.attributes(octets[index + 1..<end])
        guard let close = find("!", from: first), close > first else { return nil }
        let content = octets[first..<close]
        guard content.allSatisfy({ $0 != UInt8(ascii: "\"") }) else { return nil }
        let open = content.last == UInt8(ascii: ")") ? content.firstIndex(of: UInt8(ascii: "(")) : nil
        let address = Octets.text(content[..<(open ?? content.endIndex)])
        guard MarkupAddress.isSafe(address), address.utf8.contains(UInt8(ascii: ".")) else { return nil }
        let alternative = open.map { Octets.text(content[($0 + 1)..<(content.endIndex - 1)]) } ?? ""
        let image = MarkupInline.image(address: address, alternative: alternative)
        guard close + 1 < end, octets[close + 1] == UInt8(ascii: ":") else { return (image, close + 1) }
        let last = addressEnd(close + 2)
        let link = Octets.text(octets[close + 2..<last])
        return MarkupAddress.isSafe(link) ? (.link([image], address: link), last) : (image, close + 1)
    }

    /// `!#1` and `![[Page]]` stand for what follows the sign.
    private func escaped() -> Found? {
        var last = index + 1
        if has("#", at: last) {
            last += 1
            while last < end, Octets.isDigit(octets[last]) { last += 1 }
        } else if has("[[", at: last), let close = find("]]", from: last) {
            last = close + 2
        } else {
            return nil
        }
        return (.text(Octets.text(octets[index + 1..<last])), last)
    }

    /// `#12`, `##12`, `#12-3`, `#12#note-3`.
    private func issue() -> Found? {
        guard index == 0 || !(Octets.isWord(octets[index - 1]) || "#&/".utf8.contains(octets[index - 1])) else {
            return nil
        }
        var place = index + 1
        if has("#", at: place) { place += 1 }
        let first = place
        while place < end, place - first < 18, Octets.isDigit(octets[place]) { place += 1 }
        guard place > first, let number = Int64(Octets.text(octets[first..<place])) else { return nil }
        for sign in ["#note-", "-"] where has(sign, at: place) {
            var last = place + sign.utf8.count
            while last < end, Octets.isDigit(octets[last]) { last += 1 }
            if last > place + sign.utf8.count { place = last }
        }
        guard isBoundary(place) else { return nil }
        return (.issue(number, label: Octets.text(octets[index..<place])), place)
    }
}
