internal import Threads

/// A conversation with `git-upload-pack`, whatever carries it.
protocol UploadPackConnection: Sendable {
    /// What the server says first.
    ///
    /// - Throws: `ProtocolFault`, `ServerRefusal`, `ForeignObjectFormat`, and what the carrier throws.
    func advertisement() async throws -> Advertisement

    /// Sends a request and has its answer read on a thread.
    ///
    /// - Throws: what `body` throws, and what the carrier throws.
    func exchange<Value: Sendable>(
        _ request: [UInt8], _ body: @escaping @Sendable (PktReader, Cancellation) throws -> Value
    ) async throws -> Value

    /// Ends the conversation.
    func close() async
}

/// No list of refs is longer, in bytes; the longest known ones have 30 MB.
let maximumAdvertisement = 512 << 20
