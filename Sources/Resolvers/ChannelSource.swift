internal import Git
internal import JSON
internal import Lockfile
internal import NixHash
internal import Transfer
internal import Versions

/// A Nix channel: `channel {channel, artifact?, unpack?}`.
///
/// The channel's host redirects to the release it stands for; that URL never changes, and is what gets locked.
struct ChannelSource: SourceType {
    static let type = "channel"
    static let schemes = ["channel"]
    static let forms = [
        SourceForm("channel:NAME", "a Nix channel, locked to the release that it leads to"),
        SourceForm("channel:NAME#ARTIFACT", "another file of that release, as it is"),
    ]
    static let options: Set<SourceOptions.Name> = [.channel, .unpack]
    static let fields: Set<String> = ["channel", "artifact", "unpack"]
    static let service = Service("CHANNEL", at: "https://channels.nixos.org")

    private static let defaultArtifact = "nixexprs.tar.xz"

    let channel: String
    /// Another file of the release, taken as it is.
    let artifact: String?
    /// Whether the file is an archive whose tree is wanted; nil for what it is by itself, which is one if it is the
    /// expressions.
    let unpacks: Bool?

    init(channel: String, artifact: String? = nil, unpacks: Bool? = nil) {
        self.channel = channel
        self.artifact = artifact
        self.unpacks = unpacks == (artifact == nil) ? nil : unpacks
    }

    static func parse(_ notation: String, _ options: SourceOptions) throws -> any SourceType {
        // Only `set` has a channel to change.
        try options.refuse(allBut: [.unpack], in: notation)
        let parts = notation.dropFirst("channel:".count).split(separator: "#", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), parts.allSatisfy({ Notation.isPathComponent($0) }) else {
            throw ResolveError.malformedNotation(notation, form: "channel:NAME or channel:NAME#ARTIFACT")
        }
        // The expressions are what they are; of an artifact it can be asked for.
        if parts.count == 1 { try options.refuse(allBut: [], in: notation) }
        return ChannelSource(
            channel: String(parts[0]), artifact: parts.count == 2 ? String(parts[1]) : nil, unpacks: options.unpack)
    }

    init(_ source: Source) throws {
        channel = try source.requiredPathComponent("channel")
        artifact = try source.pathComponent("artifact")
        unpacks = try source.boolean("unpack")
    }

    var source: Source {
        var fields: JSONObject = ["channel": .string(channel)]
        fields["artifact"] = artifact.map { .string($0) }
        fields["unpack"] = unpacks.map { .bool($0) }
        return Source(type: Self.type, fields: fields)
    }

    var summary: String {
        "channel:\(channel)" + (artifact.map { "#\($0)" } ?? "") + (unpacks == true ? " unpacked" : "")
    }

    /// The names of releases, which Nix's own order of versions orders.
    var versionScheme: VersionScheme? { .nix }

    var suggestedName: String { artifact ?? channel }

    func changed(by options: SourceOptions) throws -> any SourceType {
        let channel = options.channel ?? channel
        if let unpack = options.unpack, artifact == nil {
            throw ResolveError.optionDoesNotFit(unpack ? "--unpack" : "--no-unpack", source: summary)
        }
        guard Notation.isPathComponent(channel[...]) else {
            throw ResolveError.malformedNotation(channel, form: "the name of a channel, as nixos-25.05")
        }
        return ChannelSource(channel: channel, artifact: artifact, unpacks: options.unpack ?? unpacks)
    }

    func following(_ ref: String, _ options: SourceOptions, notation: String) throws -> any SourceType {
        try ChannelSource.parse("channel:\(ref)", SourceOptions())
    }

    /// The repository that the channels of NixOS are made of; nil for a channel of somebody else.
    private func nixpkgs(at hosts: ServiceHosts) -> String? {
        guard ["nixos-", "nixpkgs-"].contains(where: { channel.hasPrefix($0) }) else { return nil }
        return "\(hosts.url(of: GitHubSource.service))/NixOS/nixpkgs"
    }

    func compareURL(from old: String, to new: String, at hosts: ServiceHosts) -> String? {
        nixpkgs(at: hosts).map { "\($0)/compare/\(old)...\(new)" }
    }

    func history(at hosts: ServiceHosts) -> GitURL? {
        nixpkgs(at: hosts).flatMap { try? GitURL(parsing: $0 + ".git") }
    }

    func resolve(
        in upstream: Upstream, after locked: Locked?, within limit: AgeLimit?
    ) async throws -> Resolution {
        let base = upstream.hosts.url(of: Self.service)
        let asked = "\(base)/\(channel)/\(artifact ?? Self.defaultArtifact)"
        let known = locked?.validator.flatMap { Validator(text: $0) }
        let headers = [("Accept-Encoding", "identity")] + (known?.condition.map { [$0] } ?? [])
        let response = try await upstream.head(of: asked, headers: headers)
        switch response.status {
        case _ where response.rateLimit != nil: throw response.failure(url: asked)
        case 200..<300: break
        case 304 where known?.condition != nil: break
        case 403, 404, 410: throw try await absence(asked, at: base, upstream)
        default: throw response.failure(url: asked)
        }

        // A mirror may pass on the link of the host that it mirrors: what it redirects to itself counts before that.
        let link = ((try? ImmutableLink(in: response)) ?? nil).flatMap { ExpiringURL.isOne($0.url) ? nil : $0 }
        // Another host of the same channel, or a signed address in a store of files, is no release.
        let target = WebFile.lockableRedirect(response)
        let url = target ?? link?.url ?? asked
        let stated = link?.url == url ? link : nil
        let folder = Self.folder(of: url)
        var remarks: [Resolution.Remark] = []
        let isMutable = target == nil && stated == nil
        if isMutable { remarks.append(.mutableURL(url)) }
        let revision = try await revision(in: folder, upstream) ?? stated?.revision
        if revision == nil { remarks.append(.unknownRevision(channel: channel)) }
        let isTree = unpacks ?? (artifact == nil)
        var resolution = Resolution(
            isTree ? .tarball(url: url) : .file(url: url, name: Notation.storeName(of: url)), revision: revision,
            version: isMutable ? nil : folder.split(separator: "/").last.map(String.init),
            // The times in the tarballs of the channels are all set to one, by which nobody can tell two releases apart.
            dating: stated?.lastModified.map { .stated($0) } ?? (isTree ? .newestEntry : .server), remarks: remarks)
        resolution.statedHash = isTree ? stated?.hash : nil
        resolution.isMutable = isMutable
        resolution.isNotModified = isMutable && known?.matches(response) ?? false
        // A channel tells of its newest release alone; when that was put there is what its file says.
        if let limit { resolution.aging = Aging(ofOnly: stated?.lastModified ?? response.lastModified, within: limit) }
        return resolution
    }

    /// The URL of the folder that a file is in, without a slash at the end.
    private static func folder(of url: String) -> String {
        let path = String(url.prefix { $0 != "?" && $0 != "#" })
        return String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)])
    }

    /// Why there is nothing at a URL: the channel has no such file, or there is no such channel.
    private func absence(_ asked: String, at base: String, _ upstream: Upstream) async throws -> ResolveError {
        func isThere(_ channel: String) async throws -> Bool {
            let url = "\(base)/\(channel)/\(Self.defaultArtifact)"
            let response = try await upstream.transfer.head(of: url)
            // A server that will not say now does not say that there is none.
            guard response.rateLimit == nil, response.status < 500 else { throw response.failure(url: url) }
            return (200..<300).contains(response.status)
        }
        if let artifact, try await isThere(channel) {
            return .artifactNotFound(artifact, channel: channel, url: asked)
        }
        // Nothing is suggested that is not there.
        var nearest: [String] = []
        for name in ChannelNames.candidates(for: channel) where nearest.count < 2 {
            if (try? await isThere(name)) == true { nearest.append(name) }
        }
        try Task.checkCancellation()
        return .channelNotFound(channel, url: asked, nearest: nearest)
    }

    /// The commit of nixpkgs that the release beside this folder's files was made of, if it says.
    private func revision(in folder: String, _ upstream: Upstream) async throws -> String? {
        var request = TransferRequest(url: "\(folder)/git-revision")
        request.maximumBodySize = 4096
        let asked = request
        let response = try await upstream.document(at: request.url) { try await upstream.transfer.send(asked) }
        switch response.status {
        case _ where response.rateLimit != nil: throw response.failure(url: request.url)
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
