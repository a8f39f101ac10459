import CSQLite
import ParleyStorage

/// The full-text index's own way to split texts into words, for asking about a word without a search.
final class SearchTokenizer {
    private let methods: fts5_tokenizer
    private var instance: OpaquePointer?

    private final class Visit {
        let body: (UnsafeRawBufferPointer) -> Void
        init(_ body: @escaping (UnsafeRawBufferPointer) -> Void) { self.body = body }
    }

    /// A tokenizer like that of `SearchIndex.schema`.
    init(_ handle: OpaquePointer) throws(StorageFault) {
        guard let interface = Self.interface(handle) else {
            throw .engine(code: Int(SQLITE_ERROR), message: "SQLite was built without full-text search")
        }
        var methods = fts5_tokenizer()
        var context: UnsafeMutableRawPointer?
        let found = interface.pointee.xFindTokenizer(interface, SearchIndex.tokenizerName, &context, &methods)
        self.methods = methods
        guard found == SQLITE_OK else { throw .of(found, handle) }
        var created: OpaquePointer?
        let code = "remove_diacritics".withCString { name in
            "2".withCString { value in
                var arguments: [UnsafePointer<CChar>?] = [name, value]
                return methods.xCreate(context, &arguments, Int32(arguments.count), &created)
            }
        }
        guard code == SQLITE_OK else { throw .of(code, handle) }
        instance = created
    }

    deinit { end() }

    /// Frees it.
    func end() {
        if let instance { methods.xDelete(instance) }
        instance = nil
    }

    /// The words of a text as the index holds them.
    func terms(_ text: String) -> [String] {
        var found: [String] = []
        visit(text) { found.append(String(decoding: $0, as: UTF8.self)) }
        return found
    }

    /// Shows each word of a text, as the index holds it.
    func visit(_ text: String, _ body: @escaping (UnsafeRawBufferPointer) -> Void) {
        guard let instance else { return }
        let visit = Visit(body)
        var text = text
        text.withUTF8 { bytes in
            guard let base = bytes.baseAddress, bytes.count < Int(Int32.max) else { return }
            base.withMemoryRebound(to: CChar.self, capacity: bytes.count) { start in
                _ = methods.xTokenize(
                    instance, Unmanaged.passUnretained(visit).toOpaque(), FTS5_TOKENIZE_QUERY, start,
                    Int32(bytes.count),
                    { context, _, token, count, _, _ in
                        guard let context, let token else { return SQLITE_OK }
                        let word = UnsafeRawBufferPointer(start: token, count: Int(max(0, count)))
                        Unmanaged<Visit>.fromOpaque(context).takeUnretainedValue().body(word)
                        return SQLITE_OK
                    })
            }
        }
    }

    /// The table of functions that SQLite hands out through a pointer parameter.
    private static func interface(_ handle: OpaquePointer) -> UnsafeMutablePointer<fts5_api>? {
        var statement: OpaquePointer?
        defer { sqlite3_finalize(statement) }
        guard sqlite3_prepare_v2(handle, "SELECT fts5(?1)", -1, &statement, nil) == SQLITE_OK else { return nil }
        var interface: UnsafeMutablePointer<fts5_api>?
        let kind: StaticString = "fts5_api_ptr"
        return withUnsafeMutablePointer(to: &interface) { target in
            kind.withUTF8Buffer { bytes in
                bytes.withMemoryRebound(to: CChar.self) { name in
                    sqlite3_bind_pointer(statement, 1, target, name.baseAddress, nil)
                    sqlite3_step(statement)
                    return target.pointee
                }
            }
        }
    }
}
