internal import Git
internal import JSON
internal import Lockfile

/// A repository on a forge, and what of it is followed.
struct ForgeRepository: Equatable, Sendable {
    var owner: String
    var repo: String
    /// Another installation of the forge than the public one, as a host or a base URL; nil for that one.
    var host: String?
    var tracking: Tracking
    var contents = TreeContents.plain
    /// The folder in the repository that is meant, as in flakes. The whole tree is fetched; who uses the pin looks there.
    var directory: String?

    /// The fields of `source`.
    var fields: JSONObject {
        var fields = tracking.fields
        fields.merge(contents.fields)
        fields["owner"] = .string(owner)
        fields["repo"] = .string(repo)
        fields["host"] = host.map { .string($0) }
        fields["dir"] = directory.map { .string($0) }
        return fields
    }
}

/// A forge: `TYPE {owner, repo, host?, branch? | release? | at?, submodules?, lfs?, dir?}`.
///
/// Refs come over git's smart protocol, so that no API and none of its rate limits are in the way; the source is the
/// archive that the forge makes of a commit, unless something is wanted that no archive has.
protocol ForgeSource: RepositorySource {
    /// Where the public installation is.
    static var service: Service { get }

    /// Whether an owner may have several components, as groups within groups have.
    static var ownersNest: Bool { get }

    /// Whether capital and small letters are the same in the names of owners and repositories.
    static var namesIgnoreCase: Bool { get }

    /// How an installation is told; nil where only the public one is known.
    static var sign: ForgeSign? { get }

    /// How a repository is written behind the scheme.
    static var form: String { get }

    /// Whether a text of the notation, or of a page's address, can be an owner.
    static func isOwner(_ text: Substring) -> Bool

    var repository: ForgeRepository { get }

    init(_ repository: ForgeRepository)

    /// The repository's page, from which git fetches with `.git` behind it.
    /// - Parameter base: the URL of the installation, without a slash at the end.
    func page(at base: String) -> String

    /// The URL that git fetches the repository from.
    func gitURL(at base: String) -> String

    /// The archive that the forge makes of a commit; its URL never means another one.
    func archiveURL(at base: String, revision: String) -> String

    /// The same of a repository that is not open to everybody, where that takes another URL: one that lets a token in.
    func privateArchiveURL(at base: String, revision: String) -> String

    /// Other URLs of the archive of a commit, or of the tag that leads to it, as other tools have locked them.
    func otherArchiveURLs(at base: String, of name: String) -> [String]

    /// The page that shows what lies between two commits.
    func comparePage(at base: String, from old: String, to new: String) -> String?

    /// The page of the release that a tag is.
    func releasePage(at base: String, tag: String) -> String?

    /// What a page on the forge is about; nil for one that is about no repository, and for files and archives.
    /// - Parameter url: the page's address, its path beginning where the installation ends.
    static func page(of url: URLParts) -> ForgePage?
}

extension ForgeSource {
    static var ownersNest: Bool { false }
    static var namesIgnoreCase: Bool { true }
    static var sign: ForgeSign? { nil }
    static var form: String { "OWNER/REPO" }
    static func isOwner(_ text: Substring) -> Bool {
        ownersNest ? Notation.arePathComponents(text) : Notation.isPathComponent(text)
    }
    static var schemes: [String] { [type] }
    static var fields: Set<String> { commonFields.union(["owner", "repo", "host", "dir"]) }
    /// An archive has nothing in it that tells.
    static var peelsRevision: Bool { true }
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
                tracking: try Tracking(source), contents: try TreeContents(source),
                directory: try source.folder("dir")))
    }

    /// `TYPE:OWNER/REPO[/REF]`, with `?host=`, `?ref=`, `?rev=`, `?submodules=`, `?lfs=` and `?dir=`.
    static func parse(_ notation: String, _ options: SourceOptions) throws -> any SourceType {
        try Self(readNotation(notation, options))
    }

    /// Reads the notation.
    /// - Parameter host: where the repository is when neither the notation nor an option says so.
    static func readNotation(
        _ notation: String, _ options: SourceOptions, host defaultHost: String? = nil
    ) throws -> ForgeRepository {
        let url = URLParts(notation)
        let form = "\(url.scheme):\(Self.form) or \(url.scheme):\(Self.form)/REF"
        guard url.authority.isEmpty, url.fragment == nil else {
            throw ResolveError.malformedNotation(notation, form: form)
        }
        let parts = (String(url.path) ?? "").split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 2 || parts.count == 3 && parts[2] != "",
            let owner = Self.owner(parts[0]), Notation.isPathComponent(parts[1])
        else { throw ResolveError.malformedNotation(notation, form: form) }

        var host = options.host
        var ref = parts.count == 3 ? String(parts[2]) : nil
        var parameters: [String] = []
        for field in (url.query ?? "").split(separator: "&") {
            let pair = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            switch (pair[0], pair.count == 2 && pair[1] != "" ? String(pair[1]) : nil) {
            case ("host", let value?) where host == nil: host = value
            case ("ref", let value?) where ref == nil, ("rev", let value?) where ref == nil: ref = value
            case ("submodules", _?), ("lfs", _?), ("dir", _): parameters.append(String(field))
            default: throw ResolveError.unknownParameter(String(field), in: notation)
            }
        }
        guard host.map(ServiceHosts.isWebHost) ?? true else {
            throw ResolveError.malformedNotation(notation, form: "\(url.scheme):\(Self.form)?host=HOST")
        }
        // What a URL of a git repository may have behind it too is read as there.
        let place = notation.prefix { $0 != "?" }
        let shared = try GitURL.splitQuery("\(place)?\(parameters.joined(separator: "&"))").parameters
        return ForgeRepository(
            owner: owner, repo: String(parts[1]), host: host ?? defaultHost,
            tracking: try Tracking(
                ref: try Notation.decoded(ref, in: notation, form: form), options: options, notation: notation),
            contents: try TreeContents(options, shared, in: notation),
            directory: shared.directory.flatMap { $0.isEmpty ? nil : $0 })
    }

    /// An owner as the notation has it, where the slash of a group within a group is `%2F`; nil for what is none.
    private static func owner(_ text: Substring) -> String? {
        let decoded = ownersNest ? text.replacing("%2F", with: "/").replacing("%2f", with: "/")[...] : text
        return isOwner(decoded) ? String(decoded) : nil
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

    /// The repository that a page is about, and what of it; nil for a page that is about none, and for files.
    /// - Parameters:
    ///   - url: as for `page(of:)`.
    ///   - host: as in the repository that is returned.
    ///   - notation: what a person gave.
    /// - Throws: `ResolveError.webPage` for a page of a repository that is no source.
    static func repository(
        of url: URLParts, host: String?, _ options: SourceOptions, notation: String
    ) throws(ResolveError) -> ForgeRepository? {
        guard let page = page(of: url) else {
            // The page of a repository is no file, whatever is asked of it: `?ref=` is for the notations.
            if let query = url.query, case .whole? = page(of: URLParts(url.base))?.subject {
                throw .unknownParameter(query, in: notation)
            }
            return nil
        }
        guard isOwner(page.owner[...]), Notation.isPathComponent(page.repo[...]) else { return nil }
        let repo = Notation.withoutGitSuffix(page.repo)
        guard let tracking = try page.tracking(options, notation: notation) else {
            let host = host.map { "?host=\($0)" } ?? ""
            throw .webPage(notation, repository: "\(type):\(written(page.owner))/\(repo)\(host)")
        }
        return ForgeRepository(
            owner: page.owner, repo: repo, host: host, tracking: tracking,
            contents: TreeContents(submodules: options.submodules ?? false, lfs: options.lfs ?? false))
    }

    /// An owner as the notation has it.
    private static func written(_ owner: String) -> String { owner.replacing("/", with: "%2F") }

    // MARK: Writing

    var source: Source { Source(type: Self.type, fields: repository.fields) }

    var summary: String {
        let host = repository.host.map { "?host=\($0)" } ?? ""
        return "\(Self.type):\(Self.written(repository.owner))/\(repository.repo)\(host)"
            + (repository.directory.map { " dir \($0)" } ?? "") + repository.tracking.summary
            + repository.contents.summary
    }

    var suggestedName: String { Notation.pinName(ofRepository: repository.repo) }

    var tracking: Tracking { repository.tracking }
    var contents: TreeContents { repository.contents }

    func with(_ tracking: Tracking, _ contents: TreeContents) -> Self {
        var changed = repository
        (changed.tracking, changed.contents) = (tracking, contents)
        return Self(changed)
    }

    func moved(by options: SourceOptions) throws(ResolveError) -> Self {
        guard let host = options.host else { return self }
        guard ServiceHosts.isWebHost(host) else {
            throw .malformedNotation(host, form: "HOST or https://HOST")
        }
        var moved = repository
        moved.host = host
        return Self(moved)
    }

    // MARK: Upstream

    /// The URL of the installation, without a slash at the end.
    private func base(_ hosts: ServiceHosts) -> String {
        repository.host.map(ServiceHosts.baseURL) ?? hosts.url(of: Self.service)
    }

    func remote(_ hosts: ServiceHosts) throws -> GitURL { try GitURL(parsing: gitURL(at: base(hosts))) }

    func page(at base: String) -> String { "\(base)/\(repository.owner)/\(repository.repo)" }

    func gitURL(at base: String) -> String { page(at: base) + ".git" }

    func privateArchiveURL(at base: String, revision: String) -> String { archiveURL(at: base, revision: revision) }

    func otherArchiveURLs(at base: String, of name: String) -> [String] { [] }

    func resolve(
        in upstream: Upstream, after locked: Locked?, within limit: AgeLimit?
    ) async throws -> Resolution {
        let (url, found) = try await find(in: upstream, after: locked, within: limit)
        guard contents == .plain else {
            return Resolution(
                .git(url: url, ref: found.ref, revision: found.revision, contents: contents), dating: .commit, found)
        }
        let (base, revision) = (base(upstream.hosts), found.revision.hex)
        let isPrivate = upstream.isPrivate(url)
        let archive =
            isPrivate
            ? privateArchiveURL(at: base, revision: revision) : archiveURL(at: base, revision: revision)
        // `git archive` gives every entry the committer's date.
        var resolution = Resolution(.tarball(url: archive), dating: .newestEntry, found)
        let spellings = [self] + (locked?.fetch.url.map(respelled) ?? [])
        resolution.otherURLs = spellings.flatMap { $0.otherArchiveURLs(at: base, found, isPrivate: isPrivate) }
        return resolution
    }

    /// Where else the archive of a commit may have been found.
    private func otherArchiveURLs(at base: String, _ found: Tracking.Found, isPrivate: Bool) -> [String] {
        let names = [found.revision.hex, found.tagObject?.hex, RefName.tag(of: found.ref)].compactMap(\.self)
        return names.flatMap { name in
            // What lets in no token is of no use any more where one is needed.
            let own = isPrivate ? [] : [archiveURL(at: base, revision: name)]
            return own + [privateArchiveURL(at: base, revision: name)] + otherArchiveURLs(at: base, of: name)
        }
    }

    func archiveURL(ofCommit revision: String, at hosts: ServiceHosts) -> String? {
        contents == .plain ? archiveURL(at: base(hosts), revision: revision) : nil
    }

    func compareURL(from old: String, to new: String, at hosts: ServiceHosts) -> String? {
        comparePage(at: base(hosts), from: old, to: new)
    }

    func releasePage(at base: String, tag: String) -> String? { nil }

    func releaseNotesURL(of locked: Locked, at hosts: ServiceHosts) -> String? {
        tracking.tag(of: locked).flatMap { releasePage(at: base(hosts), tag: $0) }
    }
}
