import Foundation
import JSON
import NixHash
import Support
import Testing

/// Pins with submodules, from `add` to what Nix sees.
@Suite struct SubmoduleTests {
    /// A repository with one that has one, by URLs that are relative.
    private struct Family {
        let top: Repository
        let middle: Repository
        let leaf: Repository

        init() async throws {
            let upstream = try await Upstream.shared()
            (leaf, middle, top) = (
                try await upstream.github(), try await upstream.github(), try await upstream.github()
            )
            try leaf.work.write("leaf.txt", "leaf\n")
            try await leaf.work.commit("two")
            try await leaf.publish()
            try await middle.work.addSubmodule("in/leaf", url: Self.relative(leaf), revision: leaf.work.revision())
            try await middle.work.commit("two")
            try await middle.publish()
            try await top.work.addSubmodule("lib/middle", url: Self.relative(middle), revision: middle.work.revision())
            // git has `lib-leaf` before `lib/`, and Nix after it.
            try await top.work.addSubmodule("lib-leaf", url: leaf.url, revision: leaf.work.revision())
            try await top.work.commit("two")
            try await top.publish()
        }

        static func relative(_ repository: Repository) -> String {
            "../../\(repository.owner)/\(repository.repo).git"
        }
    }

    @Test func aRepositoryIsPinnedWithItsSubmodules() async throws {
        let family = try await Family()
        let project = try await Project.connected()
        let revision = try await family.top.work.revision()
        for (name, arguments) in [
            ("option", ["git+\(family.top.url)", "--submodules"]), ("notation", ["git+\(family.top.url)?submodules=1"]),
            ("forge", [family.top.notation, "--submodules"]),
        ] {
            try await project.pinr(["add", "--name", name] + arguments).expect(0)
            let pin = try project.pin(name)
            #expect(pin["source"]?["submodules"] == true)
            #expect(pin["source"]?["type"]?.string == (name == "forge" ? "github" : "git"))
            #expect(
                pin["locked"]?.object?.keys == [
                    "fetcher", "hash", "lastModified", "ref", "revision", "submodules", "url",
                ])
            #expect(pin["locked"]?["fetcher"] == "git" && pin["locked"]?["submodules"] == true)
            #expect(pin["locked"]?["revision"]?.string == revision)
            #expect(pin["locked"]?["url"]?.string == family.top.url)
            #expect(pin["locked"]?["hash"] == (try project.pin("option"))["locked"]?["hash"])
            let shown = try await project.pinr("show", name).expect(0)
            #expect(shown.stdout.contains(" with submodules\n"), "\(shown)")
        }
        try await project.pinr("verify").expect(0)
        try await project.pinr("update", "--check").expect(0)

        // A new commit of a submodule comes with the commit that names it.
        try family.leaf.work.write("leaf.txt", "new leaf\n")
        try await family.leaf.work.commit("three")
        try await family.leaf.publish()
        try await project.pinr("update", "--check").expect(0)
        let leaf = try await family.leaf.work.revision()
        try await family.top.work.git("update-index", "--cacheinfo", "160000,\(leaf),lib-leaf")
        try await family.top.work.git("commit", "--quiet", "-m", "three")
        try await family.top.publish()
        let before = try project.pin("forge")["locked"]?["hash"]?.string
        try await project.pinr("update").expect(0)
        #expect(try project.pin("forge")["locked"]?["hash"]?.string != before)
        try await project.pinr("verify").expect(0)
    }

    /// What a source says is what is locked the next time, in either direction.
    @Test func updateTakesSubmodulesInAndLeavesThemOut() async throws {
        let family = try await Family()
        let project = try await Project.connected()
        let run = try await project.pinr("add", "git+\(family.top.url)", "--name", "x").expect(0, quietly: false)
        #expect(run.stderr.contains("empty folders stand for `lib/middle`, `lib-leaf`"), "\(run)")
        #expect(run.stderr.contains("`--submodules` fetches them"), "\(run)")
        let plain = try project.pin("x")["locked"]
        try project.edit("\"source\": {", to: "\"source\": { \"submodules\": true,")
        try await project.pinr("update").expect(0)
        let full = try project.pin("x")["locked"]
        #expect(full?["submodules"] == true && full?["hash"] != plain?["hash"])
        try project.edit("\"submodules\": true,\n        \"type\"", to: "\"type\"")
        try await project.pinr("update").expect(0, quietly: false)
        #expect(try project.pin("x")["locked"] == plain)
    }

    @Test func whatCannotBeHadIsNamedAndChangesNothing() async throws {
        let top = try await Upstream.shared().github()
        let revision = String(repeating: "1", count: 40)
        let project = try await Project.connected()
        func add() async throws -> Run { try await project.pinr("add", "git+\(top.url)", "--submodules") }
        func commit(url: String) async throws {
            try await top.work.addSubmodule("lib/x", url: url, revision: revision)
            try await top.work.commit("two")
            try await top.publish()
        }
        try await commit(url: "../absent.git")
        let absent = top.upstream.url("/github/\(top.owner)/absent.git")
        try await add().expectFailure(saying: "`lib/x`", "`\(absent)`", revision)
        try expectError("not-found", try await project.pinr("add", "git+\(top.url)", "--submodules", "--json"))

        try await commit(url: "file:///etc")
        try await add().expectFailure(saying: "`lib/x`", "`file:///etc`", "from elsewhere")
        try await commit(url: "https://me:hunter2@127.0.0.1/x")
        let run = try await add().expectFailure(saying: "`lib/x`", "user name or password")
        #expect(!run.stderr.contains("hunter2"))
        try expectError("bad-git", try await project.pinr("add", "git+\(top.url)", "--submodules", "--json"))
        #expect(!FileManager.default.fileExists(atPath: project.file("pins")))
    }

    @Test func whatVersionsOfNixSeeDifferentlyIsSaid() async throws {
        let family = try await Family()
        let work = family.top.work
        try await work.git("config", "-f", ".gitmodules", "submodule.lib/middle.update", "none")
        try await work.git("update-index", "--add", "--cacheinfo", "160000,\(String(repeating: "1", count: 40)),bare")
        try FileManager.default.createDirectory(atPath: work.path + "/bare", withIntermediateDirectories: true)
        try await work.commit("three")
        try await family.top.publish()
        let project = try await Project.connected()
        let run = try await project.pinr("add", "git+\(family.top.url)", "--submodules").expect(0, quietly: false)
        #expect(run.stderr.contains("`update = none` for `lib/middle`"), "\(run)")
        #expect(run.stderr.contains("does not have `bare`"), "\(run)")
        #expect(run.stderr.split(separator: "\n").count { $0.contains("Nix before 2.20") } == 2, "\(run)")
    }

    @Test(arguments: ["--submodules", "--lfs"])
    func whatIsNoRepositoryHasNone(_ option: String) async throws {
        let project = try Project()
        for source in ["nixpkgs", "https://127.0.0.1/a.tar.gz", "file+https://127.0.0.1/a"] {
            let run = try await project.pinr("add", source, option)
            run.expectFailure(saying: "`\(option)` does not go with")
        }
    }

    @Test(.enabled(if: NixSandbox.isAvailable, "left out: Nix is not installed"))
    func nixSeesTheSameTree() async throws {
        let family = try await Family()
        let project = try await Project.connected()
        try await project.pinr("add", "git+\(family.top.url)", "--submodules", "--name", "a").expect(0)
        try await project.pinr("add", family.top.notation, "--submodules", "--name", "b").expect(0)
        let nix = try NixSandbox()
        for name in ["a", "b"] {
            let outPath = try await nix.evaluateString("(import \(project.file("pins"))).\(name).outPath")
            let hash = try SHA256Digest(parsing: try #require(try project.pin(name)["locked"]?["hash"]?.string))
            #expect(outPath == (try StorePath(recursive: hash, name: "source").description))
            for path in ["default.nix", "lib/middle/default.nix", "lib/middle/in/leaf/leaf.txt", "lib-leaf/leaf.txt"] {
                #expect(FileManager.default.fileExists(atPath: nix.realPath(outPath) + "/" + path))
            }
            #expect(try await nix.hashPath(nix.realPath(outPath)) == hash.sri)
        }
    }
}
