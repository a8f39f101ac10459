import ParleyHTTP
import ParleyModel
import ParleyService

/// A form in which things are handed over to be kept or followed, rather than worked with.
enum ExportFormat: String, Sendable {
    case csv, atom, pdf, txt, html

    /// What an answer without content says.
    var mediaType: String {
        switch self {
        case .csv: "text/csv"
        case .atom: "application/atom+xml"
        case .pdf: "application/pdf"
        case .txt: "text/plain"
        case .html: "text/html"
        }
    }

    /// What an answer with content says.
    var contentType: String {
        switch self {
        case .csv: "text/csv; header=present"
        case .atom: FeedWriter.contentType
        case .pdf: "application/pdf"
        case .txt, .html: "\(mediaType); charset=utf-8"
        }
    }
}

/// An address that hands things over.
struct ExportRoute: Sendable {
    let formats: Set<ExportFormat>
    let route: Route

    init(
        _ pattern: String, _ formats: Set<ExportFormat>, _ run: @escaping @Sendable (Call) async throws -> Response
    ) {
        self.formats = formats
        route = Route(.get, pattern, run)
    }

    private static let all = [
        ExportRoute("issues", [.csv, .pdf, .atom]) { try await $0.exportIssues() },
        ExportRoute("projects/:/issues", [.csv, .pdf, .atom]) { try await $0.exportIssues() },
        ExportRoute("issues/changes", [.atom]) { try await $0.exportChanges() },
        ExportRoute("issues/:", [.pdf, .atom]) { try await $0.exportIssue() },
        ExportRoute("time_entries", [.csv, .atom]) { try await $0.exportTimeEntries() },
        ExportRoute("projects/:/time_entries", [.csv, .atom]) { try await $0.exportTimeEntries() },
        ExportRoute("time_entries/report", [.csv]) { try await $0.exportTimeReport() },
        ExportRoute("projects/:/time_entries/report", [.csv]) { try await $0.exportTimeReport() },
        ExportRoute("projects", [.csv, .atom]) { try await $0.exportProjects() },
        ExportRoute("users", [.csv]) { try await $0.exportUsers() },
        ExportRoute("news", [.atom]) { try await $0.exportNews() },
        ExportRoute("projects/:/news", [.atom]) { try await $0.exportNews() },
        ExportRoute("activity", [.atom]) { try await $0.exportActivity() },
        ExportRoute("projects/:/activity", [.atom]) { try await $0.exportActivity() },
        ExportRoute("projects/:/wiki", [.txt, .html, .pdf]) { try await $0.exportPage() },
        ExportRoute("projects/:/wiki/export", [.html, .pdf]) { try await $0.exportWiki() },
        ExportRoute("projects/:/wiki/:", [.txt, .html, .pdf]) { try await $0.exportPage() },
        ExportRoute("projects/:/wiki/:/:", [.txt, .html, .pdf]) { try await $0.exportPage() },
    ]

    struct Found {
        var route: Route
        var format: ExportFormat
        /// Without the extension.
        var segments: [String]
    }

    /// The route of a path that ends in a format's name; nil where the path has no such format.
    static func find(_ method: RouteMethod, _ path: RoutePath) -> Found? {
        guard method == .get, let (segments, suffix) = split(path), let format = ExportFormat(rawValue: suffix),
            let found = all.first(where: { $0.route.matches(segments) }), found.formats.contains(format)
        else { return nil }
        return Found(route: found.route, format: format, segments: segments)
    }

    /// Whether a path is handed over in some form, though not in the one that it ends in.
    static func knows(_ path: RoutePath) -> Bool {
        guard let (segments, _) = split(path) else { return false }
        return all.contains { $0.route.matches(segments) }
    }

    private static func split(_ path: RoutePath) -> (segments: [String], suffix: String)? {
        guard path.hasOtherExtension, let last = path.segments.last,
            let dot = last.utf8.lastIndex(of: UInt8(ascii: "."))
        else { return nil }
        return (path.segments.dropLast() + [String(last[..<dot])], String(last[last.utf8.index(after: dot)...]))
    }
}

extension Call {
    /// 200 with octets to be kept under a name, or 304 where the client has them; `filename` nil: to be followed.
    func handed(_ octets: [UInt8], _ format: ExportFormat, filename: String? = nil) -> Response {
        handed(.bytes(octets), format, filename: filename)
    }

    /// The same; what is made while it leaves has no tag, which would have to be known before it.
    func handed(_ body: ResponseBody, _ format: ExportFormat, filename: String? = nil) -> Response {
        var tag: EntityTag?
        if case .bytes(let octets) = body { tag = EntityTag(Answers.fingerprint(octets), isWeak: true) }
        var headers = Headers([
            ("Content-Type", format.contentType),
            ("Cache-Control", filename == nil ? "max-age=0, private, must-revalidate" : "private"),
            ("X-Content-Type-Options", "nosniff"),
        ])
        if let tag { headers.add("ETag", tag.headerValue) }
        if let filename {
            headers.add("Content-Disposition", ContentDisposition(filename: filename).headerValue)
            headers.add("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox")
        }
        if let tag, let known = head.noneMatch, EntityTagList(known).matchesWeakly(tag) {
            headers.remove("Content-Type")
            headers.remove("Content-Disposition")
            return Response(status: 304, headers: headers)
        }
        return Response(status: 200, headers: headers, body: body)
    }

    /// The answer to whatever ended the request: never with content. Visitors who may not are sent to the login, as
    /// browsers are; those who ask for a page's text are told so.
    func exportRefusal(to error: any Error, _ format: ExportFormat) -> Response {
        var response = error is ListingTooLarge ? Answers.empty(413, nil) : self.response(to: error)
        response.body = .empty
        response.headers.set("Content-Type", response.status == 406 ? "text/html; charset=utf-8" : format.mediaType)
        guard response.status == 401, format != .txt else { return response }
        let back = PercentEncoding.encode(
            request.baseURL + request.path + (request.query.map { "?\($0)" } ?? ""))
        response.status = 302
        response.headers.remove("WWW-Authenticate")
        response.headers.set("Location", "\(request.baseURL)/login?back_url=\(back)")
        return response
    }
}
