internal import Archive
public import Threads

/// The NAR hash of an archive's tree, as Nix unpacks it.
public enum ArchiveHash {
    /// What reading an archive came to.
    public enum Outcome: Sendable {
        case hashed(TreeSummary)
        /// It has to be read once more, from its beginning and in another way.
        case toBeReadAgain(ReadingPlan)
    }

    /// Reads the archive to its end and hashes what it holds.
    ///
    /// Blocks: call it on a thread of its own.
    /// - Parameters:
    ///   - plan: how it is read: at first the usual plan, then what `toBeReadAgain` says.
    ///   - spoolDirectory: where contents that do not fit memory lie, in an unlinked file.
    ///   - limits: what it may unpack to.
    /// - Throws: `ArchiveError`, `TreeError`, `CancellationError`, and what the source throws.
    public static func hash(
        _ source: sending any ByteSource, plan: ReadingPlan = ReadingPlan(), spoolDirectory: String,
        limits: TreeLimits = TreeLimits(), cancellation: Cancellation
    ) throws -> Outcome {
        let digest = plan.hashesArchive ? ArchiveDigest() : nil
        cancellation.onCancel(source.interruption)
        let archive = try ArchiveReader(
            PolledSource(source: source, digest, cancellation), spoolDirectory: spoolDirectory,
            inflation: plan.inflation, limits: DecompressionLimits(ratio: limits.ratio))
        defer { archive.close() }
        cancellation.onCancel(archive.interruption)
        var next = plan
        do {
            var summary = try hash(archive, plan, spoolDirectory, limits, cancellation)
            // An archive may end before its file does; a download counts only when it arrived whole.
            if try archive.finish() == .certain {
                summary.archive = digest?.value
                return .hashed(summary)
            }
            next.inflation = .exact
            next.hasWrongChecksum = archive.hasWrongChecksum
        } catch is TreeStream.NotStreamable {
            next.hashing = .atTheEnd
            // Then once is enough.
            if archive.isDoubtful {
                next.inflation = .exact
                next.hasWrongChecksum = archive.hasWrongChecksum
            }
        } catch  where archive.isDoubtful && !cancellation.isCancelled {
            next.inflation = .exact
            next.hasWrongChecksum = archive.hasWrongChecksum
        }
        return .toBeReadAgain(next)
    }

    /// Hashes the entries of an archive.
    private static func hash(
        _ archive: ArchiveReader, _ plan: ReadingPlan, _ spoolDirectory: String, _ limits: TreeLimits,
        _ cancellation: Cancellation
    ) throws -> TreeSummary {
        var plan = plan
        try archive.recognise()
        // Its copy can be read in any order, and a second copy would cost more than gathering what is in it.
        if archive.isZip { plan.hashing = .atTheEnd }
        var meter = ContentMeter(limits)
        var tree = TreeHash(plan, spoolDirectory: spoolDirectory, limits: limits, cancellation: cancellation)
        while let entry = try archive.next() {
            try cancellation.throwIfCancelled()
            if case .file(let size?, _) = entry.kind { try meter.expect(size, at: entry.path) }
            try tree.add(entry) { body in
                try archive.contents {
                    // A hole of any size comes out of one block of the archive.
                    try cancellation.throwIfCancelled()
                    try meter.count($0.byteCount, at: entry.path, received: archive.compressedBytes)
                    try body($0)
                }
            }
            if let start = archive.holeAtEnd { tree.noteHole(from: start, at: entry.path) }
        }
        if plan.hasWrongChecksum { tree.noteWrongChecksum() }
        return try tree.finish(isZip: archive.isZip)
    }

    /// Reads an archive that can be opened more than once, as often as it takes.
    ///
    /// Blocks: call it on a thread of its own.
    /// - Parameter open: gives the archive from its first byte.
    /// - Throws: what `open` and the other `hash` throw.
    public static func hash(
        opening open: () throws -> sending any ByteSource, plan: ReadingPlan = ReadingPlan(), spoolDirectory: String,
        limits: TreeLimits = TreeLimits(), cancellation: Cancellation
    ) throws -> TreeSummary {
        var plan = plan
        while true {
            switch try hash(
                open(), plan: plan, spoolDirectory: spoolDirectory, limits: limits, cancellation: cancellation)
            {
            case .hashed(let summary): return summary
            case .toBeReadAgain(let next): plan = next
            }
        }
    }
}
