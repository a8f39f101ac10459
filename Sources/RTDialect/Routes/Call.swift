import ParleyHTTP
import ParleyModel
import ParleyService

/// One request on its way through the front end.
struct Call: Sendable {
    let request: Request
    let workspace: Workspace
    let options: RTOptions
    /// What is known of stored texts.
    let texts: TextMemory
    /// As it was when the request came.
    let catalog: Catalog
    private(set) var parameters = Parameters()
    private(set) var actor: Actor = .anonymous
    /// The session that the request showed and that is good.
    private(set) var session: String?
    /// Credentials came, and were wrong.
    private(set) var wasRefused = false

    init(_ request: Request, _ workspace: Workspace, _ options: RTOptions, _ texts: TextMemory = TextMemory()) {
        self.request = request
        self.workspace = workspace
        self.options = options
        self.texts = texts
        catalog = workspace.catalog
    }

    /// What the actor may do.
    var access: Access { catalog.access(for: actor) }

    /// What a request that changes something sends; nil where it only asks.
    var content: String? { parameters["content"].flatMap { $0.isEmpty || $0 == "0" ? nil : $0 } }

    /// `s`, `l` or `i`; nil where nothing is said.
    var format: String? { parameters["format"].flatMap { $0.isEmpty ? nil : $0 } }

    /// Of the path below `/REST/1.0`, decoded.
    var segments: [String] {
        request.path.dropFirst("/REST/1.0".count).split(separator: "/").map { PercentEncoding.decode($0) }
    }

    // MARK: who asks

    /// The cookie's name: one for each port, as several servers of one host share their cookies.
    var cookieName: String {
        let port = request.authority.split(separator: ":").last.flatMap { Int($0) }
        return "RT_SID_\(options.siteName).\(port ?? (request.scheme == "https" ? 443 : 80))"
    }

    /// A session's cookie or a token; both stand in the request's head.
    mutating func signInByHead() async throws {
        if let field = request.headers["Authorization"], field.lowercased().hasPrefix("token ") {
            let token = String(field.dropFirst("token ".count).drop { $0 == " " })
            actor = try await workspace.actor(key: token, kinds: [.token, .key], from: request.remoteAddress)
                ?? .anonymous
        }
        for cookie in request.headers.all("Cookie").flatMap({ $0.split(separator: ";") }) where actor.isAnonymous {
            let pair = cookie.split(separator: "=", maxSplits: 1).map { $0.drop { $0 == " " } }
            guard pair.count == 2, pair[0].hasPrefix("RT_SID_") else { continue }
            guard let found = try await workspace.actor(session: String(pair[1])) else { continue }
            actor = found
            session = String(pair[1])
        }
    }

    /// `user` and `pass`, in the query or in the form; a live session goes before them.
    mutating func signInByForm() async throws {
        guard actor.isAnonymous, let login = parameters["user"], let password = parameters["pass"] else { return }
        let found = login.isEmpty
            ? nil : try await workspace.signIn(login: login, password: password, from: request.remoteAddress)
        actor = found ?? .anonymous
        wasRefused = found == nil
    }

    /// Ends the session that the request showed.
    mutating func signOut() async throws {
        if let session { try await workspace.endSession(session) }
        session = nil
        actor = .anonymous
    }

    // MARK: content

    private static let formLimit = 16 << 20

    /// Reads the query and a form. Files of a multipart form are stored as they come.
    mutating func readContent() async throws {
        parameters.add(try FormReader.pairs(query: request.query, semicolons: true))
        let type = request.headers["Content-Type"].flatMap { MediaType($0) }
        switch type?.essence {
        case "multipart/form-data":
            var files: [(String, IncomingFile)] = []
            let query = parameters
            let limits = MultipartLimits(fieldOctets: Call.formLimit, allFieldsOctets: Call.formLimit)
            let pairs = try await MultipartReader.read(
                request.body, contentType: request.headers["Content-Type"] ?? "", limits: limits
            ) { part in
                files.append((part.part.name, try await keep(part, query)))
            }
            parameters.add(pairs)
            parameters.files = files
        case "application/x-www-form-urlencoded":
            let octets = try await request.body.collect(upTo: Call.formLimit)
            parameters.add(try FormReader.pairs(octets, semicolons: false))
        default:
            _ = try await request.body.collect(upTo: Call.formLimit)
        }
    }

    /// Stores a file for whoever is known to have sent it; of one whose sender is named further down, the octets wait.
    private func keep(_ file: MultipartFile, _ query: Parameters) async throws -> IncomingFile {
        var incoming = IncomingFile(
            name: file.part.filename ?? "", contentType: file.part.contentType, place: .held([]))
        var known = self
        known.parameters = query
        known.parameters.add(file.before)
        try await known.signInByForm()
        if !known.actor.isAnonymous {
            incoming.place = .stored(try await known.store(incoming, next: file.next))
            return incoming
        }
        var octets: [UInt8] = []
        while let more = try await file.next() {
            octets += more
            if octets.count > Call.formLimit { throw BodyTooLarge(limit: Call.formLimit) }
        }
        incoming.place = .held(octets)
        return incoming
    }

    /// A file that came with the form, stored.
    func stored(_ file: IncomingFile) async throws -> File {
        switch file.place {
        case .stored(let file): return file
        case .held(let octets):
            let rest = Once(octets)
            return try await store(file, next: { await rest.take() })
        }
    }

    private func store(_ file: IncomingFile, next: @Sendable () async throws -> [UInt8]?) async throws -> File {
        try await workspace.receive(NewFile(name: file.name, contentType: file.contentType), as: actor, next: next)
    }

    private actor Once {
        private var octets: [UInt8]?

        init(_ octets: [UInt8]) { self.octets = octets.isEmpty ? nil : octets }

        func take() -> [UInt8]? {
            defer { octets = nil }
            return octets
        }
    }

    // MARK: answers

    /// What every answer carries.
    func finished(_ response: Response) -> Response {
        var response = response
        response.actor = actor.isAnonymous ? nil : actor.login
        let value = session ?? workspace.openSession(of: actor.user)
        response.headers.add("Set-Cookie", "\(cookieName)=\(value); path=/; HttpOnly")
        return response
    }
}
