import CSQLite
import ParleyStorage

/// A prepared statement, which is also the row that it stands on.
final class SQLiteStatement: SQLRow {
    private(set) var pointer: OpaquePointer?
    /// Whether somebody is between taking it and giving it back.
    var isBusy = true
    /// Whether it belongs to the connection's cache.
    var isCached = false
    /// When it was taken last, in takes.
    var lastTake: UInt64 = 0
    /// Whether it cannot change the database.
    let isReadOnly: Bool
    private let parameterCount: Int

    /// Compiles the text, which must hold one statement.
    init(_ handle: OpaquePointer, _ sql: String) throws(StorageFault) {
        var sql = sql
        var compiled: OpaquePointer?
        var isWhole = true
        let code = sql.withUTF8 { bytes -> Int32 in
            guard bytes.count < Int(Int32.max), let base = bytes.baseAddress else { return SQLITE_TOOBIG }
            return base.withMemoryRebound(to: CChar.self, capacity: bytes.count) { text in
                var tail: UnsafePointer<CChar>?
                let code = sqlite3_prepare_v3(
                    handle, text, Int32(bytes.count), UInt32(SQLITE_PREPARE_PERSISTENT), &compiled, &tail)
                if let tail, tail >= text { isWhole = Self.isBlank(bytes[(tail - text)...]) }
                return code
            }
        }
        guard code == SQLITE_OK else { throw .of(code, handle) }
        guard let compiled, isWhole else {
            sqlite3_finalize(compiled)
            throw .engine(code: Int(SQLITE_MISUSE), message: "not exactly one statement")
        }
        pointer = compiled
        isReadOnly = sqlite3_stmt_readonly(compiled) != 0
        parameterCount = Int(sqlite3_bind_parameter_count(compiled))
    }

    deinit { end() }

    /// Frees it; rows that somebody kept are empty from now on.
    func end() {
        sqlite3_finalize(pointer)
        pointer = nil
    }

    /// Frees what a run held, so that it can run again.
    func reset() {
        sqlite3_reset(pointer)
        if parameterCount > 0 { sqlite3_clear_bindings(pointer) }
    }

    private static func isBlank(_ rest: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        rest.allSatisfy { $0 == 0x20 || ($0 >= 0x09 && $0 <= 0x0d) || $0 == 0x3b }
    }

    // MARK: Parameters

    /// Gives a value to each parameter.
    func bind(_ arguments: [SQLValue], _ handle: OpaquePointer) throws(StorageFault) {
        guard arguments.count == parameterCount else {
            throw .engine(
                code: Int(SQLITE_RANGE), message: "\(arguments.count) arguments for \(parameterCount) parameters")
        }
        var position: Int32 = 0
        for argument in arguments {
            position += 1
            let code = bind(argument, position)
            guard code == SQLITE_OK else { throw .of(code, handle) }
        }
    }

    private func bind(_ value: SQLValue, _ position: Int32) -> Int32 {
        switch value {
        case .null: return sqlite3_bind_null(pointer, position)
        case .integer(let number): return sqlite3_bind_int64(pointer, position, number)
        case .real(let number): return sqlite3_bind_double(pointer, position, number)
        case .text(var text):
            return text.withUTF8 { bytes in
                guard let base = bytes.baseAddress, !bytes.isEmpty else {
                    return sqlite3_bind_text(pointer, position, "", 0, copied)
                }
                return base.withMemoryRebound(to: CChar.self, capacity: bytes.count) {
                    sqlite3_bind_text64(
                        pointer, position, $0, UInt64(bytes.count), copied, UInt8(SQLITE_UTF8))
                }
            }
        case .blob(let bytes):
            guard !bytes.isEmpty else { return sqlite3_bind_zeroblob(pointer, position, 0) }
            return bytes.withUnsafeBytes {
                sqlite3_bind_blob64(pointer, position, $0.baseAddress, UInt64($0.count), copied)
            }
        }
    }

    // MARK: Columns. SQLite answers null for a column that is not there.

    func isNull(_ column: Int) -> Bool {
        sqlite3_column_type(pointer, Int32(truncatingIfNeeded: column)) == SQLITE_NULL
    }

    func integer(_ column: Int) -> Int64 { sqlite3_column_int64(pointer, Int32(truncatingIfNeeded: column)) }

    func real(_ column: Int) -> Double { sqlite3_column_double(pointer, Int32(truncatingIfNeeded: column)) }

    func text(_ column: Int) -> String {
        let column = Int32(truncatingIfNeeded: column)
        guard let start = sqlite3_column_text(pointer, column) else { return "" }
        let count = Int(sqlite3_column_bytes(pointer, column))
        return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }

    func blob(_ column: Int) -> [UInt8] {
        let column = Int32(truncatingIfNeeded: column)
        guard let start = sqlite3_column_blob(pointer, column) else { return [] }
        return [UInt8](UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(pointer, column))))
    }
}

/// SQLITE_TRANSIENT: SQLite copies what it is given before it returns.
let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
