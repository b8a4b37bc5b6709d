internal import Archive
public import Threads

/// The NAR hash of an archive's tree, as Nix unpacks it.
public enum ArchiveHash {
    /// Reads the archive to its end and hashes what it holds.
    ///
    /// Blocks: call it on a thread of its own.
    /// - Parameters:
    ///   - spoolDirectory: where contents that do not fit memory lie, in an unlinked file.
    ///   - limits: what it may unpack to.
    /// - Throws: `ArchiveError`, `TreeError`, `CancellationError`, and what the source throws.
    public static func hash(
        _ source: any ByteSource, spoolDirectory: String, limits: TreeLimits = TreeLimits(), cancellation: Cancellation
    ) throws -> TreeSummary {
        let archive = try ArchiveReader(
            PolledSource(source: source, cancellation: cancellation), spoolDirectory: spoolDirectory)
        var tree = TreeSpool(spoolDirectory: spoolDirectory, limits: limits)
        while let entry = try archive.next() {
            try cancellation.throwIfCancelled()
            try tree.add(entry) { body in
                try archive.contents {
                    // A hole of any size comes out of one block of the archive.
                    try cancellation.throwIfCancelled()
                    try body($0)
                }
            }
        }
        return try tree.finish(isZip: archive.isZip, cancellation: cancellation)
    }
}

/// A stream that ends once the work is cancelled, also while libarchive skips what nobody asks for.
private final class PolledSource: ByteSource {
    private let source: any ByteSource
    private let cancellation: Cancellation

    init(source: any ByteSource, cancellation: Cancellation) {
        self.source = source
        self.cancellation = cancellation
    }

    func next(_ chunk: inout [UInt8]) throws -> Bool {
        try cancellation.throwIfCancelled()
        return try source.next(&chunk)
    }
}
