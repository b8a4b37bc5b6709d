internal import Synchronization

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// A thread that somebody waits for: nothing of it is left once `join` has returned.
///
/// What makes its body return is for the owner to know; the thread is only waited for.
public final class Worker: Sendable {
    private let thread: Mutex<ThreadID?>

    /// Starts the thread.
    ///
    /// - Parameter body: the work; it must not hold the worker itself, nor what owns it.
    /// - Throws: `ThreadError`
    public init(_ body: @escaping @Sendable () -> Void) throws(ThreadError) {
        thread = Mutex(.some(try createThread(Int(PTHREAD_CREATE_JOINABLE), body)))
    }

    /// Waits until the body has returned, what it held is let go of, and the thread is gone; at once when it is already.
    public func join() {
        thread.withLock { thread in
            guard let running = thread else { return }
            #if canImport(Darwin)
                if let running { pthread_join(running, nil) }
            #else
                pthread_join(running, nil)
            #endif
            thread = nil
        }
    }

    deinit { join() }
}
