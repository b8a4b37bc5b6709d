internal import Threads

// Questions about history, answered by commits alone: a server that can filter sends them without their trees.

extension GitRemotes {
    /// How many bytes of commits are taken to answer a question; some 200,000 commits.
    private static let maximumHistory = 64 << 20

    /// Whether a commit is in the history of another, which a branch that was rewritten is not for what it was before.
    ///
    /// Costs the commits between the two, without their trees.
    /// - Returns: nil when the server cannot tell at a reasonable price: it filters nothing, or there is too much between.
    /// - Throws: `CancellationError`
    public func isAncestor(_ old: ObjectID, of new: ObjectID, at url: GitURL) async throws -> Bool? {
        guard old != new else { return true }
        do {
            if url.transport == .file {
                return try await onThread { _ in
                    let local = try Self.openLocal(url)
                    let repository = try GitRepository.open(local)
                    defer { repository.close() }
                    // The history is all there, so that what is not there is not in it.
                    guard repository.contains(old) else { return false }
                    return try local.isAncestor(old, of: new)
                }
            }
            // libgit2's ssh speaks version 0 alone.
            if usesLibrary(for: url) { return nil }
            return try await attributing(url) {
                try await withConnection(to: url) { try await isAncestor(old, of: new, asking: $0) }
            }
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            // Nobody depends on the answer, and whoever asks has fetched the new commit all the same.
            return nil
        }
    }

    private func isAncestor(
        _ old: ObjectID, of new: ObjectID, asking connection: any UploadPackConnection
    ) async throws -> Bool? {
        guard let capabilities = try await connection.advertisement().filteringCapabilities else { return nil }
        let received: ReceivedHistory
        switch try await history(of: new, without: old, connection, capabilities) {
        case .unknown(let isShallow): return isShallow ? nil : false
        case .commits(let history): received = history
        }
        let isThere = try await onThread { cancellation in
            defer { received.repository.close() }
            return try received.repository.leads(from: new, to: old, cancellation: cancellation)
        }
        return isThere ? true : received.isShallow ? nil : false
    }

    /// The commits that lead to one and not to another, without their trees.
    ///
    /// - Parameter old: a commit that the server need not have; then there is no answer.
    /// - Throws: `ProtocolFault.tooLong` for more than is taken, `ServerRefusal`, and what asking throws.
    func history(
        of new: ObjectID, without old: ObjectID, _ connection: any UploadPackConnection, _ capabilities: Capabilities
    ) async throws -> HistoryAnswer {
        // Not done yet: a server that does not know the old commit would send all of the history.
        let question = UploadPackFetch.commitsRequest2([new], have: old, isDone: false, capabilities)
        let parent = temporaryDirectory
        let answer = try await connection.exchange(question, limit: Self.maximumHistory) { reader, cancellation in
            switch try UploadPackFetch.readAcknowledgments(reader) {
            case .unknown: return Answer.unknown
            case .known: return .known
            case .ready: return .commits(try ReceivedHistory(reader, in: parent, cancellation))
            }
        }
        switch answer {
        case .unknown: return .unknown(isShallow: try await isShallow(new, connection, capabilities))
        case .commits(let received): return .commits(received)
        case .known:
            let request = UploadPackFetch.commitsRequest2([new], have: old, isDone: true, capabilities)
            return .commits(
                try await connection.exchange(request, limit: Self.maximumHistory) { reader, cancellation in
                    try ReceivedHistory(reader, in: parent, cancellation)
                })
        }
    }

    /// Whether the server itself has no whole history, so that what is not in it may have been cut off.
    ///
    /// It says so with any pack, also with one that has nothing in it.
    private func isShallow(
        _ commit: ObjectID, _ connection: any UploadPackConnection, _ capabilities: Capabilities
    ) async throws -> Bool {
        let request = UploadPackFetch.commitsRequest2([commit], have: commit, isDone: true, capabilities)
        return try await connection.exchange(request, limit: Self.maximumHistory) { reader, _ in
            try UploadPackFetch.readPack2(reader) { _ in }
        }
    }

    /// What a server says when it is told of a commit that is there.
    private enum Answer: Sendable {
        /// It has no such commit.
        case unknown
        /// It has it, and cannot see at once that the wanted one leads to it.
        case known
        /// What lies between the two.
        case commits(ReceivedHistory)
    }

    /// The commit whose id begins with some hexadecimal digits.
    ///
    /// It is looked for among what the refs point to, and then, where the server can filter, in the history of all
    /// branches.
    /// - Parameter refs: every ref of the repository.
    /// - Throws: `GitError.ambiguousRevision`, `.unknownAbbreviation`, and what asking throws.
    public func commit(abbreviated digits: String, of url: GitURL, refs: RemoteRefs) async throws -> ObjectID {
        let digits = digits.lowercased()
        if url.transport == .file {
            return try await onThread { _ in
                let repository = try GitRepository.open(try Self.openLocal(url))
                defer { repository.close() }
                guard let id = try repository.database.find(abbreviated: digits, url: url)
                else { throw GitError.unknownAbbreviation(digits, url: url.text) }
                return try repository.peelToCommit(id)
            }
        }
        let tips = Set(refs.refs.map(\.commit) + (refs.headCommit.map { [$0] } ?? []))
        let matching = tips.filter { $0.hex.hasPrefix(digits) }
        guard matching.count < 2 else { throw GitError.ambiguousRevision(digits, url: url.text) }
        if let commit = matching.first { return commit }
        let branches = Set(refs.refs.filter { RefName.hasPrefix($0.name, RefName.heads) }.map(\.commit))
        guard let history = try await history(of: branches.sorted { $0.hex < $1.hex }, of: url)
        else { throw GitError.unknownAbbreviation(digits, url: url.text) }
        return try await onThread { _ in
            defer { history.close() }
            guard let commit = try history.database.find(abbreviated: digits, url: url)
            else { throw GitError.unknownAbbreviation(digits, url: url.text) }
            return commit
        }
    }

    /// All commits of some branches; nil when the server cannot leave out the rest, or when there are too many.
    private func history(of tips: [ObjectID], of url: GitURL) async throws -> GitRepository? {
        guard !tips.isEmpty, !usesLibrary(for: url) else { return nil }
        do {
            return try await withConnection(to: url) { connection in
                guard let capabilities = try await connection.advertisement().filteringCapabilities else { return nil }
                let request = UploadPackFetch.commitsRequest2(tips, have: nil, isDone: true, capabilities)
                return try await receive(request, connection, limit: Self.maximumHistory) {
                    try UploadPackFetch.readPack2($0, $1)
                }
            }
        } catch ProtocolFault.tooLong {
            return nil
        }
    }
}

/// What came of the question for the commits that lead to one and not to another.
enum HistoryAnswer: Sendable {
    /// The server has not the other; whether its history is cut off somewhere.
    case unknown(isShallow: Bool)
    case commits(ReceivedHistory)
}

/// Commits that a server has sent, in a temporary repository that whoever has them closes.
struct ReceivedHistory: Sendable {
    let repository: GitRepository
    /// Whether the server's own history is cut off somewhere, which it says with any pack.
    let isShallow: Bool

    /// Reads what follows the acknowledgments; on a thread.
    init(_ reader: PktReader, in parent: String, _ cancellation: Cancellation) throws {
        var isShallow = false
        repository = try GitRepository.receive(in: parent, cancellation) {
            isShallow = try UploadPackFetch.readPack2(reader, $0)
        }
        self.isShallow = isShallow
    }
}

extension Advertisement {
    /// What the server can do, if it can send commits without trees.
    var filteringCapabilities: Capabilities? {
        guard case .version2(let capabilities) = self, capabilities.has("filter", of: "fetch") else { return nil }
        return capabilities
    }

    /// What the server can do, if it can send some commits alone too.
    var shallowFilteringCapabilities: Capabilities? {
        filteringCapabilities.flatMap { $0.has("shallow", of: "fetch") ? $0 : nil }
    }
}

extension GitRepository {
    /// Whether a way from one commit to another goes over commits that are here; the other itself need not be.
    func leads(from start: ObjectID, to goal: ObjectID, cancellation: Cancellation) throws -> Bool {
        var seen: Set<ObjectID> = [start]
        var pending = [start]
        while let id = pending.popLast() {
            try cancellation.throwIfCancelled()
            guard contains(id) else { continue }
            for parent in try commit(id).parents {
                if parent == goal { return true }
                if seen.insert(parent).inserted { pending.append(parent) }
            }
        }
        return false
    }
}
