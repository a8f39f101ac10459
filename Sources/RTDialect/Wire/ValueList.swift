/// Lists in one value of a form: parts with commas between, each of which may be quoted.
enum ValueList {
    /// The parts of each line of each value. In quotes, a backslash makes the next quote or backslash plain.
    static func split(_ values: [String]) -> [String] {
        values.flatMap(\.lines).flatMap(split(line:))
    }

    private static func split(line: Substring) -> [String] {
        var parts: [String] = []
        var rest = line.drop(while: isBlank)
        while !rest.isEmpty {
            let (part, after) = quoted(rest) ?? plain(rest)
            parts.append(part)
            rest = after.drop(while: isBlank)
        }
        return parts
    }

    private static func isBlank(_ character: Character) -> Bool { character.isWhitespace }

    /// A part in quotes that a comma or the line's end follows; nil where there is none.
    private static func quoted(_ text: Substring) -> (String, Substring)? {
        guard let quote = text.first, quote == "\"" || quote == "'" else { return nil }
        var part = ""
        var index = text.index(after: text.startIndex)
        while index < text.endIndex, text[index] != quote {
            if text[index] == "\\", let next = text[text.index(after: index)...].first {
                index = text.index(after: index)
                if next != quote && next != "\\" { part.append("\\") }
            }
            part.append(text[index])
            index = text.index(after: index)
        }
        guard index < text.endIndex else { return nil }
        let after = text[text.index(after: index)...].drop(while: isBlank)
        guard let next = after.first else { return (part, after) }
        return next == "," ? (part, after.dropFirst()) : nil
    }

    private static func plain(_ text: Substring) -> (String, Substring) {
        let end = text.firstIndex(of: ",") ?? text.endIndex
        var part = text[..<end]
        while let last = part.last, isBlank(last) { part.removeLast() }
        return (String(part), text[end...].dropFirst())
    }
}
