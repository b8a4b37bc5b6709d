public import Lockfile

/// What happened to pins in the course of a repository's history, or of one machine's commands: all of them in one pass.
public struct PinHistory: Sendable, Equatable {
    /// A commit, as far as it is told.
    public struct Commit: Sendable, Equatable {
        /// 40 hexadecimal digits.
        public let id: String
        /// When it was committed, in seconds since 1970 UTC.
        public let time: Int64
        /// The author's name, from outside.
        public let author: String
        /// The first line of its message, from outside.
        public let subject: String

        public init(id: String, time: Int64, author: String, subject: String) {
            self.id = id
            self.time = time
            self.author = author
            self.subject = subject
        }
    }

    /// A version of the lock.
    public struct Version: Sendable {
        /// The pins of a version; what is wrong where they cannot be read.
        public typealias Contents = Result<LockSnapshot, LockfileError>

        /// Nil for what is not committed.
        public let commit: Commit?
        /// The pins, none where there is no file.
        public let contents: Contents
        /// What it was made of: the version before, of a merge all of those that it merges; none where it is the first.
        public let parents: [Contents]

        public init(commit: Commit?, contents: Contents, parents: [Contents]) {
            self.commit = commit
            self.contents = contents
            self.parents = parents
        }
    }

    /// What happened to pins, when, and by whom.
    public struct Entry: Sendable, Equatable {
        /// Nil for what is not committed.
        public let commit: Commit?
        public let event: PinEvent

        public init(commit: Commit?, event: PinEvent) {
            self.commit = commit
            self.event = event
        }
    }

    /// A version that cannot be read.
    public struct Unreadable: Sendable, Equatable {
        /// Nil for what is not committed.
        public let commit: Commit?
        public let error: LockfileError
    }

    /// What happened to all pins, the newest first, and of one commit in the order of the names.
    public let entries: [Entry]
    /// What was passed over.
    public let unreadable: [Unreadable]

    /// - Parameter versions: the newest first.
    public init(of versions: some Sequence<Version>) {
        var entries: [Entry] = []
        var unreadable: [Unreadable] = []
        // Versions whose own predecessor could not be read: what is compared with is the next one that can be.
        var waiting: [(index: Int, commit: Commit?, pins: LockSnapshot)] = []
        for version in versions {
            let pins: LockSnapshot
            switch version.contents {
            case .failure(let error):
                unreadable.append(Unreadable(commit: version.commit, error: error))
                continue
            case .success(let found): pins = found
            }
            for (index, commit, later) in waiting.reversed() {
                let events = Self.events(from: pins, to: later).map { Entry(commit: commit, event: $0) }
                entries.insert(contentsOf: events, at: index)
            }
            waiting = []
            let parents = version.parents.compactMap { try? $0.get() }
            guard parents.count == version.parents.count else {
                waiting.append((entries.count, version.commit, pins))
                continue
            }
            entries += Self.events(of: pins, from: parents).map { Entry(commit: version.commit, event: $0) }
        }
        for (index, commit, pins) in waiting.reversed() {
            entries.insert(
                contentsOf: Self.events(from: LockSnapshot(), to: pins).map { Entry(commit: commit, event: $0) },
                at: index)
        }
        self.entries = entries
        self.unreadable = unreadable
    }

    /// Of a merge only what it did itself: what a pin is in none of its parents.
    private static func events(of pins: LockSnapshot, from parents: [LockSnapshot]) -> [PinEvent] {
        let events = events(from: parents.first ?? LockSnapshot(), to: pins)
        let others = parents.dropFirst()
        return others.isEmpty
            ? events : events.filter { event in others.allSatisfy { $0[event.name] != pins[event.name] } }
    }

    private static func events(from old: LockSnapshot, to new: LockSnapshot) -> [PinEvent] {
        let (before, after) = LockSnapshot.differing(old, new)
        return PinEvent.between(before, after)
    }

    /// What happened to one pin under that name, and before that under those that it had earlier; the newest first.
    ///
    /// A pin that was renamed away is followed up to that; one that was removed and added again has both lives.
    public func entries(of name: PinName) -> [Entry] {
        var current = name
        var found: [Entry] = []
        var index = entries.startIndex
        while index < entries.endIndex {
            // What one commit did comes together: it is the name after it that all of it is told by.
            let commit = entries[index].commit
            let end = entries[index...].firstIndex { $0.commit != commit } ?? entries.endIndex
            var origin: PinName?
            for entry in entries[index..<end] {
                if entry.event.name == current {
                    found.append(entry)
                    if case .renamed(let old) = entry.event.what { origin = old }
                } else if case .renamed(current) = entry.event.what {
                    found.append(entry)
                }
            }
            current = origin ?? current
            index = end
        }
        return found
    }

    /// All names that a pin ever had, in their order.
    public var names: [PinName] {
        Set(
            entries.flatMap { entry -> [PinName] in
                if case .renamed(let old) = entry.event.what { [entry.event.name, old] } else { [entry.event.name] }
            }
        ).sorted()
    }
}
