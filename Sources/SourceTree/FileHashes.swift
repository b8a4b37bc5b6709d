internal import Archive
public import NixHash
public import Threads

/// The hashes of a file: that of its bytes, and that of the NAR which holds it and nothing else.
public struct FileHashes: Equatable, Sendable {
    /// The hash that Nix calls flat.
    public let flat: SHA256Digest
    /// The hash of the NAR of a file that is not executable, which `fetchTree` and flakes lock files by.
    public let nar: SHA256Digest

    /// How much of a file is kept in memory.
    private static let memoryLimit = 8 << 20

    /// Reads a stream to its end and hashes it in both ways.
    ///
    /// A NAR has the length before the bytes, and a stream ends when it does: so the bytes are kept until then, those for
    /// which there is too little memory in an unlinked file. Blocks.
    /// - Parameter directory: where that file lies.
    /// - Throws: `CancellationError`, `ArchiveError.spoolFailed`, and what the source throws.
    public static func hash(
        _ source: any ByteSource, spoolDirectory directory: String, cancellation: Cancellation
    ) throws -> FileHashes {
        var flat = SHA256()
        var spool = ContentSpool(directory: directory, memoryLimit: memoryLimit)
        var chunk: [UInt8] = []
        while try source.next(&chunk) {
            try cancellation.throwIfCancelled()
            flat.update(chunk)
            try spool.append(chunk)
        }
        var nar = NARWriter()
        try nar.beginFile(size: spool.end, isExecutable: false)
        try spool.write(ContentSpool.Extent(offset: 0, size: spool.end), into: &nar, cancellation: cancellation)
        try nar.endFile()
        return FileHashes(flat: flat.finish(), nar: try nar.finish().digest)
    }
}
