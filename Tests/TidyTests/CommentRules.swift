/// What comments must be there, and what must not be in them.
enum CommentRules {
    /// A public type, function or subscript says what it is. Exempt are functions that a protocol asks for, which are
    /// described there: those named in `witnesses`.
    static func documentation(witnesses: Set<String>) -> Rule {
        { file in
            guard !file.isTest else { return [] }
            return file.code.indices.filter { index in
                needsDocumentation(file.code[index], witnesses) && !isDocumented(file, index)
            }.map { Finding(path: file.path, line: $0 + 1, message: "a public declaration without a /// comment") }
        }
    }

    /// Functions that protocols of other packages and of the standard library ask for.
    static let foreignRequirements: Set<String> = [
        "==", "<", "hash", "encode", "log", "run",
        "makeCounter", "makeFloatingPointCounter", "makeMeter", "makeRecorder", "makeTimer",
        "destroyCounter", "destroyFloatingPointCounter", "destroyMeter", "destroyRecorder", "destroyTimer",
    ]

    /// The names of the functions that the protocols of a file ask for.
    static func requirements(_ file: SourceText) -> Set<String> {
        var names: Set<String> = []
        var depth = 0
        for line in file.code {
            if depth == 0, !line.contains("protocol") || !line.contains(/^\s*(?:\w+ )*protocol\s/) { continue }
            if let name = line.firstMatch(of: /\bfunc\s+([^\s(<]+|<)/)?.1 { names.insert(String(name)) }
            depth += line.count { $0 == "{" } - line.count { $0 == "}" }
        }
        return names
    }

    private static func needsDocumentation(_ line: String, _ witnesses: Set<String>) -> Bool {
        guard line.contains("public") || line.contains("open"),
            let match = line.firstMatch(of: /^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:public|open)\s+(.*)$/)
        else { return false }
        let kinds: Set<Substring> = ["struct", "class", "enum", "protocol", "actor", "func", "subscript"]
        let words = match.1.split { $0 == " " || $0 == "(" }
        guard let place = words.firstIndex(where: { kinds.contains($0) }) else { return false }
        let modifiers: Set<Substring> = [
            "static", "final", "mutating", "nonisolated", "consuming", "borrowing", "indirect", "class", "override",
        ]
        guard words[..<place].allSatisfy(modifiers.contains) else { return false }
        guard words[place] == "func", place + 1 < words.count else { return true }
        let name = words[place + 1].prefix { $0 != "<" }
        return !witnesses.contains(name.isEmpty ? "<" : String(name))
    }

    private static func isDocumented(_ file: SourceText, _ index: Int) -> Bool {
        var above = index - 1
        while above >= 0, file.code[above].contains(/^\s*@\w+(?:\(.*\))?\s*$/) { above -= 1 }
        return file.isDocumentation(above)
    }

    /// Comments that are code which somebody switched off.
    @Sendable static func deadCode(_ file: SourceText) -> [Finding] {
        file.lines.indices.filter { index in
            guard !file.isDocumentation(index), let comment = file.comment(onLine: index) else { return false }
            return looksLikeCode(comment.trimmingPrefix { $0.isWhitespace })
        }.map { Finding(path: file.path, line: $0 + 1, message: "code in a comment") }
    }

    private static func looksLikeCode(_ comment: Substring) -> Bool {
        let patterns: [Regex<Substring>] = [
            /.*[{};]\s*/, /(?:let|var)\s+\w+\s*[:=].*/, /func\s+\w+\s*[(<].*/, /import\s+[A-Z]\w*/,
            /(?:return|throw)\s+[\w.]+\(.*\)/, /(?:try\??|await|self\.)\s*\w+.*\)/, /[\w.]+\([^)]*\)/,
            /[\w.\[\]]+\s*[-+]?=\s*[\w.\[\]()"]+/, /#(?:if|else|endif).*/,
        ]
        return patterns.contains { comment.wholeMatch(of: $0) != nil }
    }
}

/// Names that must not be where they are.
enum NameRules {
    /// Targets below the front ends, where no dialect is known.
    static let neutral: Set<String> = ["ParleyModel", "ParleyStorage", "ParleySQLite", "ParleyService", "ParleyHTTP"]

    @Sendable static func dialects(_ file: SourceText) -> [Finding] {
        guard neutral.contains(file.target), !file.isTest else { return [] }
        let names = ["redmine", "roundup", "tuleap", "allura"]
        return file.findings("a dialect's name below the front ends", in: file.codeAndText) { line in
            let small = line.lowercased()
            return names.contains(where: small.contains) || namesRT(line)
        }
    }

    /// RT as a word of its own within an identifier: `RTDialect`, `fromRT`, `rtQueue`, `RT`; not `sort` or `RTF`.
    private static func namesRT(_ line: String) -> Bool {
        guard line.contains("RT") || line.contains("rt") else { return false }
        return line.contains(/(?:^|[^A-Z])RT(?:[^A-Za-z]|[A-Z][a-z]|$)|(?:^|[^A-Za-z])rt(?:[^a-z]|$)/)
    }

    @Sendable static func registries(_ file: SourceText) -> [Finding] {
        let hosts = [
            ["pypi", "org"], ["pythonhosted", "org"], ["deb", "debian", "org"], ["security", "debian", "org"],
            ["npmjs", "org"], ["crates", "io"], ["rubygems", "org"], ["proxy", "golang", "org"], ["maven", "org"],
        ].map { $0.joined(separator: ".") }
        return file.findings("the host of a package registry", in: file.lines, hints: hosts) { _ in true }
    }

    /// Folders that only one machine has.
    @Sendable static func machinePaths(_ file: SourceText) -> [Finding] {
        let folders = ["work", "farm", "srv", "home", "root", "Users"].joined(separator: "|")
        guard let pattern = try? Regex("(?:^|[^\\w.<>}])/(?:\(folders))/[A-Za-z]") else {
            return [Finding(path: file.path, line: 1, message: "the rule's pattern is wrong")]
        }
        return file.findings("a path of one machine", in: file.lines, hints: ["/"]) { $0.contains(pattern) }
    }
}
