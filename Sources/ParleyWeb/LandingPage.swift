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
        /// Where the form to sign in goes, below the prefix; nil where the dialect has none.
        let signInPath: String?

        /// - Parameters:
        ///   - prefix: empty, or begins with `/` and does not end with it.
        ///   - host: nil is the host that the page was asked from.
        ///   - signInPath: begins with `/`; a form with `user` and `pass` is posted there.
        public init(title: String, prefix: String, host: String?, example: String, signInPath: String? = nil) {
            self.title = title
            self.prefix = prefix
            self.host = host
            self.example = example
            self.signInPath = signInPath
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
            let credentials = entry.signInPath == nil ? "--user LOGIN:PASSWORD" : "--data 'user=LOGIN&pass=PASSWORD'"
            page += "<p>That is what a visitor sees; add <code>\(LandingPage.escape(credentials))</code> "
            page += "to sign in.</p>\n"
        }
        page += signInForm(request) + "</body>\n</html>\n"
        let policy =
            "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; "
            + "base-uri 'none'"
        let headers = Headers([
            ("Content-Type", "text/html; charset=utf-8"), ("Content-Security-Policy", policy),
            ("Referrer-Policy", "no-referrer"),
        ])
        return Response(status: 200, headers: headers, body: .bytes(Array(page.utf8)))
    }

    /// The form of the first dialect that has one on this host: programs look for it by its name.
    private func signInForm(_ request: Request) -> String {
        let names = [request.authority, request.authority.split(separator: ":").first.map(String.init) ?? ""]
        let own = entries.first { $0.signInPath != nil && ($0.host.map { names.contains($0) } ?? true) }
        guard let own, let path = own.signInPath else { return "" }
        return """
            <h2>Sign in</h2>
            <form name="login" method="post" action="\(LandingPage.escape(own.prefix + path))">
            <p><label>User <input name="user" autocomplete="username"></label></p>
            <p><label>Password <input name="pass" type="password" autocomplete="current-password"></label></p>
            <p><input type="submit" value="Login"></p>
            </form>

            """
    }

    private static func escape(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;").replacing("'", with: "&#39;")
    }
}
