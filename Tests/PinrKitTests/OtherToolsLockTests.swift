import Foundation
import JSON
import Lockfile
import Migration
import NixHash
import PinrKit
import Resolvers
import Support
import Testing
import Updates

/// What becomes of locks that another tool has written, or that say less than this program writes down.
struct OtherToolsLockTests {
    private func gitFetch(_ pin: Pin?) throws -> GitFetch {
        guard case .git(let git)? = pin?.locked.fetch else { throw NotGit() }
        return git
    }

    private struct NotGit: Error {}

    // MARK: The ref that led to a commit

    private func forgetRef(_ world: World, _ name: String, _ ref: String?) throws {
        try world.edit(name) { pin in
            guard case .git(var git) = pin.locked.fetch else { return }
            git.ref = ref
            pin.locked.fetch = .git(git)
        }
    }

    @Test(arguments: ["HEAD", nil])
    func `A commit under no ref is no change, and the ref is learnt`(_ ref: String?) async throws {
        let world = try await World()
        let url = "git+\(world.server.baseURL)/o/r.git"
        for (name, notation) in [("head", url), ("branch", "\(url)?ref=main"), ("tag", "\(url)?ref=v1")] {
            try await world.add(notation, as: name)
        }
        let before = try world.pins()
        for name in before.keys { try forgetRef(world, name, ref) }
        let dry = try await update(world) { $0.isDryRun = true }
        #expect(dry.changed.isEmpty && dry.unchanged.count == 3)
        #expect(try gitFetch(world.pins()["head"]).ref == ref)
        let report = try await update(world)
        #expect(report.changed.isEmpty && report.unchanged.count == 3)
        #expect(try world.pins() == before)
        // What has no ref there has the one that led to it, also when another one is to be tracked.
        try forgetRef(world, "head", ref)
        var request = SetRequest(name: "head")
        request.options.branch = "main"
        #expect(try await world.pinr().set(request).pin.locked == before["head"]?.locked)
        #expect(world.console.notices.isEmpty)
    }

    @Test func `Another commit under no ref is a change, and a rewritten history is noticed`() async throws {
        let world = try await World()
        try await world.published.git("config", "uploadpack.allowFilter", "true")
        try await world.move("to be dropped")
        try await world.add("git+\(world.server.baseURL)/o/r.git", as: "p")
        try forgetRef(world, "p", "HEAD")
        try await world.repository.git("reset", "--quiet", "--hard", "HEAD~1")
        let revision = try await world.move("another")
        let report = try await update(world)
        #expect(report.changed.map(\.isRewritten) == [true])
        let git = try gitFetch(world.pins()["p"])
        #expect(git.revision == revision && git.ref == "refs/heads/main")
    }

    // MARK: What is at the top of an archive

    @Test func `An archive without a top-level directory is known for one when it is fetched again`() async throws {
        let world = try await World()
        for name in ["a", "b"] { try world.repository.write(name, name) }
        try await world.repository.commit("two files")
        try world.server.web.put("two.tar.gz", try await world.repository.archive("HEAD", prefix: ""))
        let pin = try await world.add("tarball+\(world.server.baseURL)/two.tar.gz", as: "p")
        guard case .tarball(let url, let hash, false) = pin.locked.fetch else {
            Issue.record("nothing was to be stripped: \(pin.locked)")
            return
        }
        // No other tool writes it down.
        try world.edit("p") { $0.locked.fetch = .tarball(url: url, hash: hash) }
        let imported = try world.pins()
        #expect(imported["p"] != pin)
        #expect(try await update(world).unchanged.count == 1)
        #expect(try world.pins() == imported, "nobody looked")
        let notices = world.console.notices.count
        #expect(try await world.pinr().verify(["p"]).verified.map(\.text) == ["p"])
        #expect(world.console.notices.dropFirst(notices).contains { $0.hint?.contains("--refetch p") ?? false })
        let report = try await update(world) { $0.refetches = true }
        #expect(report.changed.isEmpty && report.unchanged.count == 1)
        #expect(try world.pins()["p"] == pin)
        let learnt = world.console.notices.count
        _ = try await world.pinr().verify(["p"])
        #expect(!world.console.notices.dropFirst(learnt).contains { $0.hint?.contains("--refetch") ?? false })
        // And the other way round, for a lock that has it wrong.
        let first = try await world.repository.revision("HEAD~1")
        let again = try await world.add("tarball+\(world.server.baseURL)/o/r/archive/\(first).tar.gz", as: "q")
        guard case .tarball(let other, let tree, true) = again.locked.fetch else {
            Issue.record("one directory was to be stripped: \(again.locked)")
            return
        }
        try world.edit("q") { $0.locked.fetch = .tarball(url: other, hash: tree, isStripped: false) }
        _ = try await update(world) { $0.refetches = true }
        #expect(try world.pins()["q"] == again)
    }

    @Test func `A frozen pin learns nothing`() async throws {
        let world = try await World()
        try await world.add("git+\(world.server.baseURL)/o/r.git", as: "p") { $0.isFrozen = true }
        try forgetRef(world, "p", "HEAD")
        let before = try world.pins()
        _ = try await update(world) { $0.refetches = true }
        #expect(try world.pins() == before)
    }

    // MARK: The tree that was hashed

    /// A lock of a flake with one git repository, at its newest commit.
    private func importFlake(
        _ world: World, hash: SHA256Digest, ref: String? = "refs/heads/main"
    ) async throws -> ImportReport {
        let url = "\(world.server.baseURL)/o/r.git"
        let revision = try await world.repository.revision()
        var locked: JSONObject = [
            "type": "git", "url": .string(url), "rev": .string(revision), "narHash": .string(hash.sri),
            "lastModified": 1, "revCount": 1,
        ]
        locked["ref"] = ref.map { .string($0) }
        let node: JSON = ["original": ["type": "git", "url": .string(url)], "locked": .object(locked)]
        let lock: JSON = ["version": 7, "root": "root", "nodes": ["root": ["inputs": ["p": "p"]], "p": node]]
        try world.folder.write("flake.lock", String(decoding: lock.serialized(), as: UTF8.self))
        var request = ImportRequest(.flake)
        request.path = world.folder.file("flake.lock")
        return try await world.pinr().importPins(request)
    }

    /// A folder in which nothing is does not come out of a checkout, which is what Nix before 2.20 hashes.
    @Test func `A tree with empty subtrees is hashed anew, at the same commit`() async throws {
        let world = try await World()
        let git = "git+\(world.server.baseURL)/o/r.git"
        let checkout = try #require(try await world.add(git, as: "checkout").locked.fetch.hash)
        let work = world.repository
        let empty = try await work.git("mktree", input: [])
        let entries = try await work.git("ls-tree", "HEAD") + "\n040000 tree \(empty)\tempty\n"
        let tree = try await work.git("mktree", input: Array(entries.utf8))
        let commit = try await work.git("commit-tree", "-p", "HEAD", "-m", "empty", tree)
        try await work.git("reset", "--quiet", "--soft", commit)
        try await world.publish()
        let committed = try #require(try await world.add(git, as: "committed").locked.fetch.hash)
        #expect(committed != checkout)

        let report = try await importFlake(world, hash: checkout)
        #expect(report.failed.isEmpty && report.taken.map(\.name.text) == ["p"])
        #expect(report.rehashed.map(\.reason) == [.emptySubtrees])
        let pin = try #require(try world.pins()["p"])
        #expect(pin.locked.revision == commit && pin.locked.fetch.hash == committed)
    }

    @Test func `A tree that every Nix hashes alike has the hash of its lock or is no pin`() async throws {
        let world = try await World()
        let hash = try #require(try await world.add("git+\(world.server.baseURL)/o/r.git", as: "o").locked.fetch.hash)
        let wrong = try await importFlake(world, hash: SHA256.hash([]))
        #expect(wrong.failed.map { $0.error["code"] } == ["hash-mismatch"] && wrong.taken.isEmpty)
        let right = try await importFlake(world, hash: hash)
        #expect(right.taken.count == 1 && right.rehashed.isEmpty)
    }

    @Test(arguments: ["HEAD", nil])
    func `What was imported without a ref is up to date`(_ ref: String?) async throws {
        let world = try await World()
        let hash = try #require(try await world.add("git+\(world.server.baseURL)/o/r.git", as: "o").locked.fetch.hash)
        #expect(try await importFlake(world, hash: hash, ref: ref).taken.count == 1)
        let imported = try world.pins()["p"]
        let report = try await update(world)
        #expect(report.changed.isEmpty && report.unchanged.map(\.text) == ["o", "p"])
        let pins = try world.pins()
        #expect(pins["p"]?.locked.fetch == pins["o"]?.locked.fetch)
        #expect(pins["p"]?.locked.revision == imported?.locked.revision)
    }
}
