import ParleyHTTP

/// What the server says about itself: `/-/health`, `/-/ready`, `/-/metrics`.
public struct InternalFrontEnd: FrontEnd {
    /// As logs and metrics call it.
    public let name = "internal"

    private let isReady: (@Sendable () async -> Bool)?
    private let registry: PrometheusRegistry?

    /// - Parameters:
    ///   - isReady: whether requests can be served; nil leaves health and readiness out.
    ///   - registry: nil leaves the metrics out.
    public init(isReady: (@Sendable () async -> Bool)?, registry: PrometheusRegistry?) {
        self.isReady = isReady
        self.registry = registry
    }

    /// Claims the addresses that are switched on.
    public func claims(path: String, method: String) -> Bool {
        let isOwn = path.withOctets { $0.count > 3 && $0[1] == UInt8(ascii: "-") && $0[2] == UInt8(ascii: "/") }
        guard isOwn else { return false }
        switch path {
        case "/-/health", "/-/ready": return isReady != nil
        case "/-/metrics": return registry != nil
        default: return false
        }
    }

    /// Answers GET and HEAD.
    public func respond(to request: Request) async -> Response {
        guard request.method == "GET" || request.method == "HEAD" else {
            var response = InternalFrontEnd.text(405, "Only GET and HEAD are understood here.\n")
            response.headers.add("Allow", "GET, HEAD")
            return response
        }
        switch request.path {
        case "/-/metrics":
            guard let registry else { return InternalFrontEnd.text(404, "Nothing is at this address.\n") }
            let type = "text/plain; version=0.0.4; charset=utf-8"
            let headers = Headers([("Content-Type", type), ("Cache-Control", "no-store")])
            return Response(status: 200, headers: headers, body: .bytes(registry.render()))
        case "/-/ready":
            let ready = await isReady?() ?? false
            return ready ? InternalFrontEnd.text(200, "ready\n") : InternalFrontEnd.text(503, "not ready\n")
        default:
            return InternalFrontEnd.text(200, "alive\n")
        }
    }

    private static func text(_ status: Int, _ text: String) -> Response {
        let headers = Headers([("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", "no-store")])
        return Response(status: status, headers: headers, body: .bytes(Array(text.utf8)))
    }
}
