import JSON
import Lockfile
import PinrKit
import Resolvers
import Support
import Testing

/// Changing what a pin tracks, and its note.
struct SetTests {
    private func set(
        _ world: World, _ name: String = "p", _ source: String? = nil, _ change: (inout SetRequest) -> Void = { _ in }
    ) async throws -> SetOutcome {
        var request = SetRequest(name: name)
        request.source = source
        change(&request)
        return try await world.pinr().set(request)
    }

    @Test func `One option changes one thing, and the pin is resolved anew`() async throws {
        let world = try await World()
        let before = try await world.add("github:o/r/v1", as: "p")
        try world.edit("p") { pin in
            pin.note = "why"
            pin.unknown = ["x": 1]
            pin.source["group"] = "g"
            pin.source["later"] = ["a": 1]
        }
        let revision = try await world.move()
        let outcome = try await set(world) { $0.options.branch = "main" }
        #expect(outcome.hasChanged)
        let pin = try #require(try world.pins()["p"])
        #expect(pin == outcome.pin)
        #expect(
            pin.source.json
                == [
                    "branch": "main", "group": "g", "later": ["a": 1], "owner": "o", "repo": "r", "type": "github",
                ])
        #expect(pin.locked.revision == revision)
        #expect(pin.locked.fetch.hash != before.locked.fetch.hash)
        #expect(pin.note == "why")
        #expect(pin.unknown == ["x": 1])
        #expect(Swift.Set(try world.pins().keys) == ["p"])
    }

    @Test func `A whole new source takes the place of the old one`() async throws {
        let world = try await World()
        try await world.add("github:o/r", as: "p")
        try world.edit("p") { $0.note = "why" }
        let outcome = try await set(world, "p", "nixpkgs")
        #expect(outcome.pin.source == Source(type: "channel", fields: ["channel": "nixpkgs-unstable"]))
        #expect(outcome.pin.locked.version == "nixpkgs-25.11pre1.abc")
        #expect(try world.pins()["p"]?.note == "why")
    }

    @Test func `What leads to the same is not fetched again`() async throws {
        let world = try await World()
        let before = try await world.add("github:o/r", as: "p")
        let requests = world.server.web.accessLog().filter { $0.uri.hasSuffix(".tar.gz") }.count
        let outcome = try await set(world) { $0.options.at = before.locked.revision }
        #expect(outcome.pin.locked == before.locked)
        #expect(outcome.pin.source["at"]?.string == before.locked.revision)
        #expect(world.server.web.accessLog().filter { $0.uri.hasSuffix(".tar.gz") }.count == requests)
        let again = try await set(world) { $0.options.at = before.locked.revision }
        #expect(!again.hasChanged)
    }

    @Test func `Nothing is written when nothing is to be, and when it fails`() async throws {
        let world = try await World()
        let before = try await world.add("github:o/r", as: "p")
        try await world.move()
        #expect(
            try await set(world) {
                $0.options.at = "v1"; $0.isDryRun = true
            }.hasChanged)
        await #expect(throws: ResolveError.self) { try await set(world) { $0.options.branch = "no-such" } }
        await #expect(throws: ResolveError.self) { try await set(world) { $0.options.unpack = true } }
        await #expect(throws: ResolveError.self) { try await set(world) { $0.options.channel = "c" } }
        await #expect(throws: ResolveError.self) { try await set(world, "p", "nonsense") }
        await #expect(throws: LockfileError.self) { try await set(world, "gone") { $0.options.branch = "main" } }
        await #expect { try await set(world) } throws: { ($0 as? Problem)?.code == .usage }
        #expect(try world.pins()["p"] == before)
    }

    @Test func `A frozen pin is not changed`() async throws {
        let world = try await World()
        try await world.add("github:o/r", as: "p") { $0.isFrozen = true }
        let before = try world.pins()["p"]
        await #expect { try await set(world) { $0.options.at = "v1" } } throws: { ($0 as? Problem)?.code == .frozen }
        #expect(try world.pins()["p"] == before)
    }

    @Test func `What another process did to the pin meanwhile stays`() async throws {
        let world = try await World()
        try await world.add("github:o/r", as: "p")
        try await world.move()
        // Not the world itself, which has the console: neither would ever end, nor the server.
        let store = world.store
        world.console.onProgress { _ in
            _ = try? store.update { try $0.pins.modify(PinName("p")) { $0.note = "from elsewhere" } }
        }
        await #expect { try await set(world) { $0.options.branch = "main" } } throws: {
            ($0 as? Problem)?.code == .changedMeanwhile
        }
        let pin = try #require(try world.pins()["p"])
        #expect(pin.note == "from elsewhere")
        #expect(pin.source["branch"] == nil)
    }

    @Test func `Another channel, and another artifact only by a whole source`() async throws {
        let world = try await World()
        try await world.add("nixpkgs", as: "p")
        let outcome = try await set(world) { $0.options.channel = "nixpkgs-unstable" }
        #expect(!outcome.hasChanged)
        await #expect(throws: ResolveError.self) { try await set(world) { $0.options.channel = "../x" } }
        await #expect(
            throws: ResolveError.channelNotFound(
                "nixos-1", url: "\(world.server.baseURL)/nixos-1/nixexprs.tar.xz", nearest: [])
        ) {
            try await set(world) { $0.options.channel = "nixos-1" }
        }
    }

    @Test func `A note is put, replaced and taken away`() async throws {
        let world = try await World()
        try await world.add("github:o/r", as: "p")
        let before = try #require(try world.pins()["p"])
        #expect(try await world.pinr().note("p", "first\nline").pin.note == "first\nline")
        #expect(try await world.pinr().note("p", "second").pin.note == "second")
        #expect(try world.pins()["p"]?.note == "second")
        _ = try await world.pinr().note("p", "")
        #expect(try world.pins()["p"] == before)
        await #expect(throws: Problem.self) { try await world.pinr().note("p", "a\u{1B}[31m") }
        await #expect(throws: LockfileError.self) { try await world.pinr().note("gone", "x") }
        #expect(try world.pins()["p"] == before)
    }
}
