import ParleyModel
import ParleyStorage

extension Workspace {
    /// Opens a workspace's database: brings the schema up to date, makes what every workspace has, reads the catalog.
    /// - Throws: `StorageFault`.
    public static func open(
        engine: any SQLEngine, blobs: BlobStore, environment: Environment, identity: Identity
    ) async throws -> Workspace {
        try await migrate(engine)
        let now = environment.now()
        let records = try await engine.write { connection in
            if let known = try CatalogRecords.load(from: connection) { return known }
            try furnish(connection, now: now)
            return try CatalogRecords.load(from: connection)
                ?? CatalogRecords(settings: WorkspaceSettings(stamp: birth(now)))
        } committed: { _ in
        }
        return Workspace(
            engine: engine, blobs: blobs, environment: environment, identity: identity, catalog: Catalog(records))
    }

    /// Whether nothing has been put into the workspace yet: no user but those that every workspace has.
    public var isFresh: Bool {
        catalog.records.users.keys.allSatisfy { $0.rawValue < PrincipalID.firstOrdinary }
            && catalog.records.users[.firstAdministrator]?.login == nil
    }

    private static func migrate(_ engine: any SQLEngine) async throws {
        let steps: [Migration] =
            Schema.migrations + [Migration(name: "full-text index", statements: engine.capabilities.searchSchema)]
        try await engine.write { connection in
            try connection.execute(
                "CREATE TABLE IF NOT EXISTS migration (position INTEGER PRIMARY KEY, name TEXT NOT NULL)", [])
            let done = try connection.all("SELECT name FROM migration ORDER BY position", []) { $0.text(0) }
            guard done.count <= steps.count, zip(done, steps).allSatisfy({ $0 == $1.name }) else {
                throw StorageFault.corrupt("the database was made by a newer version of the server")
            }
            for (position, step) in steps.enumerated().dropFirst(done.count) {
                for statement in step.statements { try connection.execute(statement, []) }
                try connection.execute(
                    "INSERT INTO migration (position, name) VALUES (?1, ?2)",
                    [.integer(Int64(position)), .text(step.name)])
            }
        } committed: { _ in
        }
    }

    private static func birth(_ now: Instant) -> Stamp { Stamp(created: now, creator: .system) }

    /// What every workspace has: settings, the four fixed principals, the link types.
    private static func furnish(_ connection: any SQLConnection, now: Instant) throws {
        try RecordRows.put(WorkspaceSettings(stamp: birth(now)), on: connection)
        let people: [(PrincipalID, String, String)] = [
            (.firstAdministrator, "", ""), (.anonymous, "Anonymous", ""), (.nobody, "Nobody", ""),
            (.system, "System", ""),
        ]
        for (id, first, last) in people {
            var user = User(id: id, stamp: birth(now), login: nil)
            user.firstName = first
            user.lastName = last
            user.realName = first
            user.admin = id == .firstAdministrator
            try RecordRows.put(PrincipalRecord(user: user), on: connection)
        }
        let links: [(LinkTypeID, String, String, String, LinkType.Effect, Bool)] = [
            (.hierarchy, "hierarchy", "parent of", "child of", .hierarchy, false),
            (.relates, "relates", "relates to", "relates to", .none, true),
            (.blocks, "blocks", "blocks", "blocked by", .blocks, false),
            (.precedes, "precedes", "precedes", "follows", .precedes, false),
            (.duplicates, "duplicates", "duplicates", "duplicated by", .duplicates, false),
            (.copiedTo, "copied_to", "copied to", "copied from", .none, false),
        ]
        for (id, name, forward, reverse, effect, symmetric) in links {
            var type = LinkType(
                id: id, stamp: birth(now), name: name, forward: forward, reverse: reverse, effect: effect)
            type.symmetric = symmetric
            type.isSystem = true
            try RecordRows.put(type, on: connection)
        }
    }
}

extension Workspace {
    /// A password that is hard to guess and easy to type: 20 letters and digits without those that look alike.
    public func oneTimePassword() -> String {
        let letters = Array("abcdefghjkmnpqrstuvwxyz23456789")
        return String(environment.random(20).map { letters[Int($0) % letters.count] })
    }
}
