internal import Git
internal import JSON
internal import Lockfile

/// A git repository by its URL: `git {url, branch? | release? | at?, submodules?, lfs?, dir?}`.
struct GitSource: RepositorySource {
    static let type = "git"
    static let schemes = ["git+https", "git+http", "git+file", "git+ssh", "git", "ssh"]
    static let forms = [
        SourceForm("git+https://…, git@HOST:PATH", "a git repository; also git+ssh://…, git+file://…, git://…"),
        SourceForm("https://….git", "the same"),
    ]
    static let fields = commonFields.union(["url", "dir"])
    /// git itself sees whether it fetched a tag.
    static let peelsRevision = false
    static let options: Set<SourceOptions.Name> = [
        .branch, .release, .releasePrefix, .range, .upperBound, .preReleases, .at, .submodules, .lfs,
    ]

    let url: GitURL
    let tracking: Tracking
    let contents: TreeContents
    /// The folder in the repository that is meant, as in flakes. The whole tree is fetched; who uses the pin looks there.
    let directory: String?

    init(url: GitURL, tracking: Tracking, contents: TreeContents = .plain, directory: String? = nil) {
        self.url = url
        self.tracking = tracking
        self.contents = contents
        self.directory = directory
    }

    init(_ source: Source) throws {
        url = try GitURL(parsing: try source.requiredText("url"))
        tracking = try Tracking(source)
        contents = try TreeContents(source)
        directory = try source.folder("dir")
    }

    static func parse(_ notation: String, _ options: SourceOptions) throws -> any SourceType {
        let (base, parameters) = try GitURL.splitQuery(notation)
        let contents = try TreeContents(options, parameters, in: notation)
        let directory = parameters.directory.flatMap { $0.isEmpty ? nil : $0 }
        if let revision = parameters.revision {
            // The revision is what is wanted; a ref beside it only says where it can be found.
            try options.refuse(allBut: [.submodules, .lfs], in: notation)
            return GitSource(
                url: try GitURL(parsing: base), tracking: .at(revision.hex), contents: contents,
                directory: directory)
        }
        return GitSource(
            url: try GitURL(parsing: base),
            tracking: try Tracking(ref: parameters.ref, options: options, notation: notation), contents: contents,
            directory: directory)
    }

    /// Whether a text is `user@host:path`, as git and ssh write it.
    static func isSCPLike(_ text: String) -> Bool {
        guard let colon = text.firstIndex(of: ":"), !text[colon...].hasPrefix("://") else { return false }
        return text[..<colon].contains("@") && !text[..<colon].contains("/")
    }

    var source: Source {
        var fields = tracking.fields
        fields.merge(contents.fields)
        fields["url"] = .string(url.text)
        fields["dir"] = directory.map { .string($0) }
        return Source(type: Self.type, fields: fields)
    }

    var summary: String {
        "git \(url.text)" + (directory.map { " dir \($0)" } ?? "") + tracking.summary + contents.summary
    }

    var suggestedName: String { Notation.pinName(ofRepository: url.repositoryName) }

    func remote(_ hosts: ServiceHosts) -> GitURL { url }

    /// The same repository as one of a forge that everybody knows; nil where it is on none. Its pages are wanted, and nothing
    /// else of it.
    private var onForge: (any ForgeSource)? {
        let page = URLParts(url.text)
        guard ["https", "http", "ssh"].contains(page.scheme) else { return nil }
        let host = page.authority.split(separator: "@").last.map(String.init) ?? ""
        var path = page.components
        guard let last = path.popLast(), !path.isEmpty else { return nil }
        for forge in Self.forges where forge.service.host == host {
            let owner = path.joined(separator: "/")
            guard path.count == 1 || forge.ownersNest, forge.isOwner(owner[...]) else { return nil }
            return forge.init(
                ForgeRepository(owner: owner, repo: Notation.withoutGitSuffix(last), host: nil, tracking: tracking))
        }
        return nil
    }

    private static let forges: [any ForgeSource.Type] = [
        GitHubSource.self, GitLabSource.self, ForgejoSource.self, SourcehutSource.self, BitbucketSource.self,
    ]

    /// The addresses that everybody knows: what points a forge elsewhere does not change where this repository is.
    private static let publicHosts = ServiceHosts(environment: [:])

    func compareURL(from old: String, to new: String, at hosts: ServiceHosts) -> String? {
        onForge?.compareURL(from: old, to: new, at: Self.publicHosts)
    }

    func releaseNotesURL(of locked: Locked, at hosts: ServiceHosts) -> String? {
        onForge?.releaseNotesURL(of: locked, at: Self.publicHosts)
    }

    func with(_ tracking: Tracking, _ contents: TreeContents) -> GitSource {
        GitSource(url: url, tracking: tracking, contents: contents, directory: directory)
    }

    func resolve(
        in upstream: Upstream, after locked: Locked?, within limit: AgeLimit?
    ) async throws -> Resolution {
        let (url, found) = try await find(in: upstream, after: locked, within: limit)
        return Resolution(
            .git(url: url, ref: found.ref, revision: found.revision, contents: contents), dating: .commit, found)
    }
}
