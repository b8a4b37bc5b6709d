import Git
import JSON
import Lockfile
import Resolvers
import Support
import Testing
import Transfer

/// Channels, from a server that redirects as the real one does.
struct ChannelTests {
    private static let revision = "0123456789abcdef0123456789abcdef01234567"
    private static let locations = [
        "location /nixos-unstable/ { rewrite ^/nixos-unstable/(.*)$ /nixos/unstable/nixos-25.11pre1.abc/$1 redirect; }",
        "location /old/ { rewrite ^/old/(.*)$ /nixos/old/nixos-1.0/$1 redirect; }",
        "location /broken/ { rewrite ^/broken/(.*)$ /nixos/broken/nixos-2/$1 redirect; }",
        "location = /nixos/broken/nixos-2/git-revision { return 503; }",
        "location /forbidden/ { return 403; }",
        "location /failing/ { return 500; }",
    ]

    /// The server lives as long as this does.
    private struct Setting {
        let server: WebServer
        let upstream: Upstream
    }

    private func setUp() async throws -> Setting {
        let server = try await WebServer(locations: Self.locations)
        for folder in ["nixos/unstable/nixos-25.11pre1.abc", "nixos/old/nixos-1.0", "nixos/broken/nixos-2", "still"] {
            for file in ["nixexprs.tar.xz", "options.json.br"] { try server.put("\(folder)/\(file)", "x") }
        }
        try server.put("nixos/unstable/nixos-25.11pre1.abc/git-revision", "\(Self.revision)\n")
        try server.put("still/git-revision", "not a revision\n")
        return Setting(server: server, upstream: upstream(["PINR_CHANNEL_HOST": server.baseURL + "/"]))
    }

    private func resolve(_ notation: String, _ setting: Setting) async throws -> Resolution {
        try await Notation.parse(notation, options: SourceOptions()).resolve(in: setting.upstream)
    }

    @Test func `What the channel redirects to is what is locked`() async throws {
        let setting = try await setUp()
        let release = "\(setting.server.baseURL)/nixos/unstable/nixos-25.11pre1.abc"
        let resolution = try await resolve("channel:nixos-unstable", setting)
        #expect(resolution.fetch == .tarball(url: "\(release)/nixexprs.tar.xz"))
        #expect(resolution.revision == Self.revision)
        #expect(resolution.version == "nixos-25.11pre1.abc")
        #expect(resolution.dating == .newestEntry)
        #expect(resolution.remarks.isEmpty)
        // Nothing was downloaded but the revision.
        #expect(
            setting.server.accessLog().filter { $0.method == "GET" }.map(\.uri) == [
                "/nixos/unstable/nixos-25.11pre1.abc/git-revision"
            ])
        let artifact = try await resolve("channel:nixos-unstable#options.json.br", setting)
        #expect(artifact.fetch == .file(url: "\(release)/options.json.br", name: "options.json.br"))
        #expect(artifact.dating == .server)
    }

    @Test func `A release that does not say its revision is remarked on`() async throws {
        let setting = try await setUp()
        let resolution = try await resolve("channel:old", setting)
        #expect(resolution.revision == nil)
        #expect(resolution.version == "nixos-1.0")
        #expect(resolution.remarks == [.unknownRevision(channel: "old")])
    }

    @Test func `A server that fails for the moment is no release without a revision`() async throws {
        let setting = try await setUp()
        let url = "\(setting.server.baseURL)/nixos/broken/nixos-2/git-revision"
        await #expect(throws: TransferError.status(code: 503, url: url, retryAfter: nil)) {
            try await resolve("channel:broken", setting)
        }
    }

    @Test func `A host that does not redirect is remarked on`() async throws {
        let setting = try await setUp()
        let resolution = try await resolve("channel:still", setting)
        let url = "\(setting.server.baseURL)/still/nixexprs.tar.xz"
        #expect(resolution.fetch == .tarball(url: url))
        #expect(resolution.version == nil)
        #expect(resolution.remarks == [.mutableURL(url), .unknownRevision(channel: "still")])
    }

    @Test(arguments: ["gone", "forbidden"])
    func `A channel that is not there is named`(channel: String) async throws {
        let setting = try await setUp()
        let url = "\(setting.server.baseURL)/\(channel)/nixexprs.tar.xz"
        await #expect(throws: ResolveError.channelNotFound(channel, url: url)) {
            try await resolve("channel:\(channel)", setting)
        }
    }

    @Test func `A host that fails is not a channel that is not there`() async throws {
        let setting = try await setUp()
        let url = "\(setting.server.baseURL)/failing/nixexprs.tar.xz"
        await #expect(throws: TransferError.status(code: 500, url: url, retryAfter: nil)) {
            try await resolve("channel:failing", setting)
        }
    }
}
