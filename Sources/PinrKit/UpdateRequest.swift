/// What `update` was asked to do.
public struct UpdateRequest: Sendable {
    /// Which pins; all of them when empty.
    public var names: [String] = []
    /// The groups whose pins are meant; together with names, these pins too.
    public var groups: [String] = []
    /// Whether pins are updated that their policies would have wait: for another day, or until what is new is old enough.
    public var isNow = false
    /// Whether nothing is written.
    public var isDryRun = false
    /// Whether what has not moved is fetched and hashed once more.
    public var refetches = false
    /// Whether frozen pins are updated too.
    public var includesFrozen = false
    /// A tag, a revision or a version that one pin is moved to for once, while its source stays as it is.
    public var target: String?
    /// Whether the commits in between are asked for, and where upstream says what is new.
    public var wantsCommits = false

    /// Whether what was written is committed to the git repository that the lock is in.
    public var commits = false
    /// Whether the commit is signed though git's configuration does not ask for it.
    public var signs = false

    public init() {}
}
