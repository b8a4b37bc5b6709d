import Foundation
import JSON
import Support
import Testing

/// A project that uses npins, with a pin of each kind, and the servers they come from.
struct NpinsWorld {
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
                    "hash": .string(try await repository.checkoutHash(nix)),
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
        try NpinsWorld.write(pins, in: project)
        try project.write("npins/default.nix", try NpinsWorld.defaultNix())
        try project.write("default.nix", NpinsWorld.code)
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

    /// What npins' own Nix code does with its lock, in short; the real one where somebody has it.
    static func defaultNix() throws -> String {
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

    /// Writes what npins has locked.
    static func write(_ pins: [(String, JSON)], in project: Project) throws {
        let lock: JSON = ["pins": .object(JSONObject(pins)), "version": 8]
        try project.write("npins/sources.json", String(decoding: lock.serialized(), as: UTF8.self))
    }

    /// What people do with pins of npins.
    static let code = """
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
}

extension Repository {
    /// The hash of what git checks out, without its own folder, as nix-prefetch-git says it: what npins and lon lock.
    func checkoutHash(_ nix: NixSandbox, submodules: Bool = false) async throws -> String {
        let directory = TemporaryDirectory()
        let out = directory.file("out")
        try await Support.run(
            ["git", "clone", "--quiet"] + (submodules ? ["--recurse-submodules"] : []) + [url, out],
            environment: isolatedEnvironment(home: directory.file("home")))
        for path in try FileManager.default.subpathsOfDirectory(atPath: out)
        where path == ".git" || path.hasSuffix("/.git") { try FileManager.default.removeItem(atPath: "\(out)/\(path)") }
        return try await nix.hashPath(out)
    }
}
