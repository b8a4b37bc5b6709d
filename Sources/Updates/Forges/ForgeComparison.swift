internal import Resolvers

/// What a forge says lies between two commits.
public struct ForgeComparison: Sendable, Equatable {
    /// One of the commits.
    public struct Commit: Sendable, Equatable {
        /// The revision in full.
        public let id: String
        /// The first line of its message.
        public let subject: String
        /// When it was committed, in seconds since 1970 UTC; nil where the forge does not say.
        public let time: Int64?
    }

    /// How many there are.
    public let count: Int
    /// How many commits the older has in its history and the newer has not; nil where the forge does not say.
    public let gone: Int?
    /// The newest, the newest first.
    public let newest: [Commit]

    /// - Parameters:
    ///   - commits: in the forge's order, which is by age one way or the other.
    ///   - new: the commit that is the newest.
    init(count: Int, gone: Int? = nil, _ commits: [Commit], to new: String, limit: Int) {
        // Which way is told by the end at which the newest is.
        let isNewestFirst = commits.first.map { $0.id.utf8.elementsEqual(new.utf8) } ?? false
        let ordered = isNewestFirst ? commits : commits.reversed()
        self.count = max(count, commits.count)
        self.gone = gone
        newest = Array(ordered.prefix(limit))
    }
}

extension ForgeAnswer {
    /// The first line of a commit's message.
    func subject() throws(ForgeError) -> String {
        String(try text().prefix { !$0.isNewline })
    }

    /// A time (RFC 3339) in seconds since 1970 UTC; nil for what is none.
    func time() throws(ForgeError) -> Int64? { Timestamp.seconds(try text()) }
}
