import Foundation
import ParleyModel
import Synchronization

/// Lanes for reads that may take long, such as a search for a common word, away from the threads that serve requests:
/// whoever asks for one waits, and nobody else.
final class LongReads: Sendable {
    private static let laneCount = 4
    /// Reads that wait or run at most; each request has no more than one.
    private static let capacity = 1024

    /// Runs the parts of a task one after the other on a thread of its own.
    private final class Lane: TaskExecutor {
        private let queue: DispatchQueue

        init(number: Int) { queue = DispatchQueue(label: "parley.reads.\(number)") }

        func enqueue(_ job: consuming ExecutorJob) {
            let job = UnownedJob(job)
            queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
        }
    }

    private let lanes = (1...LongReads.laneCount).map { Lane(number: $0) }
    /// Reads that wait or run, by lane.
    private let load = Mutex(Array(repeating: 0, count: LongReads.laneCount))

    /// Does the work in the lane with least to do.
    /// - Throws: `Fault.unavailable` when too much waits, and what the work throws.
    func run<R: Sendable>(_ work: () async throws -> R) async throws -> R {
        let chosen = load.withLock { load -> Int? in
            guard load.reduce(0, +) < LongReads.capacity else { return nil }
            let lane = load.indices.min { load[$0] < load[$1] } ?? 0
            load[lane] += 1
            return lane
        }
        guard let lane = chosen else { throw Fault.unavailable }
        defer { load.withLock { $0[lane] -= 1 } }
        return try await withTaskExecutorPreference(lanes[lane]) { try await work() }
    }
}
