public import Threads

/// HTTP on libcurl: sends requests and downloads bodies, many at a time, on one thread of its own.
///
/// The thread starts with the first transfer and ends with the engine. Connections are kept and used
/// again. A body is not decompressed, so that an archive arrives as it lies on the server; but for answers that `send` is
/// told may be (`TransferRequest.acceptsGzip`).
public final class TransferEngine: Sendable {
    private let loop: TransferLoop

    /// Describes an engine; the network is not touched.
    public init(configuration: TransferConfiguration) {
        loop = TransferLoop(configuration)
    }

    deinit { loop.stop() }

    /// Sends a request and returns the response, whatever its status.
    ///
    /// A GET or HEAD (and a POST that says it is idempotent) is tried again after a transient failure, after 5xx, and
    /// after 429, and a 403 that is a limit, when the server names a short wait.
    /// - Throws: `TransferError` when there is no response; `CancellationError`.
    public func send(_ request: TransferRequest) async throws -> TransferResponse {
        var operation = try Operation(request, loop)
        return try await operation.send()
    }

    /// Streams the body of a successful (2xx) response into a channel, as fast as its consumer reads.
    ///
    /// The channel is finished in every case, with the error when there is one. While no byte has been streamed, the
    /// request is tried again as `send` does; after that only the rest is fetched, if the server vouches with a strong
    /// entity tag that it belongs to the beginning. When the consumer cancels the channel, the transfer is ended. The
    /// channel's handler (`setOnSpace`) is replaced.
    /// - Parameters:
    ///   - channel: one that nothing has been sent into.
    ///   - onHead: told of the response, its body left out, before the first byte is streamed (again, if the transfer broke
    ///     off before its first byte); to throw refuses it. It is called on the engine's thread and must not wait.
    /// - Returns: the response without its body.
    /// - Throws: `TransferError`, `.status` for any status but 2xx; what `onHead` throws; `CancellationError` when the
    ///   task or the channel was cancelled.
    public func download(
        _ request: TransferRequest,
        into channel: ByteChannel,
        onHead: @escaping @Sendable (TransferResponse) throws -> Void = { _ in }
    ) async throws -> TransferResponse {
        do {
            var operation = try Operation(request, loop)
            let sink = ChannelSink(channel, ticket: loop.newTicket())
            channel.setOnSpace { [loop] in loop.post(.space(sink.ticket)) }
            defer { channel.setOnSpace {} }
            let response = try await operation.download(into: sink, onHead: onHead)
            channel.finish()
            return response
        } catch {
            channel.finish(throwing: error)
            throw error
        }
    }
}
