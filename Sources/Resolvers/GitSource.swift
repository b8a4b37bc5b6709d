internal import Git
internal import JSON
public import Lockfile

/// A git repository by its URL: `git {url, branch? | at?, submodules?, lfs?}`.
public struct GitSource: SourceType {
    public static let type = "git"

    let url: GitURL
    let tracking: Tracking
    let contents: TreeContents

    init(url: GitURL, tracking: Tracking, contents: TreeContents = .plain) {
        self.url = url
        self.tracking = tracking
        self.contents = contents
    }

    public init(_ source: Source) throws {
        url = try GitURL(parsing: try source.requiredText("url"))
        tracking = try Tracking(source)
        contents = try TreeContents(source)
    }

    public var source: Source {
        var fields = tracking.fields
        fields.merge(contents.fields)
        fields["url"] = .string(url.text)
        return Source(type: Self.type, fields: fields)
    }

    public var suggestedName: String { url.repositoryName }

    public var isFixed: Bool { tracking.isFixed }
    public var staysAtTag: Bool { tracking.isTag }

    public func settled(in upstream: Upstream) async throws -> (source: GitSource, remarks: [Resolution.Remark]) {
        let (tracking, remarks) = try await tracking.settled(at: url, in: upstream)
        return (GitSource(url: url, tracking: tracking, contents: contents), remarks)
    }

    public func refQuestion(of hosts: ServiceHosts) -> RefQuestion? {
        RefQuestion(url: url, queries: tracking.queries())
    }

    public func resolve(in upstream: Upstream) async throws -> Resolution {
        let found = try await tracking.find(at: url, in: upstream)
        return Resolution(
            .git(url: url, ref: found.ref, revision: found.revision, contents: contents),
            revision: found.revision.hex, dating: .commit)
    }
}
