import Foundation
import JSON
import NixHash
import Support
import Testing

/// lon's lock, taken over: the store paths are those that `lon.nix` gives.
@Suite(.enabled(if: NixSandbox.isAvailable, "left out: Nix is not installed"))
struct ImportLonTests {
    /// Fetches as `lon.nix` does.
    private func lonNix(_ path: String) -> String {
        """
        builtins.mapAttrs (_: args:
          if args.fetchType == "git" then
            (builtins.fetchGit {
              inherit (args) url submodules lastModified;
              ref = args.branch;
              rev = args.revision;
              narHash = args.hash;
              shallow = true;
            }).outPath
          else builtins.fetchTarball { inherit (args) url; sha256 = args.hash; })
        (builtins.fromJSON (builtins.readFile \(path))).sources
        """
    }

    private func gitHub(_ repository: Repository, _ nix: NixSandbox, frozen: Bool = false) async throws -> JSON {
        let revision = try await repository.work.revision()
        let url = repository.archiveURL(revision)
        let prefetched = try await nix.nix(["nix-prefetch-url", "--unpack", url, "--name", "source"]).trimmed
        var source: JSONObject = [
            "type": "GitHub", "fetchType": "tarball", "owner": .string(repository.owner),
            "repo": .string(repository.repo),
            "branch": "main", "revision": .string(revision), "url": .string(url),
            "hash": .string(try SHA256Digest(parsingDigits: prefetched).sri),
        ]
        if frozen { source["frozen"] = true }
        return .object(source)
    }

    private func git(_ repository: Repository, hash: String) async throws -> JSON {
        [
            "type": "Git", "fetchType": "git", "branch": "main",
            "revision": .string(try await repository.work.revision()),
            "url": .string(repository.url), "hash": .string(hash), "lastModified": 1_704_067_200, "submodules": false,
        ]
    }

    private func project(_ sources: JSONObject) async throws -> Project {
        let project = try await Project.connected()
        let lock: JSON = ["version": "1", "sources": .object(sources)]
        try project.write("lon.lock", String(decoding: lock.serialized(), as: UTF8.self))
        return project
    }

    @Test func theStepsOfTheDocumentationLeadHere() async throws {
        let upstream = try await Upstream.shared()
        let nix = try NixSandbox()
        let (tool, library) = (try await upstream.github(), try await upstream.github())
        let project = try await project([
            "tool": try await gitHub(tool, nix), "library": try await git(library, hash: library.checkoutHash(nix)),
        ])
        try project.write("lon.nix", lonNix("./lon.lock"))
        try project.write(
            "default.nix",
            "let sources = import ./lon.nix; in builtins.mapAttrs (_: s: [ (import s) \"${s}\" ]) sources\n")
        let before = try await nix.evaluate("import \(project.file("default.nix"))")
        try await MigrationSteps.run(MigrationSteps.of("From lon"), in: project)
        #expect(try project.list("") == ["default.nix", "pins"])
        #expect(try await nix.evaluate("import \(project.file("default.nix"))") == before)
    }

    @Test func theStorePathsStayTheSame() async throws {
        let upstream = try await Upstream.shared()
        let nix = try NixSandbox()
        let (tool, library, old) = (
            try await upstream.github(), try await upstream.github(), try await upstream.github()
        )
        let name = upstream.uniqueName("lon")
        let url = try upstream.put("lon/\(name).tar.gz", try await upstream.archive(name, ["a": "1"]))
        let digest = try await nix.nix(["nix-prefetch-url", "--unpack", url, "--name", "source"]).trimmed
        let project = try await project([
            "tool": try await gitHub(tool, nix), "old": try await gitHub(old, nix, frozen: true),
            "library": try await git(library, hash: library.checkoutHash(nix)),
            "archive": [
                "type": "Tarball", "fetchType": "tarball", "url": .string(url),
                "hash": .string(try SHA256Digest(parsingDigits: digest).sri),
            ],
        ])
        let run = try await project.pinr("import", "lon", "--json").expect(0)
        #expect(try run.json["rehashed"] == [])
        #expect(try run.json["skipped"] == [])
        #expect(try project.names() == ["archive", "library", "old", "tool"])
        #expect(
            try await nix.evaluate("builtins.mapAttrs (_: p: p.outPath) (import \(project.file("pins")))")
                == (try await nix.evaluate(lonNix(project.file("lon.lock")))))
        try await project.pinr("verify").expect(0)

        let imported = try project.read("pins/pins.json")
        try await project.pinr("update").expect(0)
        #expect(try project.read("pins/pins.json") == imported)
        for repository in [tool, library, old] { try await repository.advance() }
        let update = try await project.pinr("update", "--json").expect(0)
        #expect(try update.json["changed"]?.array?.compactMap { $0["name"]?.string } == ["library", "tool"])
        #expect(try update.json["skipped"]?.array?.compactMap { $0["name"]?.string } == ["old"])
    }

    /// A checkout has other line ends than the tree that is committed; Nix 2.20 and later gives the tree.
    @Test func aHashThatAttributesChangedIsMadeAnew() async throws {
        let upstream = try await Upstream.shared()
        let nix = try NixSandbox()
        let repository = try await upstream.github()
        try repository.work.write(".gitattributes", "*.txt text eol=crlf\n")
        try repository.work.write("a.txt", "one\ntwo\n")
        try await repository.work.commit("line ends")
        try await repository.publish()
        let hash = try await repository.checkoutHash(nix)
        let project = try await project(["a": try await git(repository, hash: hash)])
        let run = try await project.pinr("import", "lon", "--json").expect(0, quietly: false)
        #expect(try run.json["rehashed"]?.array?.compactMap { $0["name"]?.string } == ["a"])
        #expect(
            try project.pin("a")["locked"]?["revision"] == .string(try await repository.work.revision()))
        // The work tree still is what was committed: git has not checked it out.
        let committed = TemporaryDirectory()
        try await Support.run(["cp", "-R", repository.work.path, committed.file("tree")])
        try FileManager.default.removeItem(atPath: committed.file("tree/.git"))
        let expected = try await nix.hashPath(committed.file("tree"))
        #expect(expected != hash)
        #expect(try project.pin("a")["locked"]?["hash"] == .string(expected))
        try await project.pinr("verify").expect(0)
    }

    @Test func aHashThatNothingExplainsIsNoPin() async throws {
        let upstream = try await Upstream.shared()
        let repository = try await upstream.github()
        let wrong = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
        let project = try await project(["a": try await git(repository, hash: wrong)])
        let run = try await project.pinr("import", "lon", "--json").expect(1, quietly: false)
        #expect(try run.json["failed"]?[0]?["error"]?["code"] == "hash-mismatch", "\(run)")
        #expect(!FileManager.default.fileExists(atPath: project.file("pins/pins.json")))
    }

    @Test func aLaterVersionIsRefused() async throws {
        let project = try await Project.connected()
        try project.write("lon.lock", #"{"version": "2", "sources": {}}"#)
        try await project.pinr("import", "lon").expectFailure(saying: "`lon.lock` is of version 2")
    }
}
