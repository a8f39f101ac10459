import NIOCore
import ParleyHTTP

/// The request that a connection is at. Confined to the connection's event loop.
final class Exchange {
    /// What the front end will see; gone once it has been handed over.
    var request: Request?
    let method: String
    let isHead: Bool
    let id: String
    let remoteAddress: String
    /// As the client sent it, prefix included.
    let path: String
    /// Octets announced; nil for a chunked body.
    let length: Int?
    let isKeepAlive: Bool
    let isVersion10: Bool
    let entry: MountTable.Entry
    let started: NIODeadline
    var source: BodySource?
    var task: Task<Void, Never>?
    /// Octets of content that have come.
    var received = 0
    /// Whether the client waits for 100 before it sends content.
    var continueDue: Bool
    /// Set when the connection has answered by itself while the front end was at work.
    var forcedStatus: Int?

    init(_ head: RequestHead, entry: MountTable.Entry, started: NIODeadline) {
        request = head.request
        method = head.request.method
        isHead = head.request.method == "HEAD"
        id = head.request.id
        remoteAddress = head.request.remoteAddress
        path = head.request.path
        length = head.length
        isKeepAlive = head.isKeepAlive
        isVersion10 = head.isVersion10
        self.entry = entry
        self.started = started
        continueDue = head.expectsContinue && head.length != 0
    }
}
