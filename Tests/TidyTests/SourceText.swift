/// One Swift file taken apart: what is code, what is comment, what is literal text.
struct SourceText {
    /// The path below the package's folder.
    let path: String
    let lines: [String]
    /// The same lines with comments and the text of string literals blanked out, interpolations kept.
    let code: [String]
    /// The same lines with comments blanked out, literal text kept.
    let codeAndText: [String]

    init(path: String, text: String) {
        self.path = path
        var splitter = Splitter(text)
        splitter.run()
        lines = SourceText.split(splitter.characters)
        code = SourceText.split(splitter.code)
        codeAndText = SourceText.split(splitter.codeAndText)
    }

    /// The target that the file belongs to: `Sources/X/...` or `Tests/X/...`.
    var target: String {
        let parts = path.split(separator: "/")
        return parts.count > 2 ? String(parts[1]) : ""
    }

    var isTest: Bool { path.hasPrefix("Tests/") }

    /// The comment on a line (of `//` or `///`), without its slashes; nil where the line holds code or nothing.
    func comment(onLine index: Int) -> String? {
        guard lines.indices.contains(index), code[index].allSatisfy(\.isWhitespace) else { return nil }
        let text = lines[index].drop(while: \.isWhitespace)
        return text.hasPrefix("//") ? String(text.drop { $0 == "/" }) : nil
    }

    func isDocumentation(_ index: Int) -> Bool {
        lines.indices.contains(index) && lines[index].drop(while: \.isWhitespace).hasPrefix("///")
    }

    private static func split(_ characters: [Character]) -> [String] {
        characters.split(separator: "\n", omittingEmptySubsequences: false).map { String($0) }
    }
}

/// Walks over Swift text and blanks what is no code. It knows nested comments, raw and multi-line strings and
/// interpolation, but no bare regex literals: these must not hold a quote.
private struct Splitter {
    let characters: [Character]
    private(set) var code: [Character]
    private(set) var codeAndText: [Character]
    private var position = 0

    init(_ text: String) {
        characters = Array(text.replacing("\r\n", with: "\n"))
        code = characters
        codeAndText = characters
    }

    mutating func run() {
        while position < characters.count { step() }
    }

    /// Reads one piece of code: a comment, a string, or a single character.
    private mutating func step() {
        if looksAt("//") {
            skipComment { !$0.isNewline($0.position) }
        } else if looksAt("/*") {
            skipBlockComment()
        } else if let hashes = hashesBeforeQuote() {
            skipString(hashes: hashes)
        } else {
            position += 1
        }
    }

    private func looksAt(_ text: String, from start: Int? = nil) -> Bool {
        var index = start ?? position
        for character in text {
            guard index < characters.count, characters[index] == character else { return false }
            index += 1
        }
        return true
    }

    private func isNewline(_ index: Int) -> Bool { characters[index] == "\n" }

    private mutating func blank(text: Bool) {
        if !isNewline(position) {
            code[position] = " "
            if !text { codeAndText[position] = " " }
        }
        position += 1
    }

    private mutating func skipComment(while goesOn: (Splitter) -> Bool) {
        while position < characters.count, goesOn(self) { blank(text: false) }
    }

    private mutating func skipBlockComment() {
        var depth = 0
        repeat {
            if looksAt("/*") {
                depth += 1
                blank(text: false)
            } else if looksAt("*/") {
                depth -= 1
                blank(text: false)
            }
            if position < characters.count { blank(text: false) }
        } while depth > 0 && position < characters.count
    }

    /// The number of `#` before a quote at this place; nil when no string begins here.
    private func hashesBeforeQuote() -> Int? {
        var index = position
        while index < characters.count, characters[index] == "#" { index += 1 }
        return index < characters.count && characters[index] == "\"" ? index - position : nil
    }

    private mutating func skipString(hashes: Int) {
        let fence = String(repeating: "#", count: hashes)
        position += hashes
        let isLong = looksAt("\"\"\"")
        let quote = isLong ? "\"\"\"" : "\""
        position += quote.count
        while position < characters.count {
            if looksAt(quote + fence) {
                position += quote.count + hashes
                return
            }
            if isNewline(position), !isLong { return }
            if looksAt("\\" + fence + "(") {
                position += 2 + hashes
                readInterpolation()
            } else if looksAt("\\" + fence) {
                for _ in 0..<(hashes + 2) where position < characters.count { blank(text: true) }
            } else {
                blank(text: true)
            }
        }
    }

    /// Reads code up to the parenthesis that closes an interpolation.
    private mutating func readInterpolation() {
        var depth = 1
        while position < characters.count, depth > 0 {
            if characters[position] == "(" { depth += 1 }
            if characters[position] == ")" { depth -= 1 }
            step()
        }
    }
}
