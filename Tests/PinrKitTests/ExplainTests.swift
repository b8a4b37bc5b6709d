import JSON
import Lockfile
import PinrKit
import Resolvers
import Support
import Testing

/// Why a pin is where it is.
struct ExplainTests {
    private func explain(_ world: World, _ name: String = "p") async throws -> Explanation {
        try await world.pinr().explain(name)
    }

    @Test func `Every tag is told of, and why it did not win`() async throws {
        let world = try await World()
        for tag in ["v1.1", "v2.0-rc1", "v3.0", "nightly"] {
            try await world.move(tag)
            try await world.repository.tag(tag)
        }
        try await world.publish()
        try await world.add("github:o/r", as: "p") { $0.options.upperBound = "3" }
        let revision = try await world.repository.revision("v1.1")
        let found = try await explain(world)
        #expect(found.action == .none && found.reason == nil)
        #expect(found.seen.map(\.name) == ["v3.0", "v2.0-rc1", "v1.1", "v1", "nightly"])
        #expect(found.seen.map(\.verdict) == ["out-of-range", "pre-release", "chosen", "older", "not-a-version"])
        #expect(found.seen.map(\.isLocked) == [false, false, true, false, false])
        #expect(found.seen.map { $0.reason == nil } == [false, false, true, true, false])
        #expect(found.newest?.version == "v1.1" && found.newest?.revision == revision)
        #expect(found.newest?.ref == "refs/tags/v1.1")
        #expect(found.newest?.url == "\(world.server.baseURL)/o/r/archive/\(revision).tar.gz")
        let json = found.json
        #expect(json["tracked"] == "github:o/r releases <3")
        #expect(json["locked"] == (try world.pins()["p"]?.locked.json))
        #expect(json["update"] == ["action": "none"])
        #expect(json["seen"]?.array?.count == 5)
        #expect(json["seen"]?[2] == ["name": "v1.1", "verdict": "chosen", "version": "v1.1", "locked": true])
        #expect(json["error"] == nil && json["frozen"] == nil)
    }

    @Test func `What an update would do is what it does`() async throws {
        let world = try await World()
        try await world.add("github:o/r", as: "p") { $0.options.release = true }
        try await world.add("git+\(world.server.baseURL)/o/r.git", as: "branch")
        let second = try await world.move()
        try await world.repository.tag("v2")
        try await world.publish()
        let before = try world.pins()
        #expect(try await explain(world).action == .move)
        let branch = try await explain(world, "branch")
        #expect(branch.action == .move && branch.seen.isEmpty)
        #expect(branch.newest?.ref == "refs/heads/main" && branch.newest?.revision == second)
        #expect(branch.newest?.fetcher == "git" && branch.newest?.version == nil)
        // Nothing was fetched or written.
        #expect(try world.pins() == before)
        #expect(!world.server.accessLog().contains { $0.uri.hasSuffix("\(second).tar.gz") })

        _ = try await world.pinr().update(UpdateRequest())
        #expect(try await explain(world).action == .none)
        #expect(try await explain(world, "branch").action == .none)
        try await world.repository.git("tag", "-d", "v2")
        try await world.publish()
        let held = try await explain(world)
        #expect(held.action == .hold)
        #expect(held.reason?.contains("older") == true)
        #expect(held.remarks.count == 1)
        #expect(world.console.notices.isEmpty)
    }

    @Test func `A pin that stays or is frozen says so`() async throws {
        let world = try await World()
        let revision = try await world.repository.revision()
        try await world.add("github:o/r/\(revision)", as: "revision")
        try await world.add("github:o/r/v1", as: "tag")
        try await world.add("github:o/r", as: "frozen") { $0.isFrozen = true }
        try world.edit("frozen") { $0.frozen?.reason = "2.0 is broken" }
        try await world.move()
        for name in ["revision", "tag"] {
            let fixed = try await explain(world, name)
            #expect(fixed.action == .none)
            #expect(fixed.reason?.contains("pinr set") == true)
        }
        let frozen = try await explain(world, "frozen")
        #expect(frozen.action == .none && frozen.reason == "it is frozen: 2.0 is broken")
        #expect(frozen.json["frozen"]?["reason"] == "2.0 is broken")
        try await world.repository.tag("v1")
        try await world.publish()
        #expect(try await explain(world, "tag").action == .hold)
        try await world.repository.git("tag", "-d", "v1")
        try await world.publish()
        let gone = try await explain(world, "tag")
        #expect(gone.action == .hold && gone.reason?.contains("gone") == true)
    }

    @Test func `A channel says where it leads`() async throws {
        let world = try await World()
        let pin = try await world.add("nixpkgs", as: "p")
        let found = try await explain(world)
        #expect(found.action == .none)
        #expect(found.newest?.url == pin.locked.fetch.url && found.newest?.version == pin.locked.version)
        #expect(found.newest?.revision == pin.locked.revision && found.newest?.fetcher == "tarball")
        #expect(found.newest?.ref == nil)
    }

    @Test func `A file has nothing to be asked`() async throws {
        let world = try await World()
        try world.server.web.put("a.txt", "one")
        try await world.add("\(world.server.baseURL)/a.txt", as: "p")
        world.server.web.clearAccessLog()
        let found = try await explain(world)
        #expect(found.action == .none && found.newest?.fetcher == "file")
        #expect(world.server.accessLog().isEmpty)
    }

    @Test func `Where nothing can be taken, what was seen is told all the same`() async throws {
        let world = try await World()
        try await world.add("github:o/r", as: "p") { $0.options.release = true }
        try world.edit("p") { $0.source["release"] = ["range": ">=2"] }
        let found = try await explain(world)
        #expect(found.action == .fail && found.problem?.code == .notFound)
        #expect(found.seen.map(\.verdict) == ["out-of-range"])
        #expect(found.json["error"]?["code"] == "not-found")
    }

    @Test func `What cannot be asked is an error`() async throws {
        let world = try await World()
        try await world.add("github:o/r", as: "p")
        await #expect(throws: LockfileError.self) { try await explain(world, "q") }
        await #expect(throws: (any Error).self) { try await world.pinr(isOffline: true).explain("p") }
        try world.edit("p") { $0.source["repo"] = "gone" }
        await #expect(throws: (any Error).self) { try await explain(world) }
        try world.edit("p") { $0.source = Source(type: "svn") }
        await #expect(throws: (any Error).self) { try await explain(world) }
    }
}
