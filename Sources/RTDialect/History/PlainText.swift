/// Texts in HTML as plain text, for clients that show no markup.
struct PlainText {
    private var text = ""
    /// Where the links lead that are open now.
    private var targets: [String] = []

    /// Tags are dropped, those that end a line end one; references become characters, a link's address follows it. RT
    /// ends such a text with an empty line.
    static func text(ofHTML html: String) -> String {
        var plain = PlainText()
        plain.read(html[...])
        while plain.text.last?.isWhitespace ?? false { plain.text.removeLast() }
        return plain.text.isEmpty ? "" : plain.text + "\n\n"
    }

    private mutating func read(_ html: Substring) {
        var rest = html
        while let next = rest.firstIndex(where: { $0 == "<" || $0 == "&" }) {
            text += rest[..<next]
            rest = rest[next...]
            let after = rest.dropFirst()
            if rest.first == "<", after.first?.isLetter ?? false || after.first == "/" || after.first == "!" {
                guard let end = rest.firstIndex(of: ">") else { return }
                add(tag: after[..<end])
                rest = rest[rest.index(after: end)...]
            } else if rest.first == "&" {
                let (character, length) = PlainText.reference(rest)
                text += character
                rest = rest.dropFirst(length)
            } else {
                text += "<"
                rest = after
            }
        }
        text += rest
    }

    private static let breaking: Set<String> = [
        "br", "br/", "p", "/p", "div", "/div", "li", "tr", "ul", "ol", "/ul", "/ol", "h1", "h2", "h3", "h4", "/h1",
        "/h2", "/h3", "/h4", "pre", "/pre", "blockquote", "/blockquote", "table", "/table",
    ]

    private mutating func add(tag: Substring) {
        let name = tag.prefix { !$0.isWhitespace }.lowercased()
        if name == "a" {
            targets.append(PlainText.target(of: tag))
        } else if name == "/a" {
            let target = targets.popLast() ?? ""
            if !target.isEmpty { text += " (\(target))" }
        }
        guard PlainText.breaking.contains(name), !text.isEmpty else { return }
        if name.hasPrefix("br") || text.utf8.last != 0x0A { text += "\n" }
        if name == "/p" { text += "\n" }
        if name == "li" { text += "* " }
    }

    /// The address in a link's tag.
    private static func target(of tag: Substring) -> String {
        let parts = tag.split(separator: "href=", maxSplits: 1)
        guard parts.count == 2, let quote = parts[1].first else { return "" }
        let isQuoted = quote == "\"" || quote == "'"
        let value = isQuoted ? parts[1].dropFirst().prefix { $0 != quote } : parts[1].prefix { !$0.isWhitespace }
        return String(value)
    }

    private static let named = ["amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "nbsp": "\u{A0}"]

    /// The character that a reference stands for, and how many characters it takes.
    private static func reference(_ text: Substring) -> (String, Int) {
        let name = text.dropFirst().prefix(10).prefix { $0 != ";" }
        guard text.dropFirst(name.count + 1).first == ";" else { return ("&", 1) }
        if let known = named[String(name)] { return (known, name.count + 2) }
        guard name.first == "#" else { return ("&", 1) }
        let digits = name.dropFirst()
        let isHexadecimal = digits.first == "x" || digits.first == "X"
        let number = isHexadecimal ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
        guard let scalar = number.flatMap(Unicode.Scalar.init) else { return ("&", 1) }
        return (String(scalar), name.count + 2)
    }
}
