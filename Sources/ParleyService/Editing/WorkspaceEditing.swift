import ParleyModel

extension Workspace {
    /// See `Transaction.createProject`.
    public func createProject(_ draft: ProjectDraft, as actor: Actor) async throws -> Project {
        try await write(as: actor) { try $0.createProject(draft) }
    }

    /// See `Transaction.updateProject`.
    public func updateProject(_ id: ProjectID, _ draft: ProjectDraft, as actor: Actor) async throws -> Project {
        try await write(as: actor) { try $0.updateProject(id, draft) }
    }

    /// See `Transaction.setProjectStatus`.
    public func setProjectStatus(_ id: ProjectID, _ status: Project.Status, as actor: Actor) async throws {
        try await write(as: actor) { try $0.setProjectStatus(id, status) }
    }

    /// See `Transaction.deleteProject`.
    public func deleteProject(_ id: ProjectID, as actor: Actor) async throws {
        try await write(as: actor) { try $0.deleteProject(id) }
    }

    /// See `Transaction.createUser`. A password is given in plain and hashed before the write.
    public func createUser(_ draft: UserDraft, password: String?, as actor: Actor) async throws -> User {
        let draft = try await checked(draft, password, as: actor)
        return try await write(as: actor) { try $0.createUser(draft) }
    }

    /// See `Transaction.updateUser`.
    public func updateUser(
        _ id: PrincipalID, _ draft: UserDraft, password: String?, as actor: Actor
    ) async throws -> User {
        let draft = try await checked(draft, password, as: actor)
        return try await write(as: actor) { try $0.updateUser(id, draft) }
    }

    /// See `Transaction.deleteUser`.
    public func deleteUser(_ id: PrincipalID, as actor: Actor) async throws {
        try await write(as: actor) { try $0.deleteUser(id) }
    }

    /// The draft with a password's hash, or with what is wrong with it.
    private func checked(_ draft: UserDraft, _ password: String?, as actor: Actor) async throws -> UserDraft {
        var draft = draft
        guard let password else { return draft }
        guard !actor.isAnonymous else { return draft }
        let minimum = catalog.settings.passwordMinimumLength
        if password.count < minimum {
            draft.passwordProblem = .tooShort(minimum: minimum)
        } else {
            draft.password = try await identity.hash(password)
        }
        return draft
    }
}
