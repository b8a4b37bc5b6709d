import Foundation
import JSON
import Lockfile
import Migration
import NixHash
import Support
import Testing

@testable import PinrKit

/// `import` where there are pins already, and `export` where they are.
struct ImportTests {
    private static let revision = String(repeating: "a", count: 40)
    private static let hash = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

    /// The lock of a flake whose only input is the repository of that owner.
    private static func lock(_ owner: String = "o") -> String {
        let place = #""type":"github","owner":"\#(owner)","repo":"r""#
        return
            #"{"nodes":{"p":{"locked":{\#(place),"rev":"\#(revision)","narHash":"\#(hash)"},"original":{\#(place)}},"#
            + #""root":{"inputs":{"p":"p"}}},"root":"root","version":7}"#
    }

    private func take(
        _ world: World, _ text: String = lock(), _ change: (inout ImportRequest) -> Void = { _ in }
    ) async throws -> ImportReport {
        var request = ImportRequest(.flake)
        request.path = try world.folder.write("flake.lock", text)
        change(&request)
        return try await world.pinr().importPins(request)
    }

    /// A pin of the repository with everything that people write to one.
    private func mine(_ world: World) async throws -> Pin {
        try await world.add("github:o/r", as: "p")
        try world.edit("p") { pin in
            pin.note = "mine"
            pin.frozen = Frozen(reason: "why", since: "2026-01-02")
            pin.unknown = ["later": 1]
            pin.source["group"] = "g"
            pin.source["later"] = 2
            pin.locked.unknown = ["later": 3]
        }
        return try #require(try world.pins()["p"])
    }

    @Test func `A pin that is there stays, and where it stays is said`() async throws {
        let world = try await World()
        let pin = try await mine(world)
        let report = try await take(world)
        #expect(report.unchanged.map(\.text) == ["p"] && report.taken.isEmpty && report.skipped.isEmpty)
        #expect(try world.pins()["p"] == pin)
        let notice = try #require(world.console.notices.last)
        #expect(notice.pin == "p" && notice.hint == "`--force` takes it from there")
        let here = try #require(pin.locked.revision?.prefix(12))
        #expect(notice.message == "it is here already and stays at \(here); there it is at aaaaaaaaaaaa")

        // A dry run says the same, and there is nothing to say where both have the same.
        let count = world.console.notices.count
        _ = try await take(world) { $0.isDryRun = true }
        #expect(world.console.notices.count == count + 1)
        _ = try await take(world) { $0.isForced = true }
        _ = try await take(world)
        #expect(world.console.notices.count == count + 1)
    }

    @Test func `What people wrote to a pin survives when another lock's is taken for it`() async throws {
        let world = try await World()
        let pin = try await mine(world)
        _ = try await take(world) { ($0.isForced, $0.isDryRun) = (true, true) }
        #expect(try world.pins()["p"] == pin)
        let report = try await take(world) { $0.isForced = true }
        let taken = try #require(try world.pins()["p"])
        #expect(report.taken.map(\.pin) == [taken])
        #expect(taken.locked.revision == Self.revision && taken.locked.fetch.hash?.sri == Self.hash)
        var (old, new) = (pin, taken)
        (old.locked, new.locked) = (taken.locked, taken.locked)
        #expect(old == new && taken.locked.unknown == ["later": 3])

        // The reason to freeze one source is none to freeze another.
        let other = try await take(world, Self.lock("other")) { $0.isForced = true }
        let replaced = try #require(other.taken.first?.pin)
        #expect(replaced.frozen == nil && replaced.note == "mine" && replaced.unknown == ["later": 1])
        #expect(replaced.source["group"] == "g" && replaced.source["later"] == nil)
    }

    @Test func `No export goes over pinr's own files`() async throws {
        let world = try await World()
        try await world.add("github:o/r", as: "p")
        let folder = world.folder.file("pins")
        let files = FileManager.default
        try files.createSymbolicLink(atPath: world.folder.file("link"), withDestinationPath: "pins/pins.json")
        try files.linkItem(atPath: world.lock, toPath: world.folder.file("hard"))
        let before = ["pins.json", "default.nix"].map { files.contents(atPath: "\(folder)/\($0)") }
        let paths = ["pins/pins.json", "link", "hard", "pins/../pins/default.nix"].map { world.folder.file($0) }
        for (tool, path) in ForeignTool.writable.flatMap({ tool in paths.map { (tool, $0) } }) {
            for isForced in [true, false] {
                let error = await #expect(throws: Problem.self) {
                    try await world.pinr().export(to: tool, at: path, isForced: isForced)
                }
                #expect(error?.code == .exists && error?.message.contains("pinr's own") == true, "\(path)")
            }
        }
        #expect(["pins.json", "default.nix"].map { files.contents(atPath: "\(folder)/\($0)") } == before)
    }

    /// A lock may have been made by hand, with a password where a host or an image should stand.
    @Test func `No password of another lock is shown`() async throws {
        let world = try await World()
        let path = try world.folder.write(
            "npins.json",
            """
            {"pins": {
                "a": {"type": "Git", "branch": "b", "submodules": false, "revision": "\(Self.revision)", "url": null,
                    "hash": "\(Self.hash)",
                    "repository": {"type": "Forgejo", "server": "https://u:secret@example.org", "owner": "o", "repo": "r"}},
                "b": {"type": "Container", "image_name": "u:secret@example.org/i", "image_tag": "1",
                    "image_digest": "sha256:\(String(repeating: "0", count: 64))", "hash": "\(Self.hash)"}
            }, "version": 8}
            """)
        var request = ImportRequest(.npins)
        request.path = path
        let report = try await world.pinr().importPins(request)
        #expect(report.skipped.count == 2)
        for pin in report.skipped { #expect(pin.sentence.contains("***@example.org"), "\(pin.sentence)") }

        for template in ["https://u:secret@example.org/<rev>.zip", "https://example.org/<rev>.zip?token=secret"] {
            request = ImportRequest(.niv)
            request.path = try world.folder.write(
                "niv.json",
                """
                {"n": {"type": "tarball", "url": "https://example.org/a.zip", "url_template": "\(template)",
                    "sha256": "\(Self.hash)"}}
                """)
            request.isDryRun = true
            _ = try await world.pinr().importPins(request)
            let notice = try #require(world.console.notices.last)
            #expect(notice.message.contains("example.org/<rev>.zip`"), "\(notice.message)")
            #expect(!notice.message.contains("secret"))
        }
    }
}
