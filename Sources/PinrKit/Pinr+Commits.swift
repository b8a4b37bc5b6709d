internal import Git
internal import Lockfile
internal import Resolvers
internal import Updates
internal import Versions

// What lies between two states of a pin, as far as upstream tells.

extension Pinr {
    /// Changes with the commits in between, and where upstream says what is new.
    ///
    /// Nothing fails because somebody does not answer: a remark says so.
    /// - Throws: `CancellationError`
    func detailed(_ changes: [PinChange]) async throws -> [PinChange] {
        let detailed = await concurrently(changes, limit: context.jobs) { change in await self.detailed(change) }
        try Task.checkCancellation()
        return detailed
    }

    private func detailed(_ change: PinChange) async -> PinChange {
        var change = change
        guard let source = try? SourceTypes.read(change.source) else { return change }
        change.compareURL = change.compareURL ?? compareURL(source, from: change.old, to: change.new)
        // What is new is said of another version, and not of the same at another address.
        if change.old.version != change.new.version || change.old.revision != change.new.revision {
            change.releaseNotesURL = source.releaseNotesURL(of: change.new, at: context.upstream.hosts)
        }
        if let old = change.old.version, let new = change.new.version, isOlder(new, than: old, source) {
            change.isOlder = true
        }
        guard let old = change.old.revision.flatMap({ ObjectID(hex: $0) }),
            let new = change.new.revision.flatMap({ ObjectID(hex: $0) }), old != new,
            let url = Self.history(change, source, at: context.upstream.hosts)
        else { return change }
        let (name, limit) = (change.name.text, ChangeReport.listedCommits)
        context.console.progress("asking what is new in \(name)")
        // A forge knows of commits that git is not given any more, and has counted them.
        change.commits = await context.comparisons.commits(
            from: old.hex, to: new.hex, in: url.text, type: change.source.type, limit: limit
        ) { error in
            let problem = Problem(describing: error)
            context.console.progress("asking git what is new in \(name): \(problem.message)")
        }
        if change.commits != nil { return change }
        do {
            guard let apart = try await context.upstream.commits(from: old, to: new, at: url, limit: limit) else {
                change.remarks.append("the server cannot tell which commits lie in between")
                return change
            }
            guard let commits = CommitsBetween(apart) else {
                change.remarks.append("\(Summary.short(old.hex)), which was locked, is no longer there")
                return change
            }
            change.commits = commits
        } catch {
            let problem = Problem(describing: error)
            change.remarks.append("the commits in between are not known: \(problem.message)")
        }
        return change
    }

    /// Whether a version is older than another, as far as the source knows an order.
    func isOlder(_ new: String, than old: String, _ source: any SourceType) -> Bool {
        guard let scheme = source.versionScheme, let new = Version(new, scheme: scheme),
            let old = Version(old, scheme: scheme)
        else { return false }
        return new.isOlder(than: old)
    }

    /// The page that shows what lies between two states of a pin, where both are commits.
    func compareURL(_ source: any SourceType, from old: Locked, to new: Locked) -> String? {
        guard let before = old.revision, let after = new.revision, before != after else { return nil }
        return source.compareURL(from: before, to: after, at: context.upstream.hosts)
    }

    /// The repository that has the commits; what is locked tells it where the source does not.
    private static func history(_ change: PinChange, _ source: any SourceType, at hosts: ServiceHosts) -> GitURL? {
        if let url = source.history(at: hosts) { return url }
        guard case .git(let git) = change.new.fetch else { return nil }
        return try? GitURL(parsing: git.url)
    }
}

extension CommitsBetween {
    /// Nil where nobody has the old commit any more.
    init?(_ apart: CommitsApart) {
        guard let count = apart.count else { return nil }
        self.init(
            count: count, isAtLeast: apart.isAtLeast, gone: apart.gone,
            newest: apart.newest.map { CommitLine(id: $0.id.hex, subject: $0.subject, time: $0.time) })
    }
}
