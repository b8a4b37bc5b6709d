internal import NixHash
internal import Synchronization
internal import Threads

/// A stream that ends once the work is cancelled, also while nobody asks for what is in it; hashed as it comes by.
final class PolledSource: ByteSource {
    private let source: any ByteSource
    private let digest: ArchiveDigest?
    private let cancellation: Cancellation
    private var hash: SHA256?

    /// - Parameter digest: where the hash of the stream is left at its end; nil where nobody asks for it.
    init(source: any ByteSource, _ digest: ArchiveDigest?, _ cancellation: Cancellation) {
        self.source = source
        self.digest = digest
        self.cancellation = cancellation
        hash = digest == nil ? nil : SHA256()
    }

    var interruption: @Sendable () -> Void { source.interruption }

    func next(_ chunk: inout [UInt8]) throws -> Bool {
        try cancellation.throwIfCancelled()
        if try source.next(&chunk) {
            hash?.update(chunk)
            return true
        }
        if let hash = hash.take() { digest?.value = hash.finish() }
        return false
    }
}

/// The hash of an archive's own bytes, from the thread that reads it.
final class ArchiveDigest: Sendable {
    private let digest = Mutex<SHA256Digest?>(nil)

    /// Nil until the archive was read to its end.
    var value: SHA256Digest? {
        get { digest.withLock { $0 } }
        set { digest.withLock { $0 = newValue } }
    }
}
