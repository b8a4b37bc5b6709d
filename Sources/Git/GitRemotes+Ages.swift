internal import Threads

extension GitRemotes {
    /// How many commits of a history are asked for, one amount after the other, where nothing is locked.
    private static let depths: [UploadPackFetch.Depth] = [
        .commits(2 * FirstParents.witnesses), .commits(1024), .everything,
    ]
    /// How many bytes of commits are taken to answer.
    private static let maximumAnswer = 64 << 20
    /// How many commits of a repository of this machine are looked at.
    private static let longestWalk = 200_000

    /// Finds the newest commit of a branch that is old enough.
    ///
    /// Costs the commits since what is locked, without their trees, in one answer. Of a server that cannot send these alone
    /// only the newest commit is asked for, with its tree.
    /// - Throws: `CancellationError`; whatever else goes wrong is not told.
    public func ages(_ question: AgeQuestion, at url: GitURL) async throws -> CommitAges {
        do {
            if url.transport == .file {
                return try await onThread { try Self.localAges(question, at: url, $0) }
            }
            if !usesLibrary(for: url),
                let ages = try await attributing(
                    url,
                    {
                        try await withConnection(to: url) { try await ages(question, asking: $0) }
                    })
            {
                return ages
            }
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            // The newest commit may be had all the same.
        }
        return try await tipAge(question, at: url)
    }

    /// Of the newest commit alone.
    private func tipAge(_ question: AgeQuestion, at url: GitURL) async throws -> CommitAges {
        guard let time = try await times(of: [question.tip], at: url)[question.tip] else {
            return CommitAges(knowsHistory: false)
        }
        let isOld = time <= question.limit
        return CommitAges(
            chosen: isOld ? question.tip : nil, time: isOld ? time : nil, tipTime: time, nextTime: isOld ? nil : time,
            knowsHistory: false)
    }

    // MARK: A repository of this machine

    private static func localAges(
        _ question: AgeQuestion, at url: GitURL, _ cancellation: Cancellation
    ) throws -> CommitAges {
        let local = try openLocal(url)
        let repository = try GitRepository.open(local)
        defer { repository.close() }
        let chain = try repository.firstParents(of: question.tip, until: question, cancellation, limit: longestWalk)
        var ages = CommitAges(chain, question)
        guard let locked = question.locked else { return ages }
        guard repository.contains(locked), try local.isAncestor(locked, of: question.tip) == true else {
            ages.isRewritten = true
            // What is locked may have been made on it.
            if let chosen = ages.chosen, repository.contains(locked), try local.isAncestor(chosen, of: locked) != false
            {
                ages.dropChoice()
            }
            return ages
        }
        if let chosen = ages.chosen, try local.isAncestor(locked, of: chosen) != true { ages.dropChoice() }
        return ages
    }

    // MARK: A server

    /// nil when the server cannot send commits alone, or too many of them would be needed.
    private func ages(
        _ question: AgeQuestion, asking connection: any UploadPackConnection
    ) async throws -> CommitAges? {
        guard let capabilities = try await connection.advertisement().filteringCapabilities else { return nil }
        var isRewritten = false
        if let locked = question.locked {
            if let since = try await commits(since: locked, question, capabilities, connection) {
                return try await onThread { cancellation in
                    defer { since.close() }
                    return try Self.ages(question, since: locked, in: since, cancellation)
                }
            }
            // Where the server has it no longer, nothing can lead to it.
            isRewritten = true
        }
        for depth in Self.depths where depth == .everything || capabilities.has("shallow", of: "fetch") {
            let request = UploadPackFetch.commitsRequest2([question.tip], depth, capabilities)
            let received = try await receive(request, connection, limit: Self.maximumAnswer) {
                try UploadPackFetch.readPack2($0, $1)
            }
            let chain = try await onThread { cancellation in
                defer { received.close() }
                return try received.firstParents(of: question.tip, until: question, cancellation, limit: .max)
            }
            if chain.choice(madeBy: question.limit, now: question.now).isSettled || depth == .everything {
                var ages = CommitAges(chain, question)
                ages.isRewritten = isRewritten
                return ages
            }
        }
        return nil
    }

    /// The commits that lead to the newest one and not to what is locked; nil when the server has no such commit.
    private func commits(
        since locked: ObjectID, _ question: AgeQuestion, _ capabilities: Capabilities,
        _ connection: any UploadPackConnection
    ) async throws -> GitRepository? {
        // Not done yet: a server that does not know it would send all of the history.
        let request = UploadPackFetch.commitsRequest2([question.tip], have: locked, isDone: false, capabilities)
        let parent = temporaryDirectory
        let (isKnown, received) = try await connection.exchange(request, limit: Self.maximumAnswer) {
            reader, cancellation -> (Bool, GitRepository?) in
            switch try UploadPackFetch.readAcknowledgments(reader) {
            case .unknown: return (false, nil)
            case .known: return (true, nil)
            case .ready:
                return (
                    true,
                    try GitRepository.receive(in: parent, cancellation) { try UploadPackFetch.readPack2(reader, $0) }
                )
            }
        }
        guard isKnown, received == nil else { return received }
        let again = UploadPackFetch.commitsRequest2([question.tip], have: locked, isDone: true, capabilities)
        return try await receive(again, connection, limit: Self.maximumAnswer) { try UploadPackFetch.readPack2($0, $1) }
    }

    private static func ages(
        _ question: AgeQuestion, since locked: ObjectID, in commits: GitRepository, _ cancellation: Cancellation
    ) throws -> CommitAges {
        var chain = try commits.firstParents(of: question.tip, until: question, cancellation, limit: .max)
        // What is not here is what is locked, or was there before it.
        chain.isWhole = true
        var ages = CommitAges(chain, question)
        guard try commits.leads(from: question.tip, to: locked, cancellation: cancellation) else {
            ages.isRewritten = true
            return ages
        }
        // A side of a merge may be old enough and still lack what is locked, as may the branch before another was made of it.
        if let chosen = ages.chosen, try !commits.leads(from: chosen, to: locked, cancellation: cancellation) {
            ages.dropChoice()
        }
        return ages
    }

    // MARK: Tags and commits by themselves

    /// When commits and tags were made, in seconds since 1970 UTC: of an annotated tag, when it was made or what it is on,
    /// whichever is later.
    ///
    /// Costs the objects alone, in one answer. A server that cannot send these is asked for the first one with its tree.
    /// - Returns: nothing of those of which it could not be told.
    /// - Throws: `CancellationError`
    public func times(of ids: [ObjectID], at url: GitURL) async throws -> [ObjectID: Int64] {
        guard let first = ids.first else { return [:] }
        do {
            if url.transport == .file {
                return try await onThread { _ in
                    let repository = try GitRepository.open(try Self.openLocal(url))
                    defer { repository.close() }
                    return repository.times(of: ids)
                }
            }
            if !usesLibrary(for: url),
                let times = try await attributing(
                    url,
                    {
                        try await withConnection(to: url) { try await times(of: ids, asking: $0) }
                    })
            {
                return times
            }
            let fetched = try await fetch(first, of: url, ref: nil)
            return try await onThread { _ in
                defer { fetched.repository.close() }
                return fetched.repository.times(of: [first])
            }
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            return [:]
        }
    }

    private func times(
        of ids: [ObjectID], asking connection: any UploadPackConnection
    ) async throws -> [ObjectID: Int64]? {
        guard let capabilities = try await connection.advertisement().shallowFilteringCapabilities else { return nil }
        let request = UploadPackFetch.commitsRequest2(ids, .commits(1), capabilities)
        let received = try await receive(request, connection, limit: Self.maximumAnswer) {
            try UploadPackFetch.readPack2($0, $1)
        }
        return try await onThread { _ in
            defer { received.close() }
            return received.times(of: ids)
        }
    }
}

extension CommitAges {
    init(_ chain: FirstParents, _ question: AgeQuestion) {
        let choice = chain.choice(madeBy: question.limit, now: question.now)
        self.init(
            chosen: choice.chosen?.id, time: choice.chosen?.time, tipTime: chain.entries.first?.time,
            nextTime: choice.next?.time, knowsHistory: true)
    }

    fileprivate mutating func dropChoice() { (chosen, time) = (nil, nil) }
}

extension GitRepository {
    /// The branch whose newest commit is `tip`, as far as it is here and of interest.
    fileprivate func firstParents(
        of tip: ObjectID, until question: AgeQuestion, _ cancellation: Cancellation, limit: Int
    ) throws -> FirstParents {
        var chain = FirstParents()
        var current: ObjectID? = tip
        var witnesses = 0
        while let id = current {
            try cancellation.throwIfCancelled()
            if id == question.locked {
                chain.isWhole = true
                return chain
            }
            guard chain.entries.count < limit, contains(id) else { return chain }
            let commit = try commit(id)
            chain.entries.append(.init(id: id, time: commit.committerTime))
            if commit.committerTime <= question.limit {
                witnesses += 1
                if witnesses > FirstParents.witnesses { return chain }
            } else if commit.committerTime <= question.now + 86400 {
                witnesses = 0
            }
            current = commit.parents.first
        }
        chain.isWhole = true
        return chain
    }

    fileprivate func times(of ids: [ObjectID]) -> [ObjectID: Int64] {
        var times: [ObjectID: Int64] = [:]
        for id in ids { times[id] = (try? timeMade(id)) ?? nil }
        return times
    }
}
