internal import Synchronization

/// A flag that tells blocking work to stop; the task that waits for the work sets it when it is cancelled.
///
/// Blocking code polls it between steps (`throwIfCancelled`), and the streams of this module end with
/// `CancellationError` once it is set.
public final class Cancellation: Sendable {
    private let flag = Atomic<Bool>(false)
    private let handlers = Mutex<[@Sendable () -> Void]>([])

    public init() {}

    /// Whether the work should stop.
    public var isCancelled: Bool { flag.load(ordering: .acquiring) }

    /// Asks the work to stop and calls the handlers that were registered, once.
    public func cancel() {
        guard !flag.exchange(true, ordering: .acquiringAndReleasing) else { return }
        let pending = handlers.withLock { handlers in
            defer { handlers = [] }
            return handlers
        }
        for handler in pending { handler() }
    }

    /// Calls `handler` when cancelled; at once when that has already happened.
    public func onCancel(_ handler: @escaping @Sendable () -> Void) {
        let isLate = handlers.withLock { handlers in
            if isCancelled { return true }
            handlers.append(handler)
            return false
        }
        if isLate { handler() }
    }

    /// Throws `CancellationError` once the flag is set.
    public func throwIfCancelled() throws {
        if isCancelled { throw CancellationError() }
    }
}
