import Foundation
import ParleyModel
import Synchronization

/// Lanes for work on files, which blocks, away from the threads that serve requests; and an account of the octets that
/// are being received now, so that no user fills the disk with many uploads at once.
final class FileRoom: Sendable {
    private static let laneCount = 4
    /// Pieces of work that wait or run at most; each request has no more than one.
    private static let capacity = 4096

    private let lanes = (1...FileRoom.laneCount).map { DispatchQueue(label: "parley.files.\($0)") }
    /// Work that waits or runs, by lane.
    private let load = Mutex(Array(repeating: 0, count: FileRoom.laneCount))
    /// Octets promised to uploads that have not ended, by user.
    private let promised = Mutex<[PrincipalID: Int64]>([:])

    /// Runs the closure in the lane with least to do.
    /// - Throws: `Fault.unavailable` when too much waits, and what the closure throws.
    func run<R: Sendable>(_ work: @escaping @Sendable () throws -> R) async throws -> R {
        let chosen = load.withLock { load -> Int? in
            guard load.reduce(0, +) < FileRoom.capacity else { return nil }
            let lane = load.indices.min { load[$0] < load[$1] } ?? 0
            load[lane] += 1
            return lane
        }
        guard let lane = chosen else { throw Fault.unavailable }
        return try await withCheckedThrowingContinuation { continuation in
            lanes[lane].async {
                let result = Result { try work() }
                self.load.withLock { $0[lane] -= 1 }
                continuation.resume(with: result)
            }
        }
    }

    /// Promises a user room for an upload.
    /// - Parameters:
    ///   - wanted: octets announced, or the most that there may be.
    ///   - isExact: less than `wanted` is of no use.
    ///   - free: what the quota leaves beside what is stored.
    /// - Returns: octets promised; nil where there is no room.
    func promise(_ user: PrincipalID, wanted: Int64, isExact: Bool, free: Int64) -> Int64? {
        promised.withLock { promised in
            let rest = free - (promised[user] ?? 0)
            guard rest >= (isExact ? wanted : min(wanted, 1)) else { return nil }
            let granted = max(0, min(wanted, rest))
            promised[user, default: 0] += granted
            return granted
        }
    }

    /// Takes a promise back once the upload has ended, well or not.
    func release(_ user: PrincipalID, _ granted: Int64) {
        promised.withLock { promised in
            let rest = (promised[user] ?? 0) - granted
            promised[user] = rest > 0 ? rest : nil
        }
    }
}
