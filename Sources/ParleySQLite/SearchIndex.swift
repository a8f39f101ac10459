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
        SearchVocabulary.schema,
    ]

    static let capabilities = SQLCapabilities(
        engineName: "SQLite",
        listSubquery: { "(SELECT value FROM json_each(\($0)))" },
        searchSubquery: { "(SELECT rowid AS document FROM search_index WHERE search_index MATCH \($0))" },
        searchProbe: { "EXISTS (SELECT 1 FROM search_index WHERE search_index MATCH \($0) AND rowid = \($1))" },
        searchSchema: schema,
        indexDocument: { try index($0, $1, old: $2, new: $3) },
        documentFrequency: { try frequency($0, $1) },
        wordsHolding: { try words($0, holding: $1) },
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
            let own = connection as? SQLiteConnection
            try own?.addSearchWords(of: new.title, upTo: .max)
            try own?.addSearchWords(of: new.body, upTo: SearchVocabulary.lengthLimit)
        }
    }

    /// A part of several words begins inside one, has others whole and ends inside another.
    private static func words(_ connection: any SQLConnection, holding part: String) throws -> [String] {
        guard let own = connection as? SQLiteConnection else { return [part] }
        let terms = try own.searchTerms(part)
        guard let first = terms.first, let last = terms.last else {
            return [part]
        }
        let limit = SearchWords.limit
        guard terms.count > 1 else { return try own.searchWords(with: first, .anywhere, limit: limit) }
        let middle = terms.dropFirst().dropLast()
        let ends = try own.searchWords(with: last, .beginning, limit: limit)
        let beginnings = try own.searchWords(with: first, .end, limit: limit)
        guard !beginnings.isEmpty, !ends.isEmpty else { return [] }
        // Those most like the part come first on both sides.
        var phrases: [String] = []
        for distance in 0..<(beginnings.count + ends.count - 1) {
            for index in max(0, distance - ends.count + 1)...min(distance, beginnings.count - 1) {
                guard phrases.count < limit else { return phrases }
                phrases.append(([beginnings[index]] + middle + [ends[distance - index]]).joined(separator: " "))
            }
        }
        return phrases
    }

    /// The rarest part of the word decides.
    private static func frequency(_ connection: any SQLConnection, _ word: String) throws -> Int {
        guard let own = connection as? SQLiteConnection else { return 0 }
        var lowest: Int64?
        for term in try own.searchTerms(word).prefix(SearchWords.limit) {
            let count = try connection.first(
                "SELECT doc FROM search_vocabulary WHERE term = ?1", [.text(term)], { $0.integer(0) })
            lowest = min(lowest ?? .max, count ?? 0)
        }
        return Int(clamping: lowest ?? 0)
    }

    /// Every word becomes a string of FTS5's, in which only the quotation mark is special.
    private static func expression(_ search: SearchWords) -> String? {
        let groups = search.groups.prefix(SearchWords.limit).map {
            $0.prefix(SearchWords.limit).filter(hasToken).map(escaped)
        }.filter { !$0.isEmpty }
        guard !groups.isEmpty else { return nil }
        let terms = groups.map { group in
            let words = group.map { "\"\($0)\"" }.joined(separator: " OR ")
            return group.count == 1 ? words : "(\(words))"
        }
        let expression =
            switch search.combination {
            case .all: terms.joined(separator: " AND ")
            case .any: terms.joined(separator: " OR ")
            case .phrase: "\"\(groups.map { $0[0] }.joined(separator: " "))\""
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
