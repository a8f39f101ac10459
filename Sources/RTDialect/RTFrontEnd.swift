import ParleyHTTP
import ParleyModel
import ParleyService

/// The REST interface 1.0 of Request Tracker over a workspace: tickets, queues, users and groups in RT's text protocol.
public struct RTFrontEnd: FrontEnd {
    /// The mount's name; switches stand in the workspace's settings under it.
    public let name = "rt"
    private let workspace: Workspace
    private let texts = TextMemory()

    /// - Parameter workspace: what is served.
    public init(_ workspace: Workspace) {
        self.workspace = workspace
    }

    /// Claims what lies below `/REST/1.0`, and where the pages' login form goes.
    public func claims(path: String, method: String) -> Bool {
        path.hasPrefix("/REST/1.0/") || path == "/REST/1.0" || path == LoginForm.path
            || (path == "/" && method == "POST")
    }

    public func respond(to request: Request) async -> Response {
        let options = RTOptions(workspace.catalog.settings)
        var call = Call(request, workspace, options, texts)
        let answer: Answer
        do {
            try await call.signInByHead()
            try await call.readContent()
            try await call.signInByForm()
            if !request.path.hasPrefix("/REST/1.0") { return call.finished(LoginForm.answer(call)) }
            guard !call.actor.isAnonymous else { throw Refusal.credentialsRequired(call.wasRefused) }
            answer = try await call.route()
        } catch {
            answer = Answer(error: error)
        }
        return call.finished(answer.response(options))
    }
}

/// What the installation says of itself.
struct RTOptions: Sendable {
    /// In the first line of every answer; without spaces.
    var version = "5.0.3"
    /// In links to tickets.
    var organization = "parley.example"
    /// In the cookie's name.
    var siteName = "parley"
    /// Whether searches look into the texts of tickets.
    var searchesContent = false

    init(_ settings: WorkspaceSettings) {
        let stored = settings.frontEndOptions["rt"] ?? [:]
        if let version = stored["version"], RTOptions.isWord(version) { self.version = version }
        if let organization = stored["organization"], RTOptions.isWord(organization) {
            self.organization = organization
        }
        if let name = stored["name"], RTOptions.isWord(name) { siteName = name }
        searchesContent = stored["fullTextSearch"] == "true"
    }

    private static func isWord(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x3B && $0 != 0x3D && $0 != 0x2C }
    }

    /// What the URI of a ticket of this installation begins with.
    var ticketURIPrefix: String { "fsck.com-rt://\(organization)/ticket/" }
}
