#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// Runs blocking work on a thread of its own and suspends the caller until it is done.
///
/// Hashing, libarchive, libgit2 and file locks block; the cooperative pool must not. Cancelling the calling task sets
/// the work's `Cancellation` and then still waits for the work to return, so that nothing outlives the call.
/// - Parameter body: the work; it is handed the flag to poll.
/// - Throws: what `body` throws, or `ThreadError` when the system has no thread to give.
public func onThread<Value: Sendable>(
    _ body: @escaping @Sendable (Cancellation) throws -> Value
) async throws -> Value {
    let cancellation = Cancellation()
    return try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { continuation in
            do {
                try startThread {
                    continuation.resume(with: Result { try body(cancellation) })
                }
            } catch {
                continuation.resume(throwing: error)
            }
        }
    } onCancel: {
        cancellation.cancel()
    }
}

/// The system refused to start a thread; `errnum` is the error number of `pthread_create`.
public struct ThreadError: Error, Sendable {
    public let errnum: Int32
}

/// Starts a detached thread with the stack that deep directory walks need.
///
/// - Throws: `ThreadError`
public func startThread(_ body: @escaping @Sendable () -> Void) throws {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    pthread_attr_setstacksize(&attributes, 4 << 20)

    let start = Unmanaged.passRetained(ThreadStart(body: body))
    #if canImport(Darwin)
        var thread: pthread_t?
        let errnum = pthread_create(&thread, &attributes, { ThreadStart.run($0) }, start.toOpaque())
    #else
        var thread = pthread_t()
        let errnum = pthread_create(&thread, &attributes, { $0.flatMap { ThreadStart.run($0) } }, start.toOpaque())
    #endif
    guard errnum == 0 else {
        start.release()
        throw ThreadError(errnum: errnum)
    }
}

/// What a new thread is handed through `pthread_create`'s pointer.
private final class ThreadStart {
    let body: @Sendable () -> Void

    init(body: @escaping @Sendable () -> Void) { self.body = body }

    static func run(_ pointer: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
        Unmanaged<ThreadStart>.fromOpaque(pointer).takeRetainedValue().body()
        return nil
    }
}
