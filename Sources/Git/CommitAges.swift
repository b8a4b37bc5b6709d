/// Which commit of a branch is old enough.
public struct CommitAges: Sendable, Equatable {
    /// The newest that is, of those that came after what is locked; nil when there is none.
    public var chosen: ObjectID?
    /// When it was made, in seconds since 1970 UTC.
    public var time: Int64?
    /// When the newest commit of the branch was made; nil when the server does not tell.
    public var tipTime: Int64?
    /// When the commit was made whose turn is next.
    public var nextTime: Int64?
    /// Whether the history was looked at; otherwise only the newest commit was, or nothing.
    public var knowsHistory: Bool
    /// Whether the branch has no longer what is locked, as far as that could be told.
    public var isRewritten: Bool

    public init(
        chosen: ObjectID? = nil, time: Int64? = nil, tipTime: Int64? = nil, nextTime: Int64? = nil,
        knowsHistory: Bool, isRewritten: Bool = false
    ) {
        self.chosen = chosen
        self.time = time
        self.tipTime = tipTime
        self.nextTime = nextTime
        self.knowsHistory = knowsHistory
        self.isRewritten = isRewritten
    }
}

/// What is asked about the age of a branch's commits.
public struct AgeQuestion: Sendable, Hashable {
    /// The branch's newest commit.
    public var tip: ObjectID
    /// The branch.
    public var ref: String?
    /// What is locked: nothing that it was made on is taken.
    public var locked: ObjectID?
    /// The latest time at which a commit may have been made, in seconds since 1970 UTC.
    public var limit: Int64
    public var now: Int64

    public init(tip: ObjectID, ref: String? = nil, locked: ObjectID? = nil, limit: Int64, now: Int64) {
        self.tip = tip
        self.ref = ref
        self.locked = locked
        self.limit = limit
        self.now = now
    }
}
