import NIOCore
import NIOHTTP1
import NIOPosix

/// A server that does nothing but answer, with as many loops as the machine has processors.
enum StaticServer {
    static func run(port: Int) throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: System.coreCount)
        let channel = try ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(StaticAnswer())
                }
            }
            .bind(host: "127.0.0.1", port: port).wait()
        print("listening on http://127.0.0.1:\(port)")
        try channel.closeFuture.wait()
    }
}

/// Answers each request, when all of it has come, with the same small document.
private final class StaticAnswer: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private static let text = "{\"issue\":{\"subject\":\"" + String(repeating: "x", count: 275) + "\"}}"
    private static let head = HTTPResponseHead(
        version: .http1_1, status: .ok,
        headers: ["content-type": "application/json; charset=utf-8", "content-length": "\(text.utf8.count)"])

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .end = unwrapInboundIn(data) else { return }
        let body = context.channel.allocator.buffer(string: StaticAnswer.text)
        context.write(wrapOutboundOut(.head(StaticAnswer.head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
