import ParleyStorage

/// The full-text index `search_index`, an FTS5 table whose rowid is a document's id.
///
/// It holds no texts (`content=''`): a document is removed by giving its old text once more, since SQLite before 3.43
/// has no other way. `search_vocabulary` shows its words.
enum SearchIndex {
    /// How texts are split: letters and digits of all scripts, without differences of case and of accents.
    static let tokenizerName = "unicode61"

    static let schema = [
        "CREATE VIRTUAL TABLE search_index USING fts5(title, body, content='', "
            + "tokenize='\(tokenizerName) remove_diacritics 2')",
        "CREATE VIRTUAL TABLE search_vocabulary USING fts5vocab(search_index, row)",
    ]

    private static let wordLimit = 64

    static let capabilities = SQLCapabilities(
        engineName: "SQLite",
        listSubquery: { "(SELECT value FROM json_each(\($0)))" },
        searchSubquery: { "(SELECT rowid AS document FROM search_index WHERE search_index MATCH \($0))" },
        searchProbe: { "EXISTS (SELECT 1 FROM search_index WHERE search_index MATCH \($0) AND rowid = \($1))" },
        searchSchema: schema,
        indexDocument: { try index($0, $1, old: $2, new: $3) },
        documentFrequency: { try frequency($0, $1) },
        matchExpression: { expression($0) })

    private static func index(
        _ connection: any SQLConnection, _ document: Int64, old: SearchText?, new: SearchText?
    ) throws {
        guard old != new else { return }
        if let old {
            try connection.execute(
                "INSERT INTO search_index (search_index, rowid, title, body) VALUES ('delete', ?1, ?2, ?3)",
                [.integer(document), .text(old.title), .text(old.body)])
        }
        if let new {
            try connection.execute(
                "INSERT INTO search_index (rowid, title, body) VALUES (?1, ?2, ?3)",
                [.integer(document), .text(new.title), .text(new.body)])
        }
    }

    /// The rarest part of the word decides.
    private static func frequency(_ connection: any SQLConnection, _ word: String) throws -> Int {
        guard let own = connection as? SQLiteConnection else { return 0 }
        var lowest: Int64?
        for term in try own.searchTerms(word).prefix(wordLimit) {
            let count = try connection.first(
                "SELECT doc FROM search_vocabulary WHERE term = ?1", [.text(term)], { $0.integer(0) })
            lowest = min(lowest ?? .max, count ?? 0)
        }
        return Int(clamping: lowest ?? 0)
    }

    /// Every word becomes a string of FTS5's, in which only the quotation mark is special.
    private static func expression(_ search: SearchWords) -> String? {
        let words = search.words.filter(hasToken).prefix(wordLimit).map(escaped)
        guard !words.isEmpty else { return nil }
        let star = search.matchesPrefixes ? "*" : ""
        let expression =
            switch search.combination {
            case .all: words.map { "\"\($0)\"\(star)" }.joined(separator: " AND ")
            case .any: words.map { "\"\($0)\"\(star)" }.joined(separator: " OR ")
            case .phrase: "\"\(words.joined(separator: " "))\"\(star)"
            }
        return search.onlyTitles ? "title : (\(expression))" : expression
    }

    private static func escaped(_ word: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in word.unicodeScalars {
            if scalar == "\"" { result.append(scalar) }
            result.append(scalar == "\0" ? " " : scalar)
        }
        return String(result)
    }

    private static func hasToken(_ word: String) -> Bool {
        word.unicodeScalars.contains { scalar in
            switch scalar.properties.generalCategory {
            case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
                .letterNumber, .otherNumber, .privateUse:
                true
            default: false
            }
        }
    }
}
