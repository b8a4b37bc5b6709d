internal import Threads

/// A commit that was fetched, or that was there.
public struct FetchedCommit: Sendable {
    /// The commit itself, also when a tag that leads to it was asked for.
    public let commit: ObjectID
    /// Where the commit is with its tree.
    public let repository: GitRepository
    /// Whether all of the history had to be fetched with it, because the server can leave none out.
    public let hasWholeHistory: Bool
}

extension GitRemotes {
    /// Depths that are tried one after the other to find a commit that only the history of a ref leads to.
    private static let depths: [UploadPackFetch.Depth] = [.commits(64), .commits(1024), .everything]

    /// Fetches one commit with its tree, and no history where the server can leave it out.
    ///
    /// A server that does not hand out the bare commit is asked for the history of `ref`, as much of it as is needed, and
    /// in the end for that of all branches and tags. A repository of this machine is used where it is.
    /// - Parameters:
    ///   - commit: a commit, or an annotated tag that leads to one.
    ///   - ref: a full ref name, or the name of a branch or tag, whose history has the commit; nil when none is known.
    /// - Returns: the commit, tags peeled, and a repository that has it.
    /// - Throws: `GitError`, `TransferError`, `CancellationError`
    public func fetch(_ commit: ObjectID, of url: GitURL, ref: String?) async throws -> FetchedCommit {
        if let ref { try RefQuery.named(ref).check() }
        return try await attributing(url) {
            guard url.transport != .file else { return try await openLocal(commit, of: url) }
            if usesLibrary(for: url) {
                let (parent, patience) = (temporaryDirectory, patience)
                return try await onThread { cancellation in
                    try LibrarySecureShell.fetch(
                        commit, of: url, ref: ref, in: parent, patience, cancellation: cancellation)
                }
            }
            switch try await fetchDirectly(commit, of: url) {
            case .fetched(let fetched): return fetched
            case .refused(let refusal):
                if let refusal, !refusal.isAboutWant { throw refusal }
                return try await fetchHistory(of: ref, with: commit, of: url)
            }
        }
    }

    private func openLocal(_ commit: ObjectID, of url: GitURL) async throws -> FetchedCommit {
        try await onThread { _ in
            let repository = try GitRepository.open(try Self.openLocal(url))
            guard repository.contains(commit) else { throw GitError.revisionNotOnServer(commit, url: url.text) }
            return FetchedCommit(
                commit: try repository.peelToCommit(commit), repository: repository, hasWholeHistory: false)
        }
    }

    private enum Answer: Sendable {
        case fetched(FetchedCommit)
        /// The server does not hand out the bare commit, and may have said so.
        case refused(ServerRefusal?)
    }

    /// Asks for the commit itself.
    private func fetchDirectly(_ commit: ObjectID, of url: GitURL) async throws -> Answer {
        try await withConnection(to: url) { connection in
            let advertisement = try await connection.advertisement()
            guard let want = Self.want(for: commit, advertisement) else { return .refused(nil) }
            let depth: UploadPackFetch.Depth = advertisement.canBeShallow ? .commits(1) : .everything
            do {
                let fetched = try await receive([want], depth, advertisement, connection, holding: commit)
                return fetched.map { .fetched($0) } ?? .refused(nil)
            } catch let refusal as ServerRefusal {
                // In version 2 git hands out whatever it has. To look for it in all of the history would be long and vain.
                if refusal.isAboutWant, advertisement.isOfGit2 {
                    throw GitError.revisionNotOnServer(commit, url: url.text)
                }
                return .refused(refusal)
            }
        }
    }

    /// What to ask for so that the commit comes; nil when the server would refuse the commit.
    private static func want(for commit: ObjectID, _ advertisement: Advertisement) -> ObjectID? {
        guard case .version0(let refs, let capabilities) = advertisement else { return commit }
        if refs.headCommit == commit || refs.refs.contains(where: { $0.id == commit }) { return commit }
        // Version 0 hands out what a ref points to: the tag, and the commit with it.
        if let tag = refs.refs.first(where: { $0.peeled == commit }) { return tag.id }
        let isAllowed = ["allow-tip-sha1-in-want", "allow-reachable-sha1-in-want"].contains { capabilities.has($0) }
        return isAllowed ? commit : nil
    }

    /// Fetches more and more of a ref's history until the commit is in it, and then that of every branch and tag.
    private func fetchHistory(of ref: String?, with commit: ObjectID, of url: GitURL) async throws -> FetchedCommit {
        let refs = try await refs(of: url, matching: [.all])
        let tip = RefName.candidates(for: ref ?? "").lazy.compactMap { refs[$0] }.first
        if let tip {
            for depth in tip.commit == commit ? [.commits(1)] + Self.depths : Self.depths {
                if let fetched = try await fetch([tip.id], depth, holding: commit, of: url) { return fetched }
            }
        }
        let others = refs.refs.filter { ref in
            ref.id != tip?.id && [RefName.heads, RefName.tags].contains { RefName.hasPrefix(ref.name, $0) }
        }
        // Several refs may be at one commit.
        let wants = Set(others.map(\.id)).sorted { $0.hex < $1.hex }
        guard !wants.isEmpty, let fetched = try await fetch(wants, .everything, holding: commit, of: url)
        else { throw GitError.revisionNotOnServer(commit, url: url.text) }
        return fetched
    }

    /// Fetches with so much history, where the server can be told how much; nil when the commit is not in it.
    private func fetch(
        _ wants: [ObjectID], _ depth: UploadPackFetch.Depth, holding commit: ObjectID, of url: GitURL
    ) async throws -> FetchedCommit? {
        try await withConnection(to: url) { connection in
            let advertisement = try await connection.advertisement()
            guard depth == .everything || advertisement.canBeShallow else { return nil }
            return try await receive(wants, depth, advertisement, connection, holding: commit)
        }
    }

    /// Receives a pack into a new repository; nil when the commit is not in it.
    private func receive(
        _ wants: [ObjectID], _ depth: UploadPackFetch.Depth, _ advertisement: Advertisement,
        _ connection: any UploadPackConnection, holding commit: ObjectID
    ) async throws -> FetchedCommit? {
        let request: [UInt8]
        switch advertisement {
        case .version0(_, let capabilities): request = UploadPackFetch.request0(wants, depth, capabilities)
        case .version2(let capabilities):
            guard capabilities.has("fetch") else { throw ProtocolFault.missingCapability("fetch") }
            request = UploadPackFetch.request2(wants, depth, capabilities)
        }
        let repository = try await receive(request, connection, limit: .max) { reader, body in
            switch advertisement {
            case .version0(_, let capabilities): try UploadPackFetch.readPack0(reader, depth, capabilities, body)
            case .version2: try UploadPackFetch.readPack2(reader, body)
            }
        }
        return try await onThread { _ in
            // Closed here and not with the last reference, which another thread may be about to drop.
            guard repository.contains(commit) else {
                repository.close()
                return nil
            }
            do {
                return FetchedCommit(
                    commit: try repository.peelToCommit(commit), repository: repository,
                    hasWholeHistory: depth == .everything)
            } catch {
                repository.close()
                throw error
            }
        }
    }

    /// Sends a request and receives the pack that it is answered with into a new repository.
    ///
    /// - Parameters:
    ///   - limit: how many bytes the answer may have.
    ///   - read: reads the answer and hands on the bytes of its pack.
    func receive(
        _ request: [UInt8], _ connection: any UploadPackConnection, limit: Int,
        read: @escaping @Sendable (PktReader, (UnsafeRawBufferPointer) throws -> Void) throws -> Void
    ) async throws -> GitRepository {
        let parent = temporaryDirectory
        return try await connection.exchange(request, limit: limit) { reader, cancellation in
            try GitRepository.receive(in: parent, cancellation) { try read(reader, $0) }
        }
    }
}

extension GitRepository {
    /// Makes a temporary repository of a pack; on a thread.
    ///
    /// - Parameter read: hands the bytes of the pack to its argument.
    static func receive(
        in parent: String, _ cancellation: Cancellation,
        read: ((UnsafeRawBufferPointer) throws -> Void) throws -> Void
    ) throws -> GitRepository {
        try Libgit2.ensureStarted()
        let folder = try TemporaryFolder(in: parent)
        let packs = try folder.makeBareRepository()
        var indexer = try PackIndexer(packFolder: packs, cancellation: cancellation)
        try read { try indexer.append($0) }
        try indexer.finish()
        return try adopt(folder)
    }
}

extension Advertisement {
    /// Whether it is git's own server that speaks, in version 2.
    fileprivate var isOfGit2: Bool {
        guard case .version2(let capabilities) = self else { return false }
        return capabilities.value(of: "agent")?.hasPrefix("git/") ?? false
    }

    /// Whether the server can leave history out.
    fileprivate var canBeShallow: Bool {
        switch self {
        case .version0(_, let capabilities): capabilities.has("shallow")
        case .version2(let capabilities): capabilities.has("shallow", of: "fetch")
        }
    }
}

extension ServerRefusal {
    /// Whether it is the wanted object that the server refuses: "not our ref" in git, "want … not valid" in JGit and
    /// Gerrit, "the object … does not exist" in Azure DevOps.
    fileprivate var isAboutWant: Bool {
        let lower = message.lowercased()
        return ["not our ref", "not valid", "unadvertised object", "does not exist"].contains {
            lower.contains($0)
        }
    }
}
