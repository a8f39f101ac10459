import ParleyModel
import ParleyStorage

/// A write in progress: reads what it has written, changes reference data, numbers new entities. Used by one thread,
/// and only
/// inside the closure that got it.
public final class Transaction {
    public let connection: any SQLConnection
    public private(set) var catalog: Catalog
    public let actor: Actor
    public let now: Instant
    let workspace: Workspace
    private(set) var catalogChanged = false
    private var changedRecords: CatalogRecords?

    init(connection: any SQLConnection, catalog: Catalog, actor: Actor, workspace: Workspace) {
        self.connection = connection
        self.catalog = catalog
        self.actor = actor
        self.workspace = workspace
        now = workspace.environment.now()
    }

    /// Reading within the transaction, as the same actor.
    public var reader: Reader {
        settle()
        return Reader(
            connection: connection, catalog: catalog, actor: actor, finder: workspace.finder, lists: nil,
            now: now)
    }

    /// What the actor may do.
    public var access: Access {
        settle()
        return catalog.access(for: actor)
    }

    var capabilities: SQLCapabilities { workspace.engine.capabilities }

    /// Fresh marks for a new entity.
    public var stamp: Stamp { Stamp(created: now, creator: actor.user) }

    /// The next number of a class of reference data.
    public func newID<R: CatalogRecord>(_ type: R.Type) throws -> Identifier<R.Key> {
        Identifier(try RecordRows.next(R.recordClass.rawValue, from: R.firstNumber, on: connection))
    }

    /// The next number for a user or group.
    public func newPrincipalID() throws -> PrincipalID {
        PrincipalID(try RecordRows.next("principal", from: PrincipalID.firstOrdinary, on: connection))
    }

    /// The next number of a named sequence.
    public func next<E>(_ sequence: String, _ type: Identifier<E>.Type = Identifier<E>.self) throws -> Identifier<E> {
        Identifier(try RecordRows.next(sequence, on: connection))
    }

    /// Stores an entity of reference data, new or changed. A changed one gets the next revision.
    public func put<R: CatalogRecord>(_ record: R) throws {
        var stored = record
        if let old = records[keyPath: R.table][record.id] {
            if old == record { return }
            mark(&stored.stamp)
        }
        change { $0[keyPath: R.table][record.id] = stored }
        try save(stored)
    }

    /// Stores a user, new or changed.
    public func put(_ user: User) throws {
        var stored = user
        if let old = records.users[user.id] {
            if old == user { return }
            mark(&stored.stamp)
        }
        change { $0.users[user.id] = stored }
        try save(PrincipalRecord(user: stored))
    }

    /// Notes a sign-in, which is no change of the user.
    func noteSignIn(_ user: User) throws {
        change { $0.users[user.id] = user }
        try RecordRows.put(PrincipalRecord(user: user), on: connection)
    }

    /// Stores a group, new or changed.
    public func put(_ group: Group) throws {
        var stored = group
        if let old = records.groups[group.id] {
            if old == group { return }
            mark(&stored.stamp)
        }
        change { $0.groups[group.id] = stored }
        try save(PrincipalRecord(group: stored))
    }

    /// Stores the workspace's settings.
    public func put(_ settings: WorkspaceSettings) throws {
        if records.settings == settings { return }
        var stored = settings
        mark(&stored.stamp)
        change { $0.settings = stored }
        try save(stored)
    }

    /// Takes an entity of reference data out of use.
    public func retire<R: CatalogRecord>(_ record: R) throws {
        var stored = record
        stored.stamp.retired = now
        change { $0[keyPath: R.table][record.id] = stored }
        try save(stored, action: "retire")
    }

    /// Changes the records in place: no other copy may hold them meanwhile, or the whole table would be copied.
    private func change(_ edit: (inout CatalogRecords) -> Void) {
        var records = changedRecords ?? catalog.records
        changedRecords = nil
        edit(&records)
        changedRecords = records
    }

    private func mark(_ stamp: inout Stamp) {
        stamp.revision += 1
        stamp.modified = now
        stamp.modifier = actor.user
    }

    private func save<R: Record>(_ record: R, action: String = "put") throws {
        try RecordRows.put(record, on: connection)
        try RecordRows.audit(
            time: now, actor: actor.user, recordClass: R.recordClass.rawValue, entity: record.id.rawValue,
            action: action,
            detail: record.sortName, on: connection)
    }

    /// Reference data as the transaction has left it so far.
    public var records: CatalogRecords { changedRecords ?? catalog.records }

    /// Makes the catalog of what was changed, so that later steps of the same transaction see it.
    public func settle() {
        guard var records = changedRecords else { return }
        if records.generation == catalog.records.generation { records.generation += 1 }
        changedRecords = nil
        replaceCatalog(records)
    }

    /// Ends the transaction's own work: the new generation is written with the rest.
    func finish() throws {
        settle()
        guard catalogChanged else { return }
        let generation = try RecordRows.next("catalog", on: connection)
        if generation != catalog.records.generation {
            var records = catalog.records
            records.generation = generation
            replaceCatalog(records)
        }
    }

    private func replaceCatalog(_ records: CatalogRecords) {
        abandon()
        catalog = Catalog(records)
        catalogChanged = true
    }

    /// Lets go of a catalog that this transaction made and nobody else will see.
    func abandon() {
        if catalogChanged { catalog.leaveUse() }
    }
}
