internal import Archive
public import Threads

/// The NAR hash of an archive's tree, as Nix unpacks it.
public enum ArchiveHash {
    /// Reads the archive to its end and hashes what it holds.
    ///
    /// Blocks: call it on a thread of its own.
    /// - Parameter spoolDirectory: where contents that do not fit memory lie, in an unlinked file.
    /// - Throws: `ArchiveError`, `TreeError`, `CancellationError`, and what the source throws.
    public static func hash(
        _ source: any ByteSource, spoolDirectory: String, cancellation: Cancellation
    ) throws -> TreeSummary {
        let archive = try ArchiveReader(source, spoolDirectory: spoolDirectory)
        var tree = TreeSpool(spoolDirectory: spoolDirectory)
        while let entry = try archive.next() {
            try cancellation.throwIfCancelled()
            try tree.add(entry) { body in try archive.contents(body) }
        }
        return try tree.finish(cancellation: cancellation)
    }
}
