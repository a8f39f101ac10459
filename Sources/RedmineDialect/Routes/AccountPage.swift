import ParleyHTTP
import ParleyModel
import ParleyService

extension Call {
    /// One's account: a document for programs, and without an extension a page for people who look for their key.
    func showAccountOrPage() async throws -> Response {
        if RoutePath(request.path)?.format != nil { return try await showAccount() }
        guard !actor.isAnonymous, let user = catalog.user(actor.user) else {
            let back = PercentEncoding.encode("\(request.baseURL)/my/account")
            return Response(
                status: 302,
                headers: Headers([
                    ("Location", "\(request.baseURL)/login?back_url=\(back)"), ("Content-Type", AccountPage.type),
                    ("Cache-Control", "no-cache"),
                ]))
        }
        return AccountPage(user: user, key: try await workspace.plainKey(of: user.id)).response
    }
}

/// The page on which people find their key.
private struct AccountPage {
    static let type = "text/html; charset=utf-8"

    let user: User
    let key: String?

    var response: Response {
        Response(
            status: 200,
            headers: Headers([
                ("Content-Type", AccountPage.type), ("Cache-Control", "no-store"),
                ("X-Content-Type-Options", "nosniff"),
                ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
            ]),
            body: .bytes(Array(text.utf8)))
    }

    private var text: String {
        let rows = [
            ("Login", user.login ?? ""), ("First name", user.firstName), ("Last name", user.lastName),
            ("Email", user.addresses.first ?? ""),
        ]
        let list = rows.map { "<dt>\($0.0)</dt><dd>\(AccountPage.escaped($0.1))</dd>" }.joined(separator: "\n")
        let shown = key.map { "<pre id=\"api-access-key\">\(AccountPage.escaped($0))</pre>" }
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head><meta charset="utf-8"><title>My account</title></head>
            <body>
            <h1>My account</h1>
            <dl>
            \(list)
            </dl>
            <h2>API access key</h2>
            \(shown ?? "<p>There is none yet.</p>")
            </body>
            </html>

            """
    }

    private static func escaped(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            default: result.append(character)
            }
        }
        return result
    }
}
