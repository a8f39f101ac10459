import ParleyModel

/// An entity tag (RFC 9110, 8.8.3).
public struct EntityTag: Sendable, Equatable {
    /// Equal tags mean equivalent, not identical content.
    public let isWeak: Bool
    /// What stands between the quotes.
    public let tag: String

    public init(_ tag: String, isWeak: Bool = false) {
        self.tag = tag
        self.isWeak = isWeak
    }

    /// As it stands in a header field.
    public var headerValue: String { isWeak ? "W/\"\(tag)\"" : "\"\(tag)\"" }

    /// Whether both are strong and equal, as If-Match wants it.
    public func matchesStrongly(_ other: EntityTag) -> Bool { !isWeak && !other.isWeak && tag == other.tag }
    /// Whether they are equal but for weakness, as If-None-Match wants it.
    public func matchesWeakly(_ other: EntityTag) -> Bool { tag == other.tag }
}

/// The value of If-Match or If-None-Match.
public enum EntityTagList: Sendable, Equatable {
    /// `*`
    case any
    case tags([EntityTag])

    /// Reads a field's value. Tags without quotes are taken as strong ones, as careless clients write them.
    public init(_ header: some StringProtocol) {
        let octets = Array(header.utf8)
        if header.trimmingBlanks == "*" {
            self = .any
            return
        }
        var tags: [EntityTag] = []
        var index = 0
        while index < octets.count, tags.count < 200 {
            if octets[index].isBlank || octets[index] == .comma {
                index += 1
                continue
            }
            let isWeak = octets.count - index > 2 && octets[index] | 0x20 == 0x77 && octets[index + 1] == .slash
            if isWeak { index += 2 }
            let isQuoted = index < octets.count && octets[index] == .quote
            if isQuoted { index += 1 }
            let end = octets[index...].firstIndex { isQuoted ? $0 == .quote : $0 == .comma } ?? octets.count
            tags.append(EntityTag(String(decoding: octets[index..<end], as: UTF8.self).trimmingBlanks, isWeak: isWeak))
            index = end + 1
        }
        self = .tags(tags)
    }

    /// Whether one of the tags is equal but for weakness. `any` matches whatever exists.
    public func matchesWeakly(_ tag: EntityTag) -> Bool {
        switch self {
        case .any: true
        case .tags(let tags): tags.contains { $0.matchesWeakly(tag) }
        }
    }

    /// Whether one of the tags is strong and equal. `any` matches whatever exists.
    public func matchesStrongly(_ tag: EntityTag) -> Bool {
        switch self {
        case .any: true
        case .tags(let tags): tags.contains { $0.matchesStrongly(tag) }
        }
    }
}

/// What a request's conditions say about the state of its target (RFC 9110, 13.2.2).
public enum Precondition: Sendable, Equatable {
    /// Go on.
    case proceed
    /// Answer 304: the client has it already.
    case notModified
    /// Answer 412.
    case failed

    /// Evaluates If-Match, If-Unmodified-Since, If-None-Match and If-Modified-Since, in this order.
    /// - Parameter tag: of the present state; nil where the target does not exist or has none.
    public static func evaluate(
        _ headers: Headers, method: String, tag: EntityTag?, modified: Instant? = nil
    ) -> Precondition {
        let isRead = method == "GET" || method == "HEAD"
        if let header = headers["If-Match"] {
            guard let tag, EntityTagList(header).matchesStrongly(tag) else { return .failed }
        } else if let header = headers["If-Unmodified-Since"], let limit = WireTime.parseHTTP(header), let modified {
            if modified.seconds > limit.seconds { return .failed }
        }
        if let header = headers["If-None-Match"] {
            if let tag, EntityTagList(header).matchesWeakly(tag) { return isRead ? .notModified : .failed }
        } else if isRead, let header = headers["If-Modified-Since"], let since = WireTime.parseHTTP(header),
            let modified
        {
            if modified.seconds <= since.seconds { return .notModified }
        }
        return .proceed
    }
}

/// What a Range field asks for, held against the length of what there is (RFC 9110, 14).
public enum ByteRange: Sendable, Equatable {
    /// No range, one that is not understood, or several: answer 200 with all.
    case whole
    /// Answer 206 with `Content-Range: bytes offset-last/total`.
    case part(offset: Int64, length: Int64)
    /// Answer 416 with `Content-Range: bytes */total`.
    case unsatisfiable

    /// - Parameter total: octets there are.
    public init(_ header: String?, total: Int64) {
        self = .whole
        guard let header, total >= 0 else { return }
        let text = header.trimmingBlanks.asciiLowercased
        guard text.hasPrefix("bytes=") else { return }
        let parts = text.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return }
        let first = ByteRange.number(parts[0])
        let last = ByteRange.number(parts[1])
        switch (first, last, parts[0].trimmingBlanks.isEmpty, parts[1].trimmingBlanks.isEmpty) {
        case (nil, let count?, true, _):
            let length = min(count, total)
            self = length > 0 ? .part(offset: total - length, length: length) : .unsatisfiable
        case (let offset?, nil, _, true):
            self = offset < total ? .part(offset: offset, length: total - offset) : .unsatisfiable
        case (let offset?, let end?, _, _) where offset <= end:
            let stop = min(end, total - 1)
            self = offset < total ? .part(offset: offset, length: stop - offset + 1) : .unsatisfiable
        default: return
        }
    }

    /// The value of Content-Range; nil for the whole.
    public func contentRange(total: Int64) -> String? {
        switch self {
        case .whole: nil
        case .part(let offset, let length): "bytes \(offset)-\(offset + length - 1)/\(total)"
        case .unsatisfiable: "bytes */\(total)"
        }
    }

    /// Digits alone; numbers beyond 64 bits count as the largest.
    private static func number(_ text: Substring) -> Int64? {
        let digits = text.trimmingBlanks
        guard !digits.isEmpty, digits.utf8.allSatisfy(\.isDigit) else { return nil }
        return Int64(digits) ?? .max
    }
}
