import ParleyHTTP
import ParleyModel
import ParleyService

extension Call {
    /// Finds out who is asking. The first way that is present decides: `key` parameter, key header, Basic. Wrong
    /// credentials make one anonymous; they do not fail by themselves.
    mutating func authenticate() async throws {
        if catalog.settings.apiEnabled {
            actor = try await credentialed() ?? .anonymous
            try switchUser()
        }
        if actor.isAnonymous && catalog.settings.signInRequired { throw denied }
    }

    private func credentialed() async throws -> Actor? {
        if let key = parameters.text("key"), !key.isEmpty { return try await actor(key: key) }
        if let key = head.key, !key.isEmpty { return try await actor(key: key) }
        guard let field = head.authorization, let basic = BasicCredentials(authorization: field) else { return nil }
        return try await actor(basic)
    }

    private func actor(key: String) async throws -> Actor? {
        guard key.utf8.count <= 1024 else { return nil }
        return try await workspace.actor(key: key, kinds: [.key], from: request.remoteAddress)
    }

    /// The user name is a login, or a key with any password. What looks like a key and is no login is not tried as one,
    /// so that programs which send keys this way do not pay for a password's hash.
    private func actor(_ basic: BasicCredentials) async throws -> Actor? {
        guard basic.user.utf8.count <= 1024, basic.password.utf8.count <= 4096 else { return nil }
        if Call.looksLikeKey(basic.user), catalog.user(login: basic.user) == nil {
            return try await actor(key: basic.user)
        }
        let found = try await workspace.signIn(
            login: basic.user, password: basic.password, from: request.remoteAddress)
        if let found, catalog.user(found.user)?.mustChangePassword ?? false { throw Refusal.status(403) }
        return found
    }

    private static func looksLikeKey(_ text: String) -> Bool {
        text.utf8.count >= 16
            && text.utf8.allSatisfy { ($0 >= 0x30 && $0 <= 0x39) || ($0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x66) }
    }

    /// An administrator may act as another active user; from others the header is passed over.
    private mutating func switchUser() throws {
        guard actor.admin, let login = head.switchUser, !login.isEmpty else { return }
        guard let user = catalog.user(login: login), user.status == .active, user.stamp.retired == nil else {
            throw Refusal.status(412)
        }
        var switched = workspace.actor(for: user)
        switched.onBehalfOf = actor.user
        actor = switched
    }
}
