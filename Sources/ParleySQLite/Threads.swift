import Glibc
import ParleyStorage

/// A mutex with a condition.
final class Monitor: @unchecked Sendable {
    // Sendable: both pointers are fixed for life, and what they point to is only handed to pthread calls, which any
    // thread may make at any time.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    init() {
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Runs the closure as the only one.
    func locked<R>(_ body: () throws -> R) rethrows -> R {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body()
    }

    /// Inside `locked`: lets others in until one of them signals.
    func wait() { pthread_cond_wait(condition, mutex) }

    /// As `wait`, but no longer than until this moment of the wall clock (seconds since 1970).
    /// - Returns: false when the time is over.
    func wait(untilSecond second: Int) -> Bool {
        var moment = timespec(tv_sec: second, tv_nsec: 0)
        return pthread_cond_timedwait(condition, mutex, &moment) == 0
    }

    /// Wakes one that waits.
    func signal() { pthread_cond_signal(condition) }

    /// Wakes all that wait.
    func broadcast() { pthread_cond_broadcast(condition) }
}

/// A thread of its own for work that blocks.
enum DedicatedThread {
    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Starts a thread that ends with the closure.
    static func start(_ body: @escaping @Sendable () -> Void) throws(StorageFault) {
        let box = Unmanaged.passRetained(Body(body))
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { raw in
                guard let raw else { return nil }
                Unmanaged<Body>.fromOpaque(raw).takeRetainedValue().run()
                return nil
            }, box.toOpaque())
        guard code == 0 else {
            box.release()
            throw .engine(code: Int(code), message: "cannot start a thread")
        }
        pthread_detach(thread)
    }

    /// Runs the closure on a thread of its own, so that the calling one is free.
    static func result<R: Sendable>(_ work: @escaping @Sendable () throws -> R) async throws -> R {
        try await withCheckedThrowingContinuation { continuation in
            do {
                try start { continuation.resume(with: Result { try work() }) }
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }
}

/// Nanoseconds of a clock that never goes back.
func monotonicNanoseconds() -> UInt64 {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return UInt64(clamping: now.tv_sec) &* 1_000_000_000 &+ UInt64(clamping: now.tv_nsec)
}
