import ParleyModel
import ParleyStorage

/// Passwords of a file, hashed before the write begins, since hashing takes long.
struct FileSecrets: Sendable {
    /// By folded login, for those whose present password is another one; nil in a dry run.
    var passwords: [String: PasswordHash?] = [:]

    /// Hashes at once.
    private static let parallel = 2

    /// Compares the file's passwords with the stored ones, and hashes those that differ.
    static func prepare(_ root: FileNode, for workspace: Workspace, hashing: Bool) async throws -> FileSecrets {
        let catalog = workspace.catalog
        var wanted: [(login: String, user: PrincipalID?, password: String, line: Int)] = []
        for node in root["users"]?.items ?? [] {
            guard let login = node["login"]?.text, let password = node["password"]?.text else { continue }
            wanted.append((TextFolding.fold(login), known(login, catalog), password, node["password"]?.line ?? 0))
        }
        var result = FileSecrets()
        var waiting = wanted.makeIterator()
        try await withThrowingTaskGroup(of: (String, PasswordHash?, differs: Bool).self) { group in
            func start() -> Bool {
                guard let next = waiting.next() else { return false }
                group.addTask { try await compare(next.login, next.user, next.password, next.line, workspace, hashing) }
                return true
            }
            for _ in 0..<parallel where !start() { break }
            while let (login, hash, differs) = try await group.next() {
                if differs { result.passwords[login] = .some(hash) }
                _ = start()
            }
        }
        return result
    }

    private static func known(_ login: String, _ catalog: Catalog) -> PrincipalID? {
        let folded = TextFolding.fold(login)
        return catalog.user(login: login)?.id
            ?? catalog.records.users.values.first { $0.login.map(TextFolding.fold) == folded }?.id
    }

    private static func compare(
        _ login: String, _ user: PrincipalID?, _ password: String, _ line: Int, _ workspace: Workspace, _ hashing: Bool
    ) async throws -> (String, PasswordHash?, differs: Bool) {
        guard password.utf8.count <= PasswordHash.maximumPasswordOctets, !password.isEmpty else {
            throw WorkspaceFileFault(line: line, "this password is \(password.isEmpty ? "empty" : "too long")")
        }
        if let user {
            let stored = try await workspace.read(as: .system) { reader in
                try RecordRows.credentials(of: user, kind: .password, on: reader.connection)
            }
            if let hash = stored.last.flatMap({ PasswordHash(text: String(decoding: $0.secret, as: UTF8.self)) }),
                try await workspace.identity.pool.run({ hash.matches(password) })
            {
                return (login, nil, differs: false)
            }
        }
        return (login, hashing ? try await workspace.identity.hash(password) : nil, differs: true)
    }
}

/// Passwords and keys of users.
extension FileApplier {
    func applySecrets(_ node: FileNode, of user: PrincipalID, isNew: Bool) throws {
        let login = node["login"]?.text ?? ""
        var added: [String] = []
        if let change = secrets.passwords[TextFolding.fold(login)], node["password"]?.text != nil {
            if let hash = change { try transaction.setPassword(hash, of: user) }
            added.append("password")
        } else if let password = node["password"], password.isNull {
            if try !RecordRows.credentials(of: user, kind: .password, on: connection).isEmpty {
                try transaction.removeCredentials(of: user, kind: .password)
                added.append("password")
            }
        }
        if let key = node["api_key"] {
            let secret = FileCredential(
                kind: .key, key: key.text ?? "", secret: nil, scopes: node["apiKeyScopes"]?.texts ?? [], label: "",
                expires: nil)
            if try add(secret, of: user, key) { added.append("api_key") }
        }
        for credential in node["credentials"]?.items ?? [] {
            if try add(FileCredential(credential), of: user, credential) {
                added.append("credential \(credential["name"]?.text ?? credential["kind"]?.text ?? "")")
            }
        }
        if !isNew, !added.isEmpty { note(.change, "user", login, added) }
    }

    /// Adds a credential that is not there yet.
    private func add(_ new: FileCredential, of user: PrincipalID, _ node: FileNode) throws -> Bool {
        let identity = transaction.workspace.identity
        let digest = identity.lookup(new.kind, new.key)
        if let known = try RecordRows.credential(lookup: digest.octets, on: connection) {
            if known.user != user { problems.add(node.line, "this key belongs to somebody else") }
            return false
        }
        guard new.scopes.allSatisfy({ !$0.contains(" ") }) else {
            problems.add(node.line, "a scope has no blanks")
            return false
        }
        var credential = Credential(
            id: try transaction.next("credential", CredentialID.self), user: user, kind: new.kind,
            lookup: digest.octets,
            secret: try identity.seal(new.secret ?? new.key, lookup: digest, of: user), created: transaction.now)
        credential.scopes = new.scopes
        credential.label = new.label
        credential.expires = new.expires
        try RecordRows.insert(credential, on: connection)
        try RecordRows.audit(
            time: transaction.now, actor: transaction.actor.user, recordClass: "credential", entity: user.rawValue,
            action: "add", detail: new.kind.rawValue, on: connection)
        return true
    }
}

/// A key, token or consumer that the file declares.
private struct FileCredential {
    var kind: Credential.Kind
    /// What is presented, and found by.
    var key: String
    /// What signs, kept encrypted; where there is none the key itself is kept so.
    var secret: String?
    var scopes: [String]
    /// Everything else that is known of it, as a JSON object: `key` (of consumers and tokens, whose key is no secret),
    /// `protocol`, `name`, `description`, `consumer`, `callbacks`.
    var label: String
    var expires: Instant?

    init(kind: Credential.Kind, key: String, secret: String?, scopes: [String], label: String, expires: Instant?) {
        self.kind = kind
        self.key = key
        self.secret = secret
        self.scopes = scopes
        self.label = label
        self.expires = expires
    }

    init(_ node: FileNode) {
        let kind = Credential.Kind(rawValue: node["kind"]?.text ?? "") ?? .key
        let shown = ["protocol", "name", "description", "consumer", "callbacks"]
        var entries = node.entries.filter { shown.contains($0.key) }
        if node["secret"] != nil, let key = node["key"] {
            entries.insert(FileMap.Entry(key: "key", line: key.line, value: key), at: 0)
        }
        self.init(
            kind: kind, key: node["key"]?.text ?? "", secret: node["secret"]?.text, scopes: node["scopes"]?.texts ?? [],
            label: entries.isEmpty ? "" : FileNode(.map(FileMap(entries))).json,
            expires: node["expires"]?.text.flatMap(FileValues.instant))
    }
}
