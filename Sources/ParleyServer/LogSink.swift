import Dispatch
import Glibc
import Synchronization

/// Takes finished log lines and writes them to a file descriptor from one background queue, so that no event loop ever
/// waits for a disk or a terminal. What does not fit into the buffer is dropped and counted.
public final class LogSink: Sendable {
    /// Octets that may wait.
    public static let capacity = 4 << 20
    /// How long lines are gathered before they are written.
    private static let gatherMilliseconds = 20

    private struct State {
        var waiting: [UInt8] = []
        var scheduled = false
        var dropped: Int64 = 0
    }

    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "parley.log")
    private let write: @Sendable ([UInt8]) -> Void

    /// Writes to a descriptor, by default the standard error output.
    public convenience init(descriptor: Int32 = 2) {
        self.init { LogSink.writeAll($0, to: descriptor) }
    }

    /// Hands the octets of whole lines to a closure, always from one thread at a time.
    public init(write: @escaping @Sendable ([UInt8]) -> Void) {
        self.write = write
    }

    /// Lines dropped so far.
    public var dropped: Int64 { state.withLock { $0.dropped } }

    /// Adds a line that ends with a line feed. Returns at once.
    public func append(_ line: [UInt8]) {
        let schedule = state.withLock { state in
            guard state.waiting.count + line.count <= LogSink.capacity else {
                state.dropped &+= 1
                return false
            }
            state.waiting.append(contentsOf: line)
            if state.scheduled { return false }
            state.scheduled = true
            return true
        }
        if schedule {
            queue.asyncAfter(deadline: .now() + .milliseconds(LogSink.gatherMilliseconds)) { self.writeWaiting() }
        }
    }

    /// Writes what waits before it returns. Not for event loops.
    public func flush() {
        queue.sync { writeWaiting() }
    }

    private func writeWaiting() {
        let bytes = state.withLock { state in
            state.scheduled = false
            var bytes: [UInt8] = []
            swap(&bytes, &state.waiting)
            return bytes
        }
        if !bytes.isEmpty { write(bytes) }
    }

    private static func writeAll(_ bytes: [UInt8], to descriptor: Int32) {
        bytes.withUnsafeBytes { buffer in
            var rest = buffer[...]
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count > 0 {
                    rest = rest.dropFirst(count)
                } else if errno != EINTR {
                    return
                }
            }
        }
    }
}
