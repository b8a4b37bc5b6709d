public import Git
public import Lockfile
public import Resolvers

/// Why a tool's lock cannot be read as a whole.
public enum MigrationError: Error, Equatable, Sendable {
    /// A format that is newer than what is known, or that never was; `newest` is the last one that is known.
    case unknownVersion(String, newest: Int)
    /// It is JSON, but nothing that the tool has written.
    case notItsLock(ForeignTool)
}

/// Why a pin cannot be taken from one tool to another.
public enum SkipReason: Error, Equatable, Sendable {
    // On the way in.

    /// It is a folder of this machine.
    case localFolder(String)
    /// A kind of source that pinr does not have.
    case unknownType(String)
    /// It was never locked.
    case notLocked
    /// It is not what the format has in its place.
    case unreadable(LockfileError)
    /// What it tracks cannot be tracked.
    case refused(ResolveError)
    /// Its repository has a URL that git is not given here.
    case refusedURL(GitError)
    /// An input of a flake that follows another, which is not there or is the flake itself: the names that lead there.
    case followsNothing(String)
    /// A pin of that name is there already, and tracks something else.
    case taken(Source)

    // On the way out.

    /// The tool has no such source; what kind of source it is.
    case noCounterpart(String)
    /// The tool fetches a checkout, which these attributes of its tree change.
    case attributes([String])
}
