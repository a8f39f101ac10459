import Foundation
import ParleyModel
import Synchronization

/// Two lanes for hashing passwords, away from the threads that serve requests.
final class PasswordPool: Sendable {
    private static let laneCount = 2

    private let lanes: [DispatchQueue]
    /// Hashes that wait or run, by lane.
    private let load = Mutex(Array(repeating: 0, count: PasswordPool.laneCount))
    private let capacity: Int

    /// - Parameter capacity: most hashes that wait or run.
    init(capacity: Int) {
        self.capacity = max(1, capacity)
        lanes = (1...PasswordPool.laneCount).map { DispatchQueue(label: "parley.password.\($0)") }
    }

    /// Runs the closure in the lane with less to do.
    /// - Throws: `Fault.unavailable` when too many wait.
    func run<R: Sendable>(_ work: @escaping @Sendable () -> R) async throws -> R {
        let chosen = load.withLock { load -> Int? in
            guard load.reduce(0, +) < capacity else { return nil }
            let lane = load.indices.min { load[$0] < load[$1] } ?? 0
            load[lane] += 1
            return lane
        }
        guard let lane = chosen else { throw Fault.unavailable }
        return await withCheckedContinuation { continuation in
            lanes[lane].async {
                let result = work()
                self.load.withLock { $0[lane] -= 1 }
                continuation.resume(returning: result)
            }
        }
    }
}
