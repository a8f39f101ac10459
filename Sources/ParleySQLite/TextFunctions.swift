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
        for function in SQLFunctions.all { try register(function, handle, flags) }
    }

    private final class Body {
        let call: ([SQLValue]) -> SQLValue
        init(_ call: @escaping ([SQLValue]) -> SQLValue) { self.call = call }
    }

    private static func register(_ function: SQLFunction, _ handle: OpaquePointer, _ flags: Int32) throws(StorageFault)
    {
        let code = sqlite3_create_function_v2(
            handle, function.name, Int32(function.arity), flags,
            Unmanaged.passRetained(Body(function.make())).toOpaque(),
            { context, count, values in
                guard let context, let data = sqlite3_user_data(context) else { return }
                let body = Unmanaged<Body>.fromOpaque(data).takeUnretainedValue()
                let arguments = (0..<Int(count)).map { TextFunctions.value(values?[$0]) }
                TextFunctions.give(context, body.call(arguments))
            }, nil, nil, { data in if let data { Unmanaged<Body>.fromOpaque(data).release() } })
        guard code == SQLITE_OK else { throw .of(code, handle) }
    }

    private static func value(_ value: OpaquePointer?) -> SQLValue {
        switch sqlite3_value_type(value) {
        case SQLITE_INTEGER: return .integer(sqlite3_value_int64(value))
        case SQLITE_FLOAT: return .real(sqlite3_value_double(value))
        case SQLITE_TEXT:
            guard let start = sqlite3_value_text(value) else { return .text("") }
            let bytes = UnsafeBufferPointer(start: start, count: Int(sqlite3_value_bytes(value)))
            return .text(String(decoding: bytes, as: UTF8.self))
        default: return .null
        }
    }

    private static func give(_ context: OpaquePointer, _ value: SQLValue) {
        switch value {
        case .null, .blob: sqlite3_result_null(context)
        case .integer(let number): sqlite3_result_int64(context, number)
        case .real(let number): sqlite3_result_double(context, number)
        case .text(var text): text.withUTF8 { give(context, $0) }
        }
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
