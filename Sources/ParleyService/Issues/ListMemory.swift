import ParleyModel
import ParleyStorage
import Synchronization

/// Remembers which issues the latest lists held and how many there were, for as long as nothing is written. Whoever
/// pages
/// through a list, or looks at it again and again, does not have everything counted each time. Only numbers are kept;
/// rows are
/// read afresh, and what an actor sees is part of the key.
final class ListMemory: Sendable {
    struct Key: Hashable {
        var query: Query<Resolved>
        var user: PrincipalID
        var narrowedTo: Set<RoleID>?
        var catalog: Int64
    }

    private struct State {
        var version: Int64 = -1
        var pages: [Key: IssuePage] = [:]
    }

    /// Lists that are kept; beyond it they start over.
    private static let capacity = 512
    /// Numbers that one kept page holds at most.
    private static let longestPage = 200

    private let state = Mutex(State())

    /// Counts one more write, in its own transaction; tells snapshots apart.
    static func advance(on connection: any SQLConnection) throws {
        _ = try RecordRows.next("write", on: connection)
    }

    /// The page of a key in the snapshot that a connection sees; found by `find` where it is not known.
    func page(
        _ key: Key, on connection: any SQLConnection, _ find: () throws -> IssuePage
    ) throws -> IssuePage {
        let version = try RecordRows.last("write", on: connection) ?? 0
        let known = state.withLock { $0.version == version ? $0.pages[key] : nil }
        if let known { return known }
        let page = try find()
        guard page.ids.count <= ListMemory.longestPage else { return page }
        state.withLock { state in
            if state.version < version {
                state.version = version
                state.pages.removeAll(keepingCapacity: true)
            }
            guard state.version == version else { return }
            if state.pages.count >= ListMemory.capacity { state.pages.removeAll(keepingCapacity: true) }
            state.pages[key] = page
        }
        return page
    }
}
