import ParleyModel
import ParleyStorage
import Synchronization

/// What the outside world gives: handed in, so that tests can hold it still.
public struct Environment: Sendable {
    public var now: @Sendable () -> Instant
    /// So many random octets.
    public var random: @Sendable (Int) -> [UInt8]

    public init(now: @escaping @Sendable () -> Instant, random: @escaping @Sendable (Int) -> [UInt8]) {
        self.now = now
        self.random = random
    }
}

/// The only door to the data: every front end reads and writes through here, so none can pass by a permission, a
/// workflow rule
/// or the history.
public final class Workspace: Sendable {
    public let environment: Environment
    public let blobs: BlobStore
    let engine: any SQLEngine
    let finder: IssueFinder
    let lists = ListMemory()
    private let longReads = LongReads()
    let identity: Identity
    let files = FileRoom()
    private let current: Mutex<Catalog>
    /// The writer's newest catalog, which may not be committed yet; only the writer's thread looks at it.
    private let pending: Mutex<Catalog?>

    /// How long one read may take, in milliseconds, before it is given up.
    public static let readDeadlineMilliseconds = 30_000

    init(engine: any SQLEngine, blobs: BlobStore, environment: Environment, identity: Identity, catalog: Catalog) {
        self.engine = engine
        self.blobs = blobs
        self.environment = environment
        self.identity = identity
        finder = IssueFinder(capabilities: engine.capabilities)
        current = Mutex(catalog)
        pending = Mutex(nil)
    }

    /// Reference data as it is now.
    public var catalog: Catalog { current.withLock { $0 } }

    /// The time.
    public var now: Instant { environment.now() }

    /// Reads in one consistent snapshot, as an actor, on the calling thread.
    /// - Throws: `Fault`, and what the closure throws.
    public func read<R: Sendable>(as actor: Actor, _ body: @Sendable (Reader) throws -> R) async throws -> R {
        let catalog = self.catalog
        let finder = self.finder
        let lists = self.lists
        let now = environment.now()
        do {
            return try await engine.read(deadlineMilliseconds: 0) { connection in
                try body(
                    Reader(
                        connection: connection, catalog: catalog, actor: actor, finder: finder, lists: lists, now: now))
            }
        } catch let fault as StorageFault {
            throw Workspace.fault(fault)
        } catch is QueryFault {
            throw Fault.invalid([Problem(.whole, .limitReached)])
        }
    }

    /// Like `read`, for what may take long: on a thread of its own, given up after `readDeadlineMilliseconds`.
    public func readAtLength<R: Sendable>(as actor: Actor, _ body: @Sendable (Reader) throws -> R) async throws -> R {
        let catalog = self.catalog
        let finder = self.finder
        let lists = self.lists
        let now = environment.now()
        do {
            return try await longReads.run {
                try await engine.read(deadlineMilliseconds: Workspace.readDeadlineMilliseconds) { connection in
                    try body(
                        Reader(
                            connection: connection, catalog: catalog, actor: actor, finder: finder, lists: lists,
                            now: now))
                }
            }
        } catch let fault as StorageFault {
            throw Workspace.fault(fault)
        } catch is QueryFault {
            throw Fault.invalid([Problem(.whole, .limitReached)])
        }
    }

    /// Writes as an actor; returns once the change is durable. A closure that throws changes nothing.
    /// - Throws: `Fault`, and what the closure throws.
    public func write<R: Sendable>(
        as actor: Actor, _ body: @escaping @Sendable (Transaction) throws -> R
    ) async throws -> R {
        do {
            let result = try await engine.write { [self] connection in
                let transaction = Transaction(
                    connection: connection, catalog: try writersCatalog(connection), actor: actor, workspace: self)
                let value: R
                let before = connection.changeCount
                do {
                    value = try body(transaction)
                    try transaction.finish()
                    if connection.changeCount != before { try ListMemory.advance(on: connection) }
                } catch {
                    transaction.abandon()
                    throw error
                }
                if transaction.catalogChanged { pending.withLock { $0 = transaction.catalog } }
                return (value: value, catalog: transaction.catalogChanged ? transaction.catalog : nil)
            } committed: { [self] result in
                if let catalog = result.catalog { publish(catalog) }
            }
            return result.value
        } catch let fault as StorageFault {
            throw Workspace.fault(fault)
        } catch is QueryFault {
            throw Fault.invalid([Problem(.whole, .limitReached)])
        }
    }

    private func publish(_ catalog: Catalog) {
        let former = current.withLock { current in
            let former = current
            current = catalog
            return former
        }
        former.leaveUse()
    }

    /// The catalog that the running transaction sees: told apart by its generation, so that one from a write that was
    /// rolled
    /// back is never taken.
    private func writersCatalog(_ connection: any SQLConnection) throws -> Catalog {
        let generation = try RecordRows.last("catalog", on: connection) ?? 0
        if let made = pending.withLock({ $0 }), made.records.generation == generation { return made }
        let published = catalog
        if published.records.generation == generation { return published }
        guard let records = try CatalogRecords.load(from: connection) else {
            throw StorageFault.corrupt("no settings")
        }
        return Catalog(records)
    }

    static func fault(_ fault: StorageFault) -> Fault {
        switch fault {
        case .constraint: .conflict(current: 0)
        default: .unavailable
        }
    }

    /// Ends the writer after what waits.
    public func close() async { await engine.close() }
}
