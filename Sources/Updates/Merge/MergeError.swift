public import Lockfile

/// Why two states cannot be merged at all.
public enum MergeError: Error, Equatable, Sendable {
    /// A side is no lock that can be read and written.
    case unreadable(MergeSide, LockfileError)
    /// What was merged could not be read back.
    case unusable(LockfileError)
}
