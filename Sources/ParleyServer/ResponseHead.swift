import NIOCore
import NIOHTTP1
import ParleyHTTP

/// Turns a front end's answer into octets. The framing is Content-Length wherever the length is known; what is made
/// while it leaves goes out in chunks, and to a client of HTTP/1.0 up to the connection's end.
struct ResponseHead {
    /// Bodies up to this many octets share the head's buffer and leave in one write.
    static let joinLimit = 64 << 10

    /// Whether the body's octets follow; not for HEAD, 204 and 304.
    let sendsBody: Bool
    let isKeepAlive: Bool
    /// Whether the body leaves in chunks.
    let isChunked: Bool
    let status: Int
    let body: ResponseBody
    private let headers: [(name: String, value: String)]
    private let given: Given
    private let exchange: Exchange

    /// The fields that the front end has set itself.
    private struct Given {
        var date = false, id = false, length = false, noSniff = false
        var octets = 0
    }

    init(_ response: Response, to exchange: Exchange, keepAlive: Bool) {
        let sound = (200...599).contains(response.status) ? response : ResponseHead.broken
        status = sound.status
        body = sound.body
        headers = sound.headers.fields
        self.exchange = exchange
        var closes = !keepAlive
        var given = Given()
        for (name, value) in headers {
            given.octets += name.utf8.count + value.utf8.count + 4
            switch ResponseHead.kind(name) {
            case .date: given.date = true
            case .requestID: given.id = true
            case .noSniff: given.noSniff = true
            case .length: given.length = exchange.isHead || sound.status == 304
            case .connection: if ("close" as StaticString).matches(value) { closes = true }
            case .other, .coding: break
            }
        }
        let isStream = body.count == nil && status != 204 && status != 304
        if isStream { given.length = false }
        self.given = given
        isChunked = isStream && !exchange.isVersion10
        if isStream && !isChunked { closes = true }
        isKeepAlive = !closes
        sendsBody = status != 204 && status != 304 && !exchange.isHead
    }

    /// The head, and the body too if it is short; of a file, what goes before it.
    func encode(loop: LoopState, allocator: ByteBufferAllocator) -> (buffer: ByteBuffer, hasBody: Bool) {
        var joined: [UInt8] = []
        var hasBody = false
        switch body {
        case .bytes(let bytes) where sendsBody && bytes.count <= ResponseHead.joinLimit:
            joined = bytes
            hasBody = true
        case .file(_, _, let length, let first) where sendsBody:
            joined = first
            hasBody = length == 0
        default: break
        }
        let line = StatusLines.line(status)
        let room = line.count + given.octets + joined.count + exchange.id.utf8.count + 256
        var buffer = allocator.buffer(capacity: room)
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: room) { memory in
            var writer = OctetWriter(memory)
            writer.write(line)
            writeFields(&writer, loop)
            writer.write("\r\n")
            writer.write(joined)
            return writer.count
        }
        return (buffer, hasBody)
    }

    private func writeFields(_ writer: inout OctetWriter, _ loop: LoopState) {
        for (name, value) in headers {
            switch ResponseHead.kind(name) {
            case .connection, .coding: continue
            case .length: if !given.length { continue }
            default: break
            }
            guard ResponseHead.isToken(name) else { continue }
            writer.write(name)
            writer.write(": ")
            writer.write(value: value)
            writer.write("\r\n")
        }
        if !given.date { writer.write(loop.clock.dateField()) }
        if !given.noSniff { writer.write("X-Content-Type-Options: nosniff\r\n") }
        if !given.id {
            writer.write("X-Request-Id: ")
            writer.write(exchange.id)
            writer.write("\r\n")
        }
        if !given.length, let length = body.count, status != 204 && status != 304 {
            writer.write("Content-Length: ")
            writer.write(max(0, length))
            writer.write("\r\n")
        }
        if isChunked { writer.write("Transfer-Encoding: chunked\r\n") }
        if !isKeepAlive {
            writer.write("Connection: close\r\n")
        } else if exchange.isVersion10 {
            writer.write("Connection: keep-alive\r\n")
        }
    }

    private enum Kind {
        case date, requestID, noSniff, length, connection, coding, other
    }

    /// The fields that concern the server.
    private static func kind(_ name: String) -> Kind {
        switch name.utf8.count {
        case 4: ("date" as StaticString).matches(name) ? .date : .other
        case 10: ("connection" as StaticString).matches(name) ? .connection : .other
        case 12: ("x-request-id" as StaticString).matches(name) ? .requestID : .other
        case 14: ("content-length" as StaticString).matches(name) ? .length : .other
        case 17: ("transfer-encoding" as StaticString).matches(name) ? .coding : .other
        case 22: ("x-content-type-options" as StaticString).matches(name) ? .noSniff : .other
        default: .other
        }
    }

    /// What is said when a front end gives an answer that cannot be sent.
    static let broken = Response(
        status: 500, headers: Headers([("Content-Type", "text/plain; charset=utf-8")]),
        body: .bytes(Array("The server has failed to answer.\n".utf8)))

    private static func isToken(_ name: String) -> Bool {
        name.withOctets { octets in
            for byte in octets {
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): continue
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"): continue
                default: return false
                }
            }
            return octets.count > 0
        }
    }
}

/// The status lines, made once.
private enum StatusLines {
    static let all: [[UInt8]] = (200...599).map { code in
        Array("HTTP/1.1 \(code) \(HTTPResponseStatus(statusCode: code).reasonPhrase)\r\n".utf8)
    }

    static func line(_ status: Int) -> [UInt8] { all[min(max(status, 200), 599) - 200] }
}

/// Stands where NIO's encoder would: `Connection` makes the octets of an answer itself, head included, and sends them
/// as body parts. The head parts, which `HTTPServerPipelineHandler` needs to see, carry nothing and end here.
final class OctetEncoder: ChannelOutboundHandler {
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = IOData

    /// The part that begins an answer.
    static let start = HTTPServerResponsePart.head(HTTPResponseHead(version: .http1_1, status: .ok))

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch OctetEncoder.unwrapOutboundIn(data) {
        case .body(let octets): context.write(OctetEncoder.wrapOutboundOut(octets), promise: promise)
        case .head: promise?.succeed()
        case .end:
            // An empty write keeps the promise in order.
            if let promise { context.write(OctetEncoder.wrapOutboundOut(.byteBuffer(ByteBuffer())), promise: promise) }
        }
    }
}
