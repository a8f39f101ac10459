import ParleyHTTP
import ParleyModel
import ParleyService

/// The objects of the interface.
enum ObjectType: String, Sendable {
    case ticket, queue, user, group, attachment, transaction

    /// As answers call it.
    var title: String { rawValue.prefix(1).uppercased() + rawValue.dropFirst() }
}

/// An object or a part of one, as it is addressed: `ticket/7/history/id/12`.
struct ObjectAddress: Sendable {
    var type: ObjectType
    /// Nil for a new one.
    var id: Int64?
    /// `links` of `ticket/7/links`; empty for the object itself.
    var part: String
    /// What follows the part.
    var arguments: [String]
    /// As the client spelled it.
    var spelling: String
    /// As the client spelled the object's own name.
    var name: String
}

/// What became of one object.
struct ObjectAnswer: Sendable {
    var form: Form
    /// The object was not shown or not changed, or not wholly.
    var isFailure: Bool
    /// Where a form was sent: the failure leaves the answer's status alone.
    var keepsStatus = false
    /// Stands for the whole answer, outside of any form.
    var raw: Answer?
    /// The steps of a history, which stand instead of the form.
    var history: HistoryForms?

    init(_ form: Form, isFailure: Bool = false) {
        self.form = form
        self.isFailure = isFailure
    }

    init(_ history: HistoryForms) {
        self.init(Form())
        self.history = history
    }

    /// A comment alone.
    /// - Parameter comment: without `# `.
    static func done(_ comment: String) -> ObjectAnswer { ObjectAnswer(Form(comment: "# \(comment)")) }

    /// A comment that tells why not.
    static func failed(_ comment: String, _ fields: [Form.Field] = []) -> ObjectAnswer {
        ObjectAnswer(Form(comment: "# \(comment)", fields), isFailure: true)
    }
}

/// Shows an object, or changes it where a form is given.
typealias ObjectHandler = @Sendable (Call, ObjectAddress, Form?) async throws -> ObjectAnswer

/// All parts of objects by `TYPE` or `TYPE/PART`.
enum ObjectTable {
    static let handlers: [String: ObjectHandler] = [
        ticketHandlers, conversationHandlers, linkHandlers, historyHandlers, attachmentHandlers, queueHandlers,
        userHandlers, groupHandlers,
    ].reduce(into: [:]) { $0.merge($1) { first, _ in first } }
}

extension Call {
    /// Finds what the path asks for.
    mutating func route() async throws -> Answer {
        let segments = segments
        switch segments.first {
        case "logout" where segments.count == 1:
            try await signOut()
            return Answer(body: .nothingMore)
        case "search": return try await search(segments.dropFirst().joined(separator: "/"))
        case "ticket" where segments.count == 2 && segments[1] == "link": return try await editLink()
        case "show" where segments.count == 1: return try await showAll(of: nil)
        case "edit" where segments.count == 1: return try await editAll(of: nil)
        default: break
        }
        if segments.count == 2, segments[1] == "show" { return try await showAll(of: segments[0]) }
        if segments.count == 2, segments[1] == "edit" { return try await editAll(of: segments[0]) }
        return try await single(segments.joined(separator: "/"))
    }

    // MARK: one object

    private func single(_ spelling: String) async throws -> Answer {
        guard let content else { return try await answer(showing: [spelling]) }
        let forms = FormReading.read(content)
        guard forms.count <= 1 else { throw Refusal.badRequest("You may submit only one form to this object.") }
        guard let read = forms.first else { throw Refusal.badRequest("No form was submitted.") }
        if let fault = read.fault {
            return Answer(409, "Syntax Error", forms: [Form(comment: "# Syntax error.", verbatim: fault)])
        }
        guard !read.form.fields.isEmpty else { throw Refusal.badRequest("No form was submitted.") }
        return try await answer(changing: [(spelling, read.form)])
    }

    /// Shows objects, each in a form of its own.
    func answer(showing spellings: [String]) async throws -> Answer {
        // What stands for the whole answer must be known before anything leaves; only attachments do so.
        let mayBeRaw = spellings.contains { $0.contains("attachment") }
        do {
            let objects = try ShownObjects(self, spellings)
            return Answer(
                body: .made(
                    try await mayBeRaw ? .made(by: objects, wholeUpTo: .max) : .made(by: objects)))
        } catch let raw as ShownObjects.Raw {
            return raw.answer
        }
    }

    /// Changes objects: what was done stands first, what failed follows with the forms as sent.
    func answer(changing changes: [(spelling: String, form: Form)]) async throws -> Answer {
        var comments: [String] = []
        var forms: [Form] = []
        var answer = Answer(body: .none)
        for (spelling, form) in changes {
            let done = try await handle(spelling, form)
            if let raw = done.raw { return raw }
            if done.isFailure {
                if !done.keepsStatus {
                    answer = done.form.fields.isEmpty
                        ? Answer(400, "Bad Request", body: .none) : Answer(409, "Syntax Error", body: .none)
                }
                var form = done.form
                form.isOfObject = true
                forms.append(form)
            } else if !done.form.comment.isEmpty {
                comments.append(done.form.comment)
            }
        }
        if !comments.isEmpty { forms.insert(Form(comment: comments.joined(separator: "\n")), at: 0) }
        return Answer(answer.code, answer.words, forms: forms)
    }

    func handle(_ spelling: String, _ form: Form?) async throws -> ObjectAnswer {
        switch address(spelling) {
        case .failure(let fault):
            if fault.isAbsence { return .failed(fault.words) }
            let fields = form?.fields ?? [Form.Field("id", [spelling])]
            var answer = ObjectAnswer.failed(fault.words, fields)
            answer.keepsStatus = true
            return answer
        case .success(let address):
            let own = address.part.isEmpty ? address.type.rawValue : "\(address.type.rawValue)/\(address.part)"
            guard let handler = ObjectTable.handlers[own] ?? ObjectTable.handlers[address.type.rawValue] else {
                return .failed("Unknown object type: \(address.type)", form?.fields ?? [])
            }
            return try await handler(self, address, form)
        }
    }

    // MARK: addresses

    /// Why an address names nothing.
    struct AddressFault: Error {
        var words: String
        /// The object is not there, rather than that it is badly named.
        var isAbsence = false
    }

    func address(_ spelling: String) -> Swift.Result<ObjectAddress, AddressFault> {
        let parts = spelling.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count >= 2, !parts[1].isEmpty, parts[0].allSatisfy(Call.isNameCharacter), !parts[0].isEmpty,
            !parts[1].contains(where: { $0 == "," || $0 == "\\" }),
            parts.count == 2 || (!parts[2].isEmpty && parts[2].allSatisfy(Call.isNameCharacter))
        else { return .failure(AddressFault(words: "Invalid object specification: '\(spelling)'")) }
        guard let type = ObjectType(rawValue: parts[0]) else {
            return .failure(AddressFault(words: "Unknown object type: \(parts[0])"))
        }
        var address = ObjectAddress(
            type: type, id: nil, part: "", arguments: Array(parts.dropFirst(3)), spelling: spelling, name: parts[1])
        if parts.count > 2, ObjectTable.handlers["\(type.rawValue)/\(parts[2])"] != nil {
            address.part = parts[2]
        } else {
            address.arguments = Array(parts.dropFirst(2))
        }
        if parts[1] == "new" { return .success(address) }
        if parts[1].utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) {
            address.id = Int64(parts[1]) ?? .max
            return .success(address)
        }
        let found = resolved(address)
        // With a word that is no part, RT looks for the object only once it is to be shown.
        if case .failure = found, address.part.isEmpty, !address.arguments.isEmpty {
            return .failure(AddressFault(words: "\(type.title) \(address.name) does not exist.", isAbsence: true))
        }
        return found
    }

    private func resolved(_ address: ObjectAddress) -> Swift.Result<ObjectAddress, AddressFault> {
        var address = address
        // With a further word, as in `user/dora/edit`, those out of use answer to their names too.
        let inUseOnly = !address.part.isEmpty || address.arguments.isEmpty
        switch address.type {
        case .queue:
            let queue = Names.queue(address.name, in: catalog, access)
            address.id = inUseOnly && queue?.status != .active ? nil : queue?.id.rawValue
        case .user:
            let user = Names.user(address.name, in: catalog)
            address.id = inUseOnly && user?.status != .active ? nil : user?.id.rawValue
        case .group:
            let mayKnow = access.allows("view", onClass: "group")
            address.id = mayKnow ? Names.group(address.name, in: catalog)?.id.rawValue : nil
        case .ticket, .attachment, .transaction:
            let words = "Objects of type \(address.type) must be specified by numeric id."
            return .failure(AddressFault(words: words))
        }
        guard address.id != nil else {
            return .failure(AddressFault(words: "No \(address.type) named \(address.name) exists."))
        }
        return .success(address)
    }

    private static func isNameCharacter(_ character: Character) -> Bool {
        character.isASCII
            && (character.isLetter || character.isNumber || character == "_" || character == "." || character == "-")
    }

    /// The fields that are asked for, in lower case, `id` first; nil for all.
    /// - Throws: `Refusal` for what is no list of fields.
    func fieldNames() throws -> [String]? {
        guard let text = parameters["fields"], !text.isEmpty else { return nil }
        var names: [String] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard FieldKey.isWhole(part) else { throw Refusal.badRequest("Invalid field specification: \(text)") }
            let custom = FieldKey.customName(of: part).map { "cf.{\($0.lowercased())}" }
            names.append(custom ?? part.lowercased())
        }
        return names.contains("id") ? names : ["id"] + names
    }

    // MARK: several objects

    /// How many objects one request may name.
    private static let objectLimit = 10_000

    private func showAll(of type: String?) async throws -> Answer {
        var spellings: [String] = []
        for id in parameters.all("id") {
            guard let expanded = Call.expand(type.map { id.hasPrefix("\($0)/") ? id : "\($0)/\(id)" } ?? id),
                spellings.count + expanded.count <= Call.objectLimit
            else {
                let named = type.map { id.hasPrefix("\($0)/") ? id : "\($0)/\(id)" } ?? id
                throw Refusal.badRequest("Invalid object ID specified: '\(named)'")
            }
            spellings += expanded
        }
        guard !spellings.isEmpty else { throw Refusal.badRequest("No objects specified.") }
        return try await answer(showing: spellings)
    }

    /// `ticket/1,3-5/links` as one address for each object, in their order; nil for what is no such list.
    private static func expand(_ text: String) -> [String]? {
        let parts = text.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count >= 2, !parts[0].isEmpty, parts[0].allSatisfy(isNameCharacter), !parts[1].isEmpty else {
            return nil
        }
        let rest = parts.count > 2 ? "/\(parts[2])" : ""
        guard let names = expandList(parts[1]) else { return nil }
        let transactions = "/history/id/"
        if rest.hasPrefix(transactions), rest.dropFirst(transactions.count).first?.isNumber ?? false,
            let ids = expandList(rest.dropFirst(transactions.count)), names.count * ids.count <= objectLimit
        {
            // All of one ticket together: its history is read once.
            return names.map { "\(parts[0])/\($0)\(transactions)\(ids.joined(separator: ","))" }
        }
        return names.map { "\(parts[0])/\($0)\(rest)" }
    }

    private static func expandList(_ text: Substring) -> [String]? {
        let items = text.split(separator: ",", omittingEmptySubsequences: false).map { item in
            var item = item.drop(while: \.isWhitespace)
            while item.last?.isWhitespace ?? false { item.removeLast() }
            return item
        }
        guard !items.contains(where: { $0.isEmpty || $0.contains("\\") }) else { return nil }
        var numbers: [Int64] = []
        var names: [String] = []
        for item in items {
            let ends = item.split(separator: "-", omittingEmptySubsequences: false).map { Int64($0) }
            if ends.count == 1, let number = ends[0] {
                numbers.append(number)
            } else if ends.count == 2, let first = ends[0], let last = ends[1] {
                guard first <= last else { continue }
                guard last &- first < Int64(objectLimit) else { return nil }
                numbers += first...last
            } else {
                names.append(String(item))
            }
            guard numbers.count + names.count <= objectLimit else { return nil }
        }
        return numbers.sorted().map(String.init) + names.sorted { $0.lowercased() < $1.lowercased() }
    }

    /// The object that a form of several names: `ticket/7/links`, or with a type in the path also `7`.
    /// - Returns: nil for what cannot be an object.
    private static func spelling(of id: String, in type: String?) -> String? {
        let parts = id.split(separator: "/", omittingEmptySubsequences: false)
        if type == nil, parts.count >= 2, !parts[0].isEmpty, NumberKey.isDigits(parts[1]) { return id }
        // Anything else RT puts together with what it takes for the type, which may be the whole.
        let prefix = type ?? (id.hasSuffix("/") ? String(id.dropLast()) : id)
        guard !prefix.isEmpty else { return nil }
        let spelling = id.hasPrefix("\(prefix)/") ? id : "\(prefix)/\(id)"
        let named = spelling.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
        guard named.count >= 2, !named[0].isEmpty, named[0].allSatisfy(isNameCharacter), !named[1].isEmpty else {
            return nil
        }
        return spelling
    }

    private func editAll(of type: String?) async throws -> Answer {
        var changes: [(spelling: String, form: Form)] = []
        var faults: [Form] = []
        for read in FormReading.read(content ?? "") {
            if let fault = read.fault {
                faults.append(Form(comment: "# Syntax error.", verbatim: fault))
                continue
            }
            guard let id = read.form.exact("id") else {
                var fault = Form(comment: "# No object ID specified.", read.form.fields)
                fault.isOfObject = true
                faults.append(fault)
                continue
            }
            guard let spelling = Call.spelling(of: id, in: type) else {
                faults.append(Form(comment: "# Invalid object ID: '\(id)'", read.form.fields))
                continue
            }
            changes.append((spelling, read.form))
        }
        if !faults.isEmpty {
            let head = Form(comment: "# Please resubmit with errors corrected.")
            return Answer(409, "Syntax Error", forms: [head] + faults)
        }
        guard !changes.isEmpty else { throw Refusal.badRequest("No objects specified.") }
        return try await answer(changing: changes)
    }
}

/// Finds objects by what clients call them.
enum Names {
    /// A queue that the actor may see, by name without regard to case, or by number.
    static func queue(_ name: String, in catalog: Catalog, _ access: Access) -> Project? {
        if let number = Int64(name) { return catalog.project(.number(number)) }
        let folded = name.lowercased()
        let project = catalog.projectTree.first { $0.name.lowercased() == folded }
            ?? catalog.project(identifier: name) ?? catalog.project(identifier: folded)
        guard let project, isSeen(project, access) else { return nil }
        return project
    }

    /// Whether the actor may see a queue. That everybody may know of a project where it is public is not enough.
    static func isSeen(_ project: Project, _ access: Access) -> Bool {
        access.actor.admin || access.allows(.viewProject, in: project)
    }

    /// Any queue in use, by name without regard to case or by number: who may not see it is told what they may not do.
    static func anyQueue(_ name: String, in catalog: Catalog) -> Project? {
        let folded = name.lowercased()
        let found: Project? =
            if NumberKey.isDigits(name) {
                Int64(name).flatMap { catalog.project(.number($0)) }
            } else {
                catalog.projectTree.first { $0.name.lowercased() == folded }
                    ?? catalog.project(identifier: name) ?? catalog.project(identifier: folded)
            }
        guard let found, found.status != .archived, !catalog.trackers(of: found.id).isEmpty else { return nil }
        return found
    }

    /// A user by login or address, without regard to case.
    static func user(_ name: String, in catalog: Catalog) -> User? {
        switch name.lowercased() {
        case "nobody": catalog.user(.nobody)
        case "rt_system": catalog.user(.system)
        default: catalog.user(login: name) ?? catalog.user(address: name)
        }
    }

    /// A group by name, without regard to case.
    static func group(_ name: String, in catalog: Catalog) -> Group? {
        let folded = name.lowercased()
        return catalog.records.groups.values.filter { $0.stamp.retired == nil && $0.name.lowercased() == folded }
            .min { $0.id < $1.id }
    }
}
