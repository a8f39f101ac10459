import CSQLite
import ParleyStorage

extension StorageFault {
    /// What a result code of SQLite's means; the handle's last message belongs to it.
    static func of(_ code: Int32, _ handle: OpaquePointer?) -> StorageFault {
        let text = handle.flatMap { sqlite3_errmsg($0) } ?? sqlite3_errstr(code)
        return of(code, message: text.map { String(cString: $0) } ?? "unknown")
    }

    /// What a result code of SQLite's means.
    static func of(_ code: Int32, message: String) -> StorageFault {
        if code == outOfMemory { return .engine(code: Int(code), message: message) }
        switch code & 0xff {
        case SQLITE_CONSTRAINT: return .constraint(message)
        case SQLITE_FULL, SQLITE_IOERR, SQLITE_READONLY, SQLITE_CANTOPEN, SQLITE_PERM: return .unwritable(message)
        case SQLITE_CORRUPT, SQLITE_NOTADB: return .corrupt(message)
        case SQLITE_INTERRUPT: return .interrupted
        default: return .engine(code: Int(code), message: message)
        }
    }

    /// The engine was used after `close`.
    static let closed = StorageFault.engine(code: Int(SQLITE_MISUSE), message: "the database is closed")
}

/// SQLITE_IOERR_NOMEM, which Swift does not see because it is an expression.
private let outOfMemory = SQLITE_IOERR | (12 << 8)
