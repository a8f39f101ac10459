/// How long things may be.
enum SizeRules {
    static let lineCharacters = 120
    static let fileLines = 500
    static let functionLines = 70

    @Sendable static func lines(_ file: SourceText) -> [Finding] {
        file.lines.indices.filter { file.lines[$0].count > lineCharacters }.map { index in
            let message = "\(file.lines[index].count) characters, \(lineCharacters) are allowed"
            return Finding(path: file.path, line: index + 1, message: message)
        }
    }

    @Sendable static func files(_ file: SourceText) -> [Finding] {
        let count = file.lines.last?.isEmpty == true ? file.lines.count - 1 : file.lines.count
        if count <= fileLines { return [] }
        return [Finding(path: file.path, line: count, message: "\(count) lines, \(fileLines) are allowed")]
    }

    @Sendable static func functions(_ file: SourceText) -> [Finding] {
        var scanner = FunctionScanner(file.code)
        return scanner.functions().filter { $0.lines > functionLines }.map { function in
            let message = "a function of \(function.lines) lines, \(functionLines) are allowed"
            return Finding(path: file.path, line: function.firstLine, message: message)
        }
    }
}

/// Finds functions, initialisers, subscripts and computed properties and where they end.
struct FunctionScanner {
    struct Function: Equatable {
        let firstLine: Int
        let lines: Int
    }

    private let characters: [Character]

    init(_ code: [String]) {
        characters = Array(code.joined(separator: "\n"))
    }

    mutating func functions() -> [Function] {
        var found: [Function] = []
        var line = 1
        var word = ""
        var before: Character = " "
        for index in characters.indices {
            let character = characters[index]
            if character.isLetter || character.isNumber || character == "_" {
                if word.isEmpty, index > 0 { before = characters[index - 1] }
                word.append(character)
                continue
            }
            if FunctionScanner.keywords.contains(word), before != ".", before != "`" {
                if let end = bodyEnd(from: index) {
                    found.append(Function(firstLine: line, lines: newlines(index, end) + 1))
                }
            }
            word = ""
            before = " "
            if character == "\n" { line += 1 }
        }
        return found
    }

    private static let keywords: Set<String> = ["func", "init", "deinit", "subscript", "var"]
    private static let goesOn = ["{", "->", "where ", "throws", "async", ")", ":", ","]

    private func newlines(_ start: Int, _ end: Int) -> Int {
        characters[start...end].count { $0 == "\n" }
    }

    /// The brace that closes the body of a declaration whose keyword ends at `start`; nil when it has no body.
    private func bodyEnd(from start: Int) -> Int? {
        var depth = 0
        for index in start..<characters.count {
            switch characters[index] {
            case "(", "[": depth += 1
            case ")", "]": depth -= 1
            case "{" where depth == 0: return closingBrace(from: index)
            case "}" where depth == 0: return nil
            case "=" where depth == 0 && !isOperator(index): return nil
            case "\n" where depth == 0: if !goesOn(after: index) { return nil }
            default: break
            }
            if depth < 0 { return nil }
        }
        return nil
    }

    /// `==`, `<=` and their like in the name of an operator function, not an initial value.
    private func isOperator(_ index: Int) -> Bool {
        let beside = [index - 1, index + 1].filter(characters.indices.contains).map { characters[$0] }
        return beside.contains { "=<>!+-*/%&|^~.".contains($0) }
    }

    private func goesOn(after newline: Int) -> Bool {
        let rest = characters[(newline + 1)...].drop { $0.isWhitespace }.prefix(8)
        return FunctionScanner.goesOn.contains { String(rest).hasPrefix($0) }
    }

    private func closingBrace(from open: Int) -> Int? {
        var depth = 0
        for index in open..<characters.count {
            if characters[index] == "{" { depth += 1 }
            if characters[index] == "}" { depth -= 1 }
            if depth == 0 { return index }
        }
        return nil
    }
}
