/// How far a query has come: names as a client sent them, or numbers and typed values that were checked to exist.
public protocol QueryStage: Sendable {
    /// Names a field.
    associatedtype Reference: Hashable & Sendable
    /// A value to compare with.
    associatedtype Operand: Hashable & Sendable
    /// Names an entity of a class that is known from the place.
    associatedtype Name: Hashable & Sendable
}

/// First stage: as parsed.
public enum Parsed: QueryStage {
    public typealias Reference = FieldName
    public typealias Operand = ParsedOperand
    public typealias Name = ParsedName
}

/// Second stage: everything exists and has a type.
public enum Resolved: QueryStage {
    public typealias Reference = FieldRef
    public typealias Operand = Value
    public typealias Name = Int64
}

/// A field as a client names it.
public enum FieldName: Hashable, Sendable {
    case builtin(BuiltinField)
    /// A custom field by number.
    case custom(Int64)
    /// A custom field by name, in the trackers that the query is about, else any of that name.
    case customNamed(String)
    /// A property of what a builtin refers to, such as `status.category` or `version.dueDate`.
    case property(BuiltinField, ReferenceProperty)
    case aggregate(Aggregate)
    case attribute(namespace: String, name: String)
}

/// A property of reference data that issues can be chosen by.
public enum ReferenceProperty: String, Hashable, Sendable {
    case name, rank, category, status, dueDate, realName, login, address, isPublic
}

/// A number made from others.
public enum Aggregate: String, Hashable, Sendable {
    /// Own time entries, in milliseconds.
    case spent
    /// Own and visible descendants' time entries.
    case totalSpent
    /// Own and visible descendants' estimates.
    case totalEstimate
    case votesUp, votesDown, votesTotal
}

/// A field that exists.
public enum FieldRef: Hashable, Sendable {
    case field(FieldID)
    case aggregate(Aggregate)
    case attribute(namespace: String, name: String)

    /// A builtin field.
    public static func builtin(_ field: BuiltinField) -> FieldRef { .field(field.id) }
}

/// An entity as a client names it.
public enum ParsedName: Hashable, Sendable {
    case number(Int64)
    /// A name, login, identifier or address, as fits the class.
    case text(String)
    case me
    case nobody
}

/// A value as a client gave it.
public enum ParsedOperand: Hashable, Sendable {
    case null
    case text(String)
    case integer(Int64)
    /// As written.
    case number(String)
    case boolean(Bool)
    case date(DateValue)
    case instant(Instant)
    /// Milliseconds.
    case duration(Int64)
    case name(ParsedName)
    /// Moves from today or from now.
    case relative(RelativeTime)
    /// What could not be read in the client's language; resolving reports it against the field.
    case unreadable(String)
    /// What a custom field is to hold as it stands: a number in its own words, or in a boolean field a word that means
    /// neither yes nor no.
    case value(Value)
}

/// A moment that depends on when it is asked.
public struct RelativeTime: Hashable, Sendable {
    /// A step of the clock or the calendar.
    public enum Unit: String, Hashable, Sendable { case second, minute, hour, day, week, month, year }

    public var amount: Int64
    public var unit: Unit
    /// Cut down to the start of the day, week, month or year first; nil: the very moment.
    public var startOf: Unit?

    public init(_ amount: Int64, _ unit: Unit, startOf: Unit? = nil) {
        self.amount = amount
        self.unit = unit
        self.startOf = startOf
    }
}

/// How two values stand to each other. There is no "differs": it is the complement of `equal`.
public enum Comparison: String, Hashable, Sendable, Codable {
    case equal, less, lessOrEqual, greater, greaterOrEqual
}

/// How a text is compared.
public enum TextMatch: String, Hashable, Sendable {
    case equals, contains, prefix, suffix
    /// `*` any text, `?` one character; the whole text.
    case wildcard
    /// A regular expression without back references, found anywhere.
    case regex
}

/// What a search looks through.
public enum SearchColumn: String, Hashable, Sendable, CaseIterable {
    case title, description, comments, labels, fields, number
}

/// How the words of a search belong together.
public enum SearchMode: String, Hashable, Sendable {
    /// Each of them in some text.
    case all
    /// At least one in some text.
    case any
    /// In one text side by side and in this order.
    case phrase
    /// As `all`, and a word is found inside longer ones too; of a word with signs in it the first and the last part.
    case parts
}

/// What a person can be to an issue.
public enum PersonRole: Hashable, Sendable {
    case author, assignee, updatedBy
    case participant(ParticipantRole)
    /// A participant of the issue's project.
    case projectParticipant(ParticipantRole)
}

/// Whom a predicate about people means.
public enum PersonTarget<S: QueryStage>: Hashable, Sendable {
    case principal(S.Name)
    /// The actor; nobody for a visitor.
    case me
    /// Nobody plays the part.
    case nobody
    case inGroup(S.Name)
    /// Holds the role in the issue's project.
    case hasRole(S.Name)
    /// One of these; what resolving makes of names, groups and predicates over users.
    case anyOf(Set<PrincipalID>)
    /// Text in a property of the user.
    case property(ReferenceProperty, TextMatch, String)
}

/// Which way a link is read.
public enum LinkDirection: String, Hashable, Sendable, Codable { case forward, reverse, either }

/// How many links lie between.
public enum LinkDepth: String, Hashable, Sendable { case one, any }

/// What a predicate about links looks for at the other end.
public indirect enum LinkTarget<S: QueryStage>: Hashable, Sendable {
    case any
    /// An issue that the actor sees.
    case issue(Int64)
    /// An issue whether it is seen or not, for links whose other end is told anyway.
    case known(Int64)
    case uri(String)
    case matching(Predicate<S>)
}

/// What happened to an issue: "was", "changed by", "changed after".
public struct HistoryPredicate<S: QueryStage>: Hashable, Sendable {
    /// Nil: any kind.
    public var kinds: Set<EntryKind>?
    public var field: S.Reference?
    public var from: S.Operand?
    public var to: S.Operand?
    public var by: PersonTarget<S>?
    /// From this moment on.
    public var since: S.Operand?
    /// Before this moment.
    public var before: S.Operand?
    /// Only the issue's newest visible changeset counts.
    public var lastOnly: Bool
    /// Only what somebody did to the issue counts: not its making, not what followed from others, not who watches, not
    /// comments that were emptied, not nothing that became an empty text; and changesets for some only are seen by
    /// those alone.
    public var contributionsOnly = false

    public init(kinds: Set<EntryKind>? = nil, field: S.Reference? = nil) {
        self.kinds = kinds
        self.field = field
        lastOnly = false
    }
}

/// Which entities are meant, in two-valued logic: a comparison with something unset is false, and `not` is its
/// complement.
public indirect enum Predicate<S: QueryStage>: Hashable, Sendable {
    case all
    case none
    case and([Predicate])
    case or([Predicate])
    case not(Predicate)
    /// Filled: not absent and not empty.
    case isSet(S.Reference)
    /// There, though it may be an empty text or a custom field that was emptied.
    case isGiven(S.Reference)
    /// Some value of the field stands so to the operand.
    case compare(S.Reference, Comparison, S.Operand)
    case compareFields(S.Reference, Comparison, S.Reference)
    /// Some value of the field is one of these.
    case among(S.Reference, [S.Operand])
    /// From `from` (included) to `to` (excluded); nil is open.
    case within(S.Reference, from: S.Operand?, to: S.Operand?)
    case text(S.Reference, TextMatch, String, caseSensitive: Bool)
    /// Some text of the field stands so to this one, both without case, by their UTF-8 octets.
    case textOrder(S.Reference, Comparison, String)
    /// Whole words, without case and accents; in `all`, each word in some visible text of the issue.
    case search([String], SearchMode, Set<SearchColumn>)
    case person(Set<PersonRole>, PersonTarget<S>)
    /// Type names are exact; an empty list is any type.
    case linked([S.Name], LinkDirection, LinkTarget<S>, LinkDepth)
    case history(HistoryPredicate<S>)
    /// Some visible comment matches all of the texts.
    case comment(TextMatch, [String])
    /// Some visible file meets the condition.
    case file(FileCondition)
    /// In one of these projects, or below.
    case inProject([S.Name], subtree: Bool)
    case tracker([S.Name])
    case retired(RetiredFilter)

    /// Some visible comment matches.
    public static func posted(_ match: TextMatch, _ text: String) -> Predicate { .comment(match, [text]) }

    /// Some visible file whose name, description or type matches.
    public static func hasFile(_ column: FileColumn, _ match: TextMatch, _ text: String) -> Predicate {
        .file(.text(column, match, text))
    }
}

/// What of a file is compared.
public enum FileColumn: String, Hashable, Sendable { case name, description, contentType }

/// What is asked of one file.
public indirect enum FileCondition: Hashable, Sendable {
    /// The column is there and matches, without case.
    case text(FileColumn, TextMatch, String)
    /// Filled: not absent and not empty.
    case isSet(FileColumn)
    case not(FileCondition)
    case and([FileCondition])

    /// Whether it holds for a file whose columns can be told.
    func holds(_ column: (FileColumn) -> String?) -> Bool {
        switch self {
        case .text(let name, let match, let pattern):
            column(name).map { TextRules.matches($0, match, pattern, caseSensitive: false) } ?? false
        case .isSet(let name): column(name).map { !$0.isEmpty } ?? false
        case .not(let part): !part.holds(column)
        case .and(let parts): parts.allSatisfy { $0.holds(column) }
        }
    }
}

/// Whether retired issues are found. Without a word of it they are not.
public enum RetiredFilter: String, Hashable, Sendable { case only, included }

/// One key of an order. References sort by their rank, else by their name, without case.
public struct SortKey<S: QueryStage>: Hashable, Sendable {
    public var reference: S.Reference
    public var descending: Bool
    /// Where what is unset stands; nil: first when ascending, last when descending.
    public var unsetFirst: Bool?
    /// For references: an order other than that of their class.
    public var places: SortPlaces?

    public init(_ reference: S.Reference, descending: Bool = false, unsetFirst: Bool? = nil) {
        self.reference = reference
        self.descending = descending
        self.unsetFirst = unsetFirst
    }

    /// References in an order of their own.
    public init(_ reference: S.Reference, by places: SortPlaces, descending: Bool = false) {
        self.init(reference, descending: descending)
        self.places = places
    }
}

/// An order of references: by their numbers, the place of each. What has none counts as unset.
public struct SortPlaces: Hashable, Sendable {
    /// Not negative, and less than `limit`; equals stand together.
    public var places: [Int64: Int64]
    /// Where what is unset stands among them; nil: as unset.
    public var ofUnset: Int64?

    /// Places there may be.
    public static let limit: Int64 = 1 << 20

    public init(_ places: [Int64: Int64], ofUnset: Int64? = nil) {
        self.places = places
        self.ofUnset = ofUnset
    }
}

/// Which part of an order is wanted.
public struct QueryPage: Hashable, Sendable {
    /// Not negative.
    public var offset: Int
    /// Not negative; bounded by the service.
    public var limit: Int
    /// Only what comes after this issue in the order of numbers; for walks through everything.
    public var after: IssueID?

    public init(offset: Int = 0, limit: Int = 25, after: IssueID? = nil) {
        self.offset = max(0, offset)
        self.limit = max(0, limit)
        self.after = after
    }
}

/// Which issues, in what order, which page, and what of them.
public struct Query<S: QueryStage>: Hashable, Sendable {
    public var predicate: Predicate<S>
    /// The issue's number breaks ties, descending where the last key is, or where there is none.
    public var order: [SortKey<S>]
    public var page: QueryPage
    public var projection: Projection
    /// Whether the number of all matches is wanted.
    public var wantsTotal: Bool

    public init(
        _ predicate: Predicate<S> = .all, order: [SortKey<S>] = [], page: QueryPage = QueryPage(),
        projection: Projection = .columns, wantsTotal: Bool = true
    ) {
        self.predicate = predicate
        self.order = order
        self.page = page
        self.projection = projection
        self.wantsTotal = wantsTotal
    }
}

/// What of each issue is read beside its columns.
public struct Projection: OptionSet, Hashable, Sendable {
    public let rawValue: Int
    public init(rawValue: Int) { self.rawValue = rawValue }

    public static let columns: Projection = []
    public static let description = Projection(rawValue: 1)
    public static let values = Projection(rawValue: 2)
    public static let labels = Projection(rawValue: 4)
    public static let participants = Projection(rawValue: 8)
    public static let links = Projection(rawValue: 16)
    public static let files = Projection(rawValue: 32)
    /// Sums over time entries and descendants, as far as the actor sees them.
    public static let totals = Projection(rawValue: 64)
    /// The issue's own time alone.
    public static let spent = Projection(rawValue: 128)
}
