internal import CSystemShims
internal import Synchronization
internal import Threads

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// A call of a library that may wait for a server forever and that nothing ends, on a thread of its own.
///
/// Whoever waits for it gives it up when the server has been silent for too long, or nobody wants the result any more. It
/// runs on then and is forgotten: what it would have returned is dropped, and what it writes to must be removed by who
/// gave it up.
final class UnendingCall<Value: Sendable>: Sendable {
    /// What the thread writes to when it is done, and where that is read.
    private let done: Int32
    private let news: Int32
    private let life = SignsOfLife()
    private let result = Mutex<Result<Value, any Error>?>(nil)

    /// Begins.
    /// - Parameter body: says whenever it notices that the server is there, and learns whether it was given up.
    /// - Throws: `GitError.system`, `ThreadError`
    init(_ body: @escaping @Sendable (SignsOfLife) throws -> Value) throws {
        var ends: [Int32] = [-1, -1]
        guard pinr_pipe(&ends) == 0 else { throw GitError.system(call: "pipe", path: "", errnum: errno) }
        (news, done) = (ends[0], ends[1])
        try startThread { [self] in
            let found = Result { try body(life) }
            if !life.isGivenUp { result.withLock { $0 = found } }
            var byte: UInt8 = 1
            // A pipe has room for one byte, and its other end is open as long as this is.
            _ = write(done, &byte, 1)
        }
    }

    deinit {
        close(news)
        close(done)
    }

    /// Waits for the end of the call, or gives it up.
    /// - Throws: what the call throws; `TransferError.timedOut`, `GitError.timedOut`, `CancellationError`
    func wait(for url: GitURL, _ patience: Patience, _ cancellation: Cancellation) throws -> Value {
        do {
            while true {
                try cancellation.throwIfCancelled()
                try patience.check(url)
                guard life.silence < .seconds(patience.stall) else {
                    throw GitError.timedOut(url: url.text, seconds: patience.stall)
                }
                var ready = pollfd(fd: news, events: Int16(POLLIN), revents: 0)
                if poll(&ready, 1, patience.wait(atMost: 100)) > 0 { break }
            }
        } catch {
            life.giveUp()
            throw error
        }
        guard let result = result.withLock({ $0 }) else { throw CancellationError() }
        return try result.get()
    }
}

/// What a call under way and whoever waits for it tell each other.
final class SignsOfLife: Sendable {
    private let state = Mutex((last: ContinuousClock.now, isGivenUp: false))

    /// Whether nobody waits for the call any more.
    var isGivenUp: Bool { state.withLock { $0.isGivenUp } }

    /// How long nothing was noticed of the server.
    var silence: Duration { state.withLock { .now - $0.last } }

    /// Notes that the server is there; false when the call should end.
    func note() -> Bool {
        state.withLock { state in
            state.last = .now
            return !state.isGivenUp
        }
    }

    func giveUp() { state.withLock { $0.isGivenUp = true } }
}
