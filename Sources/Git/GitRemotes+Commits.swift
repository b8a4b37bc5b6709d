internal import Threads

/// The commits that lie between two commits of a repository.
public struct CommitsApart: Sendable, Equatable {
    /// One commit of them.
    public struct Line: Sendable, Equatable {
        public let id: ObjectID
        /// The first paragraph of its message in one line, as `git log --format=%s` has it.
        public let subject: String
        /// When it was committed, in seconds since 1970, UTC.
        public let time: Int64
    }

    /// Whether the old one is in the history of the new one; nil where the server cannot tell.
    public let isAncestor: Bool?
    /// How many commits lead to the new one and not to the old one; nil where the server has not the old one any more.
    public let count: Int?
    /// Whether there may be more, because the server's own history is cut off somewhere.
    public let isAtLeast: Bool
    /// How many commits lead to the old one and not to the new one; nil where the server cannot tell.
    public let gone: Int?
    /// The newest of those that lead to the new one, in the order of `git log`.
    public let newest: [Line]
}

extension GitRemotes {
    /// The commits that lead to one commit and not to another: `git log old..new`.
    ///
    /// Costs these commits, without their trees, and where the old one is not among what the new one was made of also those
    /// of the other side.
    /// - Parameter limit: how many of them are named.
    /// - Returns: nil when the server cannot tell at a reasonable price: it filters nothing, or there is too much between.
    /// - Throws: `GitError` and `TransferError` when the server or the repository cannot be reached, `CancellationError`
    public func commits(
        from old: ObjectID, to new: ObjectID, at url: GitURL, limit: Int
    ) async throws -> CommitsApart? {
        if url.transport == .file {
            return try await onThread { cancellation in
                try Self.localCommits(from: old, to: new, at: url, limit: limit, cancellation)
            }
        }
        // libgit2's ssh speaks version 0 alone.
        if usesLibrary(for: url) { return nil }
        return try await attributing(url) {
            do {
                return try await withConnection(to: url) { connection in
                    try await commits(from: old, to: new, limit: limit, asking: connection)
                }
            } catch ProtocolFault.tooLong {
                return nil
            }
        }
    }

    private func commits(
        from old: ObjectID, to new: ObjectID, limit: Int, asking connection: any UploadPackConnection
    ) async throws -> CommitsApart? {
        guard let capabilities = try await connection.advertisement().filteringCapabilities else { return nil }
        let received: ReceivedHistory
        switch try await history(of: new, without: old, connection, capabilities) {
        case .unknown(let isShallow):
            return CommitsApart(
                isAncestor: isShallow ? nil : false, count: nil, isAtLeast: false, gone: nil, newest: [])
        case .commits(let history): received = history
        }
        let walk = try await onThread { cancellation in
            defer { received.repository.close() }
            return try HistoryWalk(from: new, to: old, in: received.repository, naming: limit, cancellation) {
                received.repository.contains($0)
            }
        }
        let back =
            walk.hasReached || old == new ? nil : try await walkBack(old, without: new, connection, capabilities)
        if let back, back.hasReached {
            // Servers list by dates, and tell too much where clocks were wrong: what the new one leads to is in the old one.
            return CommitsApart(isAncestor: false, count: 0, isAtLeast: false, gone: back.count, newest: [])
        }
        let gone = walk.hasReached || old == new ? 0 : back?.count
        return CommitsApart(
            isAncestor: walk.hasReached || old == new ? true : received.isShallow ? nil : false, count: walk.count,
            isAtLeast: received.isShallow, gone: received.isShallow && gone != 0 ? nil : gone, newest: walk.newest)
    }

    /// The commits of the other side; nil where the server does not say.
    private func walkBack(
        _ old: ObjectID, without new: ObjectID, _ connection: any UploadPackConnection, _ capabilities: Capabilities
    ) async throws -> HistoryWalk? {
        do {
            guard case .commits(let received) = try await history(of: old, without: new, connection, capabilities)
            else { return nil }
            return try await onThread { cancellation in
                defer { received.repository.close() }
                return try HistoryWalk(from: old, to: new, in: received.repository, naming: 0, cancellation) {
                    received.repository.contains($0)
                }
            }
        } catch is ServerRefusal {
            // A server may hand out what its branches lead to, and nothing else.
            return nil
        } catch ProtocolFault.tooLong {
            return nil
        }
    }

    /// The same of a repository of this machine.
    private static func localCommits(
        from old: ObjectID, to new: ObjectID, at url: GitURL, limit: Int, _ cancellation: Cancellation
    ) throws -> CommitsApart {
        let local = try openLocal(url)
        let repository = try GitRepository.open(local)
        defer { repository.close() }
        guard repository.contains(new) else { throw GitError.revisionNotOnServer(new, url: url.text) }
        guard repository.contains(old) else {
            return CommitsApart(isAncestor: false, count: nil, isAtLeast: false, gone: nil, newest: [])
        }
        // Lists go by dates, and tell too much where clocks were wrong, git's own too. Whether one leads to the other
        // does not.
        let isAncestor = try old == new || local.isAncestor(old, of: new) == true
        let isReturn = try !isAncestor && local.isAncestor(new, of: old) == true
        let members = isReturn ? [] : Set(try local.commits(leadingTo: new, andNotTo: old, cancellation))
        let walk = try HistoryWalk(from: new, to: old, in: repository, naming: limit, cancellation) {
            members.contains($0)
        }
        let gone = isAncestor ? 0 : try local.commits(leadingTo: old, andNotTo: new, cancellation).count
        return CommitsApart(
            isAncestor: isAncestor, count: walk.count, isAtLeast: false, gone: gone, newest: walk.newest)
    }
}

/// A walk over commits that are there, in the order of `git log`: always to the newest of those that are next.
struct HistoryWalk {
    private(set) var count = 0
    private(set) var newest: [CommitsApart.Line] = []
    /// Whether the way led to the goal.
    private(set) var hasReached = false

    /// - Parameters:
    ///   - goal: is not looked beyond; it need not be there.
    ///   - limit: how many commits are named.
    ///   - isMember: whether a commit belongs to the history that is walked.
    /// - Throws: `GitError`, `CancellationError`
    init(
        from start: ObjectID, to goal: ObjectID, in repository: GitRepository, naming limit: Int,
        _ cancellation: Cancellation, isMember: (ObjectID) -> Bool
    ) throws {
        var seen: Set<ObjectID> = [start]
        var queue = NewestFirst<GitCommit>()
        guard start != goal else {
            hasReached = true
            return
        }
        guard isMember(start) else { return }
        let first = try repository.commit(start)
        queue.insert(first, time: first.committerTime)
        while let commit = queue.pop() {
            try cancellation.throwIfCancelled()
            count += 1
            if newest.count < limit {
                newest.append(
                    .init(
                        id: commit.id, subject: try repository.subject(of: commit.id), time: commit.committerTime))
            }
            for parent in commit.parents {
                if parent == goal {
                    hasReached = true
                } else if seen.insert(parent).inserted, isMember(parent) {
                    let next = try repository.commit(parent)
                    queue.insert(next, time: next.committerTime)
                }
            }
        }
    }
}

extension GitRepository {
    /// The first paragraph of a commit's message, in one line; of a very long one the beginning.
    /// - Throws: `GitError`
    fileprivate func subject(of id: ObjectID) throws(GitError) -> String {
        GitCommit.subject(of: try database.read(id).bytes)
    }
}
