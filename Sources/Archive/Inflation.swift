/// What inflates gzip.
public enum Inflation: Sendable {
    /// ISA-L, where the program was built with it: two to three times as fast as zlib.
    ///
    /// What it says counts only with every checksum right. Otherwise the archive has to be read once more, `exact`.
    /// Of tens of thousands of random deflate streams it made nothing else than zlib did but for one kind: it reads a
    /// block with an incomplete Huffman code, which no compressor writes, and zlib refuses it.
    case fast
    /// zlib, called by libarchive, as in Nix; neither looks at the checksums.
    case exact

    /// Whether the program was built with ISA-L. Otherwise `fast` is `exact`, and nobody compares checksums.
    public static var isFastAvailable: Bool { Inflater.isAvailable }
}

/// Whether what was read of an archive is what Nix would read.
public enum InflationVerdict: Sendable {
    /// Every checksum of what was inflated fast is right, or nothing was.
    case certain
    /// The archive has to be read again with `Inflation.exact`; some checksum in it is wrong, or cannot be checked.
    case doubtful
}

/// How far an archive may expand.
public struct DecompressionLimits: Equatable, Sendable {
    /// How many decompressed bytes may come of one byte as it was downloaded, at any stage, beyond the first GiB.
    ///
    /// gzip alone gets to 1,032, and to a million when it is gzipped again.
    public var ratio: UInt64

    public init(ratio: UInt64 = 10_000) { self.ratio = ratio }
}
