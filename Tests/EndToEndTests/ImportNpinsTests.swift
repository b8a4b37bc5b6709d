import Foundation
import JSON
import Support
import Testing

/// What npins has pinned is the same here, for real Nix: the archives and the checkouts of real servers, with the hashes that
/// `nix-prefetch-url` and a checkout have, as npins gets them.
@Suite(.enabled(if: NixSandbox.isAvailable, "left out: Nix is not installed"))
struct ImportNpinsTests {
    @Test func theStepsOfTheDocumentationLeadHere() async throws {
        let world = try await NpinsWorld()
        let before = try await world.evaluated()
        try await MigrationSteps.run(MigrationSteps.of("From npins"), in: world.project)
        #expect(try world.project.list("").contains("npins") == false)
        #expect(try await world.evaluated() == before)
        #expect(try world.project.names() == before["names"]?.array?.compactMap(\.string))
    }

    @Test func revisionsHashesAndStorePathsAreTheSame() async throws {
        let world = try await NpinsWorld()
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
        // Once more there is nothing to say, and nothing to fetch.
        let again = try await project.pinr("import", "npins", "--offline").expect(0)
        #expect(again.lines.dropLast() == (try project.names().map { "\($0): here already" })[...])
    }

    /// All but what git fetches is taken over although upstream is not there.
    @Test func whatMeansTheSameIsTakenOverOffline() async throws {
        let world = try await NpinsWorld()
        let run = try await world.project.pinr("import", "npins", "--offline")
        #expect(run.status == 1)
        #expect(
            try world.project.names() == ["archive", "branch", "channel", "file", "mutable", "release"], "\(run)")
    }

    @Test func anUpdateFindsNothingWhereNothingMovedAndWhatDidOtherwise() async throws {
        let world = try await NpinsWorld()
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
        let world = try await NpinsWorld()
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
        let theirs = try await repository.checkoutHash(nix)
        let pin: JSON = [
            "type": "Git", "repository": ["type": "Git", "url": .string(repository.url)], "branch": "main",
            "submodules": false, "revision": .string(revision), "url": .null, "hash": .string(theirs),
        ]
        try NpinsWorld.write([("crlf", pin)], in: project)
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
        let theirs = JSON.string(try await top.checkoutHash(nix, submodules: true))
        let repository: JSON = ["type": "GitHub", "owner": .string(top.owner), "repo": .string(top.repo)]
        let pin: JSON = [
            "type": "Git", "repository": repository, "branch": "main", "submodules": true,
            "revision": .string(revision), "url": .null, "hash": theirs,
        ]
        try NpinsWorld.write([("deep", pin)], in: project)
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
        let world = try await NpinsWorld()
        let project = world.project
        try await project.pinr("import", "npins").expect(0)
        // A default branch, which npins has to be told.
        try await project.pinr("add", world.repository.notation, "--name", "default").expect(0)
        try FileManager.default.removeItem(atPath: project.file("npins/sources.json"))
        try await MigrationSteps.run(MigrationSteps.of("Back to npins"), in: project)
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
