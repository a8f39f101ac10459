/// What no code may say.
enum CallRules {
    @Sendable static func unsafeTries(_ file: SourceText) -> [Finding] {
        file.findings("a try that traps", in: file.code, hints: ["try!"]) { $0.contains(/\btry[!]/) }
            + file.findings("a cast that traps", in: file.code, hints: ["as!"]) { $0.contains(/\bas[!]/) }
    }

    @Sendable static func forcedUnwrapping(_ file: SourceText) -> [Finding] {
        file.findings("a forced unwrapping", in: file.code, hints: ["!"]) { line in
            line.replacing(/\b(?:try|as)[!]/, with: "").contains(/[\w)\]}">?][!](?!=)/)
        }
    }

    /// The command prints; everything else logs.
    @Sendable static func printing(_ file: SourceText) -> [Finding] {
        guard file.target != "parley", !file.isTest else { return [] }
        return file.findings("printing outside the command", in: file.code, hints: ["rint(", "dump("]) { line in
            line.contains(/(?:^|[^.\w])(?:print|debugPrint|dump)\(/)
        }
    }

    @Sendable static func traps(_ file: SourceText) -> [Finding] {
        file.findings("an ending of the process", in: file.code, hints: ["Error(", "Failure("]) { line in
            line.contains(/\b(?:fatalError|preconditionFailure)\(/)
        }
    }

    @Sendable static func unfinished(_ file: SourceText) -> [Finding] {
        let words = ["TO" + "DO", "FIX" + "ME", "XX" + "X"]
        return file.findings("a note of something unfinished", in: file.lines, hints: words) { line in
            line.split { !$0.isLetter }.contains { words.contains(String($0)) }
        }
    }

    /// `@unchecked Sendable` and `nonisolated(unsafe)` claim what the compiler cannot see: a comment beside proves it.
    @Sendable static func unprovenSendable(_ file: SourceText) -> [Finding] {
        file.code.indices.filter { index in
            let line = file.code[index]
            guard line.contains("unchecked") || line.contains("nonisolated") else { return false }
            guard line.contains(/@unchecked\s+Sendable|nonisolated\(unsafe\)/) else { return false }
            return !(index - 3...index + 3).contains { file.comment(onLine: $0) != nil || hasTrailingComment(file, $0) }
        }.map { Finding(path: file.path, line: $0 + 1, message: "no comment proves that this is safe") }
    }

    private static func hasTrailingComment(_ file: SourceText, _ index: Int) -> Bool {
        file.lines.indices.contains(index) && file.codeAndText[index] != file.lines[index]
    }
}
