import ParleyHTTP
import ParleyModel

/// The login form of the pages, through which some clients of the interface sign in.
enum LoginForm {
    /// Where the form goes.
    static let path = "/NoAuth/Login.html"

    /// The answer to a form that was sent, or to somebody who looks for it: signed in or not, the cookie tells.
    static func answer(_ call: Call) -> Response {
        if !call.actor.isAnonymous {
            return Response(status: 302, headers: Headers([("Location", "\(call.request.baseURL)/")]))
        }
        let message = call.wasRefused ? "<p>Your username or password is incorrect</p>\n" : ""
        return page(action: "\(call.request.prefix)\(path)", message: message)
    }

    /// A page with nothing but the form.
    static func page(action: String, message: String = "") -> Response {
        let page = """
            <!DOCTYPE html>
            <html lang="en">
            <head><meta charset="utf-8"><title>Login</title></head>
            <body>
            \(message)<form name="login" method="post" action="\(escape(action))">
            <p><label>User <input name="user" autocomplete="username"></label></p>
            <p><label>Password <input name="pass" type="password" autocomplete="current-password"></label></p>
            <p><input type="submit" value="Login"></p>
            </form>
            </body>
            </html>

            """
        let policy = "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
        let headers = Headers([
            ("Content-Type", "text/html; charset=utf-8"), ("Content-Security-Policy", policy),
            ("Referrer-Policy", "no-referrer"),
        ])
        return Response(status: 200, headers: headers, body: .bytes(Array(page.utf8)))
    }

    private static func escape(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing("\"", with: "&quot;")
    }
}

/// What stands at the root of a mount of its own: the form to sign in. Where no prefix and no host sets the mount
/// apart, the page for people has the form.
public struct RTLoginPage: FrontEnd {
    /// As logs and metrics call it.
    public let name = "rt"

    /// Where the form goes, below the mount's prefix.
    public static let signInPath = LoginForm.path

    public init() {}

    /// Claims `/` for GET and HEAD.
    public func claims(path: String, method: String) -> Bool { path == "/" && (method == "GET" || method == "HEAD") }

    /// Answers with the form.
    public func respond(to request: Request) async -> Response {
        LoginForm.page(action: "\(request.prefix)\(LoginForm.path)")
    }
}
