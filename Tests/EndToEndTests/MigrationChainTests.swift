import Foundation
import JSON
import NixHash
import Support
import Testing

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Pins that come from another tool live on as any other: the lock is right after each step, and upstream cannot lie.
@Suite(.enabled(if: NixSandbox.isAvailable, "left out: Nix is not installed"))
struct MigrationChainTests {
    /// A tool whose lock is taken over.
    enum Tool: String, CaseIterable, Sendable {
        case npins, niv, flake, lon

        var path: String {
            switch self {
            case .npins: "npins/sources.json"
            case .niv: "nix/sources.json"
            case .flake: "flake.lock"
            case .lon: "lon.lock"
            }
        }

        /// Whether it has the hash of what git checks out.
        var hashesCheckouts: Bool { self != .niv }
    }

    /// A commit, with the hash of its tree.
    struct Commit: Equatable {
        var revision: String
        var hash: String
    }

    /// A project that uses a tool, with an archive of GitHub's, `tool`, and a commit that git fetches, `library`.
    struct World {
        let project: Project
        let nix: NixSandbox
        let tool: Repository
        let library: Repository

        init() async throws {
            let upstream = try await Upstream.shared()
            project = try await Project.connected()
            nix = try NixSandbox()
            tool = try await upstream.github()
            library = try await upstream.github()
            try library.work.write("lib.nix", "{ }\n")
            try await library.work.commit("lib")
            try await library.publish()
        }

        /// What a repository's `main` is, by git and by real Nix.
        func head(_ repository: Repository) async throws -> Commit {
            Commit(revision: try await repository.work.revision(), hash: try await repository.checkoutHash(nix))
        }

        /// Writes the lock of a tool.
        func write(_ kind: Tool, tool: Commit, library: Commit) throws {
            let url = JSON.string(self.tool.archiveURL(tool.revision)), git = JSON.string(self.library.url)
            let (owner, repo) = (JSON.string(self.tool.owner), JSON.string(self.tool.repo))
            let revisions = (JSON.string(tool.revision), JSON.string(library.revision))
            let hashes = (JSON.string(tool.hash), JSON.string(library.hash))
            let lock: JSON
            switch kind {
            case .npins:
                let repository: JSON = ["type": "GitHub", "owner": owner, "repo": repo]
                lock = [
                    "version": 8,
                    "pins": [
                        "tool": [
                            "type": "Git", "repository": repository, "branch": "main", "submodules": false,
                            "revision": revisions.0, "url": url, "hash": hashes.0,
                        ],
                        "library": [
                            "type": "Git", "repository": ["type": "Git", "url": git], "branch": "main",
                            "submodules": false, "revision": revisions.1, "url": .null, "hash": hashes.1,
                        ],
                    ],
                ]
            case .niv:
                lock = [
                    "tool": [
                        "branch": "main", "owner": owner, "repo": repo, "rev": revisions.0, "type": "tarball",
                        "url": url, "url_template": "https://github.com/<owner>/<repo>/archive/<rev>.tar.gz",
                        "sha256": .string(try SHA256Digest(parsing: tool.hash).nix32),
                    ],
                    "library": ["branch": "main", "repo": git, "rev": revisions.1, "type": "git"],
                ]
            case .flake:
                lock = [
                    "version": 7, "root": "root",
                    "nodes": [
                        "root": ["inputs": ["tool": "tool", "library": "library"]],
                        "tool": [
                            "locked": [
                                "type": "github", "owner": owner, "repo": repo, "rev": revisions.0,
                                "narHash": hashes.0, "lastModified": 1,
                            ],
                            "original": ["type": "github", "owner": owner, "repo": repo, "ref": "main"],
                        ],
                        "library": [
                            "locked": [
                                "type": "git", "url": git, "ref": "refs/heads/main", "rev": revisions.1,
                                "narHash": hashes.1, "lastModified": 1, "revCount": 1,
                            ],
                            "original": ["type": "git", "url": git, "ref": "main"],
                        ],
                    ],
                ]
            case .lon:
                lock = [
                    "version": "1",
                    "sources": [
                        "tool": [
                            "type": "GitHub", "fetchType": "tarball", "owner": owner, "repo": repo, "branch": "main",
                            "revision": revisions.0, "url": url, "hash": hashes.0,
                        ],
                        "library": [
                            "type": "Git", "fetchType": "git", "branch": "main", "revision": revisions.1,
                            "url": git, "hash": hashes.1, "lastModified": 1, "submodules": false,
                        ],
                    ],
                ]
            }
            try project.write(kind.path, String(decoding: lock.serialized(), as: UTF8.self))
        }

        /// Every pin is what it should be, and is all that there is.
        func expect(_ pins: [String: Commit], sourceLocation: SourceLocation = #_sourceLocation) throws {
            #expect(try project.names() == pins.keys.sorted(), sourceLocation: sourceLocation)
            for (name, commit) in pins {
                let locked = try project.pin(name)["locked"]
                #expect(locked?["revision"]?.string == commit.revision, "\(name)", sourceLocation: sourceLocation)
                #expect(locked?["hash"]?.string == commit.hash, "\(name)", sourceLocation: sourceLocation)
            }
        }

        /// The hash of what real Nix fetches for a pin.
        func fetched(_ name: String) async throws -> String {
            let path = try await nix.evaluateString("(import \(project.file("pins"))).\(name).outPath")
            return try await nix.hashPath(nix.realPath(path))
        }
    }

    @Test(arguments: Tool.allCases)
    func `What was taken over is updated, verified, set, renamed and exported`(kind: Tool) async throws {
        let world = try await World()
        let project = world.project
        let (tool, library) = (try await world.head(world.tool), try await world.head(world.library))
        try await world.tool.work.tag("v1", message: "one")
        try await world.tool.publish()
        try world.write(kind, tool: tool, library: library)
        let theirs = try project.read(kind.path)

        try await project.pinr("import", kind.rawValue).expect(0, quietly: false)
        try world.expect(["tool": tool, "library": library])
        try await project.pinr("update", "--check").expect(0, quietly: false)

        try await world.tool.advance("newer")
        try await world.library.advance("newer still")
        let (newTool, newLibrary) = (try await world.head(world.tool), try await world.head(world.library))
        #expect(newTool != tool && newLibrary != library)
        try await project.pinr("update", "--check").expect(2, quietly: false)
        try world.expect(["tool": tool, "library": library])
        try await project.pinr("update", "library").expect(0, quietly: false)
        try world.expect(["tool": tool, "library": newLibrary])
        try await project.pinr("update").expect(0, quietly: false)
        try world.expect(["tool": newTool, "library": newLibrary])

        let updated = try project.read("pins/pins.json")
        try await project.pinr("verify").expect(0, quietly: false)
        #expect(try project.read("pins/pins.json") == updated)

        try await project.pinr("set", "tool", "--at", "v1").expect(0, quietly: false)
        try world.expect(["tool": tool, "library": newLibrary])
        #expect(try project.pin("tool")["source"]?["at"] == "v1")
        let set = try project.pin("tool")
        try await project.pinr("rename", "tool", "renamed").expect(0)
        try world.expect(["renamed": tool, "library": newLibrary])
        #expect(try project.pin("renamed") == set)
        #expect(try await world.fetched("renamed") == tool.hash)
        #expect(try await world.fetched("library") == newLibrary.hash)

        let lock = try project.read("pins/pins.json")
        for other in ["npins", "niv"] {
            try await project.pinr("export", other, "out/\(other).json").expect(0, quietly: false)
            #expect(try project.read("pins/pins.json") == lock)
            let back = try await Project.connected()
            try back.write("lock.json", String(decoding: try project.read("out/\(other).json"), as: UTF8.self))
            try await back.pinr("import", other, "lock.json").expect(0, quietly: false)
            #expect(try back.names() == ["library", "renamed"])
            for (name, commit) in ["renamed": tool, "library": newLibrary] {
                #expect(try back.pin(name)["locked"]?["hash"]?.string == commit.hash, "\(other) \(name)")
                #expect(
                    try back.pin(name)["locked"]?["url"] == project.pin(name)["locked"]?["url"], "\(other) \(name)")
            }
            #expect(try back.pin("library")["locked"]?["revision"]?.string == newLibrary.revision)
        }
        #expect(try project.read(kind.path) == theirs)
    }

    // MARK: Upstream lies

    @Test(arguments: Tool.allCases)
    func `A commit that is gone is no pin, and keeps no other from being one`(kind: Tool) async throws {
        let world = try await World()
        let tool = try await world.head(world.tool)
        let gone = Commit(revision: String(repeating: "1", count: 40), hash: tool.hash)
        try world.write(kind, tool: tool, library: gone)
        let run = try await world.project.pinr("import", kind.rawValue, "--json").expect(1)
        let failed = try run.json["failed"]?.array
        #expect(failed?.compactMap { $0["name"]?.string } == ["library"], "\(run)")
        expectErrorObject(failed?[0]["error"], code: "not-found")
        try world.expect(["tool": tool])

        // The archive of a commit that was rewritten away: its hash is known, and what is there no more is said later.
        let fresh = try await World()
        let library = try await fresh.head(fresh.library)
        try fresh.write(kind, tool: gone, library: library)
        try await fresh.project.pinr("import", kind.rawValue).expect(0, quietly: false)
        try fresh.expect(["tool": gone, "library": library])
        let verified = try await fresh.project.pinr("verify", "--json").expect(1)
        #expect(try verified.json["verified"] == ["library"], "\(verified)")
        #expect(try verified.json["failed"]?.array?.compactMap { $0["name"]?.string } == ["tool"], "\(verified)")
        try fresh.expect(["tool": gone, "library": library])
    }

    @Test(arguments: Tool.allCases.filter(\.hashesCheckouts))
    func `A commit with another hash than was locked is no pin`(kind: Tool) async throws {
        let world = try await World()
        let (tool, library) = (try await world.head(world.tool), try await world.head(world.library))
        try world.write(kind, tool: tool, library: Commit(revision: library.revision, hash: tool.hash))
        let run = try await world.project.pinr("import", kind.rawValue, "--json").expect(1)
        let failed = try run.json["failed"]?.array
        #expect(failed?.compactMap { $0["name"]?.string } == ["library"], "\(run)")
        expectErrorObject(failed?[0]["error"], code: "hash-mismatch")
        #expect(run.stdout.contains(tool.hash) && run.stdout.contains(library.hash), "\(run)")
        try world.expect(["tool": tool])
    }

    @Test(arguments: Tool.allCases)
    func `An archive that is another one by now is found out, and changes no pin`(kind: Tool) async throws {
        let world = try await World()
        let project = world.project
        let (tool, library) = (try await world.head(world.tool), try await world.head(world.library))
        try world.write(kind, tool: tool, library: library)
        try await project.pinr("import", kind.rawValue).expect(0, quietly: false)
        let name = world.tool.repo
        let path = "github/\(world.tool.owner)/\(name)/archive/\(tool.revision).tar.gz"
        try world.tool.upstream.put(path, try await world.tool.upstream.archive(name, ["evil": "x"]))
        let before = try project.read("pins/pins.json")
        let run = try await project.pinr("verify", "--json").expect(2)
        let mismatched = try run.json["mismatched"]?.array
        #expect(mismatched?.count == 1 && mismatched?[0]["name"] == "tool", "\(run)")
        #expect(mismatched?[0]["expected"]?.string == tool.hash, "\(run)")
        #expect(mismatched?[0]["actual"]?.string != tool.hash, "\(run)")
        #expect(try run.json["verified"] == ["library"], "\(run)")
        try await project.pinr("update").expect(0, quietly: false)
        #expect(try project.read("pins/pins.json") == before)
    }

    // MARK: What may not be read or written

    @Test(.enabled(if: Nobody.canRun, Nobody.whyNot), arguments: Tool.allCases)
    func `A folder that may not be written to is said, and stays as it is`(kind: Tool) async throws {
        let world = try await World()
        let project = world.project
        try world.write(kind, tool: try await world.head(world.tool), library: try await world.head(world.library))
        try await project.pinr("init", "--bare").expect(0)
        let before = try project.read("pins/pins.json")
        for folder in ["pins", "npins", "nix"] {
            try FileManager.default.createDirectory(atPath: project.file(folder), withIntermediateDirectories: true)
            try setMode(project.file(folder), 0o555)
        }
        defer { for folder in ["pins", "npins", "nix"] { chmod(project.file(folder), 0o755) } }
        for options in [[], ["--force"]] {
            let run = try await Nobody.pinr(project, ["import", kind.rawValue] + options)
            run.expectFailure(saying: "pins/pins.json", "ermission denied", "check who may write there")
        }
        try expectError("io", try await Nobody.pinr(project, ["import", kind.rawValue, "--json"]))
        for (tool, path) in [("npins", "npins/mine.json"), ("niv", "nix/mine.json"), ("niv", "new/mine.json")] {
            try setMode(project.path, 0o555)
            defer { chmod(project.path, 0o755) }
            let run = try await Nobody.pinr(project, ["export", tool, path])
            run.expectFailure(saying: path.hasPrefix("new") ? "`new`" : path, "ermission denied")
            #expect(!FileManager.default.fileExists(atPath: project.file(path)))
        }
        #expect(try project.read("pins/pins.json") == before)
        #expect(try project.list("pins") == ["default.nix", "pins.json"])
    }

    @Test(.enabled(if: Nobody.canRun, Nobody.whyNot), arguments: Tool.allCases)
    func `A lock that may not be read is said, and nothing is made`(kind: Tool) async throws {
        let world = try await World()
        let project = world.project
        try world.write(kind, tool: try await world.head(world.tool), library: try await world.head(world.library))
        try setMode(project.file(kind.path), 0o000)
        defer { chmod(project.file(kind.path), 0o644) }
        // Whoever it is could make the folder.
        try setMode(project.path, 0o777)
        let before = try project.list("")
        try await Nobody.pinr(project, ["import", kind.rawValue]).expectFailure(saying: kind.path, "ermission denied")
        try expectError("io", try await Nobody.pinr(project, ["import", kind.rawValue, "--json"]))
        #expect(try project.list("") == before)
    }
}
