import CSQLite
import Glibc
import ParleyStorage

/// One connection of SQLite's with its cached statements. Used by one thread at a time.
final class SQLiteConnection: SQLConnection {
    /// Who uses a connection.
    enum Role {
        case writer
        case reader
    }

    /// Marks a file as Parley's: "PRLY".
    static let applicationID: Int64 = 0x5052_4c59

    let handle: OpaquePointer

    var changeCount: Int64 { sqlite3_total_changes64(handle) }

    private let options: SQLiteOptions
    private let faults: FaultPlan?
    private var statements: [String: SQLiteStatement] = [:]
    private var takes: UInt64 = 0
    private var deadline: UInt64 = 0
    private var isOpen = true
    /// Pages in the write-ahead log after the last commit.
    var logPages = 0
    private var tokenizer: SearchTokenizer?
    /// Of a writer: words of the full-text index that need not be written again.
    private lazy var knownWords = KnownWords()
    /// The words that the readers of a database share.
    private let vocabulary: SearchVocabulary

    /// Opens a database; a writer makes one that is not there.
    init(
        path: String, _ role: Role, _ options: SQLiteOptions, _ faults: FaultPlan? = nil,
        vocabulary: SearchVocabulary = SearchVocabulary()
    ) throws(StorageFault) {
        self.options = options
        self.vocabulary = vocabulary
        self.faults = faults
        let mode = role == .writer ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY
        var opened: OpaquePointer?
        let code = sqlite3_open_v2(path, &opened, mode | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
        guard code == SQLITE_OK, let opened else {
            let fault = StorageFault.of(code, opened)
            sqlite3_close_v2(opened)
            throw fault
        }
        handle = opened
        sqlite3_busy_timeout(handle, Int32(clamping: options.busyTimeoutMilliseconds))
        try TextFunctions.register(handle)
        try configure("PRAGMA trusted_schema=OFF")
        try configure("PRAGMA cell_size_check=ON")
        try configure("PRAGMA temp_store=MEMORY")
        try configure("PRAGMA mmap_size=\(max(0, options.mapBytes))")
        switch role {
        case .reader: try configure("PRAGMA cache_size=-\(max(64, options.readerCacheKibibytes))")
        case .writer: try becomeWriter()
        }
    }

    deinit { close() }

    /// Frees everything. A row that somebody kept is empty from now on.
    func close() {
        guard isOpen else { return }
        isOpen = false
        for statement in statements.values { statement.end() }
        statements = [:]
        tokenizer?.end()
        sqlite3_close_v2(handle)
    }

    private func becomeWriter() throws(StorageFault) {
        let identity = try number("PRAGMA application_id")
        if identity != Self.applicationID {
            guard identity == 0, try number("SELECT count(*) FROM sqlite_schema") == 0 else {
                throw .corrupt("the file is a database, but not Parley's")
            }
            try configure("PRAGMA application_id=\(Self.applicationID)")
        }
        guard try text("PRAGMA journal_mode=WAL") == "wal" else {
            throw .unwritable("the file system does not allow a write-ahead log")
        }
        try configure("PRAGMA synchronous=FULL")
        try configure("PRAGMA foreign_keys=ON")
        try configure("PRAGMA cache_size=-\(max(64, options.writerCacheKibibytes))")
        try configure("PRAGMA journal_size_limit=\(max(1, options.truncatePages) * 4096)")
        try configure("PRAGMA wal_autocheckpoint=0")
        sqlite3_wal_hook(
            handle,
            { context, _, _, pages in
                guard let context else { return SQLITE_OK }
                Unmanaged<SQLiteConnection>.fromOpaque(context).takeUnretainedValue().logPages = Int(pages)
                return SQLITE_OK
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    /// Runs a statement that is not worth keeping.
    private func configure(_ sql: String) throws(StorageFault) {
        let code = sqlite3_exec(handle, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw .of(code, handle) }
    }

    // MARK: Statements of the model

    func query(_ sql: String, _ arguments: [SQLValue], _ row: (any SQLRow) throws -> Bool) throws {
        let statement = try start(sql, arguments)
        defer { giveBack(statement) }
        while try step(statement) {
            if try row(statement) { continue }
            // A statement that writes is run to its end: only there SQLite checks its foreign keys.
            if !statement.isReadOnly { while try step(statement) {} }
            return
        }
    }

    @discardableResult
    func execute(_ sql: String, _ arguments: [SQLValue]) throws -> Int {
        let statement = try start(sql, arguments)
        defer { giveBack(statement) }
        let before = sqlite3_total_changes64(handle)
        while try step(statement) {}
        if statement.isReadOnly || sqlite3_total_changes64(handle) == before { return 0 }
        return Int(sqlite3_changes64(handle))
    }

    private func start(_ sql: String, _ arguments: [SQLValue]) throws(StorageFault) -> SQLiteStatement {
        guard isOpen else { throw .closed }
        if let faults { try meet(faults) }
        // After SQLite has ended a transaction by itself, nothing may be stored piece by piece.
        guard !isOutsideTransaction else { throw .unwritable("the database has ended the transaction") }
        if deadline != 0, monotonicNanoseconds() >= deadline { throw .interrupted }
        let statement = try take(sql)
        do {
            try statement.bind(arguments, handle)
        } catch {
            giveBack(statement)
            throw error
        }
        return statement
    }

    private func step(_ statement: SQLiteStatement) throws(StorageFault) -> Bool {
        let code = sqlite3_step(statement.pointer)
        if code == SQLITE_ROW { return true }
        if code == SQLITE_DONE { return false }
        throw .of(code, handle)
    }

    /// A cached statement, or a new one when there is none or it is running already.
    private func take(_ sql: String) throws(StorageFault) -> SQLiteStatement {
        takes &+= 1
        if let cached = statements[sql] {
            if cached.isBusy { return try SQLiteStatement(handle, sql) }
            cached.isBusy = true
            cached.lastTake = takes
            return cached
        }
        let fresh = try SQLiteStatement(handle, sql)
        fresh.lastTake = takes
        if statements.count >= max(1, options.cachedStatements) { forgetOldest() }
        fresh.isCached = true
        statements[sql] = fresh
        return fresh
    }

    private func giveBack(_ statement: SQLiteStatement) {
        guard statement.isCached else { return statement.end() }
        statement.reset()
        statement.isBusy = false
    }

    private func forgetOldest() {
        var oldest: (key: String, value: SQLiteStatement)?
        for entry in statements where !entry.value.isBusy && entry.value.lastTake < oldest?.value.lastTake ?? .max {
            oldest = entry
        }
        guard let oldest else { return }
        oldest.value.end()
        statements[oldest.key] = nil
    }

    private func meet(_ faults: FaultPlan) throws(StorageFault) {
        guard let effect = faults.count() else { return }
        if effect == .rollBack { try? runUnchecked("ROLLBACK") }
        throw .unwritable("a fault was planned here")
    }

    // MARK: Statements of the engine

    /// Whether no transaction is open: also when SQLite has ended one by itself.
    var isOutsideTransaction: Bool { sqlite3_get_autocommit(handle) != 0 }

    /// Whether a deferred foreign key is violated at the moment.
    var hasOpenForeignKeys: Bool {
        var current: Int32 = 0
        var highest: Int32 = 0
        sqlite3_db_status(handle, SQLITE_DBSTATUS_DEFERRED_FKS, &current, &highest, 0)
        return current > 0
    }

    /// Runs a statement without parameters, such as BEGIN.
    func run(_ sql: String) throws(StorageFault) {
        if let faults { try meet(faults) }
        try runUnchecked(sql)
    }

    private func runUnchecked(_ sql: String) throws(StorageFault) {
        let statement = try take(sql)
        defer { giveBack(statement) }
        while try step(statement) {}
    }

    /// Ends the transaction without storing it, however it stands.
    func rollBack() {
        guard !isOutsideTransaction else { return }
        try? runUnchecked("ROLLBACK")
    }

    /// The first column of the first row, 0 without one.
    func number(_ sql: String) throws(StorageFault) -> Int64 {
        let statement = try take(sql)
        defer { giveBack(statement) }
        return try step(statement) ? statement.integer(0) : 0
    }

    /// The first column of the first row, empty without one.
    func text(_ sql: String) throws(StorageFault) -> String {
        let statement = try take(sql)
        defer { giveBack(statement) }
        return try step(statement) ? statement.text(0) : ""
    }

    /// Splits a text into the words that the full-text index holds.
    func searchTerms(_ text: String) throws(StorageFault) -> [String] { try searchTokenizer().terms(text) }

    private func searchTokenizer() throws(StorageFault) -> SearchTokenizer {
        if let tokenizer { return tokenizer }
        let made = try SearchTokenizer(handle)
        tokenizer = made
        return made
    }

    /// Writes those words of a text down that are new.
    /// - Parameter length: of words that count, in octets.
    func addSearchWords(of text: String, upTo length: Int) throws {
        let known = knownWords
        var unknown: [String] = []
        try searchTokenizer().visit(text) { word in
            if word.count <= length, known.insert(word) { unknown.append(String(decoding: word, as: UTF8.self)) }
        }
        for word in unknown {
            try execute("INSERT OR IGNORE INTO search_word (word) VALUES (?1)", [.text(word)])
        }
    }

    /// What was written may have been taken back.
    func forgetSearchWords() { knownWords.forget() }

    /// The words of the full-text index that hold a part, see `SearchVocabulary`.
    func searchWords(
        with part: String, _ place: SearchVocabulary.Place, limit: Int
    ) throws -> [String] {
        try vocabulary.words(with: part, place, limit: limit, on: self)
    }

    /// Runs the closure in one snapshot.
    func snapshot<R>(deadlineMilliseconds: Int, _ body: (any SQLConnection) throws -> R) throws -> R {
        try runUnchecked("BEGIN")
        if deadlineMilliseconds > 0 { setDeadline(deadlineMilliseconds) }
        do {
            let result = try body(self)
            if deadline != 0 { clearDeadline() }
            try runUnchecked("COMMIT")
            return result
        } catch {
            if deadline != 0 { clearDeadline() }
            rollBack()
            throw error
        }
    }

    private func setDeadline(_ milliseconds: Int) {
        let span = UInt64(clamping: milliseconds).multipliedReportingOverflow(by: 1_000_000)
        let moment = monotonicNanoseconds().addingReportingOverflow(span.partialValue)
        guard !span.overflow, !moment.overflow else { return }
        deadline = moment.partialValue
        sqlite3_progress_handler(
            handle, 1000,
            { context in
                guard let context else { return 0 }
                let connection = Unmanaged<SQLiteConnection>.fromOpaque(context).takeUnretainedValue()
                return monotonicNanoseconds() >= connection.deadline ? 1 : 0
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    private func clearDeadline() {
        deadline = 0
        sqlite3_progress_handler(handle, 0, nil, nil)
    }
}
