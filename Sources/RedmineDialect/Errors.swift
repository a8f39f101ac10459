import ParleyHTTP
import ParleyModel
import ParleyService

/// An answer that ends a request early.
enum Refusal: Error, Sendable, Equatable {
    /// Without content.
    case status(Int)
    /// 404 with its words: something that the content names is not there.
    case unknownReference
    /// 422 with sentences.
    case messages([String])
    /// 404 for an address that stands for nothing.
    case unknownRoute
}

/// Answers that are no resource.
enum Answers {
    /// Without content: the type comes without a charset.
    static func empty(_ status: Int, _ format: WireFormat?) -> Response {
        var headers = Headers([("Content-Type", format?.mediaType ?? "text/html; charset=utf-8")])
        headers.add("Cache-Control", "no-cache")
        if status == 401 { headers.add("WWW-Authenticate", "Basic realm=\"Redmine API\"") }
        return Response(status: status, headers: headers)
    }

    /// 404 for an address that stands for nothing.
    static func unknownRoute(_ format: WireFormat?) -> Response { plain(404, "Not Found", format) }

    /// 406 where an answer for people would be a form.
    static func notAcceptable(_ format: WireFormat?) -> Response { plain(406, "Not Acceptable", format) }

    /// 400.
    static func badRequest(_ format: WireFormat?) -> Response { plain(400, "Bad Request", format) }

    private static func plain(_ status: Int, _ words: String, _ format: WireFormat?) -> Response {
        guard let format else { return empty(status, nil) }
        var writer: DocumentWriter
        switch format {
        case .json:
            writer = DocumentWriter(.json(), capacity: 128)
            writer.document("error", wrapped: false) { part in
                part.member("status", status)
                part.member("error", words)
            }
        case .xml:
            writer = DocumentWriter(.xml(), capacity: 128)
            writer.verbatim("<hash><status type=\"integer\">\(status)</status><error>\(words)</error></hash>")
        }
        return Response(
            status: status, headers: Headers([("Content-Type", format.contentType), ("Cache-Control", "no-cache")]),
            body: .bytes(writer.finish()))
    }

    /// 422 with sentences.
    static func invalid(_ messages: [String], _ format: WireFormat) -> Response {
        var writer = DocumentWriter(format == .json ? .json(JSONOptions(escapesMarkup: true)) : .xml(), capacity: 256)
        writer.documentList("errors", of: "error") { items in
            for message in messages { items.item(message) }
        }
        return Response(
            status: 422, headers: Headers([("Content-Type", format.contentType), ("Cache-Control", "no-cache")]),
            body: .bytes(writer.finish()))
    }

    /// 200 with a document, or 304 where the client has it.
    static func document(_ octets: [UInt8], _ call: Call) -> Response {
        let tag = EntityTag(fingerprint(octets), isWeak: true)
        var headers = Headers([
            ("Content-Type", call.format.contentType), ("ETag", tag.headerValue),
            ("Cache-Control", "max-age=0, private, must-revalidate"),
        ])
        if let header = call.head.noneMatch, EntityTagList(header).matchesWeakly(tag) {
            headers.remove("Content-Type")
            return Response(status: 304, headers: headers)
        }
        guard let callback = call.callback else { return Response(status: 200, headers: headers, body: .bytes(octets)) }
        headers.set("Content-Type", "application/javascript; charset=utf-8")
        return Response(
            status: 200, headers: headers,
            body: .bytes(Array(callback.utf8) + [UInt8(ascii: "(")] + octets + [UInt8(ascii: ")")]))
    }

    /// 128 bits in hex: two multiplicative hashes over words of eight octets.
    static func fingerprint(_ octets: [UInt8]) -> String {
        var first: UInt64 = 0xCBF2_9CE4_8422_2325 ^ UInt64(octets.count)
        var second: UInt64 = 0x9E37_79B9_7F4A_7C15
        octets.withUnsafeBytes { bytes in
            var position = 0
            while position < bytes.count {
                var word: UInt64 = 0
                if bytes.count - position >= 8 {
                    word = bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)
                } else {
                    for index in position..<bytes.count { word = word << 8 | UInt64(bytes[index]) }
                }
                first = (first ^ word) &* 0x0000_0100_0000_01B3
                first ^= first >> 29
                second = (second &+ word) &* 0xFF51_AFD7_ED55_8CCD
                second ^= second >> 32
                position += 8
            }
        }
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(32)
        for number in [first, second] {
            for shift in stride(from: 60, through: 0, by: -4) { text.append(digits[Int(number >> UInt64(shift) & 15)]) }
        }
        return String(decoding: text, as: UTF8.self)
    }
}

extension Call {
    /// The answer to whatever ended the request.
    func response(to error: any Error) -> Response {
        switch error {
        case Refusal.status(let status): return Answers.empty(status, format)
        case Refusal.unknownReference: return Answers.unknownRoute(format)
        case Refusal.messages(let messages): return Answers.invalid(messages, format)
        case Refusal.unknownRoute: return Answers.unknownRoute(format)
        case let fault as Fault: return response(to: fault)
        case is BodyTooLarge: return Answers.empty(413, format)
        case is MalformedBody, is BodyBroken: return Answers.badRequest(format)
        default: return Answers.empty(503, format)
        }
    }

    private func response(to fault: Fault) -> Response {
        switch fault {
        case .notFound: return Answers.empty(404, format)
        case .forbidden: return Answers.empty(403, format)
        case .unauthenticated: return response(to: denied)
        case .invalid(let problems): return Answers.invalid(Messages(catalog).sentences(problems), format)
        case .conflict: return Answers.empty(409, format)
        case .tooLarge(let limit):
            let words = "This file cannot be uploaded because it exceeds the maximum allowed file size (\(limit))"
            return Answers.invalid([words], format)
        case .unsupported: return Answers.empty(406, format)
        case .rateLimited(let moment):
            var response = Answers.empty(429, format)
            response.headers.add("Retry-After", String(max(1, moment.seconds - workspace.now.seconds)))
            return response
        case .unavailable:
            var response = Answers.empty(503, format)
            response.headers.add("Retry-After", "1")
            return response
        }
    }
}
