internal import Git
internal import JSON
internal import Lockfile
internal import NixHash
internal import Transfer
internal import Versions

/// A Nix channel: `channel {channel, artifact?}`.
///
/// The channel's host redirects to the release it stands for; that URL never changes, and is what gets locked.
struct ChannelSource: SourceType {
    static let type = "channel"
    static let schemes = ["channel"]
    static let forms = [
        SourceForm("channel:NAME", "a Nix channel, locked to the release that it leads to"),
        SourceForm("channel:NAME#ARTIFACT", "another file of that release, as it is"),
    ]
    static let options: Set<SourceOptions.Name> = [.channel]
    static let service = Service("CHANNEL", at: "https://channels.nixos.org")

    private static let defaultArtifact = "nixexprs.tar.xz"

    let channel: String
    /// Another file of the release, taken as it is.
    let artifact: String?

    init(channel: String, artifact: String? = nil) {
        self.channel = channel
        self.artifact = artifact
    }

    static func parse(_ notation: String, _ options: SourceOptions) throws -> any SourceType {
        // Only `set` has a channel to change.
        try options.refuse(allBut: [], in: notation)
        let parts = notation.dropFirst("channel:".count).split(separator: "#", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), parts.allSatisfy({ Notation.isPathComponent($0) }) else {
            throw ResolveError.malformedNotation(notation, form: "channel:NAME or channel:NAME#ARTIFACT")
        }
        return ChannelSource(channel: String(parts[0]), artifact: parts.count == 2 ? String(parts[1]) : nil)
    }

    init(_ source: Source) throws {
        channel = try source.requiredPathComponent("channel")
        artifact = try source.pathComponent("artifact")
    }

    var source: Source {
        var fields: JSONObject = ["channel": .string(channel)]
        fields["artifact"] = artifact.map { .string($0) }
        return Source(type: Self.type, fields: fields)
    }

    var summary: String { "channel:\(channel)" + (artifact.map { "#\($0)" } ?? "") }

    /// The names of releases, which Nix's own order of versions orders.
    var versionScheme: VersionScheme? { .nix }

    var suggestedName: String { artifact ?? channel }

    func changed(by options: SourceOptions) throws -> any SourceType {
        guard let channel = options.channel else { return self }
        guard Notation.isPathComponent(channel[...]) else {
            throw ResolveError.malformedNotation(channel, form: "the name of a channel, as nixos-25.05")
        }
        return ChannelSource(channel: channel, artifact: artifact)
    }

    func resolve(in upstream: Upstream, after locked: Locked?) async throws -> Resolution {
        let asked = "\(upstream.hosts.url(of: Self.service))/\(channel)/\(artifact ?? Self.defaultArtifact)"
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
                .file(url: url, name: Notation.storeName(of: url))
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
