import Foundation
import JSON
import Support
import Testing

/// What npins has pinned is the same here, for real Nix: the archives and the checkouts of real servers, with the hashes that
/// `nix-prefetch-url` and a checkout have, as npins gets them.
@Suite(.enabled(if: NixSandbox.isAvailable, "left out: Nix is not installed"))
struct ImportNpinsTests {
    /// What npins' own Nix code does with its lock, in short; the real one where somebody has it.
    private static func defaultNix() throws -> String {
        if let path = ProcessInfo.processInfo.environment["PINR_TEST_NPINS_DEFAULT_NIX"] {
            return try String(contentsOfFile: path, encoding: .utf8)
        }
        return """
            let
              lock = builtins.fromJSON (builtins.readFile ./sources.json);
              fetch = fetchers: pin:
                let archive = fetchers.fetchTarball { inherit (pin) url; sha256 = pin.hash; }; in
                if builtins.elem pin.type [ "Git" "GitRelease" ] then
                  if pin.url != null && !pin.submodules then archive
                  else (builtins.fetchGit {
                    inherit (pin.repository) url;
                    inherit (pin) submodules;
                    rev = pin.revision;
                    narHash = pin.hash;
                  }).outPath
                else if pin.type == "Channel" || pin.unpack or false then archive
                else fetchers.fetchurl { inherit (pin) url; sha256 = pin.hash; };
              source = pin: pin // {
                outPath = fetch builtins pin;
                __functor = self: { pkgs }: pin // {
                  outPath = fetch { inherit (pkgs) fetchurl; fetchTarball = pkgs.fetchzip; } pin;
                };
              };
            in
            builtins.mapAttrs (_: source) lock.pins
            """
    }

    /// A project that uses npins, with a pin of each kind, and the servers they come from.
    private struct World {
        let project: Project
        let nix: NixSandbox
        let repository: Repository
        let channel: Channel
        let upstream: Upstream
        let tag: String

        init() async throws {
            upstream = try await Upstream.shared()
            project = try await Project.connected()
            nix = try NixSandbox()
            repository = try await upstream.github()
            channel = try await upstream.channel(upstream.uniqueName("channel"))
            // Older versions of Nix look for what npins gives them on a branch of this name.
            try await repository.work.branch("master")
            // An annotated one, whose id npins takes for the revision.
            try await repository.work.tag("v1.0", message: "one")
            try await repository.publish()
            tag = try await repository.bare.git("rev-parse", "refs/tags/v1.0")
            let revision = try await repository.work.revision()
            let (owner, repo) = (repository.owner, repository.repo)
            let release = try upstream.put(
                "github/api/v3/repos/\(owner)/\(repo)/tarball/refs/tags/v1.0",
                try await repository.bare.archive("v1.0", prefix: "\(owner)-\(repo)-\(revision.prefix(7))/"))
            let folder = upstream.uniqueName("files")
            let file = try upstream.put("\(folder)/notes.txt", "notes\n".utf8)
            let archive = try upstream.put("\(folder)/a.tar.gz", try await upstream.archive("a", ["x": "x\n"]))
            let github: JSON = ["type": "GitHub", "owner": .string(owner), "repo": .string(repo)]
            let mutable = upstream.url("/channels/\(channel.name)/packages.json")
            let pins: [(String, JSON)] = [
                (
                    "branch",
                    [
                        "type": "Git", "repository": github, "branch": "main", "submodules": false,
                        "revision": .string(revision), "url": .string(repository.archiveURL(revision)),
                        "hash": .string(try await unpacked(repository.archiveURL(revision))),
                    ]
                ),
                (
                    "release",
                    [
                        "type": "GitRelease", "repository": github, "pre_releases": false, "release_prefix": .null,
                        "version_upper_bound": "2", "submodules": false, "version": "v1.0", "revision": .string(tag),
                        "url": .string(release), "hash": .string(try await unpacked(release)),
                    ]
                ),
                (
                    "git",
                    [
                        "type": "Git", "repository": ["type": "Git", "url": .string(repository.url)], "branch": "main",
                        "submodules": false, "revision": .string(revision), "url": .null, "frozen": true,
                        "hash": .string(try await ImportNpinsTests.checkout(repository, nix)),
                    ]
                ),
                (
                    "channel",
                    [
                        "type": "Channel", "name": .string(channel.name), "artifact": "nixexprs.tar.xz",
                        "url": .string(channel.url(1)), "hash": .string(try await unpacked(channel.url(1))),
                    ]
                ),
                (
                    "file",
                    [
                        "type": "Url", "url": .string(file), "unpack": false,
                        "hash": .string(try await flat("notes\n")),
                    ]
                ),
                (
                    "archive",
                    [
                        "type": "Url", "url": .string(archive), "unpack": true,
                        "hash": .string(try await unpacked(archive)),
                    ]
                ),
                (
                    "mutable",
                    [
                        "type": "MutableUrl", "update_url": .string(mutable), "unpack": false,
                        "url": .string(channel.url(1, file: "packages.json")),
                        "hash": .string(try await flat("{\"n\":1}\n")),
                    ]
                ),
            ]
            try ImportNpinsTests.write(pins, in: project)
            try project.write("npins/default.nix", try ImportNpinsTests.defaultNix())
            try project.write("default.nix", ImportNpinsTests.code)
        }

        /// As npins asks Nix for the hash of an archive.
        private func unpacked(_ url: String) async throws -> String {
            try await prefetched(url, ["--unpack"])
        }

        private func flat(_ text: String) async throws -> String {
            let directory = TemporaryDirectory()
            try directory.write("file", text)
            return try await prefetched("file://\(directory.file("file"))", [])
        }

        private func prefetched(_ url: String, _ options: [String]) async throws -> String {
            let base32 = try await nix.nix(
                ["nix-prefetch-url", "--type", "sha256", "--name", "source"] + options + [url]
            ).trimmed
            return try await nix.nix(["nix", "hash", "to-sri", "--type", "sha256", base32]).trimmed
        }

        /// What the project's code gives, with whose pins it says.
        func evaluated() async throws -> JSON {
            try JSON(parsing: Array(try await nix.evaluate("import \(project.file("default.nix"))").utf8))
        }

        func path(_ folder: String, _ name: String) async throws -> String {
            try await nix.evaluateString("\"${(import \(project.file(folder))).\(name)}\"")
        }
    }

    /// The hash of what git checks out, without its own folder, as nix-prefetch-git says it.
    private static func checkout(
        _ repository: Repository, _ nix: NixSandbox, submodules: Bool = false
    ) async throws -> String {
        let directory = TemporaryDirectory()
        let out = directory.file("out")
        try await Support.run(
            ["git", "clone", "--quiet"] + (submodules ? ["--recurse-submodules"] : []) + [repository.url, out],
            environment: isolatedEnvironment(home: directory.file("home")))
        for path in try FileManager.default.subpathsOfDirectory(atPath: out)
        where path == ".git" || path.hasSuffix("/.git") { try FileManager.default.removeItem(atPath: "\(out)/\(path)") }
        return try await nix.hashPath(out)
    }

    /// Writes what npins has locked.
    private static func write(_ pins: [(String, JSON)], in project: Project) throws {
        let lock: JSON = ["pins": .object(JSONObject(pins)), "version": 8]
        try project.write("npins/sources.json", String(decoding: lock.serialized(), as: UTF8.self))
    }

    /// What people do with pins of npins.
    private static let code = """
        let
          sources = import ./npins;
          names = builtins.filter (name: name != "__functor") (builtins.attrNames sources);
          fetcher = arguments: { outPath = "/fetched/${arguments.url} ${arguments.sha256}"; };
          pkgs = { fetchzip = fetcher; fetchurl = fetcher; };
        in
        {
          inherit names;
          imported = import sources.branch;
          called = import sources.channel { };
          read = builtins.readFile "${sources.file}";
          inside = builtins.pathExists (sources.archive + "/x");
          linked = import "${sources.git}/link";
          inherit (sources.branch) revision url hash;
          inherit (sources.release) version;
          short = builtins.substring 0 7 sources.git.revision;
          derivations = map (name: "${sources.${name} { inherit pkgs; }}") [ "branch" "release" "file" ];
          urls = builtins.mapAttrs (name: pin: pin.url) { inherit (sources) archive channel mutable; };
        }
        """

    /// The steps of docs/migrate/npins.md, as they stand there.
    private static func steps() throws -> [String] {
        let text = try String(contentsOfFile: "\(packageRoot)/docs/migrate/npins.md", encoding: .utf8)
        return text.components(separatedBy: "```sh\n").dropFirst().map { $0.components(separatedBy: "```")[0] }
    }

    private func run(_ steps: String, in project: Project) async throws -> ProcessResult {
        let temporary = try project.newTemporaryFolder()
        let folder = URL(filePath: Binary.pinr).deletingLastPathComponent().path
        let path = "\(folder):\(ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin")"
        return try await runProcess(
            ["sh", "-e", "-c", steps], environment: project.variables(temporary, ["PATH": path]),
            directory: project.path)
    }

    // MARK: Tests

    @Test func theStepsOfTheDocumentationLeadHere() async throws {
        let world = try await World()
        let before = try await world.evaluated()
        let steps = try Self.steps()
        let result = try await run(steps[0], in: world.project)
        #expect(result.status == 0, "\(result.stdout)\(result.stderr)")
        #expect(try world.project.list("").contains("npins") == false)
        #expect(try await world.evaluated() == before)
        #expect(try world.project.names() == before["names"]?.array?.compactMap(\.string))
    }

    @Test func revisionsHashesAndStorePathsAreTheSame() async throws {
        let world = try await World()
        let project = world.project
        let theirs = try project.lock("npins/sources.json")["pins"]
        let run = try await project.pinr("import", "npins", "--json").expect(0)
        #expect(try run.json["skipped"] == [] && run.json["rehashed"] == [] && run.json["failed"] == [])
        for name in try project.names() {
            let locked = try project.pin(name)["locked"]
            #expect(locked?["hash"] == theirs?[name]?["hash"], "\(name)")
            if name != "git" { #expect(locked?["url"] == theirs?[name]?["url"], "\(name)") }
            if let revision = theirs?[name]?["revision"] { #expect(locked?["revision"] == revision, "\(name)") }
            let (old, new) = (try await world.path("npins", name), try await world.path("pins", name))
            // A checkout of npins has a name of its own.
            if name == "git" {
                #expect(
                    try await world.nix.hashPath(world.nix.realPath(old)) == world.nix.hashPath(world.nix.realPath(new))
                )
            } else {
                #expect(old == new, "\(name)")
            }
        }
        #expect(try project.pin("git")["frozen"] != nil && project.pin("branch")["frozen"] == nil)
    }

    /// All but what git fetches is taken over although upstream is not there.
    @Test func whatMeansTheSameIsTakenOverOffline() async throws {
        let world = try await World()
        let run = try await world.project.pinr("import", "npins", "--offline")
        #expect(run.status == 1)
        #expect(
            try world.project.names() == ["archive", "branch", "channel", "file", "mutable", "release"], "\(run)")
    }

    @Test func anUpdateFindsNothingWhereNothingMovedAndWhatDidOtherwise() async throws {
        let world = try await World()
        let project = world.project
        try await project.pinr("import", "npins").expect(0)
        let frozen = try project.pin("git")
        let run = try await project.pinr("update", "--json")
        #expect(run.status == 0, "\(run)")
        #expect(try run.json["changed"] == [], "\(run)")
        // What npins does not know is known now, and nothing was fetched for it.
        let commit = JSON.string(try await world.repository.work.revision())
        #expect(try project.pin("channel")["locked"]?["revision"] == .string(world.channel.revision(1)))
        #expect(try project.pin("release")["locked"]?["revision"] == commit)
        #expect(world.tag != commit.string)
        let release = try project.lock("npins/sources.json")["pins"]?["release"]
        #expect(try project.pin("release")["locked"]?["url"] == release?["url"])
        try await project.pinr("verify").expect(0)
        try await project.pinr("update").expect(0, quietly: false)

        let next = try await world.repository.advance("two")
        try await world.repository.work.tag("v1.1", message: "two")
        try await world.repository.publish()
        try world.channel.move()
        let moved = try await project.pinr("update", "--json")
        let changed = try moved.json["changed"]?.array?.compactMap { $0["name"]?.string }
        #expect(changed == ["branch", "channel", "mutable", "release"], "\(moved)")
        #expect(try project.pin("branch")["locked"]?["revision"] == .string(next))
        #expect(try project.pin("release")["locked"]?["version"] == "v1.1")
        #expect(try project.pin("git") == frozen)
    }

    /// A hash that npins wrote down and that is not that of the commit is never turned into another pin.
    @Test func aCheckoutWithAnotherHashIsNoPin() async throws {
        let world = try await World()
        let project = world.project
        let wrong = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
        var lock = try #require(try project.lock("npins/sources.json").object)
        var pins = try #require(lock["pins"]?.object)
        var git = try #require(pins["git"]?.object)
        git["hash"] = .string(wrong)
        pins["git"] = .object(git)
        lock["pins"] = .object(pins)
        try project.write("npins/sources.json", String(decoding: JSON.object(lock).serialized(), as: UTF8.self))
        let run = try await project.pinr("import", "npins", "--json")
        #expect(run.status == 1)
        #expect(try run.json["failed"]?[0]?["error"]?["code"] == "hash-mismatch", "\(run)")
        #expect(try !project.names().contains("git"))
    }

    /// A checkout of it is another tree on every machine, and in Nix before and after 2.20.
    @Test func whatAttributesChangeIsHashedAsItIsCommitted() async throws {
        let repository = try await Upstream.shared().github()
        try repository.work.write(".gitattributes", "*.txt eol=crlf\n")
        try repository.work.write("a.txt", "a\n")
        let revision = try await repository.work.commit("attributes")
        try await repository.publish()
        let (project, nix) = (try await Project.connected(), try NixSandbox())
        let theirs = try await Self.checkout(repository, nix)
        let pin: JSON = [
            "type": "Git", "repository": ["type": "Git", "url": .string(repository.url)], "branch": "main",
            "submodules": false, "revision": .string(revision), "url": .null, "hash": .string(theirs),
        ]
        try Self.write([("crlf", pin)], in: project)
        let run = try await project.pinr("import", "npins", "--json")
        #expect(run.status == 0, "\(run)")
        #expect(try run.json["rehashed"]?[0]?["name"] == "crlf", "\(run)")
        let locked = try project.pin("crlf")["locked"]
        #expect(locked?["revision"] == .string(revision) && locked?["attributes"] == ["eol"])
        #expect(locked?["hash"] != .string(theirs))
        try await project.pinr("export", "npins", "--force").expect(1, quietly: false)
    }

    @Test func submodulesAreFetchedOnceAndHashAsTheyDid() async throws {
        let upstream = try await Upstream.shared()
        let (leaf, top) = (try await upstream.github(), try await upstream.github())
        try await top.work.addSubmodule("leaf", url: leaf.url, revision: leaf.work.revision())
        let revision = try await top.work.commit("two")
        try await top.publish()
        let (project, nix) = (try await Project.connected(), try NixSandbox())
        let theirs = JSON.string(try await Self.checkout(top, nix, submodules: true))
        let repository: JSON = ["type": "GitHub", "owner": .string(top.owner), "repo": .string(top.repo)]
        let pin: JSON = [
            "type": "Git", "repository": repository, "branch": "main", "submodules": true,
            "revision": .string(revision), "url": .null, "hash": theirs,
        ]
        try Self.write([("deep", pin)], in: project)
        let run = try await project.pinr("import", "npins", "--json")
        #expect(run.status == 0, "\(run)")
        #expect(try run.json["rehashed"] == [], "\(run)")
        let locked = try project.pin("deep")["locked"]
        #expect(locked?["hash"] == theirs && locked?["submodules"] == true && locked?["url"] == .string(top.url))
        try await project.pinr("update").expect(0, quietly: false)
        #expect(try project.pin("deep")["locked"] == locked)
        try await project.pinr("export", "npins", "--force").expect(0)
        #expect(try project.lock("npins/sources.json")["pins"]?["deep"] == pin)
    }

    @Test func thereAndBackNixSeesTheSame() async throws {
        let world = try await World()
        let project = world.project
        try await project.pinr("import", "npins").expect(0)
        // A default branch, which npins has to be told.
        try await project.pinr("add", world.repository.notation, "--name", "default").expect(0)
        try FileManager.default.removeItem(atPath: project.file("npins/sources.json"))
        let result = try await run(try Self.steps()[1], in: project)
        #expect(result.status == 0, "\(result.stdout)\(result.stderr)")
        let written = try project.lock("npins/sources.json")
        #expect(written["version"] == 8)
        #expect(written["pins"]?["default"]?["branch"] == "main")
        for name in try project.names() where name != "git" {
            #expect(try await world.path("npins", name) == world.path("pins", name), "\(name)")
        }
        #expect(try await world.path("npins", "git").isEmpty == false)
        // And once more: the same pins.
        let before = try project.lock()
        try FileManager.default.removeItem(atPath: project.file("pins"))
        try await project.pinr("import", "npins").expect(0)
        for name in try project.names() {
            for key in ["fetcher", "url", "hash", "revision", "version"] {
                #expect(
                    try project.pin(name)["locked"]?[key] == before["pins"]?[name]?["locked"]?[key], "\(name) \(key)")
            }
        }
    }
}
