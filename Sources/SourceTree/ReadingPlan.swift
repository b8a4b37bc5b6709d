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

    public var hashing: Hashing
    /// What inflates gzip: with `.exact` an archive is read again whose checksums do not agree with what was inflated.
    public var inflation: Inflation
    /// How many bytes of gathered contents are kept in memory; the others go to an unlinked file.
    public var memory: Int
    /// The same for what waits for its turn while entries are hashed as they come.
    public var holdMemory: Int

    /// The usual plan. What has been gathered when hashing begins needs no second reading if it is out of order.
    public init(
        hashing: Hashing = .asTheyCome(after: 8 << 20), inflation: Inflation = .fast, memory: Int = 24 << 20,
        holdMemory: Int = 8 << 20
    ) {
        self.hashing = hashing
        self.inflation = inflation
        self.memory = memory
        self.holdMemory = holdMemory
    }
}
