internal import Transfer

/// What each forge does in its own way; how that goes together is the same for all.
protocol ForgeDialect: PullRequests {
    var client: ForgeClient { get }
    /// How many characters a title may have.
    var titleLimit: Int { get }

    /// Opens one, without what `add` and `mergeAutomatically` are for.
    func post(_ wanted: WantedPullRequest) async throws -> PullRequest
    /// The one that is open from that branch into that one; nil where there is none.
    func find(head: String, base: String) async throws -> PullRequest?
    /// Changes those parts that are not nil.
    func edit(_ existing: PullRequest, title: String?, body: String?, base: String?) async throws -> PullRequest
    func setClosed(_ existing: PullRequest) async throws
    func comment(_ text: String, on existing: PullRequest) async throws

    /// Adds some, and returns what could not be done.
    func add(labels: [String], to pull: inout PullRequest) async throws -> [ForgeWarning]
    /// - Parameter isNew: whether nobody can have had anything to do with it yet.
    func add(reviewers: [String], to pull: inout PullRequest, isNew: Bool) async throws -> [ForgeWarning]
    func add(assignees: [String], to pull: inout PullRequest) async throws -> [ForgeWarning]
    /// Has the forge merge it once it may; nil when it will.
    func mergeAutomatically(
        _ pull: inout PullRequest, _ method: MergeMethod, isNew: Bool
    ) async throws -> ForgeWarning.AutoMergeObstacle?
}

extension ForgeDialect {
    private var attempts: Int { 3 }

    func create(_ wanted: WantedPullRequest) async throws -> PullRequest {
        var attempt = 0
        while true {
            attempt += 1
            let failure: any Error
            do {
                let created = try await post(fitted(wanted))
                return try await complete(created, wanted, isNew: true)
            } catch ForgeError.alreadyExists(let head, let url, let said) {
                failure = ForgeError.alreadyExists(head: head, url: url, said: said)
                attempt = attempts
            } catch  where ForgeClient.isUncertain(error) {
                failure = error
            }
            // It may have been done, and only the answer was lost.
            if let found = try await find(head: wanted.head, base: wanted.base) {
                return try await refresh(found, to: wanted, isNew: attempt < attempts)
            }
            // If it is done after all, the forge refuses a second one from the same branch, which is the case above.
            guard attempt < attempts else { throw failure }
            try await client.pause(.seconds(1 << attempt))
        }
    }

    func refresh(_ existing: PullRequest, to wanted: WantedPullRequest) async throws -> PullRequest {
        try await refresh(existing, to: wanted, isNew: false)
    }

    private func refresh(_ existing: PullRequest, to wanted: WantedPullRequest, isNew: Bool) async throws -> PullRequest
    {
        let fitted = fitted(wanted)
        let title = Self.isSame(existing.title, fitted.title) ? nil : fitted.title
        let body = Self.isSame(existing.body, fitted.body) ? nil : fitted.body
        let base = existing.base.utf8.elementsEqual(fitted.base.utf8) ? nil : fitted.base
        var pull = existing
        pull.warnings = []
        if title != nil || body != nil || base != nil {
            pull = try await edit(existing, title: title, body: body, base: base)
        }
        return try await complete(pull, wanted, isNew: isNew)
    }

    @discardableResult
    func close(_ existing: PullRequest, comment text: String?) async throws -> [ForgeWarning] {
        var warnings: [ForgeWarning] = []
        if let text {
            // First, so that whoever is told that it is closed is also told why.
            do {
                try await comment(text, on: existing)
            } catch {
                warnings.append(.comment(try ForgeWarning.Cause(error)))
            }
        }
        try await setClosed(existing)
        return warnings
    }

    // MARK: What comes after

    /// Adds what is wanted and not there yet; what cannot be had becomes a warning.
    private func complete(_ pull: PullRequest, _ wanted: WantedPullRequest, isNew: Bool) async throws -> PullRequest {
        var pull = pull
        var warnings = pull.warnings
        if wanted.body.unicodeScalars.count > bodyLimit { warnings.append(.bodyCut(limit: bodyLimit)) }
        let labels = Self.missing(wanted.labels, in: pull.labels)
        if !labels.isEmpty {
            do {
                warnings += try await add(labels: labels, to: &pull)
            } catch {
                warnings.append(.labels(labels, try ForgeWarning.Cause(error)))
            }
        }
        let reviewers = Self.missing(wanted.reviewers, in: pull.reviewers)
        if !reviewers.isEmpty {
            do {
                warnings += try await add(reviewers: reviewers, to: &pull, isNew: isNew)
            } catch {
                let cause = try ForgeWarning.Cause(error)
                warnings += reviewers.map { .reviewer($0, cause) }
            }
        }
        let assignees = Self.missing(wanted.assignees, in: pull.assignees)
        if !assignees.isEmpty {
            do {
                warnings += try await add(assignees: assignees, to: &pull)
            } catch {
                let cause = try ForgeWarning.Cause(error)
                warnings += assignees.map { .assignee($0, cause) }
            }
        }
        if let method = wanted.autoMerge, !pull.mergesItself {
            do {
                let obstacle = pull.isDraft ? .draft : try await mergeAutomatically(&pull, method, isNew: isNew)
                pull.mergesItself = obstacle == nil
                if let obstacle { warnings.append(.autoMerge(obstacle)) }
            } catch {
                warnings.append(.autoMerge(.other(try ForgeWarning.Cause(error))))
            }
        }
        pull.warnings = warnings
        return pull
    }

    /// Does something for several at once, and where the forge does not want one of them, for each on its own.
    ///
    /// - Returns: whose it is that could not be done, and why.
    func each(
        of names: [String], _ act: ([String]) async throws -> Void
    ) async throws -> [(name: String, cause: ForgeWarning.Cause)] {
        do {
            try await act(names)
            return []
        } catch let error as ForgeError {
            switch error {
            // Of a workflow's token GitHub takes people and no teams.
            case .invalid where names.count > 1, .notAuthorised where names.count > 1: break
            default:
                let cause = try ForgeWarning.Cause(error)
                return names.map { ($0, cause) }
            }
        }
        var refused: [(String, ForgeWarning.Cause)] = []
        for name in names {
            do {
                try await act([name])
            } catch let error as ForgeError {
                refused.append((name, try ForgeWarning.Cause(error)))
            }
        }
        return refused
    }

    // MARK: Comparing

    /// The same with a title and a body that the forge takes.
    private func fitted(_ wanted: WantedPullRequest) -> WantedPullRequest {
        var fitted = wanted
        if wanted.title.unicodeScalars.count > titleLimit {
            fitted.title = String(String.UnicodeScalarView(wanted.title.unicodeScalars.prefix(titleLimit - 1))) + "…"
        }
        if wanted.body.unicodeScalars.count > bodyLimit {
            fitted.body = String(String.UnicodeScalarView(wanted.body.unicodeScalars.prefix(bodyLimit)))
        }
        return fitted
    }

    /// Whether both are the same but for blanks at the ends and the way that lines end, which forges change.
    private static func isSame(_ left: String, _ right: String) -> Bool {
        func plain(_ text: String) -> [UInt8] {
            let isBlank = { (byte: UInt8) in byte == 0x20 || (0x09...0x0D).contains(byte) }
            let bytes = text.utf8.filter { $0 != 0x0D }.drop(while: isBlank)
            return Array(bytes.reversed().drop(while: isBlank).reversed())
        }
        return plain(left) == plain(right)
    }

    /// Those of `wanted`, each once, that are not there. Names differ in more than the case of their letters.
    static func missing(_ wanted: [String], in present: [String]) -> [String] {
        var seen = Set(present.map(Self.folded))
        return wanted.filter { seen.insert(Self.folded($0)).inserted }
    }

    static func folded(_ name: String) -> [UInt8] { Array(name.lowercased().utf8) }
}
