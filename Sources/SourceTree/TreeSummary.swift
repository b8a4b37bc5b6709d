public import NixHash

/// What became of a tree: its NAR, and what else was seen on the way.
public struct TreeSummary: Equatable, Sendable {
    /// The hash and the length of the tree's NAR.
    public let nar: NARWriter.Summary
    /// The newest modification time of the archive's entries, in seconds since 1970 UTC; nil where there were none.
    public let lastModified: Int64?
    /// Whether the only top-level directory was taken for the root.
    public let isStripped: Bool
    /// Whether it came out of a zip archive.
    public let isZip: Bool
    /// What versions of Nix see differently in it, each thing once.
    public let divergences: [Divergence]
    /// The hash of the archive's own bytes, where the plan asks for it.
    public internal(set) var archive: SHA256Digest?
}
