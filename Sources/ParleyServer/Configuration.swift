import ParleyHTTP

/// What the server is told from outside. Precedence: flags, environment, file, the defaults here.
public struct Configuration: Sendable, Equatable {
    /// The folder of the workspace: database and attachments.
    public var data = "./parley-data"
    /// Where the server listens.
    public var listen = ListenAddress(host: "127.0.0.1", port: 8080)
    /// Event loops; 0 means one for each processor.
    public var loops = 0
    /// Where dialects are reached; one that is not named here is at the root.
    public var mounts: [MountSetting] = []
    /// Peers whose forwarded headers are believed.
    public var trustedProxies = AddressRanges()
    /// Which header a trusted proxy writes.
    public var forwardedHeader = ForwardedHeader.xForwarded
    /// Bounds on what clients may send and how long they may take.
    public var limits = Limits()
    /// What is logged and how.
    public var log = LogSettings()
    /// Whether and where metrics are shown.
    public var metrics = MetricsSettings()
    /// Options of single dialects, by dialect and option.
    public var dialects: [String: [String: String]] = [:]

    public init() {}

    /// The mounts of a front end: those configured under its name, or one at the root; none when it is switched off.
    public func mounts(of frontEnd: any FrontEnd) -> [Mount] {
        let settings = mounts.filter { $0.dialect == frontEnd.name }
        if settings.isEmpty { return [Mount(frontEnd)] }
        return settings.filter(\.enabled).map { Mount(frontEnd, prefix: $0.prefix, host: $0.host) }
    }

    /// Complaints about dialects that are named in mounts or options and do not exist.
    public func problems(knownDialects: [String]) -> [String] {
        let named = Set(mounts.map(\.dialect)).union(dialects.keys)
        return named.subtracting(knownDialects).sorted().map { name in
            "no dialect is called \"\(name)\" (there are: \(knownDialects.joined(separator: ", ")))"
        }
    }
}

/// A dialect's place: a path prefix, a host of its own, both or neither.
public struct MountSetting: Sendable, Equatable {
    /// The name of the front end.
    public var dialect: String
    /// Empty, or begins with `/` and does not end with it.
    public var prefix: String
    /// Compared without case; with a port only if one is given here.
    public var host: String?
    /// False switches the dialect off.
    public var enabled: Bool

    public init(dialect: String, prefix: String = "", host: String? = nil, enabled: Bool = true) {
        self.dialect = dialect
        self.prefix = prefix
        self.host = host
        self.enabled = enabled
    }

    /// Reads `redmine=/redmine`, `redmine=tracker.example.org`, `redmine=tracker.example.org/redmine`, `redmine=off`.
    init(text: String) throws(InvalidSetting) {
        guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
            throw InvalidSetting("a mount is written DIALECT=[HOST][/PREFIX] or DIALECT=off, not \"\(text)\"")
        }
        let place = text[text.index(after: equals)...]
        self.init(dialect: String(text[..<equals]))
        if place == "off" {
            enabled = false
            return
        }
        let slash = place.firstIndex(of: "/") ?? place.endIndex
        try set(host: String(place[..<slash]))
        try set(prefix: String(place[slash...]))
    }

    /// The form that `init(text:)` reads.
    var text: String { enabled ? "\(dialect)=\(host ?? "")\(prefix)" : "\(dialect)=off" }

    mutating func set(host text: String) throws(InvalidSetting) {
        if text.isEmpty { return }
        guard Authority.isValid(text) else { throw InvalidSetting("\"\(text)\" is no host name") }
        host = text.lowercased()
    }

    mutating func set(prefix text: String) throws(InvalidSetting) {
        var path = text[...]
        while path.last == "/" { path.removeLast() }
        let plain = path.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
            case UInt8(ascii: "0")...UInt8(ascii: "9"): true
            default: "/-_.~".utf8.contains(byte)
            }
        }
        guard path.isEmpty || (path.first == "/" && plain && !path.contains("//")) else {
            throw InvalidSetting("a prefix is a plain path such as /redmine, not \"\(text)\"")
        }
        prefix = String(path)
    }
}

/// Bounds on requests. Octets and counts are at least 1; times are seconds.
public struct Limits: Sendable, Equatable {
    /// Octets of a request's content; front ends have smaller limits of their own for most routes.
    public var bodyBytes = 64 << 20
    /// Octets of all header fields of a request together, the request line included.
    public var headerBytes = 64 << 10
    /// Octets of one header field or of the request line.
    public var headerFieldBytes = 16 << 10
    /// Number of header fields of a request, trailers included.
    public var headerFields = 100
    /// Octets of a request's target.
    public var targetBytes = 8 << 10
    /// Connections open at once; more are answered 503 and closed.
    public var connections = 4096
    /// Requests being worked on at once; more are answered 503.
    public var requests = 1024
    /// Connections waiting to be accepted.
    public var backlog = 1024
    /// Quiet time after which a connection without a request is closed.
    public var idleSeconds = 75.0
    /// Time for a request's head, from its first octet (from the start, for a connection's first request).
    public var headerSeconds = 15.0
    /// Time without content that a request's body may take; each octet that comes buys some more, never more than this.
    public var bodySeconds = 30.0
    /// Octets a second below which a body that trickles in ends as timed out.
    public var bodyBytesPerSecond = 512
    /// Time for a client to take 256 KiB of an answer.
    public var writeSeconds = 60.0
    /// Time that requests in flight have when the server stops.
    public var graceSeconds = 10.0

    public init() {}
}

/// What is logged.
public struct LogSettings: Sendable, Equatable {
    /// trace, debug, info, notice, warning, error, critical.
    public var level = "info"
    /// How a line is written.
    public var format = LogFormat.text
    /// Whether each request is a line.
    public var requests = true
}

/// Where metrics are shown.
public struct MetricsSettings: Sendable, Equatable {
    /// Whether they are shown at all.
    public var enabled = true
    /// An address of its own; nil means the main one, under `/-/metrics`.
    public var listen: ListenAddress?
}

/// The header in which a trusted proxy says whom a request came from.
public enum ForwardedHeader: String, Sendable, CaseIterable {
    /// X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Host.
    case xForwarded = "x-forwarded"
    /// Forwarded, RFC 7239.
    case forwarded
}

/// A host name or address, and a port.
public struct ListenAddress: Sendable, Equatable, CustomStringConvertible {
    /// A name or an address, without brackets.
    public var host: String
    /// 0 to 65535; 0 lets the system choose.
    public var port: Int

    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Reads `HOST:PORT` and `[ADDRESS]:PORT`.
    init(text: String) throws(InvalidSetting) {
        let wrong = InvalidSetting("an address to listen on is written HOST:PORT, not \"\(text)\"")
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65535).contains(port)
        else { throw wrong }
        var host = text[..<colon]
        if host.first == "[", host.last == "]" {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            throw wrong
        }
        guard !host.isEmpty else { throw wrong }
        self.init(host: String(host), port: port)
    }

    /// The form that is read.
    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

/// Why a value is not taken.
struct InvalidSetting: Error {
    let reason: String
    init(_ reason: String) { self.reason = reason }
}

/// Everything that is wrong with a configuration, one sentence each.
public struct ConfigurationError: Error, Equatable, CustomStringConvertible {
    /// The sentences.
    public let problems: [String]
    public init(_ problems: [String]) { self.problems = problems }
    /// One sentence a line.
    public var description: String { problems.joined(separator: "\n") }
}
