import Foundation
import JSON
import Lockfile
import PinrKit
import Support
import Testing

/// Removing, renaming, freezing and showing pins: nobody is asked anything.
struct EditTests {
    private func world() async throws -> World {
        let world = try await World()
        for name in ["a", "b", "c"] { try await world.add("github:o/r/v1", as: name) }
        world.server.stop()
        return world
    }

    @Test func `All that are named are removed, or none`() async throws {
        let world = try await world()
        await #expect {
            _ = try await world.pinr().remove(["a", "gone"])
        } throws: { error in
            if case .noSuchPin("gone", _) = (error as? LockfileError)?.reason { true } else { false }
        }
        #expect(Set(try world.pins().keys) == ["a", "b", "c"])
        #expect(try await world.pinr().remove(["c", "a", "c"]).map(\.text) == ["c", "a"])
        #expect(Set(try world.pins().keys) == ["b"])
    }

    @Test func `A pin keeps everything but its name`() async throws {
        let world = try await world()
        let pin = try #require(try world.pins()["a"])
        let renamed = try await world.pinr().rename("a", to: "z")
        #expect(renamed.name.text == "z")
        #expect(renamed.pin == pin)
        #expect(try world.pins()["z"] == pin)
        #expect(try world.pins()["a"] == nil)
        await #expect(throws: LockfileError.self) { try await world.pinr().rename("z", to: "b") }
        await #expect(throws: LockfileError.self) { try await world.pinr().rename("gone", to: "x") }
        await #expect(throws: LockfileError.self) { try await world.pinr().rename("z", to: "") }
        #expect(Set(try world.pins().keys) == ["b", "c", "z"])
    }

    @Test func `What is frozen keeps its day, and its reason unless there is another`() async throws {
        let world = try await world()
        try world.edit("a") { $0.frozen = Frozen(reason: "old", since: "2020-01-01", unknown: ["x": 1]) }
        let frozen = try await world.pinr().freeze(["a", "b"], reason: nil)
        #expect(frozen.map(\.name.text) == ["a", "b"])
        #expect(try world.pins()["a"]?.frozen == Frozen(reason: "old", since: "2020-01-01", unknown: ["x": 1]))
        #expect(try world.pins()["b"]?.frozen == Frozen(since: "2025-11-23"))
        _ = try await world.pinr().freeze(["a"], reason: "new")
        #expect(try world.pins()["a"]?.frozen?.reason == "new")
        _ = try await world.pinr().freeze(["a"], reason: "")
        #expect(try world.pins()["a"]?.frozen == Frozen(since: "2020-01-01", unknown: ["x": 1]))
        #expect(try world.pins()["a"]?.frozen?.since == "2020-01-01")
        _ = try await world.pinr().unfreeze(["a", "b"])
        #expect(try world.pins().values.allSatisfy { $0.frozen == nil })
    }

    @Test func `Pins are shown in their order, or as they are named`() async throws {
        let world = try await world()
        #expect(try await world.pinr().show([]).map(\.name.text) == ["a", "b", "c"])
        #expect(try await world.pinr().show(["c", "a", "c"]).map(\.name.text) == ["c", "a"])
        #expect(world.console.notices.isEmpty)
    }

    @Test func `A lock of a later version is shown with a warning, and not written`() async throws {
        let world = try await world()
        let text = try String(contentsOfFile: world.lock, encoding: .utf8)
            .replacingOccurrences(of: "\"version\": 1", with: "\"version\": 2")
        try world.folder.write("pins/pins.json", text)
        #expect(try await world.pinr().show([]).count == 3)
        #expect(world.console.notices.count == 1)
        await #expect(throws: LockfileError.self) { try await world.pinr().remove(["a"]) }
        await #expect(throws: LockfileError.self) { try await world.pinr().freeze(["a"], reason: nil) }
        #expect(try String(contentsOfFile: world.lock, encoding: .utf8) == text)
    }
}
