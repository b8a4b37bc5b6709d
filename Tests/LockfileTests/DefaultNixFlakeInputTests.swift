import Foundation
import NixHash
import Support
import Testing

/// How each kind of input in a `flake.lock` is fetched, and what is said of those that cannot be.
@Suite(.enabled(if: NixSandbox.isAvailable, "Nix is not installed"))
struct DefaultNixFlakeInputTests {
    static let revision = "0123456789abcdef0123456789abcdef01234567"
    static let hash = SHA256.hash([]).sri

    static func archive(_ url: String) -> Values { ["name": "source", "sha256": hash, "url": url] }

    /// What is locked, besides revision and hash, and what the fetcher is called with for it.
    static let calls: [(locked: Values, call: Values)] = [
        (
            ["type": "github", "owner": "o", "repo": "r"],
            archive("https://github.com/o/r/archive/\(revision).tar.gz")
        ),
        (
            ["type": "github", "owner": "o", "repo": "r", "host": "git.example.org"],
            archive("https://git.example.org/o/r/archive/\(revision).tar.gz")
        ),
        (
            ["type": "gitlab", "owner": "o", "repo": "r"],
            archive("https://gitlab.com/api/v4/projects/o%2Fr/repository/archive.tar.gz?sha=\(revision)")
        ),
        (
            ["type": "gitlab", "owner": "a%2Fb", "repo": "r", "host": "git.example.org"],
            archive("https://git.example.org/api/v4/projects/a%2Fb%2Fr/repository/archive.tar.gz?sha=\(revision)")
        ),
        (
            ["type": "gitlab", "owner": "a/b", "repo": "r"],
            archive("https://gitlab.com/api/v4/projects/a%2Fb%2Fr/repository/archive.tar.gz?sha=\(revision)")
        ),
        (
            ["type": "sourcehut", "owner": "~o", "repo": "r"],
            archive("https://git.sr.ht/~o/r/archive/\(revision).tar.gz")
        ),
        (
            ["type": "sourcehut", "owner": "~o", "repo": "r", "host": "hg.example.org"],
            archive("https://hg.example.org/~o/r/archive/\(revision).tar.gz")
        ),
        (
            ["type": "tarball", "url": "https://example.org/a.tar.xz?x=1"],
            archive("https://example.org/a.tar.xz?x=1")
        ),
        (
            ["type": "git", "url": "https://example.org/a.git", "ref": "refs/heads/main"],
            git(["allRefs": true, "submodules": false])
        ),
        (
            ["type": "git", "url": "https://example.org/a.git", "submodules": true, "shallow": false],
            git(["allRefs": true, "submodules": true])
        ),
        (
            ["type": "git", "url": "https://example.org/a.git", "ref": "refs/heads/main", "shallow": true],
            git(["ref": "refs/heads/main", "shallow": true, "submodules": false])
        ),
        (
            ["type": "git", "url": "https://example.org/a.git", "lfs": true],
            git(["allRefs": true, "lfs": true, "submodules": false])
        ),
        (
            ["type": "hg", "url": "https://example.org/hg"],
            [
                "type": "hg", "url": "https://example.org/hg", "narHash": hash, "rev": revision,
            ]
        ),
    ]

    static func git(_ extra: Values) -> Values {
        [
            "name": "source", "url": "https://example.org/a.git", "rev": revision, "narHash": hash,
            "exportIgnore": false,
        ].merging(extra) { $1 }
    }

    /// The tree of the input `i` of the pin `my pin`, with fetchers that write down what they are called with.
    func input(
        _ locked: Values, version: String = "2.34.0", without: String = "none", hashed: Bool = true
    ) async throws -> ProcessResult {
        let sources = try DefaultNixSources()
        var locked = locked
        locked["dir"] = "in/side"
        locked["lastModified"] = 0
        if locked["rev"] == nil { locked["rev"] = Self.revision }
        if hashed { locked["narHash"] = Self.hash }
        let pin = try await sources.flake(
            "pin", "{ outputs = { self, i }: { }; }\n",
            nodes: [
                "root": ["inputs": ["i": "i"]], "i": sources.node(locked: locked, ["flake": false]),
            ])
        try sources.write([("my pin", ["locked": pin.locked])])
        // The pin itself is really fetched, and taken for the real one's path.
        return try await sources.evaluate(
            """
            let
              said = arguments: { outPath = builtins.toJSON arguments; narHash = "\(Self.hash)"; };
              fake = removeAttrs (builtins // {
                nixVersion = "\(version)";
                fetchTarball = arguments: builtins.toJSON arguments;
                fetchGit = arguments: if arguments.url == "\(pin.locked["url"] ?? "")" then sources."my pin" else said arguments;
                fetchTree = said;
                path = { path, ... }: if builtins.substring 0 1 path == "{" then path else sources."my pin".outPath;
              }) [ "\(without)" ];
              flakes = builtins.scopedImport { builtins = fake; } \(sources.directory.file("pins"))/default.nix;
            in (flakes."my pin" { inputs = { }; }).inputs.i.sourceInfo.outPath
            """)
    }

    @Test(arguments: calls.indices) func eachKindIsFetchedAsNixDoesIt(_ index: Int) async throws {
        var (locked, call) = Self.calls[index]
        let result = try await input(locked)
        if locked["type"] as? String == "hg" {
            call["lastModified"] = 0
        }
        let called = try? JSONSerialization.jsonObject(with: Data(result.value.utf8))
        #expect(called as? NSDictionary == call as NSDictionary, "\(result.value)")
    }

    /// What each old Nix fetches of a git input is what it fetches of a git pin.
    @Test func anOldNixFetchesGitAsItDoesForPins() async throws {
        let locked: Values = ["type": "git", "url": "https://example.org/a.git", "ref": "refs/heads/main"]
        let middle = try await input(locked, version: "2.8.0").value
        #expect(
            middle
                == #"{"allRefs":true,"name":"source","narHash":"\#(Self.hash)","rev":"\#(Self.revision)","#
                + #""submodules":false,"url":"https://example.org/a.git"}"#)
        let old = try await input(locked, version: "2.3.7").value
        #expect(
            old
                == #"{"name":"source","ref":"refs/*","rev":"\#(Self.revision)","url":"https://example.org/a.git"}"#)
        let refused = try await input(locked.merging(["submodules": true]) { $1 }, version: "2.3.7")
        #expect(
            refused.stderr.contains(
                "pinr: the input `i` of the pin `my pin` has submodules, which Nix 2.3.7 cannot fetch; use Nix 2.4, or: "
                    + "sources.\"my pin\" { inputs.i = ...; }"), "\(refused.stderr)")
    }

    static let refusals: [(locked: Values, hashed: Bool, words: String)] = [
        (["type": "path", "path": "/home/me/x"], true, "is at `/home/me/x` on the machine that locked it; write: "),
        (["type": "hg"], true, "is of the type `hg`, which Nix 2.34.0 cannot fetch; write: "),
        (["type": "tarball"], true, "has no `url` in `flake.lock`; write: "),
        (["type": "github", "repo": "r"], true, "has no `owner` in `flake.lock`; write: "),
        (["type": "github", "owner": "o", "repo": "r"], false, "has no `narHash` in `flake.lock`; write: "),
        (["type": "hg"], false, "has no `narHash` in `flake.lock`; write: "),
        (["url": "u"], true, "has no `type` in `flake.lock`; write: "),
        (["type": "path"], true, "has no `path` in `flake.lock`; write: "),
    ]

    @Test(arguments: refusals.indices) func whatCannotBeFetchedIsRefusedByName(_ index: Int) async throws {
        let (locked, hashed, words) = Self.refusals[index]
        let withTree = locked["type"] as? String == "hg" && !hashed
        let result = try await input(locked, without: withTree ? "none" : "fetchTree", hashed: hashed)
        #expect(
            result.stderr.contains(
                "pinr: the input `i` of the pin `my pin` \(words)sources.\"my pin\" { inputs.i = ...; }"),
            "\(result.value)")
    }

    /// A lock has the hash of a file's NAR: Nix's own builder fetches it, and checks that.
    @Test(arguments: [DefaultNixSources.Mode.impure, .pure])
    func aFileIsFetched(_ mode: DefaultNixSources.Mode) async throws {
        let sources = try DefaultNixSources()
        let server = try await WebServer()
        try server.put("data.txt", "of a file\n")
        let file = try sources.directory.write("data.txt", "of a file\n")
        let hash = try await sources.nix.hashPath(file)
        let locked: Values = ["type": "file", "url": server.url("/data.txt")]
        let pin = try await sources.flake(
            "pin",
            "{ outputs = { self, good, bad }: { good = builtins.readFile good; bad = builtins.readFile bad; }; }",
            nodes: [
                "root": ["inputs": ["good": "good", "bad": "bad"]],
                "good": sources.node(locked: locked.merging(["narHash": hash]) { $1 }, ["flake": false]),
                "bad": sources.node(locked: locked.merging(["narHash": Self.hash]) { $1 }, ["flake": false]),
            ])
        try sources.write(pins: ["x": pin])
        #expect(try await sources.text("sources.x.flake.good", mode) == "of a file\n")
        let path = try StorePath(recursive: SHA256Digest(parsing: hash), name: "source").description
        #expect(try await sources.text("sources.x.flake.inputs.good.outPath", mode) == path)
        let refused = try await sources.evaluate("sources.x.flake.bad", mode)
        #expect(refused.status != 0)
        #expect(refused.stderr.contains("hash mismatch"))
    }

    /// One that is broken breaks nothing else, and says which it is.
    @Test(arguments: DefaultNixSources.Mode.allCases)
    func aBrokenInputFailsAloneAndByName(_ mode: DefaultNixSources.Mode) async throws {
        let sources = try DefaultNixSources()
        let leaf = try await sources.flake("leaf", DefaultNixFlakeTests.leaf)
        let none = try await sources.tarball("none")
        let mid = try await sources.flake("mid", "{ outputs = { self, ... }@all: all; }\n")
        let names = ["good", "plain", "wrong", "deep", "gone", "missing", "follower"]
        let pin = try await sources.flake(
            "pin", "{ outputs = { self, \(names.joined(separator: ", ")) }@all: all; }\n",
            nodes: [
                "root": [
                    "inputs": [
                        "good": "good", "plain": "plain", "wrong": "wrong", "deep": "deep", "gone": "gone",
                        "follower": ["good", "nothing"],
                    ] as Values
                ],
                "good": sources.node(leaf), "plain": sources.node(none), "gone": ["inputs": [String: String]()],
                "wrong": sources.node(leaf, locked: ["narHash": Self.hash]),
                "deep": sources.node(mid, inputs: ["inner": "inner"]),
                "inner": sources.node(locked: ["type": "path", "path": "/x"]),
            ])
        try sources.write([("my pin", ["locked": pin.locked])])
        #expect(try await sources.text("sources.\"my pin\".flake.inputs.good.name", mode) == "leaf")
        #expect(try await sources.text("sources.\"my pin\".flake.deep.rev", mode) == mid.locked["revision"] as? String)
        for (input, words) in [
            ("plain", "pinr: the input `plain` of the pin `my pin` has no `flake.nix`, so it is no flake"),
            ("gone", "pinr: the input `gone` of the pin `my pin` has nothing locked in `flake.lock`"),
            ("deep.inner", "pinr: the input `deep/inner` of the pin `my pin` is at `/x` on the machine that locked it"),
            ("missing", "pinr: the input `missing` of the pin `my pin` is in no `flake.lock`"),
            ("follower", "pinr: the input `follower` of the pin `my pin` follows `good/nothing`, which there is not"),
        ] {
            let failed = try await sources.evaluate("sources.\"my pin\".flake.\(input).outPath", mode)
            #expect(failed.status != 0)
            #expect(failed.stderr.contains(words), "\(failed.stderr)")
            let caught = "(builtins.tryEval sources.\"my pin\".flake.\(input).outPath).success"
            #expect(try await sources.text(caught, mode) == "false")
        }
        let wrong = try await sources.evaluate("sources.\"my pin\".flake.wrong.outPath", mode)
        #expect(wrong.status != 0)
        // Nix 2.3 does not say which hash it found.
        #expect(wrong.stderr.contains(leaf.locked["hash"] as? String ?? "?") || wrong.stderr.contains("mismatch"))
    }
}
