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
