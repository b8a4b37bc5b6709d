internal import Git
internal import Lockfile
internal import Versions

/// A source that is a git repository, by whatever it is named: what is followed in it, and what of its tree is wanted.
protocol RepositorySource: SourceType {
    var tracking: Tracking { get }
    var contents: TreeContents { get }

    /// Whether the id of an annotated tag has to be told from a commit's by the refs (`Tracking.find`).
    static var peelsRevision: Bool { get }

    /// Where git asks.
    /// - Throws: `GitError` for a URL that is none.
    func remote(_ hosts: ServiceHosts) throws -> GitURL

    /// The same repository, of which something else is wanted.
    func with(_ tracking: Tracking, _ contents: TreeContents) -> Self

    /// The same repository at another place, if the options name one.
    /// - Throws: `ResolveError.malformedNotation`
    func moved(by options: SourceOptions) throws(ResolveError) -> Self
}

extension RepositorySource {
    /// Those of a repository by whatever it is named.
    static var commonFields: Set<String> { ["branch", "release", "at", "submodules", "lfs"] }

    var isFixed: Bool { tracking.isFixed }
    var staysAtTag: Bool { tracking.isTag }
    var versionScheme: VersionScheme? { tracking.versionScheme }

    func moved(by options: SourceOptions) -> Self { self }

    func changed(by options: SourceOptions) throws -> any SourceType {
        try moved(by: options).with(tracking.changed(by: options), contents.changed(by: options))
    }

    func following(_ ref: String, _ options: SourceOptions, notation: String) throws -> any SourceType {
        try moved(by: options)
            .with(Tracking(ref: ref, options: options, notation: notation), contents.changed(by: options))
    }

    func visiting(_ ref: String) -> any SourceType { with(tracking.visiting(ref), contents) }

    func settled(in upstream: Upstream) async throws -> (source: any SourceType, remarks: [Resolution.Remark]) {
        try await settledTracking(in: upstream)
    }

    /// The same with what its REF turned out to be.
    func settledTracking(
        in upstream: Upstream
    ) async throws -> (source: any SourceType, remarks: [Resolution.Remark]) {
        let (tracking, remarks) = try await tracking.settled(at: remote(upstream.hosts), in: upstream)
        return (with(tracking, contents), remarks)
    }

    func refQuestion(of hosts: ServiceHosts) throws -> RefQuestion? {
        RefQuestion(url: try remote(hosts), queries: tracking.queries(peelsRevision: Self.peelsRevision))
    }

    func tagQuestion(_ locked: Locked, of hosts: ServiceHosts) throws -> RefQuestion? {
        let url = try remote(hosts)
        return tracking.lockedQueries(locked).map { RefQuestion(url: url, queries: $0) }
    }

    func tagState(_ locked: Locked, in upstream: Upstream) async throws -> TagState? {
        try await tracking.lockedState(locked, at: remote(upstream.hosts), in: upstream)
    }

    /// The commit that is followed now.
    /// - Throws: `ResolveError`, `GitError`, `TransferError`
    func find(
        in upstream: Upstream, after locked: Locked?, within limit: AgeLimit?
    ) async throws -> (url: GitURL, found: Tracking.Found) {
        let url = try remote(upstream.hosts)
        return (
            url,
            try await tracking.find(
                at: url, in: upstream, after: locked, peelsRevision: Self.peelsRevision, within: limit)
        )
    }
}
