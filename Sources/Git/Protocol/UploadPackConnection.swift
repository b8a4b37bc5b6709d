internal import Threads

/// A conversation with `git-upload-pack`, or with `git-receive-pack`, whatever carries it.
protocol UploadPackConnection: Sendable {
    /// What the server says first.
    ///
    /// - Throws: `ProtocolFault`, `ServerRefusal`, `ForeignObjectFormat`, and what the carrier throws.
    func advertisement() async throws -> Advertisement

    /// What the server can most likely do, though it has not said so of this repository; nil where it has to be asked.
    func likelyCapabilities() async -> Capabilities?

    /// Sends a request and has its answer read on a thread.
    ///
    /// - Parameter limit: how many bytes the answer may have.
    /// - Throws: what `body` throws, and what the carrier throws.
    func exchange<Value: Sendable>(
        _ request: [UInt8], limit: Int, _ body: @escaping @Sendable (PktReader, Cancellation) throws -> Value
    ) async throws -> Value

    /// Ends the conversation.
    func close() async
}

extension UploadPackConnection {
    func likelyCapabilities() async -> Capabilities? { nil }
}

/// How many bytes a server may say first, or list its refs in; the longest known lists have 30 MB.
let maximumAdvertisement = 128 << 20
