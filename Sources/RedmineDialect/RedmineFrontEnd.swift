import ParleyHTTP
import ParleyModel
import ParleyService

/// The REST interface of Redmine 5.0 over a workspace: issues, projects and what belongs to them, in JSON and XML.
public struct RedmineFrontEnd: FrontEnd {
    /// The mount's name; switches stand in the workspace's settings under it.
    public let name = "redmine"
    private let workspace: Workspace

    /// - Parameter workspace: what is served.
    public init(_ workspace: Workspace) {
        self.workspace = workspace
    }

    public func claims(path: String, method: String) -> Bool {
        guard let route = RoutePath(path) else { return false }
        return route.format != nil || RouteTable.knows(route) || ExportRoute.knows(route)
    }

    public func respond(to request: Request) async -> Response {
        let head = RequestHead(request.headers)
        guard let path = RoutePath(request.path) else { return Answers.unknownRoute(nil) }
        do {
            guard RedmineFrontEnd.mayHaveRoute(request, head, path) else { return Answers.unknownRoute(path.format) }
            var parameters = try Parameters(query: request.query)
            let content = try await parameters.readContent(of: request, type: head.contentType)
            let method = RouteMethod(request.method, override: head.methodOverride, parameters: parameters, content)
            if let export = ExportRoute.find(method, path) {
                var call = Call(
                    request: request, head: head, format: .json, segments: export.segments, parameters: parameters,
                    workspace: workspace)
                return await answer(&call, export.route, export.format)
            }
            guard let route = RouteTable.find(method, path) else {
                return ExportRoute.knows(path) ? Answers.empty(406, nil) : Answers.unknownRoute(path.format)
            }
            guard let format = path.format ?? (route.isRaw ? .json : nil) else { return Answers.empty(406, nil) }
            var call = Call(
                request: request, head: head, format: format, segments: path.segments,
                parameters: parameters, workspace: workspace)
            return await answer(&call, route)
        } catch is BodyTooLarge {
            return Answers.empty(413, path.format)
        } catch {
            return Answers.badRequest(path.format)
        }
    }

    /// Whether there is such an address, as far as it can be told before the content is read: only a form posted may
    /// name another method inside.
    private static func mayHaveRoute(_ request: Request, _ head: RequestHead, _ path: RoutePath) -> Bool {
        if request.method == "POST", head.contentType?.hasPrefix("application/x-www-form-urlencoded") ?? false {
            return true
        }
        let method = RouteMethod(
            request.method, override: head.methodOverride, parameters: Parameters(ParameterObject()), .none)
        return RouteTable.find(method, path) != nil || ExportRoute.knows(path)
    }

    private func answer(_ call: inout Call, _ route: Route, _ export: ExportFormat? = nil) async -> Response {
        do {
            call.export = export
            try await call.authenticate()
            return call.finished(try await route.run(call))
        } catch {
            if let export { return call.finished(call.exportRefusal(to: error, export)) }
            return call.finished(call.response(to: error))
        }
    }
}

/// The fields of a request's head that are asked for, found in one pass.
struct RequestHead: Sendable {
    var key: String?
    var authorization: String?
    var switchUser: String?
    var withoutTotals = false
    var methodOverride: String?
    var contentType: String?
    var noneMatch: String?

    init(_ headers: Headers) {
        for field in headers.fields {
            switch field.name.utf8.count {
            case 12 where RequestHead.same(field.name, "content-type"): contentType = contentType ?? field.value
            case 13 where RequestHead.same(field.name, "authorization"): authorization = authorization ?? field.value
            case 13 where RequestHead.same(field.name, "if-none-match"): noneMatch = noneMatch ?? field.value
            case 16 where RequestHead.same(field.name, "x-redmine-nometa"): withoutTotals = !field.value.isEmpty
            case 17 where RequestHead.same(field.name, "x-redmine-api-key"): key = key ?? field.value
            case 21 where RequestHead.same(field.name, "x-redmine-switch-user"): switchUser = switchUser ?? field.value
            case 22 where RequestHead.same(field.name, "x-http-method-override"):
                methodOverride = methodOverride ?? field.value
            default: break
            }
        }
    }

    /// - Parameter lowered: a name of the same length, in lower case.
    private static func same(_ name: String, _ lowered: StaticString) -> Bool {
        var position = lowered.utf8Start
        for octet in name.utf8 {
            let letter = octet >= 0x41 && octet <= 0x5A ? octet | 0x20 : octet
            if letter != position.pointee { return false }
            position += 1
        }
        return true
    }
}
