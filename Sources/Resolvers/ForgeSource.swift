internal import Git
internal import JSON
internal import Lockfile
internal import Versions

/// A repository on a forge, and what of it is followed.
struct ForgeRepository: Equatable, Sendable {
    var owner: String
    var repo: String
    /// Another installation of the forge than the public one, as a host or a base URL; nil for that one.
    var host: String?
    var tracking: Tracking
    var contents = TreeContents.plain

    /// The fields of `source`.
    var fields: JSONObject {
        var fields = tracking.fields
        fields.merge(contents.fields)
        fields["owner"] = .string(owner)
        fields["repo"] = .string(repo)
        fields["host"] = host.map { .string($0) }
        return fields
    }
}

/// A forge: `TYPE {owner, repo, host?, branch? | release? | at?, submodules?, lfs?}`.
///
/// Refs come over git's smart protocol, so that no API and none of its rate limits are in the way; the source is the
/// archive that the forge makes of a commit, unless something is wanted that no archive has.
protocol ForgeSource: SourceType {
    /// Where the public installation is.
    static var service: Service { get }

    /// Whether an owner may have several components, as groups within groups have.
    static var ownersNest: Bool { get }

    var repository: ForgeRepository { get }

    init(_ repository: ForgeRepository)

    /// The repository's page, from which git fetches with `.git` behind it.
    /// - Parameter base: the URL of the installation, without a slash at the end.
    func page(at base: String) -> String

    /// The URL that git fetches the repository from.
    func gitURL(at base: String) -> String

    /// The archive that the forge makes of a commit; its URL never means another one.
    func archiveURL(at base: String, revision: String) -> String

    /// The page that shows what lies between two commits.
    func comparePage(at base: String, from old: String, to new: String) -> String?

    /// Reads the path of a page on the forge; nil for one that is about no repository, and for files.
    /// - Parameters:
    ///   - url: the page.
    ///   - host: as in the repository that is returned.
    /// - Throws: `ResolveError.webPage` for a page of a repository that is no source.
    static func repository(
        of url: URLParts, host: String?, _ options: SourceOptions, notation: String
    ) throws -> ForgeRepository?
}

extension ForgeSource {
    static var ownersNest: Bool { false }
    static var schemes: [String] { [type] }
    static var options: Set<SourceOptions.Name> {
        [.branch, .release, .releasePrefix, .range, .upperBound, .preReleases, .at, .host, .submodules, .lfs]
    }

    // MARK: Reading

    init(_ source: Source) throws {
        self.init(
            ForgeRepository(
                owner: Self.ownersNest
                    ? try source.requiredPathComponents("owner") : try source.requiredPathComponent("owner"),
                repo: try source.requiredPathComponent("repo"), host: try source.webHost("host"),
                tracking: try Tracking(source), contents: try TreeContents(source)))
    }

    /// `TYPE:OWNER/REPO[/REF]`, with `?host=`, `?ref=`, `?rev=`, `?submodules=` and `?lfs=`.
    static func parse(_ notation: String, _ options: SourceOptions) throws -> any SourceType {
        try Self(readNotation(notation, options))
    }

    /// Reads the notation.
    /// - Parameter host: where the repository is when neither the notation nor an option says so.
    static func readNotation(
        _ notation: String, _ options: SourceOptions, host defaultHost: String? = nil
    ) throws -> ForgeRepository {
        let url = URLParts(notation)
        let form = "\(url.scheme):OWNER/REPO or \(url.scheme):OWNER/REPO/REF"
        guard url.authority.isEmpty, url.fragment == nil else {
            throw ResolveError.malformedNotation(notation, form: form)
        }
        let parts = (String(url.path) ?? "").split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 2 || parts.count == 3 && parts[2] != "",
            let owner = Self.owner(parts[0]), Notation.isPathComponent(parts[1])
        else { throw ResolveError.malformedNotation(notation, form: form) }

        var host = options.host
        var ref = parts.count == 3 ? String(parts[2]) : nil
        var contents: [String] = []
        for field in (url.query ?? "").split(separator: "&") {
            let pair = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            switch (pair[0], pair.count == 2 && pair[1] != "" ? String(pair[1]) : nil) {
            case ("host", let value?) where host == nil: host = value
            case ("ref", let value?) where ref == nil, ("rev", let value?) where ref == nil: ref = value
            case ("submodules", _?), ("lfs", _?): contents.append(String(field))
            default: throw ResolveError.unknownParameter(String(field), in: notation)
            }
        }
        guard host.map(ServiceHosts.isWebHost) ?? true else {
            throw ResolveError.malformedNotation(notation, form: "\(url.scheme):OWNER/REPO?host=HOST")
        }
        return ForgeRepository(
            owner: owner, repo: String(parts[1]), host: host ?? defaultHost,
            tracking: try Tracking(
                ref: try Notation.decoded(ref, in: notation, form: form), options: options, notation: notation),
            contents: try TreeContents(
                options, try GitURL.splitQuery("?" + contents.joined(separator: "&")).parameters, in: notation))
    }

    /// An owner as the notation has it, where the slash of a group within a group is `%2F`; nil for what is none.
    private static func owner(_ text: Substring) -> String? {
        guard ownersNest else { return Notation.isPathComponent(text) ? String(text) : nil }
        let decoded = text.replacing("%2F", with: "/").replacing("%2f", with: "/")
        return Notation.arePathComponents(decoded) ? String(decoded) : nil
    }

    /// A page on the public installation.
    static func link(_ text: String, _ options: SourceOptions) throws -> (any SourceType)? {
        let url = URLParts(text)
        guard ["https", "http"].contains(url.scheme), [service.host, "www.\(service.host)"].contains(url.authority)
        else { return nil }
        guard let repository = try Self.repository(of: url, host: nil, options, notation: text) else { return nil }
        if options.host != nil { throw ResolveError.optionDoesNotFit("--host", source: text) }
        return Self(repository)
    }

    // MARK: Writing

    var source: Source { Source(type: Self.type, fields: repository.fields) }

    var summary: String {
        let host = repository.host.map { "?host=\($0)" } ?? ""
        return "\(Self.type):\(repository.owner)/\(repository.repo)\(host)"
            + repository.tracking.summary + repository.contents.summary
    }

    var suggestedName: String { Notation.pinName(ofRepository: repository.repo) }

    var isFixed: Bool { repository.tracking.isFixed }
    var staysAtTag: Bool { repository.tracking.isTag }
    var versionScheme: VersionScheme? { repository.tracking.versionScheme }

    func changed(by options: SourceOptions) throws -> any SourceType {
        try changed(by: options, tracking: repository.tracking.changed(by: options))
    }

    /// The same at another REF, with what the options ask for.
    /// - Throws: `ResolveError`
    func following(_ ref: String, _ options: SourceOptions, notation: String) throws -> any SourceType {
        try changed(by: options, tracking: Tracking(ref: ref, options: options, notation: notation))
    }

    private func changed(by options: SourceOptions, tracking: Tracking) throws -> any SourceType {
        var changed = repository
        if let host = options.host {
            guard ServiceHosts.isWebHost(host) else {
                throw ResolveError.malformedNotation(host, form: "HOST or https://HOST")
            }
            changed.host = host
        }
        changed.tracking = tracking
        changed.contents = changed.contents.changed(by: options)
        return Self(changed)
    }

    // MARK: Upstream

    /// The URL of the installation, without a slash at the end.
    private func base(_ hosts: ServiceHosts) -> String {
        repository.host.map(ServiceHosts.baseURL) ?? hosts.url(of: Self.service)
    }

    private func remote(_ hosts: ServiceHosts) throws -> GitURL { try GitURL(parsing: gitURL(at: base(hosts))) }

    func page(at base: String) -> String { "\(base)/\(repository.owner)/\(repository.repo)" }

    func gitURL(at base: String) -> String { page(at: base) + ".git" }

    func settled(in upstream: Upstream) async throws -> (source: any SourceType, remarks: [Resolution.Remark]) {
        var settled = repository
        let (tracking, remarks) = try await settled.tracking.settled(at: remote(upstream.hosts), in: upstream)
        settled.tracking = tracking
        return (Self(settled), remarks)
    }

    func refQuestion(of hosts: ServiceHosts) throws -> RefQuestion? {
        RefQuestion(url: try remote(hosts), queries: repository.tracking.queries(peelsRevision: true))
    }

    func resolve(in upstream: Upstream, after locked: Locked?) async throws -> Resolution {
        let url = try remote(upstream.hosts)
        let found = try await repository.tracking.find(at: url, in: upstream, after: locked, peelsRevision: true)
        guard repository.contents == .plain else {
            return Resolution(
                .git(url: url, ref: found.ref, revision: found.revision, contents: repository.contents),
                dating: .commit, found)
        }
        return Resolution(
            .tarball(url: archiveURL(at: base(upstream.hosts), revision: found.revision.hex)), dating: .newestEntry,
            found)
    }

    func visiting(_ ref: String) -> any SourceType {
        var visiting = repository
        visiting.tracking = visiting.tracking.visiting(ref)
        return Self(visiting)
    }

    func tagQuestion(_ locked: Locked, of hosts: ServiceHosts) throws -> RefQuestion? {
        let url = try remote(hosts)
        return repository.tracking.lockedQueries(locked).map { RefQuestion(url: url, queries: $0) }
    }

    func tagState(_ locked: Locked, in upstream: Upstream) async throws -> TagState? {
        try await repository.tracking.lockedState(locked, at: remote(upstream.hosts), in: upstream)
    }

    func compareURL(from old: String, to new: String, at hosts: ServiceHosts) -> String? {
        comparePage(at: base(hosts), from: old, to: new)
    }
}
