import ParleyHTTP
import ParleyModel
import ParleyService

/// One request on its way through the front end.
struct Call: Sendable {
    let request: Request
    let head: RequestHead
    let format: WireFormat
    /// The form in which things are handed over to be kept, where that is what is asked for.
    var export: ExportFormat?
    /// Of the path, without the extension.
    let segments: [String]
    let parameters: Parameters
    let workspace: Workspace
    /// As it was when the request came.
    let catalog: Catalog
    var actor: Actor = .anonymous

    init(
        request: Request, head: RequestHead, format: WireFormat, segments: [String], parameters: Parameters,
        workspace: Workspace
    ) {
        self.request = request
        self.head = head
        self.format = format
        self.segments = segments
        self.parameters = parameters
        self.workspace = workspace
        catalog = workspace.catalog
    }

    /// What the actor may do.
    var access: Access { catalog.access(for: actor) }

    /// What those get who may not: visitors are told to sign in as long as programs may.
    var denied: Refusal { .status(actor.isAnonymous && catalog.settings.apiEnabled ? 401 : 403) }

    /// Only signed-in users get further.
    func requireSignIn() throws {
        if actor.isAnonymous { throw denied }
    }

    /// Only administrators get further.
    func requireAdministrator() throws {
        guard actor.admin else { throw denied }
    }

    /// The number that a segment of the path begins with.
    func number(_ position: Int) throws -> Int64 {
        guard position < segments.count, let number = Quirks.leadingNumber(segments[position]) else {
            throw Refusal.status(404)
        }
        return number
    }

    // MARK: projects

    /// A project by number or identifier as the actor may enter it.
    func project(_ name: String) throws -> Project {
        guard let project = Names.project(name, in: catalog) else { throw Refusal.status(404) }
        return try entered(project)
    }

    /// A project that exists, if the actor may enter it.
    func entered(_ project: Project) throws -> Project {
        if project.status == .archived { throw Refusal.status(403) }
        guard access.sees(project) else { throw denied }
        return project
    }

    /// Whether a project has a module.
    func has(_ kind: Tool.Kind, _ project: ProjectID) -> Bool {
        catalog.tools(of: project).contains { $0.kind == kind }
    }

    /// Whether the actor may do something in a project whose module is on.
    func allows(_ action: Action, _ kind: Tool.Kind?, in project: Project) -> Bool {
        if let kind, !has(kind, project.id) { return false }
        return access.allows(action, in: project)
    }

    /// Goes no further unless the actor may.
    func require(_ action: Action, _ kind: Tool.Kind?, in project: Project) throws {
        guard allows(action, kind, in: project) else { throw refusal(action, kind, in: project.id) }
    }

    /// What those get who may not do something in a project: where nobody may, for the module is off or the project is
    /// closed, signing in would not help.
    func refusal(_ action: Action, _ kind: Tool.Kind?, in project: ProjectID) -> Refusal {
        if let kind, !has(kind, project) { return .status(403) }
        let isClosed = catalog.records.projects[project]?.status == .closed
        return isClosed && !action.isViewing ? .status(403) : denied
    }

    // MARK: answers

    /// A fresh writer in the request's format.
    func writer(capacity: Int = 2048) -> DocumentWriter {
        switch format {
        case .json: DocumentWriter(.json(JSONOptions(escapesMarkup: true)), capacity: capacity)
        case .xml: DocumentWriter(.xml(XMLOptions(keepsCarriageReturns: false)), capacity: capacity)
        }
    }

    /// The octets of a document that is one object.
    func document(_ name: DocumentName, _ body: (inout DocumentWriter) throws -> Void) rethrows -> [UInt8] {
        var writer = writer()
        try writer.document(name, body)
        return writer.finish()
    }

    /// The octets of a document that is a list, with totals unless the client does not want them.
    func list(
        _ name: DocumentName, of item: DocumentName, totals: [(DocumentName, DocumentScalar)] = [],
        _ body: (inout DocumentWriter) throws -> Void
    ) rethrows -> [UInt8] {
        var writer = writer(capacity: 8192)
        try writer.documentList(name, of: item, totals: wantsTotals ? totals : [], body)
        return writer.finish()
    }

    private var wantsTotals: Bool {
        !(head.withoutTotals || (parameters.text("nometa").map { !$0.isEmpty } ?? false))
    }

    /// The window of the list that is asked for.
    var window: PageWindow { Paging.window(parameters) }

    /// A list of which one page is shown.
    func page<Item>(
        _ name: DocumentName, of item: DocumentName, _ items: [Item],
        _ body: (Item, inout DocumentWriter) throws -> Void
    ) rethrows -> [UInt8] {
        let window = window
        let shown = items.dropFirst(window.offset).prefix(window.limit)
        return try list(name, of: item, totals: Paging.totals(items.count, window)) { writer in
            for entry in shown { try writer.item { try body(entry, &$0) } }
        }
    }

    /// 200 with a document.
    func found(_ octets: [UInt8]) -> Response { Answers.document(octets, self) }

    /// 201 with a document.
    func created(_ octets: [UInt8], location: String) -> Response {
        var response = Answers.document(octets, self)
        response.status = 201
        response.headers.add("Location", location)
        return response
    }

    /// 204.
    var done: Response {
        Response(status: 204, headers: Headers([("Cache-Control", "no-cache")]))
    }

    /// What every answer carries.
    func finished(_ response: Response) -> Response {
        var response = response
        response.actor = actor.login
        return response
    }

    /// A switch of this front end in the workspace's settings.
    func isOn(_ option: String) -> Bool {
        switch catalog.settings.frontEndOptions["redmine"]?[option] {
        case "true", "1", "yes", "on": true
        default: false
        }
    }

    /// The called function of a JSONP request; nil where there is none.
    var callback: String? {
        guard format == .json, !parameters.isEmpty, isOn("jsonp"),
            let name = parameters.text("callback") ?? parameters.text("jsonp"), !name.isEmpty
        else { return nil }
        let kept = name.unicodeScalars.filter { scalar in
            scalar.isASCII
                && (scalar.properties.isAlphabetic || scalar == "." || scalar == "_" || ("0"..."9").contains(scalar))
        }
        return String(String.UnicodeScalarView(kept))
    }

    /// The associations that are asked for.
    var includes: Set<String> {
        guard let text = parameters.text("include"), !text.isEmpty else { return [] }
        return Set(
            text.split(separator: ",").prefix(50).map { word in
                String(word.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
            })
    }
}

/// Reads names of entities as they stand in paths and parameters.
enum Names {
    /// Digits alone are a number, all else is an identifier.
    static func project(_ name: String, in catalog: Catalog) -> Project? {
        if !name.isEmpty, name.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) {
            guard let number = Int64(name) else { return nil }
            return catalog.project(.number(number))
        }
        return catalog.project(identifier: name)
    }
}

/// Pages of lists.
enum Paging {
    static func window(_ parameters: Parameters) -> PageWindow {
        guard !parameters.isEmpty else { return PageWindow(offset: 0, limit: 25) }
        let offset = parameters.text("offset").flatMap { $0.isEmpty ? nil : Quirks.leadingNumber($0) ?? 0 }
        return PageWindow(
            offset: offset, limit: parameters.text("limit").flatMap(Quirks.leadingNumber),
            page: parameters.text("page").flatMap(Quirks.leadingNumber))
    }

    static func totals(_ total: Int, _ window: PageWindow) -> [(DocumentName, DocumentScalar)] {
        [
            ("total_count", .integer(Int64(total))), ("offset", .integer(Int64(window.offset))),
            ("limit", .integer(Int64(window.limit))),
        ]
    }
}
