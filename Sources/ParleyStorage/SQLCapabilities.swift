/// The two texts of a search document, as they are or were indexed.
public struct SearchText: Sendable, Hashable {
    /// The title; empty for a comment.
    public var title: String
    /// The description or the comment, and whatever else is found by its words.
    public var body: String

    /// Both texts.
    public init(title: String, body: String) {
        self.title = title
        self.body = body
    }
}

/// What a full-text search looks for.
public struct SearchWords: Sendable, Hashable {
    /// How several words combine.
    public enum Combination: Sendable, Hashable {
        /// Every word, anywhere in the document.
        case all
        /// At least one of them.
        case any
        /// All of them, side by side and in this order.
        case phrase
    }

    /// How many words count, and how many others for each; what is beyond that is left out.
    public static let limit = 512

    /// Words, each with others that stand for it. One with punctuation inside (`foo-bar`) is looked for as a phrase.
    public var groups: [[String]]
    /// How they combine.
    public var combination: Combination
    /// Whether only titles are searched.
    public var onlyTitles: Bool

    /// Whole words in all texts, unless told otherwise.
    public init(_ words: [String], _ combination: Combination = .all, onlyTitles: Bool = false) {
        self.init(groups: words.map { [$0] }, combination, onlyTitles: onlyTitles)
    }

    /// Groups of words of which one suffices. A phrase has the first of each.
    public init(groups: [[String]], _ combination: Combination, onlyTitles: Bool = false) {
        self.groups = groups
        self.combination = combination
        self.onlyTitles = onlyTitles
    }
}

/// Where engines differ beneath one text of SQL.
///
/// Full-text search has documents with an integer id; an issue's own text and each comment are documents of their
/// own, so that each is found by those only who may see it. The index holds words, not the texts: to change or remove
/// a document, give the text that was indexed before, exactly; read it in the same transaction.
public struct SQLCapabilities: Sendable {
    /// Adds, replaces or removes a document, see `indexDocument`.
    public typealias IndexDocument =
        @Sendable (
            _ connection: any SQLConnection, _ document: Int64, _ old: SearchText?, _ new: SearchText?
        ) throws -> Void
    /// Counts the documents of a word, see `documentFrequency`.
    public typealias DocumentFrequency = @Sendable (_ connection: any SQLConnection, _ word: String) throws -> Int
    /// Finds the words that hold a part, see `wordsHolding`.
    public typealias WordsHolding = @Sendable (_ connection: any SQLConnection, _ part: String) throws -> [String]

    /// Short name, for messages.
    public let engineName: String
    /// A set of integers or texts given as one JSON parameter, as rows of one column `value`:
    /// `(SELECT value FROM json_each(?1))`.
    public let listSubquery: @Sendable (_ parameter: String) -> String
    /// Full-text: a subquery in parentheses that gives `document` ids matching a prepared match expression.
    public let searchSubquery: @Sendable (_ parameter: String) -> String
    /// Full-text: whether the document `rowExpression` matches; for probing rows found by another index.
    public let searchProbe: @Sendable (_ parameter: String, _ rowExpression: String) -> String
    /// Full-text: statements that create the index, each to be run once when a database is made.
    public let searchSchema: [String]
    /// Full-text: indexes a document in the running transaction. `old` is nil for one that is new, `new` for one that
    /// goes.
    public let indexDocument: IndexDocument
    /// Full-text: how many documents hold the word, cheaply and without regard to who may see them: for choosing
    /// between `searchSubquery` (rare) and `searchProbe` (common). An upper bound for a word of several parts.
    public let documentFrequency: DocumentFrequency
    /// Full-text: what to search for, any of it, to find a part of a text: the indexed words that hold it, or groups of
    /// words where the part has signs or blanks, those most like it first, at most `SearchWords.limit`; empty: nothing
    /// holds it. May tell words that no document holds any more.
    public let wordsHolding: WordsHolding
    /// Full-text: the match expression that `searchSubquery` and `searchProbe` take as their parameter, whatever the
    /// words hold; nil when no word has a letter or digit: then nothing matches.
    public let matchExpression: @Sendable (_ words: SearchWords) -> String?
    /// The expression's text without differences of case, as `TextFolding.fold` gives it.
    public let folded: @Sendable (_ expression: String) -> String
    /// Whether the expression's text holds the parameter's, without differences of case; the parameter is folded
    /// already.
    public let foldedContains: @Sendable (_ expression: String, _ parameter: String) -> String

    /// An engine's differences. Defaults suit an engine without full-text search.
    public init(
        engineName: String, listSubquery: @escaping @Sendable (String) -> String,
        searchSubquery: @escaping @Sendable (String) -> String,
        searchProbe: @escaping @Sendable (String, String) -> String,
        searchSchema: [String] = [],
        indexDocument: @escaping IndexDocument = { _, _, _, _ in },
        documentFrequency: @escaping DocumentFrequency = { _, _ in 0 },
        wordsHolding: @escaping WordsHolding = { [$1] },
        matchExpression: @escaping @Sendable (SearchWords) -> String? = { _ in nil },
        folded: @escaping @Sendable (String) -> String = { "fold(\($0))" },
        foldedContains: @escaping @Sendable (String, String) -> String = { "instr(fold(\($0)), \($1)) > 0" }
    ) {
        self.engineName = engineName
        self.listSubquery = listSubquery
        self.searchSubquery = searchSubquery
        self.searchProbe = searchProbe
        self.searchSchema = searchSchema
        self.indexDocument = indexDocument
        self.documentFrequency = documentFrequency
        self.wordsHolding = wordsHolding
        self.matchExpression = matchExpression
        self.folded = folded
        self.foldedContains = foldedContains
    }
}
