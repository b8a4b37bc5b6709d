internal import Threads

/// A commit that was fetched, or that was there.
public struct FetchedCommit: Sendable {
    /// The commit itself, also when a tag that leads to it was asked for.
    public let commit: ObjectID
    /// Where the commit is with its tree.
    public let repository: GitRepository
}

extension GitRemotes {
    /// Depths that are tried one after the other to find a commit that only the history of a ref leads to.
    private static let depths: [UploadPackFetch.Depth] = [.commits(64), .commits(1024), .everything]

    /// Fetches one commit with its tree, and no history where the server can leave it out.
    ///
    /// A server that does not hand out the bare commit is asked for the history of `ref`, as much of it as is needed.
    /// A repository of this machine is used where it is.
    /// - Parameters:
    ///   - commit: a commit, or an annotated tag that leads to one.
    ///   - ref: a full ref name, or the name of a branch or tag, whose history has the commit.
    /// - Returns: the commit, tags peeled, and a repository that has it.
    /// - Throws: `GitError`, `TransferError`, `CancellationError`
    public func fetch(_ commit: ObjectID, of url: GitURL, ref: String?) async throws -> FetchedCommit {
        if let ref { try RefQuery.named(ref).check() }
        return try await attributing(url) {
            guard url.transport != .file else { return try await openLocal(commit, of: url) }
            switch try await fetchDirectly(commit, of: url) {
            case .fetched(let fetched): return fetched
            case .refused(let refusal):
                if let ref { return try await fetchHistory(of: ref, with: commit, of: url) }
                if let refusal, !refusal.isAboutWant { throw refusal }
                throw GitError.revisionNotOnServer(commit, url: url.text)
            }
        }
    }

    private func openLocal(_ commit: ObjectID, of url: GitURL) async throws -> FetchedCommit {
        try await onThread { _ in
            let repository = try GitRepository.open(try Self.openLocal(url))
            guard repository.contains(commit) else { throw GitError.revisionNotOnServer(commit, url: url.text) }
            return FetchedCommit(commit: try repository.peelToCommit(commit), repository: repository)
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
                let fetched = try await receive(want, depth, advertisement, connection, holding: commit)
                return fetched.map { .fetched($0) } ?? .refused(nil)
            } catch let refusal as ServerRefusal {
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

    /// Fetches more and more of a ref's history until the commit is in it.
    private func fetchHistory(of ref: String, with commit: ObjectID, of url: GitURL) async throws -> FetchedCommit {
        let refs = try await refs(of: url, matching: [.named(ref)])
        let tip = RefName.candidates(for: ref).lazy.compactMap { refs[$0] }.first
        guard let tip else { throw GitError.revisionNotOnServer(commit, url: url.text) }
        let depths = tip.commit == commit ? [.commits(1)] + Self.depths : Self.depths
        for depth in depths {
            let fetched = try await withConnection(to: url) { connection -> FetchedCommit? in
                let advertisement = try await connection.advertisement()
                guard depth == .everything || advertisement.canBeShallow else { return nil }
                return try await receive(tip.id, depth, advertisement, connection, holding: commit)
            }
            if let fetched { return fetched }
        }
        throw GitError.revisionNotOnServer(commit, url: url.text)
    }

    /// Receives a pack into a new repository; nil when the commit is not in it.
    private func receive(
        _ want: ObjectID, _ depth: UploadPackFetch.Depth, _ advertisement: Advertisement,
        _ connection: any UploadPackConnection, holding commit: ObjectID
    ) async throws -> FetchedCommit? {
        let request: [UInt8]
        switch advertisement {
        case .version0(_, let capabilities): request = UploadPackFetch.request0(want, depth, capabilities)
        case .version2(let capabilities):
            guard capabilities.has("fetch") else { throw ProtocolFault.missingCapability("fetch") }
            request = UploadPackFetch.request2(want, depth, capabilities)
        }
        let parent = temporaryDirectory
        return try await connection.exchange(request, limit: .max) { reader, cancellation in
            try Libgit2.ensureStarted()
            let folder = try TemporaryFolder(in: parent)
            let packs = try folder.makeBareRepository()
            var indexer = try PackIndexer(packFolder: packs, cancellation: cancellation)
            switch advertisement {
            case .version0(_, let capabilities):
                try UploadPackFetch.readPack0(reader, depth, capabilities) { try indexer.append($0) }
            case .version2: try UploadPackFetch.readPack2(reader) { try indexer.append($0) }
            }
            try indexer.finish()
            let repository = try GitRepository.adopt(folder)
            guard repository.contains(commit) else { return nil }
            return FetchedCommit(commit: try repository.peelToCommit(commit), repository: repository)
        }
    }
}

extension Advertisement {
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
