import ParleyHTTP
import ParleyModel
import ParleyService

extension RouteTable {
    static let uploadRoutes = [Route(.post, "uploads") { try await $0.upload() }]
}

extension Call {
    /// Takes a file in; its octets go to disk as they come.
    func upload() async throws -> Response {
        guard let type = head.contentType.flatMap({ MediaType($0) }), type.essence == "application/octet-stream" else {
            if actor.isAnonymous { throw denied }
            throw Refusal.status(406)
        }
        let chunks = Chunks(request.body)
        let name = parameters.text("filename").flatMap { Spelling.trimmed($0).isEmpty ? nil : $0 }
        let new = NewFile(name: name, contentType: parameters.text("content_type"), length: chunks.length)
        let file = try await workspace.receive(new, as: actor, next: chunks.next)
        var response = found(
            document("upload") { part in
                part.member("id", file.id)
                part.member("token", file.token)
            })
        response.status = 201
        return response
    }
}

/// The pieces of a body, however it came.
private struct Chunks: Sendable {
    /// Octets; nil where only the end will tell.
    let length: Int64?
    let next: @Sendable () async throws -> [UInt8]?

    init(_ body: RequestBody) {
        switch body {
        case .bytes(let octets):
            length = Int64(octets.count)
            let rest = Once(octets)
            next = { await rest.take() }
        case .stream(let stream):
            length = stream.length.map(Int64.init)
            next = { try await stream.next() }
        }
    }

    private actor Once {
        private var octets: [UInt8]?

        init(_ octets: [UInt8]) { self.octets = octets.isEmpty ? nil : octets }

        func take() -> [UInt8]? {
            defer { octets = nil }
            return octets
        }
    }
}
