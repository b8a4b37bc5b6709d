import Foundation
import JSON
import Lockfile
import NixHash
import Support
import Testing
import Versions

@testable import Resolvers

/// What a source of each registry means, from what the registry is documented to answer.
struct RegistryResolutionTests {
    private func resolve(
        _ notation: String, _ server: RegistryServer, _ options: SourceOptions = SourceOptions(),
        after locked: Locked? = nil
    ) async throws -> Resolution {
        try await Notation.parse(notation, options: options)
            .resolve(in: upstream(server.environment), after: locked)
    }

    private static func seconds(_ text: String) throws -> Int64 {
        Int64(try #require(try? Date(text, strategy: .iso8601)).timeIntervalSince1970)
    }

    private func url(_ resolution: Resolution) -> String {
        switch resolution.fetch {
        case .tarball(let url), .file(let url, _): url
        default: ""
        }
    }

    // MARK: PyPI

    private func pypi() async throws -> RegistryServer {
        let server = try await RegistryServer("pypi")
        try server.answer("project.json", at: "pypi/thing-py/json")
        try server.answer("version.json", at: "pypi/thing-py/1.2/json")
        return server
    }

    @Test func `A list that is long comes with gzip`() async throws {
        let server = try await RegistryServer("pypi", locations: ["location /pypi/ { gzip on; gzip_types *; }"])
        try server.answer("project.json", at: "pypi/thing-py/json")
        #expect(try await resolve("pypi:thing-py", server).version == "1.10")
        let sent = try #require(server.web.accessLog().first.flatMap { Int($0.bytes) })
        #expect(sent < (try server.text("project.json").utf8.count) / 2)
    }

    @Test func `PyPI's newest source archive is taken, by its digest, size and time`() async throws {
        let server = try await pypi()
        let resolution = try await resolve("pypi:Thing.Py", server)
        #expect(
            resolution.fetch
                == .file(url: "\(server.web.baseURL)/packages/thing_py-1.10.tar.gz", name: "thing_py-1.10.tar.gz"))
        #expect(resolution.version == "1.10")
        #expect(resolution.revision == nil)
        #expect(resolution.dating == .stated(try Self.seconds("2024-05-01T12:34:56Z")))
        #expect(resolution.publishedDigests.map(\.algorithm) == [.sha256])
        #expect(resolution.publishedSize == 0)
        // 1.12 has wheels alone, 1.11 was withdrawn, and 2.0rc1 was not asked for.
        #expect(
            resolution.remarks == [
                .release(.passedOver(version: "1.12", taken: "1.10", lacking: "no source archive, only wheels"))
            ])
        #expect(server.web.accessLog().map(\.uri) == ["/pypi/thing-py/json"])
    }

    @Test(
        arguments: [
            ("<1.10", nil, false, "1.2"), (">=1.2,<1.10", nil, false, "1.2"), (nil, "1.10", false, "1.2"),
            (">=1", "1.10", false, "1.2"), ("~=1.2", nil, false, "1.10"), (nil, nil, true, "2.0rc1"),
            // A pre-release is taken where nothing else is there.
            (">=2.0rc0", nil, false, "2.0rc1"), ("==2.0rc1", nil, false, "2.0rc1"),
        ] as [(String?, String?, Bool, String)])
    func `A range is held by PEP 440`(range: String?, bound: String?, preReleases: Bool, version: String) async throws {
        let server = try await pypi()
        let resolution = try await resolve(
            "pypi:thing-py", server, options(range: range, upperBound: bound, preReleases: preReleases ? true : nil))
        #expect(resolution.version == version)
        let isOnlyOne = resolution.remarks.contains(.release(.onlyPreReleases(version: "2.0rc1")))
        #expect(isOnlyOne == (version == "2.0rc1" && !preReleases))
    }

    @Test func `One version of PyPI is asked for by itself`() async throws {
        let server = try await pypi()
        let resolution = try await resolve("pypi:thing-py", server, options(at: "1.2"))
        #expect(url(resolution).hasSuffix("/thing_py-1.2.tar.gz"))
        #expect(server.web.accessLog().map(\.uri) == ["/pypi/thing-py/1.2/json"])
        // Spelled otherwise it is the same version (PEP 440).
        server.web.clearAccessLog()
        #expect(try await resolve("pypi:thing-py", server, options(at: "1.10.0")).version == "1.10")
        #expect(server.web.accessLog().map(\.uri) == ["/pypi/thing-py/1.10.0/json", "/pypi/thing-py/json"])
    }

    @Test func `Of several files of a version the one that is locked stays`() async throws {
        let server = try await pypi()
        let hash = SHA256.hash(Array("the file".utf8))
        func locked(_ file: String, _ version: String) -> Locked {
            Locked(
                fetch: .file(url: "\(server.web.baseURL)/packages/\(file)", hash: hash, name: file), version: version)
        }
        for option in [options(at: "1.2"), options(range: "<1.10")] {
            func file(after locked: Locked) async throws -> String {
                try await url(resolve("pypi:thing-py", server, option, after: locked))
            }
            // Without a lock, or with one of something else, it is the one that is always taken.
            #expect(try await url(resolve("pypi:thing-py", server, option)).hasSuffix("/thing_py-1.2.tar.gz"))
            for other in [
                locked("thing_py-1.2.tar.gz", "1.2"), locked("thing_py-1.2.zip", "1.1"),
                locked("thing_py-1.2.tar.bz2", "1.2"), locked("thing_py-1.2-py3-none-any.whl", "1.2"),
            ] {
                #expect(try await file(after: other).hasSuffix("/thing_py-1.2.tar.gz"))
            }
            #expect(try await file(after: locked("thing_py-1.2.zip", "1.2")).hasSuffix("/thing_py-1.2.zip"))
        }
    }

    @Test func `A file is the one that is locked by its address, or by what its publisher says of its contents`() throws
    {
        let hash = SHA256.hash(Array("the file".utf8))
        func file(_ url: String, _ digest: SHA256Digest?) -> RegistryFile {
            var file = RegistryFile(url: url)
            file.digests = digest.flatMap { PublishedDigest(.sha256, bytes: $0.bytes) }.map { [$0] } ?? []
            return file
        }
        let locked = Locked(fetch: .file(url: "https://a/f", hash: hash, name: "f"))
        #expect(file("https://a/f", nil).isLocked(as: locked))
        // What is said of it is compared elsewhere: it is the file that was meant.
        #expect(file("https://a/f", SHA256.hash([])).isLocked(as: locked))
        #expect(file("https://mirror/f", hash).isLocked(as: locked))
        #expect(!file("https://mirror/f", SHA256.hash([])).isLocked(as: locked))
        #expect(!file("https://mirror/f", nil).isLocked(as: locked))
        // The hash of a tree is none of a file.
        let tree = Locked(fetch: .tarball(url: "https://a/f", hash: hash))
        #expect(file("https://a/f", nil).isLocked(as: tree) && !file("https://mirror/f", hash).isLocked(as: tree))
    }

    @Test func `A withdrawn version is taken when it is asked for, and that is said`() async throws {
        let server = try await pypi()
        let resolution = try await resolve("pypi:thing-py", server, options(at: "1.11"))
        #expect(resolution.version == "1.11")
        #expect(resolution.remarks == [.release(.withdrawn(version: "1.11", reason: "breaks on Tuesdays"))])
    }

    @Test func `A wheel is one for every platform`() async throws {
        let server = try await pypi()
        let newest = try await resolve("pypi:thing-py", server, options(wheel: true))
        #expect(url(newest).hasSuffix("/thing_py-1.12-py3-none-any.whl"))
        #expect(
            url(try await resolve("pypi:thing-py", server, options(range: "<1.12", wheel: true)))
                .hasSuffix("/thing_py-1.10-py2.py3-none-any.whl"))
        let wheels =
            "thing_py-0.9-cp311-cp311-manylinux_2_17_x86_64.whl, thing_py-0.9-cp311-cp311-win_amd64.whl"
        await #expect(
            throws: ResolveError.noFile(
                of: "pypi:thing-py", version: "0.9",
                what: "no wheel for every platform (`py3-none-any`), only \(wheels)")
        ) { try await resolve("pypi:thing-py", server, options(at: "0.9", wheel: true)) }
    }

    @Test func `A version without a source archive names what there is`() async throws {
        let server = try await pypi()
        for (version, what) in [("1.12", "no source archive, only wheels"), ("2.0.dev0", "no files")] {
            await #expect(throws: ResolveError.noFile(of: "pypi:thing-py", version: version, what: what)) {
                try await resolve("pypi:thing-py", server, options(at: version))
            }
        }
        await #expect {
            try await resolve("pypi:thing-py", server, options(range: "==1.12"))
        } throws: { error in
            guard case .noVersion("pypi:thing-py", let choice, "=1.12", _) = error as? ResolveError else {
                return false
            }
            let verdicts = choice.candidates.map(\.verdict)
            return verdicts.count == 7
                && verdicts.filter { $0 == .unusable("it has no source archive, only wheels") }.count == 1
        }
    }

    @Test func `A server with the simple API alone will do`() async throws {
        let server = try await RegistryServer("pypi")
        try server.answer("simple.json", at: "simple/thing-py/index.html")
        let resolution = try await resolve("pypi:thing-py", server)
        #expect(url(resolution) == "\(server.web.baseURL)/packages/thing_py-1.10.tar.gz")
        #expect(resolution.dating == .stated(try Self.seconds("2024-05-01T12:34:56Z")))
        #expect(resolution.publishedDigests.map(\.algorithm) == [.sha256])
        // As pip's `--index-url` has it.
        let index = upstream(["PINR_PYPI_HOST": server.web.url("/simple/")])
        let source = try Notation.parse("pypi:thing-py", options: SourceOptions())
        #expect(try await source.resolve(in: index).fetch == resolution.fetch)
        // A name with an older spelling, and hyphens.
        #expect(
            url(try await resolve("pypi:thing-py", server, options(at: "1.2"))).hasSuffix("/Thing-Py-1.2.tar.gz"))
        #expect(
            try await resolve("pypi:thing-py", server, options(at: "1.11")).remarks
                == [.release(.withdrawn(version: "1.11", reason: "breaks on Tuesdays"))])
    }

    // MARK: crates.io

    private func crates() async throws -> RegistryServer {
        let server = try await RegistryServer("crates")
        try server.answer("index", at: "th/in/thing")
        try server.answer("config.json", at: "config.json")
        return server
    }

    @Test func `An index is asked once where its crates are, and once about each`() async throws {
        let server = try await crates()
        for name in ["one", "other"] {
            let index = try server.text("index").replacing(#""name":"Thing""#, with: #""name":"\#(name)""#)
            try server.web.put(name == "one" ? "3/o/one" : "ot/he/other", index)
        }
        let upstream = upstream(server.environment)
        let urls = try await withThrowingTaskGroup(of: String.self) { group in
            for name in ["thing", "one", "other"] {
                let source = try Notation.parse("crates:\(name)", options: SourceOptions())
                group.addTask { url(try await source.resolve(in: upstream, after: nil)) }
            }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(urls == Set(["Thing", "one", "other"].map { server.web.url("/dl/\($0)/0.10.0/download") }))
        let asked = server.web.accessLog().map(\.uri).sorted()
        #expect(asked == ["/3/o/one", "/config.json", "/ot/he/other", "/th/in/thing"])
    }

    @Test func `The index of crates tells version, digest and place`() async throws {
        let server = try await crates()
        let resolution = try await resolve("crates:Thing", server)
        #expect(
            resolution.fetch == .file(url: "\(server.web.baseURL)/dl/Thing/0.10.0/download", name: "download"))
        #expect(resolution.version == "0.10.0")
        #expect(resolution.dating == .stated(try Self.seconds("2024-05-01T12:34:56Z")))
        #expect(resolution.publishedDigests.map(\.algorithm) == [.sha256])
        #expect(server.web.accessLog().map(\.uri) == ["/th/in/thing", "/config.json"])
        let older = try await resolve("crates:thing", server, options(range: "<0.10"))
        #expect(older.version == "0.9.0")
        #expect(older.dating == .server)
        #expect(try await resolve("crates:thing", server, options(preReleases: true)).version == "1.0.0-alpha.1")
        #expect(
            try await resolve("crates:thing", server, options(at: "0.11.0")).remarks
                == [.release(.withdrawn(version: "0.11.0", reason: ""))])
    }

    @Test(arguments: [
        ("https://crates.io/api/v1/crates", "https://static.crates.io/crates/A-b/A-b-1.0.0%2B1.crate"),
        ("https://static.crates.io/crates", "https://static.crates.io/crates/A-b/A-b-1.0.0%2B1.crate"),
        ("https://h/dl", "https://h/dl/A-b/1.0.0%2B1/download"), ("https://h/{crate}", "https://h/A-b"),
        ("https://h/{prefix}/{lowerprefix}/{version}", "https://h/3/A/3/a/1.0.0%2B1"),
        ("https://h/{sha256-checksum}.crate", "https://h/\(String(repeating: "0", count: 64)).crate"),
    ])
    func `A crate is where the index says`(template: String, url: String) throws {
        let digest = try #require(PublishedDigest(.sha256, bytes: [UInt8](repeating: 0, count: 32)))
        #expect(CrateDownloads(template: template).url(of: "A-b", "1.0.0+1", digest, prefix: "3/a") == url)
    }

    @Test func `A mirror with the API alone will do`() async throws {
        let server = try await RegistryServer("crates")
        try server.answer("api.json", at: "api/v1/crates/Thing")
        let resolution = try await resolve("crates:Thing", server)
        #expect(url(resolution) == "\(server.web.baseURL)/api/v1/crates/Thing/0.10.0/download")
        #expect(resolution.dating == .stated(try Self.seconds("2024-05-01T12:34:56Z")))
        #expect(
            try await resolve("crates:Thing", server, options(at: "0.11.0")).remarks
                == [.release(.withdrawn(version: "0.11.0", reason: "unsound"))])
    }

    // MARK: npm

    private func npm(latest: String = "1.10.0", name: String = "thing") async throws -> RegistryServer {
        // One URL with two answers, as the registry has it: by what is asked for.
        let server = try await RegistryServer(
            "npm",
            locations: [
                """
                location ~ ^/((?:@[a-z]+/)?[a-z]+)$ {
                    if ($http_accept ~ "install-v1") { rewrite ^/(.*)$ /abbreviated/$1 last; }
                    rewrite ^/(.*)$ /full/$1 last;
                }
                """
            ])
        let values = ["@LATEST@": latest, "@NAME@": name]
        try server.answer("abbreviated.json", at: "abbreviated/\(name)", values)
        try server.answer("full.json", at: "full/\(name)", values)
        return server
    }

    @Test func `What the publisher calls the latest is npm's newest`() async throws {
        let server = try await npm()
        let resolution = try await resolve("npm:thing", server)
        #expect(
            resolution.fetch == .file(url: "\(server.web.baseURL)/tarballs/thing-1.10.0.tgz", name: "thing-1.10.0.tgz"))
        #expect(resolution.version == "1.10.0")
        #expect(resolution.publishedDigests.map(\.algorithm) == [.sha512])
        #expect(resolution.dating == .stated(try Self.seconds("2024-03-01T12:34:56Z")))
        #expect(resolution.remarks.isEmpty)
        // The time costs a second question, which nobody asks about what is locked already.
        server.web.clearAccessLog()
        let locked = Locked(
            fetch: .file(url: url(resolution), hash: SHA256.hash([]), name: "thing-1.10.0.tgz"), version: "1.10.0")
        let again = try await resolve("npm:thing", server, after: locked)
        #expect(again.isLocked(as: locked))
        #expect(server.web.accessLog().map(\.accept).count == 1)
    }

    @Test(
        arguments: [
            // The latest counts as long as it is in the range, as it does for npm.
            (">=1", false, "1.10.0"), ("<1.5", false, "1.2.0"), (">=1.10.1", false, "2.0.0"),
            (nil, true, "3.0.0-beta.1"),
            // Nothing but a deprecated one.
            ("=1.11.0", false, "1.11.0"),
        ] as [(String?, Bool, String)])
    func `A range is held by SemVer`(range: String?, preReleases: Bool, version: String) async throws {
        let server = try await npm()
        let resolution = try await resolve(
            "npm:thing", server, options(range: range, preReleases: preReleases ? true : nil))
        #expect(resolution.version == version)
        let isDeprecated = version == "1.11.0"
        #expect(
            resolution.remarks
                == (isDeprecated ? [.release(.deprecated(version: version, reason: "use other-thing instead"))] : []))
    }

    @Test func `A pre-release that is the latest is taken`() async throws {
        let server = try await npm(latest: "3.0.0-beta.1")
        let resolution = try await resolve("npm:thing", server)
        #expect(resolution.version == "3.0.0-beta.1")
        #expect(resolution.remarks.isEmpty)
    }

    @Test func `A package in a scope is asked for with its slash escaped`() async throws {
        let server = try await npm(name: "@scope/thing")
        let source = try Notation.parse("npm:@scope/thing", options: SourceOptions())
        #expect(source.suggestedName == "thing")
        #expect(try await source.resolve(in: upstream(server.environment)).version == "1.10.0")
        #expect(server.web.accessLog().map(\.uri).first == "/@scope%2fthing")
    }

    @Test func `A package that was unpublished is not there`() async throws {
        let server = try await RegistryServer("npm")
        try server.web.put(
            "thing", #"{"_id":"thing","name":"thing","time":{"unpublished":{"time":"2024-01-01T00:00:00.000Z"}}}"#)
        await #expect(throws: ResolveError.packageNotFound("npm:thing", url: server.web.url("/thing"))) {
            try await resolve("npm:thing", server)
        }
    }

    @Test func `Old packages of npm have SHA-1 alone`() async throws {
        let server = try await npm()
        let resolution = try await resolve("npm:thing", server, options(at: "1.0.0"))
        #expect(resolution.publishedDigests.map(\.algorithm) == [.sha1])
    }

    // MARK: RubyGems

    @Test func `A gem for every platform is taken`() async throws {
        let server = try await RegistryServer("rubygems")
        try server.answer("versions.json", at: "api/v1/versions/thing.json")
        let resolution = try await resolve("rubygems:thing", server)
        #expect(
            resolution.fetch == .file(url: "\(server.web.baseURL)/gems/thing-1.10.0.gem", name: "thing-1.10.0.gem"))
        #expect(resolution.publishedDigests.map(\.algorithm) == [.sha256])
        #expect(resolution.dating == .stated(try Self.seconds("2024-05-01T12:34:56Z")))
        let lacking = "no gem for every platform, only java, x86_64-linux"
        #expect(resolution.remarks == [.release(.passedOver(version: "1.11.0", taken: "1.10.0", lacking: lacking))])
        #expect(try await resolve("rubygems:thing", server, options(range: "~>1.9.0")).version == "1.9.0")
        #expect(try await resolve("rubygems:thing", server, options(preReleases: true)).version == "2.0.0.rc1")
        await #expect(throws: ResolveError.noFile(of: "rubygems:thing", version: "1.11.0", what: lacking)) {
            try await resolve("rubygems:thing", server, options(at: "1.11.0"))
        }
    }

    // MARK: Hackage

    @Test func `Hackage's preferred versions come first`() async throws {
        let server = try await RegistryServer("hackage")
        try server.answer("preferred.json", at: "package/a-thing/preferred")
        try server.web.put("package/a-thing-1.10.1/upload-time", "2024-05-01T12:34:56Z\n")
        let resolution = try await resolve("hackage:a-thing", server)
        #expect(
            resolution.fetch
                == .file(
                    url: "\(server.web.baseURL)/package/a-thing-1.10.1/a-thing-1.10.1.tar.gz",
                    name: "a-thing-1.10.1.tar.gz"))
        #expect(resolution.dating == .stated(try Self.seconds("2024-05-01T12:34:56Z")))
        #expect(resolution.publishedDigests.isEmpty)
        let deprecated = try await resolve("hackage:a-thing", server, options(range: ">=1.12"))
        #expect(deprecated.version == "1.12")
        #expect(deprecated.remarks == [.release(.deprecated(version: "1.12", reason: ""))])
        #expect(deprecated.dating == .server)
        #expect(try await resolve("hackage:a-thing", server, options(range: "<1.10.1")).version == "1.10")
    }

    @Test func `Hackage's other list will do`() async throws {
        let server = try await RegistryServer("hackage")
        try server.answer("versions.json", at: "package/thing.json")
        #expect(try await resolve("hackage:thing", server).version == "1.10.1")
    }

    // MARK: Unknown

    @Test(arguments: ["pypi", "crates", "npm", "rubygems", "hackage", "cran"])
    func `A package that is not there is named`(type: String) async throws {
        let server = try await RegistryServer(type)
        if type == "cran" { try server.answer("PACKAGES", at: "src/contrib/PACKAGES") }
        await #expect {
            try await resolve("\(type):absent", server)
        } throws: { error in
            guard case .packageNotFound("\(type):absent", let url) = error as? ResolveError else { return false }
            return url.hasPrefix(server.web.baseURL)
        }
    }

    @Test func `A version that is not there is named with the newest that is`() async throws {
        let server = try await crates()
        await #expect(
            throws: ResolveError.versionNotFound(
                "7.0.0", package: "crates:thing", newest: "0.10.0", url: server.web.url("/th/in/thing"))
        ) { try await resolve("crates:thing", server, options(at: "7.0.0")) }
    }
}
