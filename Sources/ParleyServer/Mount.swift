import ParleyHTTP

/// A front end and where it is reached.
public struct Mount: Sendable {
    /// What answers here.
    public let frontEnd: any FrontEnd
    /// Empty, or begins with `/` and does not end with it.
    public let prefix: String
    /// In lower case; with a port only if the port matters. Nil means any host.
    public let host: String?

    public init(_ frontEnd: any FrontEnd, prefix: String = "", host: String? = nil) {
        self.frontEnd = frontEnd
        self.prefix = prefix
        self.host = host?.lowercased()
    }
}

/// Finds the front end of a request: the server's own first, then mounts with a host of their own before those without,
/// longer prefixes before shorter, then in the order given; the first that claims the path answers.
struct MountTable: Sendable {
    /// A mount and its counters.
    final class Entry: Sendable {
        let mount: Mount
        let name: String
        let series: ServerMetrics.Series
        /// Whether its requests are lines of the log.
        let isLogged: Bool

        init(mount: Mount, name: String, series: ServerMetrics.Series) {
            self.mount = mount
            self.name = name
            self.series = series
            isLogged = !(mount.frontEnd is InternalFrontEnd)
        }
    }

    private let entries: [Entry]
    private let anyHosts: Bool
    /// What answers when nothing else does.
    let fallback: Entry

    init(_ mounts: [Mount], metrics: ServerMetrics) {
        let sorted = mounts.enumerated().sorted { left, right in
            let areOwn = (left.element.frontEnd is InternalFrontEnd, right.element.frontEnd is InternalFrontEnd)
            if areOwn.0 != areOwn.1 { return areOwn.0 }
            if (left.element.host != nil) != (right.element.host != nil) { return left.element.host != nil }
            let lengths = (left.element.prefix.utf8.count, right.element.prefix.utf8.count)
            return lengths.0 != lengths.1 ? lengths.0 > lengths.1 : left.offset < right.offset
        }
        var series: [String: ServerMetrics.Series] = [:]
        func entry(_ mount: Mount) -> Entry {
            let name = mount.frontEnd.name
            let counters = series[name] ?? metrics.series(dialect: name)
            series[name] = counters
            return Entry(mount: mount, name: name, series: counters)
        }
        entries = sorted.map { entry($0.element) }
        anyHosts = entries.contains { $0.mount.host != nil }
        fallback = entry(Mount(NothingHere()))
    }

    /// The mount that answers, and the path without its prefix.
    func find(path: String, method: String, authority: String) -> (entry: Entry, path: String) {
        var full = "", bare = ""
        if anyHosts {
            full = authority.lowercased()
            bare = Authority.host(of: full)
        }
        for entry in entries {
            if let host = entry.mount.host, host != bare, host != full { continue }
            guard let rest = MountTable.strip(entry.mount.prefix, from: path) else { continue }
            if entry.mount.frontEnd.claims(path: rest, method: method) { return (entry, rest) }
        }
        return (fallback, path)
    }

    /// The path after a prefix, or nil where the prefix does not end at a segment's end.
    private static func strip(_ prefix: String, from path: String) -> String? {
        if prefix.isEmpty { return path }
        guard path.utf8.starts(with: prefix.utf8) else { return nil }
        let rest = path.utf8.dropFirst(prefix.utf8.count)
        guard let next = rest.first else { return "/" }
        return next == UInt8(ascii: "/") ? String(Substring(rest)) : nil
    }
}

/// Answers paths that no front end claims.
struct NothingHere: FrontEnd {
    let name = "none"

    func claims(path: String, method: String) -> Bool { true }

    func respond(to request: Request) async -> Response {
        Response(
            status: 404, headers: Headers([("Content-Type", "text/plain; charset=utf-8")]),
            body: .bytes(Array("Nothing is at this address.\n".utf8)))
    }
}
