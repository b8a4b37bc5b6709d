internal import Threads
internal import Transfer

extension GitRemotes {
    /// Moves refs of a remote repository, each from where it is said to be and from nowhere else.
    ///
    /// Where a ref is not there, nothing is sent for it; the server checks that again when it moves the ref. What the new
    /// commits have that the server has not is sent in one pack.
    /// - Parameters:
    ///   - gitDirectory: the repository that has the new commits.
    ///   - known: commits that the server has although no ref of it need be at them: those that the new ones are made on.
    ///   - isAtomic: whether all refs are to be moved or none; otherwise each goes its own way.
    /// - Returns: what became of each ref, in the order of the updates.
    /// - Throws: `GitError`, `TransferError`, `CancellationError`; after that it is not known what became of the refs.
    func push(
        _ updates: [RefUpdate], from gitDirectory: String, to url: GitURL, known: [ObjectID] = [],
        isAtomic: Bool = false
    ) async throws -> [RefOutcome] {
        for update in updates {
            guard RefName.isValid(update.ref), RefName.hasPrefix(update.ref, "refs/")
            else { throw GitError.invalidRefName(update.ref) }
        }
        return try await attributing(url) {
            guard url.transport != .file else {
                return try await onThread { _ in
                    try LocalPush(from: gitDirectory, to: url, known: known).push(updates, isAtomic: isAtomic)
                }
            }
            let connection = try receiver(of: url)
            do {
                let outcomes = try await push(
                    updates, from: gitDirectory, known: known, isAtomic: isAtomic, over: connection)
                await connection.close()
                return try await checking(outcomes, updates, url)
            } catch {
                await connection.close()
                throw error
            }
        }
    }

    private func receiver(of url: GitURL) throws -> any UploadPackConnection {
        if isOffline && url.transport != .http { throw TransferError.offline(url: url.text) }
        let (environment, patience) = (environment, patience)
        switch url.transport {
        case .http: return HTTPConnection(url, transfer, nil, service: .receivePack)
        case .git: return StreamConnection(url) { try Daemon.connect(url, patience, $0, service: .receivePack) }
        case .ssh:
            return StreamConnection(url) { _ in
                try SecureShell.connect(url, environment: environment, patience, service: .receivePack)
            }
        case .file: preconditionFailure("a repository of this machine is written where it is, without a conversation")
        }
    }

    private func push(
        _ updates: [RefUpdate], from gitDirectory: String, known: [ObjectID], isAtomic: Bool,
        over connection: any UploadPackConnection
    ) async throws -> [RefOutcome] {
        guard case .version0(let refs, let capabilities) = try await connection.advertisement()
        else { throw ProtocolFault.unsupportedVersion("2") }
        let lease = Lease(updates, refs)
        guard !lease.isBroken || !isAtomic, !lease.open.isEmpty else { return lease.outcomes([:]) }
        var needed = isAtomic ? ["atomic"] : []
        if !capabilities.has("report-status-v2") { needed.append("report-status") }
        if lease.open.contains(where: { $0.new == nil }) { needed.append("delete-refs") }
        for name in needed where !capabilities.has(name) { throw ProtocolFault.missingCapability(name) }
        let tips = lease.open.compactMap(\.new)
        var pack: [UInt8]?
        if !tips.isEmpty {
            let there = Set(refs.refs.map(\.id) + known)
            pack = try await onThread { _ in
                let local = try LocalRepository(path: gitDirectory)
                let repository = try GitRepository.open(local)
                defer { repository.close() }
                return try PackBuilder(local).pack(PushedObjects(tips, without: there, in: repository).ids)
            }
        }
        let request = ReceivePack.request(lease.open, pack: pack, isAtomic: isAtomic, capabilities)
        let open = lease.open
        let report = try await connection.exchange(request, limit: maximumAdvertisement) { reader, _ in
            try ReceivePack.readReport(reader, open, capabilities)
        }
        return lease.outcomes(
            report.reasons.mapValues { reason in
                reason.map { .refused(reason: $0, messages: report.messages) } ?? .moved
            })
    }

    /// Looks where the refs are that were refused: servers have many words for a ref that somebody else has just moved.
    private func checking(
        _ outcomes: [RefOutcome], _ updates: [RefUpdate], _ url: GitURL
    ) async throws -> [RefOutcome] {
        let refused = outcomes.filter { if case .refused = $0.result { true } else { false } }
        // What it said is worth more than an error of this second question.
        guard !refused.isEmpty,
            let refs = try? await refs(of: url, matching: refused.map { .named($0.ref) })
        else { return outcomes }
        return zip(outcomes, updates).map { outcome, update in
            guard case .refused = outcome.result else { return outcome }
            let actual = refs[update.ref]?.id
            return actual == update.old ? outcome : RefOutcome(ref: update.ref, result: .stale(actual: actual))
        }
    }
}

/// Which refs are where they are said to be.
struct Lease {
    /// Those that are to be moved.
    private(set) var open: [RefUpdate] = []
    /// Whether one is elsewhere.
    private(set) var isBroken = false
    private let updates: [RefUpdate]
    private var settled: [String: RefOutcome.Result] = [:]

    init(_ updates: [RefUpdate], _ refs: RemoteRefs) {
        self.updates = updates
        for update in updates {
            let actual = refs[update.ref]?.id
            if actual == update.new {
                settled[update.ref] = .alreadyThere
            } else if actual != update.old {
                settled[update.ref] = .stale(actual: actual)
                isBroken = true
            } else {
                open.append(update)
            }
        }
        for update in open { settled[update.ref] = .stale(actual: update.old) }
    }

    /// - Parameter results: what became of those that were open; one of which nothing is said was left where it is.
    func outcomes(_ results: [String: RefOutcome.Result]) -> [RefOutcome] {
        updates.map { update in
            RefOutcome(ref: update.ref, result: results[update.ref] ?? settled[update.ref] ?? .stale(actual: nil))
        }
    }
}
