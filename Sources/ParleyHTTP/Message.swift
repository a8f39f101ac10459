/// Header fields in the order they were added; names compare without case (RFC 9110, 5.1).
public struct Headers: Sendable, Equatable {
    /// Name and value pairs as they stand on the wire.
    public private(set) var fields: [(name: String, value: String)]

    public init(_ fields: [(name: String, value: String)] = []) {
        self.fields = fields
    }

    /// The first value of a field, or nil.
    public subscript(name: String) -> String? {
        for field in fields where Headers.same(field.name, name) { return field.value }
        return nil
    }

    /// All values of a field, in order.
    public func all(_ name: String) -> [String] {
        fields.filter { Headers.same($0.name, name) }.map(\.value)
    }

    /// Adds one more value of a field.
    public mutating func add(_ name: String, _ value: String) {
        fields.append((name, value))
    }

    /// Replaces every value of a field by one.
    public mutating func set(_ name: String, _ value: String) {
        fields.removeAll { Headers.same($0.name, name) }
        fields.append((name, value))
    }

    /// Drops a field.
    public mutating func remove(_ name: String) {
        fields.removeAll { Headers.same($0.name, name) }
    }

    public static func == (left: Headers, right: Headers) -> Bool {
        left.fields.elementsEqual(right.fields) { $0.name == $1.name && $0.value == $1.value }
    }

    /// ASCII comparison without case, without making new strings.
    static func same(_ left: String, _ right: String) -> Bool {
        let a = left.utf8, b = right.utf8
        guard a.count == b.count else { return false }
        return zip(a, b).allSatisfy { x, y in
            x == y || (x | 0x20 == y | 0x20 && (x | 0x20) >= 0x61 && (x | 0x20) <= 0x7A)
        }
    }
}

/// The octets of a request's content. Short ones are there at once, long ones arrive as chunks with back pressure.
public enum RequestBody: Sendable {
    case bytes([UInt8])
    case stream(BodyStream)

    /// No content.
    public static var empty: RequestBody { .bytes([]) }

    /// The whole content.
    /// - Throws: `BodyTooLarge` once more than `limit` octets have come; `BodyBroken` when the client went away.
    public func collect(upTo limit: Int) async throws -> [UInt8] {
        switch self {
        case .bytes(let bytes):
            if bytes.count > limit { throw BodyTooLarge(limit: limit) }
            return bytes
        case .stream(let stream):
            if let length = stream.length, length > limit { throw BodyTooLarge(limit: limit) }
            var all: [UInt8] = []
            while let chunk = try await stream.next() {
                if all.count + chunk.count > limit { throw BodyTooLarge(limit: limit) }
                all.append(contentsOf: chunk)
            }
            return all
        }
    }
}

/// A request's content that arrives in chunks; read once, from one task.
public struct BodyStream: Sendable {
    /// Octets announced by Content-Length; nil for a chunked body.
    public let length: Int?
    private let pull: @Sendable () async throws -> [UInt8]?

    public init(length: Int?, next: @escaping @Sendable () async throws -> [UInt8]?) {
        self.length = length
        self.pull = next
    }

    /// The next chunk, never empty; nil at the end.
    public func next() async throws -> [UInt8]? { try await pull() }
}

/// More content came than the route takes.
public struct BodyTooLarge: Error, Equatable {
    /// Octets.
    public let limit: Int
    public init(limit: Int) { self.limit = limit }
}

/// The connection ended before the content did.
public struct BodyBroken: Error, Equatable {
    public init() {}
}

/// A request as a front end sees it: the mount's prefix is off, nothing else has been decoded.
public struct Request: Sendable {
    /// GET, POST, ... as on the wire (methods are case-sensitive).
    public var method: String
    /// Percent-encoded, begins with `/`, without the query.
    public var path: String
    /// Percent-encoded, without the `?`; nil where there was none.
    public var query: String?
    public var headers: Headers
    public var body: RequestBody
    /// The mount's own part of the path, such as `/redmine`; empty at the root. Links in answers begin with `baseURL`.
    public var prefix: String
    /// `http` or `https`, as the client used it (a trusted proxy may say so).
    public var scheme: String
    /// Host and port as the client named them.
    public var authority: String
    /// The address the request came from (a trusted proxy may say so).
    public var remoteAddress: String
    /// Names the request in logs and in `X-Request-Id`.
    public var id: String

    public init(
        method: String = "GET", path: String, query: String? = nil, headers: Headers = Headers(),
        body: RequestBody = .empty, prefix: String = "", scheme: String = "http", authority: String = "localhost",
        remoteAddress: String = "127.0.0.1", id: String = ""
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        self.prefix = prefix
        self.scheme = scheme
        self.authority = authority
        self.remoteAddress = remoteAddress
        self.id = id
    }

    /// Scheme, authority and prefix: what absolute links begin with, without a final slash.
    public var baseURL: String { "\(scheme)://\(authority)\(prefix)" }
}

/// The octets of an answer.
public enum ResponseBody: Sendable {
    case bytes([UInt8])
    /// Part of a file on this machine, sent without reading it into memory first; a few octets may go before it.
    case file(path: String, offset: Int64, length: Int64, after: [UInt8] = [])
    /// Made while it leaves; how much it comes to is known at its end. `ResponseBody.made` gives one only for what is
    /// long.
    case stream(any BodyProducer)

    public static var empty: ResponseBody { .bytes([]) }

    /// Octets; nil of a stream.
    public var count: Int64? {
        switch self {
        case .bytes(let bytes): Int64(bytes.count)
        case .file(_, _, let length, let first): length + Int64(first.count)
        case .stream: nil
        }
    }
}

/// An answer. The server adds Date, the body's framing (Content-Length is taken from here for HEAD and 304 alone) and
/// `X-Request-Id`.
public struct Response: Sendable {
    public var status: Int
    public var headers: Headers
    public var body: ResponseBody
    /// Who the request was done as, for the log: a login, or nil for a visitor.
    public var actor: String?

    public init(status: Int, headers: Headers = Headers(), body: ResponseBody = .empty, actor: String? = nil) {
        self.status = status
        self.headers = headers
        self.body = body
        self.actor = actor
    }
}

/// What answers the requests of one mount: a dialect, or the pages for people.
public protocol FrontEnd: Sendable {
    /// Short lower-case name for configuration, logs and metrics.
    var name: String { get }
    /// Answers a request. Never fails: every fault has an answer of the front end's own form.
    func respond(to request: Request) async -> Response
    /// Whether a path (mount prefix removed) belongs to this front end; mounts that share a prefix are asked in turn.
    func claims(path: String, method: String) -> Bool
}
