import ParleyModel
import ParleyService

/// Answers that are the octets of a stored file, alike in every dialect: a file is handed over to be kept, never to be
/// run in the server's name.
public struct FileAnswer: Sendable {
    /// Files up to this many octets are read at once, longer ones go from disk to socket.
    public static let wholeLimit: Int64 = 64 << 10

    private let file: File
    private let request: Request
    private let workspace: Workspace

    /// - Parameter file: one that the actor may have.
    public init(_ file: File, to request: Request, of workspace: Workspace) {
        self.file = file
        self.request = request
        self.workspace = workspace
    }

    /// The file as an attachment, or a part of it, or 304, 412 or 416.
    /// - Throws: `Fault.notFound` where octets are missing.
    public func attachment() async throws -> Response {
        let path = try workspace.path(of: file)
        var headers = self.headers(type: FileAnswer.safeType(file.contentType ?? ""), kind: "attachment")
        headers.add("Accept-Ranges", "bytes")
        if let early = early(headers) { return early }
        switch range {
        case .whole: return try await response(200, headers, path, 0, file.size)
        case .part(let offset, let length):
            headers.add("Content-Range", range.contentRange(total: file.size) ?? "")
            return try await response(206, headers, path, offset, length)
        case .unsatisfiable:
            headers.add("Content-Range", range.contentRange(total: file.size) ?? "")
            headers.remove("Content-Type")
            headers.remove("Content-Disposition")
            return Response(status: 416, headers: headers)
        }
    }

    /// The file to be shown in a page, if it is a small raster image by its own octets.
    /// - Throws: `Fault.notFound` for every other.
    public func picture() async throws -> Response {
        let picture = try await workspace.picture(file)
        let headers = self.headers(type: picture.image.form.rawValue, kind: "inline")
        if let early = early(headers) { return early }
        return Response(status: 200, headers: headers, body: .bytes(picture.octets))
    }

    /// Whether an answer begins the file, so that a download may be counted.
    public static func begins(_ response: Response) -> Bool {
        switch response.status {
        case 200: true
        case 206: response.headers["Content-Range"]?.hasPrefix("bytes 0-") ?? false
        default: false
        }
    }

    private var tag: EntityTag { EntityTag(file.blob ?? "") }

    private func headers(type: String, kind: String) -> Headers {
        Headers([
            ("Content-Type", type),
            ("Content-Disposition", ContentDisposition(kind: kind, filename: file.name).headerValue),
            ("X-Content-Type-Options", "nosniff"), ("Content-Security-Policy", "default-src 'none'; sandbox"),
            ("ETag", tag.headerValue), ("Last-Modified", WireTime.http(file.stamp.created)),
            ("Cache-Control", "private, max-age=0, must-revalidate"),
        ])
    }

    /// What the request's conditions make of it; nil to go on.
    private func early(_ headers: Headers) -> Response? {
        var headers = headers
        switch Precondition.evaluate(
            request.headers, method: request.method, tag: tag, modified: file.stamp.created)
        {
        case .proceed: return nil
        case .notModified:
            headers.remove("Content-Type")
            headers.remove("Content-Disposition")
            return Response(status: 304, headers: headers)
        case .failed: return Response(status: 412, headers: Headers([("Cache-Control", "no-cache")]))
        }
    }

    /// What part is wanted; all, where If-Range says that the client has a part of something else.
    private var range: ByteRange {
        guard request.method == "GET" else { return .whole }
        if let condition = request.headers["If-Range"], condition != tag.headerValue { return .whole }
        return ByteRange(request.headers["Range"], total: file.size)
    }

    private func response(
        _ status: Int, _ headers: Headers, _ path: String, _ offset: Int64, _ length: Int64
    ) async throws -> Response {
        guard length <= FileAnswer.wholeLimit else {
            return Response(status: status, headers: headers, body: .file(path: path, offset: offset, length: length))
        }
        let octets = try await workspace.octets(of: file, at: offset, count: Int(length))
        guard octets.count == Int(length) else { throw Fault.unavailable }
        return Response(status: status, headers: headers, body: .bytes(octets))
    }

    /// The stored type, if it is one; clients may have stored anything. Parameters are left out but for a charset.
    public static func safeType(_ stored: String) -> String {
        guard let type = MediaType(stored), isToken(type.type), isToken(type.subtype) else {
            return "application/octet-stream"
        }
        guard let charset = type.parameter("charset"), isToken(charset) else { return type.essence }
        return "\(type.essence); charset=\(charset)"
    }

    private static func isToken(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 127
            && text.utf8.allSatisfy { octet in
                switch octet {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                default: "!#$&-^_.+".utf8.contains(octet)
                }
            }
    }
}
