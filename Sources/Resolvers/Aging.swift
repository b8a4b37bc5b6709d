/// How old a release or a commit has to be before it is taken.
public struct AgeLimit: Sendable, Hashable {
    /// The latest time at which it may have been made, in seconds since 1970 UTC.
    public let latest: Int64
    public let now: Int64

    /// - Parameters:
    ///   - days: how many days it has to be old.
    ///   - now: in seconds since 1970 UTC.
    public init(days: Int, now: Int64) {
        latest = now - Int64(days) * 86400
        self.now = now
    }
}

/// What was found out about the age of what a source means now.
public struct Aging: Sendable, Equatable {
    public enum Verdict: Sendable, Equatable {
        case oldEnough
        case tooYoung
        /// Nobody says how old it is.
        case untold
        /// The branch was rewritten, and all of it that is old enough is older than what is locked.
        case rewritten
    }

    public var verdict: Verdict
    /// When it was made, in seconds since 1970 UTC; nil where nobody says.
    public var made: Int64?
    /// What is newer and was passed over, as upstream calls it; nil where nothing was.
    public var passedOver: String?
    /// When that was made whose turn is next; nil where that is not known, or nothing was passed over.
    public var nextMade: Int64?
    /// Whether upstream tells of one thing alone, so that what changes more often than it has to be old never is.
    public var isOnlyNewest = false

    init(_ verdict: Verdict, made: Int64? = nil, passedOver: String? = nil, nextMade: Int64? = nil) {
        self.verdict = verdict
        self.made = made
        self.passedOver = passedOver
        self.nextMade = nextMade
    }

    /// When that is old enough whose turn is next, in seconds since 1970 UTC; nil where that is not known, or never.
    /// - Parameter days: how many days it has to be old.
    public func oldEnough(after days: Int) -> Int64? {
        guard let nextMade else { return nil }
        // Whoever makes a commit may write any date.
        let (time, overflows) = nextMade.addingReportingOverflow(Int64(days) * 86400)
        return overflows ? nil : time
    }

    /// A date before this one is no date of anything that is published: files and images that are to be the same whenever they
    /// are made bear one of 1970 or 1980.
    private static let firstBelievable: Int64 = 946_684_800

    /// A date that somebody published something on; nil for what is none.
    static func believable(_ made: Int64?) -> Int64? { made.flatMap { $0 >= firstBelievable ? $0 : nil } }

    /// Of the one thing that upstream tells of.
    /// - Parameter made: as it says.
    init(ofOnly made: Int64?, within limit: AgeLimit) {
        let believable = Self.believable(made)
        let verdict: Verdict = believable.map { $0 <= limit.latest ? .oldEnough : .tooYoung } ?? .untold
        self.init(verdict, made: believable, nextMade: verdict == .tooYoung ? believable : nil)
        isOnlyNewest = true
    }
}
