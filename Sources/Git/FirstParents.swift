/// A branch as it was: its newest commit, the one that this was made on, and so on, the newest first.
///
/// Of a merge, the first parent alone is followed. What was merged came to the branch with the merge, however long it had
/// been elsewhere.
struct FirstParents: Equatable, Sendable {
    struct Entry: Equatable, Sendable {
        let id: ObjectID
        /// The committer's date, in seconds since 1970 UTC.
        let time: Int64
    }

    var entries: [Entry] = []
    /// Whether nothing of interest is behind the last of them: the beginning of the history, or what is locked.
    var isWhole = false

    /// How many commits behind the chosen one have to be old enough too. Clocks are set wrong and commits made again, so that a
    /// commit may bear an earlier date than those before it, and it was certainly made after them.
    static let witnesses = 64

    /// Which commit is taken.
    struct Choice: Equatable {
        /// The newest commit that was made by the limit, and all witnesses behind it too; nil when there is none.
        var chosen: Entry?
        /// The one after it, whose turn is next.
        var next: Entry?
        /// Whether there were witnesses enough.
        var isSettled: Bool
    }

    /// - Parameters:
    ///   - limit: the latest time at which a commit may have been made.
    ///   - now: a date after this is a lie. It says nothing of the commits that were made later, which would otherwise have to
    ///     wait until it has come true.
    func choice(madeBy limit: Int64, now: Int64) -> Choice {
        var chosen: Entry?
        var next: Entry?
        var last: Entry?
        var witnesses = 0
        for entry in entries {
            let isLie = entry.time > now + 86400
            if !isLie && entry.time > limit {
                (chosen, next, witnesses) = (nil, entry, 0)
            } else if !isLie {
                if chosen == nil {
                    chosen = entry
                    next = next ?? last
                }
                witnesses += 1
                if witnesses > Self.witnesses { return Choice(chosen: chosen, next: next, isSettled: true) }
            }
            last = entry
        }
        return Choice(chosen: chosen, next: next ?? (chosen == nil ? entries.last : nil), isSettled: isWhole)
    }
}
