/// How much an archive may unpack to: a few kilobytes can claim to be more than any disk holds.
public struct TreeLimits: Equatable, Sendable {
    /// How many bytes the contents of all entries may have together.
    public var contents: UInt64
    /// How many entries there may be, and how many files and directories in the tree.
    public var entries: Int

    /// By default limits that no source that anybody publishes comes near.
    public init(contents: UInt64 = 64 << 30, entries: Int = 10_000_000) {
        self.contents = contents
        self.entries = entries
    }
}
