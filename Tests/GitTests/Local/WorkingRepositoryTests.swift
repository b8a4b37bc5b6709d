import Foundation
import Support
import Testing

@testable import Git

/// Compared throughout with what git itself says.
struct WorkingRepositoryTests {
    /// What `git rev-parse` says of a folder: the folder of git, the common one, and the top of the work tree.
    private func places(_ world: LocalWorld, in path: String) async throws -> [String?] {
        let directory = try await world.git("rev-parse", "--absolute-git-dir", in: path)
        let common = try await world.git("rev-parse", "--path-format=absolute", "--git-common-dir", in: path)
        let isInside = try await world.git("rev-parse", "--is-inside-work-tree", in: path) == "true"
        return [directory, common, isInside ? try await world.git("rev-parse", "--show-toplevel", in: path) : nil]
    }

    private func places(_ found: WorkingRepository?) -> [String?] {
        [found?.gitDirectory, found?.commonDirectory, found?.workTree]
    }

    @Test func `A repository is found from wherever git finds it`() async throws {
        let world = try await LocalWorld()
        try world.repository.write("a/b/c", "1")
        let revision = try await world.repository.commit("one")
        let linked = world.top + "-linked"
        try await world.git("worktree", "add", "--quiet", linked, "HEAD")
        let sub = try await TestRepository(at: world.folder.file("sub"))
        try sub.write("f", "1")
        try await sub.commit("sub")
        try await world.git(
            "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", sub.path, "deep/sub")
        try FileManager.default.createDirectory(atPath: linked + "/new", withIntermediateDirectories: true)
        for path in [world.top, world.top + "/a/b", linked, linked + "/new", world.top + "/deep/sub"] {
            #expect(places(try world.found(from: path)) == (try await places(world, in: path)), "\(path)")
        }
        // What is not there yet belongs to where it will be.
        #expect(try world.open(world.top + "/x/y/z").workTree == world.top)
        #expect(try world.open(world.top + "/deep/sub").head().branch == "main")
        #expect(try world.open(linked).head() == (try ObjectID(revision), nil))
        #expect(try world.found(from: world.folder.path) == nil)
        #expect(places(try world.found(from: world.top + "/.git")) == [world.top + "/.git", world.top + "/.git", nil])
    }

    @Test func `A bare repository has no work tree`() async throws {
        let world = try await LocalWorld(bare: true)
        let found = try world.open()
        #expect(places(found) == [world.top, world.top, nil])
        #expect(throws: WorkingRepositoryError.bare(path: world.top)) { try found.relativePath(of: world.top + "/x") }
        #expect(try found.head() == (nil, "main"))
    }

    @Test func `The environment and the configuration say where things are`() async throws {
        var world = try await LocalWorld()
        let elsewhere = try world.folder.makeDirectory("elsewhere/deep")
        world.environment["GIT_DIR"] = world.top + "/.git"
        world.environment["GIT_WORK_TREE"] = world.folder.file("elsewhere")
        #expect(places(try world.found(from: elsewhere)) == (try await places(world, in: elsewhere)))
        world.environment["GIT_WORK_TREE"] = nil
        try await world.git("config", "core.worktree", "../../elsewhere")
        #expect(places(try world.found(from: elsewhere)) == (try await places(world, in: elsewhere)))
        world.environment["GIT_DIR"] = world.folder.file("home")
        #expect(throws: WorkingRepositoryError.notARepository(path: world.folder.file("home"))) {
            try world.found(from: elsewhere)
        }
        world.environment["GIT_DIR"] = nil
        try world.repository.write("sub/.git", "gitdir: nowhere\n")
        #expect(throws: WorkingRepositoryError.notARepository(path: world.top + "/sub/nowhere")) {
            try world.found(from: world.top + "/sub")
        }
        world.environment["GIT_CEILING_DIRECTORIES"] = world.top
        #expect(try world.found(from: world.top + "/a") == nil)
        #expect(try world.found(from: world.top) != nil)
    }

    @Test func `A path is relative to the top, links of folders followed`() async throws {
        let world = try await LocalWorld()
        try world.repository.write("a/b/f", "1")
        try world.repository.symlink("link", to: "a/b")
        try world.repository.symlink("file", to: "a/b/f")
        try FileManager.default.createSymbolicLink(
            atPath: world.folder.file("entry"), withDestinationPath: world.top + "/a")
        let found = try world.open(world.folder.file("entry"))
        for (path, relative) in [
            ("/a/b/f", "a/b/f"), ("/link/f", "a/b/f"), ("/file", "file"), ("/a/./../link/new", "a/b/new"),
            ("/x/y/new", "x/y/new"),
        ] {
            #expect(try found.relativePath(of: world.top + path) == relative)
        }
        #expect(try found.relativePath(of: world.folder.file("entry/b/f")) == "a/b/f")
        for path in [world.folder.file("f"), world.top, world.top + "-other/f"] {
            #expect(throws: WorkingRepositoryError.outsideWorkTree(path: path, workTree: world.top)) {
                try found.relativePath(of: path)
            }
        }
    }

    @Test func `Objects named by SHA-256 are refused by name`() async throws {
        let folder = TemporaryDirectory()
        let repository = try await TestRepository(at: folder.file("r"), objectFormat: "sha256")
        let found = try WorkingRepository.discover(from: repository.path, environment: [:])
        let path = try #require(found?.workTree)
        #expect(throws: WorkingRepositoryError.unsupportedFormat(path: path, format: "sha256")) { try found?.head() }
    }

    @Test func `Names of revisions mean what they mean to git`() async throws {
        let world = try await LocalWorld()
        for number in 1...4 {
            try world.repository.write("f", "\(number)")
            try await world.repository.commit("number \(number)", date: TestRepository.epoch + number)
        }
        try await world.repository.tag("light")
        try await world.repository.tag("v1", message: "one", at: "HEAD~2")
        try await world.repository.branch("topic/x", at: "HEAD~1")
        try await world.repository.branch("deadbeef", at: "HEAD~3")
        try await world.git("config", "branch.main.remote", ".")
        try await world.git("config", "branch.main.merge", "refs/heads/topic/x")
        let found = try world.open()
        let short = String(try await world.repository.revision("HEAD~1").prefix(8))
        let tagObject = try await world.git("rev-parse", "v1")
        for name in [
            "HEAD", "@", "main", "heads/main", "refs/heads/topic/x", "topic/x", "v1", "light", "tags/v1", tagObject,
            short,
            "HEAD~2", "HEAD^", "main@{1}", "@{u}", "v1^{}", "v1^{commit}", "deadbeef", ":/number 2", "HEAD^{/number 1}",
        ] {
            // What follows `:/` is all of the text that is looked for.
            let expected = try await world.git(
                "rev-parse", "--verify", name.hasPrefix(":/") ? name : "\(name)^{commit}")
            #expect(try found.commit(name).hex == expected, "\(name)")
        }
        for name in ["", "nothing", "HEAD~9", "HEAD^2", "v1~3", "a\0b", "f", "--all", "0000000", "HEAD:", "HEAD:f"] {
            #expect(throws: WorkingRepositoryError.self, "\(name)") { try found.commit(name) }
        }
        #expect(throws: WorkingRepositoryError.unknownRevision("nothing")) { try found.commit("nothing") }
        #expect(throws: WorkingRepositoryError.notACommit("HEAD:f")) { try found.commit("HEAD:f") }
    }

    @Test func `HEAD is a branch, a commit, or not there yet`() async throws {
        let world = try await LocalWorld()
        #expect(try world.open().head() == (nil, "main"))
        try await world.repository.commit("one")
        try await world.repository.checkout("topic/é")
        let revision = try ObjectID(try await world.repository.revision())
        #expect(try world.open().head() == (revision, "topic/é"))
        try await world.git("checkout", "--quiet", "--detach")
        #expect(try world.open().head() == (revision, nil))
    }

    @Test func `A file of a commit is read byte by byte, among names that are no text`() async throws {
        let world = try await LocalWorld()
        let bytes: [UInt8] = [0, 0xFF, 13, 10]
        try world.repository.write("pins/pins.json", bytes)
        try world.repository.symlink("pins/link", to: "pins.json")
        try await run(
            [
                "sh", "-c",
                #"printf x >"$(printf 'pins/\377\376')" && git add -A && git -c user.name=x -c user.email=x commit -qm one"#,
            ],
            environment: world.environment, directory: world.top)
        let found = try world.open()
        let commit = try found.commit("HEAD")
        #expect(try found.file("pins/pins.json", in: commit, limit: 4) == bytes)
        #expect(throws: WorkingRepositoryError.tooLarge(path: "pins/pins.json", limit: 3)) {
            try found.file("pins/pins.json", in: commit, limit: 3)
        }
        for path in ["pins/nothing", "nothing/pins.json", "", "pins/pins.json/x", "pins/pins.json\0"] {
            #expect(try found.file(path, in: commit, limit: 4) == nil)
        }
        for path in ["pins", "pins/link"] {
            #expect(throws: WorkingRepositoryError.notAFile(path: path, commit: commit)) {
                try found.file(path, in: commit, limit: 4)
            }
        }
        let absent = try ObjectID(String(repeating: "1", count: 40))
        #expect(throws: WorkingRepositoryError.missingObject(absent)) { try found.file("f", in: absent, limit: 4) }
    }

    @Test func `Repositories with newer extensions are read`() async throws {
        let world = try await LocalWorld()
        let revision = try await world.repository.commit("one")
        try await world.git("config", "core.repositoryformatversion", "1")
        for name in ["worktreeConfig", "preciousObjects"] {
            try await world.git("config", "extensions.\(name)", "true")
        }
        try await world.git("config", "extensions.partialClone", "origin")
        #expect(try world.open().head().commit?.hex == revision)
    }

    @Test func `A configuration of its own is written, and git reads it`() async throws {
        let world = try await LocalWorld()
        let found = try world.open()
        let value = #"pinr merge-driver %O "%A" %B %P ; # \ "#
        try found.set("merge.pinr.driver", to: value)
        try found.set("Merge.pinr.Name", to: "one")
        try found.set("merge.pinr.name", to: "two")
        #expect(try await world.git("config", "--get-all", "merge.pinr.name") == "two")
        #expect(try found.setting("merge.pinr.driver") == value)
        #expect(try await world.git("config", "merge.pinr.driver") + " " == value)
        #expect(throws: WorkingRepositoryError.illegalKey("nothing")) { try found.set("nothing", to: "x") }
    }
}
