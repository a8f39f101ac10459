import ParleySQLite
import ParleyStorage
import Testing

@Suite("Engine: full-text search")
struct SearchIndexTests {
    private let texts: [Int64: SearchText] = [
        1001: SearchText(title: "Login fails", body: "The café's login page crashes with error 500."),
        1002: SearchText(title: "", body: "I see the page crash, too: foo-bar \"quoted\" AND so on"),
        1003: SearchText(title: "Ärger mit Straße", body: "ПРИВЕТ, крахи"),
    ]

    private func filled() async throws -> TestDatabase {
        let database = try await TestDatabase(search: true)
        let texts = texts
        let index = database.engine.capabilities.indexDocument
        try await database.write { connection in
            for (id, text) in texts { try index(connection, id, nil, text) }
        }
        return database
    }

    private func found(_ database: TestDatabase, _ words: SearchWords) async throws -> [Int64] {
        let capabilities = database.engine.capabilities
        guard let match = capabilities.matchExpression(words) else { return [] }
        let sql = "SELECT document FROM \(capabilities.searchSubquery("?1")) ORDER BY document"
        let joined = try await database.read { try $0.all(sql, [.text(match)]) { $0.integer(0) } }
        let probe = capabilities.searchProbe("?1", "value")
        let probed = try await database.read { connection in
            try connection.all("SELECT value FROM json_each('[1001,1002,1003]') WHERE \(probe)", [.text(match)]) {
                $0.integer(0)
            }
        }
        #expect(joined == probed)
        return joined
    }

    @Test("the words that hold a part are known, those most like it first")
    func wordsHolding() async throws {
        let database = try await filled()
        let key = String(repeating: "x", count: 70)
        let capabilities = database.engine.capabilities
        try await database.write { connection in
            try capabilities.indexDocument(
                connection, 1004, nil, SearchText(title: "Cr \(key)", body: "crashing a\(key)"))
        }
        let cases: [(String, [String])] = [
            ("CRA", ["crash", "crashes", "crashing"]), ("cr", ["cr", "crash", "crashes", "crashing"]),
            ("café", ["cafe"]), ("oo-ba", ["foo bar", "too bar"]), ("rafe", []),
            ("o b", ["so bar", "foo bar", "too bar"]), ("...", ["..."]),
            ("rash, q", ["crash quoted"]), ("xxx", [key]), ("крах", ["крахи"]),
        ]
        for (part, expected) in cases {
            let words = try await database.read { try capabilities.wordsHolding($0, part) }
            #expect(words == expected, "\(part)")
        }
    }

    @Test("words of a write that is taken back are written down by the next one")
    func wordsTakenBack() async throws {
        let database = try await TestDatabase(search: true)
        let capabilities = database.engine.capabilities
        struct Changed: Error {}
        let text = SearchText(title: "unheard", body: "of")
        await #expect(throws: Changed.self) {
            try await database.write { connection in
                try capabilities.indexDocument(connection, 1, nil, text)
                throw Changed()
            }
        }
        #expect(try await database.read { try capabilities.wordsHolding($0, "hear") } == [])
        try await database.write { try capabilities.indexDocument($0, 1, nil, text) }
        #expect(try await database.read { try capabilities.wordsHolding($0, "hear") } == ["unheard"])
    }

    @Test("words are found without regard to case and accents")
    func words() async throws {
        let database = try await filled()
        let cases: [(SearchWords, [Int64])] = [
            (SearchWords(["PAGE"]), [1001, 1002]),
            (SearchWords(["page", "cafe"]), [1001]),
            (SearchWords(["cafe", "привет"], .any), [1001, 1003]),
            (SearchWords(["login", "page"], .phrase), [1001]),
            (SearchWords(["page", "login"], .phrase), []),
            (SearchWords(["argér"]), [1003]),
            (SearchWords(["login"], onlyTitles: true), [1001]),
            (SearchWords(["page", "cafe"], .any, onlyTitles: true), []),
            (SearchWords(["cra"]), []),
            (SearchWords(groups: [["cra", "crash", "crashes"], ["login", "page"]], .all), [1001, 1002]),
            (SearchWords(["foo-bar"]), [1002]),
            (SearchWords(["bar-foo"]), []),
            (SearchWords(["500"]), [1001]),
        ]
        for (words, expected) in cases {
            #expect(try await found(database, words) == expected, "\(words)")
        }
    }

    @Test("no word is an operator, and none breaks the search")
    func hostileWords() async throws {
        let database = try await filled()
        let words = [
            "\"", "\"\"\"", "\"quoted\"", "AND", "page AND", "NOT", "NEAR(", "title:", "title : login", "*", "a*",
            "^login", "(", ")", "{", "-", "+", "\0", "page\0more", "'", "';--", "\u{FFFD}", "🦊", "\u{202E}", "",
            String(repeating: "\"", count: 10_000), String(repeating: "x", count: 100_000),
        ]
        for word in words {
            for combination in [SearchWords.Combination.all, .any, .phrase] {
                _ = try await found(database, SearchWords([word], combination))
                _ = try await found(
                    database, SearchWords([word, "page"], combination, onlyTitles: true))
            }
        }
        let many = (0..<5000).map { "w\($0)" }
        #expect(try await found(database, SearchWords(many, .any)) == [])
        #expect(try await found(database, SearchWords(["quoted"])) == [1002])
        #expect(try await found(database, SearchWords(["AND"])) == [1002])
        #expect(database.engine.capabilities.matchExpression(SearchWords(["...", "-"])) == nil)
    }

    @Test("a changed document is found by its new words only, a removed one not at all")
    func changes() async throws {
        let database = try await filled()
        let index = database.engine.capabilities.indexDocument
        let old = texts[1001]
        let new = SearchText(title: "Sign in", body: "works")
        try await database.write { try index($0, 1001, old, new) }
        #expect(try await found(database, SearchWords(["login"])) == [])
        #expect(try await found(database, SearchWords(["works"])) == [1001])
        try await database.write { try index($0, 1001, new, nil) }
        #expect(try await found(database, SearchWords(["works"])) == [])
        #expect(try await database.engine.integrityProblems() == [])
    }

    @Test("a write that throws leaves the index as it was")
    func rollback() async throws {
        struct Refusal: Error {}
        let database = try await filled()
        let index = database.engine.capabilities.indexDocument
        let bodies = (0..<6).map { number -> @Sendable (any SQLConnection) throws -> Void in
            { connection in
                let text = SearchText(title: "", body: "newcomer number\(number)")
                try index(connection, 2000 + Int64(number), nil, text)
                if number % 2 == 0 { throw Refusal() }
            }
        }
        _ = await database.together(bodies)
        let match = database.engine.capabilities.matchExpression(SearchWords(["newcomer"])) ?? ""
        let sql = "SELECT document FROM \(database.engine.capabilities.searchSubquery("?1")) ORDER BY document"
        let documents = try await database.read { try $0.all(sql, [.text(match)]) { $0.integer(0) } }
        #expect(documents == [2001, 2003, 2005])
        #expect(try await database.engine.integrityProblems() == [])
    }

    @Test("the number of documents of a word is known")
    func frequency() async throws {
        let database = try await filled()
        let frequency = database.engine.capabilities.documentFrequency
        let cases = [("page", 2), ("Café", 1), ("PAGE-500", 1), ("nowhere", 0), ("...", 0), ("", 0), ("the", 2)]
        for (word, expected) in cases {
            #expect(try await database.read { try frequency($0, word) } == expected, "\(word)")
        }
        let inWrite = try await database.write { try frequency($0, "page") }
        #expect(inWrite == 2)
    }
}
