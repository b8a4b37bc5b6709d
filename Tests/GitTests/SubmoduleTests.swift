import Foundation
import NixHash
import Support
import Testing
import Threads
import Transfer

@testable import Git

/// Trees with their submodules, from real servers, and against what real Nix gave.
@Suite struct SubmoduleTests {
    private typealias Client = HTTPRemoteTests.Client

    /// Repositories side by side, and a server for them.
    private struct Place {
        let root = TemporaryDirectory()
        let server: GitHTTPServer
        let client = Client()

        init() async throws { server = try await GitHTTPServer(root: root.path) }

        func repository(_ name: String, _ file: String? = "file") async throws -> TestRepository {
            let repository = try await TestRepository(at: root.file(name))
            if let file { try repository.write(file, "\(name)\n") }
            return repository
        }

        func tree(_ name: String, _ revision: String? = nil, submodules: Bool = true) async throws -> CommitTree {
            let repository = root.file(name)
            let head = try await run(
                ["git", "-C", repository, "rev-parse", revision ?? "HEAD"],
                environment: isolatedEnvironment(home: root.file("home"))
            ).trimmed
            return try await client.remotes.tree(
                ofCommit: try #require(ObjectID(hex: head)),
                of: try GitURL(parsing: "\(server.baseURL)/\(name)/.git"), ref: nil, submodules: submodules)
        }

        /// The hash of the tree, and what there is to say about it; nothing is left behind.
        func hash(_ name: String) async throws -> (TreeHash, [SubmoduleRemark]) {
            let tree = try await tree(name)
            let hash = try await onThread { try tree.hash(cancellation: $0) }
            tree.close()
            #expect(client.leftovers.isEmpty)
            return (hash, tree.remarks)
        }

        /// The hash of a folder's files as one commit of one repository.
        func plainHash(_ files: [String: String], places: [String: String] = [:]) async throws -> SHA256Digest {
            let folder = TemporaryDirectory()
            let repository = try await TestRepository(at: folder.file("x"))
            for (name, text) in files { try repository.write(name, text) }
            for (name, revision) in places {
                try FileManager.default.createDirectory(
                    atPath: repository.path + "/" + name, withIntermediateDirectories: true)
                try await repository.git("update-index", "--add", "--cacheinfo", "160000,\(revision),\(name)")
            }
            let commit = try #require(ObjectID(hex: try await repository.commit("x")))
            return try await onThread { cancellation in
                let opened = try GitRepository.open(path: repository.path)
                return try opened.hashTree(ofCommit: commit, cancellation: cancellation).summary.digest
            }
        }

        func requests(to name: String) -> Int {
            server.accessLog().count { $0.method == "POST" && $0.uri.hasPrefix("/\(name)/") }
        }
    }

    // MARK: What Nix gave

    private static let rows = Shared.rows("git.tsv").map { TreeHashTruthTests.Fixture(columns: $0) }.filter {
        !Self.expected($0).isEmpty && $0.name != "dup-entry" && $0.expected.hasPrefix("sha256-")
    }

    /// What Nix 2.34.8 gave. It has a fault with relative URLs of `file:` repositories, which these all are: the raw
    /// contents with submodules stand in for it there.
    private static func expected(_ row: TreeHashTruthTests.Fixture) -> String {
        let column = row["nix2.34.8_submodules"]
        if column.hasPrefix("sha256-") { return column }
        return column.contains("unexpected authority") ? row["raw_blobs_submodules"] : ""
    }

    @Test(.enabled(if: Shared.isAvailable, Shared.absence), arguments: rows)
    func hashIsThatOfNix(_ row: TreeHashTruthTests.Fixture) async throws {
        let root = TemporaryDirectory()
        for name in [row.name] + (row.name.contains("su") ? ["sub", "sub2"].filter { $0 != row.name } : []) {
            let bundle = try #require(Shared.truth("git/\(name).bundle"))
            try await run(
                ["git", "clone", "--quiet", "--mirror", bundle, root.file(name + ".git")],
                environment: isolatedEnvironment(home: root.file("home")))
        }
        let tree = try await Client().remotes.tree(
            ofCommit: try #require(ObjectID(hex: row["rev"])),
            of: try GitURL(parsing: "file://" + root.file(row.name + ".git")), ref: nil, submodules: true)
        let hash = try await onThread { try tree.hash(cancellation: $0) }
        #expect(hash.summary.digest.sri == Self.expected(row))
        let isRelative = row["nix2.34.8_submodules"].contains("unexpected authority")
        #expect(tree.remarks.contains { $0.kind == .relativeToFile } == isRelative)
        #expect(tree.remarks.contains { $0.kind == .unlisted } == (row.name == "gitlink-only"))
    }

    // MARK: What is fetched

    @Test func nestedAndTwiceTheSame() async throws {
        let place = try await Place()
        let leaf = try await place.repository("leaf")
        try leaf.write(".gitattributes", "*.x ident\n")
        let first = try await leaf.commit("one")
        try leaf.write("file", "leaf two\n")
        let second = try await leaf.commit("two")
        let middle = try await place.repository("middle")
        try await middle.addSubmodule("in/leaf", url: "../../leaf/.git", revision: first)
        let middleRevision = try await middle.commit("one")
        let top = try await place.repository("top")
        try top.write(".gitattributes", "*.y eol=crlf\n")
        for (name, url, revision) in [
            ("a", "../../leaf/.git", first), ("b/c", "\(place.server.baseURL)/middle/.git", middleRevision),
            ("d", "\(place.server.baseURL)/leaf/.git", first), ("e", "../../leaf/.git", second),
        ] { try await top.addSubmodule(name, url: url, revision: revision) }
        try await top.commit("one")
        let (hash, remarks) = try await place.hash("top")
        #expect(remarks.isEmpty)
        #expect(hash.attributes == ["eol", "ident"])
        var files = ["file": "top\n", "b/c/file": "middle\n"]
        for path in ["a", "d", "b/c/in/leaf"] { files[path + "/file"] = "leaf\n" }
        files["e/file"] = "leaf two\n"
        for path in ["a", "d", "e", "b/c/in/leaf"] { files[path + "/.gitattributes"] = "*.x ident\n" }
        files[".gitattributes"] = "*.y eol=crlf\n"
        files[".gitmodules"] = try String(contentsOfFile: top.path + "/.gitmodules", encoding: .utf8)
        files["b/c/.gitmodules"] = try String(contentsOfFile: middle.path + "/.gitmodules", encoding: .utf8)
        #expect(try await place.plainHash(files) == hash.summary.digest)
        // Each commit of a repository is fetched once.
        #expect(place.requests(to: "leaf") == 2 && place.requests(to: "middle") == 1)

        // Nobody asked for submodules: the folders are empty, and nothing is fetched.
        let plain = try await place.tree("top", submodules: false)
        let plainHash = try await onThread { try plain.hash(cancellation: $0) }
        #expect(plainHash.gitlinks.map { String(decoding: $0.path, as: UTF8.self) } == ["a", "b/c", "d", "e"])
        #expect(plainHash.attributes == ["eol"])
        #expect(place.requests(to: "leaf") == 2)
        plain.close()
    }

    /// Entries without a place, places without an entry, several entries of one place, and what git takes otherwise.
    @Test func oddEntries() async throws {
        let place = try await Place()
        let leaf = try await place.repository("leaf")
        let revision = try await leaf.commit("one")
        let copy = try await place.repository("copy", nil)
        try await copy.git("pull", "--quiet", leaf.path, "main")
        let top = try await place.repository("top")
        for name in ["a", "b", "c", "none", "twice", "unlisted"] {
            try await top.addSubmodule(name, url: "../../leaf/.git", revision: revision)
        }
        let absent = ProtocolTests.one
        try top.write(
            ".gitmodules",
            """
            [submodule "absent"]
                path = nowhere
                url = ext::id
            [submodule "file"]
                path = file
                url = /etc
            [submodule "a"]
                path = a
                url = ../../leaf/.git
            [submodule "b"]
                path = ./b/
                url = ../../leaf/.git
            [submodule "c"]
                path = c
                url = ../../leaf/.git
                url = ../../absent/.git
                branch = .
            [submodule "none"]
                path = none
                url = ../../leaf/.git
                update = none
                branch = gone
            [submodule "twice 2"]
                path = twice
                url = ../../copy/.git
            [submodule "twice 1"]
                path = twice
                url = ../../leaf/.git
            """)
        try await top.commit("one")
        let (hash, remarks) = try await place.hash("top")
        var files = ["file": "top\n"]
        for name in ["a", "b", "c", "none", "twice"] { files["\(name)/file"] = "leaf\n" }
        files[".gitmodules"] = try String(contentsOfFile: top.path + "/.gitmodules", encoding: .utf8)
        #expect(try await place.plainHash(files, places: ["unlisted": absent]) == hash.summary.digest)
        #expect(
            remarks == [
                SubmoduleRemark(.refusedByGit, path: Array("b".utf8)),
                SubmoduleRemark(.refusedByGit, path: Array("c".utf8)),
                SubmoduleRemark(.leftEmptyByGit, path: Array("none".utf8)),
                SubmoduleRemark(.unlisted, path: Array("unlisted".utf8)),
            ])
        #expect(hash.gitlinks.map(\.path) == [Array("unlisted".utf8)])
        #expect(place.requests(to: "copy") == 1)
    }

    /// Of repositories on this machine, by whatever URL.
    @Test func foldersOfThisMachine() async throws {
        let root = TemporaryDirectory()
        let leaf = try await TestRepository(at: root.file("leaf"))
        try leaf.write("file", "one")
        let revision = try await leaf.commit("one")
        let top = try await TestRepository(at: root.file("top"))
        for (name, url) in [("a", "../leaf"), ("b", leaf.path), ("c", "file://\(leaf.path)")] {
            try await top.addSubmodule(name, url: url, revision: revision)
        }
        let commit = try #require(ObjectID(hex: try await top.commit("one")))
        let client = Client()
        let url = try GitURL(parsing: "file://\(top.path)")
        let tree = try await client.remotes.tree(ofCommit: commit, of: url, ref: nil, submodules: true)
        #expect(tree.plan.origins.count == 2)
        #expect(
            tree.remarks == [
                SubmoduleRemark(.relativeToFile, path: Array("a".utf8)),
                SubmoduleRemark(.onThisMachine, path: Array("b".utf8)),
                SubmoduleRemark(.onThisMachine, path: Array("c".utf8)),
            ])
        tree.close()
    }

    // MARK: What is refused

    @Test(arguments: [
        (
            "[submodule \"x\"]\npath = lib/x\nurl = file:///etc\n",
            GitError.submodule(path: "lib/x", .localURL("file:///etc"))
        ),
        ("[submodule \"x\"]\npath = lib/x\n", .submodule(path: "lib/x", .noURL)),
        (
            "[submodule \"x\"]\npath = lib/x\nurl = ext::id\n",
            .submodule(path: "lib/x", .illegalURL("ext::id", .unsupportedScheme("ext")))
        ),
        (
            "[submodule \"x\"]\npath = lib/x\nurl = ../y\nbranch = a..b\n",
            .submodule(path: "lib/x", .illegalBranch("a..b"))
        ),
        ("[submodule \"x\"]\npath = lib/x\nurl\n", .illegalGitmodules(.missingValue("submodule.x.url"))),
        ("[include]\npath = /etc/gitconfig\n", .illegalGitmodules(.include)),
        ("[submodule \"x\"]\n?\n", .illegalGitmodules(.malformed(line: 2))),
    ])
    func whatIsHostileIsRefused(_ gitmodules: String, _ error: GitError) async throws {
        let place = try await Place()
        let top = try await place.repository("top")
        try await top.addSubmodule("lib/x", url: "../x", revision: ProtocolTests.one)
        try top.write(".gitmodules", gitmodules)
        let revision = try await top.commit("one")
        await #expect(throws: error) { try await place.hash("top") }
        #expect(place.client.leftovers.isEmpty)

        // In a submodule it is named by its path from the top.
        let whole = try await place.repository("whole")
        try await whole.addSubmodule("dir/top", url: "../../top/.git", revision: revision)
        try await whole.commit("one")
        let found = await #expect(throws: (any Error).self) { try await place.hash("whole") }
        switch error {
        case .submodule(let path, let fault):
            #expect(found as? GitError == .submodule(path: "dir/top/" + path, fault))
        default:
            let outer = try #require(found as? SubmoduleError)
            #expect(outer.path == "dir/top" && outer.revision.hex == revision && outer.cause as? GitError == error)
        }
        #expect(place.client.leftovers.isEmpty)
    }

    @Test(arguments: ["symlink", "folder", "gitlink"])
    func gitmodulesThatIsNoFile(_ kind: String) async throws {
        let place = try await Place()
        let top = try await place.repository("top")
        // git itself does not let such an entry in.
        let (mode, type, id): (String, String, String)
        switch kind {
        case "symlink":
            (mode, type) = ("120000", "blob")
            id = try await top.git("hash-object", "-w", "--stdin", input: Array("other".utf8))
        case "folder":
            (mode, type, id) = ("040000", "tree", try await top.git("mktree", input: []))
        default: (mode, type, id) = ("160000", "commit", ProtocolTests.one)
        }
        let tree = try await top.git("mktree", input: Array("\(mode) \(type) \(id)\t.gitmodules\n".utf8))
        try await top.git("update-ref", "HEAD", try await top.git("commit-tree", "-m", "x", tree))
        await #expect(throws: GitError.illegalGitmodules(.notAFile)) { try await place.hash("top") }
    }

    /// What is not there is an error that says what and where, never an empty folder.
    @Test func whatIsNotThereIsNamed() async throws {
        let place = try await Place()
        let leaf = try await place.repository("leaf")
        try await leaf.commit("one")
        for (url, name) in [("../../leaf/.git", "leaf"), ("../../absent/.git", "absent")] {
            let top = try await place.repository("top-\(name)")
            try await top.addSubmodule("lib/\(name)", url: url, revision: ProtocolTests.one)
            try await top.commit("one")
            let found = await #expect(throws: SubmoduleError.self) { try await place.hash("top-\(name)") }
            let error = try #require(found)
            let expected = "\(place.server.baseURL)/\(name)/.git"
            #expect(error.path == "lib/\(name)" && error.url == expected && error.revision.hex == ProtocolTests.one)
            guard case .some = error.cause as? GitError else {
                Issue.record("\(error.cause)")
                return
            }
            #expect(place.client.leftovers.isEmpty)
        }
    }

    /// A commit that only the history of some branch has, on a server that hands out no bare commit.
    @Test(arguments: [true, false])
    func commitThatNoRefPointsTo(_ isVersion2: Bool) async throws {
        let root = TemporaryDirectory()
        let server = try await GitHTTPServer(root: root.path, protocolV2: isVersion2)
        let leaf = try await TestRepository(at: root.file("leaf"))
        try leaf.write("file", "one")
        let revision = try await leaf.commit("one")
        try leaf.write("file", "two")
        try await leaf.commit("two")
        let top = try await TestRepository(at: root.file("top"))
        try await top.addSubmodule("leaf", url: "../../leaf/.git", revision: revision)
        let commit = try #require(ObjectID(hex: try await top.commit("one")))
        let client = Client()
        let url = try GitURL(parsing: "\(server.baseURL)/top/.git")
        let tree = try await client.remotes.tree(ofCommit: commit, of: url, ref: nil, submodules: true)
        #expect(tree.plan.origins.map(\.commit.hex) == [commit.hex, revision])
        #expect(tree.plan.origins.map(\.url?.text) == [url.text, "\(server.baseURL)/leaf/.git"])
        tree.close()
        #expect(client.leftovers.isEmpty)
    }

    @Test func moreThanTheLimitAreRefused() async throws {
        let place = try await Place()
        let leaf = try await place.repository("leaf")
        var revisions: [String] = []
        for number in 0..<3 {
            try leaf.write("file", "\(number)")
            revisions.append(try await leaf.commit("\(number)"))
        }
        let top = try await place.repository("top")
        for (number, revision) in revisions.enumerated() {
            try await top.addSubmodule("s\(number)", url: "../../leaf/.git", revision: revision)
        }
        try await top.commit("one")
        let plain = try await place.tree("top", submodules: false)
        let url = try GitURL(parsing: "\(place.server.baseURL)/top/.git")
        for limit in [2, 3] {
            let repositories = FetchedRepositories()
            var gathering = SubmoduleGathering(place.client.remotes, repositories, limit: limit)
            do {
                try await gathering.gather(plain.plan, of: url)
                #expect(limit == 3)
            } catch let error as GitError {
                #expect(error == .submodule(path: "s2", .tooMany(limit: 2)) && limit == 2)
            }
            repositories.close()
        }
        plain.close()
        #expect(place.client.leftovers.isEmpty)
    }

    #if os(Linux)
        /// Systems let a process have few files open: packs are closed while nothing is read from them.
        @Test func fewPacksAreOpenAtATime() async throws {
            let place = try await Place()
            let leaf = try await place.repository("leaf")
            let top = try await place.repository("top")
            for number in 0..<12 {
                try leaf.write("file", "\(number)")
                let revision = try await leaf.commit("\(number)")
                try await top.addSubmodule("s\(number)", url: "../../leaf/.git", revision: revision)
            }
            try await top.commit("one")
            func openPacks() throws -> Int {
                try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count { name in
                    let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(name)")
                    return target?.hasPrefix(place.client.folder.path) ?? false
                }
            }
            let tree = try await place.tree("top")
            #expect(tree.plan.origins.count == 13)
            #expect(try openPacks() <= 1)
            let before = try await onThread { try tree.hash(cancellation: $0) }
            #expect(try openPacks() <= 1)
            #expect(try await onThread { try tree.hash(cancellation: $0) }.summary == before.summary)
            tree.close()
            #expect(try openPacks() == 0 && place.client.leftovers.isEmpty)
        }
    #endif

    /// One that fails ends the others, and what was fetched is gone; so is it when the work is given up.
    @Test(.timeLimit(.minutes(10)), arguments: [true, false])
    func nothingIsLeftBehind(_ isCancelled: Bool) async throws {
        let root = TemporaryDirectory()
        var noise = SystemRandomNumberGenerator()
        var revisions: [String] = []
        for name in ["slow1", "slow2"] {
            let slow = try await TestRepository(at: root.file(name))
            for number in 0..<40 {
                try slow.write("file\(number)", (0..<50_000).map { _ in UInt8.random(in: 0...255, using: &noise) })
            }
            revisions.append(try await slow.commit("big"))
        }
        let top = try await TestRepository(at: root.file("top"))
        try await top.addSubmodule("a", url: "../../slow1/.git", revision: revisions[0])
        try await top.addSubmodule("b", url: "../../slow2/.git", revision: revisions[1])
        if !isCancelled { try await top.addSubmodule("c", url: "../../absent/.git", revision: ProtocolTests.one) }
        let commit = try #require(ObjectID(hex: try await top.commit("one")))
        // The packs trickle: a fetch would take some seven minutes.
        let server = try await GitHTTPServer(root: root.path, locations: ["limit_rate_after 100k; limit_rate 5k;"])
        let client = Client()
        let url = try GitURL(parsing: "\(server.baseURL)/top/.git")
        let task = Task { try await client.remotes.tree(ofCommit: commit, of: url, ref: nil, submodules: true) }
        if isCancelled {
            #expect(try await eventually { client.leftovers.count >= 3 })
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        } else {
            await #expect(throws: SubmoduleError.self) { try await task.value }
        }
        #expect(client.leftovers.isEmpty)
    }
}
