import CSQLite
import ParleyStorage

/// Functions of Swift's that statements can call.
enum TextFunctions {
    /// Adds `fold(text)`: `TextFolding.fold`, null for null.
    static func register(_ handle: OpaquePointer) throws(StorageFault) {
        let flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS
        let code = sqlite3_create_function_v2(
            handle, "fold", 1, flags, nil,
            { context, _, values in
                if let context, let value = values?[0] { TextFunctions.fold(context, value) }
            }, nil, nil, nil)
        guard code == SQLITE_OK else { throw .of(code, handle) }
    }

    private static func fold(_ context: OpaquePointer, _ value: OpaquePointer) {
        let kind = sqlite3_value_type(value)
        guard kind != SQLITE_NULL, let start = sqlite3_value_text(value) else { return }
        let bytes = UnsafeBufferPointer(start: start, count: Int(sqlite3_value_bytes(value)))
        switch TextFolding.shape(bytes) {
        case .folded where kind == SQLITE_TEXT: sqlite3_result_value(context, value)
        case .folded: give(context, bytes)
        case .upperCase:
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: bytes.count) { target in
                TextFolding.foldASCII(bytes, into: target)
                give(context, UnsafeBufferPointer(target))
            }
        case .other:
            var text = TextFolding.fold(String(decoding: bytes, as: UTF8.self))
            text.withUTF8 { give(context, $0) }
        }
    }

    private static func give(_ context: OpaquePointer, _ bytes: UnsafeBufferPointer<UInt8>) {
        bytes.withMemoryRebound(to: CChar.self) {
            sqlite3_result_text64(context, $0.baseAddress, UInt64($0.count), copied, UInt8(SQLITE_UTF8))
        }
    }
}
