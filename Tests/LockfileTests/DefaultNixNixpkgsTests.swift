import Foundation
import NixHash
import Support
import Testing

/// `sources.NAME { pkgs = …; }`: the same source, fetched by a build.
@Suite(.enabled(if: NixSandbox.isAvailable, "Nix is not installed"))
struct DefaultNixNixpkgsTests {
    static let hash = SHA256.hash([]).sri
    static let revision = "0123456789abcdef0123456789abcdef01234567"
    static let git: Values = [
        "fetcher": "git", "url": "https://example.org/a.git", "revision": revision, "ref": "refs/heads/main",
        "hash": hash,
    ]

    static func tarball(_ url: String, _ extra: Values = [:]) -> Values {
        ["fetcher": "tarball", "url": url, "hash": hash].merging(extra) { $1 }
    }

    /// Each pin with what the fetcher of Nixpkgs is called with for it, besides the hash.
    static let calls: [(locked: Values, call: Values)] = [
        (tarball("https://example.org/a.tar.gz"), ["name": "source", "url": "https://example.org/a.tar.gz"]),
        (tarball("https://example.org/a.zip"), ["name": "source", "url": "https://example.org/a.zip"]),
        (
            tarball("https://example.org/a.tar.gz", ["stripRoot": false]),
            ["name": "source", "url": "https://example.org/a.tar.gz", "stripRoot": false]
        ),
        (
            tarball("https://example.org/tarball/v1.0"),
            [
                "name": "source", "url": "https://example.org/tarball/v1.0", "extension": "tar",
            ]
        ),
        (
            tarball("https://example.org/a.zip?token=1.tar"),
            [
                "name": "source", "url": "https://example.org/a.zip?token=1.tar", "extension": "zip",
            ]
        ),
        (
            tarball("https://example.org/a.tar.zst#x"),
            [
                "name": "source", "url": "https://example.org/a.tar.zst#x", "extension": "tar.zst",
            ]
        ),
        (
            ["fetcher": "file", "url": "https://example.org/a%20b", "name": "a_b", "hash": hash],
            ["name": "a_b", "url": "https://example.org/a%20b"]
        ),
        (git, ["name": "source", "url": "https://example.org/a.git", "rev": revision, "fetchSubmodules": false]),
        (
            git.merging(["submodules": true, "lfs": true, "attributes": ["export-ignore", "filter"]]) { $1 },
            [
                "name": "source", "url": "https://example.org/a.git", "rev": revision, "fetchSubmodules": true,
                "fetchLFS": true,
            ]
        ),
        (
            [
                "fetcher": "oci", "image": "docker.io/library/nginx", "tag": "1.27", "digest": "sha256:00",
                "os": "linux",
                "arch": "arm64", "hash": hash,
            ],
            [
                "imageName": "docker.io/library/nginx", "finalImageName": "docker.io/library/nginx",
                "finalImageTag": "1.27", "imageDigest": "sha256:00", "os": "linux", "arch": "arm64",
            ]
        ),
    ]

    @Test(arguments: calls.indices, DefaultNixSources.Mode.allCases.filter { $0 != .pure })
    func eachFetcherIsCalledForTheSameSource(_ index: Int, _ mode: DefaultNixSources.Mode) async throws {
        let (locked, call) = Self.calls[index]
        let sources = try DefaultNixSources()
        try sources.write(locked)
        let result = try await sources.evaluate("(sources.x { pkgs = nixpkgs; }).calledWith", mode)
        let called = try #require(try? JSONSerialization.jsonObject(with: Data(result.stdoutBytes)), "\(result.stderr)")
        let expected = call.merging(["sha256": Self.hash]) { $1 }
        #expect(called as? NSDictionary == expected as NSDictionary)
    }

    /// The derivation has the very path that evaluation would have fetched it to.
    @Test func theStorePathIsTheSame() async throws {
        let sources = try DefaultNixSources()
        let tarball = try await sources.tarball()
        let git = try await sources.git()
        let file = try sources.file()
        try sources.write([
            ("tarball", ["locked": tarball.locked]), ("git", ["locked": git.locked]), ("file", ["locked": file.locked]),
        ])
        for (name, source) in [("tarball", tarball), ("git", git), ("file", file)] {
            let path = try await sources.evaluate("\"${sources.\(name) { pkgs = nixpkgs; }}\"", .restricted)
            #expect(path.value == source.path)
            #expect(!FileManager.default.fileExists(atPath: sources.nix.realPath(source.path)))
        }
    }

    @Test func itIsADerivationThatStillKnowsThePin() async throws {
        let sources = try DefaultNixSources()
        try sources.write([
            ("x", ["locked": Self.git.merging(["version": "1.0"]) { $1 }, "source": ["type": "git"]])
        ])
        let pin = "(sources.x { pkgs = nixpkgs; })"
        for (expression, value) in [
            ("\(pin).type", "derivation"), ("\(pin).name", "source"), ("\(pin).shortRevision", "0123456"),
            ("\(pin).rev", Self.revision), ("\(pin).version", "1.0"), ("\(pin).source.type", "git"),
            ("\(pin).url", "https://example.org/a.git"), ("\(pin).hash", Self.hash), ("\(pin) ? __functor", "false"),
            ("builtins.isString \(pin).drvPath", "true"),
        ] {
            #expect(try await sources.evaluate(expression).value == value, "\(expression)")
        }
    }

    /// Built by real Nix, from a real server.
    @Test func aFileIsBuilt() async throws {
        let server = try await WebServer()
        try server.put("one.txt", "flat\n")
        let sources = try DefaultNixSources()
        var file = try sources.file(storeName: "one.txt")
        file.locked["url"] = server.url("/one.txt")
        try sources.write(file.locked)
        let pins = sources.directory.file("pins")
        let built = try await sources.nix.build("(import \(pins)).x { pkgs = import \(sources.nixpkgs); }")
        #expect(built == [file.path])
        #expect(try String(contentsOfFile: sources.nix.realPath(file.path), encoding: .utf8) == "flat\n")
        #expect(server.accessLog().count == 1)
    }

    @Test(arguments: ["eol", "ident", "filter"])
    func whatFetchgitWouldConvertIsRefusedByName(_ attribute: String) async throws {
        let sources = try DefaultNixSources()
        try sources.write([
            ("my pin", ["locked": Self.git.merging(["attributes": ["export-ignore", attribute]]) { $1 }])
        ])
        let refused = try await sources.evaluate("(sources.\"my pin\" { pkgs = nixpkgs; }).outPath")
        #expect(
            refused.stderr.contains(
                "pinr: the pin `my pin` has the git attributes \(attribute), which fetchgit applies"))
    }

    @Test func aContainerImageSaysThatItNeedsNixpkgs() async throws {
        let sources = try DefaultNixSources()
        try sources.write([("my image", ["locked": Self.calls[Self.calls.count - 1].locked])])
        let refused = try await sources.evaluate("sources.\"my image\".outPath")
        #expect(refused.stderr.contains("write: sources.\"my image\" { inherit pkgs; }"))
    }

    @Test func anUnknownFetcherSaysSo() async throws {
        let sources = try DefaultNixSources()
        try sources.write(["fetcher": "teleport"])
        let refused = try await sources.evaluate("(sources.x { pkgs = nixpkgs; }).outPath")
        #expect(refused.stderr.contains("the pin `x` is fetched by `teleport`"))
    }

    @Test(arguments: ["{ }", "{ pkgs = 1; lib = 2; }", "{ lib = 2; }", "nixpkgs", "1", "\"pkgs\"", "[ ]"])
    func anythingButPkgsIsRefused(_ argument: String) async throws {
        let sources = try DefaultNixSources()
        try sources.write(Self.git)
        let refused = try await sources.evaluate("sources.x (\(argument))")
        #expect(refused.stderr.contains("pinr: the pin `x` was called with something else than { pkgs = ...; }"))
    }
}
