/// A stream of bytes that a thread pulls, chunk after chunk.
public protocol ByteSource: AnyObject {
    /// Replaces `chunk` with the next bytes of the stream, and says whether there were any.
    ///
    /// The array that is passed in may be reused, so a loop that keeps one array allocates nothing. After `false`
    /// the stream is at its end and stays there. A chunk is never empty.
    /// - Throws: what broke the stream; it must not be read again after that.
    func next(_ chunk: inout [UInt8]) throws -> Bool
}

/// Bytes that are already in memory, as a stream of one chunk.
public final class MemoryByteSource: ByteSource {
    private var bytes: [UInt8]

    public init(_ bytes: [UInt8]) { self.bytes = bytes }

    public func next(_ chunk: inout [UInt8]) throws -> Bool {
        guard !bytes.isEmpty else { return false }
        chunk = bytes
        bytes = []
        return true
    }
}
