#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// The system refused to start a thread; `errnum` is the error number of `pthread_create`.
public struct ThreadError: Error, Sendable {
    public let errnum: Int32
}

/// Starts a detached thread with the stack that deep directory walks need.
///
/// - Throws: `ThreadError`
public func startThread(_ body: @escaping @Sendable () -> Void) throws {
    _ = try createThread(PTHREAD_CREATE_DETACHED, body)
}

#if canImport(Darwin)
    typealias ThreadID = pthread_t?
#else
    typealias ThreadID = pthread_t
#endif

/// Starts a thread that is detached, or has to be joined.
func createThread(_ state: Int, _ body: @escaping @Sendable () -> Void) throws(ThreadError) -> ThreadID {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setdetachstate(&attributes, Int32(state))
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
    return thread
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
