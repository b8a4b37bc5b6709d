import JSON
import Lockfile
import NixHash
import Support
import Testing
import Transfer

@testable import Resolvers

/// What a URL whose contents change stands for: asked of a real server.
struct MutableTests {
    private static let revision = "442793d9ec0584f6a6e82fa253850c8085bb150a"

    private struct Setting {
        let server: WebServer
        /// A run of its own for each question: what was asked once in a run is not asked again.
        var upstream: Upstream { ResolversTests.upstream() }

        func resolve(_ path: String, after locked: Locked? = nil, unpacks: Bool = true) async throws -> Resolution {
            let url = server.url(path)
            let source: any SourceType =
                unpacks ? TarballSource(url: url, isMutable: true) : FileSource(url: url, isMutable: true)
            return try await source.resolve(in: upstream, after: locked)
        }

        func locked(_ path: String, validator: String? = nil) throws -> Locked {
            let hash = try SHA256Digest(parsing: "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
            return Locked(fetch: .tarball(url: server.url(path), hash: hash), validator: validator)
        }

        /// The methods of the requests so far, with their status.
        func log() -> [String] {
            defer { server.clearAccessLog() }
            return server.accessLog().map { "\($0.method) \($0.uri) \($0.status)" }
        }
    }

    private func setUp() async throws -> Setting {
        let link = "</pinned/1.tar.gz?rev=\(Self.revision)&lastModified=1700000000>; rel=\\\"immutable\\\""
        let server = try await WebServer(
            locations: [
                "location = /latest.tar.gz { return 302 /v/lib-1.tar.gz; }",
                "location = /lockable.tar.gz { add_header Link \"\(link)\"; }",
                "location = /lockable-redirect.tar.gz { add_header Link \"\(link)\"; return 302 /signed.tar.gz?sig=1; }",
                "location = /on-get.tar.gz { add_header Link $link_on_get; }",
                "location = /no-head.tar.gz { if ($request_method = HEAD) { return 403; } add_header Link \"\(link)\"; }",
                "location = /assets/latest.tar.gz { return 302 /assets/v1.tar.gz; }",
                "location = /assets/v1.tar.gz { return 302 /signed.tar.gz?X-Amz-Signature=1; }",
                "location = /direct.tar.gz { return 307 /signed.tar.gz?X-Amz-Signature=1; }",
                "location = /elsewhere.tar.gz { if ($host = 127.0.0.1) { return 301 http://localhost:$server_port$uri; } }",
                "location = /forgetful.tar.gz { etag off; if_modified_since off; add_header Last-Modified \"\"; }",
                "location = /broken-link.tar.gz { add_header Link '<x?rev=1>; rel=\"immutable\"'; }",
                "location = /gone.tar.gz { return 410; }",
            ],
            http: ["map $request_method $link_on_get { GET \"\(link)\"; }"])
        for file in [
            "v/lib-1.tar.gz", "lockable.tar.gz", "signed.tar.gz", "on-get.tar.gz", "no-head.tar.gz", "still.tar.gz",
            "forgetful.tar.gz", "broken-link.tar.gz",
        ] { try server.put(file, "x") }
        return Setting(server: server)
    }

    @Test func `A redirect is followed to what it leads to`() async throws {
        let setting = try await setUp()
        let resolution = try await setting.resolve("/latest.tar.gz")
        #expect(resolution.fetch == .tarball(url: setting.server.url("/v/lib-1.tar.gz")))
        #expect(resolution.remarks.isEmpty && resolution.revision == nil && resolution.dating == .server)
        #expect(setting.log() == ["HEAD /latest.tar.gz 302", "HEAD /v/lib-1.tar.gz 200"])
        // A file is called as the URL that is locked.
        let file = try await setting.resolve("/latest.tar.gz", unpacks: false)
        #expect(file.fetch == .file(url: setting.server.url("/v/lib-1.tar.gz"), name: "lib-1.tar.gz"))
    }

    @Test func `While it leads there nothing is fetched, unless what is there has changed`() async throws {
        let setting = try await setUp()
        let locked = try setting.locked("/v/lib-1.tar.gz")
        #expect(try await setting.resolve("/latest.tar.gz", after: locked).isLocked(as: locked))
        let other = try setting.locked("/v/lib-0.tar.gz")
        #expect(!(try await setting.resolve("/latest.tar.gz", after: other).isLocked(as: other)))
        // It was not as immutable as it looked.
        let stale = try setting.locked("/v/lib-1.tar.gz", validator: "\"another\"")
        #expect(!(try await setting.resolve("/latest.tar.gz", after: stale).isLocked(as: stale)))
    }

    @Test(arguments: ["/lockable.tar.gz", "/lockable-redirect.tar.gz", "/on-get.tar.gz", "/no-head.tar.gz"])
    func `The protocol's link says what is locked`(path: String) async throws {
        let setting = try await setUp()
        let resolution = try await setting.resolve(path)
        #expect(resolution.fetch == .tarball(url: setting.server.url("/pinned/1.tar.gz")))
        #expect(resolution.revision == Self.revision)
        #expect(resolution.dating == .stated(1_700_000_000))
        #expect(!resolution.isMutable && resolution.remarks.isEmpty)
        let locked = try Locked(
            fetch: setting.locked("/pinned/1.tar.gz").fetch, revision: Self.revision)
        #expect(try await setting.resolve(path, after: locked).isLocked(as: locked))
        // Nothing of what is there is fetched to find that out.
        #expect(!setting.server.accessLog().contains { $0.uri.hasPrefix("/pinned") })
    }

    @Test func `Of a way to a signed URL the last lasting step is locked`() async throws {
        let setting = try await setUp()
        let resolution = try await setting.resolve("/assets/latest.tar.gz")
        #expect(resolution.fetch == .tarball(url: setting.server.url("/assets/v1.tar.gz")))
        #expect(resolution.remarks.isEmpty)
        let direct = try await setting.resolve("/direct.tar.gz")
        #expect(direct.fetch == .tarball(url: setting.server.url("/direct.tar.gz")))
        #expect(direct.remarks == [.noLastingURL(setting.server.url("/direct.tar.gz"))])
    }

    @Test func `Another host with the same path is another host, and no release`() async throws {
        let setting = try await setUp()
        try setting.server.put("elsewhere.tar.gz", "x")
        let resolution = try await setting.resolve("/elsewhere.tar.gz")
        #expect(resolution.fetch == .tarball(url: setting.server.url("/elsewhere.tar.gz")))
        #expect(resolution.remarks == [.noLastingURL(setting.server.url("/elsewhere.tar.gz"))])
    }

    @Test func `What leads nowhere is locked itself, and asked about with its tag`() async throws {
        let setting = try await setUp()
        let url = setting.server.url("/still.tar.gz")
        let resolution = try await setting.resolve("/still.tar.gz")
        #expect(resolution.fetch == .tarball(url: url))
        #expect(resolution.isMutable && !resolution.isNotModified)
        #expect(resolution.remarks == [.noImmutableURL(url)])

        let tag = try #require(
            try await setting.upstream.transfer.head(of: url).headers["etag"])
        _ = setting.log()
        let locked = try setting.locked("/still.tar.gz", validator: tag)
        #expect(try await setting.resolve("/still.tar.gz", after: locked).isLocked(as: locked))
        // One request, and no body.
        #expect(setting.log() == ["HEAD /still.tar.gz 304"])

        try setting.server.put("still.tar.gz", "another")
        #expect(!(try await setting.resolve("/still.tar.gz", after: locked).isLocked(as: locked)))
        // Without anything to ask with, and with what no server would know, the answer is to fetch.
        for validator in [nil, "\"unknown\"", "no validator"] {
            let locked = try setting.locked("/still.tar.gz", validator: validator)
            #expect(!(try await setting.resolve("/still.tar.gz", after: locked).isLocked(as: locked)))
        }
    }

    @Test func `A server that says nothing about versions is fetched from each time`() async throws {
        let setting = try await setUp()
        let locked = try setting.locked("/forgetful.tar.gz", validator: "\"a\"")
        #expect(!(try await setting.resolve("/forgetful.tar.gz", after: locked).isLocked(as: locked)))
    }

    @Test func `A link that says what cannot be is no reason to lock anything`() async throws {
        let setting = try await setUp()
        let url = setting.server.url("/broken-link.tar.gz")
        await #expect(throws: ResolveError.malformedLink(parameter: "rev=1", url: url)) {
            try await setting.resolve("/broken-link.tar.gz")
        }
    }

    @Test(arguments: ["/gone.tar.gz", "/absent.tar.gz"])
    func `What is not there is an error`(path: String) async throws {
        let setting = try await setUp()
        await #expect(throws: TransferError.self) { try await setting.resolve(path) }
    }

    @Test func `What does not move is not asked about`() async throws {
        let setting = try await setUp()
        let url = setting.server.url("/latest.tar.gz")
        let resolution = try await TarballSource(url: url).resolve(in: setting.upstream)
        #expect(resolution.fetch == .tarball(url: url) && !resolution.isMutable)
        #expect(setting.log() == [])
        // Nor is a file of this machine, which may change all the same.
        let file = try await FileSource(url: "file:///etc/hosts", isMutable: true).resolve(in: setting.upstream)
        #expect(file.isMutable && !file.isNotModified)
    }
}
