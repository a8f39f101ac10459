import ParleyStorage

/// Makes the n-th call of the writer fail, for tests that show that no failure leaves half a write behind.
/// A call is a statement of a write, and each begin, savepoint and commit of the writer.
package final class FaultPlan: @unchecked Sendable {
    // Sendable: all that changes is read and written under the monitor.

    /// What the failing call does.
    package enum Effect: Sendable {
        /// Nothing but fail.
        case refuse
        /// It also ends the transaction without storing it, as SQLite does by itself for some full disks.
        case rollBack
    }

    private let monitor = Monitor()
    private var remaining = 0
    private var effect = Effect.refuse
    private var fired = false

    /// A plan that lets everything pass until it is armed.
    package init() {}

    /// Lets the n-th call from now on fail (1 is the next one), once.
    package func arm(call: Int, _ effect: Effect = .refuse) {
        monitor.locked {
            remaining = call
            self.effect = effect
            fired = false
        }
    }

    /// Whether the call has been reached since the plan was armed; disarms it.
    package func disarm() -> Bool {
        monitor.locked {
            remaining = 0
            return fired
        }
    }

    /// Counts a call.
    /// - Returns: how it has to fail, or nil.
    func count() -> Effect? {
        monitor.locked {
            guard remaining > 0 else { return nil }
            remaining -= 1
            guard remaining == 0 else { return nil }
            fired = true
            return effect
        }
    }
}
