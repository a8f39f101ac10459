import ParleyModel
import ParleyStorage
import Synchronization

/// Last sign-ins that are not written down yet. They are written together, off the way of any request, since each
/// write makes a new catalog.
struct SignInNotes: Sendable {
    /// Most users that wait; what is beyond it is noted by a later sign-in.
    static let capacity = 10_000
    /// The time between two writes.
    static let pause: Duration = .seconds(1)

    private var waiting: [PrincipalID: Instant] = [:]
    private var writing: [PrincipalID: Instant] = [:]
    private var isRunning = false

    /// - Parameter seconds: between two notes of one user.
    /// - Returns: whether the caller has to start the writing.
    mutating func add(_ user: PrincipalID, _ time: Instant, every seconds: Int64) -> Bool {
        guard waiting.count < SignInNotes.capacity, waiting[user] == nil else { return false }
        if let last = writing[user], last.adding(seconds: seconds) > time { return false }
        waiting[user] = time
        guard !isRunning else { return false }
        isRunning = true
        return true
    }

    /// What to write now; nil when nothing waits, and whoever wrote ends.
    mutating func take() -> [PrincipalID: Instant]? {
        writing = waiting
        waiting = [:]
        isRunning = !writing.isEmpty
        return isRunning ? writing : nil
    }

    /// When a user signed in, if that is not written yet.
    func time(of user: PrincipalID) -> Instant? { waiting[user] ?? writing[user] }

    /// What was taken is written, or never will be.
    mutating func done() { writing = [:] }
}

extension Workspace {
    /// When a user last signed in, as noted or as written.
    public func lastSignIn(of user: User) -> Instant? {
        let noted = identity.signIns.withLock { $0.time(of: user.id) }
        return [user.lastSignIn, noted].compactMap { $0 }.max()
    }

    /// Notes when a user last signed in, once in a while and later. Whether it works out matters to nobody.
    func noteSignIn(of user: User, at now: Instant) {
        let pause = identity.limits.signInNoteSeconds
        if let last = user.lastSignIn, last.adding(seconds: pause) > now { return }
        guard identity.signIns.withLock({ $0.add(user.id, now, every: pause) }) else { return }
        Task { [weak self, identity] in
            while let batch = identity.signIns.withLock({ $0.take() }) {
                await self?.write(batch)
                identity.signIns.withLock { $0.done() }
                try? await Task.sleep(for: SignInNotes.pause)
            }
        }
    }

    private func write(_ batch: [PrincipalID: Instant]) async {
        try? await write(as: .system) { transaction in
            for (id, time) in batch {
                guard var user = transaction.records.users[id], user.lastSignIn.map({ $0 < time }) ?? true else {
                    continue
                }
                user.lastSignIn = time
                try transaction.noteSignIn(user)
            }
        }
    }
}
