import ParleyHTTP

/// The page at `/` for people: which dialects are there, under which base URLs, and a line to try each.
public struct LandingPage: FrontEnd {
    /// As logs and metrics call it.
    public let name = "welcome"

    /// One dialect on the page.
    public struct Entry: Sendable {
        /// As people know it: `Redmine`.
        let title: String
        let prefix: String
        let host: String?
        /// What follows the base URL in the line to try, such as `/issues.json`.
        let example: String

        /// - Parameters:
        ///   - prefix: empty, or begins with `/` and does not end with it.
        ///   - host: nil is the host that the page was asked from.
        public init(title: String, prefix: String, host: String?, example: String) {
            self.title = title
            self.prefix = prefix
            self.host = host
            self.example = example
        }
    }

    private let entries: [Entry]

    public init(_ entries: [Entry]) {
        self.entries = entries
    }

    /// Claims `/` for GET and HEAD.
    public func claims(path: String, method: String) -> Bool {
        path == "/" && (method == "GET" || method == "HEAD")
    }

    /// Answers with the page.
    public func respond(to request: Request) async -> Response {
        var page = """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>Parley</title>
            <style>
            body { font: 16px/1.5 sans-serif; max-width: 48em; margin: 3em auto; padding: 0 1em; }
            pre { background: #f3f3f3; padding: .6em; overflow-x: auto; }
            </style>
            </head>
            <body>
            <h1>Parley</h1>
            <p>This is an issue tracker that answers the clients of others.
            Point a client at one of these addresses.</p>

            """
        for entry in entries {
            let base = "\(request.scheme)://\(entry.host ?? request.authority)\(entry.prefix)"
            page += "<h2>\(LandingPage.escape(entry.title))</h2>\n"
            page += "<p>Base URL: <a href=\"\(LandingPage.escape(base))\">\(LandingPage.escape(base))</a></p>\n"
            let line = "curl '\(base)\(entry.example)'"
            page += "<pre>\(LandingPage.escape(line))</pre>\n"
            page += "<p>That is what a visitor sees; add <code>--user LOGIN:PASSWORD</code> to sign in.</p>\n"
        }
        page += "</body>\n</html>\n"
        let policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"
        let headers = Headers([
            ("Content-Type", "text/html; charset=utf-8"), ("Content-Security-Policy", policy),
            ("Referrer-Policy", "no-referrer"),
        ])
        return Response(status: 200, headers: headers, body: .bytes(Array(page.utf8)))
    }

    private static func escape(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;").replacing("'", with: "&#39;")
    }
}
