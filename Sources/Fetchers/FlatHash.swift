internal import Archive
public import NixHash
public import Threads

/// The hash of bytes as they are, which Nix calls flat.
public enum FlatHash {
    /// Reads the stream to its end and hashes it.
    /// - Throws: `CancellationError`, and what the source throws.
    public static func hash(_ source: any ByteSource, cancellation: Cancellation) throws -> SHA256Digest {
        var hash = SHA256()
        var chunk: [UInt8] = []
        while try source.next(&chunk) {
            try cancellation.throwIfCancelled()
            hash.update(chunk)
        }
        return hash.finish()
    }

    /// The flat hash of a file on disk. Blocks: call it on a thread of its own.
    /// - Throws: `ArchiveError.unreadable` and `.notRegularFile`, and `CancellationError` when cancelled.
    public static func hash(path: String, cancellation: Cancellation) throws -> SHA256Digest {
        try hash(FileByteSource(path: path), cancellation: cancellation)
    }
}
