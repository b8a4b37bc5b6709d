import Foundation
import JSON
import NixHash
import Support
import Testing

/// niv's lock, taken over: what Nix fetches is what `sources.nix` fetched, and an update moves what niv moved.
@Suite(.enabled(if: NixSandbox.isAvailable, "left out: Nix is not installed"))
struct ImportNivTests {
    /// A project whose pins are niv's, and what is behind them.
    struct Moving {
        let project: Project
        let nix: NixSandbox
        let tool: Repository
        let library: Repository
        let archiveURL: String

        init() async throws {
            let upstream = try await Upstream.shared()
            project = try await Project.connected()
            nix = try NixSandbox()
            tool = try await upstream.github()
            library = try await upstream.github()
            let name = upstream.uniqueName("hello")
            archiveURL = try upstream.put(
                "niv/\(name)-2.10.tar.gz",
                try await upstream.archive(name, ["src/main.c": "int main;\n", "README": "hi\n"]))
            let fileURL = try upstream.put("niv/\(name).txt", "a file\n".utf8)
            let revision = try await tool.work.revision()
            let sources: JSON = [
                "tool": [
                    "branch": "main", "description": "A tool", "homepage": .null, "owner": .string(tool.owner),
                    "repo": .string(tool.repo), "rev": .string(revision), "type": "tarball",
                    "sha256": .string(try await prefetched(tool.archiveURL(revision))),
                    "url": .string(tool.archiveURL(revision)),
                    "url_template": "https://github.com/<owner>/<repo>/archive/<rev>.tar.gz",
                ],
                "library": [
                    "branch": "main", "repo": .string(library.url), "rev": .string(try await library.work.revision()),
                    "type": "git",
                ],
                "hello": [
                    "sha256": .string(try await prefetched(archiveURL)), "type": "tarball", "url": .string(archiveURL),
                    "url_template": .string(archiveURL.replacing("2.10", with: "<version>")), "version": "2.10",
                ],
                "text": [
                    "sha256": .string(SHA256.hash(Array("a file\n".utf8)).nix32), "type": "file",
                    "url": .string(fileURL),
                ],
            ]
            try project.write("nix/sources.json", String(decoding: sources.serialized(), as: UTF8.self))
        }

        /// What niv itself asks for the hash of an archive.
        private func prefetched(_ url: String) async throws -> String {
            let result = try await nix.nix(["nix-prefetch-url", "--unpack", url, "--name", "a"])
            #expect(result.status == 0, "\(result.stderr)")
            return result.trimmed
        }

        /// How often the archive of the tool, or of the library, has been fetched.
        func fetches() -> Int {
            let places = [tool, library].map { "/github/\($0.owner)/\($0.repo)/archive/" }
            return tool.upstream.forge.accessLog()
                .filter { request in places.contains { request.uri.hasPrefix($0) } }.count
        }

        /// Where each source is in the store, as niv's `sources.nix` fetches it, but for the path's name.
        func nivPaths() async throws -> JSON {
            try JSON(
                parsing: Array(
                    try await nix.evaluate(Self.sourcesNix(project.file("nix/sources.json"))).utf8))
        }

        func pinrPaths() async throws -> JSON {
            try JSON(
                parsing: Array(
                    try await nix.evaluate("builtins.mapAttrs (_: p: p.outPath) (import \(project.file("pins")))").utf8)
            )
        }

        /// The fetches of a niv source.
        static func sourcesNix(_ path: String) -> String {
            """
            builtins.mapAttrs (_: spec:
              if spec.type == "tarball" then builtins.fetchTarball { inherit (spec) url sha256; }
              else if spec.type == "file" then
                builtins.fetchurl {
                  inherit (spec) url sha256;
                  name = builtins.replaceStrings [ "%20" ] [ "_" ] (baseNameOf spec.url);
                }
              else (builtins.fetchGit {
                url = spec.repo;
                inherit (spec) rev;
                ref = spec.ref or "refs/heads/${spec.branch}";
                submodules = spec.submodules or false;
              }).outPath)
            (builtins.fromJSON (builtins.readFile \(path)))
            """
        }
    }

    @Test func theStepsOfTheDocumentationLeadHere() async throws {
        let moving = try await Moving()
        let project = moving.project
        try project.write("nix/sources.nix", Moving.sourcesNix("./sources.json"))
        try project.write(
            "default.nix",
            """
            let sources = import ./nix/sources.nix; in {
              tool = import sources.tool;
              library = import sources.library;
              hello = builtins.readFile (sources.hello + "/README");
              text = builtins.readFile sources.text;
            }
            """)
        let before = try await moving.nix.evaluate("import \(project.file("default.nix"))")
        try await MigrationSteps.run(MigrationSteps.of("From niv"), in: project)
        #expect(try project.list("nix") == [])
        #expect(try await moving.nix.evaluate("import \(project.file("default.nix"))") == before)

        // And back.
        try await MigrationSteps.run(MigrationSteps.of("Back to niv"), in: project)
        try project.write("nix/sources.nix", Moving.sourcesNix("./sources.json"))
        let code = String(decoding: try project.read("default.nix"), as: UTF8.self)
        try project.write("default.nix", code.replacing("./pins", with: "./nix/sources.nix"))
        #expect(try await moving.nix.evaluate("import \(project.file("default.nix"))") == before)
    }

    @Test func everythingIsFetchedAsItWas() async throws {
        let moving = try await Moving()
        let project = moving.project
        let before = moving.fetches()
        let run = try await project.pinr("import", "niv", "--json").expect(0, quietly: false)
        #expect(run.stderr.contains("hello"), "\(run)")
        #expect(run.stderr.contains("<version>"), "\(run)")
        #expect(try run.json["skipped"] == [])
        #expect(try run.json["failed"] == [])
        #expect(try run.json["rehashed"]?.array?.compactMap { $0["name"]?.string } == ["library"])
        // What has a hash is not downloaded for it.
        #expect(moving.fetches() == before)
        #expect(try project.names() == ["hello", "library", "text", "tool"])
        #expect(try await moving.pinrPaths() == (try await moving.nivPaths()))

        let revision = try await moving.tool.work.revision()
        #expect(
            try project.pin("tool")["source"]
                == [
                    "type": "github", "owner": .string(moving.tool.owner), "repo": .string(moving.tool.repo),
                    "branch": "main",
                ])
        #expect(try project.pin("tool")["note"] == "A tool")
        #expect(try project.pin("tool")["locked"]?["revision"] == .string(revision))
        #expect(try project.pin("library")["locked"]?["ref"] == "refs/heads/main")
        #expect(try project.pin("hello")["source"] == ["type": "tarball", "url": .string(moving.archiveURL)])
        try await project.pinr("verify").expect(0)
    }

    @Test func anUpdateMovesWhatNivMovedAndNothingElse() async throws {
        let moving = try await Moving()
        let project = moving.project
        try await project.pinr("import", "niv").expect(0, quietly: false)
        let imported = try project.read("pins/pins.json")
        try await project.pinr("update", "--check").expect(0)
        try await project.pinr("update").expect(0)
        #expect(try project.read("pins/pins.json") == imported)

        let revision = try await moving.tool.advance()
        let other = try await moving.library.advance("new")
        let run = try await project.pinr("update", "--json").expect(0)
        #expect(try run.json["changed"]?.array?.compactMap { $0["name"]?.string } == ["library", "tool"])
        #expect(try project.pin("tool")["locked"]?["revision"] == .string(revision))
        #expect(try project.pin("library")["locked"]?["revision"] == .string(other))
    }

    @Test func whatNivCallsABranchMayBeATag() async throws {
        let moving = try await Moving()
        let project = moving.project
        try await moving.tool.work.tag("v2020-07-06")
        try await moving.tool.work.branch("release-1.x")
        try await moving.tool.publish()
        for (ref, field) in [("v2020-07-06", "at"), ("release-1.x", "branch")] {
            let text = String(decoding: try project.read("nix/sources.json"), as: UTF8.self)
            let changed = text.replacing(
                "\"branch\": \"main\",\n    \"description\"", with: "\"branch\": \"\(ref)\",\n    \"description\"")
            #expect(changed != text)
            try project.write("other/\(ref).json", changed)
            try await project.pinr("import", "niv", "other/\(ref).json", "--force", "--json").expect(0, quietly: false)
            #expect(try project.pin("tool")["source"]?[field] == .string(ref))
            try await project.pinr("update", "--check", "tool").expect(0)
        }
    }

    /// The lock is taken over when nobody can be asked, and what is said to be a branch is taken for one.
    @Test func noNetworkIsNeededForWhatHasAHash() async throws {
        let moving = try await Moving()
        let project = moving.project
        let run = try await project.pinr("import", "niv", "--offline", "--json").expect(1, quietly: false)
        #expect(try run.json["failed"]?.array?.compactMap { $0["name"]?.string } == ["library"])
        #expect(try project.names() == ["hello", "text", "tool"])
        #expect(try project.pin("tool")["source"]?["branch"] == "main")
    }

    @Test func whatCannotBeTakenIsListed() async throws {
        let project = try await Project.connected()
        try project.write(
            "nix/sources.json",
            """
            {
              "mine": { "type": "local", "path": "./vendor/mine" },
              "old": { "type": "fetchgit", "url": "https://git.example.org/old.git", "rev": "1" },
              "text": {
                "type": "file", "url": "https://example.org/text.txt",
                "sha256": "0000000000000000000000000000000000000000000000000001"
              }
            }
            """)
        let run = try await project.pinr("import", "niv").expect(1)
        #expect(run.lines.contains { $0.hasPrefix("mine: not taken, it is the folder `./vendor/mine`") }, "\(run)")
        #expect(run.lines.contains { $0.hasPrefix("old: not taken, `fetchgit` is a kind of source") }, "\(run)")
        #expect(try project.names() == ["text"])
        try await project.pinr("import", "niv", "--skip-unsupported").expect(0)
        let skipped = try await project.pinr("import", "niv", "--json").expect(1).json["skipped"]?.array
        #expect(skipped?.compactMap { $0["name"]?.string } == ["mine", "old"])
    }

    @Test func anotherFileIsRefused() async throws {
        let project = try await Project.connected()
        try project.write("nix/sources.json", #"{"pins": {}, "version": 5}"#)
        try await project.pinr("import", "niv").expectFailure(saying: "`nix/sources.json` is no lock of niv")
        try await project.pinr("import", "niv", "nix/nothing.json").expectFailure(
            saying: "there is no `nix/nothing.json`")
    }
}
