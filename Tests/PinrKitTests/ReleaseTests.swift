import Foundation
import JSON
import Lockfile
import PinrKit
import Resolvers
import Support
import Testing
import Updates

/// Pins that follow releases: what an update takes, and what it leaves to a person.
struct ReleaseTests {
    /// Two pins of the same releases, as a forge's archive and with git; `v1` is the only tag of a new world.
    private func world(_ change: (inout SourceOptions) -> Void = { _ in }) async throws -> World {
        let world = try await World()
        try await add(to: world, change)
        return world
    }

    private func add(to world: World, _ change: (inout SourceOptions) -> Void = { _ in }) async throws {
        for (name, source) in [("forge", "github:o/r"), ("git", "git+\(world.server.baseURL)/o/r.git")] {
            try await world.add(source, as: name) {
                $0.options.release = true
                change(&$0.options)
            }
        }
    }

    /// Commits, tags and publishes.
    @discardableResult
    private func release(_ tag: String, in world: World) async throws -> String {
        let revision = try await world.move(tag)
        try await world.repository.tag(tag)
        try await world.publish()
        return revision
    }

    private func versions(_ world: World) throws -> [String?] {
        let pins = try world.pins()
        return ["forge", "git"].map { pins[$0]?.locked.version }
    }

    @Test func `The next release is taken, and the source stays as it is`() async throws {
        let world = try await world()
        let before = try world.pins()
        #expect(try versions(world) == ["v1", "v1"])
        // Neither a commit without a tag nor a pre-release is a release.
        try await world.move("work")
        try await release("v2.0-rc1", in: world)
        #expect(try await update(world).unchanged.count == 2)
        let revision = try await release("v2.0", in: world)
        let report = try await update(world)
        #expect(report.changed.map(\.name.text) == ["forge", "git"])
        #expect(report.changed.map(\.isRewritten) == [false, false])
        let after = try world.pins()
        for name in ["forge", "git"] {
            #expect(after[name]?.locked.version == "v2.0" && after[name]?.locked.revision == revision)
            #expect(after[name]?.source == before[name]?.source)
        }
        #expect(after["forge"]?.locked.fetch.hash == after["git"]?.locked.fetch.hash)
        guard case .git(let git) = after["git"]?.locked.fetch else {
            Issue.record("it is no git fetch")
            return
        }
        #expect(git.ref == "refs/tags/v2.0")
        #expect(report.changed.first?.compareURL?.hasSuffix("...\(revision)") == true)
        #expect(world.console.notices.isEmpty)
        #expect(try await update(world).unchanged.count == 2)
    }

    @Test func `A release on another branch is no rewritten history`() async throws {
        let world = try await world()
        try await world.published.git("config", "uploadpack.allowFilter", "true")
        try await world.repository.git("checkout", "--quiet", "--orphan", "maintenance")
        try await release("v1.1", in: world)
        #expect(try await update(world).changed.map(\.isRewritten) == [false, false])
        #expect(world.console.notices.isEmpty)
    }

    @Test func `A release tag that has moved is not followed`() async throws {
        let world = try await world()
        let before = try world.pins()
        try await world.move()
        try await world.repository.tag("v1", message: "another")
        try await world.publish()
        let report = try await update(world)
        #expect(report.unchanged.count == 2)
        #expect(try world.pins() == before)
        #expect(world.console.notices.compactMap(\.pin).sorted() == ["forge", "git"])
        #expect(world.console.notices.allSatisfy { $0.message.contains("v1") && $0.hint != nil })
        // Nor when everything is hashed once more.
        #expect(try await update(world) { $0.refetches = true }.unchanged.count == 2)
        #expect(try world.pins() == before)
        // A later release is another matter; that the old one moved is said all the same.
        try await release("v1.1", in: world)
        #expect(try await update(world).changed.count == 2)
        #expect(world.console.notices.count == 6)
    }

    @Test func `A release that is gone is told of when the next one is taken`() async throws {
        let world = try await world()
        try await release("v2", in: world)
        try await world.repository.git("tag", "-d", "v1")
        try await world.publish()
        #expect(try await update(world).changed.count == 2)
        #expect(world.console.notices.count == 2)
        #expect(world.console.notices.allSatisfy { $0.message.contains("`v1`") && $0.message.contains("gone") })
    }

    @Test func `What is older than what is locked is not taken silently`() async throws {
        let world = try await World()
        try await release("v2", in: world)
        try await add(to: world)
        let before = try world.pins()
        try await world.repository.git("tag", "-d", "v2")
        try await world.publish()
        let report = try await update(world)
        #expect(report.unchanged.count == 2 && report.failed.isEmpty)
        #expect(try world.pins() == before)
        #expect(world.console.notices.map(\.hint).compactMap(\.self).allSatisfy { $0.contains("--to v1") })
        #expect(world.console.notices.count == 2)
        // Who wants it says so, and has what it takes to go on from there.
        #expect(try await update(world, ["git"]) { $0.target = "v1" }.changed.count == 1)
        #expect(try versions(world) == ["v2", "v1"])
        try await release("v3", in: world)
        #expect(try await update(world).changed.count == 2)
        #expect(try versions(world) == ["v3", "v3"])
    }

    @Test func `The same holds for a range that somebody narrowed by hand`() async throws {
        let world = try await World()
        try await release("v2", in: world)
        try await add(to: world)
        for name in ["forge", "git"] { try world.edit(name) { $0.source["release"] = ["range": "<2"] } }
        #expect(try await update(world).unchanged.count == 2)
        #expect(try versions(world) == ["v2", "v2"])
        // Setting it is saying so.
        var request = SetRequest(name: "forge")
        request.options.upperBound = "1.9"
        #expect(try await world.pinr().set(request).pin.locked.version == "v1")
    }

    @Test func `Another spelling of the same release moves no pin`() async throws {
        let world = try await world()
        let before = try world.pins()
        try await world.repository.tag("v1.0.0", at: "v1^{commit}")
        try await world.publish()
        #expect(try await update(world).unchanged.count == 2)
        #expect(try world.pins() == before)
        // Not even when it is another commit, nor when that comes in its place.
        try await world.move()
        try await world.repository.tag("v1.0.0")
        try await world.publish()
        #expect(try await update(world).unchanged.count == 2)
        #expect(try world.pins() == before && world.console.notices.isEmpty)
        try await world.repository.git("tag", "-d", "v1")
        try await world.publish()
        #expect(try await update(world).unchanged.count == 2)
        #expect(try world.pins() == before)
        #expect(world.console.notices.count == 2)
    }

    @Test func `A later build of the same version is taken`() async throws {
        let world = try await world { $0.releasePrefix = "v" }
        try await release("v17.0.9+9", in: world)
        #expect(try await update(world).changed.count == 2)
        try await release("v17.0.9+10", in: world)
        #expect(try await update(world).changed.count == 2)
        #expect(try versions(world) == ["17.0.9+10", "17.0.9+10"])
        #expect(world.console.notices.isEmpty)
        // Back to an earlier one it is not taken.
        try await world.repository.git("tag", "-d", "v17.0.9+10")
        try await world.publish()
        #expect(try await update(world).unchanged.count == 2)
        #expect(world.console.notices.count == 2)
    }

    @Test func `Where no release is left the pin fails and stays`() async throws {
        let world = try await world()
        let before = try world.pins()
        try await world.repository.git("tag", "-d", "v1")
        try await world.publish()
        let report = try await update(world)
        #expect(report.failed.map { $0.error["code"] } == ["not-found", "not-found"])
        #expect(try world.pins() == before)
    }

    // MARK: Verifying

    @Test func `The tag that is locked is verified, whatever the newest is`() async throws {
        let world = try await world()
        let first = try await world.repository.revision()
        try await release("v2", in: world)
        func verify() async throws -> VerifyReport { try await world.pinr().verify([]) }
        #expect(try await verify().verified.count == 2)
        let second = try await world.repository.revision()
        try await world.repository.tag("v1")
        try await world.publish()
        let moved = try await verify().moved
        #expect(moved.map(\.name.text) == ["forge", "git"])
        #expect(moved.allSatisfy { $0.expected == first && $0.actual == second })
        try await world.repository.git("tag", "-d", "v1")
        try await world.publish()
        #expect(try await verify().moved.map(\.actual) == [nil, nil])
        #expect(world.console.notices.isEmpty)
    }

    @Test func `One question is asked about all tags of a repository`() async throws {
        let world = try await world()
        try await world.add("github:o/r/v1", as: "at")
        world.server.web.clearAccessLog()
        #expect(try await world.pinr().verify([]).verified.count == 3)
        let asked = world.server.accessLog().filter { $0.method == "POST" && $0.uri.contains("o/r.git") }
        // One about the refs, and one for the commit that is fetched with git.
        #expect(asked.count == 2)
    }

    // MARK: Elsewhere for once

    @Test func `A pin goes to a place for once, and the next update moves it on`() async throws {
        let world = try await World()
        let first = try await world.repository.revision()
        let second = try await world.move()
        for (name, source) in [("forge", "github:o/r"), ("git", "git+\(world.server.baseURL)/o/r.git")] {
            let before = try await world.add(source, as: name)
            for target in ["v1", first, String(first.prefix(8))] {
                let report = try await update(world, [name]) { $0.target = target }
                #expect(report.changed.map(\.new.revision) == [first])
                #expect(report.changed.map(\.isRewritten) == [false])
                #expect(try world.pins()[name]?.source == before.source)
                // There already.
                #expect(try await update(world, [name]) { $0.target = target }.unchanged.count == 1)
                #expect(try await update(world, [name]).changed.map(\.new.revision) == [second])
            }
        }
        #expect(world.console.notices.isEmpty)
    }

    @Test func `A place is for one pin that can be moved`() async throws {
        let world = try await World()
        try await world.add("github:o/r", as: "p")
        try await world.add("github:o/r/v1", as: "fixed")
        try await world.add("nixpkgs", as: "channel")
        try await world.add("github:o/r", as: "frozen") { $0.isFrozen = true }
        let before = try world.pins()
        for names in [[], ["p", "fixed"]] {
            await #expect {
                try await update(world, names) { $0.target = "v1" }
            } throws: { ($0 as? Problem)?.code == .usage }
        }
        for (name, code) in [("fixed", "usage"), ("channel", "usage")] {
            let report = try await update(world, [name]) { $0.target = "v1" }
            #expect(report.failed.map { $0.error["code"]?.string } == [code])
        }
        let gone = try await update(world, ["p"]) { $0.target = "gone" }
        #expect(gone.failed.map { $0.error["code"] } == ["not-found"])
        #expect(try await update(world, ["frozen"]) { $0.target = "v1" }.skipped.count == 1)
        #expect(try world.pins() == before)
        try await world.move()
        let dry = try await update(world, ["frozen"]) {
            $0.target = "main"
            $0.includesFrozen = true
            $0.isDryRun = true
        }
        #expect(dry.changed.count == 1)
        #expect(try world.pins() == before)
    }

    // MARK: Channels

    /// A channel cannot be told where to be, so that going back is said and done.
    @Test func `A channel that goes back is followed, with a warning`() async throws {
        let world = try await World()
        try await world.add("nixpkgs", as: "p")
        try world.edit("p") { $0.locked.version = "nixpkgs-25.11pre2.abc" }
        let report = try await update(world)
        #expect(report.changed.map(\.new.version) == ["nixpkgs-25.11pre1.abc"])
        #expect(world.console.notices.count == 1)
        #expect(world.console.notices.first?.message.contains("older") == true)
    }
}
