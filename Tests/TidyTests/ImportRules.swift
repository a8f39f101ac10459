/// Which modules each target may import: the table of the architecture, with one home for each third-party module.
enum ImportTable {
    /// Part of the toolchain; everywhere but in the model, which has the standard library only.
    static let toolchain: Set<String> = ["Foundation", "FoundationEssentials", "Glibc", "Synchronization"]

    static let dialects = ["RedmineDialect", "RTDialect", "RoundupDialect", "TuleapDialect", "AlluraDialect"]

    static let targets: [String: Set<String>] = {
        var table: [String: Set<String>] = [
            "ParleyModel": [],
            "ParleyStorage": ["ParleyModel", "Crypto"],
            "ParleySQLite": ["ParleyModel", "ParleyStorage", "CSQLite"],
            "ParleyService": ["ParleyModel", "ParleyStorage", "Crypto", "CryptoExtras", "Yams"],
            "ParleyMarkup": [],
            "ParleyHTTP": ["ParleyModel", "ParleyService", "ParleyMarkup", "CXML2", "CHaru"],
            "ParleyWeb": ["ParleyModel", "ParleyService", "ParleyHTTP"],
            "ParleyImport": ["ParleyModel", "ParleyService"],
            "ParleyServer": [
                "ParleyModel", "ParleyStorage", "ParleySQLite", "ParleyService", "ParleyHTTP", "ParleyWeb",
                "ParleyImport",
                "NIOCore", "NIOPosix", "NIOHTTP1", "Logging", "Metrics", "Yams",
                "Dispatch",
            ],
            "parley": ["ParleyServer", "ArgumentParser"],
        ]
        for dialect in dialects {
            table[dialect] = ["ParleyModel", "ParleyService", "ParleyHTTP", "ParleyMarkup"]
            table["ParleyServer"]?.insert(dialect)
        }
        return table
    }()

    /// Targets that are a header and a module map.
    static let systemLibraries: Set<String> = ["CSQLite", "CXML2", "CHaru"]

    @Sendable static func imports(_ file: SourceText) -> [Finding] {
        guard !file.isTest else { return [] }
        guard let allowed = targets[file.target] else {
            return [Finding(path: file.path, line: 1, message: "the import table has no target \(file.target)")]
        }
        let withToolchain = file.target == "ParleyModel" ? allowed : allowed.union(toolchain)
        return file.code.indices.compactMap { index in
            guard file.code[index].contains("import") else { return nil }
            guard let module = importedModule(file.code[index]), !withToolchain.contains(module) else { return nil }
            return Finding(path: file.path, line: index + 1, message: "\(file.target) may not import \(module)")
        }
    }

    /// The module that a line imports: `@testable import X`, `public import struct X.Y`, `import X`.
    static func importedModule(_ line: String) -> String? {
        let words = line.split(whereSeparator: \.isWhitespace)
        guard let place = words.firstIndex(of: "import"), place + 1 < words.count else { return nil }
        let modifiers: Set<Substring> = ["public", "package", "internal", "fileprivate", "private"]
        guard words[..<place].allSatisfy({ $0.hasPrefix("@") || modifiers.contains($0) }) else { return nil }
        let kinds: Set<Substring> = ["struct", "class", "enum", "protocol", "typealias", "func", "let", "var"]
        let name = kinds.contains(words[place + 1]) && place + 2 < words.count ? words[place + 2] : words[place + 1]
        return name.split(separator: ".").first.map { String($0) }
    }
}
