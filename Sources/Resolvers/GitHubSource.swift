internal import Git
internal import JSON
public import Lockfile

/// A repository on GitHub: `github {owner, repo, host?, branch? | at?, submodules?, lfs?}`.
///
/// Refs come over git's smart protocol, so that no API and none of its rate limits are in the way; the source is the
/// archive that GitHub makes of a commit, unless something is wanted that no archive has.
public struct GitHubSource: SourceType {
    public static let type = "github"

    let owner: String
    let repo: String
    /// A GitHub Enterprise host; nil for GitHub itself.
    let host: String?
    let tracking: Tracking
    let contents: TreeContents

    init(owner: String, repo: String, host: String?, tracking: Tracking, contents: TreeContents = .plain) {
        self.owner = owner
        self.repo = repo
        self.host = host
        self.tracking = tracking
        self.contents = contents
    }

    public init(_ source: Source) throws {
        owner = try source.requiredPathComponent("owner")
        repo = try source.requiredPathComponent("repo")
        host = try source.webHost("host")
        tracking = try Tracking(source)
        contents = try TreeContents(source)
    }

    public var source: Source {
        var fields = tracking.fields
        fields.merge(contents.fields)
        fields["owner"] = .string(owner)
        fields["repo"] = .string(repo)
        fields["host"] = host.map { .string($0) }
        return Source(type: Self.type, fields: fields)
    }

    public var suggestedName: String {
        repo.hasSuffix(".nix") && repo != ".nix" ? String(repo.dropLast(4)) : repo
    }

    private func repositoryURL(of hosts: ServiceHosts) -> String {
        let base = host.map(ServiceHosts.baseURL) ?? hosts.url(of: .github)
        return "\(base)/\(owner)/\(repo)"
    }

    public var isFixed: Bool { tracking.isFixed }
    public var staysAtTag: Bool { tracking.isTag }

    public func settled(in upstream: Upstream) async throws -> (source: GitHubSource, remarks: [Resolution.Remark]) {
        let url = try GitURL(parsing: repositoryURL(of: upstream.hosts) + ".git")
        let (tracking, remarks) = try await tracking.settled(at: url, in: upstream)
        let settled = GitHubSource(owner: owner, repo: repo, host: host, tracking: tracking, contents: contents)
        return (settled, remarks)
    }

    public func refQuestion(of hosts: ServiceHosts) throws -> RefQuestion? {
        RefQuestion(
            url: try GitURL(parsing: repositoryURL(of: hosts) + ".git"), queries: tracking.queries(peelsRevision: true))
    }

    public func resolve(in upstream: Upstream) async throws -> Resolution {
        let repository = repositoryURL(of: upstream.hosts)
        let url = try GitURL(parsing: repository + ".git")
        let found = try await tracking.find(at: url, in: upstream, peelsRevision: true)
        guard contents == .plain else {
            return Resolution(
                .git(url: url, ref: found.ref, revision: found.revision, contents: contents),
                revision: found.revision.hex, dating: .commit)
        }
        return Resolution(
            .tarball(url: "\(repository)/archive/\(found.revision.hex).tar.gz"), revision: found.revision.hex,
            dating: .newestEntry)
    }
}
