internal import Synchronization
public import Threads

extension TransferEngine {
    /// How many chunks may wait for the consumer, some 3 MiB: a server that sends in bursts of 2 MiB, as nginx does under
    /// `limit_rate`, takes every moment that one waits for room for a part of its own pause.
    private static let chunksAhead = 24

    /// Streams the body of a successful (2xx) response to a consumer on a thread of its own.
    ///
    /// A consumer that throws, or returns before the body ends, ends the transfer too.
    /// - Parameters:
    ///   - onHead: as for `download`.
    ///   - consume: reads the body, and is handed the flag to poll.
    /// - Returns: what the consumer returned, and the response without its body.
    /// - Throws: what `consume` throws, which has the cause when the transfer failed while it read; `ThreadError` when the
    ///   system has no thread to give; and what `download` throws.
    public func stream<Value: Sendable>(
        _ request: TransferRequest,
        onHead: @escaping @Sendable (TransferResponse) throws -> Void = { _ in },
        consume: @escaping @Sendable (sending any ByteSource, Cancellation) throws -> Value
    ) async throws -> (Value, TransferResponse) {
        try await stream(request, on: { try await onThread($0) }, onHead: onHead, consume: consume)
    }

    /// - Parameter run: runs the consumer where it may block.
    func stream<Value: Sendable>(
        _ request: TransferRequest,
        on run: @escaping @Sendable (@escaping @Sendable (Cancellation) throws -> Value) async throws -> Value,
        onHead: @escaping @Sendable (TransferResponse) throws -> Void,
        consume: @escaping @Sendable (sending any ByteSource, Cancellation) throws -> Value
    ) async throws -> (Value, TransferResponse) {
        let channel = ByteChannel(capacity: Self.chunksAhead)
        let accepted = AcceptedHead()
        async let consumed = {
            // Whatever ends the consumer ends the download, which would wait for room for ever: also that there is none.
            defer { channel.cancel() }
            return try await run { cancellation in
                cancellation.onCancel { channel.cancel() }
                defer { channel.cancel() }
                return try consume(channel, cancellation)
            }
        }()
        let downloaded: Result<TransferResponse, any Error>
        do {
            let response = try await download(request, into: channel) { response in
                try onHead(response)
                accepted.set(response)
            }
            downloaded = .success(response)
        } catch {
            downloaded = .failure(error)
        }
        let value: Value
        do {
            value = try await consumed
        } catch is CancellationError {
            // It was only stopped: by the download, or with the task.
            _ = try downloaded.get()
            throw CancellationError()
        }
        do {
            return (value, try downloaded.get())
        } catch is CancellationError {
            // It had all that it wanted before the body was at its end.
            guard let response = accepted.response else { throw CancellationError() }
            return (value, response)
        }
    }
}

/// The response that is being streamed.
private final class AcceptedHead: Sendable {
    private let head = Mutex<TransferResponse?>(nil)

    var response: TransferResponse? { head.withLock { $0 } }

    func set(_ response: TransferResponse) { head.withLock { $0 = response } }
}
