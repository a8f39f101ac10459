import NIOCore

/// Runs the tasks of one event loop's requests on that loop's thread.
///
/// Jobs made on the loop inside `run` are worked off before it returns, so that a front end which never has to wait
/// answers within the very read that brought its request: no other thread, no wake-up, no second turn of the loop.
final class LoopExecutor: TaskExecutor, @unchecked Sendable {
    // `jobs`, `next`, `isRunning` and `isScheduled` are touched only on `loop`'s thread (each use is behind
    // `inEventLoop` or inside `loop.execute`); `loop` never changes.
    private let loop: any EventLoop
    /// Jobs that run in one turn of the loop.
    private static let turnLimit = 256
    private var jobs: [UnownedJob] = []
    private var next = 0
    private var isRunning = false
    private var isScheduled = false

    init(_ loop: any EventLoop) {
        self.loop = loop
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        guard loop.inEventLoop else {
            loop.execute { self.add(job) }
            return
        }
        add(job)
    }

    /// Runs the body, then the jobs that wait. Called on the loop.
    func run(_ body: () -> Void) {
        guard !isRunning else {
            body()
            return
        }
        isRunning = true
        body()
        drain()
        isRunning = false
        // A task submitted to the loop would run before it looks at its sockets again; a timer runs after that.
        if !jobs.isEmpty { schedule(after: .milliseconds(1)) }
    }

    private func add(_ job: UnownedJob) {
        jobs.append(job)
        if !isRunning { schedule(after: nil) }
    }

    private func schedule(after pause: TimeAmount?) {
        if isScheduled { return }
        isScheduled = true
        let work: @Sendable () -> Void = {
            self.isScheduled = false
            self.run {}
        }
        if let pause {
            loop.scheduleTask(in: pause, work)
        } else {
            loop.execute(work)
        }
    }

    /// Works off jobs, those that they make included, but not without end: the loop has sockets and clocks to look at.
    private func drain() {
        while next < jobs.count, next < LoopExecutor.turnLimit {
            let job = jobs[next]
            next += 1
            job.runSynchronously(on: asUnownedTaskExecutor())
        }
        if next == jobs.count {
            jobs.removeAll(keepingCapacity: jobs.count <= 64)
        } else {
            jobs.removeFirst(next)
        }
        next = 0
    }
}
