import ParleyHTTP
import ParleyModel

/// What a request is answered: the status of the protocol's first line, and the body below it. In HTTP it is always
/// 200.
struct Answer: Sendable {
    /// What follows the first line and its blank line.
    enum Body: Sendable {
        /// Nothing at all: with status 200 not even the first line is sent.
        case none
        /// Not even a blank line after the first.
        case nothingMore
        case text(String)
        /// Plain text, as octets or in the making.
        case made(ResponseBody)
        case octets([UInt8], type: String)
        /// A file on this machine.
        case file(String, length: Int64, type: String)
    }

    var code: Int
    var words: String
    var body: Body

    init(_ code: Int = 200, _ words: String = "Ok", body: Body) {
        self.code = code
        self.words = words
        self.body = body
    }

    /// A text as the whole body, with the line end that closes it.
    init(_ code: Int = 200, _ words: String = "Ok", text: String) {
        self.init(code, words, body: text.isEmpty ? .none : .text(text + "\n"))
    }

    /// Forms as the body.
    init(_ code: Int = 200, _ words: String = "Ok", forms: [Form]) {
        let octets = Form.octets(forms)
        self.init(code, words, body: octets.isEmpty ? .none : .made(.bytes(octets + [0x0A])))
    }

    /// What becomes of an error that no object's form tells of.
    init(error: any Error) {
        switch error {
        case let refusal as Refusal: self = refusal.answer
        case is BodyTooLarge: self.init(400, "Bad Request", text: "The request is too large.")
        case is MalformedBody, is BodyBroken: self.init(400, "Bad Request", text: "The request cannot be read.")
        case Fault.forbidden: self.init(403, "Forbidden", text: "Permission denied")
        case Fault.rateLimited:
            self.init(403, "Forbidden", text: "Too many failed attempts to sign in; try again later.")
        case Fault.unavailable: self.init(503, "Service Unavailable", text: "The tracker is busy; try again later.")
        case let fault as Fault: self.init(400, "Bad Request", text: Sentences.sentence(fault))
        default: self.init(503, "Service Unavailable", text: "The tracker is busy; try again later.")
        }
    }

    func response(_ options: RTOptions) -> Response {
        let first = "RT/\(options.version) \(code) \(words)\n"
        switch body {
        case .none: return plain(code == 200 ? "" : first)
        case .nothingMore: return plain(first)
        case .text(let text): return plain("\(first)\n\(text)")
        case .made(.bytes(let octets)) where octets.isEmpty && code == 200: return plain("")
        case .made(let body): return plain(body.preceded(by: Array("\(first)\n".utf8)))
        case .octets(let content, let type):
            let octets = content.isEmpty && code == 200 ? [] : Array("\(first)\n".utf8) + content
            return Response(status: 200, headers: headers(type), body: .bytes(octets))
        case .file(let path, let length, let type):
            let body = ResponseBody.file(path: path, offset: 0, length: length, after: Array("\(first)\n".utf8))
            return Response(status: 200, headers: headers(type), body: body)
        }
    }

    private static let plainType = "text/plain; charset=utf-8"

    private func plain(_ text: String) -> Response { plain(.bytes(Array(text.utf8))) }

    private func plain(_ body: ResponseBody) -> Response {
        Response(status: 200, headers: Headers([("Content-Type", Answer.plainType)]), body: body)
    }

    /// Texts are shown as texts whatever their kind; all else goes out under its own type, to be kept and not run.
    private func headers(_ type: String) -> Headers {
        if type.hasPrefix("text/") { return Headers([("Content-Type", Answer.plainType)]) }
        return Headers([
            ("Content-Type", type), ("X-Content-Type-Options", "nosniff"),
            ("Content-Security-Policy", "default-src 'none'; sandbox"),
        ])
    }
}

/// Ends a request early.
enum Refusal: Error, Sendable {
    /// Whether credentials came and were wrong.
    case credentialsRequired(Bool)
    /// 400 with a text.
    case badRequest(String)
    /// Any other status with a text.
    case status(Int, String, String)

    var answer: Answer {
        switch self {
        case .credentialsRequired(let wasRefused):
            wasRefused
                ? Answer(401, "Credentials required", body: .text("Your username or password is incorrect\n"))
                : Answer(401, "Credentials required", body: .none)
        case .badRequest(let text): Answer(400, "Bad Request", text: text)
        case .status(let code, let words, let text): Answer(code, words, text: text)
        }
    }
}
