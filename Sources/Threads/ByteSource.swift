/// A stream of bytes that a thread pulls, chunk after chunk.
public protocol ByteSource: AnyObject {
    /// Replaces `chunk` with the next bytes of the stream, and says whether there were any.
    ///
    /// The array that is passed in may be reused, so a loop that keeps one array allocates nothing. After `false`
    /// the stream is at its end and stays there. A chunk is never empty.
    /// - Throws: what broke the stream; it must not be read again after that.
    func next(_ chunk: inout [UInt8]) throws -> Bool

    /// What another thread calls to end a `next` that waits: that one and each later one throw `CancellationError`.
    ///
    /// It does nothing where `next` never waits for long, as with a file. A stream that reads from another one passes on
    /// that one's.
    var interruption: @Sendable () -> Void { get }
}
