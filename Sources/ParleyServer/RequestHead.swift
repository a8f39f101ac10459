import NIOCore
import NIOHTTP1
import ParleyHTTP

/// Why a request is not taken to a front end.
struct Refusal: Error {
    let status: Int
    let message: String
}

/// The other end of a connection.
struct Peer {
    let address: String
    let isTrusted: Bool

    init(_ address: SocketAddress?, trusted: AddressRanges) {
        self.address = address?.ipAddress ?? "-"
        isTrusted = !trusted.isEmpty && Address(self.address).map { trusted.contains($0) } ?? false
    }
}

/// What a request's head says about the message, apart from what it says to the front end.
struct RequestHead {
    /// Octets announced; nil for a chunked body; 0 for none.
    var length: Int? = 0
    var isKeepAlive: Bool
    var isVersion10: Bool
    var expectsContinue = false
    var request: Request

    private var host: String?
    private var hasLength = false
    private var isChunked = false
    private var givenID: String?

    /// Octets that an `X-Request-Id` from a proxy may have.
    private static let idLimit = 64

    /// - Throws: `Refusal` where the message cannot be understood or is too large.
    init(_ head: HTTPRequestHead, peer: Peer, core: ServerCore, loop: LoopState, local: String) throws(Refusal) {
        isKeepAlive = head.isKeepAlive
        isVersion10 = head.version.minor == 0
        let method = head.method.rawValue
        var fields: [(name: String, value: String)] = []
        fields.reserveCapacity(head.headers.count)
        request = Request(method: method, path: "/", remoteAddress: peer.address)
        for (name, value) in head.headers {
            fields.append((name, value))
            try note(name, value, trusted: peer.isTrusted)
        }
        request.headers = Headers(fields)
        try checkLength(core.limits)
        guard method != "CONNECT" else { throw Refusal(status: 405, message: "CONNECT is not served here.") }
        let uri = head.uri
        guard uri.utf8.count <= core.limits.targetBytes else {
            throw Refusal(status: 414, message: "The address is longer than \(core.limits.targetBytes) octets.")
        }
        try readTarget(uri)
        if host == nil {
            guard isVersion10 else { throw Refusal(status: 400, message: "The Host header is missing.") }
            host = local
        }
        request.authority = host ?? local
        if peer.isTrusted { believe(core) }
        request.id = givenID ?? loop.nextRequestID()
    }

    /// Takes up the fields that concern the message itself.
    private mutating func note(_ name: String, _ value: String, trusted: Bool) throws(Refusal) {
        switch name.utf8.count {
        case 4 where ("host" as StaticString).matches(name):
            guard host == nil else { throw Refusal(status: 400, message: "There is more than one Host header.") }
            guard Authority.isValid(value) else { throw Refusal(status: 400, message: "The Host header is malformed.") }
            host = value
        case 6 where ("expect" as StaticString).matches(name):
            guard ("100-continue" as StaticString).matches(value) else {
                throw Refusal(status: 417, message: "Only 100-continue can be expected.")
            }
            expectsContinue = !isVersion10
        case 7 where ("upgrade" as StaticString).matches(name):
            // The parser stops after such a message, so the connection cannot be used again.
            isKeepAlive = false
        case 12 where ("x-request-id" as StaticString).matches(name):
            if trusted, RequestHead.isSaneID(value) { givenID = value }
        case 14 where ("content-length" as StaticString).matches(name):
            guard !hasLength, let number = Int(value), number >= 0 else {
                throw Refusal(status: 400, message: "The Content-Length header is malformed.")
            }
            hasLength = true
            length = number
        case 17 where ("transfer-encoding" as StaticString).matches(name):
            guard !isChunked, ("chunked" as StaticString).matches(value) else {
                throw Refusal(status: 501, message: "Only the chunked transfer coding is understood.")
            }
            isChunked = true
        default: break
        }
    }

    private mutating func checkLength(_ limits: Limits) throws(Refusal) {
        if isChunked {
            guard !hasLength, !isVersion10 else {
                throw Refusal(status: 400, message: "The message has no clear length.")
            }
            length = nil
        } else if let length, length > limits.bodyBytes {
            throw Refusal(status: 413, message: "The content is longer than \(limits.bodyBytes) octets.")
        }
    }

    /// Origin form, absolute form (whose authority counts, RFC 9112, 3.2.2), or `*`, which no front end takes.
    private mutating func readTarget(_ uri: String) throws(Refusal) {
        var target = uri
        if uri.utf8.first != UInt8(ascii: "/") {
            let scheme = uri.utf8.prefix(8)
            let start: Int
            if ("http://" as StaticString).matches(String(Substring(scheme.prefix(7)))) {
                start = 7
            } else if ("https://" as StaticString).matches(String(Substring(scheme))) {
                start = 8
            } else {
                throw Refusal(status: 400, message: "The request target is malformed.")
            }
            let rest = Substring(uri.utf8.dropFirst(start))
            let end = rest.utf8.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? rest.endIndex
            guard Authority.isValid(rest[..<end]) else {
                throw Refusal(status: 400, message: "The request target is malformed.")
            }
            host = String(rest[..<end])
            target = String(rest[end...])
            if target.utf8.first != UInt8(ascii: "/") { target = "/" + target }
        }
        if let fragment = target.utf8.firstIndex(of: UInt8(ascii: "#")) { target = String(target[..<fragment]) }
        if let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) {
            request.path = String(target[..<mark])
            request.query = String(target[target.utf8.index(after: mark)...])
        } else {
            request.path = target
        }
    }

    /// Takes over what a trusted proxy says.
    private mutating func believe(_ core: ServerCore) {
        let forwarded = Forwarded(request.headers, kind: core.forwardedHeader, trusted: core.trustedProxies)
        if let address = forwarded.address { request.remoteAddress = address }
        if let scheme = forwarded.scheme { request.scheme = scheme }
        if let authority = forwarded.authority { request.authority = authority }
    }

    private static func isSaneID(_ text: String) -> Bool {
        let bytes = text.utf8
        guard !bytes.isEmpty, bytes.count <= idLimit else { return false }
        return bytes.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."): true
            default: false
            }
        }
    }
}
