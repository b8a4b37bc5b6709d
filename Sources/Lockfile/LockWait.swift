internal import Threads

/// The wait for another process that has the folder locked: what ends it, and who is told of it.
struct LockWait {
    private let cancellation: Cancellation?
    private let patience: Duration
    /// Nil once it was called.
    private var notify: (() -> Void)?
    private var began: ContinuousClock.Instant?
    /// When there is no more waiting.
    private let end: ContinuousClock.Instant?

    /// - Parameters:
    ///   - patience: how long the wait may be without anybody being told.
    ///   - notify: called once, when it is longer.
    ///   - limit: how long the wait may be at all; nil for as long as it takes.
    init(unless cancellation: Cancellation?, patience: Duration, notify: (() -> Void)?, limit: Duration? = nil) {
        self.cancellation = cancellation
        self.patience = patience
        self.notify = notify
        end = limit.map { ContinuousClock.now + $0 }
    }

    /// Whether there is no more waiting.
    var isOver: Bool { cancellation?.isCancelled == true || end.map { ContinuousClock.now >= $0 } ?? false }

    /// To be called whenever another process is found to have the folder still.
    mutating func goesOn() {
        guard let notify else { return }
        let now = ContinuousClock.now
        let start = began ?? now
        began = start
        guard start.duration(to: now) >= patience else { return }
        self.notify = nil
        notify()
    }
}
