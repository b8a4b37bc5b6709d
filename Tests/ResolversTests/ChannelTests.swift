import Git
import JSON
import Lockfile
import NixHash
import Support
import Testing
import Transfer

@testable import Resolvers

/// Channels, from a server that redirects as the real one does.
struct ChannelTests {
    private static let revision = "0123456789abcdef0123456789abcdef01234567"
    private static let linked = "fedcba9876543210fedcba9876543210fedcba98"
    private static let locations = [
        "location /nixos-unstable/ { rewrite ^/nixos-unstable/(.*)$ /nixos/unstable/nixos-25.11pre1.abc/$1 redirect; }",
        "location /old/ { rewrite ^/old/(.*)$ /nixos/old/nixos-1.0/$1 redirect; }",
        "location /broken/ { rewrite ^/broken/(.*)$ /nixos/broken/nixos-2/$1 redirect; }",
        "location = /nixos/broken/nixos-2/git-revision { return 503; }",
        "location /forbidden/ { return 403; }",
        // As the real host does it since 2025: the link stands on the redirect, whose own location has no query.
        """
        location = /nixos-25.05/nixexprs.tar.xz {
            add_header Link "<$scheme://$http_host/nixos/25.05/nixos-25.05.1.abc/nixexprs.tar.xz?rev=\(linked)&lastModified=1748000000>; rel=\\"immutable\\"";
            return 302 /nixos/25.05/nixos-25.05.1.abc/nixexprs.tar.xz;
        }
        """,
        "location = /mirrored/nixexprs.tar.xz { add_header Link '<https://releases.nixos.org/x/nixexprs.tar.xz?rev=\(linked)&lastModified=1>; rel=\"immutable\"'; return 302 /nixos/old/nixos-1.0/nixexprs.tar.xz; }",
        "location ~ ^/nixos-25.05/latest-(.*)$ { return 302 /nixos/25.05/nixos-25.05.1.abc/nixos-minimal-25.05.1.abc-x86_64-linux.iso; }",
        // Through an old address of the channels.
        "location /channels/ { rewrite ^/channels/(.*)$ /$1 redirect; }",
        "location /failing/ { return 500; }",
        "location = /limited/nixexprs.tar.xz { return 429; }",
        // What is no release, though it is another address.
        "location /signed/ { rewrite ^/signed/(.*)$ /store/$1?X-Amz-Signature=secret redirect; }",
        "location /lasting/ { rewrite ^/lasting/(.*)$ /nixos/lasting/nixos-3/$1 redirect; }",
        "location = /nixos/lasting/nixos-3/nixexprs.tar.xz { return 302 /store/nixexprs.tar.xz?X-Amz-Signature=secret; }",
        "location /moved/ { if ($host = 127.0.0.1) { return 301 http://localhost:$server_port$uri; } }",
    ]

    /// The server lives as long as this does.
    private struct Setting {
        let server: WebServer
        let upstream: Upstream
    }

    private func setUp() async throws -> Setting {
        let server = try await WebServer(locations: Self.locations)
        for folder in [
            "nixos/unstable/nixos-25.11pre1.abc", "nixos/old/nixos-1.0", "nixos/broken/nixos-2", "still", "store",
            "moved",
        ] {
            for file in ["nixexprs.tar.xz", "options.json.br"] { try server.put("\(folder)/\(file)", "x") }
        }
        try server.put("nixos/unstable/nixos-25.11pre1.abc/git-revision", "\(Self.revision)\n")
        for file in ["nixexprs.tar.xz", "nixos-minimal-25.05.1.abc-x86_64-linux.iso", "sources.tar.gz"] {
            try server.put("nixos/25.05/nixos-25.05.1.abc/\(file)", "x")
            try server.put("nixos-25.05/\(file)", "x")
        }
        try server.put("nixos-unstable-small/nixexprs.tar.xz", "x")
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

    @Test(arguments: ["signed", "moved"])
    func `What will not last, and the same at another host, is no release`(channel: String) async throws {
        let setting = try await setUp()
        let resolution = try await resolve("channel:\(channel)", setting)
        let url = "\(setting.server.baseURL)/\(channel)/nixexprs.tar.xz"
        #expect(resolution.fetch == .tarball(url: url))
        #expect(resolution.version == nil && resolution.isMutable)
        #expect(resolution.remarks.first == .mutableURL(url))
    }

    @Test func `A release whose file is in a store with signed addresses is locked by its own`() async throws {
        let setting = try await setUp()
        let resolution = try await resolve("channel:lasting", setting)
        #expect(
            resolution.fetch == .tarball(url: "\(setting.server.baseURL)/nixos/lasting/nixos-3/nixexprs.tar.xz"))
        #expect(resolution.version == "nixos-3" && !resolution.isMutable)
    }

    @Test func `What a host that does not redirect has is asked about with its tag`() async throws {
        let setting = try await setUp()
        let url = "\(setting.server.baseURL)/still/nixexprs.tar.xz"
        let tag = try #require(try await setting.upstream.transfer.head(of: url).headers["etag"])
        let source = try Notation.parse("channel:still", options: SourceOptions())
        func isLocked(_ validator: String?) async throws -> Bool {
            let locked = Locked(
                fetch: .tarball(
                    url: url, hash: try SHA256Digest(parsing: "sha256-" + String(repeating: "A", count: 43))),
                validator: validator)
            return try await source.resolve(in: setting.upstream, after: locked).isLocked(as: locked)
        }
        #expect(try await isLocked(tag))
        #expect(try await !isLocked("\"another\""))
        #expect(try await !isLocked(nil), "only what is there can tell")
    }

    @Test(arguments: ["gone", "forbidden"])
    func `A channel that is not there is named`(channel: String) async throws {
        let setting = try await setUp()
        let url = "\(setting.server.baseURL)/\(channel)/nixexprs.tar.xz"
        await #expect(throws: ResolveError.channelNotFound(channel, url: url, nearest: [])) {
            try await resolve("channel:\(channel)", setting)
        }
    }

    @Test func `A host that was asked too often does not say that there is no channel`() async throws {
        let setting = try await setUp()
        await #expect {
            try await resolve("channel:limited#absent.json", setting)
        } throws: { error in
            guard case TransferError.rateLimited(let limit) = error else { return false }
            return limit.url == "\(setting.server.baseURL)/limited/nixexprs.tar.xz"
        }
    }

    @Test func `A host that fails is not a channel that is not there`() async throws {
        let setting = try await setUp()
        let url = "\(setting.server.baseURL)/failing/nixexprs.tar.xz"
        await #expect(throws: TransferError.status(code: 500, url: url, retryAfter: nil)) {
            try await resolve("channel:failing", setting)
        }
    }

    // MARK: What the host says of itself

    @Test func `The link of the redirect says the date, and the revision where nothing else does`() async throws {
        let setting = try await setUp()
        let resolution = try await resolve("channel:nixos-25.05", setting)
        let release = "\(setting.server.baseURL)/nixos/25.05/nixos-25.05.1.abc"
        #expect(resolution.fetch == .tarball(url: "\(release)/nixexprs.tar.xz"))
        #expect(resolution.revision == Self.linked && resolution.dating == .stated(1_748_000_000))
        #expect(resolution.version == "nixos-25.05.1.abc" && resolution.remarks.isEmpty)
    }

    @Test func `A mirror is taken at its own word`() async throws {
        let setting = try await setUp()
        let resolution = try await resolve("channel:mirrored", setting)
        #expect(resolution.fetch == .tarball(url: "\(setting.server.baseURL)/nixos/old/nixos-1.0/nixexprs.tar.xz"))
        #expect(resolution.revision == nil && resolution.dating == .newestEntry)
    }

    @Test func `A redirect to a redirect is followed to its end`() async throws {
        let setting = try await setUp()
        let far = upstream(["PINR_CHANNEL_HOST": setting.server.url("/channels")])
        let resolution = try await Notation.parse("channel:nixos-unstable", options: SourceOptions()).resolve(in: far)
        #expect(
            resolution.fetch
                == .tarball(url: "\(setting.server.baseURL)/nixos/unstable/nixos-25.11pre1.abc/nixexprs.tar.xz"))
        #expect(resolution.version == "nixos-25.11pre1.abc" && resolution.revision == Self.revision)
    }

    // MARK: Artifacts

    @Test func `The newest image is locked under its own name`() async throws {
        let setting = try await setUp()
        let resolution = try await resolve("channel:nixos-25.05#latest-nixos-minimal-x86_64-linux.iso", setting)
        let name = "nixos-minimal-25.05.1.abc-x86_64-linux.iso"
        #expect(
            resolution.fetch
                == .file(url: "\(setting.server.baseURL)/nixos/25.05/nixos-25.05.1.abc/\(name)", name: name))
        #expect(resolution.version == "nixos-25.05.1.abc" && resolution.dating == .server)
    }

    @Test func `An artifact is unpacked where that is asked for`() async throws {
        let setting = try await setUp()
        let source = try Notation.parse("channel:nixos-25.05#sources.tar.gz", options: SourceOptions(unpack: true))
        #expect(source.source.fields["unpack"] == true)
        let resolution = try await source.resolve(in: setting.upstream)
        #expect(resolution.fetch == .tarball(url: setting.server.url("/nixos-25.05/sources.tar.gz")))
        let flat = try source.changed(by: SourceOptions(unpack: false))
        #expect(flat.source.fields["unpack"] == nil)
        #expect(throws: ResolveError.self) {
            try ChannelSource(channel: "c").changed(by: SourceOptions(unpack: true))
        }
    }

    @Test func `An artifact that is not there is another matter than the channel`() async throws {
        let setting = try await setUp()
        let url = "\(setting.server.baseURL)/nixos-25.05/absent.iso"
        await #expect(throws: ResolveError.artifactNotFound("absent.iso", channel: "nixos-25.05", url: url)) {
            try await resolve("channel:nixos-25.05#absent.iso", setting)
        }
        // Where the host redirects what there may be or not, the release's says so.
        await #expect(throws: ResolveError.self) { try await resolve("channel:nixos-unstable#absent.iso", setting) }
    }

    // MARK: Names

    @Test(arguments: [
        ("nixos-25.5", ["nixos-25.05"]), ("nixos-2505", ["nixos-25.05"]), ("nixos-25-05", ["nixos-25.05"]),
        ("NixOS-25.05", ["nixos-25.05"]), ("25.05", ["nixos-25.05"]), ("nixos-25.04", ["nixos-25.05"]),
        ("nixpkgs-25.05", ["nixos-25.05"]), ("nixos-unstabel", ["nixos-unstable", "nixos-unstable-small"]),
        ("unstable", ["nixos-unstable", "nixos-unstable-small"]),
        ("nixos-unstable-smal", ["nixos-unstable-small", "nixos-unstable"]),
        // Nothing that the host does not have.
        ("nixos-24.5", []), ("gone", []), ("nixos", []),
    ])
    func `A name that was mistyped is told those that it may mean`(name: String, nearest: [String]) async throws {
        let setting = try await setUp()
        await #expect {
            try await resolve("channel:\(name)", setting)
        } throws: { error in
            guard case .channelNotFound(name, _, let found) = error as? ResolveError else { return false }
            #expect(Set(found) == Set(nearest), "\(found)")
            return true
        }
    }

    @Test(arguments: [
        ("nixos-25.5", ["nixos-25.05"]), ("nixos-24.11-darwin", ["nixpkgs-24.11-darwin"]),
        ("nixpkgs-24.11", ["nixos-24.11", "nixpkgs-24.11-darwin"]),
        ("nixos-24.5-small", ["nixos-24.05-small", "nixos-24.05"]), ("nixos-19.9", ["nixos-19.09", "nixos-19.11"]),
        ("nixos-24.12", ["nixos-24.11", "nixos-24.05"]), ("nixos-24", ["nixos-24.05", "nixos-24.11"]),
        ("nixos-24.05", []), ("home-manager", []),
    ])
    func `The names of channels have a rule`(name: String, expected: [String]) {
        #expect(ChannelNames.candidates(for: name) == expected)
    }
}
