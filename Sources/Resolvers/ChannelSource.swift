internal import Git
internal import JSON
public import Lockfile
internal import NixHash
internal import Transfer

/// A Nix channel: `channel {channel, artifact?}`.
///
/// The channel's host redirects to the release it stands for; that URL never changes, and is what gets locked.
public struct ChannelSource: SourceType {
    public static let type = "channel"

    private static let defaultArtifact = "nixexprs.tar.xz"

    let channel: String
    /// Another file of the release, taken as it is.
    let artifact: String?
    /// What the short name was, where one was used.
    private let alias: String?

    init(channel: String, artifact: String? = nil, alias: String? = nil) {
        self.channel = channel
        self.artifact = artifact
        self.alias = alias
    }

    public init(_ source: Source) throws {
        channel = try source.requiredPathComponent("channel")
        artifact = try source.pathComponent("artifact")
        alias = nil
    }

    public var source: Source {
        var fields: JSONObject = ["channel": .string(channel)]
        fields["artifact"] = artifact.map { .string($0) }
        return Source(type: Self.type, fields: fields)
    }

    public var suggestedName: String { alias ?? artifact ?? channel }

    public func resolve(in upstream: Upstream) async throws -> Resolution {
        let asked = "\(upstream.hosts.url(of: .channel))/\(channel)/\(artifact ?? Self.defaultArtifact)"
        let response = try await upstream.transfer.head(of: asked)
        switch response.status {
        case 200..<300: break
        case 403, 404, 410: throw ResolveError.channelNotFound(channel, url: asked)
        default: throw response.failure(url: asked)
        }

        let url = response.url
        let folder = String(url[..<(url.lastIndex(of: "/") ?? url.endIndex)])
        var remarks: [Resolution.Remark] = []
        if url == asked { remarks.append(.mutableURL(url)) }
        let revision = try await revision(in: folder, upstream)
        if revision == nil { remarks.append(.unknownRevision(channel: channel)) }
        let fetch: Resolution.Fetch =
            if artifact == nil {
                .tarball(url: url)
            } else {
                .file(url: url, name: FileSource.storeName(of: url))
            }
        return Resolution(
            fetch, revision: revision, version: url == asked ? nil : folder.split(separator: "/").last.map(String.init),
            dating: artifact == nil ? .newestEntry : .server, remarks: remarks)
    }

    /// The commit of nixpkgs that the release beside this folder's files was made of, if it says.
    private func revision(in folder: String, _ upstream: Upstream) async throws -> String? {
        var request = TransferRequest(url: "\(folder)/git-revision")
        request.maximumBodySize = 4096
        let response = try await upstream.transfer.send(request)
        switch response.status {
        case 200: break
        // Stores of files say 403 of what is not there.
        case 403, 404, 410: return nil
        // A server that only fails for the moment must not make an update forget the revision.
        default: throw response.failure(url: request.url)
        }
        let text = String(decoding: response.body.filter { $0 > 0x20 }, as: UTF8.self)
        return ObjectID(hex: text)?.hex
    }
}
