public import NixHash

/// How much an archive may unpack to: a few kilobytes can claim to be more than any disk holds.
public struct TreeLimits: Equatable, Sendable {
    /// How many bytes the contents of all entries may have together.
    public var contents: UInt64
    /// How many entries there may be, and how many files and directories in the tree.
    public var entries: Int
    /// How many bytes a name with all its directories may have.
    public var pathLength: Int
    /// How many directories may lie within each other, the root not counted.
    public var depth: Int
    /// How many times as large as the archive its contents may be, once they are more than `ratioFloor`.
    public var ratio: UInt64

    /// What `ratio` does not look at, in bytes: a little may well be made of next to nothing.
    public static let ratioFloor: UInt64 = 1 << 30

    /// By default limits that no source that anybody publishes comes near, and the length and depth that systems and
    /// current versions of Nix take.
    public init(
        contents: UInt64 = 64 << 30, entries: Int = 10_000_000, pathLength: Int = 4095, depth: Int = NARLimits.depth,
        ratio: UInt64 = 10_000
    ) {
        self.contents = contents
        self.entries = entries
        self.pathLength = pathLength
        self.depth = depth
        self.ratio = ratio
    }
}
