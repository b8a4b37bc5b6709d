import Foundation
import JSON
import Lockfile
import PinrKit
import Support
import Templates
import Testing
import Updates

/// The pins that templates read.
struct TemplateTests {
    private static let catalogue = Result {
        try TemplateCatalogue(of: [
            EmbeddedFile(path: "t/run.sh", isExecutable: true, text: "cat ../pins/pins.json\n"),
            EmbeddedFile(
                path: "t/template.json", isExecutable: false,
                text: """
                    {"description": "T", "files": {"run.sh": "t/run.sh"}, "needs": ["u"],
                     "pins": {"gone": "github:o/gone", "lib": "github:o/r"}}
                    """),
            EmbeddedFile(path: "u/u.txt", isExecutable: false, text: "u\n"),
            EmbeddedFile(
                path: "u/template.json", isExecutable: false,
                text: #"{"description": "U", "files": {"u.txt": "u.txt"}, "pins": {"nixpkgs": "nixpkgs"}}"#),
            EmbeddedFile(path: "w/w.txt", isExecutable: false, text: "w\n"),
            EmbeddedFile(
                path: "w/template.json", isExecutable: false,
                text: """
                    {"description": "W", "files": {"w.txt": "w.txt"},
                     "pins": {"base": "oci:alpine:3.22", "lib": "github:o/r", "nixpkgs": "nixpkgs"}}
                    """),
            EmbeddedFile(path: "v/v.txt", isExecutable: false, text: "v\n"),
            EmbeddedFile(
                path: "v/template.json", isExecutable: false,
                text: #"{"description": "V", "files": {"v.txt": "v.txt"}}"#),
        ])
    }

    private func apply(
        _ name: String, _ world: World, _ pinr: Pinr? = nil, _ change: (inout ApplyRequest) -> Void = { _ in }
    ) async throws -> ApplyReport {
        var request = ApplyRequest([name], in: world.folder.path)
        change(&request)
        return try await (pinr ?? world.pinr()).apply(request, of: Self.catalogue.get())
    }

    private func isThere(_ name: String, _ world: World) -> Bool {
        FileManager.default.fileExists(atPath: world.folder.file(name))
    }

    @Test func `What can be pinned is, and what cannot is told; the files are there`() async throws {
        let world = try await World()
        let report = try await apply("t", world)
        #expect(report.templates == ["u", "t"])
        #expect(report.added.map(\.name.text) == ["lib", "nixpkgs"])
        #expect(report.failed.map(\.name.text) == ["gone"])
        #expect(report.failed.first?.error["code"] == "not-found")
        #expect(try Set(world.pins().keys) == ["lib", "nixpkgs"])
        #expect(try world.pins()["lib"]?.locked.revision == (try await world.repository.revision()))
        #expect(isThere("pins/default.nix", world) && isThere("t/run.sh", world) && isThere("u.txt", world))
        #expect(world.console.notices == [])

        // Once upstream has it, the same again brings what is missing, and nothing else.
        let lock = try world.store.readBytes()
        _ = try await world.published.bareCopy(at: world.folder.file("srv/o/gone.git"))
        try await world.server.web.put(
            "o/gone/archive/\(world.repository.revision()).tar.gz",
            world.repository.archive("HEAD", prefix: "gone/"))
        let again = try await apply("t", world)
        #expect(again.added.map(\.name.text) == ["gone"] && again.failed.isEmpty)
        #expect(again.kept.map(\.text) == ["lib", "nixpkgs"])
        #expect(again.places { $0 == .same } == ["t/run.sh", "u.txt"])
        #expect(try world.store.readBytes() != lock)
    }

    @Test func `Pins that are there stay as they are, and default.nix is made where it is missing`() async throws {
        let world = try await World()
        let pin = try await world.add("github:o/r", as: "nixpkgs") { $0.isFrozen = true }
        try FileManager.default.removeItem(atPath: world.folder.file("pins/default.nix"))
        let report = try await apply("u", world, world.pinr(isOffline: true))
        #expect(report.kept.map(\.text) == ["nixpkgs"] && report.added.isEmpty && report.failed.isEmpty)
        #expect(try world.pins() == ["nixpkgs": pin])
        #expect(isThere("pins/default.nix", world))
    }

    @Test func `A pin that stays and is of another kind is told of`() async throws {
        let world = try await World()
        for name in ["base", "lib"] { try await world.add("github:o/r", as: name) }
        try world.server.web.put("a.txt", "one")
        try await world.add(world.server.web.url("/a.txt"), as: "nixpkgs")
        let report = try await apply("w", world, world.pinr(isOffline: true))
        #expect(report.kept.map(\.text) == ["base", "lib", "nixpkgs"])
        #expect(world.console.notices.map(\.pin) == ["base", "nixpkgs"], "\(world.console.notices)")
        #expect(world.console.notices.first?.message.contains("`oci:alpine:3.22`") == true)
        #expect(world.console.notices.first?.hint?.contains("`pinr rename`") == true)
    }

    @Test func `When the lock cannot be written, the files are there and no pin is`() async throws {
        let world = try await World()
        // Somebody is quicker, and puts a file where the folder of the pins was to be.
        world.console.onProgress { _ in _ = try? world.folder.write("pins", "") }
        let report = try await apply("t", world)
        #expect(report.failed.map(\.name.text) == ["gone", "lib", "nixpkgs"] && report.added.isEmpty)
        // Of the first, which is not there at all, either may be found out before the other.
        #expect(report.failed.dropFirst().map { $0.error["code"] } == ["io", "io"], "\(report.failed)")
        #expect(report.places { $0 == .missing } == ["t/run.sh", "u.txt"])
        #expect(isThere("t/run.sh", world) && isThere("u.txt", world))
        // With no pin missing, that is all there is to say.
        let other = try await World()
        try await other.add("github:o/r", as: "nixpkgs")
        try FileManager.default.removeItem(atPath: other.folder.file("pins/default.nix"))
        try other.folder.makeDirectory("pins/default.nix")
        await #expect(throws: Problem.self) { try await apply("u", other) }
    }

    @Test func `Without the network the files are there, and the lock without the pins`() async throws {
        let world = try await World()
        let report = try await apply("t", world, world.pinr(isOffline: true))
        #expect(report.failed.map(\.name.text) == ["gone", "lib", "nixpkgs"])
        #expect(try world.pins().isEmpty)
        #expect(isThere("t/run.sh", world) && isThere("pins/default.nix", world))
    }

    @Test func `Undo takes all the pins back, and leaves the files`() async throws {
        var world = try await World()
        world.environment = ["XDG_STATE_HOME": world.folder.file("state")]
        try await world.add("github:o/r", as: "own")
        let before = try world.store.readBytes()
        _ = try await apply("t", world)
        #expect(try world.pins().count == 3)
        let report = try await world.pinr().undo(isRedo: false, isForced: false, isDryRun: false)
        #expect(report.steps.count == 1)
        #expect(try world.store.readBytes() == before)
        #expect(isThere("t/run.sh", world))

        // Where there was no lock there is none again.
        var other = try await World()
        other.environment = ["XDG_STATE_HOME": other.folder.file("state")]
        _ = try await apply("t", other)
        _ = try await other.pinr().undo(isRedo: false, isForced: false, isDryRun: false)
        #expect(!isThere("pins/pins.json", other) && isThere("u.txt", other))
    }

    @Test func `Interrupted while it fetches, the files are there and the lock is as it was`() async throws {
        let world = try await World()
        try await world.add("github:o/r", as: "own")
        let before = try world.store.readBytes()
        let run = Task { try await apply("t", world) }
        world.console.onProgress { _ in run.cancel() }
        await #expect(throws: CancellationError.self) { try await run.value }
        #expect(try world.store.readBytes() == before)
        #expect(isThere("t/run.sh", world) && isThere("u.txt", world))
    }

    @Test func `A dry run pins nothing and writes nothing`() async throws {
        let world = try await World()
        let report = try await apply("u", world) { $0.isDryRun = true }
        #expect(report.added.map(\.name.text) == ["nixpkgs"] && report.places { $0 == .missing } == ["u.txt"])
        #expect(!isThere("pins", world) && !isThere("u.txt", world))
    }

    @Test func `Pins are left alone where that is asked for, or where none are read`() async throws {
        let world = try await World()
        _ = try await apply("t", world, world.pinr(isOffline: true)) { $0.addsPins = false }
        _ = try await apply("v", world, world.pinr(isOffline: true))
        #expect(!isThere("pins", world))
        #expect(isThere("t/run.sh", world) && isThere("v.txt", world))
    }

    @Test func `A lock that cannot be changed is noticed before anything is written`() async throws {
        let world = try await World()
        try world.folder.write("pins/pins.json", #"{"pins": {}, "version": 99}"#)
        await #expect(throws: LockfileError.self) { try await apply("u", world) }
        #expect(!isThere("u.txt", world))
    }

    @Test func `It is said when the pins are elsewhere, or another tool's`() async throws {
        var world = try await World()
        var request = ApplyRequest(["t"], in: world.folder.file("deeper"))
        request.isDryRun = true
        _ = try await world.pinr(isOffline: true).apply(request, of: Self.catalogue.get())
        let notice = try #require(world.console.notices.first)
        #expect(notice.message.contains("deeper/pins") && notice.message.contains("pins/pins.json"))

        world = try await World()
        try world.folder.write("npins/sources.json", "{}")
        _ = try await apply("u", world)
        let hint = "in `\(world.folder.path)`, `pinr import npins --force` takes its pins over"
        #expect(world.console.notices.map(\.hint) == [hint])
        _ = try await apply("u", world)
        #expect(world.console.notices.count == 1)
    }

    @Test func `A group is the one of the project's forge`() async throws {
        let world = try await World()
        let names = ["github", "gitlab", "forgejo"]
        let catalogue = try TemplateCatalogue(
            of: [EmbeddedFile(path: "shared", isExecutable: false, text: "")]
                + names.map {
                    EmbeddedFile(
                        path: "ci/\($0)/template.json", isExecutable: false,
                        text: #"{"description": "D", "files": {"../../shared": "shared"}}"#)
                })
        let folder = world.folder.file("project")
        func chosen() async throws -> [String] {
            try await world.pinr().templates(["ci"], of: catalogue, for: folder).templates.map(\.name)
        }
        let members = ["ci/forgejo", "ci/github", "ci/gitlab"]
        await #expect(throws: TemplateError.group("ci", members: members)) { try await chosen() }
        let repository = try await TestRepository(at: folder)
        // A link of a file leads to another repository, of which nothing is asked.
        let other = try await TestRepository(at: world.folder.file("other"))
        try await other.git("config", "remote.origin.url", "https://code.example.org/o/r")
        try other.write("file", "")
        try repository.symlink("x", to: "../other/file")
        for (url, name) in [
            ("https://github.com/o/r", "github"), ("git@gitlab.com:o/r.git", "gitlab"),
            ("ssh://git@codeberg.org/o/r", "forgejo"),
        ] {
            try await repository.git("config", "remote.origin.url", url)
            // PINR_GITHUB_HOST puts another forge in the place of GitHub.
            var other = world
            other.environment = ["PINR_GITHUB_HOST": ""]
            let found = try await other.pinr().templates(["ci"], of: catalogue, for: folder)
            #expect(found.templates.map(\.name) == ["ci/\(name)"], "\(url)")
        }
        // Who gives up is not told of a group.
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            return try await chosen()
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        try await repository.git("config", "remote.origin.url", "https://code.example.org/o/r")
        await #expect(throws: TemplateError.group("ci", members: members)) { try await chosen() }
    }
}
