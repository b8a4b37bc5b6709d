import Synchronization
import Threads

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Waits for SIGINT, SIGTERM and SIGHUP, so that a run that is interrupted cleans up before it ends.
final class Signals: Sendable {
    private struct State {
        var received: Int32?
        var handler: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    /// The first of the signals that came.
    var received: Int32? { state.withLock { $0.received } }

    /// Blocks the signals in this thread and those that it starts; one thread of its own waits for them.
    ///
    /// Called on the program's first thread, before any other is started: a signal kills the program as long as one
    /// thread is left that does not block it. Writing to a pipe that nobody reads is an error and no signal.
    init() {
        signal(SIGPIPE, SIG_IGN)
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, SIGINT)
        sigaddset(&set, SIGTERM)
        // Who was started with `nohup` is to outlive the terminal.
        if !Self.isIgnored(SIGHUP) { sigaddset(&set, SIGHUP) }
        pthread_sigmask(SIG_BLOCK, &set, nil)
        do {
            try startThread { [self, set] in
                var set = set
                while true {
                    var signal: Int32 = 0
                    if sigwait(&set, &signal) == 0 { receive(signal) }
                }
            }
        } catch {
            // Without the thread, the signals have their usual effect.
            pthread_sigmask(SIG_UNBLOCK, &set, nil)
        }
    }

    private static func isIgnored(_ signal: Int32) -> Bool {
        var action = sigaction()
        guard sigaction(signal, nil, &action) == 0 else { return false }
        #if canImport(Darwin)
            let handler = action.__sigaction_u.__sa_handler
        #else
            let handler = action.__sigaction_handler.sa_handler
        #endif
        return unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
    }

    /// Calls `handler` when the first signal comes, or at once if it has come already.
    func forward(_ handler: @escaping @Sendable () -> Void) {
        let isLate = state.withLock { state in
            state.handler = handler
            return state.received != nil
        }
        if isLate { handler() }
    }

    private func receive(_ signal: Int32) {
        let (isFirst, handler) = state.withLock { state in
            defer { state.received = state.received ?? signal }
            return (state.received == nil, state.handler)
        }
        // Who asks twice does not want to wait for anything.
        guard isFirst else { _exit(128 + signal) }
        handler?()
    }
}
