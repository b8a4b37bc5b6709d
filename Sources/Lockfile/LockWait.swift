internal import Threads

/// The wait for another process that has the folder locked: what ends it, and who is told of it.
struct LockWait {
    private let cancellation: Cancellation?
    private let patience: Duration
    /// Nil once it was called.
    private var notify: (() -> Void)?
    private var began: ContinuousClock.Instant?

    /// - Parameters:
    ///   - patience: how long the wait may be without anybody being told.
    ///   - notify: called once, when it is longer.
    init(unless cancellation: Cancellation?, patience: Duration, notify: (() -> Void)?) {
        self.cancellation = cancellation
        self.patience = patience
        self.notify = notify
    }

    var isCancelled: Bool { cancellation?.isCancelled == true }

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
