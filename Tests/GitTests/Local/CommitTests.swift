import Foundation
import Support
import Testing

@testable import Git

/// Commits that are made here, looked at with git.
struct CommitTests {
    /// A world whose user has a name, with `pins/pins.json` and `pins/default.nix` committed beside other things.
    private static func world() async throws -> LocalWorld {
        let world = try await LocalWorld()
        try world.write("home/.gitconfig", "[user]\n\tname = A U Thor\n\temail = author@example.org\n")
        try world.repository.write("pins/pins.json", "{\"old\": 1}\n")
        try world.repository.write("pins/default.nix", "old\n")
        try world.repository.write("other", "1")
        try await world.repository.commit("first")
        return world
    }

    private func files(_ top: String) -> [String] { ["\(top)/pins/pins.json", "\(top)/pins/default.nix"] }

    private func prepare(_ world: LocalWorld, in top: String? = nil, signing: Bool = false) throws -> FileCommit {
        let top = top ?? world.top
        return try FileCommit(
            of: [files(top)[0]], companions: [files(top)[1]], in: try world.open(top), signing: signing)
    }

    private func write(_ world: LocalWorld, _ text: String = "new", in top: String? = nil) throws {
        for file in files(top ?? world.top) { try Data("\(text)\n".utf8).write(to: URL(fileURLWithPath: file)) }
    }

    private func expectClean(_ world: LocalWorld, in top: String? = nil, status: String = "") async throws {
        #expect(try await world.git("status", "--porcelain", in: top) == status)
        #expect(try await world.git("fsck", "--strict", "--no-dangling", in: top) == "")
    }

    @Test func `A commit is one of those files alone, and all else stays as it was`() async throws {
        let world = try await Self.world()
        try world.repository.write("staged", "1")
        try world.repository.write("other", "2")
        try await world.git("add", "staged")
        let before = try await world.repository.revision()
        let prepared = try prepare(world)
        try write(world)
        let commit = try #require(try prepared.commit(message: "pins: update\n\nbody\n", at: 1_800_000_000))
        #expect(try await world.repository.revision() == commit.hex)
        #expect(try await world.repository.revision("HEAD^") == before)
        #expect(try await world.git("symbolic-ref", "HEAD") == "refs/heads/main")
        #expect(
            try await world.git("show", "--format=%an|%ae|%cn|%ce|%at|%ct|%B", "--name-only", "HEAD")
                == "A U Thor|author@example.org|A U Thor|author@example.org|1800000000|1800000000|pins: update\n\nbody\n\n\npins/default.nix\npins/pins.json"
        )
        #expect(try await world.git("reflog", "-1", "--format=%gs|%gn", "HEAD") == "commit: pins: update|A U Thor")
        #expect(try await world.git("reflog", "-1", "--format=%gs", "main") == "commit: pins: update")
        try await expectClean(world, status: "M other\nA  staged")
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: world.top + "/.git").filter {
                $0.hasPrefix("index")
            } == ["index"])
        // Nothing has changed since.
        #expect(try prepare(world).commit(message: "again") == nil)
        #expect(try await world.repository.revision() == commit.hex)
    }

    @Test func `It works without a branch, before the first commit, in linked work trees and submodules`() async throws
    {
        let world = try await Self.world()
        try await world.git("checkout", "--quiet", "--detach")
        try write(world, "detached", in: nil)
        try await world.git("checkout", "--quiet", ".")
        let detached = try prepare(world)
        try write(world, "detached")
        let commit = try #require(try detached.commit(message: "one"))
        #expect(try await world.repository.revision() == commit.hex)
        #expect(try await world.gitStatus("symbolic-ref", "-q", "HEAD") != 0)
        #expect(try await world.repository.revision("main") != commit.hex)
        #expect(try await world.git("reflog", "-1", "--format=%gs", "HEAD") == "commit: one")
        try await expectClean(world)

        let linked = world.top + "-linked"
        try await world.git("worktree", "add", "--quiet", "-b", "topic", linked, "main")
        let inLinked = try prepare(world, in: linked)
        try write(world, "linked", in: linked)
        let linkedCommit = try #require(try inLinked.commit(message: "two"))
        #expect(try await world.repository.revision("topic") == linkedCommit.hex)
        #expect(try await world.repository.revision() == commit.hex)
        try await expectClean(world, in: linked)
        try await expectClean(world)

        try await world.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", world.top, "sub")
        let sub = world.top + "/sub"
        let inSub = try prepare(world, in: sub)
        try write(world, "sub", in: sub)
        _ = try #require(try inSub.commit(message: "three"))
        try await expectClean(world, in: sub)

        let fresh = try await TestRepository(at: world.folder.file("fresh"))
        try fresh.write("pins/pins.json", "{}\n")
        try fresh.write("pins/default.nix", "x\n")
        try fresh.write("staged", "x")
        try await world.git("add", "staged", in: fresh.path)
        let top = try #require(try world.open(fresh.path).workTree)
        let first = try prepare(world, in: top)
        #expect(first.newPaths == ["pins/pins.json", "pins/default.nix"])
        let root = try #require(try first.commit(message: "root"))
        #expect(try await world.git("rev-list", "main", in: top) == root.hex)
        #expect(try await world.git("reflog", "-1", "--format=%gs", in: top) == "commit (initial): root")
        try await expectClean(world, in: top, status: "A  staged")
    }

    @Test(arguments: ["2", "3", "4"])
    func `Whatever the index is like, git agrees with it afterwards`(version: String) async throws {
        let world = try await Self.world()
        for number in 0..<300 { try world.repository.write("many/\(number % 7)/\(number)", "\(number)") }
        try await world.repository.commit("many")
        try await world.git("update-index", "--index-version", version)
        try await world.git("update-index", "--assume-unchanged", "many/1/1")
        try await world.git("update-index", "--skip-worktree", "many/2/2")
        try await world.git("config", "core.untrackedCache", "true")
        try await world.git("status")
        let flags = try await world.git("ls-files", "-v")
        let prepared = try prepare(world)
        try write(world)
        // In the very second in which the index was written, and of the same length.
        try world.repository.write("many/3/3", "4")
        try #expect(prepared.commit(message: "one") != nil)
        #expect(try await world.git("ls-files", "-v") == flags)
        try await expectClean(world, status: "M many/3/3")
    }

    @Test func `A split or a sparse index is refused before anything is written`() async throws {
        let world = try await Self.world()
        try await world.git("update-index", "--split-index")
        #expect { try prepare(world) } throws: { if case CommitError.unreadableIndex = $0 { true } else { false } }
        try await world.git("update-index", "--no-split-index")
        _ = try prepare(world)
        for number in 0..<3 { try world.repository.write("apart/\(number)/f", "1") }
        try await world.repository.commit("apart")
        try await world.git("sparse-checkout", "set", "--cone", "--sparse-index", "pins")
        #expect { try prepare(world) } throws: { if case CommitError.unreadableIndex = $0 { true } else { false } }
        try await world.git("sparse-checkout", "reapply", "--no-sparse-index")
        let prepared = try prepare(world)
        try write(world)
        _ = try #require(try prepared.commit(message: "one"))
        try await expectClean(world)
    }

    @Test(arguments: [
        "* text=auto eol=crlf", "* text", "*.json text eol=crlf\n*.nix text eol=lf", "* ident", "* -text",
        "* filter=none",
        "*.json binary",
    ])
    func `Line ends are converted as git converts them`(attributes: String) async throws {
        let world = try await Self.world()
        for autocrlf in ["true", "input", "false"] {
            try await world.git("config", "core.autocrlf", autocrlf)
            try world.repository.write(".gitattributes", attributes + "\n")
            try await world.git("add", "--renormalize", ".")
            try await world.repository.commit("attributes")
            // As a checkout writes them.
            world.repository.remove("pins")
            try await world.git("checkout", "--", "pins")
            let prepared = try prepare(world)
            try write(world, "new \(autocrlf) $Id: x$")
            let commit = try #require(try prepared.commit(message: "one"))
            try await expectClean(world)
            let blob = try await world.git("rev-parse", "\(commit.hex):pins/pins.json")
            #expect(try await world.git("hash-object", "pins/pins.json") == blob)
        }
    }

    @Test func `A file that goes through a program is refused`() async throws {
        let world = try await Self.world()
        try world.repository.write(".gitattributes", "*.json filter=secret\n")
        try await world.repository.commit("attributes")
        _ = try prepare(world)
        try await world.git("config", "filter.secret.clean", "touch \(world.top)/ran; cat")
        #expect(throws: CommitError.filtered(path: "pins/pins.json", driver: "secret")) { try prepare(world) }
        #expect(!FileManager.default.fileExists(atPath: world.top + "/ran"))
    }

    @Test func `What is not ours to commit is refused`() async throws {
        let world = try await Self.world()
        let changed = CommitError.uncommittedChanges(path: "pins/pins.json")
        try world.repository.write("pins/pins.json", "{\"by hand\": 1}\n")
        #expect(throws: changed) { try prepare(world) }
        try await world.git("add", "pins")
        #expect(throws: changed) { try prepare(world) }
        try await world.git("commit", "--quiet", "-m", "by hand")
        // Staged, and undone in the work tree.
        try world.repository.write("pins/pins.json", "{\"staged\": 1}\n")
        try await world.git("add", "pins")
        try world.repository.write("pins/pins.json", "{\"by hand\": 1}\n")
        #expect(throws: changed) { try prepare(world) }
        try await world.git("reset", "--quiet", "--hard")
        let prepared = try prepare(world)
        try write(world)
        try await world.git("add", "pins")
        #expect(throws: changed) { try prepared.commit(message: "x") }
        try await world.git("reset", "--quiet", "--hard")
        world.repository.remove("pins/default.nix")
        #expect(throws: CommitError.uncommittedChanges(path: "pins/default.nix")) { try prepare(world) }
        try await world.git("reset", "--quiet", "--hard")
        try await world.git("rm", "--quiet", "--cached", "-r", "pins")
        #expect(throws: changed) { try prepare(world) }
        try await world.git("commit", "--quiet", "-m", "without")
        #expect(try prepare(world).newPaths.count == 2)
        try world.repository.write(".gitignore", "default.nix\n")
        #expect(try prepare(world).paths == ["pins/pins.json"])
        try world.repository.write(".gitignore", "pins\n")
        #expect(throws: CommitError.ignored(path: "pins/pins.json")) { try prepare(world) }
    }

    @Test func `In the middle of something nothing is committed`() async throws {
        let world = try await Self.world()
        try await world.repository.checkout("side")
        try world.repository.write("other", "side")
        try await world.repository.commit("side")
        try await world.repository.checkout("main")
        try world.repository.write("other", "main")
        try await world.repository.commit("main")
        #expect(try await world.gitStatus("merge", "side") != 0)
        #expect(throws: CommitError.busy(.merge)) { try prepare(world) }
        try await world.git("merge", "--abort")
        #expect(try await world.gitStatus("cherry-pick", "side") != 0)
        #expect(throws: CommitError.busy(.cherryPick)) { try prepare(world) }
        try await world.git("cherry-pick", "--abort")
        #expect(try await world.gitStatus("rebase", "side") != 0)
        #expect(throws: CommitError.busy(.rebase)) { try prepare(world) }
        try await world.git("rebase", "--abort")
        #expect(try await world.gitStatus("revert", "--no-edit", "HEAD~1") != 5)
        try await world.git("reset", "--quiet", "--hard", "main")
        try await world.git("bisect", "start")
        #expect(throws: CommitError.busy(.bisect)) { try prepare(world) }
        try await world.git("bisect", "reset")
        #expect(try await world.gitStatus("stash", "list") == 0)
        // Unmerged without a merge, as after `git stash pop`.
        try world.repository.write("other", "stashed")
        try await world.git("stash", "--quiet")
        try world.repository.write("other", "another")
        try await world.repository.commit("another")
        #expect(try await world.gitStatus("stash", "pop") != 0)
        #expect(throws: CommitError.unmerged) { try prepare(world) }
        try await world.git("reset", "--quiet", "--hard")
        try world.repository.write(".git/index.lock", "")
        #expect(throws: CommitError.indexLocked(lock: world.top + "/.git/index.lock")) { try prepare(world) }
        world.repository.remove(".git/index.lock")
        _ = try prepare(world)
    }

    @Test func `Who was overtaken changes nothing`() async throws {
        let world = try await Self.world()
        let prepared = try prepare(world)
        try world.repository.write("other", "2")
        try await world.git("commit", "--quiet", "-a", "-m", "meanwhile")
        let head = try await world.repository.revision()
        try write(world)
        #expect(throws: CommitError.headMoved) { try prepared.commit(message: "x") }
        #expect(try await world.repository.revision() == head)
        try await expectClean(world, status: "M pins/default.nix\n M pins/pins.json")
        let again = try FileCommit(of: [world.top + "/other"], in: try world.open(), signing: false)
        try world.repository.write("other", "3")
        try world.repository.write(".git/index.lock", "")
        #expect(throws: CommitError.indexLocked(lock: world.top + "/.git/index.lock")) {
            try again.commit(message: "x")
        }
        #expect(try await world.repository.revision() == head)
        #expect(FileManager.default.fileExists(atPath: world.top + "/.git/index.lock"))
    }

    @Test func `What somebody else has put into a file meanwhile is not committed`() async throws {
        let world = try await Self.world()
        let files = files(world.top)
        let new = Array("new\n".utf8)
        let head = try await world.repository.revision()
        let prepared = try prepare(world)
        try write(world)
        try world.repository.write("pins/default.nix", "edited meanwhile\n")
        #expect(throws: CommitError.uncommittedChanges(path: "pins/default.nix")) {
            try prepared.commit(message: "x", written: [files[0]: new, files[1]: new])
        }
        #expect(throws: CommitError.uncommittedChanges(path: "pins/default.nix")) {
            try prepared.commit(message: "x", written: [files[0]: new])
        }
        #expect(try await world.repository.revision() == head)
        try await expectClean(world, status: "M pins/default.nix\n M pins/pins.json")
        // What is as it was is nobody's change.
        try world.repository.write("pins/default.nix", "old\n")
        #expect(try prepared.commit(message: "x", written: [files[0]: new, files[1]: new]) != nil)
        #expect(try await world.git("show", "--format=", "--name-only", "HEAD") == "pins/pins.json")
        try await expectClean(world)
    }

    @Test func `A mode that is staged is a change too`() async throws {
        let world = try await Self.world()
        let prepared = try prepare(world)
        try await world.git("update-index", "--chmod=+x", "pins/pins.json")
        #expect(throws: CommitError.uncommittedChanges(path: "pins/pins.json")) { try prepare(world) }
        try write(world)
        #expect(throws: CommitError.uncommittedChanges(path: "pins/pins.json")) { try prepared.commit(message: "x") }
        #expect(try await world.git("ls-files", "-s", "pins/pins.json").hasPrefix("100755"))
    }

    @Test func `A commit without a branch keeps the modes and all other entries`() async throws {
        let world = try await Self.world()
        try world.repository.write("pins/run", "x", executable: true)
        try world.repository.symlink("pins/link", to: "x")
        let parent = try await world.repository.commit("second")
        let found = try world.open()
        let commit = try found.makeCommit(
            ["pins/run": Array("y".utf8), "new/deep/f": [0xFF, 0]], onto: try ObjectID(parent), message: "m",
            signing: false)
        #expect(
            try await world.git("diff-tree", "-r", "--raw", "--abbrev=4", parent, commit.hex).split(separator: "\n").map
            {
                $0.split(separator: " ").prefix(2).joined(separator: " ") + " " + ($0.split(separator: "\t").last ?? "")
            } == [":000000 100644 new/deep/f", ":100755 100755 pins/run"])
        try await expectClean(world)
        #expect(try await world.repository.revision() == parent)
        #expect(throws: WorkingRepositoryError.notAFile(path: "pins/link", commit: try ObjectID(parent))) {
            try found.makeCommit(["pins/link": []], onto: try ObjectID(parent), message: "m", signing: false)
        }
        let root = try found.makeCommit(["a/b": []], onto: nil, message: "root", signing: false)
        #expect(try await world.git("ls-tree", "-r", "--name-only", root.hex) == "a/b")
    }
}
