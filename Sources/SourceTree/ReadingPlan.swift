public import Archive

/// How an archive is read: fast, as nearly all allow it, or in the one way that is right for every other.
public struct ReadingPlan: Equatable, Sendable {
    /// When entries are hashed.
    public enum Hashing: Equatable, Sendable {
        /// When all are there, in whatever order they came.
        case atTheEnd
        /// As they come, if they do so in order, once more than so many bytes of contents were gathered.
        case asTheyCome(after: UInt64)
    }

    /// What becomes of an entry that has to wait for its turn when what waits already fills its memory.
    public enum Excess: Equatable, Sendable {
        /// It goes to an unlinked file.
        case spills
        /// It is hashed at once. If what it should have waited for comes all the same, the archive is read again.
        case isTrusted
    }

    public var hashing: Hashing
    public var excess: Excess
    /// What inflates gzip: with `.exact` an archive is read again whose checksums do not agree with what was inflated.
    public var inflation: Inflation
    /// Whether the archive itself is hashed too, in the same pass.
    public var hashesArchive: Bool
    /// Whether it is read again because of a wrong checksum.
    var hasWrongChecksum = false
    /// How many bytes of gathered contents are kept in memory; the others go to an unlinked file.
    public var memory: Int
    /// The same for what waits for its turn while entries are hashed as they come.
    public var holdMemory: Int

    /// The usual plan. What has been gathered when hashing begins needs no second reading if it is out of order.
    public init(
        hashing: Hashing = .asTheyCome(after: 4 << 20), excess: Excess = .spills, inflation: Inflation = .fast,
        memory: Int = 40 << 20, holdMemory: Int = 4 << 20, hashesArchive: Bool = false
    ) {
        self.hashing = hashing
        self.excess = excess
        self.inflation = inflation
        self.memory = memory
        self.holdMemory = holdMemory
        self.hashesArchive = hashesArchive
    }
}
