import Foundation
import JSON
import Lockfile
import PinrKit
import Support
import Testing
import Transfer

struct InitializeTests {
    @Test func `A new lock has nixpkgs, unless it is to be bare`() async throws {
        let world = try await World()
        let outcome = try await world.pinr().initialize(isBare: false, isForced: false)
        #expect(outcome.isNew)
        #expect(outcome.added?.text == "nixpkgs")
        let pin = try #require(try world.pins()["nixpkgs"])
        #expect(pin.source == Source(type: "channel", fields: ["channel": "nixpkgs-unstable"]))
        #expect(pin.locked.version == "nixpkgs-25.11pre1.abc")
        #expect(pin.locked.revision == (try await world.repository.revision()))

        let bare = try await World()
        let other = try await bare.pinr(isOffline: true).initialize(isBare: true, isForced: false)
        #expect(other.isNew)
        #expect(other.added == nil)
        #expect(try bare.pins().isEmpty)
        #expect(FileManager.default.fileExists(atPath: bare.folder.file("pins/default.nix")))
    }

    @Test func `Offline, nothing is left behind`() async throws {
        let world = try await World()
        await #expect(throws: TransferError.self) {
            try await world.pinr(isOffline: true).initialize(isBare: false, isForced: false)
        }
        #expect(!FileManager.default.fileExists(atPath: world.folder.file("pins")))
    }

    @Test func `Where there is a lock it is left alone, and nobody is asked`() async throws {
        let world = try await World()
        try await world.add("github:o/r", as: "p")
        let before = try Data(contentsOf: URL(fileURLWithPath: world.lock))
        try FileManager.default.removeItem(atPath: world.folder.file("pins/default.nix"))
        let outcome = try await world.pinr(isOffline: true).initialize(isBare: false, isForced: false)
        #expect(!outcome.isNew)
        #expect(outcome.added == nil)
        #expect(try Data(contentsOf: URL(fileURLWithPath: world.lock)) == before)
        #expect(FileManager.default.fileExists(atPath: world.folder.file("pins/default.nix")))
    }
}
