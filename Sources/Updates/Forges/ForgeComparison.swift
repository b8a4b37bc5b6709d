/// What a forge says lies between two commits.
public struct ForgeComparison: Sendable, Equatable {
    /// One of the commits.
    public struct Commit: Sendable, Equatable {
        /// The revision in full.
        public let id: String
        /// The first line of its message.
        public let subject: String
        /// When it was committed, as the forge writes it (RFC 3339); nil where it does not say.
        public let time: String?
    }

    /// How many there are.
    public let count: Int
    /// The newest, the newest first.
    public let newest: [Commit]

    /// - Parameters:
    ///   - commits: in the forge's order, which is by age one way or the other.
    ///   - new: the commit that is the newest.
    init(count: Int, _ commits: [Commit], to new: String, limit: Int) {
        // Which way is told by the end at which the newest is.
        let isNewestFirst = commits.first.map { $0.id.utf8.elementsEqual(new.utf8) } ?? false
        let ordered = isNewestFirst ? commits : commits.reversed()
        self.count = max(count, commits.count)
        newest = Array(ordered.prefix(limit))
    }
}

extension ForgeAnswer {
    /// The first line of a commit's message.
    func subject() throws(ForgeError) -> String {
        String(try text().prefix { !$0.isNewline })
    }
}
