import ParleyHTTP

/// How an answer is written.
enum WireFormat: Sendable {
    case json, xml

    /// What an empty answer says; one with content adds the charset.
    var mediaType: String { self == .json ? "application/json" : "application/xml" }
    /// What an answer with content says.
    var contentType: String {
        self == .json ? "application/json; charset=utf-8" : "application/xml; charset=utf-8"
    }
}

/// A request's path, split once: segments without the extension of the last one.
struct RoutePath: Sendable {
    /// Decoded.
    var segments: [String]
    /// Nil without an extension that stands for a format.
    var format: WireFormat?
    /// It ended in an extension that stands for no format.
    var hasOtherExtension = false

    /// How many segments a path may have.
    private static let limit = 12

    init?(_ path: String) {
        segments = []
        var octets = path.utf8[...]
        while octets.last == UInt8(ascii: "/"), octets.count > 1 { octets.removeLast() }
        guard octets.first == UInt8(ascii: "/") else { return nil }
        segments.reserveCapacity(4)
        var start = octets.index(after: octets.startIndex)
        while start < octets.endIndex {
            let end = octets[start...].firstIndex(of: UInt8(ascii: "/")) ?? octets.endIndex
            guard segments.count < RoutePath.limit else { return nil }
            segments.append(RoutePath.decoded(octets[start..<end]))
            if end == octets.endIndex { break }
            start = octets.index(after: end)
        }
        cutExtension()
    }

    private static func decoded(_ octets: Substring.UTF8View) -> String {
        let text = Substring(octets)
        return octets.contains(UInt8(ascii: "%")) ? PercentEncoding.decode(text) : String(text)
    }

    private mutating func cutExtension() {
        guard let last = segments.last else { return }
        let octets = last.utf8
        guard let dot = octets.lastIndex(of: UInt8(ascii: ".")) else { return }
        let suffix = last[octets.index(after: dot)...]
        switch suffix {
        case "json": format = .json
        case "xml": format = .xml
        default:
            hasOtherExtension = true
            return
        }
        segments[segments.count - 1] = String(last[..<dot])
    }
}

/// What a request does: GET stands for HEAD too.
enum RouteMethod: Sendable {
    case get, post, put, patch, delete, other

    init(_ name: String) {
        switch name {
        case "GET", "HEAD": self = .get
        case "POST": self = .post
        case "PUT": self = .put
        case "PATCH": self = .patch
        case "DELETE": self = .delete
        default: self = .other
        }
    }

    /// Clients that can only POST name the method in a header, or in a member of a form.
    init(_ name: String, override: String?, parameters: Parameters, _ content: Parameters.Content) {
        self.init(name)
        guard self == .post else { return }
        let named = override ?? (content == .form ? parameters.text("_method") : nil)
        if let named, !named.isEmpty { self = RouteMethod(named.uppercased()) }
    }
}

/// One address of the interface and what answers it.
struct Route: Sendable {
    let method: RouteMethod
    /// Nil stands for any one segment.
    let pattern: [String?]
    /// Its answer is in no format, so that its path needs none.
    var isRaw = false
    /// PATCH is not as good as PUT.
    var isPutAlone = false
    let run: @Sendable (Call) async throws -> Response

    /// - Parameter pattern: segments with slashes between them; `:` stands for any one.
    init(
        _ method: RouteMethod, _ pattern: String, isRaw: Bool = false, isPutAlone: Bool = false,
        _ run: @escaping @Sendable (Call) async throws -> Response
    ) {
        self.isRaw = isRaw
        self.isPutAlone = isPutAlone
        self.method = method
        self.pattern = pattern.split(separator: "/").map { $0 == ":" ? nil : String($0) }
        self.run = run
    }

    /// Whether it answers a method: PATCH is as good as PUT, save for what is no object.
    func takes(_ method: RouteMethod) -> Bool {
        method == self.method || (method == .patch && self.method == .put && !isPutAlone)
    }

    func matches(_ segments: [String]) -> Bool {
        guard segments.count == pattern.count else { return false }
        for index in pattern.indices {
            if let word = pattern[index], word != segments[index] { return false }
        }
        return true
    }
}

/// All addresses, by their first segment.
enum RouteTable {
    private static let byFirst: [String: [Route]] = Dictionary(
        grouping: issueRoutes + journalRoutes + relationRoutes + projectRoutes + userRoutes + groupRoutes
            + vocabularyRoutes + versionRoutes + timeEntryRoutes + membershipRoutes + categoryRoutes
            + newsRoutes + wikiRoutes + searchRoutes + uploadRoutes + attachmentRoutes + fileRoutes,
        by: { $0.pattern.first.flatMap { $0 } ?? "" })

    /// The first route that fits.
    static func find(_ method: RouteMethod, _ path: RoutePath) -> Route? {
        guard let first = path.segments.first, let routes = byFirst[stem(first, path)] else { return nil }
        let segments = bare(path)
        for route in routes where route.takes(method) && route.matches(segments) { return route }
        return nil
    }

    /// Whether some method has a route for a path.
    static func knows(_ path: RoutePath) -> Bool {
        guard let first = path.segments.first else { return false }
        let segments = bare(path)
        return (byFirst[stem(first, path)] ?? []).contains { $0.matches(segments) }
    }

    /// `/issues.txt` is the list in a format that is not there: 406, not 404.
    private static func bare(_ path: RoutePath) -> [String] {
        guard path.hasOtherExtension, let last = path.segments.last else { return path.segments }
        return path.segments.dropLast() + [stem(last, path)]
    }

    private static func stem(_ segment: String, _ path: RoutePath) -> String {
        guard path.hasOtherExtension, let dot = segment.utf8.lastIndex(of: UInt8(ascii: ".")) else { return segment }
        return String(segment[..<dot])
    }
}
